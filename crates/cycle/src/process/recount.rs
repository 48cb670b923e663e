//! Counting all orders anew, after the workspace's currency was changed.

use platform::jobs::{self, NewJob};
use platform::{By, Result, Store, Tx};
use records::orders;

/// The kind of the job that counts anew.
pub const JOB: &str = "process.recount";

const ORDERS_AT_ONCE: usize = 2_000;

/// Asks the worker to count all orders anew.
pub fn enqueue(tx: &mut Tx<'_>) -> Result<()> {
    jobs::enqueue(tx, NewJob::new(JOB), &()).map(drop)
}

/// Counts in chunks; begun again after a crash, it ends the same.
pub fn run(store: &Store) -> Result<()> {
    let mut after = String::new();
    loop {
        let from = after.clone();
        let last = store.write(By::system(), move |tx| orders::recount(tx, &from, ORDERS_AT_ONCE)).wait()?;
        match last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}
