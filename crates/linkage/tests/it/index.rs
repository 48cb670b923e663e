//! One record against many.

use linkage::{Index, Options, find};

use crate::made;

#[test]
fn the_index_scores_a_record_as_the_batch_did() {
    let (rows, _) = made::people(2500, 7);
    let records = made::records(&rows);
    let found = find(&records, None, &Options::default());
    let pairs = found.pairs.clone();
    let mut index = Index::new(records, found);
    for pair in pairs.iter().filter(|pair| pair.probability() > 0.6).take(100) {
        let cells = rows[pair.left as usize].each_ref().map(String::as_str);
        let matches = index.matches(&cells, 0.5);
        let again = matches.iter().find(|found| found.right == pair.right).expect("the pair of the batch");
        assert!((again.bits - pair.bits).abs() < 1e-3, "{again:?} {pair:?}");
        assert!(matches.iter().any(|found| found.right == pair.left), "the record itself");
    }
}

#[test]
fn a_record_is_found_once_it_is_in_the_index() {
    let (rows, _) = made::people(2000, 8);
    let records = made::records(&rows);
    let found = find(&records, None, &Options::default());
    let mut index = Index::new(records, found);
    let cells =
        ["Zacharias", "Quitzow", "1955-05-06", "z.quitzow@example.net", "040 998877", "Seeufer 3", "99998"];
    assert!(index.matches(&cells, 0.5).is_empty());
    let record = index.insert(&cells);
    let misspelt = ["Zacharias", "Quizow", "", "z.quitzow@example.net", "", "", ""];
    let matches = index.matches(&misspelt, 0.5);
    assert_eq!(matches.first().map(|pair| pair.right), Some(record));
    assert!(index.explain(&misspelt, record).reasons.iter().any(|reason| reason.bits > 3.0));
}
