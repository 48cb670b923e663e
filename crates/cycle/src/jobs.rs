//! Every job of the cycle on one screen: its kind and the function that does it.

use crate::act::deliver::{self, Post};
use crate::act::{bounces, call_lists, campaigns, experiments, global_control, offers};
use crate::analyze::FactsCache;
use crate::collect::imports::{self, dry_run, undo};
use crate::{measure, process, turn};
use platform::jobs::{Job, Registry};
use platform::quiet::quietly;
use platform::{By, Error, Result, Store};
use std::path::PathBuf;
use std::sync::Arc;

/// What the worker does for each kind of job. `files` is the folder in which handed-in files are kept; `post` is where mail
/// goes; `facts` are those of the analyses.
pub fn registry(files: PathBuf, post: &Arc<Post>, facts: &FactsCache) -> Registry {
    let tried = files.clone();
    let facts = facts.clone();
    of_mail(post)
        .on(imports::DRY_RUN_JOB, move |store, job| dry_run::run(store, &tried, job))
        .on(imports::RUN_JOB, move |store, job| {
            let id = of_job(job)?;
            let run = || {
                let done = imports::run(store, &files, &id, &mut |_, _| ())?;
                if done.kind == imports::Kind::Orders {
                    // What came in may answer an experiment: nobody waits for the next morning's look.
                    store.write(By::system(), measure::effects::enqueue_where_open).wait()?;
                }
                quietly(|| process::dedupe::after_import(store, &id))
            };
            once(store, &id, run())
        })
        .on(imports::UNDO_JOB, |store, job| {
            let id = of_job(job)?;
            once(store, &id, undo::run(store, &id, &mut |_| ()))
        })
        .on_quiet("process.quality", |store, _| process::quality::run(store).map(drop))
        .on_quiet("process.dedupe", process::dedupe::job)
        .on_quiet(process::recount::JOB, |store, _| process::recount::run(store))
        .on(experiments::ASSIGN_JOB, experiments::run_job)
        .on(global_control::JOB, |store, _| global_control::run(store))
        .on(call_lists::FILL_JOB, call_lists::fill)
        .on(offers::ISSUE_JOB, offers::issue)
        .on_quiet(measure::effects::JOB, measure::effects::run_job)
        .on_quiet(turn::JOB, move |store, job| turn::run_job(store, job, &facts))
}

/// What campaigns have done for them.
fn of_mail(post: &Arc<Post>) -> Registry {
    let (checking, sending, testing, trying) = (post.clone(), post.clone(), post.clone(), post.clone());
    let returned = post.clone();
    Registry::default()
        .on(campaigns::CHECK_JOB, move |store, job| {
            campaigns::check_job(store, checking.base_url(), &checking.destination(), job)
        })
        .on(deliver::PLAN_JOB, deliver::plan)
        .on(deliver::SEND_JOB, move |store, job| deliver::send(store, &sending, job))
        .on(deliver::TEST_JOB, move |store, job| deliver::send_test(store, &testing, job))
        .on(deliver::SETTINGS_TEST_JOB, move |store, job| deliver::run_settings_test(store, &trying, job))
        .on(bounces::JOB, move |store, _| bounces::run(store, &returned))
}

fn of_job(job: &Job) -> Result<String> {
    job.payload()
}

/// An import whose file cannot be read, or that a worker did before, is no better at the next attempt: its own record
/// says how it ended. Anything else is tried again, and so is an import that still waits.
fn once<T>(store: &Store, id: &str, ended: Result<T>) -> Result<()> {
    let Err(error) = ended else { return Ok(()) };
    let id = id.to_string();
    let is_under_way = store.read(move |s| imports::get(s, &id)).wait()?.state.is_under_way();
    match error {
        Error::Invalid(_) | Error::Conflict(_) if !is_under_way => Ok(()),
        error => Err(error),
    }
}
