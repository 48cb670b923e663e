//! What stands on the overview of a turn, ready to print: gates in columns, goals, actions, meetings.

use cycle::plan::goals::Progress;
use cycle::turn::agenda::{self, Dated, Point};
use cycle::turn::chain::{Action, Goal};
use cycle::turn::gates::{Gate, Of, Standing};
use cycle::turn::vocabulary::Vocabulary;
use cycle::turn::words as turn_words;
use platform::Micros;

use super::day_in_words;
use crate::parts::{Moment, Tone};

/// Points of a meeting that are shown.
const POINTS_SHOWN: usize = 6;

/// A phase in the chosen words, with the gates of its stages.
pub(super) struct Column {
    pub(super) number: Option<usize>,
    pub(super) name: String,
    pub(super) gates: Vec<GateCard>,
}

pub(super) struct GateCard {
    /// The stage's own name, where the column has another.
    pub(super) name: &'static str,
    pub(super) state: String,
    pub(super) tone: &'static str,
    pub(super) conditions: Vec<ConditionLine>,
}

pub(super) struct ConditionLine {
    pub(super) key: &'static str,
    pub(super) label: &'static str,
    pub(super) words: String,
    pub(super) href: String,
    /// `passed`, `waived` or `missing`.
    pub(super) class: &'static str,
    pub(super) icon: &'static str,
    pub(super) spoken: &'static str,
    pub(super) waiver: Option<(String, String, Moment)>,
}

pub(super) fn columns(
    gates: &[Gate],
    model: &Vocabulary,
    who: &impl Fn(Option<&str>) -> String,
    moment: &impl Fn(Micros) -> Moment,
) -> Vec<Column> {
    let mut number = 0;
    let mut columns = Vec::with_capacity(model.phases.len() + 1);
    for phase in model.phases {
        number += usize::from(phase.is_phase);
        let of_phase = gates
            .iter()
            .filter(|gate| matches!(gate.of, Of::Stage(stage) if phase.stages.contains(&stage)))
            .map(|gate| card(gate, phase.name, who, moment));
        columns.push(Column {
            number: phase.is_phase.then_some(number),
            name: phase.name.to_string(),
            gates: of_phase.collect(),
        });
    }
    let close = gates.iter().filter(|gate| gate.of == Of::Close);
    columns.push(Column {
        number: None,
        name: "Close".to_string(),
        gates: close.map(|gate| card(gate, "Close", who, moment)).collect(),
    });
    columns
}

fn card(
    gate: &Gate,
    column: &str,
    who: &impl Fn(Option<&str>) -> String,
    moment: &impl Fn(Micros) -> Moment,
) -> GateCard {
    let (state, tone) = match gate.standing() {
        Standing::Passed => ("passed".to_string(), Tone::Good),
        Standing::Waived => ("let pass".to_string(), Tone::Accent),
        Standing::NotYet => (format!("{} to do", gate.missing().count()), Tone::Warning),
    };
    let conditions = gate.conditions.iter().map(|one| {
        let (class, icon, spoken) = match (one.holds, &one.waiver) {
            (true, _) => ("passed", "check", "Holds"),
            (false, Some(_)) => ("waived", "minus", "Let pass"),
            (false, None) => ("missing", "warning", "Not yet"),
        };
        let waiver = one.waiver.as_ref().filter(|_| !one.holds);
        ConditionLine {
            key: one.key,
            label: one.label,
            words: one.words.clone(),
            href: one.href.clone(),
            class,
            icon,
            spoken,
            waiver: waiver.map(|waiver| (waiver.note.clone(), who(waiver.by.as_deref()), moment(waiver.at))),
        }
    });
    let name = gate.of.label();
    GateCard {
        name: if name == column { "" } else { name },
        state,
        tone: tone.class(),
        conditions: conditions.collect(),
    }
}

/// A goal on one line.
pub(super) struct GoalLine {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) metric: String,
    pub(super) baseline: String,
    pub(super) corridor: String,
    pub(super) now: String,
    pub(super) now_interval: String,
    pub(super) target: String,
    pub(super) due: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
}

pub(super) fn goal(goal: &Goal, now: Option<Progress>, currency: &str) -> GoalLine {
    let figure = |value: Option<f64>| value.map(|value| turn_words::value(value, goal.unit, currency));
    let between = |low: Option<f64>, high: Option<f64>| match (figure(low), figure(high)) {
        (Some(low), Some(high)) => format!("{low} to {high}"),
        _ => String::new(),
    };
    let unknown = || "can’t tell".to_string();
    let (state, tone) = goal_state(&goal.state);
    GoalLine {
        href: format!("/goals/{}", goal.id),
        name: goal.name.clone(),
        metric: goal.metric_name.clone().unwrap_or_else(|| "no metric yet".to_string()),
        baseline: figure(goal.baseline).unwrap_or_else(unknown),
        corridor: between(goal.baseline_low, goal.baseline_high),
        now: figure(now.as_ref().and_then(|now| now.now.value)).unwrap_or_else(unknown),
        now_interval: now.as_ref().map(|now| between(now.low, now.high)).unwrap_or_default(),
        target: figure(goal.target).unwrap_or_else(|| "none yet".to_string()),
        due: goal.due_on.map_or_else(|| "no date yet".to_string(), day_in_words),
        state,
        tone: tone.class(),
    }
}

/// The state of a goal in a word.
pub(crate) fn goal_state(name: &str) -> (&'static str, Tone) {
    match name {
        "draft" => ("draft", Tone::Neutral),
        "open" => ("open", Tone::Accent),
        "met" => ("met", Tone::Good),
        "missed" => ("missed", Tone::Bad),
        "cannot_tell" => ("can’t tell", Tone::Warning),
        _ => ("dropped", Tone::Neutral),
    }
}

/// An action on one line.
pub(super) struct ActionLine {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) state: String,
    pub(super) tone: &'static str,
    pub(super) experiment: Option<(String, String)>,
    pub(super) why_none: String,
}

pub(super) fn action(action: &Action) -> ActionLine {
    let tone = match action.state.as_str() {
        "running" => Tone::Accent,
        "done" => Tone::Good,
        "stopped" => Tone::Bad,
        _ => Tone::Neutral,
    };
    let readable =
        |experiment: &cycle::turn::chain::Experiment| match (experiment.state.as_str(), experiment.ends_at) {
            ("ended", _) => "ended".to_string(),
            ("running", Some(at)) => format!("readable on {}", day_in_words(cycle::calendar::Day::of(at))),
            (state, _) => state.to_string(),
        };
    ActionLine {
        href: format!("/actions/{}", action.id),
        name: action.name.clone(),
        kind: match action.kind.as_str() {
            "campaign" => "Campaign",
            "call_list" => "Call list",
            "offer" => "Offer",
            _ => "Change at a touch point",
        },
        state: action.state.clone(),
        tone: tone.class(),
        experiment: action
            .experiment
            .as_ref()
            .map(|experiment| (format!("/experiments/{}", experiment.id), readable(experiment))),
        why_none: action.why_no_experiment.clone().unwrap_or_default(),
    }
}

/// A meeting with what is to be talked about.
pub(super) struct MeetingCard {
    pub(super) kind: &'static str,
    pub(super) label: &'static str,
    pub(super) on: String,
    /// As a date field wants it.
    pub(super) on_day: String,
    pub(super) held: Option<Moment>,
    pub(super) minutes: String,
    pub(super) points: Vec<Point>,
    pub(super) n_more: usize,
}

pub(super) fn meeting(dated: &Dated, moment: &impl Fn(Micros) -> Moment) -> MeetingCard {
    let meeting: agenda::Meeting = dated.meeting;
    MeetingCard {
        kind: meeting.name(),
        label: meeting.label(),
        on: day_in_words(dated.on),
        on_day: dated.on.to_string(),
        held: dated.held_at.map(moment),
        minutes: dated.minutes.clone().unwrap_or_default(),
        points: dated.points.iter().take(POINTS_SHOWN).cloned().collect(),
        n_more: dated.points.len().saturating_sub(POINTS_SHOWN),
    }
}
