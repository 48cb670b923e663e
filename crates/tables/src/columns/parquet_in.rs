//! Columns of a Parquet file: flat ones, of any type that has a meaning outside programs.
//!
//! Nested columns (lists, structures within lists) are not read and not listed; members of a structure are, as `a.b`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::page::PageReader;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescriptor;
use rayon::prelude::*;

use super::parquet_error::{damaged, not_a_table};
use super::parquet_pages::{Fixed, Stop, fixed};
use super::parquet_texts::{Piece, joined, texts};
use super::stored::Stored;
use super::texts::Texts;
use super::{Columns, NO_AMOUNT, NO_DAY, RowNumbers, Unreadable, file_name, parquet_general, places_of};
use crate::FileError;

/// Parquet files begin with four letters.
pub(crate) fn is_parquet(path: &Path) -> bool {
    let mut start = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && &start == b"PAR1"
}

/// How the values of a column are to be understood.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Meaning {
    Truth,
    Whole,
    Unsigned32,
    Unsigned64,
    Decimal(u8),
    Float,
    Day,
    /// Units that make a second.
    Time(i64),
    OldTime,
    Text,
    /// Bytes that are a whole number with its most significant byte first, of so many decimals.
    BytesDecimal(u8),
    Uuid,
    HalfFloat,
    Bytes,
}

pub(crate) fn read(path: &Path, wanted: &[&str]) -> Result<Columns, FileError> {
    let file = file_name(path);
    let source = File::open(path).map_err(|source| FileError::Io { file: file.clone(), source })?;
    let reader = SerializedFileReader::new(source).map_err(|error| damaged(&file, &error))?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let (flat, lists): (Vec<usize>, Vec<usize>) =
        (0..schema.num_columns()).partition(|&at| schema.column(at).max_rep_level() == 0);
    let names: Vec<String> = flat.iter().map(|&at| schema.column(at).path().parts().join(".")).collect();
    let first_part = |at: usize| schema.column(at).path().parts().first().cloned().unwrap_or_default();
    let mut lists: Vec<String> = lists.into_iter().map(first_part).collect();
    lists.dedup();
    if names.is_empty() {
        return Err(not_a_table(&file, "Parquet without any flat column", "flatten its lists first"));
    }
    let places = places_of(wanted, &names, &file)?;
    let n_rows = usize::try_from(reader.metadata().file_metadata().num_rows()).unwrap_or(0);
    let chunks = Chunks { path, reader: &reader };
    let stored: Result<Vec<Stored>, ParquetError> =
        places.par_iter().map(|&place| chunks.column(flat[place], n_rows)).collect();
    let stored = stored.map_err(|error| damaged(&file, &error))?;
    let description = format!("Parquet, {n_rows} rows in {} groups", reader.num_row_groups());
    Ok(Columns {
        names: places.iter().map(|&place| names[place].clone()).collect(),
        stored,
        n_rows,
        row_numbers: RowNumbers::from(1),
        rejected: Unreadable::default(),
        description,
        lists,
        file,
    })
}

pub(crate) fn meaning(column: &ColumnDescriptor) -> Meaning {
    let scale = u8::try_from(column.type_scale()).unwrap_or(0);
    let logical = column.logical_type_ref();
    match column.physical_type() {
        Type::BOOLEAN => Meaning::Truth,
        Type::INT32 => match (logical, column.converted_type()) {
            (Some(LogicalType::Date), _) | (_, ConvertedType::DATE) => Meaning::Day,
            (Some(LogicalType::Decimal(_)), _) | (_, ConvertedType::DECIMAL) => Meaning::Decimal(scale),
            (_, ConvertedType::UINT_32) => Meaning::Unsigned32,
            _ => Meaning::Whole,
        },
        Type::INT64 => match (logical, column.converted_type()) {
            (Some(LogicalType::Timestamp(stamp)), _) => Meaning::Time(match stamp.unit {
                TimeUnit::MILLIS => 1_000,
                TimeUnit::MICROS => 1_000_000,
                TimeUnit::NANOS => 1_000_000_000,
            }),
            (_, ConvertedType::TIMESTAMP_MILLIS) => Meaning::Time(1_000),
            (_, ConvertedType::TIMESTAMP_MICROS) => Meaning::Time(1_000_000),
            (Some(LogicalType::Decimal(_)), _) | (_, ConvertedType::DECIMAL) => Meaning::Decimal(scale),
            (_, ConvertedType::UINT_64) => Meaning::Unsigned64,
            _ => Meaning::Whole,
        },
        Type::INT96 => Meaning::OldTime,
        Type::FLOAT | Type::DOUBLE => Meaning::Float,
        Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY => match (logical, column.converted_type()) {
            (Some(LogicalType::Decimal(_)), _) | (_, ConvertedType::DECIMAL) => Meaning::BytesDecimal(scale),
            (Some(LogicalType::Uuid), _) => Meaning::Uuid,
            (Some(LogicalType::Float16), _) => Meaning::HalfFloat,
            _ if column.physical_type() == Type::FIXED_LEN_BYTE_ARRAY => Meaning::Bytes,
            _ => Meaning::Text,
        },
    }
}

/// The columns of a file, row group by row group.
struct Chunks<'a> {
    path: &'a Path,
    reader: &'a SerializedFileReader<File>,
}

impl Chunks<'_> {
    fn column(&self, at: usize, n_rows: usize) -> Result<Stored, ParquetError> {
        match self.by_pages(at, n_rows) {
            Ok(stored) => Ok(stored),
            // Opened anew, because readers of one file share their place in it.
            Err(Stop::Other) => {
                let file = File::open(self.path)?;
                parquet_general::column(&SerializedFileReader::new(file)?, at, n_rows)
            }
            Err(Stop::Broken(error)) => Err(error),
        }
    }

    fn by_pages(&self, at: usize, n_rows: usize) -> Result<Stored, Stop> {
        let descriptor = self.reader.metadata().file_metadata().schema_descr().column(at);
        let meaning = meaning(&descriptor);
        Ok(match (descriptor.physical_type(), meaning) {
            (Type::INT32, Meaning::Day) => Stored::Day(self.fixed(at, n_rows, NO_DAY, |day: i32| day)?),
            (Type::INT32, meaning) => {
                self.whole(at, n_rows, meaning, |value: i32| whole(meaning, i64::from(value)))?
            }
            (Type::INT64, Meaning::Whole | Meaning::Decimal(_) | Meaning::Time(1_000_000)) => {
                self.whole(at, n_rows, meaning, |value: i64| value)?
            }
            (Type::INT64, meaning) => self.whole(at, n_rows, meaning, |value: i64| whole(meaning, value))?,
            (Type::DOUBLE, _) => Stored::Float(self.fixed(at, n_rows, f64::NAN, |value: f64| value)?),
            (Type::FLOAT, _) => Stored::Float(self.fixed(at, n_rows, f64::NAN, widened)?),
            (Type::BYTE_ARRAY, Meaning::Text) => Stored::Texts(self.texts(at)?),
            _ => return Err(Stop::Other),
        })
    }

    fn whole<P: Fixed>(
        &self,
        at: usize,
        n_rows: usize,
        meaning: Meaning,
        of: impl Fn(P) -> i64 + Sync,
    ) -> Result<Stored, Stop> {
        let values = self.fixed(at, n_rows, NO_AMOUNT, of)?;
        Ok(match meaning {
            Meaning::Time(_) => Stored::Time(values),
            Meaning::Decimal(scale) => Stored::Decimal(values, scale),
            _ => Stored::Whole(values),
        })
    }

    fn fixed<P: Fixed, T: Copy + Default + Send + Sync>(
        &self,
        at: usize,
        n_rows: usize,
        none: T,
        of: impl Fn(P) -> T + Sync,
    ) -> Result<Vec<T>, Stop> {
        let mut values = vec![T::default(); n_rows];
        let mut rest = values.as_mut_slice();
        let mut parts = Vec::new();
        for group in 0..self.reader.num_row_groups() {
            let n = self.n_rows(group)?;
            let (mine, after) = rest.split_at_mut_checked(n).ok_or(Stop::Other)?;
            rest = after;
            parts.push((group, mine));
        }
        parts.into_par_iter().try_for_each(|(group, out)| {
            let (mut pages, full) = self.pages(group, at)?;
            fixed(&mut pages, full, none, &of, out)
        })?;
        Ok(values)
    }

    fn texts(&self, at: usize) -> Result<Texts, Stop> {
        let groups: Vec<usize> = (0..self.reader.num_row_groups()).collect();
        let pieces: Result<Vec<Piece>, Stop> = groups
            .into_par_iter()
            .map(|group| {
                let (mut pages, full) = self.pages(group, at)?;
                texts(&mut pages, full, self.n_rows(group)?)
            })
            .collect();
        Ok(joined(pieces?))
    }

    fn n_rows(&self, group: usize) -> Result<usize, Stop> {
        usize::try_from(self.reader.metadata().row_group(group).num_rows()).map_err(|_| Stop::Other)
    }

    /// The pages of a column in a row group, and the level at which a row has a value.
    fn pages(&self, group: usize, at: usize) -> Result<(impl PageReader + use<>, i16), Stop> {
        let chunk = self.reader.metadata().row_group(group).column(at);
        let file = File::open(self.path).map_err(ParquetError::from)?;
        let pages = SerializedPageReader::new(Arc::new(file), chunk, self.n_rows(group)?, None)?;
        Ok((pages, chunk.column_descr().max_def_level()))
    }
}

/// A whole number by its meaning; times in microseconds.
#[inline]
pub(crate) fn whole(meaning: Meaning, value: i64) -> i64 {
    match meaning {
        Meaning::Unsigned32 => i64::from(value as i32 as u32),
        Meaning::Unsigned64 if value < 0 => NO_AMOUNT,
        Meaning::Time(1_000) => value.saturating_mul(1_000),
        Meaning::Time(1_000_000_000) => value.div_euclid(1_000),
        _ => value,
    }
}

/// A short float as the decimal number that it shows: .1 and not .10000000149.
pub(crate) fn widened(value: f32) -> f64 {
    let wide = f64::from(value);
    // Most short floats are prices: few decimals are tried before all digits are written out.
    if value.abs() < 1e6 {
        for by in [1.0, 10.0, 100.0] {
            let shown = (wide * by).round() / by;
            if shown as f32 == value {
                return shown;
            }
        }
    }
    if value.is_finite() { value.to_string().parse().unwrap_or(wide) } else { wide }
}
