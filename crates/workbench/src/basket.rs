//! `analyze basket`: what is bought together, and the item that comes next.
//!
//! A rule says what goes together, not that showing one sells the other: that takes an experiment (`analyze uplift`).

mod next;

use std::path::PathBuf;

use serde_json::{Value, json};
use statistics::baskets::{Baskets, ItemSet, Rule, frequent, rules};
use tables::columns::{self, ColumnOut, Columns, NO_CODE, ReadOptions, Texts};

use crate::aligned::{aligned, counted};
use crate::left_out::LeftOut;
use crate::{Answer, Problem};

/// What is bought together, as sets and rules, and the item that comes next
///
/// Each row is an item of an order. Sets and rules are counted exactly; the next item is foretold for orders that were held out,
/// beside naming what sells most.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze basket lines.csv --order invoice --item product
  rondel analyze basket lines.csv --order invoice --item product --customer customer_id --date day --out rules.csv
  rondel analyze basket lines.parquet --order o --item i --min-support 0.002 --min-lift 1.5 --top 1000")]
pub struct Basket {
    /// CSV, XLSX, JSON Lines or Parquet, one row for each item of an order
    file: PathBuf,
    /// Column that tells the orders apart
    #[arg(long, value_name = "COLUMN")]
    order: String,
    /// Column with the item
    #[arg(long, value_name = "COLUMN")]
    item: String,
    /// Column with the customer: the last order of each is then foretold
    #[arg(long, value_name = "COLUMN")]
    customer: Option<String>,
    /// Column with the day or moment of the order [default: as the file is sorted]
    #[arg(long, value_name = "COLUMN")]
    date: Option<String>,
    /// Share of the orders that a set stands in, at least (and in no fewer than 3)
    #[arg(long, value_name = "P", default_value_t = 0.002)]
    min_support: f64,
    /// Share of the orders with the left side of a rule that have the right side too, at least
    #[arg(long, value_name = "P", default_value_t = 0.1)]
    min_confidence: f64,
    /// How much oftener than by chance a rule's sides stand together, at least
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    min_lift: f64,
    /// Most items of a set
    #[arg(long, value_name = "N", default_value_t = 8)]
    max_items: usize,
    /// Rules and sets in the answer
    #[arg(long, value_name = "N", default_value_t = 200)]
    top: usize,
    /// Writes all rules as CSV or Parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Sets beyond which nobody reads them, and memory ends.
const MOST_SETS: usize = 2_000_000;
/// Orders that a set stands in, at least, whatever the share.
const FEWEST: u32 = 3;

/// The orders of a file.
pub(crate) struct Orders {
    pub baskets: Baskets,
    pub items: Texts,
    /// The customer of each order, where one is known.
    pub customers: Option<Vec<u32>>,
    /// Places of the orders, oldest first.
    pub in_time: Vec<usize>,
}

impl Basket {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        for (option, share) in [("min-support", self.min_support), ("min-confidence", self.min_confidence)] {
            if !(0.0..=1.0).contains(&share) {
                return Err(Problem::Option { option, message: "a share lies from 0 to 1".into() });
            }
        }
        let mut wanted: Vec<&str> = vec![&self.order, &self.item];
        wanted.extend(self.customer.iter().chain(&self.date).map(String::as_str));
        let table = columns::read(&self.file, &wanted, &ReadOptions::default())?;
        let mut left_out = LeftOut::of(&table);
        let orders = self.orders(&table, &mut left_out)?;
        let n = orders.baskets.len();
        if n == 0 {
            return Err(Problem::CannotTell(format!("there is no order with an item{}", left_out.words())));
        }
        let fewest = ((self.min_support * n as f64 - 1e-9).ceil().max(0.0) as u32).max(FEWEST.min(n as u32));
        let sets = frequent(&orders.baskets, fewest, self.max_items.max(1), MOST_SETS).ok_or_else(|| Problem::Option {
            option: "min-support",
            message: format!("more than {MOST_SETS} sets stand in {fewest} orders or more; ask for a larger share"),
        })?;
        let mut found = rules(&sets, n, self.min_confidence, self.min_lift);
        // The highest lifts are those of rare items; what is worth most in orders comes first.
        found.sort_by(|a, b| b.leverage.total_cmp(&a.leverage));
        let mut answer = Answer::of(n);
        self.tell(&mut answer, &orders, &sets, &found, fewest);
        next::tell(&mut answer, &orders);
        left_out.tell(&mut answer);
        self.write(&orders, &found)?;
        Ok(answer)
    }

    fn orders(&self, table: &Columns, left_out: &mut LeftOut) -> Result<Orders, Problem> {
        let (orders, items) = (table.codes(&self.order)?, table.codes(&self.item)?);
        let rows = || (0..table.n_rows()).filter(|r| orders.values[*r] != NO_CODE && items.values[*r] != NO_CODE);
        let pairs: Vec<(u32, u32)> = rows().map(|r| (orders.values[r], items.values[r])).collect();
        let n_without = table.n_rows() - pairs.len();
        if n_without > 0 {
            left_out.n_rows += n_without;
            left_out.warn(format!("{} rows without an order or an item are left out", counted(n_without)));
        }
        let n = orders.n_names();
        let customers = self.customer.as_deref().map(|c| table.codes(c)).transpose()?.map(|customers| {
            let mut of_order = vec![NO_CODE; n];
            rows().for_each(|r| of_order[orders.values[r] as usize] = customers.values[r]);
            of_order
        });
        let mut in_time: Vec<usize> = (0..n).collect();
        if let Some(date) = &self.date {
            let times = table.times(date)?;
            left_out.cells(date, &times.unreadable, "is not a date");
            left_out.doubt(date, times.evidence.as_deref());
            let mut of_order = vec![i64::MAX; n];
            rows().for_each(|r| {
                let time = &mut of_order[orders.values[r] as usize];
                *time = (*time).min(if times.values[r] == i64::MIN { i64::MAX } else { times.values[r] });
            });
            in_time.sort_by_key(|o| of_order[*o]);
        }
        Ok(Orders { baskets: Baskets::of(&pairs, n), items: items.names, customers, in_time })
    }

    fn tell(&self, answer: &mut Answer, orders: &Orders, sets: &[ItemSet], found: &[Rule], fewest: u32) {
        let n = orders.baskets.len();
        let names = |items: &[u32]| items.iter().map(|i| orders.items.get(*i as usize).to_owned()).collect::<Vec<_>>();
        let told: Vec<Value> = found
            .iter()
            .take(self.top)
            .map(|r| {
                json!({ "antecedent": names(&r.antecedent), "consequent": names(&r.consequent), "n": r.n, "support": r.support,
                    "confidence": r.confidence, "lift": r.lift, "leverage": r.leverage, "conviction": r.conviction })
            })
            .collect();
        let mut largest: Vec<&ItemSet> = sets.iter().filter(|s| s.items.len() > 1).collect();
        largest.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.items.cmp(&b.items)));
        let set = |s: &ItemSet| json!({ "items": names(&s.items), "n": s.n, "support": f64::from(s.n) / n as f64 });
        answer.tell("n_orders", n);
        answer.tell("n_items", orders.items.len());
        answer.tell("min_support", f64::from(fewest) / n as f64);
        answer.tell("n_itemsets", sets.len());
        answer.tell("n_rules", found.len());
        answer.tell("rules", told);
        answer.tell("itemsets", largest.iter().take(self.top).map(|s| set(s)).collect::<Vec<_>>());
        let mut singles: Vec<&ItemSet> = sets.iter().filter(|s| s.items.len() == 1).collect();
        singles.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.items.cmp(&b.items)));
        answer.tell("items", singles.iter().take(20).map(|s| set(s)).collect::<Vec<_>>());
        answer.line(format!(
            "{} orders, {} different items; {} sets stand in {} orders or more, {} rules",
            counted(n),
            counted(orders.items.len()),
            counted(sets.len()),
            counted(fewest),
            counted(found.len())
        ));
        let rows: Vec<Vec<String>> = found
            .iter()
            .take(20)
            .map(|r| {
                vec![
                    names(&r.antecedent).join(" + "),
                    names(&r.consequent).join(" + "),
                    counted(r.n),
                    format!("{:.2} %", 100.0 * r.support),
                    format!("{:.1} %", 100.0 * r.confidence),
                    format!("{:.2}", r.lift),
                    format!("{:.5}", r.leverage),
                ]
            })
            .collect();
        answer.line(aligned(&["who buys", "also buys", "orders", "support", "confidence", "lift", "leverage"], &rows));
    }

    fn write(&self, orders: &Orders, found: &[Rule]) -> Result<(), Problem> {
        let Some(out) = &self.out else { return Ok(()) };
        let names = |items: &[u32]| items.iter().map(|i| orders.items.get(*i as usize)).collect::<Vec<_>>().join(" + ");
        let left: Vec<String> = found.iter().map(|r| names(&r.antecedent)).collect();
        let right: Vec<String> = found.iter().map(|r| names(&r.consequent)).collect();
        let left: Vec<&str> = left.iter().map(String::as_str).collect();
        let right: Vec<&str> = right.iter().map(String::as_str).collect();
        let numbers = |figure: fn(&Rule) -> f64| found.iter().map(figure).collect::<Vec<f64>>();
        let n: Vec<i64> = found.iter().map(|r| i64::from(r.n)).collect();
        let (support, confidence) = (numbers(|r| r.support), numbers(|r| r.confidence));
        let (lift, leverage) = (numbers(|r| r.lift), numbers(|r| r.leverage));
        let written = [
            ("antecedent", ColumnOut::Words(&left)),
            ("consequent", ColumnOut::Words(&right)),
            ("n", ColumnOut::Integers(&n)),
            ("support", ColumnOut::Numbers(&support)),
            ("confidence", ColumnOut::Numbers(&confidence)),
            ("lift", ColumnOut::Numbers(&lift)),
            ("leverage", ColumnOut::Numbers(&leverage)),
        ];
        columns::write(out, &written).map_err(|source| Problem::Write { file: out.display().to_string(), source })
    }
}
