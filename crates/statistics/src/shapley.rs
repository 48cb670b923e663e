//! Shapley shares: a fair division of what several brought about together.
//!
//! For few contributors, exactly, over all groups. It divides what the caller says each group is worth, and knows nothing of
//! whether that is true.

/// Contributors beyond which the groups are too many.
pub const MOST_CONTRIBUTORS: usize = 16;

/// Each contributor's share of what all bring together.
///
/// `worth` is asked once for each group, given as bits (bit 0 is the first contributor); the worth of nobody is subtracted.
///
/// Returns `None` for more than [`MOST_CONTRIBUTORS`] or a worth that is not finite.
///
/// **Source.** Shapley, "A value for n-person games" (1953), equation (13).
///
/// ```
/// use statistics::shapley::shares;
/// // One has a left glove, two have a right one; a pair is worth 1.
/// let pairs = |group: u32| f64::from(u8::from(group & 1 != 0 && group & 6 != 0));
/// let found = shares(3, pairs).expect("few");
/// assert!((found[0] - 2.0 / 3.0).abs() < 1e-12 && (found[1] - 1.0 / 6.0).abs() < 1e-12);
/// ```
pub fn shares(n_contributors: usize, worth: impl Fn(u32) -> f64) -> Option<Vec<f64>> {
    if n_contributors > MOST_CONTRIBUTORS {
        return None;
    }
    let worths: Vec<f64> = (0..1u32 << n_contributors).map(worth).collect();
    if worths.iter().any(|w| !w.is_finite()) {
        return None;
    }
    // The weight of joining a group of s: s! (n − s − 1)! / n!, built without large numbers.
    let n = n_contributors as f64;
    let mut weights = vec![1.0 / n.max(1.0); n_contributors];
    for s in 1..n_contributors {
        weights[s] = weights[s - 1] * s as f64 / (n - s as f64);
    }
    let mut found = vec![0.0; n_contributors];
    for (group, before) in (0u32..).zip(&worths) {
        for (i, share) in found.iter_mut().enumerate().filter(|(i, _)| group & (1 << i) == 0) {
            let joined = worths[(group | 1 << i) as usize];
            *share += weights[group.count_ones() as usize] * (joined - before);
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runway_is_paid_for_as_littlechild_and_owen_1973_say() {
        // Costs 1, 3, 6: the first part is shared by three, the second by two, the last paid by one.
        let cost = |group: u32| match group {
            g if g & 4 != 0 => 6.0,
            g if g & 2 != 0 => 3.0,
            g if g & 1 != 0 => 1.0,
            _ => 0.0,
        };
        let found = shares(3, cost).unwrap();
        for (f, e) in found.iter().zip([1.0 / 3.0, 1.0 / 3.0 + 1.0, 1.0 / 3.0 + 1.0 + 3.0]) {
            assert!((f - e).abs() < 1e-12);
        }
    }

    #[test]
    fn shares_sum_to_the_whole_and_equals_get_the_same() {
        let found = shares(5, |g| f64::from(g.count_ones()).powi(2)).unwrap();
        assert!((found.iter().sum::<f64>() - 25.0).abs() < 1e-9);
        assert!(found.iter().all(|s| (s - 5.0).abs() < 1e-9));
    }

    #[test]
    fn nobody_and_too_many_are_no_puzzle() {
        assert_eq!(shares(0, |_| 1.0), Some(Vec::new()));
        assert_eq!(shares(17, |_| 1.0), None);
        assert_eq!(shares(2, |_| f64::NAN), None);
    }
}
