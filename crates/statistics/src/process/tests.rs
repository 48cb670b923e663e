//! Small logs whose figures can be counted by hand, hostile ones, and one with a known truth.

use super::*;
use crate::pseudo_random::Generator;

const SECOND: i64 = 1_000_000;

/// Two cases: a b a a c and a c.
fn log() -> Log {
    let times = [0, 10, 30, 60, 100, 5, 6].map(|t| t * SECOND);
    Log::of(&[0, 0, 0, 0, 0, 1, 1], &[0, 1, 0, 0, 2, 0, 2], &times)
}

#[test]
fn stages_count_events_cases_repeats_and_returns() {
    let stages = stages(&log());
    let a = &stages[0];
    assert_eq!((a.n, a.n_cases, a.n_first, a.n_last), (4, 2, 2, 0));
    assert_eq!((a.n_repeats, a.n_re_entries, a.n_cases_re_entered), (1, 1, 1));
    let until = a.until_next.unwrap();
    assert_eq!((until.n, until.sum, until.median), (4, 10.0 + 30.0 + 40.0 + 1.0, 20.0));
    assert_eq!(stages[2].until_next, None);
    assert_eq!(stages[2].since_previous.unwrap().mean, 20.5);
}

#[test]
fn every_event_but_the_last_of_a_case_is_the_beginning_of_a_step() {
    let log = log();
    let steps = transitions(&log);
    assert_eq!(steps.iter().map(|t| t.n).sum::<usize>(), log.n_events() - log.n_cases());
    assert_eq!((steps[0].from, steps[0].to, steps[0].n, steps[0].n_cases), (0, 2, 2, 2));
}

#[test]
fn variants_hold_every_case_once_and_the_usual_path_needs_two_cases() {
    let log = Log::of(&[0, 0, 1, 1, 2, 2, 3], &[0, 1, 0, 1, 1, 0, 0], &[0, 1, 0, 1, 0, 1, 0]);
    let variants = variants(&log);
    assert_eq!(variants.iter().map(|v| v.cases.len()).collect::<Vec<_>>(), [2, 1, 1]);
    assert_eq!(usual_path(&variants), Some(UsualPath { path: vec![0, 1], n_cases: 2 }));
    assert_eq!(usual_path(&variants[1..]), None);
    assert_eq!(usual_path(&[]), None);
}

#[test]
fn events_at_the_same_time_keep_the_order_of_the_file() {
    let log = Log::of(&[4, 4, 4], &[2, 1, 0], &[7, 7, 7]);
    assert_eq!((log.path(0), log.rows(0), log.durations()), (&[2, 1, 0][..], &[0, 1, 2][..], vec![0.0]));
}

#[test]
fn a_deviation_turns_the_usual_path_into_the_path() {
    let mut g = Generator::from_seed(3);
    for _ in 0..200 {
        let mut path = |n: usize| -> Vec<u32> { (0..g.below(n)).map(|_| g.below(4) as u32).collect() };
        let (path, usual) = (path(12), path(9));
        let found = deviation(&path, &usual).unwrap();
        assert_eq!(path.len() + found.skipped.len(), usual.len() + found.added.len());
        assert_eq!(found.distance() == 0, path == usual);
        assert_eq!(deviation(&usual, &path).unwrap().distance(), found.distance());
    }
}

#[test]
fn hostile_logs_give_empty_or_finite_answers() {
    let empty = Log::of(&[], &[], &[]);
    assert_eq!((empty.n_cases(), stages(&empty).len(), transitions(&empty).len()), (0, 0, 0));
    let extreme = Log::of(&[0, 0], &[0, 0], &[i64::MIN + 1, i64::MAX]);
    assert!(extreme.durations()[0].is_finite() && extreme.durations()[0] > 1e12);
    let one = Log::of(&[9], &[5], &[0]);
    assert_eq!((stages(&one)[0].activity, stages(&one)[0].until_next), (5, None));
    assert_eq!(deviation(&[0; 30_000], &[0]), None);
}

/// Cases that go back from testing to repair with probability .3 and stay an hour on average.
#[test]
fn a_simulated_loop_comes_back_at_its_rate() {
    let mut g = Generator::from_seed(8);
    let (mut cases, mut activities, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for case in 0..20_000 {
        let mut time = 0;
        let mut event = |activity: u32, g: &mut Generator| {
            cases.push(case);
            activities.push(activity);
            times.push(time);
            time += (-(1.0 - g.uniform()).ln() * 3600e6) as i64;
        };
        event(0, &mut g);
        loop {
            event(1, &mut g);
            event(2, &mut g);
            if g.uniform() > 0.3 {
                break;
            }
        }
        event(3, &mut g);
    }
    let stages = stages(&Log::of(&cases, &activities, &times));
    let returns = stages[1].n_re_entries as f64 / stages[1].n as f64;
    assert!((returns - 0.3).abs() < 0.01, "{returns}");
    assert!((stages[2].until_next.unwrap().mean - 3600.0).abs() < 60.0);
}
