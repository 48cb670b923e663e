//! The data directory: one program at a time.
//!
//! The lock is the operating system's, so that it ends with the process however that ends.

use crate::{Error, Result};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// A data directory that this process holds until the value is dropped.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    _lock: File,
}

impl Directory {
    /// Creates the directory where it is missing and locks it.
    ///
    /// **Errors** with [`Error::InUse`] when another process holds it.
    pub fn open(path: &Path) -> Result<Self> {
        std::fs::create_dir_all(path).map_err(|e| Error::file(path, e))?;
        let lock_path = path.join("lock");
        let mut options = OpenOptions::new();
        let mut lock = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(|e| Error::file(&lock_path, e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let holder = lock.read_to_string(&mut holder).map(|_| holder.trim().to_string());
                return Err(Error::InUse { path: path.to_path_buf(), holder: holder.unwrap_or_default() });
            }
            Err(TryLockError::Error(error)) => return Err(Error::file(&lock_path, error)),
        }
        lock.set_len(0)
            .and_then(|()| lock.write_all(std::process::id().to_string().as_bytes()))
            .map_err(|e| Error::file(&lock_path, e))?;
        Ok(Self { path: path.to_path_buf(), _lock: lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the embedded database.
    pub fn database(&self) -> PathBuf {
        self.path.join("rondel.db")
    }

    /// Where files that people hand in are kept.
    pub fn files(&self) -> PathBuf {
        self.path.join("files")
    }
}

/// Bytes that are free for us on the disk of a folder.
pub fn free_bytes(path: &Path) -> Result<u64> {
    let found = rustix::fs::statvfs(path).map_err(|error| Error::file(path, std::io::Error::from(error)))?;
    Ok(found.f_bavail * found.f_frsize)
}
