//! Everything that outlives a request, built in one function.

use std::sync::Arc;

use cycle::act::deliver::{self, Post};
use platform::ids::IdMaker;
use platform::jobs::{self, Registry};
use platform::store::Directory;
use platform::{By, Clock, Error, Result, Store};

use crate::config::Config;
use crate::schedule;

/// The program, put together but not yet serving or working.
pub struct App {
    pub config: Config,
    pub store: Store,
    pub registry: Arc<Registry>,
    /// What the pages stand on.
    pub web: web::App,
    /// Held until the value is dropped: nobody else uses the folder.
    _directory: Directory,
}

/// Locks the data folder, opens the database and puts the pieces together.
///
/// **Errors** when the folder is in use, or the database cannot be opened or belongs to a newer program.
pub fn build(config: Config, clock: Clock, ids: IdMaker) -> Result<App> {
    let directory = Directory::open(&config.data)?;
    let files = directory.files();
    std::fs::create_dir_all(&files).map_err(|error| Error::file(&files, error))?;
    web::uploads::forget_broken_off(&files)?;
    let store = Store::open(&config.place(), clock, ids)?;
    // Who holds the folder of an embedded database is alone with it, so whatever still runs there has been cut off.
    let ended_by = if config.is_embedded() { i64::MAX } else { store.now() };
    store.write(By::system(), move |tx| jobs::requeue_abandoned(tx, ended_by)).wait()?;
    store.write(By::system(), cycle::plan::metrics::ship).wait()?;
    let post = Arc::new(Post::open(config.outgoing()?)?);
    let since = if config.is_embedded() { deliver::Since::AtOnce } else { deliver::Since::Long };
    deliver::settle_abandoned(&store, &post, since)?;
    let options = web::Options {
        files: files.clone(),
        post: post.clone(),
        https: config.public_url.starts_with("https://"),
        metrics_token: config.metrics_token.clone(),
        max_upload_bytes: usize::try_from(config.max_upload_mb.saturating_mul(1_000_000))
            .unwrap_or(usize::MAX),
        timetable: schedule::tick,
    };
    if !config.browser_dir.as_os_str().is_empty() {
        web::assets::edit_in(config.browser_dir.clone());
    }
    web::metrics();
    Ok(App {
        web: web::App::new(store.clone(), options),
        registry: schedule::registry(files, &post, &config.facts()),
        store,
        config,
        _directory: directory,
    })
}
