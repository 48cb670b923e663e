//! The living world keeps its word: what happens is one of two potential lives, and the truth is what an honest experiment
//! would find.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use jiff::civil::date;
use simulator::random::{Chance, Purpose};
use simulator::world::{Deed, Happening, Idea, Outcome, Reach, What, World};
use simulator::{Company, Settings};
use std::collections::HashMap;

const WINDOW: u32 = 28;

fn idea(shares: [f64; 4]) -> Idea {
    Idea {
        key: "write to them",
        deed: Deed::Campaign,
        shares,
        extra_orders: 0.8,
        reluctance: 0.6,
        days: 21,
        discount_percent: 0,
    }
}

fn world(seed: u64, n_customers: u32, ideas: Vec<Idea>) -> World {
    let settings = Settings { seed, n_customers, ..Settings::demo(date(2026, 1, 1)) };
    World::of(Company::new(settings).unwrap(), ideas)
}

/// Tries the idea on everybody by the toss of a coin; who was treated, and what everybody did.
fn played(mut world: World, seed: u64) -> (World, HashMap<u32, bool>, HashMap<u32, Outcome>) {
    let n = world.people().len() as u32;
    let experiment = world.begin(0, (0..n).map(|person| (person, Reach::Reachable)));
    let mut coin = Chance::new(seed ^ 99, Purpose::Traits, 0);
    let treated: HashMap<u32, bool> = (0..n).map(|person| (person, coin.happens(0.5))).collect();
    for person in (0..n).filter(|person| treated[person]) {
        world.reach(experiment, person);
    }
    let mut did: HashMap<u32, Outcome> = (0..n).map(|person| (person, Outcome::default())).collect();
    for _ in 0..WINDOW {
        for Happening { person, what, .. } in world.live_a_day() {
            if let Some(outcome) = did.get_mut(&person) {
                outcome.add(&what);
            }
        }
    }
    (world, treated, did)
}

#[test]
fn the_same_seed_lives_the_same_year() {
    let year = || {
        let mut world = world(3, 200, vec![idea([0.4, 0.2, 0.3, 0.1])]);
        (0..365).flat_map(|_| world.live_a_day()).collect::<Vec<_>>()
    };
    let (one, other) = (year(), year());
    assert_eq!(one, other);
    let orders = one.iter().filter(|h| matches!(h.what, What::Ordered(_))).count();
    let newcomers =
        one.iter().filter(|h| h.person >= 200).map(|h| h.person).collect::<std::collections::HashSet<_>>();
    assert!(orders > 200 && newcomers.len() > 50, "{orders} orders, {} newcomers", newcomers.len());
    assert!(one.iter().any(|h| matches!(h.what, What::Visited { .. })));
    assert!(one.iter().any(|h| matches!(h.what, What::Answered { .. })));
}

#[test]
fn what_happens_is_one_of_the_two_potential_lives() {
    let (world, treated, did) = played(world(11, 600, vec![idea([0.3, 0.2, 0.3, 0.2])]), 11);
    for (person, [without, with]) in world.lives(0, WINDOW) {
        let lived = if treated[&person] { with } else { without };
        assert_eq!(did[&person], lived, "person {person}");
    }
}

#[test]
fn an_idea_that_moves_nobody_has_an_effect_of_exactly_nothing() {
    let (world, ..) = played(world(5, 300, vec![idea([0.0, 0.5, 0.5, 0.0])]), 5);
    let truth = world.true_effect(0, WINDOW);
    assert_eq!((truth.orders, truth.revenue_minor, truth.ordered_share), (0.0, 0.0, 0.0));
}

#[test]
fn the_true_effect_has_the_sign_of_the_majority_that_it_moves() {
    let truth = |shares| played(world(5, 800, vec![idea(shares)]), 5).0.true_effect(0, WINDOW);
    let (good, bad) = (truth([0.4, 0.0, 0.6, 0.0]), truth([0.0, 0.0, 0.3, 0.7]));
    assert!(
        (0.2..0.5).contains(&good.orders),
        "0.4 of them by 0.8 orders is 0.32; the season moves it: {good:?}"
    );
    assert!(bad.orders < 0.0 && bad.revenue_minor < 0.0 && bad.unsubscribed_share > 0.0, "{bad:?}");
}

#[test]
fn a_deed_that_reaches_nobody_does_nothing() {
    let mut world = world(5, 200, vec![idea([1.0, 0.0, 0.0, 0.0])]);
    world.begin(0, (0..200).map(|person| (person, Reach::OutOfReach)));
    assert_eq!(world.true_effect(0, WINDOW).orders, 0.0);
}

#[test]
fn a_coin_finds_the_true_effect_on_average() {
    let errors: Vec<f64> = (0..40)
        .map(|seed| {
            let (world, treated, did) = played(world(seed, 400, vec![idea([0.3, 0.2, 0.3, 0.2])]), seed);
            let mean = |arm: bool| {
                let of: Vec<f64> = did
                    .iter()
                    .filter(|(person, _)| treated[person] == arm)
                    .map(|(_, outcome)| f64::from(outcome.n_orders))
                    .collect();
                of.iter().sum::<f64>() / of.len() as f64
            };
            mean(true) - mean(false) - world.true_effect(0, WINDOW).orders
        })
        .collect();
    let n = errors.len() as f64;
    let mean = errors.iter().sum::<f64>() / n;
    let deviation = (errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    assert!(mean.abs() < 3.0 * deviation / n.sqrt(), "off by {mean} with a deviation of {deviation}");
}
