//! What is told of a process: variants, stages, steps, bottlenecks, deviations.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use statistics::process::{Durations, Stage, Transition, stages, transitions};

use super::{Found, Moment};
use crate::Answer;
use crate::aligned::{aligned, counted, percent};

/// Variants that are told at most, and activities of one path.
const N_VARIANTS: usize = 1000;
pub(super) const N_STEPS: usize = 500;
/// Rows of each table of the report.
const N_SHOWN: usize = 10;

pub(super) fn tell(answer: &mut Answer, found: &Found) {
    let log = &found.log;
    let stages = stages(log);
    let transitions = transitions(log);
    answer.tell("cases", log.n_cases());
    answer.tell("n_cases", log.n_cases());
    answer.tell("n_events", log.n_events());
    answer.tell("n_activities", stages.len());
    answer.tell("moment", if found.moment == Moment::Entered { "entered" } else { "completed" });
    let durations = Durations::of(&mut log.durations());
    answer.tell("case_seconds", durations.map(told));
    answer.line(format!(
        "{} events of {} cases in {} activities",
        counted(log.n_events() as u64),
        counted(log.n_cases() as u64),
        stages.len()
    ));
    if let Some(d) = durations {
        answer.line(format!(
            "a case lasts {} in the middle, {} on average, nine of ten at most {}",
            span(d.median),
            span(d.mean),
            span(d.p90)
        ));
    }
    tell_variants(answer, found);
    tell_stages(answer, found, &stages);
    tell_transitions(answer, found, &transitions);
    tell_bottlenecks(answer, found, &transitions);
    tell_deviation(answer, found);
}

fn told(d: Durations) -> Value {
    json!({ "n": d.n, "median": d.median, "mean": d.mean, "p90": d.p90, "max": d.max, "sum": d.sum })
}

/// Seconds in words.
fn span(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.1} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} d", s / 86_400.0),
    }
}

fn tell_variants(answer: &mut Answer, found: &Found) {
    let n_cases = found.log.n_cases() as f64;
    let shown: Vec<Value> = found
        .variants
        .iter()
        .take(N_VARIANTS)
        .enumerate()
        .map(|(place, variant)| {
            let n = variant.cases.len();
            json!({
                "variant": place + 1, "n": n, "share": n as f64 / n_cases, "n_steps": variant.path.len(),
                "path": found.named(&variant.path[..variant.path.len().min(N_STEPS)]),
                "median_seconds": found.log.median_duration(&variant.cases),
            })
        })
        .collect();
    let rows: Vec<Vec<String>> = found
        .variants
        .iter()
        .take(N_SHOWN)
        .map(|variant| {
            let path: String = found.named(&variant.path[..variant.path.len().min(N_STEPS)]).join(" > ").chars().take(90).collect();
            let median = found.log.median_duration(&variant.cases).map_or(String::new(), span);
            vec![counted(variant.cases.len() as u64), percent(variant.cases.len() as f64, n_cases), median, path]
        })
        .collect();
    answer.line(format!("\n{} different paths, the most frequent:", counted(found.variants.len() as u64)));
    answer.line(aligned(&["cases", "share", "median", "path"], &rows));
    answer.tell("n_variants", found.variants.len());
    answer.tell("variants", shown);
}

fn tell_stages(answer: &mut Answer, found: &Found, stages: &[Stage]) {
    let in_stage = |stage: &Stage| match found.moment {
        Moment::Entered => stage.until_next,
        Moment::Completed => stage.since_previous,
    };
    let mut order: Vec<&Stage> = stages.iter().collect();
    order.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| found.activity(a.activity).cmp(found.activity(b.activity))));
    let shown: Vec<Value> = order
        .iter()
        .map(|stage| {
            let d = in_stage(stage);
            json!({
                "activity": found.activity(stage.activity), "n": stage.n, "n_cases": stage.n_cases,
                "n_first": stage.n_first, "n_last": stage.n_last,
                "median_seconds": d.map(|d| d.median), "mean_seconds": d.map(|d| d.mean), "p90_seconds": d.map(|d| d.p90),
                "max_seconds": d.map(|d| d.max), "total_seconds": d.map_or(0.0, |d| d.sum), "n_timed": d.map_or(0, |d| d.n),
                "repeats": stage.n_repeats, "re_entries": stage.n_re_entries, "n_cases_re_entered": stage.n_cases_re_entered,
                "rework": stage.n_repeats + stage.n_re_entries,
                "seconds_until_next": stage.until_next.map(told), "seconds_since_previous": stage.since_previous.map(told),
            })
        })
        .collect();
    let rows: Vec<Vec<String>> = order
        .iter()
        .take(2 * N_SHOWN)
        .map(|stage| {
            let cell = |pick: fn(Durations) -> f64| in_stage(stage).map_or("–".to_owned(), |d| span(pick(d)));
            vec![
                found.activity(stage.activity).chars().take(40).collect(),
                counted(stage.n as u64),
                counted(stage.n_cases as u64),
                cell(|d| d.median),
                cell(|d| d.mean),
                cell(|d| d.p90),
                counted(stage.n_repeats as u64),
                counted(stage.n_re_entries as u64),
            ]
        })
        .collect();
    answer.line(match found.moment {
        Moment::Entered => "\nTime in a stage: from its event to the next of the case (the last event of a case has none)",
        Moment::Completed => "\nTime in a stage: from the event before to this one (the first event of a case has none)",
    });
    answer.line(aligned(&["stage", "events", "cases", "median", "mean", "p90", "repeats", "returns"], &rows));
    let n_returned: usize = stages.iter().map(|s| s.n_re_entries).sum();
    answer.tell("re_entries", n_returned);
    answer.tell("stages", shown);
}

fn tell_transitions(answer: &mut Answer, found: &Found, transitions: &[Transition]) {
    let mut n_from: BTreeMap<u32, usize> = BTreeMap::new();
    transitions.iter().for_each(|t| *n_from.entry(t.from).or_default() += t.n);
    let shown: Vec<Value> = transitions
        .iter()
        .take(5000)
        .map(|t| {
            json!({
                "from": found.activity(t.from), "to": found.activity(t.to), "n": t.n, "n_cases": t.n_cases,
                "share_of_from": t.n as f64 / n_from[&t.from] as f64,
                "median_seconds": t.seconds.median, "mean_seconds": t.seconds.mean, "p90_seconds": t.seconds.p90,
                "total_seconds": t.seconds.sum,
            })
        })
        .collect();
    answer.tell("transitions", shown);
}

/// The steps that hold most of the waiting time of all cases.
fn tell_bottlenecks(answer: &mut Answer, found: &Found, transitions: &[Transition]) {
    let total: f64 = transitions.iter().map(|t| t.seconds.sum).sum();
    let mut order: Vec<&Transition> = transitions.iter().collect();
    order.sort_by(|a, b| b.seconds.sum.total_cmp(&a.seconds.sum));
    let shown: Vec<Value> = order
        .iter()
        .take(N_SHOWN)
        .filter(|t| t.seconds.sum > 0.0)
        .map(|t| {
            json!({
                "from": found.activity(t.from), "to": found.activity(t.to), "n": t.n, "total_seconds": t.seconds.sum,
                "share_of_time": t.seconds.sum / total, "median_seconds": t.seconds.median, "p90_seconds": t.seconds.p90,
            })
        })
        .collect();
    if !shown.is_empty() {
        answer.line("\nWhere the time goes (between two events of a case, waiting and work together)");
    }
    let rows: Vec<Vec<String>> = order
        .iter()
        .take(N_SHOWN)
        .filter(|t| t.seconds.sum > 0.0)
        .map(|t| {
            vec![
                format!("{} > {}", found.activity(t.from), found.activity(t.to)).chars().take(60).collect(),
                percent(t.seconds.sum, total),
                counted(t.n as u64),
                span(t.seconds.median),
                span(t.seconds.p90),
            ]
        })
        .collect();
    if !rows.is_empty() {
        answer.line(aligned(&["step", "of all time", "times", "median", "p90"], &rows));
    }
    answer.tell("waiting_seconds_total", total);
    answer.tell("bottlenecks", shown);
}

fn tell_deviation(answer: &mut Answer, found: &Found) {
    let n_cases = found.log.n_cases();
    let Some(usual) = &found.usual else {
        answer.tell("deviation", json!({ "usual_path": null, "cannot_tell": "no path was taken twice" }));
        answer.line("\nUsual path: can't tell, no path was taken twice");
        return;
    };
    let (mut skipped, mut added): (BTreeMap<u32, usize>, BTreeMap<u32, usize>) = Default::default();
    let (mut sum, mut n_compared) = (0usize, 0usize);
    for (variant, deviation) in found.variants.iter().zip(&found.deviations) {
        let Some(deviation) = deviation else { continue };
        let n = variant.cases.len();
        n_compared += n;
        sum += n * deviation.distance();
        for (counts, activities) in [(&mut skipped, &deviation.skipped), (&mut added, &deviation.added)] {
            let mut once = activities.clone();
            once.sort_unstable();
            once.dedup();
            once.into_iter().for_each(|activity| *counts.entry(activity).or_default() += n);
        }
    }
    let ranked = |counts: BTreeMap<u32, usize>| -> Vec<Value> {
        let mut counts: Vec<(u32, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|&(activity, n)| (std::cmp::Reverse(n), activity));
        counts.into_iter().map(|(a, n)| json!({ "activity": found.activity(a), "n_cases": n })).collect()
    };
    let (skipped, added) = (ranked(skipped), ranked(added));
    let names = |list: &[Value]| {
        let of = |v: &Value| format!("{} ({})", v["activity"].as_str().unwrap_or(""), v["n_cases"]);
        if list.is_empty() { "none".to_owned() } else { list.iter().take(5).map(of).collect::<Vec<_>>().join(", ") }
    };
    let shown = &usual.path[..usual.path.len().min(N_STEPS)];
    answer.line(format!("\nUsual path: {}", found.named(shown).join(" > ")));
    answer.line(format!("  taken by {} of {n_cases} cases ({})", usual.n_cases, percent(usual.n_cases as f64, n_cases as f64)));
    answer.line(format!("  left out most often, in cases: {}", names(&skipped)));
    answer.line(format!("  added most often, in cases: {}", names(&added)));
    answer.tell(
        "deviation",
        json!({
            "usual_path": found.named(shown), "n_following": usual.n_cases,
            "share_following": usual.n_cases as f64 / n_cases as f64,
            "mean_distance": (n_compared > 0).then(|| sum as f64 / n_compared as f64),
            "n_compared": n_compared, "skipped": skipped, "added": added,
        }),
    );
}
