//! Values as JSON writes them: times, money, and texts that can be left, set or cleared.

use std::collections::BTreeMap;

use platform::{Error, Micros};
use records::values::currency::Currency;
use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A moment, as RFC 3339 writes it; answers are in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-01-31T14:05:00Z")]
pub(crate) struct Time(pub(crate) Micros);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = jiff::Timestamp::from_microsecond(self.0).map_err(serde::ser::Error::custom)?;
        serializer.collect_str(&time)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        time(&text).map(Self).map_err(D::Error::custom)
    }
}

/// The moment that an RFC 3339 text names.
pub(super) fn time(text: &str) -> Result<Micros, String> {
    let wrong = || format!("“{text}” is no time such as 2026-01-31T14:05:00Z");
    let time: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
    let year = time.to_zoned(jiff::tz::TimeZone::UTC).year();
    if (1..=9998).contains(&year) { Ok(time.as_microsecond()) } else { Err(wrong()) }
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Money {
    /// In the smallest unit of the currency: 1250 is 12.50 euros, or 1250 yen.
    #[schema(example = 1250)]
    pub(crate) amount_minor: i64,
    /// ISO 4217 code.
    #[schema(example = "EUR", pattern = "^[A-Z]{3}$")]
    pub(crate) currency: String,
}

impl Money {
    pub(crate) fn new(amount_minor: i64, currency: Currency) -> Self {
        Self { amount_minor, currency: currency.code().to_string() }
    }

    /// The amount, which must be in this currency.
    ///
    /// **Errors** at `FIELD.currency`.
    pub(crate) fn amount_in(&self, currency: Currency, field: &str) -> platform::Result<i64> {
        let code = currency.code();
        match currency_of(&self.currency, &format!("{field}.currency"))? == currency {
            true => Ok(self.amount_minor),
            false => Err(Error::invalid(format!("{field}.currency"), format!("must be {code} here"))),
        }
    }
}

/// The currency of a code.
///
/// **Errors** at `field`.
pub(crate) fn currency_of(code: &str, field: &str) -> platform::Result<Currency> {
    Currency::from_code(code)
        .ok_or_else(|| Error::invalid(field, format!("“{code}” is no currency code such as EUR")))
}

/// A text in a change: left out it stays as it is, null or empty clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq, ToSchema)]
#[schema(value_type = Option<String>)]
pub(crate) struct Text(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = Option::<String>::deserialize(deserializer)?;
        Ok(Self(Some(given.unwrap_or_default())))
    }
}

impl Text {
    /// What the field becomes, `before` being what it is.
    pub(crate) fn over<'a>(&'a self, before: Option<&'a str>) -> Option<&'a str> {
        match &self.0 {
            None => before,
            Some(text) => Some(text.trim()).filter(|text| !text.is_empty()),
        }
    }
}

/// A day in a change: left out it stays as it is, null or empty clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq, ToSchema)]
#[schema(value_type = Option<String>, format = Date, example = "1815-12-10")]
pub(crate) struct DateText(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for DateText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
        let plain = text.len() == "1815-12-10".len() && text.parse::<jiff::civil::Date>().is_ok();
        if text.is_empty() || plain {
            return Ok(Self(Some(text)));
        }
        Err(D::Error::custom(format!("“{text}” is no day such as 1815-12-10")))
    }
}

/// A whole number in a change: left out it stays as it is, null clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq, ToSchema)]
#[schema(value_type = Option<u32>, maximum = 4_294_967_295_i64)]
pub(crate) struct Whole(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = Option::<u32>::deserialize(deserializer)?;
        Ok(Self(Some(given.map(|number| number.to_string()).unwrap_or_default())))
    }
}

/// Fields that only this firm has, in a change: null or an empty text removes one, others stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(value_type = BTreeMap<String, Option<String>>)]
pub(crate) struct Custom(BTreeMap<String, Option<String>>);

impl Custom {
    pub(crate) fn texts(self) -> BTreeMap<String, String> {
        self.0.into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_and_read_with_any_offset() {
        let time: Time = serde_json::from_str("\"2026-01-31T15:05:00.25+01:00\"").unwrap();
        assert_eq!(serde_json::to_string(&time).unwrap(), "\"2026-01-31T14:05:00.25Z\"");
        for wrong in ["2026-01-31", "yesterday", "2026-13-01T00:00:00Z", "2026-01-31T14:05:00"] {
            assert!(super::time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_field_left_out_stays_and_null_clears() {
        #[derive(Deserialize)]
        #[serde(default)]
        #[derive(Default)]
        struct Change {
            city: Text,
        }
        let read = |text: &str| serde_json::from_str::<Change>(text).unwrap().city;
        assert_eq!(read("{}").over(Some("Ulm")), Some("Ulm"));
        assert_eq!(read(r#"{"city":null}"#).over(Some("Ulm")), None);
        assert_eq!(read(r#"{"city":"Jena"}"#).over(Some("Ulm")), Some("Jena"));
    }
}
