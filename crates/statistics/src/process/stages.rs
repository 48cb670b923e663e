//! Each activity and each step from one to the next: how often, how long, how often again.

use std::collections::BTreeMap;

use super::{Durations, Log, seconds_between};

/// What happens in one activity.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    pub activity: u32,
    /// Events.
    pub n: usize,
    /// Cases with at least one of them.
    pub n_cases: usize,
    /// Cases that begin and end with it.
    pub n_first: usize,
    pub n_last: usize,
    /// Events right after one of the same activity.
    pub n_repeats: usize,
    /// Returns after other activities in between.
    pub n_re_entries: usize,
    /// Cases that returned at least once.
    pub n_cases_re_entered: usize,
    /// From the event to the next one of the case; the last event of a case has none.
    pub until_next: Option<Durations>,
    /// From the event before to this one; the first event of a case has none.
    pub since_previous: Option<Durations>,
}

/// Every activity that occurs, by its number.
pub fn stages(log: &Log) -> Vec<Stage> {
    let n = log.n_activities();
    let empty = Stage {
        activity: 0,
        n: 0,
        n_cases: 0,
        n_first: 0,
        n_last: 0,
        n_repeats: 0,
        n_re_entries: 0,
        n_cases_re_entered: 0,
        until_next: None,
        since_previous: None,
    };
    let mut stages: Vec<Stage> = (0..n).map(|a| Stage { activity: a as u32, ..empty.clone() }).collect();
    let (mut until, mut since) = (vec![Vec::new(); n], vec![Vec::new(); n]);
    // The case that was last seen in, and last re-entered, each activity.
    let (mut seen, mut re_entered) = (vec![usize::MAX; n], vec![usize::MAX; n]);
    for at in 0..log.n_cases() {
        let (path, times) = (log.path(at), log.times(at));
        for (i, &activity) in path.iter().enumerate() {
            let a = activity as usize;
            let stage = &mut stages[a];
            stage.n += 1;
            if seen[a] != at {
                seen[a] = at;
                stage.n_cases += 1;
            } else if path[i - 1] == activity {
                stage.n_repeats += 1;
            } else {
                stage.n_re_entries += 1;
                stage.n_cases_re_entered += usize::from(re_entered[a] != at);
                re_entered[a] = at;
            }
            if i > 0 {
                since[a].push(seconds_between(times.get(i - 1), times.get(i)));
            }
            if i + 1 < path.len() {
                until[a].push(seconds_between(times.get(i), times.get(i + 1)));
            }
        }
        if let (Some(&first), Some(&last)) = (path.first(), path.last()) {
            stages[first as usize].n_first += 1;
            stages[last as usize].n_last += 1;
        }
    }
    for (stage, (until, since)) in stages.iter_mut().zip(until.iter_mut().zip(&mut since)) {
        stage.until_next = Durations::of(until);
        stage.since_previous = Durations::of(since);
    }
    stages.retain(|stage| stage.n > 0);
    stages
}

/// A step from one activity to the next in the same case.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    pub from: u32,
    pub to: u32,
    /// How often it was taken; the same case counts each time.
    pub n: usize,
    /// Cases that took it.
    pub n_cases: usize,
    pub seconds: Durations,
}

/// Every step that was taken, the most frequent first.
pub fn transitions(log: &Log) -> Vec<Transition> {
    struct Taken {
        seconds: Vec<f64>,
        n_cases: usize,
        last_case: usize,
    }
    let mut taken: BTreeMap<(u32, u32), Taken> = BTreeMap::new();
    for at in 0..log.n_cases() {
        for (step, times) in log.path(at).windows(2).zip(log.times(at).windows(2)) {
            let taken = taken.entry((step[0], step[1])).or_insert(Taken {
                seconds: Vec::new(),
                n_cases: 0,
                last_case: usize::MAX,
            });
            taken.seconds.push(seconds_between(times.first(), times.last()));
            taken.n_cases += usize::from(taken.last_case != at);
            taken.last_case = at;
        }
    }
    let mut transitions: Vec<Transition> = taken
        .into_iter()
        .filter_map(|((from, to), mut taken)| {
            let (n, n_cases) = (taken.seconds.len(), taken.n_cases);
            Some(Transition { from, to, n, n_cases, seconds: Durations::of(&mut taken.seconds)? })
        })
        .collect();
    transitions.sort_by_key(|t| std::cmp::Reverse(t.n));
    transitions
}
