//! The form of a goal: stated, held against the gate while it is typed, kept as a draft or opened at once.

use askama::Template;
use axum::extract::{Path, State};
use cycle::act::{goal_proposals, segments};
use cycle::calendar::Day;
use cycle::plan::goals::{self, Gate, Goal, Input};
use cycle::plan::metrics::{self, Metric, values};
use cycle::plan::periods::Cadence;
use cycle::plan::turns;
use platform::{Error, Problem, Snapshot, Tx, auth};
use records::orders::workspace_currency;
use records::values::currency::Currency;

use super::super::metric_words;
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::changes;
use crate::parts::{Choice, Crumb, Toast};
use crate::query::Query;
use crate::respond;
use crate::state::App;

/// Guardrails that the form has fields for.
const GUARDRAILS: [(&str, &str); 3] =
    [("guardrail_1", "worst_1"), ("guardrail_2", "worst_2"), ("guardrail_3", "worst_3")];

/// The fields of one guardrail: which metric, and how bad it may become.
struct GuardrailFields {
    metric: &'static str,
    choices: Vec<Choice>,
    limit: &'static str,
    typed_limit: String,
    problem: String,
}

#[derive(Template)]
#[template(path = "goals/edit.html")]
struct Edit {
    page: Layout,
    crumbs: Vec<Crumb>,
    title: String,
    action: String,
    version: i64,
    insight: String,
    why: String,
    typed_name: String,
    target: String,
    due_on: String,
    metrics: Vec<Choice>,
    periods: Vec<Choice>,
    segments: Vec<Choice>,
    owners: Vec<Choice>,
    turns: Vec<Choice>,
    guardrails: Vec<GuardrailFields>,
    /// Whether one is chosen, or something is wrong with them.
    guards_are_used: bool,
    problems: Problems,
}

/// What the form can choose among.
struct Known {
    metrics: Vec<Metric>,
    segments: Vec<(String, String)>,
    users: Vec<auth::User>,
    turns: Vec<(String, String)>,
    currency: Currency,
}

impl Known {
    fn read(s: &mut Snapshot<'_>) -> platform::Result<Self> {
        let mut turns: Vec<_> = turns::current(s)?.into_iter().collect();
        turns.extend(turns::next_planned(s)?);
        Ok(Self {
            metrics: metrics::list(s)?,
            segments: segments::list(s)?.into_iter().map(|segment| (segment.id, segment.name)).collect(),
            users: auth::list(s)?,
            turns: turns.into_iter().map(|turn| (turn.id, turn.name)).collect(),
            currency: workspace_currency(s)?,
        })
    }

    fn metric(&self, key: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.key == key)
    }
}

/// The fields of a goal as the form has them.
fn fields_of(input: &Input, known: &Known) -> Fields {
    let unit = input.metric.as_deref().and_then(|key| known.metric(key)).map(|metric| metric.unit);
    let target = input.target.zip(unit).map(|(target, unit)| values::as_typed(target, unit, known.currency));
    let mut pairs = vec![
        ("name", input.name.clone()),
        ("metric", input.metric.clone().unwrap_or_default()),
        ("period", input.period.name().to_string()),
        ("segment", input.segment_id.clone().unwrap_or_default()),
        ("target", target.unwrap_or_default()),
        ("due_on", input.due_on.map(|day| day.to_string()).unwrap_or_default()),
        ("owner", input.owner_id.clone().unwrap_or_default()),
        ("turn", input.turn_id.clone().unwrap_or_default()),
        ("insight", input.insight_id.clone().unwrap_or_default()),
    ];
    for ((metric, limit), (key, worst)) in GUARDRAILS.into_iter().zip(&input.guardrails) {
        let unit = known.metric(key).map(|metric| metric.unit);
        let typed = worst.zip(unit).map(|(worst, unit)| values::as_typed(worst, unit, known.currency));
        pairs.extend([(metric, key.clone()), (limit, typed.unwrap_or_default())]);
    }
    Fields::from_pairs(pairs.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
}

/// What the form says; every field that cannot be read is a problem of its own.
fn input_of(fields: &Fields, known: &Known) -> platform::Result<Input> {
    let mut problems: Vec<Problem> = Vec::new();
    let chosen = |name: &str| fields.filled(name).map(str::to_string);
    let metric = chosen("metric");
    let target = match (fields.filled("target"), metric.as_deref().and_then(|key| known.metric(key))) {
        (None, _) => None,
        (Some(_), None) => {
            let message = "choose the metric first, so that the number has a unit".to_string();
            problems.push(Problem { field: "metric".to_string(), message });
            None
        }
        (Some(text), Some(metric)) => {
            kept(values::parse("target", text, metric.unit, known.currency), &mut problems)?
        }
    };
    let due_on = match fields.filled("due_on") {
        None => None,
        Some(text) => {
            let day = Day::parse(text)
                .map_err(|_| Error::invalid("due_on", format!("“{text}” is no date such as 2026-12-31")));
            kept(day, &mut problems)?
        }
    };
    let mut guardrails = Vec::new();
    for (name, limit) in GUARDRAILS {
        let worst = match (fields.filled(limit), fields.filled(name).and_then(|key| known.metric(key))) {
            (None, _) => None,
            (Some(_), None) => {
                let message = "choose the metric of this limit".to_string();
                problems.push(Problem { field: limit.to_string(), message });
                None
            }
            (Some(text), Some(metric)) => {
                kept(values::parse(limit, text, metric.unit, known.currency), &mut problems)?
            }
        };
        guardrails.extend(chosen(name).map(|key| (key, worst)));
    }
    let input = Input {
        name: fields.get("name").to_string(),
        metric,
        period: Cadence::parse(fields.get("period")).unwrap_or(Cadence::Month),
        segment_id: chosen("segment"),
        target,
        due_on,
        owner_id: chosen("owner"),
        guardrails,
        turn_id: chosen("turn"),
        insight_id: chosen("insight"),
    };
    if problems.is_empty() { Ok(input) } else { Err(Error::Invalid(problems)) }
}

/// The value, or its problems added to the others.
fn kept<T>(read: platform::Result<T>, problems: &mut Vec<Problem>) -> platform::Result<Option<T>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Error::Invalid(more)) => {
            problems.extend(more);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

fn build(current: &Current, known: &Known, goal: Option<&Goal>, fields: &Fields, problems: Problems) -> Edit {
    let choice = |value: &str, label: &str, name: &str| Choice::new(value, label, fields.get(name));
    let of_metrics = |name: &str, none: &str| {
        let mut choices = vec![choice("", none, name)];
        let usable = known.metrics.iter().filter(|metric| metric.lacks().is_none());
        choices.extend(usable.map(|metric| choice(&metric.key, &metric.name, name)));
        choices
    };
    let of_pairs = |pairs: &[(String, String)], name: &str, none: &str| {
        let mut choices = vec![choice("", none, name)];
        choices.extend(pairs.iter().map(|(id, label)| choice(id, label, name)));
        choices
    };
    let users: Vec<_> = known.users.iter().map(|user| (user.id.clone(), user.name.clone())).collect();
    let title = goal.map_or("New goal".to_string(), |goal| goal.name.clone());
    Edit {
        page: current.layout(Place::Goals, title.clone()),
        crumbs: vec![Crumb { label: "Goals".to_string(), href: "/goals".to_string() }],
        title,
        action: goal.map_or("/goals".to_string(), |goal| format!("/goals/{}", goal.id)),
        version: goal.map_or(0, |goal| goal.version),
        insight: fields.get("insight").to_string(),
        why: String::new(),
        typed_name: fields.get("name").to_string(),
        target: fields.get("target").to_string(),
        due_on: fields.get("due_on").to_string(),
        metrics: of_metrics("metric", "Choose a metric"),
        periods: vec![choice("month", "A month", "period"), choice("quarter", "A quarter", "period")],
        segments: of_pairs(&known.segments, "segment", "Everybody, also those who come later"),
        owners: of_pairs(&users, "owner", "Choose a person"),
        turns: of_pairs(&known.turns, "turn", "No turn"),
        guards_are_used: !problems.at("guardrails").is_empty()
            || GUARDRAILS
                .iter()
                .any(|(metric, limit)| fields.filled(metric).is_some() || fields.filled(limit).is_some()),
        guardrails: GUARDRAILS
            .into_iter()
            .map(|(metric, limit)| GuardrailFields {
                metric,
                choices: of_metrics(metric, "None"),
                limit,
                typed_limit: fields.get(limit).to_string(),
                problem: problems.at(limit).to_string(),
            })
            .collect(),
        problems,
    }
}

pub(crate) async fn new(State(app): State<App>, Writer(current): Writer, query: Query) -> Result {
    let (insight, owner) = (query.filled("insight").map(str::to_string), current.user().id.clone());
    let read = move |s: &mut Snapshot<'_>| {
        let known = Known::read(s)?;
        let proposal = match insight {
            Some(id) => Some(goal_proposals::from_insight(s, &id, Some(&owner))?),
            None => None,
        };
        // What belongs to a turn is due at its end, and measured over its length.
        let turn = known.turns.first().map(|(id, _)| turns::get(s, id)).transpose()?;
        let plain = Input {
            owner_id: Some(owner),
            period: turn.as_ref().map_or(Cadence::Month, |turn| turn.cadence),
            due_on: turn.as_ref().map(|turn| turn.ends_on),
            turn_id: turn.map(|turn| turn.id),
            ..Input::default()
        };
        Ok((known, plain, proposal))
    };
    let (known, plain, proposal) = app.store.scan(read).await?;
    let input = proposal.as_ref().map_or(&plain, |proposal| &proposal.input);
    let mut fields = fields_of(input, &known);
    if fields.get("metric").is_empty()
        && let Some(metric) = query.filled("metric")
    {
        let pairs = fields.iter().map(|(name, value)| match name {
            "metric" => (name.to_string(), metric.to_string()),
            _ => (name.to_string(), value.to_string()),
        });
        fields = Fields::from_pairs(pairs.collect());
    }
    let mut page = build(&current, &known, None, &fields, Problems::default());
    page.why = proposal.map(|proposal| proposal.why).unwrap_or_default();
    respond::page(&page)
}

pub(crate) async fn edit(State(app): State<App>, Writer(current): Writer, Path(id): Path<String>) -> Result {
    let (goal, known) = app.store.read(move |s| Ok((goals::get(s, &id)?, Known::read(s)?))).await?;
    let fields = fields_of(&goal.input(), &known);
    respond::page(&build(&current, &known, Some(&goal), &fields, Problems::default()))
}

#[derive(Template)]
#[template(path = "goals/gate.html")]
struct Checked {
    gate: Gate,
    /// Why nothing can be said yet.
    waits: String,
    baseline: String,
    corridor: String,
    metric: String,
    asks_for: Vec<String>,
    actions: String,
}

/// What the gate says to the form as it stands; nothing is stored.
pub(crate) async fn check(State(app): State<App>, _: Current, fields: Fields) -> Result {
    let read = move |s: &mut Snapshot<'_>| {
        let known = Known::read(s)?;
        let input = input_of(&fields, &known)?;
        let prepared = goals::prepare(s, &input)?;
        Ok((goals::gate(&input, &prepared, known.currency), prepared, known.currency))
    };
    let waits = |words: String| Checked {
        gate: Gate::default(),
        waits: words,
        baseline: String::new(),
        corridor: String::new(),
        metric: String::new(),
        asks_for: Vec::new(),
        actions: String::new(),
    };
    match app.store.scan(read).await {
        Ok((gate, prepared, currency)) => {
            let mut shown = Checked { gate, ..waits(String::new()) };
            if let (Some(metric), Some(baseline)) = (&prepared.metric, &prepared.baseline) {
                shown.metric = metric.name.clone();
                shown.baseline = metric_words::value(Some(baseline.value), metric, currency);
                shown.corridor = metric_words::range(baseline.low.zip(baseline.high), metric, currency);
            }
            if let (Some(metric), Some(reach)) = (&prepared.metric, &prepared.reach) {
                (shown.asks_for, shown.actions) = super::show::reach_in_words(reach, metric, currency);
            }
            respond::fragment(&shown)
        }
        Err(Error::Invalid(problems)) => {
            let words = problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; ");
            respond::fragment(&waits(words))
        }
        Err(other) => Err(other.into()),
    }
}

pub(crate) async fn create(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    save(&app, &current, None, fields).await
}

pub(crate) async fn update(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let goal = app.store.read(move |s| goals::get(s, &id)).await?;
    save(&app, &current, Some(goal), fields).await
}

/// Keeps what the form says as a draft, and opens it if that was pressed; or shows the form with what is wrong.
async fn save(app: &App, current: &Current, goal: Option<Goal>, fields: Fields) -> Result {
    let typed = fields.clone();
    let read = move |s: &mut Snapshot<'_>| {
        let known = Known::read(s)?;
        let input = input_of(&typed, &known)?;
        Ok((goals::prepare(s, &input)?, input))
    };
    let opens = fields.get("then") == "open";
    let version = fields.get("version").parse().unwrap_or(0);
    let before = goal.as_ref().map(|goal| goal.id.clone());
    let stored = match app.store.scan(read).await {
        Err(error) => Err(error),
        Ok((prepared, input)) => {
            let write = move |tx: &mut Tx<'_>| {
                let mut goal = match &before {
                    Some(id) => goals::update(tx, id, version, &input, &prepared)?,
                    None => goals::create(tx, &input, &prepared)?,
                };
                if opens {
                    goal = goals::open(tx, &goal.id, goal.version, &prepared)?;
                }
                Ok((changes::of_newest(tx, &goal.id)?, goal))
            };
            app.store.write(current.by(), write).await
        }
    };
    match stored {
        Ok((undo, goal)) => {
            let text = format!("{} {}", goal.name, if opens { "is open" } else { "kept as a draft" });
            Ok(respond::redirect_with(&format!("/goals/{}", goal.id), Toast::done(text).undo(undo)))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            let known = app.store.read(Known::read).await?;
            respond::invalid(&build(current, &known, goal.as_ref(), &fields, problems))
        }
    }
}
