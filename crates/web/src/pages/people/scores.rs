//! How the last run's scores of a person are named and coloured, and why a number is missing.

use cycle::analyze::{LeadScore, Scores};

use crate::pages::scores::{Reasons, of_churn, of_lead, points};

use super::filter::segment_label;
use crate::parts::{Stat, Tone};
use crate::wording::{Words, percent};

/// Value tiers: name in the store, label, tone.
pub(crate) const TIERS: [(&str, &str, Tone); 3] = [
    ("high", "High value", Tone::Good),
    ("mid", "Middle value", Tone::Accent),
    ("low", "Low value", Tone::Neutral),
];

/// RFM segments: name in the store and label.
pub(crate) const SEGMENTS: [(&str, &str); 11] = [
    ("champions", "Champions"),
    ("loyal", "Loyal"),
    ("potential_loyal", "Potential loyal"),
    ("new", "New"),
    ("promising", "Promising"),
    ("need_attention", "Need attention"),
    ("about_to_sleep", "About to sleep"),
    ("at_risk", "At risk"),
    ("cannot_lose", "Cannot lose"),
    ("hibernating", "Hibernating"),
    ("lost", "Lost"),
];

/// The label of a name; the name itself where nobody knows it.
pub(crate) fn label_of<'n>(known: &[(&'static str, &'static str)], name: &'n str) -> &'n str {
    known.iter().find(|(one, _)| *one == name).map_or(name, |(_, label)| label)
}

/// A badge: text and tone.
pub(super) struct Badge {
    pub(super) text: String,
    pub(super) tone: &'static str,
}

pub(super) fn tier_badge(scores: &Scores) -> Option<Badge> {
    let tier = scores.tier.as_deref()?;
    let known = TIERS.iter().find(|(name, ..)| *name == tier);
    Some(Badge {
        text: known.map_or(tier, |(_, label, _)| label).to_string(),
        tone: known.map_or(Tone::Neutral, |(.., tone)| *tone).class(),
    })
}

/// What the page of a person says about the scores.
pub(super) struct Told {
    pub(super) tier: Option<Badge>,
    pub(super) segment: Option<String>,
    pub(super) alive: Option<String>,
    pub(super) stats: Vec<Stat>,
    /// Why the scores are what they are, sentence by sentence.
    pub(super) why: Vec<String>,
    /// Why the customer is likely to leave or to stay; of a lead, why it is likely to buy or not.
    pub(super) moved: Option<(&'static str, Reasons)>,
}

const ALIVE: &str = "Probability that this customer is still a customer today, by the BG/NBD model of the times between orders.";
const LEAVING: &str = "Probability that this customer buys nothing more for the period of the churn model, learnt from this firm's own history.";
const NOT_SCORED: &str =
    "no customer now: silent for longer than the period of the churn model, or the model abstains";
const ORDERS_AHEAD: &str = "Orders to be expected in the coming 52 weeks, by the BG/NBD model.";
const VALUE_AHEAD: &str = "Money to be expected in the coming 52 weeks, by the Gamma-Gamma model of order values; the interval holds it in 80 of 100 cases.";

pub(super) fn told(scores: &Scores, words: &Words) -> Told {
    if let Some(lead) = &scores.lead {
        return of_person_who_never_bought(lead);
    }
    let reason = scores.abstained.map_or("The last run gave no number.", |abstained| abstained.in_words());
    let reason = reason.trim_start_matches("Can't tell: ");
    let alive = match scores.probability_alive {
        Some(share) => Stat::new("Still a customer", percent(share), ALIVE),
        None => Stat::cannot_tell("Still a customer", reason, ALIVE),
    };
    let orders = match scores.expected_orders {
        Some(n) => Stat::new("Orders ahead", format!("{n:.1}"), ORDERS_AHEAD).unit("in 52 weeks"),
        None => Stat::cannot_tell("Orders ahead", reason, ORDERS_AHEAD),
    };
    let value = match (
        scores.lifetime_value_minor,
        scores.lifetime_value_low_minor,
        scores.lifetime_value_high_minor,
    ) {
        (Some(value), Some(low), Some(high)) => Stat::new("Value ahead", words.money(value), VALUE_AHEAD)
            .interval(format!("{} – {}", words.money(low), words.money(high)), "80 % interval"),
        (Some(value), ..) => Stat::new("Value ahead", words.money(value), VALUE_AHEAD),
        _ => Stat::cannot_tell("Value ahead", reason, VALUE_AHEAD),
    };
    Told {
        tier: tier_badge(scores),
        segment: scores.segment.as_deref().map(|name| segment_label(name).to_string()),
        alive: scores.probability_alive.map(percent),
        stats: vec![leaving(scores), alive, orders, value],
        why: why(scores),
        moved: scores.churn_probability.map(|_| ("Leaving", of_churn(&scores.churn_reasons, words))),
    }
}

const GRADE: &str = "The letter says how well the person fits, the number how engaged the person is, by the rules of the lead score: A1 is best, C3 least.";
const FIRST_ORDER: &str = "Probability of a first order within the period of the lead model, learnt from leads of this firm whose time is over.";

fn of_person_who_never_bought(lead: &LeadScore) -> Told {
    let shown = format!("{} points of fit, {} of engagement", lead.fit, lead.engagement);
    let first = match lead.probability {
        Some(probability) => Stat::new("First order", percent(probability), FIRST_ORDER).rows("/scores/lead"),
        None => Stat::cannot_tell(
            "First order",
            "the model abstains: too few leads whose time is over",
            FIRST_ORDER,
        ),
    };
    Told {
        tier: None,
        segment: None,
        alive: None,
        stats: vec![Stat::new("Lead grade", &lead.grade, GRADE).rows("/scores/lead"), first],
        why: vec![shown, points(&lead.why)].into_iter().filter(|words| !words.is_empty()).collect(),
        moved: lead.probability.map(|_| ("First order", of_lead(&lead.why.model))),
    }
}

fn leaving(scores: &Scores) -> Stat {
    match scores.churn_probability {
        Some(risk) => Stat::new("Likely to leave", percent(risk), LEAVING).rows("/scores/churn"),
        None => Stat::cannot_tell("Likely to leave", NOT_SCORED, LEAVING),
    }
}

/// What each score is made of, for somebody who doubts it.
fn why(scores: &Scores) -> Vec<String> {
    let mut why = Vec::new();
    let scored = [
        (scores.recency, "Recency", "how lately the last order was"),
        (scores.frequency, "Frequency", "how many orders"),
        (scores.money, "Money", "how much was bought, less returns"),
    ];
    for (score, name, meaning) in scored {
        why.extend(
            score.map(|score| format!("{name} {score} of 5: {meaning}, compared with all customers.")),
        );
    }
    if let Some(segment) = &scores.segment {
        why.push(format!("These three make the segment “{}”.", segment_label(segment)));
    }
    match &scores.previous_tier {
        Some(before) if scores.tier.as_ref() != Some(before) => why.push(format!(
            "The value tier was “{}” a quarter before.",
            TIERS.iter().find(|(name, ..)| name == before).map_or(before.as_str(), |(_, label, _)| label)
        )),
        Some(_) => why.push("The value tier was the same a quarter before.".to_string()),
        None => {}
    }
    why.extend(scores.abstained.map(|abstained| abstained.in_words().to_string()));
    why
}
