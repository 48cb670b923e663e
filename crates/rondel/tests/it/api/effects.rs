//! Results over the API: empty at first, honest about what is not there.

use libtest_mimic::Trial;
use serde_json::json;

use super::program::Program;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![results_are_empty_at_first_and_unknown_experiments_are_refused]
}

fn results_are_empty_at_first_and_unknown_experiments_are_refused(installation: &Installation) {
    let program = Program::new(installation);
    for path in ["/effects", "/forecasts"] {
        assert_eq!(program.get(path).is(200), json!({"data": [], "next": null}), "{path}");
    }
    program.get("/effects?limit=0").refused_at("limit");
    program.get("/forecasts?limit=100000").refused_at("limit");
    program.get("/experiments/exp_none/effects").is(404);
    program.post("/experiments/exp_none/looks", json!({})).is(404);
    let summary = program.get("/measure").is(200);
    assert_eq!(summary["totals"]["n_final"], 0);
    assert_eq!((&summary["to_stop"], &summary["departments"]), (&json!([]), &json!([])));
    assert!(summary["economics"]["cac_minor"]["Needs"].is_string(), "{summary}");
}
