//! Columns of Parquet by the general reader of the `parquet` crate: every encoding, value by value.

use parquet::basic::Type;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, FixedLenByteArray};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::fs::File;

use super::numbers::NO_AMOUNT;
use super::parquet_in::{Meaning, meaning, whole, widened};
use super::stored::Stored;
use super::texts::{Arena, Texts};
use super::{NO_DAY, NO_TIME};

const BATCH: usize = 1 << 16;

/// Calls `take` with every value of a column in order, `None` for a null.
fn each<T: DataType>(
    reader: &SerializedFileReader<File>,
    at: usize,
    typed: impl Fn(ColumnReader) -> Option<ColumnReaderImpl<T>>,
    mut take: impl FnMut(Option<&T::T>),
) -> Result<(), ParquetError> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        let full = group.metadata().column(at).column_descr().max_def_level();
        let mut column = typed(group.get_column_reader(at)?).ok_or_else(|| {
            ParquetError::General("a row group has another type than the schema".to_owned())
        })?;
        loop {
            values.clear();
            levels.clear();
            let (n, _, _) = column.read_records(BATCH, Some(&mut levels), None, &mut values)?;
            if n == 0 {
                break;
            }
            if full == 0 || values.len() == n {
                values.iter().for_each(|value| take(Some(value)));
                continue;
            }
            let mut present = values.iter();
            levels.iter().for_each(|&level| take(if level == full { present.next() } else { None }));
        }
    }
    Ok(())
}

/// Picks the reader of one physical type.
macro_rules! typed {
    ($kind:ident) => {
        |column| match column {
            ColumnReader::$kind(column) => Some(column),
            _ => None,
        }
    };
}

pub(crate) fn column(
    reader: &SerializedFileReader<File>,
    at: usize,
    n_rows: usize,
) -> Result<Stored, ParquetError> {
    let descriptor = reader.metadata().file_metadata().schema_descr().column(at);
    match descriptor.physical_type() {
        Type::BOOLEAN => {
            let mut codes = Vec::with_capacity(n_rows);
            each(reader, at, typed!(BoolColumnReader), |value| {
                codes.push(value.map_or(u32::MAX, |&truth| u32::from(truth)));
            })?;
            Ok(Stored::Texts(Texts::coded(codes, ["false", "true"].into_iter().collect())))
        }
        Type::INT32 => whole_column(reader, at, n_rows, meaning(&descriptor), typed!(Int32ColumnReader)),
        Type::INT64 => whole_column(reader, at, n_rows, meaning(&descriptor), typed!(Int64ColumnReader)),
        Type::INT96 => {
            let mut times = Vec::with_capacity(n_rows);
            each(reader, at, typed!(Int96ColumnReader), |value| {
                times.push(value.map_or(NO_TIME, |time| time.to_micros()));
            })?;
            Ok(Stored::Time(times))
        }
        Type::FLOAT => {
            let mut values = Vec::with_capacity(n_rows);
            each(reader, at, typed!(FloatColumnReader), |value| {
                values.push(value.map_or(f64::NAN, |&v| widened(v)))
            })?;
            Ok(Stored::Float(values))
        }
        Type::DOUBLE => {
            let mut values = Vec::with_capacity(n_rows);
            each(reader, at, typed!(DoubleColumnReader), |value| {
                values.push(value.copied().unwrap_or(f64::NAN))
            })?;
            Ok(Stored::Float(values))
        }
        Type::BYTE_ARRAY => {
            let mut column = BytesColumn::new(meaning(&descriptor), n_rows);
            each(reader, at, typed!(ByteArrayColumnReader), |value: Option<&ByteArray>| {
                column.push(value.map(ByteArray::data));
            })?;
            Ok(column.finish())
        }
        Type::FIXED_LEN_BYTE_ARRAY => {
            let mut column = BytesColumn::new(meaning(&descriptor), n_rows);
            each(reader, at, typed!(FixedLenByteArrayColumnReader), |value: Option<&FixedLenByteArray>| {
                column.push(value.map(|value| value.data()));
            })?;
            Ok(column.finish())
        }
    }
}

fn whole_column<T: DataType>(
    reader: &SerializedFileReader<File>,
    at: usize,
    n_rows: usize,
    meaning: Meaning,
    typed: impl Fn(ColumnReader) -> Option<ColumnReaderImpl<T>>,
) -> Result<Stored, ParquetError>
where
    T::T: Copy + Into<i64>,
{
    if matches!(meaning, Meaning::Day) {
        let mut days = Vec::with_capacity(n_rows);
        each(reader, at, typed, |value| days.push(value.map_or(NO_DAY, |&day| day.into() as i32)))?;
        return Ok(Stored::Day(days));
    }
    let mut values = Vec::with_capacity(n_rows);
    each(reader, at, typed, |value| {
        values.push(value.map_or(NO_AMOUNT, |&value| whole(meaning, value.into())));
    })?;
    Ok(match meaning {
        Meaning::Time(_) => Stored::Time(values),
        Meaning::Decimal(scale) => Stored::Decimal(values, scale),
        _ => Stored::Whole(values),
    })
}

/// Values that are bytes in the file, put together by their meaning.
struct BytesColumn {
    meaning: Meaning,
    texts: Arena,
    decimals: Vec<i64>,
    floats: Vec<f64>,
}

impl BytesColumn {
    fn new(meaning: Meaning, _n_rows: usize) -> BytesColumn {
        BytesColumn { meaning, texts: Arena::default(), decimals: Vec::new(), floats: Vec::new() }
    }

    fn push(&mut self, value: Option<&[u8]>) {
        match self.meaning {
            Meaning::BytesDecimal(_) => self.decimals.push(value.and_then(big_endian).unwrap_or(NO_AMOUNT)),
            Meaning::HalfFloat => self.floats.push(value.and_then(half).map_or(f64::NAN, widened)),
            Meaning::Uuid => self.texts.push(&value.map_or(String::new(), uuid)),
            _ => match value.map(std::str::from_utf8) {
                None => self.texts.push(""),
                Some(Ok(text)) => self.texts.push(text),
                Some(Err(_)) => self.texts.push(&crate::row::readable(value.unwrap_or_default())),
            },
        }
    }

    fn finish(self) -> Stored {
        match self.meaning {
            Meaning::BytesDecimal(scale) => Stored::Decimal(self.decimals, scale),
            Meaning::HalfFloat => Stored::Float(self.floats),
            _ => Stored::Texts(Texts::flat(self.texts)),
        }
    }
}

/// A whole number in two's complement; `None` where it does not fit.
fn big_endian(bytes: &[u8]) -> Option<i64> {
    let sign = if bytes.first()? & 0x80 == 0 { 0u8 } else { 0xff };
    let (high, low) = bytes.split_at(bytes.len().saturating_sub(8));
    if high.iter().any(|&byte| byte != sign) {
        return None;
    }
    let mut whole = [sign; 8];
    whole[8 - low.len()..].copy_from_slice(low);
    let value = i64::from_be_bytes(whole);
    ((value < 0) == (sign == 0xff)).then_some(value)
}

/// A float of sixteen bits.
fn half(bytes: &[u8]) -> Option<f32> {
    let bits = u16::from_le_bytes(bytes.try_into().ok()?);
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    Some(match exponent {
        0 => sign * fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1024.0 + fraction) * 2f32.powi(exponent - 25),
    })
}

fn uuid(bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match hex.len() {
        32 => [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"),
        _ => hex,
    }
}
