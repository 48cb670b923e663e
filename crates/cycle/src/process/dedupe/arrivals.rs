//! After an import: its new records are searched among all, and the rows that look like somebody who was there are noted.

use super::{Extent, Reason};
use crate::collect::imports;
use crate::collect::likeness::{Alike, Noun};
use platform::store::{Snapshot, Store};
use platform::{By, Error, Result, params};

/// Rows of an import that are looked through in one transaction.
const ROWS_AT_ONCE: i64 = 20_000;

/// Searches what was written since the last search, and notes which rows of the import are among what was found.
pub fn after_import(store: &Store, id: &str) -> Result<()> {
    let wanted = id.to_string();
    let import = store.read(move |s| imports::get(s, &wanted)).wait()?;
    let Some(noun) = imports::noun_of(import.kind) else { return Ok(()) };
    let (n_new, sql) = (
        import.counts.new,
        format!("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT $1) AS counted", noun.table()),
    );
    let n: i64 = store.read(move |s| s.one(&sql, &params![n_new + 1], |row| row.get(0))).wait()?;
    if n <= n_new {
        // Nobody was there before: what the file itself has twice is found by the next turn.
        return Ok(());
    }
    super::run(store, Extent::Changed)?;
    let mut from = 0;
    while from < import.cursor_row {
        let (no, id, to) = (import.import_no, import.id.clone(), from + ROWS_AT_ONCE);
        let sql = note(noun);
        let write =
            move |tx: &mut platform::Tx<'_>| tx.execute(&sql, &params![no, from, to, id, noun.name()]);
        store.write(By::system(), write).wait()?;
        from = to;
    }
    Ok(())
}

/// Proposed pairs of a new record of some rows with one that the same import did not make.
///
/// What is joined with an empty text has no index that SQLite could begin with: it would go through all proposed pairs for each
/// row, and through all events of the import for each pair, instead of looking up the record.
fn note(noun: Noun) -> String {
    let side = |mine: &str, other: &str| {
        format!(
            "SELECT r.import_no, r.row_no, r.record_id, p.{other}
             FROM import_rows r JOIN duplicate_pairs p ON p.{mine} = r.record_id
             WHERE r.import_no = $1 AND r.row_no > $2 AND r.row_no <= $3 AND r.outcome = 'new'
               AND p.state || '' = 'proposed' AND p.record_kind || '' = $5
               AND NOT EXISTS (SELECT 1 FROM events e WHERE e.subject_id = p.{other} AND e.record_id = p.{other}
                 AND e.origin || '' = $4 AND e.verb = '{}.created')",
            noun.name()
        )
    };
    format!(
        "INSERT INTO import_likenesses (import_no, row_no, record_id, other_id) {} UNION ALL {}
         ON CONFLICT (import_no, row_no, other_id) DO NOTHING",
        side("left_id", "right_id"),
        side("right_id", "left_id")
    )
}

/// Rows of an import whose new records look like one that was there before and still wait to be decided, by row.
pub fn alike_in(snapshot: &mut Snapshot<'_>, import: &imports::Import, at_most: usize) -> Result<Vec<Alike>> {
    let Some(noun) = imports::noun_of(import.kind) else { return Ok(Vec::new()) };
    let table = noun.table();
    let sql = format!(
        "SELECT l.row_no, n.name, l.record_id, o.name, l.other_id, p.score, p.reasons_json
         FROM import_likenesses l JOIN duplicate_pairs p
           ON p.left_id = CASE WHEN l.record_id < l.other_id THEN l.record_id ELSE l.other_id END
           AND p.right_id = CASE WHEN l.record_id < l.other_id THEN l.other_id ELSE l.record_id END
         JOIN {table} n ON n.id = l.record_id JOIN {table} o ON o.id = l.other_id
         WHERE l.import_no = $1 AND p.state = 'proposed' AND n.merged_into IS NULL AND n.deleted_at IS NULL
           AND o.merged_into IS NULL AND o.deleted_at IS NULL
         ORDER BY l.row_no, l.other_id LIMIT $2"
    );
    snapshot.query(&sql, &params![import.import_no, at_most as i64], |row| {
        Ok(Alike {
            row: row.get(0)?,
            name: row.get(1)?,
            record_id: row.get(2)?,
            other_name: row.get(3)?,
            other_id: row.get(4)?,
            score: row.get(5)?,
            reasons: serde_json::from_str::<Vec<Reason>>(row.text(6)?).map_err(Error::from)?,
        })
    })
}

/// How many rows of an import were noted that made a record of their own, decided since or not.
pub fn n_alike_in(snapshot: &mut Snapshot<'_>, import_no: i64) -> Result<i64> {
    let sql = "SELECT count(*) FROM (SELECT DISTINCT row_no FROM import_likenesses
         WHERE import_no = $1 AND record_id <> other_id) AS noted";
    snapshot.one(sql, &params![import_no], |row| row.get(0))
}

/// A row that looks like a record that was there before the import, and what became of the likeness.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    pub row: i64,
    /// The record that the row made, or that it was matched with.
    pub record_id: String,
    pub name: String,
    /// The record that was there before.
    pub other_id: String,
    pub other_name: String,
    /// `proposed`, `different`, `skipped` or `merged`, as the pair stands; `matched` where the plan took the row for the
    /// record that was there; `gone` where a later search proposes the pair no more.
    pub state: String,
    /// **Units.** Bits; None where the pair is not kept.
    pub score: Option<f64>,
    pub reasons: Vec<Reason>,
    /// The remark of the row: for one that was matched, by what.
    pub note: Option<String>,
}

/// A page of the rows of an import that look like a record that was there, decided or not, by row, behind `after`.
pub fn settled_in(
    snapshot: &mut Snapshot<'_>,
    import: &imports::Import,
    after: (i64, &str),
    limit: usize,
) -> Result<Vec<Settled>> {
    let Some(noun) = imports::noun_of(import.kind) else { return Ok(Vec::new()) };
    let table = noun.table();
    let sql = format!(
        "SELECT l.row_no, l.record_id, n.name, l.other_id, o.name,
           CASE WHEN l.record_id = l.other_id THEN 'matched' ELSE coalesce(p.state, 'gone') END,
           p.score, p.reasons_json, r.note
         FROM import_likenesses l JOIN {table} n ON n.id = l.record_id JOIN {table} o ON o.id = l.other_id
         LEFT JOIN duplicate_pairs p
           ON p.left_id = CASE WHEN l.record_id < l.other_id THEN l.record_id ELSE l.other_id END
           AND p.right_id = CASE WHEN l.record_id < l.other_id THEN l.other_id ELSE l.record_id END
         LEFT JOIN import_rows r ON r.import_no = l.import_no AND r.row_no = l.row_no
         WHERE l.import_no = $1 AND (l.row_no, l.other_id) > ($2, $3)
         ORDER BY l.row_no, l.other_id LIMIT $4"
    );
    let (row_no, other_id) = after;
    snapshot.query(&sql, &params![import.import_no, row_no, other_id, limit as i64], |row| {
        let reasons: Option<String> = row.get(7)?;
        Ok(Settled {
            row: row.get(0)?,
            record_id: row.get(1)?,
            name: row.get(2)?,
            other_id: row.get(3)?,
            other_name: row.get(4)?,
            state: row.get(5)?,
            score: row.get(6)?,
            reasons: reasons.map_or(Ok(Vec::new()), |text| serde_json::from_str::<Vec<Reason>>(&text))?,
            note: row.get(8)?,
        })
    })
}
