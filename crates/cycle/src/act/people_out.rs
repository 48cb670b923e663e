//! Whom an action is for, as a file: for a mail house, a shop or a call centre that does it.
//!
//! Those who are held out are never in it. Everything streams in pages by key.

use super::{actions, offers};
use platform::{Error, Result, Snapshot};
use records::people::{self, Person};
use std::collections::HashMap;
use std::io::{self, Write};
use tables::csv_out::{Cell, CsvWriter, WriteOptions};

/// Records held in memory at once.
const ROWS_AT_ONCE: i64 = 500;

/// Writes the treated people with their arms; returns how many.
///
/// **Errors** of the file as [`Error::File`] without a path; with a conflict before the launch.
pub fn treated(snapshot: &mut Snapshot<'_>, action_id: &str, out: impl Write) -> Result<u64> {
    let action = actions::get(snapshot, action_id)?;
    if action.state == actions::State::Draft || action.state == actions::State::Approved {
        return Err(Error::Conflict("the action was not launched: nobody knows yet who is held out".into()));
    }
    let mut csv = CsvWriter::new(out, WriteOptions::default());
    row(&mut csv, ["Customer number", "Name", "E-mail", "Phone", "Variant"])?;
    let (mut after, mut n) = (String::new(), 0);
    loop {
        let found = actions::people(snapshot, &action, &after, ROWS_AT_ONCE)?;
        let Some((last, _)) = found.last() else { return Ok(n) };
        after.clone_from(last);
        let known = known(snapshot, found.iter().map(|(id, _)| id.clone()).collect())?;
        for (id, arm) in &found {
            let Some(person) = known.get(id) else { continue };
            row(
                &mut csv,
                [text(&person.external_id), &person.name, text(&person.email), text(&person.phone), arm],
            )?;
            n += 1;
        }
    }
}

/// Writes the codes of an offer with those who hold them; returns how many.
///
/// **Errors** of the file as [`Error::File`] without a path.
pub fn codes(snapshot: &mut Snapshot<'_>, action_id: &str, out: impl Write) -> Result<u64> {
    let mut csv = CsvWriter::new(out, WriteOptions::default());
    row(&mut csv, ["Code", "Customer number", "Name", "E-mail", "Phone", "Variant", "Order number"])?;
    let (mut after, mut n) = (String::new(), 0);
    loop {
        let found = offers::codes(snapshot, action_id, &after, ROWS_AT_ONCE)?;
        let Some(last) = found.last() else { return Ok(n) };
        after.clone_from(&last.person_id);
        let known = known(snapshot, found.iter().map(|code| code.person_id.clone()).collect())?;
        for code in &found {
            let Some(person) = known.get(&code.person_id) else { continue };
            let contact = [text(&person.external_id), &person.name, text(&person.email), text(&person.phone)];
            let [number, name, email, phone] = contact;
            row(&mut csv, [&code.code, number, name, email, phone, &code.arm, text(&code.order_number)])?;
            n += 1;
        }
    }
}

fn known(snapshot: &mut Snapshot<'_>, ids: Vec<String>) -> Result<HashMap<String, Person>> {
    Ok(people::many(snapshot, &ids)?.into_iter().map(|person| (person.id.clone(), person)).collect())
}

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("")
}

fn row<const N: usize>(csv: &mut CsvWriter<impl Write>, cells: [&str; N]) -> Result<()> {
    csv.write_row(cells.map(Cell::Text)).map_err(of_file)
}

fn of_file(error: io::Error) -> Error {
    Error::file("", error)
}
