//! `rondel doctor`: is everything in order, without changing anything.

use std::path::Path;

use platform::store::{self, Directory, Examination};
use platform::{Error, Result};
use serde_json::json;

use super::{Outcome, Program};

/// Less free space than this is told as a problem. **Units:** bytes.
const LEAST_FREE_BYTES: u64 = 1_000_000_000;

/// Check the data folder, the disk, the database and the jobs
#[derive(clap::Args)]
#[command(after_help = "\
Changes nothing, and may run beside the server. Ends with 1 when something is wrong.

Examples:
  rondel doctor
  rondel --json doctor")]
pub(super) struct Doctor {}

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    is_well: bool,
    words: String,
}

impl Finding {
    fn well(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, is_well: true, words: words.into() }
    }

    fn unwell(what: &'static str, words: impl Into<String>) -> Self {
        Self { what, is_well: false, words: words.into() }
    }
}

impl Doctor {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let mut findings = vec![folder(&program.config.data)];
        findings.extend(space(&program.config.data));
        match store::examine(&program.config.place()) {
            Ok(found) => findings.extend(database(&found)),
            Err(error) => findings.push(Finding::unwell("database", error.to_string())),
        }
        let is_well = findings.iter().all(|finding| finding.is_well);
        let lines: Vec<String> = findings
            .iter()
            .map(|f| format!("{} {:<12} {}", if f.is_well { "  ok " } else { "WRONG" }, f.what, f.words))
            .collect();
        let list: Vec<_> = findings
            .iter()
            .map(|f| json!({ "check": f.what, "ok": f.is_well, "detail": f.words }))
            .collect();
        program.answer(&json!({ "ok": is_well, "checks": list }), &lines.join("\n"));
        Ok(if is_well { Outcome::Done } else { Outcome::Unwell })
    }
}

fn folder(path: &Path) -> Finding {
    if !path.is_dir() {
        let words = format!("{} does not exist yet: `rondel serve` makes it", path.display());
        return Finding::unwell("data folder", words);
    }
    match Directory::open(path) {
        Ok(_) => Finding::well("data folder", format!("{}, not in use", path.display())),
        Err(Error::InUse { holder, .. }) => {
            Finding::well("data folder", format!("{}, in use by process {holder}", path.display()))
        }
        Err(error) => Finding::unwell("data folder", error.to_string()),
    }
}

fn space(path: &Path) -> Option<Finding> {
    if !path.is_dir() {
        return None;
    }
    Some(match store::free_bytes(path) {
        Ok(free) if free < LEAST_FREE_BYTES => Finding::unwell(
            "disk",
            format!("{} free, and an import needs room for its file and its rows", in_words(free)),
        ),
        Ok(free) => Finding::well("disk", format!("{} free", in_words(free))),
        Err(error) => Finding::unwell("disk", error.to_string()),
    })
}

fn database(found: &Examination) -> Vec<Finding> {
    let size = in_words(found.size_bytes);
    let mut findings = vec![Finding::well("database", format!("{}, {size}", found.engine))];
    findings.extend(found.problems.iter().map(|problem| Finding::unwell("database", problem.as_str())));
    let (version, latest) = (found.version, found.latest_version);
    findings.push(match version.cmp(&latest) {
        std::cmp::Ordering::Equal => Finding::well("version", format!("{version}, which is this program's")),
        std::cmp::Ordering::Less => Finding::well(
            "version",
            format!("{version}; the next start brings it to {latest}, so make a backup before"),
        ),
        std::cmp::Ordering::Greater => {
            let error = Error::Newer { database: version, program: latest };
            Finding::unwell("version", error.to_string())
        }
    });
    findings.push(match found.n_users {
        0 => Finding::well("users", "none yet: `rondel user add`, or the first visit from this machine"),
        n => Finding::well("users", n.to_string()),
    });
    findings.push(match found.n_dead_jobs {
        0 => Finding::well("jobs", "no dead letters"),
        n => Finding::unwell("jobs", format!("{n} failed for good: see Settings, Jobs")),
    });
    findings
}

fn in_words(bytes: u64) -> String {
    indicatif::DecimalBytes(bytes).to_string()
}
