//! Every analysis on files, as an analyst runs it: one module for each, one program for all.

mod bench;
mod cohorts;
mod funnel;
mod profile;
mod rfm;
