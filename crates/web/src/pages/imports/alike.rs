//! Rows whose new record looks like one that was there before: whom, how surely, and why.

use cycle::collect::likeness::{Alike, BEFORE, probability};

use super::dry_run::field_label;
use crate::words;

/// Rows shown of those that are alike.
pub(super) const SHOWN: usize = 50;

/// One such row.
pub(super) struct Line {
    pub(super) row: i64,
    pub(super) name: String,
    pub(super) other: String,
    pub(super) other_href: String,
    /// The pair in the queue, once it stands there.
    pub(super) decide_href: Option<String>,
    pub(super) likely: String,
    pub(super) reasons: String,
}

/// Where the records of an id's kind are shown, and how the queue calls the kind.
fn place(id: &str) -> (&'static str, &'static str) {
    if id.starts_with("com_") { ("/companies", "company") } else { ("/people", "person") }
}

/// How likely two records are one, in words.
pub(crate) fn likely(score: f64) -> String {
    match probability(score) {
        p if p > 0.999 => "over 99.9 %".to_string(),
        p => words::share(p),
    }
}

/// A row before the import: its record is not there yet.
pub(super) fn tried(alike: &Alike) -> Line {
    let for_it = alike.reasons.iter().filter(|reason| reason.bits > 0.0 && reason.field != BEFORE);
    let reasons: Vec<String> =
        for_it.map(|reason| format!("{} {}", field_label(&reason.field), reason.found)).collect();
    Line {
        row: alike.row,
        name: alike.name.clone(),
        other: alike.other_name.clone(),
        other_href: format!("{}/{}", place(&alike.other_id).0, alike.other_id),
        decide_href: None,
        likely: likely(alike.score),
        reasons: reasons.join(" · "),
    }
}

/// A row after the import: both records stand side by side in the queue.
pub(super) fn waiting(alike: &Alike) -> Line {
    let (one, two) = (&alike.record_id, &alike.other_id);
    let (left, right) = (one.min(two), one.max(two));
    let kind = place(one).1;
    Line { decide_href: Some(format!("/duplicates?kind={kind}&at={left}~{right}")), ..tried(alike) }
}
