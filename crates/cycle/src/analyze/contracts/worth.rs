//! What running contracts will pay in the coming 12 months: expected payments, with an interval for each and for all.
//!
//! The next renewal is told by the contract's own risk where that is known, those after it by the model of renewals of
//! contracts with the same period. A payment counts when its renewal falls into the 12 months. Revenue, not profit; nothing is
//! discounted, and prices stay as they are.

use super::LEVEL;
use super::curve::Lasting;
use super::terms::{Contract, Contracts};
use crate::analyze::Day;
use serde::{Deserialize, Serialize};
use statistics::distributions::normal_quantile;
use std::collections::HashMap;

/// Months ahead.
pub const MONTHS: i32 = 12;

/// Expected payments of a contract, with the interval at 80 %.
///
/// **Units.** Minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    pub expected_minor: i64,
    pub low_minor: i64,
    pub high_minor: i64,
}

/// The same of all running contracts with one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// Running contracts of which it can be told.
    pub n: u64,
    pub expected_minor: i64,
    pub low_minor: i64,
    pub high_minor: i64,
}

/// The worth of each running contract in its order; None where no model of its period stands.
pub fn worth(
    contracts: &Contracts,
    lasting: &Lasting,
    risks: &[Option<f64>],
    last_day: Day,
) -> (Vec<Option<Worth>>, Option<Total>) {
    let (mut n_told, mut sum, mut variance, mut doubt) = (0, 0.0, 0.0, 0.0);
    let mut unsure_at: HashMap<(i32, u32), f64> = HashMap::new();
    let mut of = |(contract, risk): (&Contract, &Option<f64>)| {
        let newest = contracts.newest(contract);
        let fit = lasting.fits.get(&newest.months)?;
        let n_before = contracts.terms(contract).len() as u32 - 1;
        let n_due = due(Day(newest.until), newest.months, last_day.plus_months(MONTHS));
        let first = risk.map_or_else(|| fit.outlives(n_before, 1), |risk| 1.0 - risk);
        let still = |n: u32| first * fit.outlives(n_before + 1, n - 1);
        let amount = (newest.monthly_minor * i64::from(newest.months)) as f64;
        let shares: Vec<f64> = (1..=n_due).map(still).collect();
        let expected: f64 = shares.iter().sum();
        let squares: f64 = shares.iter().zip(1..).map(|(share, n)| (2.0 * f64::from(n) - 1.0) * share).sum();
        let at_least = |level: f64| shares.iter().filter(|share| **share >= level).count() as f64;
        n_told += 1;
        sum += expected * amount;
        variance += (squares - expected * expected).max(0.0) * amount * amount;
        let n = n_before + n_due;
        doubt += expected * amount * *unsure_at.entry((newest.months, n)).or_insert_with(|| unsure(fit, n));
        let minor = |n: f64| (n * amount).round() as i64;
        Some(Worth {
            expected_minor: minor(expected),
            low_minor: minor(at_least(0.5 + LEVEL / 2.0)),
            high_minor: minor(at_least(0.5 - LEVEL / 2.0)),
        })
    };
    let running: Vec<&Contract> = contracts.running().collect();
    let each = running.into_iter().zip(risks).map(&mut of).collect();
    // Chance of each contract by itself, and doubt about the model that all of them share.
    let half = normal_quantile(0.5 + LEVEL / 2.0) * f64::sqrt(variance) + doubt;
    let minor = |money: f64| money.max(0.0).round() as i64;
    let total = Total {
        n: n_told,
        expected_minor: minor(sum),
        low_minor: minor(sum - half),
        high_minor: minor(sum + half),
    };
    (each, (n_told > 0).then_some(total))
}

/// Renewals until the end of a day, from the next one on.
fn due(next: Day, months: i32, until: Day) -> u32 {
    let n = (0..=MONTHS).take_while(|n| next.plus_months(n * months.max(1)) <= until).count();
    n as u32
}

/// Half the interval of the projected share, as a share of it.
fn unsure(fit: &statistics::shifted_beta_geometric::Fit, n: u32) -> f64 {
    let share = fit.survival(n);
    let (low, high) = fit.survival_interval(n, LEVEL);
    if share > 0.0 { ((high - low) / 2.0 / share).min(1.0) } else { 0.0 }
}
