//! Settings, users, jobs.

use axum::http::StatusCode;
use libtest_mimic::Trial;
use platform::auth::Role;
use platform::jobs::{self, NewJob};
use platform::{By, settings};
use records::orders::{self, NewLine, NewOrder};
use records::people;
use records::values::currency::Currency;

use crate::support::app::{EMAIL, TestApp};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        settings_are_kept_and_wrong_ones_refused_at_their_field,
        another_currency_counts_the_orders_in_it_and_no_others,
        a_user_is_added_with_a_password_that_works,
        the_only_owner_stays_owner,
        an_administrator_does_not_command_an_owner,
        a_dead_letter_is_tried_again_from_its_page,
        sessions_are_swept_by_the_timetable,
        a_token_is_shown_once_and_ends_when_it_is_revoked,
    ]
}

fn settings_are_kept_and_wrong_ones_refused_at_their_field(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let right = [
        ("firm_name", "Engines"),
        ("currency", "EUR"),
        ("time_zone", "Europe/Berlin"),
        ("default_country", "DE"),
    ];
    assert_eq!(app.post("/settings", &right).location(), "/settings");
    app.get("/settings").ok().shows("Settings saved").shows("value=\"EUR\" selected").shows("Engines");
    assert!(!app.get("/settings").ok().body.contains("Settings saved"), "a message is shown once");
    let wrong = [("firm_name", "Typed"), ("currency", "XQX"), ("time_zone", "Mars/Olympus")];
    let answer = app.post("/settings", &wrong);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.shows("“XQX” is no currency").shows("“Mars/Olympus” is no time zone").shows("value=\"Typed\"");
    let kept = app.store().read(|s| settings::get::<String>(s, settings::CURRENCY)).wait().unwrap();
    assert_eq!(kept.as_deref(), Some("EUR"));
}

fn another_currency_counts_the_orders_in_it_and_no_others(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let id = app
        .store()
        .write(By::console(), |tx| {
            let input = people::Input { name: Some("Eva Ek".to_string()), ..people::Input::default() };
            let eva = people::create(tx, &input, people::Defaults::default())?;
            for (number, code, price) in [("1", "EUR", 5), ("2", "SEK", 70)] {
                let line = NewLine {
                    quantity_milli: 1_000,
                    unit_price_micro: price * 1_000_000,
                    ..NewLine::default()
                };
                let currency = Currency::from_code(code).unwrap();
                let sale = NewOrder::sale(number, tx.now(), currency);
                orders::place(tx, &NewOrder { person_id: Some(&eva.id), lines: vec![line], ..sale })?;
            }
            Ok(eva.id)
        })
        .wait()
        .unwrap();
    let revenue = |app: &TestApp| {
        let id = id.clone();
        let eva = app.store().read(move |s| people::get(s, &id)).wait().unwrap();
        (eva.n_orders, eva.revenue_minor)
    };
    assert_eq!(revenue(&app), (1, 500));
    app.post("/settings", &[("currency", "SEK"), ("time_zone", "UTC")]);
    app.run_jobs();
    assert_eq!(revenue(&app), (1, 7_000));
}

fn a_user_is_added_with_a_password_that_works(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let form = [("name", "Grace"), ("email", "grace@example.com"), ("role", "member")];
    let page = app.post("/settings/users", &form).ok().shows("only this once");
    let password = page.body.split("<code>").nth(1).unwrap().split('<').next().unwrap().to_string();
    app.post("/settings/users", &form).shows("grace@example.com is a user already").shows("value=\"Grace\"");
    app.forget_cookies();
    let answer = app.post("/sign-in", &[("email", "grace@example.com"), ("password", &password)]);
    assert_eq!(answer.location(), "/");
}

fn user_id(app: &TestApp, email: &str) -> String {
    let users = app.store().read(platform::auth::list).wait().unwrap();
    users.into_iter().find(|user| user.email == email).unwrap().id
}

fn the_only_owner_stays_owner(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let id = user_id(&app, EMAIL);
    let answer = app.post(&format!("/settings/users/{id}/role"), &[("role", "member")]);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.shows("is the only owner");
    assert_eq!(
        app.post(&format!("/settings/users/{id}/removal"), &[]).status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    app.get("/settings/users").ok().shows("owner");
}

fn an_administrator_does_not_command_an_owner(installation: &Installation) {
    let app = TestApp::new(installation);
    app.add_user("owner@example.com", Role::Owner);
    app.sign_in_as(Role::Administrator);
    let id = user_id(&app, "owner@example.com");
    for path in ["removal", "password"] {
        let answer = app.post(&format!("/settings/users/{id}/{path}"), &[]);
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    let form = [("name", "Me"), ("email", "me@example.com"), ("role", "owner")];
    assert_eq!(app.post("/settings/users", &form).status, StatusCode::FORBIDDEN);
}

fn a_dead_letter_is_tried_again_from_its_page(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let job = NewJob { max_attempts: 1, ..NewJob::new("nobody.does.this") };
    let id = app
        .store()
        .write(By::system(), move |tx| jobs::enqueue(tx, job.clone(), &()))
        .wait()
        .unwrap()
        .unwrap();
    assert_eq!(app.run_jobs(), 1);
    app.get("/settings/jobs").ok().shows("no handler for jobs of kind nobody.does.this");
    let retry = format!("/settings/jobs/{id}/retry");
    assert_eq!(app.post(&retry, &[]).location(), "/settings/jobs");
    app.get("/settings/jobs").ok().shows("The job is tried again");
    assert_eq!(app.run_jobs(), 1, "it has another set of attempts");
    assert_eq!(app.post("/settings/jobs/job_none/retry", &[]).status, StatusCode::NOT_FOUND);
}

fn sessions_are_swept_by_the_timetable(installation: &Installation) {
    use platform::clock::{DAY, HOUR};
    let app = TestApp::signed_in(installation);
    let count =
        |sql: &'static str| app.store().read(move |s| s.one(sql, &[], |r| r.get::<i64>(0))).wait().unwrap();
    let swept = || {
        app.store().write(By::system(), rondel::schedule::tick).wait().unwrap();
        app.run_jobs();
        count("SELECT count(*) FROM jobs WHERE kind = 'sessions.sweep' AND state = 'done'")
    };
    assert_eq!(swept(), 1);
    app.wait(HOUR / 2);
    assert_eq!(swept(), 1, "not before its time");
    app.wait(91 * DAY);
    assert_eq!(swept(), 2);
    assert_eq!(count("SELECT count(*) FROM sessions"), 0);
}

fn a_token_is_shown_once_and_ends_when_it_is_revoked(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/settings/tokens").ok().shows("No token yet");
    app.post("/settings/tokens", &[("name", " "), ("role", "member")]).shows("needs 1 to");
    app.post("/settings/tokens", &[("name", "shop"), ("role", "emperor")]).shows("choose a role");
    let page = app.post("/settings/tokens", &[("name", "shop"), ("role", "member")]).ok();
    let secret = page.body.split("<code>").nth(1).unwrap().split('<').next().unwrap().to_string();
    assert!(secret.starts_with("rondel_"), "{secret}");
    let list = app.get("/settings/tokens").ok().shows("shop").shows("never");
    assert!(!list.body.contains(&secret), "it is shown once");
    let id = list.body.split("/settings/tokens/").nth(1).unwrap().split('/').next().unwrap().to_string();
    app.post(&format!("/settings/tokens/{id}/revocation"), &[]);
    app.get("/settings/tokens").ok().shows("opens nothing any more").shows("No token yet");
}
