//! Companies: the list, one company's page, and what can be done from it.

mod form;
mod list;
mod show;

pub(crate) use form::{create, delete, edit, new, update};
pub(crate) use list::{export, index, names};
pub(crate) use show::show;
