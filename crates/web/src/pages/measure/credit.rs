//! Credit: what each action would claim by the usual rules, beside what holding out has shown.

use axum::extract::State;
use cycle::calendar::Day;
use cycle::measure::attribution::{self, Credit, DAYS, RULES, Shared};

use super::{Cell, Page, Section, heads, link, number, tabs};
use crate::current::Current;
use crate::error::Result;
use crate::layout::Place;
use crate::parts::Stat;
use crate::state::App;
use crate::wording::Words;
use crate::words;

pub(crate) async fn show(State(app): State<App>, current: Current) -> Result {
    let now = app.store.now();
    let first = Day::of(now).plus(1 - DAYS);
    let found = app.store.scan(move |s| Ok((attribution::share(s, first, now)?, Words::read(s)?)));
    let (shared, words) = found.await?;
    let cut = if shared.is_cut { " Only the newest touches could be read." } else { "" };
    super::answer(Page {
        page: current.layout(Place::Measure, "Credit"),
        title: "Credit",
        about: format!(
            "Orders of the last {DAYS} days that followed a mail, call, offer or click within {} days. The usual rules only divide; \
             what was proved comes from the people left alone, and nobody is given more than that.{cut}",
            attribution::LOOK_BACK_DAYS
        ),
        counted: shared
            .counted_at
            .map(|at| ("all orders but the newest", words::moment(at, now, current.zone()))),
        tabs: tabs("/measure/credit"),
        stats: stats(&shared, &words),
        sections: vec![section(&shared, &words)],
        may_look: false,
    })
}

fn stats(shared: &Shared, words: &Words) -> Vec<Stat> {
    let minor = |value: f64| words.money(value.round() as i64);
    vec![
        Stat::new(
            "All orders",
            words.money(shared.all_minor),
            "Orders for money in the period, returns not taken off.",
        )
        .rows("/orders"),
        Stat::new(
            "After a touch",
            minor(shared.touched),
            "Those of them whose customer was touched by an action in the days before.",
        ),
        Stat::new(
            "Proved and given",
            minor(shared.touched - shared.rest),
            "The linear claim of each action, cut at the revenue that holding out has shown it to bring.",
        ),
        Stat::new(
            "Nobody proved",
            minor(shared.rest),
            "Orders after a touch that would, for all anybody has shown, have come without it.",
        ),
    ]
}

fn section(shared: &Shared, words: &Words) -> Section {
    let mut labels = vec!["Action", "Touched"];
    labels.extend(RULES);
    labels.extend(["Proved", "Given"]);
    let minor = |value: f64| number(words.money(value.round() as i64));
    let row = |credit: &Credit| {
        let mut cells: Vec<Cell> = vec![
            link(credit.name.clone(), format!("/actions/{}", credit.action_id)),
            number(words::count(credit.n_touched)),
        ];
        cells.extend(credit.claimed.iter().map(|claimed| minor(*claimed)));
        cells.push(credit.proved_minor.map_or(number("not yet"), |proved| number(words.money(proved))));
        cells.push(minor(credit.given));
        cells
    };
    Section {
        id: "list",
        title: "Who would claim what",
        intro: "The same orders, divided by seven rules. Where the rules disagree, none of them knows."
            .to_string(),
        heads: heads(&labels, 1),
        rows: shared.credits.iter().map(row).collect(),
        empty: "No action has reached anybody in this time.",
        pager: None,
    }
}
