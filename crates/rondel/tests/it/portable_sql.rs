//! The SQL that `docs/sql.md` calls portable, run on both engines with the same answers.
//!
//! The next statement's author looks here (and there) before trying something new.

use libtest_mimic::Trial;
use platform::store::Store;
use platform::{By, params};

use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        the_portable_subset_gives_the_same_answers,
        an_upsert_returns_the_row_that_stands,
        rows_are_updated_from_and_deleted_with_an_answer,
        lower_case_is_ascii_only,
    ]
}

/// A table of four orders for the statements below.
const ORDERS: &str = "WITH orders (id, person, amount) AS (
    VALUES ('o1', 'ann', CAST(100 AS BIGINT)), ('o2', 'ann', 300), ('o3', 'bob', 50), ('o4', NULL, 7))";

/// Statements after [`ORDERS`], and their answer as text, rows joined by spaces.
const PORTABLE: [(&str, &str); 17] = [
    ("SELECT id FROM orders WHERE (person, id) > ('ann', 'o1') ORDER BY id", "o2 o3"),
    (
        "SELECT id FROM orders WHERE (person, id) IN (VALUES ('ann', 'o1'), ('bob', 'o3')) ORDER BY id",
        "o1 o3",
    ),
    ("SELECT id FROM orders ORDER BY person DESC NULLS LAST, id", "o3 o1 o2 o4"),
    ("SELECT CAST(sum(amount) AS BIGINT) FROM orders", "457"),
    ("SELECT CAST(sum(amount) FILTER (WHERE person = 'ann') AS BIGINT) FROM orders", "400"),
    (
        "SELECT CAST(sum(amount) OVER (PARTITION BY person ORDER BY id) AS BIGINT) FROM orders ORDER BY id",
        "100 400 50 7",
    ),
    (
        "SELECT CAST(count(*) FILTER (WHERE amount > 60) OVER () AS BIGINT) FROM orders ORDER BY id LIMIT 1",
        "2",
    ),
    ("SELECT row_number() OVER (ORDER BY amount) FROM orders ORDER BY id", "3 4 2 1"),
    ("SELECT CAST(ntile(2) OVER (ORDER BY amount) AS BIGINT) FROM orders ORDER BY id", "2 2 1 1"),
    ("SELECT coalesce(lag(id) OVER (ORDER BY id), '-') FROM orders ORDER BY id", "- o1 o2 o3"),
    ("SELECT id FROM orders WHERE person IS DISTINCT FROM 'ann' ORDER BY id", "o3 o4"),
    ("SELECT CASE WHEN amount > 60 THEN 'high' ELSE 'low' END FROM orders ORDER BY id", "high high low low"),
    ("SELECT coalesce(nullif(person, 'bob'), 'nobody') FROM orders ORDER BY id", "ann ann nobody nobody"),
    ("SELECT replace(substr(id, 2, 1) || lower('X'), 'x', 'y') FROM orders ORDER BY id", "1y 2y 3y 4y"),
    ("SELECT CAST(round(CAST(sum(amount) AS DOUBLE PRECISION) / count(*)) AS BIGINT) FROM orders", "114"),
    (
        ", regulars AS (SELECT person FROM orders GROUP BY person HAVING count(*) > 1) SELECT person FROM regulars",
        "ann",
    ),
    ("SELECT CAST(max(length(id)) AS BIGINT) FROM orders WHERE lower(person) LIKE 'a%'", "2"),
];

fn answer(store: &Store, sql: String) -> String {
    let rows = store.read(move |s| {
        s.query(&sql, &[], |row| row.get::<String>(0).or_else(|_| row.get::<i64>(0).map(|n| n.to_string())))
    });
    rows.wait().unwrap().join(" ")
}

fn the_portable_subset_gives_the_same_answers(installation: &Installation) {
    let store = installation.store();
    for (statement, wanted) in PORTABLE {
        assert_eq!(answer(&store, format!("{ORDERS} {statement}")), wanted, "{statement}");
    }
    let counted = "WITH RECURSIVE days (n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM days WHERE n < 4) SELECT n FROM days";
    assert_eq!(answer(&store, counted.to_owned()), "1 2 3 4");
}

fn an_upsert_returns_the_row_that_stands(installation: &Installation) {
    let store = installation.store();
    let upsert = "INSERT INTO settings (name, value_json, changed_at) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET value_json = excluded.value_json, changed_at = settings.changed_at
        RETURNING changed_at";
    let put = |value: &'static str, at: i64| {
        store
            .write(By::system(), move |tx| tx.one(upsert, &params!["a", value, at], |row| row.get::<i64>(0)))
            .wait()
            .unwrap()
    };
    assert_eq!(put("1", 10), 10);
    assert_eq!(put("2", 20), 10, "the first time stands");
    assert_eq!(answer(&store, "SELECT value_json FROM settings".to_owned()), "2");
}

fn rows_are_updated_from_and_deleted_with_an_answer(installation: &Installation) {
    let store = installation.store();
    let add = "INSERT INTO settings (name, value_json, changed_at) VALUES ('a', '1', 1), ('b', '2', 2), ('c', '3', 3)";
    store.write(By::system(), move |tx| tx.execute(add, &[])).wait().unwrap();
    let update = "WITH newer (name, value) AS (VALUES ('a', 'x'), ('c', 'z'))
        UPDATE settings SET value_json = newer.value FROM newer WHERE settings.name = newer.name";
    assert_eq!(store.write(By::system(), move |tx| tx.execute(update, &[])).wait().unwrap(), 2);
    let delete = "DELETE FROM settings WHERE changed_at > $1 RETURNING value_json";
    let mut deleted = store
        .write(By::system(), move |tx| tx.query(delete, &params![1], |row| row.get::<String>(0)))
        .wait()
        .unwrap();
    deleted.sort();
    assert_eq!(deleted, ["2", "z"]);
}

fn lower_case_is_ascii_only(installation: &Installation) {
    let store = installation.store();
    assert_eq!(answer(&store, "SELECT lower('ÄA')".to_owned()), "Äa");
}
