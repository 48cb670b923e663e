//! The worker: takes jobs one after another, keeps their lease, records how they ended.

use super::queue::{self, Job};
use crate::events::By;
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
pub struct Registry(BTreeMap<&'static str, Handler>);

impl Registry {
    pub fn on(
        mut self,
        kind: &'static str,
        handler: impl Fn(&Store, &Job) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        let before = self.0.insert(kind, Box::new(handler));
        assert!(before.is_none(), "two handlers for jobs of kind {kind}");
        self
    }

    fn run(&self, store: &Store, job: &Job) -> Result<()> {
        let handler = self.0.get(job.kind.as_str()).ok_or_else(|| {
            Error::database(format!("this program has no handler for jobs of kind {}", job.kind))
        })?;
        crate::store::catch(|| handler(store, job))
    }
}

/// A thread that does jobs until it is told to stop.
pub struct Worker {
    stop: Arc<AtomicBool>,
    store: Store,
    thread: Option<std::thread::JoinHandle<()>>,
}

const RENEW_EVERY: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Worker {
    pub fn start(store: &Store, registry: Arc<Registry>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (theirs, stopped) = (store.clone(), stop.clone());
        let thread = std::thread::Builder::new()
            .name("worker".to_string())
            .spawn(move || {
                while !stopped.load(Ordering::SeqCst) {
                    match work_once(&theirs, &registry) {
                        Ok(true) => {}
                        Ok(false) => theirs.wait_for_job(LOOK_EVERY),
                        Err(error) => {
                            tracing::error!(%error, "the worker could not take a job");
                            theirs.wait_for_job(LOOK_EVERY);
                        }
                    }
                }
            })
            .expect("the system can start a thread");
        Self { stop, store: store.clone(), thread: Some(thread) }
    }

    /// Lets the running job end, then stops.
    pub fn stop(mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.store.ring();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the worker's thread had ended with an internal error");
        }
    }
}

/// Does jobs that are due until none is left; for commands and tests. Returns how many ran.
pub fn run_due(store: &Store, registry: &Arc<Registry>) -> Result<usize> {
    let mut n = 0;
    while work_once(store, registry)? {
        n += 1;
    }
    Ok(n)
}

fn work_once(store: &Store, registry: &Arc<Registry>) -> Result<bool> {
    let now = store.now();
    store.write(By::system(), move |tx| queue::requeue_abandoned(tx, now)).wait()?;
    let Some(job) = store.write(By::system(), queue::claim).wait()? else { return Ok(false) };
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
