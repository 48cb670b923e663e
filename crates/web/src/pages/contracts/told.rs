//! The figures, curves and sentences of the page of contracts.

use cycle::analyze::Day;
use cycle::analyze::contracts::{
    self, FEWEST_OF_PRODUCT, Month as Counted, OfProduct as Known, Point, Report,
};
use cycle::calendar::month_in_words;
use records::filter::{FieldCondition, Filter, Op};

use crate::charts::{Chart, Kind, Series, Unit};
use crate::pages::rows;
use crate::parts::Stat;
use crate::wording::Words;
use crate::words;

/// Curves of products that are drawn.
const MOST_CURVES: usize = 4;
/// Months that are listed.
const MONTHS: usize = 12;

fn field(op: Op, name: &str, value: impl ToString) -> Filter {
    Filter::Field(FieldCondition { name: name.to_string(), op, value: value.to_string() })
}

/// The people whose contract ended in a month.
fn ended_in(month: i32) -> String {
    let (first, last) = (Day::first_of_month(month), Day::last_of_month(month));
    let name = "contract_ended_at";
    rows::people(&Filter::All(vec![field(Op::AtLeast, name, first), field(Op::AtMost, name, last)]))
}

pub(super) fn stats(report: &Report, words: &Words) -> Vec<Stat> {
    let running = rows::people(&Filter::All(vec![field(Op::IsSet, "contract_until_at", "")]));
    let n = words::count(report.n_running);
    vec![
        Stat::new(
            "Running contracts",
            n.clone(),
            "Contracts that had not ended on the last day of the analysis; those whose payment is a few days late are among them.",
        )
        .unit(&format!("{} of them overdue", words::count(report.n_in_grace)))
        .rows(running),
        Stat::new(
            "Recurring revenue a month",
            words.money(report.recurring_minor),
            "Money a month of the running contracts, at the price of their newest payment.",
        )
        .unit(&format!("from {n} contracts"))
        .rows("/dictionary/recurring_revenue"),
        churn(report),
        ahead(report, words),
        median(report),
    ]
}

fn churn(report: &Report) -> Stat {
    let definition = "Of the contracts that ran when the month began, the share that ended in it. The newest month of which is known who did not pay again.";
    let Some((month, share)) = report.newest_month().and_then(|month| Some((month, month.churn()?))) else {
        return Stat::cannot_tell(
            "Churn of contracts",
            "it needs a month that is over with its grace",
            definition,
        );
    };
    Stat::new("Churn of contracts", words::share(share.estimate), definition)
        .unit(&format!("{} of {} in {}", month.n_ended, month.n_at_start, month_in_words(month.month)))
        .interval(format!("{} – {}", words::share(share.low), words::share(share.high)), "95 % interval")
        .rows(ended_in(month.month))
}

fn ahead(report: &Report, words: &Words) -> Stat {
    let definition = "Payments of the running contracts to be expected in the coming 12 months: the next renewal by the contract’s own risk, those after it by the shifted beta-geometric model. Revenue, not discounted, at present prices.";
    let Some(total) = report.value else {
        return Stat::cannot_tell(
            "Expected payments",
            "it needs at least 50 renewals that came due and 10 that were lost among contracts of one period",
            definition,
        );
    };
    Stat::new("Expected payments", words.money(total.expected_minor), definition)
        .unit(&format!("in 12 months from {} contracts", words::count(total.n)))
        .interval(
            format!("{} – {}", words.money(total.low_minor), words.money(total.high_minor)),
            "80 % interval",
        )
}

fn median(report: &Report) -> Stat {
    let definition = "Months after which half of the contracts have ended, by the retention curve below.";
    let Some(median) = report.median else {
        return Stat::cannot_tell(
            "Median tenure",
            "not reached: more than half outlive what was seen so far",
            definition,
        );
    };
    let stat = Stat::new("Median tenure", format!("{median:.0}"), definition).unit("months");
    match report.median_interval {
        (Some(low), Some(high)) => stat.interval(format!("{low:.0} – {high:.0}"), "95 % interval"),
        (Some(low), None) => stat.interval(format!("{low:.0} or more"), "95 % interval"),
        _ => stat,
    }
}

/// Which of the two models of value and churn applies to whom.
pub(super) fn beside(report: &Report, words: &Words) -> String {
    let told = match report.n_elsewhere {
        0 => String::new(),
        _ => format!(
            " The page of value tells {} of {} with a running contract: it is the same money, so the two sums may not be added.",
            words.money(report.elsewhere_minor),
            words::counted(report.n_elsewhere, "customer", "customers")
        ),
    };
    format!(
        "For customers with a running contract this page applies; the models of churn and value without contracts speak of customers \
         who are free to buy or not.{told}"
    )
}

pub(super) fn notes(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    if report.n_taken_back > 0 {
        notes.push(format!(
            "{} given back at least by half and counted as never made.",
            match report.n_taken_back {
                1 => "1 payment was".to_string(),
                n => format!("{} payments were", words::count(n)),
            }
        ));
    }
    notes
}

/// Retention with its interval, and beside it the projections of all periods, each as many times as contracts began with it.
pub(super) fn curve(report: &Report) -> Option<Chart> {
    let seen = report.curve.last()?.month as u32;
    let ends = report.projections.iter().filter_map(|p| p.points.last()).map(|point| point.0);
    let last = ends.max().unwrap_or(0).max(seen);
    let steps = monthly(&report.curve, seen);
    let mut series = vec![
        Series {
            name: "Still running".to_string(),
            values: (0..=last).map(|month| steps.get(month as usize).map(|step| step.0)).collect(),
            interval: None,
        }
        .interval(steps.iter().map(|step| (step.1, step.2)).collect()),
    ];
    if !report.projections.is_empty() {
        let values = (0..=last).map(|month| projected(report, month)).collect();
        series.push(Series { name: "Projection".to_string(), values, interval: None });
    }
    Some(Chart {
        id: "retention".to_string(),
        title: "How long contracts last".to_string(),
        subtitle: format!(
            "Share of {} contracts that outlive a month; band: 95 % interval (Greenwood)",
            words::count(report.n_contracts)
        ),
        kind: Kind::Lines,
        label_name: "Months paid for".to_string(),
        labels: (0..=last).map(|month| month.to_string()).collect(),
        unit: Unit::Share,
        series,
    })
}

/// The projected share after a month, over contracts of all periods that have a projection.
fn projected(report: &Report, month: u32) -> Option<f64> {
    let n_of = |months: i64| report.products.iter().filter(|p| p.months == months).map(|p| p.n).sum::<u64>();
    let (mut sum, mut n) = (0.0, 0.0);
    for projection in &report.projections {
        let weight = n_of(projection.period_months) as f64;
        let share = projection.points.iter().rev().find(|point| point.0 <= month)?.1;
        (sum, n) = (sum + weight * share, n + weight);
    }
    (n > 0.0).then(|| sum / n)
}

/// Share with its interval after each month, from 0 on.
fn monthly(points: &[Point], last: u32) -> Vec<(f64, f64, f64)> {
    let at = |month: u32| {
        let before = points.iter().rev().find(|point| point.month <= f64::from(month));
        before.map_or((1.0, 1.0, 1.0), |point| (point.share, point.low, point.high))
    };
    (0..=last).map(at).collect()
}

pub(super) fn curve_words(report: &Report) -> String {
    let Some(last) = report.curve.last() else { return String::new() };
    format!(
        "Contracts that still run are counted as long as they are known to run, and not as ended. The curve is sure as far as many were \
         seen: after {:.0} months {} were.",
        last.month,
        words::counted(last.n_at_risk, "contract", "contracts")
    )
}

fn period(months: i64) -> String {
    match months {
        1 => "monthly contracts".to_string(),
        12 => "yearly contracts".to_string(),
        months => format!("contracts of {months} months"),
    }
}

/// The fitted models in small print.
pub(super) fn projections(report: &Report) -> Vec<String> {
    let told = |p: &contracts::Projection| {
        let errors = p
            .standard_errors
            .map_or(String::new(), |[alpha, beta]| format!(" (standard errors {alpha:.3} and {beta:.3})"));
        let held = if p.is_held { "; customers are so alike that a weak prior holds them" } else { "" };
        format!(
            "{}: α {:.3}, β {:.3}{errors}{held}; {} of {} renewals lost.",
            period(p.period_months),
            p.alpha,
            p.beta,
            words::count(p.n_lost),
            words::count(p.n_faced)
        )
    };
    report.projections.iter().map(told).collect()
}

/// How long the contracts of one product last.
pub(super) struct OfProduct {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) period: String,
    pub(super) n: String,
    pub(super) running: String,
    pub(super) ended: String,
    pub(super) median: String,
    pub(super) of_a_year: String,
}

pub(super) fn products(report: &Report) -> Vec<OfProduct> {
    let told = |product: &Known| OfProduct {
        name: product.name.clone(),
        href: format!("/contracts?product={}#list", product.product_id),
        period: period(product.months),
        n: words::count(product.n),
        running: words::count(product.n_running),
        ended: words::count(product.n_ended),
        median: match (product.median, product.curve.is_empty()) {
            (Some(median), _) => format!("{median:.0} months"),
            (None, true) if product.n < FEWEST_OF_PRODUCT as u64 => {
                format!("needs {FEWEST_OF_PRODUCT} contracts")
            }
            (None, _) => "not reached".to_string(),
        },
        of_a_year: product.of_a_year.map_or("–".to_string(), |(share, low, high)| {
            format!("{} ({} – {})", words::share(share), words::share(low), words::share(high))
        }),
    };
    report.products.iter().map(told).collect()
}

pub(super) fn product_chart(report: &Report) -> Option<Chart> {
    let drawn: Vec<&Known> =
        report.products.iter().filter(|product| !product.curve.is_empty()).take(MOST_CURVES).collect();
    if drawn.len() < 2 {
        return None;
    }
    let last = |product: &Known| product.curve.last().map_or(0, |point| point.month as u32);
    let most = drawn.iter().map(|product| last(product)).max()?;
    let series = |product: &&Known| {
        let steps = monthly(&product.curve, last(product));
        let values = (0..=most).map(|month| steps.get(month as usize).map(|step| step.0)).collect();
        Series { name: product.name.clone(), values, interval: None }
    };
    Some(Chart {
        id: "products".to_string(),
        title: "By product".to_string(),
        subtitle: "Share of contracts that outlive a month, by the product with which they began".to_string(),
        kind: Kind::Lines,
        label_name: "Months paid for".to_string(),
        labels: (0..=most).map(|month| month.to_string()).collect(),
        unit: Unit::Share,
        series: drawn.iter().map(series).collect(),
    })
}

pub(super) fn alike(report: &Report) -> String {
    let Some(test) = report.alike else { return String::new() };
    let chance = if test.p_value < 0.001 { "below 0.1 %".to_string() } else { words::share(test.p_value) };
    let verdict = if test.p_value < 0.05 {
        "Products keep their customers differently"
    } else {
        "No difference between products is sure"
    };
    format!(
        "{verdict}: so much difference would come by chance in {chance} of cases (log-rank test, χ² {:.1}, {} degrees of freedom).",
        test.chi_square, test.degrees
    )
}

/// A month in the table.
pub(super) struct Month {
    pub(super) month: String,
    pub(super) at_start: String,
    pub(super) started: String,
    pub(super) ended: String,
    pub(super) ended_href: String,
    pub(super) share: String,
    pub(super) recurring: String,
}

pub(super) fn months(report: &Report, words: &Words) -> Vec<Month> {
    let told = |month: &Counted| Month {
        month: month_in_words(month.month),
        at_start: words::count(month.n_at_start),
        started: words::count(month.n_started),
        ended: words::count(month.n_ended),
        ended_href: ended_in(month.month),
        share: match (month.is_settled, month.churn()) {
            (false, _) => "not known yet".to_string(),
            (true, None) => "–".to_string(),
            (true, Some(share)) => format!(
                "{} ({} – {})",
                words::share(share.estimate),
                words::share(share.low),
                words::share(share.high)
            ),
        },
        recurring: words.money(month.recurring_minor),
    };
    report.months.iter().rev().take(MONTHS).map(told).collect()
}
