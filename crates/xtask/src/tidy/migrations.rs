//! Migrations are numbered `0001_name.sql`, `0002_name.sql` … without gaps.
//!
//! A step may instead be two siblings, `NNNN_name.sqlite.sql` and `NNNN_name.postgres.sql`, or add them to a shared file.

use std::collections::BTreeMap;

use super::{Finding, Tree};

/// One numbered step after the other, each with one name and both engines.
pub fn numbers(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut steps: BTreeMap<usize, Vec<(&str, &str, &str)>> = BTreeMap::new();
    for file in tree.under("migrations/", "sql") {
        let name = file.path.trim_start_matches("migrations/").trim_end_matches(".sql");
        let (title, engine) = name.split_once('.').unwrap_or((name, ""));
        let number = title.split_once('_').filter(|(n, _)| n.len() == 4).and_then(|(n, _)| n.parse().ok());
        match number {
            Some(number) if ["", "sqlite", "postgres"].contains(&engine) => {
                steps.entry(number).or_default().push((title, engine, &file.path));
            }
            _ => found.push(Finding::new(
                &file.path,
                0,
                "name it `NNNN_what_it_does.sql` (a rare sibling ends `.sqlite.sql` or `.postgres.sql`)",
            )),
        }
    }
    for (index, (number, files)) in steps.iter().enumerate() {
        let (title, _, path) = files[0];
        if *number != index + 1 {
            found.push(Finding::new(
                path,
                0,
                format!("expected number {:04}: migrations have no gaps", index + 1),
            ));
        }
        if files.iter().any(|(t, _, _)| *t != title) {
            found.push(Finding::new(
                path,
                0,
                format!("two steps have the number {number:04}: renumber the newer"),
            ));
        }
        let has = |engine: &str| files.iter().any(|(_, e, _)| *e == engine);
        let complete = has("") || (has("sqlite") && has("postgres"));
        if !complete {
            found.push(Finding::new(path, 0, "the step lacks the other engine: add its sibling file"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(paths: &[&str]) -> Vec<String> {
        let files: Vec<(&str, &str)> = paths.iter().map(|p| (*p, "")).collect();
        numbers(&Tree::of(&files)).into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn a_gap_a_double_and_a_bad_name_are_found() {
        assert!(
            found(&["migrations/0001_a.sql", "migrations/0003_b.sql"])[0].contains("expected number 0002")
        );
        assert!(found(&["migrations/0001_a.sql", "migrations/0001_b.sql"])[0].contains("two steps"));
        assert!(found(&["migrations/first.sql"])[0].contains("NNNN_what_it_does"));
    }

    #[test]
    fn a_step_for_one_engine_only_is_found() {
        assert!(found(&["migrations/0001_a.sqlite.sql"])[0].contains("lacks the other engine"));
        let both = ["migrations/0001_a.postgres.sql", "migrations/0001_a.sqlite.sql"];
        assert_eq!(found(&both), Vec::<String>::new());
        let shared = ["migrations/0001_a.sql", "migrations/0001_a.postgres.sql", "migrations/0002_b.sql"];
        assert_eq!(found(&shared), Vec::<String>::new());
    }
}
