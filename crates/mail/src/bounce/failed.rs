//! Reports of failed delivery, standard or in a server's own words.

use super::facts::{Facts, addresses_in, field};
use super::reason::{self, Sign};
use super::{Kind, Reason, Report, words};

pub(super) fn read(facts: &Facts) -> Option<Report> {
    let group =
        facts.groups.iter().find(|group| field(group, "final-recipient").is_some() && !was_delivered(group));
    let group = group.or_else(|| {
        facts.groups.iter().find(|group| field(group, "action").is_some() && !was_delivered(group))
    });
    if group.is_none() {
        if let Some(delivered) = facts.groups.iter().find(|group| was_delivered(group)) {
            return Some(delivered_report(delivered));
        }
        let speaks_of_failure = words::FAILURES.iter().any(|words| facts.text.to_lowercase().contains(words));
        if !facts.from_a_mail_system && !speaks_of_failure {
            return None;
        }
    }
    let fields = group.map_or(&[][..], Vec::as_slice);
    let said = field(fields, "diagnostic-code").map(without_kind).unwrap_or("");
    let status_field = field(fields, "status").unwrap_or("");
    let action = field(fields, "action").unwrap_or("").to_ascii_lowercase();
    // What the field says comes first; the words for people tell more where it says little.
    let about = words::about_first(&facts.text, |address| is_ours(facts, address));
    let text = words::squeezed(about);
    let subject = if text.len() < 200 { facts.subject.as_str() } else { "" };
    let together = format!("{} {} {} {}", said, words::comment_of(status_field), text, subject);
    let sign = Sign {
        status: words::statuses(status_field).into_iter().next().map(|(_, status)| status),
        said: if words::tells(said) { said } else { &together },
        is_report: group.is_some(),
        is_temporary: action == "delayed"
            || words::TEMPORARY.iter().any(|w| facts.text.to_lowercase().contains(w)),
    };
    let mut report = judged(&sign);
    if words::reply_code(said).is_none() && report.code.is_none() {
        report.code = words::reply_code(&together);
    }
    let named = ["original-recipient", "final-recipient", "x-actual-recipient"]
        .iter()
        .find_map(|name| field(fields, name).and_then(|value| addresses_in(value).into_iter().next()));
    report.recipient = named
        .or_else(|| facts.named.first().cloned())
        .or_else(|| first_stranger(facts))
        .or_else(|| facts.original_to.clone());
    Some(report)
}

/// What a sign comes to.
pub(super) fn judged(sign: &Sign<'_>) -> Report {
    let reason = reason::of(sign);
    let kind = if reason.is_final() { Kind::Hard } else { Kind::Soft };
    Report {
        code: words::reply_code(sign.said),
        status: words::best_status(sign.status, sign.said),
        text: words::squeezed(sign.said),
        ..Report::of(kind, reason)
    }
}

fn delivered_report(group: &[(String, String)]) -> Report {
    let recipient = field(group, "final-recipient").and_then(|value| addresses_in(value).into_iter().next());
    Report { recipient, ..Report::of(Kind::NotABounce, Reason::Delivered) }
}

fn was_delivered(group: &[(String, String)]) -> bool {
    let action = field(group, "action").unwrap_or("").to_ascii_lowercase();
    ["delivered", "relayed", "expanded"].iter().any(|done| action.starts_with(done))
}

/// `550 no such user` out of `smtp; 550 no such user`.
fn without_kind(said: &str) -> &str {
    said.split_once(';').filter(|(kind, _)| kind.len() < 20).map_or(said, |(_, said)| said.trim())
}

/// The first address in the words that is not one to which the report came.
fn first_stranger(facts: &Facts) -> Option<String> {
    addresses_in(&facts.text).into_iter().find(|address| !is_ours(facts, address))
}

fn is_ours(facts: &Facts, address: &str) -> bool {
    facts.came_to.iter().any(|to| to.eq_ignore_ascii_case(address))
}
