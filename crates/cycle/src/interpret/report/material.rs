//! What the report shows, read once from one snapshot.

use crate::analyze::results::{self, Basis};
use crate::analyze::{cohorts, lifetime_value, rfm};
use crate::calendar::Day;
use crate::interpret::keep::Summary;
use crate::interpret::read::{self, Insight, List, PersonRow};
use crate::plan::metrics::{self, Purchase};
use crate::process::quality::{self, Board, Oddity, OddityKind};
use platform::store::{IntoParam, Param, Snapshot};
use platform::{Micros, Result, settings};
use records::values::currency::Currency;
use std::collections::{BTreeMap, HashMap};

/// People named under an insight.
pub(super) const NAMED: usize = 10;

/// Orders of one month.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Month {
    pub(super) n_orders: u64,
    pub(super) revenue_minor: i64,
    /// What of the revenue cannot be right, by the quality board.
    pub(super) excess_minor: i64,
}

/// Purchases of a year.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Year {
    pub(super) n_orders: u64,
    pub(super) n_buyers: u64,
    pub(super) n_repeaters: u64,
    /// Returns taken off.
    pub(super) revenue_minor: i64,
    pub(super) excess_minor: i64,
    pub(super) values: Values,
}

/// Order values outside of periods whose amounts cannot be right: number, sum and sum of squares.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Values {
    pub(super) n: u64,
    pub(super) sum_minor: i64,
    pub(super) squares: f64,
}

pub(super) struct Material {
    pub(super) firm: Option<String>,
    pub(super) made_at: Micros,
    pub(super) currency: Currency,
    pub(super) basis: Option<Basis>,
    pub(super) rfm: Option<rfm::Report>,
    pub(super) cohorts: Option<cohorts::Report>,
    pub(super) lifetime_value: Option<lifetime_value::Report>,
    pub(super) insights: Vec<Insight>,
    /// The first people behind each insight.
    pub(super) people: HashMap<String, Vec<PersonRow>>,
    pub(super) names: HashMap<String, String>,
    pub(super) summary: Option<Summary>,
    pub(super) board: Option<Board>,
    pub(super) months: BTreeMap<i32, Month>,
    pub(super) year: Year,
    pub(super) year_before: Year,
}

impl Material {
    pub(super) fn title(&self) -> String {
        match &self.firm {
            Some(firm) => format!("Customer report: {firm}"),
            None => "Customer report".to_string(),
        }
    }

    pub(super) fn money(&self, minor: i64) -> String {
        crate::interpret::words::money(minor, self.currency)
    }
}

pub(super) fn read(snapshot: &mut Snapshot<'_>) -> Result<Material> {
    let basis = results::latest_basis(snapshot)?.map(|latest| latest.result);
    let last_day = basis.as_ref().map_or_else(|| Day::of(snapshot.now()), |basis| basis.last_day);
    let board = quality::latest(snapshot)?.map(|run| run.board);
    let insights = read::list(snapshot, List::default())?;
    let (people, names) = people(snapshot, &insights)?;
    let (months, [year, year_before]) = purchases(snapshot, last_day, board.as_ref())?;
    let mut material = Material {
        firm: settings::get(snapshot, settings::FIRM_NAME)?,
        made_at: snapshot.now(),
        currency: records::orders::workspace_currency(snapshot)?,
        basis,
        rfm: results::latest_rfm(snapshot)?.map(|latest| latest.result),
        cohorts: results::latest_cohorts(snapshot)?.map(|latest| latest.result),
        lifetime_value: results::latest_lifetime_value(snapshot)?.map(|latest| latest.result),
        insights,
        people,
        names,
        summary: read::latest_summary(snapshot)?.map(|latest| latest.result),
        months,
        year,
        year_before,
        board,
    };
    mark_faults(&mut material, last_day);
    Ok(material)
}

type People = (HashMap<String, Vec<PersonRow>>, HashMap<String, String>);

fn people(snapshot: &mut Snapshot<'_>, insights: &[Insight]) -> Result<People> {
    let (mut people, mut ids) = (HashMap::new(), Vec::new());
    for insight in insights {
        let rows = read::people(snapshot, &insight.id, 0, NAMED)?.rows;
        ids.extend(rows.iter().map(|row| row.person_id.clone()));
        people.insert(insight.id.clone(), rows);
    }
    ids.sort();
    ids.dedup();
    let names =
        records::people::many(snapshot, &ids)?.into_iter().map(|person| (person.id, person.name)).collect();
    Ok((people, names))
}

/// Orders and revenue of each month until the day, and of the year that ends on it and of the one before.
fn purchases(
    snapshot: &mut Snapshot<'_>,
    last_day: Day,
    board: Option<&Board>,
) -> Result<(BTreeMap<i32, Month>, [Year; 2])> {
    let spans = [last_day, last_day.plus(-365)].map(|day| (day.plus(-364).start(), day.next().start()));
    let mut months: BTreeMap<i32, Month> = BTreeMap::new();
    let mut years = [Year::default(); 2];
    let mut add = |purchase: &Purchase| {
        let Purchase { at, is_order, value_minor } = *purchase;
        if value_minor == 0 {
            return;
        }
        let month = months.entry(Day::of(at).month()).or_default();
        month.revenue_minor = month.revenue_minor.saturating_add(value_minor);
        month.n_orders += u64::from(is_order);
        for (year, (from, until)) in years.iter_mut().zip(spans) {
            if from <= at && at < until {
                year.add(purchase);
            }
        }
    };
    let all = (0, last_day.next().start());
    let mut n_bought = [[0_u64; 2]; 2];
    metrics::each_buyer(snapshot, all, &mut |_, purchases| {
        purchases.iter().for_each(&mut add);
        for ([n_buyers, n_repeaters], (from, until)) in n_bought.iter_mut().zip(spans) {
            let n = purchases.iter().filter(|p| p.is_order && from <= p.at && p.at < until).count();
            *n_buyers += u64::from(n > 0);
            *n_repeaters += u64::from(n > 1);
        }
        Ok(())
    })?;
    metrics::each_of_nobody(snapshot, all, &mut |purchase| add(&purchase))?;
    for (year, [n_buyers, n_repeaters]) in years.iter_mut().zip(n_bought) {
        (year.n_buyers, year.n_repeaters) = (n_buyers, n_repeaters);
    }
    let has_faults = board.is_some_and(|board| board.oddities.iter().any(is_fault));
    for (year, span) in years.iter_mut().zip(spans).filter(|_| has_faults) {
        year.values = values(snapshot, span, board)?;
    }
    Ok((months, years))
}

impl Year {
    fn add(&mut self, purchase: &Purchase) {
        self.revenue_minor = self.revenue_minor.saturating_add(purchase.value_minor);
        if purchase.is_order {
            let value = purchase.value_minor;
            self.n_orders += 1;
            self.values.n += 1;
            self.values.sum_minor = self.values.sum_minor.saturating_add(value);
            self.values.squares += value as f64 * value as f64;
        }
    }
}

fn is_fault(oddity: &Oddity) -> bool {
    oddity.kind == OddityKind::AmountJump
}

/// Periods of odd amounts that are left out one by one; with more, the newest stand as they are.
const MOST_FAULTS: usize = 50;

fn values(
    snapshot: &mut Snapshot<'_>,
    (from, until): (Micros, Micros),
    board: Option<&Board>,
) -> Result<Values> {
    let mut sql = "SELECT count(*), coalesce(sum(counted_minor), 0), coalesce(sum(counted_minor * 1.0 * counted_minor), 0.0)
         FROM orders WHERE ordered_at >= $1 AND ordered_at < $2 AND is_return = 0 AND counted_minor > 0"
        .to_string();
    let mut parameters = vec![Param::Int(from), Param::Int(until)];
    let oddities = board.iter().flat_map(|board| &board.oddities);
    for oddity in oddities.filter(|oddity| is_fault(oddity)).take(MOST_FAULTS) {
        let (Some(begin), Some(end)) = (oddity.from_at, oddity.until_at) else { continue };
        let n = parameters.len();
        parameters.extend([Param::Int(begin), Param::Int(end), oddity.source.param()]);
        sql.push_str(&format!(
            " AND NOT (ordered_at >= ${} AND ordered_at < ${} AND coalesce(channel, '') = ${})",
            n + 1,
            n + 2,
            n + 3
        ));
    }
    snapshot.one(&sql, &parameters, |row| {
        Ok(Values { n: row.get::<i64>(0)?.unsigned_abs(), sum_minor: row.get(1)?, squares: row.get(2)? })
    })
}

/// Notes by month and year what the quality board says cannot be right.
fn mark_faults(material: &mut Material, last_day: Day) {
    let oddities = material.board.iter().flat_map(|board| &board.oddities);
    let faults: Vec<(Day, i64)> = oddities
        .filter(|oddity| is_fault(oddity))
        .filter_map(|oddity| Some((Day::of(oddity.from_at?), oddity.excess_minor)))
        .collect();
    for (day, excess_minor) in faults {
        if let Some(month) = material.months.get_mut(&day.month()) {
            month.excess_minor += excess_minor;
        }
        let age = last_day.0 - day.0;
        match age {
            0..365 => material.year.excess_minor += excess_minor,
            365..730 => material.year_before.excess_minor += excess_minor,
            _ => {}
        }
    }
}
