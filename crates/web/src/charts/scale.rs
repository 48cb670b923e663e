//! Round numbers for an axis.

/// The ticks of an axis: evenly spaced round numbers that hold all values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    pub(super) ticks: Vec<f64>,
}

impl Scale {
    /// A scale for these values. Zero is always on it: a bar or a line that starts elsewhere misleads.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Scale {
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for value in values.filter(|v| v.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if high - low <= 0.0 {
            high = low + 1.0;
        }
        let step = round_step((high - low) / 4.0);
        let first = (low / step).floor() as i64;
        let last = (high / step - 1e-9).ceil() as i64;
        Scale { ticks: (first..=last).map(|n| n as f64 * step).collect() }
    }

    fn low(&self) -> f64 {
        self.ticks.first().copied().unwrap_or(0.0)
    }

    fn high(&self) -> f64 {
        self.ticks.last().copied().unwrap_or(1.0)
    }

    /// Where a value lies between the ends: 0 to 1.
    pub(super) fn place(&self, value: f64) -> f64 {
        ((value - self.low()) / (self.high() - self.low())).clamp(0.0, 1.0)
    }
}

/// The nearest of 1, 2, 2.5, 5 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|f| f * power >= step * (1.0 - 1e-9)).unwrap_or(10.0);
    factor * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_every_value() {
        assert_eq!(Scale::of([3.0, 97.0].into_iter()).ticks, vec![0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(Scale::of([-120.0, 400.0].into_iter()).ticks, vec![-200.0, 0.0, 200.0, 400.0]);
        assert_eq!(Scale::of([0.31].into_iter()).ticks, vec![0.0, 0.1, 0.2, 0.30000000000000004, 0.4]);
    }

    #[test]
    fn nothing_and_nonsense_still_have_a_scale() {
        assert_eq!(Scale::of([].into_iter()).ticks.len(), 5);
        assert_eq!(Scale::of([f64::NAN, f64::INFINITY, 2.0].into_iter()).ticks.last(), Some(&2.0));
    }
}
