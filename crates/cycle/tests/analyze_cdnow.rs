//! The CDNOW customers through the store: what is published about them must come out of the product's own analyses.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod firm;

use cycle::analyze::lifetime_value::{Abstained, Report};
use cycle::analyze::{self, results, scores_of};
use cycle::calendar::{AsOfReason, Day};
use cycle::turn::{self, Options};
use firm::Bought;
use platform::Store;
use records::filter::{FieldCondition, Filter, Op};
use records::people::{self, ListQuery, Sort};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A file of the shared data, or None with a word that the test is skipped.
fn shared(name: &str) -> Option<String> {
    let shared = std::env::var_os("RONDEL_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("data").join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("skipped: {} is not there", path.display());
    }
    text
}

fn day(yyyymmdd: i32) -> Day {
    Day::parse(&format!("{:04}-{:02}-{:02}", yyyymmdd / 10_000, yyyymmdd / 100 % 100, yyyymmdd % 100))
        .unwrap()
}

fn cdnow(store: &Store) -> Option<Vec<String>> {
    let text = shared("cdnow/CDNOW_sample.txt")?;
    let mut customers: BTreeMap<u32, Vec<Bought>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let cents = (fields[4].parse::<f64>().unwrap() * 100.0).round() as i64;
        let bought = Bought { day: day(fields[2].parse().unwrap()).0, cents };
        customers.entry(fields[1].parse().unwrap()).or_default().push(bought);
    }
    Some(firm::fill(store, customers.into_values().map(|bought| (None, bought)).collect()))
}

fn lifetime_value(store: &Store) -> Report {
    store.read(analyze::latest_lifetime_value).wait().unwrap().unwrap().result
}

/// How many people a list shows from its first to its last page.
fn paged(store: &Store, filter: Filter) -> usize {
    let (mut n, mut after) = (0, None);
    loop {
        let filter = filter.clone();
        let query = ListQuery { filter, sort: Sort::Revenue, descending: true, after, limit: 1_000 };
        let page = store.read(move |s| people::list(s, &query)).wait().unwrap();
        n += page.people.len();
        after = page.next;
        if after.is_none() {
            return n;
        }
    }
}

fn parameters(model: &Option<cycle::analyze::lifetime_value::Model>) -> Vec<f64> {
    model.as_ref().unwrap().parameters.iter().map(|parameter| parameter.value).collect()
}

fn near(found: f64, printed: f64, half_digit: f64) {
    assert!((found - printed).abs() <= half_digit, "{found} is not {printed}");
}

#[test]
fn the_turn_finds_the_published_parameters_of_bg_nbd_and_gamma_gamma() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    let Some(ids) = cdnow(&store) else { return };
    let options = Options { last_day: Some(day(19970930)), ..Options::default() };
    let run = turn::run(&store, &options, &mut |_| {}).unwrap();
    assert_eq!((run.state.as_str(), run.last_day()), ("done", day(19970930)));
    let found = lifetime_value(&store);
    let buying = parameters(&found.buying);
    // Fader, Hardie and Lee (2005), table 2.
    for (value, printed) in buying.iter().zip([0.243, 4.414, 0.793, 2.426]) {
        near(*value, printed, 0.0005);
    }
    near(found.buying.as_ref().unwrap().log_likelihood, -9582.43, 0.005);
    // Fader and Hardie (2013): 946 customers with repeat purchases.
    for (value, printed) in parameters(&found.spending).iter().zip([6.25, 3.74, 15.44]) {
        near(*value, printed, 0.005);
    }
    near(found.spending.as_ref().unwrap().log_likelihood, -4055.92, 0.005);
    assert_eq!((found.firm.n_customers, found.firm.n_repeaters, found.firm.n_valued), (2357, 946, 946));
    // The others bought once, and for each of them it says so.
    let once = found.abstained.iter().find(|group| group.why == Abstained::BoughtOnce).unwrap();
    assert_eq!(once.n_customers, 2357 - 946);
    let filter = once.rows.clone();
    let n = store.read(move |s| people::count_up_to(s, &filter, 10_000)).wait().unwrap();
    assert_eq!(n, 2357 - 946);
    let scores = store
        .read(move |s| scores_of(s, &ids.iter().map(String::as_str).collect::<Vec<_>>()))
        .wait()
        .unwrap();
    assert_eq!(scores.len(), 2357);
    for one in &scores {
        assert_eq!(one.abstained.is_some(), one.lifetime_value_minor.is_none(), "{one:?}");
        assert_eq!(one.abstained.is_some(), one.probability_alive.is_none(), "{one:?}");
        let (low, high) = (one.lifetime_value_low_minor, one.lifetime_value_high_minor);
        assert!(low <= high && low <= one.lifetime_value_minor, "{one:?}");
    }
}

#[test]
fn an_imported_history_is_analysed_where_it_ends_and_checked_on_its_last_third() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    let Some(_) = cdnow(&store) else { return };
    let run = turn::run(&store, &Options::default(), &mut |_| {}).unwrap();
    let basis = store.read(results::latest_basis).wait().unwrap().unwrap().result;
    assert_eq!((run.last_day(), basis.why), (day(19980630), AsOfReason::EndOfData));
    assert_eq!((basis.n_customers, basis.n_orders), (2357, 6919));
    let found = lifetime_value(&store);
    let holdout = found.holdout.unwrap();
    assert_eq!((holdout.fitted_until, holdout.weeks), (day(19980106), 25.0));
    assert!((holdout.expected_orders / holdout.actual_orders as f64 - 1.0).abs() < 0.25, "{holdout:?}");
    assert!(holdout.share_in_80_percent_interval > 0.8, "{holdout:?}");
    let rfm = store.read(analyze::latest_rfm).wait().unwrap().unwrap().result;
    // Eight orders were free of charge: they are no orders in the ranking, and their eight customers may have no other.
    assert!((2349..=2357).contains(&rfm.n_customers), "{}", rfm.n_customers);
    // Table of data/README.md: $244,091.94 in all.
    assert_eq!(rfm.cells.iter().map(|cell| cell.value_minor).sum::<i64>(), 24_409_194);
    // So many that they are looked up person by person, while a count lists them by their scores.
    let bought_for_money = Filter::Field(FieldCondition {
        name: "recency_score".to_string(),
        op: Op::AtLeast,
        value: "1".to_string(),
    });
    assert_eq!(paged(&store, bought_for_money) as u64, rfm.n_customers);
    let cohorts = store.read(analyze::latest_cohorts).wait().unwrap().unwrap().result;
    let sizes: Vec<(&str, u64)> =
        cohorts.cohorts.iter().map(|cohort| (cohort.month.as_str(), cohort.n_customers)).collect();
    assert_eq!(sizes.iter().map(|size| size.1).sum::<u64>(), rfm.n_customers);
    assert_eq!(sizes[0].0, "1997-01");
}
