//! What moved: every metric in the last month beside what its past lets expect, and the customers who moved it.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use cycle::analyze::moves::{Dimension, Move, Part, Report, Side, Verdict};
use cycle::analyze::results;
use cycle::plan::metrics::values::in_words;
use cycle::plan::metrics::{self, Metric, rows as metric_rows};
use platform::Snapshot;
use records::filter::{FieldCondition, Filter, Op};
use records::orders::workspace_currency;
use records::values::currency::Currency;

use super::metric_words;
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::pages::rows;
use crate::respond;
use crate::state::App;

#[derive(Template)]
#[template(path = "moves/list.html")]
struct Index {
    page: Layout,
    may_write: bool,
    about: String,
    rows: Vec<Row>,
    small_print: String,
}

struct Row {
    href: String,
    name: String,
    before: String,
    now: String,
    expected: String,
    verdict: &'static str,
    tone: &'static str,
    chance: String,
    most: String,
}

pub(crate) async fn index(State(app): State<App>, current: Current) -> Result {
    let read =
        |s: &mut Snapshot<'_>| Ok((results::latest_moves(s)?, metrics::list(s)?, workspace_currency(s)?));
    let (latest, known, currency) = app.store.read(read).await?;
    let report = latest.map(|latest| latest.result);
    let by_key: HashMap<&str, &Metric> = known.iter().map(|metric| (metric.key.as_str(), metric)).collect();
    let mut found: Vec<(&Metric, &Move)> = report
        .iter()
        .flat_map(|report| &report.metrics)
        .filter_map(|one| Some((*by_key.get(one.key.as_str())?, one)))
        .filter(|(_, one)| one.value.is_some())
        .collect();
    found.sort_by_key(|(_, one)| match one.verdict {
        Verdict::Moved => 0,
        Verdict::Within => 1,
        Verdict::CannotTell => 2,
    });
    let about = match report.as_ref().and_then(|report| Some((report.before?, report.period?))) {
        Some((before, now)) => format!(
            "Each metric in {now} beside {before} and beside what its past lets expect, and which customers moved it."
        ),
        None => "Each metric in the last month beside what its past lets expect.".to_string(),
    };
    let n_tested = report.as_ref().map_or(0, |report| report.n_tested);
    respond::page(&Index {
        page: current.layout(Place::Moves, "What moved"),
        may_write: current.may_write(),
        about,
        rows: found.into_iter().map(|(metric, one)| row(metric, one, currency)).collect(),
        small_print: format!(
            "Moved: outside the 95 % range that the months before let expect, at a chance below 5 % after correction for {n_tested} \
             metrics, and seen by the search for changes over the whole past too."
        ),
    })
}

fn row(metric: &Metric, one: &Move, currency: Currency) -> Row {
    let range = one.expectation.map(|expected| (expected.low, expected.high));
    let (verdict, tone) = badge(metric, one);
    Row {
        href: format!("/dictionary/{}#moved", one.key),
        name: metric.name.clone(),
        before: metric_words::value(one.before, metric, currency),
        now: metric_words::value(one.value, metric, currency),
        expected: metric_words::range(range, metric, currency),
        verdict,
        tone,
        chance: match one.expectation {
            Some(expected) => format!("chance {}", words_of_chance(expected.p_adjusted)),
            None => one.why.clone(),
        },
        most: most(metric, one, currency),
    }
}

fn words_of_chance(p: f64) -> String {
    match p {
        p if p < 0.001 => "below 0.1 %".to_string(),
        p if p >= 0.995 => "about 1".to_string(),
        p => format!("{:.1} %", 100.0 * p),
    }
}

fn badge(metric: &Metric, one: &Move) -> (&'static str, &'static str) {
    match (one.verdict, one.value.zip(one.expectation)) {
        (Verdict::Moved, Some((value, expected))) if metric.direction.is_better(value, expected.value) => {
            ("Moved, for the better", "good")
        }
        (Verdict::Moved, _) => ("Moved, for the worse", "bad"),
        (Verdict::Within, _) => ("Noise and season", "neutral"),
        (Verdict::CannotTell, _) => ("Can’t tell", "neutral"),
    }
}

/// The part of any side that added most to the change, those that moved otherwise than the rest first.
fn most(metric: &Metric, one: &Move, currency: Currency) -> String {
    let parts = || one.dimensions.iter().flat_map(|d| d.parts.iter().map(move |part| (d, part)));
    let standing_out = parts().filter(|(_, part)| stands_out(part));
    let largest = standing_out.max_by(|a, b| a.1.total.abs().total_cmp(&b.1.total.abs()));
    let first = || one.dimensions.first().and_then(|d| d.parts.first().map(|part| (d, part)));
    let Some((dimension, part)) = largest.or_else(first) else { return "–".to_string() };
    format!("{}: {} ({})", dimension.side.label(), part.label, signed(part.total, metric, currency))
}

fn stands_out(part: &Part) -> bool {
    part.p_adjusted.is_some_and(|p| p < cycle::analyze::moves::ALARM)
}

/// "+€1,204"; a dash for nothing.
fn signed(value: f64, metric: &Metric, currency: Currency) -> String {
    match value {
        0.0 => "–".to_string(),
        value if value > 0.0 => format!("+{}", in_words(value, metric.unit, currency)),
        value => format!("−{}", in_words(-value, metric.unit, currency)),
    }
}

/// What moved a metric, as its page shows it.
pub(crate) struct Told {
    pub(crate) line: String,
    pub(crate) verdict: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) why: String,
    pub(crate) before: String,
    pub(crate) now: String,
    /// Changes and odd months of its past.
    pub(crate) past: Vec<String>,
    pub(crate) sides: Vec<SideTold>,
}

pub(crate) struct SideTold {
    pub(crate) label: &'static str,
    /// Whether the change is taken apart into units, mix and rate.
    pub(crate) is_split: bool,
    pub(crate) parts: Vec<PartTold>,
}

pub(crate) struct PartTold {
    pub(crate) label: String,
    pub(crate) href: Option<String>,
    pub(crate) stands_out: bool,
    pub(crate) before: String,
    pub(crate) now: String,
    pub(crate) total: String,
    pub(crate) volume: String,
    pub(crate) mix: String,
    pub(crate) rate: String,
}

/// What moved a metric in the last month; None before the first run, or where nothing was measured.
pub(crate) fn told(report: &Report, metric: &Metric, currency: Currency) -> Option<Told> {
    let one = report.of(&metric.key).filter(|one| one.value.is_some())?;
    let (before, now) = (report.before?, report.period?);
    let value = |value: Option<f64>| metric_words::value(value, metric, currency);
    let expected = one.expectation.map(|expected| (expected.low, expected.high));
    let line = match expected {
        Some(range) => format!(
            "{} in {now}, {} in {before}; {} was to be expected.",
            value(one.value),
            value(one.before),
            metric_words::range(Some(range), metric, currency)
        ),
        None => format!("{} in {now}, {} in {before}.", value(one.value), value(one.before)),
    };
    let (verdict, tone) = badge(metric, one);
    let side = |dimension: &Dimension| SideTold {
        label: dimension.side.label(),
        is_split: dimension.side != Side::Category,
        parts: dimension
            .parts
            .iter()
            .map(|part| part_told(report, metric, dimension.side, part, currency))
            .collect(),
    };
    Some(Told {
        line,
        verdict,
        tone,
        why: one.why.clone(),
        before: before.to_string(),
        now: now.to_string(),
        past: past(one, metric, currency),
        sides: one.dimensions.iter().map(side).collect(),
    })
}

fn past(one: &Move, metric: &Metric, currency: Currency) -> Vec<String> {
    let value = |value: f64| metric_words::value(Some(value), metric, currency);
    let changes = one.breaks.iter().map(|found| {
        format!(
            "From {} on its level changed, from about {} to {}.",
            found.period,
            value(found.before),
            value(found.after)
        )
    });
    let odd = one.odd.iter().map(|odd| {
        format!(
            "{} stands out: {}, where {} to {} was usual.",
            odd.period,
            value(odd.value),
            value(odd.low),
            value(odd.high)
        )
    });
    changes.chain(odd).collect()
}

fn part_told(report: &Report, metric: &Metric, side: Side, part: &Part, currency: Currency) -> PartTold {
    let value = |value: Option<f64>| metric_words::value(value, metric, currency);
    let added = |value: f64| signed(value, metric, currency);
    PartTold {
        label: part.label.clone(),
        href: filter(report, metric, side, part).map(|filter| rows::people(&filter)),
        stands_out: stands_out(part),
        before: value(part.before),
        now: value(part.now),
        total: added(part.total),
        volume: added(part.volume),
        mix: added(part.mix),
        rate: added(part.rate),
    }
}

/// The people of a part who make the figure, where the filter language has a word for the part.
fn filter(report: &Report, metric: &Metric, side: Side, part: &Part) -> Option<Filter> {
    let name = match side {
        Side::Source => "source",
        Side::Country => "country",
        _ => return None,
    };
    if part.filter_value.is_empty() && part.label != "not known" {
        return None;
    }
    let op = if part.filter_value.is_empty() { Op::IsNotSet } else { Op::Is };
    let field = FieldCondition { name: name.to_string(), op, value: part.filter_value.clone() };
    let people = metric_rows::of(metric, report.period?)?;
    Some(Filter::All(vec![people, Filter::Field(field)]))
}
