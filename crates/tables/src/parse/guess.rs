//! Which decimal mark and which order of day and month a column uses, with the evidence.
//!
//! Says “ambiguous” where the samples allow both; the user then decides. Never decides by the country of anybody.

use super::date::DateOrder;
use super::number::{DecimalMark, number};

/// What the samples of a column say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guess<T> {
    /// The samples allow one answer only; the evidence names a cell that shows it.
    Decided { value: T, evidence: String },
    /// The samples allow several answers; `likely` is the one to offer first.
    Ambiguous { likely: T, evidence: String },
    /// Some samples allow only the one, others only another: the column is mixed.
    Mixed { likely: T, evidence: String },
    /// No sample has anything to say.
    Nothing,
}

impl<T: Copy> Guess<T> {
    /// The answer, or the one to offer first.
    pub fn likely(&self) -> Option<T> {
        match self {
            Guess::Decided { value, .. } => Some(*value),
            Guess::Ambiguous { likely, .. } | Guess::Mixed { likely, .. } => Some(*likely),
            Guess::Nothing => None,
        }
    }
}

/// Cells that only one of the possible answers can read, and one of them to show.
struct Votes<'a, T> {
    of: Vec<(T, usize, &'a str)>,
    n_open: usize,
    open_example: &'a str,
}

impl<'a, T: Copy + PartialEq> Votes<'a, T> {
    fn new() -> Self {
        Votes { of: Vec::new(), n_open: 0, open_example: "" }
    }

    fn add(&mut self, possible: &[T], cell: &'a str) {
        match possible {
            [] => {}
            [only] => match self.of.iter_mut().find(|(value, ..)| value == only) {
                Some((_, n, _)) => *n += 1,
                None => self.of.push((*only, 1, cell)),
            },
            _ => {
                self.n_open += 1;
                self.open_example = cell;
            }
        }
    }

    fn result(mut self, likely: T, words: impl Fn(T) -> &'static str) -> Guess<T> {
        self.of.sort_by_key(|(_, n, _)| std::cmp::Reverse(*n));
        match self.of.as_slice() {
            [] if self.n_open == 0 => Guess::Nothing,
            [] => {
                let evidence = format!(
                    "“{}” can be read in more than one way, and no cell decides it",
                    self.open_example
                );
                Guess::Ambiguous { likely, evidence }
            }
            [(value, n, cell)] => Guess::Decided {
                value: *value,
                evidence: format!("{}: {n} cells such as “{cell}”", words(*value)),
            },
            [(value, n, cell), (other, n_other, other_cell), ..] => {
                let evidence = format!(
                    "{}: {n} cells such as “{cell}”; but {}: {n_other} cells such as “{other_cell}”",
                    words(*value),
                    words(*other)
                );
                Guess::Mixed { likely: *value, evidence }
            }
        }
    }
}

/// Guesses the decimal mark of a column of numbers.
pub fn guess_decimal_mark<'a>(samples: impl IntoIterator<Item = &'a str>) -> Guess<DecimalMark> {
    let mut votes = Votes::new();
    let mut n_plain = 0;
    for cell in samples {
        let by_point = number(cell, DecimalMark::Point);
        let by_comma = number(cell, DecimalMark::Comma);
        match (by_point, by_comma) {
            (Ok(a), Ok(b)) if a == b => n_plain += 1,
            (Ok(_), Ok(_)) => votes.add(&[DecimalMark::Point, DecimalMark::Comma], cell),
            (Ok(_), Err(_)) => votes.add(&[DecimalMark::Point], cell),
            (Err(_), Ok(_)) => votes.add(&[DecimalMark::Comma], cell),
            (Err(_), Err(_)) => {}
        }
    }
    let words = |mark| match mark {
        DecimalMark::Point => "decimal point",
        DecimalMark::Comma => "decimal comma",
    };
    match votes.result(DecimalMark::Point, words) {
        Guess::Nothing if n_plain > 0 => Guess::Decided {
            value: DecimalMark::Point,
            evidence: format!("{n_plain} whole numbers without any mark; both readings agree"),
        },
        guess => guess,
    }
}

/// Guesses the order of day, month and year of a column of dates.
///
/// A number above 12 is no month and one above 31 is a year. Where all years have two digits, a place that stays the
/// same through the column while another runs above 12 is the year.
pub fn guess_date_order<'a>(samples: impl IntoIterator<Item = &'a str>) -> Guess<DateOrder> {
    let mut votes = Votes::new();
    let mut short = Vec::new();
    let mut n_clear = 0;
    for cell in samples {
        match places(cell) {
            Some(Places::Clear) => n_clear += 1,
            Some(Places::Numbers(numbers)) => {
                votes.add(&possible_orders(numbers), cell);
                short.push((numbers, cell));
            }
            None => {}
        }
    }
    let words = |order| match order {
        DateOrder::DayMonthYear => "day before month",
        DateOrder::MonthDayYear => "month before day",
        DateOrder::YearMonthDay => "year first",
    };
    if votes.of.is_empty()
        && let Some((value, evidence)) = order_by_spread(&short).or_else(|| order_of_months(&short))
    {
        return Guess::Decided { value, evidence };
    }
    let likely = if votes.open_example.contains('/') && !votes.open_example.contains('.') {
        DateOrder::MonthDayYear
    } else {
        DateOrder::DayMonthYear
    };
    match votes.result(likely, words) {
        Guess::Nothing if n_clear > 0 => Guess::Decided {
            value: DateOrder::YearMonthDay,
            evidence: format!("{n_clear} cells have the year in front or the month in letters"),
        },
        guess => guess,
    }
}

enum Places {
    /// The year stands in front with four digits, or the month in letters.
    Clear,
    /// Three numbers and how many digits the last has.
    Numbers(([u32; 3], usize)),
}

fn places(cell: &str) -> Option<Places> {
    let date = cell.trim().split(|letter: char| letter.is_whitespace() || letter == 'T').next()?;
    let parts: Vec<&str> = date.split(['-', '/', '.']).filter(|part| !part.is_empty()).collect();
    let &[a, b, c] = parts.as_slice() else {
        let readable = super::date::date_time(cell, DateOrder::DayMonthYear).is_ok();
        return readable.then_some(Places::Clear);
    };
    match (a.parse(), b.parse(), c.parse()) {
        (Ok(_), Ok(_), Ok(_)) if a.len() == 4 => Some(Places::Clear),
        (Ok(x), Ok(y), Ok(z)) if a.len() <= 2 && b.len() <= 2 && (c.len() == 2 || c.len() == 4) => {
            Some(Places::Numbers(([x, y, z], c.len())))
        }
        _ => super::date::date_time(cell, DateOrder::DayMonthYear).is_ok().then_some(Places::Clear),
    }
}

fn possible_orders(([a, b, c], last_digits): ([u32; 3], usize)) -> Vec<DateOrder> {
    let day = |n| (1..=31).contains(&n);
    let month = |n| (1..=12).contains(&n);
    let mut possible = Vec::new();
    if day(a) && month(b) {
        possible.push(DateOrder::DayMonthYear);
    }
    if month(a) && day(b) {
        possible.push(DateOrder::MonthDayYear);
    }
    if last_digits == 2 && month(b) && day(c) {
        possible.push(DateOrder::YearMonthDay);
    }
    // The fifth of May is the same either way and speaks for neither.
    if a == b && possible.len() == 2 { Vec::new() } else { possible }
}

/// Three numbers of a date, how many digits the last has, and the cell.
type Sample<'a> = (([u32; 3], usize), &'a str);

/// Dates below which the places say nothing together.
const ENOUGH: usize = 12;

/// The different values in one place of the dates and the greatest of them.
fn distinct(samples: &[Sample<'_>], place: usize) -> (usize, u32) {
    let mut values: Vec<u32> = samples.iter().map(|((numbers, _), _)| numbers[place]).collect();
    values.sort_unstable();
    values.dedup();
    (values.len(), values.last().copied().unwrap_or(0))
}

/// Decides by which place hardly changes (the year) and which runs above 12 (the day), where all years have two digits.
fn order_by_spread(samples: &[Sample<'_>]) -> Option<(DateOrder, String)> {
    if samples.len() < ENOUGH || samples.iter().any(|((_, last_digits), _)| *last_digits != 2) {
        return None;
    }
    let [(n_first, max_first), (_, max_second), (n_last, max_last)] =
        [0, 1, 2].map(|place| distinct(samples, place));
    if max_second > 12 {
        return None;
    }
    let cell = samples[0].1;
    if max_first > 12 && n_first >= 8 && n_last * 4 <= n_first {
        let evidence =
            format!("the first place runs to {max_first} and the last hardly changes, as in “{cell}”");
        return Some((DateOrder::DayMonthYear, evidence));
    }
    if max_last > 12 && n_last >= 8 && n_first * 4 <= n_last {
        let evidence =
            format!("the last place runs to {max_last} and the first hardly changes, as in “{cell}”");
        return Some((DateOrder::YearMonthDay, evidence));
    }
    None
}

/// Dates of whole months: through several years, one place is always 1 (the day) and another runs through the year.
fn order_of_months(samples: &[Sample<'_>]) -> Option<(DateOrder, String)> {
    if samples.len() < ENOUGH || samples.iter().any(|((_, last_digits), _)| *last_digits != 4) {
        return None;
    }
    let [first, second, (n_years, _)] = [0, 1, 2].map(|place| distinct(samples, place));
    let runs = |(n, greatest): (usize, u32)| n >= 4 && greatest <= 12;
    let order = match n_years > 1 {
        true if first == (1, 1) && runs(second) => DateOrder::DayMonthYear,
        true if second == (1, 1) && runs(first) => DateOrder::MonthDayYear,
        _ => return None,
    };
    let place = if order == DateOrder::DayMonthYear { "first" } else { "second" };
    Some((
        order,
        format!("the {place} place is always 1, the first day of a month, as in “{}”", samples[0].1),
    ))
}
