//! Telephone numbers in E.164: one way of writing for every way of typing.
//!
//! A number is accepted when its digits have the length and the first digits that the numbering plan of its country
//! allows; whether anyone answers is not asked, and newly opened ranges are not refused for being unknown. Letters are
//! refused (vanity numbers are better typed as digits) except where they announce an extension.
//!
//! The plans come from the crate `phonenumber` (Google's libphonenumber). Only its tables are used for parsing: its own
//! parser strips the default country's trunk prefix from foreign numbers (`+39 02…` loses its nought) and strips some
//! prefixes twice (`8 800 …` in Russia).
//!
//! **Source:** ITU-T E.164; tables of libphonenumber 9.

use std::fmt;

use phonenumber::Metadata;
use phonenumber::metadata::DATABASE;
use thiserror::Error;

use super::country::Country;
use super::quoted::quoted;

/// The longest text that is looked at as a number. **Units:** bytes.
const MAX_TEXT_BYTES: usize = 100;
/// The most digits of a number with its country code (E.164).
const MAX_DIGITS: usize = 15;
/// The most digits of an extension.
const MAX_EXTENSION_DIGITS: usize = 8;

/// A number without trunk prefix that begins with its own country's code and has this many digits has lost its plus
/// (a spreadsheet took it for a sum), where a plan would also allow it as a very long number of the country.
const MIN_PLUSLESS_DIGITS: usize = 11;

/// Why a text is not one telephone number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// Nothing was given.
    #[error("the telephone number is empty")]
    Empty,
    /// Letters or other characters that no number has.
    #[error("{} is not a telephone number: {sign:?} does not belong in one", quoted(.value))]
    NotDigits {
        /// The text as it came.
        value: String,
        /// The first character that does not belong.
        sign: char,
    },
    /// The number has no country code and no default country was given.
    #[error("{} has no country code; write it with + and the country code", quoted(.value))]
    NoCountry {
        /// The text as it came.
        value: String,
    },
    /// No country has this code.
    #[error("{} begins with a country code that no country has", quoted(.value))]
    UnknownCountryCode {
        /// The text as it came.
        value: String,
    },
    /// Too few digits.
    #[error("{} is too short for a telephone number{place}", quoted(.value))]
    TooShort {
        /// The text as it came.
        value: String,
        /// The country, as the end of the sentence.
        place: String,
    },
    /// Too many digits.
    #[error("{} is too long for a telephone number{place}", quoted(.value))]
    TooLong {
        /// The text as it came.
        value: String,
        /// The country, as the end of the sentence.
        place: String,
    },
    /// The digits fit no plan.
    #[error("{} is not a number of the numbering plan{place}", quoted(.value))]
    NotInPlan {
        /// The text as it came.
        value: String,
        /// The country, as the end of the sentence.
        place: String,
    },
}

/// A telephone number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phone {
    e164: String,
    code: u16,
    extension: Option<String>,
}

impl Phone {
    /// The number with `+`, country code and digits only, without extension: `+491711234567`.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// The digits to dial after the number has answered.
    pub fn extension(&self) -> Option<&str> {
        self.extension.as_deref()
    }

    /// The digits after the country code.
    fn national_digits(&self) -> &str {
        let n_code = match self.code {
            0..10 => 1,
            10..100 => 2,
            _ => 3,
        };
        &self.e164[1 + n_code..]
    }

    /// The country of the number; nothing for numbers of no country (`+800 …`).
    ///
    /// Where countries share a code (`+1`, `+44`, `+7` …) the number's first digits decide. This reads many patterns:
    /// some microseconds, so it is not kept in the number.
    pub fn country(&self) -> Option<Country> {
        Country::from_alpha2(self.region()?)
    }

    fn region(&self) -> Option<&'static str> {
        let regions = DATABASE.region(&self.code)?;
        match regions.as_slice() {
            [] | ["001"] => None,
            [only] => Some(*only),
            _ => self.parsed().and_then(|number| number.country().id()).map_or_else(
                || regions.first().copied(),
                |id| regions.iter().copied().find(|region| *region == id.as_ref()),
            ),
        }
    }

    fn parsed(&self) -> Option<phonenumber::PhoneNumber> {
        phonenumber::parse(None, &self.e164).ok().filter(|number| {
            number.code().value() == self.code && number.national().to_string() == self.national_digits()
        })
    }

    /// The number as it is written abroad, with its extension: `+49 171 1234567 ext. 12`.
    pub fn international(&self) -> String {
        self.written(phonenumber::Mode::International)
    }

    /// The number as it is written in its own country, with its extension: `0171 1234567 ext. 12`.
    pub fn national(&self) -> String {
        self.written(phonenumber::Mode::National)
    }

    fn written(&self, mode: phonenumber::Mode) -> String {
        let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
        let mut written = match self.parsed() {
            Some(number) => number.format().mode(mode).to_string(),
            None => String::new(),
        };
        if digits(&written) < self.national_digits().len() {
            written = format!("+{} {}", self.code, self.national_digits());
        }
        match &self.extension {
            Some(extension) => format!("{written} ext. {extension}"),
            None => written,
        }
    }
}

impl fmt::Display for Phone {
    /// E.164 with the extension behind `;ext=`, as RFC 3966 writes it; parsing it again gives the same number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.e164)?;
        match &self.extension {
            Some(extension) => write!(f, ";ext={extension}"),
            None => Ok(()),
        }
    }
}

/// The calling code of a country, without plus: 49 of Germany. Several countries may share one.
pub fn calling_code(country: Country) -> Option<u16> {
    DATABASE.by_id(country.alpha2()).map(Metadata::country_code)
}

/// The number that a text writes; `default` is the country of numbers without a country code.
///
/// **Errors:** empty, characters that do not belong, no or unknown country code, too short, too long, not in the plan.
///
/// ```
/// use records::values::{country::Country, phone};
/// let germany = Country::from_alpha2("DE");
/// for text in ["0171 123 45 67", "+49 (0)171 1234567", "0049-171-1234567"] {
///     assert_eq!(phone::parse(text, germany).unwrap().e164(), "+491711234567");
/// }
/// ```
pub fn parse(text: &str, default: Option<Country>) -> Result<Phone, Problem> {
    let typed = Typed::read(text)?;
    let value = || text.trim().to_owned();
    let home = default.and_then(|country| DATABASE.by_id(country.alpha2()));
    let (code, national) = match international_digits(&typed, home) {
        Some(digits) => foreign(digits, &typed, &value)?,
        None => {
            let Some(home) = home else { return Err(Problem::NoCountry { value: value() }) };
            domestic(home, &typed.digits, &value)?
        }
    };
    let e164 = format!("+{code}{national}");
    if e164.len() - 1 > MAX_DIGITS {
        return Err(Problem::TooLong { value: value(), place: String::new() });
    }
    Ok(Phone { e164, code, extension: typed.extension })
}

/// What the characters of a text say, before any numbering plan.
struct Typed {
    has_plus: bool,
    has_bracketed_nought: bool,
    digits: String,
    extension: Option<String>,
}

impl Typed {
    fn read(text: &str) -> Result<Typed, Problem> {
        let bare = text.trim_matches(|sign: char| sign.is_whitespace() || super::fold::is_invisible(sign));
        if bare.is_empty() {
            return Err(Problem::Empty);
        }
        if bare.len() > MAX_TEXT_BYTES {
            let value = bare.chars().take(100).collect();
            return Err(Problem::TooLong { value, place: String::new() });
        }
        let numbered = match bare.get(..4) {
            Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => &bare[4..],
            _ => bare,
        };
        let (main, extension) = split_extension(numbered);
        let mut typed = Typed {
            has_plus: false,
            has_bracketed_nought: main.contains("(0)"),
            digits: String::new(),
            extension,
        };
        for sign in main.chars() {
            match sign {
                '+' | '\u{ff0b}' if typed.digits.is_empty() && !typed.has_plus => typed.has_plus = true,
                _ if is_separator(sign) => {}
                _ => match plain_digit(sign) {
                    Some(digit) => typed.digits.push(digit),
                    None => return Err(Problem::NotDigits { value: bare.to_owned(), sign }),
                },
            }
        }
        match typed.digits.len() {
            0 => Err(Problem::NotDigits { value: bare.to_owned(), sign: bare.chars().next().unwrap_or(' ') }),
            1..=3 => Err(Problem::TooShort { value: bare.to_owned(), place: String::new() }),
            digits if digits > MAX_DIGITS + 5 => {
                Err(Problem::TooLong { value: bare.to_owned(), place: String::new() })
            }
            _ => Ok(typed),
        }
    }
}

fn is_separator(sign: char) -> bool {
    matches!(
        sign,
        ' ' | '-' | '.' | '/' | '(' | ')' | '[' | ']' | '~' | '\t' | '\u{a0}' | '\u{ad}' | '\u{2010}'
            ..='\u{2015}' | '\u{2212}' | '\u{202f}' | '\u{2009}' | '\u{3000}' | '\u{ff0d}'
    ) || super::fold::is_invisible(sign) && !sign.is_control()
}

/// The ASCII digit of a digit in Arabic, Indic or full-width writing.
fn plain_digit(sign: char) -> Option<char> {
    if sign.is_ascii_digit() {
        return Some(sign);
    }
    let nought =
        [0x0660, 0x06f0, 0x0966, 0xff10].into_iter().rev().find(|&nought| u32::from(sign) >= nought)?;
    char::from_digit(u32::from(sign) - nought, 10).filter(|_| u32::from(sign) - nought < 10)
}

/// Words that announce an extension, longest first.
const EXTENSION_WORDS: &[&str] = &[
    "durchwahl",
    "extension",
    "anexo",
    "poste",
    ";ext=",
    "ext.",
    "app.",
    "toestel",
    "int.",
    "ext",
    "dw",
    "x",
    "#",
];

/// Parts the number from its extension, if a word announces one and only digits follow.
fn split_extension(text: &str) -> (&str, Option<String>) {
    if text.bytes().all(|byte| byte.is_ascii_digit() || b" +-/().".contains(&byte)) {
        return (text, None);
    }
    let lower = text.to_ascii_lowercase();
    for word in EXTENSION_WORDS {
        let Some(at) = lower.rfind(word) else { continue };
        let behind = lower[at + word.len()..].trim_matches([' ', '.', ':', '\u{a0}']);
        let is_number = (1..=MAX_EXTENSION_DIGITS).contains(&behind.len())
            && behind.bytes().all(|byte| byte.is_ascii_digit());
        if is_number {
            let main = text[..at].trim_end_matches([' ', ',', ';', '-', '\u{a0}', '(']);
            return (main, Some(behind.to_owned()));
        }
    }
    (text, None)
}

/// The digits from the country code on, if the number says that it has one.
fn international_digits<'a>(typed: &'a Typed, home: Option<&Metadata>) -> Option<&'a str> {
    let digits = typed.digits.as_str();
    if typed.has_plus {
        return Some(digits.strip_prefix("00").unwrap_or(digits));
    }
    if let Some(behind) = digits.strip_prefix("00").filter(|behind| !behind.starts_with('0')) {
        return Some(behind);
    }
    let prefix = home?.international_prefix()?.find(digits).filter(|found| found.start() == 0)?.end();
    Some(&digits[prefix..]).filter(|behind| !behind.starts_with('0') && behind.len() > 6)
}

/// Country code and national digits of a number that begins with its country code.
fn foreign(digits: &str, typed: &Typed, value: &dyn Fn() -> String) -> Result<(u16, String), Problem> {
    for length in 1..=3.min(digits.len()) {
        let (code, national) = digits.split_at(length);
        let code: u16 = code.parse().unwrap_or(0);
        let Some(plans) = DATABASE.by_code(&code).filter(|_| code > 0) else { continue };
        let Some(main) = plans.iter().find(|plan| plan.is_main_country_for_code()).or(plans.first()) else {
            continue;
        };
        let fits = |national: &str| plans.iter().any(|plan| is_in_plan(plan, national));
        let prefix = main.national_prefix().unwrap_or_default();
        let trunkless = national.strip_prefix(prefix).filter(|_| !prefix.is_empty());
        if let Some(rest) = trunkless.filter(|_| typed.has_bracketed_nought && prefix == "0")
            && fits(rest)
        {
            return Ok((code, rest.to_owned()));
        }
        if fits(national) {
            return Ok((code, national.to_owned()));
        }
        return match trunkless.filter(|rest| fits(rest)) {
            Some(rest) => Ok((code, rest.to_owned())),
            None => Err(misfit(main, national, value())),
        };
    }
    Err(Problem::UnknownCountryCode { value: value() })
}

/// Country code and national digits of a number written as at home.
fn domestic(home: &Metadata, digits: &str, value: &dyn Fn() -> String) -> Result<(u16, String), Problem> {
    let national = without_trunk_prefix(home, digits);
    let code = home.country_code().to_string();
    let plusless = digits.strip_prefix(code.as_str()).filter(|rest| is_in_plan(home, rest));
    let fits = is_in_plan(home, &national);
    match plusless {
        Some(rest) if !fits || (national == digits && digits.len() >= MIN_PLUSLESS_DIGITS) => {
            return Ok((home.country_code(), rest.to_owned()));
        }
        _ if fits => return Ok((home.country_code(), national)),
        _ => {}
    }
    Err(misfit(home, &national, value()))
}

/// Takes the prefix for calls between areas (and a carrier's code) from the digits, unless only the whole fits.
fn without_trunk_prefix(plan: &Metadata, digits: &str) -> String {
    let stripped = match plan.national_prefix_for_parsing() {
        Some(pattern) => {
            match pattern.captures(digits).filter(|found| found.get(0).is_some_and(|all| all.start() == 0)) {
                None => return digits.to_owned(),
                Some(found) => match plan.national_prefix_transform_rule() {
                    Some(rule) if found.len() > 1 && found.get(found.len() - 1).is_some() => {
                        pattern.replace(digits, rule).into_owned()
                    }
                    _ => digits[found.get(0).map_or(0, |all| all.end())..].to_owned(),
                },
            }
        }
        None => match plan.national_prefix().and_then(|prefix| digits.strip_prefix(prefix)) {
            Some(rest) => rest.to_owned(),
            None => return digits.to_owned(),
        },
    };
    if is_in_plan(plan, digits) && !is_in_plan(plan, &stripped) { digits.to_owned() } else { stripped }
}

/// Whether digits have a length that a plan knows and begin as its general pattern says.
///
/// Only the beginning is asked, for the patterns are alternatives of which the first found may be a short one.
fn is_in_plan(plan: &Metadata, national: &str) -> bool {
    let length = national.len() as u16;
    if lengths_of(plan).next().is_some() && !lengths_of(plan).any(|known| known == length) {
        return false;
    }
    plan.descriptors().general().national_number().find(national).is_some_and(|found| found.start() == 0)
}

/// Every length that a kind of number may have in a plan. **Units:** national digits.
fn lengths_of(plan: &Metadata) -> impl Iterator<Item = u16> {
    let kinds = plan.descriptors();
    [
        Some(kinds.general()),
        kinds.fixed_line(),
        kinds.mobile(),
        kinds.toll_free(),
        kinds.premium_rate(),
        kinds.shared_cost(),
        kinds.personal_number(),
        kinds.voip(),
        kinds.uan(),
        kinds.pager(),
        kinds.voicemail(),
    ]
    .into_iter()
    .flatten()
    .flat_map(|kind| kind.possible_length().iter().copied())
}

fn misfit(plan: &Metadata, national: &str, value: String) -> Problem {
    let place = match Country::from_alpha2(plan.id()) {
        Some(country) => format!(" in {}", country.name()),
        None => String::new(),
    };
    let length = national.len() as u16;
    if lengths_of(plan).min().is_some_and(|least| length < least) {
        return Problem::TooShort { value, place };
    }
    if lengths_of(plan).max().is_some_and(|most| length > most) {
        return Problem::TooLong { value, place };
    }
    Problem::NotInPlan { value, place }
}

#[cfg(test)]
mod tests;
