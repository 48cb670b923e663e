//! The embedded store by itself; what must hold on both engines is tested with the whole program.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use platform::store::{Directory, Place};
use platform::{By, Clock, Error, Store, ids::IdMaker, jobs, params};

fn store(dir: &tempfile::TempDir) -> Store {
    let place = Place::File(dir.path().join("rondel.db"));
    Store::open(&place, Clock::held_at(1_700_000_000_000_000), IdMaker::seeded(7)).unwrap()
}

fn put(store: &Store, name: &'static str, fail: bool) -> platform::store::Pending<()> {
    store.write(By::system(), move |tx| {
        platform::settings::set(tx, name, &1)?;
        if fail { Err(Error::invalid("name", "refused")) } else { Ok(()) }
    })
}

#[test]
fn a_change_that_fails_takes_back_only_itself() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let answers = [put(&store, "a", false), put(&store, "b", true), put(&store, "c", false)];
    let results: Vec<bool> = answers.into_iter().map(|a| a.wait().is_ok()).collect();
    assert_eq!(results, [true, false, true]);
    let names = store
        .read(|s| s.query("SELECT name FROM settings ORDER BY name", &[], |r| r.get::<String>(0)))
        .wait()
        .unwrap();
    assert_eq!(names, ["a", "c"]);
}

#[test]
fn a_change_that_panics_is_taken_back_and_the_store_lives_on() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let broken = store.write(By::system(), |tx| -> platform::Result<()> {
        platform::settings::set(tx, "lost", &1)?;
        panic!("a bug")
    });
    assert!(matches!(broken.wait(), Err(Error::Panicked(text)) if text == "a bug"));
    put(&store, "kept", false).wait().unwrap();
    let n = store.read(|s| s.one("SELECT count(*) FROM settings", &[], |r| r.get::<i64>(0))).wait().unwrap();
    assert_eq!(n, 1);
}

#[test]
fn parameters_are_bound_by_their_number() {
    let dir = tempfile::tempdir().unwrap();
    let swapped = store(&dir)
        .read(|s| s.one("SELECT $2 || '-' || $1 || '-' || $2", &params!["a", "b"], |r| r.get::<String>(0)))
        .wait()
        .unwrap();
    assert_eq!(swapped, "b-a-b");
}

#[test]
fn a_second_program_is_told_who_holds_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let _held = Directory::open(dir.path()).unwrap();
    let error = Directory::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains(&std::process::id().to_string()), "{error}");
}

#[test]
fn a_database_of_a_newer_program_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let opened = store(&dir);
    opened
        .write(By::system(), |tx| {
            tx.execute("INSERT INTO migrations (version, checksum, applied_at) VALUES (999, 'x', 0)", &[])
        })
        .wait()
        .unwrap();
    let place = Place::File(dir.path().join("rondel.db"));
    let again = Store::open(&place, Clock::System, IdMaker::random());
    assert!(matches!(again, Err(Error::Newer { database: 999, .. })));
}

#[test]
fn a_failing_job_waits_longer_each_time_and_ends_as_a_dead_letter() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let registry = std::sync::Arc::new(
        jobs::Registry::default().on("doomed", |_, _| Err(Error::invalid("job", "cannot be done"))),
    );
    store
        .write(By::system(), |tx| {
            jobs::enqueue(tx, jobs::NewJob { max_attempts: 3, ..jobs::NewJob::once("doomed", "key") }, &())?;
            let second = jobs::enqueue(tx, jobs::NewJob::once("doomed", "key"), &())?;
            assert_eq!(second, None, "one with the same key already waits");
            Ok(())
        })
        .wait()
        .unwrap();
    let mut tries = 0;
    for _ in 0..40 {
        tries += jobs::run_due(&store, &registry).unwrap();
        store.clock().advance(10_000_000);
    }
    assert_eq!(tries, 3);
    let dead = store.read(|s| jobs::list(s, "dead", 10)).wait().unwrap();
    assert_eq!(dead[0].last_error.as_deref(), Some("job: cannot be done"));
}

#[test]
fn nothing_waits_behind_an_analysis() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let (begun, ended) = (std::sync::mpsc::channel::<()>(), std::sync::mpsc::channel::<()>());
    let (begin, may_end) = (std::sync::Mutex::new(begun.0), std::sync::Mutex::new(ended.1));
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    let done = std::sync::Mutex::new(done);
    let registry = jobs::Registry::default()
        .on_quiet("analysis", move |_, _| {
            begin.lock().unwrap().send(()).unwrap();
            may_end.lock().unwrap().recv().map_err(|error| Error::database(error.to_string()))
        })
        .on("mail", move |_, _| {
            done.lock().unwrap().send(()).map_err(|error| Error::database(error.to_string()))
        });
    let worker = jobs::Worker::start(&store, registry.into());
    let enqueue = |kind: &'static str| {
        store
            .write(By::system(), move |tx| jobs::enqueue(tx, jobs::NewJob::new(kind), &()).map(drop))
            .wait()
            .unwrap();
    };
    let soon = std::time::Duration::from_secs(30);
    enqueue("analysis");
    begun.1.recv_timeout(soon).expect("the analysis begins");
    enqueue("mail");
    is_done.recv_timeout(soon).expect("the mail goes while the analysis is under way");
    ended.0.send(()).unwrap();
    worker.stop();
    let ended = store.read(|s| jobs::list(s, "done", 10)).wait().unwrap();
    assert_eq!(ended.len(), 2, "both have ended");
}
