//! What the last turn found about one person: `/scores`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::analyze::models::Reason;
use cycle::analyze::next_product::{self, Why};
use cycle::analyze::scores::{self as verbs, LeadScore};
use platform::Error;
use records::orders::workspace_currency;
use records::values::currency::Currency;
use serde::Serialize;
use utoipa::ToSchema;

use super::values::Money;
use super::{Caller, answers};
use crate::error::Result;
use crate::state::App;

/// What the last turn found about a person.
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
    /// Probability that who is a customer now buys nothing more for the period of the churn model.
    #[schema(minimum = 0, maximum = 1)]
    churn_probability: Option<f64>,
    churn_reasons: Vec<Moved>,
    /// Probability that the running contract is not renewed; `/contracts` has the contract.
    #[schema(minimum = 0, maximum = 1)]
    contract_risk: Option<f64>,
    /// Of a person who never bought.
    lead: Option<Lead>,
    /// What the customer most likely buys next, the likeliest first.
    next_products: Vec<Next>,
}

/// A column that moved a score.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Moved {
    column: String,
    /// What it adds to the log-odds beside the usual; below 0 it lowers the score.
    effect: f64,
    value: Option<f64>,
}

impl From<Reason> for Moved {
    fn from(Reason(column, effect, value): Reason) -> Self {
        Self { column, effect, value }
    }
}

/// The lead score of a person who never bought.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadScore)]
pub(crate) struct Lead {
    fit: i64,
    engagement: i64,
    /// A1 to C3: the letter is the fit, the number the engagement.
    grade: String,
    /// Probability of a first order; null where the model abstains.
    probability: Option<f64>,
    rules: Vec<Given>,
    reasons: Vec<Moved>,
}

/// Points that a rule gave or took.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Given {
    rule: String,
    points: f64,
}

/// A product that may come next.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NextProduct)]
pub(crate) struct Next {
    sku: String,
    /// again, with or popular.
    why: &'static str,
    /// The product of the last basket that it goes with.
    with: Option<String>,
}

fn next(found: next_product::Next) -> Next {
    let (why, with) = match found.why {
        Why::Again => ("again", None),
        Why::With(sku) => ("with", Some(sku)),
        Why::Popular => ("popular", None),
    };
    Next { sku: found.sku, why, with }
}

fn lead(found: LeadScore) -> Lead {
    let rules = found.why.rules.into_iter().map(|(rule, points)| Given { rule, points }).collect();
    Lead {
        fit: found.fit,
        engagement: found.engagement,
        grade: found.grade,
        probability: found.probability,
        rules,
        reasons: found.why.model.into_iter().map(Moved::from).collect(),
    }
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
            churn_probability: found.churn_probability,
            churn_reasons: found.churn_reasons.into_iter().map(Moved::from).collect(),
            contract_risk: found.contract_risk,
            lead: found.lead.map(lead),
            next_products: found.next_products.into_iter().map(next).collect(),
        }
    }
}

/// Show the scores of a person. There are none before the first turn; who never bought has those of a lead.
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
