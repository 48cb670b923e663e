//! Customers who have a product that leads others to a second one, and do not have that one yet.
//!
//! Which products lead to which is found by `analyze::next_product` in one period and held against the next. Here it is said
//! of whom it may be true now, and what comes by itself; what naming the product adds only a test can tell.

use super::Answer;
use crate::analyze::next_product::{LATELY_DAYS, LEVEL as LEVEL_OF_RATIO, PERIOD_DAYS, Pair, Pairs, Tried};
use crate::analyze::rows;
use crate::interpret::View;
use crate::interpret::checks::amounts;
use crate::interpret::found::{
    Check, Evidence, Figure, Found, Kind, Member, MemberFigure, Money, Question, Silent, Table, Unit,
    Verdict, confidence,
};
use crate::interpret::words::{chance, count, customers, percent};
use platform::store::Snapshot;
use platform::{Result, params};
use statistics::distributions::normal_quantile;
use statistics::intervals::{Interval, wilson};
use std::collections::{HashMap, HashSet};

/// Pairs that are told, each with another second product.
const MOST_TOLD: usize = 3;
/// Customers below which a pair is not told.
const FEWEST: usize = 20;
const LEVEL: f64 = 0.8;

pub(super) fn find(view: &View<'_>, snapshot: &mut Snapshot<'_>) -> Answer {
    let kind = Kind::CrossSell;
    let Some(next_product) = view.inputs.next_product.as_deref() else {
        return Ok(Err(Silent::abstained(kind, "order lines were not looked at")));
    };
    let pairs = &next_product.pairs;
    if let Some(why) = &pairs.abstained {
        return Ok(Err(Silent::abstained(kind, why.clone())));
    }
    if pairs.n_tried == 0 {
        let why = "too few customers come to buy a second product to see which product leads to which";
        return Ok(Err(Silent::abstained(kind, why)));
    }
    let (mut told, mut seconds, mut owners) = (Vec::new(), HashSet::new(), Owners::new());
    for pair in &pairs.pairs {
        if told.len() == MOST_TOLD || seconds.contains(&pair.to.sku) {
            continue;
        }
        for sku in [&pair.from.sku, &pair.to.sku] {
            if !owners.contains_key(sku.as_str()) {
                owners.insert(sku, owners_of(view, snapshot, sku)?);
            }
        }
        let open = open(view, &owners, pair);
        if let Some(due) = Due::of(pair, open.len()).filter(|_| open.len() >= FEWEST) {
            seconds.insert(&pair.to.sku);
            told.push(insight(view, pairs, pair, &open, &due));
        }
    }
    if told.is_empty() {
        let why = format!(
            "of {} pairs of products {} stood out in one period, and none of them held in the next among customers who do not have \
             the second one yet",
            count(pairs.n_tried as u64),
            count(pairs.n_found as u64)
        );
        return Ok(Err(Silent::nothing(kind, why)));
    }
    Ok(Ok(told))
}

/// By article number, who ever bought it.
type Owners<'a> = HashMap<&'a str, HashSet<u32>>;

/// Customers of late who have the first product and not the second, those who spent most first: number, day of the last order,
/// money of the last year.
fn open(view: &View<'_>, owners: &Owners<'_>, pair: &Pair) -> Vec<(u32, i32, i64)> {
    let last_day = view.inputs.last_day;
    let mut open = Vec::new();
    for customer in owners[pair.from.sku.as_str()].difference(&owners[pair.to.sku.as_str()]) {
        let orders = view.facts().orders(*customer).until(last_day);
        let Some(last) = orders.purchases().last().map(|row| row.0) else { continue };
        if last_day.0 - last < LATELY_DAYS {
            let spent = view.corrected.spent(view.facts(), *customer, last_day.plus(-365), last_day);
            open.push((*customer, last, spent));
        }
    }
    open.sort_by_key(|(customer, _, spent)| (std::cmp::Reverse(*spent), *customer));
    open
}

/// Everybody who ever bought the product until the last day.
fn owners_of(view: &View<'_>, snapshot: &mut Snapshot<'_>, sku: &str) -> Result<HashSet<u32>> {
    let mut owners = HashSet::new();
    snapshot.each(
        "SELECT DISTINCT o.person_id FROM products p
         JOIN order_lines l ON l.product_id = p.id AND l.amount_minor > 0
         JOIN orders o ON o.id = l.order_id
         WHERE p.sku = $1 AND p.deleted_at IS NULL AND o.person_id IS NOT NULL AND o.is_return = 0 AND o.counted_minor > 0
           AND o.ordered_at < $2",
        &params![sku, view.inputs.last_day.next().start()],
        |row| {
            owners.extend(view.facts().find(row.text(0)?));
            Ok(())
        },
    )?;
    Ok(owners)
}

/// What comes by itself.
struct Due {
    share: Interval,
    orders: (f64, f64, f64),
    money: Money,
}

impl Due {
    /// The share of the last period, and what it makes of the customers of now: the sample behind the share, chance, and the
    /// money of a line vary.
    fn of(pair: &Pair, n: usize) -> Option<Self> {
        let (hits, of) = pair.held.exposed;
        let share = wilson(hits, of, LEVEL)?;
        let (n, p, of) = (n as f64, share.estimate, of as f64);
        let z = normal_quantile(0.5 + 0.5 * LEVEL);
        let variance = n * p * (1.0 - p) + n * n * p * (1.0 - p) / of;
        let orders = n * p;
        let of_orders = z * variance.sqrt();
        let amount = pair.amount;
        let of_money = variance * amount.mean.powi(2)
            + orders * amount.deviation.powi(2)
            + orders * orders * amount.deviation.powi(2) / amount.n.max(1) as f64;
        let (money, half) = (orders * amount.mean, z * of_money.sqrt());
        Some(Self {
            share,
            orders: (orders, (orders - of_orders).max(0.0), orders + of_orders),
            money: Money {
                expected_minor: money.round() as i64,
                low_minor: (money - half).max(0.0).round() as i64,
                high_minor: (money + half).round() as i64,
                level: LEVEL,
            },
        })
    }
}

fn insight(view: &View<'_>, pairs: &Pairs, pair: &Pair, open: &[(u32, i32, i64)], due: &Due) -> Found {
    let n = open.len() as u64;
    let (from, to) = (&pair.from.name, &pair.to.name);
    let ratio = pair.held.pooled.risk_ratio;
    let claim = format!(
        "{} of the last year have “{from}” and not yet “{to}”. In the last {PERIOD_DAYS} days such customers came to buy it {:.1} times \
         as often ({:.1} to {:.1}) as others who had bought as often and as lately. About {:.0} of them ({:.0} to {:.0}) will in the \
         coming {PERIOD_DAYS} days if nothing changes, worth about {} ({} to {}).",
        customers(n),
        ratio.estimate,
        ratio.low,
        ratio.high,
        due.orders.0,
        due.orders.1,
        due.orders.2,
        view.money(due.money.expected_minor),
        view.money(due.money.low_minor),
        view.money(due.money.high_minor)
    );
    let checks = checks(view, pairs, pair);
    let each = due.share.estimate * pair.amount.mean;
    let member = |(customer, last, spent): &(u32, i32, i64)| Member {
        person_id: view.facts().id(*customer).to_string(),
        figures: vec![
            MemberFigure::new("Days since last order", Unit::Days, f64::from(view.inputs.last_day.0 - last)),
            MemberFigure::new("Spent in the last year", Unit::Money, *spent as f64),
            MemberFigure::new("Value to be expected", Unit::Money, each),
        ],
    };
    Found {
        kind: Kind::CrossSell,
        about: format!("{} then {}", pair.from.sku, pair.to.sku),
        claim,
        evidence: evidence(view, pairs, pair, n, due),
        n_customers: n,
        money: Some(due.money),
        money_how: format!(
            "The share of such customers who bought it for the first time in the last {PERIOD_DAYS} days, times their number now, times \
             the mean money of a line with it. The interval (80 %) holds chance, the sample behind the share, and how much lines \
             differ. It is what comes by itself, not what naming the product adds."
        ),
        confidence: confidence(&checks),
        checks,
        refuted_by: format!(
            "If in the coming {PERIOD_DAYS} days they buy it no oftener than other customers with as many purchases, the two products \
             go their own ways."
        ),
        suggested_action: format!(
            "Show “{to}” to a random half of them, with how it goes with what they have; the other half shows what would have come \
             anyway."
        ),
        people: open.iter().map(member).collect(),
    }
}

fn evidence(view: &View<'_>, pairs: &Pairs, pair: &Pair, n: u64, due: &Due) -> Evidence {
    let ratio = pair.held.pooled.risk_ratio;
    let figures = vec![
        Figure::new("open", "Have the one and not the other", Unit::Count, n as f64),
        Figure::new("ratio", "Times as often as customers who are alike", Unit::Number, ratio.estimate)
            .between(ratio.low, ratio.high, LEVEL_OF_RATIO)
            .of(pair.held.exposed.1 + pair.held.others.1),
        Figure::new("mean_line", "Mean money of a line with it", Unit::Money, pair.amount.mean)
            .of(pair.amount.n),
        Figure::new("share", "Share that bought it for the first time", Unit::Share, due.share.estimate)
            .between(due.share.low, due.share.high, LEVEL)
            .of(pair.held.exposed.1),
        Figure::new("expected", "First purchases to be expected", Unit::Count, due.orders.0)
            .between(due.orders.1, due.orders.2, LEVEL)
            .of(n),
    ];
    let period = |name: &str, tried: &Tried| {
        let share = |(hits, of): (u64, u64)| {
            format!("{} of {} ({})", count(hits), count(of), percent(hits as f64 / of.max(1) as f64))
        };
        let ratio = tried.pooled.risk_ratio;
        vec![
            name.to_string(),
            share(tried.exposed),
            share(tried.others),
            format!("{:.2} ({:.2} – {:.2})", ratio.estimate, ratio.low, ratio.high),
        ]
    };
    Evidence {
        query: "cross-sell".to_string(),
        definition: format!(
            "Customers who bought within {LATELY_DAYS} days, ever bought the first product and never the second. The ratio compares, \
             among all customers without the second product, who had the first with who had not, within groups of as many days of \
             purchase who bought as lately, pooled by Mantel and Haenszel. {} customers were looked at.",
            count(pairs.n_customers as u64)
        ),
        last_day: String::new(),
        figures,
        tables: vec![Table {
            caption: format!("Who bought “{}” for the first time within {PERIOD_DAYS} days", pair.to.name),
            columns: ["Period", "Had the first product", "Had not", "Ratio among those alike (95 %)"]
                .map(str::to_string)
                .to_vec(),
            rows: vec![
                period("In which it was found", &pair.found),
                period("In which it was held against", &pair.held),
            ],
        }],
        filter: Some(rows::of_pair(view.inputs.last_day.plus(1 - LATELY_DAYS), &pair.from.sku, &pair.to.sku)),
        filter_note: "The filter goes by the article number of each line, also of lines free of charge."
            .to_string(),
        quality_rows: None,
    }
}

fn checks(view: &View<'_>, pairs: &Pairs, pair: &Pair) -> Vec<Check> {
    vec![amounts(view, 0), mix(pair), season(pair), looks(pairs, pair), earlier(pair)]
}

/// Do those who have the first product simply buy more of everything?
fn mix(pair: &Pair) -> Check {
    let Tried { exposed, others, pooled, .. } = pair.held;
    let crude = (exposed.0 as f64 / exposed.1.max(1) as f64) / (others.0 as f64 / others.1.max(1) as f64);
    let ratio = pooled.risk_ratio;
    let words = format!(
        "Without regard to how much they buy it would be {crude:.1} times as often; among customers with as many purchases, as \
         lately, it is {:.1} ({:.1} to {:.1}).",
        ratio.estimate, ratio.low, ratio.high
    );
    // What remains of the surplus when customers who are alike are compared.
    let remains = (ratio.estimate - 1.0) / (crude - 1.0);
    let verdict = if remains < 0.5 && crude > 1.0 { Verdict::Weakened } else { Verdict::Stands };
    Check::new(Question::MixShift, verdict, words)
}

/// Does the second product sell in the coming quarter as usual?
fn season(pair: &Pair) -> Check {
    let Some(factor) = pair.amount.season else {
        let words = "The orders cover less than a year, so the season of the second product is not known.";
        return Check::new(Question::Season, Verdict::CannotTell, words);
    };
    let words = format!(
        "In the {PERIOD_DAYS} days of a year ago that begin now it sold {} of what a mean quarter of that year had.",
        percent(factor)
    );
    let verdict = if (0.67..=1.5).contains(&factor) { Verdict::Stands } else { Verdict::Weakened };
    Check::new(Question::Season, verdict, words)
}

fn looks(pairs: &Pairs, pair: &Pair) -> Check {
    let words = format!(
        "{} pairs of products were looked at; {} stood out in the period before the last. Held against the last, p {} after Holm's \
         correction for those.",
        count(pairs.n_tried as u64),
        count(pairs.n_found as u64),
        chance(pair.held.p_adjusted)
    );
    let verdict = if pair.held.p_adjusted < 0.01 { Verdict::Stands } else { Verdict::Weakened };
    Check::new(Question::TooManyLooks, verdict, words)
}

/// The period in which it was found against the one it is held against: what stood out by luck falls back.
fn earlier(pair: &Pair) -> Check {
    let (found, held) = (pair.found.pooled.risk_ratio, pair.held.pooled.risk_ratio);
    let words = format!(
        "In the period in which it was found the ratio was {:.1} ({:.1} to {:.1}); in the one that had no say in it, {:.1}.",
        found.estimate, found.low, found.high, held.estimate
    );
    let verdict = if held.high < found.low { Verdict::Weakened } else { Verdict::Stands };
    Check::new(Question::Earlier, verdict, words)
}
