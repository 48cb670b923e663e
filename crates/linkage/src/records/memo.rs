//! Which cells of a column were met lately, and their numbers: most columns say the same few things again and again.

use crate::fold::hash;

/// Cells that are remembered at most; each has one place, where the next one that falls there takes over.
const MOST: usize = 1 << 16;
/// Bytes of a cell that is remembered: longer ones are seldom met again.
const LONGEST: usize = 27;

pub(super) struct Memo {
    places: Vec<Place>,
}

/// A cell as it stands, so that looking whether it is the same costs one look into memory.
#[derive(Clone, Copy)]
#[repr(align(32))]
struct Place {
    number: u32,
    n_bytes: u8,
    bytes: [u8; LONGEST],
}

impl Memo {
    /// For a column of `n` cells.
    pub(super) fn new(n: usize) -> Memo {
        let empty = Place { number: 0, n_bytes: 0, bytes: [0; LONGEST] };
        Memo { places: vec![empty; n.next_power_of_two().min(MOST)] }
    }

    /// The number of a cell, which is worked out if it is not remembered; that of an empty cell is 0.
    pub(super) fn get_or(&mut self, cell: &str, number: impl FnOnce() -> u32) -> u32 {
        let mut bytes = [0; LONGEST];
        let Some(held) = bytes.get_mut(..cell.len()) else { return number() };
        held.copy_from_slice(cell.as_bytes());
        let place = hash(cell.as_bytes()) as usize & (self.places.len() - 1);
        let place = &mut self.places[place];
        if place.n_bytes as usize != cell.len() || place.bytes != bytes {
            *place = Place { number: number(), n_bytes: cell.len() as u8, bytes };
        }
        place.number
    }
}
