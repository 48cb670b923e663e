//! What linkage does for people, companies, publications and bad input, with known truth.

mod hostile;
mod index;
mod known;
mod learnt;
mod made;
