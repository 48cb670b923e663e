//! Taking back what was done to an order.

use super::{Order, refresh_person_totals, rows, verbs};
use crate::image;
use platform::events::{self, Event};
use platform::{Error, Result, Tx};

/// Puts the order and its lines back to where they stood before `event`; a creation is taken away again.
///
/// **Errors** with [`Error::Conflict`] when something later stands on it: another change, a return, or another order
/// with its number.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let people = put_back(tx, event)?;
    refresh_person_totals(tx, &people.iter().map(String::as_str).collect::<Vec<_>>()).map(drop)
}

/// As [`undo_event`], but leaves the totals to the caller; returns the people whose totals are to be refreshed.
pub fn put_back(tx: &mut Tx<'_>, event: &Event) -> Result<Vec<String>> {
    let id = event.record_id.as_str();
    let current = rows::image(tx, id)?;
    let before = image::before(event)?;
    let number = current.as_ref().or(before.as_ref()).and_then(|image| image::text(image, "number"));
    let name = format!("order {}", number.unwrap_or(id));
    let person_now = current.as_ref().and_then(|image| image::text(image, "person_id")).map(str::to_owned);
    let person_then = before.as_ref().and_then(|image| image::text(image, "person_id")).map(str::to_owned);
    let subject_now = match &current {
        Some(_) => person_now.as_deref().unwrap_or(id),
        None => &event.subject_id,
    };
    image::refuse_if_overtaken(tx, event, subject_now, &name)?;
    if before.is_none() && current.is_some() {
        let order: Order = super::get(tx, id)?;
        verbs::refuse_with_returns(tx, &order)?;
    }
    if let Some(key) = before.as_ref().and_then(|image| image::text(image, "number_key"))
        && let Some(other) = super::by_number_key(tx, key)?
        && other.id != id
    {
        return Err(Error::Conflict(format!("{name}: its number now belongs to another order")));
    }
    if current.is_some() {
        rows::remove(tx, id)?;
    }
    if let Some(before) = &before {
        rows::insert_image(tx, before)?;
    }
    let subject = match &before {
        Some(_) => person_then.as_deref().unwrap_or(id),
        None => subject_now,
    };
    let subject = subject.to_string();
    events::append_undone(tx, event, &subject, current.map(image::to_json))?;
    let mut people: Vec<String> = person_now.into_iter().chain(person_then).collect();
    people.dedup();
    Ok(people)
}
