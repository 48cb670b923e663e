//! The columns of the lead model and its reasons in words.

use crate::analyze::models::Reason;

/// The name of a column.
pub fn label(name: &str) -> &str {
    match name {
        "days_known" => "Days since the person became known",
        "company" => "Belongs to a company",
        "business_email" => "Business e-mail",
        "phone" => "Phone number",
        "clicks" => "Clicks in mails",
        "click_days" => "Days since the last click",
        "notes" => "Notes",
        "tasks" => "Calls and visits",
        "tags" => "Tags",
        "consent" => "Consent to e-mails",
        "source" => "Channel from which the person came",
        other => other,
    }
}

/// A reason as half a sentence.
pub fn reason(reason: &Reason) -> String {
    if let Some(words) = reason.channel_in_words() {
        return words;
    }
    let Reason(name, _, value) = reason;
    let many = |n: f64, one: &str, many: &str| match n.round() as i64 {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    };
    match (name.as_str(), *value) {
        ("days_known", Some(days)) => format!("known for {}", many(days, "day", "days")),
        ("company", Some(x)) => {
            if x > 0.5 { "belongs to a company" } else { "belongs to no company" }.to_string()
        }
        ("business_email", Some(x)) => {
            if x > 0.5 { "has a business e-mail" } else { "has no business e-mail" }.to_string()
        }
        ("phone", Some(x)) => if x > 0.5 { "has a phone number" } else { "has no phone number" }.to_string(),
        ("clicks", Some(n)) => many(n, "click in a mail", "clicks in mails"),
        ("click_days", Some(days)) => format!("last click {} ago", many(days, "day", "days")),
        ("click_days", None) => "never clicked".to_string(),
        ("notes", Some(n)) => many(n, "note", "notes"),
        ("tasks", Some(n)) => many(n, "call or visit", "calls or visits"),
        ("tags", Some(n)) => many(n, "tag", "tags"),
        ("consent", Some(x)) => if x > 0.5 { "wants e-mails" } else { "wants no e-mails" }.to_string(),
        ("consent", None) => "said nothing about e-mails".to_string(),
        (other, _) => label(other).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_name_and_a_sentence() {
        for name in super::super::features::NAMES {
            assert_ne!(label(name), name);
            for value in [Some(0.0), Some(1.0), Some(7.0)] {
                let told = reason(&Reason(name.to_string(), 0.3, value));
                assert!(!told.is_empty() && !told.contains('_'), "{told}");
            }
        }
    }
}
