//! Which encoding a plain file is in: asked for, told by a byte order mark, or guessed from all its letters.
//!
//! Tells UTF-8, UTF-16 and Windows-1252 apart. Does not guess between the one-byte encodings of other regions: no
//! statistics of languages here; the user names those.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::FileError;

/// An encoding and how many bytes of byte order mark stand before the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) encoding: &'static Encoding,
    pub(crate) mark_bytes: usize,
}

/// Finds an encoding by the name that a user gave.
///
/// **Errors**: `UnknownEncoding`.
pub(crate) fn by_name(name: &str, sample: &[u8]) -> Result<Found, FileError> {
    let encoding = Encoding::for_label(name.trim().as_bytes())
        .filter(|encoding| *encoding != encoding_rs::REPLACEMENT)
        .ok_or_else(|| FileError::UnknownEncoding { name: name.to_owned() })?;
    let mark_bytes = match Encoding::for_bom(sample) {
        Some((marked, mark_bytes)) if marked == encoding => mark_bytes,
        _ => 0,
    };
    Ok(Found { encoding, mark_bytes })
}

/// What the letters beyond ASCII say, gathered block by block.
#[derive(Debug, Default)]
pub(crate) struct Letters {
    n_utf8: u64,
    n_not_utf8: u64,
    cut: Vec<u8>,
}

impl Letters {
    /// Looks at the next block of the file.
    pub(crate) fn look(&mut self, block: &[u8]) {
        if self.cut.is_empty() {
            self.count(block);
        } else {
            let mut joined = std::mem::take(&mut self.cut);
            joined.extend_from_slice(block);
            self.count(&joined);
        }
    }

    fn count(&mut self, mut bytes: &[u8]) {
        loop {
            match std::str::from_utf8(bytes) {
                Ok(text) => {
                    self.n_utf8 += n_letters_beyond_ascii(text);
                    return;
                }
                Err(error) => {
                    let (valid, rest) = bytes.split_at(error.valid_up_to());
                    // The part before the fault was found valid by the line above.
                    self.n_utf8 += std::str::from_utf8(valid).map_or(0, n_letters_beyond_ascii);
                    match error.error_len() {
                        None => {
                            self.cut = rest.to_vec();
                            return;
                        }
                        Some(length) => {
                            self.n_not_utf8 += 1;
                            bytes = &rest[length..];
                        }
                    }
                }
            }
        }
    }

    /// True once more looking will hardly change the answer.
    pub(crate) fn suffice(&self) -> bool {
        self.n_utf8 + self.n_not_utf8 >= 1_000
    }

    fn encoding(&self) -> &'static Encoding {
        // A letter cut by the end of the file counts as a fault only if it is the only letter there is.
        let n_not_utf8 = self.n_not_utf8 + u64::from(!self.cut.is_empty() && self.n_utf8 == 0);
        if n_not_utf8 > self.n_utf8 { WINDOWS_1252 } else { UTF_8 }
    }
}

fn n_letters_beyond_ascii(text: &str) -> u64 {
    if text.is_ascii() { 0 } else { text.chars().filter(|letter| !letter.is_ascii()).count() as u64 }
}

/// Guesses the encoding from the start of a file and from what its letters said.
pub(crate) fn guess(sample: &[u8], letters: &Letters) -> Found {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(sample) {
        return Found { encoding, mark_bytes };
    }
    let encoding = utf_16_by_its_zeros(sample).unwrap_or_else(|| letters.encoding());
    Found { encoding, mark_bytes: 0 }
}

/// Western text in UTF-16 has a zero in every second byte.
fn utf_16_by_its_zeros(sample: &[u8]) -> Option<&'static Encoding> {
    let start = &sample[..sample.len().min(4096) & !1];
    if start.len() < 4 {
        return None;
    }
    let zeros = |offset: usize| start.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), start.len() / 2);
    if odd * 10 >= half * 7 && even * 20 <= half {
        Some(UTF_16LE)
    } else if even * 10 >= half * 7 && odd * 20 <= half {
        Some(UTF_16BE)
    } else {
        None
    }
}
