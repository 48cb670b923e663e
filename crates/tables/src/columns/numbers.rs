//! Columns as numbers: floats for statistics, whole minor units for sums of money.
//!
//! A word that says "nothing here" (`NULL`, `n/a`, `-`) is an empty cell; any other text that is no number is counted.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::rows::RowNumbers;
use super::stored::Stored;
use super::texts::Texts;
use super::{N_SHOWN, Unreadable};
use crate::parse::{Decimal, DecimalMark, Guess, guess_decimal_mark, number};

/// A column as floats.
#[derive(Debug, Clone)]
pub struct Numbers {
    /// NaN where the cell is empty or no finite number.
    pub values: Vec<f64>,
    pub unreadable: Unreadable,
    /// How the decimal mark was found, where the file does not tell.
    pub evidence: Option<String>,
}

/// A column as exact amounts.
#[derive(Debug, Clone)]
pub struct Amounts {
    /// In units of `10^-scale`; [`NO_AMOUNT`] where the cell is empty or no finite number.
    pub values: Vec<i64>,
    pub scale: u8,
    /// False where digits had to be rounded away to hold the column at one scale.
    pub is_exact: bool,
    pub unreadable: Unreadable,
    /// How the decimal mark was found, where the file does not tell.
    pub evidence: Option<String>,
}

/// No amount.
pub const NO_AMOUNT: i64 = i64::MIN;

/// True for a text that says that there is no value: empty, `NULL`, `NA`, `n/a`, `None`, `nan`, a dash, a question mark.
pub fn is_missing_word(text: &str) -> bool {
    const WORDS: [&str; 14] =
        ["", "null", "na", "n/a", "n.a.", "none", "nan", "-", "--", "?", "#n/a", "\\n", "nil", "(null)"];
    let text = text.trim();
    text.len() <= 6 && WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// The float nearest to an exact number.
fn nearest(decimal: Decimal) -> f64 {
    // Both parts are exact below 2^53, and one division rounds once.
    if decimal.mantissa.unsigned_abs() < 1 << 53 {
        return decimal.mantissa as f64 / POWERS[usize::from(decimal.scale.min(22))];
    }
    decimal.to_string().parse().unwrap_or(f64::NAN)
}

/// What one cell says.
enum Cell<T> {
    Value(T),
    Nothing,
    Unreadable,
}

fn float_cell(text: &str, mark: DecimalMark) -> Cell<f64> {
    if let Ok(decimal) = number(text, mark) {
        return Cell::Value(nearest(decimal));
    }
    if is_missing_word(text) {
        return Cell::Nothing;
    }
    // More digits than an exact number holds.
    let is_plain =
        text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b',' | b'-' | b'+' | b'e' | b'E' | b' '));
    let text = text.trim();
    let value = match mark {
        _ if !is_plain => None,
        DecimalMark::Point => text.parse().ok(),
        DecimalMark::Comma if text.contains('.') => None,
        DecimalMark::Comma => text.replacen(',', ".", 1).parse().ok(),
    };
    value.filter(|value: &f64| value.is_finite()).map_or(Cell::Unreadable, Cell::Value)
}

/// Reads all cells in parallel and notes those that cannot be read.
fn each<T: Copy + Send>(
    n_rows: usize,
    none: T,
    row_numbers: &RowNumbers,
    text: impl Fn(usize) -> String + Sync,
    cell: impl Fn(usize) -> Cell<T> + Sync,
) -> (Vec<T>, Unreadable) {
    const BLOCK: usize = 1 << 14;
    let mut values = vec![none; n_rows];
    let blocks: Vec<(usize, Vec<usize>)> = values
        .par_chunks_mut(BLOCK)
        .enumerate()
        .map(|(block, values)| {
            let (mut n, mut rows) = (0, Vec::new());
            for (row, value) in (block * BLOCK..).zip(values) {
                match cell(row) {
                    Cell::Value(found) => *value = found,
                    Cell::Nothing => {}
                    Cell::Unreadable => {
                        n += 1;
                        if rows.len() < N_SHOWN {
                            rows.push(row);
                        }
                    }
                }
            }
            (n, rows)
        })
        .collect();
    let mut unreadable = Unreadable::default();
    for (n, rows) in blocks {
        for &row in &rows {
            unreadable.add(row_numbers.get(row), &text(row));
        }
        unreadable.n += n - rows.len();
    }
    (values, unreadable)
}

pub(crate) fn each_text<T: Copy + Send + Sync>(
    texts: &Texts,
    none: T,
    row_numbers: &RowNumbers,
    read: impl Fn(&str) -> Result<Option<T>, ()> + Sync,
) -> (Vec<T>, Unreadable) {
    let cell = |text: &str| match read(text) {
        Ok(Some(value)) => Cell::Value(value),
        Ok(None) => Cell::Nothing,
        Err(()) => Cell::Unreadable,
    };
    // Of few different texts each is read once.
    if let Some((codes, names)) = texts.as_coded()
        && names.len() * 4 < codes.len()
    {
        let read: Vec<Cell<T>> = names.iter().map(cell).collect();
        let by_code = |row: usize| match codes[row] {
            u32::MAX => Cell::Nothing,
            code => match read[code as usize] {
                Cell::Value(value) => Cell::Value(value),
                Cell::Nothing => Cell::Nothing,
                Cell::Unreadable => Cell::Unreadable,
            },
        };
        return each(texts.len(), none, row_numbers, |row| texts.get(row).to_owned(), by_code);
    }
    each(texts.len(), none, row_numbers, |row| texts.get(row).to_owned(), |row| cell(texts.get(row)))
}

/// Cells to guess by: the first and then evenly through the column.
pub(crate) fn samples(texts: &Texts) -> impl Iterator<Item = &str> {
    const N_FIRST: usize = 2_000;
    const N_SPREAD: usize = 8_000;
    let step = (texts.len() / N_SPREAD).max(1);
    let spread = (N_FIRST..texts.len()).step_by(step);
    (0..texts.len().min(N_FIRST)).chain(spread).map(|row| texts.get(row)).filter(|text| !text.is_empty())
}

fn decimal_mark(texts: &Texts) -> (DecimalMark, Option<String>) {
    match guess_decimal_mark(samples(texts)) {
        Guess::Decided { value, evidence }
        | Guess::Ambiguous { likely: value, evidence }
        | Guess::Mixed { likely: value, evidence } => (value, Some(evidence)),
        Guess::Nothing => (DecimalMark::Point, None),
    }
}

pub(crate) fn numbers(stored: &Stored, row_numbers: &RowNumbers) -> Numbers {
    let plain = |values: Vec<f64>| Numbers { values, unreadable: Unreadable::default(), evidence: None };
    let of_whole = |value: i64, by: f64| if value == i64::MIN { f64::NAN } else { value as f64 / by };
    match stored {
        Stored::Whole(values) => plain(values.par_iter().map(|&value| of_whole(value, 1.0)).collect()),
        Stored::Time(values) => plain(values.par_iter().map(|&value| of_whole(value, 1e6)).collect()),
        Stored::Day(values) => {
            let number = |day: i32| if day == i32::MIN { f64::NAN } else { f64::from(day) };
            plain(values.iter().map(|&day| number(day)).collect())
        }
        Stored::Decimal(values, scale) => {
            let exact = |mantissa: i64| match mantissa {
                i64::MIN => f64::NAN,
                mantissa => nearest(Decimal { mantissa, scale: *scale }),
            };
            plain(values.par_iter().map(|&value| exact(value)).collect())
        }
        Stored::Float(values) => {
            let (values, unreadable) = each(
                values.len(),
                f64::NAN,
                row_numbers,
                |row| values[row].to_string(),
                |row| finite(values[row]),
            );
            Numbers { values, unreadable, evidence: None }
        }
        Stored::Texts(texts) => {
            let (mark, evidence) = decimal_mark(texts);
            let read = |text: &str| match float_cell(text, mark) {
                Cell::Value(value) => Ok(Some(value)),
                Cell::Nothing => Ok(None),
                Cell::Unreadable => Err(()),
            };
            let (values, unreadable) = each_text(texts, f64::NAN, row_numbers, read);
            Numbers { values, unreadable, evidence }
        }
    }
}

fn finite(value: f64) -> Cell<f64> {
    match value {
        value if value.is_finite() => Cell::Value(value),
        value if value.is_nan() => Cell::Nothing,
        _ => Cell::Unreadable,
    }
}

pub(crate) fn amounts(stored: &Stored, row_numbers: &RowNumbers) -> Amounts {
    let exact = |values: &[i64], scale: u8| Amounts {
        values: values.to_vec(),
        scale,
        is_exact: true,
        unreadable: Unreadable::default(),
        evidence: None,
    };
    match stored {
        Stored::Whole(values) => exact(values, 0),
        Stored::Decimal(values, scale) => exact(values, *scale),
        Stored::Texts(texts) => of_texts(texts, row_numbers)
            .unwrap_or_else(|| of_numbers(numbers(stored, row_numbers), row_numbers)),
        stored => of_numbers(numbers(stored, row_numbers), row_numbers),
    }
}

/// Amounts with all digits of their texts; `None` where one scale cannot hold them all.
fn of_texts(texts: &Texts, row_numbers: &RowNumbers) -> Option<Amounts> {
    const NONE: Decimal = Decimal { mantissa: NO_AMOUNT, scale: 0 };
    let (mark, evidence) = decimal_mark(texts);
    let has_longer = AtomicBool::new(false);
    let read = |text: &str| match number(text, mark) {
        Ok(decimal) => Ok(Some(decimal)),
        Err(_) if is_missing_word(text) => Ok(None),
        Err(_) => {
            if matches!(float_cell(text, mark), Cell::Value(_)) {
                has_longer.store(true, Ordering::Relaxed);
            }
            Err(())
        }
    };
    let (decimals, unreadable) = each_text(texts, NONE, row_numbers, read);
    if has_longer.into_inner() {
        return None;
    }
    let scale = decimals.iter().map(|decimal| decimal.scale).max().unwrap_or(0);
    let mut sum: u64 = 0;
    let mut values = Vec::with_capacity(decimals.len());
    for decimal in decimals {
        if decimal == NONE {
            values.push(NO_AMOUNT);
            continue;
        }
        let value = decimal.at_scale(scale)?;
        // The sum of all must fit too.
        sum = sum.checked_add(value.unsigned_abs()).filter(|sum| *sum < 1 << 62)?;
        values.push(value);
    }
    Some(Amounts { values, scale, is_exact: true, unreadable, evidence })
}

/// Finds the fewest decimals that hold every number exactly, or as many as the largest leaves room for.
///
/// A decimal number of up to 15 digits comes back from its nearest float exactly, so that this holds for money from text too.
fn of_numbers(numbers: Numbers, row_numbers: &RowNumbers) -> Amounts {
    let Numbers { values, mut unreadable, evidence } = numbers;
    const TOO_LARGE: f64 = 9e18;
    // The sum of all must fit too. A float is enough to know its size.
    let size =
        |values: &[f64]| values.iter().filter(|value| !value.is_nan()).map(|value| value.abs()).sum::<f64>();
    let sizes: Vec<f64> = values.par_chunks(1 << 16).map(size).collect();
    let largest: f64 = sizes.into_iter().sum();
    let room = (0..=12u8).rev().find(|&scale| largest * POWERS[usize::from(scale)] < 4e18).unwrap_or(0);
    let holds = |scale: u8| {
        let by = POWERS[usize::from(scale)];
        scale <= room
            && values
                .par_iter()
                .with_min_len(1 << 16)
                .all(|&value| value.is_nan() || rounded(value * by) / by == value)
    };
    let found = (0..=8u8).find(|&scale| holds(scale));
    let scale = found.unwrap_or(room);
    let by = POWERS[usize::from(scale)];
    for (row, value) in values.iter().enumerate().filter(|(_, value)| value.abs() * by > TOO_LARGE) {
        unreadable.add(row_numbers.get(row), &format!("{value} (too large for an exact sum)"));
    }
    let whole = |value: f64| match value * by {
        shifted if shifted.is_nan() || shifted.abs() > TOO_LARGE => NO_AMOUNT,
        shifted => rounded(shifted) as i64,
    };
    let values: Vec<i64> = values.par_iter().map(|&value| whole(value)).collect();
    Amounts { values, scale, is_exact: found.is_some(), unreadable, evidence }
}

/// The nearest whole number, without a call where it is small.
#[inline]
fn rounded(value: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    if value.abs() < 1e15 { (value + SHIFT) - SHIFT } else { value.round() }
}
