//! What programs get from the JSON API, on both engines.

mod actions;
mod clock;
mod duplicates;
mod effects;
mod goals;
mod guards;
mod imports;
mod knowledge;
mod orders;
mod people;
pub mod program;
pub mod reads;
mod segments;
mod turns;

use libtest_mimic::Trial;

pub fn tests() -> Vec<Trial> {
    [
        actions::tests(),
        clock::tests(),
        duplicates::tests(),
        effects::tests(),
        goals::tests(),
        guards::tests(),
        imports::tests(),
        knowledge::tests(),
        orders::tests(),
        people::tests(),
        segments::tests(),
        turns::tests(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
