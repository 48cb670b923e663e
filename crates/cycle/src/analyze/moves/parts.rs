//! The change of a metric since the month before, taken apart by groups of customers.
//!
//! A sum is taken apart into more or fewer units, another mix of groups and another worth of a unit; a ratio into the rates
//! of the groups and their mix. Whether a group moved otherwise than the rest is asked of the history of its share.

use super::groups::{Groups, Side};
use super::{Grouped, Verdict, value_of};
use crate::analyze::forecasts::{Grain, expected_next};
use crate::plan::metrics::tally::{self, Calendar, Everybody, Tally};
use crate::plan::metrics::{Metric, OfPurchases, Recipe};
use crate::plan::periods::Period;
use platform::store::Snapshot;
use platform::{Result, params};
use serde::{Deserialize, Serialize};
use statistics::drivers::{self, Part as Counted};
use statistics::multiple::holm;
use std::collections::BTreeMap;

/// Orders of the two months above which their lines are not read.
const MOST_ORDERS: f64 = 300_000.0;
/// Categories that are told apart.
const MOST_CATEGORIES: usize = 12;

/// A change looked at from one side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dimension {
    pub side: Side,
    /// The parts, those that moved most first; they sum to the change.
    pub parts: Vec<Part>,
}

/// What one group added to a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The place of the group on its side.
    pub group: usize,
    pub label: String,
    /// What the filter language calls the group; empty where it has no word.
    pub filter_value: String,
    /// The metric of the group in the month before and in the last one; None where there is nothing to divide by.
    pub before: Option<f64>,
    pub now: Option<f64>,
    /// What it added to the change of the whole: by more or fewer units, by its share of them, by another rate or worth.
    pub total: f64,
    pub volume: f64,
    pub mix: f64,
    pub rate: f64,
    /// The chance that its share of the whole moved like this by itself, corrected for all groups; None where not asked.
    pub p_adjusted: Option<f64>,
}

/// The sides of a metric; empty for one that purchases do not make, and for growth, which is that of revenue.
pub(super) fn of(metric: &Metric, verdict: Verdict, grouped: &Grouped, window: usize) -> Vec<Dimension> {
    let recipe = match metric.shipped().map(|shipped| shipped.recipe) {
        Ok(Recipe::Purchases(OfPurchases::Growth)) => return Vec::new(),
        Ok(Recipe::Purchases(recipe)) => recipe,
        _ => return Vec::new(),
    };
    let mut dimensions: Vec<Dimension> = grouped
        .groups
        .iter()
        .zip(&grouped.tallies)
        .filter_map(|(groups, tally)| side(metric, recipe, groups, tally, window))
        .collect();
    let has_ages = !matches!(recipe, OfPurchases::New | OfPurchases::Retention | OfPurchases::Churn);
    if has_ages {
        let ages = Groups::of_ages();
        dimensions.extend(side(metric, recipe, &ages, &grouped.by_age, window));
    }
    if verdict == Verdict::Moved {
        ask(metric, recipe, grouped, window, &mut dimensions);
    }
    dimensions
}

fn side(
    metric: &Metric,
    recipe: OfPurchases,
    groups: &Groups,
    tally: &Tally,
    window: usize,
) -> Option<Dimension> {
    let mut before = Vec::new();
    let mut now = Vec::new();
    for group in 0..groups.labels.len() {
        let ratios = tally::of_group(tally, group, recipe, window);
        let [.., b, n] = ratios[..] else { return None };
        before.push(b);
        now.push(n);
    }
    let effects = effects(metric, &before, &now)?;
    let mut parts: Vec<Part> = (0..groups.labels.len())
        .filter(|&group| before[group] != (0.0, 0.0) || now[group] != (0.0, 0.0))
        .map(|group| Part {
            group,
            label: groups.labels[group].clone(),
            filter_value: groups.values[group].clone(),
            before: value_of(metric, before[group]),
            now: value_of(metric, now[group]),
            p_adjusted: None,
            ..effects[group].clone()
        })
        .collect();
    parts.sort_by(|a, b| b.total.abs().total_cmp(&a.total.abs()).then_with(|| a.group.cmp(&b.group)));
    Some(Dimension { side: groups.side, parts })
}

/// What each group added; labels and values are filled in by the caller.
fn effects(metric: &Metric, before: &[(f64, f64)], now: &[(f64, f64)]) -> Option<Vec<Part>> {
    let counted = |all: &[(f64, f64)]| -> Vec<Counted> {
        all.iter()
            .map(|(numerator, denominator)| Counted { numerator: *numerator, denominator: *denominator })
            .collect()
    };
    let part = |total: f64, volume: f64, mix: f64, rate: f64| Part {
        group: 0,
        label: String::new(),
        filter_value: String::new(),
        before: None,
        now: None,
        total,
        volume,
        mix,
        rate,
        p_adjusted: None,
    };
    if metric.kind.is_divided() {
        // Money without an order, such as a return alone, cannot stand in a ratio of a group: it is left to the whole.
        let possible = |all: &[(f64, f64)]| -> Vec<(f64, f64)> {
            all.iter().map(|&(x, y)| if y > 0.0 { (x, y) } else { (0.0, 0.0) }).collect()
        };
        let change = drivers::ratio_change(&counted(&possible(before)), &counted(&possible(now)))?;
        return Some(change.effects.iter().map(|e| part(e.sum(), 0.0, e.mix, e.rate)).collect());
    }
    let found = drivers::contributions(&counted(before), &counted(now))?;
    Some(found.iter().map(|c| part(c.total, c.volume, c.mix, c.rate)).collect())
}

/// Asks of every group whether its share of the whole (or its ratio to that of the whole) left its own history.
fn ask(metric: &Metric, recipe: OfPurchases, grouped: &Grouped, window: usize, dimensions: &mut [Dimension]) {
    let mut places = Vec::new();
    let mut chances = Vec::new();
    for (at, dimension) in dimensions.iter().enumerate() {
        // Who stands in a tier or segment was chosen by what they had bought: their share falls afterwards by itself.
        if matches!(dimension.side, Side::Tier | Side::Segment) {
            continue;
        }
        let tally = match grouped.groups.iter().position(|groups| groups.side == dimension.side) {
            Some(place) => &grouped.tallies[place],
            None => &grouped.by_age,
        };
        let all: Vec<Vec<(f64, f64)>> =
            (0..tally.groups.len()).map(|group| tally::of_group(tally, group, recipe, window)).collect();
        for (place, part) in dimension.parts.iter().enumerate() {
            places.push((at, place));
            chances.push(chance(metric, &all, part.group).unwrap_or(f64::NAN));
        }
    }
    for ((at, place), p) in places.into_iter().zip(holm(&chances)) {
        dimensions[at].parts[place].p_adjusted = (!p.is_nan()).then_some(p);
    }
}

fn chance(metric: &Metric, all: &[Vec<(f64, f64)>], group: usize) -> Option<f64> {
    let shares: Vec<f64> = (0..all.first()?.len())
        .map(|at| {
            let whole = all.iter().fold((0.0, 0.0), |sum, group| (sum.0 + group[at].0, sum.1 + group[at].1));
            let own = value_of(metric, all[group][at]);
            match (own, value_of(metric, whole)) {
                (Some(own), Some(whole)) if whole != 0.0 => own / whole,
                _ => f64::NAN,
            }
        })
        .collect();
    let (now, before) = shares.split_last()?;
    expected_next(before, Grain::Month.season())?.chance_of(*now)
}

/// Revenue by the category of what was bought; None where there are too many orders, or no categories.
pub(super) fn categories(
    snapshot: &mut Snapshot<'_>,
    everybody: &Everybody,
    calendar: &Calendar,
    (before, now): (Period, Period),
) -> Result<Option<Dimension>> {
    let place = |period: Period| calendar.periods.iter().position(|one| *one == period);
    let n_orders: f64 = [before, now].into_iter().filter_map(place).map(|at| everybody.n_orders(at)).sum();
    if n_orders > MOST_ORDERS {
        return Ok(None);
    }
    let (old, new) = (of_categories(snapshot, before)?, of_categories(snapshot, now)?);
    let mut names: Vec<String> = old.keys().chain(new.keys()).cloned().collect();
    names.sort();
    names.dedup();
    if names.iter().filter(|name| !name.is_empty()).count() < 2 {
        return Ok(None);
    }
    let of = |sums: &BTreeMap<String, f64>, name: &str| sums.get(name).copied().unwrap_or(0.0);
    names.sort_by(|a, b| {
        let size = |name: &str| (of(&old, name) + of(&new, name)).abs();
        size(b).total_cmp(&size(a)).then_with(|| a.cmp(b))
    });
    let rest = names.split_off(names.len().min(MOST_CATEGORIES));
    let part = |(group, name): (usize, &String)| {
        part_of_money(
            group,
            if name.is_empty() { "without a category" } else { name },
            of(&old, name),
            of(&new, name),
        )
    };
    let mut parts: Vec<Part> = names.iter().enumerate().map(part).collect();
    if !rest.is_empty() {
        let sum = |sums: &BTreeMap<String, f64>| rest.iter().map(|name| of(sums, name)).sum::<f64>();
        parts.push(part_of_money(parts.len(), "all others", sum(&old), sum(&new)));
    }
    parts.sort_by(|a, b| b.total.abs().total_cmp(&a.total.abs()).then_with(|| a.group.cmp(&b.group)));
    Ok(Some(Dimension { side: Side::Category, parts }))
}

fn part_of_money(group: usize, label: &str, before: f64, now: f64) -> Part {
    Part {
        group,
        label: label.to_string(),
        filter_value: String::new(),
        before: Some(before),
        now: Some(now),
        total: now - before,
        volume: 0.0,
        mix: 0.0,
        rate: 0.0,
        p_adjusted: None,
    }
}

/// Money of the lines by category; what an order counts beside its lines has no category.
fn of_categories(snapshot: &mut Snapshot<'_>, period: Period) -> Result<BTreeMap<String, f64>> {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    snapshot.each(
        "SELECT COALESCE(p.category, ''), CAST(sum(l.amount_minor) AS BIGINT) FROM orders o
         JOIN order_lines l ON l.order_id = o.id LEFT JOIN products p ON p.id = l.product_id
         WHERE o.ordered_at >= $1 AND o.ordered_at < $2 AND o.counted_minor <> 0
         GROUP BY COALESCE(p.category, '')",
        &params![period.from(), period.until()],
        |row| {
            sums.insert(row.get(0)?, row.get::<i64>(1)? as f64);
            Ok(())
        },
    )?;
    Ok(sums)
}
