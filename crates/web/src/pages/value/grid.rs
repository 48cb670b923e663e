//! The two grids: recency against frequency, and tiers before against tiers now.

use cycle::analyze::rfm::{Bounds, Movement, Report};

use crate::pages::rows;
use crate::parts::{HeatCell, HeatGrid, HeatRow};
use crate::words;

/// Recency from 5 (lately) to 1 in rows, frequency from 1 to 5 in columns, each cell with its customers and money.
pub(super) fn rfm(report: &Report, by_money: bool) -> HeatGrid {
    let strength = |cell: &cycle::analyze::rfm::Cell| {
        if by_money { cell.value_minor.max(0) as f64 } else { cell.n_customers as f64 }
    };
    let most = report.cells.iter().map(strength).fold(1.0, f64::max);
    let row = |recency: u8| HeatRow {
        label: format!("Recency {recency}"),
        note: range(&report.recency_days, recency, "day", "days", " ago"),
        cells: (1..=5).map(|frequency| cell(report, recency, frequency, &strength, most, by_money)).collect(),
    };
    let column = |frequency: u8| {
        let orders = range(&report.n_orders, frequency, "order", "orders", "");
        if orders.is_empty() { format!("Frequency {frequency}") } else { format!("{frequency} · {orders}") }
    };
    HeatGrid {
        caption: format!(
            "{} customers by recency (fifths by days since the last order) and frequency (fifths by number of orders), \
             at the end of {}",
            words::count(report.n_customers),
            report.last_day
        ),
        corner: "Last order".to_string(),
        columns: (1..=5).map(column).collect(),
        rows: (1..=5).rev().map(row).collect(),
        low: if by_money { "little money".to_string() } else { "few customers".to_string() },
        high: if by_money { "most money".to_string() } else { "most customers".to_string() },
    }
}

fn cell(
    report: &Report,
    recency: u8,
    frequency: u8,
    strength: &impl Fn(&cycle::analyze::rfm::Cell) -> f64,
    most: f64,
    by_money: bool,
) -> HeatCell {
    let found = report.cells.iter().find(|cell| cell.recency == recency && cell.frequency == frequency);
    let Some(found) = found else { return HeatCell::default() };
    let customers = words::counted(found.n_customers, "customer", "customers");
    let money = words::money_whole(found.value_minor, &report.currency);
    let meaning = format!(
        "{}: {customers} of {}, {}, {money}",
        found.segment,
        words::count(report.n_customers),
        words::counted(found.n_orders, "order", "orders"),
    );
    let (text, note) = match by_money {
        true => (money, customers),
        false => (words::count(found.n_customers), money),
    };
    HeatCell {
        text,
        note,
        level: HeatCell::level_of((strength(found) / most).sqrt()),
        href: (found.n_customers > 0).then(|| rows::people(&found.rows)),
        meaning,
    }
}

/// "0 to 31 days ago".
fn range(bounds: &[Bounds], score: u8, one: &str, many: &str, end: &str) -> String {
    match bounds.iter().find(|bounds| bounds.score == score) {
        Some(b) if b.lowest == b.highest => format!("{}{end}", words::counted(b.lowest, one, many)),
        Some(b) => format!("{} to {}{end}", words::count(b.lowest), words::counted(b.highest, one, many)),
        None => String::new(),
    }
}

/// Tiers before in rows, tiers now in columns.
pub(super) fn movement(report: &Report, movement: &Movement) -> HeatGrid {
    let most = movement.moves.iter().map(|one| one.n_customers).max().unwrap_or(1).max(1) as f64;
    let froms = report.tiers.iter().map(|tier| (Some(tier.name.as_str()), tier.label.as_str()));
    let row = |(from, label): (Option<&str>, &str)| {
        let of = |to: &str| movement.moves.iter().find(|one| one.from.as_deref() == from && one.to == to);
        let n: u64 = report.tiers.iter().filter_map(|tier| of(&tier.name)).map(|one| one.n_customers).sum();
        HeatRow {
            label: label.to_string(),
            note: words::counted(n, "customer", "customers"),
            cells: report
                .tiers
                .iter()
                .map(|tier| match of(&tier.name) {
                    Some(one) => HeatCell {
                        text: words::count(one.n_customers),
                        note: String::new(),
                        level: HeatCell::level_of((one.n_customers as f64 / most).sqrt()),
                        href: (one.n_customers > 0).then(|| rows::people(&one.rows)),
                        meaning: format!(
                            "{} of {} who were {label} are {} now",
                            words::count(one.n_customers),
                            words::count(n),
                            tier.label
                        ),
                    },
                    None => HeatCell { text: "0".to_string(), ..HeatCell::default() },
                })
                .collect(),
        }
    };
    HeatGrid {
        caption: format!("Customers by tier at the end of {} (rows) and now (columns)", movement.from_day),
        corner: "Before".to_string(),
        columns: report.tiers.iter().map(|tier| format!("{} now", tier.label)).collect(),
        rows: froms.chain([(None, "Not a customer yet")]).map(row).collect(),
        low: "few".to_string(),
        high: "many".to_string(),
    }
}
