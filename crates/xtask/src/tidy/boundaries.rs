//! What may be said only in one place: engine names, environment variables, SQL, async, clocks in mathematics.
//!
//! Tests are left out: they speak of engines and environments because that is what they try.

use super::rust_text::{self, RustText, words};
use super::{Finding, Text, Tree};

/// Where an engine may be named, with the reason.
const ENGINE_PLACES: [(&str, &str); 4] = [
    ("crates/platform/src/store/", "every difference between the engines stands here"),
    ("crates/rondel/src/config.rs", "the address of the database is a setting"),
    ("crates/tables/src/recognize.rs", "a file is told by its first bytes, a database's too"),
    ("crates/xtask/", "this rule"),
];

/// Where the environment may be read, with the reason.
const ENVIRONMENT_PLACES: [(&str, &str); 2] = [
    ("crates/rondel/src/config.rs", "every setting stands here"),
    ("crates/xtask/", "chores, not the product"),
];

/// One SQL, two engines: what differs stands in `platform/src/store`.
pub fn engine_names(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (file, text) in product_sources(tree, &ENGINE_PLACES) {
        let in_code = words(&text.code).map(|(line, _, word)| (line, word.to_owned()));
        let in_strings = text.literals.iter().map(|l| (l.line, l.text.clone()));
        for (line, said) in in_code.chain(in_strings) {
            let said = said.to_lowercase();
            if said.contains("sqlite") || said.contains("postgres") {
                let message = "an engine is named here: ask the store, and put the difference in \
                               platform/src/store/dialect.rs";
                found.push(Finding::new(&file.path, line, message));
            }
        }
    }
    found
}

/// Settings come from `config.rs`, where each has a type, a default and a sentence.
pub fn environment(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (file, text) in product_sources(tree, &ENVIRONMENT_PLACES) {
        for (line, at, _) in words(&text.code).filter(|(_, _, word)| *word == "env") {
            let rest = &text.code[at + 3..];
            if ["::var(", "::var_os(", "::vars(", "::set_var("].iter().any(|call| rest.starts_with(call)) {
                let message =
                    "read this in crates/rondel/src/config.rs, with type, default and doc, and pass it on";
                found.push(Finding::new(&file.path, line, message));
            }
        }
    }
    found
}

/// Mathematics takes slices and gives numbers: no clock, file, network or environment.
pub fn statistics(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (file, text) in product_sources(tree, &[]).filter(|(f, _)| f.path.starts_with("crates/statistics/")) {
        for (line, at, _) in words(&text.code).filter(|(_, _, word)| *word == "std") {
            let Some(path) = text.code[at + 3..].strip_prefix("::") else { continue };
            let module = words(path).next().map_or("", |(_, _, word)| word);
            if ["fs", "time", "env", "net", "process"].contains(&module) {
                let message =
                    format!("`std::{module}` has no place in statistics: let the caller pass the values");
                found.push(Finding::new(&file.path, line, message));
            }
        }
    }
    found
}

/// Verbs are plain functions over a transaction; the store decides which thread runs them.
pub fn no_async(tree: &Tree) -> Vec<Finding> {
    let sync = ["crates/records/src/", "crates/cycle/src/", "crates/statistics/src/"];
    let mut found = Vec::new();
    for (file, text) in product_sources(tree, &[]).filter(|(f, _)| sync.iter().any(|s| f.path.starts_with(s)))
    {
        for (line, _, _) in words(&text.code).filter(|(_, _, word)| *word == "async" || *word == "await") {
            let message = "write a plain function over `&mut Tx`; waiting for the network belongs in a job";
            found.push(Finding::new(&file.path, line, message));
        }
    }
    found
}

/// Pages and API handlers call verbs.
pub fn no_sql_in_web(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (file, text) in product_sources(tree, &[]).filter(|(f, _)| f.path.starts_with("crates/web/src/")) {
        for literal in text.literals.iter().filter(|l| is_sql(&l.text)) {
            let message =
                "SQL in a handler: make it a function of the noun in records or of the stage in cycle";
            found.push(Finding::new(&file.path, literal.line, message));
        }
    }
    found
}

fn is_sql(text: &str) -> bool {
    let first = words(text).next().map_or("", |(_, _, word)| word);
    if first != first.to_lowercase() && first != first.to_uppercase() {
        return false; // "Select a file …" is a label
    }
    let text = text.to_lowercase().replace('\\', " ");
    let parts: Vec<&str> = text.split_whitespace().collect();
    let has = |word: &str| parts.contains(&word);
    match parts.first().copied() {
        Some("select") => has("from") && parts.len() > 3,
        Some("insert") => parts.get(1) == Some(&"into"),
        Some("delete") => parts.get(1) == Some(&"from") && has("where"),
        Some("update") => has("set") && has("="),
        Some("with") => has("as") && has("select"),
        _ => false,
    }
}

/// Rust files under `crates/*/src/`, tests cut off, without the places where the rule does not hold.
fn product_sources<'a>(
    tree: &'a Tree,
    places: &'a [(&str, &str)],
) -> impl Iterator<Item = (&'a Text, RustText)> + 'a {
    tree.under("crates/", "rs")
        .filter(|f| f.path.split('/').nth(2) == Some("src") && !f.path.ends_with("tests.rs"))
        .filter(|f| !places.iter().any(|(place, _)| f.path.starts_with(place)))
        .map(|f| (f, rust_text::split(rust_text::without_tests(&f.body))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(rule: fn(&Tree) -> Vec<Finding>, path: &str, body: &str) -> Vec<usize> {
        rule(&Tree::of(&[(path, body)])).iter().map(|f| f.line).collect()
    }
    const NONE: [usize; 0] = [];

    #[test]
    fn an_engine_named_outside_the_store_is_found() {
        let body = "// sqlite is fine here\nif engine == Engine::Sqlite {}\nlet u = \"postgres://x\";\n";
        assert_eq!(lines(engine_names, "crates/records/src/people.rs", body), [2, 3]);
        assert_eq!(lines(engine_names, "crates/platform/src/store/dialect.rs", body), NONE);
        assert_eq!(lines(engine_names, "crates/rondel/tests/it/main.rs", body), NONE);
        let tested = format!("#[cfg(test)]\nmod tests {{\n{body}}}\n");
        assert_eq!(lines(engine_names, "crates/records/src/people.rs", &tested), NONE);
    }

    #[test]
    fn a_setting_read_outside_the_configuration_is_found() {
        let body = "let a = std::env::var(\"A\");\nlet b = env!(\"B\");\nlet c = env::args();\n";
        assert_eq!(lines(environment, "crates/web/src/lib.rs", body), [1]);
        assert_eq!(lines(environment, "crates/rondel/src/config.rs", body), NONE);
        assert_eq!(lines(environment, "crates/web/build.rs", body), NONE);
    }

    #[test]
    fn a_clock_in_statistics_is_found() {
        let body = "use std::time::Instant;\nuse std::f64::consts::PI;\n";
        assert_eq!(lines(statistics, "crates/statistics/src/rfm.rs", body), [1]);
        assert_eq!(lines(statistics, "crates/platform/src/clock.rs", body), NONE);
    }

    #[test]
    fn an_async_verb_is_found() {
        let body = "pub async fn win() { x().await }\n";
        assert_eq!(lines(no_async, "crates/records/src/deals.rs", body), [1, 1]);
        assert_eq!(lines(no_async, "crates/web/src/pages/deals.rs", body), NONE);
    }

    #[test]
    fn sql_in_a_handler_is_found_and_a_label_is_not() {
        let bad = "q(\"select id\\n from people where id = $1\");\nq(\"UPDATE people SET a = 1\");\n";
        assert_eq!(lines(no_sql_in_web, "crates/web/src/pages/people.rs", bad), [1, 2]);
        let good = "l(\"Select a file from disk\"); l(\"Update person\"); l(\"Delete from list\");";
        assert_eq!(lines(no_sql_in_web, "crates/web/src/pages/people.rs", good), NONE);
        assert_eq!(lines(no_sql_in_web, "crates/records/src/people.rs", bad), NONE);
    }
}
