//! Contracts that come to their renewal soon with a risk well above the usual, and the payments that hang on it.
//!
//! The risks are those of `analyze::contracts`; here the claim is made and the counter-checks are asked. Who would stay if
//! rung up only a test can tell.

use super::Answer;
use crate::analyze::Day;
use crate::analyze::contracts::{Analysis, Contract, GRACE_DAYS, HORIZON_DAYS, MONTHS, Told};
use crate::interpret::View;
use crate::interpret::checks::silence_or_hole;
use crate::interpret::found::{
    Check, Evidence, Figure, Found, Kind, Member, MemberFigure, Money, Question, Silent, Unit, Verdict,
    confidence,
};
use crate::interpret::words::{count, percent};
use platform::store::Snapshot;
use records::filter::{FieldCondition, Filter, Op};
use statistics::distributions::normal_quantile;

/// So many times the usual risk is well above it.
const TIMES: f64 = 2.0;
/// Contracts below which nothing is said: of those that are due, and of those at risk.
const FEWEST_DUE: usize = 30;
const FEWEST: usize = 5;
const LEVEL: f64 = 0.8;

/// A contract that is due, with what is told of it.
struct Due<'a> {
    contract: &'a Contract,
    told: &'a Told,
    risk: f64,
    /// Payments of the coming 12 months if the next one comes.
    at_stake: f64,
}

/// Those that are due, and of them those at risk.
struct Risky<'a> {
    due: Vec<Due<'a>>,
    n: usize,
    usual: f64,
    threshold: f64,
}

pub(super) fn find(view: &View<'_>, _: &mut Snapshot<'_>) -> Answer {
    let kind = Kind::RenewalAtRisk;
    let Some(found) = view.inputs.contracts.as_deref().filter(|found| !found.contracts.products.is_empty())
    else {
        return Ok(Err(Silent::abstained(kind, "no product is marked as paid by period")));
    };
    if !found.trained.is_used() {
        let why =
            format!("the risk of contracts cannot be told yet. {}", found.trained.report.needs.join(" "));
        return Ok(Err(Silent::abstained(kind, why)));
    }
    let risky = risky(view, found);
    if risky.due.len() < FEWEST_DUE {
        let why = format!(
            "{} contracts come to their renewal within {HORIZON_DAYS} days; {FEWEST_DUE} are needed to say what is usual",
            count(risky.due.len() as u64)
        );
        return Ok(Err(Silent::abstained(kind, why)));
    }
    if risky.n < FEWEST {
        let why = format!(
            "of {} contracts that come to their renewal within {HORIZON_DAYS} days {} have a risk of {TIMES:.0} times the usual {}",
            count(risky.due.len() as u64),
            count(risky.n as u64),
            percent(risky.usual)
        );
        return Ok(Err(Silent::nothing(kind, why)));
    }
    Ok(Ok(vec![insight(view, found, &risky)]))
}

/// The contracts that are due, the highest risk first.
fn risky<'a>(view: &View<'_>, found: &'a Analysis) -> Risky<'a> {
    let until = view.inputs.last_day.0 + HORIZON_DAYS;
    let mut due: Vec<Due<'a>> = Vec::new();
    for (contract, told) in found.contracts.running().zip(&found.told) {
        let Some(risk) = told.risk.filter(|_| found.contracts.newest(contract).until <= until) else {
            continue;
        };
        let newest = found.contracts.newest(contract);
        let one = (newest.monthly_minor * i64::from(newest.months)) as f64;
        // What is expected holds the risk already; without it there is at least the next payment.
        let expected = told.worth.map_or(0.0, |worth| worth.expected_minor as f64);
        let at_stake = if risk < 0.99 { (expected / (1.0 - risk)).max(one) } else { one };
        due.push(Due { contract, told, risk, at_stake });
    }
    due.sort_by(|a, b| b.risk.total_cmp(&a.risk).then(a.contract.customer.cmp(&b.contract.customer)));
    let usual = due.iter().map(|one| one.risk).sum::<f64>() / due.len().max(1) as f64;
    let threshold = TIMES * usual;
    let n = due.partition_point(|one| one.risk >= threshold);
    Risky { due, n, usual, threshold }
}

impl<'a> Risky<'a> {
    fn members(&self) -> &[Due<'a>] {
        &self.due[..self.n]
    }

    /// How many of the members are expected to leave, with the interval.
    fn expected(&self) -> (f64, f64, f64) {
        let sum: f64 = self.members().iter().map(|one| one.risk).sum();
        let chance: f64 = self.members().iter().map(|one| one.risk * (1.0 - one.risk)).sum();
        let half = normal_quantile(0.5 + 0.5 * LEVEL) * chance.sqrt();
        (sum, (sum - half).max(0.0), (sum + half).min(self.n as f64))
    }

    /// What is expected to be lost: the risk times the payments that hang on it; the interval is that of chance.
    fn money(&self) -> Money {
        let lost: f64 = self.members().iter().map(|one| one.risk * one.at_stake).sum();
        let chance: f64 =
            self.members().iter().map(|one| one.risk * (1.0 - one.risk) * one.at_stake * one.at_stake).sum();
        let half = normal_quantile(0.5 + 0.5 * LEVEL) * chance.sqrt();
        Money {
            expected_minor: lost.round() as i64,
            low_minor: (lost - half).max(0.0).round() as i64,
            high_minor: (lost + half).round() as i64,
            level: LEVEL,
        }
    }
}

fn insight(view: &View<'_>, found: &Analysis, risky: &Risky<'_>) -> Found {
    let (n, money, expected) = (risky.n as u64, risky.money(), risky.expected());
    let checks = checks(view, found, risky);
    let claim = format!(
        "{} of {} contracts that come to their renewal within {HORIZON_DAYS} days have at least {TIMES:.0} times the usual risk of not \
         being renewed ({}). About {:.0} of them ({:.0} to {:.0}) will end if nothing is done, and with them about {} ({} to {}) of \
         the payments of the coming {MONTHS} months.",
        count(n),
        count(risky.due.len() as u64),
        percent(risky.usual),
        expected.0,
        expected.1,
        expected.2,
        view.money(money.expected_minor),
        view.money(money.low_minor),
        view.money(money.high_minor)
    );
    let mut members: Vec<&Due<'_>> = risky.members().iter().collect();
    members.sort_by(|a, b| (b.risk * b.at_stake).total_cmp(&(a.risk * a.at_stake)));
    let member = |one: &&Due<'_>| {
        let newest = found.contracts.newest(one.contract);
        Member {
            person_id: view.facts().id(one.contract.customer).to_string(),
            figures: vec![
                MemberFigure::new(
                    "Days to the renewal",
                    Unit::Days,
                    f64::from(newest.until - view.inputs.last_day.0),
                ),
                MemberFigure::new("Risk of not renewing", Unit::Share, one.risk),
                MemberFigure::new("Pays a month", Unit::Money, newest.monthly_minor as f64),
                MemberFigure::new("Expected to be lost", Unit::Money, one.risk * one.at_stake),
            ],
        }
    };
    Found {
        kind: Kind::RenewalAtRisk,
        about: "renewals".to_string(),
        claim,
        evidence: evidence(view, risky, expected),
        n_customers: n,
        money: Some(money),
        money_how: format!(
            "Of each contract its risk times the payments of the coming {MONTHS} months that come if the next one does. The interval \
             (80 %) is that of chance, each contract leaving or staying by itself."
        ),
        confidence: confidence(&checks),
        checks,
        refuted_by: format!(
            "If {} days from now no more of them have ended than of the other contracts that were due, the risks told nothing.",
            HORIZON_DAYS + GRACE_DAYS
        ),
        suggested_action: "Ring up a random half of them before the renewal and ask what they need; the other half shows how many \
                           would have stayed anyway."
            .to_string(),
        people: members.iter().map(member).collect(),
    }
}

fn evidence(view: &View<'_>, risky: &Risky<'_>, expected: (f64, f64, f64)) -> Evidence {
    let n_due = risky.due.len() as u64;
    let until = view.inputs.last_day.plus(HORIZON_DAYS);
    let field = |name: &str, op: Op, value: String| {
        Filter::Field(FieldCondition { name: name.to_string(), op, value })
    };
    Evidence {
        query: "renewal-at-risk".to_string(),
        definition: format!(
            "Running contracts whose cover ends by {until}, those that are overdue by less than {GRACE_DAYS} days among them. Usual is \
             the mean risk of all of these; listed is who has at least {TIMES:.0} times of it."
        ),
        last_day: String::new(),
        figures: vec![
            Figure::new("at_risk", "Contracts with a risk well above the usual", Unit::Count, risky.n as f64)
                .of(n_due),
            Figure::new("usual", "Usual risk of those that are due", Unit::Share, risky.usual).of(n_due),
            Figure::new("expected", "Expected to end", Unit::Count, expected.0)
                .between(expected.1, expected.2, LEVEL)
                .of(risky.n as u64),
        ],
        tables: Vec::new(),
        filter: Some(Filter::All(vec![
            field("contract_until_at", Op::AtMost, until.to_string()),
            field("contract_risk", Op::AtLeast, format!("{:.4}", risky.threshold - 0.000_05)),
        ])),
        filter_note: String::new(),
        quality_rows: None,
    }
}

fn checks(view: &View<'_>, found: &Analysis, risky: &Risky<'_>) -> Vec<Check> {
    let since: Day = view.inputs.last_day.plus(-HORIZON_DAYS - GRACE_DAYS);
    vec![silence_or_hole(view, since, 0), new_ones(risky), earlier(found)]
}

/// Are they simply new? Of new contracts many leave at the first renewals, whoever they are.
fn new_ones(risky: &Risky<'_>) -> Check {
    let told: Vec<(f64, f64)> =
        risky.members().iter().filter_map(|one| Some((one.risk, one.told.by_renewals?))).collect();
    if told.len() < FEWEST {
        let words = "What the number of renewals alone would say is not known: there are too few of them.";
        return Check::new(Question::MixShift, Verdict::CannotTell, words);
    }
    let n = told.len() as f64;
    let (said, plain) =
        (told.iter().map(|t| t.0).sum::<f64>() / n, told.iter().map(|t| t.1).sum::<f64>() / n);
    let words = format!(
        "By the number of their renewals alone {} of them would leave; by what else is known of them {}. The usual risk is {}.",
        percent(plain),
        percent(said),
        percent(risky.usual)
    );
    let remains = (said - plain) / (said - risky.usual);
    let verdict = if remains < 0.5 { Verdict::Weakened } else { Verdict::Stands };
    Check::new(Question::MixShift, verdict, words)
}

/// Did those with the highest risks leave oftener, when the same was reckoned a period ago?
fn earlier(found: &Analysis) -> Check {
    let tried = found.trained.report.backtest.as_ref();
    let Some((tried, top)) = tried.and_then(|tried| Some((tried, tried.quality.deciles.first()?))) else {
        let words =
            "The model could not be put to an earlier day: too few contracts came to their renewal since.";
        return Check::new(Question::Earlier, Verdict::CannotTell, words);
    };
    let words = format!(
        "As it would have been on {}, the tenth with the highest risks was said to leave in {} of cases; {} of {} did, {:.1} times \
         (at least {:.1}, 95 %) as often as the others that were due.",
        tried.known_until,
        percent(top.expected),
        count(top.n_positive),
        count(top.n),
        top.lift,
        top.lift_low
    );
    let verdict = if top.lift_low > 1.0 { Verdict::Stands } else { Verdict::Weakened };
    Check::new(Question::Earlier, verdict, words)
}
