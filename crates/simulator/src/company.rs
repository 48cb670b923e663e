//! The company itself: every customer as a pure function of the seed and an index, so that a million need no memory.

use crate::calendar::Calendar;
use crate::cards::{self, Blemish, Card};
use crate::history::{self, History, Line, Parameters, Status, Traits};
use crate::person::{Firm, People, Person};
use crate::random::{Chance, Purpose};
use crate::settings::{Dirt, Error, Settings, World};
use crate::table::DateStyle;
use jiff::civil::Date;

/// How many customers are looked at to learn how many orders a customer places.
const PILOT: u32 = 4_000;
const SECOND_CARDS: f64 = 0.04;
const MOST_CUSTOMERS: u32 = 9_000_000;

/// A company with known truth.
#[derive(Clone, Debug)]
pub struct Company {
    settings: Settings,
    calendar: Calendar,
    people: People,
    shop: Parameters,
}

/// One order line with everything an analysis asks of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrderLine {
    /// The customer's index; lines come in order of it.
    pub customer: u32,
    /// The order's place among the customer's own.
    pub order: u32,
    pub date: Date,
    pub status: Status,
    pub line: Line,
}

/// The card of a customer and, where the customer is in the file twice, the second one.
#[derive(Clone, Debug)]
pub struct Cards {
    pub first: Card,
    pub blemishes: Vec<Blemish>,
    pub second: Option<SecondCard>,
}

/// The second card of a customer.
#[derive(Clone, Debug)]
pub struct SecondCard {
    pub card: Card,
    /// The day since which it exists; later orders may go to it.
    pub since: u32,
    pub changes: Vec<Blemish>,
}

impl Company {
    /// Founds a company.
    ///
    /// **Errors**: a setting is out of bounds, or the wanted number of order lines cannot be had from so many customers.
    pub fn new(settings: Settings) -> Result<Company, Error> {
        if !(1..=MOST_CUSTOMERS).contains(&settings.n_customers) {
            return Err(Error::Customers(settings.n_customers));
        }
        if settings.currency.len() != 3 || !settings.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(Error::Currency(settings.currency));
        }
        let calendar = Calendar::new(&settings)?;
        let shop = fit_baskets(&settings, &calendar)?;
        let (seed, n, world) = (settings.seed, settings.n_customers, settings.world);
        let people = People::new(seed, n, |index| {
            history::draw_traits(seed, &calendar, world, n, index, &shop).business
        });
        Ok(Company { settings, calendar, people, shop })
    }

    /// What the company was founded with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The days and seasons of the company.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The parameters from which the customers are drawn.
    pub fn parameters(&self) -> &Parameters {
        &self.shop
    }

    /// What the customer with this index is like.
    pub fn traits(&self, index: u32) -> Traits {
        let Settings { seed, world, n_customers, .. } = self.settings;
        history::draw_traits(seed, &self.calendar, world, n_customers, index, &self.shop)
    }

    /// Everything that the customer with this index did.
    pub fn history(&self, index: u32) -> History {
        let Settings { seed, world, .. } = self.settings;
        history::draw_history(seed, &self.calendar, world, index, self.traits(index), &self.shop)
    }

    /// Who the customer with this index is.
    pub fn person(&self, index: u32, traits: &Traits) -> Person {
        self.people.person(index, traits, &self.calendar)
    }

    /// All customers' lives, in order of arrival.
    pub fn histories(&self) -> impl Iterator<Item = History> + '_ {
        (0..self.settings.n_customers).map(|index| self.history(index))
    }

    /// All order lines, customer by customer, for benchmarks that need no files.
    pub fn order_lines(&self) -> impl Iterator<Item = OrderLine> + '_ {
        (0..self.settings.n_customers).flat_map(move |customer| {
            let orders = self.history(customer).orders;
            orders.into_iter().enumerate().flat_map(move |(place, order)| {
                let date = self.calendar.date(order.day);
                let (order_place, status) = (place as u32, order.status);
                order.lines.into_iter().map(move |line| OrderLine {
                    customer,
                    order: order_place,
                    date,
                    status,
                    line,
                })
            })
        })
    }

    /// All firms for which customers buy.
    pub fn firms(&self) -> impl Iterator<Item = Firm> + '_ {
        (0..self.people.n_firms()).map(|index| self.people.firm(index))
    }

    /// The cards of a customer in the customer file; `n_second_cards` counts the second cards given out so far, in order
    /// of the customers.
    pub fn cards(&self, index: u32, traits: &Traits, person: &Person, n_second_cards: &mut u32) -> Cards {
        let dirty = self.settings.dirt == Dirt::Everyday;
        let dates = if dirty { DateStyle::German } else { DateStyle::Iso };
        let mut first = cards::tidy_card(card_number(index), person, traits, &self.calendar, dates);
        if !dirty {
            return Cards { first, blemishes: Vec::new(), second: None };
        }
        let mut chance = Chance::new(self.settings.seed, Purpose::Dirt, u64::from(index));
        let blemishes = cards::soil(&mut first, &mut chance, person);
        let mut chance = Chance::new(self.settings.seed, Purpose::Duplicate, u64::from(index));
        let days_left = f64::from(self.calendar.n_days) - traits.arrived;
        let twice = chance.happens(SECOND_CARDS) && days_left > 30.0;
        let second = twice.then(|| {
            let since = (traits.arrived + days_left * (0.15 + 0.7 * chance.uniform())) as u32;
            let number = card_number(self.settings.n_customers + *n_second_cards);
            *n_second_cards += 1;
            let dated = (number, self.calendar.date(since));
            let (card, changes) = cards::second_card(&first, &mut chance, person, index, dated);
            SecondCard { card, since, changes }
        });
        Cards { first, blemishes, second }
    }
}

pub(crate) fn card_number(index: u32) -> String {
    format!("K{:06}", 100_001 + index)
}

/// Finds the size of baskets that gives about as many order lines as wanted.
fn fit_baskets(settings: &Settings, calendar: &Calendar) -> Result<Parameters, Error> {
    let mut shop = Parameters::SHOP;
    if settings.world == World::Textbook {
        // Without business customers who spend more, everybody has the same distribution; nothing else differs.
        shop.gamma *= 1.1;
    }
    let Some(wanted) = settings.n_lines else { return Ok(shop) };
    // An article that is drawn twice for a basket becomes more pieces of one line, so a bigger basket grows less than
    // its setting; a few looks at the same customers find the setting that fits.
    for _ in 0..6 {
        let (n_orders, n_lines) = look_at_some(settings, calendar, &shop);
        let per_order = wanted as f64 / n_orders;
        if !(0.97..=12.0).contains(&per_order) {
            return Err(Error::Lines { wanted, per_order });
        }
        let grown = (shop.lines_per_order - 1.0).max(0.01) * (wanted as f64 - n_orders).max(0.0)
            / (n_lines - n_orders).max(1.0);
        shop.lines_per_order = (1.0 + grown).min(60.0);
    }
    Ok(shop)
}

/// How many orders of all sorts, and how many lines, all customers will have, judged by some of them.
fn look_at_some(settings: &Settings, calendar: &Calendar, shop: &Parameters) -> (f64, f64) {
    let Settings { seed, world, n_customers, .. } = *settings;
    let (mut looked_at, mut n_orders, mut n_lines) = (0u32, 0usize, 0usize);
    for index in (0..n_customers).step_by((n_customers / PILOT).max(1) as usize) {
        let traits = history::draw_traits(seed, calendar, world, n_customers, index, shop);
        let orders = history::draw_history(seed, calendar, world, index, traits, shop).orders;
        n_orders += orders.len();
        n_lines += orders.iter().map(|order| order.lines.len()).sum::<usize>();
        looked_at += 1;
    }
    let factor = f64::from(n_customers) / f64::from(looked_at);
    (n_orders as f64 * factor, n_lines as f64 * factor)
}
