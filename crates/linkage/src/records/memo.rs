//! Which cells of a column were met lately, and their numbers: most columns say the same few things again and again.

use crate::fold::hash;

/// Cells that are remembered at most; each has one place, where the next one that falls there takes over.
const MOST: usize = 1 << 16;

pub(super) struct Memo<'a> {
    places: Vec<(&'a str, u32)>,
}

impl<'a> Memo<'a> {
    /// For a column of `n` cells.
    pub(super) fn new(n: usize) -> Memo<'a> {
        Memo { places: vec![("", 0); n.next_power_of_two().min(MOST)] }
    }

    /// The number of a cell, which is worked out if it is not remembered; that of an empty cell is 0.
    pub(super) fn get_or(&mut self, cell: &'a str, number: impl FnOnce() -> u32) -> u32 {
        let place = hash(cell.as_bytes()) as usize & (self.places.len() - 1);
        let held = &mut self.places[place];
        if held.0 != cell {
            *held = (cell, number());
        }
        held.1
    }
}
