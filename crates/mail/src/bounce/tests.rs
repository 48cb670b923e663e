//! Reports by their kinds, forgeries of shape, and bytes that are no report at all.

use super::*;

const REPORT: &str = "Return-Path: <>\r\nTo: bounce+msg_01@shop.example\r\nFrom: MAILER-DAEMON@mx.example\r\n\
Subject: Undelivered Mail Returned to Sender\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
--b\r\n\r\nI'm sorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
Final-Recipient: rfc822; ada@example.com\r\nAction: ACTION\r\nStatus: STATUS\r\nDiagnostic-Code: smtp; SAID\r\n\r\n--b\r\n\
Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <msg_01@shop.example>\r\nTo: ada@example.com\r\n\r\n--b--\r\n";

fn report(action: &str, status: &str, said: &str) -> Report {
    read(REPORT.replace("ACTION", action).replace("STATUS", status).replace("SAID", said).as_bytes())
}

#[test]
fn a_standard_report_names_person_message_and_reason() {
    let read = report("failed", "5.1.1", "550 5.1.1 <ada@example.com>: no such user");
    assert_eq!((read.kind, read.reason), (Kind::Hard, Reason::UnknownUser));
    assert_eq!(read.recipient.as_deref(), Some("ada@example.com"));
    assert_eq!(read.message_id.as_deref(), Some("msg_01@shop.example"));
    assert_eq!(read.came_to, ["bounce+msg_01@shop.example"]);
    assert_eq!((read.code, read.status.as_deref()), (Some(550), Some("5.1.1")));
}

#[test]
fn a_report_of_delay_or_success_does_not_end_an_address() {
    let delayed = report("delayed", "4.4.1", "connect to mx.example: Connection timed out");
    assert_eq!((delayed.kind, delayed.reason), (Kind::Soft, Reason::Expired));
    let delivered = report("delivered", "2.0.0", "250 queued");
    assert_eq!((delivered.kind, delivered.reason), (Kind::NotABounce, Reason::Delivered));
    let full = report("failed", "5.2.2", "552 5.2.2 mailbox full");
    assert_eq!((full.kind, full.reason), (Kind::Soft, Reason::MailboxFull));
}

#[test]
fn a_complaint_is_read_from_a_feedback_report() {
    let complaint = "From: fbl@provider.example\r\nTo: fbl@shop.example\r\nSubject: FW: offer\r\n\
        Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\n\r\nAn abuse report.\r\n--b\r\n\
        Content-Type: message/feedback-report\r\n\r\nFeedback-Type: KIND\r\nUser-Agent: x/1\r\nVersion: 1\r\n\
        Original-Rcpt-To: <ada@example.com>\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: news@shop.example\r\n\
        Message-ID: <msg_01@shop.example>\r\nSubject: offer\r\n\r\nhello\r\n--b--\r\n";
    let abuse = read(complaint.replace("KIND", "abuse").as_bytes());
    assert_eq!((abuse.kind, abuse.recipient.as_deref()), (Kind::Complaint, Some("ada@example.com")));
    assert_eq!(abuse.message_id.as_deref(), Some("msg_01@shop.example"));
    assert_eq!(read(complaint.replace("KIND", "not-spam").as_bytes()).kind, Kind::NotABounce);
    assert_eq!(read(complaint.replace("KIND", "auth-failure").as_bytes()).kind, Kind::NotABounce);
}

#[test]
fn an_answer_of_a_machine_is_no_bounce() {
    for head in [
        "Auto-Submitted: auto-replied",
        "X-Autoreply: yes",
        "Subject: Out of office: Re: offer",
        "Subject: Automatische Antwort: Angebot",
    ] {
        let read = read(
            format!("From: ada@example.com\r\nTo: news@shop.example\r\n{head}\r\n\r\nI am away.\r\n")
                .as_bytes(),
        );
        assert_eq!(read.kind, Kind::AutoReply, "{head}");
    }
}

#[test]
fn what_a_person_writes_is_no_bounce() {
    for text in [
        "From: ada@example.com\r\nTo: news@shop.example\r\nSubject: Question\r\n\r\nIs the chair full of wood? 550 5.1.1\r\n",
        "From: ada@example.com\r\nSubject: Re: your offer\r\n\r\nPlease send it to my new address.\r\n",
        "no headers at all",
        "",
    ] {
        assert_eq!(read(text.as_bytes()).kind, Kind::NotABounce, "{text}");
    }
}

#[test]
fn torn_and_mixed_bytes_are_read_without_harm() {
    let whole = REPORT
        .replace("ACTION", "failed")
        .replace("STATUS", "5.1.1")
        .replace("SAID", "550 <ä@b.de>: user unknown");
    for end in 0..whole.len() {
        let _ = read(&whole.as_bytes()[..end]);
    }
    // A plain generator of a fixed seed: what fails today fails tomorrow.
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..3_000 {
        let mut bytes = whole.clone().into_bytes();
        for _ in 0..12 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let at = usize::try_from(seed % 100_000).unwrap_or(0) % bytes.len();
            bytes[at] = b"\r\n\0<>@:;\"\xff\xe3.-5 {"[usize::try_from(seed >> 40).unwrap_or(0) % 16];
        }
        let _ = read(&bytes);
    }
    let _ = read(&vec![b'<'; 300_000]);
    let _ = read("550 5.1.1 a@b.de\n".repeat(30_000).as_bytes());
}
