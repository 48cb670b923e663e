//! Did each arm get as many people as it should? An alarm for a broken assignment.
//!
//! A comparison whose arms have the wrong size is not to be trusted, whatever it shows. This says nothing about why.

use crate::special_functions::incomplete_gamma;

/// Below this p-value the alarm rings: one in a thousand sound experiments rings it too.
pub const ALARM: f64 = 0.001;

/// Observed against planned numbers of people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleRatio {
    pub chi_square: f64,
    /// Arms less one.
    pub degrees: u64,
    /// Probability of a difference this large by chance.
    pub p_value: f64,
}

impl SampleRatio {
    pub fn rings(&self) -> bool {
        self.p_value < ALARM
    }
}

/// Compares the people in each arm with the planned shares.
///
/// **Shape.** One count and one weight for each arm; the weights need not sum to 1.
///
/// Returns `None` for fewer than two arms, different lengths, a weight that is not above 0, or nobody at all.
///
/// **Source.** Pearson's chi-square test; as an alarm: Fabijan et al., "Diagnosing Sample Ratio Mismatch" (2019).
///
/// ```
/// use statistics::sample_ratio::check;
/// assert!(check(&[821_588, 815_482], &[1.0, 1.0]).expect("two arms").rings());
/// assert!(!check(&[5_050, 4_950], &[1.0, 1.0]).expect("two arms").rings());
/// ```
pub fn check(counts: &[u64], weights: &[f64]) -> Option<SampleRatio> {
    let total: u64 = counts.iter().sum();
    let whole: f64 = weights.iter().sum();
    let sound = weights.iter().all(|w| *w > 0.0) && whole.is_finite();
    if counts.len() < 2 || counts.len() != weights.len() || total == 0 || !sound {
        return None;
    }
    let one = |(count, weight): (&u64, &f64)| {
        let expected = total as f64 * weight / whole;
        (*count as f64 - expected).powi(2) / expected
    };
    let chi_square: f64 = counts.iter().zip(weights).map(one).sum();
    let degrees = counts.len() as u64 - 1;
    let p_value = (1.0 - incomplete_gamma(0.5 * degrees as f64, 0.5 * chi_square)).clamp(0.0, 1.0);
    Some(SampleRatio { chi_square, degrees, p_value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    #[test]
    fn p_values_agree_with_scipy_chisquare() {
        // scipy.stats.chisquare([821588, 815482]) and chisquare([520, 240, 240], f_exp=[500, 250, 250]).
        let found = check(&[821_588, 815_482], &[0.5, 0.5]).unwrap();
        assert!(
            (found.chi_square - 22.77436884189436).abs() < 1e-6
                && (found.p_value / 1.8217928726191858e-06 - 1.0).abs() < 1e-6
        );
        let found = check(&[520, 240, 240], &[2.0, 1.0, 1.0]).unwrap();
        assert!((found.p_value - 0.4493289641172217).abs() < 1e-9 && found.degrees == 2);
    }

    #[test]
    fn sound_assignments_ring_about_once_in_a_thousand() {
        let mut g = Generator::from_seed(9);
        let rung = (0..4000).filter(|_| {
            let treated = (0..500).filter(|_| g.uniform() < 0.8).count() as u64;
            check(&[treated, 500 - treated], &[0.8, 0.2]).unwrap().rings()
        });
        assert!(rung.count() < 14);
    }

    #[test]
    fn what_cannot_be_checked_is_none() {
        assert_eq!(check(&[1], &[1.0]), None);
        assert_eq!(check(&[1, 2], &[1.0]), None);
        assert_eq!(check(&[1, 2], &[1.0, 0.0]), None);
        assert_eq!(check(&[1, 2], &[1.0, f64::NAN]), None);
        assert_eq!(check(&[0, 0], &[1.0, 1.0]), None);
    }
}
