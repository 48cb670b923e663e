//! How long somebody must be silent to count as gone: by the firm's own rhythm.

use super::{MOST_TRAINED, features};
use crate::analyze::Day;
use crate::analyze::facts::Facts;
use statistics::pseudo_random::thinned;
use statistics::quantiles::quantiles;

/// The share of repeat purchases that come within the period.
pub const SHARE_WITHIN: f64 = 0.9;
const FEWEST_DAYS: i32 = 14;
const MOST_DAYS: i32 = 365;
/// The history holds the period so many times: before a past day, after it, and once more to judge.
const PERIODS: i32 = 3;
const FEWEST_GAPS: usize = 100;

/// The period and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    pub horizon: i32,
    pub how: String,
    pub first_day: Day,
    pub n_customers: usize,
    /// Customers from whom is learnt.
    pub n_sampled: usize,
}

/// Chooses the period, or says what is missing.
pub(super) fn choose(facts: &Facts, last_day: Day) -> Result<Period, String> {
    let Some((first_day, _)) = facts.span() else {
        return Err("Orders of customers; there are none.".to_string());
    };
    let everybody = facts.n_customers() as usize;
    let sampled = thinned(everybody, MOST_TRAINED);
    let mut gaps = Vec::new();
    sampled.iter().for_each(|place| features::gaps(facts.orders(*place as u32), last_day, &mut gaps));
    if gaps.len() < FEWEST_GAPS {
        return Err(format!(
            "At least {FEWEST_GAPS} repeat purchases, to know the rhythm of this firm; there are {}.",
            gaps.len()
        ));
    }
    let found = quantiles(&mut gaps, &[0.5, SHARE_WITHIN]);
    let (median, wanted) = (found[0].ceil() as i32, found[1].ceil() as i32);
    let span = last_day.0.saturating_sub(first_day.0) + 1;
    let horizon = wanted.clamp(FEWEST_DAYS, MOST_DAYS).min(span / PERIODS);
    if horizon < FEWEST_DAYS || horizon < median {
        return Err(format!(
            "A history of at least {} days, three times the usual {} days between purchases; there are {span}.",
            PERIODS * median.max(FEWEST_DAYS),
            median
        ));
    }
    let mut how = format!(
        "{:.0} of 100 repeat purchases of this firm come within {wanted} days of the one before, half within {median}",
        100.0 * SHARE_WITHIN
    );
    match horizon.cmp(&wanted) {
        std::cmp::Ordering::Less => {
            how.push_str(&format!("; {horizon} days are taken, so that the history holds them three times"));
        }
        std::cmp::Ordering::Greater => how.push_str(&format!("; {horizon} days are the least that is taken")),
        std::cmp::Ordering::Equal => {}
    }
    how.push('.');
    Ok(Period { horizon, how, first_day, n_customers: everybody, n_sampled: sampled.len() })
}
