//! Orders with their lines, and returns, which are orders with a negative total.
//!
//! A purchase, as analyses count it, is an order that is no return and whose `counted_minor` is above zero. Amounts are
//! never converted: an order in another currency than the workspace's is kept and counts nothing.

mod amounts;
pub mod bulk;
mod list;
mod refund;
mod rows;
mod state;
mod totals;
mod undo;
mod verbs;

pub use amounts::{adopt_currency, line_amount, unit_price_of, workspace_currency};
pub use list::{
    Cursor, Filter, Sold, by_number_key, by_number_keys, get, has_lines_of_product, lines, lines_of, list,
    of_person, returned_minor, returns_of, sold_of_product, sold_of_products,
};
pub use refund::{Given, Refund, refund};
pub(crate) use rows::ORDERS;
pub use state::{place_once, state};
pub use totals::{recount, refresh_person_totals};
pub use undo::{put_back, undo_event};
pub use verbs::{add_lines, cancel, delete, place, reassign, update};

pub use crate::products::Outcome;
use crate::values::currency::Currency;
use crate::values::fold::tidy;
use platform::Micros;
use std::borrow::Cow;

pub const KIND: &str = "order";

/// Lines that one order may have.
pub const LINES_PER_ORDER: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    #[default]
    Placed,
    Cancelled,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Placed, Self::Cancelled].into_iter().find(|status| status.word() == word)
    }
}

/// **Units.** `total_minor`, `counted_minor`: minor units of `currency`; negative for a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: String,
    pub number: String,
    pub number_key: String,
    pub person_id: Option<String>,
    pub ordered_at: Micros,
    pub is_return: bool,
    pub status: Status,
    pub currency: Currency,
    pub total_minor: i64,
    /// What analyses count: the total in the workspace's currency, 0 when cancelled or in another currency.
    pub counted_minor: i64,
    pub n_lines: i64,
    /// The sale that a return undoes, where it is known.
    pub returned_order_id: Option<String>,
    pub channel: Option<String>,
    /// Why it was cancelled or returned.
    pub reason: Option<String>,
    pub raw_json: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

/// **Units.** Quantity in thousandths, unit price in millionths of the currency's unit, amount in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counts from 1 within its order.
    pub line_no: i64,
    pub product_id: Option<String>,
    pub sku: Option<String>,
    pub description: Option<String>,
    pub quantity_milli: i64,
    pub unit_price_micro: i64,
    pub amount_minor: i64,
    /// On a return: the line of the returned order.
    pub returned_line_no: Option<i64>,
    /// The import that wrote or last confirmed the line.
    pub import_no: Option<i64>,
}

/// An order as somebody states it, for placing and for updating alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder<'a> {
    pub number: &'a str,
    pub person_id: Option<&'a str>,
    pub ordered_at: Micros,
    pub currency: Currency,
    pub lines: Vec<NewLine<'a>>,
    pub is_return: bool,
    pub status: Status,
    pub returned_order_id: Option<&'a str>,
    pub channel: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub raw_json: Option<&'a str>,
}

/// **Units.** As in [`Line`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewLine<'a> {
    pub product_id: Option<&'a str>,
    pub sku: Option<&'a str>,
    pub description: Option<&'a str>,
    pub quantity_milli: i64,
    pub unit_price_micro: i64,
    /// Where the source states what the line came to (after a discount, say); None is quantity × unit price.
    pub amount_minor: Option<i64>,
    pub returned_line_no: Option<i64>,
    pub import_no: Option<i64>,
}

impl<'a> NewOrder<'a> {
    /// A sale without lines; set what differs.
    pub fn sale(number: &'a str, ordered_at: Micros, currency: Currency) -> Self {
        Self {
            number,
            person_id: None,
            ordered_at,
            currency,
            lines: Vec::new(),
            is_return: false,
            status: Status::Placed,
            returned_order_id: None,
            channel: None,
            reason: None,
            raw_json: None,
        }
    }
}

impl Order {
    /// The order as it would be stated again: where an update starts from.
    pub fn as_new<'a>(&'a self, lines: &'a [Line]) -> NewOrder<'a> {
        NewOrder {
            number: &self.number,
            person_id: self.person_id.as_deref(),
            ordered_at: self.ordered_at,
            currency: self.currency,
            lines: lines.iter().map(Line::as_new).collect(),
            is_return: self.is_return,
            status: self.status,
            returned_order_id: self.returned_order_id.as_deref(),
            channel: self.channel.as_deref(),
            reason: self.reason.as_deref(),
            raw_json: self.raw_json.as_deref(),
        }
    }

    /// The record in whose timeline the order stands: its person, or the order itself.
    pub fn subject_id(&self) -> &str {
        self.person_id.as_deref().unwrap_or(&self.id)
    }
}

impl Line {
    pub fn as_new(&self) -> NewLine<'_> {
        NewLine {
            product_id: self.product_id.as_deref(),
            sku: self.sku.as_deref(),
            description: self.description.as_deref(),
            quantity_milli: self.quantity_milli,
            unit_price_micro: self.unit_price_micro,
            amount_minor: Some(self.amount_minor),
            returned_line_no: self.returned_line_no,
            import_no: self.import_no,
        }
    }
}

/// The key by which an order's number is compared: tidy and in lower case; its punctuation counts.
pub fn number_key(number: &str) -> Cow<'_, str> {
    match tidy(number) {
        Cow::Borrowed(same) if same.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) => {
            Cow::Borrowed(same)
        }
        tidied => Cow::Owned(tidied.to_lowercase()),
    }
}
