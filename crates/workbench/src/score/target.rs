//! What happened in each row, as the target column says.

use tables::columns::{Columns, is_missing_word};

use crate::Problem;

/// The rows whose target is known, and what it says.
pub struct Target {
    /// The value that is looked for, as it stands in the file.
    pub value: String,
    pub rows: Vec<usize>,
    pub happened: Vec<bool>,
    pub n_unknown: usize,
}

impl Target {
    /// Reads the target. **Errors** where the column is missing or never has the value: then with the values that it has.
    pub fn read(table: &Columns, column: &str, positive: &str) -> Result<Target, Problem> {
        let codes = table.codes(column)?;
        let names: Vec<&str> = codes.names.iter().collect();
        let known: Vec<bool> = names.iter().map(|name| !is_missing_word(name)).collect();
        let wanted = value_among(&names, positive).ok_or_else(|| {
            let shown: Vec<&str> = names.iter().copied().take(10).collect();
            let more = if names.len() > 10 { ", …" } else { "" };
            let message = match names.is_empty() {
                true => format!("the column “{column}” has no value at all"),
                false => format!("“{positive}” is no value of “{column}”, which has: {}{more}", shown.join(", ")),
            };
            Problem::Option { option: "positive", message }
        })?;
        let is_known = |code: u32| known.get(code as usize).copied().unwrap_or(false) || code == wanted;
        let rows: Vec<usize> = (0..codes.values.len()).filter(|r| is_known(codes.values[*r])).collect();
        let happened = rows.iter().map(|r| codes.values[*r] == wanted).collect();
        let n_unknown = codes.values.len() - rows.len();
        Ok(Target { value: names[wanted as usize].to_owned(), rows, happened, n_unknown })
    }

    pub fn n_positive(&self) -> usize {
        self.happened.iter().filter(|h| **h).count()
    }

    pub fn base_rate(&self) -> f64 {
        self.n_positive() as f64 / self.rows.len().max(1) as f64
    }

    /// Why there is too little to learn from, if there is.
    pub fn too_little(&self, fewest_rows: usize, fewest_of_a_kind: usize) -> Option<String> {
        let (n, positive) = (self.rows.len(), self.n_positive());
        let value = &self.value;
        if n > 0 && positive == n {
            return Some(format!("the target is always “{value}”: there is nothing to tell apart"));
        }
        let rare = positive.min(n - positive);
        (n < fewest_rows || rare < fewest_of_a_kind).then(|| {
            format!(
                "{n} rows with a known target, {positive} of them “{value}” and {} not; a score needs at least \
                 {fewest_rows} rows and {fewest_of_a_kind} of either kind",
                n - positive
            )
        })
    }
}

/// The code of a value: the same text, else the same but for case and blanks, else the same number.
fn value_among(names: &[&str], wanted: &str) -> Option<u32> {
    let folded = |text: &str| text.trim().to_lowercase();
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let place = names
        .iter()
        .position(|name| *name == wanted)
        .or_else(|| names.iter().position(|name| folded(name) == folded(wanted)))
        .or_else(|| {
            let value = number(wanted)?;
            names.iter().position(|name| number(name) == Some(value))
        })?;
    u32::try_from(place).ok()
}
