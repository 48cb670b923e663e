//! Sharing out a success among the touches before it: first, last, linear, position, time decay, Markov chains, Shapley.
//!
//! None of this proves that a touch changed anything: it divides what happened. What was proved comes from
//! [`crate::effects`], and [`capped`] sees to it that no channel is given more than that.

mod chain;
mod markov;

pub use chain::{CountedPath, Removal, removal, shared};
pub use markov::{MOST_STATES, markov};

/// What one person went through.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Journey {
    /// (channel, days before the end of the journey), oldest first.
    pub touches: Vec<(usize, f64)>,
    /// What the journey brought: 1 for a success, or money; 0 where nothing came of it.
    pub value: f64,
}

/// How the credit of one journey is divided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    First,
    Last,
    /// The same for every touch.
    Linear,
    /// 40 % each to the first and the last touch, the rest evenly to those between.
    Position,
    /// Half as much for each so many days earlier.
    TimeDecay {
        half_life_days: f64,
    },
}

/// Credit for each of `n_channels`, in the unit of the journeys' values.
///
/// Journeys without touches give no credit: what they brought is the rest that nobody can claim. Touches of channels beyond
/// `n_channels`, values that are not above 0 and days that are not finite are left out.
///
/// **Source.** The rules as every analytics product names them.
pub fn by_rule(journeys: &[Journey], n_channels: usize, rule: Rule) -> Vec<f64> {
    let mut credit = vec![0.0; n_channels];
    for journey in journeys.iter().filter(|j| j.value > 0.0 && j.value.is_finite()) {
        let touches: Vec<(usize, f64)> =
            journey.touches.iter().copied().filter(|(c, days)| *c < n_channels && days.is_finite()).collect();
        let weights = weights(&touches, rule);
        let whole: f64 = weights.iter().sum();
        if whole > 0.0 {
            for ((channel, _), weight) in touches.iter().zip(&weights) {
                credit[*channel] += journey.value * weight / whole;
            }
        }
    }
    credit
}

fn weights(touches: &[(usize, f64)], rule: Rule) -> Vec<f64> {
    let n = touches.len();
    let at = |place: usize| (0..n).map(|i| f64::from(u8::from(i == place))).collect();
    match rule {
        Rule::First => at(0),
        Rule::Last => at(n.saturating_sub(1)),
        Rule::Linear => vec![1.0; n],
        Rule::Position if n <= 2 => vec![1.0; n],
        Rule::Position => {
            let between = 0.2 / (n as f64 - 2.0);
            (0..n).map(|i| if i == 0 || i + 1 == n { 0.4 } else { between }).collect()
        }
        Rule::TimeDecay { half_life_days } if half_life_days > 0.0 => {
            // Counted from the last touch, so that a journey long ago does not vanish below the smallest number.
            let last = touches.iter().map(|t| t.1).fold(f64::INFINITY, f64::min);
            touches.iter().map(|(_, days)| (-(days - last) / half_life_days).exp2()).collect()
        }
        Rule::TimeDecay { .. } => at(n.saturating_sub(1)),
    }
}

/// Shapley credit: each journey's value in equal parts to the different channels that took part in it.
///
/// That is the Shapley value of the game in which a set of channels is worth what the journeys bring that touched no others.
///
/// **Source.** Zhao, Mahboobi and Bagheri, "Shapley Value Methods for Attribution Modeling in Online Advertising" (2018),
/// equation (8).
pub fn shapley(journeys: &[Journey], n_channels: usize) -> Vec<f64> {
    let mut credit = vec![0.0; n_channels];
    for journey in journeys.iter().filter(|j| j.value > 0.0 && j.value.is_finite()) {
        let mut channels: Vec<usize> =
            journey.touches.iter().map(|t| t.0).filter(|c| *c < n_channels).collect();
        channels.sort_unstable();
        channels.dedup();
        for channel in &channels {
            credit[*channel] += journey.value / channels.len() as f64;
        }
    }
    credit
}

/// Credit that never goes above what was proved: each channel gets at most its measured increment, nothing where harm or
/// nothing was measured; the second number is the rest that nobody proved.
///
/// **Shape.** One entry for each channel; `None` where nothing was measured, and then nothing is given.
pub fn capped(credit: &[f64], proved: &[Option<f64>]) -> (Vec<f64>, f64) {
    let given: Vec<f64> = credit
        .iter()
        .zip(proved.iter().chain(std::iter::repeat(&None)))
        .map(|(credit, proved)| credit.max(0.0).min(proved.unwrap_or(0.0).max(0.0)))
        .collect();
    let rest = credit.iter().sum::<f64>() - given.iter().sum::<f64>();
    (given, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journey(touches: &[(usize, f64)], value: f64) -> Journey {
        Journey { touches: touches.to_vec(), value }
    }

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 1e-9, "{found:?} is not {expected:?}");
        }
    }

    #[test]
    fn rules_divide_one_journey_as_their_names_say() {
        let one = [journey(&[(0, 14.0), (1, 7.0), (1, 7.0), (2, 0.0)], 100.0)];
        near(&by_rule(&one, 3, Rule::First), &[100.0, 0.0, 0.0]);
        near(&by_rule(&one, 3, Rule::Last), &[0.0, 0.0, 100.0]);
        near(&by_rule(&one, 3, Rule::Linear), &[25.0, 50.0, 25.0]);
        near(&by_rule(&one, 3, Rule::Position), &[40.0, 20.0, 40.0]);
        // A week's half-life: 1/4, 1/2, 1/2, 1 of 9/4.
        let decayed = by_rule(&one, 3, Rule::TimeDecay { half_life_days: 7.0 });
        near(&decayed, &[100.0 / 9.0, 400.0 / 9.0, 400.0 / 9.0]);
        near(&shapley(&one, 3), &[100.0 / 3.0, 100.0 / 3.0, 100.0 / 3.0]);
    }

    #[test]
    fn every_rule_gives_out_exactly_what_journeys_with_touches_brought() {
        let journeys = [
            journey(&[(0, 400.0)], 10.0),
            journey(&[(1, 3.0), (0, 1.0)], 5.0),
            journey(&[], 99.0),
            journey(&[(2, 9.0), (2, 4.0), (1, 2.0)], 7.0),
            journey(&[(2, 1.0)], 0.0),
        ];
        for rule in [
            Rule::First,
            Rule::Last,
            Rule::Linear,
            Rule::Position,
            Rule::TimeDecay { half_life_days: 0.01 },
            Rule::TimeDecay { half_life_days: -1.0 },
        ] {
            let credit = by_rule(&journeys, 3, rule);
            assert!((credit.iter().sum::<f64>() - 22.0).abs() < 1e-9, "{rule:?} gave {credit:?}");
        }
        assert!((shapley(&journeys, 3).iter().sum::<f64>() - 22.0).abs() < 1e-9);
    }

    #[test]
    fn nobody_is_given_more_than_was_proved() {
        let (given, rest) = capped(&[50.0, 30.0, 20.0, 5.0], &[Some(20.0), Some(-4.0), None]);
        near(&given, &[20.0, 0.0, 0.0, 0.0]);
        assert!((rest - 85.0).abs() < 1e-9);
    }

    #[test]
    fn hostile_journeys_give_no_credit_to_anybody_who_is_not_there() {
        let odd = [journey(&[(7, 1.0), (0, f64::NAN)], 3.0), journey(&[(0, 1.0)], f64::INFINITY)];
        near(&by_rule(&odd, 2, Rule::Linear), &[0.0, 0.0]);
        near(&shapley(&[journey(&[(7, 1.0)], 3.0)], 2), &[0.0, 0.0]);
        assert!(by_rule(&[], 0, Rule::First).is_empty());
    }
}
