//! Those who got a mail and follow its links, without an account: leaving, choosing, going on to a shop.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use cycle::act::preferences::{self, Topic};
use cycle::act::signed::{Key, Use};
use cycle::act::suppression;
use libtest_mimic::Trial;
use platform::clock::{DAY, MINUTE};
use platform::{By, params};
use records::consents;

use super::firm::{campaign, content};
use crate::support::app::{Answer, EMAIL, PASSWORD, TestApp};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        looking_at_the_page_leaves_nothing_and_one_press_leaves,
        a_mail_program_unsubscribes_in_one_request_whoever_is_signed_in,
        leaving_everything_is_one_press_and_can_be_taken_back,
        choices_are_kept_and_a_box_that_nobody_touched_says_nothing,
        what_was_said_about_other_channels_can_be_taken_back,
        the_page_of_offers_says_when_there_is_none,
        a_link_goes_on_to_its_place_and_programs_are_counted_apart,
        a_link_that_is_torn_forged_or_old_is_explained,
        pages_for_readers_are_kept_from_search_engines_and_show_no_whole_address,
    ]
}

/// A campaign that was sent; a message that was accepted, and its person.
fn sent(app: &TestApp) -> (String, String) {
    let (id, _) = campaign(app.store(), 20, content());
    for deed in ["check", "launch"] {
        let answer = app.post(&format!("/campaigns/{id}/{deed}"), &[]);
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{deed}: {}", answer.body);
        app.run_jobs();
    }
    app.forget_cookies();
    let read = app.store().read(move |s| {
        let sql = "SELECT id, person_id FROM messages WHERE campaign_id = $1 AND state = 'accepted' ORDER BY id LIMIT 1";
        s.one(sql, &params![id], |row| Ok((row.get(0)?, row.get(1)?)))
    });
    read.wait().unwrap()
}

fn link(app: &TestApp, used_for: Use, id: &str) -> String {
    let id = id.to_string();
    let now = app.store().now();
    let key = app.store().write(By::system(), Key::ensure).wait().unwrap();
    key.address("", used_for, &id, now)
}

fn consent(app: &TestApp, person_id: &str) -> consents::State {
    let id = person_id.to_string();
    let all = app.store().read(move |s| consents::of_person(s, &id)).wait().unwrap();
    all.iter().find(|c| c.purpose == "marketing" && c.channel == "email").unwrap().state
}

fn looking_at_the_page_leaves_nothing_and_one_press_leaves(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (message, person) = sent(&app);
    let address = link(&app, Use::Unsubscribe, &message);
    for _ in 0..3 {
        app.get(&address)
            .ok()
            .shows("News and offers")
            .shows("<button class=\"button button-primary\">Unsubscribe");
    }
    let head = app.send(Request::head(&address).body(Body::empty()).unwrap());
    assert_eq!((head.status, consent(&app, &person)), (StatusCode::OK, consents::State::Granted));
    app.post_without_token(&address, &[]).ok().shows("You are unsubscribed");
    assert_eq!(consent(&app, &person), consents::State::Denied);
    app.get(&address).ok().shows("You get none of these");
    // Pressing it again is the same as once: one statement, one event.
    app.post_without_token(&address, &[]).ok().shows("You are unsubscribed");
    let id = person.clone();
    let n = app.store().read(move |s| {
        let sql = "SELECT count(*) FROM events WHERE subject_id = $1 AND verb LIKE 'consent.%'";
        s.one(sql, &params![id], |row| row.get::<i64>(0))
    });
    assert_eq!(n.wait().unwrap(), 2, "granted once, withdrawn once");
}

fn a_mail_program_unsubscribes_in_one_request_whoever_is_signed_in(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (message, person) = sent(&app);
    let address = link(&app, Use::Unsubscribe, &message);
    // Ada tries it in the browser in which she is signed in: no token of her session comes with it, and none is asked for.
    let signed_in = app.post("/sign-in", &[("email", EMAIL), ("password", PASSWORD)]);
    assert_eq!(signed_in.status, StatusCode::SEE_OTHER);
    let request = Request::post(&address)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, "https://mail.provider.example")
        .header("sec-fetch-site", "cross-site");
    let answer = app.send(request.body(Body::from("List-Unsubscribe=One-Click")).unwrap());
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.headers.get(header::SET_COOKIE).is_none() && answer.location().is_empty());
    assert_eq!(consent(&app, &person), consents::State::Denied);
}

fn leaving_everything_is_one_press_and_can_be_taken_back(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (message, person) = sent(&app);
    let leave = link(&app, Use::Unsubscribe, &message);
    app.post_without_token(&leave, &[("everything", "1")]).ok().shows("You get no more mail");
    let suppressed = |app: &TestApp| {
        let id = person.clone();
        let read = app.store().read(move |s| {
            let email = records::people::get(s, &id)?.email.unwrap();
            suppression::get(s, &email)
        });
        read.wait().unwrap()
    };
    assert_eq!(suppressed(&app).unwrap().reason, suppression::Reason::Unsubscribed);
    app.wait(MINUTE);
    let choose = link(&app, Use::Preferences, &message);
    let page = app.get(&choose).ok().shows("You get no mail from us at all");
    assert!(page.body.contains("value=\"purpose:marketing=0\""), "{}", page.body);
    let fields = [("shown", "purpose:marketing=0"), ("purpose:marketing", "1"), ("often", "")];
    let answer = app.post_without_token(&choose, &fields);
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, format!("{choose}?saved=1").as_str())
    );
    assert_eq!(suppressed(&app), None);
    assert_eq!(consent(&app, &person), consents::State::Granted);
}

fn choices_are_kept_and_a_box_that_nobody_touched_says_nothing(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (message, person) = sent(&app);
    let topic = Topic {
        key: String::new(),
        name: "Mugs".into(),
        description: "What is new about mugs.".into(),
        purpose: "marketing".into(),
        is_listed: true,
    };
    app.store().write(By::system(), move |tx| preferences::state_topic(tx, &topic)).wait().unwrap();
    let address = link(&app, Use::Preferences, &message);
    app.get(&address).ok().shows("Mugs").shows("What is new about mugs.").shows("How often");
    let untouched = [("shown", "purpose:marketing=1"), ("purpose:marketing", "1"), ("shown", "topic:mugs=1")];
    let answer = app.post_without_token(&address, &[&untouched[..], &[("often", "4")]].concat());
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    app.get(answer.location()).ok().shows("Saved.");
    let wishes = {
        let id = person.clone();
        app.store().read(move |s| preferences::of_person(s, &id)).wait().unwrap()
    };
    assert_eq!((wishes.most_in_30_days, wishes.topics[0].1), (Some(4), false));
    assert_eq!(consent(&app, &person), consents::State::Granted);
    for (name, value) in [("often", "every day"), ("often", "1000")] {
        let answer = app.post_without_token(&address, &[(name, value)]);
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    }
    let answer = app.post_without_token(&address, &[("shown", "topic:nothing=0"), ("topic:nothing", "1")]);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
}

fn what_was_said_about_other_channels_can_be_taken_back(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (message, person) = sent(&app);
    let id = person.clone();
    let state = move |tx: &mut platform::Tx<'_>| {
        let statement = consents::Statement {
            person_id: &id,
            purpose: "marketing",
            channel: "phone",
            state: consents::State::Granted,
            lawful_basis: consents::LawfulBasis::Consent,
            source: None,
            stated_at: tx.now(),
        };
        consents::state(tx, &statement).map(drop)
    };
    app.store().write(By::system(), state).wait().unwrap();
    app.wait(MINUTE);
    let address = link(&app, Use::Preferences, &message);
    app.get(&address).ok().shows("News and offers by phone");
    // A channel that nobody spoke about cannot be granted by typing it into the form.
    let fields = [
        ("shown", "channel:phone:marketing=1"),
        ("shown", "channel:sms:marketing=0"),
        ("channel:sms:marketing", "1"),
    ];
    assert_eq!(app.post_without_token(&address, &fields).status, StatusCode::SEE_OTHER);
    let all = app.store().read(move |s| consents::of_person(s, &person)).wait().unwrap();
    let said: Vec<_> = all.iter().map(|c| (c.channel.as_str(), c.state)).collect();
    assert!(said.contains(&("phone", consents::State::Denied)), "{said:?}");
    assert!(said.iter().all(|(channel, _)| *channel != "sms"), "{said:?}");
}

fn the_page_of_offers_says_when_there_is_none(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (message, person) = sent(&app);
    let address = link(&app, Use::Landing, &message);
    app.get(&address).ok().shows("No code to use today");
    let give = move |tx: &mut platform::Tx<'_>| {
        tx.execute(
            "INSERT INTO offers (action_id, percent_permille, currency, least_order_minor, valid_from, valid_until,
               given_minor, prefix, code_key)
             VALUES ('act_1', 150, 'EUR', 2000, '2000-01-01', '2100-01-01', 0, 'MUG', 'x')",
            &[],
        )?;
        let now = tx.now();
        tx.execute(
            "INSERT INTO coupon_codes (code, action_id, person_id, arm, issued_at) VALUES ('MUG123', 'act_1', $1, 'a', $2)",
            &params![person, now],
        )
    };
    app.store().write(By::system(), give).wait().unwrap();
    app.get(&address).ok().shows("MUG123").shows("15 % off").shows("20.00").shows("Until 2100-01-01");
    let torn = app.get(&address[..address.len() - 3]);
    assert_eq!(torn.status, StatusCode::NOT_FOUND);
}

/// Follows a link as a program of this name.
fn follow(app: &TestApp, address: &str, agent: &str, more: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(address).header(header::USER_AGENT, agent);
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty()).unwrap())
}

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

fn a_link_goes_on_to_its_place_and_programs_are_counted_apart(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (message, _) = sent(&app);
    let address = format!("{}/0", link(&app, Use::Click, &message));
    let place = "https://shop.example/new?x=1&utm_source=rondel&utm_medium=email&utm_campaign=spring";
    let clicks = |app: &TestApp| -> Vec<(String, String)> {
        let id = message.clone();
        let read = app.store().read(move |s| {
            let sql = "SELECT who, coalesce(why_machine, '') FROM clicks WHERE message_id = $1 ORDER BY id";
            s.query(sql, &params![id], |row| Ok((row.get(0)?, row.get(1)?)))
        });
        read.wait().unwrap()
    };
    // A scanner looks at the mail as it arrives; a mail program fetches ahead; a bot says its name.
    let early = follow(&app, &address, BROWSER, &[]);
    assert!(early.status == StatusCode::FOUND && early.location().starts_with(place), "{}", early.location());
    assert_eq!(early.headers[header::REFERRER_POLICY], "no-referrer");
    app.wait(5 * MINUTE);
    follow(&app, &address, BROWSER, &[("sec-purpose", "prefetch")]);
    follow(&app, &address, "Barracuda Sentinel (EE)", &[]);
    let head =
        app.send(Request::head(&address).header(header::USER_AGENT, BROWSER).body(Body::empty()).unwrap());
    assert_eq!(head.status, StatusCode::FOUND);
    assert!(clicks(&app).iter().all(|(who, _)| who == "machine"), "{:?}", clicks(&app));
    app.wait(MINUTE);
    follow(&app, &address, BROWSER, &[]);
    let all = clicks(&app);
    assert_eq!((all.len(), all.iter().filter(|(who, _)| who == "person").count()), (5, 1), "{all:?}");
    // A number that the campaign does not have leads nowhere, and nothing in the address can name a place.
    for other in ["99", "-1"] {
        let nowhere = follow(&app, &address.replace("/0", &format!("/{other}")), BROWSER, &[]);
        assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    }
}

fn a_link_that_is_torn_forged_or_old_is_explained(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (message, person) = sent(&app);
    let choose = link(&app, Use::Preferences, &message);
    let explained = |address: &str, status: StatusCode, words: &str| {
        for answer in [app.get(address), app.post_without_token(address, &[("everything", "1")])] {
            assert_eq!(answer.status, status, "{address}: {}", answer.body);
            drop(answer.shows(words));
        }
    };
    explained(&choose[..choose.len() - 4], StatusCode::NOT_FOUND, "This link is incomplete");
    explained(&choose.replace("msg_", "msg_0"), StatusCode::NOT_FOUND, "This link was not made by us");
    let of_another_use = link(&app, Use::Click, &message).replace("/mail/click", "/mail/unsubscribe");
    explained(&of_another_use, StatusCode::NOT_FOUND, "This link was not made by us");
    let of_a_test = link(&app, Use::Unsubscribe, "tst_01");
    explained(&of_a_test, StatusCode::NOT_FOUND, "belongs to no mail that we know");
    app.wait(500 * DAY);
    explained(&choose, StatusCode::GONE, "This link is too old");
    assert_eq!(consent(&app, &person), consents::State::Granted);
    // Leaving works for ever.
    let leave = link(&app, Use::Unsubscribe, &message);
    app.post_without_token(&leave, &[]).ok();
    app.run_jobs();
}

fn pages_for_readers_are_kept_from_search_engines_and_show_no_whole_address(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let (message, _) = sent(&app);
    for used_for in [Use::Unsubscribe, Use::Preferences] {
        let page = app.get(&link(&app, used_for, &message)).ok().shows("name=\"robots\" content=\"noindex");
        assert_eq!(page.headers["x-robots-tag"], "noindex, nofollow");
        assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
        assert!(page.body.contains("p…@example.org"), "{}", page.body);
        let number = |text: &str| {
            text.split('p')
                .skip(1)
                .any(|rest| rest.split_once("@example.org").is_some_and(|(n, _)| n.parse::<u32>().is_ok()))
        };
        assert!(!number(&page.body), "{}", page.body);
        assert!(!page.body.contains("<script"), "it works without script");
    }
}
