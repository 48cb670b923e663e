//! Currencies of ISO 4217: code, name, symbol and how many digits the smaller unit has.
//!
//! It holds the currencies people pay in, with those withdrawn since 2021 (HRK, BGN, ANG …), for old orders carry
//! them. Metals, funds, test codes and rates of exchange are absent. The table is `currencies.tsv` (columns: code,
//! digits of the minor unit, symbol that names this currency alone, name).
//!
//! **Source:** ISO 4217, list one, with the minor units of ISO, not the shorter ones some shops print.

use std::fmt;
use std::sync::LazyLock;

use thiserror::Error;

use super::fold::tidy;
use super::quoted::quoted;

/// Why a text is not one currency.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// Nothing was given.
    #[error("the currency is empty")]
    Empty,
    /// The sign is used by several currencies and no default settles it.
    #[error("{} may be {candidates}; write the three-letter code", quoted(.value))]
    Ambiguous {
        /// The sign as it came.
        value: String,
        /// Currencies that it may mean.
        candidates: &'static str,
    },
    /// No currency has this code or sign.
    #[error("{} is no currency known here; write its three-letter ISO code, such as EUR", quoted(.value))]
    Unknown {
        /// The text as it came.
        value: String,
    },
}

struct Entry {
    code: &'static str,
    digits: u32,
    symbol: &'static str,
    name: &'static str,
}

static CURRENCIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    include_str!("currencies.tsv")
        .lines()
        .map(|line| {
            let mut columns = line.split('\t');
            let mut next = || columns.next().expect("currencies.tsv has four columns in every line");
            let (code, digits, symbol, name) = (next(), next(), next(), next());
            Entry { code, digits: digits.parse().expect("the second column is a digit"), symbol, name }
        })
        .collect()
});

/// Signs that several currencies share: the sign, the one it means without a default (if any), all that it may mean.
const SHARED_SIGNS: &[(&str, Option<&str>, &str)] = &[
    (
        "$",
        None,
        "USD, CAD, AUD, NZD, SGD, HKD, MXN, ARS, CLP, COP, BBD, BMD, BSD, BZD, FJD, JMD, TTD, TWD, UYU, XCD",
    ),
    ("£", Some("GBP"), "GBP, EGP, FKP, GIP, LBP, SHP, SSP, SYP"),
    ("¥", None, "JPY, CNY"),
    ("kr", None, "SEK, NOK, DKK, ISK"),
    ("fr", None, "CHF, XOF, XAF, XPF"),
    ("rs", None, "INR, PKR, LKR, MUR, NPR"),
    ("r", Some("ZAR"), "ZAR"),
    ("lei", None, "RON, MDL"),
    ("₩", Some("KRW"), "KRW, KPW"),
    ("dollar", None, "USD, CAD, AUD, NZD, SGD, HKD"),
    ("dollars", None, "USD, CAD, AUD, NZD, SGD, HKD"),
    ("pound", Some("GBP"), "GBP, EGP"),
    ("pounds", Some("GBP"), "GBP, EGP"),
    ("euro", Some("EUR"), "EUR"),
    ("euros", Some("EUR"), "EUR"),
    ("us$", Some("USD"), "USD"),
    ("c$", Some("CAD"), "CAD"),
    ("au$", Some("AUD"), "AUD"),
    ("rmb", Some("CNY"), "CNY"),
    ("sfr", Some("CHF"), "CHF"),
    ("ft", Some("HUF"), "HUF"),
    ("rp", Some("IDR"), "IDR"),
    ("rm", Some("MYR"), "MYR"),
    ("dkr", Some("DKK"), "DKK"),
    ("skr", Some("SEK"), "SEK"),
    ("nkr", Some("NOK"), "NOK"),
    ("лв", Some("BGN"), "BGN"),
];

/// A currency of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(u8);

impl Currency {
    /// The currency of a three-letter code in capitals or small letters.
    pub fn from_code(code: &str) -> Option<Currency> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        let capitals = bytes.map(|byte| byte.to_ascii_uppercase());
        let found = CURRENCIES.binary_search_by(|entry| entry.code.as_bytes().cmp(&capitals)).ok()?;
        u8::try_from(found).ok().map(Currency)
    }

    fn entry(self) -> &'static Entry {
        &CURRENCIES[usize::from(self.0)]
    }

    /// The three-letter code, such as `EUR`.
    pub fn code(self) -> &'static str {
        self.entry().code
    }

    /// The English name.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn digits(self) -> u32 {
        self.entry().digits
    }

    /// The sign that names this currency alone, if it has one.
    pub fn symbol(self) -> Option<&'static str> {
        Some(self.entry().symbol).filter(|symbol| !symbol.is_empty())
    }

    /// Every currency, in the order of the codes.
    pub fn all() -> impl Iterator<Item = Currency> {
        (0..CURRENCIES.len()).map(|at| Currency(at as u8))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Currency({})", self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The currency that a code or a sign means.
///
/// A sign that several currencies share means the default if that is one of them.
///
/// **Errors:** empty, ambiguous (`$` without a default), unknown.
///
/// ```
/// use records::values::currency::{Currency, parse};
/// assert_eq!(parse("€", None).unwrap().code(), "EUR");
/// assert!(parse("$", None).is_err());
/// assert_eq!(parse("$", Currency::from_code("CAD")).unwrap().code(), "CAD");
/// ```
pub fn parse(text: &str, default: Option<Currency>) -> Result<Currency, Problem> {
    if let Some(currency) = Currency::from_code(text) {
        return Ok(currency);
    }
    if text.len() > 100 {
        return Err(Problem::Unknown { value: text.trim().chars().take(100).collect() });
    }
    let tidied = tidy(text);
    if tidied.is_empty() {
        return Err(Problem::Empty);
    }
    if let Some(currency) = Currency::from_code(&tidied) {
        return Ok(currency);
    }
    let sign = tidied.trim_end_matches('.').replace(['\u{ffe5}'], "¥").to_lowercase();
    if let Some((_, alone, candidates)) = SHARED_SIGNS.iter().find(|(known, _, _)| *known == sign) {
        if let Some(currency) = default.filter(|currency| candidates.contains(currency.code())) {
            return Ok(currency);
        }
        return alone
            .and_then(Currency::from_code)
            .ok_or_else(|| Problem::Ambiguous { value: tidied.into_owned(), candidates });
    }
    Currency::all()
        .find(|currency| currency.symbol().is_some_and(|symbol| symbol.to_lowercase() == sign))
        .ok_or_else(|| Problem::Unknown { value: tidied.into_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_signs_are_understood() {
        for (text, wanted) in [
            ("eur", "EUR"),
            (" USD ", "USD"),
            ("€", "EUR"),
            ("£", "GBP"),
            ("CHF", "CHF"),
            ("SFr.", "CHF"),
            ("zł", "PLN"),
            ("Kč", "CZK"),
            ("US$", "USD"),
            ("CA$", "CAD"),
            ("₹", "INR"),
            ("euros", "EUR"),
        ] {
            assert_eq!(parse(text, None).unwrap().code(), wanted, "{text}");
        }
    }

    #[test]
    fn a_shared_sign_needs_a_default_and_an_unknown_code_is_named() {
        for sign in ["$", "¥", "kr"] {
            assert!(matches!(parse(sign, None), Err(Problem::Ambiguous { .. })), "{sign}");
            assert!(parse(sign, Currency::from_code("EUR")).is_err());
        }
        assert_eq!(parse("¥", Currency::from_code("JPY")).unwrap().code(), "JPY");
        assert_eq!(
            parse("XYZ", None).unwrap_err().to_string(),
            "“XYZ” is no currency known here; write its three-letter ISO code, such as EUR"
        );
    }

    #[test]
    fn minor_units_are_those_of_iso_4217() {
        for (code, digits) in
            [("EUR", 2), ("JPY", 0), ("KWD", 3), ("TND", 3), ("ISK", 0), ("HUF", 2), ("KRW", 0), ("HRK", 2)]
        {
            assert_eq!(Currency::from_code(code).unwrap().digits(), digits, "{code}");
        }
        assert!(CURRENCIES.iter().map(|entry| entry.code).is_sorted());
        assert!(CURRENCIES.len() < 256);
    }
}
