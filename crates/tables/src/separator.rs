//! Which character separates the cells of a text file, judged on whole records so that quotes count.

use crate::csv_in::Scanner;

/// Tried in this order; an earlier one wins a tie.
const CANDIDATES: [u8; 4] = *b",;\t|";
const N_RECORDS: usize = 200;

/// A separator named by the file itself in a first line `sep=;`, as Excel writes it, and how long that line is.
pub(crate) fn declared(sample: &[u8]) -> Option<(u8, usize)> {
    let rest = sample.get(..4).filter(|start| start.eq_ignore_ascii_case(b"sep=")).map(|_| &sample[4..])?;
    let separator = *rest.first().filter(|byte| is_allowed(**byte))?;
    match rest.get(1..)? {
        [b'\r', b'\n', ..] => Some((separator, 7)),
        [b'\n' | b'\r', ..] => Some((separator, 6)),
        _ => None,
    }
}

/// A separator must be told from text, quotes and line ends.
pub(crate) fn is_allowed(separator: u8) -> bool {
    separator == b'\t' || ((b' '..=b'~').contains(&separator) && separator != b'"')
}

/// Guesses the separator: the one that gives the most rows the same number of cells, the header included.
pub(crate) fn guess(sample: &[u8], ended: bool, max_columns: usize) -> u8 {
    let mut best = (0.0, 0);
    let mut chosen = None;
    let mut rarest = (usize::MAX, b',');
    for separator in CANDIDATES {
        let records = Scanner::new(separator, max_columns).sample(sample, ended, N_RECORDS);
        let widths: Vec<usize> = records
            .iter()
            .map(|record| record.as_ref().map_or(0, |row| row.len()))
            .zip(&records)
            .filter(|(_, record)| record.as_ref().is_none_or(|row| row.cells().any(|cell| !cell.is_empty())))
            .map(|(width, _)| width)
            .collect();
        let n_split = widths.iter().filter(|width| **width > 1).count();
        if n_split < rarest.0 {
            rarest = (n_split, separator);
        }
        let Some(score) = score(&widths) else { continue };
        if score.0 > best.0 + 0.02 || ((score.0 - best.0).abs() <= 0.02 && score.1 > best.1) {
            best = score;
            chosen = Some(separator);
        }
    }
    chosen.unwrap_or(rarest.1)
}

/// How well the records agree on a width of two or more, and that width.
fn score(widths: &[usize]) -> Option<(f64, usize)> {
    let most_common = widths
        .iter()
        .filter(|width| **width > 0)
        .max_by_key(|width| {
            (widths.iter().filter(|other| other == width).count(), **width == widths[0], **width)
        })
        .copied()?;
    if most_common < 2 {
        return None;
    }
    let n_agreeing = widths.iter().filter(|width| **width == most_common).count();
    let header_differs = if widths[0] == most_common { 0.0 } else { 0.2 };
    Some((n_agreeing as f64 / widths.len() as f64 - header_differs, most_common))
}
