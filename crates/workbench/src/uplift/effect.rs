//! One outcome of one arm beside the control arm.

use serde_json::{Value, json};
use statistics::confidence_sequence::reach;
use statistics::cuped;
use statistics::distributions::normal_quantile;
use statistics::intervals::newcombe_difference;
use statistics::moments::Moments;
use statistics::power::{self, Design};
use statistics::significance::{Test, share_z, welch};
use tables::columns::{Columns, NO_CODE};

use super::Arms;
use crate::Problem;
use crate::left_out::LeftOut;

/// What came of it, for each row; NaN where it is not known.
pub struct Outcome {
    pub name: String,
    pub values: Vec<f64>,
    pub is_share: bool,
}

/// A covariate from before the action; NaN where it is not known.
pub struct Before {
    pub name: String,
    pub values: Vec<f64>,
}

impl Outcome {
    /// Reads an outcome: numbers, or two words of which one means yes.
    pub fn read(table: &Columns, name: &str, left_out: &mut LeftOut) -> Result<Outcome, Problem> {
        let numbers = table.numbers(name)?;
        let n_known = numbers.values.iter().filter(|v| v.is_finite()).count();
        let name = name.to_owned();
        if n_known == 0 && numbers.unreadable.n > 0 {
            return Ok(Outcome { values: yes_or_no(table, &name)?, name, is_share: true });
        }
        if n_known == 0 {
            return Err(Problem::CannotTell(format!("the outcome “{name}” has no value at all")));
        }
        left_out.cells(&name, &numbers.unreadable, "is not a number");
        let is_share = numbers.values.iter().all(|v| !v.is_finite() || *v == 0.0 || *v == 1.0);
        Ok(Outcome { name, values: numbers.values, is_share })
    }
}

fn yes_or_no(table: &Columns, name: &str) -> Result<Vec<f64>, Problem> {
    const YES: [&str; 10] = ["yes", "y", "true", "t", "ja", "oui", "si", "sí", "converted", "won"];
    const NO: [&str; 9] = ["no", "n", "false", "f", "nein", "non", "not", "not converted", "lost"];
    let codes = table.codes(name)?;
    let mut worth = Vec::new();
    for word in codes.names.iter() {
        let lower = word.trim().to_lowercase();
        worth.push(match () {
            () if YES.contains(&lower.as_str()) => 1.0,
            () if NO.contains(&lower.as_str()) => 0.0,
            () => {
                let message = format!("“{word}” in “{name}” is neither a number nor yes or no");
                return Err(Problem::Option { option: "outcome", message });
            }
        });
    }
    Ok(codes.values.iter().map(|c| if *c == NO_CODE { f64::NAN } else { worth[*c as usize] }).collect())
}

/// The covariates that are numbers.
pub fn numeric_covariates(table: &Columns, names: &[String]) -> Result<Vec<Before>, Problem> {
    let mut found = Vec::new();
    for name in names {
        let numbers = table.numbers(name)?;
        let n_known = numbers.values.iter().filter(|v| v.is_finite()).count();
        if n_known > numbers.unreadable.n {
            found.push(Before { name: name.clone(), values: numbers.values });
        }
    }
    Ok(found)
}

/// The comparison of one arm with the control.
pub struct Effect {
    pub control_name: String,
    arm: String,
    outcome: String,
    is_share: bool,
    n_treated: u64,
    n_control: u64,
    treated: f64,
    control: f64,
    estimate: f64,
    error: Option<f64>,
    statistic: Option<f64>,
    degrees: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    pub p: Option<f64>,
    always: Option<(f64, f64)>,
    power: Option<f64>,
    detectable: Option<f64>,
    cuped: Option<Sharpened>,
}

/// The same difference with what could be foreseen taken out.
struct Sharpened {
    covariate: String,
    slope: f64,
    correlation: f64,
    test: Test,
    low: f64,
    high: f64,
}

impl Effect {
    pub fn of(arms: &Arms, arm: usize, outcome: &Outcome, before: &[Before], level: f64) -> Effect {
        let values = |wanted: usize| {
            let rows = arms.of_row.iter().zip(&outcome.values).filter(move |(a, v)| **a == Some(wanted) && v.is_finite());
            rows.map(|(_, v)| *v).collect::<Vec<f64>>()
        };
        let (treated, control) = (Moments::of(&values(arm)), Moments::of(&values(0)));
        let (test, interval) = compare(outcome.is_share, &treated, &control, level);
        let n = treated.n() + control.n();
        let always = test.zip(reach(n, n, level)).map(|(t, r)| (t.estimate - r * t.error, t.estimate + r * t.error));
        let known = |x: f64, n: u64| if n > 0 { x } else { f64::NAN };
        let mut effect = Effect {
            control_name: arms.names[0].clone(),
            arm: arms.names[arm].clone(),
            outcome: outcome.name.clone(),
            is_share: outcome.is_share,
            n_treated: treated.n(),
            n_control: control.n(),
            treated: known(treated.mean(), treated.n()),
            control: known(control.mean(), control.n()),
            estimate: known(treated.mean() - control.mean(), treated.n().min(control.n())),
            error: test.map(|t| t.error),
            statistic: test.map(|t| t.statistic),
            degrees: test.and_then(|t| t.degrees),
            low: interval.map(|i| i.0),
            high: interval.map(|i| i.1),
            p: test.map(|t| t.p_value),
            always,
            power: None,
            detectable: None,
            cuped: sharpened(arms, arm, outcome, before, level),
        };
        effect.plan(&treated, &control, level);
        effect
    }

    /// What so many people could see.
    fn plan(&mut self, treated: &Moments, control: &Moments, level: f64) {
        let n = treated.n() + control.n();
        if treated.n() == 0 || control.n() == 0 {
            return;
        }
        let design = Design {
            share_treated: treated.n() as f64 / n as f64,
            critical: normal_quantile(0.5 + 0.5 * level),
            ..Design::plain(0.5)
        };
        if self.is_share {
            self.power = power::shares_power(self.control, self.treated, n, &design);
            self.detectable = power::shares_detectable(self.control, n, &design);
        } else if let (Some(a), Some(b)) = (treated.variance(), control.variance()) {
            let (n_a, n_b) = (treated.n() as f64, control.n() as f64);
            let deviation = (((n_a - 1.0) * a + (n_b - 1.0) * b) / (n_a + n_b - 2.0).max(1.0)).sqrt();
            self.power = power::means_power(self.estimate, n, deviation, &design);
            self.detectable = power::means_detectable(n, deviation, &design);
        }
    }

    pub fn json(&self, p_adjusted: Option<f64>) -> Value {
        let relative = (self.control != 0.0).then(|| self.estimate / self.control);
        let cuped = self.cuped.as_ref().map(|c| {
            json!({ "covariate": c.covariate, "slope": c.slope, "theta": c.slope, "correlation": c.correlation,
                "variance_reduction": c.correlation * c.correlation, "estimate": c.test.estimate,
                "standard_error": c.test.error, "low": c.low, "high": c.high, "statistic": c.test.statistic, "p": c.test.p_value })
        });
        json!({ "arm": self.arm, "outcome": self.outcome, "kind": if self.is_share { "share" } else { "mean" },
            "n_treated": self.n_treated, "n_control": self.n_control, "treated": self.treated, "control": self.control,
            "estimate": self.estimate, "relative": relative, "standard_error": self.error, "low": self.low, "high": self.high,
            "statistic": self.statistic, "degrees": self.degrees, "p": self.p, "p_value": self.p, "p_adjusted": p_adjusted,
            "method": if self.is_share { "newcombe" } else { "welch" },
            "always_low": self.always.map(|a| a.0), "always_high": self.always.map(|a| a.1),
            "power": self.power, "detectable_effect": self.detectable, "cuped": cuped })
    }

    pub fn cells(&self, p_adjusted: Option<f64>) -> Vec<String> {
        let number = |x: Option<f64>| x.filter(|x| x.is_finite()).map_or("–".to_owned(), |x| self.shown(x));
        let p = |p: Option<f64>| p.map_or("–".to_owned(), |p| if p < 1e-4 { format!("{p:.1e}") } else { format!("{p:.4}") });
        vec![
            self.outcome.clone(),
            self.arm.clone(),
            number(Some(self.control)),
            number(Some(self.treated)),
            number(Some(self.estimate)),
            number(self.low),
            number(self.high),
            p(self.p),
            p(p_adjusted),
            number(self.always.map(|a| a.0)),
            number(self.always.map(|a| a.1)),
        ]
    }

    /// Shares in percent, means as they are.
    fn shown(&self, x: f64) -> String {
        if self.is_share { format!("{:.3} %", 100.0 * x) } else { format!("{x:.4}") }
    }

    pub fn words(&self) -> Vec<String> {
        let name = format!("{} of {}", self.outcome, self.arm);
        let mut lines = Vec::new();
        if self.p.is_none() {
            lines.push(format!("{name}: can't tell, {} and {} people are too few or all alike", self.n_treated, self.n_control));
        }
        if let Some(c) = &self.cuped {
            lines.push(format!(
                "{name}, with “{}” from before (CUPED): {} ({} to {}), {:.0} % of the variance taken out",
                c.covariate,
                self.shown(c.test.estimate),
                self.shown(c.low),
                self.shown(c.high),
                100.0 * c.correlation * c.correlation
            ));
        }
        if let (Some(power), Some(least)) = (self.power, self.detectable) {
            lines.push(format!(
                "{name}: {} people see a difference of {} four times in five; this one with a chance of {power:.2}",
                self.n_treated + self.n_control,
                self.shown(least)
            ));
        }
        lines
    }
}

fn compare(is_share: bool, treated: &Moments, control: &Moments, level: f64) -> (Option<Test>, Option<(f64, f64)>) {
    if !is_share {
        let test = welch(treated, control);
        return (test, test.and_then(|t| t.interval(level)).map(|i| (i.low, i.high)));
    }
    let arm = |m: &Moments| (m.n_not_zero(), m.n());
    let interval = newcombe_difference(arm(treated), arm(control), level).map(|i| (i.low, i.high));
    (share_z(arm(treated), arm(control)), interval)
}

/// The difference adjusted by the covariate that foresees most, where one foresees enough.
fn sharpened(arms: &Arms, arm: usize, outcome: &Outcome, before: &[Before], level: f64) -> Option<Sharpened> {
    let pairs = |wanted: usize, before: &Before| -> (Vec<f64>, Vec<f64>) {
        let mut found = (Vec::new(), Vec::new());
        for (row, of_row) in arms.of_row.iter().enumerate() {
            let (y, x) = (outcome.values[row], before.values[row]);
            if *of_row == Some(wanted) && y.is_finite() && x.is_finite() {
                found.0.push(y);
                found.1.push(x);
            }
        }
        found
    };
    let one = |before: &Before| {
        let (a, b) = (pairs(arm, before), pairs(0, before));
        // A person without the covariate is left out of the adjustment: not where that is more than a twentieth.
        let n_known = a.0.len() + b.0.len();
        let n_all = outcome.values.iter().zip(&arms.of_row).filter(|(v, r)| v.is_finite() && (**r == Some(arm) || **r == Some(0))).count();
        if 20 * n_known < 19 * n_all {
            return None;
        }
        let adjusted = cuped::difference(
            cuped::Arm { outcome: &a.0, before: &a.1 },
            cuped::Arm { outcome: &b.0, before: &b.1 },
        )?;
        let test = welch(&adjusted.treated, &adjusted.held_out)?;
        let interval = test.interval(level)?;
        Some(Sharpened {
            covariate: before.name.clone(),
            slope: adjusted.slope,
            correlation: adjusted.correlation,
            test,
            low: interval.low,
            high: interval.high,
        })
    };
    let found = before.iter().filter_map(one).filter(|s| s.correlation.abs() >= cuped::LEAST_CORRELATION);
    found.max_by(|a, b| a.correlation.abs().total_cmp(&b.correlation.abs()))
}
