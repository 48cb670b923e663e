//! Points by the rules: fit, engagement and grade of a person at the end of a day.

use super::people::{People, Person};
use crate::analyze::Day;
use crate::plan::lead_scoring::{Axis, LeadScoring, Rule, Signal};

/// The points of one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    pub fit: i64,
    pub engagement: i64,
    pub grade: &'static str,
    /// The rules that gave or took points, by their place, the strongest first.
    pub by_rule: Vec<(usize, f64)>,
}

/// The points of a person by all rules.
pub fn of(scoring: &LeadScoring, people: &People, person: &Person, day: Day) -> Points {
    let (mut fit, mut engagement, mut by_rule) = (0.0, 0.0, Vec::new());
    for (at, rule) in scoring.rules.iter().enumerate() {
        let points = of_rule(rule, people, person, day);
        if points == 0.0 {
            continue;
        }
        match rule.signal.axis() {
            Axis::Fit => fit += points,
            Axis::Engagement => engagement += points,
        }
        by_rule.push((at, points));
    }
    by_rule.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
    let most = scoring.most as f64;
    let whole = |points: f64| points.round().clamp(0.0, most) as i64;
    let (fit, engagement) = (whole(fit), whole(engagement));
    Points { fit, engagement, grade: scoring.grade(fit, engagement), by_rule }
}

/// The points of one rule; 0 where it does not apply.
pub fn of_rule(rule: &Rule, people: &People, person: &Person, day: Day) -> f64 {
    let holds = |holds: bool| if holds { rule.points_for(std::iter::once(0)) } else { 0.0 };
    let ages = |days: &[i32]| {
        let ages: Vec<i64> = days.iter().filter(|on| **on <= day.0).map(|on| i64::from(day.0 - on)).collect();
        rule.points_for(ages.into_iter())
    };
    let consent = |wanted: bool| match person.consent {
        Some((on, is_wanted)) if is_wanted == wanted => ages(&[on]),
        _ => 0.0,
    };
    let same = |value: &str| value.trim().eq_ignore_ascii_case(rule.value.trim());
    match rule.signal {
        Signal::Company => holds(person.has_company),
        Signal::BusinessEmail => holds(person.has_business_email),
        Signal::Phone => holds(person.has_phone),
        Signal::Country => holds(same(&person.country)),
        Signal::Source => holds(same(&people.sources[person.source as usize])),
        Signal::Tag => holds(person.has_tag(&rule.value, day)),
        Signal::Known => ages(&[person.known_on]),
        Signal::Click => ages(&person.clicks),
        Signal::Note => ages(&person.notes),
        Signal::Task => ages(&person.tasks),
        Signal::ConsentGiven => consent(true),
        Signal::ConsentRefused => consent(false),
    }
}
