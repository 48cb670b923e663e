//! Chance from a seed, the same on every machine: for shuffling rows, not for secrets.

/// SplitMix64.
#[derive(Debug, Clone)]
pub(crate) struct Generator(u64);

impl Generator {
    pub(crate) fn from_seed(seed: u64) -> Generator {
        Generator(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Puts a list in random order.
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            // The bias of the remainder is below 2⁻⁴⁰ for lists of ours.
            list.swap(i, (self.next() % (i as u64 + 1)) as usize);
        }
    }
}
