//! Segments: the list, and the builder of nested conditions with a live count and a sample of who is in.

mod conditions;
mod rules;

use askama::Template;
use axum::extract::{Path, State};
use cycle::act::segments::{self, Input, Segment};
use platform::{Error, Result as Found, Snapshot, Tx};
use records::filter::Filter;
use records::people::{self, ListQuery, Sort};

use self::rules::{Known, Tree};
use super::changes;
use super::filter_words::in_words;
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::parts::{Moment, RuleLine, Toast};
use crate::query::Query;
use crate::state::App;
use crate::wording::{COUNTED_TO, counted, hue, initials};
use crate::{respond, words};

/// People shown as a sample of a segment.
const SAMPLE: usize = 8;

#[derive(Template)]
#[template(path = "segments/list.html")]
struct List {
    page: Layout,
    may_write: bool,
    segments: Vec<Row>,
}

struct Row {
    segment: Segment,
    words: String,
    people_href: String,
    export_href: String,
}

/// The list of people that a filter lets through.
fn people_href(path: &str, filter: &Filter) -> String {
    let json = serde_json::to_string(filter).unwrap_or_default();
    Query::default().with("filter", &json).at(path)
}

pub(crate) async fn index(State(app): State<App>, current: Current) -> Result {
    let found = app.store.read(segments::list).await?;
    let row = |segment: Segment| Row {
        words: in_words(&segment.filter),
        people_href: people_href("/people", &segment.filter),
        export_href: people_href("/people/export", &segment.filter),
        segment,
    };
    respond::page(&List {
        page: current.layout(Place::Segments, "Segments"),
        may_write: current.may_write(),
        segments: found.into_iter().map(row).collect(),
    })
}

#[derive(Template)]
#[template(path = "people/count.html")]
struct Counted {
    text: String,
}

pub(crate) async fn count_one(State(app): State<App>, _: Current, Path(id): Path<String>) -> Result {
    let read = move |snapshot: &mut Snapshot<'_>| {
        let segment = segments::get(snapshot, &id)?;
        people::count_up_to(snapshot, &segment.filter, COUNTED_TO + 1)
    };
    respond::fragment(&Counted { text: counted(app.store.scan(read).await?, "person", "people") })
}

#[derive(Template)]
#[template(path = "segments/starters.html")]
struct Starters {
    starters: Vec<Starter>,
    /// When the turn counted them, where they are not counted anew.
    counted_at: Option<Moment>,
}

struct Starter {
    name: &'static str,
    description: &'static str,
    counted: String,
    href: String,
}

/// Segments that this firm's data suggest.
pub(crate) async fn starters(State(app): State<App>, Writer(current): Writer) -> Result {
    let (found, counted_at) = app.store.scan(segments::starters).await?;
    let starter = |one: segments::Starter| Starter {
        counted: counted(one.count.n + i64::from(one.count.is_more), "person", "people"),
        href: format!(
            "{}&name={}",
            people_href("/segments/new", &one.filter),
            crate::forms::percent(one.name)
        ),
        name: one.name,
        description: one.description,
    };
    respond::fragment(&Starters {
        counted_at: counted_at.map(|at| words::moment(at, app.store.now(), current.zone())),
        starters: found.into_iter().map(starter).collect(),
    })
}

#[derive(Template)]
#[template(path = "segments/edit.html")]
struct Edit {
    page: Layout,
    may_write: bool,
    /// The segment that is edited; none for a new one.
    segment: Option<Segment>,
    action: String,
    typed_name: String,
    description: String,
    lines: Vec<RuleLine>,
    problems: Problems,
    people_href: Option<String>,
}

/// What the builder shows: fields, conditions, what is wrong.
struct Draft {
    segment: Option<Segment>,
    name: String,
    description: String,
    tree: Tree,
    problems: Problems,
}

async fn edit_page(app: &App, current: &Current, draft: Draft) -> Result<Edit> {
    let known = app.store.read(Known::read).await?;
    let problems = draft.tree.problems(&draft.problems);
    let filter = draft.tree.filter().ok();
    Ok(Edit {
        page: current.layout(Place::Segments, draft.segment.as_ref().map_or("New segment", |s| &s.name)),
        may_write: current.may_write(),
        action: draft.segment.as_ref().map_or("/segments".to_string(), |s| format!("/segments/{}", s.id)),
        typed_name: draft.name,
        description: draft.description,
        lines: draft.tree.lines(&known, &problems),
        problems: draft.problems,
        people_href: filter.map(|filter| people_href("/people", &filter)),
        segment: draft.segment,
    })
}

pub(crate) async fn new(State(app): State<App>, Writer(current): Writer, query: Query) -> Result {
    let filter = match query.filled("filter") {
        Some(json) => super::people::parse_filter(json)?,
        None => Filter::default(),
    };
    let draft = Draft {
        segment: None,
        name: query.get("name").to_string(),
        description: String::new(),
        tree: Tree::of(&filter),
        problems: Problems::default(),
    };
    respond::page(&edit_page(&app, &current, draft).await?)
}

pub(crate) async fn edit(State(app): State<App>, current: Current, Path(id): Path<String>) -> Result {
    let segment = app.store.read(move |snapshot| segments::get(snapshot, &id)).await?;
    let draft = Draft {
        name: segment.name.clone(),
        description: segment.description.clone().unwrap_or_default(),
        tree: Tree::of(&segment.filter),
        problems: Problems::default(),
        segment: Some(segment),
    };
    respond::page(&edit_page(&app, &current, draft).await?)
}

/// The builder after a press on one of its buttons; nothing is stored.
pub(crate) async fn draft(State(app): State<App>, current: Current, fields: Fields) -> Result {
    let mut tree = Tree::read(&fields);
    tree.change(fields.get("change"));
    let draft = draft_of(&app, &fields, tree, Problems::default()).await?;
    respond::page(&edit_page(&app, &current, draft).await?)
}

async fn draft_of(app: &App, fields: &Fields, tree: Tree, problems: Problems) -> Result<Draft> {
    let segment = match fields.filled("segment_id").map(str::to_string) {
        Some(id) => Some(app.store.read(move |snapshot| segments::get(snapshot, &id)).await?),
        None => None,
    };
    let (name, description) = (fields.get("name").to_string(), fields.get("description").to_string());
    Ok(Draft { segment, name, description, tree, problems })
}

#[derive(Template)]
#[template(path = "segments/live.html")]
struct Live {
    /// How many, or why that cannot be told.
    counted: std::result::Result<String, String>,
    sample: Vec<Member>,
    people_href: String,
}

struct Member {
    href: String,
    name: String,
    initials: String,
    hue: u8,
}

/// How many people match the conditions as they stand in the form, and some of them.
pub(crate) async fn count(State(app): State<App>, _: Current, fields: Fields) -> Result {
    let filter = match Tree::read(&fields).filter() {
        Ok(filter) => filter,
        Err(error) => return respond::fragment(&Live::failed(&error)),
    };
    let href = people_href("/people", &filter);
    let found = app.store.scan(move |snapshot| look(snapshot, filter)).await;
    match found {
        Ok((n, sample)) => respond::fragment(&Live {
            counted: Ok(counted(n, "person", "people")),
            sample,
            people_href: href,
        }),
        Err(error @ Error::Invalid(_)) => respond::fragment(&Live::failed(&error)),
        Err(error) => Err(error.into()),
    }
}

impl Live {
    fn failed(error: &Error) -> Self {
        let reason = match error {
            Error::Invalid(problems) => problems.first().map(|p| p.message.clone()).unwrap_or_default(),
            other => other.to_string(),
        };
        Self { counted: Err(reason), sample: Vec::new(), people_href: String::new() }
    }
}

fn look(snapshot: &mut Snapshot<'_>, filter: Filter) -> Found<(i64, Vec<Member>)> {
    let n = people::count_up_to(snapshot, &filter, COUNTED_TO + 1)?;
    let query = ListQuery { filter, sort: Sort::LastOrder, descending: true, after: None, limit: SAMPLE };
    let member = |person: people::Person| Member {
        href: format!("/people/{}", person.id),
        initials: initials(&person.name),
        hue: hue(&person.id),
        name: person.name,
    };
    Ok((n, people::list(snapshot, &query)?.people.into_iter().map(member).collect()))
}

pub(crate) async fn create(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    save(&app, &current, fields, |tx, _, input| segments::create(tx, input)).await
}

pub(crate) async fn update(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    save(&app, &current, fields, move |tx, version, input| segments::update(tx, &id, version, input)).await
}

/// Stores what the builder holds, or shows it again with what is wrong.
async fn save(
    app: &App,
    current: &Current,
    fields: Fields,
    write: impl Fn(&mut Tx<'_>, i64, &Input) -> Found<Segment> + Send + 'static,
) -> Result {
    let tree = Tree::read(&fields);
    let filter = match tree.filter() {
        Ok(filter) => filter,
        Err(error) => {
            let draft = draft_of(app, &fields, tree, Problems::of(error)?).await?;
            return respond::invalid(&edit_page(app, current, draft).await?);
        }
    };
    let (name, description) =
        (fields.get("name").to_string(), fields.filled("description").map(str::to_string));
    let input = Input { name, description, filter };
    let version = fields.get("version").parse().unwrap_or(0);
    let stored = app.store.write(current.by(), move |tx| {
        let segment = write(tx, version, &input)?;
        Ok((changes::of_newest(tx, &segment.id)?, segment))
    });
    match stored.await {
        Ok((undo, segment)) => {
            let toast = Toast::done(format!("{} saved", segment.name)).undo(undo);
            Ok(respond::redirect_with(&format!("/segments/{}", segment.id), toast))
        }
        Err(error) => {
            let draft = draft_of(app, &fields, tree, Problems::of(error)?).await?;
            respond::invalid(&edit_page(app, current, draft).await?)
        }
    }
}

pub(crate) async fn delete(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let write = move |tx: &mut Tx<'_>| {
        let name = segments::get(tx, &id)?.name;
        segments::delete(tx, &id)?;
        Ok((name, changes::of_newest(tx, &id)?))
    };
    let (name, undo) = app.store.write(current.by(), write).await?;
    Ok(respond::redirect_with("/segments", Toast::done(format!("{name} deleted")).undo(undo)))
}
