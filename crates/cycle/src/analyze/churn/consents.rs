//! What customers said about e-mails, and when: a statement made after a day is not known on that day.

use super::features::Consent;
use crate::analyze::Day;
use crate::analyze::facts::Facts;
use platform::Result;
use platform::store::Snapshot;

/// For each customer of the facts the day and word of the newest statement.
#[derive(Debug, Default)]
pub struct Consents {
    stated: Vec<(i32, bool)>,
}

/// Nothing was said.
const NEVER: i32 = i32::MAX;

impl Consents {
    /// Reads the consents of all customers; who refused one purpose of e-mails refused.
    pub fn read(snapshot: &mut Snapshot<'_>, facts: &Facts) -> Result<Self> {
        let mut stated = vec![(NEVER, true); facts.n_customers() as usize];
        let mut next = 0;
        snapshot.each(
            "SELECT person_id, state, stated_at FROM consents WHERE channel = 'email' ORDER BY person_id, purpose",
            &[],
            |row| {
                let id = row.text(0)?;
                let here = next < facts.n_customers() && facts.id(next) == id;
                let Some(customer) = (if here { Some(next) } else { facts.find(id) }) else { return Ok(()) };
                next = customer + 1;
                let (is_granted, day) = (row.text(1)? == "granted", Day::of(row.get(2)?).0);
                let known = &mut stated[customer as usize];
                let is_first = known.0 == NEVER;
                known.1 = if is_first { is_granted } else { known.1 && is_granted };
                known.0 = if is_first { day } else { known.0.max(day) };
                Ok(())
            },
        )?;
        Ok(Self { stated })
    }

    /// What was known of a customer at the end of a day.
    pub(super) fn at(&self, customer: u32, day: Day) -> Consent {
        match self.stated.get(customer as usize) {
            Some((stated, is_granted)) if *stated <= day.0 => f64::from(u8::from(*is_granted)),
            _ => f64::NAN,
        }
    }
}
