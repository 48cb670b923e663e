//! Separated text in UTF-8 by all threads: blocks are cut where a record begins, and parsed beside each other.
//!
//! Only for files in which every record is as it should be. At the first one that is not, the caller reads the file again by
//! the strict reader, which knows how to go on after a fault and what to say about it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use rayon::prelude::*;

use super::rows::RowNumbers;
use super::texts::Arena;
use crate::Limits;
use crate::csv_out::unguard;

/// What is read into memory at once.
const WINDOW_BYTES: usize = 32 << 20;
const BLOCK_BYTES: usize = 1 << 20;

/// How the rest of a file is to be read.
#[derive(Debug, Clone)]
pub(crate) struct Plain {
    /// Where the first row behind the header begins.
    pub(crate) from_byte: u64,
    /// The number of the row before it.
    pub(crate) row_number: u64,
    pub(crate) separator: u8,
    pub(crate) width: usize,
    pub(crate) keep_formula_guards: bool,
    pub(crate) limits: Limits,
}

/// The columns of all rows.
pub(crate) struct Found {
    pub(crate) arenas: Vec<Arena>,
    pub(crate) row_numbers: RowNumbers,
    pub(crate) n_rows: usize,
}

/// What one block holds.
#[derive(Default)]
struct Block {
    /// For each wanted column: its cells behind each other, and where each ends.
    columns: Vec<(Vec<u8>, Vec<u32>)>,
    n_rows: usize,
    /// Empty lines count as rows of the file: how many rows were read before each of them.
    empty_before: Vec<usize>,
}

/// A record that is not as it should be, or a file that cannot be read on.
struct Unusual;

/// Reads the wanted columns; `None` where a record is unusual.
pub(crate) fn read(path: &Path, plain: &Plain, wanted: &[usize]) -> Option<Found> {
    let mut source = File::open(path).ok()?;
    source.seek(SeekFrom::Start(plain.from_byte)).ok()?;
    let mut found =
        Found { arenas: vec![Arena::default(); wanted.len()], row_numbers: RowNumbers::default(), n_rows: 0 };
    let shape = Shape::new(plain, wanted);
    let mut number = plain.row_number;
    let mut window: Vec<u8> = Vec::new();
    let mut ended = false;
    while !ended {
        let before = window.len();
        let n = (&mut source).take(WINDOW_BYTES as u64).read_to_end(&mut window).ok()?;
        ended = n < WINDOW_BYTES;
        // A record so long that it fills a window is for the strict reader.
        if !ended && before > plain.limits.max_row_bytes.max(BLOCK_BYTES) {
            return None;
        }
        let (blocks, taken) = shape.blocks(&window, ended);
        let parsed: Result<Vec<Block>, Unusual> =
            blocks.into_par_iter().map(|block| shape.parse(block)).collect();
        found.add(parsed.ok()?, &mut number);
        window.drain(..taken);
    }
    Some(found)
}

impl Found {
    fn add(&mut self, blocks: Vec<Block>, number: &mut u64) {
        for block in &blocks {
            let mut empty = block.empty_before.iter().peekable();
            for row in 0..block.n_rows {
                let n_before = *number;
                while empty.next_if(|before| **before <= row).is_some() {
                    *number += 1;
                }
                if row == 0 || *number > n_before {
                    self.row_numbers.push(self.n_rows + row, *number + 1);
                }
                *number += 1;
                if empty.peek().is_none() {
                    *number += (block.n_rows - row - 1) as u64;
                    break;
                }
            }
            *number += empty.count() as u64;
            self.n_rows += block.n_rows;
        }
        self.arenas.par_iter_mut().enumerate().for_each(|(column, arena)| {
            for block in &blocks {
                let (bytes, ends) = &block.columns[column];
                // Blocks are text as a whole, and cells are cut at ASCII letters only.
                if let Ok(text) = std::str::from_utf8(bytes) {
                    arena.append(text, ends);
                }
            }
        });
    }
}

/// How records look, and which cells of them are wanted.
struct Shape<'a> {
    plain: &'a Plain,
    /// For each column of the file, its place among the wanted ones.
    places: Vec<Option<usize>>,
    n_wanted: usize,
    stops: [bool; 256],
}

impl<'a> Shape<'a> {
    fn new(plain: &'a Plain, wanted: &[usize]) -> Shape<'a> {
        let mut stops = [false; 256];
        for stop in [plain.separator, b'"', b'\n', b'\r', 0] {
            stops[usize::from(stop)] = true;
        }
        let place = |column| wanted.iter().position(|wanted| *wanted == column);
        Shape { plain, places: (0..plain.width).map(place).collect(), n_wanted: wanted.len(), stops }
    }

    /// Cuts a window at the first record that begins in each block. The last record stays unless the file has ended.
    fn blocks<'b>(&self, window: &'b [u8], ended: bool) -> (Vec<&'b [u8]>, usize) {
        let n_quotes: Vec<usize> = window
            .par_chunks(BLOCK_BYTES)
            .map(|block| block.iter().map(|&byte| usize::from(byte == b'"')).sum())
            .collect();
        let mut cuts = vec![0];
        let mut n_before = 0;
        for (at, n) in n_quotes.iter().enumerate() {
            if at > 0
                && let Some(cut) = after_line_end(window, at * BLOCK_BYTES, n_before % 2 == 1)
                && cut > cuts[cuts.len() - 1]
            {
                cuts.push(cut);
            }
            n_before += n;
        }
        let mut taken = window.len();
        if !ended {
            // The last cut is a place where a record begins; what follows it is read again with the next window.
            taken = cuts[cuts.len() - 1];
        } else {
            cuts.push(window.len());
        }
        (cuts.windows(2).map(|pair| &window[pair[0]..pair[1]]).collect(), taken)
    }

    fn parse(&self, block: &[u8]) -> Result<Block, Unusual> {
        if std::str::from_utf8(block).is_err() {
            return Err(Unusual);
        }
        let mut found = Block {
            columns: vec![
                (Vec::with_capacity(block.len() / self.plain.width.max(1)), Vec::new());
                self.n_wanted
            ],
            ..Block::default()
        };
        let mut at = 0;
        while at < block.len() {
            if self.plain.width > 1 && matches!(block[at], b'\n' | b'\r') {
                found.empty_before.push(found.n_rows);
                at = after_end(block, at);
                continue;
            }
            let begin = at;
            let mut n_filled = 0;
            for column in 0..self.plain.width {
                let (cell, end, has_doubled_quotes) = self.cell(block, at)?;
                n_filled += cell.len();
                if let Some(place) = self.places[column] {
                    self.put(&mut found.columns[place], cell, has_doubled_quotes)?;
                }
                let is_last = column + 1 == self.plain.width;
                at = match block.get(end) {
                    Some(&byte) if byte == self.plain.separator && !is_last => end + 1,
                    Some(b'\n' | b'\r') if is_last => after_end(block, end),
                    None if is_last => end,
                    _ => return Err(Unusual),
                };
            }
            if at - begin > self.plain.limits.max_row_bytes || (n_filled == 0 && self.plain.width > 1) {
                return Err(Unusual);
            }
            found.n_rows += 1;
        }
        Ok(found)
    }

    /// A cell without its quotes, and where the text behind it begins.
    #[inline]
    fn cell<'b>(&self, block: &'b [u8], start: usize) -> Result<(&'b [u8], usize, bool), Unusual> {
        let mut at = start;
        if block.get(start) != Some(&b'"') {
            while at < block.len() && !self.stops[usize::from(block[at])] {
                at += 1;
            }
            return match block.get(at) {
                Some(b'"' | 0) => Err(Unusual),
                _ => Ok((&block[start..at], at, false)),
            };
        }
        let mut has_doubled_quotes = false;
        at += 1;
        loop {
            while at < block.len() && block[at] != b'"' && block[at] != 0 {
                at += 1;
            }
            match (block.get(at), block.get(at + 1)) {
                (Some(b'"'), Some(b'"')) => {
                    has_doubled_quotes = true;
                    at += 2;
                }
                (Some(b'"'), _) => return Ok((&block[start + 1..at], at + 1, has_doubled_quotes)),
                _ => return Err(Unusual),
            }
        }
    }

    #[inline]
    fn put(
        &self,
        column: &mut (Vec<u8>, Vec<u32>),
        cell: &[u8],
        has_doubled_quotes: bool,
    ) -> Result<(), Unusual> {
        let (bytes, ends) = column;
        if cell.len() > self.plain.limits.max_field_bytes {
            return Err(Unusual);
        }
        if has_doubled_quotes || cell.first() == Some(&b'\'') {
            let text = std::str::from_utf8(cell).map_err(|_| Unusual)?;
            let text = if has_doubled_quotes { text.replace("\"\"", "\"") } else { text.to_owned() };
            let text = if self.plain.keep_formula_guards { &text } else { unguard(&text) };
            bytes.extend_from_slice(text.as_bytes());
        } else {
            bytes.extend_from_slice(cell);
        }
        ends.push(bytes.len() as u32);
        Ok(())
    }
}

/// Behind a line end of one or two letters.
fn after_end(block: &[u8], at: usize) -> usize {
    if block[at] == b'\r' && block.get(at + 1) == Some(&b'\n') { at + 2 } else { at + 1 }
}

/// Where the first record behind `from` begins, if `from` lies within quotes or not.
fn after_line_end(window: &[u8], from: usize, within_quotes: bool) -> Option<usize> {
    let mut within_quotes = within_quotes;
    for (at, &byte) in window.iter().enumerate().skip(from) {
        match byte {
            b'"' => within_quotes = !within_quotes,
            b'\n' if !within_quotes => return Some(at + 1),
            _ => {}
        }
    }
    None
}
