//! The queue of a server that is killed: what was enqueued is done, and has its effect once.

use libtest_mimic::Trial;
use platform::{By, Store};

use cycle::collect::imports::{self, Format, Incoming, Kind};

use super::chance::Chance;
use super::files::write_orders;
use super::kill::{number, text};
use super::picture::{assert_same, whole};
use crate::support::served::Served;
use crate::support::{Engine, Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![jobs_of_a_server_that_is_killed_have_their_effect_once]
}

const SIZES: [u64; 3] = [9_000, 400, 5_000];
const ALL_ROWS: &str = "SELECT coalesce(sum(cursor_row), 0) FROM imports";

fn jobs_of_a_server_that_is_killed_have_their_effect_once(installation: &Installation) {
    let undisturbed = Installation::fresh(installation.engine()).unwrap();
    for one in [&undisturbed, installation] {
        enqueue_imports(one);
    }
    let served = Served::start(&undisturbed);
    served.wait_until(&undisturbed.store(), all_are_done);
    served.stop();

    let mut chance = Chance::seeded(17);
    let n_rows = SIZES.iter().sum::<u64>();
    for part in 0..3 {
        let at = (n_rows * part / 4 + chance.below(n_rows / 4)) as i64;
        let served = Served::start(installation);
        served.wait_until(&installation.store(), |store| number(store, ALL_ROWS) >= at);
        drop(served); // kill -9
        let_leases_end(installation);
    }
    let served = Served::start(installation);
    served.wait_until(&installation.store(), all_are_done);
    served.stop();

    let store = installation.store();
    assert_same(&whole(&store), &whole(&undisturbed.store()));
    let runs = "SELECT count(*) FROM jobs WHERE kind = 'import.run' AND state = 'done'";
    assert_eq!(number(&store, runs), SIZES.len() as i64);
    assert_eq!(number(&store, "SELECT count(*) FROM jobs WHERE state = 'dead'"), 0);
    assert!(text(&store, "SELECT min(state) FROM imports") == "done");
}

fn all_are_done(store: &Store) -> bool {
    number(store, "SELECT count(*) FROM jobs WHERE kind = 'import.run' AND state <> 'done'") == 0
}

/// As the page does it: the file is kept, the import and its job are written in one transaction.
fn enqueue_imports(installation: &Installation) {
    let store = installation.store();
    let folder = tempfile::tempdir().unwrap();
    for (number, n_rows) in SIZES.iter().enumerate() {
        let path = folder.path().join(format!("orders-{number}.csv"));
        write_orders(&path, *n_rows, number as u64);
        let incoming = Incoming {
            name: format!("orders-{number}.csv"),
            path,
            kind: Some(Kind::Orders),
            format: Format::default(),
            source: None,
        };
        let import =
            imports::arrive(&store, &installation.data().join("files"), By::console(), &incoming).unwrap();
        store.write(By::console(), move |tx| imports::start(tx, &import.id)).wait().unwrap();
    }
}

/// On a server, several programs share the queue, so a job of a killed one is free when its lease has run out.
fn let_leases_end(installation: &Installation) {
    if installation.engine() == Engine::Sqlite {
        return;
    }
    let past = "UPDATE jobs SET lease_until = 1 WHERE state = 'running'";
    installation.store().write(By::system(), move |tx| tx.execute(past, &[])).wait().unwrap();
}
