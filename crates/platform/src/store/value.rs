//! Parameters that go into a statement and columns that come out, the same for both engines.
//!
//! Integers, reals, texts and NULL are all there is; truth is an integer 0 or 1. Sums and averages that PostgreSQL
//! answers as NUMERIC are read as integers or reals, so that a statement means the same on both engines.

use crate::{Error, Result};
use std::borrow::Cow;

/// One parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Param<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(Cow<'a, str>),
}

/// `params![a, b]`: parameters by reference, from integers, reals, texts, bools and options of them.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        [$($crate::store::IntoParam::param(&$value)),*]
    };
}

/// `$3, $4`: places in a statement for `n` parameters from number `first` on.
pub fn places_from(first: usize, n: usize) -> String {
    let places: Vec<String> = (first..first + n).map(|number| format!("${number}")).collect();
    places.join(", ")
}

/// What can be a parameter.
pub trait IntoParam {
    fn param(&self) -> Param<'_>;
}

impl IntoParam for i64 {
    fn param(&self) -> Param<'_> {
        Param::Int(*self)
    }
}
impl IntoParam for i32 {
    fn param(&self) -> Param<'_> {
        Param::Int(i64::from(*self))
    }
}
impl IntoParam for u32 {
    fn param(&self) -> Param<'_> {
        Param::Int(i64::from(*self))
    }
}
impl IntoParam for bool {
    fn param(&self) -> Param<'_> {
        Param::Int(i64::from(*self))
    }
}
impl IntoParam for f64 {
    fn param(&self) -> Param<'_> {
        Param::Real(*self)
    }
}
impl IntoParam for str {
    fn param(&self) -> Param<'_> {
        Param::Text(Cow::Borrowed(self))
    }
}
impl IntoParam for String {
    fn param(&self) -> Param<'_> {
        Param::Text(Cow::Borrowed(self))
    }
}
impl IntoParam for Param<'_> {
    fn param(&self) -> Param<'_> {
        self.clone()
    }
}
impl<T: IntoParam> IntoParam for Option<T> {
    fn param(&self) -> Param<'_> {
        self.as_ref().map_or(Param::Null, IntoParam::param)
    }
}
impl<T: IntoParam + ?Sized> IntoParam for &T {
    fn param(&self) -> Param<'_> {
        (*self).param()
    }
}

impl Param<'_> {
    pub fn into_owned(self) -> Param<'static> {
        match self {
            Param::Null => Param::Null,
            Param::Int(v) => Param::Int(v),
            Param::Real(v) => Param::Real(v),
            Param::Text(v) => Param::Text(Cow::Owned(v.into_owned())),
        }
    }
}

/// One row of an answer.
pub enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r postgres::Row),
}

/// A column's value before it has a type.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'r> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'r str),
}

impl<'r> Row<'r> {
    /// The column as `T`.
    ///
    /// **Errors** when the column is NULL and `T` is no option, or of another type.
    pub fn get<T: Column>(&self, index: usize) -> Result<T> {
        T::read(self.cell(index)?, index)
    }

    /// The column as text without a copy; NULL is the empty text.
    pub fn text(&self, index: usize) -> Result<&'r str> {
        match self.cell(index)? {
            Cell::Text(text) => Ok(text),
            Cell::Null => Ok(""),
            other => Err(unlike("text", other, index)),
        }
    }

    pub fn cell(&self, index: usize) -> Result<Cell<'r>> {
        match self {
            Row::Sqlite(row) => super::sqlite::cell(row, index),
            Row::Postgres(row) => super::postgres::cell(row, index),
        }
    }
}

/// What a column can be read as.
pub trait Column: Sized {
    fn read(cell: Cell<'_>, index: usize) -> Result<Self>;
}

impl Column for i64 {
    fn read(cell: Cell<'_>, index: usize) -> Result<Self> {
        match cell {
            Cell::Int(v) => Ok(v),
            Cell::Real(v) if v.fract() == 0.0 && v.abs() < 9.0e15 => Ok(v as i64),
            other => Err(unlike("an integer", other, index)),
        }
    }
}
impl Column for f64 {
    fn read(cell: Cell<'_>, index: usize) -> Result<Self> {
        match cell {
            Cell::Real(v) => Ok(v),
            Cell::Int(v) => Ok(v as f64),
            other => Err(unlike("a number", other, index)),
        }
    }
}
impl Column for bool {
    fn read(cell: Cell<'_>, index: usize) -> Result<Self> {
        match cell {
            Cell::Int(v) => Ok(v != 0),
            other => Err(unlike("0 or 1", other, index)),
        }
    }
}
impl Column for String {
    fn read(cell: Cell<'_>, index: usize) -> Result<Self> {
        match cell {
            Cell::Text(v) => Ok(v.to_string()),
            other => Err(unlike("text", other, index)),
        }
    }
}
impl<T: Column> Column for Option<T> {
    fn read(cell: Cell<'_>, index: usize) -> Result<Self> {
        match cell {
            Cell::Null => Ok(None),
            other => T::read(other, index).map(Some),
        }
    }
}

fn unlike(wanted: &str, cell: Cell<'_>, index: usize) -> Error {
    Error::database(format!("column {index} is {cell:?}, expected {wanted}"))
}
