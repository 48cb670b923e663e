//! Pages: a struct with a template each, and handlers of a few lines that call verbs.

pub(crate) mod attachments;
pub(crate) mod changes;
pub(crate) mod cohorts;
pub(crate) mod companies;
pub(crate) mod duplicates;
pub(crate) mod filter_words;
pub(crate) mod imports;
pub(crate) mod insights;
pub(crate) mod jobs;
pub(crate) mod named;
pub(crate) mod orders;
pub(crate) mod overview;
pub(crate) mod people;
pub(crate) mod products;
pub(crate) mod quality;
mod rows;
pub(crate) mod search;
pub(crate) mod segments;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod timeline;
pub(crate) mod turns;
pub(crate) mod users;
pub(crate) mod value;
