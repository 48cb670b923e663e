//! What an analysis costs: time on the wall, processor time of all threads, and the most memory held.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::Answer;

pub(crate) struct Cost {
    began: Instant,
    processor: Duration,
}

impl Cost {
    pub(crate) fn start() -> Cost {
        Cost { began: Instant::now(), processor: processor_time() }
    }

    pub(crate) fn add_to(&self, answer: &mut Answer) {
        answer.tell("seconds", rounded(self.began.elapsed().as_secs_f64()));
        answer.tell("task_cpu_s", rounded((processor_time() - self.processor).as_secs_f64()));
        answer.tell("peak_mb", peak_mb());
    }
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1e4).round() / 1e4
}

/// Does a part of an analysis; returns what it gave and its processor time, over all threads. **Units.** Seconds.
pub(crate) fn timed<T>(part: impl FnOnce() -> T) -> (T, f64) {
    let before = processor_time();
    let given = part();
    (given, (processor_time().saturating_sub(before).as_secs_f64() * 1e5).round() / 1e5)
}

/// Processor time of the process since it began, over all threads.
fn processor_time() -> Duration {
    let at = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(at.tv_sec.unsigned_abs(), u32::try_from(at.tv_nsec).unwrap_or(0))
}

/// The most memory that the process held at once, in MiB; `None` where the system does not tell.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some((kib / 102.4).round() / 10.0)
}
