//! What the report shows, read once from one snapshot.

use crate::analyze::results::{self, Basis};
use crate::analyze::{cohorts, lifetime_value, rfm};
use crate::calendar::Day;
use crate::interpret::keep::Summary;
use crate::interpret::read::{self, Insight, List, PersonRow};
use crate::process::quality::{self, Board, OddityKind};
use platform::store::{IntoParam, Param, Snapshot};
use platform::{Micros, Result, params, settings};
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
        months: months(snapshot, last_day)?,
        year: year(snapshot, last_day, board.as_ref())?,
        year_before: year(snapshot, last_day.plus(-365), board.as_ref())?,
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

/// Orders and revenue of each month until the day.
fn months(snapshot: &mut Snapshot<'_>, last_day: Day) -> Result<BTreeMap<i32, Month>> {
    let mut months: BTreeMap<i32, Month> = BTreeMap::new();
    snapshot.each(
        "SELECT ordered_at / 86400000000, sum(counted_minor), sum(CASE WHEN is_return = 0 AND counted_minor > 0 THEN 1 ELSE 0 END)
         FROM orders WHERE counted_minor <> 0 AND ordered_at >= 0 AND ordered_at < $1
         GROUP BY ordered_at / 86400000000",
        &params![last_day.next().start()],
        |row| {
            let day = Day(i32::try_from(row.get::<i64>(0)?).unwrap_or_default());
            let month = months.entry(day.month()).or_default();
            month.revenue_minor = month.revenue_minor.saturating_add(row.get(1)?);
            month.n_orders += row.get::<i64>(2)?.unsigned_abs();
            Ok(())
        },
    )?;
    Ok(months)
}

fn year(snapshot: &mut Snapshot<'_>, last_day: Day, board: Option<&Board>) -> Result<Year> {
    let (from, until) = (last_day.plus(-364).start(), last_day.next().start());
    let span = params![from, until];
    let mut year = snapshot.one(
        "SELECT coalesce(sum(CASE WHEN is_return = 0 AND counted_minor > 0 THEN 1 ELSE 0 END), 0),
           coalesce(sum(counted_minor), 0)
         FROM orders WHERE ordered_at >= $1 AND ordered_at < $2",
        &span,
        |row| {
            let (n, revenue_minor): (i64, i64) = (row.get(0)?, row.get(1)?);
            Ok(Year { n_orders: n.unsigned_abs(), revenue_minor, ..Year::default() })
        },
    )?;
    let counts = "SELECT count(*), coalesce(sum(CASE WHEN n > 1 THEN 1 ELSE 0 END), 0) FROM
         (SELECT count(*) AS n FROM orders WHERE ordered_at >= $1 AND ordered_at < $2 AND is_return = 0 AND counted_minor > 0
          AND person_id IS NOT NULL GROUP BY person_id) AS buyers";
    (year.n_buyers, year.n_repeaters) = snapshot.one(counts, &span, |row| {
        Ok((row.get::<i64>(0)?.unsigned_abs(), row.get::<i64>(1)?.unsigned_abs()))
    })?;
    year.values = values(snapshot, (from, until), board)?;
    Ok(year)
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
    for oddity in oddities.filter(|oddity| oddity.kind == OddityKind::AmountJump).take(MOST_FAULTS) {
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
        .filter(|oddity| oddity.kind == OddityKind::AmountJump)
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
