//! `analyze funnel`: both definitions against DuckDB on a real log of a help desk.

use crate::bench::{run, shared};

fn funnel(path: &str, more: &[&str]) -> Result<serde_json::Value, String> {
    let names = ["--customer", "CaseID", "--event", "ActivityID", "--time", "CompleteTimestamp"];
    run(&[&["funnel", path], names.as_slice(), more].concat())
}

#[test]
fn both_definitions_on_the_help_desk_are_those_of_duckdb() {
    let Some(path) = shared("ticket_log/helpdesk.csv") else { return };
    let path = path.to_str().unwrap();
    let steps = ["--steps", "1,8,6", "--within", "7d"];
    let first = funnel(path, &steps).unwrap();
    // DuckDB 2.0: the statement of bench/events.py with these steps and an interval of 7 days.
    assert_eq!(first["funnel"], serde_json::json!([3749, 3063, 2165]));
    let any = funnel(path, &[steps.as_slice(), &["--from", "any"]].concat()).unwrap();
    // DuckDB 2.0: a join of every chain, equal moments allowed.
    assert_eq!(any["funnel"], serde_json::json!([3749, 3117, 2210]));
    assert_eq!(any["steps"][1]["event"], "8");
    assert!(any["steps"][1]["median_seconds_since_previous"].as_f64().unwrap() >= 0.0);
}

#[test]
fn a_step_that_is_not_there_is_named_beside_those_that_are() {
    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    std::fs::write(&file, "CaseID,ActivityID,CompleteTimestamp\n1,open,2026-01-01 10:00\n1,close,soon\n")
        .unwrap();
    let path = file.path().to_str().unwrap();
    let found = funnel(path, &["--steps", "open,shut"]).unwrap();
    assert_eq!(found["funnel"], serde_json::json!([1, 0]));
    let warnings = found["warnings"].to_string();
    assert!(warnings.contains("no shut") && warnings.contains("not a moment"), "{warnings}");
    assert!(funnel(path, &["--steps", "a,b"]).unwrap_err().contains("open, close"));
    assert!(funnel(path, &["--steps", "open", "--within", "7 moons"]).unwrap_err().contains("--within"));
    assert!(funnel(path, &["--steps", "open,,close"]).unwrap_err().contains("--steps"));
}
