//! Companies: `/companies`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use platform::{Error, Snapshot};
use records::companies::{self as verbs, Input};
use records::people::defaults;
use records::products::Outcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

use super::answers::{self, Page};
use super::asked::{self, Asked, Body, IfMatch};
use super::values::{Custom, Text, Time, Whole};
use super::{Caller, Writing, removal};
use crate::error::Result;
use crate::state::App;

/// An organisation that people work for and that buys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Company {
    id: String,
    /// The number under which another system knows the company.
    external_id: Option<String>,
    name: String,
    /// The domain of its e-mail addresses.
    domain: Option<String>,
    industry: Option<String>,
    n_employees: Option<i64>,
    /// E.164.
    phone: Option<String>,
    website: Option<String>,
    street: Option<String>,
    postcode: Option<String>,
    city: Option<String>,
    /// ISO 3166 alpha-2.
    country: Option<String>,
    source: Option<String>,
    /// What came in, by field, where normalising changed it.
    raw: BTreeMap<String, String>,
    /// Fields that only this firm has.
    custom: BTreeMap<String, String>,
    created_at: Time,
    updated_at: Time,
    /// The company into which this one was merged.
    merged_into: Option<String>,
}

impl From<verbs::Company> for Company {
    fn from(company: verbs::Company) -> Self {
        Self {
            id: company.id,
            external_id: company.external_id,
            name: company.name,
            domain: company.domain,
            industry: company.industry,
            n_employees: company.n_employees,
            phone: company.phone,
            website: company.website,
            street: company.street,
            postcode: company.postcode,
            city: company.city,
            country: company.country,
            source: company.source,
            raw: company.raw,
            custom: company.custom,
            created_at: Time(company.created_at),
            updated_at: Time(company.updated_at),
            merged_into: company.merged_into,
        }
    }
}

/// What is stated about a company. A field left out stays as it is; null or an empty text clears it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CompanyInput)]
pub(crate) struct Stated {
    #[serde(default)]
    external_id: Text,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    domain: Text,
    #[serde(default)]
    industry: Text,
    #[serde(default)]
    n_employees: Whole,
    #[serde(default)]
    phone: Text,
    #[serde(default)]
    website: Text,
    #[serde(default)]
    street: Text,
    #[serde(default)]
    postcode: Text,
    #[serde(default)]
    city: Text,
    #[serde(default)]
    country: Text,
    #[serde(default)]
    source: Text,
    #[serde(default)]
    custom: Custom,
}

impl Stated {
    fn input(self) -> Input {
        Input {
            external_id: self.external_id.0,
            name: self.name.0,
            domain: self.domain.0,
            industry: self.industry.0,
            n_employees: self.n_employees.0,
            phone: self.phone.0,
            website: self.website.0,
            street: self.street.0,
            postcode: self.postcode.0,
            city: self.city.0,
            country: self.country.0,
            source: self.source.0,
            custom: self.custom.texts(),
        }
    }
}

/// Which companies, by name.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAsked {
    /// Only names that begin so.
    #[serde(default, deserialize_with = "asked::filled")]
    name: Option<String>,
    /// Companies on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
    /// The `next` of the page before.
    #[serde(default, deserialize_with = "asked::filled")]
    after: Option<String>,
}

fn living(snapshot: &mut Snapshot<'_>, id: &str) -> platform::Result<verbs::Company> {
    let company = verbs::get(snapshot, id)?;
    if company.deleted_at.is_some() { Err(Error::missing("company", id)) } else { Ok(company) }
}

fn told(company: verbs::Company) -> (i64, Company) {
    (company.updated_at, company.into())
}

fn address(company: &Company) -> String {
    format!("/api/v1/companies/{}", company.id)
}

/// List companies by name.
#[utoipa::path(get, path = "/companies", tag = "companies", params(ListAsked), responses((status = 200, body = Page<Company>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(asked): Asked<ListAsked>) -> Result {
    let limit = asked::limit(asked.limit)?;
    if let Some(after) = asked.after.as_deref()
        && !after.contains('.')
    {
        return Err(asked::no_place(after));
    }
    let name = asked.name.unwrap_or_default();
    let page = app.store.read(move |s| verbs::list(s, &name, asked.after.as_deref(), limit)).await?;
    let data = page.companies.into_iter().map(Company::from).collect();
    answers::page(&Page { data, next: page.next })
}

/// Add a company.
#[utoipa::path(post, path = "/companies", tag = "companies", request_body = Stated, responses((status = 201, body = Company)))]
pub(crate) async fn create(State(app): State<App>, caller: Writing, Body(stated): Body<Stated>) -> Result {
    let input = stated.input();
    let created = app.store.write(caller.by(), move |tx| {
        let defaults = defaults(tx)?;
        verbs::create(tx, &input, defaults).map(told)
    });
    let (stamp, company) = created.await?;
    answers::stated(true, &address(&company), stamp, &company)
}

/// Show a company.
#[utoipa::path(get, path = "/companies/{id}", tag = "companies", params(("id" = String, Path)), responses((status = 200, body = Company)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let (stamp, company) = app.store.read(move |s| living(s, &id).map(told)).await?;
    answers::record(StatusCode::OK, stamp, &company)
}

/// Change the fields that are named.
#[utoipa::path(patch, path = "/companies/{id}", tag = "companies", params(("id" = String, Path)), request_body = Stated,
    responses((status = 200, body = Company)))]
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
        let defaults = defaults(tx)?;
        verbs::update(tx, &id, &input, defaults).map(told).map(Some)
    });
    let (stamp, company) = answers::unchanged_since(changed.await?)?;
    answers::record(StatusCode::OK, stamp, &company)
}

/// Delete a company. Its people stay; `POST /companies/{id}/restoration` brings it back.
#[utoipa::path(delete, path = "/companies/{id}", tag = "companies", params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn destroy(
    State(app): State<App>,
    caller: Writing,
    if_match: IfMatch,
    Path(id): Path<String>,
) -> Result {
    removal::destroy(&app, &caller, if_match, id, |tx, id| Ok(living(tx, id)?.updated_at), verbs::delete)
        .await
}

/// Bring a deleted company back.
#[utoipa::path(post, path = "/companies/{id}/restoration", tag = "companies", params(("id" = String, Path)),
    responses((status = 200, body = Company)))]
pub(crate) async fn restore(State(app): State<App>, caller: Writing, Path(id): Path<String>) -> Result {
    let restored = app.store.write(caller.by(), move |tx| {
        let known = verbs::get(tx, &id)?;
        Ok(told(if known.deleted_at.is_some() { verbs::restore(tx, &id)? } else { known }))
    });
    let (stamp, company) = restored.await?;
    answers::record(StatusCode::OK, stamp, &company)
}

/// Show the company with this number of another system.
#[utoipa::path(get, path = "/companies/by-external-id/{external_id}", tag = "companies",
    params(("external_id" = String, Path)), responses((status = 200, body = Company)))]
pub(crate) async fn show_by_external_id(
    State(app): State<App>,
    _: Caller,
    Path(number): Path<String>,
) -> Result {
    let found = app.store.read(move |s| {
        let company = verbs::by_external_id(s, &number)?.filter(|company| company.deleted_at.is_none());
        company.map(told).ok_or_else(|| Error::missing("company", &number))
    });
    let (stamp, company) = found.await?;
    answers::record(StatusCode::OK, stamp, &company)
}

/// State the company with this number: created, or changed in the fields that are named. Saying it again changes nothing.
#[utoipa::path(put, path = "/companies/by-external-id/{external_id}", tag = "companies",
    params(("external_id" = String, Path)), request_body = Stated,
    responses((status = 200, body = Company), (status = 201, body = Company)))]
pub(crate) async fn state(
    State(app): State<App>,
    caller: Writing,
    Path(number): Path<String>,
    Body(stated): Body<Stated>,
) -> Result {
    let input = stated.input();
    let done = app.store.write(caller.by(), move |tx| {
        let defaults = defaults(tx)?;
        let (company, outcome) = verbs::state(tx, &number, &input, defaults)?;
        Ok((outcome, told(company)))
    });
    let (outcome, (stamp, company)) = done.await?;
    answers::stated(outcome == Outcome::Created, &address(&company), stamp, &company)
}
