//! Changes and values that stand out in series whose truth is known, against looking at every cut, and in hostile series.

use statistics::changes::{Found, Options, find};
use statistics::drivers::{Part, contributions};
use statistics::pseudo_random::Generator;

const USUAL: Options = Options { period: 1, threshold: 3.5, penalty: 1.0 };

fn noise(seed: u64, n: usize) -> Vec<f64> {
    let mut g = Generator::from_seed(seed);
    (0..n).map(|_| (0..12).map(|_| g.uniform()).sum::<f64>() - 6.0).collect()
}

fn found(values: &[f64], options: &Options) -> Found {
    find(values, options).expect("long enough")
}

#[test]
fn a_step_of_three_deviations_is_found_where_it_is() {
    let mut near = 0;
    for seed in 0..100 {
        let values: Vec<f64> =
            noise(seed, 90).iter().enumerate().map(|(t, v)| v + if t >= 55 { 3.0 } else { 0.0 }).collect();
        let changes = found(&values, &USUAL).changes;
        near += i32::from(changes.len() == 1 && (53..=57).contains(&changes[0].at));
    }
    assert!(near >= 90, "{near} of 100");
}

#[test]
fn noise_alone_seldom_changes_or_stands_out() {
    let (mut changed, mut stood_out) = (0, 0);
    for seed in 200..400 {
        let found = found(&noise(seed, 120), &USUAL);
        changed += i32::from(!found.changes.is_empty());
        stood_out += found.anomalies.len();
    }
    assert!(changed <= 10, "{changed} of 200");
    assert!(stood_out <= 40, "{stood_out} of 24,000");
}

#[test]
fn a_spike_stands_out_and_is_no_change() {
    let mut hits = 0;
    for seed in 0..50 {
        let mut values = noise(seed, 80);
        values[33] += 9.0;
        let found = found(&values, &USUAL);
        hits +=
            i32::from(found.changes.is_empty() && found.anomalies.iter().any(|a| a.at == 33 && a.z > 0.0));
    }
    assert!(hits >= 45, "{hits} of 50");
}

#[test]
fn season_and_trend_are_neither_changes_nor_values_that_stand_out() {
    let values: Vec<f64> = noise(7, 140)
        .iter()
        .enumerate()
        .map(|(t, v)| 100.0 + 0.5 * t as f64 + [0.0, 9.0, 3.0, -6.0, -20.0, 8.0, 6.0][t % 7] + v)
        .collect();
    let found = found(&values, &Options { period: 7, ..USUAL });
    assert!(found.changes.is_empty(), "{:?}", found.changes);
    assert!(found.anomalies.len() <= 1, "{:?}", found.anomalies);
    assert!(found.sloped && found.season.len() == 7);
}

#[test]
fn a_season_that_grows_with_the_level_is_neither() {
    let values: Vec<f64> = noise(13, 120)
        .iter()
        .enumerate()
        .map(|(t, v)| 100.0 * (0.01 * t as f64 + [0.0, 0.2, -0.1, -0.3, 0.1, 0.1][t % 6] + 0.02 * v).exp())
        .collect();
    let found = found(&values, &Options { period: 6, ..USUAL });
    assert!(found.relative && found.changes.is_empty() && found.anomalies.len() <= 1, "{found:?}");
}

#[test]
fn a_change_of_slope_is_found() {
    let values: Vec<f64> = noise(3, 100)
        .iter()
        .enumerate()
        .map(|(t, v)| v + if t < 60 { 0.0 } else { 0.8 * (t - 60) as f64 })
        .collect();
    let found = found(&values, &USUAL);
    assert!(found.sloped);
    assert!(
        found.changes.iter().any(|c| (55..=65).contains(&c.at) && c.slope_after > 0.6),
        "{:?}",
        found.changes
    );
}

#[test]
fn units_do_not_matter() {
    let values: Vec<f64> =
        noise(11, 80).iter().enumerate().map(|(t, v)| v + if t >= 40 { 4.0 } else { 0.0 }).collect();
    let first = found(&values, &USUAL);
    let scaled: Vec<f64> = values.iter().map(|v| 1e6 * v - 5e7).collect();
    let second = found(&scaled, &USUAL);
    let places = |f: &Found| f.changes.iter().map(|c| c.at).collect::<Vec<_>>();
    assert_eq!(places(&first), places(&second));
    assert!((second.noise / first.noise / 1e6 - 1.0).abs() < 1e-6);
}

#[test]
fn hostile_series_are_refused_or_answered_with_finite_numbers() {
    assert_eq!(find(&[1.0; 7], &USUAL), None);
    assert_eq!(find(&[f64::NAN; 50], &USUAL), None);
    let mut infinite = vec![1.0; 20];
    infinite[3] = f64::INFINITY;
    assert_eq!(find(&infinite, &USUAL), None);
    assert_eq!(find(&[1.0; 20], &Options { threshold: 0.0, ..USUAL }), None);
    let alike = found(&[5.0; 40], &USUAL);
    assert!(alike.changes.is_empty() && alike.anomalies.is_empty());
    let mut one = vec![5.0; 40];
    one[20] = 6.0;
    let spike = found(&one, &USUAL);
    assert!(spike.anomalies.iter().all(|a| a.z.is_finite()));
    let mut gaps = noise(5, 60);
    (20..30).for_each(|t| gaps[t] = f64::NAN);
    assert_eq!(found(&gaps, &USUAL).expected.len(), 60);
    let huge: Vec<f64> = noise(6, 60).iter().map(|v| v * 1e200).collect();
    assert!(find(&huge, &USUAL).is_none_or(|f| f.expected.iter().all(|e| e.is_finite())));
}

#[test]
fn what_segments_added_sums_to_the_change_whatever_the_numbers() {
    let mut g = Generator::from_seed(9);
    for n in [1usize, 2, 5, 300] {
        let mut parts = || -> Vec<Part> {
            let one = |g: &mut Generator| match g.uniform() < 0.2 {
                true => Part::default(),
                false => {
                    Part { numerator: 1000.0 * g.uniform() - 200.0, denominator: (50.0 * g.uniform()).ceil() }
                }
            };
            (0..n).map(|_| one(&mut g)).collect()
        };
        let (before, after) = (parts(), parts());
        let added = contributions(&before, &after).expect("finite");
        let total = |p: &[Part]| p.iter().map(|p| p.numerator).sum::<f64>();
        let sum: f64 = added.iter().map(|a| a.total).sum();
        assert!((sum - (total(&after) - total(&before))).abs() < 1e-7);
        for a in &added {
            assert!((a.rate + a.mix + a.volume - a.total).abs() < 1e-7, "{a:?}");
        }
    }
    assert_eq!(contributions(&[Part::default()], &[]), None);
}

#[test]
fn the_season_of_weeks_stays_with_the_calendar_for_twenty_years() {
    let year = 365.25 / 7.0;
    let values: Vec<f64> = noise(17, 1_040)
        .iter()
        .enumerate()
        .map(|(t, v)| 400.0 + 10.0 * (std::f64::consts::TAU * t as f64 / year).sin() + v)
        .collect();
    let found = found(&values, &Options { period: 52, ..USUAL });
    assert!(found.changes.is_empty(), "{:?}", found.changes);
    assert_eq!(found.season.len(), 52);
}

#[test]
fn a_season_is_seen_through_missing_days() {
    let mut values: Vec<f64> = noise(19, 210)
        .iter()
        .enumerate()
        .map(|(t, v)| 100.0 + [0.0, 9.0, 3.0, -6.0, -20.0, 8.0, 6.0][t % 7] + v)
        .collect();
    (0..210).filter(|t| t * 7919 % 10 < 3).for_each(|t| values[t] = f64::NAN);
    let found = found(&values, &Options { period: 7, ..USUAL });
    assert!(found.changes.is_empty() && found.season.len() == 7, "{found:?}");
}

#[test]
fn a_number_that_wanders_is_told_from_one_that_steps() {
    let (mut of_walks, mut of_steps) = (0, 0);
    for seed in 0..50 {
        let steps = noise(seed, 200);
        let walk: Vec<f64> = steps
            .iter()
            .scan(100.0, |at, v| {
                *at += v;
                Some(*at)
            })
            .collect();
        let stepped: Vec<f64> =
            steps.iter().enumerate().map(|(t, v)| v + if t < 90 { 0.0 } else { 4.0 }).collect();
        of_walks += i32::from(found(&walk, &USUAL).wanders);
        of_steps += i32::from(found(&stepped, &USUAL).wanders);
    }
    assert!(of_walks >= 45 && of_steps == 0, "{of_walks} walks, {of_steps} steps of 50");
}
