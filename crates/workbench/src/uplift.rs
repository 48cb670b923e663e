//! `analyze uplift`: what an action changed, arm by arm, and whom it moves.
//!
//! For an experiment in which chance decided who was treated. Every row counts: rows that look alike are people who look alike,
//! and are kept. It repairs no broken assignment; it tells of one.

mod effect;
mod models;

use std::path::PathBuf;

use serde_json::{Value, json};
use statistics::multiple::holm;
use statistics::sample_ratio;
use tables::columns::{self, Columns, NO_CODE, ReadOptions};

use crate::aligned::{aligned, counted};
use crate::left_out::LeftOut;
use crate::{Answer, Problem};
use effect::{Effect, Outcome};

/// What an action changed per person, against those left alone, and whom it moves
///
/// Each arm is compared with the control arm: shares by Newcombe's interval, means by Welch's, both also with an interval that
/// may be looked at whenever one likes. Covariates must come from before the action: they sharpen the answer (CUPED) and show
/// whom the action moves (Qini).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze uplift test.csv --treatment segment --control 'No E-Mail' --outcome visit,conversion,spend
  rondel analyze uplift test.csv --treatment arm --control 0 --outcome bought --covariates recency,history,channel
  rondel analyze uplift test.csv --treatment arm --control held_out --outcome spend --shares held_out=1,mail=9")]
pub struct Uplift {
    /// CSV, XLSX, JSON Lines or Parquet, one row for each person
    file: PathBuf,
    /// Column that says which arm the person was in
    #[arg(long, value_name = "COLUMN")]
    treatment: String,
    /// The arm that was left alone
    #[arg(long, value_name = "VALUE")]
    control: String,
    /// Columns with what came of it: 0 and 1, yes and no, or numbers
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', required = true)]
    outcome: Vec<String>,
    /// Columns with what was known before the action
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    covariates: Vec<String>,
    /// Planned sizes of the arms, as ARM=WEIGHT [default: all equal]
    #[arg(long, value_name = "ARM=WEIGHT,…", value_delimiter = ',')]
    shares: Vec<String>,
    /// Confidence of the intervals
    #[arg(long, value_name = "P", default_value_t = 0.95)]
    level: f64,
    /// Writes row, arm and the effect expected for each person as CSV or Parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Arms beyond which a column does not say who was treated.
const MOST_ARMS: usize = 50;

/// The arms, the control first, and the arm of each row.
pub(crate) struct Arms {
    pub names: Vec<String>,
    /// `None` where the cell is empty.
    pub of_row: Vec<Option<usize>>,
}

impl Arms {
    pub fn n(&self, arm: usize) -> usize {
        self.of_row.iter().filter(|a| **a == Some(arm)).count()
    }
}

impl Uplift {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(refused("level", "must lie between 0 and 1".into()));
        }
        let mut wanted: Vec<&str> = vec![&self.treatment];
        wanted.extend(self.outcome.iter().chain(&self.covariates).map(String::as_str));
        let table = columns::read(&self.file, &wanted, &ReadOptions::default())?;
        let mut left_out = LeftOut::of(&table);
        let arms = self.arms(&table)?;
        let n_without = arms.of_row.iter().filter(|a| a.is_none()).count();
        if n_without > 0 {
            left_out.n_rows += n_without;
            left_out.warn(format!("{} rows without “{}” are left out", counted(n_without as u64), self.treatment));
        }
        let mut answer = Answer::of(table.n_rows() - n_without);
        self.tell_arms(&mut answer, &arms)?;
        let outcomes: Vec<Outcome> =
            self.outcome.iter().map(|name| Outcome::read(&table, name, &mut left_out)).collect::<Result<_, _>>()?;
        let before = effect::numeric_covariates(&table, &self.covariates)?;
        let mut effects = Vec::new();
        for outcome in &outcomes {
            for arm in 1..arms.names.len() {
                effects.push(Effect::of(&arms, arm, outcome, &before, self.level));
            }
        }
        self.tell_effects(&mut answer, &effects);
        models::tell(&mut answer, &table, &arms, &outcomes, &self.covariates, self.out.as_deref())?;
        left_out.tell(&mut answer);
        Ok(answer)
    }

    fn arms(&self, table: &Columns) -> Result<Arms, Problem> {
        let codes = table.codes(&self.treatment)?;
        let names: Vec<&str> = codes.names.iter().collect();
        let folded = |text: &str| text.trim().to_lowercase();
        let number = |text: &str| text.trim().parse::<f64>().ok();
        let control = names
            .iter()
            .position(|n| folded(n) == folded(&self.control))
            .or_else(|| names.iter().position(|n| number(n).is_some() && number(n) == number(&self.control)));
        let Some(control) = control else {
            let shown = names.iter().take(10).copied().collect::<Vec<_>>().join(", ");
            let message = format!("“{}” is no value of “{}”, which has: {shown}", self.control, self.treatment);
            return Err(refused("control", message));
        };
        if names.len() < 2 {
            return Err(Problem::CannotTell(format!("everybody is in the arm “{}”: nobody to compare with", names[control])));
        }
        if names.len() > MOST_ARMS {
            let message = format!("“{}” has {} different values: it cannot be the arms", self.treatment, names.len());
            return Err(refused("treatment", message));
        }
        let mut order: Vec<usize> = (0..names.len()).filter(|c| *c != control).collect();
        order.sort_by_key(|c| names[*c]);
        order.insert(0, control);
        let mut place = vec![0; names.len()];
        order.iter().enumerate().for_each(|(at, code)| place[*code] = at);
        let of = |code: &u32| if *code == NO_CODE { None } else { Some(place[*code as usize]) };
        Ok(Arms {
            names: order.iter().map(|c| names[*c].to_owned()).collect(),
            of_row: codes.values.iter().map(of).collect(),
        })
    }

    /// Did each arm get as many people as it should?
    fn tell_arms(&self, answer: &mut Answer, arms: &Arms) -> Result<(), Problem> {
        let counts: Vec<u64> = (0..arms.names.len()).map(|arm| arms.n(arm) as u64).collect();
        let mut weights = vec![if self.shares.is_empty() { 1.0 } else { f64::NAN }; counts.len()];
        for given in &self.shares {
            let found = given.rsplit_once('=').and_then(|(name, weight)| {
                let arm = arms.names.iter().position(|n| n == name.trim())?;
                Some((arm, weight.trim().parse::<f64>().ok().filter(|w| *w > 0.0 && w.is_finite())?))
            });
            let (arm, weight) = found.ok_or_else(|| {
                refused("shares", format!("“{given}” is not ARM=WEIGHT for one of: {}", arms.names.join(", ")))
            })?;
            weights[arm] = weight;
        }
        if let Some(arm) = weights.iter().position(|w| w.is_nan()) {
            return Err(refused("shares", format!("the arm “{}” has no weight", arms.names[arm])));
        }
        let whole: f64 = weights.iter().sum();
        let n: u64 = counts.iter().sum();
        let check = sample_ratio::check(&counts, &weights);
        let told: Vec<Value> = (0..counts.len())
            .map(|a| json!({ "arm": arms.names[a], "n": counts[a], "expected": n as f64 * weights[a] / whole }))
            .collect();
        let verdict = check.map(|c| if c.rings() { "broken" } else { "sound" });
        answer.tell(
            "sample_ratio",
            json!({ "p": check.map(|c| c.p_value), "p_value": check.map(|c| c.p_value), "chi_square": check.map(|c| c.chi_square),
                "degrees": check.map(|c| c.degrees), "alarm": check.map(|c| c.rings()), "verdict": verdict, "arms": told,
                "expected": if self.shares.is_empty() { "equal" } else { "given" } }),
        );
        answer.tell("control", &arms.names[0]);
        answer.tell("arms", &arms.names);
        let rows: Vec<Vec<String>> =
            (0..counts.len()).map(|a| vec![arms.names[a].clone(), counted(counts[a]), format!("{:.0}", n as f64 * weights[a] / whole)]).collect();
        let planned = if self.shares.is_empty() { "if equal" } else { "planned" };
        answer.line(aligned(&["arm", "people", planned], &rows));
        if let Some(check) = check {
            let words = match (check.rings(), self.shares.is_empty()) {
                (true, false) => "ALARM: the arms do not have the planned sizes; do not trust what follows before that is explained",
                (true, true) => {
                    "ALARM: the arms are not equally large; if equal arms were planned, do not trust what follows before that is \
                     explained; if not, say --shares ARM=WEIGHT,…"
                }
                (false, false) => "the arms have the planned sizes",
                (false, true) => "the arms are equally large",
            };
            answer.line(format!("sample ratio: {words} ({})", p_in_words(check.p_value)));
        }
        Ok(())
    }

    fn tell_effects(&self, answer: &mut Answer, effects: &[Effect]) {
        let known: Vec<usize> = (0..effects.len()).filter(|e| effects[*e].p.is_some()).collect();
        let p_values: Vec<f64> = known.iter().filter_map(|e| effects[*e].p).collect();
        let mut adjusted = vec![None; effects.len()];
        known.iter().zip(holm(&p_values)).for_each(|(e, p)| adjusted[*e] = Some(p));
        let told: Vec<Value> = effects.iter().zip(&adjusted).map(|(e, p)| e.json(*p)).collect();
        answer.tell("effects", told);
        answer.line(format!("\nDifference to “{}” per person, with {:.0} % intervals:", effects.first().map_or("", |e| &e.control_name), 100.0 * self.level));
        let rows: Vec<Vec<String>> = effects.iter().zip(&adjusted).map(|(e, p)| e.cells(*p)).collect();
        answer.line(aligned(
            &["outcome", "arm", "control", "treated", "difference", "from", "to", "p", "p (Holm)", "always from", "to"],
            &rows,
        ));
        for effect in effects {
            effect.words().iter().for_each(|line| answer.line(line));
        }
    }
}

fn p_in_words(p: f64) -> String {
    if p < 0.0001 { "p < 0.0001".to_owned() } else { format!("p = {p:.4}") }
}

fn refused(option: &'static str, message: String) -> Problem {
    Problem::Option { option, message }
}
