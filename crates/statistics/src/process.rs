//! What happens to cases on their way: paths, time in each stage, returns, waiting, and how far cases leave the usual path.
//!
//! It describes what was recorded. It does not find a model with parallel branches, and it cannot split waiting from work where
//! only one moment of each stage is known.

mod deviation;
mod durations;
mod stages;

pub use deviation::{Deviation, UsualPath, deviation, usual_path};
pub use durations::Durations;
pub use stages::{Stage, Transition, stages, transitions};

use std::collections::HashMap;

/// Recorded events, brought into the order in which they happened.
///
/// **Units.** Times in microseconds, of any one origin.
#[derive(Debug, Clone)]
pub struct Log {
    /// Activities of all cases, one case after another.
    activities: Vec<u32>,
    times: Vec<i64>,
    /// Where each event stood in the input.
    rows: Vec<u32>,
    /// Code of each case and where its events begin; the last entry is the end.
    cases: Vec<u32>,
    starts: Vec<usize>,
    n_activities: usize,
}

impl Log {
    /// Orders events by case and time; events of one case at the same time keep the order of the input.
    ///
    /// **Shape.** One case, activity and time for each event; cases and activities are numbered from 0, cases come out in the
    /// order of their numbers. A surplus of the longer slices is left out.
    ///
    /// ```
    /// use statistics::process::{Log, variants};
    /// let log = Log::of(&[0, 0, 1, 1], &[7, 8, 7, 8], &[10, 30, 25, 20]);
    /// assert_eq!(log.path(0), [7, 8]);
    /// assert_eq!(log.path(1), [8, 7]);
    /// assert_eq!(variants(&log).len(), 2);
    /// ```
    pub fn of(cases: &[u32], activities: &[u32], times: &[i64]) -> Log {
        let n = cases.len().min(activities.len()).min(times.len());
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.sort_by_key(|&row| (cases[row as usize], times[row as usize], row));
        let mut log = Log {
            activities: order.iter().map(|&row| activities[row as usize]).collect(),
            times: order.iter().map(|&row| times[row as usize]).collect(),
            cases: Vec::new(),
            starts: Vec::new(),
            n_activities: activities[..n].iter().max().map_or(0, |&a| a as usize + 1),
            rows: order,
        };
        for (at, &row) in log.rows.iter().enumerate() {
            let case = cases[row as usize];
            if log.cases.last() != Some(&case) {
                log.cases.push(case);
                log.starts.push(at);
            }
        }
        log.starts.push(n);
        log
    }

    /// How many cases have events.
    pub fn n_cases(&self) -> usize {
        self.cases.len()
    }

    /// How many events there are.
    pub fn n_events(&self) -> usize {
        self.activities.len()
    }

    /// One more than the largest number of an activity.
    pub fn n_activities(&self) -> usize {
        self.n_activities
    }

    /// The number of the case at a place.
    pub fn case(&self, at: usize) -> u32 {
        self.cases[at]
    }

    /// The activities of the case at a place, first to last.
    pub fn path(&self, at: usize) -> &[u32] {
        &self.activities[self.starts[at]..self.starts[at + 1]]
    }

    /// The times of the case at a place, never falling.
    pub fn times(&self, at: usize) -> &[i64] {
        &self.times[self.starts[at]..self.starts[at + 1]]
    }

    /// Where the events of the case at a place stood in the input.
    pub fn rows(&self, at: usize) -> &[u32] {
        &self.rows[self.starts[at]..self.starts[at + 1]]
    }

    /// From the first to the last event of each case.
    ///
    /// **Units.** Seconds.
    pub fn durations(&self) -> Vec<f64> {
        (0..self.n_cases()).map(|at| seconds_between(self.times(at).first(), self.times(at).last())).collect()
    }
}

/// **Units.** Microseconds in, seconds out; wide enough for any two moments.
fn seconds_between(from: Option<&i64>, to: Option<&i64>) -> f64 {
    match (from, to) {
        (Some(&from), Some(&to)) => (i128::from(to) - i128::from(from)) as f64 / 1e6,
        _ => 0.0,
    }
}

/// A path that at least one case took.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// Activities, first to last.
    pub path: Vec<u32>,
    /// Places of the cases in the log.
    pub cases: Vec<u32>,
}

/// The different paths, the most frequent first; of equally frequent ones the one that came first.
pub fn variants(log: &Log) -> Vec<Variant> {
    let mut places: HashMap<&[u32], usize> = HashMap::new();
    let mut variants: Vec<Variant> = Vec::new();
    for at in 0..log.n_cases() {
        let path = log.path(at);
        let place = *places.entry(path).or_insert_with(|| {
            variants.push(Variant { path: path.to_vec(), cases: Vec::new() });
            variants.len() - 1
        });
        variants[place].cases.push(at as u32);
    }
    variants.sort_by_key(|variant| std::cmp::Reverse(variant.cases.len()));
    variants
}

#[cfg(test)]
mod tests;
