//! The form of an action: a draft becomes fields, and what was typed becomes a draft.

use cycle::act::actions::{Action, Draft, Expected, Kind};
use cycle::act::experiments::{Design, Experiment, TREATED, Unit};
use cycle::act::offers::{self, Discount};
use cycle::act::{call_lists, touch_points};
use cycle::plan::metrics::{self, Metric, MetricRef};
use platform::{Error, Problem, Result, Snapshot};
use records::values::currency::Currency;
use records::values::decimal::DecimalMark;
use records::values::money;

use crate::forms::Fields;
use crate::pages::experiments::values;

/// The metrics by which an experiment can be judged: those that are measured on people.
pub(super) fn metrics_of_people(snapshot: &mut Snapshot<'_>) -> Result<Vec<Metric>> {
    let mut known = metrics::list(snapshot)?;
    known.retain(|metric| metric.lacks().is_none() && metric.kind != metrics::Kind::Snapshot);
    Ok(known)
}

/// The fields of a draft, for a form that is shown for the first time.
pub(super) fn fields_of(draft: &Draft, known: &[Metric], currency: Currency) -> Fields {
    let mut pairs = vec![
        ("kind", draft.kind.name().to_string()),
        ("name", draft.name.clone()),
        ("hypothesis", draft.hypothesis.clone()),
        ("goal", draft.goal_id.clone().unwrap_or_default()),
        ("segment", draft.segment_id.clone().unwrap_or_default()),
        ("purpose", draft.purpose.clone()),
        ("expected_how", draft.expected_how.clone()),
        ("why_no_experiment", draft.why_no_experiment.clone()),
        ("experiment", if draft.design.is_some() { "yes" } else { "no" }.to_string()),
    ];
    if let Some(design) = &draft.design {
        pairs.extend([
            ("holdout", percent(design.holdout_permille)),
            ("metric", design.metric.key.clone()),
            ("window_days", design.window_days.to_string()),
            ("pre_days", design.pre_days.to_string()),
            ("unit", design.unit.name().to_string()),
            ("variants", design.variants.join(", ")),
        ]);
        let metric = known.iter().find(|metric| metric.key == design.metric.key);
        if let (Some(expected), Some(metric)) = (draft.expected, metric) {
            pairs.push(("expected", values::field(expected.per_person, metric, currency)));
        }
        pairs.extend(design.guardrails.iter().map(|guard| ("guardrail", guard.key.clone())));
    }
    pairs.extend(of_kind(draft, currency));
    Fields::from_pairs(pairs.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
}

fn of_kind(draft: &Draft, currency: Currency) -> Vec<(&'static str, String)> {
    let major = |minor: i64| money::Money::new(minor, currency).to_plain();
    let mut pairs = Vec::new();
    if let Some(list) = &draft.call_list {
        pairs.extend([
            ("script", list.script.clone()),
            ("assignee", list.assignee_id.clone().unwrap_or_default()),
            ("minutes_per_call", list.minutes_per_call.to_string()),
            ("most_attempts", list.most_attempts.to_string()),
        ]);
    }
    if let Some(offer) = &draft.offer {
        let (by, much) = match (offer.percent_permille, offer.amount_minor) {
            (_, Some(minor)) => ("amount", major(minor)),
            (Some(permille), None) => ("percent", percent(permille)),
            (None, None) => ("percent", String::new()),
        };
        let least = if offer.least_order_minor == 0 { String::new() } else { major(offer.least_order_minor) };
        pairs.extend([
            ("discount_by", by.to_string()),
            ("discount", much),
            ("least_order", least),
            ("valid_from", offer.valid_from.clone()),
            ("valid_until", offer.valid_until.clone()),
            ("budget", offer.budget_minor.map(major).unwrap_or_default()),
            ("prefix", offer.prefix.clone()),
        ]);
    }
    if let Some(point) = &draft.touch_point {
        pairs.extend([
            ("place", point.place.clone()),
            ("what", point.what.clone()),
            ("changed_on", point.changed_on.clone()),
        ]);
    }
    pairs
}

/// The draft of an action as it stands.
pub(super) fn draft_of_action(
    snapshot: &mut Snapshot<'_>,
    action: &Action,
    experiment: Option<&Experiment>,
) -> Result<Draft> {
    let design = experiment.map(|experiment| Design {
        unit: experiment.unit,
        holdout_permille: experiment.holdout_permille,
        variants: match &experiment.arms[1..] {
            [only] if only.name == TREATED => Vec::new(),
            several => several.iter().map(|arm| arm.name.clone()).collect(),
        },
        metric: experiment.metric.clone(),
        window_days: experiment.window_days,
        pre_days: experiment.pre_days,
        guardrails: experiment.guardrails.clone(),
    });
    let list = call_lists::of_action(snapshot, &action.id)?.map(|list| call_lists::Input {
        script: list.script,
        assignee_id: list.assignee_id,
        minutes_per_call: list.minutes_per_call,
        most_attempts: list.most_attempts,
    });
    let offer = offers::of_action(snapshot, &action.id)?.map(|offer| offers::Input {
        percent_permille: match offer.discount {
            Discount::Percent(permille) => Some(permille),
            Discount::Amount(_) => None,
        },
        amount_minor: match offer.discount {
            Discount::Percent(_) => None,
            Discount::Amount(minor) => Some(minor),
        },
        least_order_minor: offer.least_order_minor,
        valid_from: offer.valid_from.to_string(),
        valid_until: offer.valid_until.to_string(),
        budget_minor: offer.budget_minor,
        prefix: offer.prefix,
    });
    let point = touch_points::of_action(snapshot, &action.id)?.map(|point| touch_points::Input {
        place: point.place,
        what: point.what,
        changed_on: point.changed_on.to_string(),
    });
    Ok(Draft {
        kind: action.kind,
        name: action.name.clone(),
        hypothesis: action.hypothesis.clone(),
        goal_id: action.goal_id.clone(),
        segment_id: action.segment_id.clone(),
        purpose: action.purpose.clone(),
        expected: action.expected,
        expected_how: action.expected_how.clone(),
        design,
        why_no_experiment: action.why_no_experiment.clone().unwrap_or_default(),
        call_list: list,
        offer,
        touch_point: point,
    })
}

/// What was typed, as a draft.
///
/// **Errors** at every field that cannot be read.
pub(super) fn draft_typed(fields: &Fields, known: &[Metric], currency: Currency) -> Result<Draft> {
    let mut typed = Typed { fields, currency, problems: Vec::new() };
    let kind = Kind::from_name(fields.get("kind")).unwrap_or_default();
    let metric = known.iter().find(|metric| metric.key == fields.get("metric"));
    let design = match fields.get("experiment") {
        "no" => None,
        _ => Some(typed.design(known, metric)),
    };
    let expected = typed.expected(metric);
    let draft = Draft {
        kind,
        name: fields.get("name").to_string(),
        hypothesis: fields.get("hypothesis").to_string(),
        goal_id: fields.filled("goal").map(str::to_string),
        segment_id: fields.filled("segment").map(str::to_string),
        purpose: fields.get("purpose").to_string(),
        expected: expected.map(|per_person| Expected { per_person, low: None, high: None }),
        expected_how: fields.get("expected_how").to_string(),
        why_no_experiment: if design.is_none() { fields.get("why_no_experiment") } else { "" }.to_string(),
        design,
        call_list: (kind == Kind::CallList).then(|| typed.call_list()),
        offer: (kind == Kind::Offer).then(|| typed.offer()),
        touch_point: (kind == Kind::TouchPoint).then(|| touch_points::Input {
            place: fields.get("place").to_string(),
            what: fields.get("what").to_string(),
            changed_on: fields.get("changed_on").to_string(),
        }),
    };
    if typed.problems.is_empty() { Ok(draft) } else { Err(Error::Invalid(typed.problems)) }
}

struct Typed<'a> {
    fields: &'a Fields,
    currency: Currency,
    problems: Vec<Problem>,
}

impl Typed<'_> {
    fn problem(&mut self, field: &str, message: impl Into<String>) {
        self.problems.push(Problem { field: field.to_string(), message: message.into() });
    }

    fn design(&mut self, known: &[Metric], metric: Option<&Metric>) -> Design {
        if metric.is_none() {
            self.problem("metric", "choose by which figure it is judged");
        }
        let holdout = self.thousandths("holdout").unwrap_or(200);
        let guardrails = self.fields.all("guardrail").filter_map(|key| known.iter().find(|m| m.key == key));
        Design {
            unit: Unit::from_name(self.fields.get("unit")).unwrap_or_default(),
            holdout_permille: holdout,
            variants: names(self.fields.get("variants")),
            metric: metric.map_or(MetricRef { key: String::new(), version: 0 }, Metric::reference),
            guardrails: guardrails.map(Metric::reference).collect(),
            window_days: self.whole("window_days", 28),
            pre_days: self.whole("pre_days", 90),
        }
    }

    fn expected(&mut self, metric: Option<&Metric>) -> Option<f64> {
        let text = self.fields.filled("expected")?;
        let value = values::typed(text, metric?, self.currency);
        if value.is_none() {
            self.problem("expected", format!("“{text}” is no number such as 4.5"));
        }
        value
    }

    fn call_list(&mut self) -> call_lists::Input {
        call_lists::Input {
            script: self.fields.get("script").to_string(),
            assignee_id: self.fields.filled("assignee").map(str::to_string),
            minutes_per_call: self.whole("minutes_per_call", 10),
            most_attempts: self.whole("most_attempts", 3),
        }
    }

    fn offer(&mut self) -> offers::Input {
        let is_amount = self.fields.get("discount_by") == "amount";
        offers::Input {
            percent_permille: if is_amount { None } else { self.thousandths("discount") },
            amount_minor: if is_amount { self.money("discount") } else { None },
            least_order_minor: self.money("least_order").unwrap_or(0),
            valid_from: self.fields.get("valid_from").to_string(),
            valid_until: self.fields.get("valid_until").to_string(),
            budget_minor: self.money("budget"),
            prefix: self.fields.get("prefix").to_string(),
        }
    }

    /// A percentage with at most one decimal, in thousandths.
    fn thousandths(&mut self, field: &str) -> Option<i64> {
        let text = self.fields.filled(field)?.trim_end_matches('%').trim().replace(',', ".");
        match text.parse::<f64>() {
            Ok(percent) if percent.is_finite() && percent.abs() <= 1_000.0 => {
                Some((percent * 10.0).round() as i64)
            }
            _ => {
                self.problem(field, format!("“{text}” is no percentage such as 20"));
                None
            }
        }
    }

    fn whole(&mut self, field: &str, usual: i64) -> i64 {
        let Some(text) = self.fields.filled(field) else { return usual };
        text.parse().unwrap_or_else(|_| {
            self.problem(field, format!("“{text}” is no whole number"));
            usual
        })
    }

    fn money(&mut self, field: &str) -> Option<i64> {
        let text = self.fields.filled(field)?;
        match money::parse(text, Some(self.currency), DecimalMark::Unknown) {
            Ok(read) if read.currency == self.currency => Some(read.amount_minor),
            Ok(_) => {
                self.problem(field, format!("amounts are in {}", self.currency.code()));
                None
            }
            Err(problem) => {
                self.problem(field, problem.to_string());
                None
            }
        }
    }
}

fn names(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_string).collect()
}

/// "20" or "2.5" of thousandths.
pub(super) fn percent(permille: i64) -> String {
    match permille % 10 {
        0 => (permille / 10).to_string(),
        rest => format!("{}.{}", permille / 10, rest.abs()),
    }
}
