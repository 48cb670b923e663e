//! Who is in which arm: drawn by a keyed hash, written down at the launch, looked up from then on.

use super::{Arm, Experiment, HOLDOUT, State, Unit, get, log, write};
use crate::act::{actions, global_control};
use crate::plan::preflight::{self, LawfulBasis};
use platform::clock::DAY;
use platform::jobs::{self, Job, NewJob};
use platform::store::{IntoParam, Param, Row, Snapshot, Store, Tx};
use platform::{By, Error, Result, params};
use sha2::{Digest, Sha256};

/// Assigns a large audience, chunk by chunk.
pub const ASSIGN_JOB: &str = "act.assign";
/// People who are assigned in one transaction.
const CHUNK: i64 = 5_000;

/// The place of a unit between 0 and 999, the same every time: the first 64 bits of SHA-256 over key, a zero byte and the
/// unit's id, scaled without a remainder's bias.
pub fn bucket(key: &str, unit_id: &str) -> i64 {
    let mut hash = Sha256::new();
    hash.update(key.as_bytes());
    hash.update([0]);
    hash.update(unit_id.as_bytes());
    let digest = hash.finalize();
    let mut first = [0u8; 8];
    first.copy_from_slice(&digest[..8]);
    ((u128::from(u64::from_be_bytes(first)) * 1000) >> 64) as i64
}

/// The arm of a unit.
///
/// ```
/// use cycle::act::experiments::{Arm, arm_of};
/// let arm = |name: &str, permille| Arm { name: name.to_string(), permille };
/// let arms = [arm("holdout", 200), arm("treated", 800)];
/// assert_eq!(arm_of("key", "per_1", &arms), arm_of("key", "per_1", &arms));
/// ```
pub fn arm_of<'a>(key: &str, unit_id: &str, arms: &'a [Arm]) -> &'a str {
    let place = bucket(key, unit_id);
    let mut end = 0;
    for arm in arms {
        end += arm.permille;
        if place < end {
            return &arm.name;
        }
    }
    arms.last().map_or(HOLDOUT, |arm| &arm.name)
}

/// By which way customers are reached: who cannot be is left out before the draw, so that both arms hold the same sort of
/// people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Email,
    Phone,
    /// Nothing is sent by Rondel itself.
    Any,
}

impl Reach {
    fn channel(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Any => "",
        }
    }
}

struct Candidate {
    person_id: String,
    company_id: Option<String>,
    is_reachable: bool,
}

/// Begins the assignment of a frozen audience; a small one is whole when this returns.
pub(in crate::act) fn begin(tx: &mut Tx<'_>, experiment: Experiment, n_people: i64) -> Result<()> {
    if n_people >= CHUNK {
        return begin_later(tx, experiment);
    }
    let mut experiment = Experiment { assigned_up_to: Some(String::new()), ..experiment };
    write(tx, &experiment)?;
    while chunk(tx, &mut experiment)? {}
    Ok(())
}

/// As [`begin`], by the worker.
pub(in crate::act) fn begin_later(tx: &mut Tx<'_>, experiment: Experiment) -> Result<()> {
    let experiment = Experiment { assigned_up_to: Some(String::new()), ..experiment };
    write(tx, &experiment)?;
    jobs::enqueue(tx, NewJob::once(ASSIGN_JOB, experiment.id.clone()), &experiment.id).map(drop)
}

/// Goes on with an assignment until it is whole; may stop anywhere and begin again.
pub fn run_job(store: &Store, job: &Job) -> Result<()> {
    let id: String = job.payload()?;
    loop {
        let id = id.clone();
        let wanted = id.clone();
        let more = store.write(By::system(), move |tx| {
            let mut experiment = get(tx, &wanted)?;
            if experiment.assigned_up_to.is_none() { Ok(false) } else { chunk(tx, &mut experiment) }
        });
        match more.wait() {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error @ Error::Invalid(_)) => return give_up(store, id, &error),
            Err(error) => return Err(error),
        }
    }
}

/// What cannot be assigned is no better at the next attempt: the action says how it ended.
fn give_up(store: &Store, id: String, error: &Error) -> Result<()> {
    let why = error.to_string();
    let ended = store.write(By::system(), move |tx| match get(tx, &id)?.action_id {
        Some(action_id) => actions::could_not_begin(tx, &action_id, &why),
        None => super::end(tx, &id),
    });
    ended.wait()
}

/// Assigns the next people; false when nobody is left, with everything begun that waits for it.
fn chunk(tx: &mut Tx<'_>, experiment: &mut Experiment) -> Result<bool> {
    let source = source_of(tx, experiment)?;
    let from = experiment.assigned_up_to.clone().unwrap_or_default();
    let found = candidates(tx, &source, &from)?;
    let control = match source.excludes_control {
        true => global_control::current(tx)?,
        false => None,
    };
    let now = tx.now();
    let mut rows: Vec<Param<'_>> = Vec::with_capacity(found.len() * 4);
    for one in &found {
        if control.as_ref().is_some_and(|control| global_control::holds_out(control, &one.person_id)) {
            experiment.n_in_control += 1;
        } else if !one.is_reachable {
            experiment.n_unreachable += 1;
        } else {
            let unit = match experiment.unit {
                Unit::Person => &one.person_id,
                Unit::Company => one.company_id.as_ref().unwrap_or(&one.person_id),
            };
            let arm = arm_of(&experiment.assignment_key, unit, &experiment.arms);
            rows.extend([experiment.id.param(), one.person_id.param(), arm.param(), Param::Int(now)]);
        }
    }
    let n = tx.insert_rows(
        "experiment_people",
        &["experiment_id", "person_id", "arm", "assigned_at"],
        "ON CONFLICT (experiment_id, person_id) DO NOTHING",
        &rows,
    )?;
    drop(rows);
    experiment.n_people += n as i64;
    experiment.assigned_up_to = found.last().map(|one| one.person_id.clone());
    if found.len() as i64 == CHUNK {
        write(tx, experiment)?;
        return Ok(true);
    }
    experiment.assigned_up_to = None;
    whole(tx, experiment)?;
    Ok(false)
}

/// Where the people of an experiment come from.
struct Source {
    /// None is everybody: the global control group.
    audience_id: Option<String>,
    purpose: String,
    /// The purpose stands on consent: who gave none cannot be reached.
    needs_consent: bool,
    reach: Reach,
    excludes_control: bool,
}

fn source_of(tx: &mut Tx<'_>, experiment: &Experiment) -> Result<Source> {
    let Some(action_id) = &experiment.action_id else {
        return Ok(Source {
            audience_id: None,
            purpose: String::new(),
            needs_consent: false,
            reach: Reach::Any,
            excludes_control: false,
        });
    };
    let action = actions::get(tx, action_id)?;
    let basis = preflight::basis_of(tx, &action.purpose)?;
    Ok(Source {
        needs_consent: action.kind.contacts() && basis == Some(LawfulBasis::Consent),
        reach: action.kind.reach(),
        excludes_control: action.spares_control(),
        purpose: action.purpose,
        audience_id: action.audience_id,
    })
}

fn candidates(tx: &mut Tx<'_>, source: &Source, from: &str) -> Result<Vec<Candidate>> {
    let reachable = match source.reach {
        Reach::Email => {
            "p.email_key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM suppressions s WHERE s.address_key = p.email_key)"
        }
        Reach::Phone => "p.phone IS NOT NULL",
        Reach::Any => "1 = 1",
    };
    let stands = "p.merged_into IS NULL AND p.deleted_at IS NULL";
    let said = "SELECT 1 FROM consents c WHERE c.person_id = p.id AND c.purpose = $3 AND c.channel = $4 AND c.state =";
    let allowed = match source.needs_consent && source.reach != Reach::Any {
        true => format!("EXISTS ({said} 'granted')"),
        false => format!("NOT EXISTS ({said} 'denied')"),
    };
    let columns = format!("SELECT p.id, p.company_id, CASE WHEN {reachable} AND {allowed} THEN 1 ELSE 0 END");
    let read = |row: &Row<'_>| {
        Ok(Candidate { person_id: row.get(0)?, company_id: row.get(1)?, is_reachable: row.get(2)? })
    };
    let channel = source.reach.channel();
    match &source.audience_id {
        None => tx.query(
            &format!("{columns} FROM people p WHERE {stands} AND p.id > $1 ORDER BY p.id LIMIT $2"),
            &params![from, CHUNK, source.purpose, channel],
            read,
        ),
        Some(audience_id) => tx.query(
            &format!(
                "{columns} FROM audience_people a JOIN people p ON p.id = a.person_id
                 WHERE a.audience_id = $5 AND a.person_id > $1 AND {stands} ORDER BY a.person_id LIMIT $2"
            ),
            &params![from, CHUNK, source.purpose, channel, audience_id],
            read,
        ),
    }
}

/// Everybody has an arm: the experiment runs from now on.
fn whole(tx: &mut Tx<'_>, experiment: &mut Experiment) -> Result<()> {
    let before = get(tx, &experiment.id)?;
    let now = tx.now();
    experiment.state = State::Running;
    experiment.launched_at = Some(now);
    experiment.ends_at = Some(now + experiment.window_days * DAY);
    experiment.updated_at = now;
    experiment.version += 1;
    write(tx, experiment)?;
    if !experiment.is_global_control() {
        refuse_empty_arms(tx, experiment)?;
    }
    log(tx, "experiment.launched", experiment, Some(&before))?;
    match experiment.action_id.clone() {
        Some(action_id) => actions::begun(tx, &action_id),
        None => Ok(()),
    }
}

fn refuse_empty_arms(tx: &mut Tx<'_>, experiment: &Experiment) -> Result<()> {
    if experiment.n_people == 0 {
        return Err(Error::invalid(
            "segment",
            format!(
                "nobody is left to act on: {} people are in the global control group and {} cannot be reached",
                experiment.n_in_control, experiment.n_unreachable
            ),
        ));
    }
    for arm in &experiment.arms {
        let sql = "SELECT 1 FROM experiment_people WHERE experiment_id = $1 AND arm = $2 LIMIT 1";
        let first = tx.first(sql, &params![experiment.id, arm.name], |row| row.get::<i64>(0))?;
        if first.is_none() {
            return Err(Error::invalid(
                "holdout",
                format!(
                    "of {} people the draw puts nobody into “{}”; take a larger audience or a larger share",
                    experiment.n_people, arm.name
                ),
            ));
        }
    }
    Ok(())
}

/// Some of those who are not left alone, with their arms, in the order of their ids after `after_person`.
///
/// People who were deleted or merged since are not among them.
pub fn treated(
    snapshot: &mut Snapshot<'_>,
    experiment_id: &str,
    after_person: &str,
    limit: i64,
) -> Result<Vec<(String, String)>> {
    snapshot.query(
        "SELECT e.person_id, e.arm FROM experiment_people e JOIN people p ON p.id = e.person_id
         WHERE e.experiment_id = $1 AND e.person_id > $2 AND e.arm <> 'holdout'
           AND p.merged_into IS NULL AND p.deleted_at IS NULL
         ORDER BY e.person_id LIMIT $3",
        &params![experiment_id, after_person, limit],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Some of those who were assigned, the held out too, with their arms, in the order of their ids after `after_person`.
pub fn assigned(
    snapshot: &mut Snapshot<'_>,
    experiment_id: &str,
    after_person: &str,
    limit: i64,
) -> Result<Vec<(String, String)>> {
    snapshot.query(
        "SELECT person_id, arm FROM experiment_people WHERE experiment_id = $1 AND person_id > $2
         ORDER BY person_id LIMIT $3",
        &params![experiment_id, after_person, limit],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Writes down that something reached a person; the first time of each kind counts.
///
/// Somebody who is held out is written down as well: a breach must be seen.
pub fn expose(tx: &mut Tx<'_>, experiment_id: &str, person_id: &str, kind: &str) -> Result<()> {
    expose_many(tx, experiment_id, &[person_id], kind)
}

/// As [`expose`], for many people.
pub fn expose_many(tx: &mut Tx<'_>, experiment_id: &str, people: &[&str], kind: &str) -> Result<()> {
    let now = tx.now();
    let mut rows: Vec<Param<'_>> = Vec::with_capacity(people.len() * 4);
    for person in people {
        rows.extend([experiment_id.param(), (*person).param(), kind.param(), Param::Int(now)]);
    }
    tx.insert_rows(
        "exposures",
        &["experiment_id", "person_id", "kind", "at"],
        "ON CONFLICT (experiment_id, person_id, kind) DO NOTHING",
        &rows,
    )?;
    Ok(())
}

/// How many people of each arm something reached, by kind: (arm, kind, people).
pub fn exposed_by_arm(
    snapshot: &mut Snapshot<'_>,
    experiment_id: &str,
) -> Result<Vec<(String, String, i64)>> {
    snapshot.query(
        "SELECT e.arm, x.kind, count(*) FROM exposures x
         JOIN experiment_people e ON e.experiment_id = x.experiment_id AND e.person_id = x.person_id
         WHERE x.experiment_id = $1 GROUP BY e.arm, x.kind ORDER BY e.arm, x.kind",
        &params![experiment_id],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arms(holdout: i64) -> Vec<Arm> {
        let arm = |name: &str, permille| Arm { name: name.to_string(), permille };
        vec![arm(HOLDOUT, holdout), arm("treated", 1000 - holdout)]
    }

    #[test]
    fn the_draw_is_the_same_every_time_and_another_for_another_key() {
        let draw = |key: &str| (0..1000).map(|n| bucket(key, &format!("per_{n}"))).collect::<Vec<_>>();
        assert_eq!(draw("one"), draw("one"));
        let same = draw("one").iter().zip(draw("two")).filter(|(a, b)| **a == *b).count();
        assert!(same < 20, "{same} of 1000 units have the same place under two keys");
    }

    #[test]
    fn the_places_are_those_that_sha_256_gives_elsewhere() {
        // python3: int.from_bytes(hashlib.sha256(b"key\0per_1").digest()[:8], "big") * 1000 >> 64
        let expected = [("per_1", 274), ("per_2", 597), ("", 859)];
        for (unit, place) in expected {
            assert_eq!(bucket("key", unit), place, "{unit}");
        }
    }

    #[test]
    fn the_share_of_the_holdout_is_as_planned_and_every_place_is_as_likely() {
        let n = 200_000;
        let mut places = vec![0u32; 1000];
        for unit in 0..n {
            places[bucket("a key", &format!("per_{unit}")) as usize] += 1;
        }
        // Pearson's chi-square with 999 degrees of freedom: mean 999, standard deviation 44.7.
        let expected = f64::from(n) / 1000.0;
        let chi: f64 = places.iter().map(|k| (f64::from(*k) - expected).powi(2) / expected).sum();
        assert!((820.0..1180.0).contains(&chi), "chi-square {chi}");
        let held: u32 = places[..200].iter().sum();
        assert!((39_200..40_800).contains(&held), "{held} of {n} held out at 20 %");
    }

    #[test]
    fn a_larger_holdout_keeps_everybody_who_was_held_out() {
        for unit in (0..2_000).map(|n| format!("per_{n}")) {
            if arm_of("k", &unit, &arms(100)) == HOLDOUT {
                assert_eq!(arm_of("k", &unit, &arms(300)), HOLDOUT);
            }
        }
    }
}
