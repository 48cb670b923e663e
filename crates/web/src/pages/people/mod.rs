//! People: the list, one person's page, and what can be done from them.

mod bulk;
mod filter;
mod form;
mod list;
mod peek;
mod scores;
mod show;
mod similar;

pub(crate) use bulk::{add_tag, delete_many, remove_tag};
pub(crate) use form::{create, delete, edit, new, restore, update};
pub(crate) use list::{count, index};
pub(crate) use peek::show as peek;
pub(crate) use scores::{SEGMENTS, TIERS, label_of};
pub(crate) use show::{show, state_consent};
pub(crate) use similar::show as similar;
