//! Value: who the customers are by recency, frequency and money, how they moved between tiers, what they will be worth.

mod grid;
mod lifetime;

use askama::Template;
use axum::extract::{Query, State};
use cycle::analyze::results::{self, Basis};
use cycle::analyze::{contracts, lifetime_value, rfm};
use serde::Deserialize;

use self::lifetime::Lifetime;
use crate::charts::{Chart, Kind, Series, Unit};
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::pages::rows;
use crate::parts::{HeatGrid, Stat, Tab};
use crate::state::App;
use crate::{respond, words};

#[derive(Template)]
#[template(path = "value/show.html")]
struct Show {
    page: Layout,
    may_write: bool,
    /// What there is to say where nothing was found.
    nothing: String,
    found: Option<Found>,
}

/// What the last run found.
struct Found {
    basis: String,
    left_out: Vec<String>,
    stats: Vec<Stat>,
    by: Vec<Tab>,
    grid: HeatGrid,
    segments: Vec<Line>,
    tiers: Vec<Line>,
    tier_window: String,
    tier_chart: Chart,
    movement: Option<HeatGrid>,
    movement_words: String,
    lifetime: Option<Lifetime>,
    /// What of it is told of customers by contract another way; empty where there are none.
    by_contract: String,
}

/// A segment or tier.
struct Line {
    label: String,
    href: String,
    customers: String,
    share: String,
    orders: String,
    money: String,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    by: String,
}

pub(crate) async fn show(State(app): State<App>, current: Current, Query(wanted): Query<Wanted>) -> Result {
    let found = app.store.read(|s| {
        let basis = results::latest_basis(s)?;
        let contracts = results::latest_contracts(s)?.map(|latest| latest.result).unwrap_or_default();
        Ok((basis, results::latest_rfm(s)?, results::latest_lifetime_value(s)?, contracts))
    });
    let (basis, rfm, lifetime, contracts) = found.await?;
    let nothing = basis.as_ref().map_or_else(
        || "Import your orders, then run the turn: it finds out who buys lately, often and much, how that changes, and \
            what each customer will likely be worth."
            .to_string(),
        |basis| nothing_in(&basis.result),
    );
    let found = match (basis, rfm) {
        (Some(basis), Some(rfm)) if rfm.result.n_customers > 0 => {
            let lifetime = lifetime.map(|latest| latest.result);
            let found = build(&basis.result, &rfm.result, lifetime.as_ref(), wanted.by == "money");
            Some(Found { by_contract: by_contract(&contracts, &basis.result.currency), ..found })
        }
        _ => None,
    };
    respond::page(&Show {
        page: current.layout(Place::Value, "Value"),
        may_write: current.may_write(),
        nothing,
        found,
    })
}

fn build(
    basis: &Basis,
    rfm: &rfm::Report,
    lifetime: Option<&lifetime_value::Report>,
    by_money: bool,
) -> Found {
    let tab = |label: &str, href: &str, current: bool| Tab {
        label: label.to_string(),
        href: href.to_string(),
        current,
        count: None,
    };
    Found {
        basis: basis.in_words.clone(),
        left_out: left_out(basis),
        stats: stats(basis, lifetime),
        by: vec![tab("Customers", "/rfm", !by_money), tab("Money", "/rfm?by=money", by_money)],
        grid: grid::rfm(rfm, by_money),
        segments: rfm.segments.iter().map(|group| line(rfm, group)).collect(),
        tiers: rfm.tiers.iter().map(|group| line(rfm, group)).collect(),
        tier_window: words::counted(rfm.tier_window_days, "day", "days"),
        tier_chart: tier_chart(rfm),
        movement: rfm.movement.as_ref().map(|movement| grid::movement(rfm, movement)),
        movement_words: movement_words(rfm),
        lifetime: lifetime.map(lifetime::build),
        by_contract: String::new(),
    }
}

/// Which customers another model tells of, with the money that stands in both.
fn by_contract(report: &contracts::Report, currency: &str) -> String {
    if report.n_running == 0 {
        return String::new();
    }
    format!(
        "{} pay by period: of them the page of contracts applies. {} of the money expected here is theirs; do not add it to what \
         is expected there.",
        words::counted(report.n_running, "customer", "customers"),
        words::money_whole(report.elsewhere_minor, currency)
    )
}

/// Why a turn found no customer.
fn nothing_in(basis: &Basis) -> String {
    let left = left_out(basis);
    match left.is_empty() {
        true => basis.in_words.clone(),
        false => format!("The last turn found no order that counts: there are {}.", left.join("; ")),
    }
}

/// What the analyses do not speak of, so that nobody misses it in silence.
pub(crate) fn left_out(basis: &Basis) -> Vec<String> {
    let left = &basis.left_out;
    [
        (left.n_orders_without_person, "without a customer"),
        (left.n_orders_uncounted, "cancelled, or in a currency that is not the firm's"),
        (left.n_orders_in_future, "dated in the future"),
        (left.n_orders_of_absent, "of people who were deleted"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, why)| format!("{} {why}", words::counted(n, "order", "orders")))
    .collect()
}

/// The figures that stand above all others.
pub(crate) fn stats(basis: &Basis, lifetime: Option<&lifetime_value::Report>) -> Vec<Stat> {
    let span = match (basis.first_order, basis.newest_order) {
        (Some(first), Some(newest)) => format!("{first} to {newest}"),
        _ => String::new(),
    };
    let mut stats = vec![
        Stat::new(
            "Customers",
            words::count(basis.n_customers),
            "People with at least one order that counts, up to the day of the analysis.",
        )
        .rows("/people?sort=-revenue"),
        Stat::new(
            "Orders and returns",
            words::count(basis.n_orders),
            &format!("Orders and returns of these customers that the analysis stands on, {span}."),
        )
        .rows("/orders"),
    ];
    if let Some(report) = lifetime {
        stats.extend(lifetime::stats(report));
    }
    stats
}

fn line(rfm: &rfm::Report, group: &rfm::Group) -> Line {
    Line {
        label: group.label.clone(),
        href: rows::people(&group.rows),
        customers: words::count(group.n_customers),
        share: words::share(group.n_customers as f64 / rfm.n_customers.max(1) as f64),
        orders: words::count(group.n_orders),
        money: words::money_whole(group.value_minor, &rfm.currency),
    }
}

fn tier_chart(rfm: &rfm::Report) -> Chart {
    let money: Vec<f64> =
        rfm.tiers.iter().map(|tier| words::money_for_chart(tier.value_minor, &rfm.currency)).collect();
    Chart {
        id: "tiers-money".to_string(),
        title: "Money by tier".to_string(),
        subtitle: format!("Revenue less returns in the last {} days", rfm.tier_window_days),
        kind: Kind::Ranked,
        label_name: "Tier".to_string(),
        labels: rfm.tiers.iter().map(|tier| tier.label.clone()).collect(),
        unit: match words::money_unit(&rfm.currency) {
            Unit::Money { sign } => Unit::Money { sign },
            other => other,
        },
        series: vec![Series::of("Money", &money)],
    }
}

fn movement_words(rfm: &rfm::Report) -> String {
    match (&rfm.movement, &rfm.movement_abstained) {
        (Some(movement), _) => format!(
            "Since {}: {} rose, {} fell, {} came new.",
            movement.from_day,
            words::count(movement.n_risen),
            words::count(movement.n_fallen),
            words::count(movement.n_came)
        ),
        (None, Some(why)) => why.clone(),
        (None, None) => String::new(),
    }
}
