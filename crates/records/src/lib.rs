//! records

pub mod values;
