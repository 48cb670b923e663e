//! `analyze dedupe`: which rows of a file, or of two, mean the same person, company, restaurant or publication.
//!
//! Reads columns, says what they hold, lets `linkage` find and group, and answers with figures, examples and files. Nothing is
//! merged; no row is changed.

mod fields;
mod out;
mod report;
mod truth;

use std::path::PathBuf;

use linkage::{Found, Matching, Options, Records};

use crate::{Answer, Problem};
use fields::{Input, Plan};

/// Which rows mean the same person, company, restaurant or publication
///
/// Learns from the file itself, without labels (Fellegi and Sunter with expectation and maximisation). With two files it finds
/// for each row of the first at most one partner in the second.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze dedupe contacts.csv --id id --out clusters.csv --pairs pairs.csv
  rondel analyze dedupe fodors.csv zagats.csv --id id --truth class
  rondel analyze dedupe contacts.csv --truth person --threshold 0.9
  rondel analyze dedupe a.csv b.csv --id id --truth matches.csv       pairs of ids that are known to be true
  rondel analyze dedupe members.csv --fields first,last:family_name,born:date

Kinds for --fields: given_name family_name full_name date email phone house_number street postcode city region country
company text people year number category identifier. Columns that are called id, class, cluster, label and the like are
never compared unless --fields names them. Keys that end in -org or -dup-0 (febrl) serve as --truth as they are.")]
pub struct Dedupe {
    /// The file
    file: PathBuf,
    /// A second file, to be linked with the first
    file2: Option<PathBuf>,
    /// Column that names a row in answers; it is not compared
    #[arg(long, value_name = "C")]
    id: Option<String>,
    /// Column with the true group of each row, or a file with two columns of ids that are true pairs; never compared
    #[arg(long, value_name = "C")]
    truth: Option<String>,
    /// Probability from which two rows are one
    #[arg(long, value_name = "P", default_value_t = 0.5)]
    threshold: f64,
    /// Columns to compare, each with its kind after a colon if it should not be guessed
    #[arg(long, value_name = "C[:KIND],…", value_delimiter = ',')]
    fields: Vec<String>,
    /// Columns that are not compared
    #[arg(long, value_name = "C,…", value_delimiter = ',')]
    drop: Vec<String>,
    /// With two files: a row may have several partners
    #[arg(long)]
    many: bool,
    /// File for the group of each row
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// File for the pairs with their probability and reasons
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
}

/// Pairs, groups and what they were found in.
struct Linked<'a> {
    plan: &'a Plan,
    inputs: &'a [Input],
    records: &'a Records,
    found: &'a Found,
    threshold: f64,
}

impl Dedupe {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        if self.threshold.is_nan() || self.threshold <= 0.0 || self.threshold >= 1.0 {
            let message = "a probability lies between 0 and 1".to_owned();
            return Err(Problem::Option { option: "threshold", message });
        }
        let mut inputs = vec![Input::read(&self.file)?];
        if let Some(file) = &self.file2 {
            inputs.push(Input::read(file)?);
        }
        let truth = self.truth.as_deref().map(|truth| truth::find(truth, &inputs)).transpose()?;
        let plan = Plan::new(&inputs, &self.fields, &self.left_out(&truth), self.id.as_deref())?;
        for input in &mut inputs {
            input.ids = self.id.as_deref().map(|id| input.texts(id)).transpose()?;
        }
        let records = plan.records(&mut inputs)?;
        let split = (inputs.len() == 2).then(|| inputs[0].n_rows() as u32);
        let relation = if self.many { Matching::Many } else { Matching::OneToOne };
        let found = linkage::find(&records, split, &Options { threshold: self.threshold, relation });
        let linked = Linked {
            plan: &plan,
            inputs: &inputs,
            records: &records,
            found: &found,
            threshold: self.threshold,
        };
        let quality = truth.map(|truth| truth.measure(&linked)).transpose()?;
        if let Some(path) = &self.out {
            out::rows(path, &linked)?;
        }
        if let Some(path) = &self.pairs {
            out::pairs(path, &linked)?;
        }
        Ok(report::answer(&linked, quality.as_ref()))
    }

    /// Columns that must not be compared.
    fn left_out(&self, truth: &Option<truth::Truth>) -> Vec<String> {
        let mut names = self.drop.clone();
        names.extend(self.id.clone());
        if matches!(truth, Some(truth::Truth::Column(_))) {
            names.extend(self.truth.clone());
        }
        names
    }
}
