//! Survival on data whose truth is known, methods against each other, and hostile input.

use statistics::pseudo_random::Generator;
use statistics::survival::cox::{self, Ties, Verdict};
use statistics::survival::{SurvivalError, concordance, kaplan_meier, log_rank};

const TRUE: [f64; 3] = [0.5, -0.3, 0.0];

/// Durations in whole days, events, and three covariates with the coefficients above.
fn lives(seed: u64, n: usize) -> (Vec<f64>, Vec<bool>, Vec<Vec<f64>>) {
    let mut g = Generator::from_seed(seed);
    let (mut durations, mut events, mut x) = (Vec::new(), Vec::new(), vec![Vec::new(); 3]);
    for _ in 0..n {
        let own = [2.0 * g.uniform() - 1.0, g.gamma(2.0, 1.0), f64::from(u8::from(g.uniform() < 0.3))];
        let risk: f64 = own.iter().zip(TRUE).map(|(v, b)| v * b).sum();
        let end = g.exponential(risk.exp() / 100.0);
        let seen = 30.0 + 300.0 * g.uniform();
        durations.push(end.min(seen).ceil());
        events.push(end <= seen);
        for (column, value) in x.iter_mut().zip(own) {
            column.push(value);
        }
    }
    (durations, events, x)
}

fn slices(x: &[Vec<f64>]) -> Vec<&[f64]> {
    x.iter().map(Vec::as_slice).collect()
}

#[test]
fn cox_recovers_the_truth_and_its_standard_errors_are_honest() {
    let (t, e, x) = lives(1, 6_000);
    let fit = cox::fit(&t, &e, &slices(&x), Ties::Efron).expect("a fit");
    for ((found, error), truth) in fit.coefficients.iter().zip(&fit.standard_errors).zip(TRUE) {
        assert!((found - truth).abs() < 3.0 * error, "{found} ± {error} is not {truth}");
    }
    let first: Vec<(f64, f64)> = (0..40)
        .map(|seed| {
            let (t, e, x) = lives(100 + seed, 400);
            let fit = cox::fit(&t, &e, &slices(&x), Ties::Efron).expect("a fit");
            (fit.coefficients[0], fit.standard_errors[0])
        })
        .collect();
    let mean = first.iter().map(|f| f.0).sum::<f64>() / 40.0;
    let scatter = (first.iter().map(|f| (f.0 - mean).powi(2)).sum::<f64>() / 39.0).sqrt();
    let said = first.iter().map(|f| f.1).sum::<f64>() / 40.0;
    assert!((0.7..1.4).contains(&(scatter / said)), "scatter {scatter}, said {said}");
}

#[test]
fn the_curve_holds_the_true_survival_as_often_as_its_interval_says() {
    let mut inside = 0;
    for seed in 0..300 {
        let mut g = Generator::from_seed(900 + seed);
        let (t, e): (Vec<f64>, Vec<bool>) = (0..80)
            .map(|_| {
                let (end, seen) = (g.exponential(0.01), g.exponential(0.004));
                (end.min(seen), end <= seen)
            })
            .unzip();
        let curve = kaplan_meier::curve(&t, &e, 0.9).expect("a curve");
        let step = curve.steps.iter().rfind(|s| s.time <= 60.0).expect("somebody ended before");
        inside += i32::from((step.log_log.0..=step.log_log.1).contains(&(-0.6f64).exp()));
    }
    assert!((255..=288).contains(&inside), "{inside} of 300");
}

#[test]
fn cox_with_one_group_has_the_log_rank_test_as_its_score_test() {
    // Without ties the score test of a group in Cox's model is the log-rank test (Kalbfleisch and Prentice, 1980).
    let mut g = Generator::from_seed(8);
    let t: Vec<f64> = (0..200).map(|_| g.exponential(0.01)).collect();
    let e: Vec<bool> = (0..200).map(|_| g.uniform() < 0.7).collect();
    let group: Vec<f64> = (0..200).map(|_| f64::from(u8::from(g.uniform() < 0.5))).collect();
    let codes: Vec<u32> = group.iter().map(|&v| v as u32).collect();
    let test = log_rank::test(&t, &e, &codes, 2).expect("a test");
    let fit = cox::fit(&t, &e, &[&group], Ties::Breslow).expect("a fit");
    assert!((fit.likelihood_ratio() / test.chi_square - 1.0).abs() < 0.1);
    let efron = cox::fit(&t, &e, &[&group], Ties::Efron).expect("a fit");
    assert!((fit.coefficients[0] - efron.coefficients[0]).abs() < 1e-9, "without ties both are one");
}

#[test]
fn units_and_order_of_the_covariates_do_not_matter() {
    let (t, e, x) = lives(3, 500);
    let fit = cox::fit(&t, &e, &slices(&x), Ties::Efron).expect("a fit");
    let scaled: Vec<f64> = x[0].iter().map(|v| 1e6 * v + 1e8).collect();
    let turned = cox::fit(&t, &e, &[&x[2], &scaled, &x[1]], Ties::Efron).expect("a fit");
    assert!((turned.coefficients[1] * 1e6 / fit.coefficients[0] - 1.0).abs() < 1e-5);
    assert!((turned.log_likelihood - fit.log_likelihood).abs() < 1e-7);
    assert_eq!(fit.pairs, turned.pairs);
}

#[test]
fn what_cannot_be_estimated_is_marked_and_spoils_nothing_else() {
    let (t, e, x) = lives(4, 800);
    let constant = vec![7.0; 800];
    let sum: Vec<f64> = x[0].iter().zip(&x[1]).map(|(a, b)| a + b).collect();
    let separates: Vec<f64> = e.iter().map(|&e| f64::from(u8::from(e))).collect();
    let fit = cox::fit(&t, &e, &[&x[0], &x[1], &constant, &sum], Ties::Efron).expect("a fit");
    assert_eq!(fit.verdicts[2..], [Verdict::Dependent, Verdict::Dependent]);
    let alone = cox::fit(&t, &e, &[&x[0], &x[1]], Ties::Efron).expect("a fit");
    assert!((fit.coefficients[0] - alone.coefficients[0]).abs() < 1e-6);
    assert!(fit.standard_errors[2].is_nan() && fit.coefficients[2] == 0.0);
    let fit = cox::fit(&t, &e, &[&x[0], &separates], Ties::Efron).expect("a fit");
    assert_eq!(fit.verdicts, [Verdict::Estimated, Verdict::Separates]);
    assert!(fit.coefficients[1] > 1.0 && fit.coefficients[1].is_finite());
    assert!(fit.standard_errors[1].is_finite());
}

#[test]
fn hostile_rows_give_errors_and_never_a_number() {
    let nothing: [f64; 0] = [];
    assert_eq!(kaplan_meier::curve(&nothing, &[], 0.95), Err(SurvivalError::Empty));
    assert_eq!(kaplan_meier::curve(&[1.0], &[], 0.95), Err(SurvivalError::Lengths));
    for bad in [f64::NAN, f64::INFINITY, -1.0] {
        let (t, e) = ([3.0, bad], [true, true]);
        assert_eq!(kaplan_meier::curve(&t, &e, 0.95), Err(SurvivalError::Impossible { index: 1 }));
        assert_eq!(concordance::pairs(&t, &e, &[1.0, 2.0]), Err(SurvivalError::Impossible { index: 1 }));
        assert!(cox::fit(&t, &e, &[&[1.0, 2.0]], Ties::Efron).is_err());
        assert!(cox::fit(&[1.0, 2.0], &e, &[&[1.0, bad * f64::NAN]], Ties::Efron).is_err());
    }
    let one = kaplan_meier::curve(&[5.0], &[true], 0.95).expect("a curve");
    assert_eq!((one.median(), one.survival_at(4.9), one.survival_at(5.0)), (Some(5.0), 1.0, 0.0));
    let none = kaplan_meier::curve(&[5.0, 6.0], &[false, false], 0.95).expect("a curve");
    assert_eq!((none.median(), none.n_events), (None, 0));
    assert_eq!(cox::fit(&[5.0], &[false], &[&[1.0]], Ties::Efron), Err(SurvivalError::NoEvents));
    let alike = cox::fit(&[5.0; 30], &[true; 30], &[&[1.0; 30]], Ties::Efron).expect("an empty fit");
    assert_eq!(alike.verdicts, [Verdict::Dependent]);
    assert_eq!(concordance::pairs(&[5.0; 3], &[true; 3], &[1.0; 3]).expect("counted").index(), None);
    let test = log_rank::test(&[1.0, 2.0], &[true, true], &[0, 0], 3).expect("a test");
    assert_eq!((test.degrees, test.p_value), (0, 1.0));
}
