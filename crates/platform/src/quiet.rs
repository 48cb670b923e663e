//! Work that gives way: analyses use every core while nobody else wants it, and none where pages are asked for.
//!
//! The system's scheduler does the giving way. Threads that the work starts inherit its priority; the pool in which parallel
//! parts run is made quiet once, by the program that serves. Where the system refuses, the work runs as any other.

use rustix::process::{getpriority_process, setpriority_process};
use rustix::thread::gettid;

/// How much this work gives way, from 0 (as any other) to 19.
const NICENESS: i32 = 10;

/// Does the work on a thread of low priority, and waits for it.
///
/// # Panics
/// Where the work panics.
pub fn quietly<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let done = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            give_way();
            work()
        });
        thread.join()
    });
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Gives the threads of the process's pool a low priority: for a program in which only analyses use it. It has no effect where
/// the pool has been used before.
pub fn make_pool_quiet() {
    let pool =
        rayon::ThreadPoolBuilder::new().thread_name(|n| format!("quiet-{n}")).start_handler(|_| give_way());
    if let Err(error) = pool.build_global() {
        tracing::warn!(%error, "the pool of analyses has its usual priority");
    }
}

/// Lowers the priority of this thread for good.
fn give_way() {
    let this = Some(gettid());
    if getpriority_process(this).is_ok_and(|niceness| niceness >= NICENESS) {
        return;
    }
    if let Err(error) = setpriority_process(this, NICENESS) {
        tracing::warn!(%error, "the priority of a thread could not be lowered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn niceness() -> i32 {
        getpriority_process(Some(gettid())).unwrap()
    }

    #[test]
    fn quiet_work_gives_way_with_all_its_threads_and_others_do_not() {
        make_pool_quiet();
        let own = niceness();
        let (inside, spawned, pooled) = quietly(|| {
            let spawned = std::thread::spawn(niceness).join().unwrap();
            (niceness(), spawned, rayon::broadcast(|_| niceness()))
        });
        assert_eq!(inside, own.max(NICENESS));
        assert_eq!(spawned, inside);
        assert!(pooled.iter().all(|niceness| *niceness == inside), "{pooled:?}");
        assert_eq!(niceness(), own, "who waits keeps its priority");
    }
}
