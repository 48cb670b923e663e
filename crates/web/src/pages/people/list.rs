//! The list of people: filter, sort, pages by key, counting on the side.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use cycle::analyze::{Scores, scores_of};
use platform::{Result as Found, Snapshot};
use records::companies::{self, Company};
use records::filter::Filter;
use records::people::{self, ListQuery, Person, Sort};
use records::tags;

use super::filter::{Bar, Chip, NAMES, chips, country_name, filter_of, segment_label};
use super::scores::{Badge, tier_badge};
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::parts::{Column, Pager};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::wording::{COUNTED_TO, Words, counted, hue, initials, percent};
use crate::words::count as grouped;

/// People on one page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "people/list.html")]
struct List {
    page: Layout,
    may_write: bool,
    asked: Query,
    bar: Bar,
    chips: Vec<Chip>,
    is_narrowed: bool,
    /// The number of matches, where it is known already.
    counted: Option<String>,
    /// Where the number is asked for, and where the matches are had as a file and as a segment.
    count_href: String,
    export_href: String,
    segment_href: String,
    columns: Vec<Column>,
    people: Vec<Row>,
    pager: Pager,
}

struct Row {
    id: String,
    name: String,
    initials: String,
    hue: u8,
    email: String,
    company: String,
    company_href: String,
    country: String,
    tier: Option<Badge>,
    segment: String,
    n_orders: String,
    revenue: String,
    last_order: String,
    alive: Option<String>,
    /// Why `alive` is not told.
    cannot_tell: &'static str,
    tags: Vec<String>,
}

/// What was found for one address.
struct Matches {
    filter: Filter,
    bar: Bar,
    company: Option<String>,
    rows: Vec<Row>,
    next: Option<String>,
    /// Counted only where it costs nothing.
    n: Option<i64>,
}

pub(crate) async fn index(State(app): State<App>, current: Current, query: Query) -> Result {
    let filter = filter_of(&query)?;
    let asked = query.clone();
    let found = app.store.read(move |snapshot| read(snapshot, &asked, filter)).await?;
    respond::page(&page(&current, query, found))
}

/// The number of matches, asked for beside the list, because counting may take longer than showing.
pub(crate) async fn count(State(app): State<App>, _: Current, query: Query) -> Result {
    let filter = filter_of(&query)?;
    let n = app.store.scan(move |snapshot| people::count_up_to(snapshot, &filter, COUNTED_TO + 1)).await?;
    respond::fragment(&Counted { text: counted(n, "person", "people") })
}

#[derive(Template)]
#[template(path = "people/count.html")]
struct Counted {
    text: String,
}

fn sort_of(query: &Query) -> (Sort, bool) {
    let wanted = query.filled("sort").unwrap_or("-last_order");
    let (name, descending) = wanted.strip_prefix('-').map_or((wanted, false), |name| (name, true));
    Sort::parse(name).map_or((Sort::LastOrder, true), |sort| (sort, descending))
}

fn read(snapshot: &mut Snapshot<'_>, query: &Query, filter: Filter) -> Found<Matches> {
    let (sort, descending) = sort_of(query);
    let after = query.filled("after").map(str::to_string);
    let asked = ListQuery { filter, sort, descending, after, limit: ROWS };
    let found = people::list(snapshot, &asked)?;
    let is_whole = asked.after.is_none() && found.next.is_none();
    let n = match is_whole {
        true => Some(found.people.len() as i64),
        false if asked.filter == Filter::default() => {
            Some(people::count_up_to(snapshot, &asked.filter, COUNTED_TO + 1)?)
        }
        false => None,
    };
    let company = match query.filled("company") {
        Some(id) => companies::many(snapshot, &[id.to_string()])?.pop().map(|company| company.name),
        None => None,
    };
    Ok(Matches {
        bar: Bar::read(snapshot, query)?,
        company,
        rows: rows(snapshot, found.people)?,
        next: found.next,
        filter: asked.filter,
        n,
    })
}

/// Rows with what stands beside people: companies, scores and tags, each asked for once for all rows.
fn rows(snapshot: &mut Snapshot<'_>, people: Vec<Person>) -> Found<Vec<Row>> {
    let words = Words::read(snapshot)?;
    let ids: Vec<&str> = people.iter().map(|person| person.id.as_str()).collect();
    let employers: Vec<String> = people.iter().filter_map(|person| person.company_id.clone()).collect();
    let mut company: HashMap<String, Company> = HashMap::new();
    for one in companies::many(snapshot, &employers)? {
        company.insert(one.id.clone(), one);
    }
    let mut scores: HashMap<String, Scores> = HashMap::new();
    for one in scores_of(snapshot, &ids)? {
        scores.insert(one.person_id.clone(), one);
    }
    let mut tags = tags::of_records(snapshot, &ids)?;
    let row = |person: &Person| {
        let employer = person.company_id.as_ref().and_then(|id| company.get(id));
        let tags = tags.remove(&person.id).unwrap_or_default();
        row(person, employer, scores.get(&person.id), tags, &words)
    };
    Ok(people.iter().map(row).collect())
}

fn row(
    person: &Person,
    company: Option<&Company>,
    scores: Option<&Scores>,
    tags: Vec<String>,
    words: &Words,
) -> Row {
    Row {
        id: person.id.clone(),
        name: person.name.clone(),
        initials: initials(&person.name),
        hue: hue(&person.id),
        email: person.email.clone().unwrap_or_default(),
        company: company.map(|company| company.name.clone()).unwrap_or_default(),
        company_href: company.map(|company| format!("/companies/{}", company.id)).unwrap_or_default(),
        country: person.country.as_deref().map(country_name).unwrap_or_default().to_string(),
        tier: scores.and_then(tier_badge),
        segment: scores
            .and_then(|scores| scores.segment.as_deref())
            .map(segment_label)
            .unwrap_or_default()
            .to_string(),
        n_orders: if person.n_orders == 0 { String::new() } else { grouped(person.n_orders) },
        revenue: if person.n_orders == 0 && person.revenue_minor == 0 {
            String::new()
        } else {
            words.money(person.revenue_minor)
        },
        last_order: person.last_order_at.map(|at| words.day(at)).unwrap_or_default(),
        alive: scores.and_then(|scores| scores.probability_alive).map(percent),
        cannot_tell: scores
            .and_then(|scores| scores.abstained)
            .map(|abstained| abstained.in_words())
            .unwrap_or_default(),
        tags,
    }
}

fn page(current: &Current, query: Query, found: Matches) -> List {
    let narrowing = NAMES.iter().any(|name| query.filled(name).is_some());
    let here = query.first_page();
    let all = serde_json::to_string(&found.filter).unwrap_or_default();
    List {
        page: current.layout(Place::People, "People"),
        may_write: current.may_write(),
        chips: chips(&query, &found.filter, found.company.as_deref()),
        bar: found.bar,
        is_narrowed: narrowing,
        counted: found.n.map(|n| counted(n, "person", "people")),
        count_href: here.without(&["sort"]).at("/people/count"),
        export_href: here.without(&["sort"]).at("/people/export"),
        segment_href: Query::default().with("filter", &all).at("/segments/new"),
        columns: columns(&query),
        pager: query.pager("/people", found.next.as_deref(), counted(found.rows.len() as i64, "row", "rows")),
        people: found.rows,
        asked: query,
    }
}

fn columns(query: &Query) -> Vec<Column> {
    let (sort, descending) = sort_of(query);
    let sorted = (sort.name(), descending);
    let sortable = |column, name| query.sortable("/people", column, name, sorted);
    vec![
        sortable(Column::text("Name"), "name"),
        Column::text("Tier").meaning("Value tier: how much of the firm's revenue customers like this bring"),
        Column::text("Segment").meaning("By recency, frequency and money of the orders"),
        Column::number("Orders").meaning("Purchases in the firm's currency that were not cancelled"),
        sortable(Column::number("Revenue").meaning("What was bought, less returns"), "revenue"),
        sortable(Column::number("Last order"), "last_order"),
        Column::number("Still a customer").meaning("Probability by the BG/NBD model, from the last run"),
        Column::text("E-mail"),
        Column::text("Company"),
        Column::text("Country"),
        Column::text("Tags"),
    ]
}
