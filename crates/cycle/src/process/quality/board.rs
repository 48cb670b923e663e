//! The shape of the board: figures and what they are about. It is kept as JSON, one text per run.

use super::{Oddity, SOURCES_SHOWN};
use records::filter::Filter;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    People,
    Companies,
    Products,
    Orders,
    OrderLines,
}

impl Kind {
    pub const ALL: [Self; 5] =
        [Self::People, Self::Companies, Self::Products, Self::Orders, Self::OrderLines];

    /// The word in names of checks, which is that of the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Companies => "companies",
            Self::Products => "products",
            Self::Orders => "orders",
            Self::OrderLines => "order_lines",
        }
    }
}

/// In which respect a value is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// The value is there.
    Completeness,
    /// The value could be read and is possible.
    Validity,
    /// No other record has the value.
    Uniqueness,
    /// The value was confirmed lately.
    Freshness,
    /// The value agrees with the record's other values.
    Consistency,
}

impl Dimension {
    pub const ALL: [Self; 5] =
        [Self::Completeness, Self::Validity, Self::Uniqueness, Self::Freshness, Self::Consistency];

    pub fn word(self) -> &'static str {
        match self {
            Self::Completeness => "completeness",
            Self::Validity => "validity",
            Self::Uniqueness => "uniqueness",
            Self::Freshness => "freshness",
            Self::Consistency => "consistency",
        }
    }
}

/// One figure: `n_good` of `n_checked` rows are without the fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// `people.email.validity`: kind, field, dimension; names the check in URLs and trends.
    pub name: String,
    pub kind: Kind,
    pub field: String,
    pub label: String,
    pub dimension: Dimension,
    /// What counts, in a sentence.
    pub definition: String,
    pub n_checked: u64,
    pub n_good: u64,
    /// By source, the largest first; empty where the figure has none.
    pub by_source: Vec<SourceShare>,
    /// The rows at fault as a list of people, where the filter language can say it; `quality::rows` has them always.
    pub filter: Option<Filter>,
}

/// A figure within one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceShare {
    /// Empty for records without a source; `…` for all sources beyond the largest.
    pub source: String,
    pub n_checked: u64,
    pub n_good: u64,
}

impl Check {
    /// The share without the fault; None where there was nothing to check.
    pub fn share(&self) -> Option<f64> {
        (self.n_checked > 0).then(|| self.n_good as f64 / self.n_checked as f64)
    }

    pub fn n_faulty(&self) -> u64 {
        self.n_checked - self.n_good
    }
}

/// Everything that one run found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Board {
    pub n_records: BTreeMap<Kind, u64>,
    pub checks: Vec<Check>,
    /// Days, sources and imports whose figures cannot be the customers' doing.
    pub oddities: Vec<Oddity>,
}

impl Board {
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    pub fn oddity(&self, id: &str) -> Option<&Oddity> {
        self.oddities.iter().find(|oddity| oddity.id == id)
    }

    /// Good and checked values of one kind in one dimension, over all its fields.
    pub fn total(&self, kind: Kind, dimension: Dimension) -> (u64, u64) {
        let of = self.checks.iter().filter(|c| c.kind == kind && c.dimension == dimension);
        of.fold((0, 0), |(good, all), check| (good + check.n_good, all + check.n_checked))
    }
}

/// Counts of one check by source, on the way to [`SourceShare`]s: checked and at fault.
pub(super) fn by_source(counts: BTreeMap<&str, (u64, u64)>) -> Vec<SourceShare> {
    let mut shares: Vec<SourceShare> = counts
        .into_iter()
        .map(|(source, (n_checked, n_faulty))| SourceShare {
            source: source.to_string(),
            n_checked,
            n_good: n_checked - n_faulty,
        })
        .collect();
    shares.sort_by(|a, b| b.n_checked.cmp(&a.n_checked).then_with(|| a.source.cmp(&b.source)));
    if shares.len() > SOURCES_SHOWN {
        let rest = shares.split_off(SOURCES_SHOWN - 1);
        shares.push(SourceShare {
            source: "…".to_string(),
            n_checked: rest.iter().map(|share| share.n_checked).sum(),
            n_good: rest.iter().map(|share| share.n_good).sum(),
        });
    }
    shares
}
