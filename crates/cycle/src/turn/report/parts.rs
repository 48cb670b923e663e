//! The sections of the report.

use super::Material;
use crate::calendar::Day;
use crate::interpret::{Status, words as numbers};
use crate::measure::effects::{Conclusion, Effect};
use crate::plan::budget::CostKind;
use crate::plan::sources;
use crate::turn::chain::{Action, Goal};
use crate::turn::close;
use crate::turn::gates::Standing;
use crate::turn::words;
use paper::{Block, Figure, Range, Table};

fn figure(label: &str, value: String, note: impl Into<String>) -> Figure {
    Figure { label: label.to_string(), value, note: note.into() }
}

fn heading(text: &str) -> Block {
    Block::Heading(text.to_string())
}

fn conclusion(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Works => "works",
        Conclusion::Harms => "harms",
        Conclusion::NoEffectShown => "no effect shown",
        Conclusion::CannotTellYet => "can’t tell yet",
    }
}

pub(super) fn in_short(m: &Material) -> Vec<Block> {
    let asked: Vec<&Goal> = m.chain.goals.iter().filter(|goal| !goal.is_dropped()).collect();
    let count = |state: &str| asked.iter().filter(|goal| goal.state == state).count();
    let launched: Vec<&Action> = m.chain.actions.iter().filter(|action| action.was_launched()).collect();
    let works = m.looks.iter().filter(|look| look.conclusion == Conclusion::Works).count();
    let proved: i64 = m
        .looks
        .iter()
        .filter(|look| look.conclusion == Conclusion::Works)
        .filter_map(|look| look.money.map(|money| money.low_minor.max(0)))
        .sum();
    let planned = match m.cost.planned_minor {
        0 => "nothing was planned".to_string(),
        minor => format!("of {} planned, people’s time included", m.money(minor)),
    };
    let verdicts = format!(
        "of {}: {} missed, {} where nobody can tell, {} without a verdict",
        asked.len(),
        count("missed"),
        count("cannot_tell"),
        asked.iter().filter(|goal| !goal.has_verdict()).count()
    );
    let tested = launched.iter().filter(|action| action.experiment.is_some()).count();
    vec![
        heading("In short"),
        Block::Figures(vec![
            figure("Goals met", count("met").to_string(), verdicts),
            figure(
                "Actions",
                launched.len().to_string(),
                format!("{tested} of them with people left alone to compare"),
            ),
            figure("Shown to work", works.to_string(), format!("of {} results", m.looks.len())),
            figure("Proved at least", m.money(proved), "low ends of the intervals of what was shown to work"),
            figure("Spent", m.money(m.cost.actual_minor), planned),
        ]),
    ]
}

pub(super) fn goals(m: &Material) -> Vec<Block> {
    let mut blocks = vec![heading("Goals and their verdicts")];
    if m.chain.goals.is_empty() {
        blocks.push(Block::Text("The turn had no goal.".to_string()));
        return blocks;
    }
    let value = |goal: &Goal, value: Option<f64>| {
        value.map_or_else(|| "–".to_string(), |value| words::value(value, goal.unit, &m.currency))
    };
    let row = |goal: &Goal| {
        let end = goal.verdict.as_ref().and_then(|verdict| verdict["value"].as_f64());
        vec![
            goal.name.clone(),
            goal.metric_name.clone().unwrap_or_else(|| "–".to_string()),
            value(goal, goal.baseline),
            value(goal, goal.target),
            value(goal, end),
            goal_state(&goal.state).to_string(),
        ]
    };
    let rows = m.chain.goals.iter().map(row).collect();
    let columns = ["Goal", "Metric", "Before", "Target", "At the end", "Verdict"];
    blocks.push(Block::Table(Table::new("", &columns, rows)));
    for goal in &m.chain.goals {
        blocks.extend(verdict(m, goal));
    }
    blocks
}

fn goal_state(name: &str) -> &'static str {
    match name {
        "draft" => "never opened",
        "open" => "no verdict",
        "met" => "met",
        "missed" => "missed",
        "cannot_tell" => "can’t tell",
        _ => "dropped",
    }
}

/// Why the verdict is what it is, what each action moved, and the rest that nobody explains.
fn verdict(m: &Material, goal: &Goal) -> Vec<Block> {
    let Some(verdict) = &goal.verdict else { return Vec::new() };
    let by_hand = if verdict["by_hand"] == true { " (judged by hand)" } else { "" };
    let why = verdict["why"].as_str().unwrap_or("no reason was written down");
    let mut blocks = vec![Block::Text(format!("{}: {why}{by_hand}", goal.name))];
    let show = |value: &serde_json::Value| {
        value
            .as_f64()
            .map_or_else(|| "can’t tell".to_string(), |value| words::value(value, goal.unit, &m.currency))
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for share in verdict["shares"].as_array().into_iter().flatten() {
        let interval = match (share["low"].as_f64(), share["high"].as_f64()) {
            (Some(_), Some(_)) => format!("{} to {}", show(&share["low"]), show(&share["high"])),
            _ => "–".to_string(),
        };
        let name = share["name"].as_str().unwrap_or("an action").to_string();
        rows.push(vec![name, show(&share["moved"]), interval]);
    }
    if !rows.is_empty() {
        rows.push(vec!["Not explained by any action".to_string(), show(&verdict["rest"]), "–".to_string()]);
        let caption = format!("What moved “{}”", goal.name);
        blocks.push(Block::Table(Table::new(&caption, &["Action", "Moved", "Interval"], rows)));
    }
    blocks
}

pub(super) fn actions(m: &Material) -> Vec<Block> {
    let mut blocks = vec![heading("What was done, and what it changed")];
    if m.chain.actions.is_empty() {
        blocks.push(Block::Text("No action belonged to the turn.".to_string()));
        return blocks;
    }
    let rows = m.chain.actions.iter().map(|action| action_row(m, action)).collect();
    let columns = ["Action", "State", "People", "Result", "Money, with interval", "Cost"];
    blocks.push(Block::Table(Table::new("", &columns, rows)));
    let name_of = |look: &Effect| {
        let action = m.chain.actions.iter().find(|action| Some(&action.id) == look.action_id.as_ref());
        action.map_or_else(|| "All actions together".to_string(), |action| action.name.clone())
    };
    let ranges: Vec<Range> = m
        .looks
        .iter()
        .filter_map(|look| {
            let money = look.money?;
            Some(Range {
                label: name_of(look),
                low: money.low_minor as f64,
                value: money.minor as f64,
                high: money.high_minor as f64,
                words: format!("{} to {}", m.money(money.low_minor), m.money(money.high_minor)),
            })
        })
        .collect();
    if !ranges.is_empty() {
        blocks.push(Block::Ranges {
            title: "Money that each action brought".to_string(),
            says: "More than the same customers would have brought without it: the line is the interval that holds \
                   however often one looks, the mark the estimate. What lies wholly right of zero is shown to work."
                .to_string(),
            ranges,
        });
    }
    for look in &m.looks {
        blocks.push(Block::Note(format!("{}, up to {}: {}", name_of(look), look.as_of, look.why)));
    }
    blocks
}

fn action_row(m: &Material, action: &Action) -> Vec<String> {
    let look = m.looks.iter().find(|look| look.action_id.as_ref() == Some(&action.id));
    let result = match (look, &action.experiment, &action.why_no_experiment) {
        (Some(look), ..) => conclusion(look.conclusion).to_string(),
        (None, Some(_), _) => "not measured".to_string(),
        (None, None, Some(why)) => format!("no experiment: {why}"),
        (None, None, None) => "no experiment".to_string(),
    };
    let people = match look {
        Some(look) => format!(
            "{} and {} left alone",
            numbers::count(look.n_treated.unsigned_abs()),
            numbers::count(look.n_holdout.unsigned_abs())
        ),
        None => "–".to_string(),
    };
    let money = look.and_then(|look| look.money).map_or_else(
        || "–".to_string(),
        |money| {
            format!(
                "{} ({} to {})",
                m.money(money.minor),
                m.money(money.low_minor),
                m.money(money.high_minor)
            )
        },
    );
    let cost = look.and_then(|look| look.cost_minor).map_or_else(|| "–".to_string(), |minor| m.money(minor));
    vec![action.name.clone(), action.state.clone(), people, result, money, cost]
}

pub(super) fn lessons(m: &Material) -> Vec<Block> {
    let text =
        |text: &Option<String>| text.clone().unwrap_or_else(|| "Nothing was written down.".to_string());
    let mut blocks = vec![heading("What worked"), Block::Text(text(&m.review.worked))];
    blocks.extend([heading("What to stop doing"), Block::Text(text(&m.review.stopped))]);
    let unproved = close::to_stop(&m.chain, &m.looks);
    if !unproved.is_empty() {
        blocks.push(Block::Note("Measured, and not shown to help:".to_string()));
        blocks.push(Block::Bullets(unproved));
    }
    blocks.extend([heading("What we learned about our own forecasts"), Block::Text(text(&m.review.learned))]);
    blocks
}

pub(super) fn next(m: &Material) -> Vec<Block> {
    let mut blocks = vec![heading("Proposals for the next goals")];
    if m.review.proposals.is_empty() {
        blocks.push(Block::Text("None were made.".to_string()));
        return blocks;
    }
    let item = |one: &close::Proposal| {
        let fate = if one.is_taken { "taken" } else { "left" };
        format!("{} ({fate}): {}", one.name, one.why)
    };
    blocks.push(Block::Bullets(m.review.proposals.iter().map(item).collect()));
    blocks
}

pub(super) fn cost(m: &Material) -> Vec<Block> {
    let label = |kind: CostKind| match kind {
        CostKind::Send => "Sending",
        CostKind::Discount => "Discounts",
        CostKind::Time => "People’s time",
        CostKind::Other => "Other",
    };
    let mut rows: Vec<Vec<String>> = CostKind::ALL
        .iter()
        .map(|kind| {
            let (planned, actual) = m.cost.by_kind.get(kind.name()).copied().unwrap_or_default();
            vec![label(*kind).to_string(), m.money(planned), m.money(actual)]
        })
        .collect();
    rows.push(vec!["All".to_string(), m.money(m.cost.planned_minor), m.money(m.cost.actual_minor)]);
    vec![heading("What it cost"), Block::Table(Table::new("", &["Kind", "Planned", "Spent"], rows))]
}

pub(super) fn gates(m: &Material) -> Vec<Block> {
    let mut rows = Vec::new();
    for gate in &m.gates {
        let state = match gate.standing() {
            Standing::Passed => "passed",
            Standing::Waived => "let pass",
            Standing::NotYet => "not passed",
        };
        let open: Vec<String> = gate
            .conditions
            .iter()
            .filter(|one| !one.holds)
            .map(|one| match &one.waiver {
                Some(waiver) => format!("{}: {} (let pass: {})", one.label, one.words, waiver.note),
                None => format!("{}: {}", one.label, one.words),
            })
            .collect();
        let open = if open.is_empty() { "–".to_string() } else { open.join("; ") };
        rows.push(vec![gate.of.label().to_string(), state.to_string(), open]);
    }
    vec![heading("Gates"), Block::Table(Table::new("", &["Step", "State", "What did not hold"], rows))]
}

pub(super) fn data(m: &Material) -> Vec<Block> {
    let day = |at: Option<i64>| at.map_or_else(|| "–".to_string(), |at| Day::of(at).to_string());
    let row = |(source, arrived): &(sources::Source, sources::Arrivals)| {
        vec![
            source.name.clone(),
            day(arrived.last_at),
            numbers::count(arrived.n_rows_30_days.unsigned_abs()),
            numbers::count(arrived.n_quarantined.unsigned_abs()),
            source.gap.as_ref().map_or_else(|| "–".to_string(), |gap| gap.note.clone()),
        ]
    };
    let columns = ["Source", "Last came", "Rows in 30 days", "To mend", "Known gap"];
    let quality = m.quality.map_or_else(
        || "The quality of the records was not measured.".to_string(),
        |(share, n)| {
            let (share, n) = (numbers::percent(share), numbers::count(n));
            format!("{share} of {n} checked values are without a fault.")
        },
    );
    let stands = m.last_day.map_or_else(
        || " The analyses were never run.".to_string(),
        |day| format!(" The analyses stand at the end of {day}."),
    );
    let n = |status: Status| m.insights.get(&status).copied().unwrap_or(0);
    let insights = format!(
        "Insights: {} new, {} reviewed, {} decided, {} acted on, {} measured, {} refuted.",
        n(Status::New),
        n(Status::Reviewed),
        n(Status::Decided),
        n(Status::Acting),
        n(Status::Measured),
        n(Status::Refuted)
    );
    vec![
        heading("What it stands on"),
        Block::Text(format!("{quality}{stands}")),
        Block::Text(insights),
        Block::Table(Table::new("", &columns, m.sources.iter().map(row).collect())),
        Block::Note(
            "Every result compares people who were treated with people who were left alone, chosen by chance before \
             anything was done, and counts everybody as they were chosen. Intervals hold with 95 % however often one \
             looks. “Can’t tell” is an answer."
                .to_string(),
        ),
    ]
}
