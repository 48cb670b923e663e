//! The people of the firm and their habits: who rings up at once, who later, who rather not.

use crate::random::{Chance, Purpose};

/// Somebody who rings customers up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colleague {
    pub name: &'static str,
    /// The share of their list that they do.
    pub diligence: f64,
    /// Days that a call waits on their desk, on average.
    pub delay_days: f64,
}

/// Who works in sales.
pub const STAFF: [Colleague; 3] = [
    Colleague { name: "Jonna Tamm", diligence: 0.97, delay_days: 1.0 },
    Colleague { name: "Erik Halvorsen", diligence: 0.85, delay_days: 4.0 },
    Colleague { name: "Mira Sand", diligence: 0.70, delay_days: 2.0 },
];

/// A call as it comes about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Call {
    pub by: Colleague,
    /// Days after the list was handed out; None where it is never made.
    pub after_days: Option<u32>,
}

/// What becomes of a customer on a call list that was handed out on `day`.
pub fn call(seed: u64, person: u32, day: u32) -> Call {
    let mut chance = Chance::new(seed, Purpose::Staff, super::moment(person, day));
    let by = chance.pick(&STAFF);
    let (does, waits) = (chance.happens(by.diligence), chance.exponential(1.0 / by.delay_days));
    Call { by, after_days: does.then_some(waits.min(14.0) as u32) }
}
