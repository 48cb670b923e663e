//! Departments by what they contributed, and winning customers against keeping them.

use axum::extract::State;
use cycle::calendar::Day;
use cycle::measure::economics::{self, Economics, Told};
use cycle::measure::scorecards::{self, Scorecard};
use cycle::plan::periods::{Cadence, Period};

use super::{Cell, Page, Section, heads, number, tabs, text};
use crate::current::Current;
use crate::error::Result;
use crate::layout::Place;
use crate::parts::Stat;
use crate::state::App;
use crate::wording::Words;
use crate::words;

pub(crate) async fn show(State(app): State<App>, current: Current) -> Result {
    let found = app.store.scan(|s| {
        let period = Period::ending(Day::of(s.now()), Cadence::Quarter);
        Ok((scorecards::list(s, None)?, economics::of(s, period)?, Words::read(s)?))
    });
    let (cards, economics, words) = found.await?;
    let now = app.store.now();
    super::answer(Page {
        page: current.layout(Place::Measure, "Departments"),
        title: "Departments and economics",
        about: "What each department’s measured actions brought, and what it costs to win a customer and to keep one."
            .to_string(),
        counted: economics.counted_at.map(|at| ("new customers", words::moment(at, now, current.zone()))),
        tabs: tabs("/measure/contributions"),
        stats: stats(&economics, &words),
        sections: vec![departments(cards.as_deref(), &words)],
        may_look: false,
    })
}

fn stats(e: &Economics, words: &Words) -> Vec<Stat> {
    let minor = |value: f64| words.money(value.round() as i64);
    let told = |label: &str, told: &Told, print: &dyn Fn(f64) -> String, definition: &str| match told {
        Told::Value(value) => Stat::new(label, print(*value), definition),
        Told::Needs(what) => Stat::cannot_tell(label, format!("needs {what}"), definition),
    };
    vec![
        Stat::new(
            "New customers",
            words::count(e.n_new_customers as i64),
            "People whose first order lies in the last three months.",
        )
        .rows("/dictionary/new_customers"),
        told(
            "Cost of winning one",
            &e.cac_minor,
            &minor,
            "Full cost of the actions that look for new customers, by new customers of the last three months.",
        ),
        told(
            "Worth in a year",
            &e.value_minor,
            &minor,
            "Expected orders of the coming year by customer who ever bought: the forecast of lifetime value.",
        )
        .rows("/rfm"),
        told(
            "Worth by cost",
            &e.value_to_cac,
            &|v| format!("{v:.1}"),
            "A year’s worth divided by the cost of winning.",
        ),
        told(
            "Paid back after",
            &e.payback_months,
            &|v| format!("{v:.1} months"),
            "Cost of winning divided by a month’s share of the year’s worth.",
        ),
        told(
            "Kept by acting",
            &e.saved_minor,
            &minor,
            "Revenue that measured actions for existing customers, launched in the last three months, were shown to bring.",
        ),
        told(
            "Kept for each spent",
            &e.saved_by_cost,
            &|v| format!("{v:.2}"),
            "That revenue divided by the full cost of these actions.",
        ),
    ]
}

fn departments(cards: Option<&[Scorecard]>, words: &Words) -> Section {
    let row = |card: &Scorecard| -> Vec<Cell> {
        vec![
            text(card.department.clone()),
            number(words::count(card.n_actions)),
            number(words::count(card.n_measured)),
            number(words.money(card.share.round() as i64)),
            number(words.money(card.cost_minor)),
        ]
    };
    Section {
        id: "departments",
        title: "Contribution of departments",
        intro: "Revenue that was proved, divided fairly (Shapley) among those who took part. Who took part is read from the team of \
                each cost; without one, from the kind of action. What nobody measured brings nothing here."
            .to_string(),
        heads: heads(&["Department", "Actions", "With a proved effect", "Its share", "Costs stated"], 1),
        rows: cards.unwrap_or_default().iter().map(row).collect(),
        empty: "No action was launched yet, or more than 16 departments took part.",
        pager: None,
    }
}
