//! A column as its file holds it, and as texts or codes.

use super::codes::{self, Codes};
use super::dates::{NO_DAY, NO_TIME, day_text, time_text};
use super::texts::{Arena, Texts};

/// The values of one column in the narrowest form that the file tells.
#[derive(Debug)]
pub(crate) enum Stored {
    Texts(Texts),
    /// Whole numbers; `i64::MIN` is empty.
    Whole(Vec<i64>),
    /// Exact numbers in units of `10^-scale`; `i64::MIN` is empty.
    Decimal(Vec<i64>, u8),
    /// NaN is empty.
    Float(Vec<f64>),
    /// Days since 1970; `i32::MIN` is empty.
    Day(Vec<i32>),
    /// Microseconds since 1970; `i64::MIN` is empty.
    Time(Vec<i64>),
}

impl Stored {
    pub(crate) fn texts(&self) -> Texts {
        let arena: Arena = match self {
            Stored::Texts(texts) => return texts.clone(),
            Stored::Whole(values) => values.iter().map(|&value| whole_text(value)).collect(),
            Stored::Decimal(values, scale) => {
                values.iter().map(|&value| decimal_text(value, *scale)).collect()
            }
            Stored::Float(values) => values.iter().map(|&value| float_text(value)).collect(),
            Stored::Day(values) => values.iter().map(|&value| day_text(value)).collect(),
            Stored::Time(values) => values.iter().map(|&value| time_text(value)).collect(),
        };
        Texts::flat(arena)
    }

    pub(crate) fn codes(&self) -> Codes {
        match self {
            Stored::Texts(texts) => codes::of_texts(texts),
            Stored::Whole(values) => codes::of_whole(values, whole_text),
            Stored::Decimal(values, scale) => codes::of_whole(values, |value| decimal_text(value, *scale)),
            Stored::Time(values) => codes::of_whole(values, time_text),
            Stored::Day(values) => {
                let whole = |day| if day == NO_DAY { NO_TIME } else { i64::from(day) };
                let values: Vec<i64> = values.iter().map(|&day| whole(day)).collect();
                codes::of_whole(&values, |day| day_text(day as i32))
            }
            Stored::Float(values) => {
                // Zero has one name whatever its sign.
                let bits =
                    |value: f64| if value.is_nan() { i64::MIN } else { (value + 0.0).to_bits() as i64 };
                let values: Vec<i64> = values.iter().map(|&value| bits(value)).collect();
                codes::of_whole(&values, |bits| float_text(f64::from_bits(bits as u64)))
            }
        }
    }
}

fn whole_text(value: i64) -> String {
    if value == i64::MIN { String::new() } else { value.to_string() }
}

fn decimal_text(value: i64, scale: u8) -> String {
    if value == i64::MIN {
        return String::new();
    }
    crate::parse::Decimal { mantissa: value, scale }.to_string()
}

/// The shortest digits that give the number back.
pub(crate) fn float_text(value: f64) -> String {
    if value.is_nan() { String::new() } else { value.to_string() }
}
