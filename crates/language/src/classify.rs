//! Which of the known classes a text belongs to, with a probability, or none of them.
//!
//! A linear classifier learns from texts that people have sorted. It says how sure it is, and it leaves out what is not like anything that it
//! learned. It does not read the meaning: what is said in other words than those seen is missed.

mod calibration;
mod features;
mod machine;

use rayon::prelude::*;

pub use calibration::Calibration;
use calibration::Evidence;
pub use features::LONGEST_TEXT;
use features::{Counted, Vocabulary, counted};
use machine::Machine;

use crate::pseudo_random::Generator;

/// Why nothing is learned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("there are {found} texts with a class; at least {needed} are needed")]
    TooFewTexts { found: usize, needed: usize },
    #[error("there are {found} classes; at least 2 are needed")]
    OneClass { found: usize },
    #[error("{n_classes} classes for {n_texts} texts: too few texts of each to learn from")]
    TooManyClasses { n_classes: usize, n_texts: usize },
    #[error("the texts have no words in common")]
    NoWords,
}

/// Fewer texts teach nothing.
pub const N_TEXTS_LEAST: usize = 20;
/// Numbers that one machine may hold; rarer terms are left out until it fits.
const N_WEIGHTS_MOST: usize = 40_000_000;

/// What is said of one text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// The best class.
    pub class: u32,
    /// The second.
    pub second: u32,
    /// Probability that the best class is right, if it is any of them.
    pub probability: f64,
    /// Whether the text is like those that were learned from; where not, it probably belongs to no class.
    pub in_scope: bool,
}

/// Texts counted once, to be learned from in several ways.
#[derive(Debug)]
pub struct Collection {
    texts: Vec<Counted>,
    classes: Vec<u32>,
    n_classes: usize,
}

/// A classifier that has learned.
#[derive(Debug, Clone)]
pub struct Classifier {
    vocabulary: Vocabulary,
    machine: Machine,
    calibration: Calibration,
    n_classes: usize,
}

/// The share of the texts told right that may be taken for out of scope.
const OUT_OF_SCOPE_BY_MISTAKE: f64 = 0.02;

/// Scores of one text, before they are calibrated.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    best: u32,
    second: u32,
    evidence: Evidence,
}

impl Collection {
    /// Takes texts with their classes, numbered from 0.
    ///
    /// **Shape.** Both of equal length. **Errors** where there is too little to learn from.
    pub fn new(texts: &[&str], classes: &[u32]) -> Result<Collection, Refused> {
        let n = texts.len().min(classes.len());
        if n < N_TEXTS_LEAST {
            return Err(Refused::TooFewTexts { found: n, needed: N_TEXTS_LEAST });
        }
        let n_classes = classes[..n].iter().max().map_or(0, |&c| c as usize + 1);
        let mut found = classes[..n].to_vec();
        found.sort_unstable();
        found.dedup();
        if found.len() < 2 {
            return Err(Refused::OneClass { found: found.len() });
        }
        if found.len() * 2 > n {
            return Err(Refused::TooManyClasses { n_classes: found.len(), n_texts: n });
        }
        let counted: Vec<Counted> = texts[..n].par_iter().map(|text| counted(text)).collect();
        if counted.iter().all(|text| text.words.is_empty()) {
            return Err(Refused::NoWords);
        }
        Ok(Collection { texts: counted, classes: classes[..n].to_vec(), n_classes })
    }

    /// Predicts each text by a classifier that has not seen it, and calibrates on these predictions.
    ///
    /// **Shape.** One prediction for each text, in their order. The folds hold equal parts of every class.
    pub fn cross_validated(&self, n_folds: usize) -> (Vec<Prediction>, Calibration) {
        let folds = folds(&self.classes, self.n_classes, n_folds.max(2));
        let n_folds = n_folds.max(2) as u32;
        let parts: Vec<Vec<(usize, Ranked)>> = (0..n_folds)
            .into_par_iter()
            .map(|fold| {
                let seen: Vec<usize> = (0..self.texts.len()).filter(|&i| folds[i] != fold).collect();
                let (vocabulary, machine) = self.learned(&seen);
                let mut scores = vec![0.0; self.n_classes];
                (0..self.texts.len())
                    .filter(|&i| folds[i] == fold)
                    .map(|i| (i, ranked(&vocabulary, &machine, &self.texts[i], &mut scores)))
                    .collect()
            })
            .collect();
        let mut all: Vec<(usize, Ranked)> = parts.concat();
        all.sort_unstable_by_key(|&(i, _)| i);
        let evidence: Vec<(Evidence, bool)> =
            all.iter().map(|(i, r)| (r.evidence, r.best == self.classes[*i])).collect();
        let calibration = Calibration::fit(&evidence, OUT_OF_SCOPE_BY_MISTAKE);
        (all.into_iter().map(|(_, r)| r.calibrated(&calibration)).collect(), calibration)
    }

    /// Learns from all texts, with the calibration of [`Collection::cross_validated`].
    pub fn learn(&self, calibration: Calibration) -> Classifier {
        let all: Vec<usize> = (0..self.texts.len()).collect();
        let (vocabulary, machine) = self.learned(&all);
        Classifier { vocabulary, machine, calibration, n_classes: self.n_classes }
    }

    fn learned(&self, seen: &[usize]) -> (Vocabulary, Machine) {
        let texts = || seen.iter().map(|&i| &self.texts[i]);
        let mut vocabulary = Vocabulary::of(texts(), if seen.len() < 200 { 1 } else { 2 });
        let mut n_texts_least = 3;
        while vocabulary.n_places() * self.n_classes > N_WEIGHTS_MOST {
            vocabulary = Vocabulary::of(texts(), n_texts_least);
            n_texts_least = n_texts_least * 3 / 2;
        }
        let vectors: Vec<_> = texts().map(|text| vocabulary.vector(text).0).collect();
        let classes: Vec<u32> = seen.iter().map(|&i| self.classes[i]).collect();
        let machine = Machine::fit(&vectors, &classes, vocabulary.n_places(), self.n_classes);
        (vocabulary, machine)
    }
}

impl Classifier {
    /// The class of a text.
    pub fn predict(&self, text: &str) -> Prediction {
        let mut scores = vec![0.0; self.n_classes];
        ranked(&self.vocabulary, &self.machine, &counted(text), &mut scores).calibrated(&self.calibration)
    }
}

impl Ranked {
    fn calibrated(&self, calibration: &Calibration) -> Prediction {
        Prediction {
            class: self.best,
            second: self.second,
            probability: calibration.probability(self.evidence),
            in_scope: calibration.in_scope(self.evidence),
        }
    }
}

fn ranked(vocabulary: &Vocabulary, machine: &Machine, text: &Counted, scores: &mut [f32]) -> Ranked {
    let (vector, known) = vocabulary.vector(text);
    machine.scores(&vector, scores);
    let (mut best, mut second) = (0, usize::from(scores.len() > 1));
    if scores.len() > 1 && scores[1] > scores[0] {
        (best, second) = (1, 0);
    }
    for k in 2..scores.len() {
        if scores[k] > scores[best] {
            (best, second) = (k, best);
        } else if scores[k] > scores[second] {
            second = k;
        }
    }
    let lead = f64::from(scores[best] - scores[second]);
    Ranked {
        best: best as u32,
        second: second as u32,
        evidence: Evidence { best: f64::from(scores[best]), lead, known },
    }
}

/// A fold for each text, so that every class is spread evenly.
fn folds(classes: &[u32], n_classes: usize, n_folds: usize) -> Vec<u32> {
    let mut order: Vec<usize> = (0..classes.len()).collect();
    Generator::from_seed(5).shuffle(&mut order);
    let mut next = vec![0usize; n_classes];
    // Classes begin at different folds, or small ones would all lie in the first.
    next.iter_mut().enumerate().for_each(|(class, n)| *n = class);
    let mut folds = vec![0; classes.len()];
    for i in order {
        let next = &mut next[classes[i] as usize];
        folds[i] = (*next % n_folds) as u32;
        *next += 1;
    }
    folds
}
