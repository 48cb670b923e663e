//! Renders every part of the pages with sample data: `cargo run -p web --example gallery -- FOLDER`.
//!
//! The folder then holds `index.html` and its `assets`; `npm run look` in `browser/` photographs it.

use std::error::Error;
use std::path::PathBuf;

use askama::Template;
use web::assets;
use web::charts::{self, Chart, Kind, Series, Unit};
use web::layout::{self, Layout, Place, Stage, Step, StepState, Theme, TurnStrip, Waiting};
use web::parts::{
    self, Choice, Column, Crumb, DiffRow, FateCount, Happening, HeatCell, HeatGrid, HeatRow, Moment, Order,
    Pager, Progress, RowFate, RuleLine, Stat, Tab, Toast, Tone,
};

#[derive(Template)]
#[template(path = "gallery/page.html")]
struct Gallery {
    page: Layout,
    crumbs: Vec<Crumb>,
    stats: Vec<Stat>,
    tabs: Vec<Tab>,
    tiers: Vec<Choice>,
    matches: Vec<Choice>,
    columns: Vec<Column>,
    people: Vec<Person>,
    pager: Pager,
    charts: Vec<Chart>,
    rfm: HeatGrid,
    cohorts: HeatGrid,
    fates: Vec<FateCount>,
    diff_rows: Vec<DiffRow>,
    timeline: Vec<Happening>,
    errors: Vec<(String, String)>,
    alone: Vec<Chart>,
    conditions: Vec<RuleLine>,
    work: Progress,
    work_unknown: Progress,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% import "parts/show.html" as show %}{% call show::peek("Ada Lovelace", "/people/1") %}<dl class="facts"><dt>E-mail</dt><dd>ada@analytical.example</dd><dt>Orders</dt><dd>38</dd></dl>{% endcall %}"#
)]
struct Peek;

struct Person {
    name: &'static str,
    initials: &'static str,
    email: &'static str,
    company: &'static str,
    tier: &'static str,
    tone: &'static str,
    orders: &'static str,
    revenue: &'static str,
    alive: &'static str,
    trend: &'static [f64],
    last: &'static str,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("give a folder to write to")?);
    std::fs::create_dir_all(folder.join("assets"))?;
    for (path, bytes) in assets::all() {
        std::fs::write(folder.join("assets").join(path), bytes)?;
    }
    std::fs::write(folder.join("index.html"), gallery().render()?)?;
    std::fs::write(folder.join("peek.html"), Peek.render()?)?;
    println!("{}", folder.join("index.html").display());
    Ok(())
}

fn gallery() -> Gallery {
    Gallery {
        page: frame(),
        crumbs: vec![Crumb { label: "Records".to_owned(), href: "/".to_owned() }],
        stats: stats(),
        tabs: tabs(),
        tiers: vec![
            Choice::new("", "Any", "gold"),
            Choice::new("gold", "Gold", "gold"),
            Choice::new("silver", "Silver", "gold"),
        ],
        matches: vec![
            Choice::new("email", "E-mail", "email"),
            Choice::new("ref", "Customer number", "email"),
        ],
        columns: columns(),
        people: people(),
        pager: Pager {
            shown: "1–50 of about 12,400".to_owned(),
            estimated: true,
            previous: None,
            next: Some("/people?after=x".to_owned()),
        },
        charts: charts_shown(),
        rfm: rfm(),
        cohorts: cohorts(),
        fates: fates(),
        diff_rows: diff_rows(),
        timeline: timeline(),
        errors: vec![("email".to_owned(), "“ada@” is not an e-mail address".to_owned())],
        alone: charts_shown().into_iter().map(|c| Chart { id: format!("{}-alone", c.id), ..c }).collect(),
        conditions: conditions(),
        work: Progress {
            label: "Importing orders-2026-05.csv".to_owned(),
            percent: Some(41.2),
            note: "412,000 of 1,000,000 rows, about 20 s left".to_owned(),
            again: None,
        },
        work_unknown: Progress {
            label: "Comparing with what is known".to_owned(),
            percent: None,
            note: "Any moment now".to_owned(),
            again: None,
        },
    }
}

fn frame() -> Layout {
    let step = |stage: Stage, state, note: &str, href: Option<&str>| Step {
        stage,
        state,
        note: note.to_owned(),
        href: href.map(str::to_owned),
    };
    Layout {
        title: "Gallery".to_owned(),
        user_name: "Grace Hopper".to_owned(),
        user_email: "grace@harbour.example".to_owned(),
        firm: "Harbour & Sons".to_owned(),
        theme: Theme::System,
        narrow_navigation: false,
        csrf_token: "sample".to_owned(),
        path: "/gallery".to_owned(),
        current: Place::People,
        waiting: vec![
            Waiting { place: Place::Insights, count: 6 },
            Waiting { place: Place::Duplicates, count: 128 },
        ],
        turn: Some(TurnStrip {
            name: "Turn 3".to_owned(),
            days_left: Some(12),
            goal: Some("Repeat purchase rate from 27 % to 31 %".to_owned()),
            href: "/".to_owned(),
            steps: vec![
                step(Stage::Plan, StepState::Done, "", Some("/")),
                step(Stage::Collect, StepState::Done, "3 files", Some("/imports")),
                step(Stage::Process, StepState::Attention, "128 pairs", Some("/duplicates")),
                step(Stage::Analyze, StepState::Running, "", Some("/rfm")),
                step(Stage::Interpret, StepState::Waiting, "6 to review", Some("/insights")),
                step(Stage::Act, StepState::Waiting, "", Some("/segments")),
                step(Stage::Measure, StepState::Waiting, "", None),
            ],
        }),
        toast: Some(Toast {
            text: "Two people merged.".to_owned(),
            tone: Tone::Good,
            undo: Some("/merges/4/undo".to_owned()),
        }),
    }
}

fn stats() -> Vec<Stat> {
    vec![
        Stat::new("Active customers", "3,204", "Customers with at least one order in the last 90 days.")
            .rows("/people?active=1")
            .change("▲ 4.1 % since turn 2", Tone::Good),
        Stat::new(
            "Repeat purchase rate",
            "27.4",
            "Share of first-time buyers who order again within 90 days.",
        )
        .unit("%")
        .interval("25.9 – 28.9 %", "95 % interval")
        .rows("/people?repeat=1"),
        Stat::new("Revenue this turn", "£ 412,880", "Order lines less refunds, in pounds, without tax.")
            .rows("/orders")
            .change("▼ 1.2 % since turn 2", Tone::Bad),
        Stat::cannot_tell(
            "Lifetime value, new customers",
            "Needs 480 more customers, about 9 days",
            "Expected margin of the next 12 months by BG/NBD and Gamma-Gamma.",
        ),
    ]
}

fn tabs() -> Vec<Tab> {
    let tab = |label: &str, count: Option<&str>, current| Tab {
        label: label.to_owned(),
        href: "/people".to_owned(),
        current,
        count: count.map(str::to_owned),
    };
    vec![
        tab("All", Some("12,431"), true),
        tab("Likely lost", Some("41"), false),
        tab("New this turn", None, false),
    ]
}

fn columns() -> Vec<Column> {
    let by = |name: &str| format!("/people?sort={name}");
    vec![
        Column::text("Name").sortable(by("name"), None),
        Column::text("E-mail").sortable(by("email"), None),
        Column::text("Company"),
        Column::text("Tier").sortable(by("tier"), None),
        Column::number("Orders").sortable(by("orders"), None),
        Column::number("Revenue").sortable(by("revenue"), Some(Order::Descending)).meaning("Less refunds"),
        Column::number("Alive").meaning("Probability that the customer still buys"),
        Column::text("Orders by month"),
        Column::text("Last order").sortable(by("last"), None),
    ]
}

fn people() -> Vec<Person> {
    let rows = [
        (
            "Ada Lovelace",
            "AL",
            "ada@analytical.example",
            "Analytical Engines",
            "Gold",
            "warning",
            "38",
            "£ 18,204.10",
            "0.97",
        ),
        (
            "Mary Somerville",
            "MS",
            "mary@somerville.example",
            "Somerville & Co",
            "Gold",
            "warning",
            "29",
            "£ 12,880.00",
            "0.92",
        ),
        (
            "Charles Babbage",
            "CB",
            "charles.babbage@difference.example",
            "Difference Works",
            "Silver",
            "neutral",
            "17",
            "£ 7,310.55",
            "0.31",
        ),
        (
            "Sophie Germain",
            "SG",
            "sophie@elastic.example",
            "",
            "Silver",
            "neutral",
            "12",
            "£ 4,119.90",
            "0.88",
        ),
        (
            "Évariste Galois",
            "ÉG",
            "evariste@groups.example",
            "Groups Ltd",
            "New",
            "accent",
            "1",
            "£ 89.00",
            "",
        ),
        (
            "Emmy Noether",
            "EN",
            "emmy@invariants.example",
            "Invariants GmbH",
            "Silver",
            "neutral",
            "11",
            "£ 3,998.20",
            "0.79",
        ),
        (
            "Srinivasa Ramanujan",
            "SR",
            "s.ramanujan@partitions.example",
            "Partitions",
            "Bronze",
            "neutral",
            "6",
            "£ 1,204.00",
            "0.12",
        ),
        (
            "Hypatia",
            "H",
            "hypatia@library.example",
            "Library of Alexandria",
            "Bronze",
            "neutral",
            "4",
            "£ 611.75",
            "0.54",
        ),
    ];
    let trends: [&[f64]; 4] = [
        &[2.0, 3.0, 4.0, 3.0, 5.0, 4.0, 6.0, 5.0],
        &[5.0, 5.0, 4.0, 4.0, 2.0, 3.0, 1.0, 0.0],
        &[1.0, 0.0, 1.0, 2.0, 1.0, 1.0, 2.0, 1.0],
        &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
    ];
    rows.iter()
        .enumerate()
        .map(|(i, (name, initials, email, company, tier, tone, orders, revenue, alive))| Person {
            name,
            initials,
            email,
            company,
            tier,
            tone,
            orders,
            revenue,
            alive,
            trend: trends[i % 4],
            last: ["2 June 2026", "28 May 2026", "14 Jan 2026", "30 May 2026"][i % 4],
        })
        .collect()
}

fn charts_shown() -> Vec<Chart> {
    let months: Vec<String> = (0..18)
        .map(|i| {
            format!(
                "{} {}",
                ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][i % 12],
                25 + i / 12
            )
        })
        .collect();
    let wave = |i: usize, base: f64| base + (i as f64 * 0.7).sin() * base * 0.18 + i as f64 * base * 0.02;
    let revenue: Vec<f64> = (0..18).map(|i| wave(i, 31_000.0)).collect();
    let interval = revenue.iter().map(|v| (v * 0.9, v * 1.1)).collect();
    let chart = |id: &str, title: &str, subtitle: &str, kind, unit, labels: Vec<String>, series| Chart {
        id: id.to_owned(),
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        kind,
        label_name: "Month".to_owned(),
        labels,
        unit,
        series,
    };
    let money = || Unit::Money { sign: "£".to_owned() };
    let tiers = ["Gold", "Silver", "Bronze"].iter().enumerate();
    let tiers = tiers
        .map(|(k, n)| {
            Series::of(n, &(0..18).map(|i| wave(i + k, 400.0 + 300.0 * k as f64)).collect::<Vec<_>>())
        })
        .collect();
    vec![
        chart(
            "revenue",
            "Revenue",
            "net, by month, with 95 % interval",
            Kind::Lines,
            money(),
            months.clone(),
            vec![
                Series::of("Revenue", &revenue).interval(interval),
                Series::of("A year before", &(0..18).map(|i| wave(i + 3, 26_000.0)).collect::<Vec<_>>()),
            ],
        ),
        chart(
            "tiers",
            "Customers by tier",
            "at the end of each month",
            Kind::Stacked,
            Unit::Count,
            months.clone(),
            tiers,
        ),
        chart(
            "orders",
            "Orders",
            "by month",
            Kind::Bars,
            Unit::Count,
            months,
            vec![Series::of("Orders", &(0..18).map(|i| wave(i, 900.0).round()).collect::<Vec<_>>())],
        ),
        Chart {
            label_name: "Product".to_owned(),
            ..chart(
                "products",
                "Best sellers",
                "revenue, last 90 days",
                Kind::Ranked,
                money(),
                [
                    "White hanging heart T-light holder",
                    "Regency cakestand 3 tier",
                    "Jumbo bag red retrospot",
                    "Party bunting",
                    "Assorted colour bird ornament",
                    "Lunch bag black skull",
                ]
                .iter()
                .map(|s| (*s).to_owned())
                .collect(),
                vec![Series::of("Revenue", &[41_200.0, 32_880.0, 21_400.0, 18_150.0, 9_120.0, 7_400.0])],
            )
        },
    ]
}

fn rfm() -> HeatGrid {
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

fn cohorts() -> HeatGrid {
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

fn fates() -> Vec<FateCount> {
    let part = |fate, count: &str, percent, current| FateCount {
        fate,
        count: count.to_owned(),
        percent,
        href: "/imports/12".to_owned(),
        current,
    };
    vec![
        part(RowFate::New, "1,204", 9.7, false),
        part(RowFate::Changed, "318", 2.6, true),
        part(RowFate::Same, "10,881", 87.5, false),
        part(RowFate::Conflict, "7", 0.6, false),
        part(RowFate::Error, "21", 0.9, false),
    ]
}

fn diff_rows() -> Vec<DiffRow> {
    let own = |t: (&str, &str, &str)| (t.0.to_owned(), t.1.to_owned(), t.2.to_owned());
    let row = |number, fate, record: &str, fields: Vec<(&str, &str, &str)>, reason: &str| DiffRow {
        number,
        fate,
        record: record.to_owned(),
        href: None,
        fields: fields.into_iter().map(own).collect(),
        reason: reason.to_owned(),
    };
    vec![
        row(
            2,
            RowFate::New,
            "Katherine Johnson",
            vec![("E-mail", "", "katherine@orbits.example"), ("Country", "", "United States")],
            "",
        ),
        row(
            3,
            RowFate::Changed,
            "Ada Lovelace",
            vec![("Phone", "020 7946 0958", "+44 20 7946 0958"), ("City", "Londn", "London")],
            "",
        ),
        row(4, RowFate::Same, "Emmy Noether", vec![], ""),
        row(
            9,
            RowFate::Conflict,
            "Charles Babbage",
            vec![("E-mail", "charles@difference.example", "c.babbage@engine.example")],
            "Two people carry this customer number: choose one",
        ),
        row(418, RowFate::Error, "–", vec![], "Column “Date”: 31/02/2026 is not a date"),
    ]
}

fn conditions() -> Vec<RuleLine> {
    let group = |path: &str, depth, current| RuleLine::Group {
        path: path.to_owned(),
        depth,
        matching: vec![Choice::new("all", "all", current), Choice::new("any", "any", current)],
    };
    let condition =
        |path: &str, depth, field, operator, value: &str, kind, problem: &str| RuleLine::Condition {
            path: path.to_owned(),
            depth,
            fields: ["Country", "Last order", "Orders", "E-mail"].map(|f| Choice::new(f, f, field)).to_vec(),
            operators: ["is", "is before", "is at least", "is known"]
                .map(|o| Choice::new(o, o, operator))
                .to_vec(),
            value: value.to_owned(),
            kind,
            answers: if field == "Country" {
                vec![Choice::new("GB", "United Kingdom", "GB")]
            } else {
                vec![]
            },
            problem: problem.to_owned(),
            fresh: false,
        };
    vec![
        group("0", 0, "all"),
        condition("0.0", 1, "Country", "is", "GB", "text", ""),
        condition("0.1", 1, "Last order", "is before", "2025-09-01", "date", ""),
        group("0.2", 1, "any"),
        condition("0.2.0", 2, "Orders", "is at least", "many", "text", "“many” is not a number"),
        condition("0.2.1", 2, "E-mail", "is known", "", "", ""),
    ]
}

fn timeline() -> Vec<Happening> {
    let at = |shown: &str| Moment {
        machine: "2026-06-02T09:14:00Z".to_owned(),
        shown: shown.to_owned(),
        full: "2 June 2026, 09:14 UTC".to_owned(),
    };
    let item = |icon, tone, title: &str, by: &str, shown: &str| Happening {
        at: at(shown),
        icon,
        tone,
        title: title.to_owned(),
        href: None,
        body: String::new(),
        by: by.to_owned(),
        machine: false,
        changes: vec![],
        undo: None,
    };
    vec![
        Happening {
            href: Some("/orders/1".to_owned()),
            ..item("order", Tone::Good, "Order 536365 for £ 139.12", "web shop", "2 hours ago")
        },
        Happening {
            machine: true,
            undo: Some("/events/2/undo".to_owned()),
            changes: vec![
                ("Phone".to_owned(), "020 7946 0958".to_owned(), "+44 20 7946 0958".to_owned()),
                ("City".to_owned(), String::new(), "London".to_owned()),
            ],
            ..item("edit", Tone::Neutral, "Two fields changed", "import 12, row 418", "yesterday")
        },
        Happening {
            body: "Asked about wholesale prices for the autumn.\nWants a call after the fair.".to_owned(),
            ..item("note", Tone::Accent, "Note", "Grace Hopper", "28 May 2026")
        },
        Happening {
            undo: Some("/merges/4/undo".to_owned()),
            ..item("merge", Tone::Warning, "Merged with “A. Lovelace”", "Grace Hopper", "27 May 2026")
        },
        item("people", Tone::Neutral, "Came in", "import 3", "3 May 2025"),
    ]
}

/// The templates name these modules by their place in the crate; here they come from outside.
#[allow(unused_imports)]
mod names {
    use super::{charts, layout, parts};
}
