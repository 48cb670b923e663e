//! Charts: one description of the data, three ways to read it.
//!
//! A [`Chart`] is drawn by the server as a plain SVG (so it is there at once, without script, and in files that
//! stand alone), handed to the browser as an ECharts option that makes it lively, and printed as a table. All three
//! are pure functions of the same numbers. Colours are not here: they belong to the style sheet, in both themes.

mod drawing;
mod numbers;
mod option;
mod scale;

pub use drawing::sparkline;
pub use numbers::Unit;

/// How the series are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Development over ordered labels, each series a line, with its interval as a band.
    Lines,
    /// Sizes side by side over labels.
    Bars,
    /// Parts of a whole over labels.
    Stacked,
    /// Named sizes in order, lying, with the name at the left.
    Ranked,
}

/// One row of values along the labels.
#[derive(Debug, Clone)]
pub struct Series {
    pub name: String,
    /// One value for each label; `None` is drawn as a gap, never as zero.
    pub values: Vec<Option<f64>>,
    /// Lower and upper end of the interval at each label.
    pub interval: Option<Vec<(f64, f64)>>,
}

impl Series {
    /// Values without gaps and without an interval.
    pub fn of(name: &str, values: &[f64]) -> Series {
        Series { name: name.to_owned(), values: values.iter().map(|v| Some(*v)).collect(), interval: None }
    }

    /// The same with an interval.
    pub fn interval(self, interval: Vec<(f64, f64)>) -> Series {
        Series { interval: Some(interval), ..self }
    }
}

/// A chart, whole.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Unique on the page; an identifier of HTML.
    pub id: String,
    pub title: String,
    /// Period, denominator, kind of interval: what a reader must know to read the figures.
    pub subtitle: String,
    pub kind: Kind,
    /// What the labels are: "Month".
    pub label_name: String,
    pub labels: Vec<String>,
    pub unit: Unit,
    pub series: Vec<Series>,
}

impl Chart {
    /// The drawing that stands in the page before, or without, the script.
    pub fn svg(&self) -> String {
        drawing::svg(self)
    }

    /// The ECharts option with the unit of its figures, as JSON.
    pub fn option(&self) -> serde_json::Value {
        option::option(self)
    }

    /// [`Chart::option`] as text that may stand inside a `<script>` element.
    pub fn option_for_script(&self) -> String {
        self.option().to_string().replace('<', "\\u003c")
    }

    /// Heads of the table behind the chart.
    pub fn table_heads(&self) -> Vec<String> {
        let mut heads = vec![self.label_name.clone()];
        for series in &self.series {
            heads.push(series.name.clone());
            if series.interval.is_some() {
                heads.push(format!("{}, interval", series.name));
            }
        }
        heads
    }

    /// Rows of the table behind the chart.
    pub fn table_rows(&self) -> Vec<Vec<String>> {
        let row = |i: usize, label: &String| {
            let mut row = vec![label.clone()];
            for series in &self.series {
                row.push(
                    series.values.get(i).copied().flatten().map_or("–".to_owned(), |v| self.unit.full(v)),
                );
                if let Some(interval) = &series.interval {
                    row.push(interval.get(i).map_or("–".to_owned(), |(low, high)| {
                        format!("{} – {}", self.unit.full(*low), self.unit.full(*high))
                    }));
                }
            }
            row
        };
        self.labels.iter().enumerate().map(|(i, label)| row(i, label)).collect()
    }
}

#[cfg(test)]
mod tests;
