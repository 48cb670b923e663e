//! What a batch learnt, kept as a text and used on other records.

use std::collections::HashMap;

use linkage::{Learnt, Options, find};

use crate::made;

#[test]
fn what_was_learnt_scores_the_same_after_it_was_kept_as_a_text() {
    for n in [300, 2500] {
        let (rows, _) = made::people(n, 7);
        let records = made::records(&rows);
        let found = find(&records, None, &Options::default());
        let shares: HashMap<(u32, u64), f32> =
            found.frequent_values(&records).map(|value| ((value.slot, value.key), value.bits)).collect();
        let learnt = Learnt::from_text(&found.learnt().to_text(), records.fields()).expect("of these fields");
        let model = learnt.model(&records, |slot, key| shares.get(&(slot, key)).copied());
        let all = learnt.find_changed(&records, &model, &vec![true; rows.len()], 0.5);
        let before: Vec<_> = found.pairs.iter().filter(|pair| pair.bits >= 0.0).copied().collect();
        assert_eq!(all, before);

        let changed: Vec<bool> = (0..rows.len()).map(|record| record % 10 == 0).collect();
        let some = learnt.find_changed(&records, &model, &changed, 0.5);
        let touched: Vec<_> = before
            .into_iter()
            .filter(|pair| changed[pair.left as usize] || changed[pair.right as usize])
            .collect();
        assert_eq!(some, touched);
    }
}

#[test]
fn a_text_of_other_fields_is_not_taken() {
    let (rows, _) = made::people(200, 3);
    let records = made::records(&rows);
    let text = find(&records, None, &Options::default()).learnt().to_text();
    assert!(Learnt::from_text(&text, &records.fields()[..3]).is_none());
    assert!(Learnt::from_text("", records.fields()).is_none());
    assert!(Learnt::from_text(&text.replace("prior", "later"), records.fields()).is_none());
}

#[test]
fn beliefs_alone_tell_one_person_from_two() {
    let (rows, _) = made::people(50, 3);
    let mut records = linkage::Records::new(made::records(&rows).fields());
    let anna = ["Anna", "Quitzow", "1955-05-06", "a.quitzow@example.net", "040 998877", "Seeufer 3", "99998"];
    let other = ["Bernd", "Ohlsen", "1971-02-03", "ohlsen@example.com", "030 123456", "Am Rain 4", "10115"];
    let spouse = ["Jonas", "Quitzow", "1953-01-30", "", "040 998877", "Seeufer 3", "99998"];
    for row in [anna, anna, other, spouse] {
        records.push(&row);
    }
    let learnt = Learnt::believed(records.fields(), 10_000);
    let model = learnt.model(&records, |_, _| None);
    let found = learnt.find_changed(&records, &model, &[true; 4], 0.5);
    assert_eq!(found.iter().map(|pair| (pair.left, pair.right)).collect::<Vec<_>>(), [(0, 1)]);
}
