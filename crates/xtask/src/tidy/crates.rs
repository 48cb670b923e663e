//! Who may depend on whom: the direction of our crates, the home of each library, versions in one place.
//!
//! Reads the manifests line by line; it does not resolve versions or features (cargo does that).

use super::{Finding, Text, Tree};

/// Our crates and the crates of ours each may use. A crate that is missing here has no place in the house yet.
const DIRECTIONS: [(&str, &[&str]); 15] = [
    (
        "rondel",
        &[
            "web",
            "cycle",
            "records",
            "platform",
            "workbench",
            "tables",
            "statistics",
            "mail",
            "paper",
            "simulator",
        ],
    ),
    ("web", &["cycle", "records", "platform"]),
    ("cycle", &["records", "platform", "tables", "statistics", "linkage", "language", "mail", "paper"]),
    ("workbench", &["tables", "statistics", "linkage", "language"]),
    ("records", &["platform"]),
    ("platform", &[]),
    ("tables", &[]),
    ("statistics", &[]),
    ("linkage", &[]),
    ("language", &[]),
    ("mail", &[]),
    ("paper", &[]),
    ("simulator", &[]),
    ("cluster", &["tables"]),
    ("xtask", &[]),
];

/// Libraries that only one crate may know.
const HOMES: [(&str, &str); 18] = [
    ("axum", "web"),
    ("askama", "web"),
    ("tower-http", "web"),
    ("utoipa", "web"),
    ("rusqlite", "platform"),
    ("postgres", "platform"),
    ("tokio-postgres", "platform"),
    ("reqwest", "platform"),
    ("ureq", "platform"),
    ("csv", "tables"),
    ("calamine", "tables"),
    ("parquet", "tables"),
    ("arrow", "tables"),
    ("rust_xlsxwriter", "tables"),
    ("datafusion", "cluster"),
    ("ballista", "cluster"),
    ("sea-query", "records"),
    ("pdf-writer", "paper"),
];

/// What a crate's tests may use beyond that, with the reason.
const TEST_USES: [(&str, &str, &str); 2] = [
    ("rondel", "postgres", "makes a fresh database for each test on the private server"),
    ("rondel", "axum", "sends requests to the router without a socket"),
];

/// One dependency line of a manifest.
#[derive(Debug, PartialEq, Eq)]
struct Dependency<'a> {
    line: usize,
    name: &'a str,
    for_tests: bool,
    from_workspace: bool,
}

/// `rondel → web → cycle → records → platform`, and leaves that know none of ours.
pub fn directions(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, manifest) in manifests(tree) {
        let Some((_, allowed)) = DIRECTIONS.iter().find(|(n, _)| *n == name) else {
            let message =
                format!("crate `{name}` has no direction: add it to DIRECTIONS in xtask/src/tidy/crates.rs");
            found.push(Finding::new(&manifest.path, 0, message));
            continue;
        };
        for dependency in dependencies(&manifest.body) {
            let ours = DIRECTIONS.iter().any(|(n, _)| *n == dependency.name);
            if ours && !allowed.contains(&dependency.name) {
                let message = format!(
                    "`{name}` may not use `{}`: dependencies run rondel → web → cycle → records → platform, and \
                     leaves know none of ours; move the code to the crate that may know both",
                    dependency.name
                );
                found.push(Finding::new(&manifest.path, dependency.line, message));
            }
        }
    }
    found
}

/// Only `web` knows axum, only `platform` the database drivers, and so on.
pub fn libraries(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, manifest) in manifests(tree) {
        for dependency in dependencies(&manifest.body) {
            let Some((_, home)) = HOMES.iter().find(|(library, _)| *library == dependency.name) else {
                continue;
            };
            let in_tests = dependency.for_tests
                && TEST_USES.iter().any(|(c, library, _)| *c == name && *library == dependency.name);
            if *home != name && !in_tests {
                let message = format!(
                    "only `{home}` may know `{}`: give `{home}` a function for what `{name}` needs",
                    dependency.name
                );
                found.push(Finding::new(&manifest.path, dependency.line, message));
            }
        }
    }
    found
}

/// Versions stand once in the root manifest, and every crate takes the shared lints.
pub fn workspace(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (_, manifest) in manifests(tree) {
        for dependency in dependencies(&manifest.body).iter().filter(|d| !d.from_workspace) {
            let message = format!(
                "write `{}.workspace = true` and put the version in the root Cargo.toml",
                dependency.name
            );
            found.push(Finding::new(&manifest.path, dependency.line, message));
        }
        let mut lines = manifest.body.lines().map(str::trim);
        if !(lines.any(|l| l == "[lints]") && lines.next() == Some("workspace = true")) {
            let message = "add `[lints]` with `workspace = true`, so that the shared lints hold here";
            found.push(Finding::new(&manifest.path, 0, message));
        }
    }
    found
}

fn manifests(tree: &Tree) -> impl Iterator<Item = (&str, &Text)> {
    tree.under("crates/", "toml").filter_map(|file| {
        let name = file.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
        (!name.contains('/')).then_some((name, file))
    })
}

fn dependencies(manifest: &str) -> Vec<Dependency<'_>> {
    let mut found = Vec::new();
    let mut section = "";
    for (index, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']');
            if let Some((kind, name)) = section.rsplit_once('.').filter(|(kind, _)| is_dependencies(kind)) {
                let for_tests = kind.ends_with("dev-dependencies");
                found.push(Dependency { line: index + 1, name, for_tests, from_workspace: false });
            }
        } else if is_dependencies(section) && !line.starts_with('#') {
            let Some((key, value)) = line.split_once('=') else { continue };
            let (name, dotted) = key.trim().split_once('.').unwrap_or((key.trim(), ""));
            let from_workspace = dotted == "workspace" || value.replace(' ', "").contains("workspace=true");
            let for_tests = section.ends_with("dev-dependencies");
            found.push(Dependency { line: index + 1, name, for_tests, from_workspace });
        }
    }
    found
}

fn is_dependencies(section: &str) -> bool {
    section == "dependencies" || section.ends_with("-dependencies") || section.ends_with(".dependencies")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(found: &[Finding]) -> Vec<(&str, usize)> {
        found.iter().map(|f| (f.file.as_str(), f.line)).collect()
    }

    #[test]
    fn a_lower_crate_may_not_use_a_higher_one() {
        let bad = "[package]\nname = \"records\"\n[dependencies]\ncycle.workspace = true\n";
        let tree = Tree::of(&[("crates/records/Cargo.toml", bad)]);
        assert_eq!(lines(&directions(&tree)), [("crates/records/Cargo.toml", 4)]);
    }

    #[test]
    fn a_leaf_may_not_use_ours_even_in_tests() {
        let bad = "[dev-dependencies.platform]\nworkspace = true\n";
        let tree = Tree::of(&[("crates/statistics/Cargo.toml", bad)]);
        assert_eq!(lines(&directions(&tree)), [("crates/statistics/Cargo.toml", 1)]);
    }

    #[test]
    fn a_new_crate_must_be_given_a_direction() {
        let tree = Tree::of(&[("crates/utilities/Cargo.toml", "[dependencies]\n")]);
        assert!(directions(&tree)[0].message.contains("`utilities` has no direction"));
    }

    #[test]
    fn the_agreed_directions_pass() {
        let good = "[dependencies]\nrecords.workspace = true\nplatform = { workspace = true }\n";
        let tree = Tree::of(&[("crates/cycle/Cargo.toml", good)]);
        assert_eq!(directions(&tree), []);
        assert_eq!(libraries(&tree), []);
    }

    #[test]
    fn a_driver_outside_the_platform_is_found() {
        let bad = "[dependencies]\nserde.workspace = true\nrusqlite.workspace = true\n";
        let tree = Tree::of(&[("crates/records/Cargo.toml", bad)]);
        assert_eq!(lines(&libraries(&tree)), [("crates/records/Cargo.toml", 3)]);
    }

    #[test]
    fn the_exceptions_hold_for_tests_only() {
        let dev =
            Tree::of(&[("crates/rondel/Cargo.toml", "[dev-dependencies]\npostgres.workspace = true\n")]);
        assert_eq!(libraries(&dev), []);
        let used = Tree::of(&[("crates/rondel/Cargo.toml", "[dependencies]\npostgres.workspace = true\n")]);
        assert_eq!(libraries(&used).len(), 1);
    }

    #[test]
    fn a_version_outside_the_root_and_missing_lints_are_found() {
        let bad = "[dependencies]\nserde = { version = \"1\" }\njiff = { workspace = true, features = [] }\n";
        let tree = Tree::of(&[("crates/web/Cargo.toml", bad)]);
        assert_eq!(lines(&workspace(&tree)), [("crates/web/Cargo.toml", 2), ("crates/web/Cargo.toml", 0)]);
    }
}
