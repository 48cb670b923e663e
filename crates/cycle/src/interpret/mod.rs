//! Interpret: numbers become meaning. Insights and the report.
//!
//! Each kind of insight has a file in `insights`: it makes its claim from a template, says what it stands on, and asks
//! the counter-checks (data fault, mix shift, season, regression to the mean, too many looks) before anybody else does.
//! A kind with too few data says so instead. Nothing here acts on a customer, and nothing needs a language model.

mod checks;
mod corrected;
mod found;
mod insights;
mod keep;
mod read;
pub mod report;
mod track_record;
mod verbs;
pub mod words;

pub use found::{
    Check, Evidence, Figure, Found, Kind, Member, MemberFigure, Money, Question, Silent, Table, Unit,
    Verdict, confidence_in_words,
};
pub use keep::{KIND, RESULT, Summary, save};
pub use read::{
    Decision, Insight, List, PeoplePage, PersonRow, Status, counts, get, history, latest_summary, list,
    of_person, people,
};
pub use track_record::{TrackRecord, TrackRecords};
pub use verbs::{Deciding, act, decide, measured, refute, reopen, review, set_back, undo_event};

use crate::analyze::lifetime_value::LifetimeValue;
use crate::analyze::next_product::NextProduct;
use crate::analyze::rfm::Rfm;
use crate::analyze::{Day, Facts, cohorts, contracts, moves, texts};
use crate::process::quality::Board;
use corrected::{Corrected, Suspect};
use platform::Result;
use platform::store::Snapshot;
use records::values::currency::Currency;
use std::sync::Arc;

/// People that are kept with one insight, those with the most money; the rest opens through its filter.
pub const MOST_ROWS: usize = 5_000;

/// What the insights are made from: the analyses of one day over the same facts, and the quality board.
#[derive(Clone)]
pub struct Inputs {
    pub facts: Arc<Facts>,
    pub last_day: Day,
    pub rfm: Arc<Rfm>,
    /// None where no month of the orders is over.
    pub cohorts: Option<Arc<cohorts::Analysis>>,
    pub lifetime_value: Arc<LifetimeValue>,
    /// None where order lines were not looked at.
    pub next_product: Option<Arc<NextProduct>>,
    /// None where payments by period were not looked at.
    pub contracts: Option<Arc<contracts::Analysis>>,
    /// None where the metrics were not compared with their past.
    pub moves: Option<Arc<moves::Report>>,
    /// None where no texts were read.
    pub texts: Option<Arc<texts::Report>>,
    /// None where quality was never measured: then no data fault can be seen, and the checks say so.
    pub quality: Option<Arc<Board>>,
}

/// What a run found: insights, the most worth first, and the kinds of which there are none, with the reason.
#[derive(Debug, Default)]
pub struct Outcome {
    pub found: Vec<Found>,
    pub silent: Vec<Silent>,
    /// Share of the customers with money in 12 months, the best first, and what they bring; empty with too few.
    pub curve: Vec<(f64, f64)>,
}

/// What every kind looks at.
struct View<'a> {
    inputs: &'a Inputs,
    suspects: &'a [Suspect],
    corrected: &'a Corrected,
    currency: Currency,
}

impl View<'_> {
    fn facts(&self) -> &Facts {
        &self.inputs.facts
    }

    fn money(&self, minor: i64) -> String {
        words::money(minor, self.currency)
    }
}

/// Looks for every kind of insight.
pub fn run(snapshot: &mut Snapshot<'_>, inputs: &Inputs) -> Result<Outcome> {
    let oddities = inputs.quality.as_ref().map_or(&[][..], |board| &board.oddities);
    let suspects = corrected::suspects(snapshot, oddities)?;
    let corrected = Corrected::new(inputs, &suspects);
    let view = View { inputs, suspects: &suspects, corrected: &corrected, currency: inputs.facts.currency };
    let mut outcome = Outcome { curve: insights::curve(&view), ..Outcome::default() };
    for find in insights::ALL {
        match find(&view, snapshot)? {
            Ok(found) => outcome.found.extend(found),
            Err(silent) => outcome.silent.push(silent),
        }
    }
    for found in &mut outcome.found {
        found.evidence.last_day = inputs.last_day.to_string();
        found.people.truncate(MOST_ROWS);
    }
    outcome.found.sort_by(|a, b| {
        b.worth().total_cmp(&a.worth()).then_with(|| (a.kind, &a.about).cmp(&(b.kind, &b.about)))
    });
    Ok(outcome)
}
