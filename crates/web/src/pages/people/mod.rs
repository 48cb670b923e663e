//! People: the list, one person's page, and what can be done from them.

mod bulk;
mod export;
mod filter;
mod form;
mod list;
mod peek;
mod scores;
mod show;
mod similar;

pub(crate) use bulk::{add_tag, delete_many, remove_tag};
pub(crate) use export::{matching as export, ticked as export_ticked};
pub(crate) use filter::{country_name, parse as parse_filter};
pub(crate) use form::{create, delete, edit, new, restore, update};
pub(crate) use list::{count, index};
pub(crate) use peek::show as peek;
pub(crate) use scores::{SEGMENTS, TIERS, label_of};
pub(crate) use show::{OrderLine, order_line, show, state_consent};
pub(crate) use similar::show as similar;
