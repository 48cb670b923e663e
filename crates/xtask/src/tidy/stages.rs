//! The stages of the cycle run one way: plan, collect, process, analyze, interpret, act, measure.
//!
//! The loop closes through data (measure writes what the next plan reads), never through a call.

use super::rust_text::{self, words};
use super::{Finding, Tree};

const STAGES: [&str; 7] = ["plan", "collect", "process", "analyze", "interpret", "act", "measure"];

/// A stage may use itself and earlier stages.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in tree.under("crates/cycle/src/", "rs") {
        let Some(stage) = stage_of(&file.path) else { continue };
        let code = rust_text::split(&file.body).code;
        for (line, used) in used_modules(&code) {
            let Some(later) = STAGES.iter().position(|s| *s == used).filter(|used| *used > stage) else {
                continue;
            };
            let message = format!(
                "`{}` may not use the later stage `{}`: move what both need to the earlier stage, or pass it on \
                 through a table",
                STAGES[stage], STAGES[later]
            );
            found.push(Finding::new(&file.path, line, message));
        }
    }
    found
}

fn stage_of(path: &str) -> Option<usize> {
    let inside = path.strip_prefix("crates/cycle/src/")?;
    let first = inside.split('/').next()?.trim_end_matches(".rs");
    STAGES.iter().position(|s| *s == first)
}

/// Modules named directly after `crate::` or `super::`, one by one or in a group.
fn used_modules(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (line, at, word) in words(code) {
        if word != "crate" && word != "super" {
            continue;
        }
        let Some(path) = code[at + word.len()..].trim_start().strip_prefix("::") else { continue };
        let path = path.trim_start();
        match path.strip_prefix('{') {
            Some(group) => found.extend(heads_of_group(group).into_iter().map(|head| (line, head))),
            None => found.extend(first_word(path).map(|head| (line, head))),
        }
    }
    found
}

fn first_word(path: &str) -> Option<String> {
    words(path).next().filter(|(_, at, _)| *at == 0).map(|(_, _, word)| word.to_owned())
}

/// The first names of the entries of `{a::b, c::{d, e}, f}`, given what follows the opening brace.
fn heads_of_group(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0;
    let mut at_entry = true;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_entry = true,
            c if at_entry && !c.is_whitespace() => {
                heads.extend(first_word(&group[at..]));
                at_entry = false;
            }
            _ => {}
        }
    }
    heads
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, body: &str) -> Vec<usize> {
        check(&Tree::of(&[(path, body)])).iter().map(|f| f.line).collect()
    }

    #[test]
    fn an_earlier_stage_may_not_use_a_later_one() {
        let body = "//! x\nuse crate::act::segments;\nfn f() { crate::measure::progress::g() }\n";
        assert_eq!(found("crates/cycle/src/analyze/rfm.rs", body), [2, 3]);
    }

    #[test]
    fn a_group_and_the_way_up_are_seen() {
        let body = "use crate::{collect::forms, interpret::{alerts, plan}};\nuse super::act::offers;\n";
        assert_eq!(found("crates/cycle/src/process.rs", body), [1, 2]);
    }

    #[test]
    fn earlier_stages_and_comments_pass() {
        let body = "// crate::act is later\nuse crate::collect::forms;\nuse crate::process;\n";
        assert_eq!(found("crates/cycle/src/analyze/mod.rs", body), Vec::<usize>::new());
    }

    #[test]
    fn files_above_the_stages_may_use_all_of_them() {
        assert_eq!(found("crates/cycle/src/turn.rs", "use crate::measure;\n"), Vec::<usize>::new());
    }
}
