//! The parts of all records that keys are made of, computed once.

use rayon::prelude::*;

use super::atoms::{self, Atom};
use crate::records::Records;

/// Atoms, and their values in every record.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) atoms: Vec<Atom>,
    /// Where the values of each atom begin in a row.
    pub(crate) starts: Vec<usize>,
    values: Vec<u32>,
}

/// Records whose parts are computed in one piece.
const PIECE: usize = 4096;

impl Parts {
    /// The atoms of these records, without their values.
    pub(crate) fn without_values(records: &Records) -> Parts {
        let atoms = atoms::atoms(records);
        let mut starts = vec![0];
        for atom in &atoms {
            starts.push(starts[starts.len() - 1] + atom.width());
        }
        Parts { atoms, starts, values: Vec::new() }
    }

    /// The parts of all records.
    pub(crate) fn of(records: &Records) -> Parts {
        let mut parts = Parts::without_values(records);
        let width = parts.width();
        let mut values = vec![0; records.len() * width];
        if width > 0 {
            let write = |(piece, out): (usize, &mut [u32])| {
                for (record, out) in out.chunks_mut(width).enumerate() {
                    parts.write(records, (piece * PIECE + record) as u32, out);
                }
            };
            values.par_chunks_mut(PIECE * width).enumerate().for_each(write);
        }
        parts.values = values;
        parts
    }

    /// Values of one record.
    pub(crate) fn width(&self) -> usize {
        self.starts[self.atoms.len()]
    }

    pub(crate) fn n_records(&self) -> usize {
        self.values.len() / self.width().max(1)
    }

    /// The values of a record, by the order of the atoms.
    pub(crate) fn row(&self, record: u32) -> &[u32] {
        let start = record as usize * self.width();
        &self.values[start..start + self.width()]
    }

    /// All records with their values.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u32, &[u32])> {
        (0_u32..).zip(self.values.chunks_exact(self.width().max(1)))
    }

    /// Writes the values of a record, which need not be among those whose values are held.
    pub(crate) fn write(&self, records: &Records, record: u32, out: &mut [u32]) {
        let row = records.row(record);
        for (at, atom) in self.atoms.iter().enumerate() {
            atoms::values(records, row, atom, &mut out[self.starts[at]..self.starts[at + 1]]);
        }
    }

    /// The atoms alone.
    pub(crate) fn emptied(self) -> Parts {
        Parts { values: Vec::new(), ..self }
    }
}
