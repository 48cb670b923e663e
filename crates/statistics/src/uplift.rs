//! Whom an action moves: models of the difference that it makes to each person, and how well they rank people by it.
//!
//! For experiments in which chance decided who was treated. It does not repair an experiment in which something else did, and
//! the difference for one person is never seen: only groups can be checked.

mod curves;
mod models;

pub use curves::{Curve, Ranking, qini_curve, rank, uplift_curve};
pub use models::{Method, predict};
