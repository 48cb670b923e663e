//! Linear support vector machines, one for each class against the rest, all fitted in one walk over the texts.
//!
//! Dual coordinate descent for the squared hinge loss (Hsieh, Chang, Lin, Keerthi and Sundararajan, ICML 2008, algorithm 1). The
//! classes are independent problems over the same vectors, so that one pass over a vector serves all of them.

use super::features::Sparse;
use crate::pseudo_random::Generator;

/// Weights of a machine for each class: `weights[place · n_classes + class]`.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    weights: Vec<f32>,
    n_classes: usize,
}

/// Price of an error against the width of the margin.
const PENALTY: f32 = 2.0;
/// Walks over the texts at most.
const N_WALKS: usize = 30;
/// Ends when no gradient in a walk is farther from 0.
const TOLERANCE: f32 = 0.1;

impl Machine {
    /// Fits to vectors and their classes.
    pub(super) fn fit(vectors: &[Sparse], classes: &[u32], n_places: usize, n_classes: usize) -> Machine {
        let mut machine = Machine { weights: vec![0.0; n_places * n_classes], n_classes };
        let mut duals = vec![0.0f32; vectors.len() * n_classes];
        let ridge = 1.0 / (2.0 * PENALTY);
        let curvatures: Vec<f32> =
            vectors.iter().map(|v| ridge + v.iter().map(|(_, x)| x * x).sum::<f32>()).collect();
        let mut order: Vec<usize> = (0..vectors.len()).collect();
        let mut resting = vec![0u8; vectors.len()];
        let mut generator = Generator::from_seed(77);
        let mut scores = vec![0.0f32; n_classes];
        let mut steps = vec![0.0f32; n_classes];
        for walk in 0..N_WALKS {
            generator.shuffle(&mut order);
            let mut farthest = 0.0f32;
            for &i in &order {
                if resting[i] > 0 && walk + 1 < N_WALKS {
                    resting[i] -= 1;
                    continue;
                }
                machine.scores(&vectors[i], &mut scores);
                let duals = &mut duals[i * n_classes..(i + 1) * n_classes];
                let gradient = step(&scores, duals, classes[i] as usize, (ridge, curvatures[i]), &mut steps);
                farthest = farthest.max(gradient);
                if gradient > 1e-3 {
                    machine.add(&vectors[i], &steps);
                }
                // A text that all machines agree on is asked again only after a while.
                resting[i] = if gradient < 0.3 * TOLERANCE { 3 } else { 0 };
            }
            if farthest < TOLERANCE {
                break;
            }
        }
        machine
    }

    /// The score of every class: how far the vector lies on its side of the plane.
    pub(super) fn scores(&self, vector: &Sparse, scores: &mut [f32]) {
        scores.fill(0.0);
        for &(place, x) in vector {
            let from = place as usize * self.n_classes;
            for (score, weight) in scores.iter_mut().zip(&self.weights[from..from + self.n_classes]) {
                *score += x * weight;
            }
        }
    }

    fn add(&mut self, vector: &Sparse, steps: &[f32]) {
        let moved: Vec<(usize, f32)> = steps.iter().copied().enumerate().filter(|(_, s)| *s != 0.0).collect();
        let is_sparse = moved.len() * 8 < self.n_classes;
        for &(place, x) in vector {
            let from = place as usize * self.n_classes;
            let weights = &mut self.weights[from..from + self.n_classes];
            if is_sparse {
                for &(class, step) in &moved {
                    weights[class] += x * step;
                }
            } else {
                for (weight, step) in weights.iter_mut().zip(steps) {
                    *weight += x * step;
                }
            }
        }
    }
}

/// The change of each class's weights along the vector, and the largest projected gradient.
fn step(
    scores: &[f32],
    duals: &mut [f32],
    class: usize,
    (ridge, curvature): (f32, f32),
    steps: &mut [f32],
) -> f32 {
    let mut farthest = 0.0f32;
    for (k, ((score, dual), step)) in scores.iter().zip(duals.iter_mut()).zip(steps.iter_mut()).enumerate() {
        let side = if k == class { 1.0 } else { -1.0 };
        let gradient = side * score - 1.0 + ridge * *dual;
        let projected = if *dual == 0.0 { gradient.min(0.0) } else { gradient };
        *step = 0.0;
        if projected.abs() > 1e-6 {
            let new = (*dual - gradient / curvature).max(0.0);
            *step = (new - *dual) * side;
            *dual = new;
            farthest = farthest.max(projected.abs());
        }
    }
    farthest
}
