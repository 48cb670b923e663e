//! A new action, from an insight or from nothing, and the change of a draft.

use askama::Template;
use axum::extract::{Path, State};
use cycle::act::actions::{self, Action, Draft, Kind};
use cycle::act::{experiments, power, segments};
use cycle::interpret::{self, Deciding, Insight};
use cycle::plan::metrics::Metric;
use cycle::plan::preflight;
use platform::{Error, Result as Found, Snapshot, Tx, auth};
use records::orders::workspace_currency;
use records::values::currency::Currency;

use super::form;
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::experiments::values;
use crate::parts::{Choice, Crumb, Tab, Toast};
use crate::query::Query;
use crate::respond;
use crate::state::App;

#[derive(Template)]
#[template(path = "actions/form.html")]
struct Form {
    page: Layout,
    crumbs: Vec<Crumb>,
    title: &'static str,
    address: String,
    back: String,
    /// The insight that it answers, when it is made.
    insight: Option<(String, String)>,
    version: Option<i64>,
    kinds: Vec<Tab>,
    kind: Kind,
    kind_words: &'static str,
    fields: Fields,
    problems: Problems,
    segments: Vec<Choice>,
    goals: Vec<Choice>,
    purposes: Vec<Choice>,
    metrics: Vec<Choice>,
    guardrails: Vec<Choice>,
    units: Vec<Choice>,
    experiment: Vec<Choice>,
    users: Vec<Choice>,
    discount_by: Vec<Choice>,
    what_to_type: String,
    currency: &'static str,
    has_experiment: bool,
}

/// What a form needs to be drawn, whoever asks.
struct Known {
    currency: Currency,
    metrics: Vec<Metric>,
    segments: Vec<(String, String)>,
    goals: Vec<(String, String)>,
    purposes: Vec<preflight::Purpose>,
    users: Vec<auth::User>,
    insight: Option<Insight>,
    action: Option<Action>,
    /// People of the insight now, where their segment is still to be made.
    n_people: Option<i64>,
}

impl Known {
    fn read(snapshot: &mut Snapshot<'_>, insight_id: Option<&str>, action_id: Option<&str>) -> Found<Self> {
        let insight = insight_id.map(|id| interpret::get(snapshot, id)).transpose()?;
        let action = action_id.map(|id| actions::get(snapshot, id)).transpose()?;
        let n_people = match &insight {
            Some(insight) => Some(actions::propose(snapshot, insight)?.n_people),
            None => None,
        };
        Ok(Self {
            currency: workspace_currency(snapshot)?,
            metrics: form::metrics_of_people(snapshot)?,
            segments: segments::list(snapshot)?
                .into_iter()
                .map(|segment| (segment.id, segment.name))
                .collect(),
            goals: actions::goals_to_serve(snapshot)?,
            purposes: preflight::list(snapshot)?,
            users: auth::list(snapshot)?,
            insight,
            action,
            n_people,
        })
    }
}

pub(crate) async fn new(State(app): State<App>, Writer(current): Writer, query: Query) -> Result {
    let (insight, kind) = (query.filled("insight").map(str::to_string), Kind::from_name(query.get("kind")));
    let segment = query.get("segment").to_string();
    let read = move |snapshot: &mut Snapshot<'_>| {
        let known = Known::read(snapshot, insight.as_deref(), None)?;
        let mut draft = match &known.insight {
            Some(insight) => {
                let proposal = actions::propose(snapshot, insight)?;
                (proposal.draft, proposal.why, proposal.expected_effect)
            }
            None => (actions::blank(snapshot, kind.unwrap_or_default())?, String::new(), String::new()),
        };
        if let Some(kind) = kind {
            draft.0 = draft.0.of_kind(kind);
        }
        // Where there is one goal, it is the one that is meant.
        if let ([(goal, _)], None) = (known.goals.as_slice(), &draft.0.goal_id) {
            draft.0.goal_id = Some(goal.clone());
        }
        Ok((known, draft))
    };
    let (known, (draft, why, effect)) = app.store.read(read).await?;
    let mut fields = form::fields_of(&draft, &known.metrics, known.currency);
    for (name, value) in [("why", why), ("expected_effect", effect)] {
        fields.push(name.to_string(), value);
    }
    if !segment.is_empty() && draft.segment_id.is_none() {
        fields = Fields::from_pairs(
            fields
                .iter()
                .map(|(name, value)| {
                    let value = if name == "segment" { segment.as_str() } else { value };
                    (name.to_string(), value.to_string())
                })
                .collect(),
        );
    }
    respond::page(&page(&current, known, fields, Problems::default()))
}

pub(crate) async fn create(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let insight = fields.filled("insight").map(str::to_string);
    let typed = fields.clone();
    let wanted = insight.clone();
    let write = move |tx: &mut Tx<'_>| {
        let draft = read_draft(tx, &typed)?;
        match &wanted {
            None => actions::create(tx, &draft),
            Some(id) => {
                let deciding = Deciding {
                    why: typed.get("why").to_string(),
                    expected_effect: typed.get("expected_effect").to_string(),
                };
                actions::from_insight(tx, id, &draft, &deciding)
            }
        }
    };
    match app.store.write(current.by(), write).await {
        Ok(action) => {
            reckon(&app, &current, &action.id).await?;
            let toast = Toast::done(format!("“{}” is drafted", action.name));
            Ok(respond::redirect_with(&format!("/actions/{}", action.id), toast))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            let known = app.store.read(move |s| Known::read(s, insight.as_deref(), None)).await?;
            respond::invalid(&page(&current, known, fields, problems))
        }
    }
}

pub(crate) async fn edit(State(app): State<App>, Writer(current): Writer, Path(id): Path<String>) -> Result {
    let read = move |snapshot: &mut Snapshot<'_>| {
        let known = Known::read(snapshot, None, Some(&id))?;
        let action = actions::get(snapshot, &id)?;
        let experiment = experiments::of_action(snapshot, &id)?;
        let draft = form::draft_of_action(snapshot, &action, experiment.as_ref())?;
        Ok((known, action, draft))
    };
    let (known, action, draft) = app.store.read(read).await?;
    let mut fields = form::fields_of(&draft, &known.metrics, known.currency);
    fields.push("version".to_string(), action.version.to_string());
    respond::page(&page(&current, known, fields, Problems::default()))
}

pub(crate) async fn update(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let (typed, wanted) = (fields.clone(), id.clone());
    let write = move |tx: &mut Tx<'_>| {
        let draft = read_draft(tx, &typed)?;
        let version = typed.get("version").parse().unwrap_or(0);
        actions::update(tx, &wanted, version, &draft)
    };
    match app.store.write(current.by(), write).await {
        Ok(action) => {
            reckon(&app, &current, &action.id).await?;
            Ok(respond::redirect_with(&format!("/actions/{id}"), Toast::done("Saved")))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            let known = app.store.read(move |s| Known::read(s, None, Some(&id))).await?;
            respond::invalid(&page(&current, known, fields, problems))
        }
    }
}

fn read_draft(tx: &mut Tx<'_>, typed: &Fields) -> Found<Draft> {
    let (known, currency) = (form::metrics_of_people(tx)?, workspace_currency(tx)?);
    form::draft_typed(typed, &known, currency)
}

/// Reckons whether the experiment can answer, and keeps it; what was kept before stands where nothing changed.
pub(super) async fn reckon(app: &App, current: &Current, action_id: &str) -> Result<()> {
    let id = action_id.to_string();
    let looked = app.store.scan(move |s| match experiments::of_action(s, &id)? {
        Some(experiment) if experiment.plan_json.is_none() => {
            let plan = power::look(s, &experiment)?;
            Ok(Some((experiment, plan)))
        }
        _ => Ok(None),
    });
    let Some((experiment, plan)) = looked.await? else { return Ok(()) };
    let kept = app
        .store
        .write(current.by(), move |tx| power::keep(tx, &experiment.id, experiment.version, &plan).map(drop));
    match kept.await {
        // Somebody changed it meanwhile: their change is reckoned by them.
        Err(Error::Conflict(_)) => Ok(()),
        kept => Ok(kept?),
    }
}

fn page(current: &Current, known: Known, fields: Fields, problems: Problems) -> Form {
    let kind = Kind::from_name(fields.get("kind")).unwrap_or_default();
    let insight = known.insight.as_ref().map(|insight| (insight.id.clone(), insight.claim.clone()));
    let action = known.action.as_ref();
    let address = action.map_or("/actions".to_string(), |action| format!("/actions/{}", action.id));
    let chosen = |name: &str| fields.get(name).to_string();
    let metric = known.metrics.iter().find(|metric| metric.key == fields.get("metric"));
    let guards: Vec<&str> = fields.all("guardrail").collect();
    Form {
        page: current.layout(Place::Actions, title(&known)),
        crumbs: crumbs(&known),
        title: title(&known),
        back: match (action, &insight) {
            (Some(action), _) => format!("/actions/{}", action.id),
            (None, Some((id, _))) => format!("/insights/{id}"),
            (None, None) => "/actions".to_string(),
        },
        address,
        kinds: kinds(&known, kind),
        kind_words: kind_words(kind),
        version: action.map(|action| action.version),
        segments: segment_choices(&known, &chosen("segment")),
        goals: choices(
            "No goal",
            known.goals.iter().map(|(id, name)| (id.as_str(), name.as_str())),
            &chosen("goal"),
        ),
        purposes: purposes(&known, &chosen("purpose")),
        metrics: known.metrics.iter().map(|m| Choice::new(&m.key, &m.name, fields.get("metric"))).collect(),
        guardrails: known
            .metrics
            .iter()
            .map(|m| Choice { chosen: guards.contains(&m.key.as_str()), ..Choice::new(&m.key, &m.name, "") })
            .collect(),
        units: [("person", "Each customer alone"), ("company", "All people of a company together")]
            .map(|(value, label)| Choice::new(value, label, fields.get("unit")))
            .to_vec(),
        experiment: [("yes", "Hold some customers out (usual)"), ("no", "Do without, and say why")]
            .map(|(value, label)| {
                Choice::new(value, label, if chosen("experiment") == "no" { "no" } else { "yes" })
            })
            .to_vec(),
        users: choices(
            "Nobody in particular",
            known.users.iter().map(|u| (u.id.as_str(), u.name.as_str())),
            &chosen("assignee"),
        ),
        discount_by: [("percent", "per cent of the order"), ("amount", "an amount")]
            .map(|(value, label)| Choice::new(value, label, fields.get("discount_by")))
            .to_vec(),
        what_to_type: metric.map_or(String::new(), |metric| values::what_to_type(metric, known.currency)),
        currency: known.currency.code(),
        has_experiment: chosen("experiment") != "no",
        insight,
        kind,
        fields,
        problems,
    }
}

fn title(known: &Known) -> &'static str {
    match (&known.action, &known.insight) {
        (Some(_), _) => "Change the draft",
        (None, Some(_)) => "Act on this",
        (None, None) => "New action",
    }
}

fn crumbs(known: &Known) -> Vec<Crumb> {
    let crumb = |label: &str, href: String| Crumb { label: label.to_string(), href };
    match (&known.action, &known.insight) {
        (Some(action), _) => {
            vec![
                crumb("Actions", "/actions".to_string()),
                crumb(&action.name, format!("/actions/{}", action.id)),
            ]
        }
        (None, Some(insight)) => vec![
            crumb("Insights", "/insights".to_string()),
            crumb(insight.kind.label(), format!("/insights/{}", insight.id)),
        ],
        (None, None) => vec![crumb("Actions", "/actions".to_string())],
    }
}

/// The other kinds are links, so that the form shows only what belongs to one; a draft keeps its kind.
fn kinds(known: &Known, kind: Kind) -> Vec<Tab> {
    if known.action.is_some() {
        return Vec::new();
    }
    let insight =
        known.insight.as_ref().map(|insight| format!("&insight={}", insight.id)).unwrap_or_default();
    Kind::ALL
        .into_iter()
        .map(|one| Tab {
            label: one.label().to_string(),
            href: format!("/actions/new?kind={}{insight}", one.name()),
            current: one == kind,
            count: None,
        })
        .collect()
}

fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Campaign => "The e-mail itself is written in the next step.",
        Kind::CallList => "Each treated customer becomes a call to make, the most valuable first.",
        Kind::Offer => "Each treated customer gets a code of their own; the list can be exported.",
        Kind::TouchPoint => "Rondel only records it: what changed where and when.",
    }
}

fn choices<'a>(none: &'a str, all: impl Iterator<Item = (&'a str, &'a str)>, chosen: &str) -> Vec<Choice> {
    std::iter::once(("", none)).chain(all).map(|(value, label)| Choice::new(value, label, chosen)).collect()
}

fn segment_choices(known: &Known, chosen: &str) -> Vec<Choice> {
    let none = match (&known.insight, known.n_people) {
        (Some(_), Some(n)) if n > 0 => {
            format!(
                "The {} of this insight (a segment is made)",
                crate::words::counted(n, "customer", "customers")
            )
        }
        _ => "Choose a segment".to_string(),
    };
    choices(&none, known.segments.iter().map(|(id, name)| (id.as_str(), name.as_str())), chosen)
}

fn purposes(known: &Known, chosen: &str) -> Vec<Choice> {
    known
        .purposes
        .iter()
        .map(|purpose| {
            let label = match purpose.lawful_basis {
                Some(_) => purpose.name.clone(),
                None => format!("{} (no lawful basis stated yet)", purpose.name),
            };
            Choice::new(&purpose.key, &label, chosen)
        })
        .collect()
}
