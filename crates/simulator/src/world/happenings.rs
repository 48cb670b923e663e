//! What happens in the world on a day, as an outsider could see it.

use crate::history::{Line, Till};

/// Somebody did something.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// The person's place among the world's people.
    pub person: u32,
    /// Days since the opening of the shop.
    pub day: u32,
    pub what: What,
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Looked at the shop's pages.
    Visited {
        n_pages: u32,
    },
    /// Took a white paper along: "how to grind".
    Downloaded,
    /// Asked for the newsletter.
    Subscribed,
    /// Asked to be left alone.
    Unsubscribed,
    Ordered(Purchase),
    /// Sent something of an order back; the quantities are negative.
    Returned {
        number: String,
        lines: Vec<Line>,
    },
    /// Wrote that something was wrong.
    Complained {
        about: &'static str,
    },
    /// Answered a survey: 0 to 10, how likely they are to recommend the shop.
    Answered {
        score: u32,
    },
    Opened {
        experiment: u32,
    },
    Clicked {
        experiment: u32,
    },
}

/// An order.
#[derive(Clone, Debug, PartialEq)]
pub struct Purchase {
    pub number: String,
    pub till: Till,
    pub lines: Vec<Line>,
    /// The experiment whose coupon was used.
    pub coupon_of: Option<u32>,
}

impl Purchase {
    /// **Units**: minor units, discounts taken off.
    pub fn amount_minor(&self) -> i64 {
        self.lines.iter().map(Line::amount_minor).sum()
    }
}
