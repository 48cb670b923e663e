//! Lists of facts about names and words; what they are used for stands in `prepare` and `compare`.

pub(crate) mod nicknames;
pub(crate) mod words;
