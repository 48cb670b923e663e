//! The calibration ledger: every forecast beside what came, by model, playbook and person.
//!
//! A forecast is noted when it is made and settled when its day has come; nothing is changed afterwards. Those who foretold
//! too little to be judged are not judged.

mod scores;

use super::{effects, foretold};
use crate::act::actions;
use crate::act::experiments;
use crate::analyze::results;
use crate::interpret::{self, TrackRecord, TrackRecords};
use crate::plan::goals;
use platform::clock::DAY;
use platform::store::{Row, Snapshot, Store, Tx};
use platform::{By, Error, Micros, Result, params};
use serde::{Deserialize, Serialize};

/// Settled forecasts below which nobody is judged.
pub const FEWEST_TO_JUDGE: usize = 5;
/// A maker whose intervals hold less often than said by this much has drifted.
const SHORT_OF_LEVEL: f64 = 0.25;
/// A maker who is off by this much of what was expected, on average, has drifted.
const MOST_BIAS: f64 = 0.5;
/// How many results the average of all weighs against a playbook's own.
const PRIOR_WEIGHT: f64 = 3.0;
/// Forecasts of one maker that are judged, the newest.
const MOST_JUDGED: i64 = 500;
/// How the name of a playbook begins among those who foretell; the kind of insight follows.
const PLAYBOOK: &str = "playbook:";
/// Subjects that one run notes.
const MOST_NOTED: i64 = 1_000;

/// What was foretold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What an action brings by treated customer.
    Effect,
    /// The target of a goal.
    Goal,
    /// Where a goal's metric goes by itself.
    GoalTrend,
    /// Orders of all customers in a time.
    Orders,
    /// How many of the people with a score it happens to.
    Score,
    /// A metric in a coming period.
    Metric,
}

impl Kind {
    pub const ALL: [Self; 6] =
        [Self::Effect, Self::Goal, Self::GoalTrend, Self::Orders, Self::Score, Self::Metric];

    pub fn name(self) -> &'static str {
        match self {
            Self::Effect => "effect",
            Self::Goal => "goal",
            Self::GoalTrend => "goal_trend",
            Self::Orders => "orders",
            Self::Score => "score",
            Self::Metric => "metric",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    pub id: String,
    pub kind: Kind,
    pub subject: String,
    pub made_by: String,
    pub made_at: Micros,
    pub due_at: Micros,
    pub expected: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub level: Option<f64>,
    pub unit: String,
    pub outcome: Option<f64>,
    pub outcome_error: Option<f64>,
    pub settled_at: Option<Micros>,
}

impl Forecast {
    /// Whether what came lay in the interval that was foretold; None without one, or before it came.
    pub fn held(&self) -> Option<bool> {
        let (low, high, outcome) = (self.low?, self.high?, self.outcome?);
        Some(low <= outcome && outcome <= high)
    }
}

/// A forecast to be noted.
#[derive(Debug, Clone, PartialEq)]
pub struct Foretold {
    pub kind: Kind,
    pub subject: String,
    pub made_by: String,
    pub made_at: Micros,
    pub due_at: Micros,
    pub expected: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub level: Option<f64>,
    pub unit: String,
}

/// Notes a forecast; one that is known stays as it was said first.
pub fn note(tx: &mut Tx<'_>, f: &Foretold) -> Result<()> {
    if !f.expected.is_finite() {
        return Err(Error::invalid("expected", "a forecast is a number"));
    }
    let id = tx.new_id("for");
    tx.execute(
        "INSERT INTO forecasts (id, kind, subject, made_by, made_at, due_at, expected, low, high, level, unit)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (kind, subject, made_by) DO NOTHING",
        &params![
            id, f.kind.name(), f.subject, f.made_by, f.made_at, f.due_at, f.expected, f.low, f.high, f.level, f.unit
        ],
    )
    .map(drop)
}

/// Says what came of everything that was foretold about a subject. Said once; later calls change nothing.
pub fn settle(tx: &mut Tx<'_>, kind: Kind, subject: &str, outcome: f64, error: Option<f64>) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE forecasts SET outcome = $3, outcome_error = $4, settled_at = $5
         WHERE kind = $1 AND subject = $2 AND settled_at IS NULL",
        &params![kind.name(), subject, outcome, error, now],
    )
    .map(drop)
}

/// Notes what was foretold since, and settles what is due: a part of the daily measurement.
pub fn run(store: &Store) -> Result<()> {
    store
        .write(By::system(), |tx| {
            note_effects(tx)?;
            settle_effects(tx)?;
            note_goals(tx)?;
            settle_goals(tx)?;
            note_orders(tx)?;
            scores::run(tx)?;
            foretold::run(tx)
        })
        .wait()
}

/// The expected effect of each launched action.
fn note_effects(tx: &mut Tx<'_>) -> Result<()> {
    let new: Vec<String> = tx.query(
        "SELECT a.id FROM actions a WHERE a.launched_at IS NOT NULL AND a.expected_per_person IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM forecasts f WHERE f.kind = 'effect' AND f.subject = a.id)
         ORDER BY a.id LIMIT $1",
        &params![MOST_NOTED],
        |row| row.get(0),
    )?;
    for id in new {
        let action = actions::get(tx, &id)?;
        let (Some(expected), Some(experiment)) = (action.expected, experiments::of_action(tx, &id)?) else {
            continue;
        };
        let Some(launched_at) = action.launched_at else { continue };
        let due_at = experiment.ends_at.unwrap_or(launched_at + experiment.window_days * DAY);
        let made_by = match &action.insight_id {
            Some(insight) => format!("{PLAYBOOK}{}", interpret::get(tx, insight)?.kind.name()),
            None => format!("user:{}", action.created_by.as_deref().unwrap_or("console")),
        };
        let foretold = Foretold {
            kind: Kind::Effect,
            subject: id,
            made_by,
            made_at: launched_at,
            due_at,
            expected: expected.per_person,
            low: expected.low,
            high: expected.high,
            level: None,
            unit: experiment.metric.key,
        };
        note(tx, &foretold)?;
    }
    Ok(())
}

/// The measured effect of each action whose window is over.
fn settle_effects(tx: &mut Tx<'_>) -> Result<()> {
    let due: Vec<String> = tx.query(
        "SELECT f.subject FROM forecasts f WHERE f.kind = 'effect' AND f.settled_at IS NULL
           AND EXISTS (SELECT 1 FROM effects e WHERE e.action_id = f.subject AND e.is_final = 1)
         ORDER BY f.subject LIMIT $1",
        &params![MOST_NOTED],
        |row| row.get(0),
    )?;
    for id in due {
        let found = effects::latest_of_action(tx, &id)?.into_iter().filter_map(|effect| effect.found);
        // Of several variants the best is what the action could bring.
        let best = found.max_by(|a, b| a.estimate.total_cmp(&b.estimate));
        if let Some(best) = best {
            let error = (best.high - best.low) / (2.0 * 1.959_964);
            settle(tx, Kind::Effect, &id, best.estimate, Some(error))?;
        }
    }
    Ok(())
}

/// The target of each open goal, by who answers for it, and where its trend leads, by itself.
fn note_goals(tx: &mut Tx<'_>) -> Result<()> {
    let new: Vec<String> = tx.query(
        "SELECT g.id FROM goals g WHERE g.state = 'open' AND g.opened_at IS NOT NULL AND g.target IS NOT NULL
           AND g.due_on IS NOT NULL AND NOT EXISTS
             (SELECT 1 FROM forecasts f WHERE f.kind = 'goal' AND f.subject = g.id) ORDER BY g.id LIMIT $1",
        &params![MOST_NOTED],
        |row| row.get(0),
    )?;
    for id in new {
        let goal = goals::get(tx, &id)?;
        let (Some(target), Some(due), Some(made_at), Some(metric)) =
            (goal.target, goal.due_on, goal.opened_at, &goal.metric)
        else {
            continue;
        };
        let of_owner = Foretold {
            kind: Kind::Goal,
            subject: id,
            made_by: format!("user:{}", goal.owner_id.as_deref().unwrap_or("console")),
            made_at,
            due_at: due.next().start(),
            expected: target,
            low: None,
            high: None,
            level: None,
            unit: metric.key.clone(),
        };
        note(tx, &of_owner)?;
        let ends = goal.baseline.as_ref().and_then(|baseline| baseline.low.zip(baseline.high));
        if let Some((low, high)) = ends {
            let of_trend = Foretold {
                kind: Kind::GoalTrend,
                made_by: "model:trend".to_string(),
                expected: 0.5 * (low + high),
                low: Some(low),
                high: Some(high),
                level: Some(goals::LEVEL),
                ..of_owner
            };
            note(tx, &of_trend)?;
        }
    }
    Ok(())
}

/// What the metric of a goal was in the end; a goal that was dropped is never settled.
fn settle_goals(tx: &mut Tx<'_>) -> Result<()> {
    let now = tx.now();
    let due: Vec<String> = tx.query(
        "SELECT DISTINCT f.subject FROM forecasts f JOIN goals g ON g.id = f.subject
         WHERE f.kind IN ('goal','goal_trend') AND f.settled_at IS NULL AND f.due_at <= $1 AND g.state <> 'dropped'
         ORDER BY f.subject LIMIT $2",
        &params![now, MOST_NOTED],
        |row| row.get(0),
    )?;
    for id in due {
        let goal = goals::get(tx, &id)?;
        let Some(progress) = goals::progress(tx, &goal)? else { continue };
        let is_whole = goal.due_on.is_some_and(|due| progress.as_of >= due);
        if let Some(value) = progress.now.value.filter(|_| is_whole) {
            settle(tx, Kind::Goal, &id, value, progress.now.error)?;
            settle(tx, Kind::GoalTrend, &id, value, progress.now.error)?;
        }
    }
    Ok(())
}

/// The model of buying, against the orders of the time that was held out from it.
fn note_orders(tx: &mut Tx<'_>) -> Result<()> {
    let Some(latest) = results::latest_lifetime_value(tx)? else { return Ok(()) };
    let Some(holdout) = latest.result.holdout else { return Ok(()) };
    // One line for each time that was held out, however often the turn runs on the same data.
    let subject = format!("{}+{:.0}w", holdout.fitted_until, holdout.weeks);
    let foretold = Foretold {
        kind: Kind::Orders,
        subject: subject.clone(),
        made_by: "model:lifetime_value".to_string(),
        made_at: holdout.fitted_until.next().start(),
        due_at: holdout.fitted_until.next().start() + (holdout.weeks * 7.0) as i64 * DAY,
        expected: holdout.expected_orders,
        low: None,
        high: None,
        level: None,
        unit: "orders".to_string(),
    };
    note(tx, &foretold)?;
    settle(tx, Kind::Orders, &subject, holdout.actual_orders as f64, None)
}

/// How a maker of forecasts stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Too few forecasts were settled.
    TooFew,
    Holds,
    /// Its intervals hold too rarely, or it is off in one direction: it no longer leads a ranking.
    Drifted,
}

/// The record of one maker.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    pub made_by: String,
    pub n_made: usize,
    pub n_settled: usize,
    /// Of settled forecasts with an interval, how many held: hits and cases.
    pub held: (usize, usize),
    /// Mean of (came − expected) / |expected| over settled forecasts; None where nothing was expected.
    pub bias: Option<f64>,
    /// What came by what was expected, drawn towards the average of all of its sort the less is known. 1 is "as said".
    pub track: f64,
    pub verdict: Verdict,
}

/// The record of everybody who foretold something, in the order of names.
pub fn records(snapshot: &mut Snapshot<'_>) -> Result<Vec<Record>> {
    let makers: Vec<String> = snapshot.query(
        "SELECT DISTINCT made_by FROM forecasts ORDER BY made_by LIMIT $1",
        &params![MOST_NOTED],
        |row| row.get(0),
    )?;
    let mut lines = Vec::with_capacity(makers.len());
    for maker in makers {
        lines.push((maker.clone(), list(snapshot, Some(&maker), None, MOST_JUDGED)?));
    }
    let sort_of = |maker: &str| maker.split(':').next().unwrap_or_default().to_string();
    let mut records = Vec::with_capacity(lines.len());
    for (maker, forecasts) in &lines {
        let alike = lines.iter().filter(|(other, _)| sort_of(other) == sort_of(maker));
        let all: Vec<f64> = alike.flat_map(|(_, forecasts)| forecasts.iter().filter_map(ratio)).collect();
        records.push(record(maker, forecasts, mean(&all).unwrap_or(1.0)));
    }
    Ok(records)
}

/// What acting on each kind of insight brought, for the order in which insights are listed.
pub fn of_insights(snapshot: &mut Snapshot<'_>) -> Result<TrackRecords> {
    let of_kind = |record: Record| {
        let kind = interpret::Kind::from_name(record.made_by.strip_prefix(PLAYBOOK)?)?;
        Some((kind, TrackRecord { came_by_expected: record.track, n_settled: record.n_settled }))
    };
    Ok(TrackRecords::new(records(snapshot)?.into_iter().filter_map(of_kind)))
}

fn record(maker: &str, forecasts: &[Forecast], of_all: f64) -> Record {
    let settled: Vec<&Forecast> = forecasts.iter().filter(|f| f.outcome.is_some()).collect();
    let cases: Vec<bool> = settled.iter().filter_map(|f| f.held()).collect();
    let ratios: Vec<f64> = settled.iter().filter_map(|f| ratio(f)).collect();
    let held = (cases.iter().filter(|held| **held).count(), cases.len());
    let bias = mean(&ratios).map(|ratio| ratio - 1.0);
    let level = settled.iter().find_map(|f| f.level).unwrap_or(0.8);
    let short = held.1 >= FEWEST_TO_JUDGE && (held.0 as f64 / held.1 as f64) < level - SHORT_OF_LEVEL;
    let verdict = match settled.len() {
        n if n < FEWEST_TO_JUDGE => Verdict::TooFew,
        _ if short || bias.is_some_and(|bias| bias.abs() > MOST_BIAS) => Verdict::Drifted,
        _ => Verdict::Holds,
    };
    Record {
        made_by: maker.to_string(),
        n_made: forecasts.len(),
        n_settled: settled.len(),
        held,
        bias,
        track: (ratios.iter().sum::<f64>() + PRIOR_WEIGHT * of_all) / (ratios.len() as f64 + PRIOR_WEIGHT),
        verdict,
    }
}

/// What came by what was expected.
fn ratio(forecast: &Forecast) -> Option<f64> {
    let ratio = 1.0 + (forecast.outcome? - forecast.expected) / forecast.expected.abs();
    ratio.is_finite().then_some(ratio)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// A page of the ledger, the newest first.
pub fn list(
    snapshot: &mut Snapshot<'_>,
    made_by: Option<&str>,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Forecast>> {
    snapshot.query(
        "SELECT id, kind, subject, made_by, made_at, due_at, expected, low, high, level, unit, outcome, outcome_error,
           settled_at
         FROM forecasts WHERE ($1 = '' OR made_by = $1) AND id < $2 ORDER BY id DESC LIMIT $3",
        &params![made_by.unwrap_or(""), before.unwrap_or("~"), limit],
        read,
    )
}

fn read(row: &Row<'_>) -> Result<Forecast> {
    let kind = row.text(1)?;
    Ok(Forecast {
        id: row.get(0)?,
        kind: Kind::from_name(kind)
            .ok_or_else(|| Error::database(format!("“{kind}” is no kind of forecast")))?,
        subject: row.get(2)?,
        made_by: row.get(3)?,
        made_at: row.get(4)?,
        due_at: row.get(5)?,
        expected: row.get(6)?,
        low: row.get(7)?,
        high: row.get(8)?,
        level: row.get(9)?,
        unit: row.get(10)?,
        outcome: row.get(11)?,
        outcome_error: row.get(12)?,
        settled_at: row.get(13)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecast(expected: f64, outcome: Option<f64>) -> Forecast {
        Forecast {
            id: String::new(),
            kind: Kind::Effect,
            subject: String::new(),
            made_by: "playbook:x".into(),
            made_at: 0,
            due_at: 0,
            expected,
            low: Some(0.5 * expected),
            high: Some(1.5 * expected),
            level: None,
            unit: String::new(),
            outcome,
            outcome_error: None,
            settled_at: None,
        }
    }

    #[test]
    fn who_foretold_little_is_not_judged_and_stays_near_the_average() {
        let found = record("playbook:x", &[forecast(2.0, Some(4.0)), forecast(2.0, None)], 1.0);
        assert_eq!((found.verdict, found.n_settled, found.held), (Verdict::TooFew, 1, (0, 1)));
        assert!((found.track - 1.25).abs() < 1e-9, "one result of 2 against three of 1");
    }

    #[test]
    fn who_is_off_in_one_direction_has_drifted() {
        let off: Vec<Forecast> = (0..6).map(|_| forecast(10.0, Some(1.0))).collect();
        assert_eq!(record("playbook:x", &off, 1.0).verdict, Verdict::Drifted);
        let right: Vec<Forecast> = (0..6).map(|i| forecast(10.0, Some(f64::from(8 + i)))).collect();
        let found = record("playbook:x", &right, 1.0);
        assert_eq!((found.verdict, found.held), (Verdict::Holds, (6, 6)));
    }

    #[test]
    fn nothing_expected_has_no_ratio() {
        assert_eq!(ratio(&forecast(0.0, Some(3.0))), None);
        assert_eq!(record("playbook:x", &[forecast(0.0, Some(1.0))], 1.0).bias, None);
    }
}
