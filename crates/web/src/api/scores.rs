//! What the last turn found about one customer: `/scores`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::analyze::scores::{self as verbs};
use platform::Error;
use records::orders::workspace_currency;
use records::values::currency::Currency;
use serde::Serialize;
use utoipa::ToSchema;

use super::values::Money;
use super::{Caller, answers};
use crate::error::Result;
use crate::state::App;

/// What the last turn found about a customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Scores {
    person_id: String,
    run_id: String,
    /// 1 to 5; null, as the tier and segment, for who has only had orders free of charge.
    recency: Option<i64>,
    /// 1 to 5.
    frequency: Option<i64>,
    /// 1 to 5.
    money: Option<i64>,
    segment: Option<String>,
    tier: Option<String>,
    /// The tier a quarter before.
    previous_tier: Option<String>,
    #[schema(minimum = 0, maximum = 1)]
    probability_alive: Option<f64>,
    /// In the coming 52 weeks.
    expected_orders: Option<f64>,
    /// In the coming 52 weeks.
    lifetime_value: Option<Money>,
    /// The interval at 80 %.
    lifetime_value_low: Option<Money>,
    lifetime_value_high: Option<Money>,
    /// Why a number is missing.
    abstained: Option<&'static str>,
}

impl Scores {
    fn told(found: verbs::Scores, workspace: Currency) -> Self {
        let money = |amount: Option<i64>| amount.map(|amount| Money::new(amount, workspace));
        Self {
            person_id: found.person_id,
            run_id: found.run_id,
            recency: found.recency,
            frequency: found.frequency,
            money: found.money,
            segment: found.segment,
            tier: found.tier,
            previous_tier: found.previous_tier,
            probability_alive: found.probability_alive,
            expected_orders: found.expected_orders,
            lifetime_value: money(found.lifetime_value_minor),
            lifetime_value_low: money(found.lifetime_value_low_minor),
            lifetime_value_high: money(found.lifetime_value_high_minor),
            abstained: found.abstained.map(|why| why.code()),
        }
    }
}

/// Show the scores of a person. There are none before the first turn and for people who never bought.
#[utoipa::path(get, path = "/scores/{person_id}", tag = "analyses", params(("person_id" = String, Path)),
    responses((status = 200, body = Scores)))]
pub(crate) async fn show(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let found = app.store.read(move |s| {
        super::people::living(s, &id)?;
        let found = verbs::scores_of(s, &[&id])?.pop().ok_or_else(|| Error::missing("score of", &id))?;
        Ok(Scores::told(found, workspace_currency(s)?))
    });
    Ok(answers::json(StatusCode::OK, &found.await?))
}
