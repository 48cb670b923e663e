//! One-time buyers due for a second order: in the time after the first order in which others came back.
//!
//! The times to the second order are those of all customers, who have not come back yet counted as long as they were seen
//! (Kaplan and Meier). It says how many will likely come by themselves; what a reminder adds only a test can tell.

use super::Answer;
use crate::analyze::Day;
use crate::interpret::View;
use crate::interpret::checks::{amounts, channels, named, purchases_between};
use crate::interpret::found::{
    Check, Evidence, Figure, Found, Kind, Member, MemberFigure, Money, Question, Silent, Table, Unit,
    Verdict, confidence,
};
use crate::interpret::words::{count, customers, number, percent};
use platform::store::Snapshot;
use records::filter::{FieldCondition, Filter, Op};
use statistics::pseudo_random::Generator;
use std::collections::BTreeMap;

/// How far ahead second orders are counted.
pub(super) const AHEAD_DAYS: i32 = 90;
/// Times longer than this are not told apart.
const LONGEST_DAYS: i32 = 730;
const FEWEST_RETURNS: u64 = 50;
const FEWEST_DUE: usize = 10;
const LEVEL: f64 = 0.8;
const N_RESAMPLES: usize = 400;
const SEED: u64 = 7_202;

/// The time to the second order: returns and last sights by days after the first order.
#[derive(Debug, Clone)]
struct Times {
    returned: Vec<f64>,
    /// Seen so many days without a return.
    seen: Vec<f64>,
}

/// A customer's way to the second order.
struct Way {
    customer: u32,
    first: i32,
    /// Days after the first order, and its money.
    second: Option<(i32, i64)>,
}

pub(super) fn find(view: &View<'_>, _: &mut Snapshot<'_>) -> Answer {
    let last = view.inputs.last_day;
    let ways = ways(view, last);
    let times = Times::of(&ways, last);
    let n_returns = times.returned.iter().sum::<f64>() as u64;
    if n_returns < FEWEST_RETURNS {
        let why = format!(
            "only {} placed a second order; {FEWEST_RETURNS} are needed to say when others are due",
            customers(n_returns)
        );
        return Ok(Err(Silent::abstained(Kind::SecondOrder, why)));
    }
    let curve = times.not_yet();
    let window = window(&curve);
    let mut due: Vec<&Way> = ways
        .iter()
        .filter(|way| way.second.is_none() && (window.0..=window.1).contains(&(last.0 - way.first)))
        .collect();
    if due.len() < FEWEST_DUE {
        let why = format!(
            "only {} bought once {} to {} days ago, the time in which others come back",
            customers(due.len() as u64),
            window.0,
            window.1
        );
        return Ok(Err(Silent::nothing(Kind::SecondOrder, why)));
    }
    due.sort_by(|a, b| {
        let chance = |way: &Way| comes_within(&curve, last.0 - way.first, AHEAD_DAYS);
        chance(b).total_cmp(&chance(a)).then_with(|| a.customer.cmp(&b.customer))
    });
    Ok(Ok(vec![insight(view, &ways, &times, &curve, window, &due)]))
}

/// Every customer who bought until the day.
fn ways(view: &View<'_>, last: Day) -> Vec<Way> {
    let facts = view.facts();
    let mut ways = Vec::with_capacity(facts.n_customers() as usize);
    for customer in 0..facts.n_customers() {
        let mut bought = facts.orders(customer).until(last).purchases().peekable();
        let Some((first, _)) = bought.next() else { continue };
        while bought.next_if(|row| row.0 == first).is_some() {}
        let mut second: Option<(i32, i64)> = None;
        for (day, value) in bought {
            let value = view.corrected.value(customer, day, value);
            match &mut second {
                None => second = Some((day - first, value)),
                Some((after, sum)) if *after == day - first => *sum = sum.saturating_add(value),
                Some(_) => break,
            }
        }
        ways.push(Way { customer, first, second });
    }
    ways
}

impl Times {
    fn of(ways: &[Way], last: Day) -> Self {
        let longest = LONGEST_DAYS as usize;
        let mut times = Self { returned: vec![0.0; longest + 1], seen: vec![0.0; longest + 1] };
        for way in ways {
            let seen = (last.0 - way.first).clamp(0, LONGEST_DAYS);
            match way.second {
                Some((after, _)) if after <= LONGEST_DAYS => times.returned[after.max(0) as usize] += 1.0,
                _ => times.seen[seen as usize] += 1.0,
            }
        }
        times
    }

    /// The share that has not come back, by days after the first order (Kaplan and Meier); it ends where nobody is seen
    /// any longer.
    fn not_yet(&self) -> Vec<f64> {
        let mut at_risk: f64 = self.returned.iter().sum::<f64>() + self.seen.iter().sum::<f64>();
        let (mut share, mut curve) = (1.0, Vec::with_capacity(self.returned.len()));
        for (returned, seen) in self.returned.iter().zip(&self.seen) {
            if at_risk <= 0.0 {
                break;
            }
            share *= 1.0 - returned / at_risk;
            curve.push(share);
            at_risk -= returned + seen;
        }
        curve
    }

    /// The same customers drawn anew with replacement, in Poisson's way.
    fn resampled(&self, generator: &mut Generator) -> Self {
        let mut draw =
            |counts: &[f64]| -> Vec<f64> { counts.iter().map(|&mean| poisson(mean, generator)).collect() };
        Self { returned: draw(&self.returned), seen: draw(&self.seen) }
    }
}

/// A Poisson number; from 50 on its normal neighbour.
fn poisson(mean: f64, generator: &mut Generator) -> f64 {
    if mean <= 0.0 {
        return 0.0;
    }
    if mean > 50.0 {
        return (mean + mean.sqrt() * generator.normal()).round().max(0.0);
    }
    let (limit, mut product, mut n) = ((-mean).exp(), generator.uniform(), 0.0);
    while product > limit {
        product *= generator.uniform();
        n += 1.0;
    }
    n
}

/// The chance of coming back within `ahead` days of somebody who has not by `age`; 0 where nothing so late was seen.
fn comes_within(curve: &[f64], age: i32, ahead: i32) -> f64 {
    let Some(last) = curve.len().checked_sub(1) else { return 0.0 };
    let at = |day: i32| curve[(day.max(0) as usize).min(last)];
    let now = at(age);
    if now > 0.0 { 1.0 - at(age + ahead) / now } else { 0.0 }
}

/// The middle half of the times of those who came back.
fn window(curve: &[f64]) -> (i32, i32) {
    let came = 1.0 - curve.last().copied().unwrap_or(1.0);
    let day = |share: f64| curve.iter().position(|not_yet| 1.0 - not_yet >= share * came).unwrap_or(0) as i32;
    (day(0.25).max(1), day(0.75).max(2))
}

fn insight(
    view: &View<'_>,
    ways: &[Way],
    times: &Times,
    curve: &[f64],
    window: (i32, i32),
    due: &[&Way],
) -> Found {
    let last = view.inputs.last_day;
    let n = due.len() as u64;
    let ages: Vec<i32> = due.iter().map(|way| last.0 - way.first).collect();
    let expected: f64 = ages.iter().map(|&age| comes_within(curve, age, AHEAD_DAYS)).sum();
    let values: Vec<f64> = ways.iter().filter_map(|way| way.second).map(|second| second.1 as f64).collect();
    let range = resample(times, &ages, &values);
    let mean_value = values.iter().sum::<f64>() / values.len() as f64;
    let money = Money {
        expected_minor: (expected * mean_value) as i64,
        low_minor: range.money.0 as i64,
        high_minor: range.money.1 as i64,
        level: LEVEL,
    };
    let claim = claim(view, n, window, (expected, range.orders), &money);
    let checks = checks(view, ways, curve, due, expected);
    let came_back = values.len() as u64;
    let figures = vec![
        Figure::new("due", "Bought once and due", Unit::Count, n as f64).of(ways.len() as u64),
        Figure::new("expected", "Second orders to be expected", Unit::Count, expected)
            .between(range.orders.0, range.orders.1, LEVEL)
            .of(n),
        Figure::new("share", "Share that comes back within 90 days", Unit::Share, expected / n as f64).of(n),
        Figure::new("second_value", "Mean value of a second order", Unit::Money, mean_value)
            .between(range.mean.0, range.mean.1, LEVEL)
            .of(came_back),
        Figure::new("at_stake", "Value of these second orders", Unit::Money, money.expected_minor as f64)
            .between(range.money.0, range.money.1, LEVEL)
            .of(n),
    ];
    Found {
        kind: Kind::SecondOrder,
        about: "bought once".to_string(),
        claim,
        evidence: evidence(view, curve, window, figures),
        n_customers: n,
        money: Some(money),
        money_how: format!(
            "The chance of each to come back within {AHEAD_DAYS} days, given the days since the first order, times the mean value \
             of second orders. The interval (80 %) holds chance, the sample behind the chances and behind the mean \
             ({N_RESAMPLES} resamples). It is what is due, not what a reminder adds."
        ),
        confidence: confidence(&checks),
        checks,
        refuted_by: format!(
            "If fewer than {:.0} or more than {:.0} of them order within {AHEAD_DAYS} days without being contacted, the times of \
             earlier customers say nothing about these.",
            range.orders.0,
            range.orders.1
        ),
        suggested_action: "Remind now: a note about what goes with the first purchase, to a random half; the other half shows what \
                           would have come anyway."
            .to_string(),
        people: due.iter().map(|way| member(view, curve, way, mean_value)).collect(),
    }
}

fn claim(
    view: &View<'_>,
    n: u64,
    window: (i32, i32),
    (expected, (fewest, most)): (f64, (f64, f64)),
    money: &Money,
) -> String {
    format!(
        "{} bought once, {} to {} days ago: the time in which half of those who come back place their second order. About {expected:.0} \
         of them ({fewest:.0} to {most:.0}) will within {AHEAD_DAYS} days if nothing changes, worth about {} ({} to {}).",
        customers(n),
        window.0,
        window.1,
        view.money(money.expected_minor),
        view.money(money.low_minor),
        view.money(money.high_minor)
    )
}

/// Ends of the intervals: second orders, their mean value, their money in all.
struct Range {
    orders: (f64, f64),
    mean: (f64, f64),
    money: (f64, f64),
}

fn resample(times: &Times, ages: &[i32], values: &[f64]) -> Range {
    let mut generator = Generator::from_seed(SEED);
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt();
    let mut by_age: BTreeMap<i32, f64> = BTreeMap::new();
    ages.iter().for_each(|&age| *by_age.entry(age).or_default() += 1.0);
    let (mut orders, mut means, mut money) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..N_RESAMPLES {
        let curve = times.resampled(&mut generator).not_yet();
        let (mut expected, mut variance) = (0.0, 0.0);
        for (&age, &count) in &by_age {
            let chance = comes_within(&curve, age, AHEAD_DAYS);
            expected += count * chance;
            variance += count * chance * (1.0 - chance);
        }
        let come = (expected + variance.sqrt() * generator.normal()).max(0.0);
        let of_mean = mean + deviation / n.sqrt() * generator.normal();
        orders.push(come);
        means.push(of_mean);
        money.push((come * of_mean + come.sqrt() * deviation * generator.normal()).max(0.0));
    }
    Range { orders: ends(orders), mean: ends(means), money: ends(money) }
}

fn ends(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_unstable_by(f64::total_cmp);
    let at = |p: f64| statistics::intervals::sorted_quantile(&values, p);
    (at(0.5 - 0.5 * LEVEL), at(0.5 + 0.5 * LEVEL))
}

fn evidence(view: &View<'_>, curve: &[f64], window: (i32, i32), figures: Vec<Figure>) -> Evidence {
    let last = view.inputs.last_day;
    let field = |name: &str, op: Op, value: String| {
        Filter::Field(FieldCondition { name: name.to_string(), op, value })
    };
    let rows =
        [30, 60, 90, 180, 365].into_iter().filter(|day| (*day as usize) < curve.len()).map(|day: i32| {
            vec![
                day.to_string(),
                percent(1.0 - curve[day as usize]),
                percent(comes_within(curve, day, AHEAD_DAYS)),
            ]
        });
    Evidence {
        query: "second order".to_string(),
        definition: format!(
            "Bought on one day only, and the days since lie in the middle half of the times to the second order of those who came \
             back ({} to {} days). Times to the second order by Kaplan and Meier over all customers.",
            window.0, window.1
        ),
        last_day: String::new(),
        figures,
        tables: vec![Table {
            caption: "How soon customers come back".to_string(),
            columns: ["Days after the first order", "Have come back", "Of the others, come within 90 days"]
                .map(str::to_string)
                .to_vec(),
            rows: rows.collect(),
        }],
        filter: Some(Filter::All(vec![
            field("first_order", Op::AtLeast, last.plus(-window.1).to_string()),
            field("first_order", Op::AtMost, last.plus(-window.0).to_string()),
            field("n_orders", Op::Is, "1".to_string()),
        ])),
        filter_note: "The filter counts orders; two orders on the first day count as one purchase here."
            .to_string(),
        quality_rows: None,
    }
}

fn member(view: &View<'_>, curve: &[f64], way: &Way, mean_value: f64) -> Member {
    let age = view.inputs.last_day.0 - way.first;
    let chance = comes_within(curve, age, AHEAD_DAYS);
    let first = view.corrected.spent(view.facts(), way.customer, Day(way.first - 1), view.inputs.last_day);
    Member {
        person_id: view.facts().id(way.customer).to_string(),
        figures: vec![
            MemberFigure::new("Days since first order", Unit::Days, f64::from(age)),
            MemberFigure::new("Chance to come within 90 days", Unit::Share, chance),
            MemberFigure::new("Value to be expected", Unit::Money, chance * mean_value),
            MemberFigure::new("First order", Unit::Money, first as f64),
        ],
    }
}

fn checks(view: &View<'_>, ways: &[Way], curve: &[f64], due: &[&Way], expected: f64) -> Vec<Check> {
    let listed: Vec<u32> = due.iter().map(|way| way.customer).collect();
    let others: Vec<u32> = ways.iter().filter(|way| way.second.is_some()).map(|way| way.customer).collect();
    vec![
        amounts(view, 0),
        mix(view, ways, due, expected).unwrap_or_else(|| channels(view, &listed, &others)),
        season(view),
        earlier(view, curve.len()),
    ]
}

/// Customers of a channel whose own curve is used.
const FEWEST_OF_CHANNEL: f64 = 40.0;

/// The same reckoning with a curve for each channel: does another mix of channels change the answer?
fn mix(view: &View<'_>, ways: &[Way], due: &[&Way], expected: f64) -> Option<Check> {
    let (facts, last) = (view.facts(), view.inputs.last_day);
    let mut by_channel: BTreeMap<u16, Vec<Way>> = BTreeMap::new();
    for way in ways {
        let copy = Way { customer: way.customer, first: way.first, second: way.second };
        by_channel.entry(facts.source_number(way.customer)).or_default().push(copy);
    }
    if by_channel.len() < 2 {
        return None;
    }
    let all = Times::of(ways, last).not_yet();
    let curves: BTreeMap<u16, Vec<f64>> = by_channel
        .iter()
        .map(|(channel, ways)| (*channel, Times::of(ways, last)))
        .filter(|(_, times)| times.returned.iter().sum::<f64>() >= FEWEST_OF_CHANNEL)
        .map(|(channel, times)| (channel, times.not_yet()))
        .collect();
    let chance = |way: &Way| {
        let curve = curves.get(&facts.source_number(way.customer)).unwrap_or(&all);
        comes_within(curve, last.0 - way.first, AHEAD_DAYS)
    };
    let stratified: f64 = due.iter().map(|way| chance(way)).sum();
    let best = curves.keys().max_by(|a, b| {
        let late = |channel: &u16| comes_within(&curves[channel], 30, AHEAD_DAYS);
        late(a).total_cmp(&late(b))
    });
    let best = best.map_or_else(String::new, |channel| {
        format!(" Customers from “{}” come back most.", named(&facts.source_names()[usize::from(*channel)]))
    });
    let words = format!(
        "Reckoned for each channel by itself {stratified:.0} second orders are to be expected instead of {expected:.0}.{best}"
    );
    let off = (stratified - expected).abs() / expected.max(1.0);
    Some(Check::new(Question::MixShift, if off > 0.2 { Verdict::Weakened } else { Verdict::Stands }, words))
}

/// Orders of the coming days a year ago against the year's mean.
fn season(view: &View<'_>) -> Check {
    let last = view.inputs.last_day;
    let a_year_ago = last.plus(-365);
    if view.facts().span().is_none_or(|(first, _)| first > a_year_ago) {
        let words = "The orders cover less than a year, so the season of the coming weeks is not known.";
        return Check::new(Question::Season, Verdict::CannotTell, words);
    }
    let then = purchases_between(view, a_year_ago, a_year_ago.plus(AHEAD_DAYS)) as f64;
    let year = purchases_between(view, a_year_ago, last) as f64 * f64::from(AHEAD_DAYS) / 365.0;
    let factor = if year > 0.0 { then / year } else { 1.0 };
    let words = format!(
        "The {AHEAD_DAYS} days that begin now had {} orders a year ago, {} of what a mean quarter of that year had; the times \
         to the second order are taken over all seasons.",
        number(then),
        percent(factor)
    );
    let verdict = if (0.75..=1.33).contains(&factor) { Verdict::Stands } else { Verdict::Weakened };
    Check::new(Question::Season, verdict, words)
}

/// The same reckoning [`AHEAD_DAYS`] ago, compared with what came since.
fn earlier(view: &View<'_>, n_days: usize) -> Check {
    let then = view.inputs.last_day.plus(-AHEAD_DAYS);
    let ways_then = ways(view, then);
    let times = Times::of(&ways_then, then);
    if times.returned.iter().sum::<f64>() < FEWEST_RETURNS as f64 || n_days < 2 * AHEAD_DAYS as usize {
        let words = format!("The history before {then} is too short to try the same reckoning there.");
        return Check::new(Question::Earlier, Verdict::CannotTell, words);
    }
    let curve = times.not_yet();
    let window = window(&curve);
    let due: Vec<&Way> = ways_then
        .iter()
        .filter(|way| way.second.is_none() && (window.0..=window.1).contains(&(then.0 - way.first)))
        .collect();
    let ages: Vec<i32> = due.iter().map(|way| then.0 - way.first).collect();
    let expected: f64 = ages.iter().map(|&age| comes_within(&curve, age, AHEAD_DAYS)).sum();
    let came = due.iter().filter(|way| {
        let mut rows = view.facts().orders(way.customer).until(view.inputs.last_day).purchases();
        rows.any(|(day, _)| day > then.0)
    });
    let came = came.count() as u64;
    let spread = ages
        .iter()
        .map(|&age| comes_within(&curve, age, AHEAD_DAYS))
        .map(|p| p * (1.0 - p))
        .sum::<f64>()
        .sqrt();
    let words = format!(
        "The same reckoning at the end of {then} expected {expected:.0} of {} to come within {AHEAD_DAYS} days; {} did.",
        customers(due.len() as u64),
        count(came)
    );
    // Three standard deviations: the curve itself is a sample too.
    let off = (came as f64 - expected).abs();
    let verdict = match off {
        off if off <= 3.0 * spread.max(1.0) => Verdict::Stands,
        _ => Verdict::Weakened,
    };
    Check::new(Question::Earlier, verdict, words)
}
