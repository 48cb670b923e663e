//! All turns: what each was about and what came of it.

use askama::Template;
use axum::extract::State;
use cycle::plan::{budget, turns};
use cycle::turn::chain;

use super::{currency_of, day_in_words, state_badge, tabs};
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::parts::Tab;
use crate::state::App;
use crate::{respond, words};

/// Turns on the page.
const SHOWN: usize = 60;

#[derive(Template)]
#[template(path = "turn/list.html")]
struct List {
    page: Layout,
    tabs: Vec<Tab>,
    may_write: bool,
    turns: Vec<Row>,
}

struct Row {
    href: String,
    name: String,
    dates: String,
    state: &'static str,
    tone: &'static str,
    goals: String,
    actions: String,
    cost: String,
    report_href: Option<String>,
}

pub(crate) async fn index(State(app): State<App>, current: Current) -> Result {
    let found = app.store.scan(|s| {
        let mut rows = Vec::new();
        for turn in turns::list(s, SHOWN)? {
            let (chain, cost) = (chain::of_turn(s, &turn.id)?, budget::of_turn(s, &turn.id)?);
            rows.push((turn, chain, cost));
        }
        Ok(rows)
    });
    let row = |(turn, chain, cost): (turns::Turn, chain::Chain, budget::Totals)| {
        let (state, tone) = state_badge(turn.state);
        let count = |wanted: &str| chain.goals.iter().filter(|goal| goal.state == wanted).count();
        let (met, missed, unclear) = (count("met"), count("missed"), count("cannot_tell"));
        let n_goals = chain.goals.iter().filter(|goal| !goal.is_dropped()).count();
        let n_begun = chain.actions.iter().filter(|action| action.was_launched()).count();
        Row {
            dates: format!("{} to {}", day_in_words(turn.starts_on), day_in_words(turn.ends_on)),
            state,
            tone: tone.class(),
            goals: match met + missed + unclear {
                0 => words::counted(n_goals as i64, "goal", "goals"),
                _ => format!("{met} met, {missed} missed, {unclear} can’t tell, of {n_goals}"),
            },
            actions: format!("{} of {}", n_begun, chain.actions.len()),
            cost: words::money_whole(cost.actual_minor, currency_of(&current)),
            report_href: (turn.state != turns::State::Planned).then(|| format!("/turns/{}/report", turn.id)),
            href: format!("/turns/{}", turn.id),
            name: turn.name,
        }
    };
    respond::page(&List {
        page: current.layout(Place::Turn, "All turns"),
        tabs: tabs("/turns"),
        may_write: current.may_write(),
        turns: found.await?.into_iter().map(row).collect(),
    })
}
