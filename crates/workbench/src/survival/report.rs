//! What the curve, the comparison and the model say, as JSON and as a report.

use std::path::Path;

use serde_json::{Map, Value, json};
use statistics::distributions::{chi_square_upper_tail, normal_quantile, normal_upper_tail};
use statistics::survival::SurvivalError;
use statistics::survival::cox::{Fit, Ties, Verdict};
use statistics::survival::kaplan_meier::{Curve, Step};
use statistics::survival::log_rank::Test;
use tables::columns::{ColumnOut, write};

use super::Survival;
use super::input::Design;
use crate::{Answer, Problem};

/// The JSON holds so many steps of the curve at most, evenly drawn; `--out` has all.
const MOST_STEPS: usize = 1000;

pub(super) fn tell_curve(answer: &mut Answer, curve: &Curve, ask: &Survival) {
    let (low, high) = curve.median_interval();
    let last = curve.steps.last().map_or(0.0, |step| step.time);
    answer.tell("n_events", curve.n_events);
    answer.tell("median", curve.median());
    answer.tell("median_low", low);
    answer.tell("median_high", high);
    answer.tell("quartile_1", curve.quantile(0.75));
    answer.tell("quartile_3", curve.quantile(0.25));
    answer.tell("restricted_mean", json!({"until": last, "mean": curve.restricted_mean(last)}));
    answer.tell("level", ask.level);
    let every = curve.steps.len().div_ceil(MOST_STEPS).max(1);
    let mut shown: Vec<Value> = curve.steps.iter().step_by(every).map(as_json).collect();
    if every > 1 {
        shown.extend(curve.steps.last().map(as_json));
    }
    answer.tell("n_times", curve.steps.len());
    answer.tell("survival", shown);
    let text = |time: Option<f64>| time.map_or("not reached".to_owned(), |time| format!("{time}"));
    answer.line(format!(
        "{} rows, {} with the event, {} cut short; median {} ({} to {})",
        curve.n,
        curve.n_events,
        curve.n - curve.n_events,
        text(curve.median()),
        text(low),
        text(high)
    ));
    tell_times(answer, curve, ask);
}

/// The share at some times; those at risk then, and what happened since the time before.
fn tell_times(answer: &mut Answer, curve: &Curve, ask: &Survival) {
    let last = curve.steps.last().map_or(0.0, |step| step.time);
    let mut chosen: Vec<f64> = match ask.times.is_empty() {
        true => (1..=10).map(|k| last * f64::from(k) / 10.0).collect(),
        false => ask.times.clone(),
    };
    chosen.sort_by(f64::total_cmp);
    answer.line(format!(
        "  {:>10} {:>10} {:>8} {:>8} {:>9}  {} % interval (log-log); events and cut since the line before",
        "time", "at risk", "events", "cut", "share", 100.0 * ask.level
    ));
    let mut at = Vec::new();
    let mut told = 0;
    for time in chosen {
        let after = curve.steps.partition_point(|step| step.time <= time);
        let before = curve.steps.partition_point(|step| step.time < time);
        let at_risk = curve.steps.get(before).map_or(0, |step| step.n_at_risk);
        let since = &curve.steps[told.min(after)..after];
        let (events, cut) = since.iter().fold((0, 0), |sum, step| (sum.0 + step.n_events, sum.1 + step.n_censored));
        told = after;
        let (survival, (low, high)) = match after.checked_sub(1).map(|i| &curve.steps[i]) {
            Some(step) => (step.survival, step.log_log),
            None => (1.0, (1.0, 1.0)),
        };
        at.push(json!({
            "time": time, "at_risk": at_risk, "events": events, "censored": cut,
            "survival": survival, "low": low, "high": high,
        }));
        answer.line(format!("  {time:>10.4} {at_risk:>10} {events:>8} {cut:>8} {survival:>9.5}  {low:.5} to {high:.5}"));
    }
    answer.tell("survival_at", at);
}

fn as_json(step: &Step) -> Value {
    json!({
        "time": step.time, "at_risk": step.n_at_risk, "events": step.n_events, "censored": step.n_censored,
        "survival": step.survival, "standard_error": step.standard_error,
        "low": step.log_log.0, "high": step.log_log.1, "low_plain": step.plain.0, "high_plain": step.plain.1,
    })
}

pub(super) fn tell_groups(
    answer: &mut Answer,
    test: Result<&Test, &SurvivalError>,
    curves: &[Curve],
    names: &[String],
) {
    let mut rows = Vec::new();
    answer.line(format!("  {:<20} {:>9} {:>9} {:>11} {:>12}", "group", "rows", "events", "expected", "median"));
    for (g, (curve, name)) in curves.iter().zip(names).enumerate() {
        let expected = test.as_ref().ok().map(|test| test.groups[g].expected);
        let (low, high) = curve.median_interval();
        rows.push(json!({
            "group": name, "n": curve.n, "observed": curve.n_events, "expected": expected,
            "median": curve.median(), "median_low": low, "median_high": high,
        }));
        let median = curve.median().map_or("not reached".to_owned(), |m| m.to_string());
        answer.line(format!(
            "  {name:<20} {:>9} {:>9} {:>11.2} {median:>12}",
            curve.n,
            curve.n_events,
            expected.unwrap_or(f64::NAN)
        ));
    }
    answer.tell("groups", rows);
    match test {
        Ok(test) => {
            answer.tell(
                "log_rank",
                json!({"chi_square": test.chi_square, "degrees": test.degrees, "p_value": test.p_value}),
            );
            answer.line(format!(
                "Log-rank test: chi-square {:.4} with {} degrees of freedom, p = {:.3e}",
                test.chi_square, test.degrees, test.p_value
            ));
        }
        Err(why) => {
            answer.tell("log_rank", Value::Null);
            answer.line(format!("Log-rank test: can't tell, {why}"));
        }
    }
}

pub(super) fn tell_no_cox(answer: &mut Answer) {
    answer.tell("coefficients", Map::new());
    answer.tell("standard_errors", Map::new());
    answer.tell("log_likelihood", Value::Null);
    answer.tell("concordance", Value::Null);
}

/// Numbers by the names of the columns; what is not finite becomes null.
fn by_name(names: &[String], values: impl Iterator<Item = f64>) -> Value {
    Value::Object(names.iter().cloned().zip(values.map(|value| json!(value))).collect())
}

fn ties_name(ties: Ties) -> &'static str {
    match ties {
        Ties::Efron => "efron",
        Ties::Breslow => "breslow",
    }
}

pub(super) fn tell_cox(answer: &mut Answer, fit: &Fit, other: &Fit, design: &Design, level: f64) {
    let names = &design.names;
    let z = normal_quantile(0.5 + 0.5 * level);
    let estimates = || fit.coefficients.iter().zip(&fit.standard_errors);
    let p_values: Vec<f64> = estimates().map(|(b, e)| 2.0 * normal_upper_tail((b / e).abs())).collect();
    answer.tell("ties", ties_name(fit.ties));
    answer.tell("n_cox", fit.n);
    answer.tell("coefficients", by_name(names, fit.coefficients.iter().copied()));
    answer.tell("standard_errors", by_name(names, fit.standard_errors.iter().copied()));
    answer.tell("hazard_ratios", by_name(names, fit.coefficients.iter().map(|b| b.exp())));
    answer.tell("hazard_ratios_low", by_name(names, estimates().map(|(b, e)| (b - z * e).exp())));
    answer.tell("hazard_ratios_high", by_name(names, estimates().map(|(b, e)| (b + z * e).exp())));
    answer.tell("z", by_name(names, estimates().map(|(b, e)| b / e)));
    answer.tell("p_values", by_name(names, p_values.iter().copied()));
    answer.tell("log_likelihood", fit.log_likelihood);
    answer.tell("log_likelihood_null", fit.log_likelihood_null);
    let degrees = fit.verdicts.iter().filter(|v| **v != Verdict::Dependent).count();
    let p_value = chi_square_upper_tail(fit.likelihood_ratio(), degrees.max(1) as f64);
    answer.tell(
        "likelihood_ratio",
        json!({"chi_square": fit.likelihood_ratio(), "degrees": degrees, "p_value": p_value}),
    );
    answer.tell("aic", 2.0 * degrees as f64 - 2.0 * fit.log_likelihood);
    answer.tell("concordance", fit.pairs.index());
    answer.tell(
        "pairs",
        json!({"concordant": fit.pairs.concordant, "discordant": fit.pairs.discordant, "tied": fit.pairs.tied}),
    );
    answer.tell(
        ties_name(other.ties),
        json!({
            "coefficients": by_name(names, other.coefficients.iter().copied()),
            "standard_errors": by_name(names, other.standard_errors.iter().copied()),
            "log_likelihood": other.log_likelihood, "concordance": other.pairs.index(),
        }),
    );
    answer.line(format!(
        "Cox's model ({} ties) on {} rows with {} events: log-likelihood {:.4}, C-index {:.4}",
        ties_name(fit.ties),
        fit.n,
        fit.n_events,
        fit.log_likelihood,
        fit.pairs.index().unwrap_or(f64::NAN)
    ));
    answer.line(format!(
        "  {:<28} {:>11} {:>10} {:>9} {:>20} {:>10}",
        "", "coefficient", "std. error", "hazard ×", format!("{} % interval", 100.0 * level), "p"
    ));
    for (j, name) in names.iter().enumerate() {
        let (b, e) = (fit.coefficients[j], fit.standard_errors[j]);
        let interval = format!("{:.4} to {:.4}", (b - z * e).exp(), (b + z * e).exp());
        answer.line(format!(
            "  {name:<28} {b:>11.5} {e:>10.5} {:>9.4} {interval:>20} {:>10.3e}",
            b.exp(),
            p_values[j]
        ));
    }
}

/// Sentences about covariates that could not be estimated as they are.
pub(super) fn verdicts(fit: &Fit, design: &Design) -> Vec<String> {
    let told = fit.verdicts.iter().zip(&design.names).filter_map(|(verdict, name)| match verdict {
        Verdict::Estimated => None,
        Verdict::Dependent => {
            Some(format!("“{name}” is constant or a combination of the covariates before it; its coefficient is left at 0"))
        }
        Verdict::Separates => Some(format!(
            "“{name}” tells events apart completely: the likelihood rises for ever, a weak prior holds the coefficient, and only its sign means much"
        )),
    });
    told.collect()
}

pub(super) fn write_curve(path: &Path, curve: &Curve) -> Result<(), Problem> {
    let of = |value: fn(&Step) -> f64| -> Vec<f64> { curve.steps.iter().map(value).collect() };
    let count = |value: fn(&Step) -> u64| -> Vec<i64> { curve.steps.iter().map(|s| value(s) as i64).collect() };
    let (time, survival, error) = (of(|s| s.time), of(|s| s.survival), of(|s| s.standard_error));
    let (low, high) = (of(|s| s.log_log.0), of(|s| s.log_log.1));
    let (at_risk, events, censored) = (count(|s| s.n_at_risk), count(|s| s.n_events), count(|s| s.n_censored));
    save(
        path,
        &[
            ("time", ColumnOut::Numbers(&time)),
            ("at_risk", ColumnOut::Integers(&at_risk)),
            ("events", ColumnOut::Integers(&events)),
            ("censored", ColumnOut::Integers(&censored)),
            ("survival", ColumnOut::Numbers(&survival)),
            ("standard_error", ColumnOut::Numbers(&error)),
            ("low", ColumnOut::Numbers(&low)),
            ("high", ColumnOut::Numbers(&high)),
        ],
    )
}

/// Number of the row, duration, event, and its hazard beside that of a row with the mean of every covariate.
pub(super) fn write_risks(path: &Path, fit: &Fit, design: &Design) -> Result<(), Problem> {
    let n = design.durations.len();
    let mut risk = vec![0.0; n];
    for (column, b) in design.columns.iter().zip(&fit.coefficients) {
        let mean = column.iter().sum::<f64>() / n as f64;
        for (risk, value) in risk.iter_mut().zip(column) {
            *risk += b * (value - mean);
        }
    }
    let ratio: Vec<f64> = risk.iter().map(|r| r.exp()).collect();
    save(
        path,
        &[
            ("row", ColumnOut::Integers(&design.row_numbers)),
            ("duration", ColumnOut::Numbers(&design.durations)),
            ("event", ColumnOut::Truths(&design.events)),
            ("linear_predictor", ColumnOut::Numbers(&risk)),
            ("hazard_ratio", ColumnOut::Numbers(&ratio)),
        ],
    )
}

fn save(path: &Path, table: &[(&str, ColumnOut<'_>)]) -> Result<(), Problem> {
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    write(path, table).map_err(|source| Problem::Write { file, source })
}
