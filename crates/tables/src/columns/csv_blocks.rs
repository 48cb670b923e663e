//! Separated text in UTF-8 by all threads: blocks are cut where a record begins, and parsed beside each other.
//!
//! Only for files in which every record is as it should be. At the first one that is not, the caller reads the file again by
//! the strict reader, which knows how to go on after a fault and what to say about it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use memchr::{memchr, memchr_iter, memchr3};
use rayon::prelude::*;

use super::rows::RowNumbers;
use super::texts::Arena;
use crate::Limits;
use crate::csv_out::unguard;

/// What is read into memory at once.
const WINDOW_BYTES: usize = 4 << 20;
const BLOCK_BYTES: usize = 256 << 10;

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
    let n_bytes = source.metadata().ok()?.len().saturating_sub(plain.from_byte) as f64;
    source.seek(SeekFrom::Start(plain.from_byte)).ok()?;
    let mut found =
        Found { arenas: vec![Arena::default(); wanted.len()], row_numbers: RowNumbers::default(), n_rows: 0 };
    let shape = Shape::new(plain, wanted);
    let mut number = plain.row_number;
    let mut window: Vec<u8> = Vec::with_capacity(WINDOW_BYTES + BLOCK_BYTES);
    // Memory is filled again with every window: touching new memory costs more than parsing.
    let mut memory: Vec<Block> = Vec::new();
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
        memory.resize_with(blocks.len().max(memory.len()), || Block::new(wanted.len()));
        let parsed = &mut memory[..blocks.len()];
        let whole =
            parsed.par_iter_mut().zip(blocks).try_for_each(|(parsed, block)| shape.parse(block, parsed));
        whole.ok()?;
        if found.n_rows == 0 && taken > 0 {
            found.expect(parsed, n_bytes / taken as f64);
        }
        found.add(parsed, &mut number);
        window.drain(..taken);
    }
    Some(found)
}

impl Block {
    fn new(n_columns: usize) -> Block {
        Block { columns: vec![(Vec::new(), Vec::new()); n_columns], ..Block::default() }
    }

    fn clear(&mut self) {
        self.columns.iter_mut().for_each(|(bytes, ends)| {
            bytes.clear();
            ends.clear();
        });
        self.n_rows = 0;
        self.empty_before.clear();
    }
}

impl Found {
    /// Makes room for the whole file, of which the first blocks are one of `parts`.
    fn expect(&mut self, blocks: &[Block], parts: f64) {
        const MORE: f64 = 1.02;
        for (column, arena) in self.arenas.iter_mut().enumerate() {
            let sum = |n: fn(&(Vec<u8>, Vec<u32>)) -> usize| {
                let n: usize = blocks.iter().map(|block| n(&block.columns[column])).sum();
                (n as f64 * parts * MORE) as usize
            };
            arena.reserve(sum(|(bytes, _)| bytes.len()), sum(|(_, ends)| ends.len()));
        }
    }

    fn add(&mut self, blocks: &[Block], number: &mut u64) {
        for block in blocks {
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
            for block in blocks {
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
    stops: [bool; 256],
}

impl<'a> Shape<'a> {
    fn new(plain: &'a Plain, wanted: &[usize]) -> Shape<'a> {
        let mut stops = [false; 256];
        for stop in [plain.separator, b'"', b'\n', b'\r', 0] {
            stops[usize::from(stop)] = true;
        }
        let place = |column| wanted.iter().position(|wanted| *wanted == column);
        Shape { plain, places: (0..plain.width).map(place).collect(), stops }
    }

    /// Cuts a window at the first record that begins in each block. The last record stays unless the file has ended.
    fn blocks<'b>(&self, window: &'b [u8], ended: bool) -> (Vec<&'b [u8]>, usize) {
        let n_quotes: Vec<usize> =
            window.par_chunks(BLOCK_BYTES).map(|block| memchr_iter(b'"', block).count()).collect();
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

    /// Parses whole records into memory that an earlier block may have filled.
    fn parse(&self, block: &[u8], found: &mut Block) -> Result<(), Unusual> {
        found.clear();
        if std::str::from_utf8(block).is_err() {
            return Err(Unusual);
        }
        let has_special = memchr3(b'"', b'\r', 0, block).is_some();
        if has_special { self.parse_any(block, found) } else { self.parse_unquoted(block, found) }
    }

    /// Parses records in which only separators and line feeds have a meaning; looks at cells no further than the last wanted one.
    fn parse_unquoted(&self, block: &[u8], found: &mut Block) -> Result<(), Unusual> {
        let (width, separator) = (self.plain.width, self.plain.separator);
        let n_looked_at = self.places.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        let mut at = 0;
        while at < block.len() {
            if width > 1 && block[at] == b'\n' {
                found.empty_before.push(found.n_rows);
                at += 1;
                continue;
            }
            let (begin, mut n_separators) = (at, 0);
            for place in &self.places[..n_looked_at] {
                let length = block[at..].iter().position(|byte| *byte == separator || *byte == b'\n');
                let end = length.map_or(block.len(), |length| at + length);
                if let Some(place) = place {
                    self.put(&mut found.columns[*place], &block[at..end], false)?;
                }
                at = end;
                if block.get(end) != Some(&separator) {
                    break;
                }
                n_separators += 1;
                at += 1;
            }
            let end = memchr(b'\n', &block[at..]).map_or(block.len(), |length| at + length);
            n_separators += block[at..end].iter().filter(|byte| **byte == separator).count();
            let n_bytes = end - begin;
            // A record of empty cells has nothing but its separators.
            if n_separators + 1 != width
                || n_bytes > self.plain.limits.max_row_bytes
                || (n_bytes + 1 == width && width > 1)
            {
                return Err(Unusual);
            }
            found.n_rows += 1;
            at = end + 1;
        }
        Ok(())
    }

    fn parse_any(&self, block: &[u8], found: &mut Block) -> Result<(), Unusual> {
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
        Ok(())
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
