//! Groups of customers: the sides from which a change is looked at.

use super::super::{Day, Facts, rfm};
use serde::{Deserialize, Serialize};

/// Groups of one side; the smaller ones are one group together.
const MOST_GROUPS: usize = 12;
/// The label of those who are in no group of their own.
const OTHERS: &str = "all others";
const NOT_KNOWN: &str = "not known";

/// From which side a change is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Source,
    Country,
    Tier,
    Segment,
    /// New in the month, or not.
    Age,
    Category,
}

impl Side {
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Country => "country",
            Self::Tier => "tier",
            Self::Segment => "segment",
            Self::Age => "age",
            Self::Category => "category",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Source => "Where they came from",
            Self::Country => "Country",
            Self::Tier => "Value tier before",
            Self::Segment => "RFM segment before",
            Self::Age => "New or returning",
            Self::Category => "Product category",
        }
    }
}

/// Every customer in one of some groups.
#[derive(Debug, Clone)]
pub struct Groups {
    pub side: Side,
    pub labels: Vec<String>,
    /// What the filter language calls each group; empty where it has no word for it.
    pub values: Vec<String>,
    /// By customer; a customer beyond the end is in the last group.
    of: Vec<u8>,
}

impl Groups {
    /// The group of a customer.
    pub fn of(&self, customer: u32) -> usize {
        self.of.get(customer as usize).map_or(self.labels.len() - 1, |group| usize::from(*group))
    }
}

/// All sides, with tiers and segments as they stood at the end of the day `then`.
pub(super) fn all(facts: &Facts, then: Day) -> Vec<Groups> {
    let n = facts.n_customers();
    let sources = (0..n).map(|customer| facts.source_number(customer));
    let countries = (0..n).map(|customer| facts.country_number(customer));
    let mut all = vec![
        named(Side::Source, facts.source_names(), sources),
        named(Side::Country, facts.country_names(), countries),
    ];
    let stood = rfm::analyze(facts, then);
    all.push(tiers(n, &stood));
    all.push(segments(n, &stood));
    all.retain(|groups| groups.labels.len() > 1);
    all
}

/// Groups by name, the most frequent first.
fn named(side: Side, names: &[String], of: impl Iterator<Item = u16> + Clone) -> Groups {
    let mut counts = vec![0u64; names.len()];
    of.clone().for_each(|name| counts[usize::from(name)] += 1);
    let mut order: Vec<usize> = (0..names.len()).filter(|name| counts[*name] > 0).collect();
    order.sort_by_key(|name| (std::cmp::Reverse(counts[*name]), *name));
    let has_others = order.len() > MOST_GROUPS;
    order.truncate(if has_others { MOST_GROUPS - 1 } else { MOST_GROUPS });
    let mut places = vec![order.len() as u8; names.len()];
    order.iter().enumerate().for_each(|(place, name)| places[*name] = place as u8);
    let label =
        |name: &usize| if names[*name].is_empty() { NOT_KNOWN.to_string() } else { names[*name].clone() };
    let mut labels: Vec<String> = order.iter().map(label).collect();
    let mut values: Vec<String> = order.iter().map(|name| names[*name].clone()).collect();
    if has_others {
        labels.push(OTHERS.to_string());
        values.push(String::new());
    }
    Groups { side, labels, values, of: of.map(|name| places[usize::from(name)]).collect() }
}

fn tiers(n: u32, stood: &rfm::Rfm) -> Groups {
    use statistics::rfm::Tier;
    let place = |tier: Tier| match tier {
        Tier::High => 0,
        Tier::Mid => 1,
        Tier::Low => 2,
    };
    let mut of = vec![3u8; n as usize];
    for (customer, tier) in stood.customers.iter().zip(&stood.tiers) {
        of[*customer as usize] = place(*tier);
    }
    let labels = ["high value", "middle value", "low value", "bought nothing before"];
    Groups {
        side: Side::Tier,
        labels: labels.map(str::to_string).to_vec(),
        values: vec![String::new(); labels.len()],
        of,
    }
}

fn segments(n: u32, stood: &rfm::Rfm) -> Groups {
    let mut names: Vec<String> = vec!["bought nothing before".to_string()];
    let mut of = vec![0u16; n as usize];
    for (customer, scores) in stood.customers.iter().zip(&stood.scores) {
        let label = rfm::segment_label(scores.segment());
        let place = names.iter().position(|name| name == label).unwrap_or_else(|| {
            names.push(label.to_string());
            names.len() - 1
        });
        of[*customer as usize] = place as u16;
    }
    let mut found = named(Side::Segment, &names, of.iter().copied());
    // The segments of today are others: the filter cannot ask for those of then.
    found.values.iter_mut().for_each(String::clear);
    found
}

impl Groups {
    /// Who is new in a month, and who bought before.
    pub(super) fn of_ages() -> Self {
        Self {
            side: Side::Age,
            labels: ["new customers", "returning customers"].map(str::to_string).to_vec(),
            values: vec![String::new(); 2],
            of: Vec::new(),
        }
    }
}
