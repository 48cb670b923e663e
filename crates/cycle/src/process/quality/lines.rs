//! Lines of orders: amounts that quantity and price cannot explain, and lines that stand in one order twice.
//!
//! A line that is worth less than quantity × price carries a discount; that is no fault.

use super::{Board, Check, Dimension, FaultyRow, Kind, Oddity, OddityKind, RowPage};
use platform::store::{Row, Snapshot};
use platform::{Error, Result, params};
use records::values::currency::Currency;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

pub(super) const AMOUNT: &str = "order_lines.amount.consistency";
pub(super) const COPY: &str = "order_lines.copy.uniqueness";

/// An import with fewer lines is not judged.
const FEWEST_LINES: u64 = 50;
/// An import is odd when at least this share of its lines are copies …
const COPIED_SHARE: f64 = 0.2;
/// … and at least so many times the share of the other imports.
const COPIED_TIMES: f64 = 3.0;

/// What one import wrote.
#[derive(Default, Clone, Copy)]
struct Tally {
    n_lines: u64,
    n_copies: u64,
    copied_minor: i64,
}

/// A condition on a line: its amount is more than quantity × price, or has the other sign.
///
/// Decimals are those of the finest currency in use, so that no correct line is called wrong.
fn amount_at_fault(snapshot: &mut Snapshot<'_>) -> Result<String> {
    let codes =
        snapshot.query("SELECT currency FROM orders GROUP BY currency", &[], |row| row.get::<String>(0))?;
    let digits = codes.iter().filter_map(|code| Currency::from_code(code)).map(Currency::digits).max();
    let divisor = 10_f64.powi(9 - digits.unwrap_or(2) as i32);
    let exact = "(CAST(quantity_milli AS DOUBLE PRECISION) * CAST(unit_price_micro AS DOUBLE PRECISION))";
    Ok(format!(
        "(abs(amount_minor) > abs({exact}) / {divisor:?} + 1.0
          OR (amount_minor > 0 AND {exact} < 0) OR (amount_minor < 0 AND {exact} > 0))"
    ))
}

pub(super) fn scan(snapshot: &mut Snapshot<'_>, board: &mut Board) -> Result<()> {
    let fault = amount_at_fault(snapshot)?;
    let sql = format!(
        "SELECT order_id, coalesce(sku, product_id, description), quantity_milli, unit_price_micro, amount_minor,
           import_no, CASE WHEN {fault} THEN 1 ELSE 0 END
         FROM order_lines ORDER BY order_id, line_no"
    );
    let mut imports: BTreeMap<i64, Tally> = BTreeMap::new();
    let (mut n_wrong, mut order, mut seen) = (0, String::new(), Vec::new());
    snapshot.each(&sql, &[], |row| {
        if row.text(0)? != order {
            order.clear();
            order.push_str(row.text(0)?);
            seen.clear();
        }
        let amount_minor: i64 = row.get(4)?;
        let tally = imports.entry(row.get::<Option<i64>>(5)?.unwrap_or_default()).or_default();
        tally.n_lines += 1;
        n_wrong += u64::from(row.get::<bool>(6)?);
        let sign = fingerprint(row)?;
        if seen.contains(&sign) {
            tally.n_copies += 1;
            tally.copied_minor += amount_minor;
        } else if seen.len() < 1000 {
            seen.push(sign);
        }
        Ok(())
    })?;
    let n_lines = imports.values().map(|tally| tally.n_lines).sum();
    let n_copies: u64 = imports.values().map(|tally| tally.n_copies).sum();
    board.n_records.insert(Kind::OrderLines, n_lines);
    board.checks.push(check(AMOUNT, n_lines, n_wrong));
    board.checks.push(check(COPY, n_lines, n_copies));
    board.oddities.extend(copied(snapshot, &imports)?);
    Ok(())
}

/// Equal lines have equal fingerprints; 64 bits, so that within one order others practically never do.
fn fingerprint(row: &Row<'_>) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    row.text(1)?.hash(&mut hasher);
    for column in 2..5 {
        row.get::<i64>(column)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn check(name: &str, n_checked: u64, n_faulty: u64) -> Check {
    let (field, label, dimension, definition) = if name == AMOUNT {
        let definition = "The amount is not more than quantity × unit price and has its sign; less is a discount. Checked: \
             every line, with the decimals of the finest currency in use.";
        ("amount", "Amount", Dimension::Consistency, definition)
    } else {
        let definition = "No earlier line of the same order has the same product, quantity, price and amount. Tills do write \
             one article twice; many copies in one import mean that it was read twice. Checked: every line.";
        ("copy", "Written once", Dimension::Uniqueness, definition)
    };
    Check {
        name: name.to_string(),
        kind: Kind::OrderLines,
        field: field.to_string(),
        label: label.to_string(),
        dimension,
        definition: definition.to_string(),
        n_checked,
        n_good: n_checked - n_faulty,
        by_source: Vec::new(),
        filter: None,
    }
}

/// Imports in which far more lines are copies than in the others.
fn copied(snapshot: &mut Snapshot<'_>, imports: &BTreeMap<i64, Tally>) -> Result<Vec<Oddity>> {
    let mut odd = Vec::new();
    let sum = |of: fn(&Tally) -> u64| imports.values().map(of).sum::<u64>();
    let (n_lines, n_copies) = (sum(|t| t.n_lines), sum(|t| t.n_copies));
    for (import_no, tally) in imports {
        let share = tally.n_copies as f64 / tally.n_lines.max(1) as f64;
        let others = (n_copies - tally.n_copies) as f64 / (n_lines - tally.n_lines).max(1) as f64;
        if tally.n_lines < FEWEST_LINES || share < COPIED_SHARE || share < COPIED_TIMES * others {
            continue;
        }
        let file = snapshot.first(
            "SELECT file_name FROM imports WHERE import_no = $1",
            &params![*import_no],
            |row| row.get::<String>(0),
        )?;
        let source = file.unwrap_or_else(|| "lines of no import".to_string());
        odd.push(Oddity {
            id: format!("copies.{import_no}"),
            kind: OddityKind::CopiedLines,
            words: format!(
                "{} of {} lines of {source} ({:.0} %) stand in their order already; elsewhere it is {:.1} %. The file may \
                 have been read twice.",
                tally.n_copies,
                tally.n_lines,
                100.0 * share,
                100.0 * others
            ),
            source,
            from_at: None,
            until_at: None,
            n_rows: tally.n_copies,
            found: share,
            typical: others,
            z: None,
            excess_minor: tally.copied_minor,
        });
    }
    Ok(odd)
}

/// A page of lines at fault; the cursor is order and line.
pub(super) fn rows(
    snapshot: &mut Snapshot<'_>,
    name: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<RowPage> {
    let fault = if name == AMOUNT { amount_at_fault(snapshot)? } else { IS_COPY.to_string() };
    lines_where(snapshot, &fault, None, after, limit)
}

/// A page of the copies that one import wrote.
pub(super) fn copies_of(
    snapshot: &mut Snapshot<'_>,
    import_no: i64,
    after: Option<&str>,
    limit: usize,
) -> Result<RowPage> {
    lines_where(snapshot, IS_COPY, Some(import_no), after, limit)
}

const IS_COPY: &str =
    "EXISTS (SELECT 1 FROM order_lines o WHERE o.order_id = l.order_id AND o.line_no < l.line_no
       AND coalesce(o.sku, o.product_id, o.description, '') = coalesce(l.sku, l.product_id, l.description, '')
       AND o.quantity_milli = l.quantity_milli AND o.unit_price_micro = l.unit_price_micro
       AND o.amount_minor = l.amount_minor)";

fn lines_where(
    snapshot: &mut Snapshot<'_>,
    fault: &str,
    import_no: Option<i64>,
    after: Option<&str>,
    limit: usize,
) -> Result<RowPage> {
    let wrong = |cursor: &str| Error::invalid("after", format!("“{cursor}” is no place in this list"));
    let (order, line) = match after {
        None => ("", 0),
        Some(cursor) => match cursor.split_once('.').map(|(order, line)| (order, line.parse::<i64>())) {
            Some((order, Ok(line))) => (order, line),
            _ => return Err(wrong(cursor)),
        },
    };
    let of_import = if import_no.is_some() { "AND coalesce(l.import_no, 0) = $4" } else { "" };
    let sql = format!(
        "SELECT l.order_id, l.line_no, coalesce(l.description, l.sku, ''), l.quantity_milli, l.unit_price_micro,
           l.amount_minor
         FROM order_lines l WHERE (l.order_id, l.line_no) > ($1, $2) AND {fault} {of_import}
         ORDER BY l.order_id, l.line_no LIMIT $3"
    );
    let one_more = limit as i64 + 1;
    let mut values = Vec::from(params![order, line, one_more]);
    values.extend(import_no.map(platform::Param::Int));
    let found = snapshot.query(&sql, &values, |row| {
        let (line_no, quantity, price): (i64, i64, i64) = (row.get(1)?, row.get(3)?, row.get(4)?);
        let shown = format!(
            "line {line_no}: {} × {} stated as {} minor units",
            quantity as f64 / 1e3,
            price as f64 / 1e6,
            row.get::<i64>(5)?
        );
        let row = FaultyRow { kind: Kind::OrderLines, id: row.get(0)?, label: row.get(2)?, shown };
        Ok((format!("{}.{line_no}", row.id), row))
    })?;
    let more = found.len() > limit;
    let next = found.get(limit.saturating_sub(1)).filter(|_| more).map(|(cursor, _)| cursor.clone());
    let rows = found.into_iter().take(limit).map(|(_, row)| row).collect();
    Ok(RowPage { rows, next })
}
