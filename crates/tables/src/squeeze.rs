//! Columns that are set apart by runs of spaces, as older programs print them: each run is read as one space.
//!
//! Does not know fixed positions: a column that may be empty cannot be told from the next one.

use std::io::{self, BufRead, BufReader, Read};

/// Hands on its source with spaces at the start and end of lines dropped and every other run of them as one.
pub(crate) struct Squeezed<R> {
    source: BufReader<R>,
    line: Vec<u8>,
    given: usize,
}

/// A longer line is handed on in pieces.
const PIECE_BYTES: u64 = 1 << 20;

impl<R: Read> Squeezed<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source: BufReader::new(source), line: Vec::new(), given: 0 }
    }
}

impl<R: Read> Read for Squeezed<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.given == self.line.len() {
            let mut raw = Vec::new();
            (&mut self.source).take(PIECE_BYTES).read_until(b'\n', &mut raw)?;
            self.line = squeeze(&raw);
            self.given = 0;
        }
        let n = to.len().min(self.line.len() - self.given);
        to[..n].copy_from_slice(&self.line[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

fn squeeze(raw: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(raw.len());
    for word in raw.split(|byte| matches!(byte, b' ' | b'\r' | b'\n')).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(b' ');
        }
        line.extend_from_slice(word);
    }
    if raw.ends_with(b"\n") {
        line.push(b'\n');
    }
    line
}

/// Whether a text without other separators has columns set apart by spaces: three or more numbers in every line.
pub(crate) fn looks_spaced(sample: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(&sample[..sample.len().min(4_096)]) else { return false };
    let mut lines: Vec<&str> = text.lines().collect();
    // The last line of the sample may be cut off.
    lines.pop();
    if lines.len() < 3 || text.contains([',', ';', '\t', '|', '"']) {
        return false;
    }
    let widths: Vec<usize> =
        lines.iter().map(|line| line.split(' ').filter(|word| !word.is_empty()).count()).collect();
    let number = |word: &str| word.is_empty() || word.parse::<f64>().is_ok();
    widths[0] >= 3
        && widths.iter().all(|width| *width == widths[0])
        && lines.iter().skip(1).all(|line| line.split(' ').all(number))
}
