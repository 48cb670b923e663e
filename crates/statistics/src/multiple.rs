//! Correction of p-values where many questions are asked at once.
//!
//! Both methods return adjusted p-values in the order of the input, to be compared with the usual 5 %. A p-value that is
//! NaN (a test that could not be made) stays NaN and does not count as a question.

/// Holm's step-down adjustment: the chance of even one false alarm stays below the level, whatever the dependence.
///
/// **Source.** Holm, "A simple sequentially rejective multiple test procedure" (1979).
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let order = ascending(p_values);
    let mut adjusted = vec![f64::NAN; p_values.len()];
    let mut largest = 0.0f64;
    for (rank, &i) in order.iter().enumerate() {
        let factor = (order.len() - rank) as f64;
        largest = largest.max((factor * p_values[i]).min(1.0));
        adjusted[i] = largest;
    }
    adjusted
}

/// Benjamini and Hochberg's step-up adjustment: the expected share of false alarms among the alarms stays below the level
/// for independent or positively dependent tests.
///
/// **Source.** Benjamini and Hochberg, "Controlling the false discovery rate" (1995).
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let order = ascending(p_values);
    let mut adjusted = vec![f64::NAN; p_values.len()];
    let mut smallest = 1.0f64;
    for (rank, &i) in order.iter().enumerate().rev() {
        let factor = order.len() as f64 / (rank + 1) as f64;
        smallest = smallest.min(factor * p_values[i]);
        adjusted[i] = smallest;
    }
    adjusted
}

/// Places of the p-values that are numbers, smallest first.
fn ascending(p_values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p_values.len()).filter(|&i| !p_values[i].is_nan()).collect();
    order.sort_by(|&i, &j| p_values[i].total_cmp(&p_values[j]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 1e-12, "{found:?} is not {expected:?}");
        }
    }

    #[test]
    fn adjusted_p_values_agree_with_r_p_adjust() {
        // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") and "BH".
        let p = [0.01, 0.04, 0.03, 0.005];
        close(&holm(&p), &[0.03, 0.06, 0.06, 0.02]);
        close(&benjamini_hochberg(&p), &[0.02, 0.04, 0.04, 0.02]);
    }

    #[test]
    fn a_test_that_could_not_be_made_does_not_count() {
        let found = holm(&[0.02, f64::NAN, 0.5]);
        assert!(found[1].is_nan());
        close(&[found[0], found[2]], &[0.04, 0.5]);
        assert!(holm(&[]).is_empty() && benjamini_hochberg(&[]).is_empty());
    }
}
