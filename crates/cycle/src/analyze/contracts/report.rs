//! What is said about contracts: the figures of the page, and the report of the model.

use super::curve::{Alike, LEVEL, Lasting, OfProduct, Point, Projection};
use super::risk::HORIZON_DAYS;
use super::terms::{Contracts, GRACE_DAYS};
use super::worth::Total;
use crate::analyze::Day;
use crate::analyze::models::{Backtest, Driver, Learnt, Report as OfModel};
use serde::{Deserialize, Serialize};
use statistics::intervals::{Interval, wilson};

/// Months that are listed.
const MONTHS: i32 = 24;

/// A month that is over, with what came of the contracts that ran when it began.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Month {
    /// As months since year 0.
    pub month: i32,
    pub n_at_start: u64,
    pub n_started: u64,
    pub n_ended: u64,
    /// Money a month of the contracts that ran at its end, at the price of their newest payment.
    pub recurring_minor: i64,
    /// Whether the grace of all that ended in it has passed; false where more may turn out to have ended.
    pub is_settled: bool,
}

impl Month {
    /// The share that ended of those that ran when the month began, with its interval at 95 %; None where none ran.
    pub fn churn(&self) -> Option<Interval> {
        wilson(self.n_ended, self.n_at_start, LEVEL)
    }
}

/// The figures of all contracts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub last_day: Option<Day>,
    pub grace_days: i32,
    /// Products that are marked as paid by period.
    pub n_products: u64,
    pub n_contracts: u64,
    pub n_running: u64,
    /// Of the running ones, those whose cover has ended and whose grace has not passed.
    pub n_in_grace: u64,
    /// Payments that were given back and count as never made.
    pub n_taken_back: u64,
    /// Money a month of running contracts.
    pub recurring_minor: i64,
    /// The oldest first.
    pub months: Vec<Month>,
    pub curve: Vec<Point>,
    pub median: Option<f64>,
    pub median_interval: (Option<f64>, Option<f64>),
    pub products: Vec<OfProduct>,
    pub alike: Option<Alike>,
    pub projections: Vec<Projection>,
    /// Expected payments of the coming 12 months; None where nothing can be projected.
    pub value: Option<Total>,
    /// What the model of purchases without contracts expects of customers with a running contract: the same money, told
    /// another way.
    pub elsewhere_minor: i64,
    pub n_elsewhere: u64,
}

pub(super) fn of(
    contracts: &Contracts,
    lasting: &Lasting,
    value: Option<Total>,
    (n_elsewhere, elsewhere_minor): (u64, i64),
    last_day: Day,
) -> Report {
    let running = || contracts.running().map(|contract| contracts.newest(contract));
    Report {
        last_day: Some(last_day),
        grace_days: GRACE_DAYS,
        n_products: contracts.products.len() as u64,
        n_contracts: contracts.all.len() as u64,
        n_running: running().count() as u64,
        n_in_grace: running().filter(|term| term.until <= last_day.0).count() as u64,
        n_taken_back: contracts.n_taken_back,
        recurring_minor: running().map(|term| term.monthly_minor).sum(),
        months: months(contracts, last_day),
        curve: lasting.curve.clone(),
        median: lasting.median,
        median_interval: lasting.median_interval,
        products: lasting.products.clone(),
        alike: lasting.alike,
        projections: lasting.projections.clone(),
        value,
        elsewhere_minor,
        n_elsewhere,
    }
}

impl Report {
    /// The newest month of which is known who ended in it.
    pub fn newest_month(&self) -> Option<&Month> {
        self.months.iter().rev().find(|month| month.is_settled)
    }
}

fn months(contracts: &Contracts, last_day: Day) -> Vec<Month> {
    let Some(first) = contracts.all.iter().map(|c| contracts.started(c)).min() else { return Vec::new() };
    let last = last_day.next().month() - 1;
    let from = Day(first).month().max(last - MONTHS + 1);
    let empty = |month: i32| Month {
        month,
        n_at_start: 0,
        n_started: 0,
        n_ended: 0,
        recurring_minor: 0,
        is_settled: Day::last_of_month(month).0 + GRACE_DAYS <= last_day.0,
    };
    let mut found: Vec<Month> = (from..=last).map(empty).collect();
    for contract in &contracts.all {
        let started = Day(contracts.started(contract)).month();
        let ended = contract.ended.map_or(i32::MAX, |ended| Day(ended).month());
        let monthly = contracts.newest(contract).monthly_minor;
        let upto = ended.min(last);
        for month in started.max(from)..=upto {
            let place = (month - from) as usize;
            found[place].n_at_start += u64::from(started < month);
            found[place].n_started += u64::from(started == month);
            // Who begins and ends within a month did not run when it began.
            found[place].n_ended += u64::from(ended == month && started < month);
            found[place].recurring_minor += if ended == month { 0 } else { monthly };
        }
    }
    found
}

/// A report of a model that abstains.
pub(super) fn empty(needs: Vec<String>) -> OfModel {
    OfModel { needs, ..about() }
}

fn about() -> OfModel {
    OfModel {
        definition: format!(
            "A contract runs while payments for products that are paid by period follow one another. The score is the \
             probability that no payment comes when the present cover ends, nor within {GRACE_DAYS} days after it."
        ),
        horizon_days: Some(HORIZON_DAYS + GRACE_DAYS),
        horizon_how: format!(
            "The number that is foretold is of the renewals of the next {HORIZON_DAYS} days, of which is known {GRACE_DAYS} \
             days later who paid."
        ),
        notes: vec![
            "It foretells by what was, not what would keep somebody: only an experiment tells that.".to_string(),
            "It speaks of customers who pay by period. Of those who are free to buy or not speaks the model of churn."
                .to_string(),
        ],
        ..OfModel::default()
    }
}

pub(super) fn trained(
    learnt: &Learnt,
    drivers: Vec<Driver>,
    backtest: Result<Backtest, String>,
    n_running: usize,
) -> OfModel {
    let mut report = about();
    report.method = learnt.method.clone();
    report.quality = Some(learnt.quality.clone());
    report.drivers = drivers;
    report.figures = vec![("Contracts that run".to_string(), n_running.to_string())];
    match backtest {
        Ok(backtest) => report.backtest = Some(backtest),
        Err(why) => report.notes.push(format!("There is no backtest: {why}.")),
    }
    report
}
