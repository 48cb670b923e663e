//! The comparison of two arms by the kind of the metric: shares, means with or without the pre-period, ratios.

use super::outcomes::ArmFigures;
use crate::plan::metrics::Kind;
use statistics::cuped::{self, LEAST_CORRELATION};
use statistics::effects::{self, Contrast, FEWEST_OUTCOMES};
use statistics::moments::Moments;

/// Hits and misses that an arm must have for a share to be treated as a mean (which the pre-period needs).
const FEWEST_FOR_A_MEAN: f64 = 30.0;

/// What two arms did, and how that was compared.
pub(super) struct Compared {
    pub(super) mean_treated: Option<f64>,
    pub(super) mean_holdout: Option<f64>,
    /// None where too little happened.
    pub(super) contrast: Option<Contrast>,
    /// What each unit counts as in the error: treated, held out.
    pub(super) parts: (Vec<f64>, Vec<f64>),
    pub(super) method: String,
}

/// Both arms of one thing that was asked.
pub(super) struct Pair {
    pub(super) treated: ArmFigures,
    pub(super) held_out: ArmFigures,
}

/// Compares two arms; `before` is the same metric in the pre-period.
pub(super) fn compare(kind: Kind, now: &Pair, before: Option<&Pair>) -> Compared {
    let is_grouped = now.treated.sizes.is_some();
    match kind {
        Kind::Sum | Kind::Binary if is_grouped => by_group(now),
        Kind::Sum | Kind::Binary => by_person(kind, now, before),
        Kind::Ratio | Kind::Snapshot => by_ratio(
            &pairs(&now.treated.numerator, &now.treated.denominator),
            &pairs(&now.held_out.numerator, &now.held_out.denominator),
            "ratio of sums, delta method",
        ),
    }
}

fn by_person(kind: Kind, now: &Pair, before: Option<&Pair>) -> Compared {
    let (y_a, y_b) = (&now.treated.numerator, &now.held_out.numerator);
    let plain = (Moments::of(y_a), Moments::of(y_b));
    let mean = |moments: &Moments| (moments.n() > 0).then(|| moments.mean());
    let mut compared = Compared {
        mean_treated: mean(&plain.0),
        mean_holdout: mean(&plain.1),
        contrast: None,
        parts: (y_a.clone(), y_b.clone()),
        method: String::new(),
    };
    let line = before
        .filter(|_| kind == Kind::Sum || [&plain.0, &plain.1].into_iter().all(has_both))
        .and_then(|before| {
            let arm = |outcome, before| cuped::Arm { outcome, before };
            let (a, b) = (arm(y_a, &before.treated.numerator), arm(y_b, &before.held_out.numerator));
            cuped::fit(a, b).map(|line| (line, before))
        })
        .filter(|(line, _)| line.correlation.abs() >= LEAST_CORRELATION);
    if let Some((line, before)) = &line {
        let adjust = |y: &mut Vec<f64>, x: &[f64]| {
            y.iter_mut().zip(x).for_each(|(y, x)| *y = line.adjust(*y, *x));
        };
        adjust(&mut compared.parts.0, &before.treated.numerator);
        adjust(&mut compared.parts.1, &before.held_out.numerator);
    }
    compared.contrast = match (&line, kind) {
        (None, Kind::Binary) => {
            let arm = |moments: &Moments| (moments.n_not_zero(), moments.n());
            effects::shares(arm(&plain.0), arm(&plain.1))
        }
        _ if plain.0.n_not_zero() < FEWEST_OUTCOMES || plain.1.n_not_zero() < FEWEST_OUTCOMES => None,
        (None, _) => effects::means(&plain.0, &plain.1),
        (Some(_), _) => effects::means(&Moments::of(&compared.parts.0), &Moments::of(&compared.parts.1)),
    };
    compared.method = match (&line, kind) {
        (Some((line, _)), _) => format!(
            "difference of means, adjusted by what each did before (CUPED, correlation {:.2})",
            line.correlation
        ),
        (None, Kind::Binary) => "difference of shares, Newcombe".to_string(),
        (None, _) => "difference of means, Welch".to_string(),
    };
    compared
}

fn has_both(arm: &Moments) -> bool {
    let hits = arm.n_not_zero() as f64;
    hits >= FEWEST_FOR_A_MEAN && arm.n() as f64 - hits >= FEWEST_FOR_A_MEAN
}

/// Companies count as a whole: what their people did by how many they are.
fn by_group(now: &Pair) -> Compared {
    let of = |arm: &ArmFigures| pairs(&arm.numerator, arm.sizes.as_deref().unwrap_or_default());
    by_ratio(&of(&now.treated), &of(&now.held_out), "companies as a whole, per person, delta method")
}

fn by_ratio(treated: &[(f64, f64)], held_out: &[(f64, f64)], method: &str) -> Compared {
    let (a, b) = (effects::ratio(treated), effects::ratio(held_out));
    let enough = [treated, held_out]
        .iter()
        .all(|arm| arm.iter().filter(|(_, below)| *below > 0.0).count() as u64 >= FEWEST_OUTCOMES);
    Compared {
        mean_treated: a.as_ref().map(|a| a.0),
        mean_holdout: b.as_ref().map(|b| b.0),
        contrast: if enough { effects::ratios(treated, held_out) } else { None },
        parts: (a.map(|a| a.1).unwrap_or_default(), b.map(|b| b.1).unwrap_or_default()),
        method: method.to_string(),
    }
}

fn pairs(above: &[f64], below: &[f64]) -> Vec<(f64, f64)> {
    above.iter().copied().zip(below.iter().copied()).collect()
}
