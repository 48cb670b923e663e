//! Rows of an XLSX sheet, streamed: a thread parses the sheet and stays a few batches ahead of the reader.
//!
//! The thread is there because the parser borrows the workbook, and because a file that makes the parser panic then
//! is a damaged file and not the end of the program. What is held in memory: the shared texts of the workbook,
//! bounded by `max_xlsx_shared_bytes`, and the batches. Formulas are read by their stored results.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use crate::row::Row;
use crate::sheet_cells::text_of;
use crate::{FileError, Limits, zip_check};

const ROWS_PER_BATCH: usize = 256;
const BYTES_PER_BATCH: usize = 256 << 10;
const BATCHES_AHEAD: usize = 2;

type Book = Xlsx<BufReader<File>>;

/// What the thread sends: first the sheets, then batches, then nothing.
enum Message {
    Opened { sheets: Vec<String>, sheet: String, n_rows: u64 },
    Batch(Vec<Row>),
    Failed(FileError),
    End,
}

pub(crate) struct SheetReader {
    messages: Receiver<Message>,
    batch: std::vec::IntoIter<Row>,
    file: String,
    pub(crate) sheets: Vec<String>,
    pub(crate) sheet: String,
    pub(crate) n_rows: u64,
    number: u64,
    ended: bool,
    /// Columns of the table; 0 while the header is not read yet.
    pub(crate) width: usize,
}

impl SheetReader {
    /// Checks the container, then opens the wanted sheet, or the first visible one that has cells.
    pub(crate) fn open(
        path: &Path,
        file: &str,
        wanted: Option<&str>,
        limits: &Limits,
    ) -> Result<SheetReader, FileError> {
        zip_check::check(path, file, limits)?;
        let (sender, messages) = sync_channel(BATCHES_AHEAD);
        let task = Task {
            path: path.to_owned(),
            file: file.to_owned(),
            wanted: wanted.map(str::to_owned),
            limits: limits.clone(),
        };
        std::thread::Builder::new()
            .name("sheet".to_owned())
            .spawn(move || task.run(&sender))
            .map_err(|source| FileError::Io { file: file.to_owned(), source })?;
        match messages.recv() {
            Ok(Message::Opened { sheets, sheet, n_rows }) => Ok(SheetReader {
                messages,
                batch: Vec::new().into_iter(),
                file: file.to_owned(),
                sheets,
                sheet,
                n_rows,
                number: 0,
                ended: false,
                width: 0,
            }),
            Ok(Message::Failed(error)) => Err(error),
            _ => Err(damaged(file, None, "the workbook cannot be parsed")),
        }
    }

    /// **Units**: the number of the last row that was handed over.
    pub(crate) fn position(&self) -> u64 {
        self.number
    }

    /// Reads the next row that has cells.
    pub(crate) fn next_row(&mut self, row: &mut Row) -> Result<bool, FileError> {
        while !self.ended {
            if let Some(next) = self.batch.next() {
                *row = next;
                self.number = row.number;
                self.fit(row);
                return Ok(true);
            }
            match self.messages.recv() {
                Ok(Message::Batch(rows)) => self.batch = rows.into_iter(),
                Ok(Message::End) => self.ended = true,
                Ok(Message::Failed(error)) => return Err(error),
                Ok(Message::Opened { .. }) | Err(_) => {
                    return Err(damaged(&self.file, Some(self.number), "the sheet cannot be parsed further"));
                }
            }
        }
        Ok(false)
    }

    /// Makes the row as wide as the table; what lies right of it goes into notes.
    fn fit(&self, row: &mut Row) {
        if self.width == 0 || row.problem.is_some() {
            return;
        }
        for column in self.width..row.len() {
            if !row.get(column).is_empty() {
                let message = format!("a cell right of the table is left out: “{}”", row.get(column));
                row.note(Some(column), message);
            }
        }
        row.truncate(self.width);
        row.pad(self.width);
    }
}

struct Task {
    path: std::path::PathBuf,
    file: String,
    wanted: Option<String>,
    limits: Limits,
}

impl Task {
    /// Runs in the thread. A send that fails means that nobody reads any more: the work just ends.
    fn run(&self, sender: &SyncSender<Message>) {
        let end = match self.stream(sender) {
            Ok(()) => Message::End,
            Err(error) => Message::Failed(error),
        };
        sender.send(end).ok();
    }

    fn stream(&self, sender: &SyncSender<Message>) -> Result<(), FileError> {
        let opened =
            File::open(&self.path).map_err(|source| FileError::Io { file: self.file.clone(), source })?;
        let mut book = Xlsx::new(BufReader::new(opened)).map_err(|error| self.not_readable(&error))?;
        let (sheets, sheet) = self.choose_sheet(&mut book)?;
        let mut cells = book.worksheet_cells_reader(&sheet).map_err(|error| self.not_readable(&error))?;
        let n_rows = u64::from(cells.dimensions().end.0) + 1;
        if sender.send(Message::Opened { sheets, sheet, n_rows }).is_err() {
            return Ok(());
        }
        let mut building = Building::new(&self.limits);
        let mut last_row = 0;
        while let Some(cell) = cells
            .next_cell()
            .map_err(|error| damaged(&self.file, Some(building.row.number), &error.to_string()))?
        {
            let (row, column) = cell.get_position();
            if row < last_row {
                return Err(damaged(&self.file, Some(building.row.number), "its rows are not in order"));
            }
            last_row = row;
            let (text, note) = text_of(cell.get_value());
            if building.is_other_row(row) && !building.flush(sender, false) {
                return Ok(());
            }
            building.put(row, column as usize, &text, note);
        }
        building.flush(sender, true);
        Ok(())
    }

    fn choose_sheet(&self, book: &mut Book) -> Result<(Vec<String>, String), FileError> {
        let is_sheet = |sheet: &&calamine::Sheet| sheet.typ == SheetType::WorkSheet;
        let visible: Vec<String> = book
            .sheets_metadata()
            .iter()
            .filter(is_sheet)
            .filter(|sheet| sheet.visible == SheetVisible::Visible)
            .map(|sheet| sheet.name.clone())
            .collect();
        let all: Vec<String> =
            book.sheets_metadata().iter().filter(is_sheet).map(|sheet| sheet.name.clone()).collect();
        if let Some(wanted) = &self.wanted {
            return match all.iter().find(|name| name.trim() == wanted.trim()).cloned() {
                Some(sheet) => Ok((all, sheet)),
                None => Err(FileError::NoSuchSheet {
                    file: self.file.clone(),
                    sheet: wanted.clone(),
                    sheets: all,
                }),
            };
        }
        for name in &visible {
            let mut cells = book.worksheet_cells_reader(name).map_err(|error| self.not_readable(&error))?;
            if cells.next_cell().map_err(|error| self.not_readable(&error))?.is_some() {
                return Ok((all, name.clone()));
            }
        }
        Err(FileError::Empty { file: self.file.clone() })
    }

    fn not_readable(&self, error: &XlsxError) -> FileError {
        match error {
            XlsxError::Password => FileError::NotATable {
                file: self.file.clone(),
                looks_like: "a workbook with a password".to_owned(),
                advice: "save it without the password".to_owned(),
            },
            error => damaged(&self.file, None, &error.to_string()),
        }
    }
}

/// The row that is being put together and the finished ones before it.
struct Building<'a> {
    limits: &'a Limits,
    row: Row,
    filled: bool,
    row_bytes: usize,
    batch: Vec<Row>,
    batch_bytes: usize,
}

impl<'a> Building<'a> {
    fn new(limits: &'a Limits) -> Building<'a> {
        Building {
            limits,
            row: Row::default(),
            filled: false,
            row_bytes: 0,
            batch: Vec::new(),
            batch_bytes: 0,
        }
    }

    fn is_other_row(&self, row: u32) -> bool {
        self.row.number != u64::from(row) + 1
    }

    fn put(&mut self, row: u32, column: usize, text: &str, note: Option<String>) {
        if self.is_other_row(row) {
            let number = u64::from(row) + 1;
            self.row.clear(number, number);
            (self.filled, self.row_bytes) = (false, 0);
        }
        if text.is_empty() && note.is_none() || self.row.problem.is_some() {
            return;
        }
        self.filled = true;
        self.row_bytes += text.len();
        if column >= self.limits.max_columns {
            self.refuse(column, "the row has more columns than a table may have (max_columns)");
        } else if text.len() > self.limits.max_field_bytes {
            self.refuse(column, "the cell is longer than a cell may be (max_field_bytes)");
        } else if self.row_bytes > self.limits.max_row_bytes {
            self.refuse(column, "the row is longer than a row may be (max_row_bytes)");
        } else if column < self.row.len() {
            self.refuse(column, "the cells of the row are not in order");
        } else {
            self.row.pad(column);
            self.row.push(text);
            if let Some(note) = note {
                self.row.note(Some(column), note);
            }
        }
    }

    fn refuse(&mut self, column: usize, message: &str) {
        let mut raw = self.row.cells().collect::<Vec<_>>().join("\t");
        raw.truncate(raw.floor_char_boundary(self.limits.max_raw_bytes_of_long_row));
        self.row.set_problem(Some(column), message.to_owned(), raw);
    }

    /// Ends the row and sends the batch if it is full or the last. False when nobody reads any more.
    fn flush(&mut self, sender: &SyncSender<Message>, last: bool) -> bool {
        if self.filled {
            self.batch_bytes += self.row_bytes;
            self.batch.push(std::mem::take(&mut self.row));
            self.filled = false;
        }
        if last || self.batch.len() >= ROWS_PER_BATCH || self.batch_bytes >= BYTES_PER_BATCH {
            self.batch_bytes = 0;
            return sender.send(Message::Batch(std::mem::take(&mut self.batch))).is_ok();
        }
        true
    }
}

fn damaged(file: &str, row: Option<u64>, message: &str) -> FileError {
    FileError::Damaged { file: file.to_owned(), row, message: message.to_owned() }
}
