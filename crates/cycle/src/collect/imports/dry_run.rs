//! The dry run as a job: the whole file is tried, and what came of it is kept beside the file until the mapping changes.

use super::import::{self, Format, Import, State};
use super::plan::Plan;
use super::preview::{Preview, preview};
use platform::jobs::{self, Job, Listed, NewJob};
use platform::{By, Error, Result, Snapshot, Store, Tx};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The kind of the job that tries an import; its payload is the import's id.
pub const DRY_RUN_JOB: &str = "import.dry_run";
/// Rows after which the job tells how far it is.
const TELL_EVERY: u64 = 5_000;

/// What a dry run found, and what it was told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DryRun {
    plan: Plan,
    format: Format,
    pub preview: Preview,
    /// Why the file could not be tried to its end.
    pub error: Option<String>,
}

impl DryRun {
    /// Whether the import would still be run as it was tried.
    pub fn is_of(&self, import: &Import) -> bool {
        self.plan == import.plan && self.format == import.format
    }
}

/// Asks the worker to try an import.
///
/// **Errors** as [`Plan::check`]; with a conflict once the import has begun.
pub fn start(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let found = import::get(tx, id)?;
    if !matches!(found.state, State::Mapping) {
        return Err(Error::Conflict(format!("the import is {} already", found.state.name())));
    }
    found.plan.check()?;
    jobs::enqueue(tx, NewJob::once(DRY_RUN_JOB, key(id)), &id)?;
    Ok(())
}

/// The job that tries the import now, if there is one.
pub fn under_way(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Option<Listed>> {
    jobs::under_way(snapshot, &key(id))
}

fn key(id: &str) -> String {
    format!("{DRY_RUN_JOB} {id}")
}

/// What the last dry run of an import found; None before the first.
pub fn kept(folder: &Path, import: &Import) -> Result<Option<DryRun>> {
    let path = place(folder, &import.id);
    match std::fs::read(&path) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(&path, error)),
    }
}

fn place(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.dry-run.json"))
}

/// Tries the whole file and keeps what came of it.
pub fn run(store: &Store, folder: &Path, job: &Job) -> Result<()> {
    let id: String = job.payload()?;
    let import = store.read(move |s| import::get(s, &id)).wait()?;
    let (mut n_rows, told, job_id) = (0_u64, store.clone(), job.id.clone());
    let tried = preview(store, folder, &import, u64::MAX, move |_| {
        n_rows += 1;
        if n_rows % TELL_EVERY == 0 {
            let (id, done) = (job_id.clone(), n_rows as i64);
            // Nobody waits for this: the next telling makes up for one that is lost.
            drop(told.write(By::system(), move |tx| jobs::progress(tx, &id, done, None)));
        }
    });
    let (preview, error) = match tried {
        Ok(preview) => (preview, None),
        Err(error @ Error::Invalid(_)) => (Preview::default(), Some(error.to_string())),
        Err(error) => return Err(error),
    };
    let kept = DryRun { plan: import.plan.clone(), format: import.format.clone(), preview, error };
    let (path, text) = (place(folder, &import.id), serde_json::to_vec(&kept)?);
    let arriving = folder.join(format!("arriving-{}", platform::random::token()));
    std::fs::write(&arriving, text).map_err(|e| Error::file(&arriving, e))?;
    std::fs::rename(&arriving, &path).map_err(|e| Error::file(&path, e))
}
