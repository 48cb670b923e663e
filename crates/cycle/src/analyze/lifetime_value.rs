//! Lifetime value: is the customer alive, how many orders and how much money are to be expected in the next 52 weeks.
//!
//! BG/NBD on purchase days in weeks, Gamma-Gamma on their values in the currency's unit, an 80 % interval for each customer.
//! A customer without a repeat purchase gets no number but a reason: the model cannot tell such a customer from those who
//! have left. As a group they are forecast all the same, with an interval. Revenue, not profit; nothing is discounted.

mod history;
mod holdout;
mod report;

pub use history::{History, history};
pub use holdout::Holdout;
pub use report::{AbstainedGroup, Band, Firm, Group, HoldoutGroup, HoldoutReport, Model, Report};

use super::Day;
use super::facts::Facts;
use serde::{Deserialize, Serialize};
use statistics::lifetime_value::bg_nbd::{self, Customer};
use statistics::lifetime_value::gamma_gamma::{self, Spender};
use statistics::lifetime_value::group_ahead::{GroupAhead, group_ahead};
use statistics::lifetime_value::value_ahead::{Question, value_ahead};
use statistics::lifetime_value::{FitError, HistoryMissing, history_missing};

/// How far ahead: a year.
pub const HORIZON_WEEKS: f64 = 52.0;
/// Probability that a customer's interval holds.
pub const LEVEL: f64 = 0.8;
pub const QUESTION: Question = Question { horizon: HORIZON_WEEKS, discount_rate: 0.0, level: LEVEL };

/// Why nothing is told about a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Abstained {
    /// One purchase day: nothing tells the customer from one who has left.
    BoughtOnce,
    /// The first purchase was on the last day of the analysis.
    NoTimePassed,
    /// Everything bought was given back.
    AllReturned,
    /// The firm's history does not determine the model of purchases.
    NoModel,
    /// The firm's history does not determine the model of values: orders are told, money is not.
    NoValueModel,
    /// Nobody was ever seen leaving: orders and money are told, the probability is not.
    NobodyLeaves,
}

impl Abstained {
    pub const ALL: [Self; 6] = [
        Self::BoughtOnce,
        Self::NoTimePassed,
        Self::AllReturned,
        Self::NoModel,
        Self::NoValueModel,
        Self::NobodyLeaves,
    ];

    /// The name in the store and in filters.
    pub fn code(self) -> &'static str {
        match self {
            Self::BoughtOnce => "bought_once",
            Self::NoTimePassed => "no_time_passed",
            Self::AllReturned => "all_returned",
            Self::NoModel => "no_model",
            Self::NoValueModel => "no_value_model",
            Self::NobodyLeaves => "nobody_leaves",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|abstained| abstained.code() == code)
    }

    /// A sentence for whoever looks at the customer.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::BoughtOnce => {
                "Can't tell: bought on one day only, and nothing distinguishes such a customer from one who has left."
            }
            Self::NoTimePassed => "Can't tell: the first purchase was on the last day of the analysis.",
            Self::AllReturned => "Can't tell: everything that was bought was given back.",
            Self::NoModel => {
                "Can't tell: the firm's history is too short or too uniform for a forecast; see the analysis for what is missing."
            }
            Self::NoValueModel => {
                "Orders can be told, money can't: order values are too few or too uneven for a forecast; see the analysis."
            }
            Self::NobodyLeaves => {
                "Can't tell whether the customer is alive: in this history nobody has been seen to leave."
            }
        }
    }
}

/// What is told about one customer.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Forecast {
    pub probability_alive: Option<f64>,
    pub expected_orders: Option<f64>,
    pub value: Option<Value>,
    pub abstained: Option<Abstained>,
}

/// Money to be expected, with its interval at [`LEVEL`]; minor units.
///
/// The expectation is a mean: where buying nothing is nearly certain it lies above an interval from 0 to 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value {
    pub expected_minor: i64,
    pub low_minor: i64,
    pub high_minor: i64,
}

/// The models and every customer's forecast; `customers`, `histories` and `forecasts` belong together place by place.
#[derive(Debug)]
pub struct LifetimeValue {
    pub last_day: Day,
    /// Customer numbers of the facts who bought until the day, ascending.
    pub customers: Vec<u32>,
    /// Times in weeks; None where everything was given back.
    pub histories: Vec<Option<Customer>>,
    /// Values in the currency's unit.
    pub spenders: Vec<Spender>,
    pub buying: Result<bg_nbd::Fit, FitError>,
    pub spending: Result<gamma_gamma::Fit, FitError>,
    pub forecasts: Vec<Forecast>,
    /// All customers together, and those who bought once.
    pub everybody: Option<GroupAhead>,
    pub bought_once: Option<GroupAhead>,
    pub holdout: Result<Holdout, String>,
    /// Minor units in one unit of the currency.
    minor_units: f64,
}

/// What the model of purchases takes of one customer, as known at the end of a day.
pub fn history_until(orders: super::facts::Orders<'_>, last_day: Day) -> Option<Customer> {
    history(orders, last_day)?.customer
}

/// Fits both models to all purchases until the end of `last_day` and forecasts every customer.
pub fn analyze(facts: &Facts, last_day: Day) -> LifetimeValue {
    let minor_units = 10f64.powi(facts.currency.digits() as i32);
    let (mut customers, mut histories, mut spenders) = (Vec::new(), Vec::new(), Vec::new());
    for customer in 0..facts.n_customers() {
        if let Some(history) = history(facts.orders(customer), last_day) {
            customers.push(customer);
            histories.push(history.customer);
            spenders.push(Spender {
                n_repeat: history.customer.map_or(0, |customer| customer.n_repeat),
                mean_value: history.mean_of_repeats / minor_units,
            });
        }
    }
    let known: Vec<Customer> = histories.iter().copied().flatten().collect();
    let (buying, spending) = std::thread::scope(|scope| {
        let spending = scope.spawn(|| gamma_gamma::fit(&spenders));
        (bg_nbd::fit(&known), joined(spending.join()))
    });
    drop(known);
    let mut found = LifetimeValue {
        last_day,
        customers,
        histories,
        spenders,
        buying,
        spending,
        forecasts: Vec::new(),
        everybody: None,
        bought_once: None,
        holdout: Err("the check has not run".to_string()),
        minor_units,
    };
    let (holdout, everybody, bought_once) = std::thread::scope(|scope| {
        let holdout = scope.spawn(|| holdout::check(facts, last_day));
        let everybody = found.together(|_| true);
        let bought_once = found.together(|customer| customer.n_repeat == 0);
        (joined(holdout.join()), everybody, bought_once)
    });
    (found.holdout, found.everybody, found.bought_once) = (holdout, everybody, bought_once);
    found.forecasts = found.forecast_all();
    found
}

/// What a thread found; one that panicked panics here, so that the store reports it.
fn joined<T>(result: std::thread::Result<T>) -> T {
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

impl LifetimeValue {
    pub fn place(&self, customer: u32) -> Option<usize> {
        self.customers.binary_search(&customer).ok()
    }

    /// The forecast for the customers at these places together; None where a model is missing.
    pub fn group(&self, places: &[usize]) -> Option<GroupAhead> {
        let members = places.iter().filter_map(|&at| Some((self.histories[at]?, self.spenders[at])));
        let (customers, spenders): (Vec<Customer>, Vec<Spender>) = members.unzip();
        let (buying, spending) = (self.buying.as_ref().ok()?, self.spending.as_ref().ok()?);
        group_ahead(buying, spending, &customers, &spenders, &QUESTION)
    }

    /// An amount in the currency's unit in minor units.
    pub fn minor(&self, units: f64) -> i64 {
        (units * self.minor_units).round() as i64
    }

    fn together(&self, belongs: impl Fn(&Customer) -> bool) -> Option<GroupAhead> {
        let places: Vec<usize> = (0..self.customers.len())
            .filter(|&at| self.histories[at].is_some_and(|customer| belongs(&customer)))
            .collect();
        if places.is_empty() { None } else { self.group(&places) }
    }

    /// Every customer's forecast, on all processors.
    fn forecast_all(&self) -> Vec<Forecast> {
        let n = self.customers.len();
        let mut forecasts = vec![Forecast::default(); n];
        let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
        let at_once = n.div_ceil(n_threads).max(1_000);
        std::thread::scope(|scope| {
            for (part, forecasts) in forecasts.chunks_mut(at_once).enumerate() {
                scope.spawn(move || {
                    for (at, forecast) in forecasts.iter_mut().enumerate() {
                        *forecast = self.forecast(part * at_once + at);
                    }
                });
            }
        });
        forecasts
    }

    fn forecast(&self, at: usize) -> Forecast {
        let nothing = |why| Forecast { abstained: Some(why), ..Forecast::default() };
        let Some(customer) = self.histories[at] else { return nothing(Abstained::AllReturned) };
        let Ok(buying) = &self.buying else { return nothing(Abstained::NoModel) };
        match history_missing(&customer) {
            Some(HistoryMissing::NoTimePassed) => return nothing(Abstained::NoTimePassed),
            Some(HistoryMissing::NoRepeatPurchase) => return nothing(Abstained::BoughtOnce),
            None => {}
        }
        let parameters = &buying.parameters;
        let mut forecast = Forecast {
            probability_alive: Some(parameters.probability_alive(&customer)),
            expected_orders: Some(parameters.expected_purchases(&customer, HORIZON_WEEKS)),
            value: None,
            abstained: None,
        };
        if buying.nobody_seen_leaving() {
            forecast.probability_alive = None;
            forecast.abstained = Some(Abstained::NobodyLeaves);
        }
        let spending = self.spending.as_ref().ok().map(|fit| &fit.parameters);
        let ahead =
            spending.and_then(|s| value_ahead(parameters, s, &customer, &self.spenders[at], &QUESTION));
        match ahead {
            None => forecast.abstained = forecast.abstained.or(Some(Abstained::NoValueModel)),
            Some(ahead) => {
                forecast.value = Some(Value {
                    expected_minor: self.minor(ahead.expected),
                    low_minor: self.minor(ahead.low),
                    high_minor: self.minor(ahead.high),
                });
            }
        }
        forecast
    }
}
