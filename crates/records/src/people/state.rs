//! Stating a person under the number of another system: created, changed or the same, however often it is said.

use super::{Defaults, Input, Person, create, find, restore, update};
use crate::products::Outcome;
use crate::values::fold::tidy;
use platform::{Error, Result, Tx};

/// The longest number of another system, in characters.
const NUMBER_CHARS: usize = 200;

/// Creates the person with this number or changes the fields that the input names; a deleted person comes back.
///
/// **Errors** as [`create`] and [`update`], at `external_id` where the number is empty or the input names another.
pub fn state(tx: &mut Tx<'_>, number: &str, input: &Input, defaults: Defaults) -> Result<(Person, Outcome)> {
    let number = tidy(number);
    check_number(&number, input.external_id.as_deref())?;
    let input = Input { external_id: Some(number.clone().into_owned()), ..input.clone() };
    let Some(known) = find::by_external_id(tx, &number)? else {
        return Ok((create(tx, &input, defaults)?, Outcome::Created));
    };
    let was_deleted = known.deleted_at.is_some();
    let before = if was_deleted { restore(tx, &known.id)? } else { known };
    let after = update(tx, &before.id, &input, defaults)?;
    let changed = was_deleted || after != before;
    Ok((after, if changed { Outcome::Changed } else { Outcome::Same }))
}

/// **Errors** at `external_id`.
pub(crate) fn check_number(number: &str, given: Option<&str>) -> Result<()> {
    if number.is_empty() || number.chars().count() > NUMBER_CHARS {
        return Err(Error::invalid("external_id", format!("a number has 1 to {NUMBER_CHARS} characters")));
    }
    match given {
        Some(given) if tidy(given) != number => {
            Err(Error::invalid("external_id", format!("“{given}” is not the number {number} that is stated")))
        }
        _ => Ok(()),
    }
}
