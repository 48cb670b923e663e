//! What a number that is counted every month, week or day will be next.
//!
//! Seasonal naive, exponential smoothing ([`smoothing`]), Theta ([`theta`]) and their combination; which of them, is settled
//! by their errors at origins in the past ([`choose`]). Each series stands alone. Not for series that a cause drives which is
//! known beforehand, such as a price or a campaign.

pub mod choose;
pub mod errors;
pub mod season;
pub mod smoothing;
pub mod theta;

pub use choose::{Forecast, Method, Options, Refusal, forecast};
