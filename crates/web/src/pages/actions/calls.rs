//! The calls of a list: one customer after another, by keyboard, with what to say and what is known.

use askama::Template;
use axum::extract::{Path, State};
use cycle::act::actions::{self, Action, State as Stage};
use cycle::act::call_lists::{self, Outcome, Task};
use cycle::act::experiments;
use platform::{Error, Result as Found, Snapshot, Tx};
use records::people::{self, Person};

use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::changes;
use crate::parts::{Crumb, Moment, Toast};
use crate::respond;
use crate::state::App;
use crate::wording::Words;
use crate::words;

/// Calls shown behind the one that is next, and calls that are over.
const NEXT_SHOWN: i64 = 20;
const CLOSED_SHOWN: i64 = 20;

#[derive(Template)]
#[template(path = "actions/calls.html")]
struct Calls {
    page: Layout,
    crumbs: Vec<Crumb>,
    name: String,
    script: String,
    note: String,
    may_write: bool,
    now: Option<Next>,
    following: Vec<Line>,
    closed: Vec<Over>,
    n_open: String,
    problems: Problems,
    typed_note: String,
}

/// The customer to call now.
struct Next {
    address: String,
    name: String,
    href: String,
    phone: String,
    phone_href: String,
    email: String,
    revenue: String,
    n_orders: String,
    last_order: Option<Moment>,
    attempt: String,
    note: String,
    outcomes: Vec<(&'static str, &'static str, &'static str, &'static str)>,
}

struct Line {
    name: String,
    href: String,
    phone: String,
    attempts: String,
}

struct Over {
    name: String,
    href: String,
    outcome: &'static str,
    note: String,
    at: Option<Moment>,
}

struct Read {
    action: Action,
    script: String,
    most_attempts: i64,
    n_held_out: i64,
    open: Vec<(Task, Person)>,
    closed: Vec<(Task, Person)>,
    n_open: i64,
    words: Words,
}

fn read(snapshot: &mut Snapshot<'_>, id: &str) -> Found<Read> {
    let action = actions::get(snapshot, id)?;
    let list = call_lists::of_action(snapshot, id)?.ok_or_else(|| Error::missing("call list", id))?;
    let n_held_out = match experiments::of_action(snapshot, id)? {
        Some(experiment) => {
            let arms = experiments::arms(snapshot, &experiment)?;
            arms.iter().find(|arm| arm.name == experiments::HOLDOUT).map_or(0, |arm| arm.n_people)
        }
        None => 0,
    };
    let open = call_lists::next(snapshot, id, NEXT_SHOWN + 1)?;
    let closed = call_lists::closed(snapshot, id, CLOSED_SHOWN)?;
    let counts = call_lists::counts(snapshot, id)?;
    Ok(Read {
        open: with_people(snapshot, open)?,
        closed: with_people(snapshot, closed)?,
        n_open: counts.iter().filter(|(open, _, _)| *open).map(|(_, _, n)| n).sum(),
        script: list.script,
        most_attempts: list.most_attempts,
        words: Words::read(snapshot)?,
        n_held_out,
        action,
    })
}

fn with_people(snapshot: &mut Snapshot<'_>, tasks: Vec<Task>) -> Found<Vec<(Task, Person)>> {
    let ids: Vec<String> = tasks.iter().map(|task| task.person_id.clone()).collect();
    let known = people::many(snapshot, &ids)?;
    let person_of = |task: &Task| known.iter().find(|person| person.id == task.person_id).cloned();
    Ok(tasks.into_iter().filter_map(|task| person_of(&task).map(|person| (task, person))).collect())
}

pub(crate) async fn calls(State(app): State<App>, current: Current, Path(id): Path<String>) -> Result {
    respond::page(&page(&app, &current, id, String::new(), Problems::default()).await?)
}

/// Says how one call ended, and goes on to the next.
pub(crate) async fn close_call(
    State(app): State<App>,
    Writer(current): Writer,
    Path((id, task_id)): Path<(String, String)>,
    fields: Fields,
) -> Result {
    let (outcome, note) = (Outcome::from_name(fields.get("outcome")), fields.get("note").to_string());
    let typed = note.clone();
    let write = move |tx: &mut Tx<'_>| {
        let outcome = outcome.ok_or_else(|| Error::invalid("outcome", "say how the call ended"))?;
        let task = call_lists::call(tx, &task_id, outcome, &note)?;
        Ok((outcome, changes::of_newest(tx, &task.person_id)?))
    };
    match app.store.write(current.by(), write).await {
        Ok((outcome, undo)) => {
            let toast = Toast::done(outcome.label()).undo(undo);
            Ok(respond::redirect_with(&format!("/actions/{id}/calls"), toast))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&page(&app, &current, id, typed, problems).await?)
        }
    }
}

async fn page(
    app: &App,
    current: &Current,
    id: String,
    typed_note: String,
    problems: Problems,
) -> Result<Calls> {
    let found = app.store.read(move |s| read(s, &id)).await?;
    let is_running = found.action.state == Stage::Running;
    let mut open = found.open.iter();
    let now = open.next().filter(|_| is_running).map(|(task, person)| next(&found, task, person));
    let line = |(task, person): &(Task, Person)| Line {
        name: person.name.clone(),
        href: format!("/people/{}", person.id),
        phone: person.phone.clone().unwrap_or_default(),
        attempts: words::count(task.n_attempts),
    };
    let over = |(task, person): &(Task, Person)| Over {
        name: person.name.clone(),
        href: format!("/people/{}", person.id),
        outcome: task.outcome.map_or("", Outcome::label),
        note: task.note.clone().unwrap_or_default(),
        at: task.last_attempt_at.map(|at| found.words.moment(at)),
    };
    let held = match found.n_held_out {
        0 => String::new(),
        n => format!(
            " {} left alone and {} not on this list: please do not call them, or nobody can see what the calls bring.",
            words::counted(n, "customer is", "customers are"),
            if n == 1 { "is" } else { "are" }
        ),
    };
    let state = match is_running {
        true => String::new(),
        false => "The list does not run now: nobody is to be called.".to_string(),
    };
    Ok(Calls {
        page: current.layout(Place::Actions, format!("Calls: {}", found.action.name)),
        crumbs: vec![
            Crumb { label: "Actions".to_string(), href: "/actions".to_string() },
            Crumb { label: found.action.name.clone(), href: format!("/actions/{}", found.action.id) },
        ],
        name: found.action.name.clone(),
        note: format!("{state}{held}").trim().to_string(),
        may_write: current.may_write() && is_running,
        following: open.map(line).collect(),
        closed: found.closed.iter().map(over).collect(),
        n_open: words::counted(found.n_open, "call left", "calls left"),
        script: found.script.clone(),
        now,
        problems,
        typed_note,
    })
}

fn next(found: &Read, task: &Task, person: &Person) -> Next {
    let phone = person.phone.clone().unwrap_or_default();
    Next {
        address: format!("/actions/{}/calls/{}", found.action.id, task.id),
        name: person.name.clone(),
        href: format!("/people/{}", person.id),
        phone_href: format!("tel:{phone}"),
        phone,
        email: person.email.clone().unwrap_or_default(),
        revenue: found.words.money(person.revenue_minor),
        n_orders: words::count(person.n_orders),
        last_order: person.last_order_at.map(|at| found.words.moment(at)),
        attempt: format!("Attempt {} of {}", task.n_attempts + 1, found.most_attempts),
        note: task.note.clone().unwrap_or_default(),
        outcomes: vec![
            ("done", "Done", "d", "They ordered, or it is settled"),
            ("reached", "Reached", "r", "You talked to them"),
            ("not_reached", "Not reached", "n", "Comes again after the others"),
            ("refused", "Refused", "f", "They want no such calls"),
        ],
    }
}
