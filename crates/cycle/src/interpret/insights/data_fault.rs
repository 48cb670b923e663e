//! A data fault that bends a metric: revenue with and without what the quality board calls impossible.
//!
//! The first question about any change. It shows the figure both ways and corrects nothing in the records.

use super::Answer;
use crate::analyze::Day;
use crate::interpret::View;
use crate::interpret::checks::{ALARM, FEWEST};
use crate::interpret::corrected::Suspect;
use crate::interpret::found::{
    Check, Evidence, Figure, Found, Kind, Money, Question, Silent, Table, Unit, Verdict, confidence,
};
use crate::interpret::words::{chance, count, number, percent};
use crate::process::quality::{Oddity, OddityKind};
use platform::store::Snapshot;
use platform::{Result, params};
use statistics::distributions::{normal_quantile, normal_upper_tail};

const LEVEL: f64 = 0.8;
/// A fault that bends its month's revenue by less than this share is left to the quality board.
const SMALLEST_BEND: f64 = 0.01;
/// Faults told of in one run, the largest first; the quality board has them all.
const MOST_FAULTS: usize = 5;

/// Revenue and orders of the months that a fault touches.
struct Months {
    from: Day,
    until: Day,
    n_orders: u64,
    revenue_minor: i64,
}

pub(super) fn find(view: &View<'_>, snapshot: &mut Snapshot<'_>) -> Answer {
    let Some(board) = &view.inputs.quality else {
        return Ok(Err(Silent::abstained(Kind::DataFault, "the quality of the records was never measured")));
    };
    let mut found = Vec::new();
    for oddity in &board.oddities {
        let months = months(snapshot, oddity)?;
        let bend = oddity.excess_minor as f64 / (months.revenue_minor.max(1)) as f64;
        if bend.abs() < SMALLEST_BEND {
            continue;
        }
        let a_year_ago = a_year_before(snapshot, oddity)?;
        found.push(insight(view, oddity, &months, a_year_ago));
    }
    found.sort_by_key(|found| std::cmp::Reverse(found.money.map_or(0, |money| money.expected_minor)));
    found.truncate(MOST_FAULTS);
    if found.is_empty() {
        let why = format!(
            "{} odd periods were found, and none bends its month's revenue by {} or more",
            board.oddities.len(),
            percent(SMALLEST_BEND)
        );
        return Ok(Err(Silent::nothing(Kind::DataFault, why)));
    }
    Ok(Ok(found))
}

fn months(snapshot: &mut Snapshot<'_>, oddity: &Oddity) -> Result<Months> {
    let sql = "SELECT count(*), coalesce(sum(counted_minor), 0), min(ordered_at), max(ordered_at) FROM orders
         WHERE ordered_at >= $1 AND ordered_at < $2 AND counted_minor <> 0";
    let (from, until) = match (oddity.from_at, oddity.until_at) {
        (Some(from), Some(until)) => {
            (Day::first_of_month(Day::of(from).month()), Day::last_of_month(Day::of(until - 1).month()))
        }
        // A fault of an import has no days of its own: all that there is.
        _ => (Day(i32::MIN / 2), Day::of(snapshot.now())),
    };
    let row = |row: &platform::store::Row<'_>| {
        Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<Option<i64>>(2)?, row.get::<Option<i64>>(3)?))
    };
    let (n, revenue_minor, first, last) =
        snapshot.one(sql, &params![from.start(), until.next().start()], row)?;
    let whole = oddity.from_at.is_none();
    Ok(Months {
        from: if whole { first.map_or(from, Day::of) } else { from },
        until: if whole { last.map_or(until, Day::of) } else { until },
        n_orders: n.unsigned_abs(),
        revenue_minor,
    })
}

/// Orders and mean order value of the same channel on the same days a year before: none is `(0, 0)`.
fn a_year_before(snapshot: &mut Snapshot<'_>, oddity: &Oddity) -> Result<(u64, f64)> {
    let (Some(from), Some(until)) = (oddity.from_at, oddity.until_at) else { return Ok((0, 0.0)) };
    let year = 364 * platform::clock::DAY;
    snapshot.one(
        "SELECT count(*), coalesce(sum(counted_minor), 0) FROM orders
         WHERE ordered_at >= $1 AND ordered_at < $2 AND coalesce(channel, '') = $3 AND is_return = 0 AND counted_minor > 0",
        &params![from - year, until - year, oddity.source],
        |row| {
            let (n, sum) = (row.get::<i64>(0)?.unsigned_abs(), row.get::<i64>(1)?);
            Ok((n, if n > 0 { sum as f64 / n as f64 } else { 0.0 }))
        },
    )
}

fn insight(view: &View<'_>, oddity: &Oddity, months: &Months, a_year_ago: (u64, f64)) -> Found {
    let suspect = view.suspects.iter().find(|suspect| suspect.oddity.id == oddity.id);
    let mut checks = vec![season(view, oddity, a_year_ago), looks(view, oddity)];
    if let Some(suspect) = suspect {
        checks.insert(0, prices(suspect));
        checks.push(one_customer(suspect));
    }
    let excess = excess(oddity);
    let without = months.revenue_minor - oddity.excess_minor;
    let claim = format!(
        "{} This bends revenue of {} to {}: {} as recorded, about {} without it.",
        oddity.words,
        months.from,
        months.until,
        view.money(months.revenue_minor),
        view.money(without)
    );
    Found {
        kind: Kind::DataFault,
        about: oddity.id.clone(),
        claim,
        evidence: evidence(oddity, months, suspect, excess),
        n_customers: suspect.map_or(0, |suspect| suspect.n_customers),
        money: Some(excess),
        money_how: "What the fault adds to revenue or takes from it: the sum of the period less the sum at the usual order \
                    value; the interval is that of the usual value. It is money that is wrong in the books, not money to win."
            .to_string(),
        confidence: confidence(&checks),
        checks,
        refuted_by: refuted_by(oddity.kind).to_string(),
        suggested_action: suggested_action(oddity.kind).to_string(),
        people: Vec::new(),
    }
}

fn refuted_by(kind: OddityKind) -> &'static str {
    match kind {
        OddityKind::MissingDays => {
            "Somebody who knows that the shop was closed, or the source itself: if it has no orders of these days, nothing is missing."
        }
        _ => {
            "The files as the channel exported them, or somebody who knows of a real reason: if the articles truly cost that much, \
             or the orders were truly placed, the claim falls."
        }
    }
}

fn suggested_action(kind: OddityKind) -> &'static str {
    match kind {
        OddityKind::MissingDays => {
            "Ask whether the shop was closed; if not, export these days again and import them."
        }
        _ => {
            "Open the rows, compare a few with the source, then correct the file and import it again; until then read the figures \
             of this period without it."
        }
    }
}

/// The excess with the interval that its distance from the yardstick gives.
fn excess(oddity: &Oddity) -> Money {
    let size = oddity.excess_minor.abs();
    let times = oddity.found / oddity.typical;
    let log_times = times.ln().abs();
    let error = oddity.z.filter(|z| z.abs() > 0.0).map(|z| log_times / z.abs());
    let (low, high) = match (oddity.kind, error) {
        (OddityKind::AmountJump, Some(error)) if log_times > 0.0 => {
            let half = normal_quantile(0.5 + 0.5 * LEVEL) * error;
            // Excess is sum × (1 − 1/times); only the factor in brackets is uncertain.
            let share = |log: f64| (1.0 - (-log).exp()).abs();
            let scale = size as f64 / share(log_times);
            (scale * share((log_times - half).max(0.0)), scale * share(log_times + half))
        }
        (_, Some(_)) | (_, None) => {
            // Counts: the usual number has a Poisson error.
            let usual = oddity.typical.max(1.0);
            let part = normal_quantile(0.5 + 0.5 * LEVEL) / usual.sqrt();
            (size as f64 * (1.0 - part).max(0.0), size as f64 * (1.0 + part))
        }
    };
    Money { expected_minor: size, low_minor: low as i64, high_minor: high as i64, level: LEVEL }
}

fn evidence(oddity: &Oddity, months: &Months, suspect: Option<&Suspect>, excess: Money) -> Evidence {
    let without = (months.revenue_minor - oddity.excess_minor) as f64;
    let n = months.n_orders.max(1);
    let mut figures = vec![
        Figure::new("revenue_with", "Revenue as recorded", Unit::Money, months.revenue_minor as f64)
            .of(months.n_orders),
        Figure::new("revenue_without", "Revenue without the fault", Unit::Money, without).of(months.n_orders),
        Figure::new(
            "order_value_with",
            "Mean order value as recorded",
            Unit::Money,
            months.revenue_minor as f64 / n as f64,
        )
        .of(n),
        Figure::new(
            "order_value_without",
            "Mean order value without the fault",
            Unit::Money,
            without / n as f64,
        )
        .of(n),
        Figure::new("excess", "Money that cannot be right", Unit::Money, excess.expected_minor as f64)
            .between(excess.low_minor as f64, excess.high_minor as f64, excess.level)
            .of(oddity.n_rows),
    ];
    if let Some(suspect) = suspect {
        figures.push(
            Figure::new("times", "Order value, times the usual", Unit::Number, suspect.times)
                .of(oddity.n_rows),
        );
        if let Some(price) = suspect.price_times {
            figures.push(
                Figure::new("price_times", "Price of the same article, times the usual", Unit::Number, price)
                    .of(suspect.n_products as u64),
            );
        }
    }
    let tables = vec![Table {
        caption: "The metric with and without the fault".to_string(),
        columns: ["", "From", "To", "Orders"].map(str::to_string).to_vec(),
        rows: vec![
            vec![
                "Months shown".into(),
                months.from.to_string(),
                months.until.to_string(),
                count(months.n_orders),
            ],
            vec![
                "Fault".into(),
                oddity.from_at.map_or_else(String::new, |at| Day::of(at).to_string()),
                oddity.until_at.map_or_else(String::new, |at| Day::of(at - 1).to_string()),
                count(oddity.n_rows),
            ],
        ],
    }];
    Evidence {
        query: "data fault".to_string(),
        definition: "A period in which a source's order values, number of orders or copied lines stand five robust standard \
                     deviations and three times away from its weeks around. Revenue: counted orders less returns of the months \
                     touched."
            .to_string(),
        last_day: String::new(),
        figures,
        tables,
        filter: None,
        filter_note: String::new(),
        quality_rows: Some(format!("oddity.{}", oddity.id)),
    }
}

/// The decisive test: the same articles at other times.
fn prices(suspect: &Suspect) -> Check {
    let question = Question::MixShift;
    match suspect.price_times {
        None => Check::new(
            question,
            Verdict::CannotTell,
            "No article of the period was sold at other times, so prices cannot be compared: other articles may have been sold.",
        ),
        Some(price) if suspect.is_confirmed() => Check::new(
            question,
            Verdict::Stands,
            format!(
                "The same {} articles cost {} times their usual price in these orders: neither other articles nor larger \
                 baskets explain it.",
                suspect.n_products,
                number(price)
            ),
        ),
        Some(price) => Check::new(
            question,
            Verdict::Explained,
            format!(
                "The same {} articles cost {} times their usual price, so prices are not at fault: larger baskets, dearer \
                 articles or a real sale may be behind it.",
                suspect.n_products,
                number(price)
            ),
        ),
    }
}

/// Whether days lie at the turn of the year, when many firms close: from 20 December to 6 January.
fn turn_of_the_year(from: Day, until: Day) -> bool {
    let of_year = |day: Day| (day.month().rem_euclid(12) + 1, day.0 - Day::first_of_month(day.month()).0 + 1);
    let inside = |day: Day| matches!(of_year(day), (12, 20..) | (1, ..=6));
    inside(from) && inside(until) && until.0 - from.0 < 20
}

fn season(view: &View<'_>, oddity: &Oddity, (n, mean): (u64, f64)) -> Check {
    if let (OddityKind::MissingDays, Some(from), Some(until)) = (oddity.kind, oddity.from_at, oddity.until_at)
    {
        if turn_of_the_year(Day::of(from), Day::of(until - 1)) {
            let words = "The days lie at the turn of the year, when many firms close.";
            return Check::new(Question::Season, Verdict::Explained, words);
        }
        let words = "Firms close for holidays and stocktaking; nothing in the records tells that from a missing file.";
        return Check::new(Question::Season, Verdict::Weakened, words);
    }
    if oddity.kind == OddityKind::VolumeJump {
        let words = "A campaign or a holiday can bring so many orders; nothing in the records tells that from orders read twice.";
        return Check::new(Question::Season, Verdict::Weakened, words);
    }
    if n == 0 || oddity.kind != OddityKind::AmountJump {
        let words = "The weeks around are the yardstick, so that a season moves it along; the same days a year before cannot be \
                     compared.";
        return Check::new(Question::Season, Verdict::CannotTell, words);
    }
    let usual = oddity.typical;
    let again = mean / usual > 3.0 || mean / usual < 1.0 / 3.0;
    let words = format!(
        "On the same days a year before {} orders of the channel were worth {} on average, where about {} is usual now.",
        count(n),
        view.money(mean as i64),
        view.money(usual as i64)
    );
    if again {
        Check::new(
            Question::Season,
            Verdict::Weakened,
            format!("{words} It happened then too: a season, or the same fault."),
        )
    } else {
        Check::new(Question::Season, Verdict::Stands, format!("{words} It did not happen then."))
    }
}

/// How often chance alone would give such a day among all that were looked at.
fn looks(view: &View<'_>, oddity: &Oddity) -> Check {
    let question = Question::TooManyLooks;
    let Some(z) = oddity.z else {
        let words = "Days without any order where dozens are usual do not come by chance; no test is needed.";
        return Check::new(question, Verdict::Stands, words);
    };
    let days = view.facts().span().map_or(1, |(first, last)| (last.0 - first.0 + 1).max(1)) as f64;
    let n_looks = days * view.facts().source_names().len().max(1) as f64;
    // The tails of real order values are heavier than normal ones: a quarter of the distance is not counted.
    let p = (2.0 * normal_upper_tail(0.75 * z.abs()) * n_looks).min(1.0);
    let words = format!(
        "About {} days of channels were looked at. So far from the usual ({} robust standard deviations, a quarter of them \
         discounted for heavy tails) one of them would stand by chance with p {}.",
        number(n_looks.round()),
        number(z.abs()),
        chance(p)
    );
    Check::new(question, if p < ALARM { Verdict::Stands } else { Verdict::Weakened }, words)
}

fn one_customer(suspect: &Suspect) -> Check {
    let words = format!(
        "The customer with the most has {} of the period's {} orders' money.",
        percent(suspect.largest_share),
        count(suspect.n_orders)
    );
    if suspect.largest_share > 0.5 && suspect.n_orders > 1 {
        Check::new(
            Question::RegressionToTheMean,
            Verdict::Weakened,
            format!("{words} One large customer may be behind it."),
        )
    } else if suspect.n_orders < FEWEST {
        Check::new(Question::RegressionToTheMean, Verdict::CannotTell, format!("{words} They are few."))
    } else {
        Check::new(
            Question::RegressionToTheMean,
            Verdict::Stands,
            format!("{words} No single extreme order makes it."),
        )
    }
}
