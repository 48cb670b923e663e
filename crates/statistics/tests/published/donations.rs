//! The donors of Fader, Hardie and Shang (2010): 11,104 people who first gave in 1995, watched for six years.
//!
//! The counts are those of table 1 of the paper; the expectations those of the BG/BB fitter of the Python package lifetimes
//! 0.11.3 on the same counts.

use statistics::lifetime_value::bg_bb;
use statistics::lifetime_value::bg_nbd::Customer;
use statistics::lifetime_value::buying::Buying;

/// (gifts, year of the last one, donors)
const DONORS: [(u32, u32, usize); 22] = [
    (0, 0, 3464),
    (1, 1, 1091),
    (1, 2, 277),
    (1, 3, 129),
    (1, 4, 78),
    (1, 5, 119),
    (1, 6, 129),
    (2, 2, 613),
    (2, 3, 255),
    (2, 4, 155),
    (2, 5, 173),
    (2, 6, 234),
    (3, 3, 322),
    (3, 4, 181),
    (3, 5, 225),
    (3, 6, 357),
    (4, 4, 240),
    (4, 5, 284),
    (4, 6, 512),
    (5, 5, 335),
    (5, 6, 728),
    (6, 6, 1203),
];

fn donor(gifts: u32, last: u32) -> Customer {
    Customer { n_repeat: gifts, recency: f64::from(last), age: 6.0 }
}

fn donors() -> Vec<Customer> {
    DONORS.iter().flat_map(|&(x, last, n)| std::iter::repeat_n(donor(x, last), n)).collect()
}

fn near(found: f64, printed: f64, half_digit: f64) {
    assert!((found - printed).abs() <= half_digit, "{found} is not {printed}");
}

#[test]
fn bg_bb_on_the_donors_has_the_parameters_of_the_paper() {
    let fit = bg_bb::fit(&donors()).expect("the model fits");
    println!("{fit:?}");
    assert_eq!(fit.n_customers, 11_104);
    near(fit.parameters.alpha, 1.204, 0.0006);
    near(fit.parameters.beta, 0.750, 0.0005);
    near(fit.parameters.gamma, 0.657, 0.0005);
    near(fit.parameters.delta, 2.783, 0.0006);
    near(fit.log_likelihood, -33_225.6, 0.05);
}

#[test]
fn gifts_of_the_next_five_years_agree_with_lifetimes() {
    let p = bg_bb::Parameters { alpha: 1.203_522, beta: 0.749_716, gamma: 0.656_718, delta: 2.783_442 };
    for (gifts, last, alive, expected) in [
        (0, 0, 0.116_218_156, 0.072_863_339),
        (1, 3, 0.517_345_654, 0.593_853_315),
        (2, 5, 0.864_709_771, 1.443_042_234),
        (4, 4, 0.215_145_972, 0.583_192_002),
        (6, 6, 1.0, 3.752_544_247),
    ] {
        let donor = donor(gifts, last);
        near(p.probability_alive(&donor), alive, 2e-6);
        near(p.expected_purchases(&donor, 5.0), expected, 5e-6);
        let ahead = p.purchases_ahead(&donor, 5.0);
        near(ahead.probabilities.iter().sum(), 1.0, 1e-12);
        near(ahead.mean(), p.expected_purchases(&donor, 5.0), 1e-12);
    }
}
