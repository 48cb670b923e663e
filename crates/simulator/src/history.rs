//! What a customer is like inside, and what follows from it: the hidden propensities and every order.
//!
//! The rate of buying is gamma distributed, the chance of leaving after a purchase beta distributed, and the mean order
//! value follows Gamma-Gamma. It knows no names and writes no files.
//!
//! **Source**: Fader, Hardie and Lee, "Counting your customers the easy way", Marketing Science 24 (2005); Fader and
//! Hardie, "The Gamma-Gamma model of monetary value" (2013).

use crate::calendar::{Calendar, within};
use crate::catalogue::{N_PRODUCTS, PRODUCTS, n_affordable};
use crate::random::{Chance, Purpose};
use crate::settings::World;

/// The parameters from which all customers are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameters {
    /// BG/NBD shape and rate of the purchase rate. **Units**: purchases per week.
    pub r: f64,
    pub alpha: f64,
    /// BG/NBD parameters of the chance to leave after a purchase.
    pub a: f64,
    pub b: f64,
    /// Gamma-Gamma. **Units**: `gamma` in minor units of the currency.
    pub p: f64,
    pub q: f64,
    pub gamma: f64,
    /// Mean lines of an order.
    pub lines_per_order: f64,
}

impl Parameters {
    /// A speciality shop: more than a third of the customers come once, and an order is worth about 38 euros.
    pub const SHOP: Parameters = Parameters {
        r: 0.5,
        alpha: 3.8,
        a: 0.75,
        b: 2.9,
        p: 5.0,
        q: 4.0,
        gamma: 2_300.0,
        lines_per_order: 2.0,
    };
}

/// How somebody came to the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Search,
    Newsletter,
    Fair,
    Referral,
    Marketplace,
}

impl Channel {
    /// Every channel, with its share of the ordinary customers.
    pub const SHARES: [(Channel, f64); 5] = [
        (Channel::Search, 0.41),
        (Channel::Newsletter, 0.17),
        (Channel::Fair, 0.10),
        (Channel::Referral, 0.18),
        (Channel::Marketplace, 0.14),
    ];

    /// The channel as the export writes it.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Search => "search",
            Channel::Newsletter => "newsletter",
            Channel::Fair => "fair",
            Channel::Referral => "referral",
            Channel::Marketplace => "marketplace",
        }
    }
}

/// Where an order was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Till {
    Webshop,
    Marketplace,
    Phone,
    Store,
}

impl Till {
    /// The till as the export writes it.
    pub fn name(self) -> &'static str {
        match self {
            Till::Webshop => "webshop",
            Till::Marketplace => "marketplace",
            Till::Phone => "phone",
            Till::Store => "store",
        }
    }
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Completed,
    Cancelled,
    /// A credit note: its quantities are negative.
    Returned,
}

impl Status {
    /// The status as the export writes it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Completed => "completed",
            Status::Cancelled => "cancelled",
            Status::Returned => "returned",
        }
    }
}

/// One line of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The place in [`PRODUCTS`].
    pub product: usize,
    /// Negative on a credit note.
    pub quantity: i32,
    /// **Units**: minor units, gross, of one piece.
    pub unit_price_minor: i64,
    /// **Units**: minor units, gross, of the whole line; negative on a credit note.
    pub discount_minor: i64,
}

impl Line {
    /// What the line costs, discount taken off.
    pub fn amount_minor(&self) -> i64 {
        self.unit_price_minor * i64::from(self.quantity) - self.discount_minor
    }
}

/// An order, a cancelled order or a credit note.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Days since the opening.
    pub day: u32,
    pub till: Till,
    pub status: Status,
    /// For a credit note, the place of the order it belongs to in [`History::orders`].
    pub credit_for: Option<usize>,
    pub lines: Vec<Line>,
}

/// What a customer is like; no file shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traits {
    /// Days since the opening, with the fraction of the day.
    pub arrived: f64,
    pub channel: Channel,
    /// Works for a firm and buys for it.
    pub business: bool,
    /// Came for the discount of the campaign.
    pub bargain_hunter: bool,
    /// Registered for the newsletter and never buys.
    pub onlooker: bool,
    /// **Units**: purchases per season week.
    pub rate_per_week: f64,
    /// The chance to leave after each purchase.
    pub dropout: f64,
    /// **Units**: minor units; the mean value of the orders.
    pub mean_spend_minor: f64,
}

/// A customer's life up to today.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    pub traits: Traits,
    /// Orders, cancelled orders and credit notes, in order of the day.
    pub orders: Vec<Order>,
    /// Whether the customer may still buy.
    pub alive: bool,
    /// The day on which the customer left for good.
    pub left: Option<u32>,
    /// Was a good customer and left without a word, not long ago.
    pub silent_leaver: bool,
    /// Purchases to be expected from today to the horizon, given what the customer is really like.
    pub expected_purchases: f64,
}

/// The share of customers who never buy, of those who buy for a firm, and of bargain hunters in the campaign month.
const ONLOOKERS: f64 = 0.03;
const BUSINESS: f64 = 0.12;
const BARGAIN_HUNTERS: f64 = 0.60;
/// How much more a business customer spends on an order.
const BUSINESS_SPEND: f64 = 2.1;
const CANCELLED: f64 = 0.02;
const RETURNED: f64 = 0.03;

/// Draws what customer `index` of `n_customers` is like; customers arrive in order of their index.
pub fn draw_traits(
    seed: u64,
    calendar: &Calendar,
    world: World,
    n_customers: u32,
    index: u32,
    shop: &Parameters,
) -> Traits {
    let mut chance = Chance::new(seed, Purpose::Traits, u64::from(index));
    let arrived = calendar.arrival((f64::from(index) + chance.uniform()) / f64::from(n_customers));
    let lively = world == World::Lively;
    let bargain_hunter =
        chance.happens(BARGAIN_HUNTERS) && lively && within(calendar.campaign, arrived as u32);
    let shares = Channel::SHARES.map(|(_, share)| share);
    let drawn = Channel::SHARES[chance.weighted(&shares)].0;
    let business = chance.happens(BUSINESS) && !bargain_hunter;
    let onlooker = chance.happens(ONLOOKERS) && lively && !bargain_hunter;
    let rate_per_week = chance.gamma(shop.r, shop.alpha);
    let dropout = chance.beta(shop.a, shop.b);
    let reluctance = chance.beta(6.0, 1.6);
    let scale = chance.gamma(shop.q, shop.gamma);
    let spend = shop.p / scale * if business && lively { BUSINESS_SPEND } else { 1.0 };
    Traits {
        arrived,
        channel: if bargain_hunter { Channel::Marketplace } else { drawn },
        business,
        bargain_hunter,
        onlooker,
        rate_per_week,
        dropout: if bargain_hunter { reluctance } else { dropout },
        mean_spend_minor: spend,
    }
}

/// The days of all kept purchases of a customer, and the day on which the customer left, if so.
pub fn draw_purchases(
    seed: u64,
    calendar: &Calendar,
    index: u32,
    traits: &Traits,
) -> (Vec<u32>, Option<u32>) {
    if traits.onlooker {
        return (Vec::new(), None);
    }
    let mut chance = Chance::new(seed, Purpose::Purchases, u64::from(index));
    let mut days = vec![traits.arrived as u32];
    let mut now = calendar.season_time(traits.arrived);
    // BG/NBD lets nobody leave at the first purchase, which makes somebody a customer; a bargain hunter may.
    if traits.bargain_hunter && chance.happens(traits.dropout) {
        return (days, Some(traits.arrived as u32));
    }
    loop {
        now += chance.exponential(traits.rate_per_week.max(1e-9));
        let Some(day) = calendar.day_of_season_time(now) else { return (days, None) };
        days.push(day as u32);
        if chance.happens(traits.dropout) {
            return (days, Some(day as u32));
        }
    }
}

/// Draws the whole life of a customer.
pub fn draw_history(
    seed: u64,
    calendar: &Calendar,
    world: World,
    index: u32,
    traits: Traits,
    shop: &Parameters,
) -> History {
    let (mut days, mut left) = draw_purchases(seed, calendar, index, &traits);
    let silent_leaver =
        world == World::Lively && leaves_silently(seed, calendar, index, &traits, &mut days, &mut left);
    let alive = left.is_none() && !traits.onlooker;
    let ahead = calendar.season_weeks_ahead();
    let expected_purchases = if alive {
        -(-traits.rate_per_week * traits.dropout * ahead).exp_m1() / traits.dropout.max(1e-12)
    } else {
        0.0
    };
    let mut chance = Chance::new(seed, Purpose::Baskets, u64::from(index));
    let orders = draw_orders(&mut chance, calendar, &traits, &days, shop);
    History { traits, orders, alive, left, silent_leaver, expected_purchases }
}

/// One good customer of three who is still there leaves at some day of the last five months.
fn leaves_silently(
    seed: u64,
    calendar: &Calendar,
    index: u32,
    traits: &Traits,
    days: &mut Vec<u32>,
    left: &mut Option<u32>,
) -> bool {
    let weeks_here = (f64::from(calendar.n_days) - traits.arrived) / 7.0;
    let good = days.len() >= 9 && traits.rate_per_week * traits.mean_spend_minor > 600.0 && weeks_here > 30.0;
    if left.is_some() || !good {
        return false;
    }
    let mut chance = Chance::new(seed, Purpose::Departure, u64::from(index));
    if !chance.happens(1.0 / 3.0) {
        return false;
    }
    let day = calendar.n_days.saturating_sub(70 + chance.below(80) as u32);
    let kept = days.partition_point(|bought| *bought <= day).max(1);
    days.truncate(kept);
    *left = Some(day.max(days[kept - 1]));
    true
}

/// Fills the baskets of the kept purchases and adds cancelled orders and credit notes.
fn draw_orders(
    chance: &mut Chance,
    calendar: &Calendar,
    traits: &Traits,
    days: &[u32],
    shop: &Parameters,
) -> Vec<Order> {
    let mut orders: Vec<Order> = Vec::with_capacity(days.len() + 1);
    let mut credits: Vec<Order> = Vec::new();
    for (nth, &day) in days.iter().enumerate() {
        let till = draw_till(chance, traits);
        if chance.happens(CANCELLED) {
            // Somebody orders, cancels, and orders anew on the same day.
            let lines = draw_basket(chance, traits, shop, 0);
            orders.push(Order { day, till, status: Status::Cancelled, credit_for: None, lines });
        }
        let discount_percent = match nth {
            0 if traits.bargain_hunter => 25,
            _ if chance.happens(0.06) => 10,
            _ => 0,
        };
        let lines = draw_basket(chance, traits, shop, discount_percent);
        let place = orders.len();
        let back: Vec<Line> = lines.iter().filter(|_| chance.happens(RETURNED)).map(turned_back).collect();
        orders.push(Order { day, till, status: Status::Completed, credit_for: None, lines });
        let back_day = day + 5 + chance.below(16) as u32;
        if !back.is_empty() && back_day < calendar.n_days {
            let status = Status::Returned;
            credits.push(Order { day: back_day, till, status, credit_for: Some(place), lines: back });
        }
    }
    // Credit notes come last, so that `credit_for` stays right; files sort by day where they promise to.
    orders.extend(credits);
    orders
}

fn turned_back(line: &Line) -> Line {
    Line { quantity: -line.quantity, discount_minor: -line.discount_minor, ..*line }
}

pub(crate) fn draw_till(chance: &mut Chance, traits: &Traits) -> Till {
    let weights = match traits.channel {
        Channel::Marketplace => [0.25, 0.70, 0.02, 0.03],
        Channel::Fair => [0.55, 0.05, 0.10, 0.30],
        _ => [0.78, 0.06, 0.08, 0.08],
    };
    [Till::Webshop, Till::Marketplace, Till::Phone, Till::Store][chance.weighted(&weights)]
}

/// Fills a basket whose value after discount has the customer's Gamma-Gamma distribution, as nearly as prices allow.
pub(crate) fn draw_basket(
    chance: &mut Chance,
    traits: &Traits,
    shop: &Parameters,
    discount_percent: i64,
) -> Vec<Line> {
    let paid = chance.gamma(shop.p, shop.p / traits.mean_spend_minor);
    let budget = paid / (1.0 - discount_percent as f64 / 100.0);
    let n_lines = 1 + chance.poisson(shop.lines_per_order - 1.0) as usize;
    let mut shares: Vec<f64> = (0..n_lines).map(|_| 0.4 + chance.uniform()).collect();
    let total: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share *= budget / total);
    let mut lines: Vec<Line> = Vec::with_capacity(n_lines);
    for share in shares {
        draw_line(chance, share, &mut lines);
    }
    for line in &mut lines {
        line.discount_minor = (line.amount_minor() * discount_percent + 50) / 100;
    }
    lines
}

/// Adds an article for about the given budget; an article that is in the basket already becomes more pieces.
fn draw_line(chance: &mut Chance, budget: f64, lines: &mut Vec<Line>) {
    // Something that costs at most the budget and at least a fifth of it, so that nobody buys forty filter packs.
    let end = n_affordable(budget);
    let start = (n_affordable(budget / 5.0) - 1).min(end - 1);
    let mut product = draw_product(chance, start, end);
    for _ in 0..3 {
        if lines.iter().any(|line| line.product == product) {
            product = draw_product(chance, start, end);
        }
    }
    let unit_price_minor = PRODUCTS[product].price_minor;
    let pieces = budget / unit_price_minor as f64;
    let quantity = (pieces as i32 + i32::from(chance.happens(pieces.fract()))).max(1);
    match lines.iter_mut().find(|line| line.product == product) {
        Some(line) => line.quantity += quantity,
        None => lines.push(Line { product, quantity, unit_price_minor, discount_minor: 0 }),
    }
}

fn draw_product(chance: &mut Chance, start: usize, end: usize) -> usize {
    let total: f64 = PRODUCTS[start..end].iter().map(|p| p.popularity).sum();
    let mut left = chance.uniform() * total;
    for (offset, product) in PRODUCTS[start..end].iter().enumerate() {
        left -= product.popularity;
        if left < 0.0 {
            return start + offset;
        }
    }
    (end - 1).min(N_PRODUCTS - 1)
}
