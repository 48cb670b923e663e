//! Words that must not stand in the repository: empty names, careless SQL, unfinished work, money as a float.
//!
//! This folder is left out where it must name what it forbids.

use super::rust_text::{self, words};
use super::{Finding, Text, Tree};

const EMPTY_NAMES: [&str; 10] =
    ["core", "common", "util", "utils", "helper", "helpers", "service", "services", "manager", "managers"];

/// Marks of work put off.
const UNFINISHED: [&str; 2] = ["TODO", "FIXME"];

/// Last words of names that hold money.
const MONEY: [&str; 5] = ["amount", "amounts", "price", "prices", "minor"];

/// A folder or file name that says what is inside.
pub fn folder_names(tree: &Tree) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for file in &tree.files {
        for part in file.path.split('/') {
            let stem = part.split('.').next().unwrap_or(part);
            if EMPTY_NAMES.contains(&stem) {
                let end = file.path.find(part).expect("a part of the path") + part.len();
                let place = &file.path[..end];
                if !found.iter().any(|f| f.file == place) {
                    let message =
                        format!("`{part}` says nothing: name the thing, or leave it where it is used");
                    found.push(Finding::new(place, 0, message));
                }
            }
        }
    }
    found
}

/// Columns are named, so that a new one changes nobody's result.
pub fn select_star(tree: &Tree) -> Vec<Finding> {
    each_sql(tree, |sql| {
        let words: Vec<String> = sql.to_lowercase().split_whitespace().map(str::to_owned).collect();
        words.windows(2).any(|pair| {
            let star = pair[1].trim_end_matches([',', ';', ')']);
            matches!(pair[0].as_str(), "select" | "(select" | "returning")
                && (star == "*" || star.ends_with(".*"))
        })
    })
    .into_iter()
    .map(|(path, line)| Finding::new(path, line, "name the columns instead of `*`"))
    .collect()
}

/// Lists page by key: `(created_at, id) < ($1, $2)`.
pub fn offset(tree: &Tree) -> Vec<Finding> {
    each_sql(tree, |sql| {
        let parts: Vec<&str> = sql.split_whitespace().collect();
        let is_query = words(sql).any(|(_, _, w)| w.eq_ignore_ascii_case("select") || w == "LIMIT");
        parts.iter().enumerate().any(|(at, word)| {
            let value = parts.get(at + 1).and_then(|next| next.chars().next());
            let counts = value.is_none_or(|c| c == '$' || c == '{' || c == '?' || c.is_ascii_digit());
            *word == "OFFSET" || (word.eq_ignore_ascii_case("offset") && is_query && counts)
        })
    })
    .into_iter()
    .map(|(path, line)| {
        Finding::new(path, line, "page by key, `(created_at, id) < ($1, $2)`: OFFSET reads what it skips")
    })
    .collect()
}

/// Calls `check` with every string literal of Rust and every line of SQL files; returns the places where it says yes.
fn each_sql(tree: &Tree, check: impl Fn(&str) -> bool) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|f| !is_this_folder(f)) {
        if file.path.ends_with(".rs") {
            let literals = rust_text::split(&file.body).literals;
            let hits = literals.iter().filter(|l| check(&l.text.replace("\\n", " ").replace('\\', " ")));
            found.extend(hits.map(|l| (file.path.as_str(), l.line)));
        } else if file.path.ends_with(".sql") {
            let lines = file.body.lines().enumerate();
            let hits = lines.filter(|(_, text)| check(text.split("--").next().unwrap_or("")));
            found.extend(hits.map(|(index, _)| (file.path.as_str(), index + 1)));
        }
    }
    found
}

/// Nothing half done: finish it, or leave it out.
pub fn unfinished(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let code_endings = ["rs", "ts", "js", "mjs", "css", "html", "sql", "toml"];
    let is_code = |f: &Text| f.path.rsplit_once('.').is_some_and(|(_, e)| code_endings.contains(&e));
    for file in tree.files.iter().filter(|f| is_code(f) && !is_this_folder(f)) {
        for (line, _, word) in words(&file.body).filter(|(_, _, w)| UNFINISHED.contains(w)) {
            let message = format!("`{word}`: finish it now, or leave it out and open an issue");
            found.push(Finding::new(&file.path, line, message));
        }
        if file.path.ends_with(".rs") {
            let code = rust_text::split(&file.body).code;
            for (line, at, word) in words(&code) {
                if matches!(word, "todo" | "unimplemented" | "dbg")
                    && code[at + word.len()..].starts_with('!')
                {
                    let message = format!("`{word}!` has no place in the repository: take it out");
                    found.push(Finding::new(&file.path, line, message));
                }
            }
        }
    }
    found
}

/// Amounts are minor units in an integer, with their currency. Mathematics may compute with floats: `statistics`, the files of `workbench`, and the
/// propensities from which `simulator` draws.
pub fn money(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let mathematics = ["crates/statistics/", "crates/workbench/", "crates/simulator/"];
    let outside = |f: &&Text| !mathematics.iter().any(|m| f.path.starts_with(m)) && !is_this_folder(f);
    for file in tree.under("crates/", "rs").filter(outside) {
        let code = rust_text::split(&file.body).code;
        for (line, at, word) in words(&code) {
            let last = word.rsplit('_').next().unwrap_or(word).to_lowercase();
            let Some(kind) = code[at + word.len()..].trim_start().strip_prefix(':') else { continue };
            let is_float = kind.lines().next().is_some_and(is_float_type);
            if MONEY.contains(&last.as_str()) && is_float {
                let message =
                    format!("`{word}` is money: use minor units in an i64 with the currency (`Money`)");
                found.push(Finding::new(&file.path, line, message));
            }
        }
    }
    found
}

/// Whether a type that starts here is a float, alone or inside `Option`, `Vec`, a slice or a reference.
fn is_float_type(kind: &str) -> bool {
    if kind.starts_with(':') {
        return false; // a path, `price::x`
    }
    let wrappers = ["Option", "Vec", "mut"];
    words(kind).map(|(_, _, w)| w).find(|w| !wrappers.contains(w)).is_some_and(|w| w == "f64" || w == "f32")
}

fn is_this_folder(file: &Text) -> bool {
    file.path.starts_with("crates/xtask/src/tidy/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(rule: fn(&Tree) -> Vec<Finding>, path: &str, body: &str) -> Vec<usize> {
        rule(&Tree::of(&[(path, body)])).iter().map(|f| f.line).collect()
    }

    #[test]
    fn an_empty_name_is_found_once() {
        let tree = Tree::of(&[
            ("crates/web/src/utils/a.rs", ""),
            ("crates/web/src/utils/b.rs", ""),
            ("crates/web/src/helpers.rs", ""),
            ("crates/web/src/common_words.rs", ""),
        ]);
        let found: Vec<String> = folder_names(&tree).into_iter().map(|f| f.file).collect();
        assert_eq!(found, ["crates/web/src/helpers.rs", "crates/web/src/utils"]);
    }

    #[test]
    fn a_star_in_sql_is_found_and_a_count_is_not() {
        let bad = "fn f() {\n  q(\"select *\\n from people\");\n  q(\"insert x returning *\");\n  q(\"SELECT p.*, 1\");\n}";
        assert_eq!(lines(select_star, "crates/records/src/a.rs", bad), [2, 3, 4]);
        assert_eq!(lines(select_star, "migrations/0001_a.sql", "-- select *\nselect * from a;\n"), [2]);
        let good = "q(\"select count(*) from people\"); // select *";
        assert_eq!(lines(select_star, "crates/records/src/a.rs", good), Vec::<usize>::new());
    }

    #[test]
    fn paging_by_offset_is_found_and_a_byte_offset_is_not() {
        let bad = "q(\"select id from people limit $1 offset $2\");\nq(\" OFFSET {}\");";
        assert_eq!(lines(offset, "crates/records/src/a.rs", bad), [1, 2]);
        let good = "e(\"bad byte at offset {n}\"); e(\"offset of the selected row\");";
        assert_eq!(lines(offset, "crates/records/src/a.rs", good), Vec::<usize>::new());
    }

    #[test]
    fn work_put_off_is_found() {
        let bad = "// TODO later\nfn f() { todo!() }\nfn g() { dbg!(1); }\n";
        assert_eq!(lines(unfinished, "crates/web/src/a.rs", bad), [1, 2, 3]);
        assert_eq!(lines(unfinished, "crates/web/browser/ts/a.ts", "// FIXME\n"), [1]);
        assert_eq!(lines(unfinished, "crates/web/src/a.rs", "let todo = 1;\n"), Vec::<usize>::new());
    }

    #[test]
    fn money_as_a_float_is_found() {
        let bad = "struct A {\n  unit_price: f64,\n  amounts: Vec<f64>,\n  paid_amount: Option<f64>,\n}\n";
        assert_eq!(lines(money, "crates/records/src/a.rs", bad), [2, 3, 4]);
        let good = "struct A {\n  amount_minor: i64,\n  price_elasticity: f64,\n  prices: Vec<Money>,\n}\n";
        assert_eq!(lines(money, "crates/records/src/a.rs", good), Vec::<usize>::new());
        assert_eq!(lines(money, "crates/statistics/src/a.rs", bad), Vec::<usize>::new());
    }
}
