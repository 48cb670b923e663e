//! Files say what they are for: the head of each Rust file, the headings of method sheets and decisions.
//!
//! Whether the words are good is for the reader; this only sees to it that they are there.

use super::{Finding, Tree};

/// What a method sheet must answer, each as a heading that contains the words.
const METHOD_HEADINGS: [&str; 6] = ["question", "formula", "units", "source", "not for", "checked"];
/// What a decision record must say.
const DECISION_HEADINGS: [&str; 4] = ["context", "decision", "consequences", "what would change it"];

/// `//!` on the first line.
pub fn rust_files(tree: &Tree) -> Vec<Finding> {
    tree.under("crates/", "rs")
        .filter(|file| {
            let head = file.body.lines().next().unwrap_or("");
            !head.starts_with("//!") || head.trim() == "//!"
        })
        .map(|file| {
            let message = "begin with `//!`: what the file is for and what it deliberately does not do";
            Finding::new(&file.path, 1, message)
        })
        .collect()
}

/// The headings of `docs/methods` and `docs/decisions`, and the unbroken numbers of the latter.
pub fn documents(tree: &Tree) -> Vec<Finding> {
    let is_sheet = |path: &str| !path.ends_with("/README.md");
    let mut found = Vec::new();
    for file in tree.under("docs/methods/", "md").filter(|f| is_sheet(&f.path)) {
        found.extend(missing(&file.path, &file.body, &METHOD_HEADINGS));
    }
    let decisions = tree.under("docs/decisions/", "md").filter(|f| is_sheet(&f.path));
    for (index, file) in decisions.enumerate() {
        found.extend(missing(&file.path, &file.body, &DECISION_HEADINGS));
        let name = file.path.rsplit('/').next().unwrap_or("");
        let number = format!("{:04}-", index + 1);
        if !name.starts_with(&number) {
            let message =
                format!("decisions are numbered without gaps: expected a name that starts `{number}`");
            found.push(Finding::new(&file.path, 0, message));
        }
    }
    found
}

fn missing(path: &str, body: &str, wanted: &[&str]) -> Vec<Finding> {
    let headings: Vec<String> = body
        .lines()
        .filter(|l| l.starts_with("##"))
        .map(|l| l.trim_start_matches('#').to_lowercase())
        .collect();
    wanted
        .iter()
        .filter(|words| !headings.iter().any(|h| h.contains(**words)))
        .map(|words| Finding::new(path, 0, format!("add a heading `## … {words} …` and answer it")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_head_is_found() {
        let tree = Tree::of(&[
            ("crates/web/src/a.rs", "use std::fmt;\n"),
            ("crates/web/src/b.rs", "//! Pages of people.\n"),
            ("crates/web/src/c.rs", "//!\n"),
        ]);
        let found: Vec<String> = rust_files(&tree).into_iter().map(|f| f.file).collect();
        assert_eq!(found, ["crates/web/src/a.rs", "crates/web/src/c.rs"]);
    }

    #[test]
    fn a_method_sheet_without_units_is_found() {
        let sheet =
            "# RFM\n## Question\n## Formula\n## Source\n## What it is not for\n## How it is checked\n";
        let tree = Tree::of(&[("docs/methods/rfm.md", sheet), ("docs/methods/README.md", "# Methods\n")]);
        let found = documents(&tree);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("units"));
    }

    #[test]
    fn a_gap_in_the_decisions_is_found() {
        let body = "## Context\n## Decision\n## Consequences\n## What would change it\n";
        let tree = Tree::of(&[("docs/decisions/0001-a.md", body), ("docs/decisions/0003-b.md", body)]);
        let found = documents(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].file, "docs/decisions/0003-b.md");
    }
}
