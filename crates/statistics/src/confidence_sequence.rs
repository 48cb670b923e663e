//! Intervals for looks without a plan: together they hold the truth, however often and for whatever reason somebody looks.
//!
//! Wider than those of [`crate::always_valid`], which know the end of the experiment. For estimates that are means over many
//! people; below some hundred people the normal approximation is rough.

/// How many standard errors the interval reaches after `n` people, tuned to be narrowest at about `n_tuned`.
///
/// Returns `None` for nobody, or a level outside (0, 1).
///
/// **Source.** Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
/// sequences" (2024), theorem 2.2 and equation (13); the mixture is Robbins (1970).
///
/// ```
/// use statistics::confidence_sequence::reach;
/// let tuned = reach(10_000, 10_000, 0.95).expect("people");
/// assert!(tuned > 2.5 && tuned < 3.2);
/// assert!(reach(100, 10_000, 0.95) > reach(5_000, 10_000, 0.95));
/// ```
pub fn reach(n: u64, n_tuned: u64, level: f64) -> Option<f64> {
    if n == 0 || n_tuned == 0 || !(level > 0.0 && level < 1.0) {
        return None;
    }
    let alpha = 1.0 - level;
    let spread = (-2.0 * alpha.ln() + (-2.0 * alpha.ln()).ln() + 1.0) / n_tuned as f64;
    let grown = n as f64 * spread;
    Some((2.0 * (grown + 1.0) / grown * ((grown + 1.0).sqrt() / alpha).ln()).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    #[test]
    fn a_watcher_who_looks_after_every_person_is_misled_at_most_as_often_as_it_says() {
        let mut g = Generator::from_seed(9);
        let mut misled = 0;
        for _ in 0..400 {
            let mut sum = 0.0;
            let mut ever = false;
            for n in 1..=3_000u64 {
                sum += g.normal();
                let z = sum / (n as f64).sqrt();
                ever |= z.abs() > reach(n, 1_000, 0.9).unwrap();
            }
            misled += u32::from(ever);
        }
        assert!(misled <= 52, "{misled} of 400");
    }

    #[test]
    fn what_has_no_interval_is_none() {
        assert_eq!(reach(0, 10, 0.95), None);
        assert_eq!(reach(10, 0, 0.95), None);
        assert_eq!(reach(10, 10, 1.0), None);
    }
}
