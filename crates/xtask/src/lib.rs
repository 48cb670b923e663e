//! Chores of this repository: the rules that keep the house in order.
//!
//! The rules run as ordinary tests (`cargo test -p xtask`). Nothing of the product lives here, and the product never
//! depends on this crate.

pub mod tidy;
