//! `analyze classify`: learns from labelled texts which class a text belongs to, and says how well it does on texts unseen.
//!
//! Every figure is about texts that the classifier has not learned from. No model file is written.

mod figures;

use std::path::{Path, PathBuf};

use language::classify::{Collection, Prediction};
use rayon::prelude::*;
use tables::columns::{self, ColumnOut, Columns, NO_CODE, ReadOptions, Texts};

use crate::left_out::LeftOut;
use crate::{Answer, Problem, written};

/// Which class each text belongs to, learned from labelled texts
///
/// Without --test the figures come from cross-validation: each text is predicted by a classifier that has not seen it. With
/// --test it learns from all of FILE and predicts the other file. A text that is unlike those it learned from, or whose best
/// class is not probable enough, is left undecided.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze classify questions.csv --text question --label intent
  rondel analyze classify questions.csv --text question --label intent --test new.csv --out sorted.csv
  rondel analyze classify tickets.csv --text subject --label team --threshold 0.8")]
pub struct Classify {
    /// CSV, XLSX, JSON Lines or Parquet, one row for each text
    file: PathBuf,
    /// Column with the texts
    #[arg(long, value_name = "COLUMN")]
    text: String,
    /// Column with the class; rows without one are predicted in --out
    #[arg(long, value_name = "COLUMN")]
    label: String,
    /// Another file to predict, with the same column of texts; with labels the figures are about it
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// Least probability of a class that is answered
    #[arg(long, value_name = "P", default_value_t = 0.5)]
    threshold: f64,
    /// Parts of the cross-validation
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u8).range(2..=20))]
    folds: u8,
    /// Writes one row for each text as CSV or Parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Texts with their labels and what was predicted.
struct Judged {
    /// Number of the row in its file.
    row: i64,
    /// The class, if there is a label; [`NO_CODE`] for none and [`UNSEEN`] for one that was not learned.
    label: u32,
    prediction: Prediction,
}

/// A label of the test file that the training file does not have.
const UNSEEN: u32 = NO_CODE - 1;

impl Classify {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        if !(0.0..=1.0).contains(&self.threshold) {
            return Err(Problem::Option { option: "threshold", message: "a probability lies from 0 to 1".into() });
        }
        let file = columns::read(&self.file, &[&self.text, &self.label], &ReadOptions::default())?;
        let mut left_out = LeftOut::of(&file);
        let texts = file.texts(&self.text)?;
        let labels = file.codes(&self.label)?;
        let usable = |row: &usize| labels.values[*row] != NO_CODE && !texts.get(*row).trim().is_empty();
        let seen: Vec<usize> = (0..texts.len()).filter(usable).collect();
        let seen_texts: Vec<&str> = seen.iter().map(|&row| texts.get(row)).collect();
        let classes: Vec<u32> = seen.iter().map(|&row| labels.values[row]).collect();
        let n_unlabelled = labels.values.iter().filter(|&&code| code == NO_CODE).count();
        let n_empty = texts.iter().filter(|text| text.trim().is_empty()).count();
        let collection = Collection::new(&seen_texts, &classes).map_err(|why| Problem::CannotTell(why.to_string()))?;
        let (predictions, calibration) = collection.cross_validated(usize::from(self.folds));
        let mut judged: Vec<Judged> = seen
            .iter()
            .zip(&predictions)
            .map(|(&row, &prediction)| Judged { row: file.row_number(row) as i64, label: labels.values[row], prediction })
            .collect();
        let mut answer = Answer::of(seen.len());
        answer.tell("n_unlabelled", n_unlabelled);
        answer.tell("n_empty", n_empty);
        let names = Names { names: &labels.names };
        match &self.test {
            None => {
                figures::tell(&mut answer, &judged, &names, self.threshold, "cross_validation");
                if self.out.is_some() && n_unlabelled > 0 {
                    let classifier = collection.learn(calibration);
                    let unlabelled = (0..texts.len()).filter(|&row| labels.values[row] == NO_CODE);
                    judged.extend(unlabelled.map(|row| Judged {
                        row: file.row_number(row) as i64,
                        label: NO_CODE,
                        prediction: classifier.predict(texts.get(row)),
                    }));
                    judged.sort_by_key(|j| j.row);
                }
            }
            Some(test) => {
                let validated = figures::accuracy(&judged, self.threshold);
                answer.tell("cross_validated", validated);
                let file = self.test_file(test)?;
                let classifier = collection.learn(calibration);
                judged = self.tested(&file, &names, |text| classifier.predict(text))?;
                answer.tell("n_test", judged.len());
                figures::tell(&mut answer, &judged, &names, self.threshold, "test");
            }
        }
        if n_unlabelled > 0 {
            left_out.warn(format!("{n_unlabelled} rows without a label were not learned from"));
        }
        left_out.tell(&mut answer);
        if let Some(out) = &self.out {
            self.write(out, &judged, &names)?;
        }
        Ok(answer)
    }

    /// Reads the other file, with its labels if it has any.
    fn test_file(&self, test: &Path) -> Result<Columns, Problem> {
        let options = ReadOptions::default();
        Ok(match columns::read(test, &[&self.text, &self.label], &options) {
            Err(tables::FileError::MissingColumns { .. }) => columns::read(test, &[&self.text], &options)?,
            read => read?,
        })
    }

    fn tested(
        &self,
        file: &Columns,
        names: &Names<'_>,
        predict: impl Fn(&str) -> Prediction + Sync,
    ) -> Result<Vec<Judged>, Problem> {
        let texts = file.texts(&self.text)?;
        let labels = file.texts(&self.label).ok();
        let known: std::collections::HashMap<&str, u32> =
            names.names.iter().enumerate().map(|(code, name)| (name, code as u32)).collect();
        let label = |row: usize| match labels.as_ref().map(|labels| labels.get(row)) {
            None | Some("") => NO_CODE,
            Some(name) => known.get(name).copied().unwrap_or(UNSEEN),
        };
        let predictions: Vec<Prediction> =
            (0..texts.len()).into_par_iter().map(|row| predict(texts.get(row))).collect();
        Ok(predictions
            .into_iter()
            .enumerate()
            .map(|(row, prediction)| Judged { row: file.row_number(row) as i64, label: label(row), prediction })
            .collect())
    }

    fn write(&self, out: &Path, judged: &[Judged], names: &Names<'_>) -> Result<(), Problem> {
        let rows: Vec<i64> = judged.iter().map(|j| j.row).collect();
        let labels: Vec<&str> = judged.iter().map(|j| names.of(j.label)).collect();
        let is_answered = |j: &Judged| j.is_answered(self.threshold);
        let predicted: Vec<&str> =
            judged.iter().map(|j| if is_answered(j) { names.of(j.prediction.class) } else { "" }).collect();
        let best: Vec<&str> = judged.iter().map(|j| names.of(j.prediction.class)).collect();
        let second: Vec<&str> = judged.iter().map(|j| names.of(j.prediction.second)).collect();
        let probability: Vec<f64> = judged.iter().map(|j| (j.prediction.probability * 1e6).round() / 1e6).collect();
        let abstained: Vec<bool> = judged.iter().map(|j| !is_answered(j)).collect();
        written(
            out,
            &[
                ("row", ColumnOut::Integers(&rows)),
                ("label", ColumnOut::Words(&labels)),
                ("predicted", ColumnOut::Words(&predicted)),
                ("probability", ColumnOut::Numbers(&probability)),
                ("best", ColumnOut::Words(&best)),
                ("second", ColumnOut::Words(&second)),
                ("abstained", ColumnOut::Truths(&abstained)),
            ],
        )
    }
}

impl Judged {
    fn is_answered(&self, threshold: f64) -> bool {
        self.prediction.in_scope && self.prediction.probability >= threshold
    }

    fn is_right(&self) -> bool {
        self.prediction.class == self.label
    }
}

/// What the classes are called.
struct Names<'a> {
    names: &'a Texts,
}

impl Names<'_> {
    fn of(&self, code: u32) -> &str {
        match code {
            NO_CODE => "",
            UNSEEN => "(not learned)",
            code => self.names.get(code as usize),
        }
    }
}
