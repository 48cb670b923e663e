//! The usual way: one connection for many messages, STARTTLS and sign-in where asked for, and answers told apart.

use std::sync::Arc;

use mail::smtp::{Login, Outcome, Security, Sender, Stage};

use crate::server::{Act, Server, envelope, send};

pub(crate) const CERTIFICATE: &str = include_str!("../data/tls_cert.pem");
const KEY: &str = include_str!("../data/tls_key.pem");

fn tls() -> Arc<rustls::ServerConfig> {
    use rustls::pki_types::pem::PemObject;
    let certificate = rustls::pki_types::CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    Arc::new(builder.with_single_cert(vec![certificate], key).unwrap())
}

#[test]
fn a_message_is_taken_once_with_its_dots() {
    let server = Server::start(|_, _| Act::Follow);
    let Outcome::Accepted(answer) = send(&server.sender(), "ada@example.com") else { panic!("it is taken") };
    assert_eq!((answer.stage, answer.code, answer.text.as_str()), (Stage::End, Some(250), "2.0.0 queued"));
    assert_eq!(*server.taken.lock().unwrap(), ["Subject: x\n\n.dot\n"]);
    let said = server.said.lock().unwrap();
    assert_eq!(said[1], "MAIL FROM:<bounce+m1@shop.example> SIZE=20");
    assert_eq!(said[2], "RCPT TO:<ada@example.com>");
}

#[test]
fn a_connection_serves_many_messages_and_many_threads_share_the_limit() {
    let server = Server::start(|_, _| Act::Follow);
    let mut settings = server.settings();
    settings.end_timeout = std::time::Duration::from_secs(60);
    let sender = Sender::new(settings).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert!(matches!(send(&sender, "ada@example.com"), Outcome::Accepted(_)));
                }
            });
        }
    });
    assert_eq!(server.n_taken(), 400);
    let said = server.said.lock().unwrap();
    let n_connections = said.iter().filter(|line| line.starts_with("EHLO")).count();
    assert!(n_connections <= 8, "{n_connections} connections; each serves 100, at most 4 at a time");
}

#[test]
fn starttls_and_sign_in_come_before_any_address() {
    let server = Server::start_with(Some(tls()), |_, _| Act::Follow);
    let mut settings = server.settings();
    settings.host = "localhost".into();
    settings.security = Security::StartTls;
    settings.extra_roots = Some(CERTIFICATE.into());
    settings.login = Some(Login { user: "ada".into(), password: "secret".into() });
    settings.timeout = std::time::Duration::from_secs(5);
    let sender = Sender::new(settings).unwrap();
    assert!(matches!(send(&sender, "ada@example.com"), Outcome::Accepted(_)));
    let said = server.said.lock().unwrap();
    let verbs: Vec<&str> = said.iter().map(|line| line.split([' ', ':']).next().unwrap()).collect();
    assert_eq!(verbs, ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"]);
    assert_eq!(said[3], "AUTH PLAIN AGFkYQBzZWNyZXQ=");
}

#[test]
fn a_server_whom_nobody_vouches_for_gets_no_password() {
    let server = Server::start_with(Some(tls()), |_, _| Act::Follow);
    let mut settings = server.settings();
    settings.host = "localhost".into();
    settings.security = Security::StartTls;
    settings.login = Some(Login { user: "ada".into(), password: "secret".into() });
    let sender = Sender::new(settings).unwrap();
    let Outcome::RetryLater(answer) = send(&sender, "ada@example.com") else { panic!("it is not sent") };
    assert_eq!(answer.stage, Stage::Connect);
    assert!(!server.said.lock().unwrap().iter().any(|line| line.starts_with("AUTH")));
}

#[test]
fn a_server_that_no_longer_offers_tls_is_not_used_in_the_open() {
    let server = Server::start(|_, _| Act::Follow);
    let mut settings = server.settings();
    settings.security = Security::StartTls;
    let sender = Sender::new(settings).unwrap();
    let Outcome::RetryLater(answer) = send(&sender, "ada@example.com") else { panic!("it is not sent") };
    assert!(answer.text.contains("does not offer STARTTLS"), "{answer}");
}

#[test]
fn half_of_the_recipients_refused_leaves_the_other_half_sent() {
    let server = Server::start(|command, _| match command {
        "RCPT TO:<no@example.com>" => Act::Say("550 5.1.1 no such user"),
        "RCPT TO:<full@example.com>" => Act::Say("452 4.2.2 mailbox full"),
        _ => Act::Follow,
    });
    let sender = server.sender();
    for _ in 0..10 {
        assert!(matches!(send(&sender, "yes@example.com"), Outcome::Accepted(_)));
        let Outcome::Refused(answer) = send(&sender, "no@example.com") else { panic!("refused for good") };
        assert_eq!((answer.stage, answer.code), (Stage::Recipient, Some(550)));
        assert_eq!(answer.text, "5.1.1 no such user");
        let Outcome::RetryLater(answer) = send(&sender, "full@example.com") else { panic!("later") };
        assert_eq!((answer.stage, answer.code), (Stage::Recipient, Some(452)));
    }
    // This server takes data although it took no recipient; what it got then is empty.
    let taken = server.taken.lock().unwrap();
    assert_eq!(taken.iter().filter(|data| !data.is_empty()).count(), 10);
}

#[test]
fn settings_say_what_is_wrong_with_them() {
    let server = Server::start(|_, _| Act::Follow);
    let mut settings = server.settings();
    settings.host = "mail.example.com".into();
    settings.port = 0;
    settings.hello_name = "not a name".into();
    settings.extra_roots = Some("nonsense".into());
    let fields: Vec<&str> = settings.problems().iter().map(|p| p.field).collect();
    assert_eq!(fields, ["port", "security", "hello_name", "extra_roots"]);
}

#[test]
fn a_message_that_cannot_go_is_refused_before_the_server_hears_of_it() {
    let server = Server::start(|_, _| Act::Follow);
    let sender = server.sender();
    for bad in ["a b@example.com", "a@example.com>\r\nRCPT TO:<b@example.com", "nobody", ""] {
        let Outcome::Refused(answer) = send(&sender, bad) else { panic!("{bad:?} is refused") };
        assert_eq!((answer.stage, answer.code), (Stage::Recipient, None));
    }
    for bad in [&b"a\n.\nMAIL FROM:<x@y.de>\r\n"[..], b"a\r.\r\n", b"\n", b"x\r"] {
        let outcome = sender.send(&envelope("ada@example.com"), bad, &mut || Ok(()));
        assert!(matches!(outcome, Outcome::Refused(answer) if answer.stage == Stage::Content));
    }
    let giant = b"x\r\n".repeat(50_000);
    let Outcome::Refused(answer) = sender.send(&envelope("a@example.com"), &giant, &mut || Ok(())) else {
        panic!("larger than the server takes")
    };
    assert_eq!(answer.code, Some(552));
    assert_eq!(server.n_taken(), 0);
    assert!(matches!(send(&sender, "ada@example.com"), Outcome::Accepted(_)), "the connection is still good");
}
