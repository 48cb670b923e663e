//! The words of five published models of the cycle, with four, five or six phases: a view of the same turn.
//!
//! Each model groups our seven stages under its own names. What a model has no phase for is shown beside it, under the
//! name that it gives the matter. Nothing else about a turn depends on the words.

use crate::plan::closed_set;

closed_set! {
    /// The stages of a turn.
    Stage {
        Plan = "plan",
        Collect = "collect",
        Process = "process",
        Analyze = "analyze",
        Interpret = "interpret",
        Act = "act",
        Measure = "measure",
    }
}

impl Stage {
    /// The word on the pages.
    pub fn label(self) -> &'static str {
        match self {
            Self::Plan => "Plan",
            Self::Collect => "Collect",
            Self::Process => "Process",
            Self::Analyze => "Analyze",
            Self::Interpret => "Interpret",
            Self::Act => "Act",
            Self::Measure => "Measure",
        }
    }
}

/// One phase of a model and the stages that fall into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    pub name: &'static str,
    pub stages: &'static [Stage],
    /// False for what the model has no phase of its own for.
    pub is_phase: bool,
}

/// A model of the cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vocabulary {
    pub key: &'static str,
    pub name: &'static str,
    pub phases: &'static [Phase],
}

impl Vocabulary {
    /// How many phases the model has.
    pub fn n_phases(&self) -> usize {
        self.phases.iter().filter(|phase| phase.is_phase).count()
    }
}

const fn phase(name: &'static str, stages: &'static [Stage]) -> Phase {
    Phase { name, stages, is_phase: true }
}

const fn beside(name: &'static str, stages: &'static [Stage]) -> Phase {
    Phase { name, stages, is_phase: false }
}

use Stage::{Act, Analyze, Collect, Interpret, Measure, Plan, Process};

/// Our own words first, then the five models.
pub const ALL: &[Vocabulary] = &[
    Vocabulary {
        key: "rondel",
        name: "Rondel",
        phases: &[
            phase("Plan", &[Plan]),
            phase("Collect", &[Collect]),
            phase("Process", &[Process]),
            phase("Analyze", &[Analyze]),
            phase("Interpret", &[Interpret]),
            phase("Act", &[Act]),
            phase("Measure", &[Measure]),
        ],
    },
    Vocabulary {
        key: "analysis",
        name: "Analysis cycle",
        phases: &[
            beside("Beforehand: goals and sources", &[Plan]),
            phase("Data collection", &[Collect]),
            phase("Data processing", &[Process]),
            phase("Data analysis", &[Analyze]),
            phase("Data interpretation", &[Interpret]),
            phase("Realization", &[Act]),
            beside("Afterwards: metrics", &[Measure]),
        ],
    },
    Vocabulary {
        key: "lifecycle",
        name: "Customer lifecycle",
        phases: &[
            beside("Goals and segmentation", &[Plan]),
            phase("Lead generation & qualification", &[Collect, Act]),
            beside("Data management", &[Process]),
            phase("Nurturing", &[Act]),
            phase("Sales & conversion", &[Act]),
            phase("Onboarding & support", &[Act]),
            phase("Retention & loyalty", &[Act]),
            phase("Data analysis & optimization", &[Analyze, Interpret, Measure]),
        ],
    },
    Vocabulary {
        key: "process",
        name: "Process cycle",
        phases: &[
            phase("Planning", &[Plan, Measure]),
            phase("Implementation", &[Collect, Process]),
            phase("Analysis", &[Analyze, Interpret]),
            phase("Action", &[Act]),
        ],
    },
    Vocabulary {
        key: "steps",
        name: "Step by step",
        phases: &[
            phase("Data collection", &[Collect, Process]),
            phase("Data analysis", &[Analyze, Interpret]),
            phase("Strategy development", &[Plan]),
            phase("Implementation", &[Act]),
            phase("Evaluation", &[Measure]),
        ],
    },
    Vocabulary {
        key: "intelligence",
        name: "Intelligence management cycle",
        phases: &[
            beside("Objectives", &[Plan]),
            phase("Collect", &[Collect, Process]),
            phase("Analysis", &[Analyze, Interpret]),
            phase("Action", &[Act]),
            phase("Measure", &[Measure]),
        ],
    },
];

/// The model with this key; our own words where nobody knows it.
pub fn named(key: &str) -> &'static Vocabulary {
    ALL.iter().find(|one| one.key == key).unwrap_or(&ALL[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_models_have_five_six_four_five_and_four_phases() {
        let n: Vec<usize> = ALL.iter().map(Vocabulary::n_phases).collect();
        assert_eq!(n, [7, 5, 6, 4, 5, 4]);
    }

    #[test]
    fn every_stage_is_seen_in_every_model() {
        for model in ALL {
            for stage in Stage::ALL {
                assert!(model.phases.iter().any(|phase| phase.stages.contains(stage)), "{}", model.name);
            }
        }
        assert_eq!(named("nobody knows it").key, "rondel");
    }
}
