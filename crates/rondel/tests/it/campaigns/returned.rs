//! Mail that comes back, wishes about topics, and drafts that are changed and changed back.

use axum::http::StatusCode;
use cycle::act::campaigns::{self, Content};
use cycle::act::preferences::{self, Choice, Topic};
use cycle::act::suppression;
use libtest_mimic::Trial;
use platform::{By, events, params};
use records::consents;

use super::firm::{campaign, content, counts};
use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        an_address_that_does_not_exist_gets_nothing_more_and_a_full_mailbox_does,
        a_complaint_takes_the_consent_back,
        a_report_about_mail_that_we_never_sent_changes_nothing,
        who_wants_nothing_of_a_topic_gets_no_mail_about_it,
        a_draft_that_was_changed_is_changed_back,
    ]
}

struct Sent {
    message: String,
    person: String,
    address: String,
}

/// A campaign that was sent; its first two messages.
fn sent(app: &TestApp) -> (String, Vec<Sent>) {
    let (id, _) = campaign(app.store(), 20, content());
    launch(app, &id);
    let wanted = id.clone();
    let read = app.store().read(move |s| {
        let sql = "SELECT m.id, m.person_id, p.email FROM messages m JOIN people p ON p.id = m.person_id
                   WHERE m.campaign_id = $1 AND m.state = 'accepted' ORDER BY m.id LIMIT 2";
        s.query(sql, &params![wanted], |row| {
            Ok(Sent { message: row.get(0)?, person: row.get(1)?, address: row.get(2)? })
        })
    });
    (id, read.wait().unwrap())
}

fn launch(app: &TestApp, id: &str) {
    for deed in ["check", "launch"] {
        let answer = app.post(&format!("/campaigns/{id}/{deed}"), &[]);
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{deed}: {}", answer.body);
        app.run_jobs();
    }
}

/// What a mail server writes to the sender of a message that it could not deliver (RFC 3464).
fn bounce(sent: &Sent, status: &str, says: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example.net\r\nTo: shop@example.com\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"edge\"\r\n\r\n\
         --edge\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered: {says}\r\n\
         --edge\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n\
         Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {says}\r\n\
         --edge\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{message}@example.com>\r\nTo: {address}\r\nSubject: News\r\n\r\n\
         Hello\r\n--edge--\r\n",
        address = sent.address,
        message = sent.message,
    )
}

/// What a provider tells when a reader presses “spam” (RFC 5965).
fn complaint(sent: &Sent) -> String {
    format!(
        "From: abuse@provider.example\r\nTo: shop@example.com\r\nSubject: complaint\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=\"edge\"\r\n\r\n\
         --edge\r\nContent-Type: text/plain\r\n\r\nThis is an abuse report.\r\n\
         --edge\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: Provider/1\r\nVersion: 1\r\n\
         Original-Rcpt-To: {address}\r\n\r\n\
         --edge\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{message}@example.com>\r\nTo: {address}\r\nSubject: News\r\n\r\n\
         Hello\r\n--edge--\r\n",
        address = sent.address,
        message = sent.message,
    )
}

/// Puts mail into the folder of returned mail, where the program finds it.
fn comes_back(app: &TestApp, installation: &Installation, mails: &[String]) {
    let folder = installation.data().join("returned");
    std::fs::create_dir_all(&folder).unwrap();
    for (number, mail) in mails.iter().enumerate() {
        std::fs::write(folder.join(format!("{number}.eml")), mail).unwrap();
    }
    app.store()
        .write(By::system(), |tx| {
            let job = platform::jobs::NewJob::new(cycle::act::bounces::JOB);
            platform::jobs::enqueue(tx, job, &()).map(drop)
        })
        .wait()
        .unwrap();
    app.run_jobs();
    let left =
        std::fs::read_dir(&folder).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count();
    assert_eq!(left, 0, "what was read is put aside");
}

fn suppressed(app: &TestApp, address: &str) -> Option<String> {
    let address = address.to_string();
    let found = app.store().read(move |s| suppression::get(s, &address)).wait().unwrap();
    found.map(|found| found.reason.name().to_string())
}

fn consent(app: &TestApp, person_id: &str) -> consents::State {
    let id = person_id.to_string();
    let all = app.store().read(move |s| consents::of_person(s, &id)).wait().unwrap();
    all.iter().find(|c| c.purpose == "marketing" && c.channel == "email").unwrap().state
}

fn an_address_that_does_not_exist_gets_nothing_more_and_a_full_mailbox_does(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (_, sent) = sent(&app);
    let mails = [
        bounce(&sent[0], "5.1.1", "550 5.1.1 User unknown"),
        bounce(&sent[1], "4.2.2", "452 4.2.2 Mailbox full"),
    ];
    comes_back(&app, installation, &mails);
    assert_eq!(suppressed(&app, &sent[0].address).as_deref(), Some("hard_bounce"));
    assert_eq!(suppressed(&app, &sent[1].address), None);
    app.get(&format!("/people/{}", sent[0].person))
        .ok()
        .shows("Mail came back: ")
        .shows("User unknown")
        .shows("Gets no more mail");
    assert_eq!(
        consent(&app, &sent[0].person),
        consents::State::Granted,
        "who cannot be reached has not said no"
    );
    comes_back(&app, installation, &mails[..1]);
    let id = sent[0].person.clone();
    let timeline = app.store().read(move |s| events::timeline(s, &id, None, 50)).wait().unwrap();
    assert_eq!(timeline.iter().filter(|event| event.verb == "message.bounced").count(), 1, "it counts once");
    let page = app.get(&format!("/people/{}", sent[0].person)).ok();
    let of_mail = timeline.iter().filter(|event| event.record_kind == "message");
    for event in of_mail {
        assert!(!page.body.contains(&event.id), "{} cannot be taken back, so no button says so", event.verb);
    }
}

fn a_complaint_takes_the_consent_back(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (_, sent) = sent(&app);
    comes_back(&app, installation, &[complaint(&sent[0])]);
    assert_eq!(consent(&app, &sent[0].person), consents::State::Denied);
    assert_eq!(suppressed(&app, &sent[0].address).as_deref(), Some("complaint"));
    assert_eq!(consent(&app, &sent[1].person), consents::State::Granted);
}

fn a_report_about_mail_that_we_never_sent_changes_nothing(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (_, sent) = sent(&app);
    let stranger = Sent {
        message: "msg_never".to_string(),
        person: String::new(),
        address: "somebody@elsewhere.example".to_string(),
    };
    comes_back(
        &app,
        installation,
        &[bounce(&stranger, "5.1.1", "550 unknown"), "no mail at all".to_string()],
    );
    assert_eq!(suppressed(&app, &stranger.address), None);
    assert_eq!(suppressed(&app, &sent[0].address), None);
}

fn who_wants_nothing_of_a_topic_gets_no_mail_about_it(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let topic = Topic {
        key: String::new(),
        name: "Mugs".into(),
        description: "What is new about mugs.".into(),
        purpose: "marketing".into(),
        is_listed: true,
    };
    let key =
        app.store().write(By::system(), move |tx| preferences::state_topic(tx, &topic)).wait().unwrap().key;
    let about_mugs = Content { topic: Some(key.clone()), ..content() };
    let (id, people) = campaign(app.store(), 20, about_mugs);
    let left = people[..5].to_vec();
    app.store()
        .write(By::system(), move |tx| {
            let choice = Choice {
                purposes: Vec::new(),
                other_channels: Vec::new(),
                topics: vec![(key.clone(), false)],
                most_in_30_days: None,
            };
            left.iter().try_for_each(|person| preferences::choose(tx, person, &choice, "a form"))
        })
        .wait()
        .unwrap();
    launch(&app, &id);
    let counted = counts(app.store(), &id);
    let read = app.store().read(move |s| {
        let sql = "SELECT person_id FROM messages WHERE campaign_id = $1 AND state = 'accepted'";
        s.query(sql, &params![id], |row| row.get::<String>(0))
    });
    let got = read.wait().unwrap();
    assert!(!got.is_empty() && got.iter().all(|person| !people[..5].contains(person)), "{counted:?}");
}

fn a_draft_that_was_changed_is_changed_back(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (id, _) = campaign(app.store(), 3, content());
    let wanted = id.clone();
    let before = app.store().read(move |s| campaigns::get(s, &wanted)).wait().unwrap();
    let (wanted, version) = (id.clone(), before.version);
    let other = Content { subject: "Something else".to_string(), ..content() };
    app.store()
        .write(By::system(), move |tx| campaigns::update(tx, &wanted, version, &other))
        .wait()
        .unwrap();
    let subject = |app: &TestApp| {
        let id = id.clone();
        app.store().read(move |s| campaigns::get(s, &id)).wait().unwrap().content.subject
    };
    assert_eq!(subject(&app), "Something else");
    let wanted = id.clone();
    let newest = app.store().read(move |s| events::timeline(s, &wanted, None, 1)).wait().unwrap().remove(0);
    let event_id = newest.id.clone();
    app.store().write(By::system(), move |tx| cycle::undo::undo_event(tx, &event_id)).wait().unwrap();
    assert_eq!(subject(&app), before.content.subject);
    let again = app.store().write(By::system(), move |tx| cycle::undo::undo_event(tx, &newest.id)).wait();
    assert!(again.is_err(), "what is taken back is not taken back twice");
}
