//! Record linkage: which rows mean the same person, company, restaurant or publication.
//!
//! The method is that of Fellegi and Sunter, learnt from the data without labels: [`recognise`] says what a column holds,
//! [`Records`] brings cells to one spelling, [`find`] compares, learns and groups, and [`Model::explain`] says why. The sheet
//! `docs/methods/linkage.md` gives the formulas.
//!
//! Deliberately absent: files, a database, the clock, chance without a seed, and any decision to merge: that is a person's.

mod block;
mod cluster;
mod compare;
mod dictionary;
mod extent;
pub mod fold;
mod index;
mod kind;
mod learn;
mod learnt;
mod lists;
mod model;
mod prepare;
mod quality;
mod records;
mod relations;
mod run;
mod shares;
pub mod similarity;

pub use cluster::Pair;
pub use extent::Extent;
pub use index::Index;
pub use kind::{Kind, is_row_key, recognise, recognise_together};
pub use learnt::{Learnt, ValueShare};
pub use model::{
    Explanation, LevelParameters, MOST_COMPARISONS, Model, Parameters, Reason, bits_of, probability,
};
pub use quality::{Quality, pairwise};
pub use records::{Column, Field, Records};
pub use run::{Found, Matching, Options, UsedKey, find};
