//! `rondel backup`: the database and the files that were handed in, in one ZIP file with checksums.
//!
//! A database on a server is backed up with the server's own tools, which can do it while others write.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use platform::store::{self, Place};
use platform::{Clock, Error, Result, random};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::progress::Progress;
use super::{Outcome, Program};

/// Name of the list of contents, the last entry of a backup.
pub(super) const MANIFEST: &str = "manifest.json";
/// Name of the database in a backup.
pub(super) const DATABASE: &str = "rondel.db";
const PIECE_BYTES: usize = 1 << 18;

/// Write everything into one file, while the server runs
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel backup rondel-monday.zip
  rondel --data /srv/rondel --json backup /backups/rondel.zip

The file is complete or not there. It holds the database as it was at one instant, the files that were handed in, and the
SHA-256 of each; `rondel restore` checks them.")]
pub(super) struct Backup {
    /// File to write; must not exist yet
    file: PathBuf,
}

/// What a backup holds.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) program: String,
    /// Steps of the migrations that the database has.
    pub(super) database_version: u32,
    /// RFC 3339 in UTC.
    pub(super) made_at: String,
    pub(super) entries: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Backup {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        let Place::File(database) = program.config.place() else {
            let words = "this database is on a server: back it up with `pg_dump --format=custom`, and copy the folder \
                         `files` of the data folder";
            return Err(Error::invalid("", words));
        };
        if self.file.exists() {
            return Err(Error::file(&self.file, "exists already; choose another name"));
        }
        let (copy, part) = (beside(&self.file, "database"), beside(&self.file, "part"));
        let made = make(program, &database, &copy, &part);
        remove_if_there(&copy)?;
        let manifest = match made {
            Ok(manifest) => manifest,
            Err(error) => {
                remove_if_there(&part)?;
                return Err(error);
            }
        };
        std::fs::rename(&part, &self.file).map_err(|error| Error::file(&self.file, error))?;
        let bytes: u64 = manifest.entries.iter().map(|entry| entry.bytes).sum();
        let n_files = manifest.entries.len() - 1;
        let text = format!(
            "{} holds the database and {n_files} files that were handed in, {} unpacked",
            self.file.display(),
            indicatif::DecimalBytes(bytes)
        );
        let json = json!({ "file": self.file, "files": n_files, "bytes": bytes, "made_at": manifest.made_at });
        program.answer(&json, &text);
        Ok(Outcome::Done)
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

fn remove_if_there(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file(path, error)),
        _ => Ok(()),
    }
}

/// Writes the backup to `part`, by way of a `copy` of the database.
fn make(program: &Program, database: &Path, copy: &Path, part: &Path) -> Result<Manifest> {
    if !database.exists() {
        return Err(Error::file(database, "there is no database here; is --data right?"));
    }
    remove_if_there(copy)?;
    store::copy(database, copy)?;
    let found = store::examine(&Place::File(copy.to_path_buf()))?;
    if let Some(damage) = found.problems.first() {
        let words = format!("the database is damaged, so a backup of it is worth nothing: {damage}");
        return Err(Error::file(database, words));
    }
    let files = list(&program.config.files())?;
    let total: u64 = files.iter().map(|(_, bytes)| bytes).sum::<u64>() + found.size_bytes;
    let progress = Progress::bytes(program, "Backup", total);

    let out = File::create(part).map_err(|error| Error::file(part, error))?;
    let mut zip = ZipWriter::new(BufWriter::new(out));
    let mut entries = vec![add(&mut zip, DATABASE, copy, &progress)?];
    for (path, _) in &files {
        let inside = path.strip_prefix(program.config.files()).map_err(|error| Error::file(path, error))?;
        let name = format!("files/{}", inside.to_string_lossy());
        entries.push(add(&mut zip, &name, path, &progress)?);
    }
    let manifest = Manifest {
        program: env!("CARGO_PKG_VERSION").to_string(),
        database_version: found.version,
        made_at: platform::clock::in_words(Clock::System.now()),
        entries,
    };
    let text = serde_json::to_vec_pretty(&manifest)?;
    zip.start_file(MANIFEST, options()).map_err(|error| Error::file(part, error))?;
    zip.write_all(&text).map_err(|error| full_or(part, error))?;
    let out = zip.finish().map_err(|error| Error::file(part, error))?;
    let out = out.into_inner().map_err(|error| full_or(part, error.into_error()))?;
    out.sync_all().map_err(|error| full_or(part, error))?;
    Ok(manifest)
}

fn options() -> SimpleFileOptions {
    let fast = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    fast.compression_level(Some(1)).large_file(true)
}

/// Every file below a folder with its size, in the order of their names.
fn list(folder: &Path) -> Result<Vec<(PathBuf, u64)>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::file(&folder, error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| Error::file(&folder, error))?;
            let about = entry.metadata().map_err(|error| Error::file(entry.path(), error))?;
            match about.is_dir() {
                true => folders.push(entry.path()),
                false => found.push((entry.path(), about.len())),
            }
        }
    }
    found.sort();
    Ok(found)
}

fn add(zip: &mut ZipWriter<BufWriter<File>>, name: &str, path: &Path, progress: &Progress) -> Result<Entry> {
    let mut file = File::open(path).map_err(|error| Error::file(path, error))?;
    zip.start_file(name, options()).map_err(|error| Error::file(path, error))?;
    let (mut piece, mut hash, mut bytes) = (vec![0; PIECE_BYTES], Sha256::new(), 0);
    loop {
        let n = file.read(&mut piece).map_err(|error| Error::file(path, error))?;
        if n == 0 {
            break;
        }
        zip.write_all(&piece[..n]).map_err(|error| full_or(path, error))?;
        hash.update(&piece[..n]);
        bytes += n as u64;
        progress.advance(n as u64);
    }
    Ok(Entry { name: name.to_string(), bytes, sha256: random::hex(&hash.finalize()) })
}

/// A full disk is told as one.
pub(super) fn full_or(path: &Path, error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::StorageFull => Error::DiskFull,
        _ => Error::file(path, error),
    }
}
