//! The workers: each takes jobs one after another, keeps their lease, records how they ended.

use super::queue::{self, Job, Kinds};
use crate::events::By;
use crate::quiet::quietly;
use crate::store::Store;
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

type Handler = Box<dyn Fn(&Store, &Job) -> Result<()> + Send + Sync>;

/// What is to be done for each kind of job.
#[derive(Default)]
pub struct Registry {
    handlers: BTreeMap<&'static str, Handler>,
    /// The kinds that give way to all others.
    quiet: Vec<&'static str>,
}

impl Registry {
    pub fn on(
        mut self,
        kind: &'static str,
        handler: impl Fn(&Store, &Job) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        let before = self.handlers.insert(kind, Box::new(handler));
        assert!(before.is_none(), "two handlers for jobs of kind {kind}");
        self
    }

    /// As [`Registry::on`], for analyses: they run with low priority (see [`crate::quiet`]), beside other jobs.
    pub fn on_quiet(
        mut self,
        kind: &'static str,
        handler: impl Fn(&Store, &Job) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.quiet.push(kind);
        self.on(kind, move |store, job| quietly(|| handler(store, job)))
    }

    fn run(&self, store: &Store, job: &Job) -> Result<()> {
        let handler = self.handlers.get(job.kind.as_str()).ok_or_else(|| {
            Error::database(format!("this program has no handler for jobs of kind {}", job.kind))
        })?;
        crate::store::catch(|| handler(store, job))
    }
}

/// Threads that do jobs until they are told to stop.
pub struct Worker {
    stop: Arc<AtomicBool>,
    store: Store,
    threads: Vec<std::thread::JoinHandle<()>>,
}

const RENEW_EVERY: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Worker {
    pub fn start(store: &Store, registry: Arc<Registry>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let quiet = registry.quiet.clone();
        let lanes = [("worker", Kinds::Except(quiet.clone())), ("worker-quiet", Kinds::Only(quiet))];
        let start = |(name, kinds): (&str, Kinds)| {
            let (store, registry, stopped) = (store.clone(), registry.clone(), stop.clone());
            let work = move || work_until(&stopped, &store, &registry, &kinds);
            std::thread::Builder::new()
                .name(name.to_string())
                .spawn(work)
                .expect("the system can start a thread")
        };
        Self { threads: lanes.into_iter().map(start).collect(), stop: stop.clone(), store: store.clone() }
    }

    /// Lets the running jobs end, then stops.
    pub fn stop(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.store.ring();
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("the thread of a worker had ended with an internal error");
            }
        }
    }
}

fn work_until(stopped: &AtomicBool, store: &Store, registry: &Arc<Registry>, kinds: &Kinds) {
    while !stopped.load(Ordering::SeqCst) {
        // What is enqueued while we look wakes us at once.
        let n_heard = store.n_rings();
        match work_once(store, registry, kinds) {
            Ok(true) => {}
            Ok(false) => store.wait_for_ring(n_heard, LOOK_EVERY),
            Err(error) => {
                tracing::error!(%error, "the worker could not take a job");
                store.wait_for_ring(n_heard, LOOK_EVERY);
            }
        }
    }
}

/// Does jobs that are due until none is left; for commands and tests. Returns how many ran.
pub fn run_due(store: &Store, registry: &Arc<Registry>) -> Result<usize> {
    let mut n = 0;
    while work_once(store, registry, &Kinds::All)? {
        n += 1;
    }
    Ok(n)
}

fn work_once(store: &Store, registry: &Arc<Registry>, kinds: &Kinds) -> Result<bool> {
    let now = store.now();
    store.write(By::system(), move |tx| queue::requeue_abandoned(tx, now)).wait()?;
    let kinds = kinds.clone();
    let claimed = store.write(By::system(), move |tx| queue::claim(tx, &kinds)).wait()?;
    let Some(job) = claimed else { return Ok(false) };
    let result = run_with_lease(store, registry, &job);
    match result {
        Ok(()) => {
            let id = job.id.clone();
            store.write(By::system(), move |tx| queue::finish(tx, &id)).wait()?;
        }
        Err(error) => {
            tracing::warn!(job = job.id, kind = job.kind, attempt = job.n_attempts, %error, "a job failed");
            let words = error.to_string();
            store.write(By::system(), move |tx| queue::fail(tx, &job, &words)).wait()?;
        }
    }
    Ok(true)
}

fn run_with_lease(store: &Store, registry: &Arc<Registry>, job: &Job) -> Result<()> {
    let (done, ended) = sync_channel(1);
    let (theirs, registry, running) = (store.clone(), registry.clone(), job.clone());
    std::thread::Builder::new()
        .name(format!("job-{}", job.kind))
        .spawn(move || done.send(registry.run(&theirs, &running)))
        .expect("the system can start a thread");
    loop {
        match ended.recv_timeout(RENEW_EVERY) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) => {
                let id = job.id.clone();
                store.write(By::system(), move |tx| queue::renew(tx, &id)).wait()?;
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::Panicked("the job's thread ended".into()));
            }
        }
    }
}
