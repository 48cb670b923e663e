//! Collect: facts come in. Imports of files, so far, and exports that imports read again.

pub mod exports;
pub mod imports;
