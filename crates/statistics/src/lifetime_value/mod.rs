//! What customers without a contract will buy, and what it is worth.
//!
//! [`bg_nbd`], [`mbg_nbd`], [`pareto_nbd`] and [`bg_bb`] say how often, [`gamma_gamma`] how much at a time, [`purchases_ahead`] and [`value_ahead`] join them to a
//! forecast with an interval, [`group_ahead`] does so for many customers together, [`holdout`] checks it against what came. Not for subscriptions, where the end of a contract is
//! seen, and not for single campaigns.

mod beta_geometric;
pub mod bg_bb;
pub mod bg_nbd;
pub mod buying;
mod compressed;
pub mod gamma_gamma;
pub mod group_ahead;
pub mod holdout;
pub mod mbg_nbd;
pub mod pareto_nbd;
pub mod purchases_ahead;
pub mod value_ahead;

use std::fmt;

/// Why a model was not fitted.
#[derive(Debug, Clone, PartialEq)]
pub enum FitError {
    /// Too few customers for standard errors that mean anything.
    TooFewCustomers { found: usize, needed: usize },
    /// Too few customers who bought again: they carry the information.
    TooFewRepeaters { found: usize, needed: usize },
    /// The customer at this place of the slice has numbers that cannot be.
    Impossible { index: usize, reason: &'static str },
    /// The customers are too much alike to tell parameters apart.
    NoVariation { distinct: usize },
    /// The likelihood has no maximum inside the parameter space; the last parameters tried are given.
    NotDetermined { parameters: Vec<f64> },
    /// The customers' spending differs so wildly that a mean over them does not exist.
    NoMean { q: f64 },
}

impl fmt::Display for FitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFewCustomers { found, needed } => {
                write!(f, "{found} customers are too few; at least {needed} are needed")
            }
            Self::TooFewRepeaters { found, needed } => {
                write!(f, "{found} customers bought again, which is too few; at least {needed} are needed")
            }
            Self::Impossible { index, reason } => write!(f, "customer number {}: {reason}", index + 1),
            Self::NoVariation { distinct } => {
                write!(f, "the customers are too much alike ({distinct} different histories) to fit a model")
            }
            Self::NotDetermined { parameters } => {
                write!(f, "the data do not determine the model; the search ran off to {parameters:.3?}")
            }
            Self::NoMean { q } => {
                write!(f, "spending differs too wildly between customers for a mean to exist (q = {q:.3})")
            }
        }
    }
}

impl std::error::Error for FitError {}

/// Why nothing can be said about whether one customer is still alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryMissing {
    /// The customer never bought again: the model calls every such customer alive, whatever the silence.
    NoRepeatPurchase,
    /// The customer's first purchase was on the day of observation.
    NoTimePassed,
}

/// What is missing from a customer's history to tell whether the customer is alive, or `None` if nothing is.
///
/// Expected purchases and value may still be shown of a customer without a repeat purchase: they are those of the many
/// customers who bought once, equally long ago.
pub fn history_missing(customer: &bg_nbd::Customer) -> Option<HistoryMissing> {
    if customer.age <= 0.0 {
        Some(HistoryMissing::NoTimePassed)
    } else if customer.n_repeat == 0 {
        Some(HistoryMissing::NoRepeatPurchase)
    } else {
        None
    }
}
