//! Cohorts: of those who first bought in a month, how many came back, and what they brought.

use askama::Template;
use axum::extract::{Query, State};
use cycle::analyze::cohorts::{Cohort, Report};
use cycle::analyze::results;
use serde::Deserialize;

use crate::charts::{Chart, Kind, Series, Unit};
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::pages::rows;
use crate::parts::{HeatCell, HeatGrid, HeatRow, Tab};
use crate::state::App;
use crate::{respond, words};

#[derive(Template)]
#[template(path = "cohorts/show.html")]
struct Show {
    page: Layout,
    may_write: bool,
    found: Option<Found>,
}

struct Found {
    about: String,
    first_may_hold_older: bool,
    views: Vec<Tab>,
    grid: HeatGrid,
    chart: Option<Chart>,
    flagged: Vec<Flagged>,
    compared_months: String,
    figures: Vec<Figure>,
    level: String,
}

/// A cohort that comes back worse than the others.
struct Flagged {
    month: String,
    href: String,
    words: String,
    difference: String,
    chance: String,
    sources: Vec<Driver>,
}

/// A channel of a flagged cohort.
struct Driver {
    source: String,
    href: String,
    customers: String,
    returned: String,
    share: String,
    interval: String,
}

/// A cell of the triangle as a row of the table behind it.
struct Figure {
    month: String,
    age: usize,
    retained: String,
    of: String,
    share: String,
    interval: String,
    money: String,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    show: String,
}

pub(crate) async fn show(State(app): State<App>, current: Current, Query(wanted): Query<Wanted>) -> Result {
    let latest = app.store.read(results::latest_cohorts).await?;
    let found = latest.filter(|latest| !latest.result.cohorts.is_empty());
    respond::page(&Show {
        page: current.layout(Place::Cohorts, "Cohorts"),
        may_write: current.may_write(),
        found: found.map(|latest| build(&latest.result, wanted.show == "money")),
    })
}

fn build(report: &Report, by_money: bool) -> Found {
    let tab = |label: &str, href: &str, current: bool| Tab {
        label: label.to_string(),
        href: href.to_string(),
        current,
        count: None,
    };
    Found {
        about: format!(
            "Customers by the month of their first order. The last month that is over is {}; later orders are not counted.",
            report.last_month
        ),
        first_may_hold_older: report.first_may_hold_older,
        views: vec![tab("Came back", "/cohorts", !by_money), tab("Money", "/cohorts?show=money", by_money)],
        grid: triangle(report, by_money),
        chart: compared(report),
        flagged: report.cohorts.iter().filter_map(|cohort| flagged(report, cohort)).collect(),
        compared_months: words::counted(report.compared_months as i64, "month", "months"),
        figures: report.cohorts.iter().flat_map(|cohort| figures(report, cohort)).collect(),
        level: format!("{:.0} % interval", report.level * 100.0),
    }
}

fn triangle(report: &Report, by_money: bool) -> HeatGrid {
    let n_ages = report.cohorts.iter().map(|cohort| cohort.ages.len()).max().unwrap_or(0);
    let later = || report.cohorts.iter().flat_map(|cohort| cohort.ages.iter().skip(1));
    let most = match by_money {
        true => later().map(|age| age.value_minor as f64).fold(1.0, f64::max),
        false => later().map(|age| age.share).fold(0.01, f64::max),
    };
    let cell = |cohort: &Cohort, n: usize| {
        let Some(age) = cohort.ages.get(n) else { return HeatCell::default() };
        let money = words::money_whole(age.value_minor, &report.currency);
        let strength = if by_money { age.value_minor as f64 } else { age.share };
        HeatCell {
            text: if by_money { money.clone() } else { format!("{:.0} %", age.share * 100.0) },
            note: String::new(),
            level: HeatCell::level_of(strength / most),
            href: (age.retained > 0).then(|| rows::people(&age.rows)),
            meaning: format!(
                "{}, month {n}: {} of {} customers bought ({}, {:.0} % interval {} to {}), {money}",
                cohort.month,
                words::count(age.retained),
                words::count(cohort.n_customers),
                words::share(age.share),
                report.level * 100.0,
                words::share(age.low),
                words::share(age.high),
            ),
        }
    };
    HeatGrid {
        caption: match by_money {
            true => "Revenue less returns, by month of the first order and months since".to_string(),
            false => {
                "Share of customers who bought, by month of the first order and months since".to_string()
            }
        },
        corner: "First order".to_string(),
        columns: (0..n_ages).map(|n| n.to_string()).collect(),
        rows: report
            .cohorts
            .iter()
            .map(|cohort| HeatRow {
                label: cohort.month.clone(),
                note: words::counted(cohort.n_customers, "customer", "customers"),
                cells: (0..n_ages).map(|n| cell(cohort, n)).collect(),
            })
            .collect(),
        low: if by_money { "nothing".to_string() } else { "0 %".to_string() },
        high: if by_money { words::money_whole(most as i64, &report.currency) } else { words::share(most) },
    }
}

/// Came back against what the rate of all would bring, cohort by cohort.
fn compared(report: &Report) -> Option<Chart> {
    let told: Vec<_> =
        report.cohorts.iter().filter_map(|cohort| Some((cohort, cohort.comparison.as_ref()?))).collect();
    (!told.is_empty()).then(|| Chart {
        id: "returned".to_string(),
        title: format!("Came back within {} months", report.compared_months),
        subtitle: "Customers of each month, and how many it would be at the rate of all others".to_string(),
        kind: Kind::Bars,
        label_name: "First order".to_string(),
        labels: told.iter().map(|(cohort, _)| cohort.month.clone()).collect(),
        unit: Unit::Count,
        series: vec![
            Series::of("Came back", &told.iter().map(|(_, c)| c.returned as f64).collect::<Vec<_>>()),
            Series::of("At the rate of all", &told.iter().map(|(_, c)| c.expected).collect::<Vec<_>>()),
        ],
    })
}

fn flagged(report: &Report, cohort: &Cohort) -> Option<Flagged> {
    let comparison = cohort.comparison.as_ref().filter(|comparison| comparison.is_worse)?;
    let points = |share: f64| format!("{:+.1}", share * 100.0).replace('-', "−");
    Some(Flagged {
        month: cohort.month.clone(),
        href: rows::people(&cohort.rows),
        words: format!(
            "{} of {} came back; at the rate of all it would have been {:.0}",
            words::count(comparison.returned),
            words::count(cohort.n_customers),
            comparison.expected
        ),
        difference: comparison.difference.map_or_else(String::new, |d| {
            format!("{} points ({} to {})", points(d.estimate), points(d.low), points(d.high))
        }),
        chance: comparison.p_adjusted.map_or_else(String::new, |p| match p {
            p if p < 0.001 => "below 0.001".to_string(),
            p => format!("{p:.3}"),
        }),
        sources: report.sources.iter().filter(|source| source.month == cohort.month).map(driver).collect(),
    })
}

fn driver(source: &cycle::analyze::cohorts::Source) -> Driver {
    Driver {
        source: if source.source.is_empty() { "not known".to_string() } else { source.source.clone() },
        href: rows::people(&source.rows),
        customers: words::count(source.n_customers),
        returned: words::count(source.n_returned),
        share: words::share(source.share),
        interval: format!("{} – {}", words::share(source.low), words::share(source.high)),
    }
}

fn figures<'r>(report: &'r Report, cohort: &'r Cohort) -> impl Iterator<Item = Figure> + 'r {
    cohort.ages.iter().enumerate().map(|(n, age)| Figure {
        month: cohort.month.clone(),
        age: n,
        retained: words::count(age.retained),
        of: words::count(cohort.n_customers),
        share: words::share(age.share),
        interval: format!("{} – {}", words::share(age.low), words::share(age.high)),
        money: words::money_whole(age.value_minor, &report.currency),
    })
}
