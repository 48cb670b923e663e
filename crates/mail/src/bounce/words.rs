//! Words and codes in what mail systems write for people.

/// Local parts of mail systems, without signs in between.
pub(super) const SYSTEMS: [&str; 7] =
    ["mailerdaemon", "postmaster", "maildelivery", "mailsystem", "majordomo", "bounce", "mdaemon"];

/// Pieces of subjects of reports, in lower case.
pub(super) const SUBJECTS: [&str; 24] = [
    "undeliver",
    "delivery status",
    "delivery fail",
    "delivery notification",
    "failure notice",
    "returned mail",
    "mail delivery",
    "mail system error",
    "could not be delivered",
    "not delivered",
    "non-delivery",
    "nondelivery",
    "delivery error",
    "delivery report",
    "mail failure",
    "failed mail",
    "message delivery",
    "returned to sender",
    "unzustellbar",
    "non remis",
    "mail error",
    "配信",
    "不達",
    "mail could not",
];

/// Starts of subjects of automatic answers, in lower case.
pub(super) const AWAY: [&str; 14] = [
    "out of office",
    "out of the office",
    "automatic reply",
    "auto reply",
    "autoreply",
    "auto:",
    "auto-reply",
    "vacation",
    "abwesenheit",
    "automatische antwort",
    "réponse automatique",
    "absence",
    "respuesta automática",
    "on holiday",
];

/// Phrases of reports whose sender and subject do not tell.
pub(super) const FAILURES: [&str; 14] = [
    "could not be delivered",
    "was not delivered",
    "undeliverable",
    "delivery failed",
    "delivery has failed",
    "unable to deliver",
    "not be delivered",
    "permanent error",
    "fatal error",
    "delivery problem",
    "delivery error",
    "error message below",
    "delivery failure",
    "not a member of this mailing list",
];

/// The server goes on trying.
pub(super) const TEMPORARY: [&str; 4] = [
    "this is a warning message only",
    "only a temporary failure",
    "you do not need to resend",
    "will continue to",
];

/// Lines behind which the returned message stands, in lower case.
const ORIGINAL: [&str; 16] = [
    "copy of the message",
    "original message follows",
    "message headers follow",
    "header of the original message",
    "----- original message",
    "original mail as follows",
    "returned message --",
    "enclosed is a copy",
    "copy of the original message",
    "the original message was",
    "original message:",
    "message header:",
    "-- message text",
    "body of message generated response",
    "non-delivered information",
    "below is your original",
];

/// Where the words end and the returned message begins.
pub(super) fn start_of_original(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let lower = line.trim().to_lowercase();
        let header = lower.starts_with("received:")
            || lower.starts_with("received :")
            || lower.starts_with("return-path:");
        let marked = ORIGINAL.iter().any(|mark| lower.contains(mark)) && at > 0;
        // These two speak of the failure, in spite of their words.
        let speaks =
            lower.contains("response") || lower.contains("non-delivered") || lower.contains("message was");
        if header || (marked && !speaks) {
            return at;
        }
        at += line.len();
    }
    text.len()
}

/// The words up to the line that begins with a second failed address.
pub(super) fn about_first(text: &str, is_ours: impl Fn(&str) -> bool) -> &str {
    let mut first: Option<String> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = line.trim_start().trim_start_matches(['<', '"', '\'']);
        let word = start.split(|c: char| c.is_whitespace() || "<>\"':,;".contains(c)).next().unwrap_or("");
        let address = word.contains('@') && crate::address::for_the_wire(word).is_ok() && !is_ours(word);
        match &first {
            Some(known) if address && !known.eq_ignore_ascii_case(word) => return &text[..at],
            None if address => first = Some(word.to_owned()),
            _ => {}
        }
        at += line.len();
    }
    text
}

/// One line, single spaces.
pub(super) fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a diagnostic field says more than a code.
pub(super) fn tells(said: &str) -> bool {
    said.chars().filter(|c| c.is_alphabetic()).count() > 3
}

/// `mailbox disabled` out of `5.2.1 (mailbox disabled)`.
pub(super) fn comment_of(status: &str) -> &str {
    status.split_once('(').map_or("", |(_, comment)| comment.trim_end_matches(')'))
}

/// Enhanced codes in a text, with their places.
pub(super) fn statuses(text: &str) -> Vec<(usize, &str)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        let before = at.checked_sub(1).map(|n| bytes[n]);
        if !matches!(byte, b'2' | b'4' | b'5')
            || before.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'[')
        {
            continue;
        }
        let length = bytes[at..].iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
        let code = text[at..at + length].trim_end_matches('.');
        let parts: Vec<&str> = code.split('.').collect();
        let short = |part: &&str| (1..=3).contains(&part.len());
        if parts.len() == 3 && parts[0].len() == 1 && parts[1].len() == 1 && short(&parts[2]) {
            found.push((at, code));
        }
    }
    found
}

/// The code that tells most: behind a reply code first, then the stated one, then any other; `5.0.0` tells nothing.
pub(super) fn best_status(stated: Option<&str>, said: &str) -> Option<String> {
    let in_words = statuses(said);
    let behind_code = in_words.iter().find(|(at, status)| {
        let before = said[..*at].trim_end_matches([' ', '-', '\'', '"', '(', '#', ':', '=']);
        let code = before.get(before.len().saturating_sub(3)..).unwrap_or("");
        code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()) && telling(status)
    });
    let all = behind_code.map(|(_, status)| *status);
    let stated = stated.filter(|status| telling(status));
    let last = in_words.iter().rev().map(|(_, status)| *status).find(|status| telling(status));
    let any = in_words.first().map(|(_, status)| *status);
    all.or(stated).or(last).or(any).map(str::to_owned)
}

fn telling(status: &str) -> bool {
    !status.ends_with(".0.0")
}

/// The first three digits of a refusal that stand alone.
pub(super) fn reply_code(text: &str) -> Option<u16> {
    let bytes = text.as_bytes();
    for at in 0..bytes.len().saturating_sub(2) {
        let three = &bytes[at..at + 3];
        let before = at.checked_sub(1).map(|n| bytes[n]);
        let after = bytes.get(at + 3);
        let alone = !before
            .is_some_and(|b| b.is_ascii_alphanumeric() || b".:[/_@#=".contains(&b) && !b":#=".contains(&b))
            && matches!(after, None | Some(b' ' | b'-' | b':' | b'\r' | b'\n' | b'\'' | b',' | b'('));
        if alone
            && matches!(three[0], b'4' | b'5')
            && three[1] <= b'5'
            && three.iter().all(u8::is_ascii_digit)
        {
            return text[at..at + 3].parse().ok();
        }
    }
    None
}

/// `550 <ada@example.com>: User unknown`: the server speaks of the address.
pub(super) fn names_address_before_unknown(said: &str) -> bool {
    said.match_indices(">").any(|(at, _)| {
        let after = said[at + 1..].trim_start_matches([':', ' ', '.']);
        let address = said[..at].rfind('<').is_some_and(|start| said[start..at].contains('@'));
        let reply = said[..at].rfind('<').map(|start| said[..start].trim_end()).unwrap_or("");
        let code = reply.ends_with("550") || reply.ends_with("550:") || reply.ends_with("553");
        address && code && after.starts_with("user unknown")
    })
}
