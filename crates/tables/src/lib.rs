//! Files as columns: CSV, XLSX and JSON Lines in, CSV out, streaming and with row numbers.
//!
//! For turning a file that a firm really has (any encoding, separator, spreadsheet quirk) into rows of text cells,
//! and text cells into exact numbers and dates. A row that cannot be read is handed over as a problem with its
//! number, column, reason and raw text, and reading goes on after it.
//!
//! Deliberately absent: any knowledge of people, orders or other records, of databases and of the web; guessing a
//! value that the text does not say (an impossible date is refused, not moved).
//!
//! ```
//! use tables::{OpenOptions, Row, Table};
//! let file = "name;revenue\nAda;1.234,50\n\"Grace\nHopper\";7\n".as_bytes();
//! let mut table = Table::from_reader(Box::new(file), "sales.csv", &OpenOptions::default())?;
//! assert_eq!(table.headers(), ["name", "revenue"]);
//! let mut row = Row::default();
//! while table.next_row(&mut row)? {
//!     assert!(row.problem.is_none());
//! }
//! assert_eq!((row.number, row.get(0)), (3, "Grace\nHopper"));
//! # Ok::<(), tables::FileError>(())
//! ```

pub mod columns;
pub mod csv_out;
pub mod parse;

mod csv_in;
mod description;
mod encoding;
mod error;
mod headers;
mod json_lines;
mod json_object;
mod limits;
mod recognize;
mod row;
mod separator;
mod sheet;
mod sheet_cells;
mod squeeze;
mod table;
mod window;
mod zip_check;

pub use description::{Description, HeaderRow, Kind, OpenOptions};
pub use error::FileError;
pub use limits::Limits;
pub use row::{Row, RowNote, RowProblem};
pub use table::{Table, open};
