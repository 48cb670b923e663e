//! What all seeds come to, in figures.

use super::Settings;
use super::seed::{Deed, Look, METRICS, Seed, Trial};
use serde_json::{Map, Value, json};

/// Classes of the reliability curve.
const CLASSES: usize = 10;

/// The figures of all seeds.
pub fn told(settings: &Settings, seeds: &[Seed], seconds: f64) -> Value {
    let trials: Vec<&Trial> = seeds.iter().flat_map(|seed| &seed.trials).collect();
    let looks: Vec<&Vec<Look>> = trials.iter().flat_map(|trial| &trial.looks).collect();
    let nothing: Vec<&Trial> = trials.iter().copied().filter(|t| t.deed == Deed::DoesNothing).collect();
    let is_called = |trial: &Trial| trial.conclusions.iter().any(|c| c == "works" || c == "harms");
    let ends_with = |trial: &&Trial, word: &str| trial.conclusions.last().is_some_and(|c| c == word);
    let share_of = |deed: Deed, word: &str| {
        let of: Vec<&Trial> = trials.iter().copied().filter(|trial| trial.deed == deed).collect();
        share(of.iter().filter(|trial| ends_with(trial, word)).count(), of.len())
    };
    let by_metric: Map<String, Value> = (0..METRICS.len())
        .map(|place| {
            let of: Vec<&Vec<Look>> = trials.iter().map(|trial| &trial.looks[place]).collect();
            let mut figures = coverage(&of);
            figures["bias"] = bias(&of);
            figures["narrowing"] = narrowing(&trials, place);
            figures["off_by_hand"] = off_by_hand(&trials, place);
            (METRICS[place].to_owned(), figures)
        })
        .collect();
    json!({
        "seeds": seeds.len(), "first_seed": settings.first_seed, "experiments": trials.len(),
        "people_per_experiment": settings.n_people, "days": settings.n_days,
        "looks_per_experiment": ratio(looks.iter().map(|l| l.len()).sum::<usize>() as f64, looks.len() as f64),
        "coverage": coverage(&looks),
        "by_metric": by_metric,
        "false_positive_rate": share(nothing.iter().filter(|trial| is_called(trial)).count(), nothing.len()),
        "said_no_effect_where_none": share_of(Deed::DoesNothing, "no_effect_shown"),
        "said_works_where_it_works": share_of(Deed::Works, "works"),
        "said_harms_where_it_harms": share_of(Deed::Harms, "harms"),
        "calibration": calibration(seeds),
        "seconds": (seconds * 10.0).round() / 10.0,
    })
}

/// How many intervals hold the truth: of the last look alone, of all daily looks together, of single looks.
fn coverage(of: &[&Vec<Look>]) -> Value {
    let holds = |(low, high): (f64, f64), look: &Look| (low..=high).contains(&look.truth);
    let with: Vec<&&Vec<Look>> = of.iter().filter(|looks| !looks.is_empty()).collect();
    let last_once = with.iter().filter(|l| l.last().is_some_and(|look| holds(look.once, look))).count();
    let last_always = with.iter().filter(|l| l.last().is_some_and(|look| holds(look.always, look))).count();
    let always = with.iter().filter(|l| l.iter().all(|look| holds(look.always, look))).count();
    let once_all = with.iter().filter(|l| l.iter().all(|look| holds(look.once, look))).count();
    json!({
        "n": with.len(), "without_an_answer": of.len() - with.len(),
        "every_daily_look": share(always, with.len()),
        "last_look": share(last_once, with.len()),
        "last_look_peeking_safe": share(last_always, with.len()),
        "every_daily_look_if_the_plain_interval_were_believed": share(once_all, with.len()),
    })
}

fn bias(of: &[&Vec<Look>]) -> Value {
    let errors: Vec<f64> =
        of.iter().filter_map(|l| l.last()).map(|look| look.estimate - look.truth).collect();
    let truths: Vec<f64> = of.iter().filter_map(|l| l.last()).map(|look| look.truth.abs()).collect();
    let (mean, error) = mean_and_error(&errors);
    json!({ "mean": rounded(mean), "standard_error": rounded(error), "mean_true_size": rounded(mean_and_error(&truths).0) })
}

/// How much narrower the product's interval is than the plain one: below 1 is narrower.
fn narrowing(trials: &[&Trial], place: usize) -> Value {
    let mut widths: Vec<f64> = trials.iter().filter_map(|trial| trial.narrowing[place]).collect();
    widths.sort_by(f64::total_cmp);
    let narrower = widths.iter().filter(|width| **width < 1.0).count();
    json!({ "median_width_over_plain": widths.get(widths.len() / 2).map(|w| rounded(*w)),
            "narrower": share(narrower, widths.len()) })
}

/// How far the last estimates are from those worked out by hand on the same sample.
fn off_by_hand(trials: &[&Trial], place: usize) -> Value {
    let off: Vec<f64> = trials.iter().filter_map(|trial| trial.off_by_hand[place]).collect();
    let largest = off.iter().fold(0.0f64, |largest, off| largest.max(off.abs()));
    json!({ "n": off.len(), "mean": rounded(mean_and_error(&off).0), "largest": rounded(largest) })
}

fn calibration(seeds: &[Seed]) -> Value {
    let alive: Vec<(f64, bool)> = seeds.iter().flat_map(|seed| seed.alive.iter().copied()).collect();
    let mut classes = [(0usize, 0.0f64, 0usize); CLASSES];
    for (said, is) in &alive {
        let class = &mut classes[((said * CLASSES as f64) as usize).min(CLASSES - 1)];
        *class = (class.0 + 1, class.1 + said, class.2 + usize::from(*is));
    }
    let curve: Vec<Value> = classes
        .iter()
        .filter(|(n, _, _)| *n > 0)
        .map(|(n, said, is)| json!({ "n": n, "said": ratio(*said, *n as f64), "true": ratio(*is as f64, *n as f64) }))
        .collect();
    let off: f64 = classes.iter().map(|(_, said, is)| (said - *is as f64).abs()).sum();
    let expected: Vec<(f64, f64)> = seeds.iter().flat_map(|seed| seed.expected.iter().copied()).collect();
    let (said, is): (f64, f64) =
        expected.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    json!({
        "alive": { "people": alive.len(), "mean_error_of_classes": ratio(off, alive.len() as f64), "curve": curve },
        "orders_in_a_year": { "people": expected.len(), "said": ratio(said, expected.len() as f64),
                              "true": ratio(is, expected.len() as f64), "said_over_true": ratio(said, is),
                              "by_fifth": fifths(expected) },
    })
}

/// Said and true orders in five classes of what was said.
fn fifths(mut expected: Vec<(f64, f64)>) -> Vec<Value> {
    expected.sort_by(|a, b| a.0.total_cmp(&b.0));
    let size = expected.len().div_ceil(5).max(1);
    expected
        .chunks(size)
        .map(|class| {
            let n = class.len() as f64;
            let said: f64 = class.iter().map(|pair| pair.0).sum();
            let is: f64 = class.iter().map(|pair| pair.1).sum();
            json!({ "said": ratio(said, n), "true": ratio(is, n) })
        })
        .collect()
}

/// A share with what it is of and its 95 % interval (Wilson).
fn share(n: usize, of: usize) -> Value {
    if of == 0 {
        return Value::Null;
    }
    let (p, n_all, z) = (n as f64 / of as f64, of as f64, 1.959_964);
    let middle = (p + z * z / (2.0 * n_all)) / (1.0 + z * z / n_all);
    let half = z / (1.0 + z * z / n_all) * (p * (1.0 - p) / n_all + z * z / (4.0 * n_all * n_all)).sqrt();
    json!({ "share": rounded(p), "n": n, "of": of, "low": rounded(middle - half), "high": rounded(middle + half) })
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, (variance / n.max(1.0)).sqrt())
}

fn ratio(a: f64, b: f64) -> Value {
    if b > 0.0 { json!(rounded(a / b)) } else { Value::Null }
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
