//! How long until something happens, when for many it has not happened yet.
//!
//! For contracts, tickets, deals and anything else whose end is seen: [`kaplan_meier`] draws the curve, [`log_rank`] compares
//! groups, [`cox`] says what goes with an earlier end, [`concordance`] how well a score orders the ends. Censoring must not
//! depend on what would have happened. Not for customers who leave without saying so: see [`crate::lifetime_value`].

pub mod concordance;
pub mod cox;
pub mod kaplan_meier;
pub mod log_rank;

use std::fmt;

/// Why nothing was computed.
#[derive(Debug, Clone, PartialEq)]
pub enum SurvivalError {
    /// There is no row.
    Empty,
    /// The slices do not have the same length.
    Lengths,
    /// The row at this place has a duration that is negative or not finite, or a covariate that is not finite.
    Impossible { index: usize },
    /// Nothing happened to anybody, so that there is no curve to fit.
    NoEvents,
    /// The search found no maximum.
    NotConverged,
}

impl fmt::Display for SurvivalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "there are no rows"),
            Self::Lengths => write!(f, "durations, events and covariates must have the same number of rows"),
            Self::Impossible { index } => write!(
                f,
                "row {}: durations must be finite and not negative, covariates finite numbers",
                index + 1
            ),
            Self::NoEvents => write!(f, "the event never happened, so that there is nothing to compare"),
            Self::NotConverged => write!(f, "the search for the coefficients found no maximum"),
        }
    }
}

impl std::error::Error for SurvivalError {}

/// Checks what every method here asks of its input.
fn check(durations: &[f64], events: &[bool]) -> Result<(), SurvivalError> {
    if durations.len() != events.len() {
        return Err(SurvivalError::Lengths);
    }
    if durations.is_empty() {
        return Err(SurvivalError::Empty);
    }
    match durations.iter().position(|t| !t.is_finite() || *t < 0.0) {
        Some(index) => Err(SurvivalError::Impossible { index }),
        None => Ok(()),
    }
}
