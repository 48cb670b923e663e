//! The calibration ledger: who foretold what, and what came.

use axum::extract::{Query, State};
use cycle::act::actions;
use cycle::measure::calibration::{self, Forecast, Kind, Record, Verdict};
use cycle::plan::goals;
use platform::{Error, Micros, Snapshot, auth};
use serde::Deserialize;
use std::collections::HashMap;

use super::{Cell, Page, Section, heads, link, number, tabs, text};
use crate::current::Current;
use crate::error::Result;
use crate::layout::Place;
use crate::pages::scores;
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
        let names = Names::read(s, &lines)?;
        Ok((calibration::records(s)?, lines, names, Words::read(s)?))
    });
    let (records, lines, names, words) = found.await?;
    super::answer(Page {
        page: current.layout(Place::Measure, "Calibration"),
        title: "Calibration",
        about: "Everything that was foretold, beside what came. Who foretold fewer than five things that have come is not judged."
            .to_string(),
        counted: None,
        tabs: tabs("/measure/calibration"),
        stats: Vec::new(),
        sections: vec![makers(&records, &names), ledger(&lines, &wanted, &names, &words)],
        may_look: false,
    })
}

/// Who foretold, and what about, by their ids.
struct Names {
    users: HashMap<String, String>,
    subjects: HashMap<String, String>,
}

impl Names {
    fn read(snapshot: &mut Snapshot<'_>, lines: &[Forecast]) -> platform::Result<Self> {
        let users = auth::list(snapshot)?.into_iter().map(|user| (user.id, user.name)).collect();
        let mut subjects = HashMap::new();
        for line in lines {
            if subjects.contains_key(&line.subject) {
                continue;
            }
            let name = match line.kind {
                Kind::Effect => actions::find(snapshot, &line.subject)?.map(|action| action.name),
                Kind::Goal | Kind::GoalTrend => match goals::get(snapshot, &line.subject) {
                    Ok(goal) => Some(goal.name),
                    Err(Error::Missing { .. }) => None,
                    Err(error) => return Err(error),
                },
                Kind::Orders | Kind::Score | Kind::Metric => None,
            };
            subjects.extend(name.map(|name| (line.subject.clone(), name)));
        }
        Ok(Self { users, subjects })
    }

    /// "Target of “More orders”".
    fn subject(&self, what: &str, any: &str, id: &str) -> String {
        self.subjects.get(id).map_or_else(|| format!("{what} of {any}"), |name| format!("{what} of “{name}”"))
    }
}

/// Who foretold something, by the names of the users.
pub(crate) fn maker(made_by: &str, users: &HashMap<String, String>) -> String {
    match made_by.split_once(':') {
        Some(("model", "lifetime_value")) => "Model of lifetime value".to_string(),
        Some(("model", "churn")) => "Model of churn".to_string(),
        Some(("model", "contract_churn")) => "Model of contracts".to_string(),
        Some(("model", "lead")) => "Model of first orders".to_string(),
        Some(("model", name)) if name.starts_with("forecast_") => {
            format!("Forecast of {}", name["forecast_".len()..].replace('_', " "))
        }
        Some(("model", "trend")) => "Trend of a goal’s metric".to_string(),
        Some(("playbook", kind)) => format!("Playbook “{}”", kind.replace('_', " ")),
        Some(("user", "console")) => "The command line".to_string(),
        Some(("user", id)) => users.get(id).cloned().unwrap_or_else(|| "Somebody who left".to_string()),
        _ => made_by.to_string(),
    }
}

fn makers(records: &[Record], names: &Names) -> Section {
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
            link(maker(&record.made_by, &names.users), format!("/measure/calibration?by={}", record.made_by)),
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

/// "revenue, month 2026-10-01" with its page, from the subject "revenue@1 month 2026-10-01".
fn of_metric(subject: &str, key: &str) -> (String, Option<String>) {
    let period = subject.split_once(' ').map_or("", |(_, period)| period);
    (format!("{}, {period}", key.replace('_', " ")), Some(format!("/dictionary/{key}")))
}

fn ledger(lines: &[Forecast], wanted: &Wanted, names: &Names, words: &Words) -> Section {
    let has_more = lines.len() as i64 > ROWS;
    let shown = &lines[..lines.len().min(ROWS as usize)];
    let next = shown
        .last()
        .filter(|_| has_more)
        .map(|last| format!("/measure/calibration?by={}&before={}", wanted.by, last.id));
    let day = |at: Micros| words.day(at);
    let row = |line: &Forecast| -> Vec<Cell> {
        let (what, href) = match line.kind {
            Kind::Effect => (
                names.subject("Effect", "an action", &line.subject),
                Some(format!("/actions/{}", line.subject)),
            ),
            Kind::Goal => {
                (names.subject("Target", "a goal", &line.subject), Some(format!("/goals/{}", line.subject)))
            }
            Kind::GoalTrend => {
                (names.subject("Trend", "a goal", &line.subject), Some(format!("/goals/{}", line.subject)))
            }
            Kind::Orders => ("Orders of all customers".to_string(), Some("/rfm".to_string())),
            Kind::Score => {
                let name = line.subject.split('@').next().unwrap_or_default();
                (scores::happening(name), Some(format!("/scores/{name}")))
            }
            Kind::Metric => of_metric(&line.subject, &line.unit),
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
            text(maker(&line.made_by, &names.users)),
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
