//! How long contracts last: the retention curve of tenure, of all and by product, and its projection by renewals.
//!
//! Tenure is counted in months that were paid for. A contract that still runs is cut short, not counted as ended, and only
//! renewals whose grace is over count: of the last days it is known who renewed and not yet who did not.

use super::terms::{Contract, Contracts, GRACE_DAYS};
use crate::analyze::Day;
use serde::{Deserialize, Serialize};
use statistics::shifted_beta_geometric::{self as geometric, Fit, Renewal};
use statistics::survival::kaplan_meier::{self, Curve};
use statistics::survival::log_rank;
use std::collections::BTreeMap;

/// Probability with which an interval of the curve holds.
pub const LEVEL: f64 = 0.95;
/// Products that are compared; the rest is not.
const MOST_PRODUCTS: usize = 6;
/// Contracts below which a product has no curve of its own.
pub const FEWEST_OF_PRODUCT: usize = 20;
/// Contracts of one period that came to a renewal, and of them those that ended, below which nothing is projected.
pub const FEWEST_FACED: u64 = 50;
pub const FEWEST_LOST: u64 = 10;
/// Months that a projection goes beyond what was seen.
const MONTHS_AHEAD: u32 = 12;
/// Points of a curve that are kept.
const MOST_POINTS: usize = 240;

/// A point of the retention curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub month: f64,
    pub n_at_risk: u64,
    pub n_ended: u64,
    /// Share of contracts that outlives this month, with its interval at 95 %.
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

/// Contracts that began with one product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfProduct {
    pub product_id: String,
    pub name: String,
    pub months: i64,
    pub n: u64,
    pub n_running: u64,
    pub n_ended: u64,
    /// Months after which half have ended; None where that is not reached.
    pub median: Option<f64>,
    /// Share that outlives a year; None where nobody was seen that long, or there are too few contracts.
    pub of_a_year: Option<(f64, f64, f64)>,
    pub curve: Vec<Point>,
}

/// Whether products keep their customers alike.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Alike {
    pub chi_square: f64,
    pub degrees: u64,
    pub p_value: f64,
}

/// Month, projected share, and its interval at 80 % where there is one.
pub type Projected = (u32, f64, Option<(f64, f64)>);

/// The model of renewals of contracts with one period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    pub period_months: i64,
    /// Renewals that were faced, and lost.
    pub n_faced: u64,
    pub n_lost: u64,
    pub alpha: f64,
    pub beta: f64,
    pub standard_errors: Option<[f64; 2]>,
    /// Customers are so alike that the parameters had to be held.
    pub is_held: bool,
    /// From the start to a year beyond what was seen.
    pub points: Vec<Projected>,
}

/// What is known of how long contracts last.
#[derive(Debug, Default)]
pub struct Lasting {
    pub curve: Vec<Point>,
    pub median: Option<f64>,
    pub median_interval: (Option<f64>, Option<f64>),
    pub products: Vec<OfProduct>,
    pub alike: Option<Alike>,
    pub projections: Vec<Projection>,
    /// By months of the period.
    pub fits: BTreeMap<i32, Fit>,
}

/// Months that a contract is known to have lasted, and whether it ended then.
pub(super) fn tenure(contracts: &Contracts, contract: &Contract, last_day: Day) -> (f64, bool) {
    let paid: i32 = contracts.terms(contract).iter().map(|term| term.months).sum();
    if contract.ended.is_some() {
        return (f64::from(paid), true);
    }
    let (started, decided) = (Day(contracts.started(contract)), last_day.plus(-GRACE_DAYS));
    let mut elapsed = decided.month() - started.month();
    elapsed -= i32::from(started.plus_months(elapsed) > decided);
    (f64::from(elapsed.min(paid - 1).max(0)), false)
}

pub fn lasting(contracts: &Contracts, last_day: Day) -> Lasting {
    let (mut durations, mut ended, mut firsts) = (Vec::new(), Vec::new(), Vec::new());
    for contract in &contracts.all {
        let (months, is_over) = tenure(contracts, contract, last_day);
        durations.push(months);
        ended.push(is_over);
        firsts.push(contracts.terms(contract)[0].product);
    }
    let Ok(curve) = kaplan_meier::curve(&durations, &ended, LEVEL) else { return Lasting::default() };
    let products = by_product(contracts, (&durations, &ended, &firsts));
    let (fits, projections) = project(contracts, last_day);
    Lasting {
        median: curve.median(),
        median_interval: curve.median_interval(),
        curve: points(&curve),
        alike: alike(&products, contracts, (&durations, &ended, &firsts)),
        products,
        projections,
        fits,
    }
}

fn points(curve: &Curve) -> Vec<Point> {
    let point = |step: &kaplan_meier::Step| Point {
        month: step.time,
        n_at_risk: step.n_at_risk,
        n_ended: step.n_events,
        share: step.survival,
        low: step.log_log.0,
        high: step.log_log.1,
    };
    curve.steps.iter().filter(|step| step.time > 0.0).take(MOST_POINTS).map(point).collect()
}

/// Durations, ends and first products, a row a contract.
type Rows<'a> = (&'a [f64], &'a [bool], &'a [u16]);

fn by_product(contracts: &Contracts, (durations, ended, firsts): Rows<'_>) -> Vec<OfProduct> {
    let mut found = Vec::new();
    for (place, product) in contracts.products.iter().enumerate() {
        let of_it: Vec<usize> = (0..firsts.len()).filter(|at| usize::from(firsts[*at]) == place).collect();
        if of_it.is_empty() {
            continue;
        }
        let (months, over): (Vec<f64>, Vec<bool>) =
            of_it.iter().map(|at| (durations[*at], ended[*at])).unzip();
        let n_ended = over.iter().filter(|over| **over).count() as u64;
        let curve =
            kaplan_meier::curve(&months, &over, LEVEL).ok().filter(|_| of_it.len() >= FEWEST_OF_PRODUCT);
        let of_a_year = curve.as_ref().and_then(|curve| {
            curve.steps.iter().rev().find(|step| step.time >= 12.0)?;
            let year = curve.steps.iter().rev().find(|step| step.time <= 12.0);
            Some(year.map_or((1.0, 1.0, 1.0), |s| (s.survival, s.log_log.0, s.log_log.1)))
        });
        found.push(OfProduct {
            product_id: product.id.clone(),
            name: product.name.clone(),
            months: product.months,
            n: of_it.len() as u64,
            n_running: of_it.len() as u64 - n_ended,
            n_ended,
            median: curve.as_ref().and_then(Curve::median),
            of_a_year,
            curve: curve.as_ref().map(points).unwrap_or_default(),
        });
    }
    found.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.product_id.cmp(&b.product_id)));
    found
}

/// The log-rank test over the products with most contracts.
fn alike(
    products: &[OfProduct],
    contracts: &Contracts,
    (durations, ended, firsts): Rows<'_>,
) -> Option<Alike> {
    let compared: Vec<&str> = products
        .iter()
        .filter(|product| product.n >= FEWEST_OF_PRODUCT as u64)
        .take(MOST_PRODUCTS)
        .map(|product| product.product_id.as_str())
        .collect();
    if compared.len() < 2 {
        return None;
    }
    let group = |first: u16| {
        let id = contracts.products[usize::from(first)].id.as_str();
        compared.iter().position(|one| *one == id).map(|at| at as u32)
    };
    let (mut months, mut over, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for (at, first) in firsts.iter().enumerate() {
        let Some(group) = group(*first) else { continue };
        months.push(durations[at]);
        over.push(ended[at]);
        groups.push(group);
    }
    let test = log_rank::test(&months, &over, &groups, compared.len()).ok()?;
    Some(Alike { chi_square: test.chi_square, degrees: test.degrees as u64, p_value: test.p_value })
}

/// The model of renewals for each period with enough of them.
fn project(contracts: &Contracts, last_day: Day) -> (BTreeMap<i32, Fit>, Vec<Projection>) {
    let mut counts: BTreeMap<i32, Vec<Renewal>> = BTreeMap::new();
    for contract in &contracts.all {
        let terms = contracts.terms(contract);
        let renewals = counts.entry(contracts.newest(contract).months).or_default();
        let n_faced = terms.iter().take_while(|term| term.until + GRACE_DAYS <= last_day.0).count();
        if renewals.len() < n_faced {
            renewals.resize(n_faced, Renewal::default());
        }
        renewals[..n_faced].iter_mut().for_each(|renewal| renewal.n_faced += 1);
        if contract.ended.is_some() {
            renewals[n_faced - 1].n_lost += 1;
        }
    }
    let (mut fits, mut projections) = (BTreeMap::new(), Vec::new());
    for (months, renewals) in counts {
        let n_faced = renewals.iter().map(|renewal| renewal.n_faced).sum();
        let n_lost = renewals.iter().map(|renewal| renewal.n_lost).sum();
        if n_faced < FEWEST_FACED || n_lost < FEWEST_LOST {
            continue;
        }
        let Ok(fit) = geometric::fit(&renewals) else { continue };
        let step = u32::try_from(months.max(1)).unwrap_or(1);
        let n_points = renewals.len() as u32 + MONTHS_AHEAD.div_ceil(step);
        let point = |n: u32| (n * step, fit.survival(n), Some(fit.survival_interval(n, super::LEVEL)));
        projections.push(Projection {
            period_months: months.into(),
            n_faced,
            n_lost,
            alpha: fit.alpha,
            beta: fit.beta,
            standard_errors: fit.standard_errors,
            is_held: fit.is_held,
            points: (0..=n_points.min(MOST_POINTS as u32)).map(point).collect(),
        });
        fits.insert(months, fit);
    }
    projections.sort_by_key(|projection| std::cmp::Reverse(projection.n_faced));
    (fits, projections)
}

#[cfg(test)]
mod tests {
    use super::super::payments::{Payment, Product};
    use super::super::worth;
    use super::*;

    fn products() -> Vec<Product> {
        [1, 12].map(|months| Product { id: format!("p{months}"), name: String::new(), months }).to_vec()
    }

    /// Customers who pay a month at a time, each so many times, and a yearly one.
    fn contracts(n_payments: &[u32], last_day: Day) -> Contracts {
        let first = Day::parse("2023-01-15").unwrap();
        let mut rows = Vec::new();
        for (customer, n) in n_payments.iter().enumerate() {
            let at = |month: u32| first.plus_months(month as i32).0;
            rows.extend((0..*n).map(|month| Payment::made(customer as u32, at(month), 0, 1, 1_000)));
        }
        rows.push(Payment::made(n_payments.len() as u32, first.0, 1, 12, 9_600));
        Contracts::of(&rows, products(), last_day)
    }

    #[test]
    fn a_contract_that_runs_is_known_to_have_outlived_the_renewals_whose_grace_is_over_and_no_more() {
        let last_day = Day::parse("2023-07-20").unwrap();
        let found = contracts(&[1, 3, 7, 6], last_day);
        let of = |at: usize| tenure(&found, &found.all[at], last_day);
        assert_eq!((of(0), of(1)), ((1.0, true), (3.0, true)));
        // The third renewed five days ago, when the fourth was due as well, who still may: they are cut short alike.
        assert_eq!((of(2), of(3)), ((5.0, false), (5.0, false)));
        assert_eq!(of(4), (5.0, false), "a year that was paid has run for five months");
        let lasting = lasting(&found, last_day);
        let shares: Vec<f64> = lasting.curve.iter().map(|point| point.share).collect();
        assert!((shares[0] - 0.8).abs() < 1e-12 && (shares[1] - 0.6).abs() < 1e-12, "{shares:?}");
        assert!(lasting.products.iter().all(|product| product.curve.is_empty()), "too few for a curve");
        assert!(lasting.projections.is_empty());
    }

    #[test]
    fn what_a_contract_will_pay_lies_between_nothing_and_all_its_payments() {
        let last_day = Day::parse("2024-01-20").unwrap();
        let n_payments: Vec<u32> = (0..120).map(|i| if i % 3 == 0 { 13 } else { 1 + i % 7 }).collect();
        let found = contracts(&n_payments, last_day);
        let lasting = lasting(&found, last_day);
        assert_eq!(lasting.projections.len(), 1, "one yearly contract projects nothing");
        let n_running = found.running().count();
        assert_eq!(n_running, 41, "40 monthly ones, and the yearly one within its grace");
        let none = vec![None; n_running];
        let (each, total) = worth::worth(&found, &lasting, &none, last_day);
        for worth in each.iter().flatten() {
            assert!(worth.low_minor <= worth.expected_minor && worth.expected_minor <= 12_000, "{worth:?}");
        }
        let total = total.unwrap();
        assert!(each[40].is_none() && total.n == 40);
        assert!(total.low_minor < total.expected_minor && total.expected_minor < total.high_minor);
        // Whoever surely leaves pays nothing more.
        let (gone, nothing) = worth::worth(&found, &lasting, &vec![Some(1.0); n_running], last_day);
        assert!(
            gone.iter().flatten().all(|worth| worth.high_minor == 0) && nothing.unwrap().expected_minor == 0
        );
    }
}
