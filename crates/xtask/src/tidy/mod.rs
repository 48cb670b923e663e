//! The house rules as functions: each takes the text of the whole repository and returns what breaks the rule.
//!
//! A rule reads text, not types: it is quick, needs no compiler, and can be tried on a few lines. Rules that need types
//! (banned calls, `unwrap`) stand in `clippy.toml` and the workspace lints instead.

pub mod boundaries;
pub mod crates;
pub mod headers;
pub mod migrations;
pub mod rust_text;
pub mod sizes;
pub mod stages;
pub mod templates;
pub mod words;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// One breach of a rule, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Path from the repository root, with `/` between the parts.
    pub file: String,
    /// **Units**: lines, counted from 1; 0 where the whole file or folder is meant.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl Finding {
    /// A finding at a line (from 1; 0 for the whole file).
    pub fn new(file: &str, line: usize, message: impl Into<String>) -> Finding {
        Finding { file: file.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line.max(1), self.message)
    }
}

/// One text file.
#[derive(Debug, Clone)]
pub struct Text {
    /// Path from the repository root, with `/` between the parts.
    pub path: String,
    /// The whole content.
    pub body: String,
}

/// Every text file of the repository that a rule may look at.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Sorted by path.
    pub files: Vec<Text>,
}

/// Kinds of file that rules read; everything else (pictures, data, lock files) is left out.
const TEXT_ENDINGS: [&str; 9] = ["rs", "toml", "sql", "html", "css", "ts", "js", "mjs", "md"];
/// Folders that hold built or local things.
const SKIPPED_FOLDERS: [&str; 5] = ["target", "node_modules", "rondel-data", "demo-data", "dist"];

impl Tree {
    /// A tree of given files: for trying a rule on a few lines.
    pub fn of(files: &[(&str, &str)]) -> Tree {
        let mut files: Vec<Text> = files
            .iter()
            .map(|(path, body)| Text { path: (*path).to_owned(), body: (*body).to_owned() })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Tree { files }
    }

    /// Reads every text file under `root`, without built and local folders.
    ///
    /// **Errors**: a folder or file that cannot be read, or text that is not UTF-8.
    pub fn read(root: &Path) -> io::Result<Tree> {
        let mut files = Vec::new();
        read_folder(root, root, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Tree { files })
    }

    /// The files whose path starts with `folder` and ends with `.ending`.
    pub fn under<'a>(&'a self, folder: &'a str, ending: &'a str) -> impl Iterator<Item = &'a Text> {
        self.files.iter().filter(move |f| f.path.starts_with(folder) && has_ending(&f.path, ending))
    }
}

fn has_ending(path: &str, ending: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, e)| e == ending)
}

fn read_folder(root: &Path, folder: &Path, files: &mut Vec<Text>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            let hidden = name.starts_with('.') && name != ".ci";
            let skipped = SKIPPED_FOLDERS.contains(&name.as_str()) || name.starts_with("target-");
            if !hidden && !skipped {
                read_folder(root, &path, files)?;
            }
        } else if TEXT_ENDINGS.iter().any(|e| has_ending(&name, e)) {
            let body = std::fs::read_to_string(&path)
                .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))?;
            let relative = path.strip_prefix(root).expect("walked from the root");
            let parts: Vec<_> = relative.iter().map(|p| p.to_string_lossy().into_owned()).collect();
            files.push(Text { path: parts.join("/"), body });
        }
    }
    Ok(())
}

/// The repository root: the folder above `crates/xtask`.
pub fn repository_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("crates/xtask lies two folders below the root").to_owned()
}

/// A rule: the whole repository in, breaches out.
pub type Rule = fn(&Tree) -> Vec<Finding>;

/// Every rule under the sentence that it holds.
pub const RULES: [(&str, Rule); 22] = [
    ("crates depend only in the agreed direction", crates::directions),
    ("libraries stand only in the crate that may know them", crates::libraries),
    ("versions and lints come from the workspace", crates::workspace),
    ("a stage of the cycle uses no later stage", stages::check),
    ("Rust files stay under 600 lines", sizes::rust_files),
    ("functions fit on a screen of 70 lines", sizes::functions),
    ("browser modules stay under 300 lines and 5,000 in all", sizes::browser),
    ("ARCHITECTURE.md stays under 300 lines", sizes::architecture),
    ("no folder or file has a name that says nothing", words::folder_names),
    ("no SQL selects every column", words::select_star),
    ("no list pages by OFFSET", words::offset),
    ("no unfinished work is left behind", words::unfinished),
    ("money is never a floating-point number", words::money),
    ("engine names stand only in the store", boundaries::engine_names),
    ("environment variables are read only by the configuration", boundaries::environment),
    ("statistics stay pure", boundaries::statistics),
    ("records, cycle and statistics are not async", boundaries::no_async),
    ("pages and handlers hold no SQL", boundaries::no_sql_in_web),
    ("every Rust file says what it is for", headers::rust_files),
    ("method sheets and decision records have their headings", headers::documents),
    ("migrations are numbered without gaps", migrations::numbers),
    ("every template is used", templates::used),
];

/// Runs every rule.
pub fn check_all(tree: &Tree) -> Vec<Finding> {
    RULES.iter().flat_map(|(_, rule)| rule(tree)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_as_place_and_advice() {
        let finding = Finding::new("crates/web/src/lib.rs", 7, "split this");
        assert_eq!(finding.to_string(), "crates/web/src/lib.rs:7: split this");
    }

    #[test]
    fn the_tree_holds_this_file_and_no_built_one() {
        let tree = Tree::read(&repository_root()).unwrap();
        assert!(tree.files.iter().any(|f| f.path == "crates/xtask/src/tidy/mod.rs"));
        assert!(!tree.files.iter().any(|f| f.path.contains("target/") || f.path.contains("node_modules")));
    }
}
