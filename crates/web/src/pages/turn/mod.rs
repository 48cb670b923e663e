//! The turn: its overview with gates, goals, agenda and what stands in the way; planning, opening and closing it.

mod calendar;
mod cards;
pub(crate) mod close;
mod deeds;
mod form;
mod list;
pub(crate) mod report;

pub(crate) use calendar::calendar;
pub(crate) use deeds::{choose_vocabulary, close_begun, delete, meet, open, resume, state_needs, waive};
pub(crate) use form::{create, edit, new, update, users_to_choose};
pub(crate) use list::index;

use askama::Template;
use axum::extract::{Path, State};
use cycle::calendar::Day;
use cycle::plan::goals::Progress;
use cycle::plan::turns::{self, State as TurnState, Turn};
use cycle::turn::agenda::Point;
use cycle::turn::overview::{self, Overview};
use cycle::turn::{cadence, vocabulary};
use platform::{Snapshot, auth};

use self::cards::{ActionLine, Column, GoalLine, MeetingCard};
use crate::current::Current;
use crate::error::Result;
use crate::forms::Problems;
use crate::layout::{Layout, Place};
use crate::pages::insights;
use crate::parts::{Stat, Tab, Tone};
use crate::state::App;
use crate::{respond, words};

/// The pages of the turn, for their tabs.
pub(crate) fn tabs(here: &str) -> Vec<Tab> {
    let tab = |label: &str, href: &str| Tab {
        label: label.to_string(),
        href: href.to_string(),
        current: href == here,
        count: None,
    };
    vec![
        tab("This turn", "/turn"),
        tab("Strategy", "/strategy"),
        tab("Personas", "/personas"),
        tab("Sources", "/sources"),
        tab("Budget", "/budget"),
        tab("Preflight", "/preflight"),
        tab("All turns", "/turns"),
    ]
}

/// The currency of the firm; euro is assumed where none was chosen.
pub(crate) fn currency_of(current: &Current) -> &str {
    match current.currency() {
        "" => "EUR",
        chosen => chosen,
    }
}

/// "1 Jan 2024".
pub(crate) fn day_in_words(day: Day) -> String {
    words::day(day.start(), &jiff::tz::TimeZone::UTC)
}

pub(crate) fn state_badge(state: TurnState) -> (&'static str, Tone) {
    match state {
        TurnState::Planned => ("planned", Tone::Neutral),
        TurnState::Running => ("running", Tone::Accent),
        TurnState::Closing => ("being closed", Tone::Warning),
        TurnState::Closed => ("closed", Tone::Good),
    }
}

/// No turn is open: what would be planned.
#[derive(Template)]
#[template(path = "turn/none.html")]
struct None_ {
    page: Layout,
    tabs: Vec<Tab>,
    may_write: bool,
    why: String,
    cadence: &'static str,
    planned: Option<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "turn/show.html")]
struct Show {
    page: Layout,
    tabs: Vec<Tab>,
    may_write: bool,
    turn: Turn,
    state: &'static str,
    tone: &'static str,
    dates: String,
    champion: String,
    days: String,
    is_planned: bool,
    is_running: bool,
    is_closing: bool,
    blockers: Vec<Point>,
    stats: Vec<Stat>,
    vocabularies: Vec<Tab>,
    vocabulary_name: &'static str,
    columns: Vec<Column>,
    goals: Vec<GoalLine>,
    insights: Vec<insights::Card>,
    n_insights: usize,
    actions: Vec<ActionLine>,
    meetings: Vec<MeetingCard>,
    problems: Problems,
}

/// The open turn; where there is none, the way to one.
pub(crate) async fn show_current(State(app): State<App>, current: Current) -> Result {
    let found = app.store.scan(|s| match turns::current(s)? {
        Some(turn) => Ok(Ok(read(s, turn)?)),
        None => Ok(Err((cadence::of_data(s)?, turns::next_planned(s)?))),
    });
    let (suggested, planned) = match found.await? {
        Ok(found) => return respond::page(&page(&app, &current, found, "/turn", Problems::default())),
        Err(nothing) => nothing,
    };
    respond::page(&None_ {
        page: current.layout(Place::Turn, "Turn"),
        tabs: tabs("/turn"),
        may_write: current.may_write(),
        why: suggested.why,
        cadence: suggested.cadence.name(),
        planned: planned.map(|turn| {
            let dates = format!("{} to {}", day_in_words(turn.starts_on), day_in_words(turn.ends_on));
            (turn.name, format!("/turns/{}", turn.id), dates)
        }),
    })
}

/// Any turn, by its id.
pub(crate) async fn show(State(app): State<App>, current: Current, Path(id): Path<String>) -> Result {
    let found = app.store.scan(move |s| {
        let turn = turns::get(s, &id)?;
        read(s, turn)
    });
    respond::page(&page(&app, &current, found.await?, "", Problems::default()))
}

pub(super) struct Found {
    whole: Overview,
    users: Vec<auth::User>,
    now: Vec<Option<Progress>>,
}

pub(super) fn read(snapshot: &mut Snapshot<'_>, turn: Turn) -> platform::Result<Found> {
    let whole = overview::of_turn(snapshot, turn)?;
    let now = overview::goals_now(snapshot, &whole.chain)?;
    Ok(Found { whole, users: auth::list(snapshot)?, now })
}

fn page(app: &App, current: &Current, found: Found, here: &str, problems: Problems) -> Show {
    let Found { whole, users, now } = found;
    let turn = whole.turn.clone();
    let (state, tone) = state_badge(turn.state);
    let who = |id: Option<&str>| {
        let user = users.iter().find(|user| Some(user.id.as_str()) == id);
        user.map_or_else(|| "the program".to_string(), |user| user.name.clone())
    };
    let model = vocabulary::named(&turn.vocabulary);
    let moment = |at| words::moment(at, app.store.now(), current.zone());
    let currency = currency_of(current);
    Show {
        page: current.layout(Place::Turn, &turn.name),
        tabs: tabs(here),
        may_write: current.may_write() && turn.state != TurnState::Closed,
        state,
        tone: tone.class(),
        dates: format!("{} to {}", day_in_words(turn.starts_on), day_in_words(turn.ends_on)),
        champion: turn.champion_id.as_deref().map(|id| who(Some(id))).unwrap_or_default(),
        days: days_in_words(&turn, whole.days_left),
        is_planned: turn.state == TurnState::Planned,
        is_running: turn.state == TurnState::Running,
        is_closing: turn.state == TurnState::Closing,
        blockers: whole.blockers.clone(),
        stats: stats(&whole, currency),
        vocabularies: vocabulary::ALL
            .iter()
            .map(|one| Tab {
                label: one.name.to_string(),
                href: one.key.to_string(),
                current: one.key == model.key,
                count: Some(one.n_phases().to_string()),
            })
            .collect(),
        vocabulary_name: model.name,
        columns: cards::columns(&whole.gates, model, &who, &moment),
        goals: whole
            .chain
            .goals
            .iter()
            .zip(now)
            .map(|(goal, now)| cards::goal(goal, now, currency))
            .collect(),
        insights: whole.insights.iter().map(insights::card).collect(),
        n_insights: whole.n_insights,
        actions: whole.chain.actions.iter().map(cards::action).collect(),
        meetings: whole.agenda.iter().map(|dated| cards::meeting(dated, &moment)).collect(),
        turn,
        problems,
    }
}

fn days_in_words(turn: &Turn, days_left: i64) -> String {
    match turn.state {
        TurnState::Closed => "closed".to_string(),
        _ if days_left < 0 => format!("{} over", words::counted(-days_left, "day", "days")),
        TurnState::Planned => "not begun".to_string(),
        _ => format!("{} left", words::counted(days_left, "day", "days")),
    }
}

fn stats(whole: &Overview, currency: &str) -> Vec<Stat> {
    let goals = whole.chain.goals.iter().filter(|goal| !goal.is_dropped());
    let n_judged = goals.clone().filter(|goal| goal.has_verdict()).count();
    let n_goals = goals.count();
    let n_actions = whole.chain.actions.iter().filter(|action| action.was_launched()).count();
    let n_tested =
        whole.chain.actions.iter().filter(|one| one.was_launched() && one.experiment.is_some()).count();
    let cost = &whole.cost;
    let spent = Stat::new(
        "Spent",
        words::money_whole(cost.actual_minor, currency),
        "Sending, discounts and people’s time at an hourly rate, of this turn and its actions.",
    )
    .unit(&match cost.planned_minor {
        0 => "nothing planned".to_string(),
        planned => format!("of {} planned", words::money_whole(planned, currency)),
    })
    .rows("/budget");
    vec![
        Stat::new("Goals", words::count(n_goals as i64), "Goals of this turn that were not dropped.")
            .unit(&format!("{n_judged} with a verdict"))
            .rows("/goals"),
        Stat::new(
            "Actions begun",
            words::count(n_actions as i64),
            "Actions of this turn that were launched.",
        )
        .unit(&format!("{n_tested} with an experiment"))
        .rows("/actions"),
        Stat::new(
            "Insights to decide",
            words::count(whole.n_insights as i64),
            "Insights that stand and that nobody has decided on or refuted.",
        )
        .rows("/insights"),
        spent,
    ]
}
