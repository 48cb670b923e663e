//! Words for states, reasons and shares, the same on every page about campaigns.

use cycle::act::campaigns::{self, State};

use crate::parts::Tone;
use crate::words;

pub(super) fn state(state: State) -> &'static str {
    match state {
        State::Draft => "Draft",
        State::Checked => "Checked",
        State::Approved => "Approved",
        State::Sending => "Sending",
        State::Paused => "Held",
        State::Done => "Sent",
        State::Stopped => "Stopped",
    }
}

pub(super) fn tone(state: State) -> Tone {
    match state {
        State::Draft => Tone::Neutral,
        State::Checked | State::Approved | State::Sending => Tone::Accent,
        State::Paused => Tone::Warning,
        State::Done => Tone::Good,
        State::Stopped => Tone::Bad,
    }
}

/// Why somebody did not get it.
pub(super) fn reason(reason: &str) -> String {
    let words = match reason {
        "gone" => "Deleted or merged since",
        "no_address" => "No address",
        "suppressed" => "Address on the list of suppressed ones",
        "no_consent" => "No consent",
        "objected" => "Has said no",
        "not_this_topic" => "Does not want this topic",
        "capped" => "Has had enough mail in these days",
        "same_address" => "Somebody else with this address gets it",
        "no_basis" => "No lawful basis for the purpose",
        "cannot_be_written" => "The text could not be written",
        "stopped" => "The campaign was stopped",
        "unknown_address" => "No such mailbox",
        "mailbox_full" => "Mailbox full",
        "mailbox" => "Mailbox does not take it",
        "mail_system" => "Trouble of the receiving system",
        "network" => "Trouble on the way",
        "protocol" => "The server did not understand",
        "content" => "Content refused",
        "policy" => "Refused by policy",
        "no_answer" => "The server’s answer was never seen",
        "address" => "Address refused",
        _ => "Another reason",
    };
    words.to_string()
}

pub(super) fn message_state(state: &str) -> (&'static str, Tone) {
    match state {
        "queued" => ("Waiting", Tone::Neutral),
        "handed" => ("On its way", Tone::Accent),
        "accepted" => ("Accepted", Tone::Good),
        "refused" => ("Refused", Tone::Bad),
        "left_out" => ("Left out", Tone::Neutral),
        _ => ("In doubt", Tone::Warning),
    }
}

/// "12 of 60 (20.0 %)"; of nothing there is no share.
pub(super) fn share_of(n: i64, of: i64) -> String {
    match of {
        0 => "–".to_string(),
        of => format!("{} of {} ({})", words::count(n), words::count(of), words::share(n as f64 / of as f64)),
    }
}

/// What a campaign changed, as it was measured last.
pub(super) struct Uplift {
    pub(super) shown: String,
    pub(super) interval: String,
    pub(super) conclusion: &'static str,
    pub(super) tone: &'static str,
}

pub(super) fn uplift(found: Option<&campaigns::Uplift>, currency: &str) -> Uplift {
    let Some(found) = found else {
        return Uplift {
            shown: String::new(),
            interval: String::new(),
            conclusion: "Not measured yet",
            tone: Tone::Neutral.class(),
        };
    };
    let told = |value: f64| match found.is_money {
        true => words::money(value.round() as i64, currency),
        false => format!("{value:+.3}").replacen('-', "−", 1),
    };
    let (conclusion, tone) = match found.conclusion.as_str() {
        "works" => ("Works", Tone::Good),
        "harms" => ("Harms", Tone::Bad),
        "no_effect_shown" => ("No effect shown", Tone::Neutral),
        _ => ("Can’t tell yet", Tone::Neutral),
    };
    Uplift {
        shown: format!("{} per person", told(found.estimate)),
        interval: format!("{} to {}, 95 % interval", told(found.low), told(found.high)),
        conclusion,
        tone: tone.class(),
    }
}
