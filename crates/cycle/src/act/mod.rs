//! Act: meaning becomes deeds. Segments, so far.

pub mod segments;
