//! An empty firm in a temporary folder, with a clock that stands still: what the tests of records start from.

use platform::store::Place;
use platform::{By, Clock, Micros, Result, Snapshot, Store, Tx, events, ids::IdMaker, params};
use records::values::currency::Currency;

/// 2023-11-14T22:13:20Z.
pub const NOW: Micros = 1_700_000_000_000_000;
pub const DAY: Micros = platform::clock::DAY;

pub struct Office {
    store: Store,
    _folder: tempfile::TempDir,
}

impl Office {
    pub fn open() -> Self {
        let folder = tempfile::tempdir().expect("the temporary folder is writable");
        let place = Place::File(folder.path().join("rondel.db"));
        let store =
            Store::open(&place, Clock::held_at(NOW), IdMaker::seeded(7)).expect("an empty store opens");
        Self { store, _folder: folder }
    }

    pub fn write<T: Send + 'static>(
        &self,
        change: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_as(By::user("usr_ada"), change)
    }

    pub fn write_as<T: Send + 'static>(
        &self,
        by: By,
        change: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.store.clock().advance(1_000);
        self.store.write(by, change).wait()
    }

    pub fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Snapshot<'_>) -> Result<T> + Send + 'static,
    ) -> T {
        self.store.read(read).wait().expect("reading goes well")
    }

    /// Every row of `table`, each as one text: what must be the same after a change was taken back.
    pub fn rows(&self, table: &'static str) -> Vec<String> {
        self.read(move |snapshot| {
            let columns: Vec<String> = snapshot.query(
                "SELECT name FROM pragma_table_info($1) ORDER BY cid",
                &params![table],
                |row| row.get(0),
            )?;
            let texts: Vec<String> =
                columns.iter().map(|name| format!("coalesce(CAST({name} AS TEXT), 'NULL')")).collect();
            let sql = format!("SELECT {} FROM {table} ORDER BY 1", texts.join(" || ' | ' || "));
            snapshot.query(&sql, &[], |row| row.get(0))
        })
    }

    /// The events of `origin` from the newest to the oldest.
    pub fn events_of(&self, origin: &'static str) -> Vec<events::Event> {
        self.read(move |snapshot| events::of_origin(snapshot, origin, None, 1_000))
    }

    pub fn newest_event(&self) -> events::Event {
        self.read(|snapshot| events::newest(snapshot, None, 1)).remove(0)
    }

    pub fn verbs(&self, subject_id: &str) -> Vec<String> {
        let subject_id = subject_id.to_string();
        let events = self.read(move |snapshot| events::timeline(snapshot, &subject_id, None, 1_000));
        events.into_iter().rev().map(|event| event.verb).collect()
    }
}

pub fn euro() -> Currency {
    Currency::from_code("EUR").expect("the euro is a currency")
}

/// The fields of a refused input.
pub fn fields<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    match result {
        Err(platform::Error::Invalid(problems)) => problems.into_iter().map(|p| p.field).collect(),
        other => panic!("expected a problem of input, got {other:?}"),
    }
}
