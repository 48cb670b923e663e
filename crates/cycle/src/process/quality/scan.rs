//! One pass over a table: every row becomes its source and one number whose bits say which checks apply and which fail.
//!
//! So the conditions are evaluated where the rows are, and only few different numbers have to be counted.

use super::board::by_source;
use super::checks::{COMPANIES, PEOPLE, PRODUCTS, Rule, Table};
use super::{Board, Check, Dimension, Kind};
use platform::clock::DAY;
use platform::store::{Param, Row, Snapshot};
use platform::{Micros, Result};
use records::filter::{self, FieldCondition, Filter, Op};
use records::values::country::Country;
use records::values::{period, phone};
use std::collections::{BTreeMap, HashMap};

/// Countries whose calling code is compared, the most frequent first; rows of rarer ones are not checked.
const COUNTRIES: i64 = 60;
/// A value is fresh for so many days.
const FRESH_DAYS: i64 = 365;
const OLDEST_YEARS: i16 = 120;

pub(super) fn people(snapshot: &mut Snapshot<'_>, board: &mut Board) -> Result<()> {
    table(snapshot, &PEOPLE, "", board, |_, _| Ok(()))
}

pub(super) fn companies(snapshot: &mut Snapshot<'_>, board: &mut Board) -> Result<()> {
    table(snapshot, &COMPANIES, "", board, |_, _| Ok(()))
}

pub(super) fn products(snapshot: &mut Snapshot<'_>, board: &mut Board) -> Result<()> {
    table(snapshot, &PRODUCTS, "", board, |_, _| Ok(()))
}

/// Counts all checks of a table; `visit` sees each row's `extra` columns (`, a, b`) from column 2 on, and its source.
pub(super) fn table(
    snapshot: &mut Snapshot<'_>,
    table: &Table,
    extra: &str,
    board: &mut Board,
    mut visit: impl FnMut(&Row<'_>, &str) -> Result<()>,
) -> Result<()> {
    let mut bits = String::from("CAST(0 AS BIGINT)");
    for (place, rule) in table.rules.iter().enumerate() {
        let (applies, fails) = (1_i64 << (2 * place), 2_i64 << (2 * place));
        bits.push_str(&format!(
            " + CASE WHEN {} THEN {applies} ELSE 0 END + CASE WHEN {} THEN {fails} ELSE 0 END",
            rule.applies,
            at_fault(rule)
        ));
    }
    let sql =
        format!("SELECT {}, {bits}{extra} FROM {} WHERE {}", table.source, table.kind.word(), table.present);
    let (sql, params) = bind(snapshot, table.kind, &sql)?;
    let mut counts: HashMap<String, HashMap<i64, u64>> = HashMap::new();
    snapshot.each(&sql, &params, |row| {
        let source = row.text(0)?;
        let mask: i64 = row.get(1)?;
        match counts.get_mut(source) {
            Some(masks) => *masks.entry(mask).or_default() += 1,
            None => drop(counts.insert(source.to_string(), HashMap::from([(mask, 1)]))),
        }
        visit(row, source)
    })?;
    let n_records = counts.values().flat_map(HashMap::values).sum();
    board.n_records.insert(table.kind, n_records);
    board
        .checks
        .extend(table.rules.iter().enumerate().map(|(place, rule)| figure(table, rule, place, &counts)));
    Ok(())
}

/// The condition of the rows that `rule` finds at fault.
pub(super) fn at_fault(rule: &Rule) -> String {
    format!("({}) AND ({})", rule.applies, rule.faulty)
}

fn figure(table: &Table, rule: &Rule, place: usize, counts: &HashMap<String, HashMap<i64, u64>>) -> Check {
    let mut sources: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (source, masks) in counts {
        let of = |bit: i64| masks.iter().filter(|(mask, _)| **mask & bit != 0).map(|(_, n)| n).sum::<u64>();
        let (n_checked, n_faulty) = (of(1 << (2 * place)), of(2 << (2 * place)));
        if n_checked > 0 {
            sources.insert(source, (n_checked, n_faulty));
        }
    }
    let n_checked: u64 = sources.values().map(|(all, _)| all).sum();
    let n_faulty: u64 = sources.values().map(|(_, faulty)| faulty).sum();
    Check {
        name: table.name(rule),
        kind: table.kind,
        field: rule.field.to_string(),
        label: rule.label.to_string(),
        dimension: rule.dimension,
        definition: rule.definition.to_string(),
        n_checked,
        n_good: n_checked - n_faulty,
        by_source: if table.source == "''" { Vec::new() } else { by_source(sources) },
        filter: people_filter(table, rule),
    }
}

/// The faulty rows as a list of people: a missing field is something that the filter language can say.
fn people_filter(table: &Table, rule: &Rule) -> Option<Filter> {
    let sayable = table.kind == Kind::People
        && rule.dimension == Dimension::Completeness
        && filter::field(rule.field).is_some_and(|field| field.name != "family_name");
    sayable.then(|| {
        let name = rule.field.to_string();
        Filter::Field(FieldCondition { name, op: Op::IsNotSet, value: String::new() })
    })
}

/// Puts parameters in the place of the words that checks may use.
pub(super) fn bind(
    snapshot: &mut Snapshot<'_>,
    kind: Kind,
    sql: &str,
) -> Result<(String, Vec<Param<'static>>)> {
    let now = snapshot.now();
    let mut sql = sql.to_string();
    if sql.contains(":codes") {
        sql = sql.replace(":codes", &calling_codes(snapshot, kind)?);
    }
    let today = day_in_words(now, 0);
    let words: [(&str, Param<'static>); 4] = [
        (":recent", Param::Int(now - FRESH_DAYS * DAY)),
        (":today", Param::Text(today.into())),
        (":oldest", Param::Text(day_in_words(now, OLDEST_YEARS).into())),
        (":now", Param::Int(now)),
    ];
    let mut params = Vec::new();
    for (word, param) in words {
        if sql.contains(word) {
            params.push(param);
            sql = sql.replace(word, &format!("${}", params.len()));
        }
    }
    Ok((sql, params))
}

/// The day of `now`, so many years before, as a birthday is written.
fn day_in_words(now: Micros, years_before: i16) -> String {
    let day = period::day_of_micros(now).unwrap_or_default();
    let year = day.year().saturating_sub(years_before);
    format!("{year:04}-{:02}-{:02}", day.month(), day.day())
}

/// An expression for the calling code of a row's country, for the countries that occur most.
fn calling_codes(snapshot: &mut Snapshot<'_>, kind: Kind) -> Result<String> {
    let sql = format!(
        "SELECT country FROM {} WHERE country IS NOT NULL GROUP BY country ORDER BY count(*) DESC, country LIMIT {COUNTRIES}",
        kind.word()
    );
    let countries = snapshot.query(&sql, &[], |row| row.get::<String>(0))?;
    let mut cases = String::new();
    for country in countries.iter().filter_map(|code| Country::from_alpha2(code)) {
        if let Some(code) = phone::calling_code(country) {
            cases.push_str(&format!(" WHEN '{}' THEN '+{code}'", country.alpha2()));
        }
    }
    Ok(if cases.is_empty() { "CAST(NULL AS TEXT)".to_string() } else { format!("(CASE country{cases} END)") })
}
