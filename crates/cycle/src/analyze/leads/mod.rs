//! Leads: people who never bought. Points by rules, and beside them the probability of a first order by own history.
//!
//! The rules say what somebody decided to look for, the model what foretold buying here; neither says what would bring
//! about an order. Attributes of people are those of today: what was only learnt with an order would betray it, so that
//! columns that know too much are left out and named.

mod features;
mod people;
mod points;
mod predict;
mod refinery;
pub mod words;

pub use people::{MOST_PEOPLE, People, Person};
pub use points::{Points, of_rule};

use super::Day;
use super::facts::Facts;
use super::models::{Reason, Trained};
use crate::plan::lead_scoring::{GRADES, LeadScoring};
use serde::{Deserialize, Serialize};

pub const NAME: &str = "lead";

/// One lead with its scores.
#[derive(Debug)]
pub struct Lead {
    pub id: String,
    pub points: Points,
    pub probability: Option<f64>,
    pub reasons: Vec<Reason>,
}

/// Why a lead has its scores, as it is kept: points by rule in words, and what moved the probability.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Why {
    pub rules: Vec<(String, f64)>,
    pub model: Vec<Reason>,
}

/// Rules that are kept with a lead.
const MOST_RULES_KEPT: usize = 6;

/// All leads, in the order of ids, and the model beside the rules.
#[derive(Debug)]
pub struct Leads {
    pub trained: Trained,
    pub all: Vec<Lead>,
    labels: Vec<String>,
}

impl Leads {
    pub fn why(&self, lead: &Lead) -> Why {
        let rule = |(at, points): &(usize, f64)| (self.labels[*at].clone(), (points * 10.0).round() / 10.0);
        Why {
            rules: lead.points.by_rule.iter().take(MOST_RULES_KEPT).map(rule).collect(),
            model: lead.reasons.clone(),
        }
    }
}

/// Scores everybody who never bought.
pub fn analyze(people: &People, facts: &Facts, scoring: &LeadScoring, last_day: Day) -> Leads {
    // Who has a history of orders is no lead, whatever the record says.
    let leads: Vec<&Person> = people
        .all
        .iter()
        .filter(|person| person.bought_on.is_none() && facts.find(&person.id).is_none())
        .collect();
    let (mut trained, told) = predict::run(people, &leads, last_day);
    let mut all = Vec::with_capacity(leads.len());
    let mut cells = [[0u64; 3]; 3];
    for (at, person) in leads.iter().enumerate() {
        let points = points::of(scoring, people, person, last_day);
        count_grade(&mut cells, points.grade);
        let (probability, reasons) = told
            .as_ref()
            .map_or((None, Vec::new()), |told| (Some(told.probabilities[at]), told.reasons[at].clone()));
        all.push(Lead { id: person.id.clone(), points, probability, reasons });
    }
    let horizon = trained.report.horizon_days.unwrap_or(predict::USUAL_DAYS);
    trained.report.grades =
        GRADES.iter().zip(cells).map(|(names, n)| (names.map(str::to_string), n)).collect();
    trained.report.tables.extend(refinery::table(scoring, people, last_day.plus(-horizon), horizon));
    trained.report.figures.push(("Leads".to_string(), all.len().to_string()));
    Leads { trained, all, labels: scoring.rules.iter().map(|rule| rule.label()).collect() }
}

fn count_grade(cells: &mut [[u64; 3]; 3], grade: &str) {
    for (row, names) in GRADES.iter().enumerate() {
        for (column, name) in names.iter().enumerate() {
            cells[row][column] += u64::from(*name == grade);
        }
    }
}

/// Whether somebody bought first within `horizon` days after `then`.
fn bought_within(person: &Person, then: Day, horizon: i32) -> bool {
    person.bought_on.is_some_and(|bought| bought > then.0 && bought <= then.0.saturating_add(horizon))
}

/// How many of the leads of a day bought first within the days after it, as is known by now.
pub fn bought_since(people: &People, then: Day, horizon: i32) -> u64 {
    let leads = people.all.iter().filter(|person| person.is_lead(then));
    leads.filter(|person| bought_within(person, then, horizon)).count() as u64
}
