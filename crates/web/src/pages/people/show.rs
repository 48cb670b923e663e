//! One person's page: fields, timeline, orders, scores with their reasons, consents.

use askama::Template;
use axum::extract::{Path, State};
use cycle::analyze::scores_of;
use cycle::process::dedupe;
use platform::{Error, Result as Found, Snapshot, Tx};
use records::consents::{self, LawfulBasis, Statement};
use records::orders::{self, Order, Status};
use records::people::{self, Person};
use records::{companies, tags};

use super::filter::country_name;
use super::form::Form;
use super::scores::{Told, told};
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::Fields;
use crate::layout::{Layout, Place};
use crate::pages::changes;
use crate::pages::scores::{Suggested, suggested};
use crate::pages::timeline::{self, Timeline, label};
use crate::parts::{Choice, Toast};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::wording::{Words, amount, hue, initials};

/// Orders beside the timeline.
const ORDERS: usize = 8;

#[derive(Template)]
#[template(path = "people/show.html")]
pub(super) struct Show {
    page: Layout,
    may_write: bool,
    initials: String,
    hue: u8,
    sheet: Sheet,
    /// The form in place of the fields, while they are edited.
    form: Option<Form>,
}

/// Everything that the page says about the person.
pub(super) struct Sheet {
    /// The tone of the notes over time.
    tone: Option<crate::pages::texts::OfRecord>,
    pub(super) person: Person,
    company: Option<(String, String)>,
    sections: Vec<Section>,
    tags: Vec<String>,
    consents: Vec<ConsentLine>,
    channels: Vec<Choice>,
    bases: Vec<Choice>,
    told: Option<Told>,
    /// Contracts for products that are paid by period, the newest first.
    contracts: Vec<crate::pages::contracts::OfPerson>,
    /// What the customer most likely buys next.
    next: Vec<Suggested>,
    revenue: String,
    first_order: Option<String>,
    last_order: Option<String>,
    orders: Vec<OrderLine>,
    /// Others who may be the same person: address and name.
    duplicates: Vec<(String, String)>,
    timeline: Timeline,
}

/// A heading and the fields under it.
struct Section {
    title: &'static str,
    facts: Vec<Fact>,
}

struct Fact {
    label: String,
    value: String,
    href: Option<String>,
    /// What came in, where that was written differently.
    raw: Option<String>,
}

struct ConsentLine {
    purpose: String,
    channel: String,
    granted: bool,
    basis: String,
    source: String,
    stated: String,
}

pub(crate) struct OrderLine {
    pub(crate) href: String,
    pub(crate) number: String,
    pub(crate) day: String,
    pub(crate) total: String,
    pub(crate) badge: Option<(&'static str, &'static str)>,
    pub(crate) may_refund: bool,
}

pub(crate) fn order_line(order: &Order, words: &Words) -> OrderLine {
    let cancelled = order.status == Status::Cancelled;
    OrderLine {
        href: format!("/orders/{}", order.id),
        number: order.number.clone(),
        day: words.day(order.ordered_at),
        total: amount(order.total_minor, order.currency),
        badge: match (cancelled, order.is_return) {
            (true, _) => Some(("cancelled", "neutral")),
            (_, true) => Some(("return", "warning")),
            _ => None,
        },
        may_refund: !cancelled && !order.is_return && order.total_minor > 0,
    }
}

pub(crate) async fn show(
    State(app): State<App>,
    current: Current,
    Path(id): Path<String>,
    query: Query,
) -> Result {
    let may_write = current.may_write();
    let sheet = app.store.read(move |snapshot| read(snapshot, &id, may_write, &query)).await?;
    if let Some(kept) = &sheet.person.merged_into {
        return Ok(respond::redirect(&format!("/people/{kept}")));
    }
    respond::page(&page(&current, sheet, None))
}

pub(super) fn page(current: &Current, sheet: Sheet, form: Option<Form>) -> Show {
    Show {
        page: current.layout(Place::People, sheet.person.name.clone()),
        may_write: current.may_write(),
        initials: initials(&sheet.person.name),
        hue: hue(&sheet.person.id),
        sheet,
        form,
    }
}

pub(super) fn read(snapshot: &mut Snapshot<'_>, id: &str, may_write: bool, query: &Query) -> Found<Sheet> {
    let person = people::get(snapshot, id)?;
    let words = Words::read(snapshot)?;
    let company = match &person.company_id {
        Some(company_id) => {
            companies::many(snapshot, std::slice::from_ref(company_id))?.pop().map(|c| (c.name, c.id))
        }
        None => None,
    };
    let scores = scores_of(snapshot, &[id])?.pop();
    let next = suggested(snapshot, scores.as_ref().map_or(&[], |scores| &scores.next_products))?;
    let newest = orders::of_person(snapshot, id, None, ORDERS)?;
    let asked = timeline::Asked {
        subject_id: id,
        now: serde_json::to_value(&person)?,
        has_orders: true,
        only: None,
        may_write,
        query,
    };
    let consents = consents::of_person(snapshot, id)?;
    let tones = cycle::analyze::texts::of_record(snapshot, id)?;
    Ok(Sheet {
        tone: crate::pages::texts::of_record(&tones),
        sections: sections(&person, company.as_ref(), &words),
        tags: tags::of_record(snapshot, id)?,
        consents: consents.into_iter().map(|consent| consent_line(consent, &words)).collect(),
        channels: ["email", "phone", "sms", "post"]
            .map(|name| Choice::new(name, &label(name), "email"))
            .to_vec(),
        bases: LawfulBasis::ALL
            .map(|basis| Choice::new(basis.word(), &label(basis.word()), "consent"))
            .to_vec(),
        next,
        told: scores.map(|scores| told(&scores, &words)),
        contracts: crate::pages::contracts::of_person(snapshot, id, &words)?,
        revenue: words.money(person.revenue_minor),
        first_order: person.first_order_at.map(|at| words.day(at)),
        last_order: person.last_order_at.map(|at| words.day(at)),
        orders: newest.iter().map(|order| order_line(order, &words)).collect(),
        duplicates: duplicates(snapshot, id)?,
        timeline: timeline::read(snapshot, &asked, &format!("/people/{id}"), &words)?,
        company,
        person,
    })
}

fn duplicates(snapshot: &mut Snapshot<'_>, id: &str) -> Found<Vec<(String, String)>> {
    let mut others = dedupe::cluster_of(snapshot, id)?;
    others.retain(|other| other != id);
    let present = people::many(snapshot, &others)?.into_iter().filter(Person::is_present);
    Ok(present.map(|person| (format!("/people/{}", person.id), person.name)).collect())
}

fn consent_line(consent: consents::Consent, words: &Words) -> ConsentLine {
    ConsentLine {
        purpose: consent.purpose,
        channel: consent.channel,
        granted: consent.state == consents::State::Granted,
        basis: label(consent.lawful_basis.word()),
        source: consent.source.unwrap_or_default(),
        stated: words.day(consent.stated_at),
    }
}

/// The fields that are known, by section, each with what came in where that was different.
fn sections(person: &Person, company: Option<&(String, String)>, words: &Words) -> Vec<Section> {
    let fact = |field: &str, label: &str, value: Option<String>, href: Option<String>| {
        let raw = person.raw.get(field).cloned();
        match (value, raw) {
            (None, None) => None,
            (value, raw) => {
                Some(Fact { label: label.to_string(), value: value.unwrap_or_default(), href, raw })
            }
        }
    };
    let plain = |field: &str, label: &str, value: &Option<String>| fact(field, label, value.clone(), None);
    let link = |scheme: &str, value: &Option<String>| value.as_ref().map(|value| format!("{scheme}:{value}"));
    let country = person.country.as_deref().map(|code| country_name(code).to_string());
    let contact = vec![
        fact("name", "Name", Some(person.name.clone()), None),
        fact("email", "E-mail", person.email.clone(), link("mailto", &person.email)),
        fact("phone", "Phone", person.phone.clone(), link("tel", &person.phone)),
        fact(
            "company",
            "Company",
            company.map(|(name, _)| name.clone()),
            company.map(|(_, id)| format!("/companies/{id}")),
        ),
    ];
    let address = vec![
        plain("street", "Street", &person.street),
        plain("postcode", "Postcode", &person.postcode),
        plain("city", "City", &person.city),
        fact("country", "Country", country, None),
    ];
    let about = vec![
        plain("external_id", "Customer number", &person.external_id),
        plain("source", "Source", &person.source),
        fact("customer_since", "Customer since", person.customer_since.map(|at| words.day(at)), None),
        plain("birthday", "Birthday", &person.birthday),
        plain("language", "Language", &person.language),
        fact("created", "Added", Some(words.day(person.created_at)), None),
    ];
    let own = person
        .custom
        .iter()
        .map(|(name, value)| fact(name, &label(name), Some(value.clone()), None))
        .collect();
    [("Contact", contact), ("Address", address), ("About", about), ("Own fields", own)]
        .into_iter()
        .map(|(title, facts)| Section { title, facts: facts.into_iter().flatten().collect() })
        .filter(|section: &Section| !section.facts.is_empty())
        .collect()
}

pub(crate) async fn state_consent(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let there = format!("/people/{id}");
    let state = consents::State::from_word(fields.get("state"))
        .ok_or_else(|| Error::invalid("state", "a consent is granted or denied"))?;
    let basis = LawfulBasis::from_word(fields.get("basis"))
        .ok_or_else(|| Error::invalid("basis", "choose the lawful basis"))?;
    let write = move |tx: &mut Tx<'_>| {
        let statement = Statement {
            person_id: &id,
            purpose: fields.get("purpose"),
            channel: fields.get("channel"),
            state,
            lawful_basis: basis,
            source: fields.filled("source"),
            stated_at: tx.now(),
        };
        consents::state(tx, &statement)?;
        changes::of_newest(tx, &id)
    };
    let undo = app.store.write(current.by(), write).await?;
    Ok(respond::redirect_with(&there, Toast::done("Consent written down").undo(undo)))
}
