//! Input that nobody wants: nothing, one row, all equal, all different, rubbish.

use linkage::{Field, Kind, Options, Records, find};

use crate::made;

fn found(kinds: &[Kind], rows: &[Vec<&str>]) -> Vec<u32> {
    let fields: Vec<Field> =
        kinds.iter().enumerate().map(|(at, kind)| Field { name: format!("c{at}"), kind: *kind }).collect();
    let mut records = Records::new(&fields);
    for row in rows {
        records.push(row);
    }
    let groups = find(&records, None, &Options::default()).cluster_of;
    let mut of_columns = Records::new(&fields);
    of_columns.push_columns(made::columns(rows), rows.len());
    assert_eq!(find(&of_columns, None, &Options::default()).cluster_of, groups, "columns are as rows");
    groups
}

#[test]
fn no_row_and_one_row_are_no_pair() {
    assert!(found(&[Kind::Text], &[]).is_empty());
    assert_eq!(found(&[Kind::Text], &[vec!["a"]]), [0]);
}

#[test]
fn no_field_gives_no_pair() {
    assert_eq!(found(&[Kind::Ignored], &[vec!["a"], vec!["a"]]), [0, 1]);
}

#[test]
fn empty_cells_and_rubbish_are_not_alike() {
    let rubbish = [
        "",
        "NaN",
        "inf",
        "-",
        "\u{0}\u{1}",
        "💥💥",
        "'; drop table",
        "n/a",
        "null",
        "????",
        "\u{202e}abc",
        "0",
        "∞",
    ];
    for (kind, _) in Kind::NAMES {
        let rows: Vec<Vec<&str>> = rubbish.iter().map(|cell| vec![*cell, *cell]).collect();
        assert_eq!(found(&[kind, kind], &rows).len(), rubbish.len(), "{kind:?}");
    }
}

#[test]
fn rows_without_any_value_stay_alone() {
    let rows = vec![vec!["", ""]; 50];
    assert_eq!(found(&[Kind::GivenName, Kind::Email], &rows), (0..50).collect::<Vec<u32>>());
}

#[test]
fn a_constant_column_proves_nothing() {
    let names: Vec<String> = (0..300).map(|at| format!("x{}", at * 7919)).collect();
    let rows: Vec<Vec<&str>> = names.iter().map(|name| vec!["Berlin", name.as_str()]).collect();
    assert_eq!(found(&[Kind::City, Kind::Identifier], &rows), (0..300).collect::<Vec<u32>>());
}

#[test]
fn very_long_cells_are_compared_in_bounded_time() {
    let long = "word ".repeat(50_000);
    let rows: Vec<Vec<&str>> = (0..20).map(|_| vec![long.as_str(), long.as_str()]).collect();
    assert_eq!(found(&[Kind::Text, Kind::FamilyName], &rows).len(), 20);
}
