//! `analyze score`: the probability that a row comes to a target, learnt from a file and judged on rows not seen.
//!
//! Prepares columns, chooses the model and tells; the mathematics is in `statistics::scoring`. It does not act on a score and
//! does not say what would happen if somebody did: that is `analyze uplift`.

mod copies;
pub(crate) mod features;
mod report;
mod suspects;
mod target;

use std::path::PathBuf;

use statistics::scoring::calibrate::{self, Calibration};
use statistics::scoring::quality::{self, Quality};
use statistics::scoring::training::{self, Kind, Trained};
use statistics::scoring::{folds, probability};
use tables::columns::{self, Columns, ReadOptions};

use crate::{Answer, Problem};
use features::Features;
use report::Scored;
use target::Target;

/// The probability of churn, of a won deal or of an answer, for each row of a file
///
/// Learns from the rows whose target is known, judges itself on folds that it has not seen, sets its probabilities right and
/// gives the reasons of each. Missing values and categories need no preparation. Columns that know the answer are named.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze score customers.csv --target churned --positive yes --id customer_id
  rondel analyze score calls.csv --target y --positive yes --drop duration --out scores.csv
  rondel analyze score train.parquet --target won --positive 1 --test this_quarter.parquet")]
pub struct Score {
    /// The file: CSV, XLSX, JSON Lines or Parquet
    file: PathBuf,
    /// Column that says what happened
    #[arg(long, value_name = "COLUMN")]
    target: String,
    /// Value of the target that is looked for
    #[arg(long, value_name = "VALUE")]
    positive: String,
    /// Column that names the row; rows of the same name stay in one fold
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    drop: Vec<String>,
    /// The model; auto takes the one with the smaller loss on rows it has not seen
    #[arg(long, value_enum, default_value_t = Choice::Auto)]
    model: Choice,
    /// Folds of the cross-validation [default: 5, or 3 from 50,000 rows]
    #[arg(long, value_name = "K")]
    folds: Option<usize>,
    /// Another file with the same columns to score, and to judge where it has the target
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// Writes row, id, probability, label and reasons as CSV or Parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Choice {
    Auto,
    Logistic,
    Trees,
}

/// Rows of the rarer kind without which nothing is learnt.
const FEWEST_OF_A_KIND: usize = 25;
/// Rows without which nothing is learnt.
const FEWEST_ROWS: usize = 100;
const SEED: u64 = 20_260_101;

/// A model with the probabilities that it tells of its own rows.
struct Judged {
    kind: Kind,
    trained: Trained,
    calibration: Calibration,
    /// For each labelled row, told by a model and a calibration that had not seen it.
    told: Vec<f64>,
    quality: Quality,
}

impl Score {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        let table = columns::read(&self.file, &[], &ReadOptions::default())?;
        let target = Target::read(&table, &self.target, &self.positive)?;
        let mut answer = Answer::of(target.rows.len());
        report::about_file(&mut answer, &table, &target);
        if let Some(reason) = target.too_little(FEWEST_ROWS, FEWEST_OF_A_KIND) {
            return Ok(self.abstain(answer, &target, &reason));
        }
        let left = self.left_out(&table)?;
        let features = Features::learn(&table, &left)?;
        let labelled = features.rows(&target.rows);
        if labelled.n_columns() == 0 {
            return Ok(self.abstain(answer, &target, "no column is left that could tell anything"));
        }
        let folds = self.folds(&table, &target)?;
        let judged = self.best(&labelled, &target, &folds, &mut answer)?;
        report::about_model(&mut answer, &judged, &features);
        self.warn(&labelled, &target, &folds, &judged, &mut answer);
        self.tell_copies(&labelled, &target, &folds, &judged, &mut answer);
        self.score(&table, &target, &features, &judged, &mut answer)?;
        Ok(answer)
    }

    fn abstain(&self, answer: Answer, target: &Target, reason: &str) -> Answer {
        let mut answer = report::abstain(answer, target, reason);
        answer.not_written(self.out.as_deref());
        answer
    }

    /// Columns that are never learnt from: the target, the name of the row, and what was asked to be left out.
    fn left_out(&self, table: &Columns) -> Result<Vec<String>, Problem> {
        let asked = std::iter::once(&self.target).chain(&self.id).chain(&self.drop);
        // Asking for the texts names the column that the file does not have.
        asked
            .map(|name| {
                table.texts(name)?;
                Ok(features::name_in(table, name))
            })
            .collect()
    }

    fn folds(&self, table: &Columns, target: &Target) -> Result<Vec<usize>, Problem> {
        let n = target.rows.len();
        let n_folds = self.folds.unwrap_or(if n < 50_000 { 5 } else { 3 });
        if !(2..=50).contains(&n_folds) {
            return Err(Problem::Option { option: "folds", message: "2 to 50 folds are possible".into() });
        }
        let groups = self.id.as_ref().map(|id| table.codes(id)).transpose()?.map(|codes| {
            let n_names = codes.n_names() as u32;
            // A row without a name is its own group.
            let group = |(place, row): (usize, &usize)| match codes.values[*row] {
                columns::NO_CODE => n_names + place as u32,
                code => code,
            };
            target.rows.iter().enumerate().map(group).collect::<Vec<u32>>()
        });
        Ok(folds::stratified(&target.happened, groups.as_deref(), n_folds, SEED))
    }

    fn best(
        &self,
        labelled: &Features,
        target: &Target,
        folds: &[usize],
        answer: &mut Answer,
    ) -> Result<Judged, Problem> {
        let kinds: &[Kind] = match self.model {
            Choice::Auto => &[Kind::Logistic, Kind::Trees],
            Choice::Logistic => &[Kind::Logistic],
            Choice::Trees => &[Kind::Trees],
        };
        let judged: Vec<Judged> =
            kinds.iter().filter_map(|kind| judge(*kind, labelled, &target.happened, folds)).collect();
        report::compare(answer, &judged);
        judged
            .into_iter()
            .min_by(|a, b| a.quality.log_loss.total_cmp(&b.quality.log_loss))
            .ok_or_else(|| Problem::CannotTell("no model could be fitted in every fold".into()))
    }

    /// Names the columns that know too much, and says what is left without them.
    fn warn(&self, labelled: &Features, target: &Target, folds: &[usize], judged: &Judged, answer: &mut Answer) {
        let found = suspects::find(labelled, target, folds);
        let without = (!found.is_empty())
            .then(|| labelled.without(&found.iter().map(|s| s.column).collect::<Vec<_>>()))
            .filter(|rest| rest.n_columns() > 0)
            .and_then(|rest| judge(judged.kind, &rest, &target.happened, folds));
        report::about_suspects(answer, labelled, &found, without.as_ref(), judged);
    }

    /// What is left of the score when rows that are copies of each other stay in one fold. Rows of one id do so already.
    fn tell_copies(&self, labelled: &Features, target: &Target, folds: &[usize], judged: &Judged, answer: &mut Answer) {
        let found = if self.id.is_none() { copies::find(labelled) } else { None };
        let together = found.as_ref().and_then(|found| {
            let n_folds = folds.iter().max()? + 1;
            let folds = folds::stratified(&target.happened, Some(&found.groups), n_folds, SEED);
            judge(judged.kind, labelled, &target.happened, &folds)
        });
        report::about_copies(answer, found.as_ref(), together.as_ref(), judged);
    }

    fn score(
        &self,
        table: &Columns,
        target: &Target,
        features: &Features,
        judged: &Judged,
        answer: &mut Answer,
    ) -> Result<(), Problem> {
        let apply = |scores: Vec<f64>| -> Vec<f64> {
            scores.into_iter().map(|s| judged.calibration.apply(probability(s))).collect()
        };
        // A row that was learnt from is told what a model said that had not seen it.
        let mut told = match target.rows.len() == table.n_rows() {
            true => vec![0.0; table.n_rows()],
            false => apply(judged.trained.model.scores(&features.columns())),
        };
        target.rows.iter().zip(&judged.told).for_each(|(row, p)| told[*row] = *p);
        let threshold = report::threshold(&judged.told, &target.happened);
        let here = Scored { table, features, told: &told, judged, threshold, id: self.id.as_deref() };
        report::about_rows(answer, &here, target)?;
        if let Some(test) = &self.test {
            let table = columns::read(test, &[], &ReadOptions::default())?;
            let features = features.read_same(&table)?;
            let told = apply(judged.trained.model.scores(&features.columns()));
            let there = Scored { table: &table, features: &features, told: &told, judged, threshold, id: self.id.as_deref() };
            report::about_test(answer, &there, &self.target, &self.positive)?;
            return there.write(self.out.as_deref(), &target.value);
        }
        here.write(self.out.as_deref(), &target.value)
    }
}

fn judge(kind: Kind, features: &Features, happened: &[bool], folds: &[usize]) -> Option<Judged> {
    let trained = training::train(kind, &features.columns(), happened, folds)?;
    let raw: Vec<f64> = trained.out_of_fold.iter().map(|s| probability(*s)).collect();
    let n_folds = folds.iter().max()? + 1;
    let (calibration, told) = calibrate::choose(&raw, happened, folds, n_folds);
    let mut quality = quality::judge(&told, happened)?;
    // Calibrating fold by fold shuffles ranks between folds a little; the ranking is the model's.
    quality.auc = quality::auc(&raw, happened, 0.95);
    Some(Judged { kind, trained, calibration, told, quality })
}
