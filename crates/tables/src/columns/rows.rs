//! Columns from the formats that are read row by row: separated text, sheets and JSON Lines.
//!
//! Keeps cells as texts; what they mean is asked of each column later.

use std::path::Path;

use super::stored::Stored;
use super::texts::{Arena, Texts};
use super::{Columns, ReadOptions, Unreadable, csv_blocks, file_name, places_of};
use crate::{FileError, Row};

/// The numbers that rows have in the file: runs without a gap.
#[derive(Debug, Clone, Default)]
pub struct RowNumbers {
    /// First row of the run, and its number.
    runs: Vec<(usize, u64)>,
}

impl RowNumbers {
    /// Rows numbered on from `first`.
    pub(crate) fn from(first: u64) -> RowNumbers {
        RowNumbers { runs: vec![(0, first)] }
    }

    pub(crate) fn push(&mut self, row: usize, number: u64) {
        if self.runs.last().is_none_or(|&(start, first)| first + (row - start) as u64 != number) {
            self.runs.push((row, number));
        }
    }

    /// The number of a row.
    pub fn get(&self, row: usize) -> u64 {
        let run = self.runs.partition_point(|&(start, _)| start <= row);
        match run.checked_sub(1) {
            Some(run) => self.runs[run].1 + (row - self.runs[run].0) as u64,
            None => row as u64 + 1,
        }
    }
}

pub(crate) fn read(path: &Path, wanted: &[&str], options: &ReadOptions) -> Result<Columns, FileError> {
    let file = file_name(path);
    let mut table = crate::open(path, &options.open)?;
    let places = places_of(wanted, table.headers(), &file)?;
    let names: Vec<String> = places.iter().map(|place| table.headers()[*place].clone()).collect();
    let description = table.format().words.clone();
    let fast = table.plain(&options.open.limits).and_then(|plain| csv_blocks::read(path, &plain, &places));
    if let Some(csv_blocks::Found { arenas, row_numbers, n_rows }) = fast {
        let stored = arenas.into_iter().map(|arena| Stored::Texts(Texts::flat(arena))).collect();
        let rejected = Unreadable::default();
        let lists = Vec::new();
        return Ok(Columns { names, stored, description, lists, file, n_rows, row_numbers, rejected });
    }
    let mut arenas = vec![Arena::default(); places.len()];
    let mut row_numbers = RowNumbers::default();
    let mut rejected = Unreadable::default();
    let mut n_rows = 0;
    let mut row = Row::default();
    while table.next_row(&mut row)? {
        if let Some(problem) = &row.problem {
            rejected.add(row.number, &problem.message);
            continue;
        }
        for (arena, place) in arenas.iter_mut().zip(&places) {
            arena.push(row.get(*place));
        }
        row_numbers.push(n_rows, row.number);
        n_rows += 1;
    }
    Ok(Columns {
        names,
        stored: arenas.into_iter().map(|arena| Stored::Texts(Texts::flat(arena))).collect(),
        description,
        lists: Vec::new(),
        file,
        n_rows,
        row_numbers,
        rejected,
    })
}
