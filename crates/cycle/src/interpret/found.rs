//! What an insight is made of: a claim, its evidence, money, the counter-checks that ran, and the people it is about.
//!
//! Plain data, kept as JSON in the record. Nothing here computes or reads.

use records::filter::Filter;
use serde::{Deserialize, Serialize};

/// The kinds of claims that are looked for, in the order in which they are asked: data faults first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Records that bend a metric.
    DataFault,
    /// Valuable customers who have likely left.
    LikelyLost,
    /// Customers who bought once and are in the time in which others came back.
    SecondOrder,
    /// Customers who have a product that leads others to a second one, and not that one.
    CrossSell,
    /// Contracts that come to their renewal with a risk well above the usual.
    RenewalAtRisk,
    /// Customers who buy clearly less than a period before.
    TierDrop,
    /// How much of the money hangs on how few.
    Concentration,
    /// A month of new customers who come back worse.
    BadCohort,
    /// A metric that left what its past lets expect.
    MetricMoved,
    /// A topic of which is written more and more angrily.
    TopicGrows,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::DataFault,
        Self::LikelyLost,
        Self::SecondOrder,
        Self::CrossSell,
        Self::RenewalAtRisk,
        Self::TierDrop,
        Self::Concentration,
        Self::BadCohort,
        Self::MetricMoved,
        Self::TopicGrows,
    ];

    /// The name in the store and in URLs.
    pub fn name(self) -> &'static str {
        match self {
            Self::DataFault => "data_fault",
            Self::LikelyLost => "likely_lost",
            Self::SecondOrder => "second_order",
            Self::CrossSell => "cross_sell",
            Self::RenewalAtRisk => "renewal_at_risk",
            Self::TierDrop => "tier_drop",
            Self::Concentration => "concentration",
            Self::BadCohort => "bad_cohort",
            Self::MetricMoved => "metric_moved",
            Self::TopicGrows => "topic_grows",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::DataFault => "A data fault bends a figure",
            Self::LikelyLost => "Valuable customers likely lost",
            Self::SecondOrder => "Due for a second order",
            Self::CrossSell => "Ready for a second product",
            Self::RenewalAtRisk => "Contracts that may not be renewed",
            Self::TierDrop => "Buying less than before",
            Self::Concentration => "Revenue hangs on few",
            Self::BadCohort => "A month that comes back worse",
            Self::MetricMoved => "A metric moved",
            Self::TopicGrows => "A complaint that grows",
        }
    }
}

/// An insight as a run finds it, before it is a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub kind: Kind,
    /// What it is about: with the kind it names the same insight from run to run.
    pub about: String,
    /// The claim in plain words.
    pub claim: String,
    pub evidence: Evidence,
    /// Customers it is about, also those whose rows are not kept.
    pub n_customers: u64,
    pub money: Option<Money>,
    /// How the money was computed, or why there is none.
    pub money_how: String,
    pub checks: Vec<Check>,
    /// From 0 to 1, after the counter-checks.
    pub confidence: f64,
    /// What one would have to see to drop the claim.
    pub refuted_by: String,
    pub suggested_action: String,
    /// The people with the most money first; at most [`super::MOST_ROWS`].
    pub people: Vec<Member>,
}

impl Found {
    /// What the list is sorted by: the low end of the money times the confidence.
    ///
    /// **Units.** Minor units of the workspace's currency.
    pub fn worth(&self) -> f64 {
        self.money.map_or(0.0, |money| money.low_minor.max(0) as f64) * self.confidence
    }
}

/// Money at stake with its interval.
///
/// **Units.** Minor units of the workspace's currency; `level` is the probability that the interval holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Money {
    pub expected_minor: i64,
    pub low_minor: i64,
    pub high_minor: i64,
    pub level: f64,
}

/// What a claim stands on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The name of the computation, as the method sheet `docs/methods/insights.md` heads it.
    pub query: String,
    /// What is counted, in a sentence or two.
    pub definition: String,
    /// The last day that the computation knows, as a date.
    pub last_day: String,
    pub figures: Vec<Figure>,
    pub tables: Vec<Table>,
    /// Opens the people behind the claim as a list; None where the filter language cannot say it.
    pub filter: Option<Filter>,
    /// How the filter differs from the people kept with the insight; empty where it does not.
    pub filter_note: String,
    /// The check of the quality board whose rows are behind a data fault: `quality::rows(…, name, …)`.
    pub quality_rows: Option<String>,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Count,
    /// From 0 to 1.
    Share,
    /// Minor units of the workspace's currency.
    Money,
    Days,
    /// A pure number, such as Gini's coefficient.
    Number,
}

/// One number with what is needed to read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub name: String,
    pub label: String,
    pub unit: Unit,
    pub value: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Probability that the interval holds.
    pub level: Option<f64>,
    /// Of how many it is a share or mean.
    pub denominator: Option<u64>,
}

impl Figure {
    pub fn new(name: &str, label: &str, unit: Unit, value: f64) -> Self {
        Self {
            name: name.to_string(),
            label: label.to_string(),
            unit,
            value,
            low: None,
            high: None,
            level: None,
            denominator: None,
        }
    }

    pub fn between(mut self, low: f64, high: f64, level: f64) -> Self {
        (self.low, self.high, self.level) = (Some(low), Some(high), Some(level));
        self
    }

    pub fn of(mut self, denominator: u64) -> Self {
        self.denominator = Some(denominator);
        self
    }
}

/// A small table behind a claim, its cells as words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub caption: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// What a counter-check asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    DataFault,
    /// Does one person stand in the records twice?
    SecondNumber,
    MixShift,
    Season,
    RegressionToTheMean,
    TooManyLooks,
    /// The same reckoning at an earlier day, compared with what came.
    Earlier,
    /// What actions about insights of this kind were measured to bring.
    TrackRecord,
}

impl Question {
    pub fn in_words(self) -> &'static str {
        match self {
            Self::DataFault => "Is it a data fault?",
            Self::SecondNumber => "Do they buy on under a second number?",
            Self::MixShift => "Is it a shift of the mix?",
            Self::Season => "Is it the season?",
            Self::RegressionToTheMean => "Is it regression to the mean?",
            Self::TooManyLooks => "Is it chance, seen by looking often enough?",
            Self::Earlier => "Would the same reckoning have failed before?",
            Self::TrackRecord => "Did acting on it bring less than was expected?",
        }
    }
}

/// What came out of a counter-check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The other explanation was tested and does not hold: the claim stands.
    Stands,
    /// The other explanation holds in part.
    Weakened,
    /// The other explanation may be all there is to it.
    Explained,
    /// The data do not allow the test.
    CannotTell,
}

impl Verdict {
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Stands => "no",
            Self::Weakened => "in part",
            Self::Explained => "maybe all of it",
            Self::CannotTell => "can't tell",
        }
    }

    /// What remains of the confidence.
    fn factor(self) -> f64 {
        match self {
            Self::Stands => 1.0,
            Self::Weakened => 0.75,
            Self::Explained => 0.25,
            Self::CannotTell => 0.9,
        }
    }
}

/// A counter-check that ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    pub question: Question,
    pub verdict: Verdict,
    /// What was compared, with its numbers, and what it means.
    pub words: String,
}

impl Check {
    pub fn new(question: Question, verdict: Verdict, words: impl Into<String>) -> Self {
        Self { question, verdict, words: words.into() }
    }
}

/// The confidence before any counter-check: no claim about next year is certain.
const AT_MOST: f64 = 0.95;

/// The confidence that remains after the counter-checks.
pub fn confidence(checks: &[Check]) -> f64 {
    checks.iter().fold(AT_MOST, |sum, check| sum * check.verdict.factor())
}

/// A confidence as a word.
pub fn confidence_in_words(confidence: f64) -> &'static str {
    match confidence {
        c if c >= 0.8 => "well supported",
        c if c >= 0.6 => "likely",
        c if c >= 0.35 => "a hint",
        _ => "doubtful",
    }
}

/// A person behind a claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    pub person_id: String,
    /// The figures that made the person part of it.
    pub figures: Vec<MemberFigure>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberFigure {
    pub label: String,
    pub unit: Unit,
    pub value: f64,
}

impl MemberFigure {
    pub fn new(label: &str, unit: Unit, value: f64) -> Self {
        Self { label: label.to_string(), unit, value }
    }
}

/// A kind of which nothing was found, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Silent {
    pub kind: Kind,
    /// Whether the data were too few to look; else it was looked and nothing was there.
    pub abstained: bool,
    pub why: String,
}

impl Silent {
    pub fn abstained(kind: Kind, why: impl Into<String>) -> Self {
        Self { kind, abstained: true, why: why.into() }
    }

    pub fn nothing(kind: Kind, why: impl Into<String>) -> Self {
        Self { kind, abstained: false, why: why.into() }
    }
}
