//! Servers that stall, close, flood and talk nonsense, at every step of the dialogue.

use std::time::{Duration, Instant};

use mail::smtp::{Outcome, Stage};

use crate::server::{Act, Server, envelope, send};

const STEPS: [&str; 6] = ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "END"];

/// What each kind of trouble looks like.
fn trouble(kind: usize) -> Act {
    match kind {
        0 => Act::Stall,
        1 => Act::Close,
        2 => Act::Drip,
        3 => Act::Flood,
        4 => Act::Say("HTTP/1.1 400 Bad Request"),
        _ => Act::SayAndClose("421 4.3.2 shutting down"),
    }
}

#[test]
fn trouble_at_any_step_ends_in_time_and_is_told_apart() {
    std::thread::scope(|scope| {
        for step in STEPS {
            for kind in 0..6 {
                scope.spawn(move || meet(step, kind));
            }
        }
    });
}

fn meet(step: &'static str, kind: usize) {
    let server =
        Server::start(move |command, _| if command.starts_with(step) { trouble(kind) } else { Act::Follow });
    let started = Instant::now();
    let mut n_ends = 0;
    let outcome = server.sender().send(&envelope("ada@example.com"), b"Subject: x\r\n\r\ny\r\n", &mut || {
        n_ends += 1;
        Ok(())
    });
    assert!(started.elapsed() < Duration::from_secs(10), "{step} {kind} took {:?}", started.elapsed());
    let after_the_end = step == "END";
    assert_eq!(n_ends, usize::from(after_the_end), "{step} {kind}: {outcome:?}");
    match outcome {
        Outcome::RetryLater(answer) if kind == 5 => assert_eq!(answer.code, Some(421)),
        Outcome::RetryLater(answer) => {
            assert!(!after_the_end, "{step} {kind}: {answer}");
            assert_eq!(answer.code, None, "{step} {kind}: {answer}");
        }
        Outcome::InDoubt(answer) => {
            assert!(after_the_end && kind != 5, "{step} {kind}: {answer}");
            assert_eq!(answer.stage, Stage::End);
        }
        other => panic!("{step} {kind}: {other:?}"),
    }
}

#[test]
fn a_server_that_refuses_everybody_says_nothing_about_the_message() {
    let server = Server::start(|command, _| match command {
        "CONNECT" => Act::SayAndClose("554 5.7.1 you are on a list"),
        _ => Act::Follow,
    });
    let Outcome::RetryLater(answer) = send(&server.sender(), "ada@example.com") else { panic!("try later") };
    assert_eq!((answer.stage, answer.code), (Stage::Connect, Some(554)));
    assert!(answer.stage.concerns_all());
}

#[test]
fn what_the_caller_cannot_write_down_is_not_sent() {
    let server = Server::start(|_, _| Act::Follow);
    let sender = server.sender();
    let outcome =
        sender.send(&envelope("ada@example.com"), b"x\r\n", &mut || Err(std::io::Error::other("disk full")));
    assert!(matches!(outcome, Outcome::RetryLater(answer) if answer.text == "disk full"));
    assert_eq!(server.n_taken(), 0);
    assert!(matches!(send(&sender, "ada@example.com"), Outcome::Accepted(_)));
    assert_eq!(server.n_taken(), 1);
}

#[test]
fn a_connection_that_the_server_ended_while_it_waited_is_replaced() {
    let server = Server::start(|command, n| match (command, n) {
        ("END", 0) => Act::SayAndClose("250 queued"),
        _ => Act::Follow,
    });
    let sender = server.sender();
    for _ in 0..3 {
        assert!(matches!(send(&sender, "ada@example.com"), Outcome::Accepted(_)));
    }
    assert_eq!(server.n_taken(), 3);
}

#[test]
fn a_refusal_after_the_end_is_one_and_nonsense_is_doubt() {
    for (said, wanted) in [
        ("554 5.7.1 looks like spam", "refused"),
        ("451 4.7.1 greylisted", "later"),
        ("354 again", "doubt"),
        ("999 what", "doubt"),
        ("250-endless", "doubt"),
    ] {
        let server =
            Server::start(move |command, _| if command == "END" { Act::Say(said) } else { Act::Follow });
        let told = match send(&server.sender(), "ada@example.com") {
            Outcome::Accepted(_) => "accepted",
            Outcome::Refused(_) => "refused",
            Outcome::RetryLater(_) => "later",
            Outcome::InDoubt(_) => "doubt",
        };
        assert_eq!(told, wanted, "{said}");
    }
}

#[test]
fn nobody_listening_is_trouble_of_the_server() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::start(|_, _| Act::Follow);
    let mut settings = server.settings();
    settings.port = listener.local_addr().unwrap().port();
    drop(listener);
    let sender = mail::smtp::Sender::new(settings).unwrap();
    let Outcome::RetryLater(answer) = send(&sender, "ada@example.com") else { panic!("try later") };
    assert_eq!(answer.stage, Stage::Connect);
    assert!(sender.greet().is_err());
}
