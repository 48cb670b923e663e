//! Launching: the check list, the frozen audience, and what begins with it.

use super::verbs::{log, refuse_closed, write};
use super::{Action, Kind, State, get};
use crate::act::experiments::{self, Experiment};
use crate::act::{call_lists, campaigns, global_control, offers, power, segments, touch_points};
use crate::plan::{audiences, preflight};
use platform::store::{Snapshot, Tx};
use platform::{Error, Problem, Result, params};

/// The field at which a launch past the mail's own page is refused.
pub(in crate::act) const MAIL: &str = "campaign";

/// One line of the check list before a launch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The field at which a refusal stands.
    pub field: &'static str,
    pub name: &'static str,
    /// None: it is in order.
    pub problem: Option<String>,
    /// What was found.
    pub words: String,
}

impl Check {
    pub(in crate::act) fn fine(field: &'static str, name: &'static str, words: impl Into<String>) -> Self {
        Self { field, name, problem: None, words: words.into() }
    }

    pub(in crate::act) fn refused(
        field: &'static str,
        name: &'static str,
        problem: impl Into<String>,
    ) -> Self {
        Self { field, name, problem: Some(problem.into()), words: String::new() }
    }
}

/// Approves a draft, as somebody who did not have to write it.
///
/// **Errors** with a conflict when it is no draft.
pub fn approve(tx: &mut Tx<'_>, id: &str) -> Result<Action> {
    let before = get(tx, id)?;
    refuse_closed(&before)?;
    if before.state == State::Approved {
        return Err(Error::Conflict(format!("“{}” is approved already", before.name)));
    }
    let action = Action {
        state: State::Approved,
        approved_by: tx.by().id.clone(),
        updated_at: tx.now(),
        version: before.version + 1,
        ..before.clone()
    };
    write(tx, &action)?;
    log(tx, "action.approved", &action, Some(&before))?;
    Ok(action)
}

/// What has to be in order before the launch, each with what was found.
pub fn checklist(snapshot: &mut Snapshot<'_>, action: &Action) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    if let Some(segment_id) = &action.segment_id {
        let segment = segments::get(snapshot, segment_id)?;
        let n = segments::count(snapshot, &segment.filter, segments::COUNT_UP_TO)?;
        let more = if n.is_more { "more than " } else { "" };
        checks.push(match n.n {
            0 => Check::refused("segment", "Audience", format!("nobody is in “{}” now", segment.name)),
            n_people => Check::fine(
                "segment",
                "Audience",
                format!("{more}{n_people} people are in “{}” now", segment.name),
            ),
        });
    }
    match experiments::of_action(snapshot, &action.id)? {
        Some(experiment) => checks.push(power::check(snapshot, action, &experiment)?),
        None => checks.push(Check::fine(
            "why_no_experiment",
            "Experiment",
            format!("none: {}", action.why_no_experiment.as_deref().unwrap_or_default()),
        )),
    }
    if action.kind.contacts() {
        checks.push(basis(snapshot, action)?);
    }
    checks.push(global_control::check(snapshot, action)?);
    match action.kind {
        Kind::CallList | Kind::TouchPoint => {}
        Kind::Campaign => checks.push(mail(snapshot, &action.id)?),
        Kind::Offer => checks.push(offers::check(snapshot, &action.id)?),
    }
    Ok(checks)
}

/// A written mail is launched where it is checked for every recipient; launching the action alone would send nothing.
fn mail(snapshot: &mut Snapshot<'_>, action_id: &str) -> Result<Check> {
    let name = "Mail";
    Ok(match campaigns::of_action(snapshot, action_id)? {
        Some(campaign) if campaign.state == campaigns::State::Sending => {
            Check::fine(MAIL, name, "it goes out")
        }
        Some(_) => Check::refused(MAIL, name, "it is checked for everybody and launched from its own page"),
        None => Check::fine(
            MAIL,
            name,
            "none is written yet: write it under “The e-mail”; or launch without, export who is treated, and send it with another \
             program",
        ),
    })
}

fn basis(snapshot: &mut Snapshot<'_>, action: &Action) -> Result<Check> {
    let (field, name) = ("purpose", "Lawful basis");
    Ok(match preflight::basis_of(snapshot, &action.purpose)? {
        Some(basis) => Check::fine(
            field,
            name,
            format!("{} for the purpose {}", basis.name().replace('_', " "), action.purpose),
        ),
        None => Check::refused(
            field,
            name,
            format!("nobody has stated what allows contacts for the purpose “{}”", action.purpose),
        ),
    })
}

/// Freezes the audience, draws the arms and begins. A large audience is drawn by the worker; the action runs when all have
/// their arm.
///
/// **Errors** at the fields of the [`checklist`]; with a conflict when it was launched already.
pub fn launch(tx: &mut Tx<'_>, id: &str) -> Result<Action> {
    let before = get(tx, id)?;
    refuse_closed(&before)?;
    global_control::ensure(tx)?;
    let problems: Vec<Problem> = checklist(tx, &before)?
        .into_iter()
        .filter_map(|check| Some(Problem { field: check.field.to_string(), message: check.problem? }))
        .collect();
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let now = tx.now();
    let audience = match &before.segment_id {
        Some(segment_id) => Some(audiences::snapshot(tx, segment_id)?),
        None => None,
    };
    let action = Action {
        turn_id: crate::act::current_turn(tx)?.or(before.turn_id.clone()),
        audience_id: audience.as_ref().map(|audience| audience.id.clone()),
        launched_at: Some(now),
        updated_at: now,
        version: before.version + 1,
        ..before.clone()
    };
    write(tx, &action)?;
    log(tx, "action.launched", &action, Some(&before))?;
    match experiments::of_action(tx, id)? {
        Some(experiment) => {
            let experiment = Experiment { turn_id: action.turn_id.clone(), ..experiment };
            experiments::begin(tx, experiment, audience.map_or(0, |audience| audience.n_people))?;
        }
        None => begun(tx, id)?,
    }
    get(tx, id)
}

/// Everybody has an arm, or there is no experiment: the action runs.
pub(in crate::act) fn begun(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let before = get(tx, id)?;
    if before.state == State::Running || !before.is_launching() {
        return Ok(());
    }
    let now = tx.now();
    let action = Action {
        state: State::Running,
        launched_at: Some(now),
        updated_at: now,
        version: before.version + 1,
        ..before.clone()
    };
    write(tx, &action)?;
    log(tx, "action.began", &action, Some(&before))?;
    match action.kind {
        Kind::Campaign => campaigns::begun(tx, &action.id),
        Kind::CallList => call_lists::begun(tx, &action),
        Kind::Offer => offers::begun(tx, &action),
        Kind::TouchPoint => touch_points::begun(tx, &action),
    }
}

/// The action does nothing any more.
pub(super) fn closed(tx: &mut Tx<'_>, action: &Action) -> Result<()> {
    match action.kind {
        Kind::TouchPoint => touch_points::closed(tx, action),
        Kind::Campaign | Kind::CallList | Kind::Offer => Ok(()),
    }
}

/// Some of those whom the action is for, with their arms, in the order of their ids after `after_person`: those who are not
/// held out. Without an experiment all of the audience but the global control group, as the one arm there is.
///
/// A page may hold fewer than `limit` though more follow; an empty one is the last.
pub fn people(
    snapshot: &mut Snapshot<'_>,
    action: &Action,
    after_person: &str,
    limit: i64,
) -> Result<Vec<(String, String)>> {
    if let Some(experiment) = experiments::of_action(snapshot, &action.id)? {
        return experiments::treated(snapshot, &experiment.id, after_person, limit);
    }
    let control = match action.spares_control() {
        true => global_control::current(snapshot)?,
        false => None,
    };
    let mut after = after_person.to_string();
    loop {
        let found = snapshot.query(
            "SELECT a.person_id FROM audience_people a JOIN people p ON p.id = a.person_id
             WHERE a.audience_id = $1 AND a.person_id > $2 AND p.merged_into IS NULL AND p.deleted_at IS NULL
             ORDER BY a.person_id LIMIT $3",
            &params![action.audience_id, after, limit],
            |row| row.get::<String>(0),
        )?;
        let Some(last) = found.last().cloned() else { return Ok(Vec::new()) };
        let kept: Vec<(String, String)> = found
            .into_iter()
            .filter(|id| !control.as_ref().is_some_and(|control| global_control::holds_out(control, id)))
            .map(|id| (id, experiments::TREATED.to_string()))
            .collect();
        if !kept.is_empty() {
            return Ok(kept);
        }
        after = last;
    }
}
