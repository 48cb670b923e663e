//! The whole way with the outbox as the server: the rules of the moment, the frozen audience, approval, hold and stop.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use cycle::act::campaigns::{self, State};
use cycle::act::{experiments, preferences, suppression};
use cycle::plan::preflight::LawfulBasis;
use libtest_mimic::Trial;
use platform::auth::Role;
use platform::clock::DAY;
use platform::{By, Store, params};
use records::consents;

use super::firm::{self, campaign, content, counts, state};
use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        everybody_who_is_not_held_out_gets_one_mail_and_nobody_gets_two,
        who_may_not_get_it_is_left_out_with_the_reason_at_the_moment_of_sending,
        a_text_that_cannot_be_written_for_somebody_is_found_before_the_launch,
        a_campaign_that_is_held_stays_held_and_goes_on_where_it_was,
        a_large_campaign_is_approved_by_somebody_who_did_not_write_it,
        the_cap_holds_across_campaigns_and_for_the_wish_of_a_person,
        a_purpose_without_a_lawful_basis_sends_nothing,
        a_letter_goes_out_in_its_own_words_and_never_in_those_of_the_sample,
    ]
}

fn press(app: &TestApp, id: &str, deed: &str) {
    let answer = app.post(&format!("/campaigns/{id}/{deed}"), &[]);
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{deed}: {}", answer.body);
}

/// The mails in the outbox, by address.
fn outbox(installation: &Installation) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let folder = installation.data().join("outbox");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "eml") {
            let mail = std::fs::read_to_string(path).unwrap();
            let to = mail.lines().find(|line| line.starts_with("To: ")).unwrap().trim_start_matches("To: ");
            let address = to.rsplit(['<', ' ']).next().unwrap().trim_end_matches('>').to_string();
            found.entry(address).or_default().push(mail);
        }
    }
    found
}

fn held_out(store: &Store, campaign_id: &str) -> BTreeSet<String> {
    let id = campaign_id.to_string();
    let read = store.read(move |s| {
        let campaign = campaigns::get(s, &id)?;
        let experiment = experiments::of_action(s, &campaign.action_id)?.unwrap();
        let sql = "SELECT person_id FROM experiment_people WHERE experiment_id = $1 AND arm = 'holdout'";
        s.query(sql, &params![experiment.id], |row| row.get(0))
    });
    read.wait().unwrap().into_iter().collect()
}

fn everybody_who_is_not_held_out_gets_one_mail_and_nobody_gets_two(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (id, ids) = campaign(app.store(), 60, content());
    app.get("/campaigns").ok().shows("Spring").shows("Not measured yet");
    press(&app, &id, "check");
    app.run_jobs();
    drop(app.get(&format!("/campaigns/{id}")).ok().shows("Nothing hinders").shows("the outbox"));
    press(&app, &id, "launch");
    app.run_jobs();
    assert_eq!(state(app.store(), &id), State::Done);
    let held = held_out(app.store(), &id);
    let mails = outbox(installation);
    assert!(!held.is_empty() && held.len() + mails.len() <= ids.len());
    assert_eq!(counts(app.store(), &id).accepted as usize, mails.len());
    assert!(mails.values().all(|mails| mails.len() == 1));
    let one = mails.values().next().unwrap()[0].clone();
    for header in
        ["List-Unsubscribe: ", "List-Unsubscribe-Post: List-Unsubscribe=One-Click", "Message-ID: <msg_"]
    {
        assert!(one.contains(header), "{header} is missing in {one}");
    }
    // Somebody who comes later is not in the frozen audience, and a second run of every job changes nothing.
    app.store().write(By::system(), cycle::act::deliver::wake_all).wait().unwrap();
    app.run_jobs();
    assert_eq!(outbox(installation).len(), mails.len());
    let page = app
        .get(&format!("/campaigns/{id}"))
        .ok()
        .shows("Sent")
        .shows("All sent, or given up where it cannot be");
    drop(page.shows("Left out"));
    app.get(&format!("/campaigns/{id}/messages?state=accepted")).ok().shows("Accepted");
    let list = app.get("/campaigns/outbox").ok().shows("Spring");
    let letter = list.body.split("href=\"/campaigns/outbox/").nth(1).unwrap().split('"').next().unwrap();
    app.get(&format!("/campaigns/outbox/{letter}")).ok().shows("List-Unsubscribe-Post");
}

fn who_may_not_get_it_is_left_out_with_the_reason_at_the_moment_of_sending(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (id, _) = campaign(app.store(), 60, content());
    press(&app, &id, "check");
    app.run_jobs();
    press(&app, &id, "launch");
    let held = held_out(app.store(), &id);
    let wanted = id.clone();
    // The launch is done, the sending is not: now some change their minds.
    let treated = app.store().read(move |s| {
        let campaign = campaigns::get(s, &wanted)?;
        let experiment = experiments::of_action(s, &campaign.action_id)?.unwrap();
        experiments::treated(s, &experiment.id, "", 1_000)
    });
    let treated: Vec<String> = treated.wait().unwrap().into_iter().map(|(person, _)| person).collect();
    let (said_no, suppressed, gone) = (treated[0].clone(), treated[1].clone(), treated[2].clone());
    app.store()
        .write(By::system(), move |tx| {
            firm::consent(tx, &said_no, consents::State::Denied)?;
            let address = records::people::get(tx, &suppressed)?.email.unwrap();
            suppression::add(tx, &address, suppression::Reason::ByHand, suppression::About::default())?;
            records::people::delete(tx, &gone)
        })
        .wait()
        .unwrap();
    app.run_jobs();
    let found = counts(app.store(), &id);
    assert_eq!(state(app.store(), &id), State::Done);
    assert!(found.left_out >= 2, "{found:?}");
    assert_eq!(found.accepted + found.left_out, found.planned);
    assert_eq!(outbox(installation).len() as i64, found.accepted);
    let page = app.get(&format!("/campaigns/{id}")).ok().shows("Has said no");
    drop(page.shows("Address on the list of suppressed ones"));
    assert!(!held.is_empty());
}

fn a_text_that_cannot_be_written_for_somebody_is_found_before_the_launch(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let body = firm::BODY.replace("{{ person.given_name | default(\"there\") }}", "{{ person.city }}");
    let (id, _) = campaign(app.store(), 60, campaigns::Content { body, ..content() });
    press(&app, &id, "check");
    app.run_jobs();
    let page = app.get(&format!("/campaigns/{id}")).ok().shows("cannot be written for");
    drop(page.shows("person.city").shows("Something has to be mended first").shows("more"));
    assert_eq!(state(app.store(), &id), State::Draft);
    let refused = app.post(&format!("/campaigns/{id}/launch"), &[]);
    assert_eq!(refused.status, StatusCode::CONFLICT);
    app.run_jobs();
    assert!(outbox(installation).is_empty());
}

fn a_campaign_that_is_held_stays_held_and_goes_on_where_it_was(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (id, _) = campaign(app.store(), 60, content());
    press(&app, &id, "check");
    app.run_jobs();
    press(&app, &id, "launch");
    press(&app, &id, "hold");
    app.run_jobs();
    assert_eq!((state(app.store(), &id), outbox(installation).len()), (State::Paused, 0));
    app.get(&format!("/campaigns/{id}")).ok().shows("Held").shows("by hand");
    app.post("/campaigns/switch", &[("switch", "stop"), ("why", "a wrong price")]);
    press(&app, &id, "resumption");
    app.run_jobs();
    assert_eq!(outbox(installation).len(), 0);
    app.get("/campaigns").ok().shows("All outgoing mail is stopped").shows("a wrong price");
    app.post("/campaigns/switch", &[("switch", "go")]);
    app.run_jobs();
    assert_eq!(state(app.store(), &id), State::Done);
    assert_eq!(outbox(installation).len() as i64, counts(app.store(), &id).planned);
    assert_eq!(app.post(&format!("/campaigns/{id}/stop"), &[]).status, StatusCode::CONFLICT);
}

fn a_large_campaign_is_approved_by_somebody_who_did_not_write_it(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let form = [("approval_above", "10"), ("most_in_7_days", "3")];
    assert_eq!(app.post("/settings/mail", &form).status, StatusCode::SEE_OTHER);
    let (id, _) = campaign(app.store(), 60, content());
    let page = app.get(&format!("/campaigns/{id}/edit")).ok();
    let version = page.body.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let text = [
        ("version", version),
        ("subject", "Another subject"),
        ("format", "mjml"),
        ("body", firm::BODY),
        ("from_email", "shop@example.com"),
    ];
    assert_eq!(app.post(&format!("/campaigns/{id}"), &text).status, StatusCode::SEE_OTHER);
    press(&app, &id, "check");
    app.run_jobs();
    assert_eq!(app.post(&format!("/campaigns/{id}/launch"), &[]).status, StatusCode::CONFLICT);
    app.add_user("bob@example.com", Role::Member);
    let own = app.post(&format!("/campaigns/{id}/approval"), &[]);
    assert_eq!(own.status, StatusCode::CONFLICT, "{}", own.body);
    let wanted = id.clone();
    app.store().write(By::user("usr_bob"), move |tx| campaigns::approve(tx, &wanted)).wait().unwrap();
    press(&app, &id, "launch");
    app.run_jobs();
    assert_eq!(state(app.store(), &id), State::Done);
}

fn the_cap_holds_across_campaigns_and_for_the_wish_of_a_person(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let form = [("approval_above", "500"), ("most_in_7_days", "1")];
    assert_eq!(app.post("/settings/mail", &form).status, StatusCode::SEE_OTHER);
    let (first, ids) = campaign(app.store(), 60, content());
    let wishes = ids.clone();
    app.store()
        .write(By::system(), move |tx| {
            for id in &wishes {
                let choice =
                    preferences::Choice { most_in_30_days: Some(Some(1)), ..preferences::Choice::default() };
                preferences::choose(tx, id, &choice, "preference centre")?;
            }
            Ok(())
        })
        .wait()
        .unwrap();
    let send = |id: &str| {
        press(&app, id, "check");
        app.run_jobs();
        press(&app, id, "launch");
        app.run_jobs();
    };
    let next = |name: &'static str| {
        let second = app
            .store()
            .write(By::system(), move |tx| {
                let action = firm::action(tx, name, &[])?;
                campaigns::create(tx, &action.id, &content())
            })
            .wait()
            .unwrap();
        firm::allow_small(app.store(), &second.action_id);
        second.id
    };
    send(&first);
    let n = outbox(installation).len();
    let second = next("Summer");
    press(&app, &second, "check");
    app.run_jobs();
    app.get(&format!("/campaigns/{second}")).ok().shows("Has had enough mail in these days");
    // After the seven days of the firm the month of the person still holds.
    app.wait(8 * DAY);
    let third = next("Autumn");
    press(&app, &third, "check");
    app.run_jobs();
    app.get(&format!("/campaigns/{third}")).ok().shows("Has had enough mail in these days");
    app.wait(30 * DAY);
    let fourth = next("Winter");
    send(&fourth);
    assert!(outbox(installation).len() >= n);
    assert_eq!(counts(app.store(), &fourth).left_out, 0);
}

fn a_purpose_without_a_lawful_basis_sends_nothing(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let made = app
        .store()
        .write(By::system(), |tx| {
            firm::people(tx, 60)?;
            let action = firm::action(tx, "Spring", &[])?;
            campaigns::create(tx, &action.id, &content())
        })
        .wait()
        .unwrap();
    firm::allow_small(app.store(), &made.action_id);
    press(&app, &made.id, "check");
    app.run_jobs();
    app.get(&format!("/campaigns/{}", made.id)).ok().shows("nobody has stated what allows contacts");
    assert_eq!(app.post(&format!("/campaigns/{}/launch", made.id), &[]).status, StatusCode::CONFLICT);
    app.store()
        .write(By::system(), |tx| firm::state_basis(tx, LawfulBasis::LegitimateInterests))
        .wait()
        .unwrap();
    press(&app, &made.id, "check");
    app.run_jobs();
    assert_eq!(state(app.store(), &made.id), State::Checked);
}

fn a_letter_goes_out_in_its_own_words_and_never_in_those_of_the_sample(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let begun =
        campaigns::Content { from_email: "shop@example.com".to_string(), ..campaigns::Content::starter() };
    let (id, _) = campaign(app.store(), 60, begun);
    press(&app, &id, "check");
    app.run_jobs();
    let page = app.get(&format!("/campaigns/{id}")).ok().shows("Your own words").shows("Your own link");
    drop(page.shows("Something has to be mended first"));
    assert_eq!(app.post(&format!("/campaigns/{id}/launch"), &[]).status, StatusCode::CONFLICT);

    let page = app.get(&format!("/campaigns/{id}/edit")).ok().shows("Words on the button");
    let version = page.body.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let text = "Dear {{ person.given_name | default(\"friend\") }},\r\n\r\nthe winter roast is here: 3 < 4.";
    let letter = |address: &'static str, way: &'static str| {
        let typed = [
            ("version", version),
            ("subject", "Winter"),
            ("format", "letter"),
            ("letter_text", text),
            ("letter_button", "Taste it"),
            ("letter_address", address),
            ("from_email", "shop@example.com"),
            ("as", way),
        ];
        app.post(&format!("/campaigns/{id}"), &typed)
    };
    let refused = letter("", "");
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("say where the button leads") && refused.body.contains("Taste it"));
    let by_hand = letter("https://shop.example/winter", "mjml");
    assert!(
        by_hand.body.contains("Write it as a letter") && by_hand.body.contains("3 &#38;lt; 4"),
        "{}",
        by_hand.body
    );
    assert_eq!(letter("https://shop.example/winter", "").status, StatusCode::SEE_OTHER);
    app.get(&format!("/campaigns/{id}/edit")).ok().shows("the winter roast is here");
    press(&app, &id, "check");
    app.run_jobs();
    press(&app, &id, "launch");
    app.run_jobs();
    assert_eq!(state(app.store(), &id), State::Done);
    let mails = outbox(installation);
    let mail = &mails.values().next().unwrap()[0];
    assert!(mail.contains("Dear P") && mail.contains("the winter roast is here"), "{mail}");
}
