//! The overview: what was spent and proved, which experiments run and when they can be read, the newest results.

use axum::extract::State;
use cycle::act::experiments::{self, Experiment, State as Stage};
use cycle::measure::effects::{self, About, Effect, List};
use cycle::measure::returns::{self, Return, Totals};
use cycle::plan::metrics::Metric;
use platform::Snapshot;

use super::{Cell, Page, Section, conclusion_badge, heads, link, looks_of, number, results, tabs, text};
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::layout::Place;
use crate::parts::Stat;
use crate::respond;
use crate::state::App;
use crate::wording::{Words, percent};
use crate::words;

/// Rows of each table.
const ROWS: i64 = 20;

struct Found {
    totals: Totals,
    running: Vec<(Experiment, Vec<Effect>)>,
    results: Vec<(Return, Metric)>,
    /// Against the global control group of each turn.
    everything: Vec<(Return, Metric)>,
    n_to_stop: usize,
}

pub(crate) async fn show(State(app): State<App>, current: Current) -> Result {
    let (found, words) = app.store.read(|s| Ok((read(s)?, Words::read(s)?))).await?;
    super::answer(Page {
        page: current.layout(Place::Measure, "Measure"),
        title: "Measure",
        about: "What the actions changed. Some customers are left alone on purpose; the difference to them is what an action \
                brought, and no more."
            .to_string(),
        counted: None,
        tabs: tabs("/measure"),
        stats: stats(&found, &words),
        sections: vec![running(&found, &words), finished(&found, &words), everything(&found, &words)],
        may_look: current.may_write() && !found.running.is_empty(),
    })
}

/// Asks for a look at every experiment that runs.
pub(crate) async fn look_at_all(State(app): State<App>, Writer(current): Writer) -> Result {
    app.store.write(current.by(), effects::enqueue).await?;
    Ok(respond::redirect("/measure"))
}

fn read(snapshot: &mut Snapshot<'_>) -> platform::Result<Found> {
    let wanted = experiments::List { state: Some(Stage::Running), before: None, limit: ROWS };
    let mut running = Vec::new();
    for experiment in experiments::list(snapshot, &wanted)? {
        let latest = effects::latest(snapshot, &experiment.id)?;
        running.push((experiment, latest));
    }
    let about = |about| List { is_final: true, about: Some(about), limit: ROWS, ..List::default() };
    Ok(Found {
        totals: returns::totals(snapshot, None)?,
        running,
        results: results::read(snapshot, &about(About::Action))?,
        everything: results::read(snapshot, &about(About::Everything))?,
        n_to_stop: returns::to_stop(snapshot)?.len(),
    })
}

fn stats(found: &Found, words: &Words) -> Vec<Stat> {
    let totals = &found.totals;
    let of = |n: i64| format!("{} of {}", words::count(n), words::count(totals.n_final));
    vec![
        Stat::new(
            "Shown to work",
            of(totals.n_works),
            "Actions whose window is over and whose interval holds nothing but good, of all whose window is over.",
        )
        .rows("/measure/results?conclusion=works"),
        Stat::new(
            "No effect shown",
            of(totals.n_no_effect),
            "Actions whose window is over and that did not differ from leaving people alone by more than chance does.",
        )
        .rows("/measure/results?conclusion=no_effect_shown"),
        Stat::new(
            "Revenue proved",
            words.money(totals.proved_minor),
            "Revenue that treated customers brought more than they would have, summed over actions that were shown to work \
             or to harm; before the cost of goods.",
        )
        .rows("/measure/results"),
        Stat::new(
            "Full cost",
            words.money(totals.cost_minor),
            "Sending, discounts given and people’s time of all actions whose window is over.",
        )
        .rows("/budget"),
        Stat::new(
            "To stop",
            words::count(i64::try_from(found.n_to_stop).unwrap_or(i64::MAX)),
            "Actions that cost something and were shown to do nothing or harm, or that nobody can ever judge.",
        )
        .rows("/measure/stop"),
    ]
}

fn running(found: &Found, words: &Words) -> Section {
    let row = |(experiment, latest): &(Experiment, Vec<Effect>)| {
        let newest = latest.first();
        let badge = newest.map_or(("No look yet", "neutral"), |e| conclusion_badge(e.conclusion, e.is_final));
        vec![
            link(experiment.name.clone(), looks_of(&experiment.id)),
            Cell { badge: Some(badge), ..Cell::default() },
            text(experiment.ends_at.map_or("–".to_string(), |at| words.day(at))),
            number(newest.map_or("–".to_string(), |effect| percent(effect.time_share))),
            number(words::count(experiment.n_people)),
        ]
    };
    Section {
        id: "running",
        title: "Experiments that run",
        intro: "Looked at once a day. A conclusion may come before the end; “can’t tell yet” is an answer until then."
            .to_string(),
        heads: heads(&["Experiment", "So far", "Readable at the latest on", "Of the window is over", "People"], 3),
        rows: found.running.iter().map(row).collect(),
        empty: "None runs now. Launch an action from an insight, and some customers are held out by themselves.",
        pager: None,
    }
}

fn finished(found: &Found, words: &Words) -> Section {
    Section {
        id: "finished",
        title: "Finished, with their returns",
        intro: "Return: revenue brought less full cost, with the interval that may be believed on any day."
            .to_string(),
        heads: results::head(),
        rows: found.results.iter().map(|(one, metric)| results::row(one, metric, words)).collect(),
        empty: "No window is over yet.",
        pager: None,
    }
}

fn everything(found: &Found, words: &Words) -> Section {
    Section {
        id: "everything",
        title: "All of a turn together",
        intro: "Everybody who may be contacted, against the global control group, whom nothing reaches in that turn."
            .to_string(),
        heads: results::head(),
        rows: found.everything.iter().map(|(one, metric)| results::row(one, metric, words)).collect(),
        empty: "No turn with a control group is over yet.",
        pager: None,
    }
}
