//! web
pub mod assets;
pub mod charts;
pub mod layout;
pub mod parts;
