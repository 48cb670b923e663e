//! Metrics of contracts, out of the table that the last turn wrote: who ended, and what comes in a month.
//!
//! A day is compared as the text that it is. A contract runs on a day from its first payment until the day before it ended.

use super::dictionary::Metric;
use super::evaluate::{Measured, PeopleOf, Sums};
use super::recipes::OfContracts;
use super::streams::Chosen;
use crate::calendar::Day;
use crate::plan::periods::Period;
use platform::store::{Param, Snapshot};
use platform::{Micros, Result};
use std::borrow::Cow;

/// Days after the end of the cover in which a payment still continues a contract.
pub const GRACE_DAYS: i32 = 14;

/// The last day that the run knew which wrote the contracts; None where there are none.
fn known_until(snapshot: &mut Snapshot<'_>) -> Result<Option<Day>> {
    let as_of = snapshot.first(
        "SELECT as_of FROM turn_runs WHERE id = (SELECT run_id FROM contracts LIMIT 1)",
        &[],
        |row| row.get::<Micros>(0),
    )?;
    Ok(as_of.map(|as_of| Day::of(as_of - 1)))
}

impl OfContracts {
    /// Numerator and denominator of a contract in a period of days as texts.
    fn figure(
        self,
        started: &str,
        ended: Option<&str>,
        monthly: i64,
        (first, last): (&str, &str),
    ) -> (f64, f64) {
        match self {
            Self::Churn => {
                let ran = started < first && ended.is_none_or(|ended| ended >= first);
                let is_over = ran && ended.is_some_and(|ended| ended <= last);
                (f64::from(u8::from(is_over)), f64::from(u8::from(ran)))
            }
            Self::Recurring => {
                let runs = started <= last && ended.is_none_or(|ended| ended > last);
                (if runs { monthly as f64 } else { 0.0 }, f64::from(u8::from(runs)))
            }
        }
    }
}

fn texts(period: &Period) -> (String, String) {
    (period.first.to_string(), period.last.to_string())
}

/// Each contract in each period, as one that comes by chance. Who ended in a period is told once the grace after it is over.
pub(super) fn series(
    snapshot: &mut Snapshot<'_>,
    metric: &Metric,
    what: OfContracts,
    people: &PeopleOf,
    periods: &[Period],
) -> Result<Vec<Measured>> {
    let known = known_until(snapshot)?.unwrap_or(Day(i32::MAX));
    let is_settled = |period: &Period| what != OfContracts::Churn || period.last.plus(GRACE_DAYS) <= known;
    let mut chosen = Chosen::new(snapshot, people)?;
    let days: Vec<(String, String)> = periods.iter().map(texts).collect();
    let text = |day: Option<&String>| Param::Text(Cow::Owned(day.cloned().unwrap_or_default()));
    let from = chosen.place(text(days.iter().map(|day| &day.0).min()));
    let until = chosen.place(text(days.iter().map(|day| &day.1).max()));
    let whose = match people {
        // Contracts of somebody who was merged since the last turn are those of whom they became.
        PeopleOf::Everybody => String::new(),
        _ => format!("AND c.person_id IN ({})", chosen.people),
    };
    let sql = format!(
        "SELECT c.started_on, c.ended_on, c.monthly_minor FROM contracts c
         WHERE c.started_on <= {until} AND (c.ended_on IS NULL OR c.ended_on >= {from}) {whose}"
    );
    let mut sums = vec![Sums::default(); periods.len()];
    snapshot.each(&sql, &chosen.params, |row| {
        let ended = row.get::<Option<String>>(1)?;
        let (started, monthly) = (row.text(0)?, row.get::<i64>(2)?);
        for ((first, last), sums) in days.iter().zip(&mut sums) {
            let (x, y) = what.figure(started, ended.as_deref(), monthly, (first, last));
            if y > 0.0 {
                sums.add(x, y);
            }
        }
        Ok(())
    })?;
    let of = |(period, sums): (&Period, Sums)| {
        let sums = if is_settled(period) { sums } else { Sums::default() };
        sums.measured(*period, metric)
    };
    Ok(periods.iter().zip(sums).map(of).collect())
}

/// Calls `each` with the id, and the sums above and below over the contracts of every person, in the order of ids.
pub(super) fn per_person(
    snapshot: &mut Snapshot<'_>,
    what: OfContracts,
    (from, to): (Micros, Micros),
    people: &PeopleOf,
    each: &mut dyn FnMut(&str, f64, f64),
) -> Result<()> {
    let chosen = Chosen::new(snapshot, people)?;
    let (first, last) = (Day::of(from).to_string(), Day::of(to.saturating_sub(1)).to_string());
    let sql = format!(
        "SELECT p.id, c.started_on, c.ended_on, c.monthly_minor FROM ({}) AS p
         LEFT JOIN contracts c ON c.person_id = p.id ORDER BY p.id",
        chosen.people
    );
    let (mut id, mut sum) = (None::<String>, (0.0, 0.0));
    snapshot.each(&sql, &chosen.params, |row| {
        let here = row.text(0)?;
        if id.as_deref() != Some(here) {
            if let Some(before) = id.replace(here.to_string()) {
                each(&before, sum.0, sum.1);
            }
            sum = (0.0, 0.0);
        }
        let (Some(started), ended) = (row.get::<Option<String>>(1)?, row.get::<Option<String>>(2)?) else {
            return Ok(());
        };
        let (x, y) = what.figure(&started, ended.as_deref(), row.get(3)?, (&first, &last));
        sum = (sum.0 + x, sum.1 + y);
        Ok(())
    })?;
    if let Some(last) = id {
        each(&last, sum.0, sum.1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contract_ends_in_the_period_that_holds_its_last_day_of_cover() {
        let may = ("2024-05-01", "2024-05-31");
        let churn = |started, ended| OfContracts::Churn.figure(started, ended, 100, may);
        assert_eq!(churn("2024-04-30", None), (0.0, 1.0));
        assert_eq!(churn("2024-04-30", Some("2024-05-01")), (1.0, 1.0));
        assert_eq!(churn("2024-04-30", Some("2024-05-31")), (1.0, 1.0));
        assert_eq!(churn("2024-04-30", Some("2024-06-01")), (0.0, 1.0));
        assert_eq!(churn("2024-04-01", Some("2024-04-30")), (0.0, 0.0));
        assert_eq!(churn("2024-05-01", Some("2024-05-31")), (0.0, 0.0));
        let recurring = |started, ended| OfContracts::Recurring.figure(started, ended, 100, may);
        assert_eq!(recurring("2024-05-31", None), (100.0, 1.0));
        assert_eq!(recurring("2024-05-01", Some("2024-05-31")), (0.0, 0.0));
        assert_eq!(recurring("2024-06-01", None), (0.0, 0.0));
    }
}
