//! The gate that a goal passes before it opens: specific, measurable, achievable, relevant, bound to a date.
//!
//! It refuses what cannot be judged later, and says in plain words what looks unlikely; whether that is accepted is for
//! people to decide.

use super::{Input, Prepared};
use crate::calendar::Day;
use crate::plan::metrics::values::in_words;
use crate::plan::metrics::{Direction, Metric, Unit};
use crate::plan::simulator::{Actions, Reach};
use platform::Problem;
use records::values::currency::Currency;

/// What stands at each of the five letters, and what has to be known or mended.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gate {
    pub letters: Vec<Letter>,
    /// What keeps the goal from opening, each at its field.
    pub problems: Vec<Problem>,
    /// What somebody should have read before it opens.
    pub warnings: Vec<String>,
}

impl Gate {
    pub fn is_open(&self) -> bool {
        self.problems.is_empty()
    }
}

/// One letter of SMART.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub name: &'static str,
    pub question: &'static str,
    /// Nothing at this letter keeps the goal from opening.
    pub is_fulfilled: bool,
    /// What is stated, or what is missing.
    pub words: String,
}

const LETTERS: [(&str, &str, &[&str]); 5] = [
    ("Specific", "What is to change, and of whom?", &["name", "metric", "segment"]),
    ("Measurable", "From where to where?", &["baseline", "guardrails"]),
    ("Achievable", "Is the target on the right side of today?", &["target"]),
    ("Relevant", "Who answers for it?", &["owner"]),
    ("Time-bound", "By when?", &["due_on"]),
];

/// Holds a goal against what was read for it.
pub fn gate(input: &Input, prepared: &Prepared, currency: Currency) -> Gate {
    let mut found = Gate::default();
    missing(input, prepared, &mut found);
    if let (Some(metric), Some(target)) = (&prepared.metric, input.target) {
        side(metric, target, prepared, currency, &mut found);
        if found.problems.iter().all(|problem| problem.field != "target") {
            likelihood(metric, target, input.due_on, prepared, currency, &mut found);
            found.warnings.extend(prepared.reach.as_ref().and_then(beyond_known_effects));
        }
    }
    guarded(prepared, currency, &mut found);
    trust(prepared, &mut found);
    found.letters = LETTERS
        .iter()
        .map(|(name, question, fields)| {
            let problem = found.problems.iter().find(|problem| fields.contains(&problem.field.as_str()));
            Letter {
                name,
                question,
                is_fulfilled: problem.is_none(),
                words: problem.map_or_else(|| stated(name, input, prepared, currency), |p| p.message.clone()),
            }
        })
        .collect();
    found
}

fn missing(input: &Input, prepared: &Prepared, found: &mut Gate) {
    let mut problem = |field: &str, message: &str| {
        found.problems.push(Problem { field: field.to_string(), message: message.to_string() });
    };
    if prepared.metric.is_none() {
        problem("metric", "say which metric is to change");
    } else if prepared.baseline.is_none() {
        problem(
            "baseline",
            "the metric has no value yet in a period that is over: there is nothing to start from",
        );
    }
    if prepared.n_people == 0 {
        problem("segment", "nobody belongs to the audience now; choose another");
    }
    if input.target.is_none() {
        problem("target", "say which value is wanted");
    }
    if input.owner_id.is_none() {
        problem("owner", "name one person who answers for it");
    }
    match input.due_on {
        None => problem("due_on", "say by which day"),
        Some(day) if day <= prepared.today => problem("due_on", "the day is over; choose one in the future"),
        Some(day) if day > prepared.today.plus(LONGEST_DAYS) => {
            problem("due_on", "that is more than three years ahead; nobody will remember what was meant");
        }
        Some(_) => {}
    }
}

const LONGEST_DAYS: i32 = 3 * 366;

fn side(metric: &Metric, target: f64, prepared: &Prepared, currency: Currency, found: &mut Gate) {
    let mut problem = |message: String| {
        found.problems.push(Problem { field: "target".to_string(), message });
    };
    let share_of_all = metric.unit == Unit::Share && metric.key != "sales_growth";
    if !target.is_finite() || (target < 0.0 && metric.key != "sales_growth") || (share_of_all && target > 1.0)
    {
        problem(format!("{} cannot be {}", metric.name, in_words(target, metric.unit, currency)));
        return;
    }
    let Some(baseline) = &prepared.baseline else { return };
    if metric.direction.is_better(baseline.value, target) {
        let way = match metric.direction {
            Direction::Up => "below",
            Direction::Down => "above",
        };
        problem(format!(
            "{} is {way} where it is now ({}), so it asks for less; set it on the other side",
            in_words(target, metric.unit, currency),
            in_words(baseline.value, metric.unit, currency)
        ));
    }
}

/// A limit that is crossed before anything was done guards nothing.
fn guarded(prepared: &Prepared, currency: Currency, found: &mut Gate) {
    for guardrail in prepared.guardrails.iter().filter(|guardrail| guardrail.is_stated) {
        let (Some(now), Some(worst), Some(shipped)) =
            (guardrail.baseline, guardrail.worst, guardrail.shipped())
        else {
            continue;
        };
        if shipped.direction.is_better(worst, now) {
            let told = |value: f64| in_words(value, shipped.unit, currency);
            let message = format!(
                "{} is {} now, which is worse already than the {} that is still accepted; state a limit that holds today",
                guardrail.name,
                told(now),
                told(worst)
            );
            found.problems.push(Problem { field: "guardrails".to_string(), message });
        }
    }
}

/// How the target lies to what the metric has done so far.
fn likelihood(
    metric: &Metric,
    target: f64,
    due_on: Option<Day>,
    prepared: &Prepared,
    currency: Currency,
    found: &mut Gate,
) {
    let Some(baseline) = &prepared.baseline else { return };
    let told = |value: f64| in_words(value, metric.unit, currency);
    found.warnings.extend(there_already(metric, target, prepared, currency));
    let by = due_on.map_or(String::new(), |day| format!(" by {day}"));
    match (baseline.low, baseline.high) {
        (Some(low), Some(high)) => {
            let (worse, better) = match metric.direction {
                Direction::Up => (low, high),
                Direction::Down => (high, low),
            };
            let corridor = format!("{} to {}", told(low.min(high)), told(low.max(high)));
            if metric.direction.is_better(target, better) {
                found.warnings.push(format!(
                    "The last periods lead to {corridor}{by} if nothing is done (19 times out of 20). {} lies beyond that: \
                     it takes something that has not happened in these periods.",
                    told(target)
                ));
            } else if !metric.direction.is_better(target, worse) {
                found.warnings.push(format!(
                    "The last periods lead to {corridor}{by} anyway: {} would very likely be reached by doing nothing.",
                    told(target)
                ));
            }
        }
        _ => found.warnings.push(format!(
            "There are too few periods in a row to see a trend ({} are needed), so nobody can say how likely the target is.",
            statistics::trend::FEWEST_PERIODS
        )),
    }
    let known = baseline.series.iter().filter_map(|m| m.value);
    let best = known.fold(None, |best: Option<f64>, value| match best {
        Some(best) if !metric.direction.is_better(value, best) => Some(best),
        _ => Some(value),
    });
    if let Some(best) =
        best.filter(|best| baseline.series.len() > 1 && metric.direction.is_better(target, *best))
    {
        found.warnings.push(format!(
            "In the {} periods that are known it was never better than {}.",
            baseline.series.len(),
            told(best)
        ));
    }
    if let Some((period, value)) = prepared.a_year_before.as_ref().and_then(|m| Some((m.period, m.value?))) {
        found.warnings.push(format!("A year before the due date ({period}) it was {}.", told(value)));
    }
}

/// The newest days may be further than the target, although the newest whole period is not.
fn there_already(metric: &Metric, target: f64, prepared: &Prepared, currency: Currency) -> Option<String> {
    let days = prepared.newest_days.as_ref()?;
    let value = days.value.filter(|value| !metric.direction.is_better(target, *value))?;
    let told = |value: f64| in_words(value, metric.unit, currency);
    Some(format!(
        "In the newest days ({}) it was {} already: {} asks for nothing more than that goes on.",
        days.period,
        told(value),
        told(target)
    ))
}

fn beyond_known_effects(reach: &Reach) -> Option<String> {
    match &reach.actions {
        Actions::CannotTell(_) => None,
        Actions::Known(kinds) => {
            let best = kinds.iter().filter_map(|kind| kind.n_actions).min_by(f64::total_cmp)?;
            (best > f64::from(MANY_ACTIONS)).then(|| {
                format!(
                    "By what earlier actions were measured to bring, it would take about {best:.0} of the best of them: more \
                     than a turn can hold."
                )
            })
        }
    }
}

/// Actions of one kind that a turn may be expected to hold.
const MANY_ACTIONS: u32 = 12;

/// What makes the baseline itself doubtful.
fn trust(prepared: &Prepared, found: &mut Gate) {
    let Some(baseline) = &prepared.baseline else { return };
    if baseline.is_unusual {
        found.warnings.push(
            "The newest period is unlike those before it. Part of the way back will come by itself, whatever is done."
                .to_string(),
        );
    }
    if baseline.neighbours_alike {
        found.warnings.push(
            "Neighbouring periods resemble each other, so the range of what is likely is wider than it is shown."
                .to_string(),
        );
    }
    if prepared.is_chosen_by_behaviour {
        found.warnings.push(
            "The audience is chosen by what people bought or how they score. Such a group drifts back towards the average \
             by itself: only a group that is held out can tell what an action changed."
                .to_string(),
        );
    }
    if prepared.as_of < prepared.today.plus(-31) {
        found.warnings.push(format!(
            "The data end on {}: the baseline is from then, and progress cannot be seen until newer orders come in.",
            prepared.as_of
        ));
    }
}

fn stated(letter: &str, input: &Input, prepared: &Prepared, currency: Currency) -> String {
    let Some(metric) = &prepared.metric else { return String::new() };
    let told = |value: f64| in_words(value, metric.unit, currency);
    match letter {
        "Specific" => {
            let who = if input.segment_id.is_some() { "in the segment" } else { "in all" };
            format!("{}, {} people {who}", metric.name, crate::words::count(prepared.n_people.unsigned_abs()))
        }
        "Measurable" => match &prepared.baseline {
            Some(baseline) => {
                let newest = prepared.newest_days.as_ref().and_then(|days| Some((days.period, days.value?)));
                let newest = newest.map(|(days, value)| format!("; {} in the newest days ({days})", told(value)));
                let whole = baseline.series.last().map(|newest| newest.period.to_string()).unwrap_or_default();
                format!("from {} in {whole}{}", told(baseline.value), newest.unwrap_or_default())
            }
            None => String::new(),
        },
        "Achievable" => input.target.map_or(String::new(), |target| {
            let ends = prepared.baseline.as_ref().and_then(|baseline| baseline.low.zip(baseline.high));
            let within = ends.filter(|(low, high)| *low < target && target < *high);
            let doubt = within.map_or("", |_| {
                ". It may be reached without you: trend and chance alone lead there now and then. Whether what you did \
                 helped, only its experiment can tell"
            });
            format!("{} is wanted{doubt}", told(target))
        }),
        "Relevant" => "Somebody answers for it".to_string(),
        _ => input.due_on.map_or(String::new(), |day| format!("by {day}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::goals::Baseline;
    use crate::plan::metrics::{Kind, Measured, Params};
    use crate::plan::periods::Period;

    fn revenue() -> Metric {
        Metric {
            key: "revenue".into(),
            version: 1,
            name: "Revenue".into(),
            definition: String::new(),
            unit: Unit::Money,
            direction: Direction::Up,
            grain: "order".into(),
            kind: Kind::Sum,
            params: Params::default(),
            owner_id: None,
            reason: None,
            valid_from: 0,
            created_by: None,
        }
    }

    fn measured(first: &str, last: &str, value: f64) -> Measured {
        let period = Period { first: Day::parse(first).unwrap(), last: Day::parse(last).unwrap() };
        Measured { period, numerator: value, denominator: 0.0, value: Some(value), error: None }
    }

    /// The gate for a target, with the summer at €17,389, the newest three months at €21,668 and a wide trend.
    fn told(target: f64) -> Gate {
        let summer = measured("2026-07-01", "2026-09-30", 1_738_900.0);
        let prepared = Prepared {
            metric: Some(revenue()),
            as_of: Day::parse("2026-11-22").unwrap(),
            today: Day::parse("2026-11-23").unwrap(),
            baseline: Some(Baseline {
                value: 1_738_900.0,
                low: Some(1_202_000.0),
                high: Some(3_255_700.0),
                n_ahead: 2,
                is_unusual: false,
                neighbours_alike: false,
                series: vec![summer],
                warnings: Vec::new(),
            }),
            newest_days: Some(measured("2026-08-23", "2026-11-22", 2_166_800.0)),
            guardrails: Vec::new(),
            sources: Vec::new(),
            n_people: 919,
            is_chosen_by_behaviour: false,
            a_year_before: None,
            reach: None,
        };
        let input = Input { target: Some(target), ..Input::default() };
        gate(&input, &prepared, Currency::from_code("EUR").unwrap())
    }

    #[test]
    fn a_target_that_the_newest_days_have_passed_is_told_before_the_goal_opens() {
        let passed = told(1_800_000.0);
        assert!(passed.warnings[0].contains("it was €21,668 already"), "{:?}", passed.warnings);
        let ahead = told(2_500_000.0);
        assert!(ahead.warnings.iter().all(|words| !words.contains("already")), "{:?}", ahead.warnings);
        let measurable = &passed.letters[1].words;
        assert!(
            measurable.contains("€17,389") && measurable.contains("€21,668 in the newest days"),
            "{measurable}"
        );
    }

    #[test]
    fn a_target_that_chance_may_reach_is_said_to_prove_nothing() {
        assert!(told(2_500_000.0).letters[2].words.contains("only its experiment can tell"));
        assert!(!told(4_000_000.0).letters[2].words.contains("only its experiment can tell"));
    }
}
