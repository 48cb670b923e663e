//! Qini and uplift curves, and the areas under them.

/// (people taken, gain), from (0, 0) to everybody.
pub type Curve = Vec<(f64, f64)>;

/// How well a score ranks people by what the action does to them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranking {
    /// Area between the Qini curve and the straight line, as a share of that of the best possible order.
    pub qini: f64,
    /// The same for the uplift curve.
    pub auuc: f64,
    /// Difference of the arms' shares among the tenths with the highest scores: 30 % of either arm by its own order.
    pub at_30: f64,
}

/// People in groups of equal score, the highest first: (treated, hits of the treated, held out, hits of the held out), summed up.
fn cumulated(scores: &[f64], hits: &[bool], treated: &[bool]) -> Vec<[f64; 4]> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let mut sums = [0.0; 4];
    let mut found = Vec::new();
    for group in order.chunk_by(|a, b| scores[*a] == scores[*b]) {
        for person in group {
            let place = if treated[*person] { 0 } else { 2 };
            sums[place] += 1.0;
            sums[place + 1] += f64::from(u8::from(hits[*person]));
        }
        found.push(sums);
    }
    found
}

/// What is gained among the people with the highest scores, counted in hits: hits of the treated less the hits of the held out,
/// blown up to as many people as were treated.
///
/// **Source.** Radcliffe, "Using control groups to target on predicted lift" (2007).
pub fn qini_curve(scores: &[f64], hits: &[bool], treated: &[bool]) -> Curve {
    let gain = |[n, y, m, z]: [f64; 4]| y - z * if m > 0.0 { n / m } else { 0.0 };
    curve(cumulated(scores, hits, treated), gain)
}

/// What is gained among the people with the highest scores: the difference of the arms' shares, times all people taken.
///
/// **Source.** Gutierrez and Gérardy, "Causal inference and uplift modelling: a review of the literature" (2017), equation (3).
pub fn uplift_curve(scores: &[f64], hits: &[bool], treated: &[bool]) -> Curve {
    let share = |hits: f64, n: f64| if n > 0.0 { hits / n } else { 0.0 };
    let gain = |[n, y, m, z]: [f64; 4]| (share(y, n) - share(z, m)) * (n + m);
    curve(cumulated(scores, hits, treated), gain)
}

fn curve(sums: Vec<[f64; 4]>, gain: impl Fn([f64; 4]) -> f64) -> Curve {
    std::iter::once((0.0, 0.0)).chain(sums.into_iter().map(|s| (s[0] + s[2], gain(s)))).collect()
}

fn area(curve: &Curve) -> f64 {
    curve.windows(2).map(|w| 0.5 * (w[0].1 + w[1].1) * (w[1].0 - w[0].0)).sum()
}

/// Area above the straight line from nobody to everybody.
fn above_the_line(curve: &Curve) -> f64 {
    let last = curve.last().copied().unwrap_or((0.0, 0.0));
    area(curve) - 0.5 * last.0 * last.1
}

/// Judges a score by people that its model has not seen.
///
/// **Shape.** One score, one hit and one arm for each person. Returns `None` for an empty arm, different lengths, a score that is
/// not a number, or where no order is better than another.
///
/// **Source.** Coefficients as shares of the best possible curve, as `qini_auc_score` and `uplift_auc_score` of scikit-uplift 0.5
/// (negative effects allowed).
///
/// ```
/// use statistics::uplift::rank;
/// let (hits, treated) = ([true, false, false, true], [true, true, false, false]);
/// // The best order: who bought because of the action first, who was kept from buying last.
/// let best = rank(&[4.0, 3.0, 2.0, 1.0], &hits, &treated).expect("both arms");
/// assert!((best.qini - 1.0).abs() < 1e-12);
/// ```
pub fn rank(scores: &[f64], hits: &[bool], treated: &[bool]) -> Option<Ranking> {
    let n_treated = treated.iter().filter(|t| **t).count();
    let sound =
        scores.len() == hits.len() && hits.len() == treated.len() && scores.iter().all(|s| !s.is_nan());
    if !sound || n_treated == 0 || n_treated == treated.len() {
        return None;
    }
    let people = || hits.iter().zip(treated);
    let number = |b: bool| f64::from(u8::from(b));
    let best_qini: Vec<f64> = people().map(|(h, t)| number(*h && *t) - number(*h && !*t)).collect();
    let n_control_hits = people().filter(|(h, t)| **h && !**t).count();
    let n_treated_misses = people().filter(|(h, t)| !**h && **t).count();
    let by_hits = n_control_hits > n_treated_misses;
    let best_uplift: Vec<f64> =
        people().map(|(h, t)| 2.0 * number(h == t) + number(if by_hits { *h } else { *t })).collect();
    let share = |found: f64, best: f64| (best.abs() > 1e-12).then(|| found / best);
    let of = |curve: fn(&[f64], &[bool], &[bool]) -> Curve, best: &[f64]| {
        share(above_the_line(&curve(scores, hits, treated)), above_the_line(&curve(best, hits, treated)))
    };
    let at_30 = at_share(scores, hits, treated, 0.3);
    Some(Ranking { qini: of(qini_curve, &best_qini)?, auuc: of(uplift_curve, &best_uplift)?, at_30 })
}

/// Difference of the shares among the highest scores of each arm.
fn at_share(scores: &[f64], hits: &[bool], treated: &[bool], share: f64) -> f64 {
    let of_arm = |arm: bool| {
        let mut people: Vec<usize> = (0..scores.len()).filter(|p| treated[*p] == arm).collect();
        people.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        let n = ((people.len() as f64 * share) as usize).max(1);
        people[..n].iter().filter(|p| hits[**p]).count() as f64 / n as f64
    };
    of_arm(true) - of_arm(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    #[test]
    fn coefficients_agree_with_scikit_uplift() {
        // sklift.metrics on 40 people: score (7·i mod 11)/11, treated i mod 3 ≠ 0, hit where (i·i + 3·i) mod 7 < 3.
        let scores: Vec<f64> = (0..40).map(|i| f64::from(7 * i % 11) / 11.0).collect();
        let treated: Vec<bool> = (0..40).map(|i| i % 3 != 0).collect();
        let hits: Vec<bool> = (0..40).map(|i| (i * i + 3 * i) % 7 < 3).collect();
        let found = rank(&scores, &hits, &treated).unwrap();
        let expected = SKLIFT;
        for (a, b) in [found.qini, found.auuc].iter().zip(expected) {
            assert!((a - b).abs() < 1e-12, "{a} {b}");
        }
    }

    const SKLIFT: [f64; 2] = [0.16830422125181954, 0.180331701205636];

    #[test]
    fn a_score_that_says_nothing_has_an_area_near_0() {
        let mut g = Generator::from_seed(4);
        let n = 40_000;
        let treated: Vec<bool> = (0..n).map(|_| g.uniform() < 0.5).collect();
        let hits: Vec<bool> = treated.iter().map(|t| g.uniform() < if *t { 0.15 } else { 0.1 }).collect();
        let noise: Vec<f64> = (0..n).map(|_| g.uniform()).collect();
        let found = rank(&noise, &hits, &treated).unwrap();
        assert!(found.qini.abs() < 0.02 && (found.at_30 - 0.05).abs() < 0.02, "{found:?}");
    }

    #[test]
    fn what_cannot_be_ranked_is_none() {
        assert_eq!(rank(&[], &[], &[]), None);
        assert_eq!(rank(&[1.0, 2.0], &[true, false], &[true, true]), None);
        assert_eq!(rank(&[1.0, f64::NAN], &[true, false], &[true, false]), None);
        assert_eq!(rank(&[1.0, 2.0], &[false, false], &[true, false]), None);
    }
}
