//! `analyze rfm`: recency, frequency and money of every customer in a file of purchases.
//!
//! Fifths are those of SQL's `NTILE(5)`; money is added up exactly. No advice on what to do with a segment.

mod answered;

use std::path::PathBuf;

use statistics::rfm::{self, Customer, Purchases, Scores, Tier};
use tables::columns::{self, Codes, NO_AMOUNT, NO_CODE, NO_DAY, ReadOptions};
use tables::parse::{DateOrder, date_time};

use crate::left_out::LeftOut;
use crate::{Answer, Problem, ties};

/// Where each customer stands by recency, frequency and money
///
/// Frequency is the number of different days with a purchase. Each dimension is cut into fifths of equal size, 5 the best; of
/// equal customers those with the lower name or number come first, so that the answer never depends on chance.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze rfm orders.csv --customer customer_id --date ordered_at --value total
  rondel analyze rfm orders.parquet --customer buyer --date day --value paid --as-of 2026-01-01 --out rfm.csv")]
pub struct Rfm {
    /// CSV, XLSX, JSON Lines or Parquet, one row for each purchase
    file: PathBuf,
    /// Column that tells the customers apart
    #[arg(long, value_name = "COLUMN")]
    customer: String,
    /// Column with the day or moment of the purchase
    #[arg(long, value_name = "COLUMN")]
    date: String,
    /// Column with the money, refunds negative
    #[arg(long, value_name = "COLUMN")]
    value: String,
    /// The day from which is looked back; later purchases are left out [default: the last day in the file]
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// Writes one row for each customer as CSV or Parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Rows that can be used, column by column.
struct Rows {
    customers: Vec<u32>,
    days: Vec<i32>,
    values: Vec<i64>,
}

/// What was found about every customer.
struct Found {
    customers: Vec<Customer>,
    scores: Vec<Scores>,
    tiers: Vec<Tier>,
    /// Decimals of the money.
    scale: u8,
    as_of: i32,
}

impl Rfm {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        let as_of = self.as_of.as_deref().map(|text| day_of("as-of", text)).transpose()?;
        let file =
            columns::read(&self.file, &[&self.customer, &self.date, &self.value], &ReadOptions::default())?;
        let mut left_out = LeftOut::of(&file);
        let ((codes, days), amounts) = rayon::join(
            || (file.codes(&self.customer), file.days(&self.date)),
            || file.amounts(&self.value),
        );
        let (codes, days, amounts) = (codes?, days?, amounts?);
        left_out.cells(&self.date, &days.unreadable, "is not a date");
        left_out.cells(&self.value, &amounts.unreadable, "is not a number");
        left_out.doubt(&self.date, days.evidence.as_deref());
        left_out.doubt(&self.value, amounts.evidence.as_deref());
        if !amounts.is_exact {
            left_out.warn(format!("“{}” has more decimals than an exact sum can hold; it is rounded", self.value));
        }
        let Codes { values: customers, names } = codes;
        let rows = Rows { customers, days: days.values, values: amounts.values };
        let last = rows.days.iter().copied().filter(|&day| day != NO_DAY).max();
        let as_of = as_of.or(last).ok_or_else(|| nothing(&self.file, &left_out))?;
        let rows = usable(rows, as_of, &mut left_out);
        let n_rows = rows.customers.len();
        if n_rows == 0 {
            return Err(nothing(&self.file, &left_out));
        }
        let purchases = Purchases::of(names.len(), &rows.customers, &rows.days, &rows.values);
        drop(rows);
        let customers = purchases.finish(as_of).map_err(|too_much| {
            let name = names.get(too_much.customer as usize);
            Problem::CannotTell(format!("the money of “{name}” is too large for an exact sum"))
        })?;
        let found = scored(customers, &ties::places(&names), amounts.scale, as_of);
        if let Some(path) = &self.out {
            found.write(path, &names)?;
        }
        let mut answer = Answer::of(n_rows);
        found.tell(&mut answer);
        left_out.tell(&mut answer);
        Ok(answer)
    }
}

/// A day given as an option.
pub(crate) fn day_of(option: &'static str, text: &str) -> Result<i32, Problem> {
    let wrong = |_| Problem::Option { option, message: format!("“{text}” is not a date such as 2026-01-31") };
    let date = date_time(text, DateOrder::YearMonthDay).map_err(wrong)?.date_time.date();
    Ok(columns::day_number(i32::from(date.year()), i32::from(date.month()), i32::from(date.day())))
}

fn nothing(file: &std::path::Path, left_out: &LeftOut) -> Problem {
    let (file, why) = (file.display(), left_out.words());
    Problem::CannotTell(format!("“{file}” has no row with a customer, a date and a value until that day{why}"))
}

/// Takes out rows that lack something or lie after the day of looking back.
fn usable(rows: Rows, as_of: i32, left_out: &mut LeftOut) -> Rows {
    let is_usable = |customer: u32, day: i32, value: i64| {
        customer != NO_CODE && day != NO_DAY && value != NO_AMOUNT && day <= as_of
    };
    let all = || rows.customers.iter().zip(&rows.days).zip(&rows.values).map(|((&c, &d), &v)| (c, d, v));
    let n_usable = all().filter(|&(c, d, v)| is_usable(c, d, v)).count();
    if n_usable == rows.customers.len() {
        return rows;
    }
    left_out.n_rows += rows.customers.len() - n_usable;
    let n_of = |is: fn(u32, i32, i64, i32) -> bool| all().filter(|&(c, d, v)| is(c, d, v, as_of)).count();
    for (n, why) in [
        (n_of(|c, _, _, _| c == NO_CODE), "have no customer"),
        (n_of(|_, d, _, _| d == NO_DAY), "have no date"),
        (n_of(|_, _, v, _| v == NO_AMOUNT), "have no value"),
        (n_of(|_, d, _, as_of| d > as_of), "lie after the day of looking back"),
    ] {
        if n > 0 {
            left_out.warn(format!("{} rows {why}", crate::aligned::counted(n as u64)));
        }
    }
    let mut kept = Rows {
        customers: Vec::with_capacity(n_usable),
        days: Vec::with_capacity(n_usable),
        values: Vec::with_capacity(n_usable),
    };
    for (customer, day, value) in all().filter(|&(c, d, v)| is_usable(c, d, v)) {
        kept.customers.push(customer);
        kept.days.push(day);
        kept.values.push(value);
    }
    kept
}

fn scored(customers: Vec<Customer>, places: &[u32], scale: u8, as_of: i32) -> Found {
    let tie: Vec<u32> = customers.iter().map(|customer| places[customer.customer as usize]).collect();
    let keys = |key: fn(&Customer) -> i64| customers.iter().map(key).collect::<Vec<i64>>();
    let fifths = |key| rfm::fifths(&keys(key), &tie);
    let (recency, (frequency, money)) = rayon::join(
        || fifths(|customer| -i64::from(customer.buyer.recency_days)),
        || {
            rayon::join(
                || fifths(|customer| i64::from(customer.buyer.n_orders)),
                || fifths(|customer| customer.buyer.value_minor),
            )
        },
    );
    let scores = recency.into_iter().zip(frequency).zip(money);
    let scores = scores.map(|((recency, frequency), money)| Scores { recency, frequency, money }).collect();
    let tiers = rfm::value_tiers(&keys(|customer| customer.buyer.value_minor));
    Found { customers, scores, tiers, scale, as_of }
}
