//! Actions: what is done about what was found, each with its experiment.

mod calls;
mod codes;
mod edit;
mod form;
mod kinds;
mod power;
mod press;
mod show;

pub(crate) use calls::{calls, close_call};
pub(crate) use codes::{export_codes, export_people, redeem};
pub(crate) use edit::{create, edit, new, update};
pub(crate) use power::try_out;
pub(crate) use press::{allow, approve, discard, finish, launch, reckon, stop};
pub(crate) use show::show;

use askama::Template;
use axum::extract::State;
use cycle::act::actions::{self, Action, Kind, List, State as Stage};
use platform::{Result as Found, Snapshot};

use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::parts::{Moment, Pager, Tab, Tone};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::words;

/// Actions on one page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "actions/list.html")]
struct Index {
    page: Layout,
    may_write: bool,
    tabs: Vec<Tab>,
    actions: Vec<Row>,
    pager: Pager,
    is_narrowed: bool,
}

struct Row {
    href: String,
    name: String,
    kind: &'static str,
    state: &'static str,
    tone: &'static str,
    because: String,
    goal: String,
    effect: String,
    at: Moment,
}

/// An action, what it answers, its goal with the goal's page, and its effect in words.
type Told = (Action, String, Option<(String, String)>, String);

struct Listed {
    actions: Vec<Told>,
    counts: Vec<(Stage, i64)>,
    next: Option<String>,
}

fn read(snapshot: &mut Snapshot<'_>, wanted: &List) -> Found<Listed> {
    let mut found = actions::list(snapshot, wanted)?;
    let has_more = found.len() > ROWS;
    found.truncate(ROWS);
    let next = found.last().filter(|_| has_more).map(|last| last.id.clone());
    let mut listed = Vec::with_capacity(found.len());
    for action in found {
        let because = match &action.insight_id {
            Some(id) => cycle::interpret::get(snapshot, id)?.kind.label().to_string(),
            None => String::new(),
        };
        let goal = goal_of(snapshot, &action)?;
        let effect = super::experiments::effect_of_action(snapshot, &action.id)?;
        listed.push((action, because, goal, effect));
    }
    Ok(Listed { actions: listed, counts: actions::counts(snapshot)?, next })
}

/// The goal that an action serves: its name and its page.
fn goal_of(snapshot: &mut Snapshot<'_>, action: &Action) -> Found<Option<(String, String)>> {
    let name = actions::goal_name(snapshot, action)?;
    Ok(name.zip(action.goal_id.as_ref()).map(|(name, id)| (name, format!("/goals/{id}"))))
}

pub(crate) async fn index(State(app): State<App>, current: Current, query: Query) -> Result {
    let list = List {
        state: Stage::from_name(query.get("state")),
        kind: Kind::from_name(query.get("kind")),
        turn_id: query.filled("turn").map(str::to_string),
        before: query.filled("before").map(str::to_string),
        limit: ROWS as i64 + 1,
    };
    let found = app.store.read(move |s| read(s, &list)).await?;
    let now = app.store.now();
    let row = |(action, because, goal, effect): &Told| Row {
        href: format!("/actions/{}", action.id),
        name: action.name.clone(),
        kind: action.kind.label(),
        state: state_label(action),
        tone: state_tone(action.state).class(),
        because: because.clone(),
        goal: goal.as_ref().map(|(name, _)| name.clone()).unwrap_or_default(),
        effect: effect.clone(),
        at: words::moment(action.launched_at.unwrap_or(action.created_at), now, current.zone()),
    };
    respond::page(&Index {
        page: current.layout(Place::Actions, "Actions"),
        may_write: current.may_write(),
        tabs: tabs(query.get("state"), &found.counts),
        actions: found.actions.iter().map(row).collect(),
        pager: Pager {
            shown: words::counted(found.actions.len() as i64, "action", "actions"),
            next: found.next.map(|last| query.clone().with("before", &last).at("/actions")),
            ..Pager::default()
        },
        is_narrowed: query.filled("state").is_some() || query.filled("kind").is_some(),
    })
}

fn tabs(here: &str, counts: &[(Stage, i64)]) -> Vec<Tab> {
    let tab = |label: &str, name: &str, n: i64| Tab {
        label: label.to_string(),
        href: if name.is_empty() { "/actions".to_string() } else { format!("/actions?state={name}") },
        current: name == here,
        count: Some(words::count(n)),
    };
    let mut tabs = vec![tab("All", "", counts.iter().map(|(_, n)| n).sum())];
    for state in Stage::ALL {
        let n = counts.iter().find(|(one, _)| *one == state).map_or(0, |(_, n)| *n);
        if n > 0 || state.name() == here {
            tabs.push(tab(stage_label(state), state.name(), n));
        }
    }
    tabs
}

pub(crate) fn state_label(action: &Action) -> &'static str {
    match action.is_launching() {
        true => "Being launched",
        false if action.state == Stage::Stopped && action.launched_at.is_none() => "Dropped",
        false => stage_label(action.state),
    }
}

fn stage_label(state: Stage) -> &'static str {
    match state {
        Stage::Draft => "Draft",
        Stage::Approved => "Approved",
        Stage::Running => "Running",
        Stage::Stopped => "Stopped",
        Stage::Done => "Done",
    }
}

pub(crate) fn state_tone(state: Stage) -> Tone {
    match state {
        Stage::Draft => Tone::Neutral,
        Stage::Approved => Tone::Accent,
        Stage::Running | Stage::Done => Tone::Good,
        Stage::Stopped => Tone::Warning,
    }
}
