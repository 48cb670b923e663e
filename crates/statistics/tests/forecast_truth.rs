//! Forecasts of series whose truth is known, of two published series, and of hostile ones.

use statistics::forecast::errors::{mase, smape};
use statistics::forecast::{Method, Options, Refusal, forecast};
use statistics::pseudo_random::Generator;
use std::path::PathBuf;

fn published(name: &str) -> Option<Vec<f64>> {
    let shared = std::env::var_os("RONDEL_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("data/time_series").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    let value = |line: &str| line.rsplit(',').next().and_then(|v| v.trim_matches('"').parse().ok());
    Some(text.lines().skip(1).filter_map(value).collect())
}

const MONTHLY: Options = Options { horizon: 12, period: 12, level: 0.95 };

/// sMAPE of the last year, and of repeating the year before.
fn last_year(values: &[f64]) -> (f64, f64) {
    let (history, actual) = values.split_at(values.len() - 12);
    let made = forecast(history, &MONTHLY).expect("long enough");
    let naive = &history[history.len() - 12..];
    (smape(actual, &made.values).expect("a year"), smape(actual, naive).expect("a year"))
}

#[test]
fn the_last_year_of_air_passengers_is_closer_than_auto_ets_puts_it() {
    let Some(values) = published("AirPassengers.csv") else { return };
    // statsforecast 2.1.1, season length 12: AutoETS 7.4506, seasonal naive 10.5718.
    let (found, naive) = last_year(&values);
    assert!((naive - 10.5718).abs() < 0.0001, "{naive}");
    assert!(found < 7.4506, "{found}");
}

#[test]
fn the_last_year_of_a10_is_closer_than_auto_ets_puts_it() {
    let Some(values) = published("a10.csv") else { return };
    // statsforecast 2.1.1, season length 12: AutoETS 9.511, seasonal naive 16.2405.
    let (found, naive) = last_year(&values);
    assert!((naive - 16.2405).abs() < 0.0001, "{naive}");
    assert!(found < 9.511, "{found}");
}

#[test]
fn a_series_without_chance_is_continued_exactly() {
    let at = |t: usize| 50.0 + 2.0 * t as f64 + [0.0, 12.0, -7.0, -5.0][t % 4];
    let values: Vec<f64> = (0..60).map(at).collect();
    let made = forecast(&values, &Options { horizon: 8, period: 4, level: 0.95 }).expect("long enough");
    for (h, value) in made.values.iter().enumerate() {
        assert!((value - at(60 + h)).abs() < 0.5, "{value} is not {}", at(60 + h));
    }
}

/// A level that wanders, a season, and noise.
fn simulated(seed: u64, n: usize) -> Vec<f64> {
    let mut g = Generator::from_seed(seed);
    let season: Vec<f64> = (0..12).map(|_| 0.8 + 0.4 * g.uniform()).collect();
    let (mut level, mut values) = (200.0 + 100.0 * g.uniform(), Vec::new());
    for t in 0..n {
        let normal = (0..12).map(|_| g.uniform()).sum::<f64>() - 6.0;
        level *= 1.0 + 0.02 * normal * g.uniform();
        let noise = (0..12).map(|_| g.uniform()).sum::<f64>() - 6.0;
        values.push(level * season[t % 12] * (1.0 + 0.05 * noise));
    }
    values
}

#[test]
fn intervals_hold_about_as_often_as_they_say_and_forecasts_beat_repeating() {
    let (mut inside, mut n, mut better) = (0, 0, 0);
    for seed in 0..60 {
        let values = simulated(seed, 108);
        let (history, actual) = values.split_at(96);
        let made = forecast(history, &Options { level: 0.9, ..MONTHLY }).expect("long enough");
        for (h, y) in actual.iter().enumerate() {
            inside += i32::from((made.low[h]..=made.high[h]).contains(y));
            n += 1;
        }
        let (own, naive) = (smape(actual, &made.values), smape(actual, &history[84..]));
        better += i32::from(own < naive);
    }
    let share = f64::from(inside) / f64::from(n);
    assert!((0.84..=0.97).contains(&share), "{share}");
    assert!(better >= 40, "{better} of 60");
}

#[test]
fn gaps_zeros_and_short_series_are_answered_or_refused() {
    let options = Options { horizon: 3, period: 12, level: 0.95 };
    assert_eq!(forecast(&[], &options), Err(Refusal::TooShort { found: 0, needed: 4 }));
    assert_eq!(forecast(&[1.0, 2.0, 3.0], &options), Err(Refusal::TooShort { found: 3, needed: 4 }));
    assert_eq!(forecast(&[1.0, f64::INFINITY, 2.0, 3.0], &options), Err(Refusal::Infinite));
    assert_eq!(forecast(&[1.0; 20], &Options { horizon: 0, ..options }), Err(Refusal::Question));
    let alike = forecast(&[7.0; 30], &options).expect("a forecast");
    assert_eq!((alike.method, alike.values), (Method::Constant, vec![7.0; 3]));
    let mut gaps = simulated(3, 72);
    (10..20).for_each(|t| gaps[t] = f64::NAN);
    let made = forecast(&gaps, &options).expect("a forecast");
    assert_eq!(made.n_filled, 10);
    let sparse: Vec<f64> = (0..60).map(|t| if t % 7 == 0 { 3.0 } else { 0.0 }).collect();
    let made = forecast(&sparse, &options).expect("a forecast");
    assert!(made.values.iter().chain(&made.low).all(|v| *v >= 0.0), "{made:?}");
    for n in 4..30 {
        for scale in [1e-9, 1.0, 1e12, -1e3] {
            let values: Vec<f64> = simulated(n as u64, n).iter().map(|v| v * scale).collect();
            let made = forecast(&values, &options).expect("a forecast");
            let all = made.values.iter().chain(&made.low).chain(&made.high);
            assert!(all.clone().all(|v| v.is_finite()), "{n} {scale}: {made:?}");
            assert!(made.low.iter().zip(&made.high).all(|(l, h)| l <= h));
        }
    }
}

#[test]
fn errors_are_those_of_the_definitions() {
    // |100 − 110| / 210 and |50 − 40| / 90, times 200, averaged.
    let found = smape(&[100.0, 50.0], &[110.0, 40.0]).expect("two pairs");
    assert!((found - 0.5 * (2000.0 / 210.0 + 2000.0 / 90.0)).abs() < 1e-12);
    // The naive error is 2 in the history; the mean error 3.
    assert_eq!(mase(&[10.0, 10.0], &[13.0, 7.0], &[1.0, 3.0, 5.0], 1), Some(1.5));
    assert_eq!(mase(&[10.0], &[13.0], &[4.0, 4.0], 1), None);
    assert_eq!(smape(&[], &[]), None);
}

#[test]
fn the_interval_of_the_shortest_series_is_wide() {
    for values in [vec![104.0, 91.0, 99.0, 87.0], vec![3.0, 5.0, 2.0, 9.0], vec![-7.0, 8.0, 1.0, -2.0]] {
        let made = forecast(&values, &Options { horizon: 3, period: 12, level: 0.95 }).expect("long enough");
        let range = values.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v))
            - values.iter().fold(f64::INFINITY, |m, v| m.min(*v));
        for (low, high) in made.low.iter().zip(&made.high) {
            assert!(high - low > range, "{made:?}");
        }
    }
}

#[test]
fn a_season_is_seen_in_three_years_and_behind_growth() {
    let (mut ours, mut repeated) = (0.0, 0.0);
    for seed in 0..40 {
        let mut g = Generator::from_seed(900 + seed);
        let n = 24 + 12 + (seed as usize % 20);
        let chance: Vec<f64> = (0..n).map(|_| (0..12).map(|_| g.uniform()).sum::<f64>() - 6.0).collect();
        let season = |t: usize| 0.2 * (std::f64::consts::TAU * t as f64 / 12.0).sin();
        let values: Vec<f64> =
            (0..n).map(|t| (5.0 + 0.012 * t as f64 + season(t) + 0.04 * chance[t]).exp()).collect();
        let (known, held) = values.split_at(n - 12);
        let made = forecast(known, &MONTHLY).expect("long enough");
        ours += smape(held, &made.values).unwrap_or(f64::NAN) / 40.0;
        repeated += smape(held, &known[n - 24..]).unwrap_or(f64::NAN) / 40.0;
    }
    assert!(ours < 6.5 && ours < 0.6 * repeated, "sMAPE {ours}, repeating the last year {repeated}");
}
