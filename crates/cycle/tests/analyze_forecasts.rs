//! Forecasts and changes over made firms: equal to the dictionary's own figures, silent on noise, and right about who moved.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod firm;

use cycle::analyze::forecasts::Grain;
use cycle::analyze::moves::{Side, Verdict};
use cycle::analyze::{forecasts, moves, results};
use cycle::calendar::Day;
use cycle::interpret::{self, Kind, List};
use cycle::plan::metrics::{self, PeopleOf};
use cycle::plan::periods::Period;
use cycle::turn::{self, Options};
use firm::Bought;
use platform::{By, Store};
use records::people;
use statistics::pseudo_random::Generator;

/// The day before the clock's, 2023-12-31; three years of history.
const LAST: i32 = 19_722;
const FIRST: i32 = LAST - 3 * 365 + 1;
/// 2023-12-01.
const LAST_MONTH: i32 = 19_692;

type Customers = Vec<(Option<&'static str>, Vec<Bought>)>;

/// A firm in balance: as many come as leave, each buys at its own steady rate, half more in December of every year.
///
/// Those of `hit` buy nothing in the last month, and then no December is better.
fn customers(n: usize, seed: u64, hit: Option<&str>) -> Customers {
    let mut g = Generator::from_seed(seed);
    (0..n)
        .map(|_| {
            let source = [Some("fair"), Some("newsletter"), Some("newsletter"), None][g.below(4)];
            // Customers live for a year on average; the firm is older than its history.
            let mut day = FIRST - 500 + g.below(3 * 365 + 500) as i32;
            let gone = day + g.exponential(1.0 / 365.0) as i32;
            let gap = 15.0 + 40.0 * g.uniform();
            let mut bought = Vec::new();
            while day <= LAST.min(gone) {
                let is_december = Day(day).month().rem_euclid(12) == 11;
                let wanted = if is_december && hit.is_none() { 1.0 } else { 0.67 };
                let is_hit = day >= LAST_MONTH && hit.is_some() && source == hit;
                if day >= FIRST && g.uniform() < wanted && !is_hit {
                    bought.push(Bought { day, cents: 1_000 + g.below(6_000) as i64 });
                    if g.below(15) == 0 {
                        bought.push(Bought { day: (day + 9).min(LAST), cents: -(500 + g.below(500) as i64) });
                    }
                }
                day += 1 + g.exponential(1.0 / gap) as i32;
            }
            (source, bought)
        })
        .filter(|(_, bought)| !bought.is_empty())
        .collect()
}

fn turned(customers: Customers) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    firm::fill(&store, customers);
    turn::run(&store, &Options::default(), &mut |_| {}).unwrap();
    (dir, store)
}

fn foretold(store: &Store) -> forecasts::Report {
    store.read(results::latest_forecasts).wait().unwrap().unwrap().result
}

fn moved(store: &Store) -> moves::Report {
    store.read(results::latest_moves).wait().unwrap().unwrap().result
}

#[test]
fn the_past_of_every_forecast_is_the_dictionarys_own_figure() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    let ids = firm::fill(&store, customers(300, 5, None));
    // Orders of people who are gone count in the dictionary, so they do here.
    let gone = ids[7].clone();
    store.write(By::console(), move |tx| people::delete(tx, &gone).map(drop)).wait().unwrap();
    turn::run(&store, &Options::default(), &mut |_| {}).unwrap();
    let report = foretold(&store);
    let known = store.read(metrics::list).wait().unwrap();
    let mut n_compared = 0;
    for found in &report.metrics {
        let metric = known.iter().find(|metric| metric.key == found.key).unwrap().clone();
        let periods: Vec<Period> = found.past.iter().map(|past| past.period).collect();
        if periods.is_empty() {
            continue;
        }
        let own = store
            .read(move |s| metrics::series_of_many(s, &[metric], &PeopleOf::Everybody, &periods))
            .wait()
            .unwrap()
            .remove(0);
        for (past, own) in found.past.iter().zip(own) {
            // The result is kept as JSON, whose numbers may end one digit earlier.
            let far = (past.value.unwrap_or(0.0) - own.value.unwrap_or(0.0)).abs();
            assert_eq!(past.value.is_some(), own.value.is_some(), "{} in {}", found.key, past.period);
            assert!(far <= 1e-12 * own.value.unwrap_or(0.0).abs(), "{} in {}", found.key, past.period);
            n_compared += usize::from(own.value.is_some());
        }
    }
    assert!(n_compared > 500, "eleven metrics over months and weeks: {n_compared}");
}

#[test]
fn every_measured_metric_is_foretold_or_says_what_it_needs() {
    let (_dir, store) = turned(customers(600, 2, None));
    let report = foretold(&store);
    let known = store.read(metrics::list).wait().unwrap();
    for metric in known.iter().filter(|metric| metric.lacks().is_none()) {
        let found = report.of(&metric.key, Grain::Month).unwrap_or_else(|| panic!("{}", metric.key));
        match &found.abstained {
            Some(why) => assert!(why.contains("8") || why.contains("last month"), "{}: {why}", metric.key),
            None => {
                let last = found.last.unwrap_or_else(|| panic!("{}", metric.key));
                assert!(last.low <= last.expected && last.expected <= last.high);
                assert_eq!(found.ahead.len(), Grain::Month.horizon());
                assert!(found.smape.is_some() && !found.method.is_empty(), "{}", metric.key);
            }
        }
    }
    let revenue = report.of("revenue", Grain::Month).unwrap();
    assert_eq!(revenue.ahead[0].period.to_string(), "2024-01");
    // December is the best month of every year: January is foretold below it.
    assert!(revenue.ahead[0].expected < revenue.past.last().unwrap().value.unwrap());
    let reach = report.of("email_reach", Grain::Month).unwrap();
    assert!(reach.abstained.as_ref().unwrap().contains("each turn keeps one value"), "{reach:?}");
    assert!(report.of("orders", Grain::Week).unwrap().abstained.is_none());
}

/// On firms where nothing happens: alarms by firm.
#[test]
fn a_metric_hardly_ever_moves_where_nothing_happened() {
    let mut alarms = Vec::new();
    let n = 24;
    for seed in 0..n {
        let (_dir, store) = turned(customers(400, 100 + seed, None));
        let report = moved(&store);
        assert!(report.n_tested >= 9, "{}", report.n_tested);
        alarms.extend(
            report.metrics.iter().filter(|m| m.verdict == Verdict::Moved).map(|m| (seed, m.key.clone())),
        );
        let insights = store
            .read(|s| interpret::list(s, List { kind: Some(Kind::MetricMoved), ..List::default() }))
            .wait()
            .unwrap();
        assert!(insights.len() <= alarms.iter().filter(|(one, _)| *one == seed).count());
    }
    let mut firms: Vec<u64> = alarms.iter().map(|alarm| alarm.0).collect();
    firms.dedup();
    println!("{} of {n} firms with an alarm: {alarms:?}", firms.len());
    assert!(firms.len() <= 2, "5 % were meant: {alarms:?}");
}

#[test]
fn who_stopped_buying_is_named_with_the_money_and_the_rows() {
    let (_dir, store) = turned(customers(1500, 8, Some("newsletter")));
    let report = moved(&store);
    let revenue = report.of("revenue").unwrap();
    assert_eq!(revenue.verdict, Verdict::Moved, "{revenue:?}");
    let expected = revenue.expectation.unwrap();
    assert!(revenue.value.unwrap() < expected.low);
    for dimension in revenue.dimensions.iter().filter(|d| d.side != Side::Category) {
        let sum: f64 = dimension.parts.iter().map(|part| part.total).sum();
        let change = revenue.value.unwrap() - revenue.before.unwrap();
        assert!((sum - change).abs() < 1.0, "{:?}: {sum} of {change}", dimension.side);
    }
    let sources = revenue.dimensions.iter().find(|d| d.side == Side::Source).unwrap();
    let part = sources.parts.iter().find(|part| part.label == "newsletter").unwrap();
    assert!(part.p_adjusted.unwrap() < moves::ALARM, "{part:?}");
    assert!(part.now.unwrap() <= 0.0, "only returns are left: {part:?}");
    let insights = store
        .read(|s| interpret::list(s, List { kind: Some(Kind::MetricMoved), ..List::default() }))
        .wait()
        .unwrap();
    let found = insights.iter().find(|insight| insight.about == "revenue 2023-12").unwrap();
    assert!(found.claim.contains("newsletter"), "{}", found.claim);
    let money = found.money.unwrap();
    assert!(0 < money.low_minor && money.low_minor < money.expected_minor, "{money:?}");
    assert!(found.n_customers > 50 && found.checks.len() == 5, "{found:?}");
    assert!(found.confidence > 0.5, "{:?}", found.checks);
}
