//! The only integration binary: every file lists its tests, and each runs on SQLite and on PostgreSQL.
//!
//! It has its own `main` because Rust's built-in harness cannot report a test as skipped once it runs; this one can, so a
//! missing PostgreSQL is seen in the totals as `ignored` and never as `passed`. It takes the same arguments otherwise.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod act;
mod api;
mod bad_input;
mod campaigns;
mod commands;
mod contracts;
mod crash;
mod cross_sell;
mod effects;
mod filters;
mod insights;
mod kept;
mod likeness;
mod pages;
mod portable_sql;
mod private_server;
mod process;
mod scores;
mod store;
mod story;
mod support;
mod turn;
mod year;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    if let Some(code) = private_server::hold_a_server_if_asked() {
        return code;
    }
    let arguments = Arguments::from_args();
    let tests = [
        act::tests(),
        api::tests(),
        bad_input::tests(),
        campaigns::tests(),
        commands::tests(),
        contracts::tests(),
        crash::tests(),
        effects::tests(),
        filters::tests(),
        cross_sell::tests(),
        insights::tests(),
        kept::tests(),
        likeness::tests(),
        pages::tests(),
        portable_sql::tests(),
        private_server::tests(),
        process::tests(),
        scores::tests(),
        store::tests(),
        story::tests(),
        year::tests(),
        turn::tests(),
    ];
    libtest_mimic::run(&arguments, tests.into_iter().flatten().collect()).exit_code()
}
