//! What a turn is planned with: costs, purposes, personas, strategy, sources.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use cycle::plan::budget::{self, Amount, CostKind, Side};
use cycle::plan::preflight::{self, LawfulBasis};
use cycle::plan::strategy::{self, Answer, Department, Focus};
use cycle::plan::{personas, sources};
use platform::Error;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::{self, Page};
use super::asked::Body;
use super::values::Time;
use super::{Caller, Writing};
use crate::error::Result;
use crate::state::App;

/// Reads a word of a closed set.
///
/// **Errors** at `field`.
fn word<T>(field: &str, text: &str, from_name: fn(&str) -> Option<T>) -> platform::Result<T> {
    from_name(text).ok_or_else(|| Error::invalid(field, format!("“{text}” is not known here")))
}

fn all<T: Serialize>(data: Vec<T>) -> Result {
    answers::page(&Page { data, next: None })
}

/// A planned or actual cost. Amounts are in minor units of the workspace's currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cost {
    id: String,
    turn_id: String,
    action_id: Option<String>,
    /// `send`, `discount`, `time` or `other`.
    kind: String,
    /// `planned` or `actual`.
    side: String,
    amount_minor: i64,
    minutes: Option<i64>,
    hourly_rate_minor: Option<i64>,
    team: Option<String>,
    description: String,
    at: Time,
}

impl From<budget::Cost> for Cost {
    fn from(cost: budget::Cost) -> Self {
        Self {
            id: cost.id,
            turn_id: cost.turn_id,
            action_id: cost.action_id,
            kind: cost.kind.name().to_string(),
            side: cost.side.name().to_string(),
            amount_minor: cost.amount_minor,
            minutes: cost.minutes,
            hourly_rate_minor: cost.hourly_rate_minor,
            team: cost.team,
            description: cost.description,
            at: Time(cost.at),
        }
    }
}

/// A cost to note: an amount, or minutes at an hourly rate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CostInput)]
pub(crate) struct CostStated {
    action_id: Option<String>,
    /// Under the same key a cost is replaced, not added: for programs that state it again and again.
    source_key: Option<String>,
    kind: String,
    side: String,
    amount_minor: Option<i64>,
    minutes: Option<i64>,
    hourly_rate_minor: Option<i64>,
    team: Option<String>,
    description: String,
    at: Option<Time>,
}

/// List the costs of a turn, the newest first.
#[utoipa::path(get, path = "/turns/{id}/costs", tag = "turns", params(("id" = String, Path)), responses((status = 200, body = Page<Cost>)))]
pub(crate) async fn costs(State(app): State<App>, _: Caller, Path(id): Path<String>) -> Result {
    let found = app.store.read(move |s| budget::list(s, &id)).await?;
    all(found.into_iter().map(Cost::from).collect())
}

/// Note a planned or actual cost of a turn.
#[utoipa::path(post, path = "/turns/{id}/costs", tag = "turns", params(("id" = String, Path)), request_body = CostStated, responses((status = 200, body = Cost)))]
pub(crate) async fn state_cost(
    State(app): State<App>,
    caller: Writing,
    Path(id): Path<String>,
    Body(stated): Body<CostStated>,
) -> Result {
    let amount = match (stated.amount_minor, stated.minutes, stated.hourly_rate_minor) {
        (Some(minor), None, None) => Amount::Minor(minor),
        (None, Some(minutes), Some(hourly_rate_minor)) => Amount::Time { minutes, hourly_rate_minor },
        _ => {
            let words = "state either amount_minor, or minutes and hourly_rate_minor";
            return Err(Error::invalid("amount_minor", words).into());
        }
    };
    let input = budget::Input {
        turn_id: id,
        action_id: stated.action_id,
        source_key: stated.source_key,
        kind: word("kind", &stated.kind, CostKind::from_name)?,
        side: word("side", &stated.side, Side::from_name)?,
        amount,
        team: stated.team,
        description: stated.description,
        at: stated.at.map(|at| at.0),
    };
    let kept = app.store.write(caller.by(), move |tx| budget::state(tx, &input)).await?;
    Ok(answers::json(StatusCode::OK, &Cost::from(kept)))
}

/// Why people are written to, and what in the law allows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Purpose {
    key: String,
    name: String,
    /// Null: nothing goes out for it.
    lawful_basis: Option<String>,
    reason: Option<String>,
    dpia_note: Option<String>,
    stated_at: Option<Time>,
    version: i64,
}

impl From<preflight::Purpose> for Purpose {
    fn from(purpose: preflight::Purpose) -> Self {
        Self {
            key: purpose.key,
            name: purpose.name,
            lawful_basis: purpose.lawful_basis.map(|basis| basis.name().to_string()),
            reason: purpose.reason,
            dpia_note: purpose.dpia_note,
            stated_at: purpose.stated_at.map(Time),
            version: purpose.version,
        }
    }
}

/// What allows a purpose.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PurposeInput)]
pub(crate) struct PurposeStated {
    name: String,
    /// `consent`, `contract`, `legal_obligation`, `vital_interests`, `public_task` or `legitimate_interests`.
    lawful_basis: Option<String>,
    reason: Option<String>,
    dpia_note: Option<String>,
    /// The one that was read; left out, whatever holds is replaced.
    version: Option<i64>,
}

/// List the purposes.
#[utoipa::path(get, path = "/purposes", tag = "turns", responses((status = 200, body = Page<Purpose>)))]
pub(crate) async fn purposes(State(app): State<App>, _: Caller) -> Result {
    all(app.store.read(preflight::list).await?.into_iter().map(Purpose::from).collect())
}

/// State what allows a purpose; one that is not known is added.
#[utoipa::path(put, path = "/purposes/{key}", tag = "turns", params(("key" = String, Path)), request_body = PurposeStated, responses((status = 200, body = Purpose)))]
pub(crate) async fn state_purpose(
    State(app): State<App>,
    caller: Writing,
    Path(key): Path<String>,
    Body(stated): Body<PurposeStated>,
) -> Result {
    let basis = stated.lawful_basis.as_deref();
    let input = preflight::Input {
        name: stated.name,
        lawful_basis: basis.map(|text| word("lawful_basis", text, LawfulBasis::from_name)).transpose()?,
        reason: stated.reason,
        dpia_note: stated.dpia_note,
    };
    let version = stated.version;
    let kept = app.store.write(caller.by(), move |tx| match preflight::get(tx, &key) {
        Ok(known) => preflight::state(tx, &key, version.unwrap_or(known.version), &input),
        Err(Error::Missing { .. }) => preflight::create(tx, &key, &input),
        Err(other) => Err(other),
    });
    Ok(answers::json(StatusCode::OK, &Purpose::from(kept.await?)))
}

/// A described kind of customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Persona {
    id: String,
    name: String,
    description: Option<String>,
    needs: Option<String>,
    segment_id: Option<String>,
    version: i64,
}

impl From<personas::Persona> for Persona {
    fn from(one: personas::Persona) -> Self {
        Self {
            id: one.id,
            name: one.name,
            description: one.description,
            needs: one.needs,
            segment_id: one.segment_id,
            version: one.version,
        }
    }
}

/// A persona to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PersonaInput)]
pub(crate) struct PersonaStated {
    name: String,
    description: Option<String>,
    needs: Option<String>,
    segment_id: Option<String>,
}

/// List the personas.
#[utoipa::path(get, path = "/personas", tag = "turns", responses((status = 200, body = Page<Persona>)))]
pub(crate) async fn personas(State(app): State<App>, _: Caller) -> Result {
    all(app.store.read(personas::list).await?.into_iter().map(Persona::from).collect())
}

/// Add a persona.
#[utoipa::path(post, path = "/personas", tag = "turns", request_body = PersonaStated, responses((status = 201, body = Persona)))]
pub(crate) async fn create_persona(
    State(app): State<App>,
    caller: Writing,
    Body(stated): Body<PersonaStated>,
) -> Result {
    let input = personas::Input {
        name: stated.name,
        description: stated.description,
        needs: stated.needs,
        segment_id: stated.segment_id,
    };
    let kept = app.store.write(caller.by(), move |tx| personas::create(tx, &input)).await?;
    answers::stated(true, "/api/v1/personas", kept.version, &Persona::from(kept))
}

/// The strategy: where the effort goes, and who signed it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StrategyText {
    /// The newest version that was read; 0 where there is none.
    version: i64,
    /// `service`, `marketing` or `product`.
    focus: String,
    objectives: Option<String>,
    engagement: Option<String>,
    tools: Option<String>,
    resources: Option<String>,
    champion_id: Option<String>,
    /// Departments that signed this version; not read in a request.
    #[serde(default)]
    signed_by: Vec<String>,
}

fn strategy_told(kept: strategy::Strategy, signed: &[strategy::SignOff]) -> StrategyText {
    let signed = signed.iter().filter(|one| one.answer == Answer::Approved);
    StrategyText {
        version: kept.version_no,
        focus: kept.stated.focus.name().to_string(),
        objectives: kept.stated.objectives,
        engagement: kept.stated.engagement,
        tools: kept.stated.tools,
        resources: kept.stated.resources,
        champion_id: kept.stated.champion_id,
        signed_by: signed.map(|one| one.department.name().to_string()).collect(),
    }
}

/// Show the strategy that holds now.
#[utoipa::path(get, path = "/strategy", tag = "turns", responses((status = 200, body = StrategyText)))]
pub(crate) async fn strategy(State(app): State<App>, _: Caller) -> Result {
    let found = app.store.read(|s| {
        let newest = strategy::newest(s)?.ok_or_else(|| Error::missing(strategy::KIND, "that was kept"))?;
        Ok((strategy::sign_offs(s, &newest.id)?, newest))
    });
    let (signed, newest) = found.await?;
    Ok(answers::json(StatusCode::OK, &strategy_told(newest, &signed)))
}

/// Keep a new version of the strategy; the table of tasks stays as it is.
#[utoipa::path(put, path = "/strategy", tag = "turns", request_body = StrategyText, responses((status = 200, body = StrategyText)))]
pub(crate) async fn keep_strategy(
    State(app): State<App>,
    caller: Writing,
    Body(stated): Body<StrategyText>,
) -> Result {
    let focus = word("focus", &stated.focus, Focus::from_name)?;
    let kept = app.store.write(caller.by(), move |tx| {
        let input = strategy::Input {
            focus,
            engagement: stated.engagement.clone(),
            objectives: stated.objectives.clone(),
            tools: stated.tools.clone(),
            resources: stated.resources.clone(),
            champion_id: stated.champion_id.clone(),
            tasks: strategy::newest(tx)?.map(|newest| newest.stated.tasks).unwrap_or_default(),
        };
        strategy::keep(tx, stated.version, &input)
    });
    Ok(answers::json(StatusCode::OK, &strategy_told(kept.await?, &[])))
}

/// What a department says to the newest version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StrategySignOff)]
pub(crate) struct Signed {
    /// `sales`, `marketing` or `service`.
    department: String,
    /// `approved` or `refused`.
    answer: String,
    /// Needed to refuse.
    note: Option<String>,
}

/// Sign the newest version of the strategy for a department, or refuse to.
#[utoipa::path(post, path = "/strategy/sign-offs", tag = "turns", request_body = Signed, responses((status = 204)))]
pub(crate) async fn sign_strategy(
    State(app): State<App>,
    caller: Writing,
    Body(signed): Body<Signed>,
) -> Result {
    let department = word("department", &signed.department, Department::from_name)?;
    let answer = word("answer", &signed.answer, Answer::from_name)?;
    let verb = move |tx: &mut platform::Tx<'_>| {
        let newest = strategy::newest(tx)?.ok_or_else(|| Error::missing(strategy::KIND, "that was kept"))?;
        strategy::sign(tx, &newest.id, department, answer, signed.note.as_deref())
    };
    app.store.write(caller.by(), verb).await?;
    answers::done()
}

/// Where facts come from, what was agreed, and whether it holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Source {
    key: String,
    name: String,
    last_at: Option<Time>,
    n_rows_30_days: i64,
    /// Rows that were rejected and wait to be mended.
    n_quarantined: i64,
    every_days: Option<i64>,
    /// Where what was agreed does not hold, in words.
    breaches: Vec<String>,
    known_gap: Option<String>,
}

/// List the sources with what arrived from each.
#[utoipa::path(get, path = "/sources", tag = "turns", responses((status = 200, body = Page<Source>)))]
pub(crate) async fn sources(State(app): State<App>, _: Caller) -> Result {
    let found = app.store.scan(|s| {
        let mut found = Vec::new();
        for source in sources::list(s)? {
            let arrived = sources::arrivals(s, &source.key)?;
            let breaches = sources::breaches(&source, &arrived, s.now());
            found.push(Source {
                key: source.key,
                name: source.name,
                last_at: arrived.last_at.map(Time),
                n_rows_30_days: arrived.n_rows_30_days,
                n_quarantined: arrived.n_quarantined,
                every_days: source.contract.every_days,
                breaches: breaches.into_iter().map(|breach| breach.words).collect(),
                known_gap: source.gap.map(|gap| gap.note),
            });
        }
        Ok(found)
    });
    all(found.await?)
}
