//! Every job of the cycle on one screen: its kind and the function that does it.

use crate::analyze::FactsCache;
use crate::{process, turn};
use platform::jobs::Registry;

/// What the worker does for each kind of job. `files` is the folder in which handed-in files are kept.
pub fn registry(files: std::path::PathBuf) -> Registry {
    let _ = files;
    let facts = FactsCache::default();
    Registry::default()
        .on("process.quality", |store, _| process::quality::run(store).map(drop))
        .on(turn::JOB, move |store, job| turn::run_job(store, job, &facts))
}
