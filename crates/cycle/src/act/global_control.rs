//! The global control group: a few of everybody whom no marketing reaches during a turn, so that the programme as a whole
//! can be measured.
//!
//! It is an experiment without an action. Who belongs to it follows from the hash alone, so that people who come in during
//! the turn belong to it or not as well. Each turn draws a new one, so that nobody is left alone for ever.

use super::actions::{Action, Check};
use super::experiments::{self, Arm, Design, Experiment, HOLDOUT, TREATED, Unit};
use crate::plan::metrics::MetricRef;
use crate::plan::turns;
use platform::clock::DAY;
use platform::settings;
use platform::store::{Snapshot, Store, Tx};
use platform::{By, Error, Micros, Result};

/// The share of everybody, in thousandths, and its bounds.
pub const USUAL_PERMILLE: i64 = 30;
pub const LEAST_PERMILLE: i64 = 20;
pub const MOST_PERMILLE: i64 = 50;
/// The setting that holds the share.
const SHARE: &str = "global_control_permille";
/// Draws the group of a turn that began, and gives everybody an arm.
pub const JOB: &str = "act.global_control";

/// The share that the next group will have.
pub fn share(snapshot: &mut Snapshot<'_>) -> Result<i64> {
    let kept: Option<i64> = settings::get(snapshot, SHARE)?;
    Ok(kept.unwrap_or(USUAL_PERMILLE))
}

/// States the share of the groups to come; the one that runs keeps its own.
///
/// **Errors** at `share` below 2 % or above 5 %.
pub fn state_share(tx: &mut Tx<'_>, permille: i64) -> Result<()> {
    if !(LEAST_PERMILLE..=MOST_PERMILLE).contains(&permille) {
        return Err(Error::invalid(
            "share",
            "between 2 % and 5 %: fewer tell nothing about the programme, more cost what it brings",
        ));
    }
    settings::set(tx, SHARE, &permille)
}

/// The group that holds now, if a turn has begun.
pub fn current(snapshot: &mut Snapshot<'_>) -> Result<Option<Experiment>> {
    experiments::running_control(snapshot)
}

/// Whether a group holds out this person; needs no reading.
pub fn holds_out(control: &Experiment, person_id: &str) -> bool {
    experiments::arm_of(&control.assignment_key, person_id, &control.arms) == HOLDOUT
}

/// Sees to it that the turn that runs has its group: ends that of the turn before and draws a new one.
///
/// Without a turn nothing is drawn. May be called at any time; a turn has one group.
pub fn ensure(tx: &mut Tx<'_>) -> Result<Option<Experiment>> {
    let Some(turn) = turns::current(tx)? else { return Ok(None) };
    let known = current(tx)?;
    if known.as_ref().is_some_and(|control| control.turn_id.as_deref() == Some(turn.id.as_str())) {
        return Ok(known);
    }
    // A turn that is closed late has outlived its group: a second one would be of other people.
    if experiments::has_had_control(tx, &turn.id)? {
        return Ok(None);
    }
    if let Some(old) = known {
        experiments::end(tx, &old.id)?;
    }
    let permille = share(tx)?;
    let design = Design {
        unit: Unit::Person,
        holdout_permille: permille,
        variants: Vec::new(),
        metric: metric(tx)?,
        window_days: window_days(tx.now(), turn.ends_at()),
        pre_days: 90,
        guardrails: Vec::new(),
    };
    let name = format!("Global control group of {}", turn.name);
    let mut control = experiments::new(tx, None, &name, &design);
    control.turn_id = Some(turn.id);
    control.arms = vec![
        Arm { name: HOLDOUT.to_string(), permille },
        Arm { name: TREATED.to_string(), permille: 1000 - permille },
    ];
    experiments::insert(tx, &control)?;
    experiments::begin_later(tx, control.clone())?;
    Ok(Some(control))
}

/// Does [`ensure`] by the timetable, so that a turn has its group from its first day on.
pub fn run(store: &Store) -> Result<()> {
    store.write(By::system(), |tx| ensure(tx).map(drop)).wait()
}

fn metric(tx: &mut Tx<'_>) -> Result<MetricRef> {
    super::metric_now(tx, "revenue")
}

fn window_days(now: Micros, end: Micros) -> i64 {
    ((end - now + DAY - 1) / DAY).clamp(1, experiments::MOST_WINDOW_DAYS)
}

/// What the check list of an action says about the group.
pub(super) fn check(snapshot: &mut Snapshot<'_>, action: &Action) -> Result<Check> {
    let (field, name) = ("control", "Global control group");
    if !action.spares_control() {
        return Ok(Check::fine(field, name, "this action reaches it too: it is no marketing"));
    }
    Ok(match current(snapshot)? {
        Some(control) => Check::fine(
            field,
            name,
            format!(
                "{} % of everybody gets no marketing this turn; they are left out",
                control.holdout_permille as f64 / 10.0
            ),
        ),
        None => Check::fine(field, name, "there is none, because no turn is open"),
    })
}
