//! The list of contracts: by risk, by the next renewal, those that ended, or those of one product.

use cycle::analyze::contracts::{self, By, Place, Row, words as of_contract};
use platform::{Error, Result as Found, Snapshot};
use records::products;

use super::SHOWN;
use crate::pages::scores::Reasons;
use crate::parts::Tab;
use crate::query::Query;
use crate::wording::{Words, percent};

/// Contracts of one person that are shown.
const OF_PERSON: usize = 4;

/// A contract in the list.
pub(crate) struct Line {
    pub(crate) href: String,
    pub(crate) person: String,
    pub(crate) product: String,
    pub(crate) product_href: String,
    pub(crate) since: String,
    pub(crate) until: String,
    pub(crate) has_ended: bool,
    pub(crate) monthly: String,
    pub(crate) paid: String,
    pub(crate) risk: Option<(f64, String)>,
    pub(crate) value: String,
    pub(crate) interval: String,
    pub(crate) why: String,
}

/// Which contracts are asked for, and where the page begins.
pub(super) struct Asked {
    pub(super) by: By,
    after: Option<Place>,
}

impl Asked {
    /// **Errors** at `by` and `after`.
    pub(super) fn of(query: &Query) -> Found<Self> {
        let by = match (query.filled("product"), query.filled("by")) {
            (Some(product), _) => By::Product(product.to_string()),
            (None, None) => By::Risk,
            (None, Some(name)) => {
                By::parse(name).ok_or_else(|| Error::invalid("by", format!("there is no order “{name}”")))?
            }
        };
        Ok(Self { by, after: query.filled("after").map(Place::parse).transpose()? })
    }
}

/// A page of the list.
pub(super) struct Listed {
    pub(super) lines: Vec<Line>,
    pub(super) next: Option<String>,
    pub(super) product: Option<String>,
}

pub(super) fn read(snapshot: &mut Snapshot<'_>, asked: &Asked, words: &Words) -> Found<Listed> {
    let product = match &asked.by {
        By::Product(id) => Some(products::get(snapshot, id)?.name),
        _ => None,
    };
    let mut rows = contracts::list(snapshot, &asked.by, asked.after.as_ref(), SHOWN + 1)?;
    // Where the model abstains nothing has a risk: the next renewals are what can be told.
    if rows.is_empty() && asked.by == By::Risk && asked.after.is_none() {
        rows = contracts::list(snapshot, &By::Renewal, None, SHOWN)?;
    }
    let has_more = rows.len() > SHOWN;
    rows.truncate(SHOWN);
    let next = rows.last().filter(|_| has_more).map(|last| last.place(&asked.by));
    Ok(Listed { lines: rows.iter().map(|row| line(row, words)).collect(), next, product })
}

/// The contracts of a person, the newest first.
pub(crate) fn of_person(snapshot: &mut Snapshot<'_>, person_id: &str, words: &Words) -> Found<Vec<Line>> {
    let rows = contracts::of_person(snapshot, person_id, OF_PERSON)?;
    Ok(rows.iter().map(|row| line(row, words)).collect())
}

fn line(row: &Row, words: &Words) -> Line {
    let reasons = Reasons::of(&row.reasons, |reason| of_contract::reason(reason, |minor| words.money(minor)));
    let period = match row.period_months {
        1 => "monthly".to_string(),
        12 => "yearly".to_string(),
        months => format!("every {months} months"),
    };
    let paid = match row.n_late {
        0 => format!("{} · {period}", payments(row.n_payments)),
        late => format!("{}, {late} late · {period}", payments(row.n_payments)),
    };
    Line {
        href: format!("/people/{}", row.person_id),
        person: row.person.clone(),
        product: row.product.clone(),
        product_href: format!("/contracts?product={}#list", row.product_id),
        since: row.started_on.clone(),
        until: row.ended_on.as_ref().unwrap_or(&row.covered_until).clone(),
        has_ended: row.ended_on.is_some(),
        monthly: words.money(row.monthly_minor),
        paid,
        risk: row.risk.map(|risk| (100.0 * risk, percent(risk))),
        value: row.value.map_or("–".to_string(), |(expected, ..)| words.money(expected)),
        interval: row
            .value
            .map_or(String::new(), |(_, low, high)| format!("{} – {}", words.money(low), words.money(high))),
        why: reasons.line(),
    }
}

fn payments(n: i64) -> String {
    crate::wording::counted(n, "payment", "payments")
}

pub(super) fn tabs(by: &By) -> Vec<Tab> {
    let tab = |label: &str, name: &str, own: By| Tab {
        label: label.to_string(),
        href: format!("/contracts?by={name}#list"),
        current: own == *by,
        count: None,
    };
    vec![
        tab("Highest risk", "risk", By::Risk),
        tab("Next renewals", "renewal", By::Renewal),
        tab("Ended", "end", By::End),
    ]
}
