//! Figures that others published or computed, one file for each method.

mod lexicon;
mod vader;
mod yelp;

use std::path::PathBuf;

/// A file of the shared data, or nothing and a line that says so.
fn shared(path: &str) -> Option<String> {
    let folder = std::env::var_os("RONDEL_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = folder.join("data").join(path);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("skipped: {} is not there", path.display());
    }
    text
}
