//! What follows from a look, in plain words.

use super::{Conclusion, EffectMetric, Estimate, Role};
use crate::act::actions::Expected;
use crate::plan::metrics::{Direction, Metric};
use statistics::sample_ratio::ALARM;

/// The interval may be so much wider than planned before it counts as too wide to say that nothing is there.
const WIDER_THAN_PLANNED: f64 = 1.25;

/// What is known when a look concludes.
pub(super) struct Seen<'a> {
    pub(super) metric: &'a Metric,
    pub(super) found: Option<Estimate>,
    pub(super) is_final: bool,
    pub(super) srm_p: Option<f64>,
    pub(super) expected: Option<Expected>,
    pub(super) plan_json: Option<&'a str>,
    pub(super) guardrails: &'a [EffectMetric],
}

/// The conclusion with its sentence.
pub(super) fn conclude(seen: &Seen<'_>) -> (Conclusion, String) {
    if let Some(p) = seen.srm_p.filter(|p| *p < ALARM) {
        return (
            Conclusion::CannotTellYet,
            format!(
                "The groups have not the sizes they were drawn with (chance of that: {p:.5}). Something happened to the \
                 people between the draw and now, so the comparison is not to be trusted."
            ),
        );
    }
    let Some(found) = seen.found else {
        let when = if seen.is_final { "The window is over, and too" } else { "Too" };
        return (
            Conclusion::CannotTellYet,
            format!(
                "{when} few of one group did anything that counts here: no difference can be reckoned from so few."
            ),
        );
    };
    let (conclusion, mut why) = of_interval(seen, &found);
    let hurt: Vec<&str> = harmed(seen.guardrails).collect();
    if !hurt.is_empty() {
        why.push_str(&format!(" But what must not get worse did: {}.", hurt.join(", ")));
    }
    (conclusion, why)
}

fn of_interval(seen: &Seen<'_>, found: &Estimate) -> (Conclusion, String) {
    let name = &seen.metric.name;
    let so_far = if seen.is_final { "The window is over." } else { "The window is still open." };
    if found.always_low > 0.0 || found.always_high < 0.0 {
        let more = found.estimate > 0.0;
        let word = if more { "more" } else { "less" };
        let conclusion = match (seen.metric.direction, more) {
            (Direction::Up, true) | (Direction::Down, false) => Conclusion::Works,
            _ => Conclusion::Harms,
        };
        let why = format!(
            "{name}: clearly {word} among those who were treated than among those who were left alone. Chance alone would \
             show this in fewer than 5 of 100 such experiments, looked at every day. {so_far}"
        );
        return (conclusion, why);
    }
    if !seen.is_final {
        return (Conclusion::CannotTellYet, format!("{name}: the difference so far may be chance. {so_far}"));
    }
    let half = 0.5 * (found.always_high - found.always_low);
    match reach(seen) {
        Some(reach) if half > WIDER_THAN_PLANNED * reach => (
            Conclusion::CannotTellYet,
            format!(
                "{name}: no difference was shown, but the interval is so wide that what was hoped for may be there all the \
                 same. More people would have been needed."
            ),
        ),
        _ => {
            let hope = if is_hoped_for_within(seen, found) {
                " What was hoped for is not ruled out either: it lies within the interval."
            } else {
                ""
            };
            let why = format!(
                "{name}: the treated did not differ from those who were left alone by more than chance does.{hope}"
            );
            (Conclusion::NoEffectShown, why)
        }
    }
}

/// Whether the effect that was expected could still be there.
fn is_hoped_for_within(seen: &Seen<'_>, found: &Estimate) -> bool {
    let hoped = seen.expected.map(|expected| expected.per_person).filter(|effect| *effect != 0.0);
    hoped.is_some_and(|effect| found.always_low < effect && effect < found.always_high)
}

/// The effect that the experiment was made to see: what is expected, or else what its plan said it would see.
///
/// What was hoped for comes first: an experiment that could only see far larger effects has not refuted it.
fn reach(seen: &Seen<'_>) -> Option<f64> {
    let expected = seen.expected.map(|expected| expected.per_person.abs());
    let planned = seen.plan_json.and_then(|plan| {
        serde_json::from_str::<serde_json::Value>(plan).ok()?.get("detectable")?.as_f64().map(f64::abs)
    });
    [expected, planned].into_iter().flatten().find(|reach| *reach > 0.0)
}

/// Guardrails that are clearly worse. All metrics that are known to get worse by growing say so in their direction; a
/// guardrail stands for itself here by its estimate against its own direction.
fn harmed(metrics: &[EffectMetric]) -> impl Iterator<Item = &str> {
    metrics.iter().filter(|metric| metric.role == Role::Guardrail).filter_map(|metric| {
        let found = metric.found?;
        let direction = crate::plan::metrics::SHIPPED.iter().find(|s| s.key == metric.metric.key)?.direction;
        let worse = match direction {
            Direction::Up => found.always_high < 0.0,
            Direction::Down => found.always_low > 0.0,
        };
        worse.then_some(metric.metric.key.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::metrics::{Kind, Params, Unit};

    fn metric(direction: Direction) -> Metric {
        Metric {
            key: "revenue".into(),
            version: 1,
            name: "Revenue".into(),
            definition: String::new(),
            unit: Unit::Money,
            direction,
            grain: "order".into(),
            kind: Kind::Sum,
            params: Params::default(),
            owner_id: None,
            reason: None,
            valid_from: 0,
            created_by: None,
        }
    }

    fn of(found: Option<(f64, f64)>, is_final: bool, expected: Option<f64>, srm_p: f64) -> Conclusion {
        let metric = metric(Direction::Up);
        let found = found.map(|(low, high)| Estimate {
            estimate: 0.5 * (low + high),
            low,
            high,
            always_low: low,
            always_high: high,
        });
        let expected = expected.map(|per_person| Expected { per_person, low: None, high: None });
        let seen = Seen {
            metric: &metric,
            found,
            is_final,
            srm_p: Some(srm_p),
            expected,
            plan_json: None,
            guardrails: &[],
        };
        conclude(&seen).0
    }

    #[test]
    fn an_interval_without_nothing_in_it_works_or_harms() {
        assert_eq!(of(Some((1.0, 3.0)), false, None, 0.5), Conclusion::Works);
        assert_eq!(of(Some((-3.0, -1.0)), true, None, 0.5), Conclusion::Harms);
    }

    #[test]
    fn nothing_is_said_too_early_or_from_broken_groups_or_from_too_few() {
        assert_eq!(of(Some((-1.0, 3.0)), false, None, 0.5), Conclusion::CannotTellYet);
        assert_eq!(of(Some((1.0, 3.0)), true, None, 0.0001), Conclusion::CannotTellYet);
        assert_eq!(of(None, true, None, 0.5), Conclusion::CannotTellYet);
    }

    #[test]
    fn no_effect_is_said_only_where_the_hoped_for_one_would_have_shown() {
        assert_eq!(of(Some((-1.0, 1.0)), true, Some(2.0), 0.5), Conclusion::NoEffectShown);
        assert_eq!(of(Some((-5.0, 5.0)), true, Some(2.0), 0.5), Conclusion::CannotTellYet);
        assert_eq!(of(Some((-5.0, 5.0)), true, None, 0.5), Conclusion::NoEffectShown);
    }

    #[test]
    fn a_hope_that_the_interval_holds_is_told_beside_an_effect_that_was_not_shown() {
        let metric = metric(Direction::Up);
        let why = |high: f64| {
            let found = Estimate { estimate: 0.0, low: -2.0, high, always_low: -2.0, always_high: high };
            let expected = Some(Expected { per_person: 2.0, low: None, high: None });
            let seen = Seen {
                metric: &metric,
                found: Some(found),
                is_final: true,
                srm_p: None,
                expected,
                plan_json: None,
                guardrails: &[],
            };
            conclude(&seen).1
        };
        assert!(why(2.4).ends_with("not ruled out either: it lies within the interval."));
        assert!(why(1.9).ends_with("by more than chance does."));
    }
}
