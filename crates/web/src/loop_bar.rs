//! The loop bar: how the turn stands, step by step, in a few words each. The same words stand on the first page.

use cycle::turn::{PAIRS_COUNTED_TO, Standing};
use platform::Micros;

use crate::layout::{Place, Stage, Step, StepState, TurnStrip, Waiting};
use crate::words;

/// What stands around every page about the loop.
pub(crate) fn strip(standing: &Standing) -> TurnStrip {
    TurnStrip {
        name: standing.open.as_ref().map_or("No turn is open".to_string(), |turn| turn.name.clone()),
        days: standing.open.as_ref().map(|turn| match turn.days_left {
            ..0 => "over, to be closed".to_string(),
            left => format!("{} left", words::counted(left, "day", "days")),
        }),
        goal: None,
        href: "/turn".to_string(),
        steps: Stage::ALL.into_iter().map(|stage| step(stage, standing)).collect(),
    }
}

/// Work that waits for somebody, by place.
pub(crate) fn waiting(standing: &Standing) -> Vec<Waiting> {
    let positive = |n: i64| u64::try_from(n).unwrap_or(0);
    vec![
        Waiting { place: Place::Imports, count: positive(standing.collect.n_unmapped) },
        Waiting { place: Place::Insights, count: standing.n_new_insights() },
        Waiting { place: Place::Duplicates, count: positive(standing.n_pairs) },
    ]
}

fn step(stage: Stage, standing: &Standing) -> Step {
    let (state, note, href) = match stage {
        Stage::Plan => plan(standing),
        Stage::Collect => collect(standing),
        Stage::Process => process(standing),
        Stage::Analyze => analyze(standing),
        Stage::Interpret => interpret(standing),
        Stage::Act => act(standing),
        Stage::Measure => measure(standing),
    };
    Step { stage, state, note, href: href.map(str::to_string) }
}

type Told = (StepState, String, Option<&'static str>);

fn collect(standing: &Standing) -> Told {
    let collect = &standing.collect;
    let href = Some(if collect.newest.is_empty() { "/imports/new" } else { "/imports" });
    let files = |n: i64, what: &str| format!("{} {what}", words::counted(n, "file", "files"));
    match collect {
        c if c.n_under_way > 0 => (StepState::Running, "importing".to_string(), href),
        c if c.n_unmapped > 0 => (StepState::Attention, files(c.n_unmapped, "to look at"), href),
        c if c.n_rejected > 0 => {
            (StepState::Attention, words::counted(c.n_rejected, "rejected row", "rejected rows"), href)
        }
        c if c.newest.is_empty() => (StepState::Waiting, "nothing yet".to_string(), href),
        c => (StepState::Done, files(c.newest.len() as i64, "in"), href),
    }
}

/// "1,000+" where counting stopped.
pub(crate) fn pairs(n: i64) -> String {
    if n >= PAIRS_COUNTED_TO { format!("{}+", words::count(n)) } else { words::count(n) }
}

fn process(standing: &Standing) -> Told {
    if standing.n_pairs > 0 {
        return (StepState::Attention, format!("{} pairs", pairs(standing.n_pairs)), Some("/duplicates"));
    }
    match standing.quality {
        Some(quality) if quality.n_oddities > 0 => {
            let faults = words::counted(quality.n_oddities as i64, "fault", "faults");
            (StepState::Attention, faults, Some("/quality"))
        }
        Some(quality) => {
            let share = quality.share().map(words::share).unwrap_or_default();
            (StepState::Done, share, Some("/quality"))
        }
        None => (StepState::Waiting, String::new(), Some("/quality")),
    }
}

fn analyze(standing: &Standing) -> Told {
    let href = Some("/rfm");
    match (&standing.newest, &standing.last_done) {
        _ if standing.is_turning => (StepState::Running, "running".to_string(), href),
        (Some(newest), _) if newest.state == "failed" => (StepState::Attention, "stopped".to_string(), href),
        (_, Some(done)) => (StepState::Done, format!("to {}", done.last_day()), href),
        _ => (StepState::Waiting, String::new(), href),
    }
}

fn interpret(standing: &Standing) -> Told {
    let href = Some("/insights");
    match (&standing.insights, standing.n_new_insights()) {
        (None, _) => (StepState::Waiting, String::new(), href),
        (Some(counts), 0) => {
            let n: u64 = counts.values().sum();
            (StepState::Done, words::counted(n, "insight", "insights"), href)
        }
        (Some(_), n) => (StepState::Attention, format!("{} to review", words::count(n)), href),
    }
}

fn plan(standing: &Standing) -> Told {
    match standing.open.as_ref().map(|turn| turn.n_missing_in_plan) {
        None => (StepState::Waiting, "no turn".to_string(), Some("/turn")),
        Some(0) => (StepState::Done, String::new(), Some("/turn")),
        Some(n) => (StepState::Attention, format!("{n} to do"), Some("/turn")),
    }
}

fn act(standing: &Standing) -> Told {
    match standing.open.as_ref() {
        Some(turn) if turn.n_begun > 0 => {
            (StepState::Done, words::counted(turn.n_begun as i64, "action", "actions"), Some("/actions"))
        }
        Some(turn) if turn.n_actions > 0 => {
            let planned = format!("{} planned", turn.n_actions);
            (StepState::Running, planned, Some("/actions"))
        }
        _ => match standing.n_segments {
            0 => (StepState::Waiting, String::new(), Some("/segments")),
            n => (StepState::Waiting, words::counted(n, "segment", "segments"), Some("/segments")),
        },
    }
}

fn measure(standing: &Standing) -> Told {
    let href = Some("/measure");
    match standing.open.as_ref() {
        Some(turn) if turn.n_goals > 0 && turn.n_judged == turn.n_goals => {
            (StepState::Done, words::counted(turn.n_judged as i64, "verdict", "verdicts"), href)
        }
        Some(turn) if turn.n_ended > 0 => (StepState::Attention, format!("{} to read", turn.n_ended), href),
        Some(turn) if turn.n_experiments > 0 => {
            (StepState::Running, format!("{} running", turn.n_experiments), href)
        }
        _ => (StepState::Waiting, String::new(), href),
    }
}

/// What would help most now: words, where it is done, and what the button says.
pub(crate) struct NextStep {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) button: &'static str,
    /// None where the button runs the turn.
    pub(crate) href: Option<String>,
}

/// The next best step, the one without which the others say little first.
pub(crate) fn next_step(standing: &Standing) -> Option<NextStep> {
    let collect = &standing.collect;
    let unmapped = collect.newest.iter().find(|i| i.state == cycle::collect::imports::State::Mapping);
    let came_last: Micros = collect.newest.iter().filter_map(|import| import.finished_at).max().unwrap_or(0);
    let analysed: Micros = standing.last_done.as_ref().map_or(0, |run| run.started_at);
    if standing.is_turning || collect.n_under_way > 0 {
        return None;
    }
    let step = |title: &str, text: &str, button, href: Option<&str>| NextStep {
        title: title.to_string(),
        text: text.to_string(),
        button,
        href: href.map(str::to_string),
    };
    if let Some(import) = unmapped {
        return Some(NextStep {
            title: format!("Look at the columns of {}", import.file_name),
            text: "The file is here; nothing was written yet.".to_string(),
            button: "Look at it",
            href: Some(format!("/imports/{}", import.id)),
        });
    }
    if collect.newest.is_empty() {
        let text = "A file of orders with their customers is enough to begin.";
        return Some(step(
            "Import your customers and their orders",
            text,
            "Import files",
            Some("/imports/new"),
        ));
    }
    if came_last > analysed {
        let text = "Data came in since they ran last: run them to bring quality, value, cohorts and insights up to date.";
        return Some(step("Run the analyses", text, "Run the analyses now", None));
    }
    if standing.n_pairs > 0 {
        let title = format!("Decide on {} pairs that may be one record", pairs(standing.n_pairs));
        let text = "A customer who stands in the data twice looks like two who buy half as much.";
        return Some(NextStep {
            title,
            text: text.to_string(),
            button: "Decide",
            href: Some("/duplicates".to_string()),
        });
    }
    if standing.n_new_insights() > 0 {
        let title = words::counted(standing.n_new_insights(), "insight is new", "insights are new");
        let text = "Each says what it stands on and what else might explain it. Decide, or refute it.";
        return Some(step(&title, text, "Review them", Some("/insights")));
    }
    if collect.n_rejected > 0 {
        let title = words::counted(collect.n_rejected, "row was rejected", "rows were rejected");
        return Some(step(
            &title,
            "Each stands with its reason; mend them in place.",
            "Mend them",
            Some("/imports"),
        ));
    }
    None
}
