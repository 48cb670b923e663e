//! The truth beside the export, for tests only: a summary, every customer's propensities, duplicates and faulty values.

use crate::calendar::within;
use crate::catalogue::{MISSPELT, PRODUCTS};
use crate::company::Company;
use crate::export::{Export, Kind};
use crate::history::{History, Status};
use crate::settings::{Error, World};
use crate::table::{Style, Table};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The columns of `truth-customers.csv`.
///
/// **Units**: rates per season week (a calendar week in the textbook world), money in whole units of the currency with
/// decimals. `mean_spend` is what the customer's order values are drawn around, `realised_mean_spend` what the kept
/// orders came to, `realised_revenue` the same in all less credit notes. `orders` counts kept orders. The expectation is
/// that of an onlooker who knows rate, dropout and whether the customer is alive. A `silent_leaver` was a good customer
/// and left without a word in the last five months.
const CUSTOMER_HEADER: [&str; 20] = [
    "customer_no",
    "second_customer_no",
    "company_no",
    "acquired_on",
    "cohort",
    "channel",
    "bargain_hunter",
    "onlooker",
    "rate_per_week",
    "dropout",
    "alive",
    "left_on",
    "silent_leaver",
    "orders",
    "last_order_on",
    "mean_spend",
    "realised_mean_spend",
    "realised_revenue",
    "expected_purchases_26_weeks",
    "one_time_due",
];

/// Sums over the customers that the summary tells.
#[derive(Default)]
struct Tally {
    n_alive: u64,
    n_never: u64,
    n_once: u64,
    n_once_due: u64,
    n_silent_leavers: u64,
    n_bargain_hunters: u64,
    n_business: u64,
    revenues_minor: Vec<i64>,
    /// By cohort: customers, those who ordered again, those still alive.
    cohorts: BTreeMap<String, [u64; 3]>,
}

/// What one customer came to.
struct Sums {
    n_orders: u64,
    last_day: Option<u32>,
    gross_minor: i64,
    revenue_minor: i64,
    /// Bought once, 20 to 70 days ago, is still there, and will probably buy again within half a year.
    once_due: bool,
}

impl Export {
    /// Writes `truth.json`, `truth-customers.csv`, `truth-duplicates.csv` and `truth-faults.csv` into a directory.
    ///
    /// **Errors**: a file cannot be written.
    pub fn write_truth(&self, company: &Company, dir: &Path) -> Result<(), Error> {
        let tally = self.write_customers_truth(company, dir)?;
        self.write_duplicates(dir)?;
        self.write_faults(dir)?;
        let mut summary = Table::create_bare(&dir.join("truth.json"), Style::TIDY)?;
        let text = serde_json::to_string_pretty(&self.summary(company, tally))
            .expect("a tree of numbers and texts can always be written");
        summary.bare_line(&text)?;
        summary.finish()?;
        Ok(())
    }

    fn write_customers_truth(&self, company: &Company, dir: &Path) -> Result<Tally, Error> {
        let mut table = Table::create(&dir.join("truth-customers.csv"), Style::TIDY, &CUSTOMER_HEADER)?;
        let mut tally = Tally::default();
        let mut n_second = 0;
        for (index, history) in (0..).zip(company.histories()) {
            let person = company.person(index, &history.traits);
            let cards = company.cards(index, &history.traits, &person, &mut n_second);
            let sums = sum_up(company, &history);
            table.text(&cards.first.number);
            table.text(cards.second.as_ref().map_or("", |second| &second.card.number));
            let firm = person.firm.map(|firm| format!("F{:05}", 10_001 + firm.index));
            table.text(&firm.unwrap_or_default());
            write_propensities(&mut table, company, &history, &sums);
            table.end_row()?;
            tally.add(company, &history, &sums);
        }
        table.finish()?;
        Ok(tally)
    }

    fn write_duplicates(&self, dir: &Path) -> Result<(), Error> {
        let header = ["customer_no", "duplicate_of", "changes"];
        let mut table = Table::create(&dir.join("truth-duplicates.csv"), Style::TIDY, &header)?;
        for pair in &self.truth.second_cards {
            table.text(&pair.second);
            table.text(&pair.first);
            let changes: Vec<&str> = pair.changes.iter().map(|change| change.name()).collect();
            table.text(&changes.join(" "));
            table.end_row()?;
        }
        table.finish().map(|_| ())
    }

    fn write_faults(&self, dir: &Path) -> Result<(), Error> {
        let header = ["file", "row", "column", "value", "right", "reason", "rejects_row"];
        let mut table = Table::create(&dir.join("truth-faults.csv"), Style::TIDY, &header)?;
        for fault in &self.truth.faults {
            table.text(&fault.file);
            table.whole(fault.row as i64);
            for text in [fault.column, &fault.value, &fault.right, fault.reason] {
                table.text(text);
            }
            table.text(if fault.rejects_row { "yes" } else { "no" });
            table.end_row()?;
        }
        table.finish().map(|_| ())
    }

    fn summary(&self, company: &Company, mut tally: Tally) -> Value {
        let settings = company.settings();
        let shop = company.parameters();
        let files: Vec<Value> = self
            .files
            .iter()
            .map(|file| json!({ "name": file.name, "kind": file.kind.name(), "rows": file.rows }))
            .collect();
        let cohorts: Vec<Value> = tally
            .cohorts
            .iter()
            .map(|(month, [n, again, alive])| json!({ "month": month, "customers": n, "ordered_again": again, "alive": alive }))
            .collect();
        tally.revenues_minor.sort_unstable_by(|a, b| b.cmp(a));
        let tenth = tally.revenues_minor.len().div_ceil(10);
        let top: i64 = tally.revenues_minor[..tenth].iter().sum();
        json!({
            "company": settings.company_name, "seed": settings.seed, "today": settings.today.to_string(),
            "opening": company.calendar().opening.to_string(), "currency": settings.currency,
            "parameters": {
                "r": shop.r, "alpha": shop.alpha, "a": shop.a, "b": shop.b, "p": shop.p, "q": shop.q,
                "gamma_minor": shop.gamma, "lines_per_order": shop.lines_per_order, "time_unit": "week",
                "exact": settings.world == World::Textbook,
            },
            "files": files,
            "counts": {
                "customers": self.n_customers, "customer_rows": self.n_cards,
                "duplicates": self.truth.second_cards.len(), "companies": self.n_companies,
                "product_rows": self.n_products, "orders": self.n_orders, "cancelled_orders": self.n_cancelled,
                "credit_notes": self.n_credit_notes, "order_lines": self.n_lines, "alive": tally.n_alive,
                "never_ordered": tally.n_never, "ordered_once": tally.n_once, "one_time_due": tally.n_once_due,
                "silent_leavers": tally.n_silent_leavers, "business": tally.n_business,
            },
            "revenue_minor": self.revenue_minor,
            "top_tenth_of_revenue": if self.revenue_minor > 0 { top as f64 / self.revenue_minor as f64 } else { 0.0 },
            "blemishes": self.truth.blemishes,
            "faults": self.fault_counts(),
            "stories": self.stories(company, &tally),
            "cohorts": cohorts,
        })
    }

    fn stories(&self, company: &Company, tally: &Tally) -> Value {
        let calendar = company.calendar();
        let campaign = calendar.campaign.map(|(first, _)| {
            json!({
                "cohort": calendar.date(first).strftime("%Y-%m").to_string(), "driver": "channel",
                "value": "marketplace", "bargain_hunters": tally.n_bargain_hunters, "first_order_discount_percent": 25,
            })
        });
        let fault = calendar.fault.filter(|_| self.truth.n_swollen_lines > 0).map(|(first, end)| {
            json!({
                "what": "unit price and discount a hundred times too large (cents written as whole units)",
                "sales_channel": "marketplace", "from": calendar.date(first).to_string(),
                "to": calendar.date(end - 1).to_string(), "lines": self.truth.n_swollen_lines,
                "excess_minor": self.truth.swollen_excess_minor,
            })
        });
        let (place, other_sku, other_name) = MISSPELT;
        json!({
            "bad_cohort": campaign,
            "data_fault": fault,
            "two_spellings": {
                "sku": PRODUCTS[place].sku, "product": PRODUCTS[place].name, "other_sku": other_sku,
                "other_product": other_name, "lines": self.truth.n_misspelt_lines,
            },
            "guest_lines": self.truth.n_guest_lines,
        })
    }

    fn fault_counts(&self) -> Vec<Value> {
        let mut counts: BTreeMap<(&str, &str, bool), u64> = BTreeMap::new();
        for fault in &self.truth.faults {
            *counts.entry((&fault.file, fault.reason, fault.rejects_row)).or_default() += 1;
        }
        counts
            .into_iter()
            .map(|((file, reason, rejects), rows)| json!({ "file": file, "reason": reason, "rejects_row": rejects, "rows": rows }))
            .collect()
    }

    /// Rows of all files of one kind.
    pub fn rows_of(&self, kind: Kind) -> u64 {
        self.files.iter().filter(|file| file.kind == kind).map(|file| file.rows).sum()
    }
}

impl Tally {
    fn add(&mut self, company: &Company, history: &History, sums: &Sums) {
        let calendar = company.calendar();
        let arrived = history.traits.arrived as u32;
        self.n_alive += u64::from(history.alive);
        self.n_never += u64::from(sums.n_orders == 0);
        self.n_once += u64::from(sums.n_orders == 1);
        self.n_once_due += u64::from(sums.once_due);
        self.n_silent_leavers += u64::from(history.silent_leaver);
        self.n_business += u64::from(history.traits.business);
        self.n_bargain_hunters +=
            u64::from(history.traits.bargain_hunter && within(calendar.campaign, arrived));
        self.revenues_minor.push(sums.revenue_minor);
        if sums.n_orders > 0 {
            let cohort =
                self.cohorts.entry(calendar.date(arrived).strftime("%Y-%m").to_string()).or_default();
            cohort[0] += 1;
            cohort[1] += u64::from(sums.n_orders > 1);
            cohort[2] += u64::from(history.alive);
        }
    }
}

fn sum_up(company: &Company, history: &History) -> Sums {
    let mut sums = Sums { n_orders: 0, last_day: None, gross_minor: 0, revenue_minor: 0, once_due: false };
    for order in &history.orders {
        let amount: i64 = order.lines.iter().map(|line| line.amount_minor()).sum();
        match order.status {
            Status::Completed => {
                sums.n_orders += 1;
                sums.last_day = sums.last_day.max(Some(order.day));
                sums.gross_minor += amount;
                sums.revenue_minor += amount;
            }
            Status::Returned => sums.revenue_minor += amount,
            Status::Cancelled => {}
        }
    }
    let days_since = sums.last_day.map_or(0, |day| company.calendar().n_days - day);
    sums.once_due = sums.n_orders == 1
        && history.alive
        && (20..=70).contains(&days_since)
        && history.expected_purchases > 0.7;
    sums
}

fn write_propensities(table: &mut Table, company: &Company, history: &History, sums: &Sums) {
    let calendar = company.calendar();
    let traits = &history.traits;
    let yes_no = |truth: bool| if truth { "yes" } else { "no" };
    let acquired = calendar.date(traits.arrived as u32);
    let day_or_blank = |table: &mut Table, day: Option<u32>| match day {
        Some(day) => table.date(calendar.date(day)),
        None => table.text(""),
    };
    table.date(acquired);
    // The cohort is the month of the first order; who never ordered has none.
    let cohort = if sums.n_orders > 0 { acquired.strftime("%Y-%m").to_string() } else { String::new() };
    table.text(&cohort);
    table.text(traits.channel.name());
    table.text(yes_no(traits.bargain_hunter));
    table.text(yes_no(traits.onlooker));
    table.fraction(traits.rate_per_week, 6);
    table.fraction(traits.dropout, 6);
    table.text(yes_no(history.alive));
    day_or_blank(table, history.left);
    table.text(yes_no(history.silent_leaver));
    table.whole(sums.n_orders as i64);
    day_or_blank(table, sums.last_day);
    table.fraction(traits.mean_spend_minor / 100.0, 2);
    match sums.n_orders {
        0 => table.text(""),
        n => table.fraction(sums.gross_minor as f64 / n as f64 / 100.0, 2),
    }
    table.money(sums.revenue_minor);
    table.fraction(history.expected_purchases, 4);
    table.text(yes_no(sums.once_due));
}
