//! What the demo company tries in its year, and the truth about it that only the world knows.
//!
//! The owner of the demo decides from the product's pages; what comes of it follows from the hidden shares. No result is
//! written down here.

use cycle::act::actions::Kind;
use cycle::interpret;
use records::filter::{FieldCondition, Filter, Measure, Op, OrdersCondition};
use simulator::world::{Deed, Idea};

/// Whom something is tried on.
#[derive(Debug, Clone)]
pub enum Whom {
    /// Those an insight is about, if it stands; otherwise those of the filter.
    Insight(interpret::Kind, fn() -> Filter),
    Segment(&'static str, fn() -> Filter),
}

/// Something that the company tries.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The turn in which it begins, from 0.
    pub turn: usize,
    /// The place in [`ideas`].
    pub idea: usize,
    pub kind: Kind,
    pub name: &'static str,
    pub hypothesis: &'static str,
    pub whom: Whom,
    pub metric: &'static str,
    pub window_days: i64,
    pub holdout_permille: i64,
    /// In the metric's unit, for one customer.
    pub expected: f64,
    pub why: &'static str,
    /// What a campaign says.
    pub mail: Option<Mail>,
}

/// A mail of the shop.
#[derive(Debug, Clone, Copy)]
pub struct Mail {
    pub subject: &'static str,
    pub text: &'static str,
    pub button: &'static str,
}

fn idea(key: &'static str, deed: Deed, shares: [f64; 4], (extra_orders, reluctance): (f64, f64)) -> Idea {
    Idea { key, deed, shares, extra_orders, reluctance, days: 28, discount_percent: 0 }
}

/// The hidden truth: for each idea who is persuadable, sure, a lost cause or put off, and how much it moves them.
pub fn ideas() -> Vec<Idea> {
    vec![
        idea("second order", Deed::Campaign, [0.42, 0.10, 0.46, 0.02], (0.9, 0.5)),
        idea("news every week", Deed::Campaign, [0.01, 0.34, 0.25, 0.40], (0.3, 0.85)),
        idea("win back by letter", Deed::Campaign, [0.07, 0.03, 0.88, 0.02], (0.8, 0.5)),
        Idea {
            discount_percent: 15,
            ..idea("fifteen percent", Deed::Offer, [0.16, 0.44, 0.36, 0.04], (0.7, 0.3))
        },
        idea("ring up", Deed::Call, [0.30, 0.25, 0.40, 0.05], (0.8, 0.6)),
        idea("card in the parcel", Deed::TouchPoint, [0.0, 0.40, 0.60, 0.0], (0.0, 0.0)),
        idea("refill", Deed::Campaign, [0.30, 0.30, 0.35, 0.05], (0.7, 0.5)),
    ]
}

/// What is tried, in the order of the turns.
pub fn plans() -> Vec<Plan> {
    vec![invitation(), weekly_news(), win_back(), ring_up(), code(), card(), refill()]
}

fn invitation() -> Plan {
    Plan {
        turn: 0,
        idea: 0,
        kind: Kind::Campaign,
        name: "Invite to a second order",
        hypothesis: "Customers who bought once come back sooner when they are invited at the right moment.",
        whom: Whom::Insight(interpret::Kind::SecondOrder, one_order),
        metric: "active_customers",
        window_days: 28,
        holdout_permille: 300,
        expected: 0.10,
        why: "Many bought once and are in the weeks in which others came back.",
        mail: Some(Mail {
            subject: "How was the first bag?",
            text: "You have tried one of our coffees. Tell us how you brew, and we say which bag comes next.",
            button: "Find the next bag",
        }),
    }
}

fn weekly_news() -> Plan {
    Plan {
        turn: 1,
        idea: 1,
        kind: Kind::Campaign,
        name: "News every week for regular customers",
        hypothesis: "Regular customers order more often when they hear of new roasts every week.",
        whom: Whom::Segment("Regular customers", regulars),
        metric: "active_customers",
        window_days: 28,
        holdout_permille: 400,
        expected: 0.08,
        why: "Other shops write every week; we never asked whether our customers like that.",
        mail: Some(Mail {
            subject: "New this week: roasts from Huila and Sidamo",
            text: "Two new roasts came out of the drum on Monday.",
            button: "See the new roasts",
        }),
    }
}

fn win_back() -> Plan {
    Plan {
        turn: 2,
        idea: 2,
        kind: Kind::Campaign,
        name: "Win back customers who are likely lost",
        hypothesis: "Customers who have likely left buy again when they are reminded of what they liked.",
        whom: Whom::Insight(interpret::Kind::LikelyLost, long_silent),
        metric: "active_customers",
        window_days: 56,
        holdout_permille: 300,
        expected: 0.05,
        why: "They were worth a lot, and there are few of them.",
        mail: Some(Mail {
            subject: "We have not heard of you for long",
            text: "The coffee that you liked is back, from the new harvest.",
            button: "Have a look",
        }),
    }
}

fn ring_up() -> Plan {
    Plan {
        turn: 4,
        idea: 4,
        kind: Kind::CallList,
        name: "Ring up customers who buy less than before",
        hypothesis: "A call finds out what is wrong, and customers who feel heard buy as before.",
        whom: Whom::Insight(interpret::Kind::TierDrop, long_silent),
        metric: "active_customers",
        window_days: 42,
        holdout_permille: 300,
        expected: 0.10,
        why: "Their value dropped by a tier, and nobody has asked them why.",
        mail: None,
    }
}

fn code() -> Plan {
    Plan {
        turn: 6,
        idea: 3,
        kind: Kind::Offer,
        name: "A code for fifteen per cent",
        hypothesis: "A code of their own brings customers who would not have come by themselves.",
        whom: Whom::Segment("Customers of the last year", of_last_year),
        metric: "revenue",
        window_days: 28,
        holdout_permille: 300,
        expected: 400.0,
        why: "We always did it, and never knew whether it brings more than it gives away.",
        mail: None,
    }
}

fn card() -> Plan {
    Plan {
        turn: 9,
        idea: 5,
        kind: Kind::TouchPoint,
        name: "A card in the parcel",
        hypothesis: "A hand-written card makes people think of us again.",
        whom: Whom::Segment("Ordered lately", lately),
        metric: "active_customers",
        window_days: 28,
        holdout_permille: 500,
        expected: 0.08,
        why: "It costs little and sounds nice.",
        mail: None,
    }
}

fn refill() -> Plan {
    Plan {
        turn: 11,
        idea: 6,
        kind: Kind::Campaign,
        name: "A word before the coffee runs out",
        hypothesis: "Customers who are reminded when the bag is nearly empty order sooner, and more often.",
        whom: Whom::Segment("Bought one to two months ago", a_while_ago),
        metric: "active_customers",
        window_days: 28,
        holdout_permille: 300,
        expected: 0.10,
        why: "Those who were asked at the right moment bought again elsewhere; nobody has asked these.",
        mail: Some(Mail {
            subject: "Is the bag nearly empty?",
            text: "If you order by Thursday, the next bag is there before the weekend.",
            button: "Order again",
        }),
    }
}

fn orders(measure: Measure, op: Op, value: &str, within_days: Option<u32>) -> Filter {
    Filter::Orders(OrdersCondition {
        measure,
        op,
        value: value.to_string(),
        within_days,
        from: None,
        until: None,
        sku: None,
    })
}

fn field(name: &str, op: Op, value: &str) -> Filter {
    Filter::Field(FieldCondition { name: name.to_string(), op, value: value.to_string() })
}

fn one_order() -> Filter {
    Filter::All(vec![
        orders(Measure::Count, Op::Is, "1", None),
        orders(Measure::Count, Op::AtLeast, "1", Some(120)),
    ])
}

fn regulars() -> Filter {
    orders(Measure::Count, Op::AtLeast, "3", Some(365))
}

fn long_silent() -> Filter {
    Filter::All(vec![
        orders(Measure::Count, Op::AtLeast, "3", None),
        field("last_order", Op::OlderThanDays, "120"),
    ])
}

fn of_last_year() -> Filter {
    orders(Measure::Count, Op::AtLeast, "1", Some(365))
}

fn lately() -> Filter {
    orders(Measure::Count, Op::AtLeast, "1", Some(45))
}

fn a_while_ago() -> Filter {
    Filter::All(vec![
        orders(Measure::Count, Op::AtLeast, "1", Some(75)),
        field("last_order", Op::OlderThanDays, "25"),
    ])
}
