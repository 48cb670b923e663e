//! The Kaplan–Meier curve: the share for whom it has not happened yet, at each time.
//!
//! With Greenwood's standard error and two intervals: the plain one, and the one on the log-log scale, which stays between
//! 0 and 1 and is the better one near the ends. It does not extrapolate beyond the last time.
//!
//! **Source.** Kaplan and Meier, "Nonparametric Estimation from Incomplete Observations" (1958); Greenwood (1926);
//! Kalbfleisch and Prentice, "The Statistical Analysis of Failure Time Data" (1980), section 1.3.

use super::{SurvivalError, check};
use crate::distributions::normal_quantile;

/// One time at which something happened or somebody was last seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The time, in the unit of the durations.
    pub time: f64,
    /// Those to whom it had not happened just before, and who were still watched.
    pub n_at_risk: u64,
    /// Those to whom it happened at this time.
    pub n_events: u64,
    /// Those who were last seen at this time.
    pub n_censored: u64,
    /// The share to whom it has not happened after this time.
    pub survival: f64,
    /// Greenwood's standard error of that share.
    pub standard_error: f64,
    /// Plain interval, cut at 0 and 1.
    pub plain: (f64, f64),
    /// Interval on the log-log scale.
    pub log_log: (f64, f64),
}

/// The whole curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// In ascending time; before the first the share is 1.
    pub steps: Vec<Step>,
    /// Rows.
    pub n: u64,
    /// Rows with an event.
    pub n_events: u64,
}

/// Draws the curve.
///
/// **Shape.** `durations[i]` ends in the event where `events[i]`, and was cut short otherwise. `level` such as 0.95.
///
/// **Errors** for no rows, unequal lengths, and durations that are negative or not finite.
///
/// ```
/// // Freireich's leukaemia patients on 6-MP (1963): at 10 weeks .753 are still in remission.
/// let weeks = [6., 6., 6., 6., 7., 9., 10., 10., 11., 13., 16., 17., 19., 20., 22., 23., 25., 32., 32., 34., 35.];
/// let relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0].map(|e| e == 1);
/// let curve = statistics::survival::kaplan_meier::curve(&weeks, &relapse, 0.95)?;
/// assert!((curve.survival_at(10.0) - 0.753).abs() < 0.0005);
/// assert_eq!(curve.median(), Some(23.0));
/// # Ok::<(), statistics::survival::SurvivalError>(())
/// ```
pub fn curve(durations: &[f64], events: &[bool], level: f64) -> Result<Curve, SurvivalError> {
    let counted = counted(durations, events)?;
    let z = normal_quantile(0.5 + 0.5 * level.clamp(0.0, 1.0 - 1e-12));
    let (mut survival, mut greenwood, mut n_at_risk) = (1.0, 0.0, durations.len() as u64);
    let mut steps = Vec::new();
    for (time, n_events, n_censored) in counted {
        let (d, n) = (n_events as f64, n_at_risk as f64);
        survival *= 1.0 - d / n;
        if n_events == n_at_risk {
            survival = 0.0;
        }
        greenwood += d / (n * (n - d));
        let standard_error = if survival > 0.0 { survival * greenwood.sqrt() } else { 0.0 };
        let (plain, log_log) = intervals(survival, greenwood, z);
        steps.push(Step { time, n_at_risk, n_events, n_censored, survival, standard_error, plain, log_log });
        n_at_risk -= n_events + n_censored;
    }
    let n_events = steps.iter().map(|s| s.n_events).sum();
    Ok(Curve { steps, n: durations.len() as u64, n_events })
}

fn intervals(survival: f64, greenwood: f64, z: f64) -> ((f64, f64), (f64, f64)) {
    if survival <= 0.0 || greenwood <= 0.0 {
        return ((survival, survival), (survival, survival));
    }
    let half = z * survival * greenwood.sqrt();
    let ln = survival.ln();
    let spread = z * greenwood.sqrt() / ln;
    // S^exp(±z σ / ln S); ln S is below 0, so that the plus sign gives the upper end.
    let (low, high) = ((ln * (-spread).exp()).exp(), (ln * spread.exp()).exp());
    (((survival - half).max(0.0), (survival + half).min(1.0)), (low, high))
}

/// (time, events, censored) at each distinct time, ascending.
///
/// **Errors** as [`curve`].
fn counted(durations: &[f64], events: &[bool]) -> Result<Vec<(f64, u64, u64)>, SurvivalError> {
    // Whole numbers are possible ones, so that the usual case looks at each row once.
    if let Some(counted) = of_whole_numbers(durations, events) {
        return Ok(counted);
    }
    check(durations, events)?;
    let mut order: Vec<(u64, bool)> =
        durations.iter().zip(events).map(|(t, &event)| ((t + 0.0).to_bits(), event)).collect();
    order.sort_unstable();
    let step = |same: &[(u64, bool)]| {
        let n_events = same.iter().filter(|s| s.1).count() as u64;
        (f64::from_bits(same[0].0), n_events, same.len() as u64 - n_events)
    };
    Ok(order.chunk_by(|a, b| a.0 == b.0).map(step).collect())
}

/// Times below are counted by place, not sorted; and times below the number of rows, where that is more.
const COUNTED_BELOW: usize = 65_537;
/// Times that are made whole before they are counted.
const AT_ONCE: usize = 1 << 10;

/// As [`counted`] where all durations are small whole numbers, such as days; None where they are not.
fn of_whole_numbers(durations: &[f64], events: &[bool]) -> Option<Vec<(f64, u64, u64)>> {
    if durations.is_empty() || durations.len() != events.len() || u32::try_from(durations.len()).is_err() {
        return None;
    }
    let below = COUNTED_BELOW.max(durations.len() + 1);
    // As far as the greatest time, for many curves are short: censored and events in turn.
    let mut counts: Vec<u32> = Vec::new();
    let mut whole = [0.0; AT_ONCE];
    for (times, events) in durations.chunks(AT_ONCE).zip(events.chunks(AT_ONCE)) {
        let bound = whole_numbers(times, &mut whole).filter(|bound| *bound < 2 * below)?;
        if 2 * bound >= counts.len() {
            counts.resize(2 * (bound + 1), 0);
        }
        for (time, event) in whole.iter().zip(events) {
            counts[time.to_bits() as u32 as usize * 2 + usize::from(*event)] += 1;
        }
    }
    let seen = counts.chunks_exact(2).enumerate().filter(|(_, n)| n[0] + n[1] > 0);
    Some(seen.map(|(time, n)| (time as f64, u64::from(n[1]), u64::from(n[0]))).collect())
}

/// From here on floats are whole, and the last bits of a number that was added are the number.
const WHOLE: f64 = 4_503_599_627_370_496.0;

/// Writes times with [`WHOLE`] added to them, and returns a number that none of them is above and that is less than twice the
/// greatest; None where one is below 0 or no whole number.
fn whole_numbers(times: &[f64], whole: &mut [f64; AT_ONCE]) -> Option<usize> {
    let (mut bits, mut apart) = (0, 0);
    // No branch, so that several numbers are taken at once.
    for (whole, time) in whole.iter_mut().zip(times) {
        *whole = time + WHOLE;
        bits |= whole.to_bits();
        apart |= (*whole - WHOLE).to_bits() ^ time.to_bits();
    }
    let bound = bits ^ WHOLE.to_bits();
    usize::try_from(bound).ok().filter(|bound| apart == 0 && *bound <= u32::MAX as usize / 2)
}

impl Curve {
    /// The share to whom it has not happened after `time`.
    pub fn survival_at(&self, time: f64) -> f64 {
        let after = self.steps.partition_point(|step| step.time <= time);
        if after == 0 { 1.0 } else { self.steps[after - 1].survival }
    }

    /// The first time at which the share has fallen to `share` or below; `None` where it never does.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        self.steps.iter().find(|step| step.survival <= share + 1e-12).map(|step| step.time)
    }

    /// The first time at which it has happened to half or more; `None` where it never has.
    pub fn median(&self) -> Option<f64> {
        self.quantile(0.5)
    }

    /// Interval of the median: the times at which the ends of the log-log interval pass one half.
    ///
    /// **Source.** Brookmeyer and Crowley (1982).
    pub fn median_interval(&self) -> (Option<f64>, Option<f64>) {
        let passes = |end: fn(&Step) -> f64| self.steps.iter().find(|s| end(s) <= 0.5).map(|s| s.time);
        (passes(|s| s.log_log.0), passes(|s| s.log_log.1))
    }

    /// The mean time until `until`: the area under the curve.
    pub fn restricted_mean(&self, until: f64) -> f64 {
        let (mut area, mut from, mut height) = (0.0, 0.0, 1.0);
        for step in self.steps.iter().take_while(|step| step.time < until) {
            area += height * (step.time - from);
            (from, height) = (step.time, step.survival);
        }
        area + height * (until - from).max(0.0)
    }
}
