//! Products that lead to another: who has the one comes to buy the other oftener than customers who are alike.
//!
//! Looked for in one period and held against the next, which had no say in what was found; so the figures that are told are
//! not those that made a pair stand out. Alike are customers with as many days of purchase who bought as lately. It is no
//! proof that offering the one brings about a purchase: only an experiment is.

use super::lines::Bought;
use super::{Lines, PERIOD_DAYS};
use crate::analyze::Day;
use statistics::multiple::{benjamini_hochberg, holm};
use statistics::stratified::{Pooled, Stratum, mantel_haenszel};

/// Who bought nothing for so many days is no customer any more.
pub const LATELY_DAYS: i32 = 365;
/// Products among which pairs are looked for, those that most customers have.
const MOST_PRODUCTS: usize = 150;
/// Customers with the one and not the other, and purchases of the other, below which a pair is not tried.
const FEWEST_EXPOSED: u64 = 50;
const FEWEST_HITS: u64 = 15;
/// The share of false alarms that is allowed among pairs found, and the chance of any among those that are held.
const ALARM_FOUND: f64 = 0.10;
const ALARM_HELD: f64 = 0.05;
/// A pair below is not worth telling.
const LEAST_RATIO: f64 = 1.2;
/// Pairs that are held against the next period, at most.
const MOST_FOUND: usize = 50;
pub const LEVEL: f64 = 0.95;

/// Days of purchase up to which customers are alike, and days since the last purchase.
const UP_TO_BASKETS: [usize; 4] = [1, 2, 4, 8];
const UP_TO_DAYS: i32 = 90;
const N_STRATA: usize = 2 * (UP_TO_BASKETS.len() + 1);

/// How many bought the other product within the period: of those who had the one, and of the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tried {
    pub exposed: (u64, u64),
    pub others: (u64, u64),
    pub pooled: Pooled,
    /// The chance of it, corrected for all pairs that were tried.
    pub p_adjusted: f64,
}

/// Who has `from` buys `to`.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub from: Product,
    pub to: Product,
    /// In the period in which it was looked for, and in the one after it.
    pub found: Tried,
    pub held: Tried,
    pub amount: Amount,
}

/// What a line with a product is worth.
///
/// **Units.** Minor units of the workspace's currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Amount {
    pub mean: f64,
    pub deviation: f64,
    pub n: u64,
    /// How much was sold in the 90 days that lie a year before those to come, by what a quarter of that year has at the mean; None
    /// where the year is not known.
    pub season: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub sku: String,
    pub name: String,
}

/// What was looked for, and what held.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pairs {
    /// The most purchases by customers with the one first.
    pub pairs: Vec<Pair>,
    pub n_tried: usize,
    pub n_found: usize,
    /// Customers that were looked at.
    pub n_customers: usize,
    /// Why nothing was looked for.
    pub abstained: Option<String>,
}

/// Looks in the period before the last, and holds what it found against the last.
pub(super) fn find(lines: &Lines, last_day: Day) -> Pairs {
    let held_from = last_day.plus(-PERIOD_DAYS);
    let found_from = held_from.plus(-PERIOD_DAYS);
    if lines.first_day().is_none_or(|first| first.plus(PERIOD_DAYS) > found_from) {
        let why = format!("it takes {} days of orders with products", 3 * PERIOD_DAYS);
        return Pairs { abstained: Some(why), ..Pairs::default() };
    }
    let products = products(lines, found_from);
    let before = Counts::of(lines, &products, (found_from, held_from));
    let mut pairs = Pairs { n_customers: before.n_customers(), ..Pairs::default() };
    let found = before.found();
    (pairs.n_tried, pairs.n_found) = (found.n_tried, found.pairs.len());
    let after = Counts::of(lines, &products, (held_from, last_day));
    let again: Vec<Option<Tried>> = found.pairs.iter().map(|(from, to, _)| after.tried(*from, *to)).collect();
    let p_values: Vec<f64> =
        again.iter().map(|tried| tried.map_or(1.0, |tried| tried.pooled.p_value)).collect();
    let product = |at: usize| {
        let product = products.list[at] as usize;
        Product { sku: lines.skus()[product].clone(), name: lines.name(products.list[at]).to_string() }
    };
    for (((from, to, found), held), p_adjusted) in found.pairs.iter().zip(again).zip(holm(&p_values)) {
        let stands = |held: &Tried| p_adjusted < ALARM_HELD && held.pooled.risk_ratio.estimate >= LEAST_RATIO;
        let Some(held) = held.filter(stands) else { continue };
        let Some(amount) = amount(lines, products.list[*to], last_day) else { continue };
        pairs.pairs.push(Pair {
            from: product(*from),
            to: product(*to),
            found: *found,
            held: Tried { p_adjusted, ..held },
            amount,
        });
    }
    pairs.pairs.sort_by(|a, b| {
        let money = |pair: &Pair| pair.held.exposed.0 as f64 * pair.amount.mean;
        money(b).total_cmp(&money(a)).then_with(|| (&a.from.sku, &a.to.sku).cmp(&(&b.from.sku, &b.to.sku)))
    });
    pairs
}

fn amount(lines: &Lines, product: u32, last_day: Day) -> Option<Amount> {
    let (mean, deviation, n) = lines.amounts(product)?;
    let year_ago = last_day.plus(-365);
    let sold = |from: Day, until: Day| lines.n_sold(product, from, until) as f64;
    let quarter = sold(year_ago, last_day) * f64::from(PERIOD_DAYS) / 365.0;
    let is_known = quarter > 0.0 && lines.first_day().is_some_and(|first| first <= year_ago);
    let season = is_known.then(|| sold(year_ago, year_ago.plus(PERIOD_DAYS)) / quarter);
    Some(Amount { mean, deviation, n, season })
}

/// The products that most customers have, and the place of each product among them.
struct Products {
    list: Vec<u32>,
    places: Vec<Option<u16>>,
}

fn products(lines: &Lines, until: Day) -> Products {
    let mut n_owners = vec![0u32; lines.n_known()];
    for rows in lines.by_customer() {
        let mut owned: Vec<u32> = rows.iter().filter(|row| row.1 <= until.0).map(|row| row.2).collect();
        owned.sort_unstable();
        owned.dedup();
        owned.iter().for_each(|product| n_owners[*product as usize] += 1);
    }
    let mut list: Vec<u32> =
        (0..n_owners.len() as u32).filter(|product| n_owners[*product as usize] > 0).collect();
    list.sort_by_key(|product| (std::cmp::Reverse(n_owners[*product as usize]), *product));
    list.truncate(MOST_PRODUCTS);
    let mut places = vec![None; n_owners.len()];
    list.iter().zip(0u16..).for_each(|(product, place)| places[*product as usize] = Some(place));
    Products { list, places }
}

/// Counts at the beginning of a period, and of what was bought in it for the first time, by stratum and pair of products.
struct Counts {
    n: usize,
    strata: Vec<OfStratum>,
}

#[derive(Clone)]
struct OfStratum {
    n_customers: u64,
    /// By product: who has it, and who bought it for the first time.
    owned: Vec<u64>,
    bought: Vec<u64>,
    /// By pair: who has both, and who has the first and bought the second for the first time.
    owned_both: Vec<u32>,
    then_bought: Vec<u32>,
}

struct Found {
    n_tried: usize,
    pairs: Vec<(usize, usize, Tried)>,
}

impl Counts {
    fn of(lines: &Lines, products: &Products, (from, until): (Day, Day)) -> Self {
        let n = products.list.len();
        let empty = OfStratum {
            n_customers: 0,
            owned: vec![0; n],
            bought: vec![0; n],
            owned_both: vec![0; n * n],
            then_bought: vec![0; n * n],
        };
        let mut counts = Self { n, strata: vec![empty; N_STRATA] };
        let (mut owned, mut bought) = (Vec::new(), Vec::new());
        for rows in lines.by_customer() {
            let known = &rows[..rows.partition_point(|row| row.1 <= from.0)];
            let Some(last) = known.last().map(|row| row.1).filter(|last| from.0 - last < LATELY_DAYS) else {
                continue;
            };
            let n_baskets = known.chunk_by(|a, b| a.1 == b.1).count();
            let ahead = rows[known.len()..].iter().take_while(|row| row.1 <= until.0);
            let place = |row: &Bought| products.places[row.2 as usize];
            unique(known.iter().filter_map(place), &mut owned);
            unique(ahead.filter_map(place).filter(|place| owned.binary_search(place).is_err()), &mut bought);
            counts.add(stratum(n_baskets, from.0 - last), &owned, &bought);
        }
        counts
    }

    fn add(&mut self, stratum: usize, owned: &[u16], bought: &[u16]) {
        let n = self.n;
        let counts = &mut self.strata[stratum];
        counts.n_customers += 1;
        bought.iter().for_each(|to| counts.bought[usize::from(*to)] += 1);
        for from in owned.iter().map(|from| usize::from(*from)) {
            counts.owned[from] += 1;
            owned.iter().for_each(|to| counts.owned_both[from * n + usize::from(*to)] += 1);
            bought.iter().for_each(|to| counts.then_bought[from * n + usize::from(*to)] += 1);
        }
    }

    fn n_customers(&self) -> usize {
        self.strata.iter().map(|stratum| stratum.n_customers as usize).sum()
    }

    /// The strata of a pair; only customers without the second product can come to buy it for the first time.
    fn strata(&self, from: usize, to: usize) -> Vec<Stratum> {
        let of = |counts: &OfStratum| {
            let pair = from * self.n + to;
            let exposed = (
                u64::from(counts.then_bought[pair]),
                counts.owned[from] - u64::from(counts.owned_both[pair]),
            );
            let all = (counts.bought[to], counts.n_customers - counts.owned[to]);
            Stratum { exposed, others: (all.0 - exposed.0, all.1 - exposed.1) }
        };
        self.strata.iter().map(of).collect()
    }

    /// None where too few had the one and not the other, or too few bought.
    fn tried(&self, from: usize, to: usize) -> Option<Tried> {
        let strata = self.strata(from, to);
        let sum = |of: fn(&Stratum) -> (u64, u64)| {
            strata.iter().map(of).fold((0, 0), |sum, (hits, n)| (sum.0 + hits, sum.1 + n))
        };
        let (exposed, others) = (sum(|stratum| stratum.exposed), sum(|stratum| stratum.others));
        if exposed.1 < FEWEST_EXPOSED || exposed.0 + others.0 < FEWEST_HITS {
            return None;
        }
        let pooled = mantel_haenszel(&strata, LEVEL)?;
        Some(Tried { exposed, others, pooled, p_adjusted: f64::NAN })
    }

    /// The pairs that stand out of all that could be tried, the surest first.
    fn found(&self) -> Found {
        let mut tried = Vec::new();
        for from in 0..self.n {
            let others = (0..self.n).filter(|to| *to != from);
            tried.extend(others.filter_map(|to| Some((from, to, self.tried(from, to)?))));
        }
        let p_values: Vec<f64> = tried.iter().map(|(_, _, tried)| tried.pooled.p_value).collect();
        let n_tried = tried.len();
        let adjusted = tried.into_iter().zip(benjamini_hochberg(&p_values));
        let told = adjusted.map(|((from, to, tried), p_adjusted)| (from, to, Tried { p_adjusted, ..tried }));
        let mut pairs: Vec<_> = told
            .filter(|(_, _, tried)| {
                tried.p_adjusted < ALARM_FOUND && tried.pooled.risk_ratio.estimate >= LEAST_RATIO
            })
            .collect();
        pairs.sort_by(|a, b| {
            a.2.pooled.p_value.total_cmp(&b.2.pooled.p_value).then((a.0, a.1).cmp(&(b.0, b.1)))
        });
        pairs.truncate(MOST_FOUND);
        Found { n_tried, pairs }
    }
}

fn unique(places: impl Iterator<Item = u16>, into: &mut Vec<u16>) {
    into.clear();
    into.extend(places);
    into.sort_unstable();
    into.dedup();
}

fn stratum(n_baskets: usize, days_since: i32) -> usize {
    let by_baskets = UP_TO_BASKETS.partition_point(|up_to| *up_to < n_baskets);
    2 * by_baskets + usize::from(days_since > UP_TO_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statistics::pseudo_random::Generator;

    /// Customers who come every month or so and pick a product by chance; who has product 0 picks product 1 `times` as often.
    fn shop(seed: u64, times: f64) -> Lines {
        let mut chance = Generator::from_seed(seed);
        let mut rows = Vec::new();
        for customer in 0..1_500u32 {
            let every = 20.0 + 100.0 * chance.uniform();
            let mut day = 400.0 * chance.uniform();
            let mut has = false;
            while day < 540.0 {
                let of_one = if has { times } else { 1.0 };
                let u = chance.uniform() * (11.0 + of_one);
                let product = if u < of_one {
                    1
                } else {
                    [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11][(u - of_one) as usize % 11]
                };
                has |= product == 0;
                rows.push((customer, day as i32, product));
                day += 1.0 + every * chance.uniform();
            }
        }
        Lines::made(rows, 12)
    }

    #[test]
    fn a_product_that_leads_to_another_is_found_and_its_size_is_not_flattered() {
        let mut ratios = Vec::new();
        for seed in 0..12 {
            let found = find(&shop(seed, 3.0), Day(540));
            let pair =
                found.pairs.iter().find(|pair| (pair.from.sku.as_str(), pair.to.sku.as_str()) == ("0", "1"));
            ratios.extend(pair.map(|pair| pair.held.pooled.risk_ratio.estimate));
        }
        assert!(ratios.len() >= 11, "found in {} of 12 shops", ratios.len());
        let mean = ratios.iter().sum::<f64>() / ratios.len() as f64;
        // Three times as often at each purchase is a little less over a period in which the others buy the first product too.
        assert!((1.9..3.1).contains(&mean), "{mean}");
    }

    #[test]
    fn a_shop_whose_products_go_their_own_ways_has_no_pairs() {
        let alarms = (100..140).filter(|seed| !find(&shop(*seed, 1.0), Day(540)).pairs.is_empty()).count();
        assert!(alarms <= 3, "{alarms} of 40 shops");
    }

    #[test]
    fn who_buys_much_buys_everything_and_that_alone_is_no_pair() {
        let mut chance = Generator::from_seed(5);
        let mut rows = Vec::new();
        for customer in 0..2_000u32 {
            // A tenth come every week, the others every half year; all pick alike.
            let every = if customer % 10 == 0 { 14.0 } else { 350.0 };
            let mut day = every * chance.uniform();
            while day < 540.0 {
                rows.push((customer, day as i32, chance.below(30) as u32));
                day += 1.0 + every * chance.uniform();
            }
        }
        let found = find(&Lines::made(rows, 30), Day(540));
        assert!(found.n_tried > 50 && found.pairs.len() <= 1, "{} {:?}", found.n_tried, found.pairs);
    }

    #[test]
    fn a_short_history_says_what_it_needs() {
        let found = find(&Lines::made(vec![(0, 1, 0), (0, 200, 1)], 2), Day(210));
        assert_eq!(found.abstained.as_deref(), Some("it takes 270 days of orders with products"));
        assert!(find(&Lines::default(), Day(0)).abstained.is_some());
    }
}
