//! `rondel export`: people, companies and orders as CSV that can be imported again.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use cycle::collect::exports::{self, Whom};
use platform::{Error, Result, Store};
use records::{filter::Filter, orders};
use serde_json::json;

use super::{Outcome, Program};

/// Export people, companies or orders as CSV that can be imported again
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel export people --out people.csv
  rondel export orders > orders.csv
  rondel export people --filter '{\"field\":{\"name\":\"country\",\"op\":\"is\",\"value\":\"DE\"}}' --out germany.csv")]
pub(super) struct Export {
    what: What,
    /// The only format so far
    #[arg(long, default_value = "csv", value_parser = ["csv"])]
    format: String,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only people who match this filter, as JSON
    #[arg(long, value_name = "JSON")]
    filter: Option<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    People,
    Companies,
    Orders,
}

impl Export {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let filter = match &self.filter {
            None => Filter::default(),
            Some(_) if !matches!(self.what, What::People) => {
                return Err(Error::invalid("filter", "only people are filtered"));
            }
            Some(text) => {
                serde_json::from_str(text).map_err(|e| Error::invalid("filter", format!("cannot be read: {e}")))?
            }
        };
        let (store, _directory) = program.open()?;
        match &self.out {
            None if program.json => Err(Error::invalid("out", "name a file; with --json, standard output tells how it went")),
            None => write(&store, self.what, filter, std::io::stdout()).map(|_| Outcome::Done),
            Some(path) => {
                let n_rows = write_file(&store, self.what, filter, path)?;
                program.answer(&json!({ "file": path, "rows": n_rows }), &format!("{n_rows} rows in {}", path.display()));
                Ok(Outcome::Done)
            }
        }
    }
}

fn write(store: &Store, what: What, filter: Filter, out: impl Write + Send + 'static) -> Result<u64> {
    let out = BufWriter::new(out);
    store
        .scan(move |snapshot| match what {
            What::People => exports::people(snapshot, &Whom::Matching(filter), out),
            What::Companies => exports::companies(snapshot, out),
            What::Orders => exports::orders(snapshot, &orders::Filter::default(), out),
        })
        .wait()
}

/// The file appears under its name when it is whole.
fn write_file(store: &Store, what: What, filter: Filter, path: &Path) -> Result<u64> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let file = File::create(&part).map_err(|e| Error::file(&part, e))?;
    let kept = file.try_clone().map_err(|e| Error::file(&part, e))?;
    let n_rows = write(store, what, filter, file)?;
    kept.sync_all().and_then(|()| std::fs::rename(&part, path)).map_err(|e| Error::file(path, e))?;
    Ok(n_rows)
}
