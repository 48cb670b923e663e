//! `rondel restore`: brings a backup back, after checking every byte of it.
//!
//! What was in the folder before is moved aside, never deleted.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};

use platform::store::{self, Directory, Place};
use platform::{Clock, Error, Result, random};
use serde_json::json;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::backup::{DATABASE, Entry, MANIFEST, Manifest, full_or};
use super::progress::Progress;
use super::{Outcome, Program};

const PIECE_BYTES: usize = 1 << 18;
/// Largest list of contents that is read. **Units:** bytes.
const MANIFEST_BYTES: u64 = 1 << 28;
/// What of the data folder belongs to an installation.
const OWN: [&str; 4] = ["rondel.db", "rondel.db-wal", "rondel.db-shm", "files"];

type Archive = ZipArchive<BufReader<File>>;

/// Bring a backup back into the data folder
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel --data /srv/new restore rondel-monday.zip
  rondel restore --force rondel-monday.zip

Stop the server first. Every file is checked against its SHA-256 before anything is replaced. With --force, what was in the
folder is moved into a folder `before-restore-…` beside it.")]
pub(super) struct Restore {
    /// File that `rondel backup` wrote
    file: PathBuf,
    /// Replace what is in the data folder; it is moved aside, not deleted
    #[arg(long)]
    force: bool,
}

impl Restore {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        if !program.config.is_embedded() {
            let words = "the database is on a server: restore it with `pg_restore`";
            return Err(Error::invalid("", words));
        }
        let data = &program.config.data;
        let mut archive = open(&self.file)?;
        let manifest = manifest(&self.file, &mut archive)?;
        let directory = Directory::open(data)?;
        let there: Vec<PathBuf> = OWN.iter().map(|name| data.join(name)).filter(|path| holds(path)).collect();
        if !there.is_empty() && !self.force {
            let words = format!("{} holds an installation already; --force moves it aside", data.display());
            return Err(Error::Conflict(words));
        }
        let fresh = data.join("restoring");
        if fresh.exists() {
            std::fs::remove_dir_all(&fresh).map_err(|error| Error::file(&fresh, error))?;
        }
        unpack(program, &self.file, &mut archive, &manifest, &fresh)?;
        let aside = replace(data, &fresh, &there)?;
        drop(directory);
        let moved = aside.as_ref().map(|p| format!("\nWhat was there is in {}", p.display())).unwrap_or_default();
        let text = format!("{} is as it was on {}{moved}", data.display(), manifest.made_at);
        let json = json!({ "data": data, "made_at": manifest.made_at, "files": manifest.entries.len() - 1,
                           "moved_aside": aside });
        program.answer(&json, &text);
        Ok(Outcome::Done)
    }
}

/// A file, or a folder with something in it.
fn holds(path: &Path) -> bool {
    match std::fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => path.exists(),
    }
}

fn open(path: &Path) -> Result<Archive> {
    let file = File::open(path).map_err(|error| Error::file(path, error))?;
    ZipArchive::new(BufReader::new(file))
        .map_err(|error| Error::file(path, format!("is no backup, or only a part of one: {error}")))
}

fn manifest(path: &Path, archive: &mut Archive) -> Result<Manifest> {
    let entry = archive.by_name(MANIFEST).map_err(|_| Error::file(path, "is no backup of this program"))?;
    let mut text = Vec::new();
    entry.take(MANIFEST_BYTES).read_to_end(&mut text).map_err(|error| Error::file(path, error))?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| Error::file(path, format!("its list of contents cannot be read: {error}")))?;
    if manifest.database_version > store::latest_version() {
        return Err(Error::Newer { database: manifest.database_version, program: store::latest_version() });
    }
    let is_own = |entry: &Entry| {
        let path = Path::new(&entry.name);
        let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
        entry.name == DATABASE || (is_inside && path.starts_with("files"))
    };
    match manifest.entries.iter().find(|entry| !is_own(entry)) {
        Some(strange) => Err(Error::file(path, format!("holds “{}”, which belongs to no backup", strange.name))),
        None if manifest.entries.iter().any(|entry| entry.name == DATABASE) => Ok(manifest),
        None => Err(Error::file(path, "holds no database")),
    }
}

/// Unpacks into a folder of its own and checks everything there.
fn unpack(
    program: &Program,
    path: &Path,
    archive: &mut Archive,
    manifest: &Manifest,
    fresh: &Path,
) -> Result<()> {
    let progress = Progress::bytes(program, "Restore", manifest.entries.iter().map(|entry| entry.bytes).sum());
    std::fs::create_dir_all(fresh.join("files")).map_err(|error| Error::file(fresh, error))?;
    for entry in &manifest.entries {
        unpack_entry(path, archive, entry, &fresh.join(&entry.name), &progress)?;
    }
    let found = store::examine(&Place::File(fresh.join(DATABASE)))?;
    match found.problems.first() {
        None => Ok(()),
        Some(damage) => Err(Error::file(path, format!("its database is damaged: {damage}"))),
    }
}

fn unpack_entry(path: &Path, archive: &mut Archive, entry: &Entry, to: &Path, progress: &Progress) -> Result<()> {
    let damaged = |why: String| Error::file(path, format!("“{}” is damaged: {why}", entry.name));
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(|error| full_or(folder, error))?;
    }
    let mut out = File::create(to).map_err(|error| full_or(to, error))?;
    let packed = archive.by_name(&entry.name).map_err(|error| damaged(error.to_string()))?;
    // One byte more than promised is enough to see that there is too much.
    let mut packed = packed.take(entry.bytes + 1);
    let (mut piece, mut hash) = (vec![0; PIECE_BYTES], Sha256::new());
    loop {
        let n = packed.read(&mut piece).map_err(|error| damaged(error.to_string()))?;
        if n == 0 {
            break;
        }
        out.write_all(&piece[..n]).map_err(|error| full_or(to, error))?;
        hash.update(&piece[..n]);
        progress.advance(n as u64);
    }
    out.sync_all().map_err(|error| full_or(to, error))?;
    match random::hex(&hash.finalize()) == entry.sha256 {
        true => Ok(()),
        false => Err(damaged("its SHA-256 is not the one in the list of contents".to_string())),
    }
}

/// Puts the fresh folder in the place of the old; returns where the old is now.
fn replace(data: &Path, fresh: &Path, there: &[PathBuf]) -> Result<Option<PathBuf>> {
    let stamp = platform::clock::in_words(Clock::System.now()).replace(':', "-");
    let aside = data.join(format!("before-restore-{stamp}"));
    if !there.is_empty() {
        std::fs::create_dir_all(&aside).map_err(|error| Error::file(&aside, error))?;
    }
    for old in there {
        let name = old.file_name().unwrap_or_default();
        std::fs::rename(old, aside.join(name)).map_err(|error| Error::file(old, error))?;
    }
    let files = data.join("files");
    if files.exists() {
        std::fs::remove_dir(&files).map_err(|error| Error::file(&files, error))?;
    }
    for name in [DATABASE, "files"] {
        std::fs::rename(fresh.join(name), data.join(name)).map_err(|error| Error::file(data.join(name), error))?;
    }
    // The check of the database may have left empty files of its log behind.
    std::fs::remove_dir_all(fresh).map_err(|error| Error::file(fresh, error))?;
    Ok((!there.is_empty()).then_some(aside))
}
