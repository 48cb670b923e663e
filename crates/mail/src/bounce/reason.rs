//! Why a message came back.
//!
//! The server's words are looked through first, the most telling ones before the others; then its codes (RFC 3463). That a
//! user is unknown is believed for good only when the recipient's server said so of the address. Said about a message
//! that it had already taken, it may as well be a filter.

use super::words;

/// Why a message was not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    UnknownUser,
    UnknownHost,
    Moved,
    /// The domain takes no mail at all.
    NoMail,
    MailboxFull,
    Suspended,
    Filtered,
    Rejected,
    Blocked,
    BadReputation,
    /// SPF, DKIM or DMARC did not hold.
    Unauthenticated,
    /// The sending machine has no name in the DNS.
    NoReverseName,
    NoRelaying,
    Spam,
    Virus,
    Content,
    TooLarge,
    OverLimit,
    Policy,
    Security,
    OnHold,
    Expired,
    Network,
    System,
    Program,
    /// It was delivered after all.
    Delivered,
    Unclear,
}

impl Reason {
    /// Whether the address will not work later either.
    pub fn is_final(self) -> bool {
        matches!(self, Reason::UnknownUser | Reason::UnknownHost | Reason::Moved | Reason::NoMail)
    }

    /// The reason in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Reason::UnknownUser => "no such mailbox",
            Reason::UnknownHost => "no such domain",
            Reason::Moved => "moved without a new address",
            Reason::NoMail => "the domain takes no mail",
            Reason::MailboxFull => "mailbox full",
            Reason::Suspended => "account disabled",
            Reason::Filtered => "held back by a filter",
            Reason::Rejected => "sender rejected",
            Reason::Blocked => "our server is blocked",
            Reason::BadReputation => "our server has a bad reputation",
            Reason::Unauthenticated => "SPF, DKIM or DMARC failed",
            Reason::NoReverseName => "our server has no name",
            Reason::NoRelaying => "wrong server for this address",
            Reason::Spam => "taken for spam",
            Reason::Virus => "taken for a virus",
            Reason::Content => "content rejected",
            Reason::TooLarge => "message too large",
            Reason::OverLimit => "over a limit of the recipient",
            Reason::Policy => "against the recipient's policy",
            Reason::Security => "not authorised",
            Reason::OnHold => "on hold",
            Reason::Expired => "not delivered in time",
            Reason::Network => "server not reached",
            Reason::System => "trouble at the recipient's server",
            Reason::Program => "a program failed",
            Reason::Delivered => "delivered",
            Reason::Unclear => "reason not told",
        }
    }
}

/// What there is to judge by.
pub(super) struct Sign<'a> {
    /// The status that a field states.
    pub(super) status: Option<&'a str>,
    pub(super) said: &'a str,
    /// A report of RFC 3464, and not words alone.
    pub(super) is_report: bool,
    /// The server goes on trying.
    pub(super) is_temporary: bool,
}

pub(super) fn of(sign: &Sign<'_>) -> Reason {
    let said = words::squeezed(sign.said).to_lowercase();
    let status = words::best_status(sign.status, sign.said);
    let by_status = status.as_deref().and_then(of_status);
    let by_words = TELLING.iter().find(|(_, phrases)| phrases.iter().any(|phrase| said.contains(phrase)));
    if let Some((reason, _)) = by_words {
        return *reason;
    }
    if UNKNOWN_FOR_SURE.iter().any(|phrase| said.contains(phrase)) {
        return Reason::UnknownUser;
    }
    let says_unknown = UNKNOWN.iter().any(|phrase| said.contains(phrase));
    if says_unknown || by_status == Some(Reason::UnknownUser) {
        let told_of_address = by_status == Some(Reason::UnknownUser) || is_answer_to_recipient(&said);
        let after_data = AFTER_DATA.iter().any(|phrase| said.contains(phrase));
        return match told_of_address || (sign.is_report && !after_data) {
            true => Reason::UnknownUser,
            false => Reason::Filtered,
        };
    }
    let find = |rules: &[(Reason, &[&str])]| {
        let rule = rules.iter().find(|(_, phrases)| phrases.iter().any(|phrase| said.contains(phrase)));
        rule.map(|(reason, _)| *reason)
    };
    find(&WEAKER).or(by_status).or_else(|| find(&WEAKEST)).unwrap_or(if sign.is_temporary {
        Reason::Expired
    } else {
        Reason::Unclear
    })
}

fn is_answer_to_recipient(said: &str) -> bool {
    RECIPIENT_STAGE.iter().any(|phrase| said.contains(phrase)) || words::names_address_before_unknown(said)
}

fn of_status(status: &str) -> Option<Reason> {
    let (class, detail) = status.split_once('.')?;
    Some(match (class, detail) {
        ("5", "1.1" | "1.0" | "1.3") => Reason::UnknownUser,
        ("5", "1.2") | (_, "4.4") => Reason::UnknownHost,
        ("5", "1.6") => Reason::Moved,
        (_, "1.7" | "1.8" | "1.9") => Reason::Rejected,
        ("5", "1.10" | "3.2") => Reason::NoMail,
        (_, "2.1") => Reason::Filtered,
        (_, "2.2" | "3.1") => Reason::MailboxFull,
        (_, "2.3") => Reason::OverLimit,
        (_, "3.4") => Reason::TooLarge,
        (_, "3.0" | "3.5" | "4.3" | "4.5") => Reason::System,
        (_, "4.1" | "4.7" | "4.2") => Reason::Expired,
        (_, "4.6") => Reason::Network,
        (_, "7.1" | "7.9" | "7.6") => Reason::Security,
        (_, "7.13") => Reason::Suspended,
        (_, "7.25") => Reason::NoReverseName,
        (_, "7.26" | "7.23" | "7.20" | "7.509") => Reason::Unauthenticated,
        (_, "7.27") => Reason::NoMail,
        ("5", "7.606") => Reason::Blocked,
        (_, "2.0") => Reason::Filtered,
        _ if detail.starts_with("6.") => Reason::Content,
        _ if detail.starts_with("7.") => Reason::Security,
        _ => return None,
    })
}

/// Phrases that tell the reason whatever the codes say; the first that is found counts.
const TELLING: [(Reason, &[&str]); 22] = [
    (Reason::Virus, &["virus", "malware", "infected"]),
    (
        Reason::Unauthenticated,
        &[
            "dmarc",
            "spf check",
            "spf fail",
            "sender policy framework",
            "dkim",
            "unauthenticated email",
            "authentication checks failed",
            "authentication failed",
        ],
    ),
    (
        Reason::NoReverseName,
        &[
            "reverse dns",
            "reverse host",
            "ptr record",
            "no ptr",
            "rdns",
            "does not have a ptr",
            "mismatches client ip",
            "cannot find your hostname",
            "cannot find your reverse",
        ],
    ),
    (Reason::BadReputation, &["reputation", "unexpected volume", "user complaints", "senderbase"]),
    (
        Reason::Blocked,
        &[
            "client host rejected",
            "blocked using",
            "banned sending ip",
            "blacklist",
            "blocklist",
            "block list",
            "black list",
            "dnsbl",
            "rbl",
            "listed at",
            "ip address has been blocked",
            "host blocked",
            "invalid ip for sending",
            "my name was rejected",
            "your ip",
            "client host blocked",
            "not permitted to connect",
            "helo command rejected",
        ],
    ),
    (
        Reason::Spam,
        &[
            "spam",
            "unsolicited",
            "ube,",
            "junk mail",
            "bulk mail",
            "message body generated",
            "body of message generated",
            "mail rejete",
        ],
    ),
    (
        Reason::MailboxFull,
        &[
            "mailbox full",
            "mailbox is full",
            "mailbox exceeds",
            "over quota",
            "overquota",
            "quota exceeded",
            "exceeded quota",
            "quota exceed",
            "exceeded the local limit",
            "exceeds allowed size",
            "exceeded storage",
            "storage quota",
            "disk quota",
            "mailbox size",
            "insufficient disk",
            "not enough space",
            "no space left",
            "out of space",
            "mail box full",
            "boîte pleine",
            "postfach voll",
            "postfach ist voll",
            "いっぱい",
            "一杯",
            "容量を超",
            "inbox is full",
            "folder is full",
        ],
    ),
    (
        Reason::TooLarge,
        &[
            "message too big",
            "message too large",
            "message size",
            "mail size limit",
            "too big for system",
            "message is too large",
            "size limit exceeded",
        ],
    ),
    (Reason::OverLimit, &["message length exceeds", "too many recipients", "too many messages"]),
    (Reason::Moved, &["has moved", "no forwarding address", "user has moved", "changed address"]),
    (
        Reason::NoRelaying,
        &[
            "relay access denied",
            "relaying denied",
            "not permitted to relay",
            "no relaying",
            "relay not permitted",
            "unable to relay",
        ],
    ),
    (
        Reason::Suspended,
        &[
            "is disabled",
            "account disabled",
            "user account disabled",
            "disabled recipient",
            "account is locked",
            "temporary locked",
            "suspended",
            "inactive",
            "deactivated",
            "mailbox disabled, ",
            "account has been disabled",
            "account is closed",
            "is not active",
            "discontinued",
            "is currently unavailable",
        ],
    ),
    (
        Reason::NoMail,
        &[
            "no mx record",
            "couldn't find a mail exchanger",
            "no smtp service",
            "does not accept mail",
            "no mx found",
            "not accepting network messages",
            "null mx",
            "does not accept email",
            "nullmx",
        ],
    ),
    (
        Reason::UnknownHost,
        &[
            "no such domain",
            "couldn't find any host",
            "unrouteable address",
            "unrouteable mail domain",
            "unroutable",
            "host unknown",
            "unknown host",
            "host not found",
            "domain not found",
            "domain does not exist",
            "invalid domain",
            "dns lookup failure",
            "domain name not found",
            "name or service not known",
            "domain is not reachable",
            "bad destination system",
            "illegal host/domain",
            "non-existent domain",
            "nonexistent domain",
            "unknown domain",
            "no route to domain",
            "could not resolve",
        ],
    ),
    (
        Reason::Rejected,
        &[
            "sender address rejected",
            "sender was rejected",
            "sender rejected",
            "mail from address",
            "purported responsible",
            "not a member of",
            "permission to post",
            "not allowed to post",
            "may not exist, or you may not",
            "address rejected: access denied",
            "addresses rejected : access denied",
            "bad sender",
            "sender not allowed",
            "moderat",
        ],
    ),
    (
        Reason::Network,
        &[
            "hop count",
            "routing loop",
            "too many hops",
            "mail loop",
            "loop detected",
            "wasn't able to establish an smtp connection",
            "network error",
            "network unreachable",
            "no route to host",
        ],
    ),
    (
        Reason::System,
        &[
            "ldap server",
            "internal system error",
            "service currently unavailable",
            "system error",
            "duplicated message-id",
            "local configuration error",
            "system config",
            "server error",
            "configuration error",
            "internal error",
            "cannot open",
            "local error",
        ],
    ),
    (
        Reason::Program,
        &["mailer error", "command died", "exit status", "pipe to", "procmail", "program failed"],
    ),
    (Reason::Policy, &["policy reasons", "for policy", "local policy"]),
    (Reason::OnHold, &["on hold", "greylist", "graylist"]),
    (
        Reason::Content,
        &[
            "content rejected",
            "media error",
            "header error",
            "message content",
            "illegal attachment",
            "blocked attachment",
        ],
    ),
    (Reason::Filtered, &["message filtered", "domain filter"]),
];

/// Whoever says so has looked into the list of users.
const UNKNOWN_FOR_SURE: [&str; 10] = [
    "not listed in",
    "invalid final delivery userid",
    "no valid recipients",
    "no mailbox here by that name",
    "unknown user: ",
    "ディレクトリ",
    "bad destination mailbox",
    "invalid recipient",
    "user not exist",
    "no longer employed",
];

const UNKNOWN: [&str; 28] = [
    "user unknown",
    "unknown user",
    "no such user",
    "no such mailbox",
    "mailbox unavailable",
    "mailbox not found",
    "recipient not found",
    "user not found",
    "does not exist",
    "doesn't exist",
    "no such recipient",
    "unknown recipient",
    "recipient unknown",
    "invalid mailbox",
    "invalid user",
    "address unknown",
    "no such address",
    "not a valid mailbox",
    "doesn't have a",
    "no mailbox",
    "unknown local",
    "account does not",
    "not known",
    "unbekannt",
    "inconnu",
    "見つかりません",
    "存在しません",
    "is not a known user",
];

/// The recipient's server refused the address, and not a message that it had taken.
const RECIPIENT_STAGE: [&str; 12] = [
    "rcpt to:<",
    "rcpt to command",
    "[rcpt_to]",
    "rcpt command",
    "rcpt to response",
    "our rcpt to",
    "does not like recipient",
    "smtp:rcpt",
    "following rcpt",
    "rejected recipient",
    "recipient server",
    "in reply to rcpt",
];

const AFTER_DATA: [&str; 8] = [
    "end of data",
    "transmission failure",
    "550 : user",
    "550 :user",
    "550: : user",
    "data command",
    "[data]",
    "smtp command data",
];

/// Phrases that count when nothing more telling was said.
const WEAKER: [(Reason, &[&str]); 3] = [
    (
        Reason::Security,
        &[
            "not authorized",
            "not authorised",
            "access denied",
            "delivery not authorized",
            "policy violation",
            "permission denied",
        ],
    ),
    (
        Reason::Expired,
        &[
            "retry timeout",
            "retry time",
            "timed out",
            "time out",
            "giving up",
            "given up",
            "queue too long",
            "not try again",
            "could not deliver for",
            "message expired",
            "envelope expired",
            "delivery failed",
            "delivery time expired",
            "did not accept our requests to connect",
            "host not reachable",
            "multiple retries",
            "was aborted after",
            "not responding",
            "has been delayed",
            "delayed",
            "retry later",
            "resources temporarily unavailable",
            "unable to connect",
            "connection refused",
            "connection reset",
            "too old",
        ],
    ),
    (Reason::Network, &["connection lost", "lost connection", "unreachable"]),
];

/// Phrases that count when the codes tell nothing either.
const WEAKEST: [(Reason, &[&str]); 6] = [
    (Reason::OnHold, &["temporary failure"]),
    (Reason::Filtered, &["rejected by a remote mail server"]),
    (Reason::Rejected, &["denied", "rejected"]),
    (Reason::Policy, &["policy"]),
    (Reason::Content, &["content"]),
    (Reason::System, &["try again later"]),
];
