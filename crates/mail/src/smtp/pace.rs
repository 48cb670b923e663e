//! How fast messages go to one recipient domain.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// **Units**: domains whose next turn is remembered.
const MAX_DOMAINS: usize = 50_000;

/// The next turn of each domain.
pub(super) struct Pace {
    usual: u32,
    own: HashMap<String, u32>,
    next: HashMap<String, Instant>,
}

impl Pace {
    pub(super) fn new(usual: u32, own: &HashMap<String, u32>) -> Self {
        let own = own.iter().map(|(domain, pace)| (domain.to_lowercase(), *pace)).collect();
        Self { usual, own, next: HashMap::new() }
    }

    /// Takes the domain's turn, or says how long it has none.
    pub(super) fn turn(&mut self, domain: &str, now: Instant) -> Result<(), Duration> {
        let a_minute = self.own.get(domain).copied().unwrap_or(self.usual);
        if a_minute == 0 {
            return Ok(());
        }
        let wait = self.next.get(domain).map_or(Duration::ZERO, |next| next.saturating_duration_since(now));
        if !wait.is_zero() {
            return Err(wait);
        }
        if self.next.len() >= MAX_DOMAINS {
            self.next.retain(|_, next| *next > now);
        }
        self.next.insert(domain.to_owned(), now + Duration::from_secs(60) / a_minute);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_waits_for_its_turn_and_others_do_not() {
        let mut pace =
            Pace::new(60, &HashMap::from([("Slow.example".to_owned(), 6), ("free.example".to_owned(), 0)]));
        let start = Instant::now();
        assert_eq!(pace.turn("a.example", start), Ok(()));
        assert_eq!(pace.turn("a.example", start), Err(Duration::from_secs(1)));
        assert_eq!(pace.turn("b.example", start), Ok(()));
        assert_eq!(pace.turn("a.example", start + Duration::from_secs(1)), Ok(()));
        assert_eq!(pace.turn("slow.example", start), Ok(()));
        assert_eq!(pace.turn("slow.example", start + Duration::from_secs(4)), Err(Duration::from_secs(6)));
        for _ in 0..1_000 {
            assert_eq!(pace.turn("free.example", start), Ok(()));
        }
    }
}
