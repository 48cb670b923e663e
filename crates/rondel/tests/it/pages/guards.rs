//! What stands between the network and the pages.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use libtest_mimic::Trial;
use platform::auth::Role;

use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_change_without_the_sessions_token_is_refused,
        a_change_from_another_site_is_refused,
        a_script_sends_the_token_in_a_header,
        a_reader_changes_nothing_and_a_member_administers_nothing,
        every_answer_tells_browsers_what_they_may_not_do,
        cookies_are_sent_by_https_only_where_the_program_is_reached_by_https,
        an_address_that_does_not_exist_is_told_as_page_fragment_or_json,
        a_form_that_is_too_large_is_refused,
        a_form_with_files_shows_its_token_before_its_files,
        the_cookie_of_a_session_cannot_be_read_by_scripts,
    ]
}

fn theme(app: &TestApp) -> String {
    let page = app.get("/settings").ok().body;
    page.split("data-theme=\"").nth(1).unwrap().split('"').next().unwrap().to_string()
}

fn a_change_without_the_sessions_token_is_refused(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    for token in [None, Some("0".repeat(64)), Some(String::new())] {
        let mut fields = vec![("theme", "dark")];
        fields.extend(token.as_deref().map(|token| ("csrf_token", token)));
        let answer = app.post_without_token("/settings/theme", &fields);
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        answer.shows("load the page again");
    }
    assert_eq!(theme(&app), "system");
    assert_eq!(app.post("/settings/theme", &[("theme", "dark")]).status, StatusCode::SEE_OTHER);
    assert_eq!(theme(&app), "dark");
}

fn a_change_from_another_site_is_refused(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let body = format!("csrf_token={}&theme=dark", app.csrf_token());
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let request = Request::post("/settings/theme")
            .header(header::HOST, "crm.example")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(name, value);
        let answer = app.send(request.body(Body::from(body.clone())).unwrap());
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    assert_eq!(theme(&app), "system");
}

fn a_script_sends_the_token_in_a_header(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    for (token, status) in [(app.csrf_token(), StatusCode::SEE_OTHER), ("x".into(), StatusCode::FORBIDDEN)] {
        let request = Request::post("/settings/theme")
            .header("x-csrf-token", token)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        assert_eq!(app.send(request.body(Body::from("theme=light")).unwrap()).status, status);
    }
}

fn a_reader_changes_nothing_and_a_member_administers_nothing(installation: &Installation) {
    let app = TestApp::new(installation);
    app.add_user("owner@example.com", Role::Owner);
    app.sign_in_as(Role::Member);
    for path in ["/settings/users", "/settings/jobs"] {
        let answer = app.get(path);
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        answer.shows("it takes an administrator");
    }
    let answer = app.post("/settings", &[("firm_name", "Mine")]);
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!app.get("/settings").ok().body.contains("name=\"firm_name\""));
}

fn every_answer_tells_browsers_what_they_may_not_do(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    for path in ["/settings", "/sign-in", "/no-such-page", "/livez", "/assets/none.css"] {
        let headers = app.get(path).headers;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        for part in
            ["default-src 'self'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(headers[header::REFERRER_POLICY], "same-origin", "{path}");
        assert!(headers.contains_key("permissions-policy") && headers.contains_key("x-request-id"), "{path}");
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY), "{path}");
    }
}

fn cookies_are_sent_by_https_only_where_the_program_is_reached_by_https(installation: &Installation) {
    let app = TestApp::with(installation, |config| config.public_url = "https://crm.example".to_string());
    app.sign_in_as(Role::Owner);
    let answer = app.post("/sign-out", &[]);
    assert!(answer.headers[header::SET_COOKIE].to_str().unwrap().contains("; Secure"));
    assert!(answer.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
}

fn the_cookie_of_a_session_cannot_be_read_by_scripts(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let answer = app.post("/sign-out", &[]);
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
}

fn an_address_that_does_not_exist_is_told_as_page_fragment_or_json(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let page = app.get("/no-such-page");
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    page.shows("There is nothing here").shows("aria-label=\"Main\"");
    let fragment = app.get_fragment("/no-such-page");
    assert_eq!(
        (fragment.status, fragment.body.as_str()),
        (StatusCode::NOT_FOUND, "No page has this address.")
    );
    let request = Request::get("/no-such-page").header(header::ACCEPT, "application/json");
    let json = app.send(request.body(Body::empty()).unwrap());
    assert_eq!(json.headers[header::CONTENT_TYPE], "application/problem+json");
    json.shows("\"status\":404").shows("\"title\":\"There is nothing here\"");
    let request =
        Request::builder().method(Method::DELETE).uri("/settings").header("x-csrf-token", app.csrf_token());
    let answer = app.send(request.body(Body::empty()).unwrap());
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers[header::ALLOW], "GET,HEAD,POST");
}

fn a_form_that_is_too_large_is_refused(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let answer = app.post("/settings", &[("firm_name", &"x".repeat(2_000_000))]);
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    answer.shows("That is too large");
}

fn a_form_with_files_shows_its_token_before_its_files(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let send = || app.upload("/settings/theme", &[("theme", "dark")], &[("file", "a.csv", b"a,b")]).status;
    assert_eq!(send(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "it is let in; this page takes no files");
    app.set_csrf_token("guess");
    assert_eq!(send(), StatusCode::FORBIDDEN);
}
