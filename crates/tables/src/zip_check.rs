//! Looks into a ZIP container before anybody parses it, so that a ZIP bomb costs bounded memory and time.
//!
//! Believes no declared size: every part is unpacked once, counted, and thrown away. Does not parse the XML.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use zip::ZipArchive;

use crate::{FileError, Limits};

/// Below this size a high ratio is no danger: small sheets of one repeated value pack very well.
const RATIO_COUNTS_FROM_BYTES: u64 = 16 << 20;
/// Longest run of text between two tags: what a parser must hold at once.
const MAX_TEXT_RUN_BYTES: u64 = 16 << 20;
/// The end record of a ZIP directory lies within this many bytes of the end of the file.
const END_RECORD_BYTES: u64 = 22 + 0xFFFF;

/// What a ZIP container holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Contents {
    Workbook,
    BinaryWorkbook,
    OpenDocument,
    WordDocument,
    Other,
}

/// Names the contents by the parts in the directory.
///
/// **Errors**: `TooLarge` when the directory has too many entries, `Damaged` when there is none.
pub(crate) fn contents(path: &Path, file: &str, limits: &Limits) -> Result<Contents, FileError> {
    let archive = open(path, file, limits)?;
    let mut found = Contents::Other;
    for name in archive.file_names().flatten() {
        found = match name.as_ref() {
            "xl/workbook.xml" => return Ok(Contents::Workbook),
            "xl/workbook.bin" => return Ok(Contents::BinaryWorkbook),
            "word/document.xml" => return Ok(Contents::WordDocument),
            "content.xml" => Contents::OpenDocument,
            _ => found,
        };
    }
    Ok(found)
}

/// Unpacks every part once, keeping nothing, and refuses what passes a limit.
///
/// **Errors**: `TooLarge` with the part and the limit, `Damaged` when a part cannot be unpacked.
pub(crate) fn check(path: &Path, file: &str, limits: &Limits) -> Result<(), FileError> {
    let mut archive = open(path, file, limits)?;
    let mut total = 0;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|error| damaged(file, &error))?;
        let name =
            part.name().map(|name| name.into_owned()).unwrap_or_else(|_| format!("number {}", index + 1));
        let declared = part.size();
        let declared_ratio = declared / part.compressed_size().max(1);
        let mut meter =
            Meter { file, name: &name, packed: part.compressed_size(), limits, total, part: 0, run: 0 };
        if declared > RATIO_COUNTS_FROM_BYTES && declared_ratio > limits.max_xlsx_ratio {
            return Err(meter.too_large(
                "the declared ratio of",
                declared_ratio,
                limits.max_xlsx_ratio,
                "max_xlsx_ratio",
            ));
        }
        meter.count(declared, &[])?;
        meter.part = 0;
        meter.total = total;
        let mut block = vec![0; 64 << 10];
        loop {
            let n = part.read(&mut block).map_err(|error| damaged(file, &error))?;
            if n == 0 {
                break;
            }
            meter.count(n as u64, &block[..n])?;
        }
        total = meter.total;
    }
    Ok(())
}

fn open(path: &Path, file: &str, limits: &Limits) -> Result<ZipArchive<BufReader<File>>, FileError> {
    let io = |source| FileError::Io { file: file.to_owned(), source };
    let mut reader = BufReader::new(File::open(path).map_err(io)?);
    if let Some(entries) = declared_entries(&mut reader).map_err(io)?
        && entries > limits.max_xlsx_entries
    {
        return Err(FileError::TooLarge {
            file: file.to_owned(),
            what: "the number of parts in the ZIP directory".to_owned(),
            found: entries,
            limit: limits.max_xlsx_entries,
            limit_name: "max_xlsx_entries",
        });
    }
    ZipArchive::new(reader).map_err(|error| damaged(file, &error))
}

/// The number of entries in the end record; 65,535 when there are that many or more.
fn declared_entries(reader: &mut BufReader<File>) -> std::io::Result<Option<u64>> {
    let length = reader.seek(SeekFrom::End(0))?;
    reader.seek(SeekFrom::Start(length.saturating_sub(END_RECORD_BYTES)))?;
    let mut tail = Vec::new();
    reader.take(END_RECORD_BYTES).read_to_end(&mut tail)?;
    reader.seek(SeekFrom::Start(0))?;
    let at = tail.windows(12).rposition(|bytes| bytes.starts_with(b"PK\x05\x06"));
    Ok(at.map(|at| u64::from(u16::from_le_bytes([tail[at + 10], tail[at + 11]]))))
}

/// Counts what comes out of one part and of all parts so far.
struct Meter<'a> {
    file: &'a str,
    name: &'a str,
    packed: u64,
    limits: &'a Limits,
    total: u64,
    part: u64,
    run: u64,
}

impl Meter<'_> {
    fn count(&mut self, n: u64, bytes: &[u8]) -> Result<(), FileError> {
        self.part += n;
        self.total += n;
        let limits = self.limits;
        if self.total > limits.max_xlsx_uncompressed_bytes {
            let (found, limit) = (self.total, limits.max_xlsx_uncompressed_bytes);
            return Err(self.too_large(
                "the unpacked size, seen up to",
                found,
                limit,
                "max_xlsx_uncompressed_bytes",
            ));
        }
        if self.is_held() && self.part > limits.max_xlsx_shared_bytes {
            return Err(self.too_large(
                "the unpacked size of",
                self.part,
                limits.max_xlsx_shared_bytes,
                "max_xlsx_shared_bytes",
            ));
        }
        let ratio = self.part / self.packed.max(1);
        if self.part > RATIO_COUNTS_FROM_BYTES && ratio > limits.max_xlsx_ratio {
            return Err(self.too_large(
                "the unpacking ratio of",
                ratio,
                limits.max_xlsx_ratio,
                "max_xlsx_ratio",
            ));
        }
        self.count_run(bytes)
    }

    /// Sheets stream and pictures are not read; any other part may be held whole by the parser, wherever it lies.
    fn is_held(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        let is_held_by_name = ["sharedstrings.xml", "styles.xml"].iter().any(|end| name.ends_with(end));
        is_held_by_name || !(name.contains("worksheets") || name.contains("/media/"))
    }

    fn count_run(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        match bytes.iter().rposition(|byte| *byte == b'<') {
            Some(at) => self.run = (bytes.len() - at) as u64,
            None => self.run += bytes.len() as u64,
        }
        if self.run > MAX_TEXT_RUN_BYTES {
            return Err(self.too_large("one text in", self.run, MAX_TEXT_RUN_BYTES, "MAX_TEXT_RUN_BYTES"));
        }
        Ok(())
    }

    fn too_large(&self, what: &str, found: u64, limit: u64, limit_name: &'static str) -> FileError {
        let what = format!("{what} part “{}”", self.name);
        FileError::TooLarge { file: self.file.to_owned(), what, found, limit, limit_name }
    }
}

fn damaged(file: &str, error: &dyn std::fmt::Display) -> FileError {
    FileError::Damaged { file: file.to_owned(), row: None, message: error.to_string() }
}
