//! One company's page: fields, people, what they bought together, notes, tags, timeline.

use askama::Template;
use axum::extract::{Path, State};
use platform::{Result as Found, Snapshot};
use records::companies::{self, Company};
use records::people::{self, Person};
use records::tags;

use super::form::Form;
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::pages::people::country_name;
use crate::pages::timeline::{self, Timeline, label};
use crate::parts::Stat;
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::wording::{Words, hue, initials};
use crate::words;

/// People shown beside the timeline.
const PEOPLE: usize = 12;

#[derive(Template)]
#[template(path = "companies/show.html")]
pub(super) struct Show {
    page: Layout,
    may_write: bool,
    sheet: Sheet,
    /// The form in place of the fields, while they are edited.
    form: Option<Form>,
}

pub(super) struct Sheet {
    pub(super) company: Company,
    facts: Vec<Fact>,
    stats: Vec<Stat>,
    tags: Vec<String>,
    people: Vec<Employee>,
    /// Where all people of the company are listed.
    people_href: String,
    timeline: Timeline,
}

struct Fact {
    label: String,
    value: String,
    href: Option<String>,
    raw: Option<String>,
}

struct Employee {
    person: Person,
    initials: String,
    hue: u8,
    revenue: String,
}

pub(crate) async fn show(
    State(app): State<App>,
    current: Current,
    Path(id): Path<String>,
    query: Query,
) -> Result {
    let may_write = current.may_write();
    let sheet = app.store.read(move |snapshot| read(snapshot, &id, may_write, &query)).await?;
    if let Some(kept) = &sheet.company.merged_into {
        return Ok(respond::redirect(&format!("/companies/{kept}")));
    }
    respond::page(&page(&current, sheet, None))
}

pub(super) fn page(current: &Current, sheet: Sheet, form: Option<Form>) -> Show {
    Show {
        page: current.layout(Place::Companies, sheet.company.name.clone()),
        may_write: current.may_write(),
        sheet,
        form,
    }
}

pub(super) fn read(snapshot: &mut Snapshot<'_>, id: &str, may_write: bool, query: &Query) -> Found<Sheet> {
    let company = companies::get(snapshot, id)?;
    let words = Words::read(snapshot)?;
    let totals = people::totals_of_company(snapshot, id)?;
    let ids = companies::people_of(snapshot, id, PEOPLE)?;
    let employees = people::many(snapshot, &ids)?;
    let people_href = Query::default().with("company", id).at("/people");
    let asked = timeline::Asked {
        subject_id: id,
        now: serde_json::to_value(&company)?,
        has_orders: false,
        only: None,
        may_write,
        query,
    };
    let stats = vec![
        Stat::new("People", words::count(totals.n_people), "People who work for this company.")
            .rows(&people_href),
        Stat::new("Orders", words::count(totals.n_orders), "Purchases of its people."),
        Stat::new("Revenue", words.money(totals.revenue_minor), "What its people bought, less returns."),
    ];
    Ok(Sheet {
        facts: facts(&company, &words),
        stats,
        tags: tags::of_record(snapshot, id)?,
        people: employees
            .into_iter()
            .map(|person| Employee {
                initials: initials(&person.name),
                hue: hue(&person.id),
                revenue: words.money(person.revenue_minor),
                person,
            })
            .collect(),
        people_href,
        timeline: timeline::read(snapshot, &asked, &format!("/companies/{id}"), &words)?,
        company,
    })
}

fn facts(company: &Company, words: &Words) -> Vec<Fact> {
    let website = company.website.as_ref().filter(|site| site.starts_with("http"));
    let country = company.country.as_deref().map(|code| country_name(code).to_string());
    let known = [
        ("name", "Name", Some(company.name.clone()), None),
        ("domain", "Domain", company.domain.clone(), None),
        ("website", "Website", company.website.clone(), website.cloned()),
        ("phone", "Phone", company.phone.clone(), company.phone.as_ref().map(|phone| format!("tel:{phone}"))),
        ("industry", "Industry", company.industry.clone(), None),
        ("n_employees", "Employees", company.n_employees.map(words::count), None),
        ("street", "Street", company.street.clone(), None),
        ("postcode", "Postcode", company.postcode.clone(), None),
        ("city", "City", company.city.clone(), None),
        ("country", "Country", country, None),
        ("external_id", "Company number", company.external_id.clone(), None),
        ("source", "Source", company.source.clone(), None),
        ("created", "Added", Some(words.day(company.created_at)), None),
    ];
    let own =
        company.custom.iter().map(|(name, value)| (name.as_str(), label(name), Some(value.clone()), None));
    known
        .into_iter()
        .map(|(field, label, value, href)| (field, label.to_string(), value, href))
        .chain(own)
        .filter_map(|(field, label, value, href)| {
            let raw = company.raw.get(field).cloned();
            (value.is_some() || raw.is_some()).then(|| Fact {
                label,
                value: value.unwrap_or_default(),
                href,
                raw,
            })
        })
        .collect()
}
