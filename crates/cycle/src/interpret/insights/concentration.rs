//! Revenue concentration: how much of the money the best tenth of the customers bring, and whether that grows.
//!
//! It does not say that concentration is bad: it shows what hangs on how few, and what of such customers was lost before.

use super::Answer;
use crate::analyze::Day;
use crate::interpret::View;
use crate::interpret::checks::{amounts, channels};
use crate::interpret::found::{
    Check, Evidence, Figure, Found, Kind, Member, MemberFigure, Money, Question, Silent, Table, Unit,
    Verdict, confidence,
};
use crate::interpret::words::{count, customers, number, percent};
use platform::store::Snapshot;
use records::filter::{Filter, Measure, Op, OrdersCondition};
use statistics::concentration::Concentration;
use statistics::intervals::{Interval, wilson};

const YEAR: i32 = 365;
/// Fewer buyers make the interval too narrow.
const FEWEST_BUYERS: usize = 50;
const TOP: f64 = 0.1;
/// A tenth that brings less than this is nothing to speak of.
const WORTH_SAYING: f64 = 0.25;
const LEVEL: f64 = 0.95;
const MONEY_LEVEL: f64 = 0.8;
/// Points of the curve.
const STEPS: usize = 50;

/// The buyers of one year.
struct Year {
    /// (customer, money), the most first; only money above 0.
    buyers: Vec<(u32, i64)>,
    total_minor: i64,
    top_share: Interval,
    gini: Interval,
}

impl Year {
    fn n_top(&self) -> usize {
        ((TOP * self.buyers.len() as f64).round() as usize).max(1)
    }

    fn top(&self) -> &[(u32, i64)] {
        &self.buyers[..self.n_top()]
    }
}

pub(super) fn find(view: &View<'_>, _: &mut Snapshot<'_>) -> Answer {
    let last = view.inputs.last_day;
    let Some(now) = year(view, last) else {
        let why = format!("fewer than {FEWEST_BUYERS} customers bought in the last 12 months");
        return Ok(Err(Silent::abstained(Kind::Concentration, why)));
    };
    if now.top_share.low < WORTH_SAYING {
        let why = format!(
            "the best tenth brings {} ({} to {}) of the revenue of 12 months: it is spread wide",
            percent(now.top_share.estimate),
            percent(now.top_share.low),
            percent(now.top_share.high)
        );
        return Ok(Err(Silent::nothing(Kind::Concentration, why)));
    }
    let covered = view.facts().span().is_some_and(|(first, _)| first <= last.plus(-2 * YEAR + 15));
    let before = if covered { year(view, last.plus(-YEAR)) } else { None };
    Ok(Ok(vec![insight(view, &now, before.as_ref())]))
}

/// The curve of concentration of the last 12 months: (share of the buyers, the best first; share of the revenue).
pub(in crate::interpret) fn curve(view: &View<'_>) -> Vec<(f64, f64)> {
    let Some(now) = year(view, view.inputs.last_day) else { return Vec::new() };
    let values: Vec<i64> = now.buyers.iter().map(|buyer| buyer.1).collect();
    let points = Concentration::new(&values).map_or_else(Vec::new, |found| found.lorenz(STEPS));
    points.iter().rev().map(|point| (1.0 - point.customers, 1.0 - point.value)).collect()
}

/// The year that ends with a day; None where it has too few buyers.
fn year(view: &View<'_>, last: Day) -> Option<Year> {
    let facts = view.facts();
    let from = last.plus(-YEAR);
    let mut buyers: Vec<(u32, i64)> = (0..facts.n_customers())
        .map(|customer| (customer, view.corrected.spent(facts, customer, from, last)))
        .filter(|(_, money)| *money > 0)
        .collect();
    if buyers.len() < FEWEST_BUYERS {
        return None;
    }
    buyers.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let values: Vec<i64> = buyers.iter().map(|buyer| buyer.1).collect();
    let concentration = Concentration::new(&values)?;
    Some(Year {
        total_minor: values.iter().sum(),
        top_share: concentration.top_share(TOP, LEVEL)?,
        gini: concentration.gini(LEVEL)?,
        buyers,
    })
}

/// Of the best tenth of the year before, how many bought nothing since: (lost, of).
fn lost_since(view: &View<'_>, before: &Year) -> (u64, u64) {
    let last = view.inputs.last_day;
    let lost = before.top().iter().filter(|(customer, _)| {
        let mut rows = view.facts().orders(*customer).until(last).purchases();
        !rows.any(|(day, _)| day > last.0 - YEAR)
    });
    (lost.count() as u64, before.n_top() as u64)
}

fn insight(view: &View<'_>, now: &Year, before: Option<&Year>) -> Found {
    let n_top = now.n_top() as u64;
    let top_minor: i64 = now.top().iter().map(|buyer| buyer.1).sum();
    let lost = before.map(|before| lost_since(view, before));
    let loss_rate = lost.and_then(|(lost, of)| wilson(lost, of, MONEY_LEVEL));
    let money = loss_rate.map(|rate| Money {
        expected_minor: (rate.estimate * top_minor as f64) as i64,
        low_minor: (rate.low * top_minor as f64) as i64,
        high_minor: (rate.high * top_minor as f64) as i64,
        level: MONEY_LEVEL,
    });
    let change = before.map(|before| change(now, before));
    let trend = match change {
        None => "Whether that grows cannot be told: the orders cover less than two years.".to_string(),
        Some(change) if change.low > 0.0 => {
            format!("A year before it was {}: it grows.", percent(now.top_share.estimate - change.estimate))
        }
        Some(change) if change.high < 0.0 => {
            format!("A year before it was {}: it falls.", percent(now.top_share.estimate - change.estimate))
        }
        Some(change) => format!(
            "A year before it was {}; the difference is within chance.",
            percent(now.top_share.estimate - change.estimate)
        ),
    };
    let lost_words = match (lost, money) {
        (Some((lost, of)), Some(money)) => format!(
            " Of the best tenth of that year {} of {} bought nothing since; at that rate {} are at risk in the coming year.",
            count(lost),
            count(of),
            view.money(money.expected_minor)
        ),
        _ => String::new(),
    };
    let claim = format!(
        "{} (the best tenth) bring {} of the revenue of 12 months. {trend}{lost_words}",
        customers(n_top),
        percent(now.top_share.estimate)
    );
    let checks = checks(view, now, before, change);
    Found {
        kind: Kind::Concentration,
        about: "best tenth".to_string(),
        claim,
        evidence: evidence(view, now, before, lost),
        n_customers: n_top,
        money,
        money_how: match money {
            Some(_) => "Revenue of the best tenth in 12 months times the share of the best tenth of the year before that \
                        bought nothing since. The interval (80 %) is that of the share (Wilson)."
                .to_string(),
            None => "What is at risk cannot be told: that takes two years of orders.".to_string(),
        },
        confidence: confidence(&checks),
        checks,
        refuted_by: "If a year from now fewer of this tenth have left than the interval says, the rate of the year before was no \
                     guide."
            .to_string(),
        suggested_action: "Give each of them a name in the house who knows them, and look at the list monthly; grow the middle tier, \
                           so that less hangs on few."
            .to_string(),
        people: now.top().iter().map(|(customer, minor)| member(view, now, *customer, *minor)).collect(),
    }
}

/// The top share now less that of the year before; the two years are taken as independent, which makes it too wide.
fn change(now: &Year, before: &Year) -> Interval {
    let (a, b) = (now.top_share, before.top_share);
    let estimate = a.estimate - b.estimate;
    let below = (a.estimate - a.low).hypot(b.high - b.estimate);
    let above = (a.high - a.estimate).hypot(b.estimate - b.low);
    Interval { estimate, low: estimate - below, high: estimate + above }
}

fn evidence(view: &View<'_>, now: &Year, before: Option<&Year>, lost: Option<(u64, u64)>) -> Evidence {
    let n = now.buyers.len() as u64;
    let share = |name: &str, label: &str, year: &Year| {
        let i = year.top_share;
        let figure = Figure::new(name, label, Unit::Share, i.estimate).between(i.low, i.high, LEVEL);
        figure.of(year.buyers.len() as u64)
    };
    let gini = |name: &str, label: &str, year: &Year| {
        let i = year.gini;
        let figure = Figure::new(name, label, Unit::Number, i.estimate).between(i.low, i.high, LEVEL);
        figure.of(year.buyers.len() as u64)
    };
    let mut figures = vec![
        share("top_share", "Share of the best tenth", now),
        gini("gini", "Gini's coefficient (0 equal, 1 all from one)", now),
        Figure::new("revenue", "Revenue of 12 months from buyers", Unit::Money, now.total_minor as f64).of(n),
    ];
    if let Some(before) = before {
        figures.push(share("top_share_before", "Share of the best tenth a year before", before));
        figures.push(gini("gini_before", "Gini's coefficient a year before", before));
    }
    if let Some((lost, of)) = lost
        && let Some(rate) = wilson(lost, of, MONEY_LEVEL)
    {
        let figure = Figure::new("lost", "Of that tenth bought nothing since", Unit::Share, rate.estimate);
        figures.push(figure.between(rate.low, rate.high, MONEY_LEVEL).of(of));
    }
    let lowest = now.top().last().map_or(0, |buyer| buyer.1);
    let last = view.inputs.last_day;
    let filter = Filter::Orders(OrdersCondition {
        measure: Measure::Revenue,
        op: Op::AtLeast,
        value: records::values::money::Money::new(lowest, view.currency).to_plain(),
        within_days: None,
        from: Some(last.plus(1 - YEAR).to_string()),
        until: Some(last.to_string()),
        sku: None,
    });
    Evidence {
        query: "concentration".to_string(),
        definition: format!(
            "Customers with money above 0 in the 12 months until {last}, returns taken off, sorted by it; the best tenth of them. \
             Intervals take the customers as a sample of those that the firm might have had."
        ),
        last_day: String::new(),
        figures,
        tables: vec![steps(view, now)],
        filter: Some(Filter::All(vec![filter])),
        filter_note: if view.corrected.n_orders > 0 {
            "The filter takes suspect amounts as they are recorded.".to_string()
        } else {
            String::new()
        },
        quality_rows: None,
    }
}

/// How much the best 1, 5, 10, 20, 50 % bring.
fn steps(view: &View<'_>, now: &Year) -> Table {
    let rows = [0.01, 0.05, 0.1, 0.2, 0.5].into_iter().map(|share| {
        let n = ((share * now.buyers.len() as f64).round() as usize).max(1);
        let minor: i64 = now.buyers[..n].iter().map(|buyer| buyer.1).sum();
        vec![
            percent(share),
            count(n as u64),
            view.money(minor),
            percent(minor as f64 / now.total_minor.max(1) as f64),
        ]
    });
    Table {
        caption: "What the best bring".to_string(),
        columns: ["Best", "Customers", "Revenue", "Share"].map(str::to_string).to_vec(),
        rows: rows.collect(),
    }
}

fn member(view: &View<'_>, now: &Year, customer: u32, minor: i64) -> Member {
    let alive = view.inputs.lifetime_value.place(customer);
    let alive = alive.and_then(|at| view.inputs.lifetime_value.forecasts[at].probability_alive);
    let mut figures = vec![
        MemberFigure::new("Spent in 12 months", Unit::Money, minor as f64),
        MemberFigure::new("Share of all", Unit::Share, minor as f64 / now.total_minor.max(1) as f64),
    ];
    figures.extend(alive.map(|alive| MemberFigure::new("Probability alive", Unit::Share, alive)));
    Member { person_id: view.facts().id(customer).to_string(), figures }
}

fn checks(view: &View<'_>, now: &Year, before: Option<&Year>, change: Option<Interval>) -> Vec<Check> {
    let top: Vec<u32> = now.top().iter().map(|buyer| buyer.0).collect();
    let others: Vec<u32> = now.buyers[now.n_top()..].iter().map(|buyer| buyer.0).collect();
    let largest = now.buyers[0].1 as f64 / now.total_minor.max(1) as f64;
    let without: i64 = now.top().iter().skip(1).map(|buyer| buyer.1).sum();
    let outlier = format!(
        "The largest customer brings {} of the revenue; without that one the best tenth bring {}.",
        percent(largest),
        percent(without as f64 / (now.total_minor - now.buyers[0].1).max(1) as f64)
    );
    let verdict = if largest > 0.3 * now.top_share.estimate { Verdict::Weakened } else { Verdict::Stands };
    vec![
        amounts(view, 0),
        channels(view, &top, &others),
        Check::new(Question::RegressionToTheMean, verdict, format!("{outlier} {}", same_people(now, before))),
        season(change),
    ]
}

/// Are the best the best again, or is it luck that changes hands?
fn same_people(now: &Year, before: Option<&Year>) -> String {
    let Some(before) = before else {
        return "Whether they are the same every year cannot be told yet.".to_string();
    };
    let known: std::collections::HashSet<u32> = before.top().iter().map(|buyer| buyer.0).collect();
    let again = now.top().iter().filter(|buyer| known.contains(&buyer.0)).count();
    format!(
        "{} of the {} were in the best tenth a year before too ({} would be by chance).",
        count(again as u64),
        count(now.n_top() as u64),
        number((TOP * now.n_top() as f64).round())
    )
}

fn season(change: Option<Interval>) -> Check {
    match change {
        None => Check::new(
            Question::Season,
            Verdict::CannotTell,
            "Twelve months hold every season once; whether the year was special cannot be told without the year before.",
        ),
        Some(change) => Check::new(
            Question::Season,
            Verdict::Stands,
            format!(
                "Twelve months hold every season once. Against the year before the share changed by {:+.1} points ({:+.1} to {:+.1}).",
                100.0 * change.estimate,
                100.0 * change.low,
                100.0 * change.high
            ),
        ),
    }
}
