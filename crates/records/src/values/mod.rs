//! The values that records hold: what a customer typed or a file said, made one way of writing.
//!
//! Each file has a pure `parse` that takes the text as it came and gives either the value or a `Problem`
//! whose sentence names what was wrong. Nothing here reads a database, a clock or a file, and nothing throws the raw
//! text away: the records keep it beside the value. Every `parse` accepts what its own output looks like, so that
//! normalising twice changes nothing.

pub mod address;
pub mod company_name;
pub mod country;
pub mod currency;
pub mod date;
pub mod decimal;
pub mod email;
pub mod fold;
pub mod letter_case;
pub mod money;
pub mod period;
pub mod person_name;
pub mod phone;
pub mod punycode;
pub mod quoted;

#[cfg(test)]
mod hostile_input;
