//! What visitors get from the pages, on both engines.

mod guards;
mod health;
mod imports;
mod session;
mod settings;

use libtest_mimic::Trial;

pub fn tests() -> Vec<Trial> {
    [guards::tests(), health::tests(), imports::tests(), session::tests(), settings::tests()]
        .into_iter()
        .flatten()
        .collect()
}
