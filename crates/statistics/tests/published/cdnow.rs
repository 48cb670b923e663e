//! The CDNOW customers of Fader, Hardie and Lee: 2,357 people who first bought in the first quarter of 1997.
//!
//! Two inputs are in use and give slightly different numbers. The transaction file with times of days / 7 gives the
//! log-likelihood −9582.43 of the paper; the summary file, whose times are rounded to hundredths of a week, −9582.4256 to
//! the digits of common software. Each test says which it reads.

use statistics::lifetime_value::bg_nbd::{self, Customer};
use statistics::lifetime_value::buying::Buying;
use statistics::lifetime_value::gamma_gamma::{self, Spender};
use statistics::lifetime_value::holdout;
use statistics::lifetime_value::value_ahead::{Question, value_ahead};
use statistics::lifetime_value::{mbg_nbd, pareto_nbd};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Days since 1970-01-01.
fn day_number(year: i32, month: i32, day: i32) -> i32 {
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719_469
}

fn read(name: &str) -> Option<String> {
    let shared = std::env::var_os("RONDEL_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("data/cdnow").join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("skipped: {} is not there", path.display());
    }
    text
}

/// One customer's (day, cents), several purchases of a day merged.
type Purchases = Vec<(i32, i64)>;

fn transactions() -> Option<Vec<Purchases>> {
    let text = read("CDNOW_sample.txt")?;
    let mut customers: BTreeMap<u32, BTreeMap<i32, i64>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let date: i32 = fields[2].parse().expect("a date");
        let dollars: f64 = fields[4].parse().expect("an amount");
        let day = day_number(date / 10_000, date / 100 % 100, date % 100);
        *customers.entry(fields[1].parse().expect("an id")).or_default().entry(day).or_default() +=
            (dollars * 100.0).round() as i64;
    }
    Some(customers.into_values().map(|days| days.into_iter().collect()).collect())
}

fn calibration_end() -> i32 {
    day_number(1997, 9, 30)
}

fn calibrated(purchases: &[Purchases]) -> Vec<Customer> {
    purchases
        .iter()
        .map(|p| {
            let days: Vec<i32> = p.iter().map(|&(day, _)| day).collect();
            Customer::from_purchase_days(&days, calibration_end(), 7.0)
                .expect("everybody bought in the first quarter")
        })
        .collect()
}

/// Repeat purchases in calibration with their mean in dollars.
fn spenders(purchases: &[Purchases]) -> Vec<Spender> {
    purchases
        .iter()
        .map(|p| {
            let repeats: Vec<i64> = p
                .iter()
                .skip(1)
                .filter(|&&(day, _)| day <= calibration_end())
                .map(|&(_, cents)| cents)
                .collect();
            let sum = repeats.iter().sum::<i64>() as f64 / 100.0;
            Spender {
                n_repeat: repeats.len() as u32,
                mean_value: if repeats.is_empty() { 0.0 } else { sum / repeats.len() as f64 },
            }
        })
        .collect()
}

fn near(found: f64, printed: f64, half_digit: f64) {
    assert!((found - printed).abs() <= half_digit, "{found} is not {printed}");
}

#[test]
fn bg_nbd_on_the_transactions_has_the_parameters_of_the_paper() {
    let Some(purchases) = transactions() else { return };
    let customers = calibrated(&purchases);
    assert_eq!(customers.len(), 2357);
    let fit = bg_nbd::fit(&customers).expect("the model fits");
    println!("{fit:?}");
    near(fit.parameters.r, 0.243, 0.0005);
    near(fit.parameters.alpha, 4.414, 0.0005);
    near(fit.parameters.a, 0.793, 0.0005);
    near(fit.parameters.b, 2.426, 0.0005);
    near(fit.log_likelihood, -9582.43, 0.005);
    assert_eq!(fit.n_repeaters, 946);
}

#[test]
fn pareto_nbd_on_the_transactions_has_the_parameters_of_the_paper() {
    let Some(purchases) = transactions() else { return };
    let customers = calibrated(&purchases);
    let fit = pareto_nbd::fit(&customers).expect("the model fits");
    println!("{fit:?}");
    // Fader, Hardie and Lee (2005), table 1.
    near(fit.parameters.r, 0.553, 0.0005);
    near(fit.parameters.alpha, 10.578, 0.005);
    near(fit.parameters.s, 0.606, 0.0005);
    near(fit.parameters.beta, 11.669, 0.005);
    near(fit.log_likelihood, -9594.98, 0.005);
    // The same three customers by the package lifetimes 0.11.3, at its estimate; the heavy buyer's 25.46 in a year is also
    // printed in the walk-through of the R package BTYD.
    let p = pareto_nbd::Parameters {
        r: 0.553_265_478,
        alpha: 10.577_478_08,
        s: 0.606_179_963,
        beta: 11.667_034_869,
    };
    for (x, recency, age, alive, expected) in [
        (0, 0.0, 38.86, 0.295_103_01, 0.107_061_06),
        (2, 30.43, 38.86, 0.869_123_13, 1.455_129_31),
        (26, 30.86, 31.0, 0.997_918_02, 20.116_085_97),
    ] {
        let customer = Customer { n_repeat: x, recency, age };
        near(p.probability_alive(&customer), alive, 1e-7);
        near(p.expected_purchases(&customer, 39.0), expected, 1e-6);
    }
    near(p.expected_purchases(&Customer { n_repeat: 26, recency: 30.86, age: 31.0 }, 52.0), 25.46, 0.005);
}

#[test]
fn mbg_nbd_on_the_transactions_has_the_published_parameters() {
    let Some(purchases) = transactions() else { return };
    let customers = calibrated(&purchases);
    let fit = mbg_nbd::fit(&customers).expect("the model fits");
    println!("{fit:?}");
    near(fit.parameters.r, 0.525, 0.0005);
    near(fit.parameters.alpha, 6.183, 0.0005);
    near(fit.parameters.a, 0.891, 0.0005);
    near(fit.parameters.b, 1.614, 0.0005);
    // P(alive) and the next 39 weeks by the package lifetimes 0.11.3.
    let p =
        mbg_nbd::Parameters { r: 0.524_837_726, alpha: 6.182_988_479, a: 0.891_356_281, b: 1.614_000_026 };
    for (x, recency, age, alive, expected) in [
        (0, 0.0, 38.86, 0.389_716_44, 0.153_953_64),
        (2, 30.43, 38.86, 0.706_126_26, 1.262_670_78),
        (26, 30.86, 31.0, 0.965_552_87, 19.448_037_12),
    ] {
        let customer = Customer { n_repeat: x, recency, age };
        near(p.probability_alive(&customer), alive, 1e-7);
        near(p.expected_purchases(&customer, 39.0), expected, 1e-6);
    }
}

fn rounded_summary() -> Option<Vec<Customer>> {
    let text = read("cdnow_customers_summary.csv")?;
    let customer = |line: &str| {
        let f: Vec<&str> = line.split(',').collect();
        Customer {
            n_repeat: f[1].parse().expect("a count"),
            recency: f[2].parse().expect("weeks"),
            age: f[3].parse().expect("weeks"),
        }
    };
    Some(text.lines().skip(1).map(customer).collect())
}

#[test]
fn bg_nbd_on_the_rounded_summary_has_the_log_likelihood_of_common_software() {
    let Some(customers) = rounded_summary() else { return };
    let fit = bg_nbd::fit(&customers).expect("the model fits");
    near(fit.log_likelihood, -9582.4256, 0.00005);
    near(fit.parameters.r, 0.243, 0.0005);
    near(fit.parameters.alpha, 4.414, 0.001);
    near(fit.parameters.a, 0.793, 0.0005);
    near(fit.parameters.b, 2.426, 0.001);
}

#[test]
fn customer_1516_has_the_conditional_expectation_of_the_spreadsheet_note() {
    // Fader, Hardie and Lee, "Implementing the BG/NBD Model in Excel": x = 2, tx = 30.43, T = 38.86, 39 weeks ahead: 1.226.
    let published = bg_nbd::Parameters { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
    let customer = Customer { n_repeat: 2, recency: 30.43, age: 38.86 };
    near(published.expected_purchases(&customer, 39.0), 1.226, 0.0005);
    // By hand: 1 / (1 + 0.793 / 3.426 · (43.274 / 34.844)^2.243).
    near(published.probability_alive(&customer), 0.7265, 0.0005);
}

#[test]
fn gamma_gamma_on_the_repeaters_has_the_parameters_of_the_paper() {
    let Some(purchases) = transactions() else { return };
    let fit = gamma_gamma::fit(&spenders(&purchases)).expect("the model fits");
    println!("{fit:?}");
    assert_eq!(fit.n_repeaters, 946);
    near(fit.parameters.p, 6.25, 0.005);
    near(fit.parameters.q, 3.74, 0.005);
    near(fit.parameters.v, 15.44, 0.005);
    near(fit.log_likelihood, -4055.92, 0.005);
    near(fit.correlation, 0.11, 0.01);
    assert!(!fit.frequency_and_value_correlate());
}

#[test]
fn the_holdout_has_1882_repeat_purchases_by_684_buyers_and_the_model_comes_near() {
    let Some(purchases) = transactions() else { return };
    let customers = calibrated(&purchases);
    let end = calibration_end() + 39 * 7;
    let actual: Vec<u32> = purchases
        .iter()
        .map(|p| p.iter().filter(|&&(day, _)| day > calibration_end() && day <= end).count() as u32)
        .collect();
    let fit = bg_nbd::fit(&customers).expect("the model fits");
    let check = holdout::check(&fit.parameters, &customers, &actual, 39.0).expect("slices of one length");
    println!("{check:#?}");
    assert_eq!((check.actual_total, check.n_buyers), (1882, 684));
    // Table 2 of the paper: the correlation of conditional expectations with what came is 0.626.
    near(check.correlation.expect("both vary"), 0.626, 0.002);
    // The model is known to expect 12 % too few here: the winter of 1997 to 1998 was livelier than the year before.
    assert!((check.expected_total / 1882.0 - 0.8785).abs() < 0.001, "{}", check.expected_total);
    assert!(check.share_in_80_percent_interval > 0.8);
    assert_eq!(check.groups.iter().map(|g| g.n_customers).sum::<usize>(), 2357);
}

#[test]
fn four_of_five_customers_spend_within_their_interval_in_the_holdout() {
    let Some(purchases) = transactions() else { return };
    let (customers, spenders) = (calibrated(&purchases), spenders(&purchases));
    let buying = bg_nbd::fit(&customers).expect("the model fits").parameters;
    let spending = gamma_gamma::fit(&spenders).expect("the model fits").parameters;
    let question = Question { horizon: 39.0, discount_rate: 0.0, level: 0.8 };
    let (mut inside, mut n, mut expected, mut came) = (0, 0, 0.0, 0.0);
    for ((customer, spender), p) in customers.iter().zip(&spenders).zip(&purchases) {
        let found = value_ahead(&buying, &spending, customer, spender, &question).expect("a forecast");
        let ahead = p.iter().filter(|&&(day, _)| day > calibration_end() && day <= calibration_end() + 273);
        let spent = ahead.map(|&(_, cents)| cents).sum::<i64>() as f64 / 100.0;
        expected += found.expected;
        came += spent;
        if customer.n_repeat >= 2 {
            n += 1;
            inside += i32::from(found.low <= spent && spent <= found.high);
        }
    }
    let share = f64::from(inside) / f64::from(n);
    println!("expected {expected:.2}, came {came:.2}; {share:.3} of {n} inside");
    assert!((0.78..0.95).contains(&share), "{share}");
    assert!((expected / came - 1.0).abs() < 0.2);
}
