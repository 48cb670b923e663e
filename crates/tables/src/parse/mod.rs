//! The text of a cell made a number or a date, exactly or not at all.
//!
//! Which decimal mark or order of day and month a column uses is guessed from the whole column and said with its
//! evidence; a single cell is then read by that rule and by no other. Does not know currencies' minor units.

mod date;
mod guess;
mod months;
mod number;
mod profile;

pub use date::{DateError, DateOrder, Moment, date_time, epoch, excel_serial};
pub use guess::{Guess, guess_date_order, guess_decimal_mark};
pub use number::{Decimal, DecimalMark, NumberError, number};
pub use profile::{ColumnType, Profile, profile};

/// True for a cell that can only be a value and no name of a column.
pub(crate) fn is_value(text: &str) -> bool {
    let is_number = number(text, DecimalMark::Point).is_ok() || number(text, DecimalMark::Comma).is_ok();
    is_number || profile::is_email(text) || profile::is_date(text)
}
