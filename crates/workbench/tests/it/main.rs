//! Every analysis on files, as an analyst runs it: one module for each, one program for all.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attribution;
mod bench;
mod changes;
mod cohorts;
mod dedupe;
mod forecast;
mod funnel;
mod groups;
mod lifetime_value;
mod profile;
mod rfm;
mod score;
mod survival;
mod texts;
mod uplift;
