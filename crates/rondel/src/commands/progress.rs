//! How far long work has come: a bar on a terminal, nothing in a log, a pipe or beside JSON.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use super::Program;

/// A bar that vanishes when it is dropped.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Counts bytes; `total` 0 is unknown.
    pub(super) fn bytes(program: &Program, label: &'static str, total: u64) -> Self {
        let known = "{msg} {wide_bar} {binary_bytes} of {binary_total_bytes}, {eta} left";
        Self::new(program, label, total, known, "{msg} {spinner} {binary_bytes}")
    }

    /// Names the step that runs.
    pub(super) fn steps(program: &Program, total: u64) -> Self {
        let known = "{msg} {wide_bar} step {pos} of {len}";
        Self::new(program, "", total, known, known)
    }

    pub(super) fn step(&self, number: u64, name: &str, n_rows: usize) {
        self.0.set_position(number);
        let rows = if n_rows == 0 { String::new() } else { format!(" {n_rows}") };
        self.0.set_message(format!("{name}{rows}"));
    }

    fn new(program: &Program, label: &'static str, total: u64, known: &str, unknown: &str) -> Self {
        if program.json || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let (bar, template) = match total {
            0 => (ProgressBar::new_spinner(), unknown),
            total => (ProgressBar::new(total), known),
        };
        let style = ProgressStyle::with_template(template).expect("the templates above are well-formed");
        Self(bar.with_style(style).with_message(label))
    }

    pub(super) fn advance(&self, by: u64) {
        self.0.inc(by);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
