//! Complaints that providers pass on (RFC 5965): somebody pressed "this is spam".

use super::facts::{Facts, addresses_in, field};
use super::{Kind, Reason, Report};

pub(super) fn read(facts: &Facts) -> Option<Report> {
    if facts.feedback.is_empty() {
        return None;
    }
    let kind = field(&facts.feedback, "feedback-type").unwrap_or("abuse").to_ascii_lowercase();
    let recipient = ["original-rcpt-to", "removal-recipient"]
        .iter()
        .find_map(|name| field(&facts.feedback, name))
        .and_then(|value| addresses_in(value).into_iter().next());
    // "not-spam" takes a complaint back, and the reports of failed authentication are no matter of the recipient.
    let complains =
        !kind.starts_with("not-spam") && !kind.starts_with("auth-failure") && !kind.starts_with("dmarc");
    let class = if complains { Kind::Complaint } else { Kind::NotABounce };
    Some(Report {
        recipient: recipient.or_else(|| facts.original_to.clone()),
        text: kind,
        ..Report::of(class, Reason::Unclear)
    })
}
