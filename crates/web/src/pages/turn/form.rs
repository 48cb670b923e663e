//! Planning a turn: name, cadence, dates, champion.

use askama::Template;
use axum::extract::{Path, State};
use cycle::calendar::Day;
use cycle::plan::history::day_at;
use cycle::plan::turns::{self, Cadence, Input, State as TurnState, Turn};
use cycle::turn::cadence::{self, Suggestion};
use platform::{Error, Snapshot, auth};

use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::parts::{Choice, Crumb, Toast};
use crate::query::Query;
use crate::respond;
use crate::state::App;

#[derive(Template)]
#[template(path = "turn/form.html")]
struct Form {
    page: Layout,
    crumbs: Vec<Crumb>,
    title: String,
    action: String,
    /// The version that is edited; 0 for a new one.
    version: i64,
    why: String,
    cadences: Vec<Choice>,
    champions: Vec<Choice>,
    may_delete: bool,
    fields: Fields,
    problems: Problems,
}

/// The people who may be named, and nobody.
pub(crate) fn users_to_choose(users: &[auth::User], chosen: &str) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", "Nobody yet", chosen)];
    choices.extend(users.iter().map(|user| Choice::new(&user.id, &user.name, chosen)));
    choices
}

/// When the next turn would begin: after the one that is there, or with the running period.
fn suggested(snapshot: &mut Snapshot<'_>, suggestion: &Suggestion) -> platform::Result<Input> {
    let today = Day::of(snapshot.now());
    let start = match turns::current(snapshot)? {
        Some(turn) => turn.ends_on.next(),
        None => {
            let months = suggestion.cadence.n_months();
            let first = today.month() - today.month().rem_euclid(months);
            Day::first_of_month(first)
        }
    };
    Ok(Input::from(start, suggestion.cadence))
}

pub(crate) async fn new(State(app): State<App>, Writer(current): Writer, query: Query) -> Result {
    let found = app.store.scan(|s| {
        let suggestion = cadence::of_data(s)?;
        Ok((suggested(s, &suggestion)?, suggestion))
    });
    let (input, suggestion) = found.await?;
    let input = match Cadence::parse(query.get("cadence")) {
        Some(wanted) => Input::from(input.starts_on, wanted),
        None => input,
    };
    let champion = current.user().id.clone();
    let fields = typed(&Input { champion_id: Some(champion), ..input });
    respond::page(&draw(&app, &current, None, fields, Problems::default(), suggestion.why).await?)
}

pub(super) fn typed(input: &Input) -> Fields {
    let mut pairs = vec![
        ("name", input.name.clone()),
        ("cadence", input.cadence.name().to_string()),
        ("starts_on", input.starts_on.to_string()),
        ("ends_on", input.ends_on.to_string()),
        ("champion_id", input.champion_id.clone().unwrap_or_default()),
    ];
    pairs.extend(begun_with(input));
    Fields::from_pairs(pairs.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
}

pub(crate) async fn edit(State(app): State<App>, Writer(current): Writer, Path(id): Path<String>) -> Result {
    let turn = app.store.read(move |s| turns::get(s, &id)).await?;
    let input = Input {
        name: turn.name.clone(),
        cadence: turn.cadence,
        starts_on: turn.starts_on,
        ends_on: turn.ends_on,
        champion_id: turn.champion_id.clone(),
    };
    let fields = typed(&input);
    respond::page(&draw(&app, &current, Some(turn), fields, Problems::default(), String::new()).await?)
}

async fn draw(
    app: &App,
    current: &Current,
    turn: Option<Turn>,
    fields: Fields,
    problems: Problems,
    why: String,
) -> Result<Form> {
    let users = app.store.read(auth::list).await?;
    let title = turn.as_ref().map_or("Plan a turn".to_string(), |turn| format!("Edit {}", turn.name));
    let mut crumbs = vec![Crumb { label: "Turn".to_string(), href: "/turn".to_string() }];
    if let Some(turn) = &turn {
        crumbs.push(Crumb { label: turn.name.clone(), href: format!("/turns/{}", turn.id) });
    }
    Ok(Form {
        page: current.layout(Place::Turn, &title),
        crumbs,
        title,
        action: turn.as_ref().map_or("/turns".to_string(), |turn| format!("/turns/{}", turn.id)),
        version: turn.as_ref().map_or(0, |turn| turn.version),
        may_delete: turn.is_some_and(|turn| turn.state == TurnState::Planned),
        why,
        cadences: vec![
            Choice::new("month", "A month", fields.get("cadence")),
            Choice::new("quarter", "A quarter", fields.get("cadence")),
        ],
        champions: users_to_choose(&users, fields.get("champion_id")),
        fields,
        problems,
    })
}

/// Reads what was typed.
///
/// **Errors** at each field that cannot be read.
fn read(fields: &Fields) -> platform::Result<Input> {
    let mut problems = Vec::new();
    let mut day = |field: &str| match day_at(field, fields.get(field)) {
        Ok(day) => day,
        Err(Error::Invalid(more)) => {
            problems.extend(more);
            Day(0)
        }
        Err(_) => Day(0),
    };
    let (starts_on, ends_on) = (day("starts_on"), day("ends_on"));
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let input = Input {
        name: fields.get("name").to_string(),
        cadence: Cadence::parse(fields.get("cadence")).unwrap_or(Cadence::Quarter),
        starts_on,
        ends_on,
        champion_id: fields.filled("champion_id").map(str::to_string),
    };
    Ok(followed(fields, input))
}

/// What the form begins with, beside its fields: so that last day and name can follow another length.
pub(super) fn begun_with(input: &Input) -> [(&'static str, String); 3] {
    let own = turns::name_between(input.starts_on, input.ends_on, input.cadence);
    // A name that somebody gave stays.
    let name = if own == input.name { own } else { String::new() };
    [
        ("begun_name", name),
        ("begun_cadence", input.cadence.name().to_string()),
        ("begun_ends_on", input.ends_on.to_string()),
    ]
}

/// The input with the last day that follows from another length, and the name that follows from the days, where the form
/// still has those it began with. In a browser with script the last day has moved already.
pub(super) fn followed(fields: &Fields, mut input: Input) -> Input {
    let is_as_begun = |field: &str, value: &str| fields.filled(field).is_some_and(|begun| begun == value);
    if !is_as_begun("begun_cadence", input.cadence.name())
        && is_as_begun("begun_ends_on", &input.ends_on.to_string())
    {
        input.ends_on = turns::last_day(input.starts_on, input.cadence);
    }
    if is_as_begun("begun_name", input.name.trim()) {
        input.name = turns::name_between(input.starts_on, input.ends_on, input.cadence);
    }
    input
}

pub(crate) async fn create(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let kept = match read(&fields) {
        Ok(input) => app.store.write(current.by(), move |tx| turns::create(tx, &input)).await,
        Err(error) => Err(error),
    };
    match kept {
        Ok(turn) => {
            let done = Toast::done(format!("{} planned", turn.name));
            Ok(respond::redirect_with(&format!("/turns/{}", turn.id), done))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&draw(&app, &current, None, fields, problems, String::new()).await?)
        }
    }
}

pub(crate) async fn update(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let version = fields.get("version").parse().unwrap_or_default();
    let wanted = id.clone();
    let kept = match read(&fields) {
        Ok(input) => {
            app.store.write(current.by(), move |tx| turns::update(tx, &wanted, version, &input)).await
        }
        Err(error) => Err(error),
    };
    match kept {
        Ok(turn) => {
            Ok(respond::redirect_with(&format!("/turns/{id}"), Toast::done(format!("{} saved", turn.name))))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            let turn = app.store.read(move |s| turns::get(s, &id)).await?;
            respond::invalid(&draw(&app, &current, Some(turn), fields, problems, String::new()).await?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    /// What is kept of a form that began with a month and was changed in these fields.
    fn kept(changes: &[(&str, &str)]) -> (String, String) {
        let mut pairs: Vec<(String, String)> = typed(&Input::from(day("2026-12-06"), Cadence::Month))
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        for (name, value) in changes {
            pairs.retain(|(known, _)| known != name);
            pairs.push((name.to_string(), value.to_string()));
        }
        let input = read(&Fields::from_pairs(pairs)).unwrap();
        (input.name, input.ends_on.to_string())
    }

    #[test]
    fn last_day_and_name_of_a_turn_follow_its_length_unless_somebody_stated_them() {
        let is = |name: &str, ends_on: &str| (name.to_string(), ends_on.to_string());
        assert_eq!(kept(&[]), is("6 Dec 2026 to 5 Jan 2027", "2027-01-05"));
        assert_eq!(kept(&[("cadence", "quarter")]), is("6 Dec 2026 to 5 Mar 2027", "2027-03-05"));
        assert_eq!(kept(&[("name", "Winter"), ("cadence", "quarter")]), is("Winter", "2027-03-05"));
        let stated = [("cadence", "quarter"), ("ends_on", "2027-02-28")];
        assert_eq!(kept(&stated), is("6 Dec 2026 to 28 Feb 2027", "2027-02-28"));
    }
}
