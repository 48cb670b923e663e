//! What kind of values a column holds: the narrowest kind that nearly all of its values have.

use tables::parse::{DateOrder, DecimalMark, date_time, guess_date_order, guess_decimal_mark, number};

use super::shape::{AT, BEYOND, BLANK, BRACKET, COLON, COMMA, DIGIT, LOWER, OTHER, POINT, SIGN, SLASH, UPPER};

/// A kind of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Empty,
    Boolean,
    Integer,
    Decimal,
    Date,
    DateTime,
    Email,
    Phone,
    Url,
    /// Digits that are a name and no amount: a post code, a number with zeros in front.
    Code,
    Text,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Empty => "empty",
            Kind::Boolean => "boolean",
            Kind::Integer => "integer",
            Kind::Decimal => "decimal",
            Kind::Date => "date",
            Kind::DateTime => "datetime",
            Kind::Email => "email",
            Kind::Phone => "phone",
            Kind::Url => "url",
            Kind::Code => "code",
            Kind::Text => "text",
        }
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self, Kind::Integer | Kind::Decimal)
    }

    pub(super) fn is_date(self) -> bool {
        matches!(self, Kind::Date | Kind::DateTime)
    }
}

/// How the values of one column are to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) kind: Kind,
    pub(super) mark: DecimalMark,
    pub(super) order: DateOrder,
}

/// A column is of a kind if this share of its values is.
const ENOUGH: f64 = 0.95;

/// From the narrowest to the widest.
const KINDS: [Kind; 9] = [
    Kind::Boolean,
    Kind::Code,
    Kind::Integer,
    Kind::Decimal,
    Kind::Date,
    Kind::DateTime,
    Kind::Email,
    Kind::Url,
    Kind::Phone,
];

impl Reading {
    /// Judges a column by a sample of its different values, each with the kinds of its letters.
    pub(super) fn of(sample: &[(&str, u16)]) -> Reading {
        let texts = || sample.iter().map(|(text, _)| *text);
        let mark = guess_decimal_mark(texts()).likely().unwrap_or(DecimalMark::Point);
        let order = guess_date_order(texts()).likely().unwrap_or(DateOrder::YearMonthDay);
        let mut reading = Reading { kind: Kind::Text, mark, order };
        let share = |kind: Kind| {
            let reading = Reading { kind, mark, order };
            let n = sample.iter().filter(|(text, kinds)| reading.fits(text, *kinds)).count();
            n as f64 / sample.len().max(1) as f64
        };
        let has_code = sample.iter().any(|(text, kinds)| *kinds == DIGIT && text.len() > 1 && text.starts_with('0'));
        reading.kind = match KINDS.into_iter().find(|kind| match kind {
            // Digits are codes if one of them begins with a zero.
            Kind::Code => has_code && share(Kind::Code) >= ENOUGH,
            Kind::Boolean => sample.len() <= 6 && share(Kind::Boolean) >= 1.0,
            kind => share(*kind) >= ENOUGH,
        }) {
            None if sample.is_empty() => Kind::Empty,
            None => Kind::Text,
            Some(kind) => kind,
        };
        reading
    }

    /// True for a value of this kind; `kinds` are the kinds of its letters.
    #[inline]
    pub(super) fn fits(&self, text: &str, kinds: u16) -> bool {
        match self.kind {
            Kind::Empty => false,
            Kind::Text => true,
            Kind::Boolean => is_boolean(text),
            Kind::Code => kinds == DIGIT,
            Kind::Integer => {
                kinds & !(DIGIT | SIGN) == 0 && kinds & DIGIT != 0 && text.len() <= 18 && is_whole(text)
            }
            Kind::Decimal => self.number(text, kinds).is_some(),
            Kind::Date => self.moment(text, kinds).is_some_and(|(_, has_time)| !has_time),
            Kind::DateTime => self.moment(text, kinds).is_some(),
            Kind::Email => kinds & AT != 0 && kinds & BLANK == 0 && is_email(text),
            Kind::Url => kinds & COLON != 0 && ["http://", "https://", "ftp://"].iter().any(|start| text.starts_with(start)),
            Kind::Phone => {
                const MAY: u16 = DIGIT | SIGN | BLANK | BRACKET | POINT | SLASH;
                kinds & !MAY == 0 && kinds & DIGIT != 0 && is_phone(text)
            }
        }
    }

    /// The value as a float.
    pub(super) fn number(&self, text: &str, kinds: u16) -> Option<f64> {
        const MAY_NOT: u16 = AT | SLASH | COLON;
        if kinds & DIGIT == 0 || kinds & MAY_NOT != 0 {
            return None;
        }
        // Letters only as a currency or an exponent; codes such as 12A are refused by the parser.
        let value = number(text, self.mark).ok().map(|decimal| decimal.to_f64());
        let plain = kinds & !(DIGIT | SIGN | POINT | UPPER | LOWER) == 0;
        value.or_else(|| text.trim().parse().ok().filter(|value: &f64| plain && value.is_finite()))
    }

    /// The value as a day since 1970, and whether it has a time.
    pub(super) fn moment(&self, text: &str, kinds: u16) -> Option<(i32, bool)> {
        const MAY_NOT: u16 = AT | BRACKET | OTHER;
        if kinds & DIGIT == 0 || kinds == DIGIT || kinds & MAY_NOT != 0 || text.len() > 40 {
            return None;
        }
        if kinds & (SIGN | POINT | SLASH | COLON | COMMA | BLANK | BEYOND | LOWER | UPPER) == 0 {
            return None;
        }
        let moment = date_time(text, self.order).ok()?;
        let date = moment.date_time.date();
        let day = tables::columns::day_number(i32::from(date.year()), i32::from(date.month()), i32::from(date.day()));
        Some((day, moment.has_time))
    }
}

fn is_boolean(text: &str) -> bool {
    const WORDS: [&str; 18] = [
        "true", "false", "yes", "no", "y", "n", "t", "f", "ja", "nein", "oui", "non", "wahr", "falsch", "si", "sì", "on", "off",
    ];
    WORDS.iter().any(|word| text.trim().eq_ignore_ascii_case(word))
}

/// Digits with a sign at most; a zero in front of others is a code.
fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_code = digits.len() > 1 && digits.starts_with('0');
    !is_code && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn is_email(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !local.contains('@')
            && domain.len() > 3
            && domain.contains('.')
            && !domain.starts_with(['.', '-'])
            && !domain.ends_with(['.', '-'])
    })
}

fn is_phone(text: &str) -> bool {
    let n_digits = text.bytes().filter(u8::is_ascii_digit).count();
    // A date has eight digits at most and two marks of one kind.
    (7..=16).contains(&n_digits) && text.bytes().filter(|byte| matches!(byte, b'.' | b'/')).count() != 1
}

#[cfg(test)]
mod tests {
    use super::super::shape::shape;
    use super::*;

    fn kind(texts: &[&str]) -> Kind {
        let sample: Vec<(&str, u16)> = texts.iter().map(|text| (*text, shape(text).0)).collect();
        Reading::of(&sample).kind
    }

    #[test]
    fn a_column_has_the_narrowest_kind_of_its_values() {
        assert_eq!(kind(&["yes", "No"]), Kind::Boolean);
        assert_eq!(kind(&["1", "-20", "300"]), Kind::Integer);
        assert_eq!(kind(&["1.234,50", "7", "€ 12,00"]), Kind::Decimal);
        assert_eq!(kind(&["1e-7", "2.5"]), Kind::Decimal);
        assert_eq!(kind(&["02133", "89067", "10001"]), Kind::Code);
        assert_eq!(kind(&["31.12.2024", "01.02.2024"]), Kind::Date);
        assert_eq!(kind(&["2024-01-31 12:00:00", "2024-02-01"]), Kind::DateTime);
        assert_eq!(kind(&["ada@example.com", "b.c@d.org"]), Kind::Email);
        assert_eq!(kind(&["(310) 850-7898", "+1 506 983 8999", "917-383-0759", "13108507898"]), Kind::Phone);
        assert_eq!(kind(&["https://example.com/x"]), Kind::Url);
        assert_eq!(kind(&["4257 Walker St", "12 Main Road"]), Kind::Text);
        assert_eq!(kind(&["GTX Pro", "MG Special"]), Kind::Text);
        assert_eq!(kind(&[]), Kind::Empty);
    }
}
