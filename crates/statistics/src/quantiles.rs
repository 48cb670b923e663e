//! Quantiles of a whole column and what lies far outside of it.
//!
//! Describes what is there; it does not say that a value far out is wrong.

/// The quantiles of values at shares from 0 to 1, interpolated between neighbours; the order of the values is changed.
///
/// **Units.** Those of the values. **Shape.** One result for each share, ascending shares; empty without values. NaN must not
/// be among them.
///
/// **Source.** Hyndman and Fan, "Sample quantiles in statistical packages" (1996), definition 7 (the default of R and NumPy).
///
/// ```
/// use statistics::quantiles::quantiles;
/// assert_eq!(quantiles(&mut [4.0, 1.0, 3.0, 2.0], &[0.0, 0.25, 0.5, 1.0]), [1.0, 1.75, 2.5, 4.0]);
/// ```
pub fn quantiles(values: &mut [f64], shares: &[f64]) -> Vec<f64> {
    let Some(last) = values.len().checked_sub(1) else { return Vec::new() };
    let mut sorted_to = 0;
    let mut place = |values: &mut [f64], rank: usize| {
        // What lies below was put in its place by an earlier share.
        if rank >= sorted_to {
            values[sorted_to..].select_nth_unstable_by(rank - sorted_to, f64::total_cmp);
            sorted_to = rank + 1;
        }
        values[rank]
    };
    shares
        .iter()
        .map(|share| {
            let at = share.clamp(0.0, 1.0) * last as f64;
            let (below, part) = (at.floor() as usize, at.fract());
            let low = place(values, below);
            if part == 0.0 { low } else { low + part * (place(values, below + 1) - low) }
        })
        .collect()
}

/// Values beyond the fences of Tukey.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outliers {
    /// Below and above this a value lies outside: quartiles ∓ 1.5 times their distance.
    pub fences: (f64, f64),
    /// How many lie below and above.
    pub n: (u64, u64),
    /// How many lie far out: beyond 3 times the distance.
    pub n_far: u64,
}

/// Counts the values beyond the fences that the quartiles set.
///
/// **Source.** Tukey, "Exploratory Data Analysis" (1977), section 2D.
pub fn outliers(values: &[f64], quartiles: (f64, f64)) -> Outliers {
    let distance = quartiles.1 - quartiles.0;
    let fences = (quartiles.0 - 1.5 * distance, quartiles.1 + 1.5 * distance);
    let far = (quartiles.0 - 3.0 * distance, quartiles.1 + 3.0 * distance);
    let (mut n, mut n_far) = ((0, 0), 0);
    for &value in values {
        n.0 += u64::from(value < fences.0);
        n.1 += u64::from(value > fences.1);
        n_far += u64::from(value < far.0 || value > far.1);
    }
    Outliers { fences, n, n_far }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intervals::sorted_quantile;
    use crate::pseudo_random::Generator;

    #[test]
    fn quantiles_are_those_of_sorted_values() {
        let mut g = Generator::from_seed(3);
        for n in [1, 2, 3, 10, 501] {
            let mut values: Vec<f64> = (0..n).map(|_| g.below(40) as f64 - 7.0).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let shares = [0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0];
            let expected: Vec<f64> = shares.iter().map(|share| sorted_quantile(&sorted, *share)).collect();
            assert_eq!(quantiles(&mut values, &shares), expected);
        }
        assert!(quantiles(&mut [], &[0.5]).is_empty());
    }

    #[test]
    fn a_value_far_away_lies_outside_and_equal_values_do_not() {
        let mut values: Vec<f64> = (0..100).map(f64::from).chain([1e6, -400.0]).collect();
        let quartiles = quantiles(&mut values, &[0.25, 0.75]);
        let found = outliers(&values, (quartiles[0], quartiles[1]));
        assert_eq!((found.n, found.n_far), ((1, 1), 2));
        assert_eq!(outliers(&[5.0; 9], (5.0, 5.0)).n, (0, 0));
    }
}
