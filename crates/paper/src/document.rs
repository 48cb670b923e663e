//! The document: what stands on the pages, in order.

use serde::{Deserialize, Serialize};

/// A whole document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub title: String,
    /// A line under the title.
    pub subtitle: String,
    pub blocks: Vec<Block>,
}

/// One piece of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    Heading(String),
    Text(String),
    /// A remark in small print.
    Note(String),
    Bullets(Vec<String>),
    Figures(Vec<Figure>),
    Table(Table),
    Ranges {
        title: String,
        /// What the drawing says, in words.
        says: String,
        ranges: Vec<Range>,
    },
}

/// A figure with its name and what must be said beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub label: String,
    pub value: String,
    pub note: String,
}

/// A table; its first column names the row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub caption: String,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// An estimate with its interval, drawn on a line with the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Range {
    pub label: String,
    pub low: f64,
    pub value: f64,
    pub high: f64,
    /// The same in words.
    pub words: String,
}

impl Table {
    pub fn new(caption: &str, columns: &[&str], rows: Vec<Vec<String>>) -> Self {
        Self {
            caption: caption.to_string(),
            columns: columns.iter().map(ToString::to_string).collect(),
            rows,
        }
    }

    /// Whether the cells of a column are mostly numbers, which stand to the right.
    pub fn is_numeric(&self, column: usize) -> bool {
        let is_number = |row: &&Vec<String>| {
            row.get(column).is_some_and(|cell| {
                let digits = cell.chars().filter(char::is_ascii_digit).count();
                cell.is_empty() || cell == "–" || (digits > 0 && cell.chars().count() <= 3 * digits + 6)
            })
        };
        column > 0 && 2 * self.rows.iter().filter(is_number).count() > self.rows.len()
    }
}

/// The stretch of numbers that a drawing of ranges shows: all of them and zero, with a little room.
pub fn scale(ranges: &[Range]) -> (f64, f64) {
    let finite = |value: f64| if value.is_finite() { value } else { 0.0 };
    let low = ranges.iter().map(|range| finite(range.low)).fold(0.0, f64::min);
    let high = ranges.iter().map(|range| finite(range.high)).fold(0.0, f64::max);
    let room = if high > low { 0.04 * (high - low) } else { 1.0 };
    (low - room, high + room)
}
