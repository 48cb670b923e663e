//! Recency, frequency and money of every customer, their place in the grid, and how value tiers moved.
//!
//! Scores look at the whole history; a value tier at the money of the last twelve months, so that it can also fall.
//! Movement compares the tiers of the analysis's day with those of a quarter before, both computed from the same facts: it
//! is there at the first run and the same at every repetition. It forecasts nothing (see `lifetime_value`).

use super::Day;
use super::facts::{Facts, Kind, Orders};
use super::rows;
use records::filter::Filter;
use serde::{Deserialize, Serialize};
use statistics::rfm::{self, Buyer, Segment, Sum, Tier};

/// The money of so many days decides the value tier.
pub const TIER_WINDOW_DAYS: i32 = 365;
/// Tiers are compared with those of so many days before.
pub const MOVEMENT_DAYS: i32 = 91;

/// Every customer who bought until a day, with scores and tiers; the vectors belong together place by place.
#[derive(Debug)]
pub struct Rfm {
    pub last_day: Day,
    /// Customer numbers of the facts, ascending.
    pub customers: Vec<u32>,
    pub buyers: Vec<Buyer>,
    pub scores: Vec<rfm::Scores>,
    /// By the money of the last [`TIER_WINDOW_DAYS`].
    pub tiers: Vec<Tier>,
    /// Money of the tier's window, minor units.
    pub recent_minor: Vec<i64>,
    /// Tiers [`MOVEMENT_DAYS`] before; None for who had not bought by then. Empty where history is too short.
    pub previous_tiers: Vec<Option<Tier>>,
}

/// Scores all customers as they stood at the end of `last_day`.
pub fn analyze(facts: &Facts, last_day: Day) -> Rfm {
    let mut found = Rfm {
        last_day,
        customers: Vec::new(),
        buyers: Vec::new(),
        scores: Vec::new(),
        tiers: Vec::new(),
        recent_minor: Vec::new(),
        previous_tiers: Vec::new(),
    };
    for customer in 0..facts.n_customers() {
        if let Some(buyer) = buyer(facts.orders(customer), last_day) {
            found.customers.push(customer);
            found.buyers.push(buyer);
        }
    }
    found.scores = rfm::scores(&found.buyers);
    found.recent_minor =
        found.customers.iter().map(|&customer| recent(facts.orders(customer), last_day)).collect();
    found.tiers = rfm::value_tiers(&found.recent_minor);
    if facts.span().is_some_and(|(first, _)| first.plus(2 * MOVEMENT_DAYS) <= last_day) {
        let before = last_day.plus(-MOVEMENT_DAYS);
        found.previous_tiers = tiers_then(facts, &found.customers, before);
    }
    found
}

/// What RFM asks of one customer; None for who had not bought until then.
fn buyer(orders: Orders<'_>, last_day: Day) -> Option<Buyer> {
    let (mut n_orders, mut value_minor, mut last) = (0u32, 0i64, None);
    for (day, value, kind) in orders.until(last_day).each() {
        value_minor = value_minor.saturating_add(value);
        if kind == Kind::Purchase {
            n_orders += 1;
            last = Some(day);
        }
    }
    Some(Buyer { recency_days: last_day.0.saturating_sub(last?), n_orders, value_minor })
}

/// Money of the tier's window that ends with `last_day`, returns taken off.
fn recent(orders: Orders<'_>, last_day: Day) -> i64 {
    let from = last_day.0.saturating_sub(TIER_WINDOW_DAYS);
    let rows = orders.until(last_day).each().rev().take_while(|&(day, _, _)| day > from);
    rows.fold(0i64, |sum, (_, value, _)| sum.saturating_add(value))
}

fn tiers_then(facts: &Facts, customers: &[u32], then: Day) -> Vec<Option<Tier>> {
    let had_bought: Vec<bool> = customers
        .iter()
        .map(|&customer| facts.orders(customer).until(then).kinds.contains(&Kind::Purchase))
        .collect();
    let those = || customers.iter().zip(&had_bought).filter(|(_, had)| **had);
    let money: Vec<i64> = those().map(|(&customer, _)| recent(facts.orders(customer), then)).collect();
    let mut tiers = rfm::value_tiers(&money).into_iter();
    had_bought.iter().map(|&had| if had { tiers.next() } else { None }).collect()
}

/// The result that pages show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub last_day: Day,
    pub currency: String,
    pub n_customers: u64,
    /// 25 cells, recency 5 to 1, within it frequency 1 to 5.
    pub cells: Vec<Cell>,
    pub segments: Vec<Group>,
    pub tiers: Vec<Group>,
    pub tier_window_days: i32,
    /// What each score means: (score, lowest, highest) of days, orders, minor units.
    pub recency_days: Vec<Bounds>,
    pub n_orders: Vec<Bounds>,
    pub money_minor: Vec<Bounds>,
    pub movement: Option<Movement>,
    /// Why there is no movement.
    pub movement_abstained: Option<String>,
}

/// One cell of the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    pub recency: u8,
    pub frequency: u8,
    pub segment: String,
    pub n_customers: u64,
    pub n_orders: u64,
    pub value_minor: i64,
    /// Opens the customers behind the number.
    pub rows: Filter,
}

/// A segment or tier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    pub name: String,
    pub label: String,
    pub n_customers: u64,
    pub n_orders: u64,
    /// Money of the whole history; of tiers that of the tier's window.
    pub value_minor: i64,
    pub rows: Filter,
}

/// The values that share a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    pub score: u8,
    pub lowest: i64,
    pub highest: i64,
}

/// How customers moved between value tiers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Movement {
    /// The tiers before are those at the end of this day.
    pub from_day: Day,
    /// (tier before, tier now, customers); before is empty for who came since.
    pub moves: Vec<Move>,
    pub n_risen: u64,
    pub n_fallen: u64,
    pub n_came: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Move {
    /// Name of the tier before; None for customers who had not bought by then.
    pub from: Option<String>,
    pub to: String,
    pub n_customers: u64,
    pub rows: Filter,
}

impl Rfm {
    /// The place of a customer in the vectors.
    pub fn place(&self, customer: u32) -> Option<usize> {
        self.customers.binary_search(&customer).ok()
    }

    pub fn report(&self, currency: &str) -> Report {
        let recency = |at: usize| (self.scores[at].recency, i64::from(self.buyers[at].recency_days));
        let frequency = |at: usize| (self.scores[at].frequency, i64::from(self.buyers[at].n_orders));
        let money = |at: usize| (self.scores[at].money, self.buyers[at].value_minor);
        let movement = self.movement();
        let movement_abstained = movement.is_none().then(|| {
            format!(
                "the orders cover less than {} days: too short for a before and an after",
                2 * MOVEMENT_DAYS
            )
        });
        Report {
            last_day: self.last_day,
            currency: currency.to_string(),
            n_customers: self.customers.len() as u64,
            cells: self.cells(),
            segments: self.segments(),
            tiers: self.tier_groups(),
            tier_window_days: TIER_WINDOW_DAYS,
            recency_days: self.bounds(recency),
            n_orders: self.bounds(frequency),
            money_minor: self.bounds(money),
            movement,
            movement_abstained,
        }
    }

    fn cells(&self) -> Vec<Cell> {
        let sums = rfm::cells(&self.buyers, &self.scores);
        let mut cells = Vec::with_capacity(25);
        for recency in (1..=5u8).rev() {
            for frequency in 1..=5u8 {
                let sum = sums[usize::from(recency) - 1][usize::from(frequency) - 1];
                let segment = rfm::GRID[usize::from(recency) - 1][usize::from(frequency) - 1];
                cells.push(Cell {
                    recency,
                    frequency,
                    segment: segment.name().to_string(),
                    n_customers: sum.n_buyers,
                    n_orders: sum.n_orders,
                    value_minor: whole(sum.value_minor),
                    rows: rows::of_cell(recency, frequency),
                });
            }
        }
        cells
    }

    fn segments(&self) -> Vec<Group> {
        let mut sums = [Sum::default(); rfm::SEGMENTS.len()];
        for (buyer, scores) in self.buyers.iter().zip(&self.scores) {
            add(&mut sums[scores.segment() as usize], buyer, buyer.value_minor);
        }
        let groups = rfm::SEGMENTS.iter().map(|&segment| {
            let name = segment.name();
            group(name, segment_label(segment), sums[segment as usize], rows::of_segment(name))
        });
        groups.collect()
    }

    fn tier_groups(&self) -> Vec<Group> {
        let mut sums = [Sum::default(); 3];
        for ((buyer, &tier), &recent) in self.buyers.iter().zip(&self.tiers).zip(&self.recent_minor) {
            add(&mut sums[tier as usize], buyer, recent);
        }
        let groups = rfm::TIERS.iter().map(|&tier| {
            let name = tier.name();
            group(name, tier_label(tier), sums[tier as usize], rows::of_tier(name))
        });
        groups.collect()
    }

    fn bounds(&self, value: impl Fn(usize) -> (u8, i64)) -> Vec<Bounds> {
        let mut found: [Option<Bounds>; 5] = [None; 5];
        for at in 0..self.customers.len() {
            let (score, value) = value(at);
            let bounds = found[usize::from(score.clamp(1, 5)) - 1].get_or_insert(Bounds {
                score,
                lowest: value,
                highest: value,
            });
            bounds.lowest = bounds.lowest.min(value);
            bounds.highest = bounds.highest.max(value);
        }
        found.into_iter().flatten().collect()
    }

    fn movement(&self) -> Option<Movement> {
        if self.previous_tiers.is_empty() {
            return None;
        }
        let now: Vec<Option<Tier>> = self.tiers.iter().map(|&tier| Some(tier)).collect();
        let counted = rfm::movement(&self.previous_tiers, &now);
        let mut moves = Vec::with_capacity(12);
        for (before, from) in rfm::TIERS.iter().map(|&tier| Some(tier)).chain([None]).enumerate() {
            for (after, &to) in rfm::TIERS.iter().enumerate() {
                let n_customers =
                    if from.is_some() { counted.stayed_or_moved[before][after] } else { counted.came[after] };
                moves.push(Move {
                    from: from.map(|tier| tier.name().to_string()),
                    to: to.name().to_string(),
                    n_customers,
                    rows: rows::of_move(from.map(Tier::name), to.name()),
                });
            }
        }
        Some(Movement {
            from_day: self.last_day.plus(-MOVEMENT_DAYS),
            moves,
            n_risen: counted.n_risen(),
            n_fallen: counted.n_fallen(),
            n_came: counted.came.iter().sum(),
        })
    }
}

fn add(sum: &mut Sum, buyer: &Buyer, value_minor: i64) {
    sum.n_buyers += 1;
    sum.n_orders += u64::from(buyer.n_orders);
    sum.value_minor += i128::from(value_minor);
}

fn group(name: &str, label: &str, sum: Sum, rows: Filter) -> Group {
    Group {
        name: name.to_string(),
        label: label.to_string(),
        n_customers: sum.n_buyers,
        n_orders: sum.n_orders,
        value_minor: whole(sum.value_minor),
        rows,
    }
}

/// A sum as the results hold it; sums beyond 64 bits are held at their end.
pub(super) fn whole(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

pub fn segment_label(segment: Segment) -> &'static str {
    match segment {
        Segment::Champions => "Champions",
        Segment::Loyal => "Loyal",
        Segment::PotentialLoyal => "Potential loyal",
        Segment::New => "New",
        Segment::Promising => "Promising",
        Segment::NeedAttention => "Need attention",
        Segment::AboutToSleep => "About to sleep",
        Segment::AtRisk => "At risk",
        Segment::CannotLose => "Cannot lose",
        Segment::Hibernating => "Hibernating",
        Segment::Lost => "Lost",
    }
}

pub fn tier_label(tier: Tier) -> &'static str {
    match tier {
        Tier::High => "High value",
        Tier::Mid => "Middle value",
        Tier::Low => "Low value",
    }
}
