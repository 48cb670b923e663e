//! What kind of values a column holds, judged on samples, to propose a mapping.
//!
//! A proposal only: it does not change how a cell is read, and it validates no e-mail address or phone number.

use super::date::{DateOrder, date_time};
use super::number::{DecimalMark, number};

/// The kind of value that nearly all filled cells of a column have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    Empty,
    Boolean,
    Integer,
    Decimal,
    Date,
    EmailLike,
    PhoneLike,
    Text,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    pub kind: ColumnType,
    /// Share of the filled cells that have this kind, 0 to 1.
    pub kind_share: f64,
    pub n: usize,
    pub n_empty: usize,
    /// Different filled cells among the samples.
    pub n_distinct: usize,
    /// The first few different filled cells, to be shown beside the proposal.
    pub examples: Vec<String>,
    /// Longest cell. **Units**: letters.
    pub max_letters: usize,
}

impl Profile {
    /// Share of empty cells, 0 to 1; 0 without any cell.
    pub fn empty_share(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.n_empty as f64 / self.n as f64 }
    }
}

const N_EXAMPLES: usize = 3;
/// A column may have some faulty cells and still be of a kind.
const ENOUGH_SHARE: f64 = 0.9;

/// Judges a column by samples of its cells.
pub fn profile<'a>(samples: impl IntoIterator<Item = &'a str>) -> Profile {
    let mut distinct = std::collections::HashSet::new();
    let mut examples = Vec::new();
    let (mut n, mut n_empty, mut max_letters) = (0, 0, 0);
    let mut counts: Vec<(ColumnType, usize)> = TESTS.iter().map(|(kind, _)| (*kind, 0)).collect();
    for cell in samples {
        n += 1;
        let cell = cell.trim();
        if cell.is_empty() {
            n_empty += 1;
            continue;
        }
        max_letters = max_letters.max(cell.chars().count());
        if distinct.insert(cell) && examples.len() < N_EXAMPLES {
            examples.push(cell.to_owned());
        }
        for ((_, is_kind), (_, count)) in TESTS.iter().zip(&mut counts) {
            *count += usize::from(is_kind(cell));
        }
    }
    let n_filled = n - n_empty;
    let share = |count: usize| count as f64 / n_filled.max(1) as f64;
    let (kind, kind_share) =
        match counts.iter().find(|(_, count)| n_filled > 0 && share(*count) >= ENOUGH_SHARE) {
            _ if n_filled == 0 => (ColumnType::Empty, 1.0),
            Some((kind, count)) => (*kind, share(*count)),
            None => (ColumnType::Text, 1.0),
        };
    Profile { kind, kind_share, n, n_empty, n_distinct: distinct.len(), examples, max_letters }
}

/// A kind and how a cell of it is known.
type Test = (ColumnType, fn(&str) -> bool);

/// From the narrowest kind to the widest: the first that fits is proposed.
const TESTS: [Test; 6] = [
    (ColumnType::Boolean, is_boolean),
    (ColumnType::Date, is_date),
    (ColumnType::Integer, is_integer),
    (ColumnType::Decimal, is_decimal),
    (ColumnType::EmailLike, is_email),
    (ColumnType::PhoneLike, is_phone),
];

fn is_boolean(cell: &str) -> bool {
    const WORDS: [&str; 14] =
        ["true", "false", "yes", "no", "y", "n", "t", "f", "ja", "nein", "oui", "non", "wahr", "falsch"];
    WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

pub(super) fn is_date(cell: &str) -> bool {
    // Eight digits in a row are more often a key than a date; telephones have spaces where dates have none.
    let is_number = cell.bytes().all(|byte| byte.is_ascii_digit());
    let orders = [DateOrder::DayMonthYear, DateOrder::MonthDayYear, DateOrder::YearMonthDay];
    !is_number && cell.len() <= 64 && orders.into_iter().any(|order| date_time(cell, order).is_ok())
}

/// Digits with a leading zero are a code (a post code, a key), not an amount.
fn is_integer(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let is_code = digits.len() > 1 && digits.starts_with('0');
    !is_code && !digits.is_empty() && digits.len() <= 18 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_decimal(cell: &str) -> bool {
    let is_code = cell.len() > 1 && cell.starts_with('0') && cell.bytes().all(|byte| byte.is_ascii_digit());
    let is_phone = cell.starts_with('+') && !cell.contains(['.', ',']);
    !is_code
        && !is_phone
        && [DecimalMark::Point, DecimalMark::Comma].into_iter().any(|mark| number(cell, mark).is_ok())
}

pub(super) fn is_email(cell: &str) -> bool {
    match cell.rsplit_once('@') {
        Some((local, domain)) => {
            !local.is_empty()
                && !cell.contains(char::is_whitespace)
                && domain.contains('.')
                && !domain.starts_with('.')
        }
        None => false,
    }
}

fn is_phone(cell: &str) -> bool {
    let n_digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let only_phone_letters = cell.chars().all(|letter| {
        letter.is_ascii_digit() || matches!(letter, '+' | '(' | ')' | ' ' | '-' | '.' | '/' | '\u{A0}')
    });
    only_phone_letters && (6..=17).contains(&n_digits)
}
