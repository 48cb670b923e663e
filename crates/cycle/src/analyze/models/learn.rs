//! From columns and outcomes to a probability: chooses between the two models of `statistics::scoring`, sets its
//! probabilities right, and says what moved each.
//!
//! The same rows give the same model, whatever the number of threads.

use super::{Driver, Quality};
use serde::{Deserialize, Serialize};
use statistics::scoring::calibrate::{self, Calibration};
use statistics::scoring::training::{self, Kind, Model};
use statistics::scoring::{Column, folds, probability};

const SEED: u64 = 20_260_101;
const FOLDS: usize = 4;
/// Trees must be better by this share of the loss: the simpler model is told and understood more easily.
const WORTH_TREES: f64 = 0.005;
/// Reasons that are kept for a person.
pub const MOST_REASONS: usize = 3;
/// What a reason must add to the log-odds to be one.
const LEAST_REASON: f64 = 0.1;

/// Columns with their names; one value of each for every row.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    pub names: Vec<&'static str>,
    /// Of each column; one that is not finite is unknown.
    numbers: Vec<Vec<f64>>,
    /// The last column, where there is one: a category, with the word of each.
    codes: Vec<u32>,
    category: Option<(&'static str, Vec<String>)>,
    /// For each row whom it is about, so that nobody stands on both sides of a fold.
    pub groups: Vec<u32>,
    pub happened: Vec<bool>,
}

impl Sample {
    pub fn of(names: &[&'static str]) -> Self {
        Self { names: names.to_vec(), numbers: vec![Vec::new(); names.len()], ..Self::default() }
    }

    /// The same with a category as its last column.
    pub fn with_category(mut self, name: &'static str, words: &[String]) -> Self {
        self.category = Some((name, words.to_vec()));
        self
    }

    pub fn push(&mut self, group: u32, values: &[f64], code: u32, happened: bool) {
        self.numbers.iter_mut().zip(values).for_each(|(column, value)| column.push(*value));
        self.codes.push(code);
        self.groups.push(group);
        self.happened.push(happened);
    }

    pub fn len(&self) -> usize {
        self.happened.len()
    }

    pub fn is_empty(&self) -> bool {
        self.happened.is_empty()
    }

    pub fn n_positive(&self) -> usize {
        self.happened.iter().filter(|happened| **happened).count()
    }

    /// The values of a column of numbers.
    pub fn column(&self, name: &str) -> &[f64] {
        self.names.iter().position(|one| *one == name).map_or(&[], |at| &self.numbers[at])
    }

    /// The name of a column for one row; a category names its value too.
    fn name(&self, column: usize, row: usize) -> String {
        match (self.names.get(column), &self.category) {
            (None, Some((name, words))) => {
                let word = words.get(self.codes[row] as usize).map_or("", String::as_str);
                format!("{name}:{word}")
            }
            (name, _) => name.copied().unwrap_or_default().to_string(),
        }
    }

    fn label(&self, column: usize) -> &'static str {
        let category = self.category.as_ref().map(|category| category.0);
        self.names.get(column).copied().or(category).unwrap_or_default()
    }

    fn value(&self, column: usize, row: usize) -> f64 {
        self.numbers.get(column).map_or(f64::NAN, |values| values[row])
    }
}

/// A reason of one score: the column, what it adds to the log-odds beside the usual, and its value where it is a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason(pub String, pub f64, pub Option<f64>);

impl Reason {
    /// As half a sentence where the reason is the channel from which somebody came; None for any other.
    pub fn channel_in_words(&self) -> Option<String> {
        let channel = self.0.strip_prefix("source:")?;
        Some(match channel {
            "" => "channel not known".to_string(),
            channel => format!("came by {channel}"),
        })
    }
}

/// A model that was learnt, with how good it is on rows it had not seen.
#[derive(Debug)]
pub struct Learnt {
    model: Model,
    calibration: Calibration,
    pub method: String,
    pub quality: Quality,
    /// Beyond these a column's values were never seen in training and say nothing more.
    ranges: Vec<(f64, f64)>,
}

/// The values of a sample as a model takes them.
struct Taken<'a> {
    numbers: Vec<Vec<f64>>,
    codes: Option<(&'a [u32], usize)>,
}

impl<'a> Taken<'a> {
    fn of(sample: &'a Sample, ranges: &[(f64, f64)]) -> Self {
        let held = |(values, (low, high)): (&Vec<f64>, &(f64, f64))| {
            let held = |v: &f64| if v.is_finite() && low <= high { v.clamp(*low, *high) } else { *v };
            values.iter().map(held).collect()
        };
        Self {
            numbers: sample.numbers.iter().zip(ranges).map(held).collect(),
            codes: sample.category.as_ref().map(|(_, words)| (sample.codes.as_slice(), words.len())),
        }
    }

    fn columns(&self) -> Vec<Column<'_>> {
        let mut columns: Vec<Column<'_>> =
            self.numbers.iter().map(|values| Column::Numbers(values)).collect();
        columns.extend(self.codes.map(|(values, n)| Column::Codes { values, n }));
        columns
    }
}

/// Learns from a sample; None where a fold lacks rows of either kind.
pub fn learn(sample: &Sample) -> Option<Learnt> {
    let ranges: Vec<(f64, f64)> = sample.numbers.iter().map(|values| range(values)).collect();
    let taken = Taken::of(sample, &ranges);
    let columns = taken.columns();
    let folds = folds::stratified(&sample.happened, Some(&compact(&sample.groups)), FOLDS, SEED);
    let tried = [Kind::Logistic, Kind::Trees].into_iter().filter_map(|kind| {
        let trained = training::train(kind, &columns, &sample.happened, &folds)?;
        let raw: Vec<f64> = trained.out_of_fold.iter().map(|x| probability(*x)).collect();
        let (calibration, told) = calibrate::choose(&raw, &sample.happened, &folds, FOLDS);
        let quality = Quality::of(&told, &sample.happened)?;
        Some((kind, trained.model, calibration, quality))
    });
    let best = tried.reduce(|plain, trees| {
        if trees.3.log_loss < plain.3.log_loss * (1.0 - WORTH_TREES) { trees } else { plain }
    })?;
    let (kind, model, calibration, quality) = best;
    let method = match kind {
        Kind::Logistic => "regularised logistic regression",
        Kind::Trees => "boosted trees",
    };
    Some(Learnt { model, calibration, method: method.to_string(), quality, ranges })
}

/// Groups by numbers without gaps, so that folds need no room for those that are not there.
fn compact(groups: &[u32]) -> Vec<u32> {
    let mut known: Vec<u32> = groups.to_vec();
    known.sort_unstable();
    known.dedup();
    groups.iter().map(|group| known.partition_point(|k| k < group) as u32).collect()
}

fn range(values: &[f64]) -> (f64, f64) {
    let finite = values.iter().copied().filter(|v| v.is_finite());
    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

impl Learnt {
    /// The probability of each row.
    pub fn probabilities(&self, sample: &Sample) -> Vec<f64> {
        let taken = Taken::of(sample, &self.ranges);
        let told = self.model.scores(&taken.columns()).into_iter();
        told.map(|x| self.calibration.apply(probability(x))).collect()
    }

    /// The strongest reasons of each of these rows, the strongest first.
    pub fn reasons(&self, sample: &Sample, rows: &[u32]) -> Vec<Vec<Reason>> {
        let taken = Taken::of(sample, &self.ranges);
        let added = self.model.contributions(&taken.columns(), rows);
        let rounded = |x: f64| (x * 1_000.0).round() / 1_000.0;
        let strongest = |(row, added): (&u32, Vec<f64>)| {
            let row = *row as usize;
            let mut reasons: Vec<(usize, f64)> = added.into_iter().enumerate().collect();
            reasons.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
            let strong = reasons.into_iter().filter(|r| r.1.abs() >= LEAST_REASON).take(MOST_REASONS);
            let reason = |(at, x)| {
                let value = sample.value(at, row);
                Reason(sample.name(at, row), rounded(x), value.is_finite().then(|| rounded(value)))
            };
            strong.map(reason).collect()
        };
        rows.iter().zip(added).map(strongest).collect()
    }

    /// How much each column moves the scores of these rows, the strongest first.
    pub fn drivers(&self, sample: &Sample, rows: &[u32], label: impl Fn(&str) -> String) -> Vec<Driver> {
        let taken = Taken::of(sample, &self.ranges);
        let added = self.model.contributions(&taken.columns(), rows);
        let n_columns = added.first().map_or(0, Vec::len);
        let mut drivers: Vec<Driver> = (0..n_columns)
            .map(|at| {
                let of_row = |(row, added): (&u32, &Vec<f64>)| (sample.value(at, *row as usize), added[at]);
                let pairs: Vec<(f64, f64)> = rows.iter().zip(&added).map(of_row).collect();
                let known: Vec<(f64, f64)> = pairs.iter().copied().filter(|p| p.0.is_finite()).collect();
                Driver {
                    name: sample.label(at).to_string(),
                    label: label(sample.label(at)),
                    weight: pairs.iter().map(|p| p.1.abs()).sum::<f64>() / pairs.len().max(1) as f64,
                    raises: direction(&known),
                }
            })
            .filter(|driver| driver.weight > 1e-6)
            .collect();
        drivers.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.name.cmp(&b.name)));
        drivers
    }
}

/// Whether what is added rises with the value; None where that is not clear.
fn direction(pairs: &[(f64, f64)]) -> Option<bool> {
    let n = pairs.len() as f64;
    let (x, y) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        xy += (a - x) * (b - y);
        xx += (a - x).powi(2);
        yy += (b - y).powi(2);
    }
    let correlation = xy / (xx * yy).sqrt();
    (correlation.abs() > 0.3).then_some(correlation > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statistics::pseudo_random::Generator;

    fn sample(n: usize) -> Sample {
        let mut g = Generator::from_seed(5);
        let mut sample = Sample::of(&["silence", "noise"]);
        for row in 0..n {
            let x = g.normal();
            sample.push(row as u32 * 7, &[x, g.normal()], 0, g.uniform() < probability(1.5 * x - 0.5));
        }
        sample
    }

    #[test]
    fn what_moves_a_score_is_what_made_it() {
        let sample = sample(1_500);
        let learnt = learn(&sample).unwrap();
        assert!(learnt.quality.auc.unwrap().estimate > 0.75 && learnt.quality.ece < 0.06);
        let rows: Vec<u32> = (0..200).collect();
        let drivers = learnt.drivers(&sample, &rows, str::to_string);
        assert_eq!((drivers[0].name.as_str(), drivers[0].raises), ("silence", Some(true)));
        let reasons = learnt.reasons(&sample, &rows);
        let strong = reasons.iter().filter_map(|r| r.first()).filter(|r| r.0 == "silence").count();
        assert!(strong > 150, "{strong}");
        assert_eq!(learnt.probabilities(&sample), learn(&sample).unwrap().probabilities(&sample));
    }

    #[test]
    fn values_that_were_never_seen_say_no_more_than_the_last_that_was() {
        let learnt = learn(&sample(1_500)).unwrap();
        let mut far = Sample::of(&["silence", "noise"]);
        far.push(0, &[1e9, f64::NAN], 0, false);
        far.push(1, &[3.0, 0.0], 0, false);
        let told = learnt.probabilities(&far);
        assert!((told[0] - told[1]).abs() < 0.15 && told[0] < 1.0, "{told:?}");
    }

    #[test]
    fn nothing_is_learnt_where_nothing_or_everything_happened() {
        let mut all = Sample::of(&["x"]);
        (0..300).for_each(|i| all.push(i, &[f64::from(i)], 0, true));
        assert!(learn(&all).is_none() && learn(&Sample::of(&["x"])).is_none());
    }
}
