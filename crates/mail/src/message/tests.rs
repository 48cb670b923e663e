//! Messages read back by another parser, and what must not get into one.

use mail_parser::{HeaderValue, MessageParser};

use super::*;

pub(crate) fn message() -> Message {
    Message {
        from: Mailbox::new(Some("Käse & Söhne"), "news@shop.example"),
        to: Mailbox::new(Some("Lovelace, Ada \"A.\""), "ada@example.com"),
        reply_to: None,
        subject: "Grüße, Ada: 20 % auf alles – nur diese Woche und nur für Kundinnen wie Sie, die schon länger da sind".into(),
        html: Some("<p>Grüße, <b>Ada</b></p>\n.\n<p>Ende</p>".into()),
        text: "Grüße, Ada\n.\nFrom here on\n".into(),
        message_id: message_id("msg_01", "shop.example"),
        sent_at: 1_700_000_000_000_000,
        list: Some(List {
            id: "news.shop.example".into(),
            unsubscribe_url: "https://crm.shop.example/u/abc".into(),
            unsubscribe_mailto: Some("leave+abc@shop.example".into()),
            feedback_id: Some("camp1:shop:marketing:rondel".into()),
        }),
    }
}

#[test]
fn a_message_reads_back_as_it_was_meant() {
    let bytes = message().to_bytes().expect("it is whole");
    assert!(bytes.is_ascii(), "every relay takes it");
    assert!(bytes.split(|b| *b == b'\n').all(|line| line.len() <= 998));
    let read = MessageParser::default().parse(&bytes).expect("a message");
    assert_eq!(read.subject(), Some(message().subject.as_str()));
    assert_eq!(read.from().and_then(|f| f.first()).and_then(|f| f.name()), Some("Käse & Söhne"));
    assert_eq!(read.to().and_then(|f| f.first()).and_then(|f| f.name()), Some("Lovelace, Ada \"A.\""));
    assert_eq!(read.message_id(), Some("msg_01@shop.example"));
    assert_eq!(read.date().map(|d| d.to_timestamp()), Some(1_700_000_000));
    assert_eq!(
        read.body_text(0).map(|t| t.replace("\r\n", "\n")).as_deref(),
        Some("Grüße, Ada\n.\nFrom here on\n")
    );
    assert!(read.body_html(0).is_some_and(|h| h.contains("Grüße, <b>Ada</b>")));
    assert!(
        matches!(read.header("List-Unsubscribe-Post"), Some(HeaderValue::Text(t)) if t == "List-Unsubscribe=One-Click")
    );
    let raw = String::from_utf8(bytes).expect("ASCII");
    assert!(raw.contains("<https://crm.shop.example/u/abc>,"), "{raw}");
    assert!(raw.contains("<mailto:leave+abc@shop.example?subject=unsubscribe>"), "{raw}");
}

#[test]
fn the_same_message_has_the_same_bytes() {
    assert_eq!(message().to_bytes(), message().to_bytes());
}

#[test]
fn nothing_in_a_field_begins_another_header() {
    const BREAKS: [&str; 6] =
        ["\r\nBcc: x@y.de", "\nBcc: x@y.de", "\rBcc: x@y.de", "\0", "\u{85}", "\r\n\r\nbody"];
    type Change = fn(&mut Message, &str);
    let changes: [(&str, Change); 9] = [
        ("subject", |m, bad| m.subject = format!("a{bad}b")),
        ("to", |m, bad| m.to.name = Some(format!("a{bad}b"))),
        ("to", |m, bad| m.to.address = format!("a{bad}@example.com")),
        ("from", |m, bad| m.from.name = Some(format!("a{bad}b"))),
        ("reply_to", |m, bad| m.reply_to = Some(Mailbox::new(None, &format!("a@b{bad}.de")))),
        ("message_id", |m, bad| m.message_id = format!("a{bad}@b.de")),
        ("list.id", |m, bad| m.list.as_mut().expect("a list").id = format!("a{bad}.de")),
        ("list.unsubscribe_url", |m, bad| {
            m.list.as_mut().expect("a list").unsubscribe_url = format!("https://a{bad}")
        }),
        ("list.feedback_id", |m, bad| m.list.as_mut().expect("a list").feedback_id = Some(format!("a{bad}"))),
    ];
    for (field, change) in changes {
        for bad in BREAKS {
            let mut message = message();
            change(&mut message, bad);
            assert_eq!(message.to_bytes().expect_err(field).field, field, "{bad:?}");
        }
    }
}

#[test]
fn a_name_that_looks_like_syntax_stays_a_name() {
    for name in ["a\" <x@y.de>", "=?utf-8?q?=0D=0ABcc=3A?=", "<>,;:", "(comment)", &"ä".repeat(200)] {
        let mut message = message();
        message.to.name = Some(name.into());
        let bytes = message.to_bytes().expect("it is a name");
        let read = MessageParser::default().parse(&bytes).expect("a message");
        let to = read.to().expect("a recipient");
        assert_eq!(to.iter().count(), 1, "{name}");
        assert_eq!(to.first().and_then(|t| t.address()), Some("ada@example.com"), "{name}");
        assert!(read.header("Bcc").is_none());
    }
}

#[test]
fn what_is_empty_or_too_large_is_refused() {
    let mut empty = message();
    empty.subject = "  ".into();
    assert_eq!(empty.to_bytes().expect_err("no subject").field, "subject");
    let mut giant = message();
    giant.text = "x".repeat(MAX_BODY);
    assert_eq!(giant.to_bytes().expect_err("too large").field, "html");
    let mut timeless = message();
    timeless.sent_at = i64::MAX;
    assert_eq!(timeless.to_bytes().expect_err("no date").field, "sent_at");
}
