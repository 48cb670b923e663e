//! Runs an analysis as from the command line, on files of its own or on the shared real data.

use std::path::PathBuf;

use clap::Parser;
use serde_json::Value;
use workbench::Analysis;

#[derive(Parser)]
#[command(no_binary_name = true)]
struct Line {
    #[command(subcommand)]
    analysis: Analysis,
}

/// Runs `analyze …` and returns its JSON object, or the message of its refusal.
pub fn run(arguments: &[&str]) -> Result<Value, String> {
    let line = Line::try_parse_from(arguments).map_err(|error| error.to_string())?;
    line.analysis.run().map(|answer| Value::Object(answer.json)).map_err(|problem| problem.to_string())
}

/// A file of the shared real data, or a line that says that the test is skipped.
pub fn shared(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("RONDEL_SHARED").map(PathBuf::from);
    let root = root.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")));
    let path = root.join("data").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

/// A file of its own, which goes with its folder.
pub fn file(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn every_analysis_has_a_line_of_help() {
    let refusal = run(&["power", "--help"]).unwrap_err();
    assert!(refusal.contains("How many people a comparison needs"), "{refusal}");
    assert!(shared("no/such/file").is_none());
}
