//! Everything that an import writes, as texts that do not depend on ids or on the time of day.

use std::collections::BTreeMap;

use platform::Store;

/// The rows of each table.
pub type Picture = BTreeMap<&'static str, Vec<String>>;

const IMPORTS: (&str, &str) = (
    "imports",
    "SELECT import_no, kind, file_name, state, cursor_row, bytes_done, n_new, n_changed, n_same, n_conflict, n_error
     FROM imports ORDER BY import_no",
);

const LEDGER: (&str, &str) = (
    "ledger",
    "SELECT r.import_no, r.row_no, r.outcome, r.note, o.number, p.external_id
     FROM import_rows r LEFT JOIN orders o ON o.id = r.record_id LEFT JOIN people p ON p.id = r.record_id
     ORDER BY r.import_no, r.row_no",
);

const REJECTED: (&str, &str) = (
    "rejected rows",
    "SELECT import_no, row_no, column_name, reason, cells_json FROM rejected_rows ORDER BY import_no, row_no",
);

const EVENTS: (&str, &str) = (
    "events",
    "SELECT e.verb, coalesce(o.number, p.external_id, s.sku), count(*), count(e.before_json)
     FROM events e LEFT JOIN orders o ON o.id = e.record_id LEFT JOIN people p ON p.id = e.record_id
       LEFT JOIN products s ON s.id = e.record_id
     GROUP BY e.verb, coalesce(o.number, p.external_id, s.sku)",
);

const RECORDS: [(&str, &str); 4] = [
    (
        "people",
        "SELECT external_id, name, email, n_orders, revenue_minor, first_order_at, last_order_at
         FROM people ORDER BY external_id, name",
    ),
    ("products", "SELECT sku, name, category FROM products ORDER BY sku"),
    (
        "orders",
        "SELECT o.number, p.external_id, o.ordered_at, o.is_return, o.status, o.currency, o.total_minor,
           o.counted_minor, o.n_lines
         FROM orders o LEFT JOIN people p ON p.id = o.person_id ORDER BY o.number",
    ),
    (
        "lines",
        "SELECT o.number, l.line_no, l.sku, s.sku, l.description, l.quantity_milli, l.unit_price_micro,
           l.amount_minor, l.import_no
         FROM order_lines l LEFT JOIN orders o ON o.id = l.order_id LEFT JOIN products s ON s.id = l.product_id
         ORDER BY o.number, l.line_no",
    ),
];

/// Records, log and ledger.
pub fn whole(store: &Store) -> Picture {
    taken(store, &[&RECORDS[..], &[IMPORTS, LEDGER, REJECTED, EVENTS]].concat())
}

/// Only what people work with: people, products, orders and their lines.
pub fn records(store: &Store) -> Picture {
    taken(store, &RECORDS)
}

fn taken(store: &Store, tables: &[(&'static str, &'static str)]) -> Picture {
    let mut picture = Picture::new();
    for &(table, sql) in tables {
        let rows = store.read(move |snapshot| {
            snapshot.query(sql, &[], |row| {
                let mut cells = Vec::new();
                while let Ok(cell) = row.cell(cells.len()) {
                    cells.push(format!("{cell:?}"));
                }
                Ok(cells.join(" "))
            })
        });
        let mut rows = rows.wait().unwrap();
        rows.sort_unstable();
        picture.insert(table, rows);
    }
    picture
}

/// Fails at the first row in which the two differ.
#[track_caller]
pub fn assert_same(found: &Picture, wanted: &Picture) {
    for (table, rows) in wanted {
        let others = &found[table];
        let differing = rows.iter().zip(others).find(|(wanted, found)| wanted != found);
        assert!(differing.is_none(), "{table}: wanted and found {differing:#?}");
        assert_eq!(others.len(), rows.len(), "number of {table}");
    }
}
