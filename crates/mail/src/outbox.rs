//! The outbox folder: where messages go while no server for them is named. Each is a file that mail programs open.
//!
//! A file is there whole or not at all, and under the name of its message, so that writing it twice leaves one.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// **Units**: bytes of a file that is read back.
const MAX_FILE: u64 = 20_000_000;

/// A folder of messages.
#[derive(Clone, Debug)]
pub struct Outbox {
    folder: PathBuf,
}

/// What happened to a message that was put into the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    New,
    /// It was there before, and stays as it was.
    Known,
}

impl Outbox {
    /// Takes a folder, and makes it where it is not there.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a message under its name. After a return the file outlives a power cut.
    ///
    /// **Errors**: a name of other than letters, digits, `-` and `_`, or what the disk says.
    pub fn put(&self, name: &str, message: &[u8]) -> io::Result<Put> {
        let path = self.path_of(name)?;
        if path.exists() {
            return Ok(Put::Known);
        }
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(message)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(&path) {
            Ok(_) => {
                File::open(&self.folder)?.sync_all()?;
                Ok(Put::New)
            }
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => Ok(Put::Known),
            Err(refused) => Err(refused.error),
        }
    }

    pub fn has(&self, name: &str) -> io::Result<bool> {
        Ok(self.path_of(name)?.exists())
    }

    /// The bytes of a message, or nothing where it is not there.
    pub fn get(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.path_of(name)?) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let mut bytes = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Names of messages in the order of their names, after one of them.
    ///
    /// **Shape**: names that begin with the time of their making come in that order.
    pub fn names(&self, after: Option<&str>, limit: usize) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let Some(name) = name.to_str().and_then(|name| name.strip_suffix(".eml")) else { continue };
            if after.is_none_or(|after| name > after) {
                names.push(name.to_owned());
            }
        }
        names.sort_unstable();
        names.truncate(limit);
        Ok(names)
    }

    fn path_of(&self, name: &str) -> io::Result<PathBuf> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if name.is_empty() || name.len() > 120 || !name.bytes().all(plain) {
            let message = format!("{name:?} is not a name for a message in the outbox");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Ok(self.folder.join(format!("{name}.eml")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_put_twice_lies_there_once_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let outbox = Outbox::open(&folder.path().join("outbox")).expect("the folder is made");
        assert_eq!(outbox.put("msg_1", b"first").expect("it is written"), Put::New);
        assert_eq!(outbox.put("msg_1", b"second").expect("it is left"), Put::Known);
        assert_eq!(outbox.get("msg_1").expect("it is read"), Some(b"first".to_vec()));
        assert_eq!(outbox.get("msg_2").expect("the folder is read"), None);
    }

    #[test]
    fn the_outbox_is_listed_in_order_and_in_pages() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let outbox = Outbox::open(folder.path()).expect("the folder is there");
        for name in ["msg_3", "msg_1", "msg_2"] {
            outbox.put(name, b"x").expect("it is written");
        }
        std::fs::write(folder.path().join("notes.txt"), "x").expect("it is written");
        assert_eq!(outbox.names(None, 2).expect("a list"), ["msg_1", "msg_2"]);
        assert_eq!(outbox.names(Some("msg_2"), 2).expect("a list"), ["msg_3"]);
    }

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let outbox = Outbox::open(folder.path()).expect("the folder is there");
        for bad in ["", "..", "../x", "a/b", "a.eml", "a\0b"] {
            assert!(outbox.put(bad, b"x").is_err(), "{bad:?}");
            assert!(outbox.get(bad).is_err(), "{bad:?}");
        }
    }
}
