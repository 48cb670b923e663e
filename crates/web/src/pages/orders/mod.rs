//! Orders: the list of all, one order with its lines, money given back, cancelling.

mod list;
mod refund;
mod show;

pub(crate) use list::{export, index};
pub(crate) use refund::{cancel, refund};
pub(crate) use show::show;
