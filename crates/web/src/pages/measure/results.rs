//! The registry: every result there ever was, with what it cost and brought.

use axum::extract::{Query, State};
use cycle::measure::effects::{Conclusion, List};
use cycle::measure::returns::{self, Return};
use cycle::plan::metrics::Metric;
use platform::Snapshot;
use serde::Deserialize;

use super::{Cell, Page, Section, always, conclusion_badge, heads, link, looks_of, metric_of, money, number};
use super::{of_one, tabs, text};
use crate::current::Current;
use crate::error::Result;
use crate::layout::Place;
use crate::parts::{Pager, Tab};
use crate::state::App;
use crate::wording::Words;

const ROWS: i64 = 50;

#[derive(Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    conclusion: String,
    #[serde(default)]
    before: String,
}

pub(crate) async fn index(State(app): State<App>, current: Current, Query(wanted): Query<Wanted>) -> Result {
    let conclusion = Conclusion::from_name(&wanted.conclusion);
    let list = List {
        conclusion,
        before: (!wanted.before.is_empty()).then(|| wanted.before.clone()),
        limit: ROWS + 1,
        ..List::default()
    };
    let (rows, words) = app.store.read(move |s| Ok((read(s, &list)?, Words::read(s)?))).await?;
    let mut filters = vec![Tab {
        label: "All".into(),
        href: "/measure/results".into(),
        current: conclusion.is_none(),
        count: None,
    }];
    filters.extend(Conclusion::ALL.map(|one| Tab {
        label: conclusion_badge(one, false).0.into(),
        href: format!("/measure/results?conclusion={}", one.name()),
        current: conclusion == Some(one),
        count: None,
    }));
    let mut all_tabs = tabs("/measure/results");
    all_tabs.extend(filters.into_iter().skip(1).filter(|tab| tab.current));
    super::answer(Page {
        page: current.layout(Place::Measure, "All results"),
        title: "All results",
        about: "Everything that was ever compared with people who were left alone, the newest first. Look here before trying \
                something again."
            .to_string(),
        counted: None,
        tabs: all_tabs,
        stats: Vec::new(),
        sections: vec![section(&rows, &wanted, &words)],
        may_look: false,
    })
}

pub(super) fn read(snapshot: &mut Snapshot<'_>, wanted: &List) -> platform::Result<Vec<(Return, Metric)>> {
    let found = returns::list(snapshot, wanted)?;
    found.into_iter().map(|one| metric_of(snapshot, &one.effect).map(|metric| (one, metric))).collect()
}

fn section(rows: &[(Return, Metric)], wanted: &Wanted, words: &Words) -> Section {
    let has_more = rows.len() as i64 > ROWS;
    let shown = &rows[..rows.len().min(ROWS as usize)];
    let next = shown.last().filter(|_| has_more).map(|(last, _)| {
        format!("/measure/results?conclusion={}&before={}", wanted.conclusion, last.effect.id)
    });
    Section {
        id: "list",
        title: "Results",
        intro: "Newest look of each. Difference: what one treated customer did more than one who was left alone; its interval \
                may be believed on any day."
            .to_string(),
        heads: head(),
        rows: shown.iter().map(|(one, metric)| row(one, metric, words)).collect(),
        empty: "Nothing was measured yet. Every action holds some customers out; what comes of it stands here.",
        pager: Some(Pager { shown: format!("{} results", shown.len()), estimated: false, previous: None, next }),
    }
}

pub(super) fn head() -> Vec<super::Head> {
    heads(
        &[
            "Action",
            "Came out",
            "Judged by",
            "Difference for one",
            "Interval",
            "Treated",
            "Left alone",
            "Revenue brought",
            "Full cost",
            "Return",
        ],
        3,
    )
}

pub(super) fn row(one: &Return, metric: &Metric, words: &Words) -> Vec<Cell> {
    let effect = &one.effect;
    let name = match effect.arm.as_str() {
        "treated" => one.name.clone(),
        arm => format!("{}: {arm}", one.name),
    };
    vec![
        link(name, looks_of(&effect.experiment_id)),
        Cell {
            badge: Some(conclusion_badge(effect.conclusion, effect.is_final)),
            note: if effect.is_final { String::new() } else { format!("known until {}", effect.as_of) },
            ..Cell::default()
        },
        text(metric.name.clone()),
        number(effect.found.map_or("–".to_string(), |found| of_one(metric, found.estimate, words))),
        number(always(metric, effect.found, words)),
        number(crate::words::count(effect.n_treated)),
        number(crate::words::count(effect.n_holdout)),
        money(effect.money, words),
        number(effect.cost_minor.map_or("not stated".to_string(), |cost| words.money(cost))),
        money(one.net, words),
    ]
}
