//! Notices of Amazon's sending service, which come as JSON in the text of a message.

use serde_json::Value;

use super::facts::Facts;
use super::{Kind, Reason, Report, failed, reason};

pub(super) fn read(facts: &Facts) -> Option<Report> {
    let start = facts.whole.find('{')?;
    if !facts.whole[..start].trim().is_empty() {
        return None;
    }
    // Some servers break long lines with an exclamation mark.
    let whole = facts.whole[start..].replace("!\r\n ", "").replace("!\n ", "");
    let mut value: Value = serde_json::Deserializer::from_str(&whole).into_iter().next()?.ok()?;
    // A notice that came by another service is text inside it.
    if let Some(inner) = value.get("Message").and_then(Value::as_str) {
        value = serde_json::from_str(inner).ok()?;
    }
    let kind = value.get("notificationType").or_else(|| value.get("eventType"))?.as_str()?;
    let mut report = match kind {
        "Bounce" => bounce(&value)?,
        "Complaint" => Report {
            recipient: text(&value, "/complaint/complainedRecipients/0/emailAddress"),
            text: text(&value, "/complaint/complaintFeedbackType").unwrap_or_default(),
            ..Report::of(Kind::Complaint, Reason::Unclear)
        },
        "Delivery" => Report {
            recipient: text(&value, "/delivery/recipients/0"),
            text: text(&value, "/delivery/smtpResponse").unwrap_or_default(),
            ..Report::of(Kind::NotABounce, Reason::Delivered)
        },
        _ => return None,
    };
    let headers = value.pointer("/mail/headers").and_then(Value::as_array).cloned().unwrap_or_default();
    let of_message =
        |header: &&Value| text(header, "/name").is_some_and(|name| name.eq_ignore_ascii_case("Message-ID"));
    let id = headers.iter().find(of_message).and_then(|header| text(header, "/value"));
    let id = id.or_else(|| text(&value, "/mail/commonHeaders/messageId"));
    report.message_id = id.map(|id| id.trim_matches(['<', '>', ' ']).to_owned());
    Some(report)
}

fn bounce(value: &Value) -> Option<Report> {
    let said = text(value, "/bounce/bouncedRecipients/0/diagnosticCode").unwrap_or_default();
    let status = text(value, "/bounce/bouncedRecipients/0/status");
    let kind = text(value, "/bounce/bounceSubType").unwrap_or_default();
    let lasting = text(value, "/bounce/bounceType")? == "Permanent";
    let sign = reason::Sign {
        status: status.as_deref(),
        said: &if said.is_empty() { kind } else { said },
        is_report: true,
        is_temporary: !lasting,
    };
    let mut report = failed::judged(&sign);
    report.recipient = text(value, "/bounce/bouncedRecipients/0/emailAddress");
    Some(report)
}

fn text(value: &Value, path: &str) -> Option<String> {
    value.pointer(path).and_then(Value::as_str).map(str::to_owned)
}
