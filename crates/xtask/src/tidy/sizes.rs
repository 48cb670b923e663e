//! What fits on a screen and in a head: sizes of files and functions.
//!
//! Lines are counted as they stand, comments and blank ones included.

use super::rust_text;
use super::{Finding, Tree};

/// **Units**: lines of a Rust file.
const RUST_FILE_LINES: usize = 600;
/// **Units**: lines from `fn` to the closing brace.
const FUNCTION_LINES: usize = 70;
/// **Units**: lines of one browser module.
const BROWSER_FILE_LINES: usize = 300;
/// **Units**: lines of all hand-written browser code.
const BROWSER_LINES: usize = 5_000;
/// **Units**: lines of ARCHITECTURE.md.
const ARCHITECTURE_LINES: usize = 300;

/// A Rust file of at most 600 lines.
pub fn rust_files(tree: &Tree) -> Vec<Finding> {
    let long = |body: &str| body.lines().count() > RUST_FILE_LINES;
    tree.under("crates/", "rs")
        .filter(|file| long(&file.body))
        .map(|file| {
            let n = file.body.lines().count();
            let message =
                format!("{n} lines; split the file by subject (at most {RUST_FILE_LINES}, aim for 300)");
            Finding::new(&file.path, RUST_FILE_LINES + 1, message)
        })
        .collect()
}

/// A function of at most 70 lines.
pub fn functions(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.under("crates/", "rs") {
        let code = rust_text::split(&file.body).code;
        for function in rust_text::functions(&code) {
            if function.n_lines > FUNCTION_LINES {
                let message = format!(
                    "`{}` has {} lines; give its parts names (at most {FUNCTION_LINES})",
                    function.name, function.n_lines
                );
                found.push(Finding::new(&file.path, function.line, message));
            }
        }
    }
    found
}

/// Browser modules of at most 300 lines, 5,000 in all.
pub fn browser(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut n_all = 0;
    for file in tree.files.iter().filter(|f| f.path.starts_with("crates/web/browser/ts/")) {
        let n = file.body.lines().count();
        n_all += n;
        if n > BROWSER_FILE_LINES {
            let message = format!(
                "{n} lines; an island this large wants to be a page: move work to the server (at most \
                 {BROWSER_FILE_LINES})"
            );
            found.push(Finding::new(&file.path, BROWSER_FILE_LINES + 1, message));
        }
    }
    if n_all > BROWSER_LINES {
        let message = format!("{n_all} lines of hand-written browser code in all (at most {BROWSER_LINES})");
        found.push(Finding::new("crates/web/browser/ts", 0, message));
    }
    found
}

/// An ARCHITECTURE.md that can be read in one sitting.
pub fn architecture(tree: &Tree) -> Vec<Finding> {
    tree.files
        .iter()
        .filter(|f| f.path == "ARCHITECTURE.md" && f.body.lines().count() > ARCHITECTURE_LINES)
        .map(|f| {
            let message = format!(
                "{} lines; keep the bird's eye view and move detail beside the code (at most {ARCHITECTURE_LINES})",
                f.body.lines().count()
            );
            Finding::new(&f.path, ARCHITECTURE_LINES + 1, message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_601_lines_is_too_long() {
        let tree = Tree::of(&[
            ("crates/web/src/a.rs", &"//\n".repeat(601)),
            ("crates/web/src/b.rs", &"//\n".repeat(600)),
        ]);
        let found = rust_files(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].file, "crates/web/src/a.rs");
    }

    #[test]
    fn a_function_of_71_lines_is_too_long() {
        let body = |n: usize| format!("//! x\nfn f() {{\n{}}}\n", "    g();\n".repeat(n - 2));
        let bad = Tree::of(&[("crates/web/src/a.rs", &body(71))]);
        assert_eq!(functions(&bad)[0].line, 2);
        assert!(functions(&bad)[0].message.contains("`f` has 71 lines"));
        assert_eq!(functions(&Tree::of(&[("crates/web/src/a.rs", &body(70))])), []);
    }

    #[test]
    fn browser_code_is_bounded_by_file_and_in_all() {
        let long = Tree::of(&[("crates/web/browser/ts/drag.ts", &"a;\n".repeat(301))]);
        assert_eq!(browser(&long).len(), 1);
        let names: Vec<String> = (0..17).map(|n| format!("crates/web/browser/ts/m{n}.ts")).collect();
        let body = "a;\n".repeat(300);
        let many: Vec<(&str, &str)> = names.iter().map(|n| (n.as_str(), body.as_str())).collect();
        assert_eq!(browser(&Tree::of(&many))[0].file, "crates/web/browser/ts");
    }

    #[test]
    fn a_long_architecture_is_found() {
        assert_eq!(architecture(&Tree::of(&[("ARCHITECTURE.md", &"a\n".repeat(301))])).len(), 1);
        assert_eq!(architecture(&Tree::of(&[("ARCHITECTURE.md", &"a\n".repeat(300))])), []);
    }
}
