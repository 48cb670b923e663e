//! Columns brought to one scale, and what is special about a group, in words.

use serde_json::{Map, Value, json};
use statistics::clusters::Clustering;

/// Columns on one scale: 0 is the middle row, 1 about a standard deviation of the bulk of the rows.
pub struct Scaled {
    columns: Vec<Column>,
    /// Row after row.
    pub values: Vec<f64>,
}

struct Column {
    name: String,
    raw: Vec<f64>,
    is_log: bool,
    middle: f64,
    unit: f64,
}

/// Units beyond which a value counts no more.
const FARTHEST: f64 = 4.0;
/// Ratio of the upper to the lower half of the bulk from which a column that is never negative is taken by its logarithm.
const LOPSIDED: f64 = 2.5;
/// Distance from the middle at which a group is told to be high or low, and very.
const HIGH: f64 = 0.5;
const VERY: f64 = 1.25;

/// One group.
pub struct Profile {
    pub n: usize,
    pub columns: Vec<Middle>,
    pub words: String,
}

/// Where a column of a group lies.
#[derive(Clone, Copy)]
pub struct Middle {
    pub mean: f64,
    pub median: f64,
}

impl Profile {
    /// A figure of each column, by its name.
    pub fn by_column(&self, names: &[String], figure: fn(&Middle) -> f64) -> Map<String, Value> {
        names.iter().cloned().zip(self.columns.iter().map(|c| json!(figure(c)))).collect()
    }
}

fn quantile(sorted: &[f64], p: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * p).round() as usize]
}

impl Column {
    fn of(name: &str, raw: &[f64]) -> Column {
        let mut sorted = raw.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut column = Column { name: name.to_owned(), raw: raw.to_vec(), is_log: false, middle: 0.0, unit: 0.0 };
        if sorted.is_empty() {
            return column;
        }
        let (low, middle, high) = (quantile(&sorted, 0.05), quantile(&sorted, 0.5), quantile(&sorted, 0.95));
        column.is_log = sorted[0] >= 0.0 && high - middle > LOPSIDED * (middle - low) && high > 0.0 && high > 10.0 * low.max(1e-300).min(high);
        let bent: Vec<f64> = sorted.iter().map(|v| column.bent(*v)).collect();
        // From the 5th to the 95th of a hundred a normal column spans 3.29 deviations.
        let span = (quantile(&bent, 0.95) - quantile(&bent, 0.05)) / 3.29;
        column.middle = quantile(&bent, 0.5);
        column.unit = if span > 0.0 { span } else { (bent[bent.len() - 1] - bent[0]) / FARTHEST };
        column
    }

    fn bent(&self, value: f64) -> f64 {
        if self.is_log { value.max(0.0).ln_1p() } else { value }
    }

    fn scaled(&self, value: f64) -> f64 {
        if self.unit > 0.0 && self.unit.is_finite() { ((self.bent(value) - self.middle) / self.unit).clamp(-FARTHEST, FARTHEST) } else { 0.0 }
    }
}

impl Scaled {
    /// **Shape.** For each column the values of all rows.
    pub fn of(names: &[String], values: &[Vec<f64>]) -> Scaled {
        let columns: Vec<Column> = names.iter().zip(values).map(|(name, raw)| Column::of(name, raw)).collect();
        let n_rows = values.first().map_or(0, Vec::len);
        let scaled = (0..n_rows).flat_map(|row| columns.iter().map(move |c| c.scaled(c.raw[row]))).collect();
        Scaled { columns, values: scaled }
    }

    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// True where no column tells rows apart.
    pub fn is_flat(&self) -> bool {
        self.values.iter().all(|v| *v == 0.0)
    }

    /// How each column was brought to the scale.
    pub fn told(&self) -> Map<String, Value> {
        let of = |c: &Column| (c.name.clone(), json!({ "log": c.is_log, "middle": c.middle, "unit": c.unit }));
        self.columns.iter().map(of).collect()
    }

    pub fn profiles(&self, clustering: &Clustering) -> Vec<Profile> {
        let overall: Vec<f64> = self.columns.iter().map(|c| median(c.raw.clone())).collect();
        let of = |group: usize| {
            let rows: Vec<usize> = (0..clustering.labels.len()).filter(|r| clustering.labels[*r] as usize == group).collect();
            let columns: Vec<Middle> = self
                .columns
                .iter()
                .map(|c| {
                    let own: Vec<f64> = rows.iter().map(|r| c.raw[*r]).collect();
                    Middle { mean: own.iter().sum::<f64>() / own.len().max(1) as f64, median: median(own) }
                })
                .collect();
            let words = self.words(&clustering.centres[group], &columns, &overall);
            Profile { n: rows.len(), columns, words }
        };
        (0..clustering.centres.len()).map(of).collect()
    }

    /// What stands out, the farthest first.
    fn words(&self, centre: &[f64], columns: &[Middle], overall: &[f64]) -> String {
        let mut order: Vec<usize> = (0..centre.len()).filter(|c| centre[*c].abs() >= HIGH).collect();
        order.sort_by(|a, b| centre[*b].abs().total_cmp(&centre[*a].abs()));
        let told: Vec<String> = order
            .into_iter()
            .map(|c| {
                let degree = match centre[c] {
                    z if z >= VERY => "very high",
                    z if z > 0.0 => "high",
                    z if z <= -VERY => "very low",
                    _ => "low",
                };
                format!("{degree} {} ({} against {})", self.columns[c].name, short(columns[c].median), short(overall[c]))
            })
            .collect();
        if told.is_empty() { "ordinary in everything".to_owned() } else { told.join(", ") }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len();
    match n {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => 0.5 * (values[n / 2 - 1] + values[n / 2]),
    }
}

/// A number with about four digits.
pub fn short(x: f64) -> String {
    match x.abs() {
        a if a >= 1000.0 || x.fract() == 0.0 => format!("{x:.0}"),
        a if a >= 10.0 => format!("{x:.1}"),
        _ => format!("{x:.3}"),
    }
}
