//! Against a mail server that others wrote: the one that `RONDEL_TEST_SMTP` names.
//!
//! `host:port:user:password`, with STARTTLS, and its certificate in `RONDEL_TEST_SMTP_ROOTS`.
//! `cargo test -p mail --test smtp -- --ignored`

use mail::smtp::{Login, Outcome, Security, Sender, Settings};

use crate::server::send;

#[test]
#[ignore = "needs a mail server, named by RONDEL_TEST_SMTP"]
fn a_server_with_starttls_and_sign_in_takes_messages() {
    let named = std::env::var("RONDEL_TEST_SMTP").expect("host:port:user:password");
    let parts: Vec<&str> = named.splitn(4, ':').collect();
    let mut settings =
        Settings::new(parts[0], parts[1].parse().unwrap(), Security::StartTls, "client.example");
    settings.login = Some(Login { user: parts[2].into(), password: parts[3].into() });
    settings.extra_roots =
        Some(std::fs::read_to_string(std::env::var("RONDEL_TEST_SMTP_ROOTS").unwrap()).unwrap());
    let sender = Sender::new(settings.clone()).unwrap();
    for _ in 0..20 {
        let outcome = send(&sender, "ada@localhost");
        assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
    }
    settings.login = Some(Login { user: parts[2].into(), password: "wrong".into() });
    let refused = Sender::new(settings).unwrap().greet().expect_err("a wrong password opens nothing");
    assert_eq!(refused.stage, mail::smtp::Stage::SignIn, "{refused}");
}
