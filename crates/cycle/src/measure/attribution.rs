//! Attribution: how much of the orders each action would claim by the usual rules, beside what it was shown to bring.
//!
//! Touches are exposures (mails sent, calls made, offers issued) and clicks in the days before an order. No action is given
//! more than its measured increment; what is left over is printed as what nobody proved.

use super::effects::{self, Conclusion};
use crate::act::actions;
use crate::analyze::OrderCounts;
use crate::calendar::Day;
use crate::plan::kept::{self, Kept};
use platform::clock::DAY;
use platform::store::Snapshot;
use platform::{Micros, Result, params};
use serde::Serialize;
use statistics::attribution::{self as rules, Journey, Rule};
use std::collections::BTreeMap;

/// Days whose orders are shared out on pages, today among them.
pub const DAYS: i32 = 90;
/// Days before an order in which a touch may claim it.
pub const LOOK_BACK_DAYS: i64 = 30;
/// Days after which a touch counts half.
pub const HALF_LIFE_DAYS: f64 = 7.0;
/// Touches beyond which only the newest are read.
const MOST_TOUCHES: i64 = 300_000;
/// Actions that share the credit: the newest that reached anybody.
const MOST_ACTIONS: usize = 40;

/// What one action would claim. **Units:** minor units of money.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Credit {
    pub action_id: String,
    pub name: String,
    pub n_touched: i64,
    /// By rule, in the order of [`RULES`].
    pub claimed: Vec<f64>,
    /// Shown by holding out; None where nothing was shown.
    pub proved_minor: Option<i64>,
    /// What is given: the linear claim, never above what was shown.
    pub given: f64,
}

/// The rules, in the order in which their credit is listed.
pub const RULES: [&str; 7] =
    ["First touch", "Last touch", "Linear", "Position", "Time decay", "Markov", "Shapley"];
/// The place of the linear rule.
const LINEAR: usize = 2;

/// Who claims what of the orders of some time. **Units** of shares: minor units, in parts of one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shared {
    pub credits: Vec<Credit>,
    /// Orders that followed a touch, and all orders, in money.
    pub touched: f64,
    pub all_minor: i64,
    /// When the turn counted all orders but those of the newest days, where they are not counted anew.
    #[serde(serialize_with = "kept::in_words")]
    pub counted_at: Option<Micros>,
    /// Of the touched orders, what nobody proved.
    pub rest: f64,
    /// Not all touches could be read.
    pub is_cut: bool,
}

/// Shares out the orders from the first day until before a moment.
pub fn share(snapshot: &mut Snapshot<'_>, first: Day, to: Micros) -> Result<Shared> {
    let from = first.start();
    let touches = touches(snapshot, from - LOOK_BACK_DAYS * DAY, to)?;
    let journeys = journeys(snapshot, &touches, from, to)?;
    let n = touches.actions.len();
    let decay = Rule::TimeDecay { half_life_days: HALF_LIFE_DAYS };
    let mut by_rule: Vec<Vec<f64>> = [Rule::First, Rule::Last, Rule::Linear, Rule::Position, decay]
        .into_iter()
        .map(|rule| rules::by_rule(&journeys, n, rule))
        .collect();
    by_rule.push(rules::markov(&journeys, n, 1).unwrap_or_else(|| vec![0.0; n]));
    by_rule.push(rules::shapley(&journeys, n));
    let mut proved = Vec::with_capacity(n);
    for id in &touches.actions {
        proved.push(proved_minor(snapshot, id)?);
    }
    let limits: Vec<Option<f64>> = proved.iter().map(|minor| minor.map(|minor| minor as f64)).collect();
    let (given, rest) = rules::capped(&by_rule[LINEAR], &limits);
    let mut credits = Vec::with_capacity(n);
    for (i, action_id) in touches.actions.iter().enumerate() {
        credits.push(Credit {
            action_id: action_id.clone(),
            name: actions::find(snapshot, action_id)?.map(|action| action.name).unwrap_or_default(),
            n_touched: touches.n_touched[i],
            claimed: by_rule.iter().map(|credit| credit[i]).collect(),
            proved_minor: proved[i],
            given: given[i],
        });
    }
    let (all_minor, counted_at) = all_minor(snapshot, first, to)?;
    let touched = journeys.iter().map(|journey| journey.value).sum();
    Ok(Shared { credits, touched, all_minor, counted_at, rest, is_cut: touches.is_cut })
}

/// Orders for money: the days that the turn kept, with when it counted them, and what came after these.
fn all_minor(snapshot: &mut Snapshot<'_>, first: Day, to: Micros) -> Result<(i64, Option<Micros>)> {
    let (mut from, mut sold, mut counted_at) = (first.start(), 0, None);
    if let Some(kept) = kept::read::<OrderCounts>(snapshot, kept::ORDERS)? {
        let Kept { counted, counted_at: at } = kept;
        let last = counted.last_day.min(Day::of(to).plus(-1));
        if first <= last {
            sold = counted.between(first, last).iter().map(|day| day.sold_minor).sum();
            (from, counted_at) = (last.next().start(), Some(at));
        }
    }
    let newest: i64 = snapshot.one(
        "SELECT CAST(COALESCE(sum(counted_minor), 0) AS BIGINT) FROM orders
         WHERE ordered_at >= $1 AND ordered_at < $2 AND is_return = 0 AND counted_minor > 0",
        &params![from, to],
        |row| row.get(0),
    )?;
    Ok((sold + newest, counted_at))
}

/// What holding out showed of an action: 0 where it was shown to harm or to do nothing, None while nothing is shown.
fn proved_minor(snapshot: &mut Snapshot<'_>, action_id: &str) -> Result<Option<i64>> {
    let effects = effects::latest_of_action(snapshot, action_id)?;
    let shown = effects.iter().filter(|effect| effect.conclusion != Conclusion::CannotTellYet);
    Ok(shown
        .map(|effect| match (effect.conclusion, effect.money) {
            (Conclusion::Works, Some(money)) => money.minor.max(0),
            _ => 0,
        })
        .reduce(|a, b| a + b))
}

struct Touches {
    actions: Vec<String>,
    n_touched: Vec<i64>,
    /// (place of the action, when) of each person, oldest first.
    of: BTreeMap<String, Vec<(usize, Micros)>>,
    is_cut: bool,
}

fn touches(snapshot: &mut Snapshot<'_>, from: Micros, to: Micros) -> Result<Touches> {
    let mut rows: Vec<(String, String, Micros)> = snapshot.query(
        "SELECT x.person_id, e.action_id, x.at FROM exposures x JOIN experiments e ON e.id = x.experiment_id
         WHERE x.at >= $1 AND x.at < $2 AND e.action_id IS NOT NULL ORDER BY x.at DESC LIMIT $3",
        &params![from, to, MOST_TOUCHES],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let clicked = snapshot.query(
        "SELECT k.person_id, c.action_id, k.at FROM clicks k JOIN campaigns c ON c.id = k.campaign_id
         WHERE k.who = 'person' AND k.at >= $1 AND k.at < $2 ORDER BY k.at DESC LIMIT $3",
        &params![from, to, MOST_TOUCHES],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let is_cut = rows.len() as i64 == MOST_TOUCHES || clicked.len() as i64 == MOST_TOUCHES;
    rows.extend(clicked);
    // Ids are in the order of time: the last are the newest actions.
    let mut known: Vec<String> = rows.iter().map(|row| row.1.clone()).collect();
    known.sort_unstable();
    known.dedup();
    let actions = known.split_off(known.len().saturating_sub(MOST_ACTIONS));
    let mut touches = Touches { n_touched: vec![0; actions.len()], actions, of: BTreeMap::new(), is_cut };
    for (person, action, at) in rows {
        let Ok(place) = touches.actions.binary_search(&action) else { continue };
        let of_person = touches.of.entry(person).or_default();
        touches.n_touched[place] += i64::from(of_person.iter().all(|(other, _)| *other != place));
        of_person.push((place, at));
    }
    touches.of.values_mut().for_each(|of| of.sort_by_key(|(_, at)| *at));
    Ok(touches)
}

/// A journey for each order that followed a touch, and one without success for everybody who was touched in vain.
fn journeys(
    snapshot: &mut Snapshot<'_>,
    touches: &Touches,
    from: Micros,
    to: Micros,
) -> Result<Vec<Journey>> {
    let mut journeys = Vec::new();
    let mut bought: BTreeMap<String, ()> = BTreeMap::new();
    // A cross join, so that SQLite begins with those who were touched and not with all orders.
    snapshot.each(
        "SELECT o.person_id, o.ordered_at, o.counted_minor
         FROM (SELECT person_id FROM exposures WHERE at >= $3 AND at < $2
               UNION SELECT person_id FROM clicks WHERE who = 'person' AND at >= $3 AND at < $2) AS t CROSS JOIN orders o
         WHERE o.person_id = t.person_id AND o.ordered_at >= $1 AND o.ordered_at < $2 AND o.counted_minor > 0",
        &params![from, to, from - LOOK_BACK_DAYS * DAY],
        |row| {
            let Some(of_person) = touches.of.get(row.text(0)?) else { return Ok(()) };
            let (at, value): (Micros, i64) = (row.get(1)?, row.get(2)?);
            let before = of_person.iter().filter(|(_, t)| *t <= at && at - t <= LOOK_BACK_DAYS * DAY);
            let found: Vec<(usize, f64)> =
                before.map(|(place, t)| (*place, (at - t) as f64 / DAY as f64)).collect();
            if !found.is_empty() {
                bought.insert(row.get(0)?, ());
                journeys.push(Journey { touches: found, value: value as f64 });
            }
            Ok(())
        },
    )?;
    let in_vain = touches.of.iter().filter(|(person, _)| !bought.contains_key(*person));
    journeys.extend(in_vain.map(|(_, of_person)| Journey {
        touches: of_person.iter().map(|(place, _)| (*place, 0.0)).collect(),
        value: 0.0,
    }));
    Ok(journeys)
}
