//! Paper: a document of headings, texts, tables and simple charts, and the PDF that is made of it.
//!
//! It knows no crate of ours, no clock and no file: a document in, bytes out, the same bytes every time. What the document
//! says is decided elsewhere; here it is only laid out on pages.

mod chart;
mod document;
mod font;
mod layout;
mod pdf;
mod table;

pub use document::{Block, Document, Figure, Range, Table, scale};
pub use pdf::render;
