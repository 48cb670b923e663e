//! From an insight in one step: the segment, the action and the experiment, filled in from the playbook.

use super::verbs::{Draft, Expected, create_for};
use super::{Action, Kind};
use crate::act::experiments::{Design, Unit};
use crate::act::playbooks::{self, Assumed, MONEY_DAYS, Playbook};
use crate::act::segments::{self, Segment};
use crate::act::{call_lists, metric_now, offers, touch_points};
use crate::interpret::{self, Deciding, Insight, Status};
use crate::plan::known_effects::{self, Pooled};
use crate::plan::metrics::{self, Direction, Metric};
use crate::plan::preflight;
use platform::store::{Snapshot, Tx};
use platform::{Error, Result};
use records::filter::Filter;

/// Of the people, so many are held out where nobody says otherwise; fewer where there are very many.
const USUAL_HOLDOUT: i64 = 200;
const HOLDOUT_OF_MANY: i64 = 100;
/// From so many people on, a tenth is enough.
const MANY: u64 = 20_000;
const USUAL_PURPOSE: &str = "marketing";

/// What is proposed for an insight before anybody has changed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The segment is made together with the action.
    pub draft: Draft,
    pub segment_name: String,
    /// None: the insight is about nobody in particular.
    pub filter: Option<Filter>,
    pub n_people: i64,
    /// The decision that is recorded.
    pub why: String,
    pub expected_effect: String,
}

/// What the playbook proposes for an insight.
pub fn propose(snapshot: &mut Snapshot<'_>, insight: &Insight) -> Result<Proposal> {
    let playbook = playbooks::of(insight);
    let filter = audience_of(insight);
    let n_people = match &filter {
        Some(filter) => segments::count(snapshot, filter, segments::COUNT_UP_TO)?.n,
        None => 0,
    };
    let (expected, expected_how) = expectation(snapshot, insight, playbook)?;
    let design = match filter.is_some() {
        true => Some(design(snapshot, playbook, n_people.unsigned_abs())?),
        false => None,
    };
    let name = playbook.name(insight);
    let draft = Draft {
        kind: playbook.action,
        hypothesis: playbook.hypothesis().to_string(),
        goal_id: None,
        segment_id: None,
        purpose: purpose(snapshot)?,
        expected,
        expected_how: expected_how.clone(),
        why_no_experiment: match design {
            Some(_) => String::new(),
            None => "It is about the data, not about customers: there is nobody to hold out.".to_string(),
        },
        design,
        call_list: (playbook.action == Kind::CallList)
            .then(|| call_lists::Input { script: insight.suggested_action.clone(), ..Default::default() }),
        offer: (playbook.action == Kind::Offer).then(offers::Input::default),
        touch_point: (playbook.action == Kind::TouchPoint).then(|| touch_points::Input {
            place: "data".to_string(),
            what: insight.suggested_action.clone(),
            changed_on: String::new(),
        }),
        name: name.clone(),
    };
    Ok(Proposal {
        segment_name: free_name(snapshot, &name)?,
        draft,
        filter,
        n_people,
        why: insight.suggested_action.clone(),
        expected_effect: expected_how,
    })
}

/// A draft about nothing in particular.
pub fn blank(snapshot: &mut Snapshot<'_>, kind: Kind) -> Result<Draft> {
    let design = Design {
        unit: Unit::Person,
        holdout_permille: USUAL_HOLDOUT,
        variants: Vec::new(),
        metric: metric_now(snapshot, "active_customers")?,
        window_days: 28,
        pre_days: 90,
        guardrails: vec![metric_now(snapshot, "return_rate")?],
    };
    let draft = Draft {
        kind,
        name: String::new(),
        hypothesis: String::new(),
        goal_id: None,
        segment_id: None,
        purpose: purpose(snapshot)?,
        expected: None,
        expected_how: String::new(),
        design: Some(design),
        why_no_experiment: String::new(),
        call_list: None,
        offer: None,
        touch_point: None,
    };
    Ok(draft.of_kind(kind))
}

impl Draft {
    /// The same as another kind of action.
    pub fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        match kind {
            Kind::Campaign => {}
            Kind::CallList => drop(self.call_list.get_or_insert_default()),
            Kind::Offer => drop(self.offer.get_or_insert_default()),
            Kind::TouchPoint => drop(self.touch_point.get_or_insert_default()),
        }
        self
    }
}

/// Marketing, or where nothing allows that, another purpose that something allows.
fn purpose(snapshot: &mut Snapshot<'_>) -> Result<String> {
    let known = preflight::list(snapshot)?;
    let allowed = |key: &str| known.iter().any(|p| p.key == key && p.lawful_basis.is_some());
    let other = known.iter().find(|p| p.lawful_basis.is_some() && p.key != super::SERVICE);
    Ok(match other {
        Some(other) if !allowed(USUAL_PURPOSE) => other.key.clone(),
        _ => USUAL_PURPOSE.to_string(),
    })
}

/// Makes segment, action and experiment, records the decision, and says that the insight is acted on.
///
/// A draft that names a segment takes that one, and none is made.
///
/// **Errors** as [`super::create`], at `why` and `expected_effect`; with a conflict when the insight was refuted.
pub fn from_insight(tx: &mut Tx<'_>, insight_id: &str, draft: &Draft, deciding: &Deciding) -> Result<Action> {
    let insight = interpret::get(tx, insight_id)?;
    if insight.status == Status::Refuted {
        return Err(Error::Conflict("the insight was refuted; take it up again before you act on it".into()));
    }
    let mut draft = draft.clone();
    let needs_segment = draft.kind.contacts() || draft.design.is_some();
    if draft.segment_id.is_none() && needs_segment {
        draft.segment_id = Some(segment_of(tx, &insight, &draft.name)?.id);
    }
    let action = create_for(tx, &draft, Some(insight_id))?;
    interpret::act(tx, insight_id, deciding)?;
    Ok(action)
}

/// Whom the insight is about, as the filter language says it; the people kept with it where it cannot.
fn audience_of(insight: &Insight) -> Option<Filter> {
    if insight.kind == interpret::Kind::DataFault {
        return None;
    }
    let kept = Filter::Insight(insight.id.clone());
    // A filter that lets others through as well is for looking at. It is taken where the people are too many to be kept,
    // and for second orders, where new ones come every day and the difference is a rare double order.
    let says_it = insight.kind == interpret::Kind::SecondOrder
        || insight.evidence.filter_note.is_empty()
        || insight.n_customers > interpret::MOST_ROWS as u64;
    Some(insight.evidence.filter.clone().filter(|_| says_it).unwrap_or(kept))
}

fn segment_of(tx: &mut Tx<'_>, insight: &Insight, name: &str) -> Result<Segment> {
    let filter = audience_of(insight).ok_or_else(|| {
        Error::invalid("segment", "the insight is about the data, not about customers: choose whom it is for")
    })?;
    let input =
        segments::Input { name: free_name(tx, name)?, description: Some(insight.claim.clone()), filter };
    segments::create(tx, &input)
}

/// The name, with a number behind it where a segment has it already.
fn free_name(snapshot: &mut Snapshot<'_>, wanted: &str) -> Result<String> {
    let taken: Vec<String> = segments::list(snapshot)?.into_iter().map(|s| s.name.to_lowercase()).collect();
    let short: String = wanted.trim().chars().take(segments::NAME_LENGTH - 6).collect();
    let named = |n: usize| if n == 1 { short.clone() } else { format!("{short} {n}") };
    let free = (1..=taken.len() + 1).map(named).find(|name| !taken.contains(&name.to_lowercase()));
    Ok(free.unwrap_or(short))
}

fn design(snapshot: &mut Snapshot<'_>, playbook: &Playbook, n_people: u64) -> Result<Design> {
    Ok(Design {
        unit: Unit::Person,
        holdout_permille: if n_people >= MANY { HOLDOUT_OF_MANY } else { USUAL_HOLDOUT },
        variants: Vec::new(),
        metric: metric_now(snapshot, playbook.metric_key)?,
        window_days: playbook.window_days,
        pre_days: playbook.pre_days,
        guardrails: vec![metric_now(snapshot, "return_rate")?],
    })
}

/// What may be expected of one customer, in the metric's unit, and where that comes from: what such actions were measured to
/// bring, and before one was, the assumption of the playbook.
fn expectation(
    snapshot: &mut Snapshot<'_>,
    insight: &Insight,
    playbook: &Playbook,
) -> Result<(Option<Expected>, String)> {
    let metric = metrics::latest(snapshot, playbook.metric_key)?;
    let known = known_effects::of_insights(snapshot, &metric.key, insight.kind.name())?;
    Ok(match known_effects::pool(&known) {
        Some(pooled) => measured(&metric, pooled),
        None => assumed(insight, playbook),
    })
}

fn measured(metric: &Metric, pooled: Pooled) -> (Option<Expected>, String) {
    let Pooled { n_known, per_person, low, high } = pooled;
    let actions = if n_known == 1 { "1 action".to_string() } else { format!("{n_known} actions") };
    let good = match metric.direction {
        Direction::Up => per_person > 0.0,
        Direction::Down => per_person < 0.0,
    };
    if !good {
        return (
            None,
            format!(
                "Measured here: {actions} about insights of this kind did not move {} the right way. Do something else about \
                 it, and say what you expect of that.",
                metric.name.to_lowercase()
            ),
        );
    }
    let how = format!(
        "Measured here: the mean of {actions} about insights of this kind, each counted by how sure it was. What worked once \
         rarely works as well again; put your own figure where you know better."
    );
    (Some(Expected { per_person, low: Some(low), high: Some(high) }), how)
}

fn assumed(insight: &Insight, playbook: &Playbook) -> (Option<Expected>, String) {
    let days = playbook.window_days;
    match playbook.assumed {
        Assumed::Nothing => (None, "Nothing is expected of customers; the figures become true.".to_string()),
        Assumed::Points(share) => (
            Some(Expected { per_person: share, low: None, high: None }),
            format!(
                "Assumed: within {days} days {} of 100 more customers order than would have by themselves. Nothing like it \
                 was measured here yet; put your own figure.",
                share * 100.0
            ),
        ),
        Assumed::PartOfMoney(part) => {
            let Some(money) = insight.money.filter(|_| insight.n_customers > 0) else {
                return (
                    None,
                    "The insight names no money; say what you expect of one customer.".to_string(),
                );
            };
            let of_one =
                |minor: i64| minor as f64 / insight.n_customers as f64 * part * days as f64 / MONEY_DAYS;
            let expected = Expected {
                per_person: of_one(money.expected_minor).round(),
                low: Some(of_one(money.low_minor).round()),
                high: Some(of_one(money.high_minor).round()),
            };
            let how = format!(
                "Assumed: {} % of the money at stake, spread evenly over a year, of which {days} days are looked at. Nothing \
                 like it was measured here yet; put your own figure.",
                part * 100.0
            );
            (Some(expected), how)
        }
    }
}
