//! Which row holds the names of the columns, and names that can be told apart.
//!
//! Does not know what the names mean: mapping them to fields is the work of the caller.

use std::collections::{HashMap, HashSet};

use crate::parse;
use crate::row::Row;

/// Where the header stands among sample rows, or that there is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HeaderGuess {
    /// Index among the sample rows.
    At(usize),
    /// The first row is data already.
    Absent,
}

/// Skips empty rows and titles above the header, and sees when the first row can be no header.
///
/// A title is a row with one filled cell (or two, above a wide table) over at least two rows that have more.
pub(crate) fn guess(rows: &[Option<Row>]) -> HeaderGuess {
    let filled: Vec<usize> = rows.iter().map(|row| row.as_ref().map_or(0, n_filled)).collect();
    let mut at = 0;
    while at + 2 < rows.len() && rows[at].is_some() {
        let mut below: Vec<usize> = filled[at + 1..].iter().copied().filter(|n| *n > 0).collect();
        below.sort_unstable();
        let typical = below.get(below.len() / 2).copied().unwrap_or(0);
        let is_title = (filled[at] == 1 && typical >= 2) || (filled[at] == 2 && typical >= 5);
        if below.len() >= 2 && (is_title || (filled[at] == 0 && typical >= 2)) {
            at += 1;
        } else {
            break;
        }
    }
    match rows.get(at) {
        Some(Some(row)) if is_data(row) => HeaderGuess::Absent,
        _ => HeaderGuess::At(at),
    }
}

fn n_filled(row: &Row) -> usize {
    row.cells().filter(|cell| !cell.trim().is_empty()).count()
}

/// True if every filled cell is a number, a date or an e-mail address: no header is made of those.
fn is_data(row: &Row) -> bool {
    let mut filled = row.cells().map(str::trim).filter(|cell| !cell.is_empty()).peekable();
    filled.peek().is_some() && filled.all(parse::is_value)
}

/// Names for the columns: trimmed, none empty, none twice. The notes say what was changed.
pub(crate) fn distinct_names<'a>(cells: impl Iterator<Item = &'a str>) -> (Vec<String>, Vec<String>) {
    let mut names: Vec<String> = Vec::new();
    let mut notes = Vec::new();
    let mut taken = HashSet::new();
    let mut times: HashMap<String, usize> = HashMap::new();
    for (column, cell) in cells.enumerate() {
        let given = cell.split_whitespace().collect::<Vec<_>>().join(" ");
        let base = if given.is_empty() { format!("column {}", column + 1) } else { given.clone() };
        let mut name = base.clone();
        let n = times.entry(base.clone()).or_insert(0);
        *n += 1;
        while !taken.insert(name.clone()) {
            *n = (*n).max(2);
            name = format!("{base} ({n})");
            *n += usize::from(taken.contains(&name));
        }
        if given.is_empty() {
            notes.push(format!("column {} has no name; it is called “{name}”", column + 1));
        } else if name != given {
            notes.push(format!(
                "the name “{given}” stands twice; in column {} it is called “{name}”",
                column + 1
            ));
        }
        names.push(name);
    }
    (names, notes)
}
