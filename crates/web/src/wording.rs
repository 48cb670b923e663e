//! How figures, times and money are said: in the firm's currency and time zone, as of the moment of the request.
//!
//! Read once per page out of the settings. It rounds and groups for the eye; it computes nothing.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use platform::{Micros, Snapshot, settings};
use records::orders;
use records::values::currency::Currency;
use records::values::money::Money;

use crate::parts::Moment;
use crate::words;

/// Counting stops here: beyond it a list says "10,000+".
pub(crate) const COUNTED_TO: i64 = 10_000;

/// The words of one page.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    pub(crate) currency: Currency,
    zone: TimeZone,
    now: Micros,
}

impl Words {
    pub(crate) fn read(snapshot: &mut Snapshot<'_>) -> platform::Result<Self> {
        let zone: Option<String> = settings::get(snapshot, settings::TIME_ZONE)?;
        let zone = zone.and_then(|name| TimeZone::get(&name).ok()).unwrap_or(TimeZone::UTC);
        Ok(Self { currency: orders::workspace_currency(snapshot)?, zone, now: snapshot.now() })
    }

    /// An amount in the firm's currency.
    pub(crate) fn money(&self, minor: i64) -> String {
        amount(minor, self.currency)
    }

    /// "3 May 2026".
    pub(crate) fn day(&self, at: Micros) -> String {
        self.printed(at, "%-d %b %Y")
    }

    /// "2026-05-03", as a date field wants it.
    pub(crate) fn date_field(&self, at: Micros) -> String {
        self.printed(at, "%Y-%m-%d")
    }

    /// "2 hours ago" for what is fresh, the day for what is not.
    pub(crate) fn moment(&self, at: Micros) -> Moment {
        words::moment(at, self.now, &self.zone)
    }

    fn printed(&self, at: Micros, format: &str) -> String {
        match Timestamp::from_microsecond(at) {
            Ok(timestamp) => timestamp.to_zoned(self.zone.clone()).strftime(format).to_string(),
            Err(_) => format!("{at} µs"),
        }
    }
}

/// An amount in any currency.
pub(crate) fn amount(minor: i64, currency: Currency) -> String {
    Money::new(minor, currency).to_string().replacen('-', "−", 1)
}

/// "1 person", "12,400 people", "10,000+ people" when counting stopped.
pub(crate) fn counted(n: i64, one: &str, many: &str) -> String {
    match n > COUNTED_TO {
        true => format!("{}+ {many}", words::count(COUNTED_TO)),
        false => words::counted(n, one, many),
    }
}

/// "87 %", and "99.5 %" where whole percents would say all or nothing.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if (0.0..1.0).contains(&percent) || (99.0..100.0).contains(&percent) {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// A quantity in thousandths without needless zeros: "2", "0.5".
pub(crate) fn quantity(milli: i64) -> String {
    let sign = if milli < 0 { "−" } else { "" };
    let (whole, rest) = (milli.unsigned_abs() / 1_000, milli.unsigned_abs() % 1_000);
    let whole = words::count(i64::try_from(whole).unwrap_or(i64::MAX));
    match format!("{rest:03}").trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        decimals => format!("{sign}{whole}.{decimals}"),
    }
}

/// Two letters for an avatar.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let letters: String = first.into_iter().chain(words.next_back()).collect();
    if letters.is_empty() { "·".to_string() } else { letters.to_uppercase() }
}

/// A colour from 0 to 5 that stays with the record.
pub(crate) fn hue(id: &str) -> u8 {
    (id.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % 6) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_and_counting_says_when_it_stopped() {
        assert_eq!(counted(1, "person", "people"), "1 person");
        assert_eq!(counted(10_000, "person", "people"), "10,000 people");
        assert_eq!(counted(10_001, "person", "people"), "10,000+ people");
        assert_eq!(
            (quantity(2_000), quantity(-500), quantity(1_250)),
            ("2".into(), "−0.5".into(), "1.25".into())
        );
        assert_eq!(
            (percent(0.874), percent(0.003), percent(0.999)),
            ("87 %".into(), "0.3 %".into(), "99.9 %".into())
        );
    }

    #[test]
    fn initials_are_those_of_the_first_and_last_name() {
        for (name, expected) in [("Ada King Lovelace", "AL"), ("ada", "A"), ("", "·"), ("“Éva” Ö", "ÉÖ")]
        {
            assert_eq!(initials(name), expected);
        }
    }
}
