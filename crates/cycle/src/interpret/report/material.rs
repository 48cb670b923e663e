//! What the report shows, read once from one snapshot.

use crate::analyze::order_counts::OfYear;
use crate::analyze::results::{self, Basis};
use crate::analyze::{OrderCounts, cohorts, lifetime_value, rfm};
use crate::calendar::Day;
use crate::interpret::keep::Summary;
use crate::interpret::read::{self, Insight, List, PersonRow};
use crate::plan::kept::{self, Kept};
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
    /// When the turn counted months and years, where they are not counted for the report.
    pub(super) counted_at: Option<Micros>,
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
    let (counts, counted_at) = order_counts(snapshot, last_day)?;
    let [year, year_before] = years(snapshot, &counts, board.as_ref())?;
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
        months: months(&counts),
        year,
        year_before,
        counted_at,
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

/// What the turn kept of the orders until the day, with when it counted them; where it kept nothing, counted now.
fn order_counts(snapshot: &mut Snapshot<'_>, last_day: Day) -> Result<(OrderCounts, Option<Micros>)> {
    let kept = kept::read::<OrderCounts>(snapshot, kept::ORDERS)?;
    match kept.filter(|kept| kept.counted.last_day == last_day) {
        Some(Kept { counted, counted_at }) => Ok((counted, Some(counted_at))),
        None => Ok((OrderCounts::read(snapshot, last_day)?, None)),
    }
}

fn months(counts: &OrderCounts) -> BTreeMap<i32, Month> {
    let mut months: BTreeMap<i32, Month> = BTreeMap::new();
    for day in &counts.days {
        let month = months.entry(day.day.month()).or_default();
        month.n_orders += day.n_orders;
        month.revenue_minor = month.revenue_minor.saturating_add(day.revenue_minor);
    }
    months
}

/// The year that ends on the last day and the one before.
fn years(snapshot: &mut Snapshot<'_>, counts: &OrderCounts, board: Option<&Board>) -> Result<[Year; 2]> {
    let mut years = counts.years.map(Year::of);
    let ends = [counts.last_day, counts.last_day.plus(-365)];
    for (year, end) in years.iter_mut().zip(ends) {
        let faults = values_of_faults(snapshot, (end.plus(-364).start(), end.next().start()), board)?;
        year.values.take_off(faults);
    }
    Ok(years)
}

impl Year {
    fn of(counted: OfYear) -> Self {
        Self {
            n_orders: counted.n_orders,
            n_buyers: counted.n_buyers,
            n_repeaters: counted.n_repeaters,
            revenue_minor: counted.revenue_minor,
            excess_minor: 0,
            values: Values { n: counted.n_orders, sum_minor: counted.sold_minor, squares: counted.squares },
        }
    }
}

impl Values {
    fn take_off(&mut self, other: Self) {
        self.n = self.n.saturating_sub(other.n);
        self.sum_minor = self.sum_minor.saturating_sub(other.sum_minor);
        self.squares = (self.squares - other.squares).max(0.0);
    }
}

fn is_fault(oddity: &Oddity) -> bool {
    oddity.kind == OddityKind::AmountJump
}

/// Periods of odd amounts that are left out one by one; with more, the newest stand as they are.
const MOST_FAULTS: usize = 50;

/// Order values of a time that lie in a period whose amounts cannot be right.
fn values_of_faults(
    snapshot: &mut Snapshot<'_>,
    (from, until): (Micros, Micros),
    board: Option<&Board>,
) -> Result<Values> {
    let (mut conditions, mut parameters) = (Vec::new(), Vec::new());
    let oddities = board.iter().flat_map(|board| &board.oddities);
    for oddity in oddities.filter(|oddity| is_fault(oddity)).take(MOST_FAULTS) {
        let (Some(begin), Some(end)) = (oddity.from_at, oddity.until_at) else { continue };
        let (begin, end) = (begin.max(from), end.min(until));
        if begin >= end {
            continue;
        }
        let n = parameters.len();
        parameters.extend([Param::Int(begin), Param::Int(end), oddity.source.param()]);
        let (begin, end, source) = (n + 1, n + 2, n + 3);
        conditions.push(format!(
            "(ordered_at >= ${begin} AND ordered_at < ${end} AND coalesce(channel, '') = ${source})"
        ));
    }
    if conditions.is_empty() {
        return Ok(Values::default());
    }
    let sql = format!(
        "SELECT count(*), coalesce(sum(counted_minor), 0), coalesce(sum(counted_minor * 1.0 * counted_minor), 0.0)
         FROM orders WHERE is_return = 0 AND counted_minor > 0 AND ({})",
        conditions.join(" OR ")
    );
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
