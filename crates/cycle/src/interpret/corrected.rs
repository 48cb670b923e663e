//! The figures as they would be without the amounts that cannot be right.
//!
//! Orders in a period in which a channel's amounts jumped are taken at their usual size, so that a fault of the data does
//! not make somebody valuable. The records stay as they are; every insight says how many orders were taken so.

use super::Inputs;
use crate::analyze::Day;
use crate::analyze::facts::{Facts, Orders};
use crate::analyze::lifetime_value::history;
use crate::analyze::rfm::TIER_WINDOW_DAYS;
use crate::process::quality::{Oddity, OddityKind};
use platform::store::Snapshot;
use platform::{Result, params};
use statistics::lifetime_value::FitError;
use statistics::lifetime_value::gamma_gamma::{self, Spender};
use statistics::rfm::{self, Tier};
use std::collections::{BTreeMap, HashMap};

/// Products whose usual price is looked up for one odd period, and earlier lines of each.
const PRODUCTS_ASKED: usize = 50;
const LINES_ASKED: i64 = 101;
/// Orders read of one odd period.
const MOST_ORDERS: i64 = 200_000;

/// A period of a channel whose amounts jumped, and what the prices of its articles say about it.
#[derive(Debug, Clone)]
pub(super) struct Suspect {
    pub(super) oddity: Oddity,
    /// Found over usual order value.
    pub(super) times: f64,
    /// The median of unit price over the article's usual unit price; None where no article was sold at other times.
    pub(super) price_times: Option<f64>,
    /// Articles that were compared.
    pub(super) n_products: usize,
    /// Orders of the period that belong to a customer.
    pub(super) n_orders: u64,
    pub(super) n_customers: u64,
    /// Share of the period's money that the customer with the most has.
    pub(super) largest_share: f64,
    orders: Vec<(String, i32, i64)>,
}

impl Suspect {
    /// Whether the same articles cost a multiple too: then it is no campaign and no large customer.
    pub(super) fn is_confirmed(&self) -> bool {
        self.price_times.is_some_and(|price| {
            let (a, b) = (price.ln(), self.times.ln());
            a.signum() == b.signum() && a.abs() > 3f64.ln() && (a - b).abs() < 3f64.ln()
        })
    }
}

/// Looks behind every period of odd amounts on the board.
pub(super) fn suspects(snapshot: &mut Snapshot<'_>, oddities: &[Oddity]) -> Result<Vec<Suspect>> {
    let mut found = Vec::new();
    for oddity in oddities.iter().filter(|oddity| oddity.kind == OddityKind::AmountJump) {
        let (Some(from), Some(until)) = (oddity.from_at, oddity.until_at) else { continue };
        if !(oddity.typical > 0.0 && oddity.found > 0.0) {
            continue;
        }
        let orders = snapshot.query(
            "SELECT person_id, ordered_at, counted_minor FROM orders
             WHERE ordered_at >= $1 AND ordered_at < $2 AND coalesce(channel, '') = $3
               AND is_return = 0 AND counted_minor > 0 AND person_id IS NOT NULL
             ORDER BY ordered_at, id LIMIT $4",
            &params![from, until, oddity.source, MOST_ORDERS],
            |row| Ok((row.get::<String>(0)?, Day::of(row.get(1)?).0, row.get::<i64>(2)?)),
        )?;
        let (price_times, n_products) = prices(snapshot, from, until, &oddity.source)?;
        let mut by_person: BTreeMap<&str, i64> = BTreeMap::new();
        for (person, _, minor) in &orders {
            *by_person.entry(person).or_default() += minor;
        }
        let sum: i64 = by_person.values().sum();
        let largest = by_person.values().copied().max().unwrap_or_default();
        found.push(Suspect {
            times: oddity.found / oddity.typical,
            price_times,
            n_products,
            n_orders: orders.len() as u64,
            n_customers: by_person.len() as u64,
            largest_share: if sum > 0 { largest as f64 / sum as f64 } else { 0.0 },
            oddity: oddity.clone(),
            orders,
        });
    }
    Ok(found)
}

/// The median of (unit price in the period) / (usual unit price of the article), and how many articles it is of.
fn prices(snapshot: &mut Snapshot<'_>, from: i64, until: i64, channel: &str) -> Result<(Option<f64>, usize)> {
    let inside = snapshot.query(
        "SELECT l.product_id, avg(l.unit_price_micro * 1.0) FROM orders o JOIN order_lines l ON l.order_id = o.id
         WHERE o.ordered_at >= $1 AND o.ordered_at < $2 AND coalesce(o.channel, '') = $3 AND o.is_return = 0
           AND l.product_id IS NOT NULL AND l.unit_price_micro > 0
         GROUP BY l.product_id ORDER BY l.product_id LIMIT $4",
        &params![from, until, channel, PRODUCTS_ASKED as i64],
        |row| Ok((row.get::<String>(0)?, row.get::<f64>(1)?)),
    )?;
    let mut ratios = Vec::new();
    for (product, price) in inside {
        let mut usual = snapshot.query(
            "SELECT l.unit_price_micro FROM order_lines l JOIN orders o ON o.id = l.order_id
             WHERE l.product_id = $1 AND l.unit_price_micro > 0 AND (o.ordered_at < $2 OR o.ordered_at >= $3)
             ORDER BY l.product_id, l.order_id LIMIT $4",
            &params![product, from, until, LINES_ASKED],
            |row| row.get::<i64>(0),
        )?;
        usual.sort_unstable();
        if let Some(&middle) = usual.get(usual.len() / 2) {
            ratios.push(price / middle as f64);
        }
    }
    ratios.sort_unstable_by(f64::total_cmp);
    Ok((ratios.get(ratios.len() / 2).copied(), ratios.len()))
}

/// Money and tiers with the suspect amounts at their usual size. `tiers` and `recent_minor` stand as the customers of RFM,
/// `spenders` as those of the lifetime value, who may be more: who ordered only free of charge is in the latter.
#[derive(Debug)]
pub(super) struct Corrected {
    /// (customer, day, amount found) → the amount that is usual.
    replaced: HashMap<(u32, i32, i64), i64>,
    /// Orders taken at their usual size.
    pub(super) n_orders: u64,
    pub(super) excess_minor: i64,
    pub(super) tiers: Vec<Tier>,
    pub(super) recent_minor: Vec<i64>,
    pub(super) spenders: Vec<Spender>,
    pub(super) spending: std::result::Result<gamma_gamma::Fit, FitError>,
}

impl Corrected {
    pub(super) fn new(inputs: &Inputs, suspects: &[Suspect]) -> Self {
        let mut found = Self {
            replaced: HashMap::new(),
            n_orders: 0,
            excess_minor: 0,
            tiers: inputs.rfm.tiers.clone(),
            recent_minor: inputs.rfm.recent_minor.clone(),
            spenders: inputs.lifetime_value.spenders.clone(),
            spending: inputs.lifetime_value.spending.clone(),
        };
        for suspect in suspects.iter().filter(|suspect| suspect.is_confirmed()) {
            for (person, day, minor) in &suspect.orders {
                let Some(customer) = inputs.facts.find(person) else { continue };
                let usual = (*minor as f64 / suspect.price_times.unwrap_or(suspect.times)).round() as i64;
                found.replaced.insert((customer, *day, *minor), usual.max(1));
                found.n_orders += 1;
                found.excess_minor += minor - usual;
            }
        }
        if !found.replaced.is_empty() {
            found.recompute(inputs);
        }
        found
    }

    fn recompute(&mut self, inputs: &Inputs) {
        let (facts, last_day) = (&inputs.facts, inputs.last_day);
        let mut touched: Vec<u32> = self.replaced.keys().map(|key| key.0).collect();
        touched.sort_unstable();
        touched.dedup();
        let minor_units = 10f64.powi(facts.currency.digits() as i32);
        for customer in touched {
            let orders = facts.orders(customer);
            let values: Vec<i64> = self.values(customer, orders).collect();
            let orders = Orders { values_minor: &values, ..orders };
            if let Some(at) = inputs.rfm.place(customer) {
                self.recent_minor[at] = spent_between(orders, last_day.plus(-TIER_WINDOW_DAYS), last_day);
            }
            if let (Some(at), Some(history)) =
                (inputs.lifetime_value.place(customer), history(orders, last_day))
            {
                self.spenders[at].mean_value = history.mean_of_repeats / minor_units;
            }
        }
        self.tiers = rfm::value_tiers(&self.recent_minor);
        self.spending = gamma_gamma::fit(&self.spenders);
    }

    /// The amounts of a customer's rows, the suspect ones at their usual size.
    pub(super) fn values<'a>(&'a self, customer: u32, orders: Orders<'a>) -> impl Iterator<Item = i64> + 'a {
        orders.each().map(move |(day, value, _)| self.value(customer, day, value))
    }

    pub(super) fn value(&self, customer: u32, day: i32, value: i64) -> i64 {
        if self.replaced.is_empty() {
            return value;
        }
        self.replaced.get(&(customer, day, value)).copied().unwrap_or(value)
    }

    /// Money of a customer after `from` until `until`, returns taken off.
    pub(super) fn spent(&self, facts: &Facts, customer: u32, from: Day, until: Day) -> i64 {
        let rows = facts.orders(customer).until(until).each().rev().take_while(|row| row.0 > from.0);
        rows.fold(0i64, |sum, (day, value, _)| sum.saturating_add(self.value(customer, day, value)))
    }
}

fn spent_between(orders: Orders<'_>, from: Day, until: Day) -> i64 {
    let rows = orders.until(until).each().rev().take_while(|row| row.0 > from.0);
    rows.fold(0i64, |sum, (_, value, _)| sum.saturating_add(value))
}
