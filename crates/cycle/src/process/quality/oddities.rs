//! Days on which a source sold what its customers cannot have bought: a data fault that bends a metric.
//!
//! It compares each day and week with the same source's weeks around it, on the log scale and with medians, so that the
//! fault itself does not move the yardstick. It says what is odd, not why; a sale or a campaign may be the reason.

use super::rows::page;
use super::{FaultyRow, Kind, RowPage, latest, lines};
use platform::clock::DAY;
use platform::store::Snapshot;
use platform::{Error, Micros, Result, params};
use records::values::period;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A source with fewer days of sales is not judged.
const FEWEST_DAYS: usize = 28;
/// Days to each side that make the yardstick.
const WINDOW_DAYS: i64 = 42;
/// From this robust z on a day is odd, if it is also [`TIMES`] away from the yardstick.
const ODD_Z: f64 = 5.0;
const TIMES: f64 = 3.0;
/// One single large order is no fault of the data.
const FEWEST_ORDERS: u64 = 3;
/// Odd days not further apart than this are one period.
const SAME_PERIOD_DAYS: i64 = 7;
/// Orders a day that a source must usually have, to speak of too many; and in all, to speak of missing days.
const FEWEST_A_DAY: f64 = 10.0;
const FEWEST_MISSED: f64 = 30.0;
/// The least spread of log order values within and between days.
const LEAST_WITHIN: f64 = 0.2;
const LEAST_BETWEEN: f64 = 0.05;
/// Scale of the median absolute deviation to the standard deviation of a normal distribution.
const MAD_TO_SD: f64 = 1.4826;
const STEP: f64 = 0.05;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OddityKind {
    /// Orders are worth a multiple, or a fraction, of what they usually are.
    AmountJump,
    /// Far more orders than usual.
    VolumeJump,
    /// No order on days that usually have many.
    MissingDays,
    /// Lines that stand in their order twice.
    CopiedLines,
}

/// Something that cannot be the customers' doing.
///
/// **Units.** `found`, `typical`: geometric mean of order values in minor units for an amount; orders a day for a volume;
/// orders for missing days; shares from 0 to 1 for copies. `excess_minor`: what the fault adds to revenue (or takes from
/// it, if below zero), in minor units of the workspace's currency. `z`: robust standard deviations from the yardstick.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Oddity {
    /// Names it on the board: `quality::rows(…, "oddity.ID", …)`.
    pub id: String,
    pub kind: OddityKind,
    /// The sales channel (empty: none), or the file of an import.
    pub source: String,
    pub from_at: Option<Micros>,
    /// The first instant after it.
    pub until_at: Option<Micros>,
    /// Orders in the period, or lines that are copies.
    pub n_rows: u64,
    pub found: f64,
    pub typical: f64,
    pub z: Option<f64>,
    pub excess_minor: i64,
    pub words: String,
}

/// What one source sold: its days, and how its order values spread.
#[derive(Debug, Default)]
pub(super) struct Sales {
    days: BTreeMap<i64, Days>,
    /// Orders by log value in steps of [`STEP`].
    values: BTreeMap<i64, u64>,
}

/// Sales of one or more days.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Days {
    n: u64,
    sum_log: f64,
    sum_minor: i64,
}

impl Days {
    fn mean_log(&self) -> f64 {
        self.sum_log / self.n as f64
    }

    fn plus(mut self, other: &Self) -> Self {
        self.n += other.n;
        self.sum_log += other.sum_log;
        self.sum_minor = self.sum_minor.saturating_add(other.sum_minor);
        self
    }
}

impl Sales {
    /// Adds a sale of `minor` > 0 on a day counted from 1970.
    pub(super) fn add(&mut self, day: i64, minor: i64) {
        let log = (minor as f64).ln();
        let one = Days { n: 1, sum_log: log, sum_minor: minor };
        let days = self.days.entry(day).or_default();
        *days = days.plus(&one);
        *self.values.entry((log / STEP).floor() as i64).or_default() += 1;
    }

    /// The robust standard deviation of log order values.
    fn within(&self) -> f64 {
        let middle = weighted_median(self.values.iter().map(|(bin, n)| (*bin as f64, *n)).collect());
        let away = self.values.iter().map(|(bin, n)| ((*bin as f64 - middle).abs(), *n)).collect();
        (MAD_TO_SD * STEP * weighted_median(away)).max(LEAST_WITHIN)
    }

    fn between(&self, from: i64, until: i64) -> Days {
        self.days.range(from..until).fold(Days::default(), |sum, (_, day)| sum.plus(day))
    }
}

fn weighted_median(mut values: Vec<(f64, u64)>) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all: u64 = values.iter().map(|(_, n)| n).sum();
    let mut below = 0;
    for (value, n) in values {
        below += n;
        if 2 * below >= all {
            return value;
        }
    }
    0.0
}

fn median(values: Vec<f64>) -> f64 {
    weighted_median(values.into_iter().map(|value| (value, 1)).collect())
}

/// What is odd about a source.
pub(super) fn of_source(source: &str, sales: &Sales) -> Vec<Oddity> {
    if sales.days.len() < FEWEST_DAYS {
        return Vec::new();
    }
    let mut odd = amounts(source, sales);
    odd.extend(volumes(source, sales));
    odd.extend(missing(source, sales));
    odd
}

/// Blocks of `length` days with the yardstick around each: start, sales, expected mean log.
fn blocks(sales: &Sales, length: i64) -> Vec<(i64, Days, f64)> {
    let mut sums: BTreeMap<i64, Days> = BTreeMap::new();
    for (day, days) in &sales.days {
        // Day 0 was a Thursday; weeks begin on Monday.
        let start = if length == 7 { (day + 3).div_euclid(7) * 7 - 3 } else { *day };
        let sum = sums.entry(start).or_default();
        *sum = sum.plus(days);
    }
    sums.iter()
        .map(|(start, sum)| {
            let around = sums.range(start - WINDOW_DAYS..=start + WINDOW_DAYS);
            let yardstick =
                weighted_median(around.map(|(_, days)| (days.mean_log(), days.n.min(20))).collect());
            (*start, *sum, yardstick)
        })
        .collect()
}

/// Days and weeks whose orders are worth too much or too little, as periods with their direction.
fn odd_amounts(sales: &Sales, length: i64) -> Vec<(i64, i64, bool, f64)> {
    let within = sales.within();
    let blocks = blocks(sales, length);
    let away = |(_, days, yardstick): &(i64, Days, f64)| days.mean_log() - yardstick;
    let spread = MAD_TO_SD * median(blocks.iter().map(|block| away(block).abs()).collect());
    let noise = within.powi(2) * median(blocks.iter().map(|(_, days, _)| 1.0 / days.n as f64).collect());
    let between = (spread.powi(2) - noise).max(LEAST_BETWEEN.powi(2));
    blocks
        .iter()
        .filter_map(|block| {
            let z = away(block) / (between + within.powi(2) / block.1.n as f64).sqrt();
            let is_odd = z.abs() >= ODD_Z && away(block).abs() >= TIMES.ln();
            is_odd.then_some((block.0, block.0 + length, z > 0.0, z))
        })
        .collect()
}

fn amounts(source: &str, sales: &Sales) -> Vec<Oddity> {
    let mut periods = odd_amounts(sales, 1);
    let days_found = periods.clone();
    // A week counts by itself only where no day of it does: in a source with few orders a day.
    periods.extend(
        odd_amounts(sales, 7).into_iter().filter(|(from, until, ..)| {
            !days_found.iter().any(|(start, end, ..)| start < until && end > from)
        }),
    );
    periods.sort_by_key(|(from, ..)| *from);
    let mut merged: Vec<(i64, i64, bool, f64)> = Vec::new();
    for period in periods {
        match merged.last_mut() {
            Some(last) if last.2 == period.2 && period.0 - last.1 < SAME_PERIOD_DAYS => {
                last.1 = last.1.max(period.1);
                last.3 = if period.2 { last.3.max(period.3) } else { last.3.min(period.3) };
            }
            _ => merged.push(period),
        }
    }
    let enough = |from, until| sales.between(from, until).n >= FEWEST_ORDERS;
    merged
        .into_iter()
        .filter(|(from, until, ..)| enough(*from, *until))
        .map(|(from, until, _, z)| amount_oddity(source, sales, (from, until), z))
        .collect()
}

fn amount_oddity(source: &str, sales: &Sales, (from, until): (i64, i64), z: f64) -> Oddity {
    let period = sales.between(from, until);
    let around = sales.between(from - WINDOW_DAYS, from).plus(&sales.between(until, until + WINDOW_DAYS));
    let typical = if around.n > 0 { around.mean_log().exp() } else { period.mean_log().exp() };
    let found = period.mean_log().exp();
    let times = found / typical;
    let hint = match times {
        50.0..200.0 => " It looks as if cents had been read as whole units.",
        0.005..0.02 => " It looks as if whole units had been read as cents.",
        _ => "",
    };
    let much = if times > 1.0 { format!("{times:.0} times") } else { format!("one {:.0}th of", 1.0 / times) };
    Oddity {
        id: format!("amount.{from}.{until}.{source}"),
        kind: OddityKind::AmountJump,
        source: source.to_string(),
        from_at: Some(from * DAY),
        until_at: Some(until * DAY),
        n_rows: period.n,
        found,
        typical,
        z: Some(z),
        excess_minor: period.sum_minor - (period.sum_minor as f64 / times) as i64,
        words: format!(
            "{} orders {} {} are worth {much} what its orders are worth in the weeks around.{hint}",
            period.n,
            named(source),
            days_in_words(from, until)
        ),
    }
}

/// How many orders a weekday usually has, by the same weekday of the weeks around.
fn usual(sales: &Sales, day: i64) -> f64 {
    let (first, last) = ends(sales);
    let same = (-8..=8).filter(|week| *week != 0).map(|week| day + 7 * week);
    median(same.filter(|d| (first..=last).contains(d)).map(|d| n_on(sales, d)).collect())
}

fn ends(sales: &Sales) -> (i64, i64) {
    let first = sales.days.keys().next().copied().unwrap_or_default();
    (first, sales.days.keys().next_back().copied().unwrap_or_default())
}

fn n_on(sales: &Sales, day: i64) -> f64 {
    sales.days.get(&day).map_or(0.0, |days| days.n as f64)
}

fn volumes(source: &str, sales: &Sales) -> Vec<Oddity> {
    let excess = |day: i64| (n_on(sales, day) - usual(sales, day)).abs();
    let spread = MAD_TO_SD * median(sales.days.keys().map(|day| excess(*day)).collect());
    let mut odd = Vec::new();
    for (day, days) in &sales.days {
        let (found, typical) = (days.n as f64, usual(sales, *day));
        let z = (found - typical) / spread.max(typical.sqrt()).max(1.0);
        if typical < FEWEST_A_DAY || found < TIMES * typical || z < ODD_Z {
            continue;
        }
        odd.push(Oddity {
            id: format!("volume.{day}.{source}"),
            kind: OddityKind::VolumeJump,
            source: source.to_string(),
            from_at: Some(day * DAY),
            until_at: Some((day + 1) * DAY),
            n_rows: days.n,
            found,
            typical,
            z: Some(z),
            excess_minor: (days.sum_minor as f64 * (1.0 - typical / found)) as i64,
            words: format!(
                "{} orders {} {}: {:.1} times as many as usual on that weekday. Orders may have been read twice, or many \
                 days written to one.",
                days.n,
                named(source),
                days_in_words(*day, day + 1),
                found / typical
            ),
        });
    }
    odd
}

fn missing(source: &str, sales: &Sales) -> Vec<Oddity> {
    let mut odd = Vec::new();
    let days: Vec<i64> = sales.days.keys().copied().collect();
    for pair in days.windows(2).filter(|pair| pair[1] - pair[0] > 1) {
        let (from, until) = (pair[0] + 1, pair[1]);
        // A gap of more than a quarter is a closed shop, or two exports with a hole between them: said in the same words.
        let missed: f64 = (from..until.min(from + 92)).map(|day| usual(sales, day)).sum();
        if missed < FEWEST_MISSED {
            continue;
        }
        let n_orders = sales.between(from - WINDOW_DAYS, until + WINDOW_DAYS);
        let each = n_orders.sum_minor as f64 / n_orders.n.max(1) as f64;
        odd.push(Oddity {
            id: format!("missing.{from}.{until}.{source}"),
            kind: OddityKind::MissingDays,
            source: source.to_string(),
            from_at: Some(from * DAY),
            until_at: Some(until * DAY),
            n_rows: 0,
            found: 0.0,
            typical: missed,
            z: None,
            excess_minor: -(missed * each) as i64,
            words: format!(
                "No order {} {}, where about {missed:.0} would be usual. The shop was closed, or a file is missing.",
                named(source),
                days_in_words(from, until)
            ),
        });
    }
    odd
}

fn named(source: &str) -> String {
    if source.is_empty() { "without a channel".to_string() } else { format!("through “{source}”") }
}

fn days_in_words(from: i64, until: i64) -> String {
    let day = |day: i64| period::day_of_micros(day * DAY).map_or_else(String::new, |day| day.to_string());
    if until - from == 1 {
        format!("on {}", day(from))
    } else {
        format!("from {} to {}", day(from), day(until - 1))
    }
}

/// A page of what is behind an oddity of the newest board: sales of the period, or lines that are copies.
pub(super) fn rows(
    snapshot: &mut Snapshot<'_>,
    id: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<RowPage> {
    let board = latest(snapshot)?.map(|run| run.board);
    let oddity = board.as_ref().and_then(|board| board.oddity(id));
    let oddity = oddity.ok_or_else(|| Error::missing("oddity", id))?;
    let (Some(from), Some(until)) = (oddity.from_at, oddity.until_at) else {
        let import_no = id.strip_prefix("copies.").and_then(|number| number.parse().ok());
        let import_no = import_no.ok_or_else(|| Error::missing("oddity", id))?;
        return lines::copies_of(snapshot, import_no, after, limit);
    };
    let found = snapshot.query(
        "SELECT id, number, counted_minor, currency FROM orders
         WHERE ordered_at >= $1 AND ordered_at < $2 AND coalesce(channel, '') = $3
           AND is_return = 0 AND counted_minor > 0 AND id > $4 ORDER BY id LIMIT $5",
        &params![from, until, oddity.source, after.unwrap_or_default(), limit as i64 + 1],
        |row| {
            let shown = format!("{} minor units of {}", row.get::<i64>(2)?, row.text(3)?);
            Ok(FaultyRow { kind: Kind::Orders, id: row.get(0)?, label: row.get(1)?, shown })
        },
    )?;
    Ok(page(found, limit, |row| row.id.clone()))
}
