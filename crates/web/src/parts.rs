//! The data behind the parts of a page (`templates/parts/*.html`): what a table head, a pager, a figure or a
//! timeline needs to be drawn. Everything arrives as text that is ready to print; nothing here computes.

/// What a badge, a note or a toast means. Colour always goes with an icon or a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    #[default]
    Neutral,
    Accent,
    Good,
    Warning,
    Bad,
}

impl Tone {
    /// The class and the value that templates compare with.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Neutral => "neutral",
            Tone::Accent => "accent",
            Tone::Good => "good",
            Tone::Warning => "warning",
            Tone::Bad => "bad",
        }
    }

    /// The icon that says the same as the colour.
    pub fn icon(self) -> &'static str {
        match self {
            Tone::Neutral | Tone::Accent => "info",
            Tone::Good => "good",
            Tone::Warning => "warning",
            Tone::Bad => "error",
        }
    }
}

/// A short message after an action, with a way back where there is one.
#[derive(Debug, Clone)]
pub struct Toast {
    pub text: String,
    pub tone: Tone,
    /// Address that takes the action back when posted to.
    pub undo: Option<String>,
}

/// Which way a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Ascending,
    Descending,
}

/// A head of a table column.
#[derive(Debug, Clone)]
pub struct Column {
    pub label: String,
    /// Address of this list sorted by this column; `None` where it cannot be sorted.
    pub href: Option<String>,
    /// Set on the column by which the list is sorted now.
    pub sorted: Option<Order>,
    /// Numbers stand right-aligned under a right-aligned head.
    pub numeric: bool,
    /// What the column means, shown on hover and to screen readers.
    pub meaning: String,
}

impl Column {
    /// A column of words that cannot be sorted.
    pub fn text(label: &str) -> Column {
        Column { label: label.to_owned(), href: None, sorted: None, numeric: false, meaning: String::new() }
    }

    /// A column of numbers that cannot be sorted.
    pub fn number(label: &str) -> Column {
        Column { numeric: true, ..Column::text(label) }
    }

    /// The same, sortable: `href` is the list sorted by it, `sorted` how it is sorted now.
    pub fn sortable(self, href: String, sorted: Option<Order>) -> Column {
        Column { href: Some(href), sorted, ..self }
    }

    /// The same with an explanation.
    pub fn meaning(self, meaning: &str) -> Column {
        Column { meaning: meaning.to_owned(), ..self }
    }

    /// The value of `aria-sort`.
    pub fn aria_sort(&self) -> &'static str {
        match self.sorted {
            Some(Order::Ascending) => "ascending",
            Some(Order::Descending) => "descending",
            None => "none",
        }
    }
}

/// The foot of a list that is paged by key.
#[derive(Debug, Clone, Default)]
pub struct Pager {
    /// "1–50 of about 12,400", or "50 people".
    pub shown: String,
    /// The number is an estimate that is being corrected.
    pub estimated: bool,
    pub previous: Option<String>,
    pub next: Option<String>,
}

/// A figure with its definition, its uncertainty and its rows.
#[derive(Debug, Clone, Default)]
pub struct Stat {
    pub label: String,
    /// The figure, formatted. Empty together with `cannot_tell`.
    pub value: String,
    pub unit: String,
    /// "€ 31.20 – € 38.90", always named as what it is by `interval_kind`.
    pub interval: Option<String>,
    /// "95 % interval".
    pub interval_kind: String,
    /// The sentence that defines the figure.
    pub definition: String,
    /// The rows behind it.
    pub rows: Option<String>,
    pub change: Option<Change>,
    /// Why no number is given: "needs 480 more customers".
    pub cannot_tell: Option<String>,
}

impl Stat {
    /// A figure with its definition.
    pub fn new(label: &str, value: impl Into<String>, definition: &str) -> Stat {
        Stat {
            label: label.to_owned(),
            value: value.into(),
            definition: definition.to_owned(),
            ..Stat::default()
        }
    }

    /// A figure that cannot honestly be given, with the reason.
    pub fn cannot_tell(label: &str, reason: impl Into<String>, definition: &str) -> Stat {
        Stat { cannot_tell: Some(reason.into()), ..Stat::new(label, "", definition) }
    }

    /// The same with a unit behind the figure.
    pub fn unit(self, unit: &str) -> Stat {
        Stat { unit: unit.to_owned(), ..self }
    }

    /// The same with an interval and its kind, as in `("1,204 – 1,388", "95 % interval")`.
    pub fn interval(self, interval: impl Into<String>, kind: &str) -> Stat {
        Stat { interval: Some(interval.into()), interval_kind: kind.to_owned(), ..self }
    }

    /// The same with the address of its rows.
    pub fn rows(self, href: impl Into<String>) -> Stat {
        Stat { rows: Some(href.into()), ..self }
    }

    /// The same with its movement since the period before.
    pub fn change(self, text: impl Into<String>, tone: Tone) -> Stat {
        Stat { change: Some(Change { text: text.into(), tone }), ..self }
    }
}

/// The movement of a figure: "+4.1 % since last turn".
#[derive(Debug, Clone)]
pub struct Change {
    pub text: String,
    pub tone: Tone,
}

/// One answer of a select, a radio group or a filter.
#[derive(Debug, Clone)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

impl Choice {
    /// One answer, chosen if it equals `current`.
    pub fn new(value: &str, label: &str, current: &str) -> Choice {
        Choice { value: value.to_owned(), label: label.to_owned(), chosen: value == current }
    }
}

/// A moment, for people and for machines.
#[derive(Debug, Clone)]
pub struct Moment {
    /// RFC 3339.
    pub machine: String,
    /// "3 May 2026" or "2 hours ago".
    pub shown: String,
    /// The full time with zone, shown on hover.
    pub full: String,
}

/// An entry of a timeline.
#[derive(Debug, Clone)]
pub struct Happening {
    pub at: Moment,
    /// A symbol of `icons.svg`.
    pub icon: &'static str,
    pub tone: Tone,
    /// The sentence, ready to print: "Order 536365 for £ 139.12".
    pub title: String,
    pub href: Option<String>,
    /// More lines, may be empty.
    pub body: String,
    /// Who or what did it: "Ada", "import 12", "merge".
    pub by: String,
    /// True where a rule, an import or a model did it: marked as machine-made.
    pub machine: bool,
    /// What changed, as (field, before, after).
    pub changes: Vec<(String, String, String)>,
    /// Address that takes it back when posted to.
    pub undo: Option<String>,
}

/// A tab, or an answer of a segmented switch.
#[derive(Debug, Clone)]
pub struct Tab {
    pub label: String,
    pub href: String,
    pub current: bool,
    pub count: Option<String>,
}

/// A step of the way down to this page.
#[derive(Debug, Clone)]
pub struct Crumb {
    pub label: String,
    pub href: String,
}

/// A grid whose cells are coloured by size: RFM, cohort triangle, quality by source.
#[derive(Debug, Clone, Default)]
pub struct HeatGrid {
    /// What the table shows, read to screen readers and printed above it.
    pub caption: String,
    /// Head of the column of row names.
    pub corner: String,
    pub columns: Vec<String>,
    pub rows: Vec<HeatRow>,
    /// "0 %" and "100 %", under the scale.
    pub low: String,
    pub high: String,
}

/// A row of a [`HeatGrid`].
#[derive(Debug, Clone)]
pub struct HeatRow {
    pub label: String,
    /// The size of the row: "1,204 customers".
    pub note: String,
    pub cells: Vec<HeatCell>,
}

/// A cell of a [`HeatGrid`].
#[derive(Debug, Clone, Default)]
pub struct HeatCell {
    /// The figure. An empty text is drawn as an empty place (the future of a cohort).
    pub text: String,
    /// A second, smaller line.
    pub note: String,
    /// 0 (palest) to 9 (strongest).
    pub level: u8,
    /// The rows behind the cell.
    pub href: Option<String>,
    /// The whole sentence, for hover: "March 2025, month 3: 41 of 180 customers bought (22.8 %)".
    pub meaning: String,
}

impl HeatCell {
    /// The level of a share between 0 and 1.
    pub fn level_of(share: f64) -> u8 {
        (share.clamp(0.0, 1.0) * 9.0).round() as u8
    }
}

/// What a row of a file would do to the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFate {
    New,
    Changed,
    Same,
    Conflict,
    Error,
}

impl RowFate {
    /// The class of its mark and of its row.
    pub fn class(self) -> &'static str {
        match self {
            RowFate::New => "new",
            RowFate::Changed => "changed",
            RowFate::Same => "same",
            RowFate::Conflict => "conflict",
            RowFate::Error => "error",
        }
    }

    /// The sign, so that colour is never alone.
    pub fn sign(self) -> &'static str {
        match self {
            RowFate::New => "+",
            RowFate::Changed => "~",
            RowFate::Same => "=",
            RowFate::Conflict => "!",
            RowFate::Error => "×",
        }
    }

    /// The word.
    pub fn label(self) -> &'static str {
        match self {
            RowFate::New => "New",
            RowFate::Changed => "Changed",
            RowFate::Same => "Same",
            RowFate::Conflict => "Conflict",
            RowFate::Error => "Error",
        }
    }
}

/// One part of the strip above a diff.
#[derive(Debug, Clone)]
pub struct FateCount {
    pub fate: RowFate,
    /// Formatted.
    pub count: String,
    /// Share of all rows, 0 to 100, for the width of the bar.
    pub percent: f64,
    /// The diff with only these rows.
    pub href: String,
    pub current: bool,
}

/// A row of a diff.
#[derive(Debug, Clone)]
pub struct DiffRow {
    /// Row number in the file.
    pub number: u64,
    pub fate: RowFate,
    /// The record it concerns: "Ada Lovelace", with its address if it exists.
    pub record: String,
    pub href: Option<String>,
    /// Field, value before, value after. New values have no before.
    pub fields: Vec<(String, String, String)>,
    /// Why it is a conflict or an error, with the column: "column E-mail: \"ada@\" is not an address".
    pub reason: String,
}

/// A line of a tree of conditions. The tree comes flattened, a line for each, so that it is one list to draw.
///
/// Every line has a path such as `1.0`: the second line of the first group. Fields of the form are named after it:
/// `match.PATH` (all, any), `field.PATH`, `operator.PATH`, `value.PATH`. The buttons send `change` with `add PATH`,
/// `group PATH` or `remove PATH` together with the whole form, and the server draws the tree anew.
#[derive(Debug, Clone)]
pub enum RuleLine {
    /// The beginning of a group. The outermost has the path `0`.
    Group {
        path: String,
        /// 0 for the outermost.
        depth: u8,
        /// "all" and "any".
        matching: Vec<Choice>,
    },
    /// One condition.
    Condition {
        path: String,
        depth: u8,
        fields: Vec<Choice>,
        operators: Vec<Choice>,
        value: String,
        /// Type of the input: text, number, date; empty where the operator takes no value.
        kind: &'static str,
        /// Answers where the field has few; then a select is drawn.
        answers: Vec<Choice>,
        /// Says what is wrong with the line; empty if nothing is.
        problem: String,
        /// True on a line that was just added: it gets the attention.
        fresh: bool,
    },
}

/// How far long work has come.
#[derive(Debug, Clone)]
pub struct Progress {
    pub label: String,
    /// 0 to 100; `None` while the size is unknown.
    pub percent: Option<f64>,
    /// "412,000 of 1,000,000 rows, about 20 s left".
    pub note: String,
    /// Where the fragment is asked for again; `None` when the work is done.
    pub again: Option<String>,
}
