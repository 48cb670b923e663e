//! Does the model say what then happens? Expected against actual repeat purchases in a time the fit did not see.
//!
//! It reports, and judges nothing: what is good enough is for the reader. It needs customers in the holdout who were
//! customers before it; new ones are not the model's business.

use super::bg_nbd::Customer;
use super::buying::{Buying, Outlook};

/// Customers with one number of repeat purchases in the calibration time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// Repeat purchases in calibration; for the last group, this many or more.
    pub n_repeat: u32,
    /// Customers in the group.
    pub n_customers: usize,
    /// Mean number of purchases per customer that the model expects in the holdout.
    pub expected_mean: f64,
    /// Mean number that came.
    pub actual_mean: f64,
}

/// Expected against actual.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// By number of repeat purchases in calibration, ascending; the last group gathers [`LAST_GROUP`] and more. Empty
    /// groups are left out.
    pub groups: Vec<Group>,
    /// All expected purchases.
    pub expected_total: f64,
    /// All actual purchases.
    pub actual_total: u64,
    /// Customers who bought in the holdout.
    pub n_buyers: usize,
    /// Customers who are expected to buy: the sum of their probabilities.
    pub expected_buyers: f64,
    /// Mean over customers of |expected − actual|.
    pub mean_absolute_error: f64,
    /// Correlation of expected with actual over customers; `None` where either does not vary.
    pub correlation: Option<f64>,
    /// Share of the customers whose purchases fell into their 80 % interval. Above 0.8 is usual: counts are whole.
    pub share_in_80_percent_interval: f64,
}

/// Of more customers than this, so many are drawn evenly for the share in the interval.
const MOST_FOR_INTERVALS: usize = 20_000;

/// Customers with this many repeat purchases or more form one group.
pub const LAST_GROUP: u32 = 7;

/// Compares the model with a holdout.
///
/// **Shape.** `actual[i]` are the purchases of `customers[i]` in the `horizon` after the calibration.
///
/// Returns `None` for no customers or slices of unequal length.
pub fn check<B: Buying>(
    parameters: &B,
    customers: &[Customer],
    actual: &[u32],
    horizon: f64,
) -> Option<Check> {
    if customers.is_empty() || customers.len() != actual.len() {
        return None;
    }
    let mut groups = [(0usize, 0.0f64, 0u64); LAST_GROUP as usize + 1];
    let (mut absolute, mut inside, mut expected_buyers) = (0.0, 0usize, 0.0);
    let mut expected = Vec::with_capacity(customers.len());
    let mut last: Option<(Customer, Outlook)> = None;
    for (customer, &came) in customers.iter().zip(actual) {
        // Callers that bring equal histories together have each worked out once.
        let outlook = match last {
            Some((known, outlook)) if known == *customer => outlook,
            _ => parameters.outlook(customer, horizon),
        };
        last = Some((*customer, outlook));
        let mean = outlook.purchases;
        let group = &mut groups[customer.n_repeat.min(LAST_GROUP) as usize];
        group.0 += 1;
        group.1 += mean;
        group.2 += u64::from(came);
        absolute += (mean - f64::from(came)).abs();
        expected_buyers += 1.0 - outlook.none;
        expected.push(mean);
    }
    let drawn = customers.iter().zip(actual).step_by(customers.len().div_ceil(MOST_FOR_INTERVALS));
    let n_drawn = drawn.len();
    for (customer, came) in drawn {
        let (low, high) = parameters.purchases_ahead(customer, horizon).interval(0.8);
        inside += usize::from((low..=high).contains(came));
    }
    let n = customers.len() as f64;
    Some(Check {
        groups: (0..)
            .zip(groups)
            .filter(|(_, (n, _, _))| *n > 0)
            .map(|(n_repeat, (n_customers, expected, actual))| Group {
                n_repeat,
                n_customers,
                expected_mean: expected / n_customers as f64,
                actual_mean: actual as f64 / n_customers as f64,
            })
            .collect(),
        expected_total: expected.iter().sum(),
        actual_total: actual.iter().map(|&y| u64::from(y)).sum(),
        n_buyers: actual.iter().filter(|&&y| y > 0).count(),
        expected_buyers,
        mean_absolute_error: absolute / n,
        correlation: correlation(&expected, actual),
        share_in_80_percent_interval: inside as f64 / n_drawn as f64,
    })
}

fn correlation(expected: &[f64], actual: &[u32]) -> Option<f64> {
    let n = expected.len() as f64;
    let mean_x = expected.iter().sum::<f64>() / n;
    let mean_y = actual.iter().map(|&y| f64::from(y)).sum::<f64>() / n;
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, &y) in expected.iter().zip(actual) {
        let (dx, dy) = (x - mean_x, f64::from(y) - mean_y);
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    let scale = (xx * yy).sqrt();
    (scale > 0.0).then(|| xy / scale)
}
