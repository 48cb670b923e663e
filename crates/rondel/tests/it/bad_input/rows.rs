//! Rows that cannot be used: each is kept with its number, its column and the reason, and the others are taken.

use libtest_mimic::Trial;

use super::{assert_rejected, imported, rejected, said};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        malformed_rows_are_kept_and_the_others_taken,
        bytes_of_another_encoding_fail_their_row,
        a_line_without_an_end_fails_alone,
        impossible_dates_are_told_at_their_column,
        one_key_twice_in_one_file_is_a_conflict,
        negative_and_zero_prices_are_told,
        an_unknown_currency_is_told_at_its_column,
        numbers_beyond_counting_fail_their_row,
        texts_too_long_for_an_index_fail_their_row,
        rejected_rows_are_mended_and_replayed,
    ]
}

fn malformed_rows_are_kept_and_the_others_taken(installation: &Installation) {
    let text = b"Customer No,Name,E-mail\nC1,Ada,ada@example.com\nC2,Bo\nC3,Cy,cy@example.com,what,is,this\n\
                 C4,D\0an,dan@example.com\nC5,Eve,eve@example.com\n,,\nC6,\"Fay,fay@example.com\n";
    let (code, import) = imported(installation, "people", text, &[]);
    assert_eq!((code, &import["state"]), (3, &"done".into()), "{import}");
    let found = rejected(installation, &import);
    let numbers: Vec<i64> = found.iter().map(|row| row.0).collect();
    assert!(numbers.contains(&3) && numbers.contains(&4) && numbers.contains(&5), "{found:#?}");
    assert!(found.iter().all(|(_, _, reason)| !reason.is_empty()), "{found:#?}");
    assert!(import["counts"]["new"].as_i64().unwrap() >= 2, "{import}");
}

fn bytes_of_another_encoding_fail_their_row(installation: &Installation) {
    let mut text = "Customer No,Name\nC1,José\n".as_bytes().to_vec();
    text.extend_from_slice(b"C2,Jos\xE9\nC3,Paul\n");
    let (code, import) = imported(installation, "people", &text, &[]);
    assert_eq!((code, &import["counts"]["new"]), (3, &2.into()), "{import}");
    assert_rejected(&rejected(installation, &import), &[(3, "Name", "is not UTF-8")]);
}

fn a_line_without_an_end_fails_alone(installation: &Installation) {
    let mut text = b"Customer No,Name\nC1,Ada\n".to_vec();
    text.resize(text.len() + 20_000_000, b'x');
    text.extend_from_slice(b"\nC3,Cy\n");
    let (code, import) = imported(installation, "people", &text, &[]);
    assert_eq!((code, &import["counts"]["new"]), (3, &2.into()), "{import}");
    assert_rejected(&rejected(installation, &import), &[(3, "", "max_row_bytes")]);
}

fn impossible_dates_are_told_at_their_column(installation: &Installation) {
    let text = b"Customer No,Order No,Order date,SKU,Quantity,Unit price\n\
                 C1,B1,2025-02-28,S1,1,5\nC1,B2,2025-02-30,S1,1,5\nC1,B3,2025-13-01,S1,1,5\nC1,B4,,S1,1,5\n\
                 C1,B5,soon,S1,1,5\nC1,B6,99999-01-01,S1,1,5\nC1,B7,0000-00-00,S1,1,5\n";
    let (code, import) = imported(installation, "orders", text, &[]);
    assert_eq!((code, &import["counts"]["new"]), (3, &1.into()), "{import}");
    let found = rejected(installation, &import);
    let row = |number, part| (number, "Order date", part);
    let wanted =
        [row(3, "2025-02-30"), row(4, ""), row(5, "no date"), row(6, "soon"), row(7, ""), row(8, "")];
    assert_rejected(&found, &wanted);
}

fn one_key_twice_in_one_file_is_a_conflict(installation: &Installation) {
    let text = b"Customer No,Name,City\nC1,Ada Lovelace,London\nC1,Ada King,Ockham\nC1,Ada Lovelace,London\n";
    let (code, import) = imported(installation, "people", text, &[]);
    assert_eq!(code, 3, "{import}");
    let counts = &import["counts"];
    assert_eq!((&counts["new"], &counts["conflict"], &counts["same"]), (&1.into(), &1.into(), &1.into()));
    assert_rejected(&rejected(installation, &import), &[(3, "", "the same key stands twice in the file")]);
}

fn negative_and_zero_prices_are_told(installation: &Installation) {
    let text = b"Customer No,Order No,Order date,SKU,Quantity,Unit price\n\
                 C1,B1,2025-01-01,S1,1,-5\nC1,B2,2025-01-01,S1,1,0\nC1,B3,2025-01-01,S1,-1,5\nC1,B4,2025-01-01,S1,1,free\n";
    let (code, import) = imported(installation, "orders", text, &[]);
    assert_eq!((code, &import["counts"]["new"]), (3, &2.into()), "{import}");
    let wanted = [(2, "Unit price", "a unit price cannot be negative"), (5, "Unit price", "free")];
    assert_rejected(&rejected(installation, &import), &wanted);
}

fn an_unknown_currency_is_told_at_its_column(installation: &Installation) {
    let text = b"Customer No,Order No,Order date,SKU,Quantity,Unit price,Currency\n\
                 C1,B1,2025-01-01,S1,1,5,EUR\nC1,B2,2025-01-01,S1,1,5,XQZ\n";
    let (code, import) = imported(installation, "orders", text, &[]);
    assert_eq!((code, &import["counts"]["new"]), (3, &1.into()), "{import}");
    assert_rejected(&rejected(installation, &import), &[(3, "Currency", "XQZ")]);
}

/// A row beyond counting must not take the rows around it with it.
fn numbers_beyond_counting_fail_their_row(installation: &Installation) {
    let most = "90000000000000000";
    let text = format!(
        "Customer No,Order No,Order date,SKU,Quantity,Unit price,Amount\n\
         C1,B1,2025-01-01,S1,1,1,{most}\nC1,B1,2025-01-01,S1,1,1,{most}\nC1,B2,2025-01-01,S1,1,1,{most}\n\
         C1,B3,2025-01-01,S1,99999999999999999999,1,\nC1,B4,2025-01-01,S1,9000000000,9000000000,\n\
         C2,B5,2025-01-01,S1,1,5,\n"
    );
    let (code, import) = imported(installation, "orders", text.as_bytes(), &[]);
    assert_eq!((code, &import["state"]), (3, &"done".into()), "{import}");
    let large = "too large";
    let wanted = [
        (2, "Amount", large),
        (3, "Amount", large),
        (4, "Amount", large),
        (5, "Quantity", ""),
        (6, "Quantity", large),
    ];
    assert_rejected(&rejected(installation, &import), &wanted);
    assert_eq!(import["counts"]["new"], 1);
}

/// What stands in an index has a bound on a database server; a longer text is the row's problem, not the import's.
fn texts_too_long_for_an_index_fail_their_row(installation: &Installation) {
    let long: String = (0..6_000_u32).map(|n| char::from(b'a' + (n * n % 251 % 26) as u8)).collect();
    let text = format!("Customer No,Name,Country\nC{long},Ada,DE\nC2,{long},DE\nC3,Cy,{long}\nC4,Di,DE\n");
    let (code, import) = imported(installation, "people", text.as_bytes(), &[]);
    assert_eq!((code, &import["state"]), (3, &"done".into()), "{import}");
    assert_eq!(rejected(installation, &import)[0].1, "Customer No");
    let text = format!(
        "Customer No,Order No,Order date,SKU,Product,Quantity,Unit price\n\
         C1,B{long},2025-01-01,S1,P,1,5\nC1,B2,2025-01-01,S{long},P,1,5\nC{long},B3,2025-01-01,S1,P,1,5\n\
         C1,B4,2025-01-01,S4,P{long},1,5\nC1,B5,2025-01-01,S1,P,1,5\n"
    );
    let (code, import) = imported(installation, "orders", text.as_bytes(), &[]);
    assert_eq!((code, &import["state"]), (3, &"done".into()), "{import}");
    let wanted = [(2, "Order No", "too long"), (3, "SKU", "too long"), (4, "Customer No", "too long")];
    assert_rejected(&rejected(installation, &import)[..3], &wanted);
}

fn rejected_rows_are_mended_and_replayed(installation: &Installation) {
    let text = b"Customer No,Order No,Order date,SKU,Quantity,Unit price\n\
                 C1,B1,2025-02-30,S1,1,5\nC1,B2,2025-02-28,S1,1,5\n";
    let (_, import) = imported(installation, "orders", text, &[]);
    let id = import["id"].as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rejected.csv");
    let mut show = installation.rondel();
    said(show.args(["imports", "show", id, "--rejected"]).arg(&path));
    let mended = std::fs::read_to_string(&path).unwrap().replace("C1,B1,2025-02-30", "C1,B1,2025-02-27");
    std::fs::write(&path, mended).unwrap();
    let (code, answer) = said(installation.rondel().args(["imports", "replay", id, "--file"]).arg(&path));
    assert_eq!((code, &answer["taken"], &answer["rejected"]), (0, &1.into(), &0.into()), "{answer}");
    let (code, answer) = said(installation.rondel().args(["imports", "replay", id]));
    assert_eq!((code, &answer["taken"]), (0, &0.into()), "nothing is taken twice: {answer}");
}
