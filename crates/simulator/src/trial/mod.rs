//! The trial: does the product tell the truth? For each seed a fresh product, a small world, three experiments (one deed that
//! works, one that does nothing, one that harms), a look every day, and the comparison with what is true.
//!
//! The product is reached through its API, its imports and its command line alone. What is true never leaves this process.

mod by_hand;
mod figures;
mod seed;

pub use seed::{Deed, Look, METRICS, Seed, Trial};

use crate::doors::Where;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// How the trial is run.
#[derive(Clone, Debug)]
pub struct Settings {
    pub program: Where,
    /// Where the products keep their data while they live.
    pub work: PathBuf,
    pub first_seed: u64,
    pub n_seeds: u64,
    /// People in each of the three experiments.
    pub n_people: u32,
    /// The window of an experiment, with a look on every day of it.
    pub n_days: u32,
    /// Products that run at the same time.
    pub at_once: usize,
}

/// Runs all seeds; the figures as one JSON object.
///
/// **Errors** with the first seed that could not be run through.
pub fn run(settings: &Settings, says: &(dyn Fn(&str) + Sync)) -> Result<Value, String> {
    let started = Instant::now();
    let next = AtomicU64::new(0);
    let done: Mutex<Vec<Seed>> = Mutex::new(Vec::new());
    let failed: Mutex<Option<String>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..settings.at_once.max(1) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= settings.n_seeds || lock(&failed).is_some() {
                        return;
                    }
                    match seed::run(settings, settings.first_seed + number) {
                        Ok(seed) => {
                            let mut done = lock(&done);
                            done.push(seed);
                            says(&format!(
                                "{} of {} seeds, {:.0} s",
                                done.len(),
                                settings.n_seeds,
                                started.elapsed().as_secs_f64()
                            ));
                        }
                        Err(error) => {
                            let words = format!("seed {}: {error}", settings.first_seed + number);
                            lock(&failed).get_or_insert(words);
                        }
                    }
                }
            });
        }
    });
    if let Some(error) = lock(&failed).take() {
        return Err(error);
    }
    let mut seeds = std::mem::take(&mut *lock(&done));
    seeds.sort_by_key(|seed| seed.seed);
    Ok(figures::told(settings, &seeds, started.elapsed().as_secs_f64()))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
