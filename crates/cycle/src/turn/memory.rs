//! The peak of the program's memory, where the system tells it.
//!
//! It reads what Linux keeps about every process; elsewhere nothing is said.

/// Lets the system count the peak anew from now on; where it may not, the next peak is that since the program began.
pub(super) fn forget_peak() {
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

/// The peak of resident memory in MiB since [`forget_peak`].
pub(super) fn peak_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}
