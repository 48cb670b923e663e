//! The job queue: work that a verb enqueues in its own transaction and a worker does after the commit.
//!
//! A job runs at least once; one that must act exactly once keeps its place in the database and moves it in the
//! transaction of the effect. A failure is tried again later and later; the last one leaves a dead letter in sight.
//!
//! Two workers share the queue: one takes analyses, which give way to everything else and may take minutes; the other takes
//! the rest, so that no mail waits behind an analysis.

mod queue;
mod worker;

pub use queue::{
    Job, Kinds, Listed, NewJob, claim, counts, enqueue, fail, finish, list, n_due, progress,
    requeue_abandoned, retry, under_way,
};
pub use worker::{Registry, Worker, run_due};
