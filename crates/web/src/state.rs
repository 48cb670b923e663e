//! What every request can reach: the store, the files, the options of this installation.
//!
//! Built once by the program; nothing here changes with a request, except what is cached per version of the data.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use cycle::act::deliver::Post;
use platform::{Clock, Error, Store, Tx, limits};
use tokio::sync::Semaphore;

use crate::current::Frame;
use crate::error::Result;

/// What the administrator has set for this installation.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where files that people hand in are kept.
    pub files: PathBuf,
    /// Where mail goes.
    pub post: Arc<Post>,
    /// True where browsers reach the program by https: cookies are then sent by https only.
    pub https: bool,
    /// Lets a machine other than this one read `/metrics`; empty for none.
    pub metrics_token: String,
    /// Largest file that may be handed in. **Units:** bytes.
    pub max_upload_bytes: usize,
    /// Enqueues the recurring jobs that are due: a held clock that is moved asks it at once.
    pub timetable: fn(&mut Tx<'_>) -> platform::Result<usize>,
}

/// A handle to what every request can reach; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub store: Store,
    pub options: Options,
    pub(crate) frame: Mutex<Option<Arc<Frame>>>,
    hashing: Arc<Semaphore>,
    hashing_waiting: Arc<Semaphore>,
}

impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub fn new(store: Store, options: Options) -> Self {
        Self(Arc::new(Parts {
            store,
            options,
            frame: Mutex::new(None),
            hashing: Arc::new(Semaphore::new(limits::HASHING_AT_ONCE)),
            hashing_waiting: Arc::new(Semaphore::new(limits::HASHING_AT_ONCE + limits::HASHING_WAITING)),
        }))
    }

    pub fn clock(&self) -> &Clock {
        self.store.clock()
    }

    /// Runs what hashes a password: on a thread that may block, few at a time.
    ///
    /// **Errors** with [`Error::Busy`] when too many wait already.
    pub async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> platform::Result<T> + Send + 'static,
    ) -> Result<T> {
        let _place = self.hashing_waiting.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
        let _turn = self.hashing.clone().acquire_owned().await.map_err(|_| Error::Closed)?;
        self.blocking(work).await
    }

    /// Runs work that waits for the store or the disk on a thread that may block.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> platform::Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.store.clone();
        let done = tokio::task::spawn_blocking(move || work(&store)).await;
        Ok(done.map_err(|stopped| Error::Panicked(stopped.to_string()))??)
    }

    /// The frame as it was last computed, if that still holds.
    pub(crate) fn cached_frame(&self) -> Option<Arc<Frame>> {
        let kept = self.frame.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|frame| frame.holds(&self.store)).cloned()
    }

    pub(crate) fn keep_frame(&self, frame: Arc<Frame>) {
        *self.frame.lock().unwrap_or_else(PoisonError::into_inner) = Some(frame);
    }
}
