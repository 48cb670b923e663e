//! The strategy page: what holds now, who signed it, how it came to be; every saving is a version.

use askama::Template;
use axum::extract::{Path, State};
use cycle::plan::strategy::{self, Answer, Department, Focus, Input, MOST_TASKS, SignOff, Strategy, Task};
use platform::{Error, Snapshot, auth};

use super::turn::{tabs, users_to_choose};
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::parts::{Choice, Moment, Tab, Toast};
use crate::query::Query;
use crate::state::App;
use crate::{respond, words};

/// Empty lines under the tasks of the form.
const SPARE_TASKS: usize = 2;

#[derive(Template)]
#[template(path = "strategy/show.html")]
struct Show {
    page: Layout,
    tabs: Vec<Tab>,
    may_write: bool,
    /// None before anything was written.
    shown: Option<Shown>,
    newest_no: i64,
    versions: Vec<Version>,
    form: Form,
    problems: Problems,
}

struct Shown {
    strategy: Strategy,
    focus: &'static str,
    champion: String,
    kept: Moment,
    by: String,
    is_newest: bool,
    departments: Vec<Signed>,
}

struct Signed {
    key: &'static str,
    label: &'static str,
    /// Word and tone.
    answer: (&'static str, &'static str),
    note: String,
    by: String,
    at: Option<Moment>,
}

struct Version {
    href: String,
    number: i64,
    at: Moment,
    by: String,
    is_shown: bool,
}

struct Form {
    seen: i64,
    focuses: Vec<Choice>,
    champions: Vec<Choice>,
    tasks: Vec<(usize, Task, String)>,
    fields: Fields,
}

fn focus_label(focus: Focus) -> &'static str {
    match focus {
        Focus::Service => "Customer service",
        Focus::Marketing => "Personal marketing",
        Focus::Product => "A better product, from what customers say",
    }
}

fn department_label(department: Department) -> &'static str {
    match department {
        Department::Sales => "Sales",
        Department::Marketing => "Marketing",
        Department::Service => "Service",
    }
}

struct Found {
    newest: Option<Strategy>,
    shown: Option<Strategy>,
    sign_offs: Vec<SignOff>,
    versions: Vec<Strategy>,
    users: Vec<auth::User>,
}

fn read(snapshot: &mut Snapshot<'_>, version_no: Option<i64>) -> platform::Result<Found> {
    let newest = strategy::newest(snapshot)?;
    let shown = match version_no {
        Some(number) => Some(strategy::of_version(snapshot, number)?),
        None => newest.clone(),
    };
    let sign_offs = match &shown {
        Some(shown) => strategy::sign_offs(snapshot, &shown.id)?,
        None => Vec::new(),
    };
    let versions = strategy::versions(snapshot)?;
    Ok(Found { newest, shown, sign_offs, versions, users: auth::list(snapshot)? })
}

pub(crate) async fn show(State(app): State<App>, current: Current, query: Query) -> Result {
    let version_no = query.filled("version").and_then(|text| text.parse().ok());
    respond::page(&draw(&app, &current, version_no, None, Problems::default()).await?)
}

async fn draw(
    app: &App,
    current: &Current,
    version_no: Option<i64>,
    typed: Option<Fields>,
    problems: Problems,
) -> Result<Show> {
    let found = app.store.read(move |s| read(s, version_no)).await?;
    let moment = |at| words::moment(at, app.store.now(), current.zone());
    let who = |id: Option<&str>| {
        let user = found.users.iter().find(|user| Some(user.id.as_str()) == id);
        user.map_or_else(|| "the command line".to_string(), |user| user.name.clone())
    };
    let newest_no = found.newest.as_ref().map_or(0, |newest| newest.version_no);
    let shown = found.shown.as_ref().map(|strategy| Shown {
        focus: focus_label(strategy.stated.focus),
        champion: strategy.stated.champion_id.as_deref().map_or_else(String::new, |id| who(Some(id))),
        kept: moment(strategy.created_at),
        by: who(strategy.created_by.as_deref()),
        is_newest: strategy.version_no == newest_no,
        departments: Department::ALL
            .iter()
            .map(|one| signed(*one, &found.sign_offs, &who, &moment))
            .collect(),
        strategy: strategy.clone(),
    });
    let fields = typed.unwrap_or_else(|| fields_of(found.newest.as_ref().map(|newest| &newest.stated)));
    Ok(Show {
        page: current.layout(Place::Turn, "Strategy"),
        tabs: tabs("/strategy"),
        may_write: current.may_write(),
        newest_no,
        versions: found
            .versions
            .iter()
            .map(|one| Version {
                href: format!("/strategy?version={}", one.version_no),
                number: one.version_no,
                at: moment(one.created_at),
                by: who(one.created_by.as_deref()),
                is_shown: shown.as_ref().is_some_and(|shown| shown.strategy.id == one.id),
            })
            .collect(),
        shown,
        form: form(fields, newest_no, &found.users, &problems),
        problems,
    })
}

fn signed(
    department: Department,
    sign_offs: &[SignOff],
    who: &impl Fn(Option<&str>) -> String,
    moment: &impl Fn(platform::Micros) -> Moment,
) -> Signed {
    let found = sign_offs.iter().find(|one| one.department == department);
    Signed {
        key: department.name(),
        label: department_label(department),
        answer: match found.map(|one| one.answer) {
            Some(Answer::Approved) => ("signed", "good"),
            Some(Answer::Refused) => ("refused", "bad"),
            None => ("waits", "warning"),
        },
        note: found.and_then(|one| one.note.clone()).unwrap_or_default(),
        by: found.map(|one| who(one.by.as_deref())).unwrap_or_default(),
        at: found.map(|one| moment(one.at)),
    }
}

fn fields_of(stated: Option<&Input>) -> Fields {
    let Some(stated) = stated else { return Fields::default() };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut pairs = vec![
        ("focus".to_string(), stated.focus.name().to_string()),
        ("engagement".to_string(), text(&stated.engagement)),
        ("objectives".to_string(), text(&stated.objectives)),
        ("tools".to_string(), text(&stated.tools)),
        ("resources".to_string(), text(&stated.resources)),
        ("champion_id".to_string(), text(&stated.champion_id)),
    ];
    for (i, task) in stated.tasks.iter().enumerate() {
        for (name, value) in [
            ("task", &task.task),
            ("responsible", &task.responsible),
            ("accountable", &task.accountable),
            ("consulted", &task.consulted),
            ("informed", &task.informed),
        ] {
            pairs.push((format!("{name}.{i}"), value.clone()));
        }
    }
    Fields::from_pairs(pairs)
}

fn tasks_of(fields: &Fields) -> Vec<Task> {
    let cell = |name: &str, i: usize| fields.trimmed(&format!("{name}.{i}")).to_string();
    let task = |i| Task {
        task: cell("task", i),
        responsible: cell("responsible", i),
        accountable: cell("accountable", i),
        consulted: cell("consulted", i),
        informed: cell("informed", i),
    };
    (0..MOST_TASKS + SPARE_TASKS).map(task).filter(|task| *task != Task::default()).collect()
}

fn form(fields: Fields, seen: i64, users: &[auth::User], problems: &Problems) -> Form {
    let mut tasks = tasks_of(&fields);
    tasks.extend(std::iter::repeat_n(Task::default(), SPARE_TASKS));
    let problem = |i: usize| problems.at(&format!("task.{i}")).to_string();
    Form {
        seen,
        focuses: Focus::ALL
            .iter()
            .map(|focus| Choice::new(focus.name(), focus_label(*focus), fields.get("focus")))
            .collect(),
        champions: users_to_choose(users, fields.get("champion_id")),
        tasks: tasks.into_iter().enumerate().map(|(i, task)| (i, task, problem(i))).collect(),
        fields,
    }
}

pub(crate) async fn keep(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let seen = fields.get("seen").parse().unwrap_or_default();
    let text = |name: &str| fields.filled(name).map(str::to_string);
    let input = Input {
        focus: Focus::from_name(fields.get("focus")).unwrap_or(Focus::Marketing),
        engagement: text("engagement"),
        objectives: text("objectives"),
        tools: text("tools"),
        resources: text("resources"),
        champion_id: text("champion_id"),
        tasks: tasks_of(&fields),
    };
    match app.store.write(current.by(), move |tx| strategy::keep(tx, seen, &input)).await {
        Ok(kept) => {
            let text = format!("Version {} kept; the departments are asked to sign it", kept.version_no);
            Ok(respond::redirect_with("/strategy", Toast::done(text)))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&draw(&app, &current, None, Some(fields), problems).await?)
        }
    }
}

pub(crate) async fn sign(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let department = fields.get("department").to_string();
    let department =
        Department::from_name(&department).ok_or_else(|| Error::missing("department", department))?;
    let answer = Answer::from_name(fields.get("answer"))
        .ok_or_else(|| Error::invalid("answer", "say whether the department signs"))?;
    let note = fields.filled("note").map(str::to_string);
    let signed =
        move |tx: &mut platform::Tx<'_>| strategy::sign(tx, &id, department, answer, note.as_deref());
    match app.store.write(current.by(), signed).await {
        Ok(()) => Ok(respond::redirect_with("/strategy", Toast::done("Noted"))),
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&draw(&app, &current, None, None, problems).await?)
        }
    }
}
