//! Retention cohorts: by hand, by parts, and with a cohort that is known to be worse.

use statistics::cohorts::{Cohorts, TooFarApart};
use statistics::pseudo_random::Generator;

type Row = (u64, i32, i64);

fn count(rows: &[Row]) -> Cohorts {
    let mut cohorts = Cohorts::default();
    for &(customer, month, value) in rows {
        cohorts.update(customer, month, value).expect("months near each other");
    }
    cohorts
}

#[test]
fn a_small_triangle_agrees_with_counting_by_hand() {
    // Customers 1 and 2 begin in month 0, customer 3 in month 1; customer 1's rows are not in order of time.
    let rows =
        [(1, 2, 300), (1, 0, 100), (1, 0, 50), (2, 0, 10), (2, 1, 20), (2, 3, 5), (3, 1, 7), (3, 2, -2)];
    let triangle = count(&rows).finish(2).expect("a triangle");
    assert_eq!(triangle.cohorts.len(), 2);
    let first = &triangle.cohorts[0];
    assert_eq!((first.month, first.n_customers), (0, 2));
    assert_eq!(first.cells.iter().map(|c| c.retained).collect::<Vec<_>>(), [2, 1, 1]);
    assert_eq!(first.cells.iter().map(|c| c.first_returns).collect::<Vec<_>>(), [0, 1, 1]);
    assert_eq!(first.cells.iter().map(|c| c.value_minor).collect::<Vec<_>>(), [160, 20, 300]);
    assert_eq!(first.returned_within(2), Some(2));
    let second = &triangle.cohorts[1];
    assert_eq!(second.cells.iter().map(|c| c.retained).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(second.retention(1, 0.95).expect("month over").estimate, 1.0);
    assert_eq!(second.retention(2, 0.95), None, "the month is not over");
    assert_eq!(second.returned_within(2), None);
}

fn random_rows(seed: u64, n_customers: u64, return_share: impl Fn(i32) -> f64) -> Vec<Row> {
    let mut g = Generator::from_seed(seed);
    let mut rows = Vec::new();
    for customer in 0..n_customers {
        let first = g.below(12) as i32;
        rows.push((customer, first, 1000));
        for month in first + 1..14 {
            if g.uniform() < return_share(first) {
                rows.push((customer, month, g.below(5000) as i64));
            }
        }
    }
    rows
}

#[test]
fn parts_merged_give_what_the_whole_gives_wherever_it_is_cut() {
    let rows = random_rows(1, 60, |_| 0.3);
    let whole = count(&rows).finish(13).expect("a triangle");
    for cut in 0..=rows.len() {
        for width in [0, 1, 2, 7] {
            let second_cut = (cut + width).min(rows.len());
            let mut parts = count(&rows[..cut]);
            parts.merge(count(&rows[cut..second_cut])).expect("months near each other");
            parts.merge(count(&rows[second_cut..])).expect("months near each other");
            assert_eq!(parts.finish(13).expect("a triangle"), whole, "cut at {cut} and {second_cut}");
        }
    }
}

#[test]
fn a_cohort_that_retains_worse_is_found_and_the_others_are_not() {
    let rows = random_rows(2, 6000, |first| if first == 5 { 0.12 } else { 0.2 });
    let comparisons = count(&rows).finish(13).expect("a triangle").compare(3);
    for comparison in &comparisons {
        assert_eq!(comparison.p_adjusted < 0.05, comparison.month == 5, "{comparison:?}");
    }
    let worse = comparisons[5].difference.expect("old enough");
    // True shares that return within three months: 1 − 0.88³ and 1 − 0.8³.
    let truth = (1.0 - 0.88f64.powi(3)) - (1.0 - 0.8f64.powi(3));
    assert!(worse.low < truth && truth < worse.high && worse.high < 0.0, "{worse:?}");
}

#[test]
fn equal_cohorts_give_a_false_alarm_in_about_one_of_twenty_worlds() {
    let alarms = (0..400).filter(|&world| {
        let triangle = count(&random_rows(1000 + world, 600, |_| 0.2)).finish(13).expect("a triangle");
        triangle.compare(3).iter().any(|c| c.p_adjusted < 0.05)
    });
    let share = alarms.count() as f64 / 400.0;
    assert!(share < 0.09, "{share}");
}

#[test]
fn the_test_is_the_log_rank_test() {
    // Two cohorts seen for two months: 10 and 10 customers; 2 and 5 return at age 1, 3 and 2 at age 2.
    let mut rows: Vec<Row> = Vec::new();
    for (cohort, ages) in [(0, [2, 3]), (1, [5, 2])] {
        let mut returns = vec![1; ages[0]];
        returns.extend(vec![2; ages[1]]);
        for customer in 0..10 {
            let id = (cohort * 100 + customer) as u64;
            rows.push((id, cohort, 1));
            if let Some(age) = returns.get(customer as usize) {
                rows.push((id, cohort + age, 1));
            }
        }
    }
    let comparisons = count(&rows).finish(3).expect("a triangle").compare(2);
    // By hand: expected 10·7/20 + 8·5/13, variance 10·10·7·13/(400·19) + 8·5·5·8/(169·12).
    let expected = 3.5 + 40.0 / 13.0;
    let variance: f64 = 9100.0 / 7600.0 + 1600.0 / 2028.0;
    let z = (expected - 5.0) / variance.sqrt();
    assert!((comparisons[0].expected - expected).abs() < 1e-12);
    assert!((comparisons[0].p_value - statistics::distributions::normal_upper_tail(z)).abs() < 1e-12);
}

#[test]
fn hostile_rows_give_errors_or_nothing_but_no_panic() {
    assert!(Cohorts::default().finish(5).expect("empty").cohorts.is_empty());
    let mut far = Cohorts::default();
    far.update(1, i32::MIN, 5).expect("not yet known to be far");
    far.update(1, i32::MAX, 5).expect("not yet known to be far");
    assert_eq!(far.finish(0), Err(TooFarApart { customer: 1, months: (i32::MIN, i32::MAX) }));
    let mut sums = Cohorts::default();
    for _ in 0..3 {
        sums.update(1, 0, i64::MAX).expect("near");
    }
    let triangle = sums.finish(i32::MAX).expect("a triangle");
    assert_eq!(triangle.cohorts[0].cells[0].value_minor, 3 * i128::from(i64::MAX));
    let alone = &triangle.compare(3)[0];
    assert!(alone.p_value.is_nan() && alone.p_adjusted.is_nan() && alone.difference.is_none());
    assert!(count(&[(1, 7, 1)]).finish(6).expect("nothing yet").cohorts.is_empty());
}
