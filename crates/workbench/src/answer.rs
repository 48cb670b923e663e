//! What an analysis answers: the same figures as JSON and as a report for a person.

use serde_json::{Map, Value};

/// The answer of one analysis.
#[derive(Debug, Default)]
pub struct Answer {
    /// The keys that each command promises, with `n`, the number of rows or units that were counted.
    pub json: Map<String, Value>,
    /// The report, as plain text with aligned columns.
    pub text: String,
}

impl Answer {
    /// An answer about `n` rows or units.
    pub fn of(n: usize) -> Answer {
        let mut answer = Answer::default();
        answer.tell("n", n);
        answer
    }

    /// Sets one key of the JSON object. Numbers that are not finite become `null`.
    pub fn tell(&mut self, key: &str, value: impl serde::Serialize) {
        let value = serde_json::to_value(value).expect("figures, texts and lists of them are always JSON");
        self.json.insert(key.to_owned(), value);
    }

    /// Says that the file that was asked for was not written, because there is nothing to write.
    pub(crate) fn not_written(&mut self, out: Option<&std::path::Path>) {
        if let Some(out) = out {
            self.line(format!("“{}” was not written: there is nothing to write", out.display()));
        }
        self.tell("written", out.map(|_| false));
    }

    /// Adds a line to the report.
    pub fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }
}
