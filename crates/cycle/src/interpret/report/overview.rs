//! The frame of the report: head, what is most important, what was looked at, key figures, what cannot be told, methods.

use super::charts::{self, Bar};
use super::material::{Material, Year};
use super::page::{Page, Table, escape};
use crate::calendar::month_in_words;
use crate::interpret::read::Status;
use crate::interpret::words::{count, customers, number, percent};
use crate::process::quality::{Dimension, Kind};
use statistics::distributions::normal_quantile;
use statistics::intervals::wilson;

/// Findings named at the top.
const IN_SHORT: usize = 4;
const LEVEL: f64 = 0.95;
/// Months drawn.
const MONTHS_SHOWN: usize = 36;

pub(super) fn head(page: &mut Page, material: &Material) {
    let made = platform::clock::in_words(material.made_at);
    page.raw(&format!(
        "<header>\n<p class=\"kicker\">Customer report</p>\n<h1>{}</h1>",
        escape(material.firm.as_deref().unwrap_or("Your firm"))
    ));
    let stand =
        material.basis.as_ref().map(|basis| format!("As of {}. ", basis.last_day)).unwrap_or_default();
    page.raw(&format!("<p>{stand}Made on {} by Rondel. It names customers: keep it as safe as your records.</p>\n</header>\n<main>", &made[..made.len().min(10)]));
}

pub(super) fn foot(page: &mut Page, _: &Material) {
    page.raw("</main>");
}

pub(super) fn in_short(page: &mut Page, material: &Material) {
    page.section("short", "In short");
    let standing: Vec<_> =
        material.insights.iter().filter(|one| one.status != Status::Refuted).take(IN_SHORT).collect();
    if standing.is_empty() {
        page.paragraph("No finding stands up to its counter-checks at present.");
    }
    page.raw("<ol class=\"short\">");
    for insight in standing {
        page.raw(&format!(
            "<li><a href=\"#{}\">{}</a> {}</li>",
            escape(&insight.id),
            escape(insight.kind.label()),
            escape(&insight.claim)
        ));
    }
    page.raw("</ol>");
    page.end_section();
}

pub(super) fn looked_at(page: &mut Page, material: &Material) {
    let Some(basis) = &material.basis else { return };
    page.section("looked-at", "What we looked at");
    let span = match (basis.first_order, basis.newest_order) {
        (Some(first), Some(newest)) => format!(", from {first} to {newest}"),
        _ => String::new(),
    };
    page.paragraph(&format!(
        "{} with {} orders and returns{span}. {}",
        customers(basis.n_customers),
        count(basis.n_orders),
        basis.in_words
    ));
    let left = basis.left_out;
    let left_out: Vec<String> = [
        (left.n_orders_without_person, "without a customer (guests)"),
        (left.n_orders_uncounted, "cancelled or in another currency"),
        (left.n_orders_in_future, "dated in the future"),
        (left.n_orders_of_absent, "of customers who are deleted"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, why)| format!("{} {why}", count(n)))
    .collect();
    if !left_out.is_empty() {
        page.paragraph(&format!("Orders left out of what is said about customers: {}.", left_out.join(", ")));
    }
    if let Some(at) = material.counted_at {
        page.paragraph(&format!(
            "The turn counted the orders by month and year at {}; what was changed since comes with the next.",
            platform::clock::in_words(at)
        ));
    }
    quality(page, material);
    page.end_section();
}

fn quality(page: &mut Page, material: &Material) {
    let Some(board) = &material.board else {
        page.note("The quality of the records was not measured.");
        return;
    };
    let cell = |kind: Kind, dimension: Dimension| match board.total(kind, dimension) {
        (_, 0) => "–".to_string(),
        (good, all) if good == all => "100 %".to_string(),
        (good, all) => format!("{:.1} %", (100.0 * good as f64 / all as f64).min(99.9)),
    };
    let rows =
        Kind::ALL.into_iter().filter(|kind| board.n_records.get(kind).is_some_and(|n| *n > 0)).map(|kind| {
            let mut row = vec![kind_in_words(kind).to_string(), count(board.n_records[&kind])];
            row.extend(Dimension::ALL.into_iter().map(|dimension| cell(kind, dimension)));
            row
        });
    let table = Table::new(
        "How good the records are: share of the values looked at that are filled, valid, not double, recent, and in agreement",
        &["Records", "Number", "Filled", "Valid", "Not double", "Recent", "In agreement"],
        rows.collect(),
    );
    page.table(&table);
    if !board.oddities.is_empty() {
        page.heading("Periods that cannot be right");
        page.list(&board.oddities.iter().map(|oddity| oddity.words.clone()).collect::<Vec<String>>());
    }
}

fn kind_in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::People => "People",
        Kind::Companies => "Companies",
        Kind::Products => "Products",
        Kind::Orders => "Orders",
        Kind::OrderLines => "Order lines",
    }
}

pub(super) fn key_figures(page: &mut Page, material: &Material) {
    page.section("figures", "Key figures");
    page.raw("<div class=\"cards\">");
    let (now, before) = (&material.year, &material.year_before);
    revenue(page, material, now, before);
    card(
        page,
        "Customers who bought",
        &count(now.n_buyers),
        &against(now.n_buyers as f64, before.n_buyers as f64, before.n_orders),
        "People with at least one order above 0 in the 12 months. A count of all, so it has no interval.",
    );
    order_value(page, material, now);
    if let Some(share) = wilson(now.n_repeaters, now.n_buyers, LEVEL) {
        card(
            page,
            "Bought more than once",
            &percent(share.estimate),
            &format!("{} to {} ({})", percent(share.low), percent(share.high), percent(LEVEL)),
            &format!(
                "Share of the {} of 12 months with two orders or more in that time (Wilson’s interval).",
                customers(now.n_buyers)
            ),
        );
    }
    if let Some(group) = material.lifetime_value.as_ref().and_then(|report| report.everybody.as_ref()) {
        let range = group.low_minor.zip(group.high_minor);
        card(
            page,
            "To be expected in 52 weeks",
            &material.money(group.value_minor),
            &range.map_or_else(String::new, |(low, high)| {
                format!("{} to {} (80 %)", material.money(low), material.money(high))
            }),
            "Revenue from the customers known today if all goes on as before (BG/NBD and Gamma-Gamma); amounts as they are recorded.",
        );
    }
    page.raw("</div>");
    months(page, material);
    page.end_section();
}

fn card(page: &mut Page, label: &str, value: &str, beside: &str, definition: &str) {
    page.raw(&format!(
        "<div class=\"card\"><h3>{}</h3><p class=\"value\">{}</p><p class=\"beside\">{}</p><p class=\"note\">{}</p></div>",
        escape(label),
        escape(value),
        escape(beside),
        escape(definition)
    ));
}

fn revenue(page: &mut Page, material: &Material, now: &Year, before: &Year) {
    let sound = now.revenue_minor - now.excess_minor;
    let mut beside =
        against(sound as f64, (before.revenue_minor - before.excess_minor) as f64, before.n_orders);
    if now.excess_minor != 0 {
        beside = format!("{} as recorded; {beside}", material.money(now.revenue_minor));
    }
    let definition = if now.excess_minor != 0 {
        "Counted orders less returns of the 12 months, without what the quality board calls impossible. A sum of all, so it has no \
         interval."
    } else {
        "Counted orders less returns of the 12 months. A sum of all, so it has no interval."
    };
    card(page, "Revenue of 12 months", &material.money(sound), &beside, definition);
}

/// The change against the year before in words; nothing where there was none.
fn against(now: f64, before: f64, n_orders_before: u64) -> String {
    if n_orders_before == 0 || before <= 0.0 {
        return "no year before to compare".to_string();
    }
    format!("{:+.0} % against the year before", 100.0 * (now / before - 1.0))
}

fn order_value(page: &mut Page, material: &Material, now: &Year) {
    let values = &now.values;
    if values.n < 2 {
        return;
    }
    let n = values.n as f64;
    let mean = values.sum_minor as f64 / n;
    let deviation = ((values.squares / n - mean * mean).max(0.0) * n / (n - 1.0)).sqrt();
    let half = normal_quantile(0.5 + 0.5 * LEVEL) * deviation / n.sqrt();
    let left_out = now.n_orders - values.n;
    let fault = match left_out {
        0 => String::new(),
        n => format!(" {} orders of a period whose amounts cannot be right are left out.", count(n)),
    };
    card(
        page,
        "Mean order value",
        &material.money(mean as i64),
        &format!(
            "{} to {} ({})",
            material.money((mean - half) as i64),
            material.money((mean + half) as i64),
            percent(LEVEL)
        ),
        &format!("Mean of {} orders above 0, returns not taken off.{fault}", count(values.n)),
    );
}

fn months(page: &mut Page, material: &Material) {
    if material.months.is_empty() {
        return;
    }
    let shown: Vec<_> = material.months.iter().rev().take(MONTHS_SHOWN).rev().collect();
    let one = 10f64.powi(material.currency.digits() as i32);
    let bars: Vec<Bar> = shown
        .iter()
        .map(|(month, of)| Bar {
            label: month_in_words(**month),
            value: of.revenue_minor as f64 / one,
            marked: of.excess_minor as f64 / one,
            tip: format!(
                "{}: {} with {} orders",
                month_in_words(**month),
                material.money(of.revenue_minor),
                count(of.n_orders)
            ),
        })
        .collect();
    let has_faults = shown.iter().any(|(_, of)| of.excess_minor != 0);
    let mut says = "Orders less returns; the first and the last month may not be whole.".to_string();
    if has_faults {
        says.push_str(" The dashed part cannot be right (see the data fault).");
    }
    let svg = charts::bars(
        "Revenue by month",
        "One bar a month; a dashed part is money that cannot be right.",
        &bars,
        &|value| material.money((value * one) as i64),
    );
    let rows = shown.iter().map(|(month, of)| {
        let fault = if of.excess_minor == 0 { String::new() } else { material.money(of.excess_minor) };
        vec![month_in_words(**month), count(of.n_orders), material.money(of.revenue_minor), fault]
    });
    let table = Table::new(
        "Revenue by month (UTC)",
        &["Month", "Orders", "Revenue as recorded", "Cannot be right"],
        rows.collect(),
    );
    page.chart("Revenue by month.", &says, &svg, &table);
}

pub(super) fn cannot_tell(page: &mut Page, material: &Material) {
    page.section("cannot-tell", "What we cannot tell yet");
    let mut items = Vec::new();
    if let Some(summary) = &material.summary {
        for silent in &summary.silent {
            let verb = if silent.abstained { "can’t tell" } else { "nothing found" };
            items.push(format!("{}: {verb}; {}.", silent.kind.label(), silent.why));
        }
    }
    if let Some(report) = &material.lifetime_value {
        for group in &report.abstained {
            items.push(format!("{}: {}", customers(group.n_customers), group.why.in_words()));
        }
        items.extend(report.warnings.iter().cloned());
    }
    items.push("Why anybody left or stayed: orders show what happened, not the reason. Ask, or test an action against a group that is left alone.".to_string());
    items.push("What an action would bring: no figure here is the effect of doing something.".to_string());
    items.push("Profit: costs are not in the records.".to_string());
    page.list(&items);
    page.end_section();
}

pub(super) fn methods(page: &mut Page, material: &Material) {
    page.section("methods", "How it was reckoned");
    let mut items = vec![
        "An interval says between which ends the true value lies with the probability given. 80 % means: in one of five cases it lies outside.".to_string(),
        "Every finding is tested against other explanations before it is shown: faults in the data, another mix of customers, the season, luck that runs out (regression to the mean), and looking so often that chance must give something. “No” means that the other explanation was tested and does not hold.".to_string(),
        "Confidence begins at 95 % and is lowered by every counter-check that holds in part (by a quarter), may explain all (to a quarter), or cannot be made (by a tenth). “Well supported” is 80 % and more, “likely” 60 %, “a hint” 35 %.".to_string(),
        "Still a customer: BG/NBD (Fader, Hardie and Lee 2005) weighs each customer’s silence against the own rhythm. Money: Gamma-Gamma (Fader and Hardie 2013).".to_string(),
        "Second orders: Kaplan and Meier’s curve of the time to the second order. Months compared: log-rank test with Holm’s correction. Concentration: Lorenz curve and Gini’s coefficient.".to_string(),
        "Days and months are those of UTC. Orders in another currency than the firm’s are not counted.".to_string(),
    ];
    if let Some(fit) = material.lifetime_value.as_ref().and_then(|report| report.buying.as_ref()) {
        let parameters: Vec<String> =
            fit.parameters.iter().map(|p| format!("{} {}", p.name, number(p.value))).collect();
        items.push(format!(
            "The model of purchases was fitted on {}: {}.",
            customers(fit.n_used),
            parameters.join(", ")
        ));
    }
    page.list(&items);
    page.end_section();
}
