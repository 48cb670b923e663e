//! Stating an order under its number, however often it is said: a program that does not know whether its first try
//! arrived says it again.

use super::{NewOrder, Outcome, bulk, by_number_key, lines, number_key, place, update};
use platform::{Error, Result, Tx};

/// Places the order unless it is there already, just so; returns its id and whether it is new.
///
/// **Errors** as [`place`], and with [`Error::Conflict`] when the number belongs to an order that says something else.
pub fn place_once(tx: &mut Tx<'_>, new: &NewOrder<'_>) -> Result<(String, Outcome)> {
    let Some(known) = by_number_key(tx, &number_key(new.number))? else {
        return Ok((place(tx, new)?, Outcome::Created));
    };
    let old_lines = lines(tx, &known.id)?;
    if bulk::is_same(&known, &old_lines, new) {
        return Ok((known.id, Outcome::Same));
    }
    let number = &known.number;
    Err(Error::Conflict(format!(
        "order {number} is here already and says something else; change it, or state it anew"
    )))
}

/// Places the order or states the one with its number anew; returns its id and what came of it.
///
/// **Errors** as [`place`] and [`update`].
pub fn state(tx: &mut Tx<'_>, new: &NewOrder<'_>) -> Result<(String, Outcome)> {
    match by_number_key(tx, &number_key(new.number))? {
        None => Ok((place(tx, new)?, Outcome::Created)),
        Some(known) => {
            let outcome = update(tx, &known.id, new)?;
            Ok((known.id, outcome))
        }
    }
}
