//! Every analysis on files, as an analyst runs it: one module for each, one program for all.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod attribution;
mod bench;
mod cohorts;
mod dedupe;
mod funnel;
mod groups;
mod profile;
mod rfm;
mod score;
mod texts;
mod uplift;
