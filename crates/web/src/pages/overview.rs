//! The first page after signing in.

use askama::Template;

use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::respond;

#[derive(Template)]
#[template(path = "overview/show.html")]
struct Show {
    page: Layout,
}

pub(crate) async fn show(current: Current) -> Result {
    respond::page(&Show { page: current.layout(Place::Overview, "Overview") })
}
