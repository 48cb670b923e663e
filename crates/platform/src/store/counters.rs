//! What the store has done since it was opened, for those who watch over the program.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    pub n_reads: u64,
    /// Changes that became durable.
    pub n_changes: u64,
    /// Changes that a verb refused or that were taken back.
    pub n_refused: u64,
}

#[derive(Default)]
pub(super) struct Counting {
    reads: AtomicU64,
    changes: AtomicU64,
    refused: AtomicU64,
}

impl Counting {
    pub(super) fn read(&self) {
        self.reads.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn change(&self, kept: &crate::Result<impl Sized>) {
        let counter = if kept.is_ok() { &self.changes } else { &self.refused };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn now(&self) -> Counters {
        Counters {
            n_reads: self.reads.load(Ordering::Relaxed),
            n_changes: self.changes.load(Ordering::Relaxed),
            n_refused: self.refused.load(Ordering::Relaxed),
        }
    }
}
