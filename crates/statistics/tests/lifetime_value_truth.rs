//! The lifetime value models on customers whose truth is known, against themselves, and on hostile input.

use statistics::lifetime_value::bg_nbd::{self, Customer, Parameters};
use statistics::lifetime_value::gamma_gamma::{self, Spender};
use statistics::lifetime_value::group_ahead::group_ahead;
use statistics::lifetime_value::purchases_ahead::PurchasesAhead;
use statistics::lifetime_value::value_ahead::{Question, value_ahead};
use statistics::lifetime_value::{FitError, HistoryMissing, history_missing};
use statistics::pseudo_random::Generator;

const TRUE_BUYING: Parameters = Parameters { r: 0.55, alpha: 10.6, a: 0.76, b: 1.28 };
const TRUE_SPENDING: gamma_gamma::Parameters = gamma_gamma::Parameters { p: 6.0, q: 4.0, v: 15.0 };
const HORIZON: f64 = 26.0;

/// A customer as observed, what the model may know of the spending, and what came in the horizon.
struct Life {
    customer: Customer,
    spender: Spender,
    purchases_ahead: u32,
    value_ahead: f64,
}

fn live(g: &mut Generator) -> Life {
    let age = 20.0 + 60.0 * g.uniform();
    let rate = g.gamma(TRUE_BUYING.r, TRUE_BUYING.alpha);
    let leaving = g.beta(TRUE_BUYING.a, TRUE_BUYING.b);
    let spread = g.gamma(TRUE_SPENDING.q, TRUE_SPENDING.v);
    let (mut now, mut customer) = (0.0, Customer { n_repeat: 0, recency: 0.0, age });
    let (mut spent, mut purchases_ahead, mut ahead) = (0.0, 0, 0.0);
    loop {
        now += g.exponential(rate.max(1e-12));
        if now > age + HORIZON {
            break;
        }
        let value = g.gamma(TRUE_SPENDING.p, spread);
        if now <= age {
            customer.n_repeat += 1;
            customer.recency = now;
            spent += value;
        } else {
            purchases_ahead += 1;
            ahead += value;
        }
        if g.uniform() < leaving {
            break;
        }
    }
    let mean_value = if customer.n_repeat > 0 { spent / f64::from(customer.n_repeat) } else { 0.0 };
    Life {
        customer,
        spender: Spender { n_repeat: customer.n_repeat, mean_value },
        purchases_ahead,
        value_ahead: ahead,
    }
}

fn lives(seed: u64, n: usize) -> Vec<Life> {
    let mut g = Generator::from_seed(seed);
    (0..n).map(|_| live(&mut g)).collect()
}

fn customers(lives: &[Life]) -> Vec<Customer> {
    lives.iter().map(|l| l.customer).collect()
}

#[test]
fn both_fits_recover_the_truth_within_three_standard_errors() {
    let lives = lives(1, 30_000);
    let fit = bg_nbd::fit(&customers(&lives)).expect("the model fits");
    let error = fit.standard_errors.expect("determined");
    for (found, truth, error) in [
        (fit.parameters.r, TRUE_BUYING.r, error.r),
        (fit.parameters.alpha, TRUE_BUYING.alpha, error.alpha),
        (fit.parameters.a, TRUE_BUYING.a, error.a),
        (fit.parameters.b, TRUE_BUYING.b, error.b),
    ] {
        assert!((found - truth).abs() < 3.0 * error, "{found} ± {error} is not {truth}");
        assert!(error < 0.2 * truth);
    }
    let spenders: Vec<Spender> = lives.iter().map(|l| l.spender).collect();
    let fit = gamma_gamma::fit(&spenders).expect("the model fits");
    let error = fit.standard_errors.expect("determined");
    assert!((fit.parameters.p - TRUE_SPENDING.p).abs() < 3.0 * error.p);
    assert!((fit.parameters.q - TRUE_SPENDING.q).abs() < 3.0 * error.q);
    assert!((fit.parameters.v - TRUE_SPENDING.v).abs() < 3.0 * error.v);
    assert!(!fit.frequency_and_value_correlate());
}

#[test]
fn standard_errors_are_as_large_as_the_scatter_between_samples() {
    let fits: Vec<bg_nbd::Fit> =
        (0..60).map(|s| bg_nbd::fit(&customers(&lives(500 + s, 3000))).expect("fits")).collect();
    let logs: Vec<f64> = fits.iter().map(|f| f.parameters.r.ln()).collect();
    let mean = logs.iter().sum::<f64>() / 60.0;
    let scatter = (logs.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / 59.0).sqrt();
    let said =
        fits.iter().map(|f| f.standard_errors.expect("determined").r / f.parameters.r).sum::<f64>() / 60.0;
    assert!((0.7..1.4).contains(&(scatter / said)), "scatter {scatter}, said {said}");
}

#[test]
fn intervals_of_purchases_and_value_hold_as_often_as_they_say() {
    let lives = lives(2, 20_000);
    for level in [0.8, 0.95] {
        let question = Question { horizon: HORIZON, discount_rate: 0.0, level };
        let (mut within, mut value_within, mut expected, mut came) = (0, 0, 0.0, 0.0);
        for life in &lives {
            let ahead = PurchasesAhead::new(&TRUE_BUYING, &life.customer, HORIZON);
            let (low, high) = ahead.interval(level);
            within += i32::from((low..=high).contains(&life.purchases_ahead));
            let value = value_ahead(&TRUE_BUYING, &TRUE_SPENDING, &life.customer, &life.spender, &question)
                .expect("a forecast");
            value_within += i32::from(value.low <= life.value_ahead && life.value_ahead <= value.high);
            expected += value.expected;
            came += life.value_ahead;
        }
        let (share, value_share) = (f64::from(within) / 20_000.0, f64::from(value_within) / 20_000.0);
        println!("level {level}: purchases {share}, value {value_share}");
        assert!(share >= level - 0.01, "{share}");
        assert!(value_share >= level - 0.01, "{value_share}");
        assert!((expected / came - 1.0).abs() < 0.04, "{expected} and {came}");
    }
}

#[test]
fn value_intervals_of_busy_customers_are_neither_too_wide_nor_too_narrow() {
    let lives: Vec<Life> = lives(3, 30_000).into_iter().filter(|l| l.customer.n_repeat >= 4).collect();
    let question = Question { horizon: HORIZON, discount_rate: 0.0, level: 0.8 };
    let (mut below, mut above, mut n) = (0, 0, 0.0);
    for life in &lives {
        let value = value_ahead(&TRUE_BUYING, &TRUE_SPENDING, &life.customer, &life.spender, &question)
            .expect("a forecast");
        if value.high == 0.0 {
            continue; // likely gone: buying nothing has more than 90 %
        }
        n += 1.0;
        below += i32::from(life.value_ahead < value.low);
        above += i32::from(life.value_ahead > value.high);
    }
    // The upper tail is continuous, so its share is exact; the lower end is often 0, below which nothing lies.
    assert!((f64::from(above) / n - 0.1).abs() < 0.012, "{above} of {n} above");
    assert!(f64::from(below) / n < 0.11, "{below} of {n} below");
}

/// How often the interval of the sum over a group holds what came, with parameters that were fitted on `n` customers.
fn group_coverage(n: usize, in_group: usize, worlds: u64) -> f64 {
    let question = Question { horizon: HORIZON, discount_rate: 0.0, level: 0.8 };
    let mut within = 0;
    for world in 0..worlds {
        let lives = lives(10_000 + world, n);
        let (customers, spenders) = (customers(&lives), lives.iter().map(|l| l.spender).collect::<Vec<_>>());
        let buying = bg_nbd::fit(&customers).expect("fits");
        let spending = gamma_gamma::fit(&spenders).expect("fits");
        let (group, their) = (&customers[..in_group], &spenders[..in_group]);
        let found = group_ahead(&buying, &spending, group, their, &question).expect("a forecast");
        let interval = found.interval.expect("a variance");
        let came: f64 = lives[..in_group].iter().map(|l| l.value_ahead).sum();
        within += u32::from(interval.low <= came && came <= interval.high);
        assert_eq!(found.n_members, in_group);
    }
    f64::from(within) / worlds as f64
}

#[test]
fn intervals_of_a_group_hold_with_fitted_parameters() {
    // Chance prevails in the small group, the doubt about the parameters in the whole.
    for (n, in_group) in [(1000, 30), (1000, 1000)] {
        let share = group_coverage(n, in_group, 400);
        println!("{in_group} of {n}: {share}");
        assert!((share - 0.8).abs() < 0.07, "{in_group} of {n}: {share}");
    }
}

#[test]
fn mean_value_intervals_hold_the_true_mean() {
    let mut g = Generator::from_seed(8);
    let mut within = 0;
    for _ in 0..5000 {
        let spread = g.gamma(TRUE_SPENDING.q, TRUE_SPENDING.v);
        let n = 1 + g.below(6) as u32;
        let mean_value = (0..n).map(|_| g.gamma(TRUE_SPENDING.p, spread)).sum::<f64>() / f64::from(n);
        let (low, high) = TRUE_SPENDING.mean_value_interval(&Spender { n_repeat: n, mean_value }, 0.8);
        within += i32::from((low..=high).contains(&(TRUE_SPENDING.p / spread)));
    }
    let share = f64::from(within) / 5000.0;
    assert!((share - 0.8).abs() < 0.02, "{share}");
}

#[test]
fn expectation_is_the_mean_of_the_distribution() {
    for parameters in [
        TRUE_BUYING,
        Parameters { a: 1.0, ..TRUE_BUYING },
        Parameters { a: 0.4, b: 0.6, ..TRUE_BUYING },
        Parameters { a: 2.5, ..TRUE_BUYING },
    ] {
        for (n_repeat, recency, age) in
            [(0, 0.0, 30.0), (1, 2.0, 30.0), (7, 29.0, 30.0), (0, 0.0, 0.0), (200, 390.0, 400.0)]
        {
            let customer = Customer { n_repeat, recency, age };
            for horizon in [0.5, 10.0, 100.0] {
                let ahead = PurchasesAhead::new(&parameters, &customer, horizon);
                let mean: f64 = ahead.probabilities.iter().zip(0u32..).map(|(p, y)| p * f64::from(y)).sum();
                let expected = parameters.expected_purchases(&customer, horizon);
                // The list leaves out a little probability of many purchases.
                let tolerance = 1e-7 * (expected + 1.0) + 4.0 * ahead.rest * ahead.probabilities.len() as f64;
                assert!(
                    (mean - expected).abs() < tolerance,
                    "{parameters:?} {customer:?} {horizon}: {mean} and {expected}"
                );
            }
        }
    }
}

#[test]
fn expected_value_is_the_mean_between_intervals_of_every_level() {
    // Integrating the quantile function over all levels gives the mean.
    let customer = Customer { n_repeat: 5, recency: 28.0, age: 30.0 };
    let spender = Spender { n_repeat: 5, mean_value: 40.0 };
    let steps = 400;
    let mut mean = 0.0;
    for step in 0..steps {
        let level = (f64::from(step) + 0.5) / f64::from(steps);
        let question = Question { horizon: HORIZON, discount_rate: 0.0, level };
        let found =
            value_ahead(&TRUE_BUYING, &TRUE_SPENDING, &customer, &spender, &question).expect("a forecast");
        mean += 0.5 * (found.low + found.high) / f64::from(steps);
    }
    let question = Question { horizon: HORIZON, discount_rate: 0.0, level: 0.8 };
    let found =
        value_ahead(&TRUE_BUYING, &TRUE_SPENDING, &customer, &spender, &question).expect("a forecast");
    assert!((mean / found.expected - 1.0).abs() < 0.01, "{mean} and {}", found.expected);
    let discounted = Question { discount_rate: 0.01, ..question };
    let later =
        value_ahead(&TRUE_BUYING, &TRUE_SPENDING, &customer, &spender, &discounted).expect("a forecast");
    assert!(later.expected < found.expected && later.expected > found.expected * 1.01f64.powf(-HORIZON));
}

#[test]
fn the_unit_of_time_and_the_order_of_customers_do_not_matter() {
    let weeks = customers(&lives(4, 4000));
    let mut days: Vec<Customer> =
        weeks.iter().map(|c| Customer { recency: c.recency * 7.0, age: c.age * 7.0, ..*c }).collect();
    days.reverse();
    let (one, other) = (bg_nbd::fit(&weeks).expect("fits"), bg_nbd::fit(&days).expect("fits"));
    assert!((one.parameters.r - other.parameters.r).abs() < 1e-6);
    assert!((one.parameters.alpha * 7.0 / other.parameters.alpha - 1.0).abs() < 1e-6);
    let mut back = weeks.clone();
    back.reverse();
    assert_eq!(bg_nbd::fit(&back).expect("fits"), one);
}

#[test]
fn the_log_likelihood_is_highest_at_the_fit() {
    let customers = customers(&lives(5, 4000));
    let fit = bg_nbd::fit(&customers).expect("fits");
    let p = fit.parameters;
    for other in [
        Parameters { r: p.r * 1.01, ..p },
        Parameters { alpha: p.alpha * 0.99, ..p },
        Parameters { a: p.a * 1.02, ..p },
        Parameters { b: p.b * 0.98, ..p },
    ] {
        assert!(bg_nbd::log_likelihood(&customers, &other) < fit.log_likelihood);
    }
    assert!((bg_nbd::log_likelihood(&customers, &p) - fit.log_likelihood).abs() < 1e-6);
}

#[test]
fn a_fit_abstains_and_says_why() {
    let good = customers(&lives(6, 1000));
    assert_eq!(bg_nbd::fit(&[]), Err(FitError::TooFewCustomers { found: 0, needed: 100 }));
    assert_eq!(bg_nbd::fit(&good[..1]), Err(FitError::TooFewCustomers { found: 1, needed: 100 }));
    let once = vec![Customer { n_repeat: 0, recency: 0.0, age: 30.0 }; 500];
    assert_eq!(bg_nbd::fit(&once), Err(FitError::TooFewRepeaters { found: 0, needed: 40 }));
    let alike = vec![Customer { n_repeat: 3, recency: 20.0, age: 30.0 }; 500];
    assert_eq!(bg_nbd::fit(&alike), Err(FitError::NoVariation { distinct: 1 }));
    for bad in [
        Customer { n_repeat: 1, recency: f64::NAN, age: 3.0 },
        Customer { n_repeat: 1, recency: 1.0, age: f64::INFINITY },
        Customer { n_repeat: 1, recency: 4.0, age: 3.0 },
        Customer { n_repeat: 1, recency: -1.0, age: 3.0 },
        Customer { n_repeat: 1, recency: 0.0, age: 3.0 },
        Customer { n_repeat: 0, recency: 1.0, age: 3.0 },
    ] {
        let mut customers = good.clone();
        customers[17] = bad;
        let found = bg_nbd::fit(&customers);
        assert!(matches!(found, Err(FitError::Impossible { index: 17, .. })), "{found:?}");
        assert!(found.expect_err("refused").to_string().starts_with("customer number 18: "));
    }
}

#[test]
fn a_spending_fit_abstains_and_says_why() {
    let spender = |n_repeat, mean_value| Spender { n_repeat, mean_value };
    assert_eq!(gamma_gamma::fit(&[]), Err(FitError::TooFewRepeaters { found: 0, needed: 40 }));
    assert_eq!(gamma_gamma::fit(&[spender(2, 30.0); 90]), Err(FitError::NoVariation { distinct: 1 }));
    let mut some: Vec<Spender> = lives(7, 500).iter().map(|l| l.spender).collect();
    let zeros = vec![spender(3, 0.0), spender(3, -8.0), spender(0, 50.0)];
    let used = gamma_gamma::fit(&some).expect("fits");
    some.extend(zeros);
    let with_zeros = gamma_gamma::fit(&some).expect("fits");
    assert_eq!(
        (with_zeros.log_likelihood, with_zeros.n_left_out),
        (used.log_likelihood, used.n_left_out + 3)
    );
    some[4].mean_value = f64::NAN;
    assert!(matches!(gamma_gamma::fit(&some), Err(FitError::Impossible { index: 4, .. })));
}

#[test]
fn number_and_value_that_go_together_are_warned_about() {
    let mut lives = lives(9, 3000);
    for life in &mut lives {
        life.spender.mean_value *= f64::from(life.spender.n_repeat);
    }
    let spenders: Vec<Spender> = lives.iter().map(|l| l.spender).collect();
    assert!(gamma_gamma::fit(&spenders).expect("fits").frequency_and_value_correlate());
}

#[test]
fn a_customer_with_five_thousand_purchases_has_finite_numbers() {
    let customer = Customer { n_repeat: 5000, recency: 399.0, age: 400.0 };
    let alive = TRUE_BUYING.probability_alive(&customer);
    assert!((0.0..=1.0).contains(&alive));
    let expected = TRUE_BUYING.expected_purchases(&customer, 100.0);
    assert!(expected > 0.0 && expected < 1300.0, "{expected}");
    let spender = Spender { n_repeat: 5000, mean_value: 20.0 };
    let question = Question { horizon: 100.0, discount_rate: 0.0, level: 0.95 };
    let found =
        value_ahead(&TRUE_BUYING, &TRUE_SPENDING, &customer, &spender, &question).expect("a forecast");
    assert!(
        found.low <= found.expected && found.expected <= found.high && found.high.is_finite(),
        "{found:?}"
    );
    let most = Customer { n_repeat: u32::MAX, recency: 399.0, age: 400.0 };
    assert!(TRUE_BUYING.expected_purchases(&most, 1.0).is_finite());
}

#[test]
fn impossible_questions_have_no_answer() {
    let customer = Customer { n_repeat: 1, recency: 2.0, age: 30.0 };
    let spender = Spender { n_repeat: 1, mean_value: 10.0 };
    let question = Question { horizon: 10.0, discount_rate: 0.0, level: 0.8 };
    let ask = |question: Question| value_ahead(&TRUE_BUYING, &TRUE_SPENDING, &customer, &spender, &question);
    assert!(ask(question).is_some());
    assert!(ask(Question { horizon: 0.0, ..question }).is_none());
    assert!(ask(Question { horizon: f64::NAN, ..question }).is_none());
    assert!(ask(Question { level: 1.0, ..question }).is_none());
    assert!(ask(Question { discount_rate: -1.0, ..question }).is_none());
    let wild = gamma_gamma::Parameters { q: 0.9, ..TRUE_SPENDING };
    assert_eq!(wild.expected_mean_value(&Spender { n_repeat: 0, mean_value: 0.0 }), None);
}

#[test]
fn purchase_days_become_a_customer() {
    let days = [3, 3, 10, 24, 24, 50];
    let expected = Customer { n_repeat: 2, recency: 3.0, age: 4.0 };
    assert_eq!(Customer::from_purchase_days(&days, 31, 7.0), Some(expected));
    assert_eq!(Customer::from_purchase_days(&days, 2, 7.0), None);
    assert_eq!(Customer::from_purchase_days(&[], 2, 7.0), None);
    let one_day = Customer::from_purchase_days(&[5], 5, 1.0).expect("a customer");
    assert_eq!(history_missing(&one_day), Some(HistoryMissing::NoTimePassed));
    assert_eq!(history_missing(&Customer { age: 9.0, ..one_day }), Some(HistoryMissing::NoRepeatPurchase));
    assert_eq!(history_missing(&expected), None);
}

/// A customer of a firm where everybody leaves with the same probability after each purchase.
fn live_alike(g: &mut Generator, rate: f64, leaving: f64) -> Customer {
    let age = 20.0 + 60.0 * g.uniform();
    let (mut now, mut customer) = (0.0, Customer { n_repeat: 0, recency: 0.0, age });
    loop {
        now += g.exponential(rate);
        if now > age {
            return customer;
        }
        customer.n_repeat += 1;
        customer.recency = now;
        if g.uniform() < leaving {
            return customer;
        }
    }
}

#[test]
fn where_the_likelihood_has_no_maximum_inside_a_weak_prior_is_used_and_said() {
    let mut g = Generator::from_seed(21);
    let rate = |g: &mut Generator| g.gamma(0.8, 8.0).max(1e-9);
    let faithful: Vec<Customer> = (0..1500)
        .map(|_| {
            let rate = rate(&mut g);
            live_alike(&mut g, rate, 0.0)
        })
        .collect();
    let fit = bg_nbd::fit(&faithful).expect("fits with a prior");
    assert!(fit.prior_used && fit.nobody_seen_leaving(), "{fit:?}");
    assert!((fit.parameters.r - 0.8).abs() < 0.15);
    // Everybody has the same rate and the same probability of leaving: r, alpha, a and b all go to infinity.
    let alike: Vec<Customer> = (0..1500).map(|_| live_alike(&mut g, 0.1, 0.2)).collect();
    let fit = bg_nbd::fit(&alike).expect("fits with a prior");
    let p = fit.parameters;
    assert!((p.r / p.alpha - 0.1).abs() < 0.02 && (p.a / (p.a + p.b) - 0.2).abs() < 0.04, "{fit:?}");
    assert!(!fit.nobody_seen_leaving());
    let spenders: Vec<Spender> = (0..400)
        .map(|_| {
            let n_repeat = 1 + g.below(5) as u32;
            let n = f64::from(n_repeat);
            Spender { n_repeat, mean_value: g.gamma(2.0 * n, 0.1 * n) }
        })
        .collect();
    let fit = gamma_gamma::fit(&spenders).expect("fits");
    let mean = fit.parameters.population_mean().expect("a mean");
    assert!((mean - 20.0).abs() < 1.5, "{fit:?}");
}

#[test]
fn strange_data_give_finite_numbers_or_an_error() {
    let mut g = Generator::from_seed(22);
    let (mut fitted, mut refused) = (0, 0);
    for world in 0..150 {
        let n = 100 + g.below(200);
        let (shape, scale) = (10f64.powf(4.0 * g.uniform() - 2.0), 10f64.powf(6.0 * g.uniform() - 3.0));
        let customers: Vec<Customer> = (0..n)
            .map(|_| {
                let age = scale * (0.01 + g.uniform());
                let n_repeat = if world % 3 == 0 {
                    g.below(3) as u32
                } else {
                    (20.0 * g.gamma(shape, shape)).min(4e9) as u32
                };
                let recency = if n_repeat == 0 { 0.0 } else { age * g.uniform().powf(shape.min(3.0)) };
                Customer { n_repeat: if recency > 0.0 { n_repeat } else { 0 }, recency, age }
            })
            .collect();
        match bg_nbd::fit(&customers) {
            Err(_) => refused += 1,
            Ok(fit) => {
                fitted += 1;
                assert!(fit.log_likelihood.is_finite());
                for customer in &customers {
                    let expected = fit.parameters.expected_purchases(customer, scale);
                    assert!(expected.is_finite() && expected >= 0.0, "{fit:?} {customer:?} {expected}");
                    assert!((0.0..=1.0).contains(&fit.parameters.probability_alive(customer)));
                }
            }
        }
    }
    println!("{fitted} fitted, {refused} refused");
    assert!(fitted > 100);
}
