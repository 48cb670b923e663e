//! Playbooks: for each kind of insight, what is usually done, how it is measured and what may be expected.
//!
//! A share is an assumption until an action of the same sort was measured here; the page says so.

use super::actions::Kind;
use crate::interpret::{self, Insight};

/// What is usually done about a kind of insight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Playbook {
    pub insight: interpret::Kind,
    pub action: Kind,
    /// The key of the metric that shows it.
    pub metric_key: &'static str,
    pub window_days: i64,
    pub pre_days: i64,
    /// What is assumed to be moved.
    pub assumed: Assumed,
    name: &'static str,
    hypothesis: &'static str,
}

/// What an action of this sort is assumed to move before one was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Assumed {
    Nothing,
    /// So many more of all customers do it: 0.05 is five of a hundred.
    Points(f64),
    /// This part of the money at stake.
    PartOfMoney(f64),
}

/// Days that the money at stake of an insight looks ahead.
pub const MONEY_DAYS: f64 = 365.0;

const ALL: [Playbook; 10] = [
    Playbook {
        insight: interpret::Kind::DataFault,
        action: Kind::TouchPoint,
        metric_key: "revenue",
        window_days: 28,
        pre_days: 90,
        assumed: Assumed::Nothing,
        name: "Mend the data behind a bent figure",
        hypothesis: "When the fault is mended where it arises, the figure no longer bends.",
    },
    Playbook {
        insight: interpret::Kind::LikelyLost,
        action: Kind::Campaign,
        metric_key: "active_customers",
        window_days: 60,
        pre_days: 180,
        assumed: Assumed::Points(0.05),
        name: "Win back customers who are likely lost",
        hypothesis: "Customers who have likely left buy again when they are reminded of what they liked.",
    },
    Playbook {
        insight: interpret::Kind::SecondOrder,
        action: Kind::Campaign,
        metric_key: "active_customers",
        window_days: 28,
        pre_days: 90,
        assumed: Assumed::Points(0.05),
        name: "Invite to a second order",
        hypothesis: "Customers who bought once come back sooner when they are invited at the right moment.",
    },
    Playbook {
        insight: interpret::Kind::CrossSell,
        action: Kind::Campaign,
        metric_key: "active_customers",
        window_days: 28,
        pre_days: 90,
        assumed: Assumed::Points(0.03),
        name: "Show a second product",
        hypothesis: "Customers who have the one product buy the other sooner when they are shown how it goes with it.",
    },
    Playbook {
        insight: interpret::Kind::RenewalAtRisk,
        action: Kind::CallList,
        metric_key: "revenue",
        window_days: 60,
        pre_days: 180,
        assumed: Assumed::PartOfMoney(0.10),
        name: "Ring up before the renewal",
        hypothesis: "Customers by contract who are asked what they need before the renewal renew more often.",
    },
    Playbook {
        insight: interpret::Kind::TierDrop,
        action: Kind::CallList,
        metric_key: "revenue",
        window_days: 60,
        pre_days: 180,
        assumed: Assumed::PartOfMoney(0.10),
        name: "Call customers who buy less than before",
        hypothesis: "A call finds out what is wrong, and customers who feel heard buy as before.",
    },
    Playbook {
        insight: interpret::Kind::Concentration,
        action: Kind::CallList,
        metric_key: "revenue",
        window_days: 90,
        pre_days: 180,
        assumed: Assumed::PartOfMoney(0.02),
        name: "Look after the customers on whom the revenue hangs",
        hypothesis: "The most valuable customers stay when somebody looks after them by name.",
    },
    Playbook {
        insight: interpret::Kind::BadCohort,
        action: Kind::Campaign,
        metric_key: "active_customers",
        window_days: 28,
        pre_days: 90,
        assumed: Assumed::Points(0.05),
        name: "Bring back a month of new customers",
        hypothesis: "New customers who did not come back do so when they are asked and invited.",
    },
    Playbook {
        insight: interpret::Kind::MetricMoved,
        action: Kind::CallList,
        metric_key: "revenue",
        window_days: 60,
        pre_days: 180,
        assumed: Assumed::PartOfMoney(0.05),
        name: "Talk to those who moved a metric",
        hypothesis: "Customers who are asked what changed say it, and buy as before when it is put right.",
    },
    Playbook {
        insight: interpret::Kind::TopicGrows,
        action: Kind::TouchPoint,
        metric_key: "revenue",
        window_days: 60,
        pre_days: 180,
        assumed: Assumed::PartOfMoney(0.05),
        name: "Mend what customers complain of",
        hypothesis: "When what customers complain of is mended and they are told so, they buy as before.",
    },
];

/// The playbook for an insight.
pub fn of(insight: &Insight) -> &'static Playbook {
    let found = ALL.iter().find(|playbook| playbook.insight == insight.kind);
    found.expect("every kind of insight has a playbook, as a test holds")
}

impl Playbook {
    pub fn name(&self, insight: &Insight) -> String {
        match insight.kind {
            // A cohort is one of many of its kind.
            interpret::Kind::BadCohort
            | interpret::Kind::CrossSell
            | interpret::Kind::MetricMoved
            | interpret::Kind::TopicGrows => {
                format!("{} ({})", self.name, insight.about)
            }
            _ => self.name.to_string(),
        }
    }

    pub fn hypothesis(&self) -> &'static str {
        self.hypothesis
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_insight_has_a_playbook() {
        for kind in interpret::Kind::ALL {
            assert!(ALL.iter().any(|playbook| playbook.insight == kind), "{kind:?}");
        }
    }
}
