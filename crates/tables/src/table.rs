//! A file opened as a table: recognised, described in words, and read row by row.
//!
//! The only door to the readers of the formats. Does not keep rows and does not look back.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use crate::columns::Plain;
use crate::csv_in::{CsvReader, Scanner};
use crate::description::{Description, HeaderRow, Kind, OpenOptions, in_words, note_start};
use crate::encoding::{self, Found, Letters};
use crate::headers::{self, HeaderGuess};
use crate::json_lines::{self, JsonLinesReader};
use crate::recognize::{self, Looks};
use crate::row::Row;
use crate::sheet::SheetReader;
use crate::squeeze::{self, Squeezed};
use crate::window::Window;
use crate::zip_check::{self, Contents};
use crate::{FileError, separator};

const N_HEADER_SAMPLE: usize = 40;

/// A file opened as a table.
pub struct Table {
    file: String,
    description: Description,
    headers: Vec<String>,
    reader: Reader,
    keep_formula_guards: bool,
    total_bytes: Option<u64>,
    position: u64,
}

enum Reader {
    Csv(Box<CsvReader>),
    Json(Box<JsonLinesReader>),
    /// The rows that were read to find the header and stand below it are handed over first.
    Sheet(Box<SheetReader>, VecDeque<Row>),
}

/// Opens a file by its content, then by its extension.
///
/// **Errors**: why this file can be no table, in words for the user; see [`FileError`].
pub fn open(path: &Path, options: &OpenOptions) -> Result<Table, FileError> {
    let file = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let io = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => FileError::Missing { file: path.display().to_string() },
        io::ErrorKind::IsADirectory => FileError::Folder { file: file.clone() },
        _ => FileError::Io { file: file.clone(), source },
    };
    let metadata = std::fs::metadata(path).map_err(io)?;
    if metadata.is_dir() {
        return Err(FileError::Folder { file });
    }
    let mut source = File::open(path).map_err(io)?;
    let sample = read_sample(&mut source, options.limits.sample_bytes).map_err(io)?;
    if options.separator == Some(b' ') || (options.separator.is_none() && squeeze::looks_spaced(&sample)) {
        let spaced = OpenOptions { separator: Some(b' '), ..options.clone() };
        let squeezed = Squeezed::new(Cursor::new(sample).chain(source));
        let mut table = Table::from_reader(Box::new(squeezed), &file, &spaced)?;
        table.total_bytes = metadata.is_file().then_some(metadata.len());
        return Ok(table);
    }
    let mut table = if recognize::recognize(&sample, &extension(&file)) == Looks::Zip {
        open_zip(path, &file, options)?
    } else {
        let mut letters = Letters::default();
        letters.look(&sample);
        let ahead = options.limits.encoding_scan_bytes.saturating_sub(sample.len() as u64);
        if options.encoding.is_none() {
            scan_ahead(path, sample.len() as u64, ahead, &mut letters).map_err(io)?;
        }
        open_text(Box::new(source), sample, &letters, &file, options)?
    };
    table.total_bytes = table.total_bytes.or(metadata.is_file().then_some(metadata.len()));
    Ok(table)
}

fn extension(file: &str) -> String {
    file.rsplit_once('.').map_or(String::new(), |(_, extension)| extension.to_ascii_lowercase())
}

fn read_sample(source: &mut dyn Read, n_bytes: usize) -> io::Result<Vec<u8>> {
    let mut sample = Vec::new();
    source.take(n_bytes as u64).read_to_end(&mut sample)?;
    Ok(sample)
}

/// Looks at the letters further down, because the first name with an accent may come late.
fn scan_ahead(path: &Path, from: u64, n_bytes: u64, letters: &mut Letters) -> io::Result<()> {
    use std::io::{Seek, SeekFrom};
    let mut source = File::open(path)?;
    if !source.metadata()?.is_file() {
        return Ok(());
    }
    source.seek(SeekFrom::Start(from))?;
    let mut source = source.take(n_bytes);
    let mut block = vec![0; 256 << 10];
    while !letters.suffice() {
        let n = source.read(&mut block)?;
        if n == 0 {
            break;
        }
        letters.look(&block[..n]);
    }
    Ok(())
}

fn open_zip(path: &Path, file: &str, options: &OpenOptions) -> Result<Table, FileError> {
    let (looks_like, advice) = match zip_check::contents(path, file, &options.limits)? {
        Contents::Workbook => return open_sheet(path, file, options),
        Contents::BinaryWorkbook => ("a binary workbook (.xlsb)", "save it as .xlsx or CSV"),
        Contents::OpenDocument => ("an OpenDocument file (.ods, .odt)", "save it as .xlsx or CSV"),
        Contents::WordDocument => ("a Word document", "export the table as CSV or XLSX"),
        Contents::Other => ("a ZIP archive without a workbook", "unpack it and bring the file inside"),
    };
    Err(FileError::NotATable {
        file: file.to_owned(),
        looks_like: looks_like.to_owned(),
        advice: advice.to_owned(),
    })
}

fn open_sheet(path: &Path, file: &str, options: &OpenOptions) -> Result<Table, FileError> {
    let mut reader = SheetReader::open(path, file, options.sheet.as_deref(), &options.limits)?;
    let mut first_rows = Vec::new();
    let mut row = Row::default();
    while first_rows.len() < N_HEADER_SAMPLE && reader.next_row(&mut row)? {
        first_rows.push(Some(std::mem::take(&mut row)));
    }
    if first_rows.is_empty() {
        return Err(FileError::Empty { file: file.to_owned() });
    }
    let guess = match options.header {
        HeaderRow::Guess => headers::guess(&first_rows),
        HeaderRow::Absent => HeaderGuess::Absent,
        HeaderRow::At(number) => first_rows
            .iter()
            .flatten()
            .position(|row| row.number == number)
            .map(HeaderGuess::At)
            .ok_or(FileError::EndedBefore { file: file.to_owned(), row: number })?,
    };
    let mut rows: VecDeque<Row> = first_rows.into_iter().flatten().collect();
    let mut skipped = 0;
    let mut header = Row::default();
    if let HeaderGuess::At(at) = guess {
        skipped = at;
        header = rows.drain(..=at).next_back().unwrap_or_default();
    }
    if let Some(problem) = &header.problem {
        let message = problem.message.clone();
        return Err(FileError::BadHeader { file: file.to_owned(), row: header.number, message });
    }
    let width = rows.iter().map(filled_width).chain([filled_width(&header)]).max().unwrap_or(0);
    header.truncate(width);
    header.pad(width);
    let (headers, mut notes) = headers::distinct_names(header.cells());
    let has_header = guess != HeaderGuess::Absent;
    note_start(&mut notes, has_header, skipped as u64, headers.len());
    reader.width = width;
    let mut description = Description {
        kind: Kind::Sheet,
        encoding: String::new(),
        separator: None,
        sheet: Some(reader.sheet.clone()),
        sheets: reader.sheets.clone(),
        has_header,
        header_row: header.number,
        notes,
        words: String::new(),
    };
    description.words = in_words(&description);
    Ok(Table {
        file: file.to_owned(),
        description,
        headers,
        position: header.number,
        reader: Reader::Sheet(Box::new(reader), rows),
        keep_formula_guards: options.keep_formula_guards,
        total_bytes: None,
    })
}

fn filled_width(row: &Row) -> usize {
    (0..row.len()).rev().find(|column| !row.get(*column).is_empty()).map_or(0, |column| column + 1)
}

fn open_text(
    rest: Box<dyn Read + Send>,
    sample: Vec<u8>,
    letters: &Letters,
    file: &str,
    options: &OpenOptions,
) -> Result<Table, FileError> {
    let not_a_table = |looks_like: &str, advice: &str| FileError::NotATable {
        file: file.to_owned(),
        looks_like: looks_like.to_owned(),
        advice: advice.to_owned(),
    };
    let looks = match recognize::recognize(&sample, &extension(file)) {
        Looks::Other { what, advice } => return Err(not_a_table(what, advice)),
        Looks::Zip => return Err(not_a_table("a ZIP container in a stream", "bring it as a file")),
        looks => looks,
    };
    let found = match &options.encoding {
        Some(name) => encoding::by_name(name, &sample)?,
        None => encoding::guess(&sample, letters),
    };
    if sample.len() <= found.mark_bytes {
        return Err(FileError::Empty { file: file.to_owned() });
    }
    let io = |source| FileError::Io { file: file.to_owned(), source };
    let sample_bytes = sample.len();
    let mut window = Window::new(Box::new(Cursor::new(sample).chain(rest)), found).map_err(io)?;
    window.fill_to(sample_bytes.min(options.limits.sample_bytes)).map_err(io)?;
    if looks == Looks::JsonLines {
        open_json_lines(window, found, file, options)
    } else {
        open_csv(window, found, file, options)
    }
}

fn open_json_lines(
    window: Window,
    found: Found,
    file: &str,
    options: &OpenOptions,
) -> Result<Table, FileError> {
    let keys = json_lines::keys(window.pending(), window.ended(), options.limits.max_columns);
    if keys.is_empty() {
        return Err(FileError::NotATable {
            file: file.to_owned(),
            looks_like: "JSON without any object that stands on one line".to_owned(),
            advice: "save it as JSON Lines: one whole object on each line".to_owned(),
        });
    }
    let mut description = Description {
        kind: Kind::JsonLines,
        encoding: found.encoding.name().to_owned(),
        separator: None,
        sheet: None,
        sheets: Vec::new(),
        has_header: false,
        header_row: 0,
        notes: Vec::new(),
        words: String::new(),
    };
    description.words = in_words(&description);
    Ok(Table {
        file: file.to_owned(),
        description,
        reader: Reader::Json(Box::new(JsonLinesReader::new(window, &options.limits, &keys))),
        headers: keys,
        keep_formula_guards: options.keep_formula_guards,
        total_bytes: None,
        position: 0,
    })
}

fn open_csv(mut window: Window, found: Found, file: &str, options: &OpenOptions) -> Result<Table, FileError> {
    let declared = separator::declared(window.pending());
    if let Some((_, n_bytes)) = declared {
        window.take(n_bytes);
    }
    let limits = &options.limits;
    let separator = match (options.separator, declared) {
        (Some(separator), _) if !separator::is_allowed(separator) => return Err(FileError::BadSeparator),
        (Some(separator), _) | (None, Some((separator, _))) => separator,
        (None, None) => separator::guess(window.pending(), window.ended(), limits.max_columns),
    };
    let first =
        Scanner::new(separator, limits.max_columns).sample(window.pending(), window.ended(), N_HEADER_SAMPLE);
    let guess = match options.header {
        HeaderRow::Guess => headers::guess(&first),
        HeaderRow::Absent => HeaderGuess::Absent,
        HeaderRow::At(number) => HeaderGuess::At(number.saturating_sub(1) as usize),
    };
    let mut reader = CsvReader::new(window, separator, limits, u64::from(declared.is_some()));
    let mut header = Row::default();
    match guess {
        HeaderGuess::At(at) => read_header(&mut reader, &mut header, at, file)?,
        HeaderGuess::Absent => {
            let width = first.iter().flatten().map(Row::len).find(|width| *width > 0).unwrap_or(1);
            header.pad(width);
        }
    }
    reader.width = header.len();
    if !options.keep_formula_guards {
        header.strip_formula_guards();
    }
    let (headers, mut notes) = headers::distinct_names(header.cells());
    let has_header = guess != HeaderGuess::Absent;
    note_start(&mut notes, has_header, header.number.saturating_sub(1), headers.len());
    let mut description = Description {
        kind: Kind::SeparatedText,
        encoding: found.encoding.name().to_owned(),
        separator: Some(separator),
        sheet: None,
        sheets: Vec::new(),
        has_header,
        header_row: header.number,
        notes,
        words: String::new(),
    };
    description.words = in_words(&description);
    Ok(Table {
        file: file.to_owned(),
        description,
        headers,
        position: header.number,
        reader: Reader::Csv(Box::new(reader)),
        keep_formula_guards: options.keep_formula_guards,
        total_bytes: None,
    })
}

/// Reads up to and with the header row; rows above it are titles.
fn read_header(reader: &mut CsvReader, header: &mut Row, at: usize, file: &str) -> Result<(), FileError> {
    for _ in 0..=at {
        if !reader.next_row(header).map_err(|stop| stop.of_file(file))? {
            return Err(FileError::EndedBefore { file: file.to_owned(), row: at as u64 + 1 });
        }
    }
    match &header.problem {
        Some(problem) => Err(FileError::BadHeader {
            file: file.to_owned(),
            row: header.number,
            message: problem.message.clone(),
        }),
        None => Ok(()),
    }
}

impl Table {
    /// Opens a table from a stream; for XLSX use [`open`].
    ///
    /// **Errors**: as [`open`].
    pub fn from_reader(
        mut source: Box<dyn Read + Send>,
        name: &str,
        options: &OpenOptions,
    ) -> Result<Table, FileError> {
        let io = |source| FileError::Io { file: name.to_owned(), source };
        let sample = read_sample(&mut source, options.limits.sample_bytes).map_err(io)?;
        let mut letters = Letters::default();
        letters.look(&sample);
        open_text(source, sample, &letters, name, options)
    }

    /// How the rows behind the header can be read by several threads: only separated text in UTF-8 can.
    pub(crate) fn plain(&self, limits: &crate::Limits) -> Option<Plain> {
        let Reader::Csv(reader) = &self.reader else { return None };
        let separator = self.description.separator.filter(|separator| *separator != b' ')?;
        (self.description.encoding == "UTF-8").then(|| Plain {
            from_byte: reader.next_byte(),
            row_number: reader.number(),
            separator,
            width: self.headers.len(),
            keep_formula_guards: self.keep_formula_guards,
            limits: limits.clone(),
        })
    }

    /// How the file was understood.
    pub fn format(&self) -> &Description {
        &self.description
    }

    /// The names of the columns: none empty, none twice.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Refuses a file that lacks columns which the caller cannot do without.
    ///
    /// **Errors**: `MissingColumns`, naming those missing and those there are.
    pub fn require_columns(&self, names: &[&str]) -> Result<(), FileError> {
        let missing: Vec<String> = names
            .iter()
            .filter(|name| !self.headers.iter().any(|header| header == *name))
            .map(|name| (*name).to_owned())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(FileError::MissingColumns { file: self.file.clone(), missing, found: self.headers.clone() })
    }

    /// Reads the next row; false at the end. Wholly empty rows of a table with several columns are passed over.
    ///
    /// A fault of one row is in `row.problem`, and reading goes on with the next call.
    ///
    /// **Errors**: only what ends the reading of the whole file.
    pub fn next_row(&mut self, row: &mut Row) -> Result<bool, FileError> {
        let more = match &mut self.reader {
            Reader::Csv(reader) => reader.next_row(row).map_err(|stop| stop.of_file(&self.file))?,
            Reader::Json(reader) => reader.next_row(row).map_err(|stop| stop.of_file(&self.file))?,
            Reader::Sheet(reader, start) => match start.pop_front() {
                Some(mut first) => {
                    if first.problem.is_none() {
                        first.pad(self.headers.len());
                    }
                    *row = first;
                    true
                }
                None => reader.next_row(row)?,
            },
        };
        if more {
            self.position = row.number;
            if !self.keep_formula_guards {
                row.strip_formula_guards();
            }
        }
        Ok(more)
    }

    /// The number of the row that was read last; the header's before the first.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Reads on to just after a row, so that the next one has a higher number: for going on after a crash.
    ///
    /// **Errors**: `EndedBefore` if the file has fewer rows: it is not the file it was.
    pub fn skip_to(&mut self, row_number: u64) -> Result<(), FileError> {
        let mut row = Row::default();
        while self.position < row_number {
            if !self.next_row(&mut row)? {
                return Err(FileError::EndedBefore { file: self.file.clone(), row: row_number });
            }
        }
        Ok(())
    }

    /// **Units**: bytes of the file that lie behind the reader; for a sheet, estimated from its rows.
    pub fn bytes_read(&self) -> u64 {
        match &self.reader {
            Reader::Csv(reader) => reader.bytes_read(),
            Reader::Json(reader) => reader.bytes_read(),
            Reader::Sheet(reader, _) => {
                let rows = reader.n_rows.max(1);
                let share =
                    u128::from(self.total_bytes.unwrap_or(0)) * u128::from(reader.position().min(rows));
                (share / u128::from(rows)) as u64
            }
        }
    }

    /// **Units**: bytes; unknown for a stream.
    pub fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }
}
