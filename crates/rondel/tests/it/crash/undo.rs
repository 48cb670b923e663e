//! Taking an import back while the program is killed.

use libtest_mimic::Trial;

use super::chance::Chance;
use super::files::{write_orders, write_people};
use super::kill::{ends_with, kill, number, reaches, start, text, was_killed};
use super::picture::{assert_same, records};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![an_undo_that_is_killed_again_and_again_takes_everything_back_once]
}

fn an_undo_that_is_killed_again_and_again_takes_everything_back_once(installation: &Installation) {
    let folder = tempfile::tempdir().unwrap();
    let (people, orders) = (folder.path().join("people.csv"), folder.path().join("orders.csv"));
    write_people(&people);
    write_orders(&orders, 8_000, 5);
    ends_with(installation.rondel().args(["import", "people"]).arg(&people), &[0]);
    let before = records(&installation.store());
    ends_with(installation.rondel().args(["import", "orders"]).arg(&orders), &[3]);
    let store = installation.store();
    let id = text(&store, "SELECT id FROM imports WHERE kind = 'orders'");
    let n_events = number(&store, &format!("SELECT count(*) FROM events WHERE origin = '{id}'"));
    drop(store);

    let undone = format!("SELECT count(*) FROM events WHERE origin = 'undo:{id}'");
    let mut chance = Chance::seeded(13);
    let mut n_killed = 0;
    for part in 0..3 {
        let mut child = start(installation.rondel().args(["imports", "undo", &id]));
        let at = n_events * part / 4 + chance.below(n_events as u64 / 4) as i64;
        reaches(installation, &mut child, &undone, at);
        n_killed += usize::from(was_killed(kill(child, chance.below(50_000))));
    }
    assert!(n_killed >= 2, "the program was too quick to be killed: {n_killed} times");
    let words = ends_with(installation.rondel().args(["--json", "imports", "undo", &id]), &[0]);
    assert!(words.contains("\"state\":\"undone\""), "{words}");

    let store = installation.store();
    assert_same(&records(&store), &before);
    assert_eq!(number(&store, &undone), n_events, "each event is taken back exactly once");
    assert_eq!(number(&store, "SELECT count(*) FROM undo_conflicts"), 0);
}
