//! A window of decoded text that moves over a file of any size in bounded memory.
//!
//! Decodes to UTF-8 on the way, remembering where bytes were no text instead of replacing them silently. Does not
//! know rows: readers look at `pending`, ask for more, and say how much they took.

use std::collections::VecDeque;
use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, UTF_8, WINDOWS_1252};

use crate::encoding::Found;

const BLOCK_BYTES: usize = 64 << 10;
const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

/// A place where the bytes of the file are no text in its encoding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Malformed {
    /// Offset in the decoded text.
    pub(crate) at: u64,
    /// Offset in the file.
    pub(crate) file_byte: u64,
}

pub(crate) struct Window {
    source: Box<dyn Read + Send>,
    decoding: Option<Decoding>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    mark_bytes: u64,
    bytes_read: u64,
    /// Offset of `buffer[start]` in the decoded text.
    offset: u64,
    malformed: VecDeque<Malformed>,
}

struct Decoding {
    decoder: Decoder,
    undefined_are_malformed: bool,
    packed: Vec<u8>,
    packed_at: u64,
    decoded: u64,
}

impl Window {
    /// `source` must stand at the start of the file, its byte order mark included.
    pub(crate) fn new(mut source: Box<dyn Read + Send>, found: Found) -> io::Result<Window> {
        let mut mark = vec![0; found.mark_bytes];
        source.read_exact(&mut mark)?;
        let decoding = (found.encoding != UTF_8).then(|| Decoding {
            decoder: found.encoding.new_decoder_without_bom_handling(),
            undefined_are_malformed: found.encoding == WINDOWS_1252,
            packed: Vec::new(),
            packed_at: found.mark_bytes as u64,
            decoded: 0,
        });
        Ok(Window {
            source,
            decoding,
            buffer: vec![0; BLOCK_BYTES * 2],
            start: 0,
            end: 0,
            ended: false,
            mark_bytes: found.mark_bytes as u64,
            bytes_read: found.mark_bytes as u64,
            offset: 0,
            malformed: VecDeque::new(),
        })
    }

    /// The text that was decoded and not yet taken. May hold invalid UTF-8 if the file says it is UTF-8 and is not.
    pub(crate) fn pending(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// True when nothing will come after `pending`.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// **Units**: bytes of the file, decoded or not.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    pub(crate) fn take(&mut self, n_bytes: usize) {
        self.start += n_bytes;
        self.offset += n_bytes as u64;
        while self.malformed.front().is_some_and(|place| place.at < self.offset) {
            self.malformed.pop_front();
        }
    }

    /// The first place within the next `n_bytes` of text where the file held no text.
    pub(crate) fn malformed_within(&self, n_bytes: usize) -> Option<Malformed> {
        self.malformed.front().copied().filter(|place| place.at < self.offset + n_bytes as u64)
    }

    /// Where in the file the byte stands that is `n_bytes` into `pending` (exact for UTF-8 only).
    pub(crate) fn file_byte(&self, n_bytes: usize) -> u64 {
        self.mark_bytes + self.offset + n_bytes as u64
    }

    /// How far into `pending` a malformed place lies.
    pub(crate) fn within_pending(&self, place: Malformed) -> usize {
        (place.at - self.offset) as usize
    }

    /// Reads until `pending` holds `n_bytes` or the file ends.
    pub(crate) fn fill_to(&mut self, n_bytes: usize) -> io::Result<()> {
        while !self.ended && self.pending().len() < n_bytes {
            self.fill()?;
        }
        Ok(())
    }

    /// Reads more text; at least doubles `pending` if it is large, so that looking again costs little.
    pub(crate) fn fill(&mut self) -> io::Result<()> {
        let wanted = (self.end - self.start).max(BLOCK_BYTES);
        self.make_room(wanted);
        let goal = self.end + wanted;
        while self.end < goal && !self.ended {
            self.fill_once(goal)?;
        }
        Ok(())
    }

    /// Takes everything up to and with the next line end, quotes or not, in bounded memory.
    ///
    /// **Units**: returns the bytes that were skipped, the line end not counted.
    pub(crate) fn skip_line(&mut self) -> io::Result<u64> {
        let mut skipped = 0;
        loop {
            if let Some((text, whole)) = line_end(self.pending(), self.ended) {
                self.take(whole);
                return Ok(skipped + text as u64);
            }
            // A CR at the very end stays: an LF may follow it.
            let pending = self.pending();
            let n = pending.len() - usize::from(pending.last() == Some(&b'\r'));
            skipped += n as u64;
            self.take(n);
            self.fill()?;
        }
    }

    fn make_room(&mut self, wanted: usize) {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        // Room for the longest letter beyond what is wanted, so that the decoder can always go on.
        let room = self.end + wanted + 16;
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
    }

    fn fill_once(&mut self, goal: usize) -> io::Result<()> {
        let Some(decoding) = &mut self.decoding else {
            let n = read_some(&mut self.source, &mut self.buffer[self.end..goal])?;
            self.bytes_read += n as u64;
            self.end += n;
            self.ended = n == 0;
            return Ok(());
        };
        if decoding.packed.is_empty() {
            decoding.packed.resize(BLOCK_BYTES, 0);
            let n = read_some(&mut self.source, &mut decoding.packed)?;
            decoding.packed.truncate(n);
            self.bytes_read += n as u64;
            if n == 0 {
                self.ended = true;
            }
        }
        let written = decoding.decode(&mut self.buffer[self.end..], self.ended, &mut self.malformed);
        self.end += written;
        Ok(())
    }
}

impl Decoding {
    /// Decodes what fits of `packed` into `room` and returns how many bytes of text came out.
    fn decode(&mut self, room: &mut [u8], last: bool, malformed: &mut VecDeque<Malformed>) -> usize {
        let packed = std::mem::take(&mut self.packed);
        let (mut read, mut written) = (0, 0);
        loop {
            let mut input = &packed[read..];
            let mut undefined = None;
            if self.undefined_are_malformed {
                undefined = input.iter().position(|byte| matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D));
                input = &input[..undefined.unwrap_or(input.len())];
            }
            // Room for one replacement letter is kept free, so that a fault always has its place in the text.
            let usable = room.len() - REPLACEMENT.len();
            let (result, n_read, n_written) =
                self.decoder.decode_to_utf8_without_replacement(input, &mut room[written..usable], last);
            read += n_read;
            written += n_written;
            match result {
                DecoderResult::OutputFull => break,
                DecoderResult::InputEmpty if undefined.is_none() => break,
                DecoderResult::InputEmpty => {
                    written += self.mark(self.packed_at + read as u64, written, room, malformed);
                    read += 1;
                }
                DecoderResult::Malformed(length, after) => {
                    let byte = self.packed_at + read as u64 - u64::from(length) - u64::from(after);
                    written += self.mark(byte, written, room, malformed);
                }
            }
            if room.len() - written < 12 {
                break;
            }
        }
        self.packed_at += read as u64;
        self.decoded += written as u64;
        self.packed = packed[read..].to_vec();
        written
    }

    /// Puts a replacement letter where bytes were no text, and remembers that it is none of the file's.
    fn mark(
        &self,
        file_byte: u64,
        written: usize,
        room: &mut [u8],
        malformed: &mut VecDeque<Malformed>,
    ) -> usize {
        room[written..written + REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
        malformed.push_back(Malformed { at: self.decoded + written as u64, file_byte });
        REPLACEMENT.len()
    }
}

/// Where the first physical line ends: its length without and with its line end.
pub(crate) fn line_end(bytes: &[u8], ended: bool) -> Option<(usize, usize)> {
    match bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
        Some(at) if bytes[at] == b'\n' => Some((at, at + 1)),
        Some(at) => match bytes.get(at + 1) {
            Some(b'\n') => Some((at, at + 2)),
            None if !ended => None,
            _ => Some((at, at + 1)),
        },
        None => ended.then_some((bytes.len(), bytes.len())),
    }
}

fn read_some(source: &mut dyn Read, room: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(room) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
