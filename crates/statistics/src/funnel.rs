//! How many customers went through an ordered list of steps, and where the others stopped.
//!
//! Two definitions, which do not give the same numbers: the first touch (a customer begins once, at the first step ever) and
//! any chain within the window (a customer may begin again). Mergeable: gather, join, finish. It does not say why somebody
//! stopped.

use rayon::prelude::*;

/// From where a customer's way is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// From the first time that the customer did step one. Every further step is the first one strictly later than the step
    /// before it, and not later than the window after step one.
    FirstTouch,
    /// From whichever step one leads furthest within the window. Steps at the same moment count in the order of the funnel.
    AnyTouch,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The event of each step, by its number below 255; an event may be asked for at several steps.
    pub steps: Vec<u8>,
    /// Longest time from step one to any other, itself included; `None` for no limit.
    pub within: Option<i64>,
    pub from: From,
}

/// One event of a customer that is a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Event {
    time: i64,
    customer: u32,
    event: u8,
}

/// The steps that were gathered so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Events {
    parts: Vec<Vec<Event>>,
}

/// No step of the funnel.
pub const NO_STEP: u8 = u8::MAX;

/// How many customers reached a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Step {
    pub n: u64,
    /// Half of those who reached it needed at most this long from the step before; `None` for the first step.
    pub median_since_previous: Option<i64>,
    /// The same from step one.
    pub median_since_first: Option<i64>,
}

/// The whole funnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funnel {
    /// One for each step of the definition.
    pub steps: Vec<Step>,
    /// How many steps each customer reached, by customer.
    pub reached: Vec<u8>,
}

impl Events {
    /// Adds rows; those with [`NO_STEP`] are passed over.
    ///
    /// **Units.** Times in any unit, the same as the window's. **Shape.** Slices of equal length; a surplus is left out.
    pub fn update(&mut self, customers: &[u32], events: &[u8], times: &[i64]) {
        const ROWS_PER_PART: usize = 1 << 20;
        let parts: Vec<Vec<Event>> = customers
            .par_chunks(ROWS_PER_PART)
            .zip(events.par_chunks(ROWS_PER_PART))
            .zip(times.par_chunks(ROWS_PER_PART))
            .map(|((customers, events), times)| {
                let n = events.iter().filter(|&&event| event != NO_STEP).count();
                let mut kept = Vec::with_capacity(n);
                for ((&customer, &event), &time) in customers.iter().zip(events).zip(times) {
                    if event != NO_STEP {
                        kept.push(Event { time, customer, event });
                    }
                }
                kept
            })
            .collect();
        self.parts.extend(parts);
    }

    /// Joins the rows that were gathered elsewhere about customers with the same numbers.
    pub fn merge(&mut self, other: Self) {
        self.parts.extend(other.parts);
    }

    /// Walks every customer through the steps.
    ///
    /// **Shape.** Customers are numbered below `n_customers`; at most 254 steps (more are left out).
    ///
    /// ```
    /// use statistics::funnel::{Definition, Events, From};
    /// let mut events = Events::default();
    /// // Customer 0 visits, comes again and buys at once; customer 1 buys too late.
    /// events.update(&[0, 0, 0, 1, 1], &[0, 0, 1, 0, 1], &[1, 90, 91, 5, 50]);
    /// let of = |from| Definition { steps: vec![0, 1], within: Some(30), from };
    /// let reached = |from| events.clone().finish(2, &of(from)).steps[1].n;
    /// assert_eq!((reached(From::FirstTouch), reached(From::AnyTouch)), (0, 1));
    /// ```
    pub fn finish(self, n_customers: usize, definition: &Definition) -> Funnel {
        let steps = &definition.steps[..definition.steps.len().min(usize::from(NO_STEP) - 1)];
        let (starts, mut events) = self.by_customer(n_customers);
        const CUSTOMERS_PER_PART: usize = 1 << 13;
        let mut reached = vec![0; n_customers];
        let mut rest = events.as_mut_slice();
        let mut work = Vec::new();
        for (part, reached) in reached.chunks_mut(CUSTOMERS_PER_PART).enumerate() {
            let from = part * CUSTOMERS_PER_PART;
            let ends = &starts[from + 1..=from + reached.len()];
            let (mine, after) = rest.split_at_mut((ends[ends.len() - 1] - starts[from]) as usize);
            rest = after;
            work.push((starts[from], ends, mine, reached));
        }
        let waits: Vec<Vec<Waits>> = work
            .into_par_iter()
            .map(|(start, ends, events, reached)| {
                let mut walk = Walk::new(steps, definition);
                let mut at = 0;
                for (end, reached) in ends.iter().zip(reached) {
                    let end = (end - start) as usize;
                    *reached = walk.customer(&mut events[at..end]);
                    at = end;
                }
                walk.waits
            })
            .collect();
        Funnel { steps: summed(steps.len(), waits), reached }
    }

    /// The events of one customer behind each other, in the order in which they were gathered, and where each begins.
    fn by_customer(self, n_customers: usize) -> (Vec<u64>, Vec<Event>) {
        let mut starts = vec![0u64; n_customers + 1];
        for event in self.parts.iter().flatten() {
            starts[event.customer as usize + 1] += 1;
        }
        for at in 0..n_customers {
            starts[at + 1] += starts[at];
        }
        let n = starts[n_customers] as usize;
        let mut next: Vec<u64> = starts[..n_customers].to_vec();
        let mut events = vec![Event { time: 0, customer: 0, event: 0 }; n];
        for part in self.parts {
            for event in part {
                let place = &mut next[event.customer as usize];
                events[*place as usize] = event;
                *place += 1;
            }
        }
        (starts, events)
    }
}

/// What happened at one step.
#[derive(Debug, Clone, Default)]
struct Waits {
    n: u64,
    /// How long everybody needed since the step before, and since step one.
    since_previous: Vec<i64>,
    since_first: Vec<i64>,
}

/// Walks one customer after another through the steps.
struct Walk<'a> {
    steps: &'a [u8],
    within: i64,
    from: From,
    /// For each step reached: when its chain began and when the step was done.
    chains: Vec<Option<(i64, i64)>>,
    waits: Vec<Waits>,
}

impl<'a> Walk<'a> {
    fn new(steps: &'a [u8], definition: &Definition) -> Self {
        Walk {
            steps,
            within: definition.within.unwrap_or(i64::MAX).max(0),
            from: definition.from,
            chains: vec![None; steps.len()],
            waits: vec![Waits::default(); steps.len()],
        }
    }

    /// How many steps the customer reached.
    fn customer(&mut self, events: &mut [Event]) -> u8 {
        let key = |event: &Event| (event.time, event.event);
        if !events.is_sorted_by_key(key) {
            events.sort_unstable_by_key(key);
        }
        let reached = match self.from {
            _ if self.steps.is_empty() => 0,
            From::FirstTouch => self.first_touch(events),
            From::AnyTouch => self.any_touch(events),
        };
        reached as u8
    }

    fn first_touch(&mut self, events: &[Event]) -> usize {
        let (mut reached, mut first, mut last) = (0, 0, 0);
        for event in events {
            if reached > 0 && event.time.saturating_sub(first) > self.within {
                break;
            }
            if reached == self.steps.len() {
                break;
            }
            if event.event != self.steps[reached] || (reached > 0 && event.time <= last) {
                continue;
            }
            if reached == 0 {
                (first, last) = (event.time, event.time);
            }
            self.note(reached, first, last, event.time);
            last = event.time;
            reached += 1;
        }
        reached
    }

    /// Keeps for every step the chain that began last, which has the most time left.
    fn any_touch(&mut self, events: &[Event]) -> usize {
        self.chains.fill(None);
        let mut reached = 0;
        for event in events {
            // From the last step to the first, so that one event is not two steps of a chain.
            for step in (0..=reached.min(self.steps.len() - 1)).rev() {
                if event.event != self.steps[step] {
                    continue;
                }
                let before = match step {
                    0 => Some((event.time, event.time)),
                    _ => self.chains[step - 1],
                };
                let in_time = |first: i64| event.time.saturating_sub(first) <= self.within;
                let Some((first, last)) = before.filter(|chain| in_time(chain.0)) else { continue };
                if step == reached {
                    self.note(step, first, last, event.time);
                    reached += 1;
                }
                self.chains[step] = Some((first, event.time));
            }
        }
        reached
    }

    fn note(&mut self, step: usize, first: i64, last: i64, time: i64) {
        let waits = &mut self.waits[step];
        waits.n += 1;
        if step > 0 {
            waits.since_previous.push(time.saturating_sub(last));
            waits.since_first.push(time.saturating_sub(first));
        }
    }
}

fn summed(n_steps: usize, parts: Vec<Vec<Waits>>) -> Vec<Step> {
    (0..n_steps)
        .map(|step| {
            let here = || parts.iter().map(|waits| &waits[step]);
            Step {
                n: here().map(|waits| waits.n).sum(),
                median_since_previous: median(
                    here().flat_map(|w| w.since_previous.iter().copied()).collect(),
                ),
                median_since_first: median(here().flat_map(|w| w.since_first.iter().copied()).collect()),
            }
        })
        .collect()
}

/// The lower median.
fn median(mut values: Vec<i64>) -> Option<i64> {
    let at = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable(at).1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pseudo_random::Generator;

    fn funnel(rows: &[(u32, u8, i64)], steps: &[u8], within: Option<i64>, from: From) -> Vec<u64> {
        let (mut customers, mut events, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for &(customer, event, time) in rows {
            customers.push(customer);
            events.push(event);
            times.push(time);
        }
        let mut gathered = Events::default();
        gathered.update(&customers, &events, &times);
        let definition = Definition { steps: steps.to_vec(), within, from };
        let n_customers = customers.iter().max().map_or(0, |most| *most as usize + 1);
        gathered.finish(n_customers, &definition).steps.iter().map(|step| step.n).collect()
    }

    /// Whether a chain of the steps from `first` on ends within the window, by trying all of them.
    fn furthest(rows: &[(u8, i64)], steps: &[u8], first: i64, last: i64, within: i64) -> usize {
        let Some((step, rest)) = steps.split_first() else { return 0 };
        let next = rows.iter().filter(|row| row.0 == *step && row.1 > last && row.1 - first <= within);
        next.map(|row| 1 + furthest(rows, rest, first, row.1, within)).max().unwrap_or(0)
    }

    #[test]
    fn both_definitions_agree_with_trying_every_chain() {
        let mut g = Generator::from_seed(9);
        for round in 0..300 {
            let steps: Vec<u8> = if round % 2 == 0 { vec![0, 1, 2] } else { vec![0, 1, 0] };
            let mut rows: Vec<(u32, u8, i64)> = (0..60)
                .map(|at| (g.below(6) as u32, g.below(4) as u8, g.below(9) as i64 * 60 + at))
                .collect();
            rows.iter_mut().filter(|row| row.1 == 3).for_each(|row| row.1 = NO_STEP);
            let within = g.below(300) as i64;
            for from in [From::FirstTouch, From::AnyTouch] {
                let mut expected = vec![0; 3];
                for customer in 0..6 {
                    let mine: Vec<(u8, i64)> =
                        rows.iter().filter(|row| row.0 == customer).map(|row| (row.1, row.2)).collect();
                    let mut begins: Vec<i64> =
                        mine.iter().filter(|row| row.0 == steps[0]).map(|row| row.1).collect();
                    begins.sort_unstable();
                    begins.truncate(if from == From::FirstTouch { 1 } else { usize::MAX });
                    let reach = |t: &i64| 1 + furthest(&mine, &steps[1..], *t, *t, within);
                    let most = begins.iter().map(reach).max().unwrap_or(0);
                    expected.iter_mut().take(most).for_each(|n| *n += 1);
                }
                assert_eq!(funnel(&rows, &steps, Some(within), from), expected, "{from:?} {within} {rows:?}");
            }
        }
    }

    #[test]
    fn the_first_touch_needs_later_moments_and_any_touch_does_not() {
        let rows = [(0, 0, 5), (0, 1, 5), (1, 1, 4), (1, 0, 5)];
        assert_eq!(funnel(&rows, &[0, 1], None, From::FirstTouch), [2, 0]);
        assert_eq!(funnel(&rows, &[0, 1], None, From::AnyTouch), [2, 1]);
    }

    #[test]
    fn the_window_counts_from_step_one_and_holds_its_last_moment() {
        let rows = [(0, 0, 0), (0, 1, 6), (0, 2, 10), (1, 0, 0), (1, 1, 6), (1, 2, 11)];
        assert_eq!(funnel(&rows, &[0, 1, 2], Some(10), From::FirstTouch), [2, 2, 1]);
        assert_eq!(funnel(&rows, &[0, 1, 2], None, From::AnyTouch), [2, 2, 2]);
    }

    #[test]
    fn the_order_of_rows_and_parts_does_not_matter() {
        let mut g = Generator::from_seed(3);
        let rows: Vec<(u32, u8, i64)> =
            (0..3000).map(|_| (g.below(200) as u32, g.below(3) as u8, g.below(500) as i64)).collect();
        let mut merged = Events::default();
        for row in rows.iter().rev() {
            let mut part = Events::default();
            part.update(&[row.0], &[row.1], &[row.2]);
            merged.merge(part);
        }
        for from in [From::FirstTouch, From::AnyTouch] {
            let definition = Definition { steps: vec![0, 1, 2], within: Some(90), from };
            let found = merged.clone().finish(200, &definition);
            let n: Vec<u64> = found.steps.iter().map(|step| step.n).collect();
            assert_eq!(n, funnel(&rows, &[0, 1, 2], Some(90), from));
            assert!(found.steps[1].median_since_previous <= found.steps[2].median_since_first);
        }
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(funnel(&[], &[0, 1], Some(1), From::AnyTouch), [0, 0]);
        assert_eq!(funnel(&[(0, 0, i64::MIN), (0, 1, i64::MAX)], &[], None, From::AnyTouch), [0; 0]);
        let ends = [(0, 0, i64::MIN), (0, 1, i64::MAX)];
        assert_eq!(funnel(&ends, &[0, 1], Some(7), From::FirstTouch), [1, 0]);
        assert_eq!(funnel(&ends, &[0, 1], None, From::FirstTouch), [1, 1]);
    }
}
