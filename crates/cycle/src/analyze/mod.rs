//! Analyze: facts become numbers. Facts as columns, RFM, cohorts, lifetime value, contracts, forecasts and changes of metrics.
//!
//! The mathematics is in `statistics`; here stand what it is fed with, what is left out and said to be left out, and what
//! is kept of the answer. Nothing here says what a number means: that is Interpret.

pub mod churn;
pub mod cohorts;
pub mod contracts;
pub mod dataset;

pub mod facts;
pub mod forecasts;
pub mod leads;
pub mod lifetime_value;
pub mod models;
pub mod moves;
pub mod next_product;
pub mod order_counts;
pub mod results;
pub mod rfm;
pub mod rows;
pub mod scores;
pub mod texts;

pub use crate::calendar::Day;
pub use facts::{Facts, FactsCache};
pub use order_counts::OrderCounts;
pub use results::{latest_cohorts, latest_contracts, latest_lifetime_value, latest_rfm};
pub use scores::{LeadScore, Scores, scores_of};
