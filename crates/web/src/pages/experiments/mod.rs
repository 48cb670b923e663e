//! Experiments: who is held out, whether it can answer, what came out so far.

mod show;
pub(crate) mod values;

pub(crate) use show::show;

use askama::Template;
use axum::extract::State;
use cycle::act::experiments::{self, ArmCount, Experiment, HOLDOUT, List, State as Stage};
use cycle::act::power::{self, Answer, Plan};
use cycle::measure::effects::{self, Conclusion};
use cycle::plan::metrics::{self, Metric};
use platform::{Result as Found, Snapshot};
use records::values::currency::Currency;

use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::parts::{Moment, Pager, Stat, Tab, Tone};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::words;

/// Experiments on one page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "experiments/list.html")]
struct Index {
    page: Layout,
    tabs: Vec<Tab>,
    experiments: Vec<Row>,
    pager: Pager,
}

struct Row {
    href: String,
    name: String,
    state: &'static str,
    tone: &'static str,
    metric: String,
    people: String,
    holdout: String,
    effect: String,
    ends: Option<Moment>,
}

struct Listed {
    rows: Vec<(Experiment, String, String)>,
    next: Option<String>,
}

fn read(snapshot: &mut Snapshot<'_>, wanted: &List) -> Found<Listed> {
    let mut found = experiments::list(snapshot, wanted)?;
    let has_more = found.len() > ROWS;
    found.truncate(ROWS);
    let next = found.last().filter(|_| has_more).map(|last| last.id.clone());
    let mut rows = Vec::with_capacity(found.len());
    for experiment in found {
        let metric = metrics::get(snapshot, &experiment.metric)?.name;
        let effect =
            conclusion(effects::latest(snapshot, &experiment.id)?.iter().map(|effect| effect.conclusion));
        rows.push((experiment, metric, effect));
    }
    Ok(Listed { rows, next })
}

pub(crate) async fn index(State(app): State<App>, current: Current, query: Query) -> Result {
    let state = Stage::from_name(query.get("state"));
    let list = List { state, before: query.filled("before").map(str::to_string), limit: ROWS as i64 + 1 };
    let found = app.store.read(move |s| read(s, &list)).await?;
    let now = app.store.now();
    let row = |(experiment, metric, effect): &(Experiment, String, String)| Row {
        href: format!("/experiments/{}", experiment.id),
        name: experiment.name.clone(),
        state: state_label(experiment),
        tone: state_tone(experiment.state).class(),
        metric: metric.clone(),
        people: if experiment.n_people > 0 { words::count(experiment.n_people) } else { String::new() },
        holdout: words::share(experiment.holdout_permille as f64 / 1000.0),
        effect: effect.clone(),
        ends: experiment.ends_at.map(|at| words::moment(at, now, current.zone())),
    };
    let tab = |label: &str, name: &str| Tab {
        label: label.to_string(),
        href: if name.is_empty() { "/experiments".to_string() } else { format!("/experiments?state={name}") },
        current: name == query.get("state"),
        count: None,
    };
    respond::page(&Index {
        page: current.layout(Place::Experiments, "Experiments"),
        tabs: vec![
            tab("All", ""),
            tab("Running", "running"),
            tab("Planned", "planned"),
            tab("Ended", "ended"),
        ],
        experiments: found.rows.iter().map(row).collect(),
        pager: Pager {
            shown: words::counted(found.rows.len() as i64, "experiment", "experiments"),
            next: found.next.map(|last| query.with("before", &last).at("/experiments")),
            ..Pager::default()
        },
    })
}

/// What was measured of an action so far, in two words; empty where nothing was.
pub(crate) fn effect_of_action(snapshot: &mut Snapshot<'_>, action_id: &str) -> Found<String> {
    Ok(conclusion(effects::latest_of_action(snapshot, action_id)?.iter().map(|effect| effect.conclusion)))
}

/// The best that any variant came to.
fn conclusion(found: impl Iterator<Item = Conclusion>) -> String {
    let all: Vec<Conclusion> = found.collect();
    let order = [Conclusion::Works, Conclusion::Harms, Conclusion::NoEffectShown, Conclusion::CannotTellYet];
    let best = order.into_iter().find(|one| all.contains(one));
    best.map_or(String::new(), |one| in_words(one).to_string())
}

pub(crate) fn in_words(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Works => "Works",
        Conclusion::Harms => "Harms",
        Conclusion::NoEffectShown => "No effect shown",
        Conclusion::CannotTellYet => "Can’t tell yet",
    }
}

pub(crate) fn conclusion_tone(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Works => "good",
        Conclusion::Harms => "bad",
        Conclusion::NoEffectShown => "neutral",
        Conclusion::CannotTellYet => "warning",
    }
}

pub(super) fn state_label(experiment: &Experiment) -> &'static str {
    match experiment.state {
        Stage::Planned if experiment.assigned_up_to.is_some() => "Being drawn",
        Stage::Planned => "Planned",
        Stage::Running => "Running",
        Stage::Ended => "Ended",
    }
}

pub(super) fn state_tone(state: Stage) -> Tone {
    match state {
        Stage::Planned => Tone::Neutral,
        Stage::Running => Tone::Good,
        Stage::Ended => Tone::Accent,
    }
}

/// One arm in a table.
pub(crate) struct ArmRow {
    pub(crate) name: String,
    pub(crate) is_holdout: bool,
    pub(crate) planned: String,
    pub(crate) n_people: String,
    pub(crate) share: String,
}

pub(crate) fn arm_rows(arms: &[ArmCount], experiment: Option<&Experiment>) -> Vec<ArmRow> {
    let n: i64 = arms.iter().map(|arm| arm.n_people).sum();
    if experiment.is_none() || n == 0 {
        return Vec::new();
    }
    let row = |arm: &ArmCount| ArmRow {
        is_holdout: arm.name == HOLDOUT,
        name: if arm.name == HOLDOUT { "Held out".to_string() } else { capital(&arm.name) },
        planned: words::share(arm.permille as f64 / 1000.0),
        n_people: words::count(arm.n_people),
        share: words::share(arm.n_people as f64 / n as f64),
    };
    arms.iter().map(row).collect()
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Whether an experiment can answer, for its page and that of its action.
pub(crate) struct PowerPart {
    pub(crate) is_open: bool,
    pub(crate) tone: &'static str,
    pub(crate) title: &'static str,
    pub(crate) text: String,
    pub(crate) stats: Vec<Stat>,
    pub(crate) why_underpowered: Option<String>,
    /// A reason would let it run.
    pub(crate) wants_reason: bool,
}

pub(crate) fn power_part(
    experiment: &Experiment,
    plan: Option<&Plan>,
    metric: &Metric,
    currency: Currency,
) -> PowerPart {
    let is_open = experiment.state == Stage::Planned && experiment.assigned_up_to.is_none();
    let Some(plan) = plan else {
        return PowerPart {
            is_open,
            tone: "warning",
            title: "Not reckoned yet",
            text: "Nobody knows yet whether so many customers are enough to see an effect.".to_string(),
            stats: Vec::new(),
            why_underpowered: experiment.why_underpowered.clone(),
            wants_reason: false,
        };
    };
    let (tone, title) = match plan.answer {
        Answer::Yes => ("good", "It can answer"),
        Answer::No => ("warning", "It would likely miss the effect"),
        Answer::NoExpectation => ("warning", "Nothing is expected yet"),
        Answer::CannotTell => ("warning", "Can’t tell"),
    };
    PowerPart {
        is_open,
        tone,
        title,
        text: power_words(plan, metric, currency),
        stats: power_stats(experiment, plan, metric, currency),
        why_underpowered: experiment.why_underpowered.clone(),
        wants_reason: is_open && plan.answer != Answer::Yes && experiment.why_underpowered.is_none(),
    }
}

pub(super) fn power_words(plan: &Plan, metric: &Metric, currency: Currency) -> String {
    let say = |value: f64| values::in_words(value, metric, currency);
    match (plan.answer, plan.detectable) {
        (Answer::Yes, _) => {
            "If the effect is as large as you expect, the comparison shows it four times out of five or \
                             more often."
                .to_string()
        }
        (Answer::No, Some(detectable)) => format!(
            "With these customers only an effect of {} or more would show; {}. What helps: leave more customers alone, watch \
             for longer, or choose a larger audience.",
            say(detectable),
            plan.shortage()
        ),
        (Answer::No, None) => format!("With these customers no effect would show; {}.", plan.shortage()),
        (Answer::NoExpectation, Some(detectable)) => format!(
            "Say what you expect of one customer. With these customers an effect of {} or more would show.",
            say(detectable)
        ),
        (Answer::NoExpectation, None) => "Say what you expect of one customer.".to_string(),
        (Answer::CannotTell, _) => format!("Nothing can be reckoned honestly: {}.", plan.hindrance()),
    }
}

fn power_stats(experiment: &Experiment, plan: &Plan, metric: &Metric, currency: Currency) -> Vec<Stat> {
    let say = |value: f64| values::in_words(value, metric, currency);
    let unit = if experiment.unit == experiments::Unit::Company { "companies" } else { "customers" };
    let mut stats = vec![
        Stat::new(
            "Treated",
            words::count(plan.n_treated as i64),
            "About so many; the lot decides. Of the smallest variant.",
        ),
        Stat::new("Held out", words::count(plan.n_held_out as i64), "About so many; the lot decides."),
        Stat::new(
            "Without the action",
            say(plan.mean),
            &format!(
                "{} of one of these {unit} in the last {} days until {}: what is to be expected when nothing is done.",
                metric.name, experiment.window_days, plan.last_day
            ),
        ),
    ];
    let seen = "The smallest difference for one customer that would be seen four times out of five, at 95 % certainty. \
                docs/methods explains how it is reckoned.";
    stats.push(match plan.detectable {
        Some(detectable) => Stat::new("Smallest effect it sees", say(detectable), seen),
        None => Stat::cannot_tell("Smallest effect it sees", "too few customers", seen),
    });
    if let Some(expected) = plan.expected {
        stats.push(Stat::new("You expect", say(expected), "As stated with the action."));
    }
    if let Some(power) = plan.power {
        let words_of = "How likely the comparison shows an effect as large as you expect.";
        stats.push(Stat::new("Chance to see it", words::share(power), words_of));
    }
    if plan.correlation.abs() >= 0.05 {
        stats.push(Stat::new(
            "Scatter taken out",
            words::share(plan.correlation * plan.correlation),
            &format!(
                "Customers differ anyway. So much of that is known from what the same {unit} did in the {} days before, and \
                 does not blur the comparison (CUPED).",
                experiment.pre_days
            ),
        ));
    }
    stats
}

/// The plan that is kept with an experiment.
pub(super) fn plan_of(experiment: &Experiment) -> Found<Option<Plan>> {
    power::kept(experiment)
}
