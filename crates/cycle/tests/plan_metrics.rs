//! Metrics over a firm whose orders are counted by hand.

#![allow(clippy::unwrap_used, reason = "tests")]

mod firm;

use cycle::calendar::Day;
use cycle::plan::audiences;
use cycle::plan::metrics::{self, MetricRef, PeopleOf, Recipe, SHIPPED};
use cycle::plan::periods::{Cadence, Period};
use firm::{Bought, NOW, fill, store};
use platform::{By, Store};
use records::filter::Filter;

fn day(text: &str) -> i32 {
    Day::parse(text).unwrap().0
}

fn bought(text: &str, cents: i64) -> Bought {
    Bought { day: day(text), cents }
}

/// Three customers in the last months of 2023: one loyal, one who came once, one who brought something back.
fn small_firm(store: &Store) -> Vec<String> {
    let loyal = vec![bought("2023-10-05", 1000), bought("2023-11-20", 2000), bought("2023-12-24", 3000)];
    let once = vec![bought("2023-11-02", 500)];
    let returner = vec![bought("2023-04-01", 800), bought("2023-12-01", 4000), bought("2023-12-20", -1000)];
    fill(store, vec![(None, loyal), (None, once), (None, returner)])
}

fn value(store: &Store, key: &'static str, audience: Option<String>) -> Vec<Option<f64>> {
    let periods = Period::complete(Cadence::Month, Day::of(NOW).plus(-1), 3);
    let wanted = MetricRef { key: key.to_string(), version: 1 };
    let found =
        store.read(move |s| metrics::series(s, &wanted, audience.as_deref(), &periods)).wait().unwrap();
    found.into_iter().map(|measured| measured.value).collect()
}

#[test]
fn the_metrics_of_a_small_firm_agree_with_a_count_by_hand() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    small_firm(&store);
    let all = |key| value(&store, key, None);
    // October, November and December 2023.
    assert_eq!(all("revenue"), [Some(1000.0), Some(2500.0), Some(6000.0)]);
    assert_eq!(all("orders"), [Some(1.0), Some(2.0), Some(2.0)]);
    assert_eq!(all("average_order_value"), [Some(1000.0), Some(1250.0), Some(3000.0)]);
    assert_eq!(all("active_customers"), [Some(1.0), Some(2.0), Some(2.0)]);
    assert_eq!(all("new_customers"), [Some(1.0), Some(1.0), Some(0.0)]);
    assert_eq!(all("repeat_purchase_rate"), [Some(0.0), Some(0.5), Some(1.0)]);
    // The returner's order of April 1 is 183 days before October 1: already silent for half a year.
    assert_eq!(all("retention"), [None, Some(1.0), Some(1.0)]);
    assert_eq!(all("churn"), [None, Some(0.0), Some(0.0)]);
    assert_eq!(all("return_rate"), [Some(0.0), Some(0.0), Some(1000.0 / 7000.0)]);
    assert_eq!(all("sales_growth"), [None, Some(1.5), Some(1.4)]);
}

#[test]
fn people_add_up_to_the_whole_and_who_did_nothing_is_among_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let ids = small_firm(&store);
    let month = Period::complete(Cadence::Month, Day::of(NOW).plus(-1), 1)[0];
    for shipped in SHIPPED.iter().filter(|metric| matches!(metric.recipe, Recipe::Purchases(_))) {
        let wanted = MetricRef { key: shipped.key.to_string(), version: 1 };
        let (people, whole) = store
            .read(move |s| {
                let mut people = Vec::new();
                metrics::per_person(
                    s,
                    &wanted,
                    month.from(),
                    month.until(),
                    &PeopleOf::Everybody,
                    &mut |id, x, y| {
                        people.push((id.to_string(), x, y));
                    },
                )?;
                Ok((people, metrics::series(s, &wanted, None, &[month])?.remove(0)))
            })
            .wait()
            .unwrap();
        assert_eq!(people.iter().map(|p| p.0.clone()).collect::<Vec<_>>(), ids, "{}", shipped.key);
        assert_eq!(people.iter().map(|p| p.1).sum::<f64>(), whole.numerator, "{}", shipped.key);
        if shipped.kind.is_divided() {
            assert_eq!(people.iter().map(|p| p.2).sum::<f64>(), whole.denominator, "{}", shipped.key);
        }
    }
}

#[test]
fn an_audience_stays_as_it_was_when_it_was_taken() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    small_firm(&store);
    let audience = store
        .write(By::console(), |tx| audiences::snapshot_of_filter(tx, &Filter::default()))
        .wait()
        .unwrap();
    assert_eq!(audience.n_people, 3);
    fill(&store, vec![]);
    let before = value(&store, "revenue", Some(audience.id.clone()));
    assert_eq!(before, value(&store, "revenue", None));
    let nobody =
        store.write(By::console(), |tx| audiences::snapshot_of_filter(tx, &Filter::Any(Vec::new()))).wait();
    assert!(nobody.unwrap_err().to_string().contains("nobody belongs"));
    let unknown = store.write(By::console(), |tx| audiences::snapshot(tx, "seg_none")).wait();
    assert!(unknown.unwrap_err().to_string().contains("there is no segment"));
}

#[test]
fn a_metric_without_facts_says_what_it_needs() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let wanted = MetricRef { key: "csat".to_string(), version: 1 };
    let refused = store.read(move |s| metrics::series(s, &wanted, None, &[])).wait();
    assert!(refused.unwrap_err().to_string().contains("it needs survey answers"));
    store.write(By::system(), metrics::ship).wait().unwrap();
    store.write(By::system(), metrics::ship).wait().unwrap();
    let list = store.read(metrics::list).wait().unwrap();
    assert_eq!(list.len(), SHIPPED.len());
}
