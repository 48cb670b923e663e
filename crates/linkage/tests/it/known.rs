//! Simulation with known truth: what must be found, what must not, and what the probability is worth.

use linkage::{Field, Kind, Options, Records, find, pairwise};

use crate::made;

#[test]
fn second_records_of_people_are_found_and_spouses_stay_apart() {
    let (rows, truth) = made::people(2500, 1);
    let records = made::records(&rows);
    let found = find(&records, None, &Options::default());
    let quality = pairwise(&found.cluster_of, &truth);
    assert!(quality.precision().unwrap() > 0.98, "{quality:?}");
    assert!(quality.recall().unwrap() > 0.95, "{quality:?}");
}

#[test]
fn a_probability_is_about_the_share_of_true_pairs() {
    let (rows, truth) = made::people(2500, 2);
    let found = find(&made::records(&rows), None, &Options::default());
    let expected: f64 = found.pairs.iter().map(linkage::Pair::probability).sum();
    let is_true = |pair: &&linkage::Pair| truth[pair.left as usize] == truth[pair.right as usize];
    let n_true = found.pairs.iter().filter(is_true).count() as f64;
    assert!((expected / n_true - 1.0).abs() < 0.06, "expected {expected}, true {n_true}");
}

#[test]
fn the_number_of_threads_does_not_change_the_result() {
    let (rows, _) = made::people(1500, 3);
    let records = made::records(&rows);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| find(&records, None, &Options::default()))
    };
    let (one, three) = (with(1), with(3));
    assert_eq!(one.pairs, three.pairs);
    assert_eq!(one.cluster_of, three.cluster_of);
}

#[test]
fn columns_give_the_records_that_rows_give_also_in_several_pieces_and_with_rows_after_them() {
    let (mut rows, _) = made::people(1500, 5);
    // Some have their whole name in the first column.
    for row in rows.iter_mut().step_by(7) {
        let family = std::mem::take(&mut row[1]);
        row[0] = format!("{} {family}", row[0]);
    }
    let by_rows = made::records(&rows);
    let mut by_columns = Records::new(by_rows.fields());
    let (first, rest) = rows.split_at(rows.len() / 2);
    let (second, last) = rest.split_at(rest.len() / 2);
    for piece in [first, second] {
        by_columns.push_columns(made::columns(piece), piece.len());
    }
    for row in last {
        by_columns.push(&row.iter().map(String::as_str).collect::<Vec<&str>>());
    }
    assert_eq!(by_columns.len(), by_rows.len());
    let [one, other] = [&by_rows, &by_columns].map(|records| find(records, None, &Options::default()));
    assert!(!one.pairs.is_empty());
    assert_eq!(one.pairs, other.pairs);
}

#[test]
fn the_reasons_add_up_to_the_score() {
    let (rows, _) = made::people(600, 4);
    let records = made::records(&rows);
    let found = find(&records, None, &Options::default());
    for pair in found.pairs.iter().take(50) {
        let explanation = found.model.explain(&records, pair.left, pair.right);
        let sum: f64 =
            explanation.reasons.iter().chain(&explanation.relation).map(|reason| reason.bits).sum();
        assert!((explanation.prior_bits + sum - explanation.bits).abs() < 0.1, "{explanation:?}");
        assert!((explanation.bits - f64::from(pair.bits)).abs() < 1e-3);
    }
}

#[test]
fn a_chain_of_three_does_not_join_two_strangers() {
    // J. Stone could be either of the couple; John and Jane are certainly two.
    let kinds = [
        ("first", Kind::GivenName),
        ("last", Kind::FamilyName),
        ("born", Kind::Date),
        ("phone", Kind::Phone),
    ];
    let fields = kinds.map(|(name, kind)| Field { name: name.to_owned(), kind });
    let mut records = Records::new(&fields);
    let (rows, _) = made::people(400, 5);
    for row in &rows {
        records.push(&[&row[0], &row[1], &row[2], &row[4]]);
    }
    let n = records.len();
    records.push(&["John", "Stone", "1961-02-03", "030 555777"]);
    records.push(&["Jane", "Stone", "1964-08-09", "030 555777"]);
    records.push(&["J.", "Stone", "", "030 555777"]);
    let found = find(&records, None, &Options::default());
    assert_ne!(found.cluster_of[n], found.cluster_of[n + 1]);
}

#[test]
fn two_files_are_linked_one_to_one() {
    let fields = [("title", Kind::Text), ("authors", Kind::People), ("year", Kind::Year)]
        .map(|(name, kind)| Field { name: name.to_owned(), kind });
    let words = [
        "query", "index", "stream", "graph", "cache", "privacy", "mining", "workflow", "sensor", "schema",
        "ranking", "storage",
    ];
    let people = [
        "Kearns",
        "Schapire",
        "Valiant",
        "Codd",
        "Gray",
        "Stonebraker",
        "Ullman",
        "Widom",
        "Abiteboul",
        "Vianu",
    ];
    let mut lot = made::Lot::new(6);
    let made: Vec<[String; 3]> = (0..250)
        .map(|at| {
            let title: Vec<String> = (0..5).map(|_| format!("{}{}", lot.one(&words), lot.below(9))).collect();
            [
                title.join(" "),
                format!("{}, {}", lot.one(&people), lot.one(&people)),
                (1990 + at % 20).to_string(),
            ]
        })
        .collect();
    let mut records = Records::new(&fields);
    for row in &made {
        records.push(&row.each_ref().map(String::as_str));
    }
    for row in made.iter().rev() {
        let upper = row[0].to_uppercase();
        records.push(&[&upper[..upper.len() - 3], &row[1], &row[2]]);
    }
    let found = find(&records, Some(250), &Options::default());
    let right = found.links.iter().filter(|link| link.left + link.right == 499).count();
    assert!(right >= 245 && found.links.len() <= 251, "{right} of {}", found.links.len());
}

/// A second record of every seventh person, at another address and without the day of birth: nothing but the day would tell
/// such a person from a namesake of the household.
fn with_moved(rows: &mut Vec<made::Row>, truth: &mut Vec<u32>) -> Vec<(u32, u32)> {
    let mut lot = made::Lot::new(77);
    let is_reached = |at: &usize| rows[*at][3..5].iter().all(|cell| !cell.is_empty());
    let people: Vec<usize> = (0..rows.len()).step_by(7).filter(is_reached).collect();
    let mut moved = Vec::new();
    for person in people {
        let mut row = rows[person].clone();
        row[2].clear();
        row[5] = format!("Neuer Platz {}", 1 + lot.below(90));
        row[6] = format!("{:05}", 20_000 + lot.below(400));
        moved.push((person as u32, rows.len() as u32));
        truth.push(truth[person]);
        rows.push(row);
    }
    moved
}

#[test]
fn who_has_moved_and_gives_no_day_of_birth_is_no_namesake_of_the_old_household() {
    let (mut rows, mut truth) = made::people(2_000, 5);
    let moved = with_moved(&mut rows, &mut truth);
    let found = find(&made::records(&rows), None, &Options::default());
    let of = |record: u32| found.cluster_of[record as usize];
    let n_found = moved.iter().filter(|(left, right)| of(*left) == of(*right)).count();
    assert!(moved.len() > 250 && n_found * 100 >= moved.len() * 97, "{n_found} of {}", moved.len());
    let quality = pairwise(&found.cluster_of, &truth);
    assert!(quality.precision().unwrap() > 0.99, "{quality:?}");
}
