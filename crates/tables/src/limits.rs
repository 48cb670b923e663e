//! Every bound of this crate, named: a file from a stranger costs bounded memory and time.
//!
//! Does not bound the size of a CSV or JSON Lines file: those stream, whatever their size.

/// Bounds on what a file may ask of the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest row, in bytes after decoding; a longer one is a row problem and is skipped. Default 1 MiB.
    pub max_row_bytes: usize,
    /// Longest single cell, in bytes; a longer one is a row problem. Default 512 KiB.
    pub max_field_bytes: usize,
    /// Most columns in a row. Default 16,384, what a spreadsheet can hold.
    pub max_columns: usize,
    /// How much of the text of a row that was too long is kept to show. Default 4 KiB.
    pub max_raw_bytes_of_long_row: usize,
    /// How much of the file may be looked at to guess encoding, separator, header and keys. Default 1 MiB.
    pub sample_bytes: usize,
    /// How far a plain file is scanned for its first non-ASCII letters, to guess the encoding. Default 64 MiB.
    pub encoding_scan_bytes: u64,
    /// How much text may be read twice because of broken quotes, beyond the bytes read. Default 64 MiB.
    pub max_reread_bytes: u64,
    /// Most entries in the ZIP directory of an XLSX file. Default 4,096.
    pub max_xlsx_entries: u64,
    /// Most bytes that an XLSX file may unpack to, counted while unpacking. Default 2 GiB.
    pub max_xlsx_uncompressed_bytes: u64,
    /// Most bytes of each part of an XLSX file that is held in memory (shared texts, styles). Default 128 MiB; texts of
    /// a few letters each take about five times that in memory.
    pub max_xlsx_shared_bytes: u64,
    /// Most unpacked bytes per packed byte, once an entry passes 16 MiB. Default 200; real sheets stay under 50.
    pub max_xlsx_ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_row_bytes: 1 << 20,
            max_field_bytes: 1 << 19,
            max_columns: 16_384,
            max_raw_bytes_of_long_row: 4 << 10,
            sample_bytes: 1 << 20,
            encoding_scan_bytes: 64 << 20,
            max_reread_bytes: 64 << 20,
            max_xlsx_entries: 4_096,
            max_xlsx_uncompressed_bytes: 2 << 30,
            max_xlsx_shared_bytes: 128 << 20,
            max_xlsx_ratio: 200,
        }
    }
}
