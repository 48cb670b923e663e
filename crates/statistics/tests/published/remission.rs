//! The leukaemia patients of Freireich and others (1963): weeks in remission on 6-MP and on placebo.
//!
//! The figures are those that textbooks print for them (Cox 1972; Kalbfleisch and Prentice 1980; Kleinbaum and Klein), with
//! further digits from the Python package lifelines 0.30.3 and R's survival.

use statistics::survival::cox::{self, Ties};
use statistics::survival::{concordance, kaplan_meier, log_rank};

const TREATED: [(f64, bool); 21] = [
    (6.0, true),
    (6.0, true),
    (6.0, true),
    (6.0, false),
    (7.0, true),
    (9.0, false),
    (10.0, true),
    (10.0, false),
    (11.0, false),
    (13.0, true),
    (16.0, true),
    (17.0, false),
    (19.0, false),
    (20.0, false),
    (22.0, true),
    (23.0, true),
    (25.0, false),
    (32.0, false),
    (32.0, false),
    (34.0, false),
    (35.0, false),
];

const PLACEBO: [f64; 21] = [
    1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 5.0, 8.0, 8.0, 8.0, 8.0, 11.0, 11.0, 12.0, 12.0, 15.0, 17.0,
    22.0, 23.0,
];

/// Durations, relapses, and 1 for placebo.
fn patients() -> (Vec<f64>, Vec<bool>, Vec<f64>) {
    let all = TREATED.iter().map(|&(t, e)| (t, e, 0.0)).chain(PLACEBO.iter().map(|&t| (t, true, 1.0)));
    let mut patients = (Vec::new(), Vec::new(), Vec::new());
    for (t, e, placebo) in all {
        patients.0.push(t);
        patients.1.push(e);
        patients.2.push(placebo);
    }
    patients
}

fn near(found: f64, printed: f64, half_digit: f64) {
    assert!((found - printed).abs() <= half_digit, "{found} is not {printed}");
}

#[test]
fn the_curve_of_the_treated_is_that_of_the_textbooks() {
    let (t, e): (Vec<f64>, Vec<bool>) = TREATED.iter().copied().unzip();
    let curve = kaplan_meier::curve(&t, &e, 0.95).expect("a curve");
    for (time, survival, error) in [
        (6.0, 0.857, 0.0764),
        (7.0, 0.807, 0.0869),
        (10.0, 0.753, 0.0963),
        (13.0, 0.690, 0.1068),
        (16.0, 0.627, 0.1141),
        (22.0, 0.538, 0.1282),
        (23.0, 0.448, 0.1346),
    ] {
        let step = curve.steps.iter().find(|s| s.time == time).expect("a relapse at this time");
        near(step.survival, survival, 0.0005);
        near(step.standard_error, error, 0.00006);
    }
    assert_eq!(curve.median(), Some(23.0));
    let placebo = kaplan_meier::curve(&PLACEBO, &[true; 21], 0.95).expect("a curve");
    assert_eq!(placebo.median(), Some(8.0));
    assert_eq!(placebo.survival_at(23.0), 0.0);
}

#[test]
fn the_log_rank_test_is_16_79() {
    let (t, e, placebo) = patients();
    let group: Vec<u32> = placebo.iter().map(|&p| p as u32).collect();
    let test = log_rank::test(&t, &e, &group, 2).expect("a test");
    near(test.chi_square, 16.793, 0.0005);
    near(test.groups[0].expected, 19.25, 0.005);
    near(test.groups[1].expected, 10.75, 0.005);
    assert_eq!((test.groups[0].observed, test.groups[1].observed, test.degrees), (9, 21, 1));
    near(test.p_value, 4.17e-5, 0.01e-5);
}

#[test]
fn the_hazard_of_placebo_agrees_for_both_treatments_of_ties() {
    let (t, e, placebo) = patients();
    let efron = cox::fit(&t, &e, &[&placebo], Ties::Efron).expect("a fit");
    near(efron.coefficients[0], 1.5721, 0.00005);
    near(efron.standard_errors[0], 0.4124, 0.00005);
    let breslow = cox::fit(&t, &e, &[&placebo], Ties::Breslow).expect("a fit");
    near(breslow.coefficients[0], 1.5092, 0.00005);
    near(breslow.standard_errors[0], 0.4096, 0.00005);
    near(breslow.log_likelihood_null, -93.98, 0.01);
    near(breslow.log_likelihood, -86.38, 0.01);
    let both = cox::fit_both(&t, &e, &[&placebo]).expect("fits");
    near(both.0.coefficients[0], efron.coefficients[0], 1e-9);
    near(both.1.coefficients[0], breslow.coefficients[0], 1e-9);
    let index = concordance::pairs(&t, &e, &placebo).expect("pairs").index().expect("known orders");
    near(index, 0.690, 0.0006);
}
