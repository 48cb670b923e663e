//! What every business program needs and what is not CRM: the store with its two engines, jobs, sign-in, clock, ids.
//!
//! This crate knows no noun of the CRM. It is the only one that knows the database drivers.

pub mod auth;
pub mod clock;
pub mod error;
pub mod events;
pub mod ids;
pub mod jobs;
pub mod limits;
pub mod quiet;
pub mod random;
pub mod settings;
pub mod store;

pub use clock::{Clock, Micros};
pub use error::{Error, Problem, Result};
pub use events::By;
pub use store::{Param, Row, Snapshot, Store, Tx};
