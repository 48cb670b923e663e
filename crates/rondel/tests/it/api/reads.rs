//! Whatever the description of the API says can be read is answered.

use axum::http::StatusCode;
use serde_json::Value;

use super::program::Program;

const DESCRIPTION: &str = include_str!("../../../../web/openapi.json");
/// Records of a list that are looked at one by one.
const OF_A_LIST: usize = 3;

/// Asks for every list and for the first records of each; fails where the program fails. Returns how many were answered.
#[track_caller]
pub fn ask_all(program: &Program) -> usize {
    let description: Value = serde_json::from_str(DESCRIPTION).unwrap();
    let all = description["paths"].as_object().unwrap();
    let reads: Vec<&str> =
        all.iter().filter(|(_, verbs)| verbs.get("get").is_some()).map(|(path, _)| path.as_str()).collect();
    let (mut n_answered, mut failed) = (0, Vec::new());
    let mut ask = |path: &str| {
        let answer = program.download(path);
        match answer.status {
            StatusCode::OK => n_answered += 1,
            // What a record of this kind does not have, or has not yet.
            status if status.is_client_error() => {}
            status => failed.push(format!("{status} {path}: {}", answer.body)),
        }
        answer.body
    };
    for path in &reads {
        if !path.contains('{') {
            ask(path);
            continue;
        }
        let (list, rest) = path[1..].split_once('/').unwrap();
        let name = rest.trim_start_matches('{').split('}').next().unwrap();
        let records: Value = serde_json::from_str(&ask(&format!("/{list}"))).unwrap_or_default();
        let mut values = Vec::new();
        named(&records, name, &mut values);
        for value in values.iter().take(OF_A_LIST) {
            ask(&path.replace(&format!("{{{name}}}"), &web::forms::percent(value)));
        }
    }
    assert!(failed.is_empty(), "reads that fail: {failed:#?}");
    n_answered
}

/// The texts that stand under a name, wherever it is.
fn named(json: &Value, name: &str, out: &mut Vec<String>) {
    match json {
        Value::Array(all) => all.iter().for_each(|one| named(one, name, out)),
        Value::Object(fields) => {
            out.extend(fields.get(name).and_then(Value::as_str).map(str::to_string));
            fields.values().for_each(|one| named(one, name, out));
        }
        _ => {}
    }
}
