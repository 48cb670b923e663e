//! People: `/people`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use platform::{Error, Snapshot};
use records::filter::Filter;
use records::orders::workspace_currency;
use records::people::{self as verbs, Input, ListQuery, Sort};
use records::products::Outcome;
use records::values::currency::Currency;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, Page};
use super::asked::{self, Asked, Body, IfMatch};
use super::values::{Custom, DateText, Money, Text, Time};
use super::{Caller, Writing, removal};
use crate::error::{Failure, Result};
use crate::state::App;

/// A person: customer, contact or lead.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Person {
    #[schema(example = "per_06b2k3m8q4v7x1y5z0a9")]
    id: String,
    /// The number under which another system knows the person.
    external_id: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    /// What to call the person: the names, or the e-mail address or number where no name is known.
    name: String,
    email: Option<String>,
    /// E.164.
    phone: Option<String>,
    company_id: Option<String>,
    street: Option<String>,
    postcode: Option<String>,
    city: Option<String>,
    /// ISO 3166 alpha-2.
    country: Option<String>,
    #[schema(format = Date)]
    birthday: Option<String>,
    language: Option<String>,
    /// Where the person came from: a channel such as `newsletter` or `fair`.
    source: Option<String>,
    customer_since: Option<Time>,
    /// What came in, by field, where normalising changed it.
    raw: BTreeMap<String, String>,
    /// Fields that only this firm has.
    custom: BTreeMap<String, String>,
    /// Purchases that count.
    n_orders: i64,
    /// What was bought less what was returned, in the workspace's currency.
    revenue: Money,
    first_order_at: Option<Time>,
    last_order_at: Option<Time>,
    created_at: Time,
    updated_at: Time,
    /// The person into whom this one was merged.
    merged_into: Option<String>,
}

impl Person {
    pub(super) fn told(person: verbs::Person, workspace: Currency) -> Self {
        Self {
            id: person.id,
            external_id: person.external_id,
            given_name: person.given_name,
            family_name: person.family_name,
            name: person.name,
            email: person.email,
            phone: person.phone,
            company_id: person.company_id,
            street: person.street,
            postcode: person.postcode,
            city: person.city,
            country: person.country,
            birthday: person.birthday,
            language: person.language,
            source: person.source,
            customer_since: person.customer_since.map(Time),
            raw: person.raw,
            custom: person.custom,
            n_orders: person.n_orders,
            revenue: Money::new(person.revenue_minor, workspace),
            first_order_at: person.first_order_at.map(Time),
            last_order_at: person.last_order_at.map(Time),
            created_at: Time(person.created_at),
            updated_at: Time(person.updated_at),
            merged_into: person.merged_into,
        }
    }
}

/// What is stated about a person. A field left out stays as it is; null or an empty text clears it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PersonInput)]
pub(crate) struct Stated {
    #[serde(default)]
    external_id: Text,
    /// The whole name in one field; `given_name` and `family_name` go before it.
    #[serde(default)]
    name: Text,
    #[serde(default)]
    given_name: Text,
    #[serde(default)]
    family_name: Text,
    #[serde(default)]
    email: Text,
    /// As it is written in the person's country, or with its country code.
    #[serde(default)]
    phone: Text,
    #[serde(default)]
    company_id: Text,
    #[serde(default)]
    street: Text,
    #[serde(default)]
    postcode: Text,
    #[serde(default)]
    city: Text,
    /// A name or a code.
    #[serde(default)]
    country: Text,
    #[serde(default)]
    birthday: DateText,
    #[serde(default)]
    language: Text,
    #[serde(default)]
    source: Text,
    customer_since: Option<Time>,
    #[serde(default)]
    custom: Custom,
}

impl Stated {
    fn input(self) -> Input {
        Input {
            external_id: self.external_id.0,
            name: self.name.0,
            given_name: self.given_name.0,
            family_name: self.family_name.0,
            email: self.email.0,
            phone: self.phone.0,
            company_id: self.company_id.0,
            street: self.street.0,
            postcode: self.postcode.0,
            city: self.city.0,
            country: self.country.0,
            birthday: self.birthday.0,
            language: self.language.0,
            source: self.source.0,
            customer_since: self.customer_since.map(|time| time.0),
            custom: self.custom.texts(),
        }
    }
}

/// Which people, in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAsked {
    /// Conditions as JSON, such as `{"all":[{"field":{"name":"country","op":"is","value":"DE"}}]}`.
    #[serde(default, deserialize_with = "asked::filled")]
    filter: Option<String>,
    /// `created`, `name`, `family_name`, `revenue` or `last_order`.
    #[serde(default, deserialize_with = "asked::filled")]
    #[param(default = "created")]
    sort: Option<String>,
    #[param(default = false)]
    descending: Option<bool>,
    /// People on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
    /// The `next` of the page before.
    #[serde(default, deserialize_with = "asked::filled")]
    after: Option<String>,
}

impl ListAsked {
    pub(super) fn query(self) -> Result<ListQuery> {
        let sort = self.sort.as_deref().unwrap_or("created");
        let unknown = || Error::invalid("sort", format!("“{sort}” is no order of this list"));
        Ok(ListQuery {
            filter: self.filter.as_deref().map(filter_of).transpose()?.unwrap_or_default(),
            sort: Sort::parse(sort).ok_or_else(unknown)?,
            descending: self.descending.unwrap_or(false),
            after: self.after,
            limit: asked::limit(self.limit)?,
        })
    }
}

/// The filter that a JSON text says.
pub(super) fn filter_of(text: &str) -> Result<Filter> {
    asked::parse(text.as_bytes()).map_err(|failure| match failure {
        Failure::Verb(Error::Invalid(mut problems)) => {
            for problem in &mut problems {
                problem.field = format!("filter.{}", problem.field).trim_end_matches('.').to_string();
            }
            Failure::Verb(Error::Invalid(problems))
        }
        _ => Error::invalid("filter", "is no JSON").into(),
    })
}

/// The person, unless it was deleted.
pub(super) fn living(snapshot: &mut Snapshot<'_>, id: &str) -> platform::Result<verbs::Person> {
    let person = verbs::get(snapshot, id)?;
    if person.deleted_at.is_some() { Err(Error::missing("person", id)) } else { Ok(person) }
}

fn told(snapshot: &mut Snapshot<'_>, person: verbs::Person) -> platform::Result<(i64, Person)> {
    Ok((person.updated_at, Person::told(person, workspace_currency(snapshot)?)))
}

fn address(person: &Person) -> String {
    format!("/api/v1/people/{}", person.id)
}

/// List people.
#[utoipa::path(get, path = "/people", tag = "people", params(ListAsked), responses((status = 200, body = Page<Person>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<ListAsked>) -> Result {
    let query = asked.query()?;
    let page = app.store.read(move |s| {
        let page = verbs::list(s, &query)?;
        page_of(s, page)
    });
    answers::page(&page.await?)
}

/// A page of people as JSON.
pub(super) fn page_of(snapshot: &mut Snapshot<'_>, page: verbs::Page) -> platform::Result<Page<Person>> {
    let workspace = workspace_currency(snapshot)?;
    let data = page.people.into_iter().map(|person| Person::told(person, workspace)).collect();
    Ok(Page { data, next: page.next })
}

/// Add a person. It is not looked up whether the person is there already: state people by their number for that.
#[utoipa::path(post, path = "/people", tag = "people", request_body = Stated, responses((status = 201, body = Person)))]
pub(crate) async fn create(State(app): State<App>, caller: Writing, Body(stated): Body<Stated>) -> Result {
    let input = stated.input();
    let created = app.store.write(caller.by(), move |tx| {
        let defaults = verbs::defaults(tx)?;
        let person = verbs::create(tx, &input, defaults)?;
        told(tx, person)
    });
    let (stamp, person) = created.await?;
    answers::stated(true, &address(&person), stamp, &person)
}

/// Show a person. Who was merged into another is shown with `merged_into`.
#[utoipa::path(get, path = "/people/{id}", tag = "people", params(("id" = String, Path)), responses((status = 200, body = Person)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let found = app.store.read(move |s| {
        let person = living(s, &id)?;
        told(s, person)
    });
    let (stamp, person) = found.await?;
    answers::record(StatusCode::OK, stamp, &person)
}

/// Change the fields that are named.
#[utoipa::path(patch, path = "/people/{id}", tag = "people", params(("id" = String, Path)), request_body = Stated,
    responses((status = 200, body = Person)))]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Writing,
    if_match: IfMatch,
    Path(id): Path<String>,
    Body(stated): Body<Stated>,
) -> Result {
    let input = stated.input();
    let changed = app.store.write(caller.by(), move |tx| {
        if !if_match.holds(living(tx, &id)?.updated_at) {
            return Ok(None);
        }
        let defaults = verbs::defaults(tx)?;
        let person = verbs::update(tx, &id, &input, defaults)?;
        told(tx, person).map(Some)
    });
    let (stamp, person) = answers::unchanged_since(changed.await?)?;
    answers::record(StatusCode::OK, stamp, &person)
}

/// Delete a person. Orders stay; `POST /people/{id}/restoration` brings the person back.
#[utoipa::path(delete, path = "/people/{id}", tag = "people", params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn destroy(
    State(app): State<App>,
    caller: Writing,
    if_match: IfMatch,
    Path(id): Path<String>,
) -> Result {
    removal::destroy(&app, &caller, if_match, id, |tx, id| Ok(living(tx, id)?.updated_at), verbs::delete)
        .await
}

/// Bring a deleted person back.
#[utoipa::path(post, path = "/people/{id}/restoration", tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = Person)))]
pub(crate) async fn restore(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    let restored = app.store.write(caller.by(), move |tx| {
        let known = verbs::get(tx, &id)?;
        let person = if known.deleted_at.is_some() { verbs::restore(tx, &id)? } else { known };
        told(tx, person)
    });
    let (stamp, person) = restored.await?;
    answers::record(StatusCode::OK, stamp, &person)
}

/// Show the person with this number of another system.
#[utoipa::path(get, path = "/people/by-external-id/{external_id}", tag = "people", params(("external_id" = String, Path)),
    responses((status = 200, body = Person)))]
pub(crate) async fn show_by_external_id(
    State(app): State<App>,
    _: Caller,
    Path(number): Path<String>,
) -> Result {
    let found = app.store.read(move |s| {
        let person = verbs::by_external_id(s, &number)?.filter(|person| person.deleted_at.is_none());
        told(s, person.ok_or_else(|| Error::missing("person", &number))?)
    });
    let (stamp, person) = found.await?;
    answers::record(StatusCode::OK, stamp, &person)
}

/// State the person with this number: created, or changed in the fields that are named. Saying it again changes nothing.
#[utoipa::path(put, path = "/people/by-external-id/{external_id}", tag = "people",
    params(("external_id" = String, Path)), request_body = Stated,
    responses((status = 200, body = Person), (status = 201, body = Person)))]
pub(crate) async fn state(
    State(app): State<App>,
    caller: Writing,
    Path(number): Path<String>,
    Body(stated): Body<Stated>,
) -> Result {
    let input = stated.input();
    let done = app.store.write(caller.by(), move |tx| {
        let defaults = verbs::defaults(tx)?;
        let (person, outcome) = verbs::state(tx, &number, &input, defaults)?;
        Ok((outcome, told(tx, person)?))
    });
    let (outcome, (stamp, person)) = done.await?;
    answers::stated(outcome == Outcome::Created, &address(&person), stamp, &person)
}
