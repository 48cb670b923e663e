//! The Markov model of attribution: how much success is lost when a channel is taken away.

use super::Journey;
use std::collections::BTreeMap;

/// States beyond which the equations are not solved any more.
pub const MOST_STATES: usize = 600;

/// The last touches a person remembers, the newest last.
type State = Vec<usize>;

/// Credit by removal effects of a Markov chain in which the next touch depends on the last `order` touches (1 to 3).
///
/// Journeys are paths from the start to success or to nothing. The chance of success is solved from the linear equations of
/// the chain, exactly, once as it is and once for each channel with every visit to it ending in nothing; the value of all
/// successes with touches is then shared in proportion to what each removal loses.
///
/// Returns `None` for an order outside 1 to 3, no success, more than [`MOST_STATES`] states, or where no removal loses anything.
///
/// **Source.** Anderl, Becker, von Wangenheim and Schumann, "Mapping the customer journey" (2016), section 4.
pub fn markov(journeys: &[Journey], n_channels: usize, order: usize) -> Option<Vec<f64>> {
    if !(1..=3).contains(&order) {
        return None;
    }
    let chain = Chain::of(journeys, n_channels, order)?;
    let whole = chain.success(None)?;
    if whole <= 0.0 {
        return None;
    }
    let mut lost = Vec::with_capacity(n_channels);
    for channel in 0..n_channels {
        lost.push((1.0 - chain.success(Some(channel))? / whole).max(0.0));
    }
    let sum: f64 = lost.iter().sum();
    (sum > 0.0).then(|| lost.iter().map(|l| l / sum * chain.value).collect())
}

/// Counted steps between states; state 0 is the start.
struct Chain {
    states: Vec<State>,
    /// For each state: (next state, how often), how often success followed, how often nothing.
    steps: Vec<BTreeMap<usize, f64>>,
    success: Vec<f64>,
    nothing: Vec<f64>,
    /// Value of all journeys with touches.
    value: f64,
}

impl Chain {
    fn of(journeys: &[Journey], n_channels: usize, order: usize) -> Option<Self> {
        let mut places: BTreeMap<State, usize> = BTreeMap::from([(Vec::new(), 0)]);
        let mut chain = Self {
            states: vec![Vec::new()],
            steps: vec![BTreeMap::new()],
            success: vec![0.0],
            nothing: vec![0.0],
            value: 0.0,
        };
        for journey in journeys.iter().filter(|j| j.value.is_finite()) {
            let touches: Vec<usize> =
                journey.touches.iter().map(|t| t.0).filter(|c| *c < n_channels).collect();
            if touches.is_empty() {
                continue;
            }
            let mut at = 0;
            for end in 1..=touches.len() {
                let state = touches[end.saturating_sub(order)..end].to_vec();
                let next = *places.entry(state.clone()).or_insert_with(|| chain.add(state));
                *chain.steps[at].entry(next).or_default() += 1.0;
                at = next;
            }
            if journey.value > 0.0 {
                chain.success[at] += 1.0;
                chain.value += journey.value;
            } else {
                chain.nothing[at] += 1.0;
            }
            if chain.states.len() > MOST_STATES {
                return None;
            }
        }
        (chain.value > 0.0).then_some(chain)
    }

    fn add(&mut self, state: State) -> usize {
        self.states.push(state);
        self.steps.push(BTreeMap::new());
        self.success.push(0.0);
        self.nothing.push(0.0);
        self.states.len() - 1
    }

    /// The chance of success from the start; visits to states that end in the channel `without` lead to nothing.
    fn success(&self, without: Option<usize>) -> Option<f64> {
        let n = self.states.len();
        let gone = |i: usize| without.is_some() && self.states[i].last().copied() == without;
        // Row by row: p(i) − Σ P(i→j) p(j) = P(i→success).
        let mut rows: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                let mut row = vec![0.0; n + 1];
                row[i] = 1.0;
                if gone(i) {
                    return row;
                }
                let out = self.steps[i].values().sum::<f64>() + self.success[i] + self.nothing[i];
                for (j, count) in &self.steps[i] {
                    row[*j] -= count / out;
                }
                row[n] = self.success[i] / out;
                row
            })
            .collect();
        solve(&mut rows).map(|p| p[0])
    }
}

/// Gauss's elimination with the largest pivot; `None` where the equations have no single solution.
fn solve(rows: &mut [Vec<f64>]) -> Option<Vec<f64>> {
    let n = rows.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        if rows[pivot][column].abs() < 1e-12 {
            return None;
        }
        rows.swap(column, pivot);
        let (above, below) = rows.split_at_mut(column + 1);
        let row = &above[column];
        for other in below.iter_mut().filter(|r| r[column] != 0.0) {
            let factor = other[column] / row[column];
            for (o, r) in other[column..].iter_mut().zip(&row[column..]) {
                *o -= factor * r;
            }
        }
    }
    let mut found = vec![0.0; n];
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| rows[i][j] * found[j]).sum();
        found[i] = (rows[i][n] - known) / rows[i][i];
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(channels: &[usize], value: f64) -> Journey {
        Journey { touches: channels.iter().map(|c| (*c, 0.0)).collect(), value }
    }

    fn near(found: &[f64], expected: &[f64]) {
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 1e-9, "{found:?} is not {expected:?}");
        }
    }

    #[test]
    fn three_paths_agree_with_the_example_printed_for_channel_attribution() {
        // C1 → C2 → C3 succeeds, C1 and C2 → C3 do not: removal loses 1/2, 1 and 1 of 1/3, credit 0.2, 0.4, 0.4.
        let journeys = [path(&[0, 1, 2], 1.0), path(&[0], 0.0), path(&[1, 2], 0.0)];
        near(&markov(&journeys, 3, 1).unwrap(), &[0.2, 0.4, 0.4]);
    }

    #[test]
    fn memory_of_the_whole_path_gives_the_share_of_successes_that_need_a_channel() {
        // With as much memory as the paths are long, removing a channel loses exactly the successes that touched it.
        let journeys = [path(&[0, 1], 1.0), path(&[1], 1.0), path(&[2, 1, 0], 1.0), path(&[2], 0.0)];
        let found = markov(&journeys, 3, 3).unwrap();
        near(&found, &[3.0 * 2.0 / 6.0, 3.0 * 3.0 / 6.0, 3.0 / 6.0]);
    }

    #[test]
    fn loops_are_solved_and_all_value_is_given_out() {
        let journeys =
            [path(&[0, 0, 0, 1, 0], 20.0), path(&[1, 0, 1, 0], 0.0), path(&[0, 1, 1], 5.0), path(&[], 3.0)];
        for order in 1..=3 {
            let found = markov(&journeys, 2, order).unwrap();
            assert!((found.iter().sum::<f64>() - 25.0).abs() < 1e-9);
        }
    }

    #[test]
    fn what_cannot_be_solved_is_none() {
        assert_eq!(markov(&[path(&[0], 1.0)], 1, 0), None);
        assert_eq!(markov(&[path(&[0], 1.0)], 1, 4), None);
        assert_eq!(markov(&[path(&[0], 0.0)], 1, 1), None);
        assert_eq!(markov(&[], 2, 1), None);
        let many: Vec<Journey> = (0..700).map(|c| path(&[c], 1.0)).collect();
        assert_eq!(markov(&many, 700, 1), None);
    }
}
