//! A metric that moved in the last month beyond noise and season, and the customers who moved it.
//!
//! What moved is found by `analyze::moves`; here the claim is made, of metrics that say the same thing only the one that says
//! it best, and the counter-checks are asked.

use super::Answer;
use crate::analyze::moves::{Dimension, Expectation, Move, Part, Report, Side, Verdict as Judged};
use crate::interpret::View;
use crate::interpret::checks::{ALARM, amounts, silence_or_hole};
use crate::interpret::found::{
    Check, Evidence, Figure, Found, Kind, Member, MemberFigure, Money, Question, Silent, Table, Unit,
    Verdict, confidence,
};
use crate::interpret::words::{chance, count, percent};
use crate::plan::metrics::values::in_words;
use crate::plan::metrics::{self, Direction, Metric, Unit as MetricUnit, rows as metric_rows};
use crate::plan::periods::Period;
use platform::store::Snapshot;
use records::filter::{FieldCondition, Filter, Op};

/// Metrics that move together: of each family the first that moved speaks for the others.
const FAMILIES: [&[&str]; 5] = [
    &["revenue", "orders", "active_customers", "new_customers", "sales_growth"],
    &["average_order_value", "orders_per_customer"],
    &["churn", "retention", "repeat_purchase_rate"],
    &["return_rate"],
    &["email_click_rate", "unsubscribe_rate"],
];
/// Parts shown of one side.
const MOST_PARTS: usize = 8;

/// The months that are compared.
#[derive(Clone, Copy)]
struct Months {
    before: Period,
    now: Period,
}

pub(super) fn find(view: &View<'_>, snapshot: &mut Snapshot<'_>) -> Answer {
    let kind = Kind::MetricMoved;
    let Some(report) = view.inputs.moves.as_deref() else {
        return Ok(Err(Silent::abstained(kind, "the metrics were not compared with their past")));
    };
    let (Some(before), Some(now)) = (report.before, report.period) else {
        return Ok(Err(Silent::abstained(kind, "two months that are over are needed to compare them")));
    };
    if report.n_tested == 0 {
        let why = "no metric has enough months behind it to tell a change from noise";
        return Ok(Err(Silent::abstained(kind, why)));
    }
    let moved: Vec<&Move> = FAMILIES
        .iter()
        .filter_map(|family| {
            let of = |key: &&str| report.of(key).filter(|found| found.verdict == Judged::Moved);
            family.iter().find_map(of)
        })
        .collect();
    if moved.is_empty() {
        let why = format!(
            "none of {} metrics left in {now} what noise and season let expect, corrected for looking at all of them",
            report.n_tested
        );
        return Ok(Err(Silent::nothing(kind, why)));
    }
    let mut found = Vec::with_capacity(moved.len());
    for one in moved {
        let reference = metrics::MetricRef { key: one.key.clone(), version: one.version };
        let metric = metrics::get(snapshot, &reference)?;
        found.extend(insight(view, report, &metric, one, Months { before, now }));
    }
    Ok(Ok(found))
}

fn insight(view: &View<'_>, report: &Report, metric: &Metric, one: &Move, months: Months) -> Option<Found> {
    let (value, expected) = (one.value?, one.expectation?);
    let driver = driver(one, value - expected.value);
    let said = |value: f64| in_words(value, metric.unit, view.currency);
    let money = money(metric, value, expected, report);
    let by_whom = by_whom(metric, &driver, view);
    let claim = format!(
        "{} was {} in {}, where {} to {} was to be expected. {by_whom}",
        metric.name,
        said(value),
        months.now,
        said(expected.low),
        said(expected.high)
    );
    let members = members(view, driver.as_ref(), months);
    let checks = checks(view, report, (metric, one), driver.as_ref(), months);
    let good = metric.direction.is_better(value, expected.value);
    Some(Found {
        kind: Kind::MetricMoved,
        about: format!("{} {}", metric.key, months.now),
        claim,
        n_customers: members.len() as u64,
        money,
        money_how: match money {
            Some(_) => format!(
                "{} of {} less what was to be expected; the interval is that of the expectation.",
                metric.name, months.now
            ),
            None => format!("{} is not counted in money of a month.", metric.name),
        },
        evidence: evidence(view, report, metric, one, (driver.as_ref(), expected), months),
        confidence: confidence(&checks),
        checks,
        refuted_by: format!(
            "If {} is back within the expected range next month without anything having been done, it was a single event or chance.",
            metric.name.to_lowercase()
        ),
        suggested_action: suggestion(metric, driver.as_ref(), good, months),
        people: members,
    })
}

/// The part that moved otherwise than the rest, in the direction of the whole, if there is one.
fn driver(one: &Move, moved: f64) -> Option<(Side, Part)> {
    let parts = one.dimensions.iter().flat_map(|d| d.parts.iter().map(move |part| (d.side, part)));
    let drives = |part: &Part| part.p_adjusted.is_some_and(|p| p < ALARM) && part.total * moved > 0.0;
    parts
        .filter(|(_, part)| drives(part))
        .max_by(|a, b| a.1.total.abs().total_cmp(&b.1.total.abs()))
        .map(|(side, part)| (side, part.clone()))
}

fn by_whom(metric: &Metric, driver: &Option<(Side, Part)>, view: &View<'_>) -> String {
    let Some((side, part)) = driver else {
        return "No group of customers stands out: it moved alike everywhere.".to_string();
    };
    let said =
        |value: Option<f64>| value.map_or("nothing".to_string(), |v| in_words(v, metric.unit, view.currency));
    format!(
        "It was moved by {}: {} there, after {} in the month before, otherwise than the rest.",
        named(*side, &part.label),
        said(part.now),
        said(part.before)
    )
}

fn named(side: Side, label: &str) -> String {
    match side {
        Side::Source => format!("customers who came through “{label}”"),
        Side::Country => format!("customers in “{label}”"),
        Side::Category => format!("the category “{label}”"),
        Side::Age => label.to_string(),
        Side::Tier | Side::Segment => format!("customers who were “{label}” before"),
    }
}

/// Money of the month beside what was expected, where the metric is a sum of money.
fn money(metric: &Metric, value: f64, expected: Expectation, report: &Report) -> Option<Money> {
    let orders = || report.of("orders").and_then(|orders| orders.value);
    let times = match metric.key.as_str() {
        "revenue" => 1.0,
        "average_order_value" => orders()?,
        _ => return None,
    };
    let away = |expected: f64| ((value - expected).abs() * times).round() as i64;
    let (near, far) = match value > expected.value {
        true => (expected.high, expected.low),
        false => (expected.low, expected.high),
    };
    Some(Money {
        expected_minor: away(expected.value),
        low_minor: away(near),
        high_minor: away(far),
        level: crate::analyze::forecasts::LEVEL,
    })
}

fn suggestion(metric: &Metric, driver: Option<&(Side, Part)>, good: bool, months: Months) -> String {
    let whom = driver.map_or("all customers alike".to_string(), |(side, part)| named(*side, &part.label));
    let way = if metric.direction == Direction::Up { "rose" } else { "fell" };
    match good {
        true => format!(
            "Find out what happened in {} among {whom}, and whether it can be done again: it {way} by itself or by something \
             that was done.",
            months.now
        ),
        false => format!(
            "Ask what was different in {} for {whom} (delivery, prices, range, a campaign that ended) before the next month is \
             planned, and talk to those who bought less.",
            months.now
        ),
    }
}

fn evidence(
    view: &View<'_>,
    report: &Report,
    metric: &Metric,
    one: &Move,
    (driver, expected): (Option<&(Side, Part)>, Expectation),
    months: Months,
) -> Evidence {
    let unit = figure_unit(metric);
    let value = one.value.unwrap_or_default();
    let expectation = Figure::new("expected", "Was to be expected", unit, expected.value);
    let mut figures = vec![
        Figure::new("value", &format!("{} in {}", metric.name, months.now), unit, value),
        expectation.between(expected.low, expected.high, crate::analyze::forecasts::LEVEL),
        Figure::new("metrics", "Metrics that were looked at", Unit::Count, report.n_tested as f64),
    ];
    if let Some(before) = one.before {
        figures.insert(1, Figure::new("before", &format!("In {}", months.before), unit, before));
    }
    let filter = filter(metric, driver, months);
    Evidence {
        query: "metric moved".to_string(),
        definition: format!(
            "{} What was to be expected is the forecast of the months before (95 %), made without knowing {}. A metric moved if it \
             lies outside at p < {ALARM} after Holm's correction for {} metrics, and the search for changes sees it too. The \
             tables take the change since {} apart; parts sum to it.",
            metric.definition, months.now, report.n_tested, months.before
        ),
        last_day: String::new(),
        figures,
        tables: one.dimensions.iter().map(|dimension| table(view, metric, dimension)).collect(),
        filter_note: match filter {
            Some(_) => "The filter holds who made the figure; the list holds who bought in either month, the largest change first."
                .to_string(),
            None => String::new(),
        },
        filter,
        quality_rows: None,
    }
}

fn figure_unit(metric: &Metric) -> Unit {
    match metric.unit {
        MetricUnit::Money => Unit::Money,
        MetricUnit::Count => Unit::Count,
        MetricUnit::Share => Unit::Share,
        MetricUnit::Days => Unit::Days,
        MetricUnit::Ratio => Unit::Number,
    }
}

fn table(view: &View<'_>, metric: &Metric, dimension: &Dimension) -> Table {
    let said =
        |value: Option<f64>| value.map_or("–".to_string(), |v| in_words(v, metric.unit, view.currency));
    let added = |value: f64| match value == 0.0 {
        true => "–".to_string(),
        false => {
            format!("{}{}", if value > 0.0 { "+" } else { "" }, in_words(value, metric.unit, view.currency))
        }
    };
    let row = |part: &Part| {
        vec![
            part.label.clone(),
            said(part.before),
            said(part.now),
            added(part.total),
            added(part.volume + part.mix),
            added(part.rate),
            part.p_adjusted.map_or("–".to_string(), |p| chance(p).trim_start_matches("= ").to_string()),
        ]
    };
    let columns =
        ["Part", "Before", "Now", "Added to the change", "By more or others", "By another rate", "Chance"];
    Table {
        caption: dimension.side.label().to_string(),
        columns: columns.map(str::to_string).to_vec(),
        rows: dimension.parts.iter().take(MOST_PARTS).map(row).collect(),
    }
}

/// Who made the figure, of the part that moved it.
fn filter(metric: &Metric, driver: Option<&(Side, Part)>, months: Months) -> Option<Filter> {
    let people = metric_rows::of(metric, months.now)?;
    let field = |name: &str, value: &str| {
        let op = if value.is_empty() { Op::IsNotSet } else { Op::Is };
        Filter::Field(FieldCondition { name: name.to_string(), op, value: value.to_string() })
    };
    let part = match driver {
        Some((Side::Source, part)) => field("source", &part.filter_value),
        Some((Side::Country, part)) => field("country", &part.filter_value),
        _ => return Some(people),
    };
    Some(Filter::All(vec![people, part]))
}

/// Who bought in either month, of the part that moved it; the largest change of money first.
fn members(view: &View<'_>, driver: Option<&(Side, Part)>, months: Months) -> Vec<Member> {
    let facts = view.facts();
    let belongs = |customer: u32| match driver {
        Some((Side::Source, part)) => facts.source(customer) == part.filter_value,
        Some((Side::Country, part)) => {
            facts.country_names()[usize::from(facts.country_number(customer))] == part.filter_value
        }
        Some((Side::Age, part)) => {
            let first = facts.orders(customer).purchases().next().map(|(day, _)| day);
            let is_new = first.is_some_and(|day| day >= months.now.first.0);
            is_new == part.label.starts_with("new")
        }
        _ => true,
    };
    let mut found: Vec<(i64, i64, u32)> = (0..facts.n_customers())
        .filter(|customer| belongs(*customer))
        .filter_map(|customer| {
            let spent =
                |period: Period| view.corrected.spent(facts, customer, period.first.plus(-1), period.last);
            let (before, now) = (spent(months.before), spent(months.now));
            (before != 0 || now != 0).then_some((before, now, customer))
        })
        .collect();
    found
        .sort_unstable_by_key(|(before, now, customer)| (std::cmp::Reverse((now - before).abs()), *customer));
    let member = |(before, now, customer): (i64, i64, u32)| Member {
        person_id: facts.id(customer).to_string(),
        figures: vec![
            MemberFigure::new("Spent less or more", Unit::Money, (now - before) as f64),
            MemberFigure::new("Spent in the month before", Unit::Money, before as f64),
            MemberFigure::new("Spent in the month", Unit::Money, now as f64),
        ],
    };
    found.into_iter().map(member).collect()
}

fn checks(
    view: &View<'_>,
    report: &Report,
    (metric, one): (&Metric, &Move),
    driver: Option<&(Side, Part)>,
    months: Months,
) -> Vec<Check> {
    vec![fault(view, months), mix(one, driver), season(view, metric, one), earlier(one), looks(report, one)]
}

/// Are orders missing, or amounts at fault, in the month itself?
fn fault(view: &View<'_>, months: Months) -> Check {
    let touches = |from: i64, until: i64| from < months.now.until() && until > months.before.from();
    let odd = view.suspects.iter().find(|suspect| {
        suspect.oddity.from_at.zip(suspect.oddity.until_at).is_some_and(|(from, until)| touches(from, until))
    });
    if let Some(odd) = odd {
        let words = format!("Amounts in one of the two months look wrong: {}", odd.oddity.words);
        return Check::new(Question::DataFault, Verdict::Explained, words);
    }
    let hole = silence_or_hole(view, months.before.first, 0);
    if hole.verdict == Verdict::Stands { amounts(view, 0) } else { hole }
}

/// Did the customers behave otherwise, or did other customers buy?
fn mix(one: &Move, driver: Option<&(Side, Part)>) -> Check {
    let Some(dimension) = one.dimensions.iter().find(|d| driver.is_none_or(|driver| driver.0 == d.side))
    else {
        return Check::new(Question::MixShift, Verdict::CannotTell, "It is not made of groups of customers.");
    };
    let sum = |of: fn(&Part) -> f64| dimension.parts.iter().map(of).sum::<f64>();
    let (total, mix) = (sum(|part| part.total), sum(|part| part.mix));
    if total == 0.0 {
        return Check::new(
            Question::MixShift,
            Verdict::CannotTell,
            "It hardly changed since the month before.",
        );
    }
    let share = mix / total;
    let words = format!(
        "Seen by {}, {} of the change since the month before comes from another mix of customers.",
        dimension.side.label().to_lowercase(),
        percent(share.clamp(-9.99, 9.99))
    );
    let verdict = if share > 0.5 { Verdict::Weakened } else { Verdict::Stands };
    Check::new(Question::MixShift, verdict, words)
}

/// Does the same month of the year before explain it?
fn season(view: &View<'_>, metric: &Metric, one: &Move) -> Check {
    let Some(beside) = one.year_before else {
        let words = "Too few months can be held against the same month of a year before.";
        return Check::new(Question::Season, Verdict::CannotTell, words);
    };
    let words = format!(
        "Handled: the same month of the year before, carried on by the months before both, lets expect {}; the chance of being so \
         far off is p {}.",
        in_words(beside.expected, metric.unit, view.currency),
        chance(beside.p_value)
    );
    Check::new(Question::Season, Verdict::Stands, words)
}

/// Would the same reckoning have raised alarms before?
fn earlier(one: &Move) -> Check {
    let (alarms, n) = one.earlier;
    let words = format!("Put to the {n} months before, the same reckoning raises {alarms} alarms.");
    let verdict = match (alarms, n) {
        (_, 0) => Verdict::CannotTell,
        (0, _) => Verdict::Stands,
        _ => Verdict::Weakened,
    };
    Check::new(Question::Earlier, verdict, words)
}

fn looks(report: &Report, one: &Move) -> Check {
    let p = one.expectation.map_or(1.0, |expectation| expectation.p_adjusted);
    let words = format!(
        "{} metrics were looked at; after Holm's correction for that the chance of a value so far off is p {}.",
        count(report.n_tested as u64),
        chance(p)
    );
    Check::new(Question::TooManyLooks, if p < 0.01 { Verdict::Stands } else { Verdict::Weakened }, words)
}
