//! Metrics of how things stand: each person's row now, and the users who work with the program.
//!
//! What was before is not kept, so only the period that holds today has a value.

use super::dictionary::Metric;
use super::evaluate::{Measured, PeopleOf, Sums};
use super::recipes::OfStanding;
use super::streams::Chosen;
use crate::calendar::Day;
use crate::plan::periods::Period;
use platform::store::Snapshot;
use platform::{Result, params};

impl OfStanding {
    /// Numerator and denominator of a row `q` of people, with scores `s`.
    fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::LifetimeValue => (
                "COALESCE(s.lifetime_value_minor, 0)",
                "CASE WHEN s.lifetime_value_minor IS NULL THEN 0 ELSE 1 END",
            ),
            Self::Reachable => ("CASE WHEN q.email_key IS NULL THEN 0 ELSE 1 END", "1"),
            Self::Consenting => (
                "CASE WHEN EXISTS (SELECT 1 FROM consents c WHERE c.person_id = q.id AND c.purpose = 'marketing'
                   AND c.channel = 'email' AND c.state = 'granted') THEN 1 ELSE 0 END",
                "1",
            ),
            Self::Completeness => (
                "CASE WHEN q.family_name IS NULL THEN 0 ELSE 1 END + CASE WHEN q.email_key IS NULL THEN 0 ELSE 1 END
                   + CASE WHEN q.phone IS NULL THEN 0 ELSE 1 END + CASE WHEN q.postcode IS NULL THEN 0 ELSE 1 END
                   + CASE WHEN q.country IS NULL THEN 0 ELSE 1 END",
                "5",
            ),
            Self::Duplicate => (
                "CASE WHEN EXISTS (SELECT 1 FROM duplicate_pairs d WHERE d.left_id = q.id AND d.state = 'proposed')
                   OR EXISTS (SELECT 1 FROM duplicate_pairs d WHERE d.right_id = q.id AND d.state = 'proposed')
                   THEN 1 ELSE 0 END",
                "1",
            ),
        }
    }
}

/// Calls `each` with the id, numerator and denominator of every person, in the order of ids.
pub(super) fn per_person(
    snapshot: &mut Snapshot<'_>,
    what: OfStanding,
    people: &PeopleOf,
    each: &mut dyn FnMut(&str, f64, f64),
) -> Result<()> {
    let chosen = Chosen::new(snapshot, people)?;
    let (above, below) = what.columns();
    let scores = match what {
        OfStanding::LifetimeValue => "LEFT JOIN person_scores s ON s.person_id = q.id",
        _ => "",
    };
    let sql = format!(
        "SELECT q.id, CAST({above} AS BIGINT), CAST({below} AS BIGINT) FROM ({}) AS p JOIN people q ON q.id = p.id {scores}
         ORDER BY q.id",
        chosen.people
    );
    snapshot.each(&sql, &chosen.params, |row| {
        each(row.text(0)?, row.get(1)?, row.get(2)?);
        Ok(())
    })
}

/// The sums over everybody as things stand now, with their squares and products.
pub(super) fn sums(snapshot: &mut Snapshot<'_>, what: OfStanding) -> Result<Sums> {
    let (above, below) = what.columns();
    let scores = match what {
        OfStanding::LifetimeValue => "LEFT JOIN person_scores s ON s.person_id = q.id",
        _ => "",
    };
    // What is 0 or 1 is its own square. Money squared would not fit a whole number.
    let square = match what {
        OfStanding::LifetimeValue | OfStanding::Completeness => format!("1.0 * ({above}) * ({above})"),
        OfStanding::Reachable | OfStanding::Consenting | OfStanding::Duplicate => format!("1.0 * ({above})"),
    };
    let sql = format!(
        "SELECT CAST(COALESCE(sum({above}), 0) AS BIGINT), CAST(COALESCE(sum({below}), 0) AS BIGINT),
           CAST(COALESCE(sum({square}), 0) AS DOUBLE PRECISION)
         FROM people q {scores} WHERE q.merged_into IS NULL AND q.deleted_at IS NULL"
    );
    // Below the line everybody counts nothing or the same, and nothing stands above nothing.
    let most = if what == OfStanding::Completeness { 5.0 } else { 1.0 };
    snapshot.one(&sql, &[], |row| {
        let (x, y) = (row.get::<i64>(0)? as f64, row.get::<i64>(1)? as f64);
        Ok(Sums { x, y, xx: row.get(2)?, xy: most * x, yy: most * y, n: 0.0 })
    })
}

/// The value now, in the periods that hold today.
pub(super) fn series(
    snapshot: &mut Snapshot<'_>,
    metric: &Metric,
    what: OfStanding,
    people: &PeopleOf,
    periods: &[Period],
) -> Result<Vec<Measured>> {
    let today = Day::of(snapshot.now());
    let is_now = |period: &Period| period.first <= today && today <= period.last;
    let mut now = Sums::default();
    if periods.iter().any(is_now) {
        match people {
            PeopleOf::Everybody => now = sums(snapshot, what)?,
            some => per_person(snapshot, what, some, &mut |_, x, y| now.add(x, y))?,
        }
    }
    let of = |period: &Period| {
        let sums = if is_now(period) { now } else { Sums::default() };
        sums.measured(*period, metric)
    };
    Ok(periods.iter().map(of).collect())
}

/// Users who changed something by hand in a period, of those who could.
pub(super) fn seats(
    snapshot: &mut Snapshot<'_>,
    metric: &Metric,
    periods: &[Period],
) -> Result<Vec<Measured>> {
    let mut found = Vec::with_capacity(periods.len());
    for period in periods {
        let mut sums = Sums::default();
        snapshot.each(
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM events e WHERE e.actor_id = u.id AND e.actor_kind = 'user'
                      AND e.origin IS NULL AND e.at >= $1 AND e.at < $2) THEN 1 ELSE 0 END
             FROM users u WHERE u.created_at < $2 AND (u.disabled_at IS NULL OR u.disabled_at >= $1)",
            &params![period.from(), period.until()],
            |row| {
                sums.add(row.get(0)?, 1.0);
                Ok(())
            },
        )?;
        found.push(sums.measured(*period, metric));
    }
    Ok(found)
}
