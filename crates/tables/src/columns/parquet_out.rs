//! Columns into Parquet: one flat schema, Zstandard, dictionaries where texts repeat.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use super::{ColumnOut, NO_DAY};

const ROWS_PER_GROUP: usize = 1 << 20;

pub(crate) fn write(file: File, columns: &[(&str, ColumnOut<'_>)], n_rows: usize) -> io::Result<()> {
    write_groups(file, columns, n_rows).map_err(io::Error::other)
}

fn write_groups(file: File, columns: &[(&str, ColumnOut<'_>)], n_rows: usize) -> Result<(), ParquetError> {
    let fields: Result<Vec<TypePtr>, ParquetError> =
        columns.iter().map(|(name, column)| field(name, column).map(Arc::new)).collect();
    let schema = Type::group_type_builder("schema").with_fields(fields?).build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_created_by("rondel".to_owned())
        .build();
    let mut writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
    let mut start = 0;
    while start < n_rows {
        let rows = start..n_rows.min(start + ROWS_PER_GROUP);
        let mut group = writer.next_row_group()?;
        for (_, column) in columns {
            let mut out = group
                .next_column()?
                .ok_or_else(|| ParquetError::General("the schema has fewer columns".to_owned()))?;
            put(&mut out, column, rows.clone())?;
            out.close()?;
        }
        group.close()?;
        start = rows.end;
    }
    writer.finish()?;
    writer.inner_mut().flush()?;
    Ok(())
}

fn field(name: &str, column: &ColumnOut<'_>) -> Result<Type, ParquetError> {
    let time = LogicalType::timestamp(false, TimeUnit::MICROS);
    let (physical, logical) = match column {
        ColumnOut::Texts(_) | ColumnOut::Words(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnOut::Numbers(_) => (Physical::DOUBLE, None),
        ColumnOut::Integers(_) => (Physical::INT64, None),
        ColumnOut::Amounts(_, scale) => (Physical::INT64, Some(LogicalType::decimal(i32::from(*scale), 18))),
        ColumnOut::Days(_) => (Physical::INT32, Some(LogicalType::Date)),
        ColumnOut::Times(_) => (Physical::INT64, Some(time)),
        ColumnOut::Truths(_) => (Physical::BOOLEAN, None),
    };
    let field = Type::primitive_type_builder(name, physical).with_logical_type(logical);
    let field = match column {
        ColumnOut::Amounts(_, scale) => field.with_precision(18).with_scale(i32::from(*scale)),
        _ => field,
    };
    field.with_repetition(Repetition::OPTIONAL).build()
}

fn put(
    out: &mut SerializedColumnWriter<'_>,
    column: &ColumnOut<'_>,
    rows: std::ops::Range<usize>,
) -> Result<(), ParquetError> {
    let present = |text: &str| (!text.is_empty()).then(|| ByteArray::from(text));
    let whole = |value: i64| (value != i64::MIN).then_some(value);
    match column {
        ColumnOut::Texts(values) => all::<ByteArrayType>(out, rows.map(|row| present(values.get(row)))),
        ColumnOut::Words(values) => all::<ByteArrayType>(out, rows.map(|row| present(values[row]))),
        ColumnOut::Numbers(values) => {
            all::<DoubleType>(out, rows.map(|row| Some(values[row]).filter(|value| !value.is_nan())))
        }
        ColumnOut::Integers(values) | ColumnOut::Amounts(values, _) | ColumnOut::Times(values) => {
            all::<Int64Type>(out, rows.map(|row| whole(values[row])))
        }
        ColumnOut::Days(values) => {
            all::<Int32Type>(out, rows.map(|row| Some(values[row]).filter(|&day| day != NO_DAY)))
        }
        ColumnOut::Truths(values) => all::<BoolType>(out, rows.map(|row| Some(values[row]))),
    }
}

fn all<T: DataType>(
    out: &mut SerializedColumnWriter<'_>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let (mut levels, mut present) = (Vec::new(), Vec::new());
    for value in values {
        levels.push(i16::from(value.is_some()));
        present.extend(value);
    }
    out.typed::<T>().write_batch(&present, Some(&levels), None)?;
    Ok(())
}
