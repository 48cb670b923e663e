//! Renders every part of the pages with sample data: `cargo run -p web --example gallery -- FOLDER`.
//!
//! The folder then holds `index.html` and its `assets`; `npm run look` in `browser/` photographs it.

mod drawings;
mod histories;
mod people;

use std::error::Error;
use std::path::PathBuf;

use askama::Template;
use web::assets;
use web::charts::{self, Chart};
use web::layout::{self, Layout, Place, Stage, Step, StepState, Theme, TurnStrip, Waiting};
use web::parts::{
    self, Choice, Column, Crumb, DiffRow, FateCount, Happening, HeatGrid, Order, Pager, Progress, RuleLine,
    Stat, Tab, Toast, Tone,
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
    people: Vec<people::Person>,
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
        people: people::people(),
        pager: Pager {
            shown: "1–50 of about 12,400".to_owned(),
            estimated: true,
            previous: None,
            next: Some("/people?after=x".to_owned()),
        },
        charts: drawings::charts(),
        rfm: drawings::rfm(),
        cohorts: drawings::cohorts(),
        fates: histories::fates(),
        diff_rows: histories::diff_rows(),
        timeline: histories::timeline(),
        errors: vec![("email".to_owned(), "“ada@” is not an e-mail address".to_owned())],
        alone: drawings::charts().into_iter().map(|c| Chart { id: format!("{}-alone", c.id), ..c }).collect(),
        conditions: histories::conditions(),
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
            days: Some("12 days left".to_string()),
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
        held_at: None,
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

/// The templates name these modules by their place in the crate; here they come from outside.
#[allow(unused_imports)]
mod names {
    use super::{charts, layout, parts};
}
