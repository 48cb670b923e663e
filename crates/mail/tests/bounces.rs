//! 268 bounces that others collected and judged, from the shared sample data: kind and reason against their judgement.
//!
//! Without the samples the test is reported as ignored. `RONDEL_VERBOSE=1` prints every disagreement.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use mail::bounce::{self, Kind, Reason};

fn main() {
    let arguments = Arguments::from_args();
    let folder = shared("bounces");
    let there = folder.join("expected.csv").exists();
    if !there {
        eprintln!("{} is not there: the sample bounces are not read", folder.display());
    }
    let compare = move || compare(&folder);
    let trial = Trial::test("bounces_are_judged_as_sisimai_judges_them", compare).with_ignored_flag(!there);
    libtest_mimic::run(&arguments, vec![trial]).exit();
}

fn shared(name: &str) -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    std::env::var_os("RONDEL_SHARED").map_or_else(beside, PathBuf::from).join("data").join(name)
}

fn compare(folder: &Path) -> Result<(), Failed> {
    let expected = std::fs::read_to_string(folder.join("expected.csv"))?;
    let verbose = std::env::var_os("RONDEL_VERBOSE").is_some();
    let (mut n, mut n_kind, mut n_reason, mut n_bounce) = (0, 0, 0, 0);
    for line in expected.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let (file, reason, hard) = (cells[0], cells[4], cells[5] == "1");
        let report = bounce::read(&std::fs::read(folder.join(file))?);
        let kind_right = (report.kind == Kind::Hard) == hard;
        let reason_right = theirs(report.reason) == reason;
        n += 1;
        n_kind += usize::from(kind_right);
        n_reason += usize::from(reason_right);
        n_bounce += usize::from(matches!(report.kind, Kind::Hard | Kind::Soft) || reason == "delivered");
        if verbose && !(kind_right && reason_right) {
            println!(
                "{} {file}: {reason} {} {}, read as {:?} {:?} {:?} {:?}: {}",
                if kind_right { "reason" } else { "KIND" },
                cells[2],
                cells[3],
                report.kind,
                report.reason,
                report.status,
                report.recipient,
                report.text
            );
        }
    }
    let share =
        |part: usize| 100.0 * f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(n).unwrap());
    println!(
        "{{\"messages\":{n},\"hard_or_soft_right\":{:.1},\"reason_right\":{:.1},\"seen_as_bounce\":{:.1}}}",
        share(n_kind),
        share(n_reason),
        share(n_bounce)
    );
    assert!(n > 260, "the sample is whole");
    assert!(share(n_kind) >= 95.0, "hard or soft: {:.1} %", share(n_kind));
    assert!(share(n_reason) >= 80.0, "reason: {:.1} %", share(n_reason));
    Ok(())
}

/// Our reasons in the words of the sample.
fn theirs(reason: Reason) -> &'static str {
    match reason {
        Reason::UnknownUser => "userunknown",
        Reason::UnknownHost => "hostunknown",
        Reason::Moved => "hasmoved",
        Reason::NoMail => "notaccept",
        Reason::MailboxFull => "mailboxfull",
        Reason::Suspended => "suspend",
        Reason::Filtered => "filtered",
        Reason::Rejected => "rejected",
        Reason::Blocked => "blocked",
        Reason::BadReputation => "badreputation",
        Reason::Unauthenticated => "authfailure",
        Reason::NoReverseName => "requireptr",
        Reason::NoRelaying => "norelaying",
        Reason::Spam => "spamdetected",
        Reason::Virus => "virusdetected",
        Reason::Content => "contenterror",
        Reason::TooLarge => "mesgtoobig",
        Reason::OverLimit => "exceedlimit",
        Reason::Policy => "policyviolation",
        Reason::Security => "securityerror",
        Reason::OnHold => "onhold",
        Reason::Expired => "expired",
        Reason::Network => "networkerror",
        Reason::System => "systemerror",
        Reason::Program => "mailererror",
        Reason::Delivered => "delivered",
        Reason::Unclear => "undefined",
    }
}
