//! The answer of `analyze rfm`: cells, segments and tiers as JSON and as a report, and one row for each customer.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use statistics::rfm::{SEGMENTS, Segment, TIERS, Tier};
use tables::columns::{ColumnOut, Texts, day_text};

use super::Found;
use crate::aligned::{aligned, counted, percent};
use crate::{Answer, Problem, money};

/// Customers, rows and money of a group.
#[derive(Debug, Default, Clone, Copy)]
struct Sum {
    n: u64,
    rows: u64,
    value: i128,
}

impl Found {
    fn sums<K: Ord>(&self, key: impl Fn(usize) -> K) -> BTreeMap<K, Sum> {
        let mut sums: BTreeMap<K, Sum> = BTreeMap::new();
        for (at, customer) in self.customers.iter().enumerate() {
            let sum = sums.entry(key(at)).or_default();
            sum.n += 1;
            sum.rows += u64::from(customer.n_rows);
            sum.value += i128::from(customer.buyer.value_minor);
        }
        sums
    }

    pub(super) fn tell(&self, answer: &mut Answer) {
        let number = |value: i128| money::number(value, self.scale);
        let cells = self.sums(|at| self.scores[at]);
        let segments = self.sums(|at| self.scores[at].segment());
        let tiers = self.sums(|at| self.tiers[at]);
        let total = self.sums(|_| ()).remove(&()).unwrap_or_default();
        let of_all = |sum: &Sum| json!({
            "n": sum.n, "rows": sum.rows, "value": number(sum.value),
            "share": sum.n as f64 / total.n as f64, "value_share": share(sum.value, total.value),
        });
        let cell = |(scores, sum): (&statistics::rfm::Scores, &Sum)| json!({
            "recency": scores.recency, "frequency": scores.frequency, "monetary": scores.money,
            "n": sum.n, "rows": sum.rows, "value": number(sum.value), "segment": scores.segment().name(),
        });
        answer.tell("customers", total.n);
        answer.tell("as_of", day_text(self.as_of));
        answer.tell("cells", cells.iter().map(cell).collect::<Vec<Value>>());
        answer.tell("n_cells", cells.len());
        answer.tell("total", number(total.value));
        answer.tell("total_exact", money::text(total.value, self.scale));
        let named = |name: &str, kind: &str, sum: &Sum| {
            let mut value = of_all(sum);
            value[kind] = json!(name);
            value
        };
        let told: Vec<Value> =
            segments.iter().map(|(segment, sum)| named(segment.name(), "segment", sum)).collect();
        answer.tell("segments", told);
        let told: Vec<Value> = tiers.iter().map(|(tier, sum)| named(tier.name(), "tier", sum)).collect();
        answer.tell("tiers", told);
        answer.tell("definition", DEFINITION);
        self.report(answer, &segments, &tiers, &total);
    }

    fn report(
        &self,
        answer: &mut Answer,
        segments: &BTreeMap<Segment, Sum>,
        tiers: &BTreeMap<Tier, Sum>,
        total: &Sum,
    ) {
        answer.line(format!(
            "{} customers with {} purchases of {} in all, looked back from {}\n",
            counted(total.n),
            counted(total.rows),
            money::text(total.value, self.scale),
            day_text(self.as_of)
        ));
        let row = |name: &str, sum: &Sum| {
            vec![
                name.to_owned(),
                counted(sum.n),
                percent(sum.n as f64, total.n as f64),
                money::text(sum.value, self.scale),
                share(sum.value, total.value).map_or("–".to_owned(), |share| percent(share, 1.0)),
            ]
        };
        let rows: Vec<Vec<String>> = SEGMENTS
            .iter()
            .filter_map(|segment| Some(row(&segment.name().replace('_', " "), segments.get(segment)?)))
            .collect();
        answer.line(aligned(&["segment", "customers", "of all", "value", "of all"], &rows));
        let rows: Vec<Vec<String>> =
            TIERS.iter().filter_map(|tier| Some(row(tier.name(), tiers.get(tier)?))).collect();
        answer.line(format!("\n{}", aligned(&["tier", "customers", "of all", "value", "of all"], &rows)));
        let places = self.sums(|at| (self.scores[at].recency, self.scores[at].frequency));
        let grid = (1..=5u8).rev().map(|recency| {
            let n = |frequency| places.get(&(recency, frequency)).map_or(0, |sum| sum.n);
            std::iter::once(recency.to_string()).chain((1..=5).map(|frequency| counted(n(frequency)))).collect()
        });
        answer.line(format!(
            "\n{}\n\n{DEFINITION}",
            aligned(&["recency ↓ frequency →", "1", "2", "3", "4", "5"], &grid.collect::<Vec<_>>())
        ));
    }

    /// Writes one row for each customer.
    pub(super) fn write(&self, path: &Path, names: &Texts) -> Result<(), Problem> {
        let of = |key: fn(&statistics::rfm::Customer) -> i64| self.customers.iter().map(key).collect::<Vec<i64>>();
        let score = |key: fn(&statistics::rfm::Scores) -> u8| -> Vec<i64> {
            self.scores.iter().map(|scores| i64::from(key(scores))).collect()
        };
        let who: Texts =
            self.customers.iter().map(|customer| names.get(customer.customer as usize)).collect();
        let segments: Vec<&str> = self.scores.iter().map(|scores| scores.segment().name()).collect();
        let tiers: Vec<&str> = self.tiers.iter().map(|tier| tier.name()).collect();
        let first: Vec<i32> = self.customers.iter().map(|customer| customer.first_day).collect();
        let last: Vec<i32> = self.customers.iter().map(|customer| customer.last_day).collect();
        let recency = of(|customer| i64::from(customer.buyer.recency_days));
        let frequency = of(|customer| i64::from(customer.buyer.n_orders));
        let value = of(|customer| customer.buyer.value_minor);
        let rows = of(|customer| i64::from(customer.n_rows));
        let (r, f, m) = (score(|s| s.recency), score(|s| s.frequency), score(|s| s.money));
        let columns = [
            ("customer", ColumnOut::Texts(&who)),
            ("recency_days", ColumnOut::Integers(&recency)),
            ("frequency", ColumnOut::Integers(&frequency)),
            ("monetary", ColumnOut::Amounts(&value, self.scale)),
            ("recency_score", ColumnOut::Integers(&r)),
            ("frequency_score", ColumnOut::Integers(&f)),
            ("monetary_score", ColumnOut::Integers(&m)),
            ("segment", ColumnOut::Words(&segments)),
            ("tier", ColumnOut::Words(&tiers)),
            ("purchases", ColumnOut::Integers(&rows)),
            ("first_day", ColumnOut::Days(&first)),
            ("last_day", ColumnOut::Days(&last)),
        ];
        crate::written(path, &columns)
    }
}

const DEFINITION: &str = "Recency: days from the last purchase. Frequency: different days with a purchase. \
    Money: sum of all values. Each is cut into fifths of equal size (NTILE 5), 5 the best; of equal customers the lower name \
    or number comes first.";

fn share(part: i128, whole: i128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
