//! Scores: the models of this workspace, how good each is, what it needs where it abstains, and whom it names.

mod list;
mod people;
mod quality;
mod rules;
mod show;
mod told;

pub(crate) use list::{export, index};
pub(crate) use rules::{edit, state as state_rules};
pub(crate) use show::{Judged, judged, show};
pub(crate) use told::{Reasons, Suggested, of_churn, of_lead, points, suggested};

use cycle::analyze::{churn, contracts, leads, models, next_product};

use crate::parts::Tone;

/// A model as the pages name it.
pub(super) struct About {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// What it answers, for the list.
    pub(super) question: &'static str,
    /// Its sheet in docs/methods.
    pub(super) sheet: &'static str,
    /// What happens to the rows that count as positive.
    pub(super) happened: &'static str,
}

const KNOWN: [About; 4] = [
    About {
        name: churn::NAME,
        label: "Churn",
        question: "Who of those who are customers now will buy nothing more?",
        sheet: "churn",
        happened: "left",
    },
    About {
        name: contracts::NAME,
        label: "Contracts",
        question: "Which running contracts will not be renewed?",
        sheet: "contracts",
        happened: "left at the renewal",
    },
    About {
        name: leads::NAME,
        label: "Lead score",
        question: "Who of those who never bought is worth a call, and who will buy first?",
        sheet: "lead_score",
        happened: "bought first",
    },
    About {
        name: next_product::NAME,
        label: "Next product",
        question: "What will a customer most likely buy next?",
        sheet: "next_product",
        happened: "came again",
    },
];

/// What a forecast of a model counts, for the ledger.
pub(crate) fn happening(name: &str) -> String {
    about(name).map_or(name.to_string(), |about| format!("{}: people who {}", about.label, about.happened))
}

pub(super) fn about(name: &str) -> Option<&'static About> {
    KNOWN.iter().find(|about| about.name == name)
}

/// The word of a state and its tone.
pub(super) fn state(state: models::State) -> (&'static str, &'static str) {
    match state {
        models::State::Used => ("in use", Tone::Good.class()),
        models::State::Abstains => ("abstains", Tone::Warning.class()),
        models::State::Superseded => ("superseded", Tone::Neutral.class()),
    }
}
