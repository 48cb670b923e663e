//! The log-rank test: do several groups end at the same rate?
//!
//! It weighs all times equally, so that it sees best a difference that lasts; where curves cross it may see nothing.
//!
//! **Source.** Mantel (1966); Peto and Peto (1972); Kalbfleisch and Prentice (1980), section 1.4.

use super::{SurvivalError, check};
use crate::distributions::chi_square_upper_tail;

/// One group's events beside what would be expected if all groups were alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// Rows of the group.
    pub n: u64,
    /// Events that happened.
    pub observed: u64,
    /// Events expected.
    pub expected: f64,
}

/// The result of the test.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// By number of group.
    pub groups: Vec<Group>,
    /// Chi-square statistic.
    pub chi_square: f64,
    /// Its degrees of freedom: groups with anybody at risk, less one.
    pub degrees: usize,
    /// Probability of such a difference or a greater one if the groups were alike.
    pub p_value: f64,
}

/// Compares the groups.
///
/// **Shape.** `group[i]` is the number of the group of row i, below `n_groups`.
///
/// **Errors** as for [`super::kaplan_meier::curve`], and [`SurvivalError::NoEvents`]; [`SurvivalError::Impossible`] for a
/// group number that is not below `n_groups`.
pub fn test(
    durations: &[f64],
    events: &[bool],
    group: &[u32],
    n_groups: usize,
) -> Result<Test, SurvivalError> {
    check(durations, events)?;
    if group.len() != durations.len() {
        return Err(SurvivalError::Lengths);
    }
    if let Some(index) = group.iter().position(|&g| g as usize >= n_groups) {
        return Err(SurvivalError::Impossible { index });
    }
    let mut order: Vec<u32> = (0..durations.len() as u32).collect();
    order.sort_unstable_by(|&i, &j| durations[i as usize].total_cmp(&durations[j as usize]));
    let mut groups = vec![Group { n: 0, observed: 0, expected: 0.0 }; n_groups];
    for (&g, &event) in group.iter().zip(events) {
        groups[g as usize].n += 1;
        groups[g as usize].observed += u64::from(event);
    }
    if groups.iter().all(|g| g.observed == 0) {
        return Err(SurvivalError::NoEvents);
    }
    let mut at_risk: Vec<f64> = groups.iter().map(|g| g.n as f64).collect();
    let mut variance = vec![0.0; n_groups * n_groups];
    let mut here = vec![(0.0, 0.0); n_groups];
    for same in order.chunk_by(|&i, &j| durations[i as usize] == durations[j as usize]) {
        here.fill((0.0, 0.0));
        for &i in same {
            let of = &mut here[group[i as usize] as usize];
            of.0 += f64::from(u8::from(events[i as usize]));
            of.1 += 1.0;
        }
        add_time(&mut groups, &mut variance, &at_risk, here.iter().map(|h| h.0).sum());
        for (n, (_, gone)) in at_risk.iter_mut().zip(&here) {
            *n -= gone;
        }
    }
    Ok(judged(groups, &variance))
}

/// Adds the expectation and the hypergeometric covariance of one time with `d` events.
fn add_time(groups: &mut [Group], variance: &mut [f64], at_risk: &[f64], d: f64) {
    let n: f64 = at_risk.iter().sum();
    if d == 0.0 || n == 0.0 {
        return;
    }
    let spread = if n > 1.0 { d * (n - d) / (n - 1.0) } else { 0.0 };
    let k = groups.len();
    for g in 0..k {
        let share = at_risk[g] / n;
        groups[g].expected += d * share;
        if share == 0.0 {
            continue;
        }
        for h in 0..k {
            let own = if g == h { 1.0 } else { 0.0 };
            variance[g * k + h] += spread * share * (own - at_risk[h] / n);
        }
    }
}

/// The quadratic form of observed − expected in the inverse of its covariance, one group left out.
fn judged(groups: Vec<Group>, variance: &[f64]) -> Test {
    let k = groups.len();
    let used: Vec<usize> = (0..k).filter(|&g| variance[g * k + g] > 1e-12).collect();
    let used = &used[..used.len().saturating_sub(1)];
    let apart: Vec<f64> = used.iter().map(|&g| groups[g].observed as f64 - groups[g].expected).collect();
    let matrix: Vec<f64> =
        used.iter().flat_map(|&g| used.iter().map(move |&h| variance[g * k + h])).collect();
    let solved = crate::matrices::solve_positive(&matrix, &apart);
    let chi_square = solved.map_or(0.0, |x| x.iter().zip(&apart).map(|(a, b)| a * b).sum::<f64>());
    let p_value = if used.is_empty() { 1.0 } else { chi_square_upper_tail(chi_square, used.len() as f64) };
    Test { groups, chi_square, degrees: used.len(), p_value }
}
