//! Lifetime value: what is expected of all, of whom nothing can be told and why, how the model did where it can be checked.

use cycle::analyze::lifetime_value::{Group, HoldoutReport, Model, Report};

use crate::charts::{Chart, Kind, Series, Unit};
use crate::pages::rows;
use crate::parts::Stat;
use crate::words;

pub(super) struct Lifetime {
    pub(super) horizon: String,
    pub(super) warnings: Vec<String>,
    pub(super) abstentions: Vec<String>,
    pub(super) bands: Vec<Band>,
    pub(super) band_chart: Option<Chart>,
    pub(super) unknown: Vec<Unknown>,
    pub(super) models: Vec<Fitted>,
    pub(super) holdout: Option<Checked>,
    pub(super) holdout_abstained: String,
}

/// Customers by their probability of being alive.
pub(super) struct Band {
    pub(super) label: String,
    pub(super) href: String,
    pub(super) customers: String,
    pub(super) orders: String,
    pub(super) money: String,
}

/// Customers about whom nothing is told.
pub(super) struct Unknown {
    pub(super) why: &'static str,
    pub(super) customers: String,
    pub(super) share: String,
    pub(super) href: String,
}

pub(super) struct Fitted {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) parameters: Vec<(String, String, String)>,
}

/// How the model did in a time that it had not seen.
pub(super) struct Checked {
    pub(super) words: String,
    pub(super) stats: Vec<Stat>,
    pub(super) chart: Chart,
}

/// The figures of the head of the page.
pub(super) fn stats(report: &Report) -> Vec<Stat> {
    let months = weeks(report.horizon_weeks);
    let definition = format!(
        "Revenue expected within {months} from the customers whose history allows a forecast, by BG/NBD and Gamma-Gamma."
    );
    let why = report.buying_abstained.as_ref().or(report.spending_abstained.as_ref());
    let money = match (&report.everybody, why) {
        (Some(group), None) => with_interval(report, group, &definition),
        (_, why) => {
            let why = why.cloned().unwrap_or_else(|| "the model could not be fitted".to_string());
            Stat::cannot_tell("Expected revenue", why, &definition)
        }
    };
    let n_unknown: u64 = report.abstained.iter().map(|group| group.n_customers).sum();
    vec![
        money,
        Stat::new(
            "Can’t tell",
            words::count(n_unknown),
            "Customers whose history is too short or too odd for an own forecast; the reasons stand below.",
        )
        .unit(&format!("of {}", words::count(report.firm.n_customers)))
        .rows("/rfm#cannot-tell"),
    ]
}

fn with_interval(report: &Report, group: &Group, definition: &str) -> Stat {
    let money = |minor| words::money_whole(minor, &report.currency);
    let stat = Stat::new("Expected revenue", money(group.value_minor), definition)
        .unit(&format!("in {}", weeks(report.horizon_weeks)));
    match (group.low_minor, group.high_minor) {
        (Some(low), Some(high)) => stat.interval(
            format!("{} – {}", money(low), money(high)),
            &format!("{:.0} % interval", report.level * 100.0),
        ),
        _ => stat,
    }
}

fn weeks(weeks: f64) -> String {
    format!("{weeks:.0} weeks")
}

pub(super) fn build(report: &Report) -> Lifetime {
    let money = |minor| words::money_whole(minor, &report.currency);
    Lifetime {
        horizon: weeks(report.horizon_weeks),
        warnings: report.warnings.clone(),
        abstentions: [&report.buying_abstained, &report.spending_abstained]
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
        bands: report
            .bands
            .iter()
            .map(|band| Band {
                label: format!("{:.0} to {:.0} %", band.from * 100.0, band.to * 100.0),
                href: rows::people(&band.rows),
                customers: words::count(band.n_customers),
                orders: words::count(band.expected_orders.round() as i64),
                money: money(band.value_minor),
            })
            .collect(),
        band_chart: (!report.bands.is_empty()).then(|| band_chart(report)),
        unknown: report
            .abstained
            .iter()
            .filter(|group| group.n_customers > 0)
            .map(|group| Unknown {
                why: group.why.in_words(),
                customers: words::count(group.n_customers),
                share: words::share(group.n_customers as f64 / report.firm.n_customers.max(1) as f64),
                href: rows::people(&group.rows),
            })
            .collect(),
        models: [&report.buying, &report.spending].into_iter().flatten().map(fitted).collect(),
        holdout: report.holdout.as_ref().map(checked),
        holdout_abstained: report.holdout_abstained.clone().unwrap_or_default(),
    }
}

fn band_chart(report: &Report) -> Chart {
    let n: Vec<f64> = report.bands.iter().map(|band| band.n_customers as f64).collect();
    Chart {
        id: "alive".to_string(),
        title: "Customers by probability of being alive".to_string(),
        subtitle: format!(
            "{} customers with a forecast of {}",
            words::count(report.firm.n_told),
            words::count(report.firm.n_customers)
        ),
        kind: Kind::Bars,
        label_name: "Probability of being alive".to_string(),
        labels: report
            .bands
            .iter()
            .map(|band| format!("{:.0}–{:.0} %", band.from * 100.0, band.to * 100.0))
            .collect(),
        unit: Unit::Count,
        series: vec![Series::of("Customers", &n)],
    }
}

fn fitted(model: &Model) -> Fitted {
    Fitted {
        name: model.name.clone(),
        about: format!(
            "Fitted to {}; log-likelihood {:.1}{}",
            words::counted(model.n_used, "customer", "customers"),
            model.log_likelihood,
            if model.prior_used { "; a weak prior holds parameters that the data leave open" } else { "" }
        ),
        parameters: model
            .parameters
            .iter()
            .map(|p| {
                let error =
                    p.standard_error.map_or_else(|| "not determined".to_string(), |se| format!("{se:.4}"));
                (p.name.clone(), format!("{:.4}", p.value), error)
            })
            .collect(),
    }
}

fn checked(holdout: &HoldoutReport) -> Checked {
    let expected: Vec<f64> = holdout.groups.iter().map(|group| group.expected_mean).collect();
    let actual: Vec<f64> = holdout.groups.iter().map(|group| group.actual_mean).collect();
    let last = holdout.groups.len().saturating_sub(1);
    let label = |(i, group): (usize, &cycle::analyze::lifetime_value::HoldoutGroup)| match i == last {
        true => format!("{} or more", group.n_repeat),
        false => group.n_repeat.to_string(),
    };
    Checked {
        words: format!(
            "Fitted on what was known at the end of {}, then compared with the {} that followed, for {}.",
            holdout.fitted_until,
            weeks(holdout.weeks),
            words::counted(holdout.n_customers as i64, "customer", "customers")
        ),
        stats: vec![
            Stat::new(
                "Orders expected",
                words::count(holdout.expected_orders.round() as i64),
                "Sum of the orders that the model expected of these customers.",
            )
            .unit(&format!("came {}", words::count(holdout.actual_orders))),
            Stat::new(
                "Buyers expected",
                words::count(holdout.expected_buyers.round() as i64),
                "Customers whom the model expected to order at least once.",
            )
            .unit(&format!("came {}", words::count(holdout.actual_buyers))),
            Stat::new(
                "Within the 80 % interval",
                words::share(holdout.share_in_80_percent_interval),
                "Share of customers whose number of orders lay in the interval that the model gave for them.",
            ),
        ],
        chart: Chart {
            id: "holdout".to_string(),
            title: "Orders for each customer: expected and come".to_string(),
            subtitle: "By number of repeat purchases before".to_string(),
            kind: Kind::Bars,
            label_name: "Repeat purchases before".to_string(),
            labels: holdout.groups.iter().enumerate().map(label).collect(),
            unit: Unit::Plain { digits: 2 },
            series: vec![Series::of("Expected", &expected), Series::of("Came", &actual)],
        },
    }
}
