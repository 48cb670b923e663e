//! Rows of companies: found by number or name, created or changed.

use super::apply::{Outcome, RowOutcome, Run, differences, written_by_this_import};
use platform::{Result, Tx};
use records::companies::{self, Company, Input};
use records::people::Defaults;

pub(super) fn apply(
    tx: &mut Tx<'_>,
    run: &Run,
    defaults: Defaults,
    row: u64,
    input: &Input,
) -> Result<RowOutcome> {
    let before = find(tx, run, input)?;
    if before.as_ref().is_some_and(|company| company.deleted_at.is_some()) {
        let note = "the company is in the trash; bring it back first".to_string();
        return Ok(RowOutcome::refused(row, Outcome::Conflict, None, note));
    }
    let now = tx.now();
    let mut company = before.clone().unwrap_or_else(|| Company { created_at: now, ..Company::default() });
    let mut input = input.clone();
    // The number of a company into which another was merged stays; the row's number led here through the merge.
    if company.external_id.is_some() {
        input.external_id = None;
    }
    let outcome = companies::apply(&mut company, &input, defaults);
    let notes: Vec<String> = outcome
        .problems
        .iter()
        .map(|problem| format!("{} left out: {}", problem.field, problem.message))
        .collect();
    if company.name.is_empty() {
        return Ok(RowOutcome::refused(row, Outcome::Error, None, notes.join("; ")));
    }
    let Some(before) = before else {
        company.id = tx.new_id("com");
        company.updated_at = now;
        companies::save(tx, None, &company)?;
        return Ok(RowOutcome::taken(row, Outcome::New, &company.id).with_notes(&notes));
    };
    if !outcome.changed {
        return Ok(RowOutcome::taken(row, Outcome::Same, &company.id).with_notes(&notes));
    }
    if written_by_this_import(tx, &company.id)? {
        let note = format!("the same key stands twice in the file: an earlier row wrote {}", before.name);
        return Ok(RowOutcome::refused(row, Outcome::Conflict, None, note));
    }
    company.updated_at = now;
    companies::save(tx, Some(&before), &company)?;
    let mut told = RowOutcome::taken(row, Outcome::Changed, &company.id).with_notes(&notes);
    told.differences = differences(&before, &company)?;
    Ok(told)
}

/// The company that the row's keys name; one that was merged leads to the one that was kept.
fn find(tx: &mut Tx<'_>, run: &Run, input: &Input) -> Result<Option<Company>> {
    for key in &run.keys {
        let found = match (key.as_str(), &input.external_id, &input.name) {
            ("company.external_id", Some(number), _) => companies::by_external_id(tx, number.trim())?,
            ("company.name", _, Some(name)) => companies::by_name(tx, name)?,
            _ => None,
        };
        if let Some(company) = found {
            return companies::survivor(tx, &company.id).map(Some);
        }
    }
    Ok(None)
}
