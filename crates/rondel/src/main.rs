//! The program `rondel`.

fn main() {}
