//! Two groups compared within strata and pooled by Mantel and Haenszel: is more of one group hit among people who are alike in
//! what the strata hold still?

use crate::distributions::{normal_quantile, normal_upper_tail};
use crate::intervals::Interval;

/// Hits and number of people of both groups in one stratum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stratum {
    pub exposed: (u64, u64),
    pub others: (u64, u64),
}

/// What the strata say together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooled {
    /// How many times as often the exposed were hit, as the others of the same stratum.
    pub risk_ratio: Interval,
    /// Two-sided chance of such a difference where within each stratum there is none; without continuity correction.
    pub p_value: f64,
}

/// The pooled risk ratio with its interval and the test of no difference in any stratum.
///
/// A stratum without people of one of the groups says nothing and is passed over. None where nothing remains, or where one
/// group was never hit, so that there is no ratio.
///
/// **Units.** `level` is the probability with which the interval holds.
///
/// **Source.** Mantel and Haenszel, "Statistical aspects of the analysis of data from retrospective studies" (1959), for the
/// test; Greenland and Robins, "Estimation of a common effect parameter from sparse follow-up data" (1985), equations 3 and 4
/// for the ratio and the variance of its logarithm.
pub fn mantel_haenszel(strata: &[Stratum], level: f64) -> Option<Pooled> {
    let (mut surplus, mut variance) = (0.0, 0.0);
    let (mut above, mut below, mut spread) = (0.0, 0.0, 0.0);
    for stratum in strata {
        let [x1, n1] = [stratum.exposed.0, stratum.exposed.1].map(|n| n as f64);
        let [x0, n0] = [stratum.others.0, stratum.others.1].map(|n| n as f64);
        if n1 == 0.0 || n0 == 0.0 {
            continue;
        }
        let (n, hits) = (n1 + n0, x1 + x0);
        surplus += x1 - n1 * hits / n;
        // The product of four large counts stays far below what a float can hold.
        variance += n1 / n * (n0 / n) * hits * (n - hits) / (n - 1.0);
        above += x1 * n0 / n;
        below += x0 * n1 / n;
        spread += n1 / n * (n0 / n) * hits - x1 * x0 / n;
    }
    if above <= 0.0 || below <= 0.0 || variance <= 0.0 {
        return None;
    }
    let ratio = above / below;
    let half = normal_quantile(0.5 + 0.5 * level) * (spread / (above * below)).sqrt();
    let risk_ratio = Interval { estimate: ratio, low: ratio * (-half).exp(), high: ratio * half.exp() };
    let p_value = (2.0 * normal_upper_tail(surplus.abs() / variance.sqrt())).min(1.0);
    Some(Pooled { risk_ratio, p_value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stratum(exposed: (u64, u64), others: (u64, u64)) -> Stratum {
        Stratum { exposed, others }
    }

    #[test]
    fn the_admissions_of_berkeley_agree_with_the_reference_program() {
        // Men and women admitted in 1973 by department (Bickel, Hammel and O'Connell); statsmodels' StratifiedTable.
        let departments = [
            stratum((512, 825), (89, 108)),
            stratum((353, 560), (17, 25)),
            stratum((120, 325), (202, 593)),
            stratum((138, 417), (131, 375)),
            stratum((53, 191), (94, 393)),
            stratum((22, 373), (24, 341)),
        ];
        let pooled = mantel_haenszel(&departments, 0.95).unwrap();
        assert!((pooled.risk_ratio.estimate - 0.944905022595929).abs() < 1e-12);
        assert!((pooled.p_value - 0.21692369705551817).abs() < 1e-9);
        let half = (pooled.risk_ratio.high / pooled.risk_ratio.estimate).ln();
        assert!((half - 1.959963984540054 * 0.04422399443924982).abs() < 1e-9);
    }

    #[test]
    fn strata_without_one_of_the_groups_say_nothing_and_none_is_no_answer() {
        let one = [stratum((30, 100), (20, 100))];
        let with_empty = [one[0], stratum((9, 9), (0, 0)), stratum((0, 0), (5, 50))];
        assert_eq!(mantel_haenszel(&one, 0.9), mantel_haenszel(&with_empty, 0.9));
        assert_eq!(mantel_haenszel(&[], 0.95), None);
        assert_eq!(mantel_haenszel(&[stratum((0, 50), (3, 50))], 0.95), None);
        assert_eq!(mantel_haenszel(&[stratum((1, 1), (0, 0))], 0.95), None);
        let all = mantel_haenszel(&[stratum((u64::MAX / 4, u64::MAX / 2), (1, 2))], 0.95);
        assert!(all.is_none_or(|pooled| pooled.p_value.is_finite()));
    }
}
