//! Metrics of what was spent: on customers, on winning them, and against what they bring.
//!
//! A cost is of the whole firm: nobody can say for which customer of an audience an hour was spent. What wins customers is
//! the cost of actions that are measured by new customers.

use super::dictionary::{self, Metric};
use super::evaluate::{Measured, PeopleOf};
use super::recipes::{OfSpending, Recipe};
use crate::calendar::Day;
use crate::plan::periods::Period;
use platform::store::Snapshot;
use platform::{Error, Result, params};

/// Months over which the expected value of a customer goes.
const MONTHS: f64 = 12.0;

impl OfSpending {
    /// The metric by whose number of customers spending is divided.
    pub(super) fn customers(self) -> &'static str {
        match self {
            Self::OnCustomers => "active_customers",
            Self::OnNewCustomers | Self::Payback | Self::ValueByCost => "new_customers",
        }
    }
}

/// The metrics of customers that these metrics need: none where nothing was spent, so that nobody has to be counted there.
pub(super) fn customers(
    snapshot: &mut Snapshot<'_>,
    metrics: &[Metric],
    periods: &[Period],
) -> Result<Vec<Metric>> {
    let mut needed: Vec<Metric> = Vec::new();
    for metric in metrics {
        let Recipe::Spending(what) = metric.shipped()?.recipe else { continue };
        if needed.iter().any(|known| known.key == what.customers()) {
            continue;
        }
        for period in periods {
            if spent(snapshot, what, *period)? > 0.0 {
                needed.push(dictionary::latest(snapshot, what.customers())?);
                break;
            }
        }
    }
    Ok(needed)
}

/// `customers` are those of each period; None where nothing was spent in any.
pub(super) fn series(
    snapshot: &mut Snapshot<'_>,
    metric: &Metric,
    what: OfSpending,
    people: &PeopleOf,
    periods: &[Period],
    customers: Option<&[Measured]>,
) -> Result<Vec<Measured>> {
    if *people != PeopleOf::Everybody {
        let words = format!("{} is known of the whole firm only; choose everybody", metric.name);
        return Err(Error::invalid("metric", words));
    }
    let unknown = |period: &Period| Measured {
        period: *period,
        numerator: 0.0,
        denominator: 0.0,
        value: None,
        error: None,
    };
    let Some(customers) = customers else { return Ok(periods.iter().map(unknown).collect()) };
    let value = mean_lifetime_value(snapshot)?;
    let today = Day::of(snapshot.now());
    let mut found = Vec::with_capacity(periods.len());
    for (period, counted) in periods.iter().zip(customers) {
        let spent = spent(snapshot, what, *period)?;
        // What a customer is expected to bring is known as of the last turn, not of periods long ago.
        let value = value.filter(|_| period.last.plus(LATELY_DAYS) >= today);
        let each = spent / counted.numerator;
        let (numerator, denominator) = match what {
            OfSpending::OnCustomers | OfSpending::OnNewCustomers => (spent, counted.numerator),
            OfSpending::Payback => (each, value.unwrap_or(0.0) / MONTHS),
            OfSpending::ValueByCost => (value.unwrap_or(0.0), each),
        };
        let is_known = spent > 0.0 && counted.numerator > 0.0 && numerator > 0.0 && denominator > 0.0;
        found.push(Measured {
            period: *period,
            numerator: if is_known { numerator } else { 0.0 },
            denominator: if is_known { denominator } else { 0.0 },
            value: is_known.then(|| numerator / denominator),
            error: None,
        });
    }
    Ok(found)
}

const LATELY_DAYS: i32 = 62;

/// What was spent in a period, in minor units; plans are not spending.
fn spent(snapshot: &mut Snapshot<'_>, what: OfSpending, period: Period) -> Result<f64> {
    const OF_WINNING: &str = "AND EXISTS (SELECT 1 FROM experiments e WHERE e.action_id = costs.action_id AND e.metric_key = 'new_customers')";
    let narrowed = if what == OfSpending::OnCustomers { "" } else { OF_WINNING };
    let sql = format!(
        "SELECT CAST(COALESCE(sum(amount_minor), 0) AS BIGINT) FROM costs
         WHERE is_planned = 0 AND deleted_at IS NULL AND at >= $1 AND at < $2 {narrowed}"
    );
    snapshot.one(&sql, &params![period.from(), period.until()], |row| row.get(0))
}

fn mean_lifetime_value(snapshot: &mut Snapshot<'_>) -> Result<Option<f64>> {
    snapshot.one(
        "SELECT avg(CAST(lifetime_value_minor AS DOUBLE PRECISION)) FROM person_scores
         WHERE lifetime_value_minor IS NOT NULL",
        &[],
        |row| row.get::<Option<f64>>(0),
    )
}
