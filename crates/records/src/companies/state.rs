//! Stating a company under the number of another system: created, changed or the same, however often it is said.

use super::{Company, Input, by_external_id, create, restore, update};
use crate::people::{Defaults, check_number};
use crate::products::Outcome;
use crate::values::fold::tidy;
use platform::{Result, Tx};

/// Creates the company with this number or changes the fields that the input names; a deleted company comes back.
///
/// **Errors** as [`create`] and [`update`], at `external_id` where the number is empty or the input names another.
pub fn state(tx: &mut Tx<'_>, number: &str, input: &Input, defaults: Defaults) -> Result<(Company, Outcome)> {
    let number = tidy(number);
    check_number(&number, input.external_id.as_deref())?;
    let input = Input { external_id: Some(number.clone().into_owned()), ..input.clone() };
    let Some(known) = by_external_id(tx, &number)? else {
        return Ok((create(tx, &input, defaults)?, Outcome::Created));
    };
    let was_deleted = known.deleted_at.is_some();
    let before = if was_deleted { restore(tx, &known.id)? } else { known };
    let after = update(tx, &before.id, &input, defaults)?;
    let changed = was_deleted || after != before;
    Ok((after, if changed { Outcome::Changed } else { Outcome::Same }))
}
