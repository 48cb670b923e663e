//! What the experiment of the form would see, while it is filled in; nothing is stored.

use askama::Template;
use axum::extract::State;
use cycle::act::actions;
use cycle::act::power::{self, Answer, Plan, Preview};
use cycle::act::segments;
use cycle::interpret;
use cycle::plan::metrics::{self, Metric};
use platform::{Error, Result as Found, Snapshot};
use records::filter::Filter;
use records::orders::workspace_currency;
use records::values::currency::Currency;

use super::form;
use crate::current::Current;
use crate::error::Result;
use crate::forms::Fields;
use crate::pages::experiments::{power_words, values};
use crate::respond;
use crate::state::App;
use crate::words;

#[derive(Template)]
#[template(path = "actions/power.html")]
struct Power {
    /// Why nothing can be said yet; the rest is empty then.
    waits: String,
    tone: &'static str,
    left_alone: String,
    text: String,
    expected: String,
    shares: Vec<Share>,
}

/// A line of the table: the same experiment with this share left alone.
struct Share {
    is_chosen: bool,
    holdout: String,
    n_held_out: String,
    detectable: String,
    power: String,
}

pub(crate) async fn try_out(State(app): State<App>, _: Current, fields: Fields) -> Result {
    let waits = |words: String| Power {
        waits: words,
        tone: "",
        left_alone: String::new(),
        text: String::new(),
        expected: String::new(),
        shares: Vec::new(),
    };
    if fields.get("experiment") == "no" {
        return respond::fragment(&waits("Without an experiment there is nothing to reckon.".to_string()));
    }
    match app.store.scan(move |s| read(s, &fields)).await {
        Ok(Some(read)) => respond::fragment(&shown(&read)),
        Ok(None) => respond::fragment(&waits("Choose for whom it is; then it can be reckoned.".to_string())),
        Err(Error::Invalid(problems)) => {
            let words = problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; ");
            respond::fragment(&waits(words))
        }
        Err(other) => Err(other.into()),
    }
}

struct Read {
    holdout_permille: i64,
    preview: Preview,
    metric: Metric,
    currency: Currency,
}

/// None where nobody is chosen yet.
fn read(snapshot: &mut Snapshot<'_>, fields: &Fields) -> Found<Option<Read>> {
    let (known, currency) = (form::metrics_of_people(snapshot)?, workspace_currency(snapshot)?);
    let draft = form::draft_typed(fields, &known, currency)?;
    let Some(design) = &draft.design else { return Ok(None) };
    let problems = cycle::act::experiments::problems(design);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let Some(filter) = audience(snapshot, draft.segment_id.as_deref(), fields.filled("insight"))? else {
        return Ok(None);
    };
    let expected = draft.expected.map(|expected| expected.per_person);
    Ok(Some(Read {
        holdout_permille: design.holdout_permille,
        preview: power::preview(snapshot, design, expected, &filter)?,
        metric: metrics::get(snapshot, &design.metric)?,
        currency,
    }))
}

/// The people of the segment that was chosen, or of the insight whose segment is still to be made.
fn audience(
    snapshot: &mut Snapshot<'_>,
    segment: Option<&str>,
    insight: Option<&str>,
) -> Found<Option<Filter>> {
    if let Some(id) = segment {
        return Ok(Some(segments::get(snapshot, id)?.filter));
    }
    let Some(id) = insight else { return Ok(None) };
    let insight = interpret::get(snapshot, id)?;
    Ok(actions::propose(snapshot, &insight)?.filter)
}

fn shown(read: &Read) -> Power {
    let Read { holdout_permille, preview, metric, currency } = read;
    let say = |value: f64| values::in_words(value, metric, *currency);
    let plan = &preview.plan;
    let line = |permille: i64, plan: &Plan| Share {
        is_chosen: permille == *holdout_permille,
        holdout: format!("{} %", form::percent(permille)),
        n_held_out: words::count(plan.n_held_out as i64),
        detectable: plan.detectable.map_or("can’t tell".to_string(), say),
        power: plan.power.map_or("–".to_string(), words::share),
    };
    let mut shares: Vec<(i64, Share)> = preview
        .other_shares
        .iter()
        .map(|o| (o.holdout_permille, line(o.holdout_permille, &o.plan)))
        .collect();
    if !shares.iter().any(|(_, share)| share.is_chosen) {
        shares.push((*holdout_permille, line(*holdout_permille, plan)));
    }
    shares.sort_by_key(|(permille, _)| *permille);
    Power {
        waits: String::new(),
        tone: if plan.answer == Answer::Yes { "good" } else { "warning" },
        left_alone: format!(
            "{} of {}",
            words::count(plan.n_held_out as i64),
            words::counted(plan.n_units as i64, "is left alone", "are left alone")
        ),
        text: power_words(plan, metric, *currency),
        expected: plan.expected.map(say).unwrap_or_default(),
        shares: shares.into_iter().map(|(_, share)| share).collect(),
    }
}
