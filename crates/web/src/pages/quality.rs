//! The quality board: how complete, valid, unique, fresh and consistent the records are, and the rows at fault.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use cycle::process::quality::{
    self, Board, Check, Dimension, FaultyRow, Kind, Oddity, OddityKind, TrendPoint,
};
use platform::Error;
use platform::jobs::{self, NewJob};
use serde::Deserialize;

use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::percent;
use crate::layout::{Layout, Place};
use crate::parts::{Crumb, HeatCell, HeatGrid, HeatRow, Moment, Pager, Progress};
use crate::state::App;
use crate::{respond, words};

/// Runs whose figures make the trend.
const TREND_RUNS: usize = 30;
/// Rows at fault on one page.
const ROWS_SHOWN: usize = 50;
/// The kind of the job that measures.
const JOB: &str = "process.quality";

#[derive(Template)]
#[template(path = "quality/show.html")]
struct Show {
    page: Layout,
    may_write: bool,
    work: Option<Progress>,
    found: Option<Found>,
}

struct Found {
    at: Moment,
    totals: HeatGrid,
    oddities: Vec<Odd>,
    groups: Vec<Group>,
}

/// Something that cannot be the customers' doing.
struct Odd {
    title: &'static str,
    words: String,
    href: String,
    rows: String,
}

/// The figures of one kind of record.
struct Group {
    id: &'static str,
    title: &'static str,
    n_records: String,
    lines: Vec<Line>,
}

struct Line {
    label: String,
    dimension: &'static str,
    definition: String,
    percent: f64,
    share: String,
    tone: &'static str,
    good: String,
    faulty: String,
    href: Option<String>,
    trend: Vec<f64>,
    trend_words: String,
    sources: Vec<Source>,
}

struct Source {
    name: String,
    share: String,
    good: String,
    href: Option<String>,
}

pub(crate) async fn show(State(app): State<App>, current: Current) -> Result {
    let found = app.store.read(|s| {
        let latest = quality::latest(s)?;
        Ok((latest, quality::trend(s, TREND_RUNS)?, jobs::under_way(s, JOB)?.is_some()))
    });
    let (latest, trend, is_measuring) = found.await?;
    let now = app.store.now();
    respond::page(&Show {
        page: current.layout(Place::Quality, "Quality"),
        may_write: current.may_write(),
        work: is_measuring.then(work),
        found: latest.map(|run| Found {
            at: words::moment(run.ran_at, now, current.zone()),
            totals: totals(&run.board),
            oddities: run.board.oddities.iter().map(odd).collect(),
            groups: Kind::ALL.into_iter().filter_map(|kind| group(&run.board, kind, &trend)).collect(),
        }),
    })
}

fn work() -> Progress {
    Progress {
        label: "Measuring".to_string(),
        percent: None,
        note: "Every record is looked at; the figures below are of the time before".to_string(),
        again: Some("/quality/progress".to_string()),
    }
}

#[derive(Template)]
#[template(path = "imports/progress.html")]
struct Fragment {
    work: Progress,
    then: Option<String>,
}

pub(crate) async fn progress(State(app): State<App>, _: Current) -> Result {
    let is_measuring = app.store.read(|s| Ok(jobs::under_way(s, JOB)?.is_some())).await?;
    respond::fragment(&match is_measuring {
        true => Fragment { work: work(), then: None },
        false => Fragment {
            work: Progress { again: None, percent: Some(100.0), note: "Done".to_string(), ..work() },
            then: Some("/quality".to_string()),
        },
    })
}

pub(crate) async fn measure(State(app): State<App>, Writer(current): Writer) -> Result {
    app.store.write(current.by(), |tx| jobs::enqueue(tx, NewJob::once(JOB, JOB), &())).await?;
    Ok(respond::redirect("/quality"))
}

pub(super) fn kind_label(kind: Kind) -> &'static str {
    match kind {
        Kind::People => "People",
        Kind::Companies => "Companies",
        Kind::Products => "Products",
        Kind::Orders => "Orders",
        Kind::OrderLines => "Order lines",
    }
}

fn dimension_label(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Completeness => "Completeness",
        Dimension::Validity => "Validity",
        Dimension::Uniqueness => "Uniqueness",
        Dimension::Freshness => "Freshness",
        Dimension::Consistency => "Consistency",
    }
}

/// Every kind against every dimension.
fn totals(board: &Board) -> HeatGrid {
    let cell = |kind: Kind, dimension: Dimension| {
        let (good, all) = board.total(kind, dimension);
        if all == 0 {
            return HeatCell::default();
        }
        let share = good as f64 / all as f64;
        HeatCell {
            text: words::share(share),
            note: format!("{} at fault", words::count(all - good)),
            level: HeatCell::level_of(share),
            href: Some(format!("#{}", kind.word())),
            meaning: format!(
                "{}, {}: {} of {} values are without a fault",
                kind_label(kind),
                dimension_label(dimension).to_lowercase(),
                words::count(good),
                words::count(all)
            ),
        }
    };
    HeatGrid {
        caption: "Share of values without a fault, by kind of record and dimension".to_string(),
        corner: "Records".to_string(),
        columns: Dimension::ALL.map(|dimension| dimension_label(dimension).to_string()).to_vec(),
        rows: Kind::ALL
            .into_iter()
            .filter(|kind| board.n_records.get(kind).is_some_and(|n| *n > 0))
            .map(|kind| HeatRow {
                label: kind_label(kind).to_string(),
                note: words::count(board.n_records.get(&kind).copied().unwrap_or(0)),
                cells: Dimension::ALL.map(|dimension| cell(kind, dimension)).to_vec(),
            })
            .collect(),
        low: "0 %".to_string(),
        high: "100 % without a fault".to_string(),
    }
}

fn odd(oddity: &Oddity) -> Odd {
    Odd {
        title: match oddity.kind {
            OddityKind::AmountJump => "Amounts jump",
            OddityKind::VolumeJump => "Far more orders than usual",
            OddityKind::MissingDays => "Days without orders",
            OddityKind::CopiedLines => "Lines that stand twice",
        },
        words: oddity.words.clone(),
        href: rows_href(&format!("oddity.{}", oddity.id), None),
        rows: words::counted(oddity.n_rows, "row", "rows"),
    }
}

fn group(board: &Board, kind: Kind, trend: &[TrendPoint]) -> Option<Group> {
    let n = board.n_records.get(&kind).copied().filter(|n| *n > 0)?;
    Some(Group {
        id: kind.word(),
        title: kind_label(kind),
        n_records: words::counted(n, "record", "records"),
        lines: board
            .checks
            .iter()
            .filter(|check| check.kind == kind)
            .map(|check| line(check, trend))
            .collect(),
    })
}

fn line(check: &Check, trend: &[TrendPoint]) -> Line {
    let share = check.share();
    let past: Vec<f64> = trend.iter().filter_map(|point| point.shares.get(&check.name).copied()).collect();
    Line {
        label: check.label.clone(),
        dimension: dimension_label(check.dimension),
        definition: check.definition.clone(),
        percent: share.unwrap_or(0.0) * 100.0,
        share: share.map_or_else(|| "nothing to check".to_string(), words::share),
        tone: match share {
            Some(share) if share < 0.8 => "bad",
            Some(share) if share < 0.95 => "warning",
            _ => "good",
        },
        good: format!("{} of {}", words::count(check.n_good), words::count(check.n_checked)),
        faulty: words::count(check.n_faulty()),
        href: (check.n_faulty() > 0).then(|| rows_href(&check.name, None)),
        trend_words: match (past.first(), past.last()) {
            (Some(first), Some(last)) if past.len() > 1 => {
                format!(
                    "{} in the oldest of {} measurements, {} now",
                    words::share(*first),
                    past.len(),
                    words::share(*last)
                )
            }
            _ => String::new(),
        },
        trend: past,
        sources: check.by_source.iter().map(|source| by_source(check, source)).collect(),
    }
}

fn by_source(check: &Check, source: &quality::SourceShare) -> Source {
    let n_faulty = source.n_checked.saturating_sub(source.n_good);
    let is_named = source.source != "…";
    Source {
        name: match source.source.as_str() {
            "" => "without a source".to_string(),
            "…" => "all others".to_string(),
            name => name.to_string(),
        },
        share: words::share(source.n_good as f64 / source.n_checked.max(1) as f64),
        good: format!("{} of {}", words::count(source.n_good), words::count(source.n_checked)),
        href: (is_named && n_faulty > 0).then(|| rows_href(&check.name, Some(&source.source))),
    }
}

fn rows_href(check: &str, source: Option<&str>) -> String {
    let mut href = format!("/quality/rows?check={}", percent(check));
    if let Some(source) = source {
        href.push_str(&format!("&source={}", percent(source)));
    }
    href
}

#[derive(Template)]
#[template(path = "quality/rows.html")]
struct Rows {
    page: Layout,
    crumbs: Vec<Crumb>,
    title: String,
    definition: String,
    people_href: Option<String>,
    rows: Vec<Faulty>,
    pager: Pager,
}

struct Faulty {
    kind: &'static str,
    label: String,
    href: String,
    shown: String,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    check: String,
    source: Option<String>,
    after: Option<String>,
}

pub(crate) async fn rows(State(app): State<App>, current: Current, Query(wanted): Query<Wanted>) -> Result {
    let (name, source, after) = (wanted.check.clone(), wanted.source.clone(), wanted.after.clone());
    let found = app.store.read(move |s| {
        let page = quality::rows(s, &name, source.as_deref(), after.as_deref(), ROWS_SHOWN)?;
        Ok((page, quality::latest(s)?))
    });
    let (found, latest) = found.await?;
    let board = latest.map(|run| run.board).unwrap_or_default();
    let (title, definition, filter) = about(&board, &wanted.check)?;
    let base = rows_href(&wanted.check, wanted.source.as_deref());
    let narrowed = wanted.source.as_deref().map(|source| match source {
        "" => ", without a source".to_string(),
        source => format!(", source “{source}”"),
    });
    respond::page(&Rows {
        page: current.layout(Place::Quality, &*title),
        crumbs: vec![Crumb { label: "Quality".to_string(), href: "/quality".to_string() }],
        title: format!("{title}{}", narrowed.unwrap_or_default()),
        definition,
        people_href: filter.filter(|_| wanted.source.is_none()).as_ref().map(super::rows::people),
        pager: Pager {
            shown: words::counted(found.rows.len() as i64, "row on this page", "rows on this page"),
            previous: wanted.after.map(|_| base.clone()),
            next: found.next.map(|next| format!("{base}&after={}", percent(&next))),
            ..Pager::default()
        },
        rows: found.rows.into_iter().map(faulty).collect(),
    })
}

type About = (String, String, Option<records::filter::Filter>);

/// What the rows are of: the check or the oddity, in words.
fn about(board: &Board, name: &str) -> platform::Result<About> {
    if let Some(oddity) = name.strip_prefix("oddity.").and_then(|id| board.oddity(id)) {
        return Ok((odd(oddity).title.to_string(), oddity.words.clone(), None));
    }
    let check = board.check(name).ok_or_else(|| Error::missing("check", name))?;
    let title = format!(
        "{} · {}: {}",
        kind_label(check.kind),
        check.label,
        dimension_label(check.dimension).to_lowercase()
    );
    // Rows at fault are those for which the sentence does not hold.
    Ok((title, format!("Rows of which this does not hold: {}", check.definition), check.filter.clone()))
}

fn faulty(row: FaultyRow) -> Faulty {
    let place = match row.kind {
        Kind::OrderLines => "orders",
        kind => kind.word(),
    };
    Faulty {
        kind: kind_label(row.kind),
        href: format!("/{place}/{}", row.id),
        label: row.label,
        shown: readable(&row.shown),
    }
}

/// Raw texts come as JSON by field; anything else is shown as it is.
fn readable(shown: &str) -> String {
    match serde_json::from_str::<BTreeMap<String, String>>(shown) {
        Ok(raw) => {
            raw.iter().map(|(field, text)| format!("{field}: “{text}”")).collect::<Vec<_>>().join(", ")
        }
        Err(_) => shown.to_string(),
    }
}
