//! What `kill -9` may cost: nothing that was acknowledged, and nothing done twice.
//!
//! The built program is killed at moments drawn from a seed, again and again, and goes on. What stands in the database at
//! the end is compared, record by record, with what the same work leaves behind that nobody disturbed.

mod chance;
mod files;
mod imports;
mod jobs;
mod kill;
pub mod picture;
mod undo;

use libtest_mimic::Trial;

pub fn tests() -> Vec<Trial> {
    [imports::tests(), jobs::tests(), undo::tests()].into_iter().flatten().collect()
}
