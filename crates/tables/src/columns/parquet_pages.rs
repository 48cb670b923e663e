//! The pages of one column of one row group, taken apart by hand: levels, plain values and codes of a dictionary.
//!
//! Covers what nearly every writer makes of flat columns. Other encodings are named as such, and the general reader of the
//! `parquet` crate takes the column instead.

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::errors::ParquetError;

/// Why the pages could not be taken apart.
#[derive(Debug)]
pub(crate) enum Stop {
    /// An encoding that is left to the general reader.
    Other,
    Broken(ParquetError),
}

impl From<ParquetError> for Stop {
    fn from(error: ParquetError) -> Stop {
        Stop::Broken(error)
    }
}

pub(crate) fn broken(what: &str) -> Stop {
    Stop::Broken(ParquetError::General(what.to_owned()))
}

const SHORT: &str = "a page is shorter than it says";

/// A page of data: which of its rows have a value, and the values behind each other.
pub(crate) struct Data {
    /// Rows of the page.
    pub(crate) n: usize,
    /// `None`: all have a value.
    pub(crate) present: Option<Vec<bool>>,
    pub(crate) values: Bytes,
    pub(crate) is_coded: bool,
}

/// What a page holds.
pub(crate) enum Part {
    Dictionary(Bytes, usize),
    Data(Data),
}

/// Reads the next page of a column whose rows have a value at level `full`.
pub(crate) fn next(pages: &mut dyn PageReader, full: i16) -> Result<Option<Part>, Stop> {
    let Some(page) = pages.get_next_page()? else { return Ok(None) };
    let is_coded = |encoding: Encoding| match encoding {
        Encoding::PLAIN => Ok(false),
        Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY => Ok(true),
        _ => Err(Stop::Other),
    };
    Ok(Some(match page {
        Page::DictionaryPage { buf, num_values, encoding, .. } => {
            if !matches!(encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY) {
                return Err(Stop::Other);
            }
            Part::Dictionary(buf, num_values as usize)
        }
        Page::DataPage { buf, num_values, encoding, def_level_encoding, .. } => {
            let (n, is_coded) = (num_values as usize, is_coded(encoding)?);
            if full == 0 {
                return Ok(Some(Part::Data(Data { n, present: None, values: buf, is_coded })));
            }
            if def_level_encoding != Encoding::RLE {
                return Err(Stop::Other);
            }
            let length = buf.get(..4).ok_or_else(|| broken(SHORT))?;
            let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
            let levels = buf.get(4..4 + length).ok_or_else(|| broken(SHORT))?;
            let present = present(levels, n, full)?;
            Part::Data(Data { n, present, values: buf.slice(4 + length..), is_coded })
        }
        Page::DataPageV2 { buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
            let (n, is_coded) = (num_values as usize, is_coded(encoding)?);
            let from = rep_levels_byte_len as usize;
            let to = from + def_levels_byte_len as usize;
            let levels = buf.get(from..to).ok_or_else(|| broken(SHORT))?;
            let present = if full == 0 { None } else { present(levels, n, full)? };
            Part::Data(Data { n, present, values: buf.slice(to..), is_coded })
        }
    }))
}

/// Which rows have a value; `None` if all have.
fn present(levels: &[u8], n: usize, full: i16) -> Result<Option<Vec<bool>>, Stop> {
    let width = 16 - (full as u16).leading_zeros() as u8;
    let mut present = Vec::new();
    let mut n_present = 0;
    each_run(levels, width, n, |run| {
        match run {
            Run::Same(level, n) => {
                let is_full = level == full as u32;
                n_present += if is_full { n } else { 0 };
                present.resize(present.len() + n, is_full);
            }
            Run::Packed(codes) => {
                for &level in codes {
                    n_present += usize::from(level == full as u32);
                    present.push(level == full as u32);
                }
            }
        }
        Ok(())
    })?;
    Ok((n_present < n).then_some(present))
}

/// A piece of a list of small numbers.
pub(crate) enum Run<'a> {
    /// One number so many times.
    Same(u32, usize),
    Packed(&'a [u32]),
}

/// Numbers that are unpacked at once.
const UNPACKED: usize = 1 << 10;

/// Reads `n` numbers of `width` bits: runs of equal ones and packed groups of eight.
///
/// **Source.** Apache Parquet format, "Encodings", RLE / bit-packing hybrid.
pub(crate) fn each_run(
    bytes: &[u8],
    width: u8,
    n: usize,
    mut take: impl FnMut(Run<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    if width > 32 {
        return Err(broken("numbers of more than 32 bits in a page"));
    }
    let (mut rest, mut left) = (bytes, n);
    let mut unpacked = [0u32; UNPACKED];
    while left > 0 {
        let header = variable_length(&mut rest)?;
        let count = usize::try_from(header >> 1).map_err(|_| broken(SHORT))?;
        if header & 1 == 0 {
            let length = usize::from(width).div_ceil(8);
            let value = rest.get(..length).ok_or_else(|| broken(SHORT))?;
            let value = value.iter().rev().fold(0u32, |value, &byte| value << 8 | u32::from(byte));
            rest = &rest[length..];
            let count = count.min(left);
            if count == 0 {
                return Err(broken("an empty run in a page"));
            }
            take(Run::Same(value, count))?;
            left -= count;
        } else {
            let length = count.checked_mul(usize::from(width)).ok_or_else(|| broken(SHORT))?;
            // The last group may be cut where nothing of it is needed.
            let packed = &rest[..length.min(rest.len())];
            let mut count = count.saturating_mul(8).min(left);
            if count == 0 || packed.len() < (count * usize::from(width)).div_ceil(8) {
                return Err(broken(SHORT));
            }
            rest = &rest[packed.len()..];
            left -= count;
            let mut packed = packed;
            while count > 0 {
                let n = count.min(UNPACKED);
                unpack(packed, width, &mut unpacked[..n]);
                take(Run::Packed(&unpacked[..n]))?;
                count -= n;
                packed = &packed[(n * usize::from(width) / 8).min(packed.len())..];
            }
        }
    }
    Ok(())
}

/// Unpacks numbers of `width` bits, the lowest bits first; `packed` holds all of them.
fn unpack(packed: &[u8], width: u8, numbers: &mut [u32]) {
    let mask = if width == 32 { u32::MAX } else { (1 << width) - 1 };
    let mut bit = 0;
    for number in numbers {
        let at = bit / 8;
        let word = match packed.get(at..at + 8) {
            Some(word) => u64::from_le_bytes(word.try_into().expect("eight bytes")),
            None => {
                packed[at.min(packed.len())..].iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
            }
        };
        *number = (word >> (bit % 8)) as u32 & mask;
        bit += usize::from(width);
    }
}

fn variable_length(bytes: &mut &[u8]) -> Result<u64, Stop> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or_else(|| broken(SHORT))?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(broken("a length in a page is too large"))
}

/// The codes of a page: their width stands in front.
pub(crate) fn each_code(
    values: &[u8],
    n: usize,
    take: impl FnMut(Run<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    if n == 0 {
        return Ok(());
    }
    let (&width, codes) = values.split_first().ok_or_else(|| broken(SHORT))?;
    each_run(codes, width, n, take)
}

/// Values of a fixed number of bytes.
pub(crate) trait Fixed: Copy {
    const SIZE: usize;
    fn read(bytes: &[u8]) -> Self;
}

macro_rules! fixed {
    ($($type:ty),*) => {$(
        impl Fixed for $type {
            const SIZE: usize = size_of::<$type>();
            #[inline]
            fn read(bytes: &[u8]) -> $type {
                <$type>::from_le_bytes(bytes.try_into().expect("as many bytes as the type has"))
            }
        }
    )*};
}

fixed!(i32, i64, f32, f64);

/// Reads a whole column of one row group into `out`, each value made by `of`; `none` stands where there is none.
pub(crate) fn fixed<P: Fixed, T: Copy>(
    pages: &mut dyn PageReader,
    full: i16,
    none: T,
    of: impl Fn(P) -> T,
    out: &mut [T],
) -> Result<(), Stop> {
    let mut dictionary: Vec<T> = Vec::new();
    let mut rest = out;
    while let Some(part) = next(pages, full)? {
        match part {
            Part::Dictionary(bytes, _) => {
                dictionary = bytes.chunks_exact(P::SIZE).map(|bytes| of(P::read(bytes))).collect();
            }
            Part::Data(data) => {
                if data.n > rest.len() {
                    return Err(broken("a column has more values than its group has rows"));
                }
                let (mine, after) = rest.split_at_mut(data.n);
                rest = after;
                fixed_page(&data, &dictionary, none, &of, mine)?;
            }
        }
    }
    if rest.is_empty() { Ok(()) } else { Err(broken("a column has fewer values than its group has rows")) }
}

fn fixed_page<P: Fixed, T: Copy>(
    data: &Data,
    dictionary: &[T],
    none: T,
    of: impl Fn(P) -> T,
    out: &mut [T],
) -> Result<(), Stop> {
    let n_present = data.present.as_ref().map_or(data.n, |present| present.iter().filter(|is| **is).count());
    if data.is_coded {
        let mut at = 0;
        each_code(&data.values, n_present, |run| {
            match run {
                Run::Same(code, n) => {
                    let value = *dictionary.get(code as usize).ok_or_else(|| broken(NO_ENTRY))?;
                    out[at..at + n].fill(value);
                    at += n;
                }
                Run::Packed(codes) => {
                    for (out, &code) in out[at..].iter_mut().zip(codes) {
                        *out = *dictionary.get(code as usize).ok_or_else(|| broken(NO_ENTRY))?;
                    }
                    at += codes.len();
                }
            }
            Ok(())
        })?;
    } else {
        let values = data.values.get(..n_present * P::SIZE).ok_or_else(|| broken(SHORT))?;
        out.iter_mut().zip(values.chunks_exact(P::SIZE)).for_each(|(out, bytes)| *out = of(P::read(bytes)));
    }
    if let Some(present) = &data.present {
        spread(out, present, n_present, none);
    }
    Ok(())
}

pub(crate) const NO_ENTRY: &str = "a code has no entry in the dictionary of its column";

/// Moves the first values to the rows that have one, from the last to the first.
pub(crate) fn spread<T: Copy>(out: &mut [T], present: &[bool], n_present: usize, none: T) {
    let mut from = n_present;
    for (row, &is_present) in present.iter().enumerate().rev() {
        if is_present {
            from -= 1;
            out[row] = out[from];
        } else {
            out[row] = none;
        }
    }
}
