//! Customers who pay by period: `/contracts`.

use axum::extract::State;
use cycle::analyze::contracts::{self as verbs, By, Place, Row};
use platform::Error;
use records::orders::workspace_currency;
use records::values::currency::Currency;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Caller;
use super::answers::{self, Page};
use super::asked::{self, Asked};
use super::scores::Moved;
use super::values::Money;
use crate::error::Result;
use crate::state::App;

/// A contract as the last turn found it in payments for products that renew.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Contract {
    person_id: String,
    product_id: String,
    #[schema(format = Date)]
    started_on: String,
    /// The first day that is not paid for: the day of the renewal.
    #[schema(format = Date)]
    covered_until: String,
    /// Null while it runs.
    #[schema(format = Date)]
    ended_on: Option<String>,
    /// Months of the newest payment.
    period_months: i64,
    /// Money a month of the newest payment.
    monthly: Money,
    paid: Money,
    n_payments: i64,
    /// Payments that came after the cover had ended.
    n_late: i64,
    /// Probability that a running contract is not renewed; null where it has ended or the model abstains.
    #[schema(minimum = 0, maximum = 1)]
    risk: Option<f64>,
    reasons: Vec<Moved>,
    /// Payments to be expected in the coming 12 months.
    value: Option<Money>,
    /// The interval at 80 %.
    value_low: Option<Money>,
    value_high: Option<Money>,
}

impl Contract {
    fn told(row: Row, currency: Currency) -> Self {
        let money = |minor: i64| Money::new(minor, currency);
        Self {
            person_id: row.person_id,
            product_id: row.product_id,
            started_on: row.started_on,
            covered_until: row.covered_until,
            ended_on: row.ended_on,
            period_months: row.period_months,
            monthly: money(row.monthly_minor),
            paid: money(row.paid_minor),
            n_payments: row.n_payments,
            n_late: row.n_late,
            risk: row.risk,
            reasons: row.reasons.into_iter().map(Moved::from).collect(),
            value: row.value.map(|(expected, ..)| money(expected)),
            value_low: row.value.map(|(_, low, _)| money(low)),
            value_high: row.value.map(|(.., high)| money(high)),
        }
    }
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// risk (running ones, the highest first), renewal (running ones, the next first) or end (those that ended, the newest first).
    #[param(inline, default = "renewal")]
    by: Option<String>,
    /// All contracts of the product with this id, instead.
    product: Option<String>,
    /// Records on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List contracts.
#[utoipa::path(get, path = "/contracts", tag = "analyses", params(Wanted), responses((status = 200, body = Page<Contract>)))]
pub(crate) async fn index(State(app): State<App>, _: Caller, Asked(wanted): Asked<Wanted>) -> Result {
    let limit = asked::limit(wanted.limit)?;
    let by = match (wanted.product, wanted.by) {
        (Some(product), _) => By::Product(product),
        (None, None) => By::Renewal,
        (None, Some(name)) => By::parse(&name)
            .ok_or_else(|| Error::invalid("by", format!("“{name}” is not risk, renewal or end")))?,
    };
    let after = wanted.after.as_deref().filter(|after| !after.is_empty()).map(Place::parse).transpose()?;
    let order = by.clone();
    let found = app
        .store
        .read(move |s| Ok((verbs::list(s, &by, after.as_ref(), limit + 1)?, workspace_currency(s)?)));
    let (rows, currency) = found.await?;
    answers::page(&Page::cut(rows, limit, |row| row.place(&order), |row| Contract::told(row, currency)))
}
