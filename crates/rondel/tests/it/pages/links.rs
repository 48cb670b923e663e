//! Every link of every page leads somewhere.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use axum::http::StatusCode;

use crate::support::app::TestApp;

/// Pages of one kind that are looked at: those of a second or third record may have other links.
const OF_A_KIND: usize = 3;
/// Pages that are looked at in all.
const MOST: usize = 600;

/// Opens whatever pages lead to, from the first one on; fails where something is not there. Returns how many there were.
#[track_caller]
pub fn follow_all(app: &TestApp) -> usize {
    let mut waiting = VecDeque::from([("/".to_string(), "the address bar".to_string())]);
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut n_pages, mut dead) = (0, Vec::new());
    while let Some((path, from)) = waiting.pop_front() {
        let of_kind = seen.entry(kind(&path)).or_default();
        if of_kind.len() >= OF_A_KIND || !of_kind.insert(path.clone()) || n_pages >= MOST {
            continue;
        }
        n_pages += 1;
        let answer = app.get(&path);
        match answer.status {
            StatusCode::OK => {}
            status if status.is_redirection() => continue,
            status => dead.push(format!("{status} {path} (from {from})")),
        }
        for link in answer.body.split(" href=\"/").skip(1) {
            let link = link.split(['"', '#']).next().unwrap_or_default().replace("&amp;", "&");
            waiting.push_back((format!("/{link}"), path.clone()));
        }
    }
    assert!(dead.is_empty(), "links that lead nowhere: {dead:#?}");
    n_pages
}

/// The path without what tells one record or question from another.
fn kind(path: &str) -> String {
    let bare = path.split('?').next().unwrap_or_default();
    let is_id = |part: &str| part.contains('_') && part.len() > 20 || part.parse::<u64>().is_ok();
    let parts = bare.split('/').map(|part| if is_id(part) { "*" } else { part });
    parts.collect::<Vec<&str>>().join("/")
}
