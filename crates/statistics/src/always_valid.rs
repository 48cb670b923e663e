//! Intervals that may be looked at every day: together they hold the truth as often as one of them says.
//!
//! The window of an experiment is known beforehand, so the chance of being wrong is spent over its days by a fixed rule
//! (repeated confidence intervals with O'Brien–Fleming spending): wide in the first days, at the end hardly wider than one
//! look. Not for watching without an end, and not for looks whose time is chosen because of what was seen outside the plan.

use crate::distributions::{normal_cdf, normal_quantile, normal_upper_tail};

/// Beyond this many standard errors nothing is claimed yet.
pub const WIDEST: f64 = 8.0;

/// Two looks that differ by less than this (√(1 − correlation²)) are taken as differing by it.
const LEAST_NEWS: f64 = 0.03;

/// The looks so far, and how many standard errors each may claim.
///
/// Each look is given its time and its correlation with the look before; the rest is integrated exactly for estimates whose
/// next value depends on the past through the last value only. That holds for sums over independent days, for shares of
/// people who have done something by a day, and for people who differ in how much they buy a day.
///
/// **Source.** Lan and DeMets, "Discrete sequential boundaries for clinical trials" (1983), α*₁; Jennison and Turnbull,
/// "Interim analyses: the repeated confidence interval approach" (1989); integration: Armitage, McPherson and Rowe (1969).
///
/// ```
/// use statistics::always_valid::Looks;
/// let mut looks = Looks::new(0.95).expect("a level");
/// let half_time = looks.next(0.5, 0.0).expect("a look");
/// let end = looks.next(1.0, 0.5f64.sqrt()).expect("a look");
/// assert!((half_time - 2.963).abs() < 0.001 && (end - 1.969).abs() < 0.001);
/// ```
#[derive(Debug, Clone)]
pub struct Looks {
    alpha: f64,
    time: f64,
    spent: f64,
    /// Where the standardised error may be after the last look, without ever having left its bounds: density on a grid.
    inside: Option<Grid>,
}

#[derive(Debug, Clone)]
struct Grid {
    /// Bound of the last look: the grid runs from minus this to this.
    bound: f64,
    /// (place, density × weight of the integration)
    points: Vec<(f64, f64)>,
}

impl Looks {
    /// Before the first look. `None` for a level outside (0, 1).
    pub fn new(level: f64) -> Option<Self> {
        (level > 0.0 && level < 1.0).then_some(Self {
            alpha: 1.0 - level,
            time: 0.0,
            spent: 0.0,
            inside: None,
        })
    }

    /// Takes the next look; returns how many standard errors its interval reaches, at most [`WIDEST`].
    ///
    /// `time` is the share of the planned window that has passed; the last look has 1. `correlation` is that of this
    /// estimate with the one at the look before, and is not used at the first. Returns `None`, and takes no look, when the
    /// time does not go forward, lies beyond 1, or either number is none.
    pub fn next(&mut self, time: f64, correlation: f64) -> Option<f64> {
        if !(time > self.time && time <= 1.0 && correlation.is_finite()) {
            return None;
        }
        let spent = spent(self.alpha, time);
        let news = (1.0 - correlation * correlation).max(0.0).sqrt().clamp(LEAST_NEWS, 1.0);
        let kept = (1.0 - news * news).sqrt().copysign(correlation);
        let may_err = spent - self.spent;
        let bound = match &self.inside {
            None => normal_quantile(1.0 - 0.5 * may_err).min(WIDEST),
            Some(grid) => grid.bound_for(may_err, kept, news),
        };
        let bound = if bound.is_finite() { bound } else { WIDEST };
        let next = Grid::after(self.inside.as_ref(), bound, kept, news);
        // What the bound could not spend (because nothing claims more than WIDEST) is left for the looks to come.
        let erred = 1.0 - self.spent - next.mass();
        self.spent = (self.spent + erred.max(0.0)).min(self.alpha);
        self.time = time;
        self.inside = Some(next);
        Some(bound)
    }
}

impl Grid {
    /// The bound at which the chance of leaving now, having stayed inside so far, is `may_err`.
    fn bound_for(&self, may_err: f64, kept: f64, news: f64) -> f64 {
        let leaves = |bound: f64| -> f64 {
            let outside = |u: f64| {
                normal_upper_tail((bound - kept * u) / news) + normal_upper_tail((bound + kept * u) / news)
            };
            self.points.iter().map(|(u, mass)| mass * outside(*u)).sum()
        };
        if leaves(WIDEST) >= may_err {
            return WIDEST;
        }
        let (mut low, mut high) = (0.0, WIDEST);
        for _ in 0..48 {
            let middle = 0.5 * (low + high);
            if leaves(middle) > may_err {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }

    /// The density after a look with this bound, by Simpson's rule on a grid finer than what a look brings.
    fn after(before: Option<&Self>, bound: f64, kept: f64, news: f64) -> Self {
        let n_steps = (((2.0 * bound / (0.5 * news).min(0.1)) / 2.0).ceil() as usize).max(20) * 2;
        let step = 2.0 * bound / n_steps as f64;
        let density = |z: f64| match before {
            None => normal_density(z),
            Some(grid) => grid.carried_to(z, kept, news),
        };
        let points = (0..=n_steps).map(|i| {
            let z = -bound + step * i as f64;
            let weight = match i {
                0 => 1.0,
                i if i == n_steps => 1.0,
                i if i % 2 == 1 => 4.0,
                _ => 2.0,
            };
            (z, density(z) * weight * step / 3.0)
        });
        Self { bound, points: points.collect() }
    }

    fn carried_to(&self, z: f64, kept: f64, news: f64) -> f64 {
        let reach = 7.0 * news;
        let (from, to) = match kept.abs() > 1e-9 {
            true if kept > 0.0 => ((z - reach) / kept, (z + reach) / kept),
            true => ((z + reach) / kept, (z - reach) / kept),
            false => (-self.bound, self.bound),
        };
        let first = self.points.partition_point(|p| p.0 < from);
        let near = self.points[first..].iter().take_while(|p| p.0 <= to);
        near.map(|(u, mass)| mass * normal_density((z - kept * u) / news)).sum::<f64>() / news
    }

    fn mass(&self) -> f64 {
        self.points.iter().map(|p| p.1).sum()
    }
}

fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// How much of the chance of being wrong may be used until this share of the window: half of it on each side.
fn spent(alpha: f64, time: f64) -> f64 {
    4.0 * (1.0 - normal_cdf(normal_quantile(1.0 - 0.25 * alpha) / time.sqrt()))
}

/// How many standard errors the last of `n_looks` evenly spaced looks claims: what a power plan reckons with.
///
/// Returns `None` for no look or a level outside (0, 1).
pub fn last_critical(level: f64, n_looks: u32) -> Option<f64> {
    let mut looks = Looks::new(level)?;
    let n = f64::from(n_looks);
    let mut last = None;
    for look in 1..=n_looks {
        let (now, before) = (f64::from(look), f64::from(look - 1));
        last = looks.next(now / n, (before / now).sqrt());
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() < tolerance, "{found} is not {expected}");
    }

    fn evenly(level: f64, n_looks: u32) -> Vec<f64> {
        let mut looks = Looks::new(level).unwrap();
        let n = f64::from(n_looks);
        (1..=n_looks)
            .map(|k| {
                let correlation = (f64::from(k - 1) / f64::from(k)).sqrt();
                looks.next(f64::from(k) / n, correlation).unwrap()
            })
            .collect()
    }

    #[test]
    fn five_looks_agree_with_the_published_boundary() {
        // Lan and DeMets (1983) with α*₁ for each side at 2.5 %, five equal looks; also what the R package ldbounds prints.
        for (found, printed) in evenly(0.95, 5).iter().zip([4.877, 3.357, 2.680, 2.290, 2.031]) {
            near(*found, printed, 6e-4);
        }
    }

    #[test]
    fn one_look_is_the_ordinary_interval() {
        near(evenly(0.95, 1)[0], 1.959_964, 1e-5);
        near(last_critical(0.9, 1).unwrap(), 1.644_854, 1e-5);
    }

    #[test]
    fn thirty_daily_looks_cost_little_at_the_end() {
        let end = last_critical(0.95, 30).unwrap();
        assert!(end > 2.10 && end < 2.16, "{end}");
    }

    /// Share of simulated paths of `n_looks` estimates that never leave the bounds; `rate` makes people differ.
    fn simultaneous(n_looks: u32, rate: f64, n_paths: u32) -> f64 {
        let mut g = Generator::from_seed(5);
        let n = f64::from(n_looks);
        // The sum until day d of a person's own rate and of daily chance has the variance d + rate·d².
        let sd = |day: f64| (day + rate * day * day).sqrt();
        let correlation = |s: f64, t: f64| (s + rate * s * t) / (sd(s) * sd(t));
        let mut looks = Looks::new(0.95).unwrap();
        let bounds: Vec<f64> = (1..=n_looks)
            .map(|k| {
                let day = f64::from(k);
                looks.next(day / n, if k == 1 { 0.0 } else { correlation(day - 1.0, day) }).unwrap()
            })
            .collect();
        let mut stayed = 0;
        for _ in 0..n_paths {
            let (own, mut sum) = (rate.sqrt() * g.normal(), 0.0);
            let mut inside = true;
            for (day, bound) in (1u32..).map(f64::from).zip(&bounds) {
                sum += own + g.normal();
                inside &= (sum / sd(day)).abs() <= *bound;
            }
            stayed += u32::from(inside);
        }
        f64::from(stayed) / f64::from(n_paths)
    }

    #[test]
    fn all_daily_intervals_together_hold_the_truth_in_95_of_100_worlds() {
        near(simultaneous(28, 0.0, 20_000), 0.95, 0.005);
        near(simultaneous(60, 0.0, 10_000), 0.95, 0.007);
    }

    #[test]
    fn they_do_so_too_where_people_differ_in_how_much_they_buy() {
        near(simultaneous(28, 0.5, 20_000), 0.95, 0.005);
    }

    #[test]
    fn a_missed_day_or_an_uneven_plan_loses_nothing() {
        let mut g = Generator::from_seed(6);
        let days = [2.0f64, 3.0, 9.0, 10.0, 28.0];
        let mut looks = Looks::new(0.95).unwrap();
        let mut before = 0.0;
        let bounds: Vec<f64> = days
            .iter()
            .map(|day| {
                let correlation = (before / day).sqrt();
                before = *day;
                looks.next(day / 28.0, correlation).unwrap()
            })
            .collect();
        let n_paths = 20_000;
        let stayed = (0..n_paths)
            .filter(|_| {
                let (mut sum, mut before) = (0.0, 0.0);
                days.iter().zip(&bounds).fold(true, |inside, (day, bound)| {
                    sum += (day - before).sqrt() * g.normal();
                    before = *day;
                    inside & ((sum / day.sqrt()).abs() <= *bound)
                })
            })
            .count();
        near(stayed as f64 / f64::from(n_paths), 0.95, 0.006);
    }

    #[test]
    fn looks_that_bring_nothing_or_come_from_nowhere_do_not_break_it() {
        let mut looks = Looks::new(0.95).unwrap();
        assert!(looks.next(0.2, f64::NAN).is_none() && looks.next(0.0, 0.0).is_none());
        let first = looks.next(0.2, 0.0).unwrap();
        assert_eq!(looks.next(0.2, 0.9), None);
        assert_eq!(looks.next(1.01, 0.9), None);
        let same = looks.next(0.3, 1.0).unwrap();
        assert!(first > 3.0 && same <= first);
        let end = looks.next(1.0, -0.5).unwrap();
        assert!(end > 1.9 && end < 2.5, "{end}");
        assert!(Looks::new(1.0).is_none() && last_critical(0.95, 0).is_none());
    }
}
