//! One person's day: a pure function of who they are, how they stand, what reached them, and the day's stream of chance.
//!
//! The same person and day draw the same chances whatever was done to them. That is what makes the two potential outcomes
//! of an experiment comparable.

use super::happenings::{Purchase, What};
use super::response::{Idea, Response};
use super::{Surroundings, moment};
use crate::history::{self, Line, Traits};
use crate::random::{Chance, Purpose};

/// Somebody who lives in the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Resident {
    /// The customer number, as the shop writes it.
    pub number: String,
    pub email: String,
    pub traits: Traits,
    /// The day of the first order.
    pub since: u32,
    pub state: State,
    /// Everything that reached them, in order of the day.
    pub contacts: Vec<Contact>,
}

/// How somebody stands; it changes from day to day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Whether they still buy of themselves.
    pub alive: bool,
    /// Whether they want the newsletter.
    pub subscribed: bool,
    /// Orders so far in the simulated time.
    pub n_orders: u32,
    /// Goods that will be sent back: the day, the number of the order, the lines.
    pub to_return: Vec<(u32, String, Vec<Line>)>,
}

/// Something that reached somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    pub day: u32,
    /// The place in the world's ideas.
    pub idea: usize,
    /// The place in the world's experiments.
    pub experiment: u32,
}

/// The chance that an order has something sent back, and that it is complained about.
const RETURNED: f64 = 0.05;
const FAULTY: f64 = 0.012;

/// Lives a day; says what somebody did.
pub fn live(
    around: &Surroundings,
    (person, who): (u32, &Resident),
    state: &mut State,
    contacts: &[Contact],
    day: u32,
) -> Vec<What> {
    let mut did = Vec::new();
    let mut chance = Chance::new(around.seed, Purpose::Day, moment(person, day));
    // All are drawn on every day, so that what happens to one does not shift the others.
    let [buys, leaves, visits, loads, joins, answers, faulty]: [f64; 7] =
        std::array::from_fn(|_| chance.uniform());
    hear(around, person, state, contacts, day, &mut did);
    send_back(state, day, &mut did);
    let answer = answer_today(around, person, contacts, day);
    let own = if state.alive { who.traits.rate_per_week / 7.0 * around.season(day) } else { 0.0 };
    let rate = (own + answer.pull) * answer.will;
    if visits < 1.0 - (-(4.0 * rate + 0.004)).exp() {
        did.push(What::Visited { n_pages: 1 + (visits * 1e6) as u32 % 9 });
    }
    if loads < 0.002 {
        did.push(What::Downloaded);
    }
    if joins < 0.0008 && !state.subscribed {
        state.subscribed = true;
        did.push(What::Subscribed);
    }
    if buys < 1.0 - (-rate).exp() {
        let purchase = purchase(around, (person, who), day, &answer);
        let again = leaves >= who.traits.dropout;
        // Somebody who had left and was won back stays as long as any other order would have made them stay.
        state.alive = again;
        state.n_orders += 1;
        plan_return(around, person, day, &purchase, state);
        did.push(What::Ordered(purchase));
        if faulty < FAULTY {
            did.push(What::Complained { about: "something in the parcel was broken" });
        }
        if answers < 0.12 {
            did.push(What::Answered { score: score(&who.traits, answers / 0.12) });
        }
    }
    did
}

/// How what reached somebody works on a day.
struct Answer {
    /// **Units**: orders a day on top.
    pull: f64,
    /// The part of the will to buy that is left.
    will: f64,
    discount_percent: i64,
    coupon_of: Option<u32>,
}

fn answer_today(around: &Surroundings, person: u32, contacts: &[Contact], day: u32) -> Answer {
    let mut answer = Answer { pull: 0.0, will: 1.0, discount_percent: 0, coupon_of: None };
    for contact in contacts.iter().filter(|contact| contact.day <= day) {
        let idea: &Idea = &around.ideas[contact.idea];
        let age = day - contact.day;
        if age >= idea.days {
            continue;
        }
        let takes_discount = match idea.response(around.seed, person) {
            Response::Persuadable => {
                answer.pull += idea.pull(age);
                true
            }
            Response::Sure => true,
            Response::LostCause => false,
            Response::PutOff => {
                answer.will *= 1.0 - idea.reluctance;
                false
            }
        };
        if takes_discount && idea.discount_percent > answer.discount_percent {
            answer.discount_percent = idea.discount_percent;
            answer.coupon_of = Some(contact.experiment);
        }
    }
    answer
}

/// What somebody does at once about what reached them today.
fn hear(
    around: &Surroundings,
    person: u32,
    state: &mut State,
    contacts: &[Contact],
    day: u32,
    did: &mut Vec<What>,
) {
    for contact in contacts.iter().filter(|contact| contact.day == day) {
        let manner = around.ideas[contact.idea].manner(around.seed, person, day);
        let experiment = contact.experiment;
        if manner.opened {
            did.push(What::Opened { experiment });
        }
        if manner.clicked {
            did.push(What::Clicked { experiment });
        }
        if manner.unsubscribed && state.subscribed {
            state.subscribed = false;
            did.push(What::Unsubscribed);
        }
        if manner.complained {
            did.push(What::Complained { about: "I do not want to be bothered like this" });
        }
    }
}

fn purchase(around: &Surroundings, (person, who): (u32, &Resident), day: u32, answer: &Answer) -> Purchase {
    let mut chance = Chance::new(around.seed, Purpose::Basket, moment(person, day));
    let till = history::draw_till(&mut chance, &who.traits);
    let lines = history::draw_basket(&mut chance, &who.traits, &around.shop, answer.discount_percent);
    let number = format!("L{day:05}-{person:06}");
    Purchase { number, till, lines, coupon_of: answer.coupon_of }
}

/// The order with which somebody becomes a customer.
pub fn first_purchase(around: &Surroundings, whom: (u32, &Resident), day: u32) -> Purchase {
    purchase(around, whom, day, &Answer { pull: 0.0, will: 1.0, discount_percent: 0, coupon_of: None })
}

fn plan_return(around: &Surroundings, person: u32, day: u32, purchase: &Purchase, state: &mut State) {
    let mut chance = Chance::new(around.seed, Purpose::Return, moment(person, day));
    if chance.happens(RETURNED) {
        let line = chance.pick(&purchase.lines);
        let back = Line { quantity: -line.quantity, discount_minor: -line.discount_minor, ..line };
        state.to_return.push((day + 5 + chance.below(10) as u32, purchase.number.clone(), vec![back]));
    }
}

fn send_back(state: &mut State, day: u32, did: &mut Vec<What>) {
    let due = |(when, _, _): &mut (u32, String, Vec<Line>)| *when <= day;
    for (_, number, lines) in state.to_return.extract_if(.., due) {
        did.push(What::Returned { number, lines });
    }
}

/// How likely somebody is to recommend the shop: those who stay like it.
fn score(traits: &Traits, luck: f64) -> u32 {
    (10.5 * (1.0 - traits.dropout) + 4.0 * (luck - 0.5)).clamp(0.0, 10.0) as u32
}
