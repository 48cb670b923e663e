//! What has to be read before a goal can be kept or opened: the metric's past, the guardrails', the audience.
//!
//! It may take a second over millions of orders, so it is read in a snapshot of its own and handed to the verb.

use super::measured::{is_standing, measured};
use super::{Baseline, Coverage, Guardrail, Input, LEVEL, MOST_GUARDRAILS, TREND_PERIODS};
use crate::calendar::{Day, last_day};
use crate::plan::metrics::{self, Direction, Measured, Metric, PeopleOf, Recipe};
use crate::plan::periods::{Cadence, Period};
use crate::plan::simulator::{self, Reach};
use crate::plan::{audiences, known_effects, revenue_tree};
use platform::store::Snapshot;
use platform::{Error, Result, params};
use records::filter::{self, Filter};
use statistics::trend;

/// What was read for a goal.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    pub metric: Option<Metric>,
    /// The last day that the figures know.
    pub as_of: Day,
    pub today: Day,
    pub baseline: Option<Baseline>,
    /// The same length of time up to the last day that is known, where it is not the baseline's period.
    pub newest_days: Option<Measured>,
    pub guardrails: Vec<Guardrail>,
    pub sources: Vec<Coverage>,
    /// People of the audience now.
    pub n_people: i64,
    /// The audience is chosen by what people bought or how they score: its past is not that of an ordinary group.
    pub is_chosen_by_behaviour: bool,
    /// The same period a year before the due date.
    pub a_year_before: Option<Measured>,
    /// What would have to move, where a target is stated.
    pub reach: Option<Reach>,
}

/// Reads what a goal stands on.
///
/// **Errors** at `metric`, `guardrails` and `segment` where one of them is unknown or cannot be measured.
pub fn prepare(snapshot: &mut Snapshot<'_>, input: &Input) -> Result<Prepared> {
    let metric = input.metric.as_deref().map(|key| choose(snapshot, "metric", key)).transpose()?;
    if input.guardrails.len() > MOST_GUARDRAILS {
        return Err(Error::invalid("guardrails", format!("a goal has at most {MOST_GUARDRAILS} guardrails")));
    }
    let mut guarded = Vec::new();
    for (key, _) in &input.guardrails {
        guarded.push(choose(snapshot, "guardrails", key)?);
    }
    let filter = match &input.segment_id {
        Some(id) => Some(segment(snapshot, id)?),
        None => None,
    };
    let people = filter.clone().map_or(PeopleOf::Everybody, PeopleOf::Matching);
    let today = Day::of(snapshot.now());
    let as_of = known_until(snapshot)?;
    let mut all: Vec<Metric> = metric.iter().cloned().collect();
    all.extend(guarded.iter().cloned());
    let mut measured = measured(snapshot, &all, &people, input.period, as_of)?.into_iter();
    let series = metric.as_ref().and_then(|_| measured.next()).unwrap_or_default();
    let a_year_before = input.due_on.and_then(|due| a_year_before(&series, due, input.period));
    let newest_days = match &metric {
        Some(metric) => newest_days(snapshot, metric, &people, Period::ending(as_of, input.period), &series)?,
        None => None,
    };
    let baseline = baseline(series, input.due_on, input.period);
    let guardrails = guarded
        .iter()
        .zip(measured)
        .zip(&input.guardrails)
        .map(|((metric, series), (_, worst))| guardrail(metric, series, *worst, input))
        .collect();
    let (sources, n_people) = coverage(snapshot, filter.as_ref(), metric.as_ref())?;
    let is_chosen_by_behaviour = filter.as_ref().is_some_and(asks_for_behaviour);
    let reach = match (&metric, &baseline, input.target) {
        (Some(metric), Some(baseline), Some(target)) => {
            Some(reach(snapshot, metric, baseline, target, &people, n_people)?)
        }
        _ => None,
    };
    Ok(Prepared {
        metric,
        as_of,
        today,
        baseline,
        newest_days,
        guardrails,
        sources,
        n_people,
        is_chosen_by_behaviour,
        a_year_before,
        reach,
    })
}

/// What the metric was in the days up to now; None where these are a whole period of the series.
fn newest_days(
    snapshot: &mut Snapshot<'_>,
    metric: &Metric,
    people: &PeopleOf,
    period: Period,
    series: &[Measured],
) -> Result<Option<Measured>> {
    if is_standing(metric) || series.last().is_none_or(|newest| newest.period.last == period.last) {
        return Ok(None);
    }
    let asked = std::slice::from_ref(metric);
    let mut found = metrics::series_of_many(snapshot, asked, people, &[period])?.into_iter().flatten();
    Ok(found.next().filter(|days| days.value.is_some()))
}

fn reach(
    snapshot: &mut Snapshot<'_>,
    metric: &Metric,
    baseline: &Baseline,
    target: f64,
    people: &PeopleOf,
    n_people: i64,
) -> Result<Reach> {
    let effects = known_effects::on_metric(snapshot, &metric.key)?;
    let newest = baseline.series.last();
    let tree = match newest {
        Some(newest) if simulator::needs_tree(&metric.key) => {
            revenue_tree::of(snapshot, people, &[newest.period])?.pop()
        }
        _ => None,
    };
    let now = (baseline.value, newest.map_or(0.0, |m| m.denominator));
    Ok(simulator::reach(metric, now, target, tree.as_ref(), &effects, n_people))
}

fn choose(snapshot: &mut Snapshot<'_>, field: &str, key: &str) -> Result<Metric> {
    let metric = match metrics::latest(snapshot, key) {
        Err(Error::Missing { .. }) => {
            return Err(Error::invalid(field, format!("there is no metric “{key}”")));
        }
        found => found?,
    };
    match metric.lacks() {
        Some(what) => {
            Err(Error::invalid(field, format!("{} cannot be measured yet: it needs {what}", metric.name)))
        }
        None => Ok(metric),
    }
}

fn segment(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Filter> {
    match audiences::segment(snapshot, id) {
        Err(Error::Missing { .. }) => {
            Err(Error::invalid("segment", "this segment is gone; choose another, or everybody"))
        }
        found => Ok(found?.0),
    }
}

/// The last day of which everything is known: yesterday, or the end of an imported history.
pub fn known_until(snapshot: &mut Snapshot<'_>) -> Result<Day> {
    let now = snapshot.now();
    let newest =
        snapshot.one("SELECT max(ordered_at) FROM orders WHERE ordered_at <= $1", &params![now], |row| {
            row.get::<Option<i64>>(0)
        })?;
    let today = Day::of(now);
    Ok(last_day(None, newest.map(Day::of), today).0.min(today.plus(-1)))
}

/// The newest values in a row without a gap, at most [`TREND_PERIODS`].
pub fn trend_values(series: &[Measured]) -> Vec<f64> {
    let mut values: Vec<f64> = series.iter().rev().map_while(|m| m.value).take(TREND_PERIODS).collect();
    values.reverse();
    values
}

pub(super) fn baseline(series: Vec<Measured>, due_on: Option<Day>, cadence: Cadence) -> Option<Baseline> {
    let newest = series.last()?;
    let value = newest.value?;
    let n_ahead = due_on.map_or(1, |due| newest.period.n_until(due, cadence));
    let values = trend_values(&series);
    let fitted = trend::fit(&values, LEVEL);
    let ahead = fitted.map(|trend| trend.predict(n_ahead));
    let before = values.split_last().and_then(|(_, before)| trend::fit(before, LEVEL));
    let is_unusual =
        before.map(|trend| trend.predict(1)).is_some_and(|next| value < next.low || value > next.high);
    Some(Baseline {
        value,
        low: ahead.map(|interval| interval.low),
        high: ahead.map(|interval| interval.high),
        n_ahead,
        is_unusual,
        neighbours_alike: fitted.is_some_and(|trend| trend.autocorrelation > 0.5),
        series,
        warnings: Vec::new(),
    })
}

fn guardrail(metric: &Metric, series: Vec<Measured>, worst: Option<f64>, input: &Input) -> Guardrail {
    let baseline = baseline(series, input.due_on, input.period);
    let trend = baseline.as_ref().and_then(|b| match metric.direction {
        Direction::Up => b.low.map(|low| low.min(b.value)),
        Direction::Down => b.high.map(|high| high.max(b.value)),
    });
    // A share, a sum and a count cannot fall below nothing; without a trend the present is the measure.
    let least = |value: f64| if metric.key == "sales_growth" { value } else { value.max(0.0) };
    let value = baseline.map(|b| b.value);
    Guardrail {
        metric: metric.reference(),
        name: metric.name.clone(),
        baseline: value,
        worst: worst.or(trend.or(value).map(least)),
        is_stated: worst.is_some(),
    }
}

fn a_year_before(series: &[Measured], due: Day, cadence: Cadence) -> Option<Measured> {
    let last = Period::ending(due, cadence).last.month() - 12;
    let same = |m: &&Measured| m.period.last.month() == last && m.value.is_some();
    series.iter().find(same).cloned()
}

/// Whether a filter chooses by what people did, not by who they are.
fn asks_for_behaviour(filter: &Filter) -> bool {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().any(asks_for_behaviour),
        Filter::Not(part) => asks_for_behaviour(part),
        Filter::Orders(_) | Filter::Events(_) | Filter::Insight(_) => true,
        Filter::Field(condition) => {
            let of_orders = ["n_orders", "revenue", "last_order"];
            filter::field(&condition.name).is_some_and(|f| f.is_score || of_orders.contains(&f.name))
        }
        Filter::Tag(_) | Filter::Consent(_) => false,
    }
}

fn coverage(
    snapshot: &mut Snapshot<'_>,
    filter: Option<&Filter>,
    metric: Option<&Metric>,
) -> Result<(Vec<Coverage>, i64)> {
    let everybody = Filter::default();
    let condition = filter::condition(filter.unwrap_or(&everybody), snapshot.dialect(), snapshot.now())?;
    let counts = snapshot.one(
        &format!(
            "SELECT count(*), count(CASE WHEN n_orders > 0 THEN 1 END), count(email_key), count(phone), count(birthday),
               count(CASE WHEN EXISTS (SELECT 1 FROM consents c WHERE c.person_id = people.id AND c.purpose = 'marketing'
                 AND c.channel = 'email' AND c.state = 'granted') THEN 1 END)
             FROM people WHERE {}",
            condition.text
        ),
        &condition.params,
        |row| (0..6).map(|column| row.get::<i64>(column)).collect::<Result<Vec<_>>>(),
    )?;
    let (n, counts) = (counts[0], &counts[1..]);
    let key = metric.map_or("", |metric| metric.key.as_str());
    let from_orders =
        metric.and_then(|m| m.shipped().ok()).is_some_and(|m| matches!(m.recipe, Recipe::Purchases(_)));
    let named = [
        ("orders", "Orders", from_orders),
        ("email", "E-mail address", key == "email_reach"),
        ("phone", "Telephone", false),
        ("birthday", "Birthday", false),
        ("consent", "Consent to marketing by e-mail", key == "marketing_consent"),
    ];
    let source = |((key, name, is_needed), n_have): ((&str, &str, bool), &i64)| Coverage {
        key: key.to_string(),
        name: name.to_string(),
        n_have: *n_have,
        n_of: n,
        is_needed,
    };
    Ok((named.into_iter().zip(counts).map(source).collect(), n))
}
