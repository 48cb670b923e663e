//! The parts of all records that keys are made of, computed once.

use rayon::prelude::*;

use super::atoms::{self, Atom};
use super::table::Table;
use crate::records::Records;

/// Atoms, and their values in every record.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) atoms: Vec<Atom>,
    /// Where the values of each atom begin in a row.
    pub(crate) starts: Vec<usize>,
    pub(super) values: Table,
}

impl Parts {
    /// The atoms of these records, without their values.
    pub(crate) fn without_values(records: &Records) -> Parts {
        let atoms = atoms::atoms(records);
        let mut starts = vec![0];
        for atom in &atoms {
            starts.push(starts[starts.len() - 1] + atom.width());
        }
        Parts { atoms, starts, values: Table::default() }
    }

    /// The parts of all records.
    pub(crate) fn of(records: &Records) -> Parts {
        let mut parts = Parts::without_values(records);
        let by_code: Vec<Vec<u32>> =
            parts.atoms.par_iter().map(|atom| atoms::by_code(records, atom)).collect();
        let write = |record, out: &mut [u32]| parts.write(records, record, &by_code, out);
        parts.values = Table::new(records.len(), parts.width(), write);
        parts
    }

    /// Values of one record.
    pub(crate) fn width(&self) -> usize {
        self.starts[self.atoms.len()]
    }

    /// Writes the values of a record, which need not be among those whose values are held; `by_code` is what
    /// [`atoms::by_code`] gives of each atom, or nothing where it is not worth while.
    pub(crate) fn write(&self, records: &Records, record: u32, by_code: &[Vec<u32>], out: &mut [u32]) {
        let row = records.row(record);
        for (at, atom) in self.atoms.iter().enumerate() {
            let out = &mut out[self.starts[at]..self.starts[at + 1]];
            match by_code.get(at).and_then(|by_code| atom.known(by_code, row)) {
                Some(known) => out.copy_from_slice(known),
                None => atoms::values(records, row, atom, out),
            }
        }
    }
}
