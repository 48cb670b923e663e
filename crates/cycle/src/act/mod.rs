//! Act: meaning becomes deeds. Segments, so far.
