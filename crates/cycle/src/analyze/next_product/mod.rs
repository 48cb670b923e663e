//! The next product: what a customer will most likely buy next, out of the own past and what goes with the last basket.
//!
//! Judged on the last period, which it had not seen, beside what sells most and beside chance. What goes together is not
//! what brings about a purchase, and nothing here says that naming a product sells it.

mod lines;
mod pairs;
mod report;

pub use lines::Lines;
pub use pairs::{LATELY_DAYS, LEVEL, Pair, Pairs, Tried};

use super::Day;
use super::models::{Report, Trained};
use serde::{Deserialize, Serialize};
use statistics::baskets::{Baskets, Because, History, Mix, Shop};

pub const NAME: &str = "next_product";

/// Products that are named for a customer.
pub const NAMED: usize = 3;
/// Earlier baskets of a customer that count; older ones weigh next to nothing.
const MOST_BEFORE: usize = 6;
/// Days of the period on which it is judged; and as many before, on which its weights are chosen.
pub const PERIOD_DAYS: i32 = 90;
pub const FEWEST_BASKETS: usize = 300;
pub const FEWEST_JUDGED: usize = 100;
pub const FEWEST_PRODUCTS: usize = 5;

/// A product that may come next, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    pub sku: String,
    pub why: Why,
}

/// Why a product is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Bought before.
    Again,
    /// It goes with the product of this SKU, which was in the last basket.
    With(String),
    /// What most customers buy.
    Popular,
}

/// What was found for everybody who bought lately.
#[derive(Debug)]
pub struct NextProduct {
    pub trained: Trained,
    /// Numbers of the facts, ascending, with the named items.
    named: Vec<(u32, Vec<statistics::baskets::Named>)>,
    skus: Vec<String>,
    /// Products that lead to another.
    pub pairs: Pairs,
}

impl NextProduct {
    /// The products that the customer most likely buys next, the likeliest first; empty for who bought nothing lately.
    pub fn of(&self, customer: u32) -> Vec<Next> {
        let Ok(at) = self.named.binary_search_by_key(&customer, |named| named.0) else { return Vec::new() };
        let sku = |item: u32| self.skus[item as usize].clone();
        let next = |named: &statistics::baskets::Named| Next {
            sku: sku(named.item),
            why: match named.because {
                Because::Own => Why::Again,
                Because::With(other) => Why::With(sku(other)),
                Because::Popular => Why::Popular,
            },
        };
        self.named[at].1.iter().map(next).collect()
    }
}

/// Learns from all baskets, judges on the last period, names the next products of everybody.
pub fn analyze(lines: &Lines, last_day: Day) -> NextProduct {
    let cut = last_day.plus(-PERIOD_DAYS);
    let before = cut.plus(-PERIOD_DAYS);
    let (to_choose, judged) = (lines.histories(before, cut), lines.histories(cut, last_day));
    let pairs = pairs::find(lines, last_day);
    let needs = needs(lines, &judged);
    if !needs.is_empty() {
        let trained = Trained::abstains(NAME, last_day, Report { needs, ..report::about(lines) });
        return NextProduct { trained, named: Vec::new(), skus: Vec::new(), pairs };
    }
    let mix = choose(&Shop::of(&lines.baskets_until(before)), &to_choose);
    let tried = report::tried(&Shop::of(&lines.baskets_until(cut)), &judged, mix, lines.n_products());
    let all = lines.baskets_until(last_day);
    let shop = Shop::of(&all);
    let (customers, histories) = lines.customers(last_day);
    let named = customers.into_iter().zip(shop.named_all(&histories, mix, NAMED)).collect();
    let trained = Trained {
        name: NAME,
        data_from: lines.first_day(),
        data_until: last_day,
        n_rows: all.len() as u64,
        n_positive: judged.len() as u64,
        report: report::trained(lines, &all, tried, judged.len()),
        outlook: None,
    };
    NextProduct { trained, named, skus: lines.skus().to_vec(), pairs }
}

/// The mix that named best before; what sells most where nothing named better.
fn choose(shop: &Shop, histories: &[History]) -> Mix {
    let mix = shop.choose(histories);
    let hits = |mix| shop.n_hits(histories, mix, NAMED);
    if !histories.is_empty() && hits(Mix::POPULARITY) >= hits(mix) { Mix::POPULARITY } else { mix }
}

fn needs(lines: &Lines, judged: &[History]) -> Vec<String> {
    let mut needs = Vec::new();
    if lines.n_products() < FEWEST_PRODUCTS {
        needs.push(format!(
            "Order lines with at least {FEWEST_PRODUCTS} different products; there are {}.",
            lines.n_products()
        ));
    }
    if lines.n_baskets() < FEWEST_BASKETS {
        needs.push(format!(
            "At least {FEWEST_BASKETS} days of purchase with products; there are {}.",
            lines.n_baskets()
        ));
    }
    if judged.len() < FEWEST_JUDGED {
        needs.push(format!(
            "At least {FEWEST_JUDGED} customers who came again in the last {PERIOD_DAYS} days, to judge it on; there are {}.",
            judged.len()
        ));
    }
    needs
}

/// Baskets by customer and day.
fn baskets_of(pairs: &[(u32, u32)], n_baskets: usize) -> Baskets {
    Baskets::of(pairs, n_baskets)
}

/// The mix in words.
fn mix_in_words(mix: Mix) -> &'static str {
    if mix == Mix::POPULARITY {
        "what sells most: neither the own past nor what goes together named better before"
    } else if mix == Mix::RECENCY {
        "what the customer bought before"
    } else if mix == Mix::BOTH {
        "what the customer bought before and what goes with the last basket, alike"
    } else {
        "what the customer bought before and what goes with the last basket"
    }
}
