//! Rows of equally many numbers, held in pieces: one table is let go piece by piece while another is made of it.

use rayon::prelude::*;

/// Rows of a piece.
const PIECE: usize = 4096;

#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    n_rows: usize,
    width: usize,
    pieces: Vec<Vec<u32>>,
}

impl Table {
    /// A table whose rows `write` fills, which are zeroes before.
    pub(crate) fn new(n_rows: usize, width: usize, write: impl Fn(u32, &mut [u32]) + Sync) -> Table {
        let starts: Vec<usize> = (0..n_rows).step_by(PIECE).collect();
        let piece = |&start: &usize| {
            let mut piece = vec![0; PIECE.min(n_rows - start) * width];
            for (row, out) in (start as u32..).zip(piece.chunks_exact_mut(width.max(1))) {
                write(row, out);
            }
            piece
        };
        Table { n_rows, width, pieces: starts.par_iter().map(piece).collect() }
    }

    /// The table that `write` makes of the rows of this one.
    pub(crate) fn map(self, width: usize, write: impl Fn(&[u32], &mut [u32]) + Sync) -> Table {
        let (n_rows, before) = (self.n_rows, self.width.max(1));
        let piece = |rows: Vec<u32>| {
            let mut piece = vec![0; rows.len() / before * width];
            for (row, out) in rows.chunks_exact(before).zip(piece.chunks_exact_mut(width.max(1))) {
                write(row, out);
            }
            piece
        };
        Table { n_rows, width, pieces: self.pieces.into_par_iter().map(piece).collect() }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub(crate) fn row(&self, row: u32) -> &[u32] {
        let (piece, start) = self.place(row);
        &self.pieces[piece][start..start + self.width]
    }

    pub(crate) fn row_mut(&mut self, row: u32) -> &mut [u32] {
        let (piece, start) = self.place(row);
        &mut self.pieces[piece][start..start + self.width]
    }

    /// All rows with their numbers.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u32, &[u32])> {
        (0..self.n_pieces()).flat_map(|piece| self.rows_of(piece))
    }

    /// Pieces that hold the rows.
    pub(crate) fn n_pieces(&self) -> usize {
        self.pieces.len()
    }

    /// The rows of a piece with their numbers.
    pub(crate) fn rows_of(&self, piece: usize) -> impl Iterator<Item = (u32, &[u32])> {
        ((piece * PIECE) as u32..).zip(self.pieces[piece].chunks_exact(self.width.max(1)))
    }

    /// Brings rows into the cache: many loads that do not wait for each other.
    pub(crate) fn touch(&self, rows: impl Iterator<Item = u32>) {
        let ends = rows.map(|row| self.row(row)).filter_map(|row| Some(row.first()? ^ row.last()?));
        std::hint::black_box(ends.fold(0, std::ops::BitXor::bitxor));
    }

    fn place(&self, row: u32) -> (usize, usize) {
        (row as usize / PIECE, row as usize % PIECE * self.width)
    }
}
