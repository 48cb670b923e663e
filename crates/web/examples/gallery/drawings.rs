//! Sample charts and grids.

use web::charts::{Chart, Kind, Series, Unit};
use web::parts::{HeatCell, HeatGrid, HeatRow};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const BEST_SELLERS: [(&str, f64); 6] = [
    ("White hanging heart T-light holder", 41_200.0),
    ("Regency cakestand 3 tier", 32_880.0),
    ("Jumbo bag red retrospot", 21_400.0),
    ("Party bunting", 18_150.0),
    ("Assorted colour bird ornament", 9_120.0),
    ("Lunch bag black skull", 7_400.0),
];

pub(crate) fn charts() -> Vec<Chart> {
    let revenue = wave(0, 31_000.0);
    let interval = revenue.iter().map(|v| (v * 0.9, v * 1.1)).collect();
    let tiers = ["Gold", "Silver", "Bronze"].iter().enumerate();
    let tiers = tiers.map(|(k, name)| Series::of(name, &wave(k, 400.0 + 300.0 * k as f64))).collect();
    let orders: Vec<f64> = wave(0, 900.0).iter().map(|v| v.round()).collect();
    let years = vec![
        Series::of("Revenue", &revenue).interval(interval),
        Series::of("A year before", &wave(3, 26_000.0)),
    ];
    vec![
        Chart {
            unit: pounds(),
            ..monthly("revenue", "Revenue", "net, by month, with 95 % interval", Kind::Lines, years)
        },
        monthly("tiers", "Customers by tier", "at the end of each month", Kind::Stacked, tiers),
        monthly("orders", "Orders", "by month", Kind::Bars, vec![Series::of("Orders", &orders)]),
        Chart {
            label_name: "Product".to_owned(),
            labels: BEST_SELLERS.iter().map(|(name, _)| (*name).to_owned()).collect(),
            unit: pounds(),
            ..monthly("products", "Best sellers", "revenue, last 90 days", Kind::Ranked, vec![best_sellers()])
        },
    ]
}

fn best_sellers() -> Series {
    Series::of("Revenue", &BEST_SELLERS.map(|(_, revenue)| revenue))
}

fn pounds() -> Unit {
    Unit::Money { sign: "£".to_owned() }
}

/// Eighteen months that rise and fall.
fn wave(from: usize, base: f64) -> Vec<f64> {
    (from..from + 18).map(|i| base + (i as f64 * 0.7).sin() * base * 0.18 + i as f64 * base * 0.02).collect()
}

fn monthly(id: &str, title: &str, subtitle: &str, kind: Kind, series: Vec<Series>) -> Chart {
    Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        kind,
        label_name: "Month".to_owned(),
        labels: (0..18).map(|i| format!("{} {}", MONTHS[i % 12], 25 + i / 12)).collect(),
        unit: Unit::Count,
        series,
    }
}

pub(crate) fn rfm() -> HeatGrid {
    let sizes = [
        [61, 44, 38, 52, 118],
        [48, 61, 70, 66, 41],
        [92, 88, 74, 40, 22],
        [140, 96, 51, 30, 11],
        [212, 120, 48, 19, 6],
    ];
    HeatGrid {
        caption: "Customers by recency and frequency".to_owned(),
        corner: "Recency".to_owned(),
        columns: (1..=5).map(|f| format!("F{f}")).collect(),
        rows: sizes
            .iter()
            .enumerate()
            .map(|(i, row)| HeatRow {
                label: format!("R{}", 5 - i),
                note: ["0–12 days", "13–31 days", "32–77 days", "78–160 days", "over 160 days"][i].to_owned(),
                cells: row
                    .iter()
                    .map(|n| HeatCell {
                        text: n.to_string(),
                        note: String::new(),
                        level: HeatCell::level_of(f64::from(*n) / 212.0),
                        href: Some("/people?rfm=x".to_owned()),
                        meaning: format!("{n} customers"),
                    })
                    .collect(),
            })
            .collect(),
        low: "few".to_owned(),
        high: "many customers".to_owned(),
    }
}

pub(crate) fn cohorts() -> HeatGrid {
    let names = ["Nov 2025", "Dec 2025", "Jan 2026", "Feb 2026", "Mar 2026", "Apr 2026"];
    HeatGrid {
        caption: "Share of each month's new customers who bought again".to_owned(),
        corner: "First order".to_owned(),
        columns: (1..=6).map(|m| m.to_string()).collect(),
        rows: names
            .iter()
            .enumerate()
            .map(|(i, name)| HeatRow {
                label: (*name).to_owned(),
                note: format!("{} customers", 180 + i * 13),
                cells: (0..6)
                    .map(|m| {
                        if m + i > 5 {
                            return HeatCell::default();
                        }
                        let share = 0.42 / (1.0 + m as f64 * 0.35) * if i == 4 { 0.6 } else { 1.0 };
                        HeatCell {
                            text: format!("{:.0} %", share * 100.0),
                            level: HeatCell::level_of(share / 0.45),
                            href: Some("/cohorts/x".to_owned()),
                            meaning: format!("{name}, month {}", m + 1),
                            note: String::new(),
                        }
                    })
                    .collect(),
            })
            .collect(),
        low: "0 %".to_owned(),
        high: "45 %".to_owned(),
    }
}
