//! Goals: the list, the form with its gate, the page of one, what is decided about it.

mod decide;
mod form;
mod show;

pub(crate) use decide::{drop_goal, open};
pub(crate) use form::{check, create, edit, new, update};
pub(crate) use show::show;

use askama::Template;
use axum::extract::{Path, State};
use cycle::act::goal_proposals;
use cycle::plan::goals::{self, Goal, List, Standing};
use cycle::plan::metrics::{self, Metric};
use platform::{Snapshot, auth};
use records::orders::workspace_currency;
use records::values::currency::Currency;

use super::metric_words;
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::parts::Tone;
use crate::respond;
use crate::state::App;

#[derive(Template)]
#[template(path = "goals/list.html")]
struct Index {
    page: Layout,
    may_write: bool,
    rows: Vec<Row>,
    proposal: Option<Proposed>,
}

struct Row {
    href: String,
    name: String,
    metric: String,
    from: String,
    to: String,
    due: String,
    owner: String,
    state: &'static str,
    tone: &'static str,
    is_open: bool,
}

/// A goal that the data suggest.
struct Proposed {
    name: String,
    why: String,
    href: String,
}

pub(crate) async fn index(State(app): State<App>, current: Current) -> Result {
    let read = |s: &mut Snapshot<'_>| {
        let goals = goals::list(s, List::Standing)?;
        let proposal = if goals.is_empty() { goal_proposals::first(s, None)? } else { None };
        let mut rows = Vec::with_capacity(goals.len());
        let (users, currency) = (auth::list(s)?, workspace_currency(s)?);
        for goal in &goals {
            let metric = goal.metric.as_ref().map(|wanted| metrics::get(s, wanted)).transpose()?;
            rows.push(row(goal, metric.as_ref(), &users, currency));
        }
        Ok((rows, proposal))
    };
    let (rows, proposal) = app.store.scan(read).await?;
    respond::page(&Index {
        page: current.layout(Place::Goals, "Goals"),
        may_write: current.may_write(),
        rows,
        proposal: proposal.map(|proposal| Proposed {
            href: format!("/goals/new?insight={}", proposal.input.insight_id.unwrap_or_default()),
            name: proposal.input.name,
            why: proposal.why,
        }),
    })
}

fn row(goal: &Goal, metric: Option<&Metric>, users: &[auth::User], currency: Currency) -> Row {
    let told =
        |value: Option<f64>| metric.map_or("–".to_string(), |m| metric_words::value(value, m, currency));
    Row {
        href: format!("/goals/{}", goal.id),
        name: goal.name.clone(),
        metric: metric.map_or("–".to_string(), |metric| metric.name.clone()),
        from: told(goal.baseline.as_ref().map(|baseline| baseline.value)),
        to: told(goal.target),
        due: goal.due_on.map_or("–".to_string(), |day| day.to_string()),
        owner: owner(goal, users),
        state: goal.state.in_words(),
        tone: tone(goal).class(),
        is_open: goal.state == goals::State::Open,
    }
}

fn owner(goal: &Goal, users: &[auth::User]) -> String {
    let user = users.iter().find(|user| Some(&user.id) == goal.owner_id.as_ref());
    user.map_or_else(|| "nobody".to_string(), |user| user.name.clone())
}

fn tone(goal: &Goal) -> Tone {
    match goal.state {
        goals::State::Draft | goals::State::Dropped => Tone::Neutral,
        goals::State::Open => Tone::Accent,
        goals::State::Met => Tone::Good,
        goals::State::Missed => Tone::Bad,
        goals::State::CannotTell => Tone::Warning,
    }
}

#[derive(Template)]
#[template(path = "goals/now.html")]
struct Now {
    value: String,
    range: String,
    words: &'static str,
    tone: &'static str,
}

/// How one goal stands now, for its row of the list.
pub(crate) async fn now(State(app): State<App>, _: Current, Path(id): Path<String>) -> Result {
    let read = move |s: &mut Snapshot<'_>| {
        let goal = goals::get(s, &id)?;
        Ok((goals::progress(s, &goal)?, workspace_currency(s)?))
    };
    let (progress, currency) = app.store.scan(read).await?;
    let standing = progress.as_ref().map_or(Standing::Unknown, |progress| progress.standing);
    let (words, tone) = standing_words(standing);
    respond::fragment(&Now {
        value: progress
            .as_ref()
            .map_or("–".to_string(), |p| metric_words::value(p.now.value, &p.metric, currency)),
        range: progress
            .as_ref()
            .map_or(String::new(), |p| metric_words::range(p.low.zip(p.high), &p.metric, currency)),
        words,
        tone: tone.class(),
    })
}

fn standing_words(standing: Standing) -> (&'static str, Tone) {
    match standing {
        Standing::Reached => ("At the target", Tone::Good),
        Standing::NotYet => ("Not there yet", Tone::Accent),
        Standing::CannotTellYet => ("Too close to tell", Tone::Warning),
        Standing::Unknown => ("Can’t tell", Tone::Neutral),
    }
}
