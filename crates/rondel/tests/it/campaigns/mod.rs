//! Campaigns from the text to the mail: who gets it, who does not and why, and what each press of a button does.

mod firm;
mod outbox;
mod readers;
mod returned;
mod smtp;

use libtest_mimic::Trial;

pub fn tests() -> Vec<Trial> {
    let mut tests = Vec::new();
    tests.extend(outbox::tests());
    tests.extend(readers::tests());
    tests.extend(returned::tests());
    tests.extend(smtp::tests());
    tests
}
