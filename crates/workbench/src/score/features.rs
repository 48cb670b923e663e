//! Columns of a file as what a model learns from: numbers, days as numbers, categories; what says nothing is left out.

use std::collections::HashMap;

use rayon::prelude::*;
use statistics::scoring::{Column, UNKNOWN};
use tables::columns::{Codes, Columns, NO_DAY, Texts};

use crate::Problem;

/// The columns that a model learns from.
pub struct Features {
    pub all: Vec<Feature>,
    /// Columns that were left out by themselves, and why.
    pub left_out: Vec<(String, String)>,
}

pub struct Feature {
    pub name: String,
    pub kind: FeatureKind,
    /// Cells that are neither empty nor of the column's kind: taken as unknown.
    pub n_unreadable: usize,
}

pub enum FeatureKind {
    Numbers(Vec<f64>),
    /// Days since 1970.
    Days(Vec<f64>),
    Codes { values: Vec<u32>, names: Texts, n: usize },
}

/// Share of the filled cells that may be no number in a column of numbers.
const STRAY: f64 = 0.02;
/// Share of different values among filled cells above which a text names its row.
const NAMES_THE_ROW: f64 = 0.9;
/// Rows below which nothing is taken for a name of rows.
const FEWEST_FOR_NAMES: usize = 30;

/// The column's name as it stands in the file.
pub fn name_in(table: &Columns, name: &str) -> String {
    let folded = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let same = table.names().iter().find(|n| *n == name);
    let alike = || table.names().iter().find(|n| folded(n) == folded(name));
    same.or_else(alike).cloned().unwrap_or_else(|| name.to_owned())
}

impl Features {
    /// Takes every column but those of `left` that can tell something.
    pub fn learn(table: &Columns, left: &[String]) -> Result<Features, Problem> {
        let names: Vec<&String> = table.names().iter().filter(|name| !left.contains(name)).collect();
        let found: Result<Vec<_>, Problem> = names.into_par_iter().map(|name| of_column(table, name)).collect();
        let mut features = Features { all: Vec::new(), left_out: Vec::new() };
        for found in found? {
            match found {
                Ok(feature) => features.all.push(feature),
                Err(left_out) => features.left_out.push(left_out),
            }
        }
        Ok(features)
    }

    /// The same columns of another file, its categories by the codes of this one.
    pub fn read_same(&self, table: &Columns) -> Result<Features, Problem> {
        let read = |feature: &Feature| -> Result<Feature, Problem> {
            let name = &feature.name;
            let (kind, n_unreadable) = match &feature.kind {
                FeatureKind::Numbers(_) => {
                    let found = table.numbers(name)?;
                    (FeatureKind::Numbers(found.values), found.unreadable.n)
                }
                FeatureKind::Days(_) => {
                    let found = table.days(name)?;
                    (FeatureKind::Days(as_numbers(&found.values)), found.unreadable.n)
                }
                FeatureKind::Codes { names, n, .. } => (same_codes(&table.codes(name)?, names, *n), 0),
            };
            Ok(Feature { name: name.clone(), kind, n_unreadable })
        };
        let all: Result<Vec<Feature>, Problem> = self.all.par_iter().map(read).collect();
        Ok(Features { all: all?, left_out: Vec::new() })
    }

    pub fn n_columns(&self) -> usize {
        self.all.len()
    }

    pub fn columns(&self) -> Vec<Column<'_>> {
        self.all.iter().map(Feature::column).collect()
    }

    /// Only some rows.
    pub fn rows(&self, rows: &[usize]) -> Features {
        self.picked(|_| true, rows)
    }

    /// All rows without some columns.
    pub fn without(&self, places: &[usize]) -> Features {
        let n_rows = self.columns().first().map_or(0, Column::len);
        self.picked(|place| !places.contains(&place), &(0..n_rows).collect::<Vec<_>>())
    }

    fn picked(&self, wanted: impl Fn(usize) -> bool, rows: &[usize]) -> Features {
        let pick = |feature: &Feature| {
            let kind = match &feature.kind {
                FeatureKind::Numbers(values) => FeatureKind::Numbers(rows.iter().map(|r| values[*r]).collect()),
                FeatureKind::Days(values) => FeatureKind::Days(rows.iter().map(|r| values[*r]).collect()),
                FeatureKind::Codes { values, names, n } => FeatureKind::Codes {
                    values: rows.iter().map(|r| values[*r]).collect(),
                    names: names.clone(),
                    n: *n,
                },
            };
            Feature { name: feature.name.clone(), kind, n_unreadable: feature.n_unreadable }
        };
        let places = self.all.iter().enumerate().filter(|(place, _)| wanted(*place));
        Features { all: places.map(|(_, feature)| pick(feature)).collect(), left_out: Vec::new() }
    }
}

impl Feature {
    pub fn column(&self) -> Column<'_> {
        match &self.kind {
            FeatureKind::Numbers(values) | FeatureKind::Days(values) => Column::Numbers(values),
            FeatureKind::Codes { values, n, .. } => Column::Codes { values, n: *n },
        }
    }
}

type LeftOut = (String, String);

fn of_column(table: &Columns, name: &str) -> Result<Result<Feature, LeftOut>, Problem> {
    let left = |reason: String| Ok(Err((name.to_owned(), reason)));
    let feature = |kind, n_unreadable| Ok(Ok(Feature { name: name.to_owned(), kind, n_unreadable }));
    let numbers = table.numbers(name)?;
    let n_numbers = numbers.values.iter().filter(|v| v.is_finite()).count();
    let n_stray = numbers.unreadable.n;
    if n_numbers + n_stray == 0 {
        return left("it is empty".into());
    }
    if (n_stray as f64) <= STRAY * (n_numbers + n_stray) as f64 {
        if is_counter(name, &numbers.values) {
            return left("it names the row: every value is different".into());
        }
        let first = numbers.values.iter().find(|v| v.is_finite());
        if numbers.values.iter().all(|v| !v.is_finite() || Some(v) == first) && n_numbers == numbers.values.len() {
            return left("it is the same in every row".into());
        }
        return feature(FeatureKind::Numbers(numbers.values), n_stray);
    }
    let codes = table.codes(name)?;
    let n_filled = codes.values.iter().filter(|c| **c != UNKNOWN).count();
    let n = codes.n_names();
    if n == 1 && n_filled == codes.values.len() {
        return left(format!("it is “{}” in every row", codes.names.get(0)));
    }
    let days = table.days(name)?;
    let n_days = days.values.iter().filter(|d| **d != NO_DAY).count();
    if n_days > 0 && (days.unreadable.n as f64) <= STRAY * n_days as f64 {
        return feature(FeatureKind::Days(as_numbers(&days.values)), days.unreadable.n);
    }
    if n_filled >= FEWEST_FOR_NAMES && n as f64 > NAMES_THE_ROW * n_filled as f64 && n > n_filled / 2 {
        return left(format!("it names the row: {n} different values in {n_filled} filled cells"));
    }
    feature(FeatureKind::Codes { values: codes.values, names: codes.names, n }, 0)
}

/// True for whole numbers that are all different and either run through or are called a number, a key or a code.
fn is_counter(name: &str, values: &[f64]) -> bool {
    let mut known: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    if known.len() < FEWEST_FOR_NAMES || known.iter().any(|v| v.fract() != 0.0) {
        return false;
    }
    known.sort_unstable_by(f64::total_cmp);
    if known.windows(2).any(|w| w[0] == w[1]) {
        return false;
    }
    let runs_through = known[known.len() - 1] - known[0] < 1.5 * known.len() as f64;
    let name = name.to_lowercase();
    let is_called = ["id", "key", "uuid", "index", "row", "number", "phone", "no"].iter().any(|word| {
        name == *word || name.ends_with(&format!("_{word}")) || name.ends_with(&format!(" {word}")) || (name.ends_with(word) && word.len() > 3)
    });
    runs_through || is_called || name.ends_with("id")
}

fn as_numbers(days: &[i32]) -> Vec<f64> {
    days.iter().map(|d| if *d == NO_DAY { f64::NAN } else { f64::from(*d) }).collect()
}

/// The categories of another file by the codes of this one; those never seen get the code after the last.
fn same_codes(found: &Codes, names: &Texts, n: usize) -> FeatureKind {
    let known: HashMap<&str, u32> = names.iter().zip(0..).collect();
    let unseen = n as u32;
    let code_of: Vec<u32> = found.names.iter().map(|name| known.get(name).copied().unwrap_or(unseen)).collect();
    let values = found.values.iter().map(|c| code_of.get(*c as usize).copied().unwrap_or(UNKNOWN)).collect();
    FeatureKind::Codes { values, names: names.clone(), n }
}
