//! The calibration ledger: who foretold what, and what came.

use axum::extract::{Query, State};
use cycle::measure::calibration::{self, Forecast, Kind, Record, Verdict};
use platform::Micros;
use serde::Deserialize;

use super::{Cell, Page, Section, heads, link, number, tabs, text};
use crate::current::Current;
use crate::error::Result;
use crate::layout::Place;
use crate::parts::Pager;
use crate::state::App;
use crate::wording::{Words, percent};

const ROWS: i64 = 50;

#[derive(Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    by: String,
    #[serde(default)]
    before: String,
}

pub(crate) async fn show(State(app): State<App>, current: Current, Query(wanted): Query<Wanted>) -> Result {
    let asked = (wanted.by.clone(), wanted.before.clone());
    let found = app.store.read(move |s| {
        let filled = |text: &String| (!text.is_empty()).then(|| text.clone());
        let (by, before) = (filled(&asked.0), filled(&asked.1));
        let lines = calibration::list(s, by.as_deref(), before.as_deref(), ROWS + 1)?;
        Ok((calibration::records(s)?, lines, Words::read(s)?))
    });
    let (records, lines, words) = found.await?;
    super::answer(Page {
        page: current.layout(Place::Measure, "Calibration"),
        title: "Calibration",
        about: "Everything that was foretold, beside what came. Who foretold fewer than five things that have come is not judged."
            .to_string(),
        tabs: tabs("/measure/calibration"),
        stats: Vec::new(),
        sections: vec![makers(&records), ledger(&lines, &wanted, &words)],
        may_look: false,
    })
}

fn maker(name: &str) -> String {
    match name.split_once(':') {
        Some(("model", "lifetime_value")) => "Model of lifetime value".to_string(),
        Some(("model", "trend")) => "Trend of a goal’s metric".to_string(),
        Some(("playbook", kind)) => format!("Playbook “{}”", kind.replace('_', " ")),
        Some(("user", id)) => format!("Person {id}"),
        _ => name.to_string(),
    }
}

fn makers(records: &[Record]) -> Section {
    let row = |record: &Record| -> Vec<Cell> {
        let badge = match record.verdict {
            Verdict::TooFew => ("Too few to judge", "neutral"),
            Verdict::Holds => ("Holds", "good"),
            Verdict::Drifted => ("Has drifted", "bad"),
        };
        let held = match record.held {
            (_, 0) => "–".to_string(),
            (hits, cases) => format!("{hits} of {cases}"),
        };
        vec![
            link(maker(&record.made_by), format!("/measure/calibration?by={}", record.made_by)),
            Cell { badge: Some(badge), ..Cell::default() },
            number(record.n_made.to_string()),
            number(record.n_settled.to_string()),
            number(held),
            number(record.bias.map_or("–".to_string(), |bias| percent(bias).replacen('-', "−", 1))),
            number(format!("{:.2}", record.track)),
        ]
    };
    Section {
        id: "makers",
        title: "Who foretells well",
        intro: "Off by: mean of what came less what was foretold, by what was foretold. Track record: what came by what was \
                foretold, drawn towards the average of its sort the less is known; 1 is as said."
            .to_string(),
        heads: heads(
            &["By", "Verdict", "Foretold", "Came", "Interval held", "Off by", "Track record"],
            2,
        ),
        rows: records.iter().map(row).collect(),
        empty: "Nothing was foretold yet: the expected effect of each action is noted at its launch.",
        pager: None,
    }
}

fn ledger(lines: &[Forecast], wanted: &Wanted, words: &Words) -> Section {
    let has_more = lines.len() as i64 > ROWS;
    let shown = &lines[..lines.len().min(ROWS as usize)];
    let next = shown
        .last()
        .filter(|_| has_more)
        .map(|last| format!("/measure/calibration?by={}&before={}", wanted.by, last.id));
    let day = |at: Micros| words.day(at);
    let row = |line: &Forecast| -> Vec<Cell> {
        let (what, href) = match line.kind {
            Kind::Effect => ("Effect of an action", Some(format!("/actions/{}", line.subject))),
            Kind::Goal => ("Target of a goal", Some(format!("/goals/{}", line.subject))),
            Kind::GoalTrend => ("Trend of a goal", Some(format!("/goals/{}", line.subject))),
            Kind::Orders => ("Orders of all customers", Some("/rfm".to_string())),
        };
        let value = |value: f64| match line.unit.as_str() {
            "revenue" | "average_order_value" => words.money(value.round() as i64),
            _ => format!("{value:.3}").replacen('-', "−", 1),
        };
        let badge = match (line.held(), line.outcome) {
            (Some(true), _) => Some(("Held", "good")),
            (Some(false), _) => Some(("Did not hold", "warning")),
            (None, Some(_)) => Some(("Came", "neutral")),
            (None, None) => Some(("Not due", "neutral")),
        };
        let interval = line.low.zip(line.high);
        vec![
            Cell { href, ..text(what) },
            text(maker(&line.made_by)),
            Cell { badge, ..Cell::default() },
            text(day(line.made_at)),
            text(day(line.due_at)),
            Cell {
                note: interval
                    .map_or(String::new(), |(low, high)| format!("{} to {}", value(low), value(high))),
                ..number(value(line.expected))
            },
            number(line.outcome.map_or("–".to_string(), value)),
        ]
    };
    Section {
        id: "list",
        title: "Ledger",
        intro: "The newest first. Nothing here is changed after it was said.".to_string(),
        heads: heads(&["What", "By", "", "Said on", "Due on", "Foretold", "Came"], 5),
        rows: shown.iter().map(row).collect(),
        empty: "Nothing was foretold yet.",
        pager: Some(Pager {
            shown: format!("{} forecasts", shown.len()),
            estimated: false,
            previous: None,
            next,
        }),
    }
}
