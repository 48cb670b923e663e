//! The analyst's bench: one method on one file, without a CRM around it.
//!
//! For `rondel analyze …`: reads the columns that a method needs, computes with `statistics` and its neighbours, and answers
//! with a report for a person, one JSON object for a program and, where asked, one row per customer, pair or text in a file.
//!
//! Deliberately absent: records, a database, a web page; mathematics (see `statistics`); guessing which column is meant.

mod aligned;
mod answer;
mod cost;
mod left_out;
mod money;
mod problem;
mod ties;
mod timeline;

pub use answer::Answer;
pub use problem::Problem;

use cost::Cost;

macro_rules! analyses {
    ($($(#[$about:meta])* $file:ident::$name:ident),* $(,)?) => {
        $(mod $file;)*

        /// What can be asked of a file.
        #[derive(Debug, clap::Subcommand)]
        pub enum Analysis { $($(#[$about])* $name($file::$name)),* }

        impl Analysis {
            fn answer(&self) -> Result<Answer, Problem> {
                match self { $(Self::$name(analysis) => analysis.run()),* }
            }
        }
    };
}

analyses! {
    attribution::Attribution,
    basket::Basket,
    classify::Classify,
    cohorts::Cohorts,
    funnel::Funnel,
    changes::Changes,
    forecast::Forecast,
    lifetime_value::LifetimeValue,
    dedupe::Dedupe,
    power::Power,
    process::Process,
    profile::Profile,
    rfm::Rfm,
    survival::Survival,
    topics::Topics,
    uplift::Uplift,
    score::Score,
    segments::Segments,
    sentiment::Sentiment,
}

impl Analysis {
    /// Does the analysis and adds what it cost: `seconds`, `task_cpu_s` (all threads) and `peak_mb`.
    ///
    /// **Errors** when the file cannot be read, a column is missing, or the data cannot answer the question.
    pub fn run(&self) -> Result<Answer, Problem> {
        let cost = Cost::start();
        let mut answer = self.answer()?;
        cost.add_to(&mut answer);
        Ok(answer)
    }
}

/// Writes columns to a file for `--out`.
fn written(
    path: &std::path::Path,
    columns: &[(&str, tables::columns::ColumnOut<'_>)],
) -> Result<(), Problem> {
    tables::columns::write(path, columns)
        .map_err(|source| Problem::Write { file: path.display().to_string(), source })
}
