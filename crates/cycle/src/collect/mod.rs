//! Collect: facts come in. Imports of files, so far.

pub mod imports;
