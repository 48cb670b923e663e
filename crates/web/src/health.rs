//! What watches over the program ask: does it live, can it answer, how is it doing.

use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use platform::jobs;

use crate::guard::loopback;
use crate::state::App;

const REQUEST_SECONDS: &str = "rondel_http_request_seconds";
/// Upper ends of the histogram's classes. **Units:** seconds.
const CLASSES: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The process lives and answers.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// The database answers: send visitors here.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    match app.store.read(jobs::counts).await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(%error, "not ready: the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

/// Counts and times in Prometheus' text format: for this machine, or with `Authorization: Bearer <metrics_token>`.
pub(crate) async fn show(State(app): State<App>, request: Request) -> Response {
    let expected = &app.options.metrics_token;
    let given = request.headers().get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let by_token = !expected.is_empty() && given.and_then(|v| v.strip_prefix("Bearer ")) == Some(expected);
    if !by_token && !loopback::is_local(request.extensions(), request.headers()) {
        return (StatusCode::FORBIDDEN, "only from this machine, or with the metrics token\n")
            .into_response();
    }
    if let Ok(counts) = app.store.read(jobs::counts).await {
        for state in ["queued", "running", "dead"] {
            let n = counts.iter().find(|(name, _)| name == state).map_or(0, |(_, n)| *n);
            metrics::gauge!("rondel_jobs", "state" => state).set(n as f64);
        }
    }
    let done = app.store.counters();
    metrics::counter!("rondel_store_reads_total").absolute(done.n_reads);
    metrics::counter!("rondel_store_changes_total").absolute(done.n_changes);
    metrics::counter!("rondel_store_changes_refused_total").absolute(done.n_refused);
    if let Some(bytes) = resident_bytes() {
        metrics::gauge!("rondel_resident_bytes").set(bytes);
    }
    let metrics = metrics();
    metrics.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render()).into_response()
}

/// Memory of this process, where the system tells it. **Units:** bytes.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

/// The collector of this process, installed by the first call.
pub fn metrics() -> &'static PrometheusHandle {
    static COLLECTOR: OnceLock<PrometheusHandle> = OnceLock::new();
    COLLECTOR.get_or_init(|| {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full(REQUEST_SECONDS.to_string()), &CLASSES)
            .expect("there are classes")
            .build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another collector of metrics was installed before");
        }
        metrics::describe_histogram!(REQUEST_SECONDS, metrics::Unit::Seconds, "Time to answer, by route");
        metrics::describe_gauge!("rondel_jobs", "Jobs that wait, run or are dead letters");
        metrics::describe_gauge!("rondel_resident_bytes", metrics::Unit::Bytes, "Memory of the process");
        metrics::describe_counter!("rondel_store_reads_total", "Readings since the start");
        metrics::describe_counter!("rondel_store_changes_total", "Changes made durable since the start");
        metrics::describe_counter!(
            "rondel_store_changes_refused_total",
            "Changes taken back since the start"
        );
        handle
    })
}

/// Records how long a route took.
pub(crate) fn observe(method: &str, route: &str, status: u16, elapsed: Duration) {
    // Anybody may send a method of his own: it must not become a series of its own.
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let labels = [
        ("method", known.iter().find(|name| **name == method).unwrap_or(&"other").to_string()),
        ("route", route.to_string()),
        ("status", format!("{}xx", status / 100)),
    ];
    metrics::histogram!(REQUEST_SECONDS, &labels).record(elapsed);
}
