//! Contracts: customers who pay by period. Derived from order lines of products that renew; nobody types them in.
//!
//! How long they last, who of them is likely not to renew, and what the running ones will pay. Customers who are free to buy or
//! not are the affair of `churn` and `lifetime_value`.

mod curve;
mod features;
mod keep;
mod payments;
mod report;
mod risk;
mod terms;
pub mod words;
mod worth;

pub use curve::{Alike, FEWEST_OF_PRODUCT, OfProduct, Point, Projection};
pub use keep::{By, Place, Row, list, of_person, running_of, write};
pub use payments::{Payment, Payments, Product};
pub use report::{Month, Report};
pub use risk::{HORIZON_DAYS, NAME, ended_since};
pub use terms::{Contract, Contracts, GRACE_DAYS, Term};
pub use worth::{MONTHS, Total, Worth};

use super::Day;
use super::facts::Facts;
use super::lifetime_value::LifetimeValue;
use super::models::{Reason, Trained};

/// Probability with which an interval of money or of a projection holds.
pub const LEVEL: f64 = 0.8;

/// All contracts, and what is told of the running ones.
#[derive(Debug)]
pub struct Analysis {
    pub contracts: Contracts,
    pub trained: Trained,
    pub report: Report,
    /// Of each running contract, in the order of contracts.
    pub told: Vec<Told>,
    /// Of each customer with a contract, ascending: the place of the newest contract, and of what is told of it.
    newest: Vec<(u32, u32, Option<u32>)>,
}

/// What is told of a running contract.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub risk: Option<f64>,
    pub reasons: Vec<Reason>,
    pub worth: Option<Worth>,
    /// The risk by the number of renewals alone; None where no model of its period stands.
    pub by_renewals: Option<f64>,
}

/// What stands at the person: the newest contract.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct OfCustomer {
    /// The first day without cover of a running contract.
    pub until: Option<i32>,
    /// When the newest contract that ended did.
    pub ended: Option<i32>,
    pub risk: Option<f64>,
}

/// Derives contracts from payments and analyses them.
pub fn analyze(payments: Payments, facts: &Facts, elsewhere: &LifetimeValue, last_day: Day) -> Analysis {
    let Payments { rows, products, n_taken_back } = payments;
    if products.is_empty() {
        let (contracts, report) = (Contracts::default(), Report::default());
        let trained = risk::nothing(last_day);
        return Analysis { contracts, trained, report, told: Vec::new(), newest: Vec::new() };
    }
    let mut contracts = Contracts::of(&rows, products, last_day);
    contracts.n_taken_back = n_taken_back;
    drop(rows);
    let lasting = curve::lasting(&contracts, last_day);
    let found = risk::analyze(&contracts, facts, &lasting.fits, last_day);
    let (worths, total) = worth::worth(&contracts, &lasting, &found.risks, last_day);
    let report = report::of(&contracts, &lasting, total, told_elsewhere(&contracts, elsewhere), last_day);
    let told: Vec<Told> = found
        .risks
        .into_iter()
        .zip(found.reasons)
        .zip(worths)
        .zip(contracts.running())
        .map(|(((risk, reasons), worth), contract)| {
            let fit = lasting.fits.get(&contracts.newest(contract).months);
            let by_renewals = fit.map(|fit| fit.loss_at(contracts.terms(contract).len() as u32));
            Told { risk, reasons, worth, by_renewals }
        })
        .collect();
    let newest = newest(&contracts);
    Analysis { contracts, trained: found.trained, report, told, newest }
}

/// How many customers with a running contract the other model tells money of, and how much.
fn told_elsewhere(contracts: &Contracts, elsewhere: &LifetimeValue) -> (u64, i64) {
    let values = contracts.running().filter_map(|contract| {
        let place = elsewhere.customers.binary_search(&contract.customer).ok()?;
        elsewhere.forecasts[place].value
    });
    values.fold((0, 0), |(n, sum), value| (n + 1, sum + value.expected_minor))
}

fn newest(contracts: &Contracts) -> Vec<(u32, u32, Option<u32>)> {
    let (mut found, mut n_running): (Vec<(u32, u32, Option<u32>)>, u32) = (Vec::new(), 0);
    for (at, contract) in contracts.all.iter().enumerate() {
        let told = contract.ended.is_none().then_some(n_running);
        n_running += u32::from(told.is_some());
        let row = (contract.customer, at as u32, told);
        match found.last_mut().filter(|last| last.0 == contract.customer) {
            Some(last) => *last = row,
            None => found.push(row),
        }
    }
    found
}

impl Analysis {
    /// What stands at a customer; nothing for who has no contract.
    pub fn of(&self, customer: u32) -> OfCustomer {
        let Ok(place) = self.newest.binary_search_by_key(&customer, |row| row.0) else {
            return OfCustomer::default();
        };
        let (_, at, told) = self.newest[place];
        let contract = &self.contracts.all[at as usize];
        let before = (at as usize).checked_sub(1).map(|before| &self.contracts.all[before]);
        let before = before.filter(|before| before.customer == customer).and_then(|before| before.ended);
        OfCustomer {
            until: contract.ended.is_none().then(|| self.contracts.newest(contract).until),
            ended: contract.ended.or(before),
            risk: told.and_then(|told| self.told[told as usize].risk),
        }
    }
}
