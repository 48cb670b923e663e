//! The Markov model on counted paths: removal effects of conversions and of value, for any number of states.
//!
//! For files in which each path stands once with how often it led to success and to nothing. [`super::markov`] is for single
//! journeys.

use std::collections::HashMap;

/// A path, how often it led to success, what that was worth, and how often it led to nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedPath {
    /// Channels in the order in which they were touched.
    pub touches: Vec<usize>,
    pub conversions: f64,
    pub value: f64,
    pub nothing: f64,
}

/// What is lost when a channel leads to nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Removal {
    /// Chance of success from the start.
    pub success: f64,
    /// Share of the chance of success that is lost without each channel.
    pub of_conversions: Vec<f64>,
    /// The same for the value that a start is expected to bring.
    pub of_value: Vec<f64>,
}

/// Sweeps after which a chain is taken to have no end.
const MOST_SWEEPS: usize = 200_000;

/// Removal effects of a chain in which the next touch depends on the last `order` touches (1 to 3).
///
/// **Shape.** Channels are 0 .. `n_channels`; a path without touches is left out. **Units.** Shares from 0 to 1.
///
/// The chances p(i) = Σ P(i→j) p(j) + P(i→success) are solved to the last digits by sweeps over the sparse chain, once as it is
/// and once for each channel; a success is worth the mean value of the successes that followed the same state.
///
/// Returns `None` for an order outside 1 to 3, a number that is negative or not finite, no success at all, or a chain without end.
///
/// **Source.** Anderl, Becker, von Wangenheim and Schumann, "Mapping the customer journey" (2016), section 4.
///
/// ```
/// use statistics::attribution::{CountedPath, removal};
/// let path = |touches: &[usize], conversions: f64, nothing: f64| CountedPath {
///     touches: touches.to_vec(), conversions, value: 10.0 * conversions, nothing };
/// let found = removal(&[path(&[0, 1, 2], 1.0, 0.0), path(&[0], 0.0, 1.0), path(&[1, 2], 0.0, 1.0)], 3, 1);
/// let lost = found.expect("a success").of_conversions;
/// assert!((lost[0] - 0.5).abs() < 1e-12 && (lost[2] - 1.0).abs() < 1e-12);
/// ```
pub fn removal(paths: &[CountedPath], n_channels: usize, order: usize) -> Option<Removal> {
    if !(1..=3).contains(&order) {
        return None;
    }
    let chain = Chain::of(paths, n_channels, order)?;
    let (success, worth) = (chain.expected(&chain.success, None)?, chain.expected(&chain.worth, None)?);
    if success <= 0.0 {
        return None;
    }
    let (mut of_conversions, mut of_value) = (Vec::new(), Vec::new());
    for channel in 0..n_channels {
        of_conversions.push((1.0 - chain.expected(&chain.success, Some(channel))? / success).clamp(0.0, 1.0));
        let left = if worth > 0.0 { chain.expected(&chain.worth, Some(channel))? / worth } else { 1.0 };
        of_value.push((1.0 - left).clamp(0.0, 1.0));
    }
    Some(Removal { success, of_conversions, of_value })
}

/// Shares `total` in proportion to removal effects; `None` where no removal loses anything.
pub fn shared(removal: &[f64], total: f64) -> Option<Vec<f64>> {
    let sum: f64 = removal.iter().sum();
    (sum > 0.0).then(|| removal.iter().map(|r| r / sum * total).collect())
}

/// A sparse chain; state 0 is the start.
struct Chain {
    /// The last touch of each state; none for the start.
    last: Vec<Option<usize>>,
    /// Where the steps of each state begin in `steps`.
    first_step: Vec<usize>,
    steps: Vec<(usize, f64)>,
    /// Chance of success as the next step, and that times what a success is worth there.
    success: Vec<f64>,
    worth: Vec<f64>,
}

impl Chain {
    fn of(paths: &[CountedPath], n_channels: usize, order: usize) -> Option<Self> {
        let mut places: HashMap<[usize; 3], usize> = HashMap::new();
        let mut last = vec![None];
        let mut counted: Vec<(usize, usize, f64)> = Vec::new();
        let mut ends: Vec<[f64; 3]> = vec![[0.0; 3]];
        for path in paths.iter().filter(|p| !p.touches.is_empty()) {
            let n = path.conversions + path.nothing;
            let sound =
                path.conversions >= 0.0 && path.nothing >= 0.0 && n.is_finite() && path.value.is_finite();
            if !sound || path.touches.iter().any(|c| *c >= n_channels) {
                return None;
            }
            let mut at = 0;
            for end in 1..=path.touches.len() {
                let mut state = [usize::MAX; 3];
                state.iter_mut().zip(path.touches[..end].iter().rev().take(order)).for_each(|(s, c)| *s = *c);
                let next = *places.entry(state).or_insert_with(|| {
                    last.push(Some(state[0]));
                    ends.push([0.0; 3]);
                    last.len() - 1
                });
                counted.push((at, next, n));
                at = next;
            }
            let end = &mut ends[at];
            end[0] += path.conversions;
            end[1] += path.nothing;
            end[2] += path.value;
        }
        Some(Self::normed(last, counted, &ends))
    }

    fn normed(last: Vec<Option<usize>>, mut counted: Vec<(usize, usize, f64)>, ends: &[[f64; 3]]) -> Self {
        counted.sort_by_key(|(from, to, _)| (*from, *to));
        let mut out: Vec<f64> = ends.iter().map(|e| e[0] + e[1]).collect();
        counted.iter().for_each(|(from, _, n)| out[*from] += n);
        let share = |n: f64, state: usize| if out[state] > 0.0 { n / out[state] } else { 0.0 };
        let mut steps: Vec<(usize, f64)> = Vec::new();
        let mut first_step = vec![0; last.len() + 1];
        for same in counted.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let n: f64 = same.iter().map(|s| s.2).sum();
            steps.push((same[0].1, share(n, same[0].0)));
            first_step[same[0].0 + 1] = steps.len();
        }
        for state in 1..first_step.len() {
            first_step[state] = first_step[state].max(first_step[state - 1]);
        }
        let of = |which: usize| ends.iter().enumerate().map(|(state, e)| share(e[which], state)).collect();
        Self { success: of(0), worth: of(2), last, first_step, steps }
    }

    /// What a start is expected to bring where each state brings `at_end` as its next step and the channel `without` leads to nothing.
    fn expected(&self, at_end: &[f64], without: Option<usize>) -> Option<f64> {
        let n = self.last.len();
        let gone: Vec<bool> = self.last.iter().map(|l| without.is_some() && *l == without).collect();
        let mut p = vec![0.0; n];
        let largest = at_end.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        for _ in 0..MOST_SWEEPS {
            let mut moved = 0.0f64;
            // Backwards: states that were met late stand nearer to the end.
            for state in (0..n).rev().filter(|s| !gone[*s]) {
                let steps = &self.steps[self.first_step[state]..self.first_step[state + 1]];
                let mut own = 0.0;
                let mut sum = at_end[state];
                for (to, share) in steps {
                    match *to == state {
                        true => own += share,
                        false => sum += share * p[*to],
                    }
                }
                let next = if own < 1.0 { sum / (1.0 - own) } else { 0.0 };
                moved = moved.max((next - p[state]).abs());
                p[state] = next;
            }
            if moved <= 1e-16 * largest {
                return Some(p[0]);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::{Journey, markov};
    use crate::pseudo_random::Generator;

    fn path(touches: &[usize], conversions: f64, nothing: f64) -> CountedPath {
        CountedPath { touches: touches.to_vec(), conversions, value: 7.0 * conversions, nothing }
    }

    #[test]
    fn sweeps_agree_with_elimination_on_random_paths_of_every_order() {
        let mut g = Generator::from_seed(12);
        let mut journeys = Vec::new();
        let mut paths = Vec::new();
        for _ in 0..400 {
            let touches: Vec<usize> = (0..1 + g.below(6)).map(|_| g.below(4)).collect();
            let value = f64::from(u8::from(g.uniform() < 0.3));
            journeys.push(Journey { touches: touches.iter().map(|c| (*c, 0.0)).collect(), value });
            paths.push(path(&touches, value, 1.0 - value));
        }
        for order in 1..=3 {
            let solved = markov(&journeys, 4, order).unwrap();
            let total: f64 = journeys.iter().map(|j| j.value).sum();
            let found = removal(&paths, 4, order).unwrap();
            for (a, b) in shared(&found.of_conversions, total).unwrap().iter().zip(&solved) {
                assert!((a - b).abs() < 1e-9, "{order}: {a} {b}");
            }
            // Here each success is worth the same, so that value is shared like successes.
            for (a, b) in found.of_value.iter().zip(&found.of_conversions) {
                assert!((a - b).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn counted_paths_are_as_good_as_single_journeys() {
        let once = [path(&[0, 1], 1.0, 0.0), path(&[0, 1], 0.0, 1.0), path(&[1], 1.0, 0.0)];
        let counted = [path(&[0, 1], 1.0, 1.0), path(&[1], 1.0, 0.0)];
        assert_eq!(removal(&once, 2, 1), removal(&counted, 2, 1));
    }

    #[test]
    fn what_cannot_be_solved_is_none() {
        assert_eq!(removal(&[], 2, 1), None);
        assert_eq!(removal(&[path(&[0], 0.0, 3.0)], 1, 1), None);
        assert_eq!(removal(&[path(&[0], 1.0, 0.0)], 1, 4), None);
        assert_eq!(removal(&[path(&[0], -1.0, 0.0)], 1, 1), None);
        assert_eq!(removal(&[path(&[5], 1.0, 0.0)], 1, 1), None);
        assert_eq!(removal(&[path(&[0], f64::NAN, 0.0)], 1, 1), None);
        assert_eq!(shared(&[0.0, 0.0], 5.0), None);
    }
}
