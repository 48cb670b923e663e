//! Writes the lexicon of VADER (Hutto and Gilbert 2014, MIT licence) as Rust tables, taken from the crate that carries it.
//!
//! At build time, so that the program starts without parsing half a megabyte and without the carrier's regular expressions.
//! What the carrier lacks or blurs against release 3.3.2 of the reference is put right here; `tests/published/lexicon.rs`
//! compares every entry.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Entries of the reference that the carrier's older copy does not have, and one that it blurs with ":P".
const LATER_ENTRIES: [(&str, f64); 3] = [("heart", 3.2), ("hearts", 3.3), (":p", 1.0)];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = std::env::var_os("OUT_DIR").expect("cargo names the folder for generated files");
    std::fs::write(Path::new(&folder).join("vader.rs"), tables())
        .expect("the folder of generated files can be written");
}

fn tables() -> String {
    let mut out = String::new();
    let words = words();
    let _ = writeln!(out, "pub(crate) static LEXICON: [(&str, f64); {}] = [", words.len());
    for (word, valence) in &words {
        let _ = writeln!(out, "    ({word:?}, {valence:?}),");
    }
    let emoji = emoji();
    let _ = writeln!(out, "];\n\npub(crate) static EMOJI: [(char, &str); {}] = [", emoji.len());
    for (sign, description) in &emoji {
        let _ = writeln!(out, "    ({sign:?}, {description:?}),");
    }
    out.push_str("];\n");
    out
}

/// The reference looks words up in lower case, so that an entry with other letters than ASCII in upper case is never found;
/// where an entry stands in both cases, the later line, which is the one in lower case, holds.
fn words() -> BTreeMap<String, f64> {
    vader_sentiment::LEXICON
        .iter()
        .filter(|(word, _)| word.is_ascii())
        .map(|(word, &valence)| (word.to_ascii_lowercase(), valence))
        .chain(LATER_ENTRIES.map(|(word, valence)| (word.to_owned(), valence)))
        .collect()
}

/// The reference replaces one character at a time, so that signs of several characters are never found as a whole.
fn emoji() -> BTreeMap<char, &'static str> {
    let single = |text: &str| {
        let mut signs = text.chars();
        signs.next().filter(|_| signs.next().is_none())
    };
    vader_sentiment::EMOJI_LEXICON.iter().filter_map(|(text, told)| Some((single(text)?, *told))).collect()
}
