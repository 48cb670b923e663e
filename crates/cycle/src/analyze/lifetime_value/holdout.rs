//! Would the model have told? Fitted on the first part of the history, compared with what came after.

use super::history::{history, purchase_days_after};
use crate::analyze::Day;
use crate::analyze::facts::Facts;
use statistics::lifetime_value::bg_nbd;
use statistics::lifetime_value::holdout::{self, Check};

/// The comparison and the time that it covers.
#[derive(Debug, Clone, PartialEq)]
pub struct Holdout {
    /// The model knew nothing after this day.
    pub fitted_until: Day,
    pub weeks: f64,
    pub n_customers: usize,
    pub check: Check,
}

/// The last third of the history is held out, at most a year.
const SHARE_HELD_OUT: i32 = 3;
const MOST_DAYS: i32 = 364;
/// Less than eight weeks say too little.
const FEWEST_DAYS: i32 = 56;

/// Checks the model, or says why it cannot.
pub(super) fn check(facts: &Facts, last_day: Day) -> Result<Holdout, String> {
    let Some((first_day, _)) = facts.span() else { return Err("there are no orders".to_string()) };
    let held_out = (last_day.0.saturating_sub(first_day.0) / SHARE_HELD_OUT).min(MOST_DAYS);
    if held_out < FEWEST_DAYS {
        let needed = FEWEST_DAYS * SHARE_HELD_OUT;
        return Err(format!("the orders cover less than {needed} days: too few to hold a part of them out"));
    }
    // Whole weeks, so that every weekday is held out equally often.
    let held_out = held_out / 7 * 7;
    let fitted_until = last_day.plus(-held_out);
    let (mut customers, mut came) = (Vec::new(), Vec::new());
    for number in 0..facts.n_customers() {
        let orders = facts.orders(number);
        if let Some(customer) = history(orders, fitted_until).and_then(|history| history.customer) {
            customers.push(customer);
            came.push(purchase_days_after(orders, fitted_until, last_day));
        }
    }
    let fit = bg_nbd::fit(&customers)
        .map_err(|error| format!("the model does not fit the time until {fitted_until}: {error}"))?;
    let weeks = f64::from(held_out) / 7.0;
    let check = holdout::check(&fit.parameters, &customers, &came, weeks)
        .ok_or_else(|| format!("nobody had bought until {fitted_until}"))?;
    Ok(Holdout { fitted_until, weeks, n_customers: customers.len(), check })
}
