//! What a turn counts for pages of a workspace that has too many orders for them to count.
//!
//! Each part is what its page would count, in the same periods; the purchases come out of the facts instead of the store. It
//! goes on beside the steps: purchases as soon as the facts are there, how people stand once their scores are written.

use crate::act::segments::{self, LiveCount};
use crate::analyze::forecasts::Counting;
use crate::analyze::{Facts, OrderCounts};
use crate::calendar::Day;
use crate::plan::goals::{self, KeptSeries};
use crate::plan::kept::{self, Counts};
use crate::plan::metrics::tally::{Calendar, Everybody};
use crate::plan::periods::Cadence;
use crate::plan::sources;
use platform::Result;
use platform::store::{Pending, Snapshot, Store};
use std::sync::Arc;

/// What can be counted before there are scores.
pub(super) struct OfFacts {
    counting: Counting,
    purchases: Vec<(Cadence, Calendar, Everybody)>,
    orders: OrderCounts,
    arrived: Vec<(i32, i64)>,
}

/// All that is counted, and what of it is still being counted.
pub(super) struct OfScores {
    counts: Counts,
    metrics: Pending<Vec<KeptSeries>>,
    starters: Pending<Vec<(String, LiveCount)>>,
}

/// Begins with the purchases.
pub(super) fn begin(store: &Store, facts: Arc<Facts>, last_day: Day) -> Pending<OfFacts> {
    store.scan(move |s| of_facts(s, &facts, last_day))
}

/// Goes on with what asks for scores.
pub(super) fn go_on(store: &Store, of_facts: OfFacts) -> Result<OfScores> {
    let OfFacts { counting, purchases, orders, arrived } = of_facts;
    let mut counts = Counts::default();
    counts.add(kept::ORDERS, &orders)?;
    counts.add(kept::ARRIVALS, &arrived)?;
    let measure = move |s: &mut Snapshot<'_>| {
        goals::measured_of_counted(s, &counting.metrics, &purchases, &counting.windows)
    };
    Ok(OfScores { counts, metrics: store.scan(measure), starters: store.scan(segments::count_starters) })
}

/// Waits for the rest.
pub(super) fn finish(of_scores: OfScores) -> Result<Counts> {
    let OfScores { mut counts, metrics, starters } = of_scores;
    counts.add(kept::METRICS, &metrics.wait()?)?;
    counts.add(kept::STARTERS, &starters.wait()?)?;
    Ok(counts)
}

fn of_facts(snapshot: &mut Snapshot<'_>, facts: &Facts, last_day: Day) -> Result<OfFacts> {
    let counting = Counting::new(snapshot)?;
    let mut purchases = Vec::new();
    for cadence in Cadence::ALL {
        let calendar = Calendar::new(goals::whole_periods(snapshot, cadence, last_day)?);
        let all = counting.count(snapshot, facts, &calendar, &mut |_, _| ())?;
        purchases.push((cadence, calendar, all));
    }
    Ok(OfFacts {
        counting,
        purchases,
        orders: OrderCounts::of_facts(snapshot, facts, last_day)?,
        arrived: sources::orders_by_month(snapshot)?,
    })
}
