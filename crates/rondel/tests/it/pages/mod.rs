//! What visitors get from the pages, on both engines.

mod actions;
mod goals;
mod guards;
mod health;
mod imports;
mod knowledge;
pub mod links;
mod outlook;
mod people;
mod records;
mod segments;
mod session;
mod settings;
pub mod turn;

use libtest_mimic::Trial;

pub fn tests() -> Vec<Trial> {
    let mut tests = Vec::new();
    tests.extend(actions::tests());
    tests.extend(goals::tests());
    tests.extend(guards::tests());
    tests.extend(health::tests());
    tests.extend(imports::tests());
    tests.extend(knowledge::tests());
    tests.extend(outlook::tests());
    tests.extend(people::tests());
    tests.extend(records::tests());
    tests.extend(segments::tests());
    tests.extend(session::tests());
    tests.extend(settings::tests());
    tests.extend(turn::tests());
    tests
}
