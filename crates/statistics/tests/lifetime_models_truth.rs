//! MBG/NBD, Pareto/NBD and BG/BB on customers whose truth is known, against themselves, and on hostile input.

use statistics::lifetime_value::bg_nbd::Customer;
use statistics::lifetime_value::buying::{Buying, Fit};
use statistics::lifetime_value::{FitError, bg_bb, holdout, mbg_nbd, pareto_nbd};
use statistics::pseudo_random::Generator;

const HORIZON: f64 = 26.0;

/// A customer and the purchases of the horizon.
type Life = (Customer, u32);

/// Buys at `rate` until `leaves`, which is asked after every purchase (0 is the first) for the time of leaving.
fn live(g: &mut Generator, rate: f64, mut leaves: impl FnMut(&mut Generator) -> f64) -> Life {
    let age = (20.0 + 60.0 * g.uniform()).round();
    let (mut now, mut customer, mut ahead) = (0.0, Customer { n_repeat: 0, recency: 0.0, age }, 0);
    loop {
        let end = leaves(g);
        now += g.exponential(rate.max(1e-12));
        if now > (age + HORIZON).min(end) {
            return (customer, ahead);
        }
        if now <= age {
            customer.n_repeat += 1;
            customer.recency = now;
        } else {
            ahead += 1;
        }
    }
}

fn pareto_lives(seed: u64, n: usize, p: &pareto_nbd::Parameters) -> Vec<Life> {
    let mut g = Generator::from_seed(seed);
    let mut one = || {
        let (rate, leaving) = (g.gamma(p.r, p.alpha), g.gamma(p.s, p.beta));
        let end = g.exponential(leaving.max(1e-12));
        live(&mut g, rate, |_| end)
    };
    (0..n).map(|_| one()).collect()
}

fn mbg_lives(seed: u64, n: usize, p: &mbg_nbd::Parameters) -> Vec<Life> {
    let mut g = Generator::from_seed(seed);
    let mut one = || {
        let (rate, leaving) = (g.gamma(p.r, p.alpha), g.beta(p.a, p.b));
        live(&mut g, rate, |g| if g.uniform() < leaving { 0.0 } else { f64::INFINITY })
    };
    (0..n).map(|_| one()).collect()
}

fn bg_bb_lives(seed: u64, n: usize, p: &bg_bb::Parameters) -> Vec<Life> {
    let mut g = Generator::from_seed(seed);
    let mut one = || {
        let (buying, leaving) = (g.beta(p.alpha, p.beta), g.beta(p.gamma, p.delta));
        let age = 6.0 + (10.0 * g.uniform()).floor();
        let (mut customer, mut ahead) = (Customer { n_repeat: 0, recency: 0.0, age }, 0);
        let mut k = 0.0;
        while k < age + HORIZON && g.uniform() >= leaving {
            k += 1.0;
            let buys = g.uniform() < buying;
            if buys && k <= age {
                customer.n_repeat += 1;
                customer.recency = k;
            } else if buys {
                ahead += 1;
            }
        }
        (customer, ahead)
    };
    (0..n).map(|_| one()).collect()
}

/// Truth within three standard errors, the total of the horizon within 5 %, intervals that hold.
fn recovers<B: Buying>(name: &str, lives: &[Life], truth: &B, fit: Result<Fit<B>, FitError>) {
    let fit = fit.expect("the model fits");
    let errors = fit.standard_errors.expect("determined").to_array();
    for (i, (found, truth)) in fit.parameters.to_array().iter().zip(truth.to_array()).enumerate() {
        println!("{name} {}: {found:.4} ± {:.4}, true {truth}", B::NAMES[i], errors[i]);
        assert!((found - truth).abs() < 3.0 * errors[i], "{name}: {found} ± {} is not {truth}", errors[i]);
    }
    let customers: Vec<Customer> = lives.iter().map(|l| l.0).collect();
    let came: Vec<u32> = lives.iter().map(|l| l.1).collect();
    let check = holdout::check(&fit.parameters, &customers, &came, HORIZON).expect("slices of one length");
    assert!((check.expected_total / check.actual_total as f64 - 1.0).abs() < 0.05, "{name}: {check:?}");
    assert!((check.expected_buyers / check.n_buyers as f64 - 1.0).abs() < 0.05, "{name}: {check:?}");
    assert!(check.share_in_80_percent_interval > 0.79, "{name}: {check:?}");
}

#[test]
fn every_model_recovers_its_own_truth_and_foretells_the_horizon() {
    let truth = pareto_nbd::Parameters { r: 0.55, alpha: 10.6, s: 0.61, beta: 11.7 };
    let lives = pareto_lives(1, 12_000, &truth);
    let customers: Vec<Customer> = lives.iter().map(|l| l.0).collect();
    recovers("Pareto/NBD", &lives, &truth, pareto_nbd::fit(&customers));
    let truth = mbg_nbd::Parameters { r: 0.6, alpha: 6.2, a: 0.9, b: 2.4 };
    let lives = mbg_lives(2, 20_000, &truth);
    let customers: Vec<Customer> = lives.iter().map(|l| l.0).collect();
    recovers("MBG/NBD", &lives, &truth, mbg_nbd::fit(&customers));
    let truth = bg_bb::Parameters { alpha: 1.2, beta: 0.75, gamma: 0.66, delta: 2.8 };
    let lives = bg_bb_lives(3, 12_000, &truth);
    let customers: Vec<Customer> = lives.iter().map(|l| l.0).collect();
    recovers("BG/BB", &lives, &truth, bg_bb::fit(&customers));
}

#[test]
fn expectations_are_the_means_of_the_distributions() {
    let pareto = pareto_nbd::Parameters { r: 0.55, alpha: 10.6, s: 1.0, beta: 11.7 };
    let mbg = mbg_nbd::Parameters { r: 0.6, alpha: 6.2, a: 0.9, b: 2.4 };
    for (n_repeat, recency, age) in [(0, 0.0, 40.0), (1, 3.0, 40.0), (12, 38.0, 40.0), (80, 39.0, 40.0)] {
        let customer = Customer { n_repeat, recency, age };
        for horizon in [1.0, 26.0, 200.0] {
            for (mean, listed) in [
                (pareto.expected_purchases(&customer, horizon), pareto.purchases_ahead(&customer, horizon)),
                (mbg.expected_purchases(&customer, horizon), mbg.purchases_ahead(&customer, horizon)),
            ] {
                assert!(
                    (listed.mean() - mean).abs() < 1e-4 * (1.0 + mean),
                    "{} is not {mean}",
                    listed.mean()
                );
                let sum: f64 = listed.probabilities.iter().sum();
                assert!((sum + listed.rest - 1.0).abs() < 1e-9, "{sum}");
            }
        }
    }
}

#[test]
fn nothing_overflows_at_5000_purchases() {
    let pareto = pareto_nbd::Parameters { r: 0.55, alpha: 10.6, s: 0.61, beta: 11.7 };
    let mbg = mbg_nbd::Parameters { r: 0.6, alpha: 6.2, a: 0.9, b: 2.4 };
    for recency in [1.0, 400.0, 729.9] {
        let customer = Customer { n_repeat: 5000, recency, age: 730.0 };
        for alive in [pareto.probability_alive(&customer), mbg.probability_alive(&customer)] {
            assert!((0.0..=1.0).contains(&alive), "{alive}");
        }
        for expected in [pareto.expected_purchases(&customer, 90.0), mbg.expected_purchases(&customer, 90.0)]
        {
            assert!((0.0..=700.0).contains(&expected), "{expected}");
        }
    }
    let heavy: Vec<Customer> = (0..200)
        .map(|i| Customer {
            n_repeat: 25 * i,
            recency: if i == 0 { 0.0 } else { 700.0 + 0.1 * f64::from(i) },
            age: 730.0,
        })
        .collect();
    for found in
        [pareto_nbd::fit(&heavy).map(|f| f.log_likelihood), mbg_nbd::fit(&heavy).map(|f| f.log_likelihood)]
    {
        assert!(found.is_ok_and(f64::is_finite) || found_is_refusal(&heavy));
    }
}

fn found_is_refusal(customers: &[Customer]) -> bool {
    matches!(pareto_nbd::fit(customers), Err(FitError::NotDetermined { .. }))
        || matches!(mbg_nbd::fit(customers), Err(FitError::NotDetermined { .. }))
}

#[test]
fn impossible_customers_are_named_and_never_fitted() {
    let good = bg_bb_lives(5, 300, &bg_bb::Parameters { alpha: 1.2, beta: 0.75, gamma: 0.66, delta: 2.8 });
    let mut customers: Vec<Customer> = good.iter().map(|l| l.0).collect();
    for bad in [
        Customer { n_repeat: 9, recency: 3.0, age: 5.0 },
        Customer { n_repeat: 1, recency: 1.5, age: 5.0 },
        Customer { n_repeat: 1, recency: f64::NAN, age: 5.0 },
        Customer { n_repeat: 1, recency: 1.0, age: 1e9 },
    ] {
        customers[7] = bad;
        assert!(matches!(bg_bb::fit(&customers), Err(FitError::Impossible { index: 7, .. })), "{bad:?}");
    }
    customers[7] = Customer { n_repeat: 1, recency: -1.0, age: f64::INFINITY };
    assert!(matches!(pareto_nbd::fit(&customers), Err(FitError::Impossible { index: 7, .. })));
    assert!(matches!(mbg_nbd::fit(&customers), Err(FitError::Impossible { index: 7, .. })));
    assert!(matches!(pareto_nbd::fit(&[]), Err(FitError::TooFewCustomers { .. })));
    let alike = vec![Customer { n_repeat: 2, recency: 10.0, age: 40.0 }; 500];
    assert!(matches!(pareto_nbd::fit(&alike), Err(FitError::NoVariation { .. })));
}

#[test]
fn opportunities_are_counted_once_and_the_first_is_not() {
    let days = [100, 103, 107, 108, 121, 140];
    let customer = bg_bb::from_purchase_days(&days, 135, 7).expect("bought before the end");
    assert_eq!(customer, Customer { n_repeat: 2, recency: 3.0, age: 5.0 });
    assert_eq!(bg_bb::from_purchase_days(&days, 99, 7), None);
}
