//! How long a turn should be: monthly where much happens and goals are near, else quarterly.
//!
//! A short turn can be learned from only where enough happens in a month to tell an effect from chance.

use crate::calendar::Day;
use crate::plan::turns::Cadence;
use platform::clock::DAY;
use platform::store::Snapshot;
use platform::{Micros, Result, params};

/// Above so many facts in a month a month is enough to see something.
pub const MANY_PER_MONTH: f64 = 10_000.0;
/// Goals further away than this are not served better by shorter turns. **Units:** months.
pub const NEAR_MONTHS: f64 = 6.0;
/// Over how many days the volume is measured: four weeks tell enough where much happens, else a quarter is needed.
const WINDOWS_DAYS: [i64; 2] = [28, 90];
const DAYS_PER_MONTH: f64 = 30.4375;

/// What is suggested, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    pub cadence: Cadence,
    pub facts_per_month: f64,
    pub horizon_months: Option<f64>,
    pub why: String,
}

/// Weighs volume and horizon.
pub fn suggest(facts_per_month: f64, horizon_months: Option<f64>) -> Suggestion {
    let n = facts_per_month.round();
    let much = facts_per_month > MANY_PER_MONTH;
    let (cadence, why) = match horizon_months {
        None if much => (
            Cadence::Quarter,
            format!(
                "About {n} orders and answers come in a month, enough for monthly turns, but no goal says yet how near the next date is."
            ),
        ),
        Some(months) if much && months < NEAR_MONTHS => (
            Cadence::Month,
            format!(
                "About {n} orders and answers come in a month, and the furthest goal is due in {months:.0} months: a month is enough to see something."
            ),
        ),
        Some(months) if much => (
            Cadence::Quarter,
            format!("The furthest goal is due in {months:.0} months: shorter turns would not help it."),
        ),
        _ => (
            Cadence::Quarter,
            format!(
                "About {n} orders and answers come in a month; with fewer than {} what a single month shows is mostly chance, so a quarter is suggested.",
                crate::words::count(MANY_PER_MONTH as u64)
            ),
        ),
    };
    Suggestion { cadence, facts_per_month, horizon_months, why }
}

/// The suggestion for the data and the goals that are here.
pub fn of_data(snapshot: &mut Snapshot<'_>) -> Result<Suggestion> {
    let now = snapshot.now();
    let newest: Option<Micros> =
        snapshot.one("SELECT max(ordered_at) FROM orders WHERE ordered_at <= $1", &params![now], |row| {
            row.get(0)
        })?;
    let end = newest.unwrap_or(now);
    let mut per_month = 0.0;
    for days in WINDOWS_DAYS {
        let n_orders: i64 = snapshot.one(
            "SELECT count(*) FROM orders WHERE ordered_at > $1 AND ordered_at <= $2",
            &params![end - days * DAY, end],
            |row| row.get(0),
        )?;
        per_month = n_orders as f64 / days as f64 * DAYS_PER_MONTH;
        if per_month > MANY_PER_MONTH {
            break;
        }
    }
    let furthest: Option<String> = snapshot.one(
        "SELECT max(due_on) FROM goals WHERE state IN ('draft','open') AND due_on >= $1",
        &params![Day::of(now).to_string()],
        |row| row.get(0),
    )?;
    let horizon = match furthest {
        Some(day) => Some(f64::from(Day::parse(&day)?.0 - Day::of(now).0) / DAYS_PER_MONTH),
        None => None,
    };
    Ok(suggest(per_month, horizon))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_suggested_only_where_much_happens_and_the_goals_are_near() {
        assert_eq!(suggest(10_001.0, Some(5.9)).cadence, Cadence::Month);
        assert_eq!(suggest(10_000.0, Some(2.0)).cadence, Cadence::Quarter);
        assert_eq!(suggest(50_000.0, Some(6.0)).cadence, Cadence::Quarter);
        assert_eq!(suggest(50_000.0, None).cadence, Cadence::Quarter);
    }
}
