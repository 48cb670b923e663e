//! What the store promises on both engines: whole changes, undisturbed readers, one order of rows, jobs done once.
//!
//! How each engine keeps the promise is tested in the platform crate.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use libtest_mimic::Trial;
use platform::store::Store;
use platform::{By, Error, Result, jobs, params, settings};

use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_change_that_fails_leaves_no_trace,
        a_change_that_panics_leaves_no_trace,
        many_writers_at_once_lose_no_change,
        text_sorts_by_bytes_and_missing_values_come_last,
        a_list_pages_by_key,
        a_snapshot_does_not_see_later_changes,
        a_job_enqueued_in_a_failed_change_never_runs,
        a_job_runs_once,
        an_opened_store_opens_again,
    ]
}

fn put(store: &Store, name: &str, value: i64) {
    let name = name.to_owned();
    store.write(By::system(), move |tx| settings::set(tx, &name, &value)).wait().unwrap();
}

fn names(store: &Store) -> Vec<String> {
    let sql = "SELECT name FROM settings ORDER BY name";
    store.read(move |s| s.query(sql, &[], |row| row.get(0))).wait().unwrap()
}

fn a_change_that_fails_leaves_no_trace(installation: &Installation) {
    let store = installation.store();
    put(&store, "kept", 1);
    let refused = store.write(By::system(), |tx| -> Result<()> {
        settings::set(tx, "lost", &1)?;
        Err(Error::invalid("name", "refused"))
    });
    assert!(matches!(refused.wait(), Err(Error::Invalid(_))));
    assert_eq!(names(&store), ["kept"]);
}

fn a_change_that_panics_leaves_no_trace(installation: &Installation) {
    let store = installation.store();
    let broken = store.write(By::system(), |tx| -> Result<()> {
        settings::set(tx, "lost", &1)?;
        panic!("a bug, on purpose")
    });
    assert!(matches!(broken.wait(), Err(Error::Panicked(_))));
    put(&store, "kept", 1);
    assert_eq!(names(&store), ["kept"]);
}

fn many_writers_at_once_lose_no_change(installation: &Installation) {
    let store = installation.store();
    put(&store, "counter", 0);
    let waiting: Vec<_> = (0..64)
        .map(|_| {
            store.write(By::system(), |tx| {
                let before: i64 = settings::get(tx, "counter")?.unwrap_or_default();
                settings::set(tx, "counter", &(before + 1))
            })
        })
        .collect();
    for answer in waiting {
        answer.wait().unwrap();
    }
    let counted: Option<i64> = store.read(|s| settings::get(s, "counter")).wait().unwrap();
    assert_eq!(counted, Some(64));
}

fn text_sorts_by_bytes_and_missing_values_come_last(installation: &Installation) {
    let store = installation.store();
    let sql =
        "WITH words (word) AS (SELECT 'b' UNION ALL SELECT NULL UNION ALL SELECT 'B' UNION ALL SELECT 'ä'
               UNION ALL SELECT 'a') SELECT word FROM words ORDER BY word NULLS LAST";
    let sorted: Vec<Option<String>> =
        store.read(move |s| s.query(sql, &[], |row| row.get(0))).wait().unwrap();
    let sorted: Vec<_> = sorted.iter().map(Option::as_deref).collect();
    assert_eq!(sorted, [Some("B"), Some("a"), Some("b"), Some("ä"), None]);
}

fn a_list_pages_by_key(installation: &Installation) {
    let store = installation.store();
    for (name, at) in [("a", 1), ("b", 2), ("c", 2), ("d", 3)] {
        let insert = "INSERT INTO settings (name, value_json, changed_at) VALUES ($1, '1', $2)";
        store.write(By::system(), move |tx| tx.execute(insert, &params![name, at])).wait().unwrap();
    }
    let sql = "SELECT name FROM settings WHERE (changed_at, name) < ($1, $2) ORDER BY changed_at DESC, name DESC LIMIT 2";
    let page = |at: i64, name: &'static str| -> Vec<String> {
        store.read(move |s| s.query(sql, &params![at, name], |row| row.get(0))).wait().unwrap()
    };
    assert_eq!(page(i64::MAX, ""), ["d", "c"]);
    assert_eq!(page(2, "c"), ["b", "a"]);
    assert_eq!(page(1, "a"), [""; 0]);
}

fn a_snapshot_does_not_see_later_changes(installation: &Installation) {
    let store = installation.store();
    put(&store, "before", 1);
    let writer = store.clone();
    let (first, second) = store
        .scan(move |s| {
            let count = "SELECT count(*) FROM settings";
            let first: i64 = s.one(count, &[], |row| row.get(0))?;
            put(&writer, "meanwhile", 1);
            let second: i64 = s.one(count, &[], |row| row.get(0))?;
            Ok((first, second))
        })
        .wait()
        .unwrap();
    assert_eq!((first, second), (1, 1));
    assert_eq!(names(&store), ["before", "meanwhile"]);
}

fn a_job_enqueued_in_a_failed_change_never_runs(installation: &Installation) {
    let store = installation.store();
    let refused = store.write(By::system(), |tx| -> Result<()> {
        jobs::enqueue(tx, jobs::NewJob::new("welcome"), &())?;
        Err(Error::invalid("email", "refused"))
    });
    assert!(refused.wait().is_err());
    let registry = Arc::new(jobs::Registry::default().on("welcome", |_, _| panic!("this must not run")));
    assert_eq!(jobs::run_due(&store, &registry).unwrap(), 0);
}

fn a_job_runs_once(installation: &Installation) {
    let store = installation.store();
    let n_runs = Arc::new(AtomicUsize::new(0));
    let counted = n_runs.clone();
    let registry = Arc::new(jobs::Registry::default().on("count", move |_, _| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }));
    for _ in 0..20 {
        store.write(By::system(), |tx| jobs::enqueue(tx, jobs::NewJob::new("count"), &())).wait().unwrap();
    }
    // Two workers at the same table: no job may be taken by both.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| jobs::run_due(&store, &registry).unwrap());
        }
    });
    assert_eq!(n_runs.load(Ordering::SeqCst), 20);
    assert!(store.read(jobs::counts).wait().unwrap().is_empty());
}

fn an_opened_store_opens_again(installation: &Installation) {
    put(&installation.store(), "kept", 1);
    assert_eq!(names(&installation.store()), ["kept"]);
}
