//! `analyze lifetime-value`: how often customers without a contract will buy again, and what that is worth.

mod input;
mod report;

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::{Value, json};
use statistics::lifetime_value::buying::{Buying, Fit};
use statistics::lifetime_value::gamma_gamma;
use statistics::lifetime_value::value_ahead::Question;
use statistics::lifetime_value::{FitError, bg_bb, bg_nbd, mbg_nbd, pareto_nbd};

use crate::{Answer, Problem};
use input::Histories;

/// How often customers without a contract buy again, and what that is worth
///
/// Reads either one row per purchase (--customer, --date, --value) or a summary with one row per customer: repeat purchases,
/// time of the last one and time watched, both since the first purchase (columns frequency, recency, T and monetary_value).
/// Purchases of a customer on one day count once.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze lifetime-value orders.csv --customer customer --date day --value paid --until 2025-06-30
  rondel analyze lifetime-value summary.csv --model pareto-nbd --horizon 39
  rondel analyze lifetime-value donors.csv --age periods --weight weights --model bg-bb --horizon 5")]
pub struct LifetimeValue {
    /// CSV, XLSX, JSON Lines or Parquet
    file: PathBuf,
    /// Column that names the customer
    #[arg(long, value_name = "C")]
    customer: Option<String>,
    /// Column with the day of a purchase; without it the file is taken as a summary
    #[arg(long, value_name = "C", requires = "customer")]
    date: Option<String>,
    /// Column with the amount of a purchase; in a summary, the mean amount of the repeat purchases
    #[arg(long, value_name = "C", visible_alias = "monetary-value")]
    value: Option<String>,
    /// Unit of time (default week); BG/BB counts one opportunity to buy in each
    #[arg(long, value_name = "UNIT")]
    unit: Option<Unit>,
    /// Last day of calibration; what was bought after it checks the model
    #[arg(long, value_name = "DATE", requires = "date")]
    until: Option<String>,
    /// How far ahead, in units of time (default 52 weeks or 365 days; for a summary, as long as the longest was watched)
    #[arg(long, value_name = "N")]
    horizon: Option<f64>,
    /// Model of buying; auto takes the continuous one with the greatest likelihood
    #[arg(long, value_name = "MODEL", default_value = "auto")]
    model: Model,
    /// Yearly discount rate of future money, 0.1 for 10 % (needs --unit for a summary)
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    discount: f64,
    /// Probability that an interval holds
    #[arg(long, value_name = "P", default_value_t = 0.95)]
    level: f64,
    /// Summary: column with the number of repeat purchases
    #[arg(long, value_name = "C", conflicts_with = "date")]
    frequency: Option<String>,
    /// Summary: column with the time from the first to the last purchase
    #[arg(long, value_name = "C", conflicts_with = "date")]
    recency: Option<String>,
    /// Summary: column with the time from the first purchase to the day of observation
    #[arg(long, value_name = "C", conflicts_with = "date")]
    age: Option<String>,
    /// Summary: column with the number of customers in the row
    #[arg(long, value_name = "C", conflicts_with = "date")]
    weight: Option<String>,
    /// Summary: column with the purchases in the horizon, to check the model
    #[arg(long, value_name = "C", conflicts_with = "date")]
    holdout: Option<String>,
    /// One row per customer as CSV or Parquet, by the extension
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Unit {
    Day,
    Week,
}

impl Unit {
    fn days(self) -> i32 {
        match self {
            Unit::Day => 1,
            Unit::Week => 7,
        }
    }
}

/// The model of buying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Model {
    BgNbd,
    MbgNbd,
    ParetoNbd,
    BgBb,
    Auto,
}

impl Model {
    fn name(self) -> &'static str {
        match self {
            Model::BgNbd => "bg-nbd",
            Model::MbgNbd => "mbg-nbd",
            Model::ParetoNbd => "pareto-nbd",
            Model::BgBb => "bg-bb",
            Model::Auto => "auto",
        }
    }
}

/// A fit of any of the models.
enum Fitted {
    BgNbd(Fit<bg_nbd::Parameters>),
    MbgNbd(Fit<mbg_nbd::Parameters>),
    ParetoNbd(Fit<pareto_nbd::Parameters>),
    BgBb(Fit<bg_bb::Parameters>),
}

/// What a report is about, whatever the model.
struct Fits<'a, B> {
    model: Model,
    buying: &'a Fit<B>,
    spending: &'a Result<gamma_gamma::Fit, String>,
    question: Question,
}

impl LifetimeValue {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(refused("level", "must lie between 0 and 1"));
        }
        if !(self.discount > -1.0 && self.discount.is_finite()) {
            return Err(refused("discount", "a rate lies above -1"));
        }
        let histories = match &self.date {
            Some(date) => input::purchases(self, date)?,
            None => input::summary(self)?,
        };
        let (model, fitted, candidates) = self.fit(&histories)?;
        let spending = histories.spending();
        let horizon = self.horizon.unwrap_or(histories.usual_horizon);
        if !(horizon > 0.0 && horizon.is_finite()) {
            return Err(refused("horizon", "must be above 0"));
        }
        let discount_rate = (1.0 + self.discount).powf(histories.unit_days / 365.25) - 1.0;
        let question = Question { horizon, discount_rate, level: self.level };
        let mut answer = Answer::of(histories.customers.len());
        if !candidates.is_empty() {
            answer.tell("candidates", candidates);
        }
        let out = self.out.as_deref();
        match &fitted {
            Fitted::BgNbd(buying) => Fits { model, buying, spending: &spending, question }.answer(&histories, answer, out),
            Fitted::MbgNbd(buying) => Fits { model, buying, spending: &spending, question }.answer(&histories, answer, out),
            Fitted::ParetoNbd(buying) => Fits { model, buying, spending: &spending, question }.answer(&histories, answer, out),
            Fitted::BgBb(buying) => Fits { model, buying, spending: &spending, question }.answer(&histories, answer, out),
        }
    }

    /// Fits the model that was asked for, or all continuous ones to take the likeliest.
    fn fit(&self, histories: &Histories) -> Result<(Model, Fitted, Vec<Value>), Problem> {
        let model = if self.model == Model::Auto && histories.counts_opportunities { Model::BgBb } else { self.model };
        if model != Model::Auto {
            return Ok((model, fit(model, histories).map_err(|why| histories.refusal(&why))?, Vec::new()));
        }
        let mut best: Option<(Model, Fitted, f64)> = None;
        let mut candidates = Vec::new();
        let mut first_problem = None;
        for model in [Model::BgNbd, Model::MbgNbd, Model::ParetoNbd] {
            match fit(model, histories) {
                Ok(fitted) => {
                    let (log_likelihood, prior_used) = fitted.likelihood();
                    candidates.push(json!({
                        "model": model.name(), "log_likelihood": log_likelihood, "aic": 8.0 - 2.0 * log_likelihood,
                        "prior_used": prior_used,
                    }));
                    if best.as_ref().is_none_or(|b| log_likelihood > b.2) {
                        best = Some((model, fitted, log_likelihood));
                    }
                }
                Err(why) => {
                    candidates.push(json!({"model": model.name(), "error": why.to_string()}));
                    first_problem.get_or_insert(why);
                }
            }
        }
        match (best, first_problem) {
            (Some((model, fitted, _)), _) => Ok((model, fitted, candidates)),
            (None, Some(why)) => Err(histories.refusal(&why)),
            (None, None) => Err(Problem::CannotTell("no model was tried".to_owned())),
        }
    }
}

fn fit(model: Model, histories: &Histories) -> Result<Fitted, FitError> {
    let customers = &histories.customers;
    match model {
        Model::MbgNbd => mbg_nbd::fit(customers).map(Fitted::MbgNbd),
        Model::ParetoNbd => pareto_nbd::fit(customers).map(Fitted::ParetoNbd),
        Model::BgBb => bg_bb::fit(customers).map(Fitted::BgBb),
        Model::BgNbd | Model::Auto => bg_nbd::fit(customers).map(Fitted::BgNbd),
    }
}

impl Fitted {
    fn likelihood(&self) -> (f64, bool) {
        match self {
            Fitted::BgNbd(fit) => (fit.log_likelihood, fit.prior_used),
            Fitted::MbgNbd(fit) => (fit.log_likelihood, fit.prior_used),
            Fitted::ParetoNbd(fit) => (fit.log_likelihood, fit.prior_used),
            Fitted::BgBb(fit) => (fit.log_likelihood, fit.prior_used),
        }
    }
}

fn refused(option: &'static str, message: &str) -> Problem {
    Problem::Option { option, message: message.to_owned() }
}

/// The values of the parameters by name.
fn by_name<B: Buying>(parameters: &B) -> Value {
    let pairs = B::NAMES.iter().zip(parameters.to_array());
    Value::Object(pairs.map(|(name, value)| ((*name).to_owned(), json!(value))).collect())
}
