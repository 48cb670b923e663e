//! Reads a file as columns and writes it as CSV or Parquet, by extension: `convert FILE OUT`.
//!
//! Every column is written as the text that it shows, so that two formats of one table can be compared.

use std::path::Path;
use std::time::Instant;

use tables::columns::{self, ColumnOut, ReadOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(from), Some(to)) = (arguments.next(), arguments.next()) else {
        return Err("convert FILE OUT".into());
    };
    let began = Instant::now();
    let columns = columns::read(Path::new(&from), &[], &ReadOptions::default())?;
    println!(
        "{}: {} rows in {:.2} s",
        columns.description(),
        columns.n_rows(),
        began.elapsed().as_secs_f64()
    );
    let texts: Result<Vec<_>, _> = columns.names().iter().map(|name| columns.texts(name)).collect();
    let texts = texts?;
    let out: Vec<_> = columns
        .names()
        .iter()
        .zip(&texts)
        .map(|(name, texts)| (name.as_str(), ColumnOut::Texts(texts)))
        .collect();
    columns::write(Path::new(&to), &out)?;
    Ok(())
}
