//! The list of what to stop: what costs, and was shown to do nothing, to harm, or was never measured.

use axum::extract::State;
use cycle::measure::returns::{self, Reason, Stop};

use super::{Cell, Page, Section, heads, link, money, number, tabs, text};
use crate::current::Current;
use crate::error::Result;
use crate::layout::Place;
use crate::state::App;
use crate::wording::Words;

pub(crate) async fn show(State(app): State<App>, current: Current) -> Result {
    let (stops, words) = app.store.read(|s| Ok((returns::to_stop(s)?, Words::read(s)?))).await?;
    super::answer(Page {
        page: current.layout(Place::Measure, "Stop doing"),
        title: "Stop doing",
        about: "Nobody finds it easy to stop. These cost something, and there is a reason to doubt each."
            .to_string(),
        counted: None,
        tabs: tabs("/measure/stop"),
        stats: Vec::new(),
        sections: vec![section(&stops, &words)],
        may_look: false,
    })
}

fn reason(reason: Reason) -> (&'static str, &'static str, &'static str) {
    match reason {
        Reason::Harms => ("Harms", "bad", "Those who were left alone did better."),
        Reason::NoEffect => {
            ("No effect shown", "neutral", "Its window is over, and nothing set it apart from chance.")
        }
        Reason::CostsMoreThanItBrings => (
            "Costs more than it brings",
            "warning",
            "Even at the upper end of the interval it brings less than it costs.",
        ),
        Reason::NotMeasured => (
            "Never measured",
            "warning",
            "Nobody was held out, so nobody will ever know. Hold some out next time, or stop.",
        ),
    }
}

fn section(stops: &[Stop], words: &Words) -> Section {
    let row = |stop: &Stop| -> Vec<Cell> {
        let (label, tone, why) = reason(stop.reason);
        vec![
            link(stop.name.clone(), format!("/actions/{}", stop.action_id)),
            Cell { badge: Some((label, tone)), ..Cell::default() },
            text(why),
            number(words.money(stop.cost_minor)),
            money(stop.money, words),
        ]
    };
    Section {
        id: "list",
        title: "What to stop",
        intro: "The dearest first.".to_string(),
        heads: heads(&["Action", "Why", "That means", "Full cost", "Revenue brought"], 3),
        rows: stops.iter().map(row).collect(),
        empty: "Nothing: no action has cost something without showing an effect.",
        pager: None,
    }
}
