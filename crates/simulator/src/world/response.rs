//! How people answer to what the firm does: an idea with its hidden shares of the four kinds, and what each kind does.
//!
//! Nothing here is told to the product; it sees only what people then do.

use crate::random::{Chance, Purpose};

/// What kind of deed reaches somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// An e-mail.
    Campaign,
    /// An e-mail or a letter with money off.
    Offer,
    /// Somebody of the staff rings up.
    Call,
    /// Something is different at a place that the customer passes: packaging, a page, the checkout.
    TouchPoint,
}

impl Deed {
    /// The kind of action in the product's words.
    pub fn name(self) -> &'static str {
        match self {
            Deed::Campaign => "campaign",
            Deed::Offer => "offer",
            Deed::Call => "call_list",
            Deed::TouchPoint => "touch_point",
        }
    }
}

/// The four kinds of people, as to one idea.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// Buys because of it.
    Persuadable,
    /// Would buy anyhow, and takes the discount along.
    Sure,
    /// Does not care.
    LostCause,
    /// A sleeping dog: buys less for having been bothered.
    PutOff,
}

impl Response {
    /// The kind as the truth writes it.
    pub fn name(self) -> &'static str {
        match self {
            Response::Persuadable => "persuadable",
            Response::Sure => "sure",
            Response::LostCause => "lost cause",
            Response::PutOff => "put off",
        }
    }
}

/// Something that a firm may try, with the truth about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Idea {
    /// The word by which truth and driver know it.
    pub key: &'static str,
    pub deed: Deed,
    /// Shares of the persuadable, the sure, the lost causes and the put off; they sum to 1.
    pub shares: [f64; 4],
    /// Orders that a persuadable customer places on top, over the whole of `days`.
    pub extra_orders: f64,
    /// The part of their orders that the put off leave undone during `days`.
    pub reluctance: f64,
    /// How long it works.
    pub days: u32,
    /// Money off for orders of the persuadable and the sure while it works.
    pub discount_percent: i64,
}

impl Idea {
    /// What kind of person somebody is as to this idea: the same in every run of the same seed.
    pub fn response(&self, seed: u64, person: u32) -> Response {
        let mut chance = Chance::new(seed ^ word(self.key), Purpose::Response, u64::from(person));
        [Response::Persuadable, Response::Sure, Response::LostCause, Response::PutOff]
            [chance.weighted(&self.shares)]
    }

    /// The extra rate of orders on a day, `age` days after it reached a persuadable customer.
    ///
    /// **Units**: orders a day. It fades in a straight line; over `days` it sums to `extra_orders`.
    pub fn pull(&self, age: u32) -> f64 {
        if age >= self.days {
            return 0.0;
        }
        let all = f64::from(self.days) * f64::from(self.days + 1) / 2.0;
        self.extra_orders * f64::from(self.days - age) / all
    }

    /// What somebody does on receiving it, beside buying.
    pub fn manner(&self, seed: u64, person: u32, day: u32) -> Manner {
        let mut chance = Chance::new(seed ^ word(self.key), Purpose::Manner, super::moment(person, day));
        let [opens, clicks, leaves, complains] = std::array::from_fn(|_| chance.uniform());
        let (p_open, p_click, p_leave, p_complain) = match self.response(seed, person) {
            Response::Persuadable => (0.62, 0.34, 0.003, 0.0),
            Response::Sure => (0.55, 0.22, 0.004, 0.0),
            Response::LostCause => (0.18, 0.02, 0.010, 0.001),
            Response::PutOff => (0.35, 0.02, 0.160, 0.040),
        };
        let is_mail = matches!(self.deed, Deed::Campaign | Deed::Offer);
        let opened = is_mail && opens < p_open;
        Manner {
            opened,
            clicked: opened && clicks < p_click / p_open,
            unsubscribed: is_mail && leaves < p_leave,
            complained: complains < p_complain,
        }
    }
}

/// What somebody does on being reached, beside buying.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    pub opened: bool,
    pub clicked: bool,
    pub unsubscribed: bool,
    pub complained: bool,
}

/// FNV-1a of a word, so that two ideas divide the same people differently.
fn word(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idea() -> Idea {
        Idea {
            key: "ring up",
            deed: Deed::Call,
            shares: [0.3, 0.2, 0.4, 0.1],
            extra_orders: 0.6,
            reluctance: 0.5,
            days: 21,
            discount_percent: 0,
        }
    }

    #[test]
    fn an_idea_pulls_as_many_orders_as_it_promises_and_then_no_more() {
        let all: f64 = (0..60).map(|age| idea().pull(age)).sum();
        assert!((all - 0.6).abs() < 1e-12, "{all}");
        assert_eq!(idea().pull(21), 0.0);
        assert!(idea().pull(0) > idea().pull(20));
    }

    #[test]
    fn people_are_divided_by_the_shares_and_another_idea_divides_them_otherwise() {
        let (idea, other) = (idea(), Idea { key: "write to", ..idea() });
        let n = 40_000;
        let persuadable = (0..n).filter(|p| idea.response(7, *p) == Response::Persuadable).count();
        assert!((persuadable as f64 / f64::from(n) - 0.3).abs() < 0.01);
        let both = |p: &u32| {
            idea.response(7, *p) == Response::Persuadable && other.response(7, *p) == Response::Persuadable
        };
        assert!(((0..n).filter(both).count() as f64 / f64::from(n) - 0.09).abs() < 0.01);
    }
}
