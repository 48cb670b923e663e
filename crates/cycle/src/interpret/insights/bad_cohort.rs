//! A month of new customers who come back worse than the others, with what drives it where something does.
//!
//! Which months are worse is found by the cohort analysis (log-rank, corrected by Holm); here the gap is taken apart and
//! the counter-checks are asked.

use super::Answer;
use super::drivers::{self, CohortMember, Drivers, Segment};
use crate::analyze::cohorts::{ALARM, Analysis};
use crate::analyze::{Day, rows};
use crate::calendar::month_in_words;
use crate::interpret::View;
use crate::interpret::checks::silence_or_hole;
use crate::interpret::found::{
    Check, Evidence, Figure, Found, Kind, Member, MemberFigure, Money, Question, Silent, Table, Unit,
    Verdict, confidence,
};
use crate::interpret::words::{chance, count, customers, percent};
use platform::Result;
use platform::store::Snapshot;
use records::filter::{FieldCondition, Filter, Op};
use statistics::cohorts::Comparison;
use statistics::intervals::{Interval, newcombe_difference, wilson};

/// Months that are told of in one run, the worst first.
const MOST_COHORTS: usize = 3;
const LEVEL: f64 = 0.8;
const SHARE_LEVEL: f64 = 0.95;

/// The customers of one month and those it is compared with.
struct Compared {
    month: i32,
    /// Months within which a return counts.
    within: i32,
    own: Vec<CohortMember>,
    others: Vec<CohortMember>,
    /// Mean money that a returner of the others brought within these months after the first, minor units.
    worth: f64,
}

impl Compared {
    fn counts(members: &[CohortMember]) -> (u64, u64) {
        (members.iter().filter(|member| member.came_back).count() as u64, members.len() as u64)
    }
}

pub(super) fn find(view: &View<'_>, snapshot: &mut Snapshot<'_>) -> Answer {
    let Some(analysis) = &view.inputs.cohorts else {
        return Ok(Err(Silent::abstained(Kind::BadCohort, "no month of the orders is over")));
    };
    let tested = n_tested(analysis);
    if tested < 3 {
        let why = format!("only {tested} months of new customers can be compared; three are needed");
        return Ok(Err(Silent::abstained(Kind::BadCohort, why)));
    }
    let mut worse: Vec<&Comparison> =
        analysis.comparisons.iter().filter(|comparison| comparison.p_adjusted < ALARM).collect();
    if worse.is_empty() {
        let why = format!(
            "none of {tested} months of new customers comes back worse than the others beyond chance"
        );
        return Ok(Err(Silent::nothing(Kind::BadCohort, why)));
    }
    worse.sort_by(|a, b| a.p_adjusted.total_cmp(&b.p_adjusted).then_with(|| b.month.cmp(&a.month)));
    worse.truncate(MOST_COHORTS);
    let mut found = Vec::with_capacity(worse.len());
    for comparison in worse {
        let compared = compared(view, analysis, comparison.month);
        let drivers = drivers::find(view, snapshot, &compared.own, &compared.others)?;
        found.extend(insight(view, analysis, comparison, &compared, &drivers)?);
    }
    Ok(Ok(found))
}

/// Months of new customers that could be compared.
fn n_tested(analysis: &Analysis) -> usize {
    analysis.comparisons.iter().filter(|comparison| comparison.p_adjusted.is_finite()).count()
}

/// Reads who belongs to the month and to the others that are old enough.
fn compared(view: &View<'_>, analysis: &Analysis, month: i32) -> Compared {
    let facts = view.facts();
    let last = analysis.last_day;
    let last_month = if last.next().month() > last.month() { last.month() } else { last.month() - 1 };
    let within = (analysis.compared_months as i32).min(last_month - month).max(1);
    let first_compared = analysis
        .triangle
        .cohorts
        .get(usize::from(analysis.first_may_hold_older))
        .map_or(month, |cohort| cohort.month);
    let mut found = Compared { month, within, own: Vec::new(), others: Vec::new(), worth: 0.0 };
    let (mut money, mut returners) = (0.0, 0u64);
    for customer in 0..facts.n_customers() {
        let mut bought = facts.orders(customer).until(last).purchases();
        let Some((first, _)) = bought.next() else { continue };
        let first = Day(first).month();
        if first < first_compared || first + within > last_month {
            continue;
        }
        let (from, until) = (Day::last_of_month(first), Day::last_of_month(first + within));
        let came_back = bought.any(|(day, _)| day > from.0 && day <= until.0);
        let member = CohortMember { customer, came_back };
        if first == month {
            found.own.push(member);
            continue;
        }
        if came_back {
            money += view.corrected.spent(facts, customer, from, until) as f64;
            returners += 1;
        }
        found.others.push(member);
    }
    found.worth = if returners > 0 { money / returners as f64 } else { 0.0 };
    found
}

fn insight(
    view: &View<'_>,
    analysis: &Analysis,
    comparison: &Comparison,
    compared: &Compared,
    drivers: &Drivers,
) -> Result<Option<Found>> {
    let (own, others) = (Compared::counts(&compared.own), Compared::counts(&compared.others));
    let Some(gap) = newcombe_difference(own, others, LEVEL) else { return Ok(None) };
    let month = month_in_words(compared.month);
    let n = own.1;
    let minor = |share: f64| (-share * n as f64 * compared.worth).max(0.0) as i64;
    let money = Money {
        expected_minor: minor(gap.estimate),
        low_minor: minor(gap.high),
        high_minor: minor(gap.low),
        level: LEVEL,
    };
    let main = drivers.main();
    let because = because(main, drivers, gap);
    let claim = format!(
        "Of {} who first bought in {month} only {} came back within {} months, of the other months {}. {because} That cost about {} \
         ({} to {}) so far.",
        customers(n),
        percent(Segment::share(own)),
        compared.within,
        percent(Segment::share(others)),
        view.money(money.expected_minor),
        view.money(money.low_minor),
        view.money(money.high_minor)
    );
    let checks = checks(view, analysis, comparison, compared, main);
    Ok(Some(Found {
        kind: Kind::BadCohort,
        about: month.clone(),
        claim,
        evidence: evidence(compared, comparison, drivers, n_tested(analysis), gap),
        n_customers: n,
        money: Some(money),
        money_how: format!(
            "Customers of {month} times the gap in the share that came back times what a returner of the other months brought within \
             {} months ({} on average). The interval (80 %) is that of the gap (Newcombe).",
            compared.within,
            view.money(compared.worth as i64)
        ),
        confidence: confidence(&checks),
        checks,
        refuted_by: format!(
            "If the customers of {month} catch up in the next months, or the same calendar month of the next year comes back as badly \
             without the driver, it was the season or chance."
        ),
        suggested_action: match main {
            Some(main) => format!(
                "Look at what {} “{}” promised in {month} (price, discount, audience) before it is done again; bring such customers a \
                 reason for a second order at the full price.",
                main.attribute, main.value
            ),
            None => format!(
                "Ask what was different in {month}: campaign, delivery, range, staff. No part of the customers known here explains it."
            ),
        },
        people: members(view, compared),
    }))
}

/// What stands behind the gap, as a sentence.
fn because(main: Option<&Segment>, drivers: &Drivers, gap: Interval) -> String {
    let Some(main) = main else {
        return format!(
            "No driver was found: none of {} parts (channel, country, first till, first article) differs from the rest beyond chance.",
            drivers.n_tested
        );
    };
    let explained = (main.by_rate + main.by_mix) / gap.estimate;
    format!(
        "The driver is {} “{}”: {} of the month's customers, of whom {} came back, of the rest {}. It explains {} of the gap.",
        main.attribute,
        main.value,
        percent(main.own.1 as f64 / (main.own.1 + main.rest.1).max(1) as f64),
        percent(Segment::share(main.own)),
        percent(Segment::share(main.rest)),
        if explained > 1.0 { "all".to_string() } else { percent(explained) }
    )
}

fn evidence(
    compared: &Compared,
    comparison: &Comparison,
    drivers: &Drivers,
    n_tested: usize,
    gap: Interval,
) -> Evidence {
    let filter = drivers.main().filter(|main| main.attribute == "channel").map(|main| {
        let source = FieldCondition { name: "source".to_string(), op: Op::Is, value: main.value.clone() };
        Filter::All(vec![rows::of_cohort(compared.month), Filter::Field(source)])
    });
    Evidence {
        query: "bad cohort".to_string(),
        definition: format!(
            "Customers by the month of their first purchase; came back: bought in a later month within {} months. Months are compared \
             by a log-rank test of the time to the first return, corrected by Holm for {} months; parts of the month by the share \
             that came back, corrected by Holm for {} parts.",
            compared.within, n_tested, drivers.n_tested
        ),
        last_day: String::new(),
        figures: figures(compared, comparison, drivers, gap),
        tables: vec![parts(drivers)],
        filter_note: match &filter {
            Some(_) => {
                "The filter holds the driver's part of the month; the list holds the whole month.".to_string()
            }
            None => String::new(),
        },
        filter: Some(filter.unwrap_or_else(|| rows::of_cohort(compared.month))),
        quality_rows: None,
    }
}

fn figures(compared: &Compared, comparison: &Comparison, drivers: &Drivers, gap: Interval) -> Vec<Figure> {
    let (own, others) = (Compared::counts(&compared.own), Compared::counts(&compared.others));
    let share = |name: &str, label: &str, counts: (u64, u64)| {
        let figure = Figure::new(name, label, Unit::Share, Segment::share(counts)).of(counts.1);
        match wilson(counts.0, counts.1, SHARE_LEVEL) {
            Some(i) => figure.between(i.low, i.high, SHARE_LEVEL),
            None => figure,
        }
    };
    let expected = "Returns to be expected at the rate of the others";
    let mut figures = vec![
        share("came_back", "Came back", own),
        share("others_came_back", "Came back of the other months", others),
        Figure::new("gap", "Gap", Unit::Share, gap.estimate).between(gap.low, gap.high, LEVEL).of(own.1),
        Figure::new("expected", expected, Unit::Count, comparison.expected).of(own.1),
        Figure::new("returned", "Returns that came", Unit::Count, comparison.returned as f64).of(own.1),
        Figure::new("worth", "Money of a returner of the other months", Unit::Money, compared.worth)
            .of(others.0),
    ];
    if let Some(main) = drivers.main() {
        figures.push(share("driver", "Came back of the driver's part", main.own));
        figures.push(share("rest", "Came back of the rest of the month", main.rest));
        figures.push(share("driver_elsewhere", "Came back of the same part in other months", main.others));
    }
    figures
}

/// Parts shown in the table.
const MOST_PARTS: usize = 12;

fn parts(drivers: &Drivers) -> Table {
    let columns = [
        "Part",
        "Customers",
        "Came back",
        "Rest of month",
        "Same part elsewhere",
        "By rate",
        "By mix",
        "Chance",
    ];
    let rows = drivers.segments.iter().take(MOST_PARTS).map(|segment| {
        let points = |share: f64| format!("{:+.1}", 100.0 * share);
        vec![
            format!("{}: {}", segment.attribute, segment.value),
            count(segment.own.1),
            percent(Segment::share(segment.own)),
            percent(Segment::share(segment.rest)),
            percent(Segment::share(segment.others)),
            points(segment.by_rate),
            points(segment.by_mix),
            chance(segment.p_adjusted).trim_start_matches("= ").to_string(),
        ]
    });
    Table {
        caption: "Parts of the month: who came back, and what they add to the gap (points)".to_string(),
        columns: columns.map(str::to_string).to_vec(),
        rows: rows.collect(),
    }
}

/// The whole month, those who did not come back first.
fn members(view: &View<'_>, compared: &Compared) -> Vec<Member> {
    let facts = view.facts();
    let last = view.inputs.last_day;
    let mut found: Vec<(bool, i64, u32)> = compared
        .own
        .iter()
        .map(|member| {
            (
                member.came_back,
                view.corrected.spent(facts, member.customer, Day(i32::MIN), last),
                member.customer,
            )
        })
        .collect();
    found.sort_unstable_by(|a, b| (a.0, b.1, a.2).cmp(&(b.0, a.1, b.2)));
    let member = |(came_back, spent, customer): (bool, i64, u32)| Member {
        person_id: facts.id(customer).to_string(),
        figures: vec![
            MemberFigure::new("Came back (1 yes)", Unit::Count, f64::from(u8::from(came_back))),
            MemberFigure::new("Spent in all", Unit::Money, spent as f64),
        ],
    };
    found.into_iter().map(member).collect()
}

fn checks(
    view: &View<'_>,
    analysis: &Analysis,
    comparison: &Comparison,
    compared: &Compared,
    main: Option<&Segment>,
) -> Vec<Check> {
    let since = Day::first_of_month(compared.month);
    let n_tested = n_tested(analysis);
    let looks = format!(
        "{n_tested} months were compared; after Holm's correction for that the chance of so few returns without a reason is p {}.",
        chance(comparison.p_adjusted)
    );
    let verdict = if comparison.p_adjusted < 0.01 { Verdict::Stands } else { Verdict::Weakened };
    vec![
        silence_or_hole(view, since, 0),
        mix(main),
        season(analysis, compared.month),
        regression(analysis, compared.month),
        Check::new(Question::TooManyLooks, verdict, looks),
    ]
}

/// Is the month worse because another sort of customers came?
fn mix(main: Option<&Segment>) -> Check {
    let Some(main) = main else {
        let words = "No part of the month (channel, country, first till, first article) differs from the rest beyond chance, so the \
                     mix does not explain it.";
        return Check::new(Question::MixShift, Verdict::Stands, words);
    };
    let words = format!(
        "Of the gap {:+.1} points come from “{}” being a larger part than in other months, and {:+.1} from it coming back worse than \
         elsewhere.",
        100.0 * main.by_mix,
        main.value,
        100.0 * main.by_rate
    );
    if main.by_mix < main.by_rate {
        let words =
            format!("{words} It is mostly the mix: that is the driver, not a reason to doubt the gap.");
        return Check::new(Question::MixShift, Verdict::Stands, words);
    }
    Check::new(
        Question::MixShift,
        Verdict::Stands,
        format!("{words} It is mostly these customers themselves."),
    )
}

/// Was the same calendar month as bad a year before or after?
fn season(analysis: &Analysis, month: i32) -> Check {
    let same = analysis.comparisons.iter().filter(|c| c.month != month && (c.month - month) % 12 == 0);
    let same: Vec<&Comparison> = same.filter(|c| c.p_value.is_finite() && c.expected > 0.0).collect();
    if same.is_empty() {
        let words = "The same calendar month of another year cannot be compared.";
        return Check::new(Question::Season, Verdict::CannotTell, words);
    }
    let (returned, expected) =
        same.iter().fold((0.0, 0.0), |sum, c| (sum.0 + c.returned as f64, sum.1 + c.expected));
    let words = format!(
        "The same calendar month of other years had {returned:.0} returns where {expected:.0} were to be expected."
    );
    let bad = same.iter().any(|c| c.p_value < 0.05);
    Check::new(Question::Season, if bad { Verdict::Weakened } else { Verdict::Stands }, words)
}

/// The worst of many months is always worse than the mean: are its neighbours at the mean?
fn regression(analysis: &Analysis, month: i32) -> Check {
    let neighbours: Vec<&Comparison> = analysis
        .comparisons
        .iter()
        .filter(|c| (c.month - month).abs() == 1 && c.p_value.is_finite())
        .collect();
    if neighbours.is_empty() {
        return Check::new(
            Question::RegressionToTheMean,
            Verdict::CannotTell,
            "There are no neighbouring months to compare.",
        );
    }
    let bad = neighbours.iter().filter(|c| c.p_value < 0.05).count();
    let words = format!(
        "{} of {} neighbouring months come back worse too; the correction for many looks covers that the worst was picked.",
        bad,
        neighbours.len()
    );
    Check::new(Question::RegressionToTheMean, Verdict::Stands, words)
}
