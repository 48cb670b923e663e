//! Models of what an action does to each person.

use crate::scoring::design::{Design, Seen};
use crate::scoring::{Column, logistic, probability};

/// How the difference for a person is learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// One model for the treated, one for the held out; the difference of their probabilities.
    TwoModels,
    /// One regression on an outcome that has the difference as its mean.
    TransformedOutcome,
    /// One model of "treated and hit, or neither": for arms of about equal size only.
    ClassTransformation,
}

/// Shares treated at which arms count as equal.
const EQUAL_ARMS: std::ops::RangeInclusive<f64> = 0.45..=0.55;

/// Precision of the prior on a weight of a scaled number.
const RIDGE: f64 = 1.0;

/// The difference that the action is expected to make to each of `people`, learnt from the people `learn`.
///
/// **Shape.** `hits` and `treated` have an entry for each row of the columns. **Units.** Difference of probabilities.
///
/// Returns `None` where an arm of `learn` has only hits or only misses, or the equations cannot be solved.
///
/// **Source.** Two models: Hansotia and Rukstales (2002). Transformed outcome y·(t − e)/(e(1 − e)), e the share treated: Athey and
/// Imbens, "Machine learning methods for estimating heterogeneous causal effects" (2015), section 3.2. Class transformation:
/// Jaskowski and Jaroszewicz, "Uplift modeling for clinical trial data" (2012).
pub fn predict(
    method: Method,
    columns: &[Column<'_>],
    hits: &[bool],
    treated: &[bool],
    learn: &[u32],
    people: &[u32],
) -> Option<Vec<f64>> {
    let (with, without): (Vec<u32>, Vec<u32>) = learn.iter().partition(|p| treated[**p as usize]);
    match method {
        Method::TwoModels => {
            let told =
                |rows: &[u32]| Some(logistic::fit(columns, hits, rows, RIDGE)?.scores(columns, people));
            let (a, b) = (told(&with)?, told(&without)?);
            Some(a.iter().zip(&b).map(|(a, b)| probability(*a) - probability(*b)).collect())
        }
        Method::TransformedOutcome => {
            let share = with.len() as f64 / learn.len().max(1) as f64;
            if !(share > 0.0 && share < 1.0) {
                return None;
            }
            let of = |person: u32| match (hits[person as usize], treated[person as usize]) {
                (false, _) => 0.0,
                (true, true) => 1.0 / share,
                (true, false) => -1.0 / (1.0 - share),
            };
            let design = Design::of(columns, hits, learn);
            let outcomes: Vec<f64> = learn.iter().map(|p| of(*p)).collect();
            linear(&design, columns, learn, &outcomes, people)
        }
        Method::ClassTransformation => {
            let share = with.len() as f64 / learn.len().max(1) as f64;
            if !EQUAL_ARMS.contains(&share) {
                return None;
            }
            let agrees: Vec<bool> = hits.iter().zip(treated).map(|(h, t)| h == t).collect();
            let scores = logistic::fit(columns, &agrees, learn, RIDGE)?.scores(columns, people);
            Some(scores.into_iter().map(|s| 2.0 * probability(s) - 1.0).collect())
        }
    }
}

/// Ridge regression by the normal equations; the terms have mean 0, so that the intercept is the mean.
fn linear(
    design: &Design,
    columns: &[Column<'_>],
    learn: &[u32],
    outcomes: &[f64],
    people: &[u32],
) -> Option<Vec<f64>> {
    let n = design.n_terms();
    let mean = outcomes.iter().sum::<f64>() / outcomes.len() as f64;
    let variance = outcomes.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / outcomes.len() as f64;
    let (mut matrix, mut right, mut terms) = (vec![0.0; n * n], vec![0.0; n], vec![0.0; n]);
    for (person, y) in learn.iter().zip(outcomes) {
        design.fill(columns, *person as usize, Seen::InTraining, &mut terms);
        for (i, a) in terms.iter().enumerate() {
            right[i] += a * (y - mean);
            terms[..=i].iter().zip(&mut matrix[i * n..=i * n + i]).for_each(|(b, m)| *m += a * b);
        }
    }
    // The same prior as for log-odds, in units of this outcome's noise.
    (0..n).for_each(|i| matrix[i * n + i] += RIDGE * variance.max(1e-9));
    let weights = logistic::solve(&mut matrix, &right, n)?;
    let told = |person: &u32| {
        design.fill(columns, *person as usize, Seen::Never, &mut terms);
        mean + terms.iter().zip(&weights).map(|(t, w)| t * w).sum::<f64>()
    };
    Some(people.iter().map(told).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;
    use crate::uplift::rank;

    #[test]
    fn both_models_find_whom_the_action_moves() {
        let mut g = Generator::from_seed(6);
        let n = 30_000;
        let moved: Vec<f64> = (0..n).map(|_| g.normal()).collect();
        let busy: Vec<f64> = (0..n).map(|_| g.normal()).collect();
        let treated: Vec<bool> = (0..n).map(|_| g.uniform() < 0.6).collect();
        let effect = |x: f64| 0.06 * x.max(0.0);
        let hits: Vec<bool> = (0..n)
            .map(|i| {
                g.uniform() < 0.1 + 0.03 * busy[i].tanh() + if treated[i] { effect(moved[i]) } else { 0.0 }
            })
            .collect();
        let columns = [Column::Numbers(&moved), Column::Numbers(&busy)];
        let (learn, people): (Vec<u32>, Vec<u32>) = (0..n as u32).partition(|p| p % 2 == 0);
        let pick = |all: &[bool]| people.iter().map(|p| all[*p as usize]).collect::<Vec<bool>>();
        let truth: Vec<f64> = people.iter().map(|p| effect(moved[*p as usize])).collect();
        let best = rank(&truth, &pick(&hits), &pick(&treated)).unwrap();
        for method in [Method::TwoModels, Method::TransformedOutcome] {
            let told = predict(method, &columns, &hits, &treated, &learn, &people).unwrap();
            let found = rank(&told, &pick(&hits), &pick(&treated)).unwrap();
            assert!(found.qini > 0.7 * best.qini && found.auuc > 0.0, "{method:?} {found:?} {best:?}");
            let mean = told.iter().sum::<f64>() / told.len() as f64;
            assert!((mean - 0.024).abs() < 0.012, "{method:?} {mean}");
        }
    }

    #[test]
    fn what_cannot_be_learnt_is_none() {
        let x = [1.0, 2.0, 3.0, 4.0];
        let columns = [Column::Numbers(&x)];
        let of = |method, hits: [bool; 4], treated: [bool; 4]| {
            predict(method, &columns, &hits, &treated, &[0, 1, 2, 3], &[0])
        };
        assert_eq!(of(Method::TwoModels, [false; 4], [true, true, false, false]), None);
        for method in [Method::TransformedOutcome, Method::ClassTransformation] {
            assert_eq!(of(method, [true, false, true, false], [true; 4]), None);
        }
    }
}
