//! Counter-checks that several kinds of insights share: missing orders, the mix of channels, volumes by season.
//!
//! Each really runs on the facts and answers a verdict with its numbers. A check that the data do not allow says so.

use super::View;
use super::found::{Check, Question, Verdict};
use super::words::{chance, count, percent};
use crate::analyze::Day;
use crate::analyze::facts::Kind;
use crate::process::quality::OddityKind;
use statistics::distributions::normal_upper_tail;
use statistics::multiple::holm;
use std::collections::BTreeMap;

/// The last so many days are looked at for a hole in the data.
const LATEST_DAYS: i32 = 28;
/// Fewer orders than this share of the days before are a hole.
const HOLE: f64 = 0.5;
/// A stretch with fewer than this share of the orders of the busiest is empty.
const EMPTY: f64 = 0.05;
/// Stretches looked back: two years.
const MOST_STRETCHES: usize = 26;
/// A group of customers with fewer is not compared.
pub(super) const FEWEST: u64 = 10;
/// A counter-check's own error.
pub(super) const ALARM: f64 = 0.05;

/// Could orders be missing, so that somebody only seems silent? And were amounts at fault taken out?
pub(super) fn silence_or_hole(view: &View<'_>, since: Day, n_fallen_out: u64) -> Check {
    let last = view.inputs.last_day;
    let latest = purchases_between(view, last.plus(-LATEST_DAYS), last);
    let before = purchases_between(view, last.plus(-2 * LATEST_DAYS), last.plus(-LATEST_DAYS));
    let holes: Vec<&str> = view
        .inputs
        .quality
        .iter()
        .flat_map(|board| &board.oddities)
        .filter(|oddity| {
            oddity.kind == OddityKind::MissingDays && oddity.from_at.is_some_and(|at| at >= since.start())
        })
        .map(|oddity| oddity.words.as_str())
        .collect();
    let taken = amounts_taken(view, n_fallen_out);
    let compared = format!(
        "All customers placed {} orders in the last {LATEST_DAYS} days and {} in the {LATEST_DAYS} days before.",
        count(latest),
        count(before)
    );
    if let Some(hole) = holes.first() {
        let words =
            format!("Orders seem to be missing: {hole} Silence may be a hole in the data. {compared}{taken}");
        return Check::new(Question::DataFault, Verdict::Explained, words);
    }
    if let Some(hole) = hole(view, since) {
        let words = format!(
            "{hole} A file may be missing, and silence would be a hole in the data. {compared}{taken}"
        );
        return Check::new(Question::DataFault, Verdict::Explained, words);
    }
    if (latest as f64) < HOLE * before as f64 && before >= FEWEST {
        let words = format!(
            "{compared} A file may be missing at the end, and silence would be a hole in the data.{taken}"
        );
        return Check::new(Question::DataFault, Verdict::Explained, words);
    }
    if view.inputs.quality.is_none() {
        let words = format!(
            "{compared} The quality of the records was never measured, so other faults cannot be excluded."
        );
        return Check::new(Question::DataFault, Verdict::CannotTell, words);
    }
    let words = format!(
        "{compared} No days without orders were found since the silence began, so it is no hole in the data.{taken}"
    );
    Check::new(Question::DataFault, Verdict::Stands, words)
}

/// A stretch of [`LATEST_DAYS`] since a day with hardly any order, where the others have many, as a sentence.
fn hole(view: &View<'_>, since: Day) -> Option<String> {
    let last = view.inputs.last_day;
    let first = view.facts().span()?.0;
    let n_stretches =
        usize::try_from((last.0 - first.0) / LATEST_DAYS).unwrap_or_default().min(MOST_STRETCHES);
    let mut counts = vec![0u64; n_stretches];
    for customer in 0..view.facts().n_customers() {
        for (day, _) in view.facts().orders(customer).until(last).purchases() {
            if let Some(count) = counts.get_mut(((last.0 - day) / LATEST_DAYS) as usize) {
                *count += 1;
            }
        }
    }
    let usual = counts.iter().copied().max().unwrap_or_default();
    if usual < FEWEST {
        return None;
    }
    let begins = |stretch: usize| last.plus(1 - LATEST_DAYS * (stretch as i32 + 1));
    let empty = (0..n_stretches)
        .filter(|stretch| begins(*stretch).plus(LATEST_DAYS) > since)
        .find(|stretch| (counts[*stretch] as f64) < EMPTY * usual as f64)?;
    Some(format!(
        "In the {LATEST_DAYS} days from {} on only {} orders stand in the records, where up to {} were usual.",
        begins(empty),
        count(counts[empty]),
        count(usual)
    ))
}

/// A sentence about amounts that were taken at their usual size; empty where there are none.
pub(super) fn amounts_taken(view: &View<'_>, n_fallen_out: u64) -> String {
    if view.corrected.n_orders == 0 {
        return String::new();
    }
    let out = match n_fallen_out {
        0 => "this leaves out nobody".to_string(),
        1 => "1 customer falls out by that".to_string(),
        n => format!("{} customers fall out by that", count(n)),
    };
    format!(
        " {} orders with amounts that cannot be right are taken at their usual size ({} less); {out}.",
        count(view.corrected.n_orders),
        view.money(view.corrected.excess_minor)
    )
}

/// Whether amounts at fault could be behind a figure of money.
pub(super) fn amounts(view: &View<'_>, n_fallen_out: u64) -> Check {
    if view.inputs.quality.is_none() {
        let words = "The quality of the records was never measured, so amounts at fault cannot be excluded.";
        return Check::new(Question::DataFault, Verdict::CannotTell, words);
    }
    let taken = amounts_taken(view, n_fallen_out);
    let unsure = view.suspects.iter().filter(|suspect| !suspect.is_confirmed()).count();
    if unsure > 0 {
        let words = format!(
            "{unsure} period{} of odd amounts could not be confirmed by the prices of the articles and stand as they are; see \
             the quality board.{taken}",
            if unsure == 1 { "" } else { "s" }
        );
        return Check::new(Question::DataFault, Verdict::Weakened, words);
    }
    let words = if taken.is_empty() {
        "The quality board knows no period whose amounts cannot be right.".to_string()
    } else {
        format!("Handled:{taken}")
    };
    Check::new(Question::DataFault, Verdict::Stands, words)
}

/// Purchases of all customers after `from` until `until`.
pub(super) fn purchases_between(view: &View<'_>, from: Day, until: Day) -> u64 {
    let facts = view.facts();
    let mut n = 0;
    for customer in 0..facts.n_customers() {
        let rows = facts.orders(customer).until(until).each().rev().take_while(|row| row.0 > from.0);
        n += rows.filter(|row| row.2 == Kind::Purchase).count() as u64;
    }
    n
}

/// Do the members come from other channels than those they are compared with? Each channel is tested, corrected by Holm.
pub(super) fn channels(view: &View<'_>, members: &[u32], others: &[u32]) -> Check {
    let facts = view.facts();
    let mut counts: BTreeMap<u16, (u64, u64)> = BTreeMap::new();
    members.iter().for_each(|&customer| counts.entry(facts.source_number(customer)).or_default().0 += 1);
    others.iter().for_each(|&customer| counts.entry(facts.source_number(customer)).or_default().1 += 1);
    let (n, m) = (members.len() as u64, others.len() as u64);
    if n < FEWEST || m < FEWEST || counts.len() < 2 {
        let words = "Too few customers, or only one channel, to compare where they come from.";
        return Check::new(Question::MixShift, Verdict::CannotTell, words);
    }
    let tested: Vec<(u16, (u64, u64))> = counts.into_iter().collect();
    let p_values: Vec<f64> =
        tested.iter().map(|(_, (a, b))| two_sided((*a, n), (*b, m)).unwrap_or(f64::NAN)).collect();
    let adjusted = holm(&p_values);
    let worst = adjusted
        .iter()
        .zip(&tested)
        .filter(|(p, (_, (a, b)))| **p < ALARM && *a as f64 / n as f64 > *b as f64 / m as f64)
        .min_by(|a, b| a.0.total_cmp(b.0));
    let Some((p, (source, (a, b)))) = worst else {
        let words = format!(
            "They come from the same channels as the {} they are compared with: none of {} channels differs beyond chance.",
            count(m),
            tested.len()
        );
        return Check::new(Question::MixShift, Verdict::Stands, words);
    };
    let words = format!(
        "{} of them came through “{}”, of those compared with {} (p {} after correction for {} channels): look there first.",
        percent(*a as f64 / n as f64),
        named(&facts.source_names()[usize::from(*source)]),
        percent(*b as f64 / m as f64),
        chance(*p),
        tested.len()
    );
    Check::new(Question::MixShift, Verdict::Weakened, words)
}

/// A channel by its name; the empty one is not known.
pub(super) fn named(source: &str) -> &str {
    if source.is_empty() { "not known" } else { source }
}

/// The two-sided chance of two shares (hits, of) being this far apart where nothing differs; pooled normal approximation.
pub(super) fn two_sided(first: (u64, u64), second: (u64, u64)) -> Option<f64> {
    let (a, n, b, m) = (first.0 as f64, first.1 as f64, second.0 as f64, second.1 as f64);
    let pooled = (a + b) / (n + m);
    let error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    let z = (a / n - b / m).abs() / error;
    z.is_finite().then(|| 2.0 * normal_upper_tail(z))
}
