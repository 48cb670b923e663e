//! The report of a turn, as one file for the screen and one for paper.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use cycle::turn::{close, report};

use crate::current::Current;
use crate::error::Result;
use crate::pages::insights::REPORT_POLICY;
use crate::state::App;

pub(crate) async fn html(State(app): State<App>, _: Current, Path(id): Path<String>) -> Result {
    let found = app.store.scan(move |s| Ok(report::html(&close::report_of(s, &id)?)));
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, REPORT_POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, found.await?).into_response())
}

pub(crate) async fn pdf(State(app): State<App>, _: Current, Path(id): Path<String>) -> Result {
    let found = app.store.scan(move |s| Ok(report::pdf(&close::report_of(s, &id)?)));
    let name = "inline; filename=\"turn-report.pdf\"";
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, found.await?).into_response())
}
