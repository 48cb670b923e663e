//! `analyze survival`: how long until something happens, and what goes with an earlier end.

mod input;
mod report;

use std::path::PathBuf;

use clap::ValueEnum;
use statistics::survival::cox;
use statistics::survival::{SurvivalError, kaplan_meier, log_rank};
use tables::columns::NO_CODE;

use crate::aligned::counted;
use crate::cost::timed;
use crate::{Answer, Problem};
use input::Table;

/// How long until something happens, and what goes with an earlier end
///
/// Draws the Kaplan–Meier curve, compares groups by the log-rank test, and fits Cox's proportional hazards where covariates
/// are given. Rows whose event has not happened yet count until they were last seen.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze survival telco.csv --duration tenure --event Churn --group Contract
  rondel analyze survival rossi.csv --duration week --event arrest --covariates fin,age,race,wexp,mar,paro,prio")]
pub struct Survival {
    /// CSV, XLSX, JSON Lines or Parquet
    file: PathBuf,
    /// Column with the time until the event or until last seen
    #[arg(long, value_name = "C")]
    duration: String,
    /// Column that says whether the event happened (1/0, yes/no, true/false)
    #[arg(long, value_name = "C")]
    event: String,
    /// The value of that column that means the event happened
    #[arg(long, value_name = "V")]
    event_value: Option<String>,
    /// Columns for Cox's model; texts become categories beside the first in the alphabet
    #[arg(long, value_name = "C,…", value_delimiter = ',')]
    covariates: Vec<String>,
    /// Column whose values are compared by their own curves and the log-rank test
    #[arg(long, value_name = "C")]
    group: Option<String>,
    /// Treatment of equal times in Cox's model; the other one is told beside it
    #[arg(long, value_name = "T", default_value = "efron")]
    ties: TiesChoice,
    /// Times at which the share is told
    #[arg(long, value_name = "T,…", value_delimiter = ',')]
    times: Vec<f64>,
    /// Probability that an interval holds
    #[arg(long, value_name = "P", default_value_t = 0.95)]
    level: f64,
    /// The whole curve (or, with covariates, the risk of each row) as CSV or Parquet, by the extension
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TiesChoice {
    Efron,
    Breslow,
}

impl Survival {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(Problem::Option { option: "level", message: "must lie between 0 and 1".to_owned() });
        }
        let mut table = Table::read(self)?;
        let mut answer = Answer::of(table.durations.len());
        let (curve, curve_s) = timed(|| kaplan_meier::curve(&table.durations, &table.events, self.level));
        let curve = curve.map_err(|why| refused(&why))?;
        answer.tell("curve_cpu_s", curve_s);
        report::tell_curve(&mut answer, &curve, self);
        if self.group.is_some() {
            self.compare(&mut table, &mut answer)?;
        }
        let mut risk = None;
        if self.covariates.is_empty() {
            report::tell_no_cox(&mut answer);
        } else {
            let design = table.design(self)?;
            if design.names.is_empty() {
                let why = table.left_out.warned();
                return Err(Problem::CannotTell(format!("none of the covariates can be used: {why}")));
            }
            let columns: Vec<&[f64]> = design.columns.iter().map(Vec::as_slice).collect();
            let (fits, fits_s) = timed(|| cox::fit_both(&design.durations, &design.events, &columns));
            let (efron, breslow) = fits.map_err(|why| refused(&why))?;
            answer.tell("cox_cpu_s", fits_s);
            let (main, other) = match self.ties {
                TiesChoice::Efron => (efron, breslow),
                TiesChoice::Breslow => (breslow, efron),
            };
            report::tell_cox(&mut answer, &main, &other, &design, self.level);
            for verdict in report::verdicts(&main, &design) {
                table.left_out.warn(verdict);
            }
            risk = Some((main, design));
        }
        table.left_out.tell(&mut answer);
        if let Some(path) = &self.out {
            match &risk {
                Some((fit, design)) => report::write_risks(path, fit, design)?,
                None => report::write_curve(path, &curve)?,
            }
        }
        Ok(answer)
    }

    /// A curve for each group, and the log-rank test.
    fn compare(&self, table: &mut Table, answer: &mut Answer) -> Result<(), Problem> {
        let Some((codes, names)) = &table.groups else { return Ok(()) };
        let known: Vec<usize> = (0..codes.len()).filter(|row| codes[*row] != NO_CODE).collect();
        if known.len() < codes.len() {
            let (n, group) = (counted(codes.len() - known.len()), self.group.as_deref().unwrap_or_default());
            table.left_out.warn(format!("{n} rows without “{group}” are in the curve of all, not in the comparison"));
        }
        let durations: Vec<f64> = known.iter().map(|row| table.durations[*row]).collect();
        let events: Vec<bool> = known.iter().map(|row| table.events[*row]).collect();
        let of_known: Vec<u32> = known.iter().map(|row| codes[*row]).collect();
        let test = log_rank::test(&durations, &events, &of_known, names.len());
        let mut curves = Vec::with_capacity(names.len());
        for group in 0..names.len() as u32 {
            let own = || codes.iter().enumerate().filter(move |(_, code)| **code == group);
            let durations: Vec<f64> = own().map(|(i, _)| table.durations[i]).collect();
            let events: Vec<bool> = own().map(|(i, _)| table.events[i]).collect();
            curves.push(kaplan_meier::curve(&durations, &events, self.level).map_err(|why| refused(&why))?);
        }
        report::tell_groups(answer, test.as_ref(), &curves, names);
        Ok(())
    }

}

fn refused(why: &SurvivalError) -> Problem {
    Problem::CannotTell(why.to_string())
}
