//! The result of the lifetime-value analysis as pages and reports show it.

use super::{Abstained, HORIZON_WEEKS, Holdout, LEVEL, LifetimeValue};
use crate::analyze::facts::Facts;
use crate::analyze::{Day, rows};
use records::filter::Filter;
use serde::{Deserialize, Serialize};
use statistics::lifetime_value::group_ahead::GroupAhead;

/// What was found about all customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub last_day: Day,
    pub currency: String,
    pub horizon_weeks: f64,
    /// Level of every interval here.
    pub level: f64,
    pub firm: Firm,
    /// Why there is no model of purchases, or none of values.
    pub buying_abstained: Option<String>,
    pub spending_abstained: Option<String>,
    pub buying: Option<Model>,
    pub spending: Option<Model>,
    /// What a reader should know before trusting the numbers.
    pub warnings: Vec<String>,
    pub everybody: Option<Group>,
    pub bought_once: Option<Group>,
    /// Customers about whom something is told, by probability of being alive.
    pub bands: Vec<Band>,
    pub abstained: Vec<AbstainedGroup>,
    pub holdout: Option<HoldoutReport>,
    pub holdout_abstained: Option<String>,
}

/// What the models were fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Firm {
    pub n_customers: u64,
    pub n_repeaters: u64,
    /// Customers with a probability, and with a value.
    pub n_told: u64,
    pub n_valued: u64,
}

/// A fitted model: its parameters by name, with standard errors where the data determine them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub name: String,
    pub parameters: Vec<Parameter>,
    pub log_likelihood: f64,
    pub n_used: u64,
    pub prior_used: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    pub name: String,
    pub value: f64,
    pub standard_error: Option<f64>,
}

/// Customers forecast together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub n_customers: u64,
    pub expected_buyers: f64,
    pub expected_orders: f64,
    pub value_minor: i64,
    /// None where the variance does not exist.
    pub low_minor: Option<i64>,
    pub high_minor: Option<i64>,
}

/// Customers with a probability of being alive from `from` to `to`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Band {
    pub from: f64,
    pub to: f64,
    pub n_customers: u64,
    pub expected_orders: f64,
    pub value_minor: i64,
    pub rows: Filter,
}

/// Customers about whom nothing is told, for one reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AbstainedGroup {
    pub why: Abstained,
    pub n_customers: u64,
    pub rows: Filter,
}

/// Expected against what came, in a time that the model did not see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HoldoutReport {
    pub fitted_until: Day,
    pub weeks: f64,
    pub n_customers: u64,
    pub expected_orders: f64,
    pub actual_orders: u64,
    pub expected_buyers: f64,
    pub actual_buyers: u64,
    pub mean_absolute_error: f64,
    pub correlation: Option<f64>,
    pub share_in_80_percent_interval: f64,
    pub groups: Vec<HoldoutGroup>,
}

/// Customers with one number of repeat purchases until the fit; the last group gathers the more frequent ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HoldoutGroup {
    pub n_repeat: u32,
    pub n_customers: u64,
    pub expected_mean: f64,
    pub actual_mean: f64,
}

/// Bands of the probability of being alive.
const BAND_ENDS: [f64; 6] = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
/// A holdout is said to be missed when expected and actual orders differ by more than this share.
const HOLDOUT_TOLERANCE: f64 = 0.25;

impl LifetimeValue {
    pub fn report(&self, facts: &Facts) -> Report {
        let told = self.forecasts.iter().filter(|forecast| forecast.probability_alive.is_some()).count();
        let valued = self.forecasts.iter().filter(|forecast| forecast.value.is_some()).count();
        let repeaters = self.histories.iter().flatten().filter(|customer| customer.n_repeat > 0).count();
        Report {
            last_day: self.last_day,
            currency: facts.currency.code().to_string(),
            horizon_weeks: HORIZON_WEEKS,
            level: LEVEL,
            firm: Firm {
                n_customers: self.customers.len() as u64,
                n_repeaters: repeaters as u64,
                n_told: told as u64,
                n_valued: valued as u64,
            },
            buying_abstained: self.buying.as_ref().err().map(ToString::to_string),
            spending_abstained: self.spending.as_ref().err().map(ToString::to_string),
            buying: self.buying_model(),
            spending: self.spending_model(),
            warnings: self.warnings(),
            everybody: self.everybody.as_ref().map(|group| self.group_report(group)),
            bought_once: self.bought_once.as_ref().map(|group| self.group_report(group)),
            bands: self.bands(),
            abstained: self.abstained(),
            holdout: self.holdout.as_ref().ok().map(holdout_report),
            holdout_abstained: self.holdout.as_ref().err().cloned(),
        }
    }

    fn buying_model(&self) -> Option<Model> {
        let fit = self.buying.as_ref().ok()?;
        let (p, se) = (fit.parameters, fit.standard_errors);
        Some(Model {
            name: "BG/NBD, weeks".to_string(),
            parameters: vec![
                parameter("r", p.r, se.map(|se| se.r)),
                parameter("alpha", p.alpha, se.map(|se| se.alpha)),
                parameter("a", p.a, se.map(|se| se.a)),
                parameter("b", p.b, se.map(|se| se.b)),
            ],
            log_likelihood: fit.log_likelihood,
            n_used: fit.n_customers as u64,
            prior_used: fit.prior_used,
        })
    }

    fn spending_model(&self) -> Option<Model> {
        let fit = self.spending.as_ref().ok()?;
        let (p, se) = (fit.parameters, fit.standard_errors);
        Some(Model {
            name: "Gamma-Gamma".to_string(),
            parameters: vec![
                parameter("p", p.p, se.map(|se| se.p)),
                parameter("q", p.q, se.map(|se| se.q)),
                parameter("v", p.v, se.map(|se| se.v)),
            ],
            log_likelihood: fit.log_likelihood,
            n_used: fit.n_repeaters as u64,
            prior_used: fit.prior_used,
        })
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Ok(fit) = &self.buying
            && fit.nobody_seen_leaving()
        {
            warnings.push("Nobody was seen to leave, so no probability of being alive is told.".to_string());
        }
        if let Ok(fit) = &self.spending
            && fit.frequency_and_value_correlate()
        {
            warnings.push(format!(
                "How often and how much customers buy are related (correlation {:.2}); the model of values takes them as \
                 unrelated, so values of frequent buyers may be off.",
                fit.correlation
            ));
        }
        if let Ok(holdout) = &self.holdout {
            let (expected, actual) = (holdout.check.expected_total, holdout.check.actual_total as f64);
            if (expected - actual).abs() > HOLDOUT_TOLERANCE * actual.max(1.0) {
                warnings.push(format!(
                    "In the {:.0} weeks held out {actual:.0} orders came where {expected:.0} were expected: season or \
                     growth moves this firm more than the model knows.",
                    holdout.weeks
                ));
            }
        }
        warnings
    }

    fn group_report(&self, group: &GroupAhead) -> Group {
        Group {
            n_customers: group.n_members as u64,
            expected_buyers: group.expected_buyers,
            expected_orders: group.expected_purchases,
            value_minor: self.minor(group.expected),
            low_minor: group.interval.map(|interval| self.minor(interval.low)),
            high_minor: group.interval.map(|interval| self.minor(interval.high)),
        }
    }

    fn bands(&self) -> Vec<Band> {
        let mut bands: Vec<Band> = BAND_ENDS
            .windows(2)
            .map(|ends| Band {
                from: ends[0],
                to: ends[1],
                n_customers: 0,
                expected_orders: 0.0,
                value_minor: 0,
                rows: rows::of_alive(ends[0], ends[1]),
            })
            .collect();
        for forecast in &self.forecasts {
            let Some(alive) = forecast.probability_alive else { continue };
            let Some(band) = bands.iter_mut().rev().find(|band| band.from <= alive) else { continue };
            band.n_customers += 1;
            band.expected_orders += forecast.expected_orders.unwrap_or_default();
            let value = forecast.value.map_or(0, |value| value.expected_minor);
            band.value_minor = band.value_minor.saturating_add(value);
        }
        bands
    }

    fn abstained(&self) -> Vec<AbstainedGroup> {
        let count = |why| self.forecasts.iter().filter(|forecast| forecast.abstained == Some(why)).count();
        let groups = Abstained::ALL.into_iter().map(|why| AbstainedGroup {
            why,
            n_customers: count(why) as u64,
            rows: rows::of_abstained(why.code()),
        });
        groups.filter(|group| group.n_customers > 0).collect()
    }
}

fn parameter(name: &str, value: f64, standard_error: Option<f64>) -> Parameter {
    Parameter { name: name.to_string(), value, standard_error }
}

fn holdout_report(holdout: &Holdout) -> HoldoutReport {
    let check = &holdout.check;
    let group = |group: &statistics::lifetime_value::holdout::Group| HoldoutGroup {
        n_repeat: group.n_repeat,
        n_customers: group.n_customers as u64,
        expected_mean: group.expected_mean,
        actual_mean: group.actual_mean,
    };
    HoldoutReport {
        fitted_until: holdout.fitted_until,
        weeks: holdout.weeks,
        n_customers: holdout.n_customers as u64,
        expected_orders: check.expected_total,
        actual_orders: check.actual_total,
        expected_buyers: check.expected_buyers,
        actual_buyers: check.n_buyers as u64,
        mean_absolute_error: check.mean_absolute_error,
        correlation: check.correlation,
        share_in_80_percent_interval: check.share_in_80_percent_interval,
        groups: check.groups.iter().map(group).collect(),
    }
}
