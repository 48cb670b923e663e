//! `rondel analyze`: one method on one file, without a CRM around it.

use platform::{Error, Result};
use serde_json::Value;

use super::{Outcome, Program};

/// Analyse a file: CSV, Parquet or XLSX; no data folder is needed
#[derive(clap::Args)]
pub(super) struct Analyze {
    #[command(subcommand)]
    analysis: workbench::Analysis,
}

impl Analyze {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let answer = self.analysis.run().map_err(|problem| match problem {
            workbench::Problem::Option { option, message } => Error::invalid(option, message),
            other => Error::Conflict(other.to_string()),
        })?;
        program.answer(&Value::Object(answer.json), &answer.text);
        Ok(Outcome::Done)
    }
}
