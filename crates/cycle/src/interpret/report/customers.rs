//! The customers in four pictures: the grid of recency and frequency, months that come back, what is to be expected, on how
//! few the revenue hangs.

use super::charts::{self, Bar, Heat};
use super::material::Material;
use super::page::{Page, Table};
use crate::analyze::cohorts::Cohort;
use crate::analyze::lifetime_value::Group;
use crate::interpret::words::{count, customers, number, percent};

/// Months of age that fit the width of a page.
const AGES_SHOWN: usize = 13;
const COHORTS_SHOWN: usize = 24;

pub(super) fn grid(page: &mut Page, material: &Material) {
    let Some(rfm) = &material.rfm else { return };
    page.section("rfm", "Where your customers stand");
    page.paragraph(
        "Each customer gets a score from 1 to 5 for how recently and for how often they bought; 5 is best. Top right are those who \
         buy often and bought lately, bottom left those who have long been away.",
    );
    let most = rfm.cells.iter().map(|cell| cell.n_customers).max().unwrap_or(1).max(1) as f64;
    let label = |name: &str| {
        let group = rfm.segments.iter().find(|group| group.name == name);
        group.map_or_else(|| name.to_string(), |group| group.label.clone())
    };
    let cells: Vec<(Heat, String)> = rfm
        .cells
        .iter()
        .map(|cell| {
            let tip = format!(
                "recency {}, frequency {}: {} with {}",
                cell.recency,
                cell.frequency,
                customers(cell.n_customers),
                material.money(cell.value_minor)
            );
            let share = (cell.n_customers as f64 / most).sqrt();
            (Heat { share, text: count(cell.n_customers), tip }, label(&cell.segment))
        })
        .collect();
    let svg = charts::grid(
        "Customers by recency and frequency",
        "Five rows of recency, the most recent at the top; five columns of frequency, the most frequent at the right; in each cell the number of customers and the name of their group.",
        &cells,
        ("Recency", "Frequency"),
        [("lately", "long ago"), ("seldom", "often")],
    );
    let rows = rfm.segments.iter().filter(|group| group.n_customers > 0).map(|group| {
        vec![
            group.label.clone(),
            count(group.n_customers),
            percent(group.n_customers as f64 / rfm.n_customers.max(1) as f64),
            count(group.n_orders),
            material.money(group.value_minor),
        ]
    });
    let table = Table::new(
        "Groups of the grid; money of the whole history, returns taken off, amounts as they are recorded",
        &["Group", "Customers", "Share", "Orders", "Money"],
        rows.collect(),
    );
    page.chart("Recency and frequency.", "Number of customers in each cell.", &svg, &table);
    movement(page, material);
    page.end_section();
}

fn movement(page: &mut Page, material: &Material) {
    let Some(rfm) = &material.rfm else { return };
    let rows = rfm.tiers.iter().map(|tier| {
        let share = tier.value_minor as f64
            / rfm.tiers.iter().map(|tier| tier.value_minor).sum::<i64>().max(1) as f64;
        vec![tier.label.clone(), count(tier.n_customers), material.money(tier.value_minor), percent(share)]
    });
    let caption = format!(
        "Value tiers by the money of the last {} days, amounts as they are recorded",
        rfm.tier_window_days
    );
    page.table(&Table::new(&caption, &["Tier", "Customers", "Money", "Share"], rows.collect()));
    match &rfm.movement {
        Some(movement) => page.paragraph(&format!(
            "Since {} {} rose to a higher tier, {} fell to a lower one, and {} came new.",
            movement.from_day,
            customers(movement.n_risen),
            customers(movement.n_fallen),
            count(movement.n_came)
        )),
        None => page.note(rfm.movement_abstained.as_deref().unwrap_or_default()),
    }
}

pub(super) fn cohorts(page: &mut Page, material: &Material) {
    page.section("cohorts", "Who comes back");
    let Some(report) = &material.cohorts else {
        page.paragraph("No month of the orders is over, so nothing can be said about who comes back.");
        page.end_section();
        return;
    };
    page.paragraph(&format!(
        "Each row is the customers who first bought in one month; each column is the share of them who bought in the first, second … \
         month after. Darker is more. Compared are the returns within {} months.",
        report.compared_months
    ));
    let old_enough: Vec<&Cohort> = report.cohorts.iter().filter(|cohort| cohort.ages.len() > 1).collect();
    let shown = &old_enough[old_enough.len().saturating_sub(COHORTS_SHOWN)..];
    let ages = shown.iter().map(|cohort| cohort.ages.len()).max().unwrap_or(1).min(AGES_SHOWN);
    let hottest =
        shown.iter().flat_map(|cohort| cohort.ages.iter().skip(1)).map(|age| age.share).fold(0.01, f64::max);
    let columns: Vec<String> = (1..ages).map(|age| format!("+{age}")).collect();
    let rows: Vec<(String, String, Vec<Heat>)> = shown
        .iter()
        .map(|cohort| {
            let cells = cohort.ages.iter().enumerate().take(ages).skip(1).map(|(age, cell)| Heat {
                share: cell.share / hottest,
                text: format!("{:.0}", 100.0 * cell.share),
                tip: format!(
                    "{} after {age} months: {} of {} bought ({} to {} at {})",
                    cohort.month,
                    count(cell.retained),
                    count(cohort.n_customers),
                    percent(cell.low),
                    percent(cell.high),
                    percent(report.level)
                ),
            });
            let mark = if is_worse(cohort) { "▼ " } else { "" };
            (cohort.month.clone(), format!("{mark}{}", count(cohort.n_customers)), cells.collect())
        })
        .collect();
    let svg = charts::triangle(
        "Share of each month's new customers who bought in later months, in percent",
        "Rows are months of the first purchase with the number of customers, columns months since; a triangle marks months that come back worse beyond chance.",
        &columns,
        &rows,
    );
    page.chart(
        "Share that bought again, in percent.",
        "By month of the first purchase and months since; ▼ marks months that come back worse than the others beyond chance.",
        &svg,
        &cohort_table(report, shown),
    );
    if report.first_may_hold_older {
        page.note("The first month likely holds customers who bought before the data begin: it is shown but not compared.");
    }
    page.end_section();
}

fn is_worse(cohort: &Cohort) -> bool {
    cohort.comparison.as_ref().is_some_and(|comparison| comparison.is_worse)
}

fn cohort_table(report: &crate::analyze::cohorts::Report, shown: &[&Cohort]) -> Table {
    let rows = shown.iter().map(|cohort| {
        let compared = cohort.comparison.as_ref();
        let difference = compared.and_then(|compared| compared.difference);
        vec![
            cohort.month.clone(),
            count(cohort.n_customers),
            compared.map_or_else(String::new, |compared| count(compared.returned)),
            compared.map_or_else(String::new, |compared| number(compared.expected)),
            difference.map_or_else(String::new, |d| {
                format!("{:+.0} ({:+.0} to {:+.0})", 100.0 * d.estimate, 100.0 * d.low, 100.0 * d.high)
            }),
            compared.and_then(|compared| compared.p_adjusted).map_or_else(String::new, |p| format!("{p:.3}")),
        ]
    });
    let caption = format!(
        "Customers who came back within {} months, against the others; difference in points with its interval at {}; chance after \
         correction for looking at every month",
        report.compared_months,
        percent(report.level)
    );
    Table::new(
        &caption,
        &["Month", "Customers", "Came back", "To be expected", "Difference", "Chance"],
        rows.collect(),
    )
}

pub(super) fn lifetime_value(page: &mut Page, material: &Material) {
    let Some(report) = &material.lifetime_value else { return };
    page.section("value", "What is to be expected");
    if let Some(why) = report.buying_abstained.as_ref().or(report.spending_abstained.as_ref()) {
        page.paragraph(&format!("A forecast cannot be made yet: {why}."));
    }
    let words = |group: &Group| {
        let range = group.low_minor.zip(group.high_minor).map_or_else(
            || " (how uncertain that is cannot be told)".to_string(),
            |(low, high)| format!(" ({} to {})", material.money(low), material.money(high)),
        );
        format!(
            "{} orders worth {}{range}",
            number(group.expected_orders.round()),
            material.money(group.value_minor)
        )
    };
    if let Some(everybody) = &report.everybody {
        page.paragraph(&format!(
            "In the next {:.0} weeks the {} known today are expected to place {} if all goes on as before. New customers, season and \
             campaigns are not in it; it is revenue, not profit.",
            report.horizon_weeks,
            customers(everybody.n_customers),
            words(everybody)
        ));
    }
    if let Some(once) = &report.bought_once {
        page.paragraph(&format!(
            "Of these {} bought once so far: {}.",
            customers(once.n_customers),
            words(once)
        ));
    }
    bands(page, material);
    if let Some(holdout) = &report.holdout {
        page.paragraph(&format!(
            "Would it have been right? Told nothing after {}, the model expected {} orders of {} in the {:.0} weeks that followed; \
             {} came.",
            holdout.fitted_until,
            number(holdout.expected_orders.round()),
            customers(holdout.n_customers),
            holdout.weeks,
            count(holdout.actual_orders)
        ));
    } else if let Some(why) = &report.holdout_abstained {
        page.note(&format!("Whether it would have been right cannot be tried: {why}."));
    }
    page.end_section();
}

fn bands(page: &mut Page, material: &Material) {
    let Some(report) = &material.lifetime_value else { return };
    if report.bands.iter().all(|band| band.n_customers == 0) {
        return;
    }
    let name = |from: f64, to: f64| format!("{:.0} to {:.0} %", 100.0 * from, 100.0 * to);
    let bars: Vec<Bar> = report
        .bands
        .iter()
        .map(|band| Bar {
            label: name(band.from, band.to),
            value: band.n_customers as f64,
            marked: 0.0,
            tip: format!("{}: {}", name(band.from, band.to), customers(band.n_customers)),
        })
        .collect();
    let svg = charts::bars(
        "Customers by the probability that they are still customers",
        "Five bars from 0 to 100 percent; the height is the number of customers.",
        &bars,
        &|value| count(value.round() as u64),
    );
    let rows = report.bands.iter().map(|band| {
        vec![
            name(band.from, band.to),
            count(band.n_customers),
            number(band.expected_orders),
            material.money(band.value_minor),
        ]
    });
    let table = Table::new(
        "By the probability of being still a customer: expected orders and their value in 52 weeks",
        &["Probability", "Customers", "Expected orders", "Expected value"],
        rows.collect(),
    );
    page.chart(
        "Who is still there?",
        &format!("Number of customers by the probability that they are still customers; told of {} who bought at least twice.", count(report.firm.n_told)),
        &svg,
        &table,
    );
}

pub(super) fn concentration(page: &mut Page, material: &Material) {
    page.section("concentration", "On how few the revenue hangs");
    let curve = material.summary.as_ref().map_or(&[][..], |summary| &summary.curve);
    if curve.is_empty() {
        page.paragraph("Too few customers bought in the last 12 months to say anything about it.");
        page.end_section();
        return;
    }
    let value = |share: f64| {
        let (before, after) = curve
            .windows(2)
            .map(|pair| (pair[0], pair[1]))
            .find(|(_, after)| after.0 >= share - 1e-9)
            .unwrap_or_default();
        let width = (after.0 - before.0).max(1e-9);
        before.1 + (after.1 - before.1) * ((share - before.0) / width).clamp(0.0, 1.0)
    };
    let marks: Vec<(f64, f64, String)> = [0.1, 0.2, 0.5]
        .into_iter()
        .map(|share| {
            (share, value(share), format!("best {}: {} of revenue", percent(share), percent(value(share))))
        })
        .collect();
    let svg = charts::curve(
        "Share of revenue by share of customers, the best first",
        "The curve rises steeply where few customers bring much; the straight line is what equal customers would give.",
        curve,
        &marks,
    );
    let rows = (1..=10).map(|tenth| {
        let share = f64::from(tenth) / 10.0;
        vec![format!("best {}", percent(share)), percent(value(share))]
    });
    let table = Table::new(
        "Share of the revenue of 12 months, by tenths of the customers with money above 0",
        &["Customers", "Share of revenue"],
        rows.collect(),
    );
    page.chart(
        "Share of the revenue of 12 months.",
        "Customers sorted by their money, the best first; the dashed line is what equal customers would give.",
        &svg,
        &table,
    );
    page.end_section();
}
