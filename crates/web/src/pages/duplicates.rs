//! Duplicates: pairs that are probably one record, side by side; a person decides, and every merge can be taken back.

use askama::Template;
use axum::extract::{Path, Query, State};
use cycle::process::dedupe::{
    self, Cursor, Decision, Extent, FieldPair, Judged, Noun, Pair, Reason, Search, Version,
};
use platform::jobs::{self, NewJob};
use platform::{Snapshot, auth};
use records::companies::Company;
use records::merges::{self, Choices, Merge, Side};
use records::people::Person;
use serde::Deserialize;

use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, percent};
use crate::layout::{Layout, Place};
use crate::pages::imports::alike::likely;
use crate::pages::named;
use crate::parts::{Moment, Pager, Progress, Tab, Toast, Tone};
use crate::state::App;
use crate::{respond, words};

/// Pairs of the queue that one page shows, merges of the history.
const SHOWN: usize = 25;
/// Pairs are counted no further.
const COUNTED_TO: i64 = 1_000;
/// The kind of the job that searches.
const JOB: &str = "process.dedupe";

#[derive(Template)]
#[template(path = "duplicates/queue.html")]
struct Queue {
    page: Layout,
    may_write: bool,
    tabs: Vec<Tab>,
    states: Vec<Tab>,
    state: String,
    work: Option<Progress>,
    pairs: Vec<Line>,
    pager: Pager,
    chosen: Option<Chosen>,
    /// From what the scores were learnt, and how they were borne out; empty before the first search.
    learnt: Vec<String>,
}

/// A pair in the queue.
struct Line {
    href: String,
    left: String,
    right: String,
    likely: String,
    is_here: bool,
}

/// The pair that is decided now.
struct Chosen {
    action: String,
    back: String,
    kept_id: String,
    kept: Record,
    lost: Record,
    likely: String,
    bits: String,
    reasons: Vec<Why>,
    fields: Vec<Row>,
    state: String,
}

/// One of the two records.
struct Record {
    name: String,
    href: String,
    about: String,
}

/// What a field says about the pair.
struct Why {
    field: String,
    found: String,
    bits: String,
    tone: &'static str,
    sign: &'static str,
}

struct Row {
    name: String,
    label: String,
    kept: String,
    lost: String,
    takes_lost: bool,
    is_same: bool,
}

#[derive(Deserialize, Clone)]
pub(crate) struct Wanted {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    state: String,
    /// The pair that is shown: both ids with a tilde between.
    at: Option<String>,
    /// Where the queue continues: score and both ids with tildes between.
    after: Option<String>,
}

impl Wanted {
    fn kind(&self) -> &'static str {
        if self.kind == "company" { "company" } else { "person" }
    }

    fn noun(&self) -> Noun {
        if self.kind == "company" { Noun::Company } else { Noun::Person }
    }

    fn state(&self) -> &'static str {
        ["different", "skipped"].into_iter().find(|known| *known == self.state).unwrap_or("proposed")
    }

    fn address(&self) -> String {
        format!("/duplicates?kind={}&state={}", self.kind(), self.state())
    }

    fn cursor(&self) -> Option<Cursor> {
        let mut parts = self.after.as_deref()?.splitn(3, '~');
        let score = parts.next()?.parse().ok()?;
        Some(Cursor { score, left_id: parts.next()?.to_string(), right_id: parts.next()?.to_string() })
    }
}

/// What one reading of the store brings for the page.
struct Found {
    pairs: Vec<Pair>,
    n_people: i64,
    n_companies: i64,
    chosen: Option<Both>,
    is_searching: bool,
    learnt: Option<Version>,
    judged: Judged,
}

/// A pair with both its records.
struct Both {
    pair: Pair,
    kept_id: String,
    kept: Record,
    lost: Record,
    fields: Vec<FieldPair>,
}

pub(crate) async fn index(State(app): State<App>, current: Current, Query(wanted): Query<Wanted>) -> Result {
    let asked = wanted.clone();
    let mut found = app.store.read(move |s| read(s, &asked)).await?;
    let more = found.pairs.len() > SHOWN;
    found.pairs.truncate(SHOWN);
    let here = found.chosen.as_ref().map(|both| key(&both.pair));
    let base = wanted.address();
    let next = found.pairs.last().filter(|_| more).map(|pair| {
        let after = format!("{}~{}~{}", pair.score, pair.left_id, pair.right_id);
        format!("{base}&after={}", percent(&after))
    });
    respond::page(&Queue {
        page: current.layout(Place::Duplicates, "Duplicates"),
        may_write: current.may_write(),
        tabs: tabs(wanted.kind(), found.n_people, found.n_companies),
        states: states(&wanted),
        state: wanted.state().to_string(),
        work: found.is_searching.then(work),
        pager: Pager {
            shown: words::counted(found.pairs.len() as i64, "pair", "pairs"),
            previous: wanted.after.as_ref().map(|_| base.clone()),
            next,
            ..Pager::default()
        },
        pairs: found.pairs.iter().map(|pair| line(pair, &base, here.as_deref())).collect(),
        learnt: learnt(&app, &current, found.learnt.as_ref(), found.judged),
        chosen: found.chosen.map(|both| side_by_side(&wanted, both)),
    })
}

fn read(snapshot: &mut Snapshot<'_>, wanted: &Wanted) -> platform::Result<Found> {
    let cursor = wanted.cursor();
    let pairs = dedupe::queue(snapshot, wanted.kind(), wanted.state(), cursor.as_ref(), SHOWN + 1)?;
    let ids = match wanted.at.as_deref().and_then(|at| at.split_once('~')) {
        Some((left, right)) => Some((left.to_string(), right.to_string())),
        None => pairs.first().map(|pair| (pair.left_id.clone(), pair.right_id.clone())),
    };
    let chosen = ids.map(|(left, right)| both(snapshot, wanted.kind(), &left, &right)).transpose()?;
    Ok(Found {
        pairs,
        n_people: dedupe::counts(snapshot, "person", COUNTED_TO)?,
        n_companies: dedupe::counts(snapshot, "company", COUNTED_TO)?,
        chosen,
        is_searching: jobs::under_way(snapshot, JOB)?.is_some(),
        learnt: dedupe::versions(snapshot, wanted.noun())?.into_iter().next(),
        judged: dedupe::judged(snapshot, wanted.kind())?,
    })
}

/// From what the scores were learnt, and how they were borne out, in sentences.
fn learnt(app: &App, current: &Current, learnt: Option<&Version>, judged: Judged) -> Vec<String> {
    let Some(learnt) = learnt else { return Vec::new() };
    let when = words::moment(learnt.learnt_at, app.store.now(), current.zone());
    let mut sentences = vec![format!(
        "Learnt {} from {} and {} of them (version {}): {} proposed, of which about {} should be one.",
        when.shown,
        words::counted(learnt.n_records, "record", "records"),
        words::counted(learnt.n_compared, "pair", "pairs"),
        learnt.version,
        words::counted(learnt.n_proposed, "pair was", "pairs were"),
        words::count(learnt.expected_right.round() as i64),
    )];
    let n = judged.n_merged + judged.n_different;
    if n > 0 {
        sentences.push(format!(
            "Of {} that were decided {} were one; {:.0} were expected.",
            words::counted(n, "pair", "pairs"),
            words::count(judged.n_merged),
            judged.expected,
        ));
    }
    sentences
}

fn both(snapshot: &mut Snapshot<'_>, kind: &str, left: &str, right: &str) -> platform::Result<Both> {
    if kind == "company" {
        let found = dedupe::company_detail(snapshot, left, right)?;
        let record = |company: &Company| Record {
            name: company.name.clone(),
            href: format!("/companies/{}", company.id),
            about: "company".to_string(),
        };
        let (kept, lost) = (record(&found.kept), record(&found.lost));
        return Ok(Both { pair: found.pair, kept_id: found.kept.id, kept, lost, fields: found.fields });
    }
    let found = dedupe::person_detail(snapshot, left, right)?;
    let record = |person: &Person| Record {
        name: person.name.clone(),
        href: format!("/people/{}", person.id),
        about: words::counted(person.n_orders, "order", "orders"),
    };
    let (kept, lost) = (record(&found.kept), record(&found.lost));
    Ok(Both { pair: found.pair, kept_id: found.kept.id, kept, lost, fields: found.fields })
}

fn tabs(kind: &str, n_people: i64, n_companies: i64) -> Vec<Tab> {
    let tab = |label: &str, name: &str, n: i64| Tab {
        label: label.to_string(),
        href: format!("/duplicates?kind={name}"),
        current: name == kind,
        count: Some(match n >= COUNTED_TO {
            true => format!("{}+", words::count(COUNTED_TO)),
            false => words::count(n),
        }),
    };
    let history = Tab {
        label: "Merged before".to_string(),
        href: "/duplicates/history".to_string(),
        current: kind == "history",
        count: None,
    };
    vec![tab("People", "person", n_people), tab("Companies", "company", n_companies), history]
}

fn states(wanted: &Wanted) -> Vec<Tab> {
    [("Open", "proposed"), ("Skipped", "skipped"), ("Different", "different")]
        .map(|(label, name)| Tab {
            label: label.to_string(),
            href: format!("/duplicates?kind={}&state={name}", wanted.kind()),
            current: name == wanted.state(),
            count: None,
        })
        .to_vec()
}

fn key(pair: &Pair) -> String {
    format!("{}~{}", pair.left_id, pair.right_id)
}

fn line(pair: &Pair, base: &str, here: Option<&str>) -> Line {
    let key = key(pair);
    Line {
        href: format!("{base}&at={}", percent(&key)),
        left: pair.left_name.clone(),
        right: pair.right_name.clone(),
        likely: likely(pair.score),
        is_here: here == Some(key.as_str()),
    }
}

fn side_by_side(wanted: &Wanted, both: Both) -> Chosen {
    let Both { pair, kept_id, kept, lost, fields } = both;
    Chosen {
        action: format!("/duplicates/{}/{}", pair.left_id, pair.right_id),
        back: wanted.address(),
        kept_id,
        kept,
        lost,
        likely: likely(pair.score),
        bits: format!("{:.1}", pair.score),
        reasons: pair.reasons.iter().map(why).collect(),
        fields: fields.into_iter().map(row).collect(),
        state: pair.state,
    }
}

fn why(reason: &Reason) -> Why {
    let (tone, sign) = match reason.bits {
        bits if bits > 0.05 => ("good", "for"),
        bits if bits < -0.05 => ("bad", "against"),
        _ => ("neutral", "neither"),
    };
    Why {
        field: field_label(&reason.field),
        found: reason.found.clone(),
        bits: format!("{:+.1}", reason.bits).replace('-', "−"),
        tone,
        sign,
    }
}

fn row(pair: FieldPair) -> Row {
    let shown =
        |text: String| if pair.field == "customer_since" { text.chars().take(10).collect() } else { text };
    Row {
        label: field_label(&pair.field),
        is_same: pair.kept == pair.lost,
        takes_lost: pair.default == Side::Lost,
        kept: shown(pair.kept),
        lost: shown(pair.lost),
        name: pair.field,
    }
}

fn field_label(name: &str) -> String {
    match name {
        dedupe::BEFORE => "Before any field".to_string(),
        dedupe::ELSE => "Another reason".to_string(),
        "external_id" => "Number".to_string(),
        "email" => "E-mail".to_string(),
        "company_id" => "Company".to_string(),
        "n_employees" => "Employees".to_string(),
        other => crate::pages::imports::field_label(other),
    }
}

fn work() -> Progress {
    Progress {
        label: "Looking for duplicates".to_string(),
        percent: None,
        note: "Every record is compared with those that are like it".to_string(),
        again: Some("/duplicates/progress".to_string()),
    }
}

#[derive(Template)]
#[template(path = "imports/progress.html")]
struct Fragment {
    work: Progress,
    then: Option<String>,
}

pub(crate) async fn progress(State(app): State<App>, _: Current) -> Result {
    let is_searching = app.store.read(|s| Ok(jobs::under_way(s, JOB)?.is_some())).await?;
    respond::fragment(&match is_searching {
        true => Fragment { work: work(), then: None },
        false => Fragment {
            work: Progress { again: None, percent: Some(100.0), note: "Done".to_string(), ..work() },
            then: Some("/duplicates".to_string()),
        },
    })
}

pub(crate) async fn search(State(app): State<App>, Writer(current): Writer) -> Result {
    let search = Search { extent: Extent::Everything };
    app.store.write(current.by(), move |tx| jobs::enqueue(tx, NewJob::once(JOB, JOB), &search)).await?;
    Ok(respond::redirect("/duplicates"))
}

/// Decides one pair and goes on to the next.
pub(crate) async fn decide(
    State(app): State<App>,
    Writer(current): Writer,
    Path((left, right)): Path<(String, String)>,
    fields: Fields,
) -> Result {
    let decision = match fields.get("decision") {
        "merge" => Decision::Merge { kept: fields.get("kept").to_string(), choices: choices(&fields) },
        "different" => Decision::Different,
        "skip" => Decision::Skip,
        _ => Decision::Reopen,
    };
    let words = match &decision {
        Decision::Merge { .. } => "Merged into one record",
        Decision::Different => "Kept as two records; they are not proposed again",
        Decision::Skip => "Skipped",
        Decision::Reopen => "Back in the queue",
    };
    let undo = format!("/duplicates/{left}/{right}/reopening");
    let is_reopened = decision == Decision::Reopen;
    let merge = app.store.write(current.by(), move |tx| dedupe::decide(tx, &left, &right, &decision)).await?;
    let back =
        Some(fields.get("back")).filter(|path| path.starts_with("/duplicates")).unwrap_or("/duplicates");
    let toast = Toast::done(words);
    let toast = match merge {
        Some(id) => toast.undo(format!("/duplicates/merges/{id}/undo")),
        None if is_reopened => toast,
        None => toast.undo(undo),
    };
    Ok(respond::redirect_with(back, toast))
}

/// Puts a pair that was skipped or told apart back into the queue.
pub(crate) async fn reopen(
    State(app): State<App>,
    Writer(current): Writer,
    Path((left, right)): Path<(String, String)>,
) -> Result {
    let decide = move |tx: &mut platform::Tx<'_>| dedupe::decide(tx, &left, &right, &Decision::Reopen);
    app.store.write(current.by(), decide).await?;
    Ok(respond::redirect_with("/duplicates", Toast::done("Back in the queue")))
}

/// From which record each field is taken, as the form says it.
fn choices(fields: &Fields) -> Choices {
    let side = |value: &str| if value == "lost" { Side::Lost } else { Side::Kept };
    let chosen = fields.iter().filter_map(|(name, value)| Some((name.strip_prefix("side_")?, value)));
    chosen.map(|(field, value)| (field.to_string(), side(value))).collect()
}

#[derive(Template)]
#[template(path = "duplicates/history.html")]
struct History {
    page: Layout,
    may_write: bool,
    tabs: Vec<Tab>,
    merges: Vec<Past>,
    pager: Pager,
}

/// A merge of before.
struct Past {
    id: String,
    kept: named::Named,
    merged: named::Named,
    at: Moment,
    by: String,
    is_undone: bool,
}

#[derive(Deserialize)]
pub(crate) struct Before {
    before: Option<String>,
}

pub(crate) async fn history(
    State(app): State<App>,
    current: Current,
    Query(Before { before }): Query<Before>,
) -> Result {
    let (from, now, zone) = (before.clone(), app.store.now(), current.zone().clone());
    let found = app.store.read(move |s| {
        let mut merges = merges::list(s, from.as_deref(), SHOWN + 1)?;
        let next = (merges.len() > SHOWN).then(|| merges[SHOWN - 1].id.clone());
        merges.truncate(SHOWN);
        let users = auth::list(s)?;
        let past: platform::Result<Vec<Past>> =
            merges.into_iter().map(|merge| past(s, merge, &users, now, &zone)).collect();
        let n_people = dedupe::counts(s, "person", COUNTED_TO)?;
        Ok((past?, next, n_people, dedupe::counts(s, "company", COUNTED_TO)?))
    });
    let (merges, next, n_people, n_companies) = found.await?;
    respond::page(&History {
        page: current.layout(Place::Duplicates, "Merged before"),
        may_write: current.may_write(),
        tabs: tabs("history", n_people, n_companies),
        pager: Pager {
            shown: words::counted(merges.len() as i64, "merge", "merges"),
            previous: before.map(|_| "/duplicates/history".to_string()),
            next: next.map(|id| format!("/duplicates/history?before={id}")),
            ..Pager::default()
        },
        merges,
    })
}

fn past(
    snapshot: &mut Snapshot<'_>,
    merge: Merge,
    users: &[auth::User],
    now: platform::Micros,
    zone: &jiff::tz::TimeZone,
) -> platform::Result<Past> {
    let by = users.iter().find(|user| Some(&user.id) == merge.merged_by.as_ref());
    Ok(Past {
        kept: named::one(snapshot, &merge.kept_id)?,
        merged: named::one(snapshot, &merge.merged_id)?,
        at: words::moment(merge.merged_at, now, zone),
        by: by.map_or_else(|| "the program".to_string(), |user| user.name.clone()),
        is_undone: merge.undone_at.is_some(),
        id: merge.id,
    })
}

pub(crate) async fn undo(State(app): State<App>, Writer(current): Writer, Path(id): Path<String>) -> Result {
    let left = app.store.write(current.by(), move |tx| dedupe::undo_merge(tx, &id)).await?;
    let toast = match left.as_slice() {
        [] => Toast::done("The two are two again, as they were"),
        some => Toast {
            text: format!(
                "The two are two again; {} made since stayed: {}",
                words::counted(some.len() as i64, "change", "changes"),
                some.iter().take(3).map(|conflict| conflict.message.as_str()).collect::<Vec<_>>().join("; ")
            ),
            tone: Tone::Warning,
            undo: None,
        },
    };
    Ok(respond::redirect_with("/duplicates/history", toast))
}
