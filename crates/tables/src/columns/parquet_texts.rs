//! Columns of texts in Parquet: codes of a dictionary stay codes, so that no text is made that stands there already.

use parquet::column::page::PageReader;

use super::codes::{Interner, NO_CODE, hash_text};
use super::parquet_pages::{Data, NO_ENTRY, Part, Run, Stop, broken, each_code, next, spread};
use super::texts::{Arena, Texts};

/// The texts of one row group.
pub(crate) enum Piece {
    /// A code into the dictionary for each row.
    Coded(Vec<u32>, Arena),
    Flat(Arena),
}

impl Piece {
    fn text(&self, row: usize) -> &str {
        match self {
            Piece::Coded(codes, dictionary) => match codes[row] {
                NO_CODE => "",
                code => dictionary.get(code as usize),
            },
            Piece::Flat(texts) => texts.get(row),
        }
    }

    fn len(&self) -> usize {
        match self {
            Piece::Coded(codes, _) => codes.len(),
            Piece::Flat(texts) => texts.len(),
        }
    }
}

/// Reads the texts of a row group.
pub(crate) fn texts(pages: &mut dyn PageReader, full: i16, n_rows: usize) -> Result<Piece, Stop> {
    let mut piece = Piece::Coded(Vec::new(), Arena::default());
    while let Some(part) = next(pages, full)? {
        match (part, &mut piece) {
            (Part::Dictionary(bytes, n), Piece::Coded(codes, dictionary)) if codes.is_empty() => {
                each_text(&bytes, n, |text| dictionary.push(text))?;
            }
            (Part::Dictionary(..), _) => {
                return Err(broken("a dictionary stands behind the data of its column"));
            }
            (Part::Data(data), Piece::Coded(codes, dictionary)) if data.is_coded => {
                coded_page(&data, codes, dictionary.len())?;
            }
            (Part::Data(data), _) => {
                if let Piece::Coded(codes, _) = &piece {
                    let mut texts = Arena::default();
                    (0..codes.len()).for_each(|row| texts.push(piece.text(row)));
                    piece = Piece::Flat(texts);
                }
                let Piece::Flat(texts) = &mut piece else { return Err(Stop::Other) };
                flat_page(&data, texts)?;
            }
        }
    }
    if piece.len() != n_rows {
        return Err(broken("a column has another number of values than its group has rows"));
    }
    Ok(piece)
}

fn coded_page(data: &Data, codes: &mut Vec<u32>, n_names: usize) -> Result<(), Stop> {
    let n_present = data.present.as_ref().map_or(data.n, |present| present.iter().filter(|is| **is).count());
    let from = codes.len();
    let known = |code: u32| if (code as usize) < n_names { Ok(()) } else { Err(broken(NO_ENTRY)) };
    each_code(&data.values, n_present, |run| {
        match run {
            Run::Same(code, n) => {
                known(code)?;
                codes.resize(codes.len() + n, code);
            }
            Run::Packed(more) => {
                known(more.iter().copied().max().unwrap_or(0))?;
                codes.extend_from_slice(more);
            }
        }
        Ok(())
    })?;
    if let Some(present) = &data.present {
        codes.resize(from + data.n, NO_CODE);
        spread(&mut codes[from..], present, n_present, NO_CODE);
    }
    Ok(())
}

fn flat_page(data: &Data, texts: &mut Arena) -> Result<(), Stop> {
    // A page that mixes codes and plain values within one group comes from no writer.
    if data.is_coded {
        return Err(Stop::Other);
    }
    match &data.present {
        None => each_text(&data.values, data.n, |text| texts.push(text)),
        Some(present) => {
            let mut bytes = &data.values[..];
            for &is_present in present {
                if is_present {
                    push(take(&mut bytes)?, &mut |text| texts.push(text));
                } else {
                    texts.push("");
                }
            }
            Ok(())
        }
    }
}

fn each_text(bytes: &[u8], n: usize, mut put: impl FnMut(&str)) -> Result<(), Stop> {
    let mut rest = bytes;
    for _ in 0..n {
        push(take(&mut rest)?, &mut put);
    }
    Ok(())
}

/// The next value: four bytes of length, then the value.
#[inline]
fn take<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], Stop> {
    let short = || broken("a text in a page is shorter than it says");
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(short)?;
    let length = u32::from_le_bytes(*length) as usize;
    let value = rest.get(..length).ok_or_else(short)?;
    *bytes = &rest[length..];
    Ok(value)
}

#[inline]
fn push(value: &[u8], put: &mut impl FnMut(&str)) {
    match std::str::from_utf8(value) {
        Ok(text) => put(text),
        Err(_) => put(&crate::row::readable(value)),
    }
}

/// Puts the row groups together: codes if the names are few, else texts.
pub(crate) fn joined(pieces: Vec<Piece>) -> Texts {
    let n_rows: usize = pieces.iter().map(Piece::len).sum();
    let n_names: Option<usize> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Coded(_, dictionary) => Some(dictionary.len()),
            Piece::Flat(_) => None,
        })
        .sum();
    if n_names.is_none_or(|n_names| n_names > n_rows / 2 + 1000) {
        let mut pieces = pieces.into_iter();
        let mut texts = match pieces.next() {
            Some(Piece::Flat(texts)) => texts,
            Some(piece) => (0..piece.len()).map(|row| piece.text(row)).collect(),
            None => Arena::default(),
        };
        for piece in pieces {
            (0..piece.len()).for_each(|row| texts.push(piece.text(row)));
        }
        return Texts::flat(texts);
    }
    let mut names = Arena::default();
    let mut interner = Interner::new();
    let mut codes = Vec::with_capacity(n_rows);
    for piece in pieces {
        let Piece::Coded(mine, dictionary) = piece else { continue };
        let renamed: Vec<u32> = (0..dictionary.len())
            .map(|code| {
                let name = dictionary.get(code);
                let (code, is_new) = interner.code(hash_text(name), |code| names.get(code) == name);
                if is_new {
                    names.push(name);
                }
                code
            })
            .collect();
        codes.extend(mine.iter().map(|&code| if code == NO_CODE { NO_CODE } else { renamed[code as usize] }));
    }
    Texts::coded(codes, Texts::flat(names))
}
