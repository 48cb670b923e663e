//! Imports on the embedded engine: small files that state one thing each, and the real files of other systems.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod lines;
mod people;
mod real_files;

use cycle::collect::imports::{self, Counts, Format, Import, Incoming, Kind, Preview};
use platform::ids::IdMaker;
use platform::store::Place;
use platform::{By, Clock, Store};
use std::path::{Path, PathBuf};

/// A store in a folder of its own, and the folder in which files are kept.
pub struct Office {
    pub store: Store,
    directory: tempfile::TempDir,
}

pub const NOON: i64 = 1_700_000_000_000_000;

impl Office {
    pub fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::File(directory.path().join("rondel.db"));
        let store = Store::open(&place, Clock::held_at(NOON), IdMaker::seeded(7)).unwrap();
        Self { store, directory }
    }

    pub fn folder(&self) -> PathBuf {
        self.directory.path().join("files")
    }

    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn arrive(&self, path: &Path, kind: Option<Kind>) -> platform::Result<Import> {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let incoming =
            Incoming { path: path.to_path_buf(), name, kind, format: Format::default(), source: None };
        imports::arrive(&self.store, &self.folder(), By::console(), &incoming)
    }

    pub fn run(&self, import: &Import) -> Import {
        let id = import.id.clone();
        self.store.write(By::console(), move |tx| imports::start(tx, &id)).wait().unwrap();
        imports::run(&self.store, &self.folder(), &import.id, &mut |_, _| {}).unwrap()
    }

    /// A small file, imported as it is guessed.
    pub fn import(&self, name: &str, text: &str) -> Import {
        let path = self.file(name, text);
        self.run(&self.arrive(&path, None).unwrap())
    }

    pub fn preview(&self, import: &Import) -> Preview {
        imports::preview(&self.store, &self.folder(), import, u64::MAX, |_| {}).unwrap()
    }

    pub fn undo(&self, import: &Import) -> Import {
        let id = import.id.clone();
        self.store.write(By::console(), move |tx| imports::start_undo(tx, &id)).wait().unwrap();
        imports::undo::run(&self.store, &import.id, &mut |_| {}).unwrap()
    }

    /// Every row of the tables of records, as text, to compare a state with another.
    pub fn dump(&self) -> Vec<String> {
        let tables = [
            (
                "people",
                "id, external_id, name, email, phone, company_id, country, raw_json, custom_json, n_orders, revenue_minor",
            ),
            ("companies", "id, name, domain, country"),
            ("products", "id, sku, name, category, price_minor"),
            (
                "orders",
                "id, number, person_id, ordered_at, is_return, status, currency, total_minor, counted_minor, n_lines",
            ),
            ("order_lines", "order_id, line_no, sku, quantity_milli, unit_price_micro, amount_minor"),
            ("consents", "person_id, purpose, state"),
            ("tags", "record_id, name"),
            ("notes", "id, body"),
        ];
        let mut lines = Vec::new();
        for (table, columns) in tables {
            let text: Vec<String> =
                columns.split(", ").map(|c| format!("coalesce(CAST({c} AS TEXT), '-')")).collect();
            let sql = format!("SELECT {} FROM {table}", text.join(" || '|' || "));
            let mut rows =
                self.store.read(move |s| s.query(&sql, &[], |row| row.get::<String>(0))).wait().unwrap();
            rows.sort();
            lines.extend(rows.into_iter().map(|row| format!("{table} {row}")));
        }
        lines
    }

    pub fn count(&self, sql: &'static str) -> i64 {
        self.store.read(move |s| s.one(sql, &[], |row| row.get(0))).wait().unwrap()
    }
}

pub fn counts(new: i64, changed: i64, same: i64, conflict: i64, error: i64) -> Counts {
    Counts { new, changed, same, conflict, error, ..Counts::default() }
}
