//! What watches over the program gets.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use libtest_mimic::Trial;

use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        the_program_says_that_it_lives_and_is_ready,
        metrics_are_for_this_machine_or_with_a_token
    ]
}

fn the_program_says_that_it_lives_and_is_ready(installation: &Installation) {
    let app = TestApp::new(installation);
    app.get("/livez").ok();
    app.get("/readyz").ok();
}

fn metrics_are_for_this_machine_or_with_a_token(installation: &Installation) {
    let app = TestApp::with(installation, |config| config.metrics_token = "let me see".to_string());
    app.get("/readyz").ok();
    app.get("/metrics")
        .ok()
        .shows("rondel_http_request_seconds_bucket{method=\"GET\",route=\"/readyz\",status=\"2xx\"")
        .shows("rondel_jobs{state=\"dead\"} 0")
        .shows("rondel_store_reads_total");
    let elsewhere = |token: &str| {
        let request = Request::get("/metrics").header("x-forwarded-for", "203.0.113.7");
        app.send(request.header(header::AUTHORIZATION, token).body(Body::empty()).unwrap()).status
    };
    assert_eq!(elsewhere("Bearer let me see"), StatusCode::OK);
    assert_eq!(elsewhere("Bearer guess"), StatusCode::FORBIDDEN);
}
