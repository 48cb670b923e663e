//! What acting on insights brought so far, by their kind: it moves an insight up or down in the list, never its claim.

use super::found::{Check, Found, Kind, Question, Verdict};
use std::collections::BTreeMap;

/// What came of actions about one kind of insight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrackRecord {
    /// Measured by expected effect, drawn towards that of all kinds the fewer actions are known: 1 is "as expected".
    pub came_by_expected: f64,
    /// Actions whose effect is final.
    pub n_settled: usize,
}

/// A kind with a poor record stays in the list: the next action about it may be another one.
const LEAST: f64 = 0.1;
/// A kind that brought more than was expected is not lifted without end.
const MOST: f64 = 1.5;
/// From this part of the expectation on it counts as met.
const MET: f64 = 0.8;
/// Below this part next to nothing came.
const NEXT_TO_NOTHING: f64 = 0.3;

/// The record of each kind; a kind that nobody has acted on has none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrackRecords(BTreeMap<Kind, TrackRecord>);

impl TrackRecords {
    pub fn new(records: impl IntoIterator<Item = (Kind, TrackRecord)>) -> Self {
        Self(records.into_iter().filter(|(_, record)| record.n_settled > 0).collect())
    }

    /// What the list is sorted by: [`Found::worth`] times what such actions brought of what was expected of them.
    pub(super) fn worth(&self, found: &Found) -> f64 {
        found.worth()
            * self.0.get(&found.kind).map_or(1.0, |record| record.came_by_expected.clamp(LEAST, MOST))
    }

    /// The record as a line among the counter-checks; None where there is no record.
    pub(super) fn check(&self, kind: Kind) -> Option<Check> {
        let record = self.0.get(&kind)?;
        let verdict = match record.came_by_expected {
            came if came >= MET => Verdict::Stands,
            came if came >= NEXT_TO_NOTHING => Verdict::Weakened,
            _ => Verdict::Explained,
        };
        let actions = match record.n_settled {
            1 => "1 measured action".to_string(),
            n => format!("{n} measured actions"),
        };
        let words = format!(
            "{actions} about insights of this kind brought {:.0} % of what was expected, drawn towards the average of all kinds \
             while few are known. The place in the list follows that; the claim does not.",
            100.0 * record.came_by_expected
        );
        Some(Check::new(Question::TrackRecord, verdict, words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpret::{Evidence, Money};

    fn found(kind: Kind) -> Found {
        Found {
            kind,
            about: String::new(),
            claim: String::new(),
            evidence: Evidence::default(),
            n_customers: 10,
            money: Some(Money { expected_minor: 2_000, low_minor: 1_000, high_minor: 3_000, level: 0.8 }),
            money_how: String::new(),
            checks: Vec::new(),
            confidence: 0.5,
            refuted_by: String::new(),
            suggested_action: String::new(),
            people: Vec::new(),
        }
    }

    fn records(came_by_expected: f64, n_settled: usize) -> TrackRecords {
        TrackRecords::new([(Kind::LikelyLost, TrackRecord { came_by_expected, n_settled })])
    }

    #[test]
    fn what_brought_less_than_expected_moves_down_and_never_out() {
        let worth = |records: TrackRecords| records.worth(&found(Kind::LikelyLost));
        assert_eq!(worth(TrackRecords::default()), 500.0);
        assert_eq!(
            (worth(records(0.5, 3)), worth(records(-2.0, 3)), worth(records(9.0, 3))),
            (250.0, 50.0, 750.0)
        );
        assert_eq!(records(0.5, 3).worth(&found(Kind::TierDrop)), 500.0, "another kind keeps its place");
    }

    #[test]
    fn a_kind_that_nobody_acted_on_has_no_record() {
        assert_eq!(records(0.2, 0).check(Kind::LikelyLost), None);
        let check = records(0.2, 1).check(Kind::LikelyLost).unwrap();
        assert_eq!(check.verdict, Verdict::Explained);
        assert!(
            check.words.starts_with("1 measured action about insights of this kind brought 20 %"),
            "{}",
            check.words
        );
    }
}
