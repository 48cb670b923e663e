//! How fast the customer statistics are: fits, forecasts, scores and cohorts of simulated customers, one JSON line.
//!
//! `cargo run --release -p statistics --example speed -- [CUSTOMERS]` (1,000,000 unless said). Times are CPU seconds of
//! this process from `/proc/self/schedstat`, 0 where the system does not have it.

use statistics::cohorts::Cohorts;
use statistics::lifetime_value::bg_nbd::{self, Customer};
use statistics::lifetime_value::gamma_gamma::{self, Spender};
use statistics::lifetime_value::value_ahead::{Question, value_ahead};
use statistics::pseudo_random::Generator;
use statistics::rfm::{self, Buyer};

fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Customers in whole days, as an order file gives them, with the number of purchases in the order of a shop.
fn customers(n: usize) -> (Vec<Customer>, Vec<Spender>) {
    let mut g = Generator::from_seed(3);
    let one = |_| {
        let age = 180.0 + g.below(551) as f64;
        let (rate, leaving) = (g.gamma(0.55, 40.0).max(1e-12), g.beta(0.76, 1.28));
        let (mut now, mut n_repeat, mut recency) = (0.0, 0, 0.0);
        loop {
            now += g.exponential(rate);
            if now > age {
                break;
            }
            n_repeat += 1;
            recency = f64::ceil(now).min(age);
            if g.uniform() < leaving {
                break;
            }
        }
        let spread = g.gamma(4.0, 15.0);
        let shape = 6.0 * f64::from(n_repeat.max(1));
        let mean_value = if n_repeat > 0 { g.gamma(shape, spread * f64::from(n_repeat)) } else { 0.0 };
        (
            Customer { n_repeat, recency, age },
            Spender { n_repeat, mean_value: (mean_value * 100.0).round() / 100.0 },
        )
    };
    (0..n).map(one).unzip()
}

fn main() {
    let n: usize = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(1_000_000);
    let (customers, spenders) = customers(n);
    let buyers: Vec<Buyer> = customers
        .iter()
        .zip(&spenders)
        .map(|(c, s)| Buyer {
            recency_days: (c.age - c.recency) as i32,
            n_orders: c.n_repeat + 1,
            value_minor: (s.mean_value * 100.0 * f64::from(c.n_repeat)) as i64 + 1000,
        })
        .collect();
    let start = cpu_seconds();
    let buying = bg_nbd::fit(&customers).expect("a million simulated customers fit");
    let fitted = cpu_seconds();
    let spending = gamma_gamma::fit(&spenders).expect("a million simulated customers fit");
    let spent = cpu_seconds();
    let expected: f64 = customers.iter().map(|c| buying.parameters.expected_purchases(c, 90.0)).sum();
    let predicted = cpu_seconds();
    let question = Question { horizon: 90.0, discount_rate: 0.0, level: 0.8 };
    let forecast = |(c, s)| value_ahead(&buying.parameters, &spending.parameters, c, s, &question);
    let value: f64 = customers.iter().zip(&spenders).filter_map(forecast).map(|v| v.high).sum();
    let valued = cpu_seconds();
    let scores = rfm::scores(&buyers);
    let cells = rfm::cells(&buyers, &scores);
    let tiers =
        rfm::tier_sums(&buyers, &rfm::value_tiers(&buyers.iter().map(|b| b.value_minor).collect::<Vec<_>>()));
    let scored = cpu_seconds();
    let mut cohorts = Cohorts::default();
    let mut rows = 0u64;
    for (id, customer) in (0u64..).zip(&customers) {
        for order in 0..=customer.n_repeat {
            let day = 730.0 - customer.age
                + customer.recency * f64::from(order) / f64::from(customer.n_repeat.max(1));
            cohorts.update(id, (day / 30.4) as i32, 1000).expect("two years only");
            rows += 1;
        }
    }
    let triangle = cohorts.finish(24).expect("two years only");
    let counted = cpu_seconds();
    println!(
        "{{\"task\":\"statistics_speed\",\"n\":{n},\"bg_nbd_fit_cpu_s\":{:.3},\"log_likelihood\":{:.4},\"distinct\":{},\"evaluations\":{},\"gamma_gamma_fit_cpu_s\":{:.3},\"expected_purchases_cpu_s\":{:.3},\"value_with_interval_cpu_s\":{:.3},\"rfm_cpu_s\":{:.3},\"cohort_rows\":{rows},\"cohorts_cpu_s\":{:.3},\"check\":[{expected:.1},{value:.1},{},{},{}]}}",
        fitted - start,
        buying.log_likelihood,
        buying.n_distinct,
        buying.n_evaluations,
        spent - fitted,
        predicted - spent,
        valued - predicted,
        scored - valued,
        counted - scored,
        cells[4][4].n_buyers,
        tiers[0].n_buyers,
        triangle.cohorts.len(),
    );
}
