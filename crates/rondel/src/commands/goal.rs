//! `rondel goal`: state a goal and hold it against the gate, list the goals.

use cycle::act::segments;
use cycle::calendar::Day;
use cycle::plan::goals::{self, Input, List, Prepared};
use cycle::plan::metrics::{self, Metric, values};
use cycle::plan::periods::Cadence;
use cycle::plan::turns;
use platform::{By, Error, Result, Snapshot, Store, auth};
use records::orders::workspace_currency;
use records::values::currency::Currency;
use serde_json::{Value, json};

use super::{Outcome, Program};

/// State a goal, list the goals
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel goal add \"More from those who are here\" --metric average_order_value --target 48 --due 2026-12-31 --owner ada@example.com
  rondel goal add \"Keep them\" --metric retention --target \"82 %\" --due 2026-12-31 --owner ada@example.com --segment \"Good customers\"
  rondel goal list

A goal opens only when the gate lets it: with metric, baseline, target, date and owner, the target on the right side of today.
With --draft it is kept as it is, and can be opened later on its page.")]
pub(super) struct Goal {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// State a goal and open it
    Add(Add),
    /// List the goals, open ones first
    List,
}

#[derive(clap::Args)]
struct Add {
    /// What is wanted, in a few words
    name: String,
    /// Key of the metric, such as revenue, retention or average_order_value
    #[arg(long)]
    metric: String,
    /// The value wanted: 12000, "35 %", 1.8
    #[arg(long)]
    target: Option<String>,
    /// The last day of the period in which it is wanted
    #[arg(long, value_name = "YYYY-MM-DD")]
    due: Option<String>,
    /// E-mail of the user who answers for it
    #[arg(long)]
    owner: Option<String>,
    /// Name of the segment that it is about; everybody where left out
    #[arg(long)]
    segment: Option<String>,
    /// What the metric is measured over: month or quarter
    #[arg(long, default_value = "month")]
    period: String,
    /// Key of a metric that must not get worse, with the worst value that is accepted ("return_rate=8 %") or the worse end of its
    /// trend; may be given several times
    #[arg(long = "guardrail", value_name = "METRIC[=WORST]")]
    guardrails: Vec<String>,
    /// Keep it as a draft
    #[arg(long)]
    draft: bool,
}

impl Goal {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let (store, _directory) = program.open()?;
        match self.action {
            Action::Add(add) => {
                let (goal, metric, currency) = run(&store, add)?;
                let text = format!("{}: {}", goal.state.in_words(), line(&goal, Some(&metric), currency));
                program.answer(&as_json(&goal), &text);
            }
            Action::List => {
                let (goals, metrics, currency) = store.read(all).wait()?;
                let lines: Vec<String> = goals
                    .iter()
                    .map(|goal| {
                        let metric = goal.metric.as_ref().map(|wanted| wanted.key.as_str());
                        let metric = metrics.iter().find(|known| Some(known.key.as_str()) == metric);
                        format!("{:<11} {}", goal.state.in_words(), line(goal, metric, currency))
                    })
                    .collect();
                let text = if lines.is_empty() { "There is no goal yet.".to_string() } else { lines.join("\n") };
                program.answer(&json!({ "goals": goals.iter().map(as_json).collect::<Vec<_>>() }), &text);
            }
        }
        Ok(Outcome::Done)
    }
}

fn all(s: &mut Snapshot<'_>) -> Result<(Vec<goals::Goal>, Vec<Metric>, Currency)> {
    Ok((goals::list(s, List::Standing)?, metrics::list(s)?, workspace_currency(s)?))
}

fn run(store: &Store, add: Add) -> Result<(goals::Goal, Metric, Currency)> {
    let opens = !add.draft;
    let (input, prepared, currency): (Input, Prepared, Currency) = store
        .scan(move |s| {
            let (input, currency) = input(s, &add)?;
            Ok((input.clone(), goals::prepare(s, &input)?, currency))
        })
        .wait()?;
    let metric = prepared.metric.clone().ok_or_else(|| Error::invalid("metric", "say which metric is to change"))?;
    let write = move |tx: &mut platform::Tx<'_>| {
        let goal = goals::create(tx, &input, &prepared)?;
        if opens { goals::open(tx, &goal.id, goal.version, &prepared) } else { Ok(goal) }
    };
    Ok((store.write(By::console(), write).wait()?, metric, currency))
}

fn input(s: &mut Snapshot<'_>, add: &Add) -> Result<(Input, Currency)> {
    let currency = workspace_currency(s)?;
    let metric = metrics::latest(s, &add.metric)?;
    let target = add.target.as_deref().map(|text| values::parse("target", text, metric.unit, currency)).transpose()?;
    let segment_id = match &add.segment {
        None => None,
        Some(name) => {
            let found = segments::list(s)?.into_iter().find(|segment| segment.name == *name);
            Some(found.ok_or_else(|| Error::invalid("segment", format!("there is no segment “{name}”")))?.id)
        }
    };
    let owner_id = match &add.owner {
        None => None,
        Some(email) => {
            let wanted = email.trim().to_lowercase();
            let found = auth::list(s)?.into_iter().find(|user| user.email == wanted);
            Some(found.ok_or_else(|| Error::invalid("owner", format!("{email} is no user")))?.id)
        }
    };
    let period = Cadence::parse(&add.period)
        .ok_or_else(|| Error::invalid("period", format!("“{}” is neither month nor quarter", add.period)))?;
    let due_on = add.due.as_deref().map(Day::parse).transpose();
    let due_on = due_on.map_err(|_| Error::invalid("due", "write a date such as 2026-12-31"))?;
    let mut guardrails = Vec::with_capacity(add.guardrails.len());
    for stated in &add.guardrails {
        let (key, worst) = stated.split_once('=').map_or((stated.as_str(), None), |(key, worst)| (key, Some(worst)));
        let metric = metrics::latest(s, key.trim())?;
        let worst = worst.map(|text| values::parse("guardrail", text, metric.unit, currency)).transpose()?;
        guardrails.push((metric.key, worst));
    }
    let input = Input {
        name: add.name.clone(),
        metric: Some(add.metric.clone()),
        period,
        segment_id,
        target,
        due_on,
        owner_id,
        guardrails,
        turn_id: turns::current(s)?.map(|turn| turn.id),
        insight_id: None,
    };
    Ok((input, currency))
}

fn line(goal: &goals::Goal, metric: Option<&Metric>, currency: Currency) -> String {
    let told = |value: Option<f64>| match (value, metric) {
        (Some(value), Some(metric)) => values::in_words(value, metric.unit, currency),
        _ => "–".to_string(),
    };
    let by = goal.due_on.map_or("–".to_string(), |day| day.to_string());
    let mut text = format!(
        "{} ({}) from {} to {} by {by}",
        goal.name,
        metric.map_or("no metric", |metric| metric.name.as_str()),
        told(goal.baseline.as_ref().map(|baseline| baseline.value)),
        told(goal.target)
    );
    for warning in goal.baseline.iter().flat_map(|baseline| &baseline.warnings) {
        text.push_str(&format!("\n  Note: {warning}"));
    }
    text
}

fn as_json(goal: &goals::Goal) -> Value {
    let baseline = goal.baseline.as_ref();
    json!({
        "id": goal.id,
        "name": goal.name,
        "state": goal.state.name(),
        "metric": goal.metric.as_ref().map(|metric| json!({ "key": metric.key, "version": metric.version })),
        "period": goal.period.name(),
        "baseline": baseline.map(|b| b.value),
        "baseline_low": baseline.and_then(|b| b.low),
        "baseline_high": baseline.and_then(|b| b.high),
        "target": goal.target,
        "due_on": goal.due_on.map(|day| day.to_string()),
        "owner_id": goal.owner_id,
        "segment_id": goal.segment_id,
        "turn_id": goal.turn_id,
        "warnings": baseline.map(|b| b.warnings.clone()).unwrap_or_default(),
    })
}
