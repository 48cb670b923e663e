//! Ids: a prefix that names the record and 20 characters that sort by time, such as `per_06b2k3m8q4v7x1y5z0a9`.
//!
//! 48 bits of milliseconds and 52 bits that start at random and count up within one millisecond, in Crockford's base 32.
//! Ids made by one process ascend, so that inserting them appends to the index.

use crate::clock::Micros;
use std::sync::Mutex;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LOW_BITS: u32 = 52;

#[derive(Debug)]
pub struct IdMaker(Mutex<State>);

#[derive(Debug)]
struct State {
    last: u128,
    /// Seeded tests get the same ids every time; otherwise the low bits are drawn for each new millisecond.
    seeded: Option<u64>,
}

impl IdMaker {
    pub fn random() -> Self {
        Self(Mutex::new(State { last: 0, seeded: None }))
    }

    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(State { last: 0, seeded: Some(seed) }))
    }

    /// The next id for `prefix` (three or four letters); ascends even if the clock goes back.
    pub fn next(&self, prefix: &str, now: Micros) -> String {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let millis = u128::try_from(now.max(0) / 1000).unwrap_or_default() & ((1 << 48) - 1);
        // Half of the low range is left free for counting up within the millisecond.
        state.last = match (state.last >> LOW_BITS) >= millis {
            true => state.last + 1,
            false => (millis << LOW_BITS) | u128::from(state.low_bits()),
        };
        encode(prefix, state.last)
    }
}

impl State {
    fn low_bits(&mut self) -> u64 {
        let bits = match &mut self.seeded {
            None => u64::from_le_bytes(crate::random::bytes::<8>()),
            Some(seed) => {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *seed
            }
        };
        bits >> (64 - LOW_BITS + 1)
    }
}

/// The least id with this prefix that could have been made at a moment: where a reader of a log begins.
pub fn first_at(prefix: &str, at: Micros) -> String {
    let millis = u128::try_from(at.max(0) / 1000).unwrap_or_default() & ((1 << 48) - 1);
    encode(prefix, millis << LOW_BITS)
}

/// The moment at which an id was made, to the millisecond; None for what is no id.
pub fn made_at(id: &str) -> Option<Micros> {
    let (_, digits) = id.split_once('_')?;
    if digits.len() != 20 {
        return None;
    }
    let mut bits: u128 = 0;
    for digit in digits.bytes() {
        let value = ALPHABET.iter().position(|letter| *letter == digit)?;
        bits = (bits << 5) | value as u128;
    }
    i64::try_from(bits >> LOW_BITS).ok()?.checked_mul(1000)
}

fn encode(prefix: &str, bits: u128) -> String {
    let mut id = String::with_capacity(prefix.len() + 21);
    id.push_str(prefix);
    id.push('_');
    for place in (0..20).rev() {
        id.push(char::from(ALPHABET[((bits >> (place * 5)) & 31) as usize]));
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_within_one_millisecond_and_when_the_clock_goes_back() {
        let ids = IdMaker::random();
        let mut last = ids.next("per", 2_000_000);
        for at in [2_000_000, 2_000_001, 1_000_000, 5_000_000] {
            let next = ids.next("per", at);
            assert!(next > last, "{next} does not follow {last}");
            assert_eq!(next.len(), 24);
            last = next;
        }
    }

    #[test]
    fn an_id_tells_when_it_was_made_and_sorts_behind_the_first_of_its_moment() {
        let id = IdMaker::seeded(1).next("evt", 1_705_320_000_123_456);
        assert_eq!(made_at(&id), Some(1_705_320_000_123_000));
        assert!(first_at("evt", 1_705_320_000_123_000) <= id);
        assert!(first_at("evt", 1_705_320_000_124_000) > id);
        for wrong in ["", "evt", "evt_1", "evt_06b2k3m8q4v7x1y5z0aü", "evt_uuuuuuuuuuuuuuuuuuuu"] {
            assert_eq!(made_at(wrong), None, "{wrong}");
        }
    }
}
