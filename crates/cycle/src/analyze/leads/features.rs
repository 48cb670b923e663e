//! What is known of a lead at the end of a day.

use super::people::Person;
use crate::analyze::Day;

/// The columns of numbers, in the order of [`of`].
pub const NAMES: [&str; 10] = [
    "days_known",
    "company",
    "business_email",
    "phone",
    "clicks",
    "click_days",
    "notes",
    "tasks",
    "tags",
    "consent",
];

pub const CATEGORY: &str = "source";

/// The columns of a lead; what was done after the day is not known.
pub fn of(person: &Person, day: Day) -> [f64; NAMES.len()] {
    let truth = |holds: bool| f64::from(u8::from(holds));
    let until = |days: &[i32]| days.iter().filter(|on| **on <= day.0).count() as f64;
    let newest = person.clicks.iter().filter(|on| **on <= day.0).max();
    [
        f64::from((day.0 - person.known_on).max(0)),
        truth(person.has_company),
        truth(person.has_business_email),
        truth(person.has_phone),
        until(&person.clicks),
        newest.map_or(f64::NAN, |on| f64::from(day.0 - on)),
        until(&person.notes),
        until(&person.tasks),
        person.tags.iter().filter(|tag| tag.1 <= day.0).count() as f64,
        match person.consent {
            Some((on, is_wanted)) if on <= day.0 => truth(is_wanted),
            _ => f64::NAN,
        },
    ]
}
