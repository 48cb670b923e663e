//! One goal: where it began, where it stands, where the trend leads, what would have to move, what is done about it.

use askama::Template;
use axum::extract::{Path, State};
use cycle::act::actions::{self, Action};
use cycle::analyze::forecasts::{Grain, MetricForecast};
use cycle::analyze::results;
use cycle::interpret;
use cycle::plan::goals::{self, Gate, Goal, Progress};
use cycle::plan::metrics::values::in_words;
use cycle::plan::metrics::{Kind, Metric, Unit, rows as metric_rows};
use cycle::plan::periods::{Cadence, Period};
use cycle::plan::revenue_tree::{self, RevenueTree};
use cycle::plan::simulator::{Actions, Reach};
use cycle::plan::{audiences, outlook, turns};
use platform::events::Event;
use platform::{Snapshot, auth};
use records::filter::Filter;
use records::orders::workspace_currency;
use records::values::currency::Currency;

use super::super::metric_words::{self, Target};
use super::{owner, standing_words, tone};
use crate::charts::Chart;
use crate::current::Current;
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::{forecasts, rows};
use crate::parts::{Crumb, Moment, Stat};
use crate::state::App;
use crate::{respond, words};

#[derive(Template)]
#[template(path = "goals/show.html")]
pub(super) struct Show {
    page: Layout,
    crumbs: Vec<Crumb>,
    address: String,
    version: i64,
    name: String,
    state: &'static str,
    tone: &'static str,
    line: String,
    may_edit: bool,
    may_drop: bool,
    warnings: Vec<String>,
    gate: Option<Gate>,
    stats: Vec<Stat>,
    chart: Option<Chart>,
    asks_for: Vec<String>,
    actions_words: String,
    tree: Vec<Part>,
    tree_heads: (String, String),
    guardrails: Vec<Guarded>,
    sources: Vec<Covered>,
    facts: Vec<Fact>,
    actions: Vec<Done>,
    act_href: Option<String>,
    verdict: Option<Told>,
    history: Vec<Past>,
    fields: Fields,
    problems: Problems,
}

/// A part of the revenue, then and now.
struct Part {
    name: &'static str,
    depth: u8,
    before: String,
    now: String,
    change: String,
}

struct Guarded {
    name: String,
    href: String,
    began: String,
    worst: String,
    is_broken: bool,
    now: String,
}

struct Covered {
    name: String,
    percent: String,
    text: String,
    is_needed: bool,
    is_thin: bool,
}

struct Fact {
    label: &'static str,
    text: String,
    href: Option<String>,
}

/// An action for the goal.
struct Done {
    name: String,
    href: String,
    kind: &'static str,
    state: String,
}

struct Past {
    words: String,
    by: String,
    at: Moment,
}

/// The verdict as the close of the turn wrote it.
#[derive(serde::Deserialize)]
struct Verdict {
    #[serde(default)]
    why: String,
    change: Option<f64>,
    rest: Option<f64>,
    #[serde(default)]
    shares: Vec<Share>,
}

#[derive(serde::Deserialize)]
struct Share {
    name: String,
    moved: Option<f64>,
    #[serde(default)]
    counts: bool,
}

/// The verdict in words.
struct Told {
    why: String,
    shares: Vec<(String, String)>,
    rest: String,
}

pub(crate) async fn show(State(app): State<App>, current: Current, Path(id): Path<String>) -> Result {
    respond::page(&page(&app, &current, id, Fields::default(), Problems::default()).await?)
}

struct Found {
    goal: Goal,
    progress: Option<Progress>,
    gate: Option<Gate>,
    reach: Option<Reach>,
    trees: Vec<RevenueTree>,
    users: Vec<auth::User>,
    actions: Vec<Action>,
    segment: Option<(String, String, Filter)>,
    insight: Option<(String, String)>,
    turn: Option<(String, String)>,
    n_people: Option<i64>,
    history: Vec<Event>,
    currency: Currency,
    foretold: Option<MetricForecast>,
}

fn read(s: &mut Snapshot<'_>, id: &str) -> platform::Result<Found> {
    let goal = goals::get(s, id)?;
    let currency = workspace_currency(s)?;
    let progress = goals::progress(s, &goal)?;
    let is_draft = goal.state == goals::State::Draft;
    // A metric that is gone, or a segment, keeps nobody from looking at the goal.
    let prepared = match goals::prepare(s, &goal.input()) {
        Err(platform::Error::Invalid(_)) => None,
        found => Some(found?),
    };
    let gate = prepared.as_ref().filter(|_| is_draft).map(|p| goals::gate(&goal.input(), p, currency));
    let trees = match &progress {
        Some(progress) if has_tree(&progress.metric) => trees(s, &goal, progress)?,
        _ => Vec::new(),
    };
    let segment = match &goal.segment_id {
        Some(id) => segment(s, id)?,
        None => None,
    };
    let insight = goal.insight_id.as_deref().map(|id| interpret::get(s, id)).transpose()?;
    let turn = goal.turn_id.as_deref().map(|id| turns::get(s, id)).transpose()?;
    let audience = goal.audience_id.as_deref().map(|id| audiences::get(s, id)).transpose()?;
    let foretold = match &goal.metric {
        // A forecast is of everybody, not of an audience.
        Some(metric) if goal.audience_id.is_none() && goal.segment_id.is_none() => {
            results::latest_forecasts(s)?
                .and_then(|latest| latest.result.of(&metric.key, Grain::Month).cloned())
                .filter(|found| found.version == metric.version && goal.period == Cadence::Month)
        }
        _ => None,
    };
    Ok(Found {
        foretold,
        progress,
        gate,
        reach: prepared.and_then(|prepared| prepared.reach),
        trees,
        users: auth::list(s)?,
        actions: actions::of_goal(s, &goal.id)?,
        segment,
        insight: insight.map(|insight| (insight.id, insight.claim)),
        turn: turn.map(|turn| (turn.id, turn.name)),
        n_people: audience.map(|audience| audience.n_people),
        history: goals::history(s, id, HISTORY_SHOWN)?,
        goal,
        currency,
    })
}

const HISTORY_SHOWN: usize = 20;

fn segment(s: &mut Snapshot<'_>, id: &str) -> platform::Result<Option<(String, String, Filter)>> {
    match cycle::act::segments::get(s, id) {
        Ok(segment) => Ok(Some((segment.id, segment.name, segment.filter))),
        Err(platform::Error::Missing { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

fn has_tree(metric: &Metric) -> bool {
    matches!(
        metric.key.as_str(),
        "revenue"
            | "orders"
            | "active_customers"
            | "average_order_value"
            | "orders_per_customer"
            | "sales_growth"
    )
}

fn trees(s: &mut Snapshot<'_>, goal: &Goal, progress: &Progress) -> platform::Result<Vec<RevenueTree>> {
    let began = goal.baseline.as_ref().and_then(|b| b.series.last()).map(|m| m.period);
    let periods: Vec<Period> = began.into_iter().chain([progress.now.period]).collect();
    let people = goals::people_of(s, goal)?;
    revenue_tree::of(s, &people, &periods)
}

pub(super) async fn page(
    app: &App,
    current: &Current,
    id: String,
    fields: Fields,
    problems: Problems,
) -> Result<Show> {
    let found = app.store.scan(move |s| read(s, &id)).await?;
    let (goal, now) = (&found.goal, app.store.now());
    let is_draft = goal.state == goals::State::Draft;
    let may_write = current.may_write();
    let metric = found.progress.as_ref().map(|progress| &progress.metric);
    let (asks_for, actions_words) = match (&found.reach, metric) {
        (Some(reach), Some(metric)) => reach_in_words(reach, metric, found.currency),
        _ => (Vec::new(), String::new()),
    };
    let (tree, tree_heads) = tree(&found);
    Ok(Show {
        page: current.layout(Place::Goals, goal.name.clone()),
        crumbs: vec![Crumb { label: "Goals".to_string(), href: "/goals".to_string() }],
        address: format!("/goals/{}", goal.id),
        version: goal.version,
        name: goal.name.clone(),
        state: goal.state.in_words(),
        tone: tone(goal).class(),
        line: line(&found),
        may_edit: may_write && is_draft,
        may_drop: may_write && matches!(goal.state, goals::State::Draft | goals::State::Open),
        warnings: warnings(&found),
        stats: found.progress.as_ref().map(|progress| stats(&found, progress)).unwrap_or_default(),
        chart: found.progress.as_ref().map(|progress| chart(&found, progress)),
        asks_for,
        actions_words,
        tree,
        tree_heads,
        guardrails: guardrails(&found),
        sources: goal.sources.iter().map(covered).collect(),
        facts: facts(&found),
        actions: found.actions.iter().map(done).collect(),
        act_href: goal.insight_id.as_ref().filter(|_| may_write).map(|id| format!("/insights/{id}")),
        verdict: goal.verdict.as_ref().and_then(|verdict| verdict_in_words(verdict, metric, found.currency)),
        history: found.history.iter().map(|event| past(event, &found, now, current)).collect(),
        gate: found.gate,
        fields,
        problems,
    })
}

/// "Revenue from €12,000 to €15,000 a month, by 2026-03-31".
fn line(found: &Found) -> String {
    let goal = &found.goal;
    let Some(metric) = found.progress.as_ref().map(|p| &p.metric) else {
        return "A draft: say which metric is to change.".to_string();
    };
    let told = |value: Option<f64>| metric_words::value(value, metric, found.currency);
    format!(
        "{} from {} to {}, measured over a {}, by {}",
        metric.name,
        told(goal.baseline.as_ref().map(|b| b.value)),
        told(goal.target),
        goal.period.name(),
        goal.due_on.map_or("–".to_string(), |day| day.to_string())
    )
}

fn warnings(found: &Found) -> Vec<String> {
    let mut said = Vec::new();
    if let Some((progress, version)) = found.progress.as_ref().and_then(|p| Some((p, p.newer_version?))) {
        said.push(format!(
            "The definition of {} changed after this goal was stated: version {version} is valid now, the goal keeps version \
             {}. Figures elsewhere may differ.",
            progress.metric.name, progress.metric.version
        ));
    }
    for (name, value, worst) in found.progress.iter().flat_map(|p| &p.broken) {
        let guarded = found.goal.guardrails.iter().find(|g| g.name == *name);
        let unit = guarded.and_then(|g| g.metric_unit());
        let told = |value: f64| unit.map_or(String::new(), |unit| in_words(value, unit, found.currency));
        said.push(format!(
            "Guardrail broken: {name} is {}, worse than the {} that was accepted.",
            told(*value),
            told(*worst)
        ));
    }
    if found.goal.state != goals::State::Draft {
        said.extend(found.goal.baseline.iter().flat_map(|baseline| baseline.warnings.clone()));
    }
    said
}

fn stats(found: &Found, progress: &Progress) -> Vec<Stat> {
    let (goal, metric, currency) = (&found.goal, &progress.metric, found.currency);
    let told = |value: f64| in_words(value, metric.unit, currency);
    let mut stats = Vec::new();
    if let Some(baseline) = &goal.baseline {
        let period = baseline.series.last().map(|m| m.period.to_string()).unwrap_or_default();
        let meaning =
            format!("{} Measured over {period}, the newest period that was over.", metric.definition);
        stats.push(Stat::new("Began at", told(baseline.value), &meaning).unit(&period));
    }
    let filter = metric_rows::of(metric, progress.now.period).map(|rows| match &found.segment {
        Some((_, _, segment)) => Filter::All(vec![segment.clone(), rows]),
        None => rows,
    });
    let definition = format!("{} Here: {}.", metric.definition, progress.now.period);
    let mut now = match progress.now.value {
        Some(value) => Stat::new("Now", told(value), &definition).unit(&progress.now.period.to_string()),
        None => Stat::cannot_tell("Now", "nothing was measured in the newest period", &definition),
    };
    if let Some(ends) = progress.low.zip(progress.high) {
        now = now.interval(metric_words::range(Some(ends), metric, currency), "95 % interval");
    }
    stats.push(match filter {
        Some(filter) => now.rows(rows::people(&filter)),
        None => now,
    });
    if let Some(target) = goal.target {
        let trend = goal.baseline.as_ref().and_then(|b| b.low.zip(b.high));
        let stat =
            Stat::new("Target", told(target), "The value wanted in the period that ends on the due date.");
        stats.push(match trend {
            Some(ends) => stat.interval(metric_words::range(Some(ends), metric, currency), "the trend alone"),
            None => stat,
        });
    }
    let foretold = found.foretold.as_ref().zip(goal.due_on);
    stats.extend(foretold.map(|(forecast, due)| forecasts::until(forecast, due, metric, currency)));
    let way = "How much of the way from the beginning to the target is behind. The badge compares the interval of the value \
               now with the target.";
    let (standing, tone) = standing_words(progress.standing);
    stats.push(match progress.share_of_way {
        Some(share) if share < 0.0 => Stat::new("Of the way", words::share(0.0), way)
            .unit("further off than at the beginning")
            .change(standing, tone),
        Some(share) if share > 1.0 => {
            Stat::new("Of the way", words::share(1.0), way).unit("beyond the target").change(standing, tone)
        }
        Some(share) => Stat::new("Of the way", words::share(share), way).change(standing, tone),
        None => Stat::cannot_tell("Of the way", "it needs a value now, a beginning and a target", way),
    });
    stats
}

fn chart(found: &Found, progress: &Progress) -> Chart {
    let goal = &found.goal;
    let newest = progress.series.last().map(|m| m.period);
    let ahead = match (goal.due_on, newest) {
        (Some(due), Some(newest)) if due > newest.last => newest.n_until(due, goal.period),
        _ => 0,
    };
    let points = outlook::of(&progress.series, goal.period, ahead.min(MOST_AHEAD));
    let began = progress.series.last().and_then(|m| m.value).or(goal.baseline.as_ref().map(|b| b.value));
    let target = began.zip(goal.target).filter(|_| ahead > 0).map(|(from, to)| Target { from, to });
    let of = if goal.segment_id.is_some() { "of the audience" } else { "of everybody" };
    let subtitle = format!(
        "Whole {}s until {}, {of}; the band is where the trend of the last 12 leads single {}s, 19 times out of 20",
        goal.period.name(),
        progress.as_of,
        goal.period.name()
    );
    metric_words::chart(&progress.metric, &points, target.as_ref(), subtitle, found.currency)
}

/// Periods ahead that are drawn.
const MOST_AHEAD: u32 = 24;

/// What would have to move, and how many actions that is.
pub(super) fn reach_in_words(reach: &Reach, metric: &Metric, currency: Currency) -> (Vec<String>, String) {
    let mut said: Vec<String> = Vec::new();
    if let Some(n) = reach.n_customers {
        said.push(format!("{} customers more than now", words::count(n.round() as i64)));
    }
    for way in &reach.ways {
        let unit = match way.metric_key {
            "average_order_value" => Unit::Money,
            "orders_per_customer" => Unit::Ratio,
            _ => Unit::Count,
        };
        let told = |value: f64| in_words(value, unit, currency);
        let sign = if way.change() < 0.0 { "−" } else { "+" };
        let change = words::share(way.change().abs());
        said.push(format!("{}: from {} to {} ({sign}{change})", way.name, told(way.now), told(way.needed)));
    }
    let actions = match &reach.actions {
        Actions::CannotTell(why) => why.clone(),
        Actions::Known(kinds) => kinds
            .iter()
            .map(|kind| {
                let label = actions::Kind::from_name(&kind.action_kind).map_or("Action", |kind| kind.label());
                let each = |value: f64| match metric.kind {
                    Kind::Binary => format!("{:.2} of 100 people", 100.0 * value),
                    _ => in_words(value, metric.unit, currency),
                };
                let many = match (kind.n_actions, kind.at_best, kind.at_worst) {
                    (Some(n), Some(best), Some(worst)) => format!("about {n:.0} such actions ({best:.0} to {worst:.0})"),
                    (Some(n), _, None) => format!("about {n:.0} such actions, but they may as well bring nothing"),
                    _ => "no number of them: they did not move it the right way".to_string(),
                };
                format!(
                    "{label}: {} measured so far, {} for each person ({} to {}). To people as many as usual ({}): {many}.",
                    words::counted(kind.n_known as i64, "effect", "effects"),
                    each(kind.per_person),
                    each(kind.low),
                    each(kind.high),
                    words::count(kind.n_people.round() as i64),
                )
            })
            .collect::<Vec<_>>()
            .join(" "),
    };
    (said, actions)
}

fn tree(found: &Found) -> (Vec<Part>, (String, String)) {
    let [before, now] = found.trees.as_slice() else { return (Vec::new(), Default::default()) };
    let told = |value: f64, unit: Unit| in_words(value, unit, found.currency);
    let part = |name, depth, unit, of: &dyn Fn(&RevenueTree) -> Option<f64>| {
        let (was, is) = (of(before), of(now));
        let change = match (was, is) {
            (Some(was), Some(is)) if was > 0.0 => {
                let sign = if is < was { "−" } else { "+" };
                format!("{sign}{}", words::share((is / was - 1.0).abs()))
            }
            _ => "–".to_string(),
        };
        let shown = |value: Option<f64>| value.map_or("–".to_string(), |value| told(value, unit));
        Part { name, depth, before: shown(was), now: shown(is), change }
    };
    let mut parts = vec![
        part("Revenue", 0, Unit::Money, &|t| Some(t.revenue)),
        part("Customers who order", 1, Unit::Count, &|t| Some(t.active)),
        part("of these, new ones", 2, Unit::Count, &|t| Some(t.new)),
        part("of these, who came back", 2, Unit::Count, &|t| Some(t.active - t.new)),
        part("× orders of each", 1, Unit::Ratio, &|t| t.orders_per_customer),
        part("× value of an order", 1, Unit::Money, &|t| t.average_order_value),
    ];
    if before.of_nobody.abs() > 0.5 || now.of_nobody.abs() > 0.5 {
        parts.push(part("+ orders without a known customer", 1, Unit::Money, &|t| Some(t.of_nobody)));
    }
    (parts, (before.period.to_string(), now.period.to_string()))
}

fn guardrails(found: &Found) -> Vec<Guarded> {
    let guarded = |guardrail: &goals::Guardrail| {
        let unit = guardrail.metric_unit().unwrap_or(Unit::Ratio);
        let told =
            |value: Option<f64>| value.map_or("–".to_string(), |v| in_words(v, unit, found.currency));
        let broken = found.progress.iter().flat_map(|p| &p.broken).find(|broken| broken.0 == guardrail.name);
        Guarded {
            name: guardrail.name.clone(),
            href: format!("/dictionary/{}", guardrail.metric.key),
            began: told(guardrail.baseline),
            worst: told(guardrail.worst),
            is_broken: broken.is_some(),
            now: broken.map(|broken| told(Some(broken.1))).unwrap_or_default(),
        }
    };
    found.goal.guardrails.iter().map(guarded).collect()
}

fn covered(source: &goals::Coverage) -> Covered {
    let share = source.share();
    let text = format!("{} of {}", words::count(source.n_have), words::count(source.n_of));
    Covered {
        name: source.name.clone(),
        percent: share.map_or("0".to_string(), |share| format!("{:.1}", 100.0 * share)),
        text: share.map_or_else(|| text.clone(), |share| format!("{} ({text})", words::share(share))),
        is_needed: source.is_needed,
        is_thin: share.is_some_and(|share| share < 0.5),
    }
}

fn facts(found: &Found) -> Vec<Fact> {
    let goal = &found.goal;
    let fact = |label, text: String, href: Option<String>| Fact { label, text, href };
    let mut facts = Vec::new();
    if let Some(progress) = &found.progress {
        let metric = &progress.metric;
        let href = format!("/dictionary/{}", metric.key);
        facts.push(fact("Metric", format!("{}, version {}", metric.name, metric.version), Some(href)));
    }
    facts.push(match &found.segment {
        Some((_, name, filter)) => {
            let text = match found.n_people {
                Some(n) => format!("{name}: {} when the goal opened", words::counted(n, "person", "people")),
                None => name.clone(),
            };
            fact("Audience", text, Some(rows::people(filter)))
        }
        None => {
            fact("Audience", "Everybody, also those who come later".to_string(), Some("/people".to_string()))
        }
    });
    facts.push(fact("Owner", owner(goal, &found.users), None));
    if let Some((id, name)) = &found.turn {
        facts.push(fact("Turn", name.clone(), Some(format!("/turns/{id}"))));
    }
    if let Some((id, claim)) = &found.insight {
        facts.push(fact("Answers", claim.clone(), Some(format!("/insights/{id}"))));
    }
    facts
}

fn done(action: &Action) -> Done {
    Done {
        name: action.name.clone(),
        href: format!("/actions/{}", action.id),
        kind: action.kind.label(),
        state: action.state.name().to_string(),
    }
}

fn verdict_in_words(
    verdict: &serde_json::Value,
    metric: Option<&Metric>,
    currency: Currency,
) -> Option<Told> {
    let verdict: Verdict = serde_json::from_value(verdict.clone()).ok()?;
    let told = |value: Option<f64>| match metric {
        Some(metric) => metric_words::value(value, metric, currency),
        None => "–".to_string(),
    };
    let share = |share: &Share| {
        let moved = if share.counts { told(share.moved) } else { "not shown".to_string() };
        (share.name.clone(), moved)
    };
    let rest = match (verdict.change, verdict.rest) {
        (Some(change), Some(rest)) => {
            format!("{}; together it changed by {}", told(Some(rest)), told(Some(change)))
        }
        _ => String::new(),
    };
    Some(Told { why: verdict.why.clone(), shares: verdict.shares.iter().map(share).collect(), rest })
}

fn past(event: &Event, found: &Found, now: platform::Micros, current: &Current) -> Past {
    let words = match event.verb.as_str() {
        "goal.created" => "Drafted",
        "goal.updated" => "Changed",
        "goal.opened" => "Opened",
        "goal.concluded" => "Judged",
        "goal.dropped" => "Dropped",
        verb if verb.ends_with(".undone") => "A change taken back",
        _ => "Changed",
    };
    let why =
        event.after_json.as_deref().and_then(|json| serde_json::from_str::<serde_json::Value>(json).ok());
    let why = why.as_ref().and_then(|json| json["why"].as_str()).unwrap_or_default();
    let user = found.users.iter().find(|user| Some(&user.id) == event.actor_id.as_ref());
    Past {
        words: if why.is_empty() { words.to_string() } else { format!("{words}: {why}") },
        by: user.map_or_else(|| "the program".to_string(), |user| user.name.clone()),
        at: words::moment(event.at, now, current.zone()),
    }
}
