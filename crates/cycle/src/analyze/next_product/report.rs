//! What is said about the next product: hit rates beside simpler ways, and what goes together.

use super::{Lines, NAMED, PERIOD_DAYS, mix_in_words};
use crate::analyze::models::{Report, Table};
use crate::words::{count, percent};
use statistics::baskets::{Baskets, History, Mix, Shop, frequent, rules};
use statistics::intervals::{Interval, wilson};

/// Rules that are shown.
const MOST_RULES: usize = 30;
const MOST_SETS: usize = 50_000;
/// Baskets in which a pair must stand.
const FEWEST_TOGETHER: u32 = 8;
const LEAST_LIFT: f64 = 1.1;

pub(super) fn about(lines: &Lines) -> Report {
    let mut report = Report {
        definition: format!(
            "For everybody who bought lately the {NAMED} products that most likely stand in the next basket: bought before, going \
             with something of the last basket, or what sells most. A basket is what one customer bought on one day."
        ),
        ..Report::default()
    };
    if lines.is_cut() {
        report.notes.push(format!(
            "Learnt from all orders of {} customers drawn evenly, and told of those who are in the newest {} orders.",
            count(lines.n_drawn() as u64),
            count(super::lines::MOST_ORDERS as u64)
        ));
    }
    report
}

/// How the model did on the last period.
pub(super) struct Tried {
    mix: Mix,
    n: u64,
    /// Way, and in how many of the histories it hit.
    ways: Vec<(String, Interval)>,
}

/// Hits within the first named products on the last period.
pub(super) fn tried(shop: &Shop, judged: &[History], mix: Mix, n_products: usize) -> Tried {
    let n = judged.len() as u64;
    let of = |name: &str, mix: Mix| {
        let hits = shop.n_hits(judged, mix, NAMED) as u64;
        wilson(hits, n, 0.95).map(|share| (name.to_string(), share))
    };
    let mut ways: Vec<(String, Interval)> = [
        of("This model", mix),
        of("What the customer bought lately", Mix::RECENCY),
        of("What sells most", Mix::POPULARITY),
    ]
    .into_iter()
    .flatten()
    .collect();
    let chance = judged.iter().map(|history| by_chance(n_products, history.next.len())).sum::<f64>();
    let chance = chance / n.max(1) as f64;
    ways.push(("Chance".to_string(), Interval { estimate: chance, low: chance, high: chance }));
    Tried { mix, n, ways }
}

/// The probability that one of the named, drawn by chance from all products, is among those that were bought.
fn by_chance(n_products: usize, n_bought: usize) -> f64 {
    let missed = (0..NAMED.min(n_products)).map(|drawn| {
        let left = n_products.saturating_sub(n_bought + drawn) as f64;
        left / (n_products - drawn) as f64
    });
    1.0 - missed.product::<f64>()
}

pub(super) fn trained(lines: &Lines, all: &Baskets, tried: Tried, n_judged: usize) -> Report {
    let mut report = about(lines);
    report.method = format!("baskets: {}", mix_in_words(tried.mix));
    let ahead = tried.ways.first().zip(tried.ways.get(2));
    report.notes.extend(ahead.map(|(own, popular)| {
        if own.1.low > popular.1.high {
            "On the last period it named the next purchase clearly oftener than what sells most.".to_string()
        } else {
            "On the last period it was not clearly better than naming what sells most.".to_string()
        }
    }));
    report.notes.push(
        "What goes together is not what brings about a purchase; whether naming a product sells it, an experiment tells."
            .to_string(),
    );
    let shown = |interval: &Interval| match interval.low < interval.high {
        true => format!("{} – {}", percent(interval.low), percent(interval.high)),
        false => "by reckoning".to_string(),
    };
    report.tables.push(Table {
        caption: format!(
            "Hit rate: share of {} customers who came again in the last {PERIOD_DAYS} days whose next basket held one of the {NAMED} \
             named products; learnt from what was before",
            count(n_judged as u64)
        ),
        columns: ["Way", "Hit rate", "95 % interval", "Of"].map(str::to_string).to_vec(),
        rows: tried
            .ways
            .iter()
            .map(|(name, share)| vec![name.clone(), percent(share.estimate), shown(share), count(tried.n)])
            .collect(),
    });
    report.tables.extend(together(lines, all));
    report.figures = vec![
        ("Baskets".to_string(), count(all.len() as u64)),
        ("Products".to_string(), count(lines.n_products() as u64)),
    ];
    report
}

/// What goes together, the highest leverage first: how many baskets more than by chance.
fn together(lines: &Lines, all: &Baskets) -> Option<Table> {
    let fewest = FEWEST_TOGETHER.max((all.len() / 2_000) as u32);
    let sets = frequent(all, fewest, 2, MOST_SETS)?;
    let mut found = rules(&sets, all.len(), 0.02, LEAST_LIFT);
    found.sort_by(|a, b| b.leverage.total_cmp(&a.leverage).then_with(|| a.antecedent.cmp(&b.antecedent)));
    found.truncate(MOST_RULES);
    let names = |items: &[u32]| items.iter().map(|item| lines.name(*item)).collect::<Vec<_>>().join(", ");
    let row = |rule: &statistics::baskets::Rule| {
        let bought = (f64::from(rule.n) / rule.confidence).round() as u64;
        let share = wilson(u64::from(rule.n), bought.max(u64::from(rule.n)), 0.95);
        let share = share.map_or(String::new(), |s| format!(" ({} – {})", percent(s.low), percent(s.high)));
        vec![
            names(&rule.antecedent),
            names(&rule.consequent),
            count(u64::from(rule.n)),
            format!("{}{share} of {}", percent(rule.confidence), count(bought)),
            format!("{:.2}", rule.lift),
        ]
    };
    (!found.is_empty()).then(|| Table {
        caption: format!(
            "Bought together on one day, in at least {fewest} baskets; the lift is how many times oftener than if both went their \
             own ways"
        ),
        columns: ["Who buys", "also buys", "Baskets with both", "Share (95 % interval)", "Lift"]
            .map(str::to_string)
            .to_vec(),
        rows: found.iter().map(row).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_what_drawing_without_putting_back_gives() {
        assert!((by_chance(10, 1) - 0.3).abs() < 1e-12);
        assert!((by_chance(4, 2) - 1.0).abs() < 1e-12);
        assert!((by_chance(2, 1) - 1.0).abs() < 1e-12 && by_chance(50, 0).abs() < 1e-12);
    }
}
