//! Sending, against servers that do what servers do: take, refuse, stall, lie and break off.

#![allow(clippy::unwrap_used)]

mod hostile;
mod ordinary;
mod real;
mod server;
