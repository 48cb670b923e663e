//! What an experiment comes to, worked out here from what the same people did: the check of the product's arithmetic on the
//! very sample, in which the luck of the draw has no part.

use super::METRICS;
use super::seed::{PRE_DAYS, Running};
use crate::history::Status;
use crate::world::{Outcome, World};
use std::collections::HashMap;

/// Below this correlation with the pre-period the product leaves the difference as it is.
const LEAST_CORRELATION: f64 = 0.1;

/// People of one arm: what each did in the window, and before it.
struct Arm {
    now: Vec<f64>,
    before: Vec<f64>,
}

/// Sums of one arm around its means.
struct Sums {
    n: f64,
    now: f64,
    before: f64,
    /// Squares of the pre-period, its products with the outcome, squares of the outcome.
    squares: [f64; 3],
}

/// The difference of means, adjusted by the pre-period with one slope for both arms.
pub(super) fn estimate(world: &World, running: &Running, did: &HashMap<u32, Outcome>, metric: &str) -> f64 {
    let [treated, held] = arms(world, running, did, metric).map(|arm| arm.sums());
    let [xx, xy, yy]: [f64; 3] = std::array::from_fn(|at| treated.squares[at] + held.squares[at]);
    let plain = treated.now - held.now;
    if xx > 0.0 && (xy / (xx * yy).sqrt()).abs() >= LEAST_CORRELATION {
        plain - xy / xx * (treated.before - held.before)
    } else {
        plain
    }
}

/// The width of the plain 95 % interval of a difference of means (Welch).
pub(super) fn welch_width(
    world: &World,
    running: &Running,
    did: &HashMap<u32, Outcome>,
    metric: &str,
) -> Option<f64> {
    let squared = arms(world, running, did, metric).map(|arm| {
        let sums = arm.sums();
        sums.squares[2] / (sums.n - 1.0) / sums.n
    });
    let error = (squared[0] + squared[1]).sqrt();
    (error > 0.0).then_some(2.0 * 1.959_964 * error)
}

/// Who was treated, and who was held out.
fn arms(world: &World, running: &Running, did: &HashMap<u32, Outcome>, metric: &str) -> [Arm; 2] {
    let experiment = &world.experiments()[running.felt as usize];
    let mut arms = [Arm { now: Vec::new(), before: Vec::new() }, Arm { now: Vec::new(), before: Vec::new() }];
    for person in experiment.people() {
        let arm = &mut arms[usize::from(!running.treated.contains(&person))];
        arm.now.push(value(&did.get(&person).copied().unwrap_or_default(), metric));
        arm.before.push(value(&before(world, person, experiment.launched), metric));
    }
    arms
}

/// What somebody did in the days before the launch.
fn before(world: &World, person: u32, launched: u32) -> Outcome {
    let mut outcome = Outcome::default();
    for order in world.company().history(person).orders {
        if order.day + PRE_DAYS < launched || order.status == Status::Cancelled {
            continue;
        }
        outcome.n_orders += u32::from(order.status == Status::Completed);
        outcome.revenue_minor += order.lines.iter().map(|line| line.amount_minor()).sum::<i64>();
    }
    outcome
}

fn value(outcome: &Outcome, metric: &str) -> f64 {
    if metric == METRICS[0] { f64::from(outcome.n_orders) } else { outcome.revenue_minor as f64 }
}

impl Arm {
    fn sums(&self) -> Sums {
        let n = self.now.len() as f64;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
        let (now, before) = (mean(&self.now), mean(&self.before));
        let mut squares = [0.0; 3];
        for (y, x) in self.now.iter().zip(&self.before) {
            let (dy, dx) = (y - now, x - before);
            squares[0] += dx * dx;
            squares[1] += dx * dy;
            squares[2] += dy * dy;
        }
        Sums { n, now, before, squares }
    }
}
