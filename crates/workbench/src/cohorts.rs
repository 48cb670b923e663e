//! `analyze cohorts`: of those who first came in one period, how many came again in each later one.
//!
//! A period in which somebody came counts once, however often. The period in which the file ends is shown as it is: it may
//! not be over.

mod grain;

use std::path::PathBuf;

use serde_json::{Value, json};
use statistics::activity::Activity;
use statistics::cohorts::{Cohort, Triangle};
use statistics::intervals::wilson;
use tables::columns::{self, ColumnOut, NO_CODE, NO_DAY, ReadOptions, Texts};

use crate::aligned::{aligned, counted, percent};
use crate::left_out::LeftOut;
use crate::rfm::day_of;
use crate::{Answer, Problem};

pub use grain::Grain;

/// Of those who first came in one period, how many came again in each later one
///
/// Rows may be purchases, visits or any other sign of life. Shares stand beside the number of those who could have come.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze cohorts orders.csv --customer customer_id --date ordered_at
  rondel analyze cohorts events.parquet --customer user --date ts --grain week --out triangle.csv")]
pub struct Cohorts {
    /// CSV, XLSX, JSON Lines or Parquet, one row for each purchase or visit
    file: PathBuf,
    /// Column that tells the customers apart
    #[arg(long, value_name = "COLUMN")]
    customer: String,
    /// Column with the day or moment
    #[arg(long, value_name = "COLUMN")]
    date: String,
    /// Length of a period; weeks begin on Monday
    #[arg(long, value_enum, default_value_t = Grain::Month)]
    grain: Grain,
    /// The last day that counts; later rows are left out [default: the last day in the file]
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Writes one row for each cohort and age as CSV or Parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Ages that a report shows beside each other.
const AGES_SHOWN: usize = 13;

impl Cohorts {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        let until = self.until.as_deref().map(|text| day_of("until", text)).transpose()?;
        let file = columns::read(&self.file, &[&self.customer, &self.date], &ReadOptions::default())?;
        let mut left_out = LeftOut::of(&file);
        let (codes, days) = rayon::join(|| file.codes(&self.customer), || file.days(&self.date));
        let (codes, mut days) = (codes?, days?);
        drop(file);
        left_out.cells(&self.date, &days.unreadable, "is not a date");
        left_out.doubt(&self.date, days.evidence.as_deref());
        let n_customers = codes.n_names();
        let mut customers = codes.values;
        let is_usable = |customer: u32, day: i32| {
            customer != NO_CODE && day != NO_DAY && until.is_none_or(|until| day <= until)
        };
        let n_all = customers.len();
        if customers.iter().zip(&days.values).any(|(&customer, &day)| !is_usable(customer, day)) {
            let kept = customers.iter().zip(&days.values).filter(|&(&customer, &day)| is_usable(customer, day));
            (customers, days.values) = kept.map(|(&customer, &day)| (customer, day)).unzip();
        }
        left_out.n_rows += n_all - customers.len();
        let range = statistics::activity::range_of(&days.values);
        if range.is_empty() {
            let file = self.file.display();
            let why = left_out.words();
            return Err(Problem::CannotTell(format!("“{file}” has no row with a customer and a date{why}")));
        }
        let last_day = until.unwrap_or(range.end - 1);
        self.grain.periods(&mut days.values, range);
        let active = Activity::of(n_customers, &customers, &days.values);
        let triangle = Triangle::of_activity(&active, self.grain.period(last_day)).map_err(|many| {
            let (first, last) = (self.grain.name(many.periods.0), self.grain.name(many.periods.1));
            Problem::CannotTell(format!("{first} to {last} are too many periods; take a longer --grain, or mend the dates"))
        })?;
        if let Some(path) = &self.out {
            self.write(path, &triangle)?;
        }
        let mut answer = Answer::of(customers.len());
        self.tell(&mut answer, &triangle);
        left_out.tell(&mut answer);
        Ok(answer)
    }

    fn tell(&self, answer: &mut Answer, triangle: &Triangle) {
        let n_customers: u64 = triangle.cohorts.iter().map(|cohort| cohort.n_customers).sum();
        let filled = triangle.cohorts.iter().flat_map(|cohort| &cohort.cells).filter(|cell| cell.retained > 0);
        answer.tell("customers", n_customers);
        answer.tell("grain", self.grain.word());
        answer.tell("cells", filled.count());
        answer.tell("cohorts", triangle.cohorts.iter().map(|cohort| self.cohort(cohort)).collect::<Vec<Value>>());
        answer.tell("retention", pooled(triangle));
        let compared = triangle.compare(6).into_iter().filter(|one| one.p_adjusted < 0.05).map(|one| {
            json!({ "cohort": self.grain.name(one.month), "n": one.n_customers, "returned": one.returned,
                "expected": one.expected, "p_adjusted": one.p_adjusted })
        });
        // The first cohort holds old customers too: whoever came in the file's first period.
        let first = triangle.cohorts.first().map(|cohort| self.grain.name(cohort.month));
        let worse: Vec<Value> = compared.filter(|one| one["cohort"].as_str() != first.as_deref()).collect();
        answer.line(format!("{} customers by the {} in which they first came\n", counted(n_customers), self.grain.word()));
        answer.line(self.report(triangle));
        for one in &worse {
            answer.line(format!(
                "\n{} comes back worse than the others: {} of {} expected within 6 {}s (Mantel-Haenszel, Holm p {:.4})",
                one["cohort"].as_str().unwrap_or(""),
                one["returned"],
                one["expected"].as_f64().map_or(String::new(), |expected| format!("{expected:.0}")),
                self.grain.word(),
                one["p_adjusted"].as_f64().unwrap_or(f64::NAN)
            ));
        }
        answer.tell("worse", worse);
        answer.line("\nShares are of the customers of the row; age 0 is the period of the first time. The last period may not be over.");
    }

    fn cohort(&self, cohort: &Cohort) -> Value {
        let retained: Vec<u64> = cohort.cells.iter().map(|cell| cell.retained).collect();
        let retention: Vec<f64> =
            retained.iter().map(|&retained| retained as f64 / cohort.n_customers as f64).collect();
        json!({
            "cohort": self.grain.name(cohort.month), "start": columns::day_text(self.grain.first_day(cohort.month)),
            "n": cohort.n_customers, "retained": retained, "retention": retention,
        })
    }

    fn report(&self, triangle: &Triangle) -> String {
        let ages = triangle.cohorts.iter().map(|cohort| cohort.cells.len()).max().unwrap_or(0).min(AGES_SHOWN);
        let rows: Vec<Vec<String>> = triangle
            .cohorts
            .iter()
            .map(|cohort| {
                let shares = cohort.cells.iter().take(ages);
                let shares = shares.map(|cell| percent(cell.retained as f64, cohort.n_customers as f64));
                [self.grain.name(cohort.month), counted(cohort.n_customers)].into_iter().chain(shares).collect()
            })
            .collect();
        let ages: Vec<String> = (0..ages).map(|age| age.to_string()).collect();
        let headings: Vec<&str> = ["cohort", "customers"].into_iter().chain(ages.iter().map(String::as_str)).collect();
        aligned(&headings, &rows)
    }

    fn write(&self, path: &std::path::Path, triangle: &Triangle) -> Result<(), Problem> {
        let rows = || {
            triangle.cohorts.iter().flat_map(|cohort| {
                cohort.cells.iter().enumerate().map(move |(age, cell)| (cohort, age as i64, cell.retained))
            })
        };
        let names: Texts = rows().map(|(cohort, ..)| self.grain.name(cohort.month)).collect();
        let starts: Vec<i32> = rows().map(|(cohort, ..)| self.grain.first_day(cohort.month)).collect();
        let ages: Vec<i64> = rows().map(|(_, age, _)| age).collect();
        let n: Vec<i64> = rows().map(|(cohort, ..)| cohort.n_customers as i64).collect();
        let retained: Vec<i64> = rows().map(|(.., retained)| retained as i64).collect();
        let retention: Vec<f64> = n.iter().zip(&retained).map(|(&n, &kept)| kept as f64 / n as f64).collect();
        crate::written(
            path,
            &[
                ("cohort", ColumnOut::Texts(&names)),
                ("start", ColumnOut::Days(&starts)),
                ("age", ColumnOut::Integers(&ages)),
                ("customers", ColumnOut::Integers(&n)),
                ("retained", ColumnOut::Integers(&retained)),
                ("retention", ColumnOut::Numbers(&retention)),
            ],
        )
    }
}

/// Retention at each age of all cohorts that are old enough, with Wilson's interval.
fn pooled(triangle: &Triangle) -> Vec<Value> {
    let ages = triangle.cohorts.iter().map(|cohort| cohort.cells.len()).max().unwrap_or(0);
    let of_age = |age: usize| {
        let old = triangle.cohorts.iter().filter_map(|cohort| Some((cohort.n_customers, cohort.cells.get(age)?.retained)));
        let (n, retained) = old.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let interval = wilson(retained, n, 0.95);
        json!({ "age": age, "n": n, "retained": retained, "retention": retained as f64 / n as f64,
            "low": interval.map(|i| i.low), "high": interval.map(|i| i.high) })
    };
    (0..ages).map(of_age).collect()
}
