//! The scoreboard of goals: baseline, now, target, and what of the change was shown to be whose doing.

use axum::extract::State;
use cycle::measure::verdicts::{self, Share, Verdict};
use cycle::plan::goals::{self, Goal, List, State as Stage};
use cycle::plan::metrics::{self, Metric};
use platform::Snapshot;

use super::{Cell, Page, Section, conclusion_badge, figure, heads, link, number, tabs};
use crate::current::Current;
use crate::error::Result;
use crate::layout::Place;
use crate::state::App;
use crate::wording::Words;

/// Goals that are judged for one page: each counts its metric anew.
const MOST_JUDGED: usize = 12;

struct Judged {
    goal: Goal,
    metric: Metric,
    verdict: Verdict,
}

fn read(snapshot: &mut Snapshot<'_>) -> platform::Result<Vec<Judged>> {
    let mut judged = Vec::new();
    let standing = goals::list(snapshot, List::Standing)?;
    for goal in standing.into_iter().filter(|goal| goal.state != Stage::Draft).take(MOST_JUDGED) {
        let Some(metric) = &goal.metric else { continue };
        let metric = metrics::get(snapshot, metric)?;
        let kept = goal.verdict.clone().and_then(|verdict| serde_json::from_value(verdict).ok());
        let verdict = match kept {
            Some(verdict) => verdict,
            None => verdicts::judge(snapshot, &goal)?,
        };
        judged.push(Judged { goal, metric, verdict });
    }
    Ok(judged)
}

pub(crate) async fn show(State(app): State<App>, current: Current) -> Result {
    let (judged, words) = app.store.scan(|s| Ok((read(s)?, Words::read(s)?))).await?;
    super::answer(Page {
        page: current.layout(Place::Measure, "Goals measured"),
        title: "Goals",
        about: "What became of each goal, or would if it were judged now; and how much of the change was shown to be whose doing."
            .to_string(),
        counted: None,
        tabs: tabs("/measure/goals"),
        stats: Vec::new(),
        sections: vec![scoreboard(&judged, &words), doing(&judged, &words)],
        may_look: false,
    })
}

fn scoreboard(judged: &[Judged], words: &Words) -> Section {
    let row = |one: &Judged| -> Vec<Cell> {
        let unit = one.metric.unit;
        let value = |value: Option<f64>| number(value.map_or("–".to_string(), |v| figure(unit, v, words)));
        let verdict = &one.verdict;
        let badge = match (verdict.state, one.goal.state) {
            (Stage::Met, Stage::Open) => ("Reached so far", "good"),
            (Stage::Missed, Stage::Open) => ("Not reached", "warning"),
            (Stage::Met, _) => ("Met", "good"),
            (Stage::Missed, _) => ("Missed", "bad"),
            _ => ("Can’t tell", "neutral"),
        };
        let ends = verdict.low.zip(verdict.high);
        let between = ends.map(|(low, high)| super::between(unit, low, high, words)).unwrap_or_default();
        vec![
            link(one.goal.name.clone(), format!("/goals/{}", one.goal.id)),
            Cell { badge: Some(badge), note: verdict.why.clone(), ..Cell::default() },
            Cell {
                href: Some(format!("/dictionary/{}", one.metric.key)),
                ..super::text(one.metric.name.clone())
            },
            value(verdict.baseline),
            Cell { note: between, ..value(verdict.value) },
            value(verdict.target),
            value(verdict.change),
            value(verdict.rest),
        ]
    };
    Section {
        id: "list",
        title: "Scoreboard",
        intro: "Unexplained: the change less what actions were shown to bring. It is season, chance, competitors, everything that \
                nobody measured; it may be larger than the change."
            .to_string(),
        heads: heads(&["Goal", "Verdict", "Metric", "Baseline", "Now", "Target", "Change", "Unexplained"], 3),
        rows: judged.iter().map(row).collect(),
        empty: "No goal is open. A goal says what shall change, from where, to where, by when.",
        pager: None,
    }
}

fn doing(judged: &[Judged], words: &Words) -> Section {
    let row = |(one, share): (&Judged, &Share)| -> Vec<Cell> {
        let unit = one.metric.unit;
        let badge = share.conclusion.map_or(("Not measured", "warning"), |c| conclusion_badge(c, true));
        let counted = if share.counts { "counted" } else { "not counted: it was not shown" };
        let ends = share.low.zip(share.high);
        vec![
            link(share.name.clone(), format!("/actions/{}", share.action_id)),
            link(one.goal.name.clone(), format!("/goals/{}", one.goal.id)),
            Cell { badge: Some(badge), note: counted.to_string(), ..Cell::default() },
            number(share.moved.map_or("–".to_string(), |moved| figure(unit, moved, words))),
            number(ends.map_or("–".to_string(), |(low, high)| super::between(unit, low, high, words))),
        ]
    };
    let shares = judged.iter().flat_map(|one| one.verdict.shares.iter().map(move |share| (one, share)));
    Section {
        id: "doing",
        title: "Whose doing",
        intro: "What each action of a goal moved, against people who were left alone, in the unit of the goal’s metric.".to_string(),
        heads: heads(&["Action", "Goal", "Came out", "Moved", "Interval"], 3),
        rows: shares.map(row).collect(),
        empty: "No action was launched for these goals.",
        pager: None,
    }
}
