//! An import at the command line that is killed again and again.

use libtest_mimic::Trial;

use super::chance::Chance;
use super::files::{write_orders, write_people};
use super::kill::{ends_with, kill, number, reaches, start, text, was_killed};
use super::picture::{assert_same, whole};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        an_import_that_is_killed_again_and_again_loses_and_doubles_no_row,
        an_import_that_is_killed_as_soon_as_it_runs_goes_on_from_where_it_was,
    ]
}

const N_ROWS: u64 = 30_000;
const DONE_ROWS: &str = "SELECT coalesce(max(cursor_row), 0) FROM imports WHERE kind = 'orders'";
const LATEST: &str = "SELECT id FROM imports WHERE import_no = (SELECT max(import_no) FROM imports)";

fn an_import_that_is_killed_again_and_again_loses_and_doubles_no_row(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let (people, orders) = (folder.path().join("people.csv"), folder.path().join("orders.csv"));
    write_people(&people);
    write_orders(&orders, N_ROWS, 7);
    let undisturbed = Installation::fresh(installation.engine()).unwrap();
    for one in [&undisturbed, installation] {
        ends_with(one.rondel().args(["import", "people"]).arg(&people), &[0]);
    }
    ends_with(undisturbed.rondel().args(["import", "orders"]).arg(&orders), &[3]);

    let mut chance = Chance::seeded(11);
    let mut command = installation.rondel();
    command.args(["import", "orders"]).arg(&orders);
    let mut n_killed = 0;
    for part in 0..4 {
        let mut child = start(&mut command);
        let at = N_ROWS * part / 5 + chance.below(N_ROWS / 5);
        reaches(installation, &mut child, DONE_ROWS, at as i64);
        n_killed += usize::from(was_killed(kill(child, chance.below(150_000))));
        let id = text(&installation.store(), LATEST);
        command = installation.rondel();
        command.args(["imports", "resume", &id]);
    }
    assert!(n_killed >= 3, "the program was too quick to be killed: {n_killed} times");
    let words = ends_with(&mut command, &[0, 3]);
    assert!(words.contains("rejected rows are kept"), "{words}");

    assert_same(&whole(&installation.store()), &whole(&undisturbed.store()));
    let stray = "SELECT count(*) FROM order_lines WHERE order_id NOT IN (SELECT id FROM orders)";
    assert_eq!(number(&installation.store(), stray), 0);
}

fn an_import_that_is_killed_as_soon_as_it_runs_goes_on_from_where_it_was(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let orders = folder.path().join("orders.csv");
    write_orders(&orders, 20_000, 3);
    let undisturbed = Installation::fresh(installation.engine()).unwrap();
    ends_with(undisturbed.rondel().args(["import", "orders"]).arg(&orders), &[0, 3]);

    // The database is there before two processes look at it, so that only the program under test works on it.
    drop(installation.store());
    let mut child = start(installation.rondel().args(["import", "orders"]).arg(&orders));
    assert!(reaches(installation, &mut child, "SELECT count(*) FROM imports WHERE state = 'running'", 1));
    kill(child, 0);
    let id = text(&installation.store(), LATEST);
    ends_with(installation.rondel().args(["imports", "resume", &id]), &[0, 3]);
    assert_same(&whole(&installation.store()), &whole(&undisturbed.store()));
}
