//! Metrics of e-mail: of the messages that a server took, how many did something.

use super::dictionary::Metric;
use super::evaluate::{Measured, PeopleOf, Sums};
use super::recipes::OfMail;
use super::streams::Chosen;
use crate::plan::periods::Period;
use platform::store::{Param, Snapshot};
use platform::{Micros, Result};

impl OfMail {
    /// 1 for a message `m` that did it.
    fn flag(self) -> &'static str {
        match self {
            Self::Clicked => {
                "CASE WHEN EXISTS (SELECT 1 FROM clicks c WHERE c.message_id = m.id AND c.who = 'person') THEN 1 ELSE 0 END"
            }
            Self::Unsubscribed => {
                "CASE WHEN m.id IN (SELECT u.message_id FROM suppressions u
                   WHERE u.reason = 'unsubscribed' AND u.message_id IS NOT NULL) THEN 1 ELSE 0 END"
            }
        }
    }
}

/// Messages by the period in which they went out, and of them those that did it.
pub(super) fn series(
    snapshot: &mut Snapshot<'_>,
    metric: &Metric,
    what: OfMail,
    people: &PeopleOf,
    periods: &[Period],
) -> Result<Vec<Measured>> {
    let mut chosen = Chosen::new(snapshot, people)?;
    let from = periods.iter().map(|period| period.from()).min().unwrap_or_default();
    let until = periods.iter().map(|period| period.until()).max().unwrap_or_default();
    let (from, until) = (chosen.place(Param::Int(from)), chosen.place(Param::Int(until)));
    let whose = match people {
        PeopleOf::Everybody => String::new(),
        _ => format!("AND m.person_id IN ({})", chosen.people),
    };
    let sql = format!(
        "SELECT m.handed_at, {} FROM messages m
         WHERE m.state = 'accepted' AND m.handed_at >= {from} AND m.handed_at < {until} {whose}",
        what.flag()
    );
    let mut sums = vec![Sums::default(); periods.len()];
    snapshot.each(&sql, &chosen.params, |row| {
        let (at, did): (Micros, f64) = (row.get(0)?, row.get(1)?);
        for (period, sums) in periods.iter().zip(&mut sums) {
            if period.from() <= at && at < period.until() {
                sums.add(did, 1.0);
            }
        }
        Ok(())
    })?;
    Ok(periods.iter().zip(sums).map(|(period, sums)| sums.measured(*period, metric)).collect())
}

/// Calls `each` with the id, the messages that did it and all messages of every person, in the order of ids.
pub(super) fn per_person(
    snapshot: &mut Snapshot<'_>,
    what: OfMail,
    (from, to): (Micros, Micros),
    people: &PeopleOf,
    each: &mut dyn FnMut(&str, f64, f64),
) -> Result<()> {
    let mut chosen = Chosen::new(snapshot, people)?;
    let (from, to) = (chosen.place(Param::Int(from)), chosen.place(Param::Int(to)));
    let sql = format!(
        "SELECT p.id, CAST(COALESCE(sum(m.did), 0) AS BIGINT), count(m.did) FROM ({}) AS p
         LEFT JOIN (SELECT m.person_id, {} AS did FROM messages m
           WHERE m.state = 'accepted' AND m.handed_at >= {from} AND m.handed_at < {to}) AS m ON m.person_id = p.id
         GROUP BY p.id ORDER BY p.id",
        chosen.people,
        what.flag()
    );
    snapshot.each(&sql, &chosen.params, |row| {
        each(row.text(0)?, row.get(1)?, row.get(2)?);
        Ok(())
    })
}
