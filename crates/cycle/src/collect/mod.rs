//! Collect: facts come in. Imports of files, exports that imports read again, and which
//! of the records are probably one.

pub mod exports;
pub mod imports;
pub mod likeness;
