//! Valuable customers who have likely left: high value, and silent for longer than their own rhythm explains.
//!
//! It lists nobody who bought once: of those nothing can be told. It does not say why somebody left.

use super::Answer;
use crate::analyze::Day;
use crate::analyze::lifetime_value::{HORIZON_WEEKS, QUESTION};
use crate::analyze::rfm::TIER_WINDOW_DAYS;
use crate::analyze::{Facts, rows};
use crate::interpret::View;
use crate::interpret::checks::{FEWEST, channels, silence_or_hole};
use crate::interpret::found::{
    Check, Evidence, Figure, Found, Kind, Member, MemberFigure, Money, Question, Silent, Unit, Verdict,
    confidence,
};
use crate::interpret::words::{count, customers, number, percent};
use platform::Result;
use platform::store::Snapshot;
use records::filter::Filter;
use statistics::intervals::wilson;
use statistics::lifetime_value::bg_nbd::{Customer, Fit, Parameters};
use statistics::lifetime_value::gamma_gamma::{self, Spender};
use statistics::lifetime_value::group_ahead::group_ahead;
use statistics::rfm::Tier;
use std::collections::{HashMap, HashSet};

/// More likely gone than not.
pub(super) const LIKELY_GONE: f64 = 0.5;
/// A rhythm needs two intervals.
const FEWEST_REPEATS: u32 = 2;

/// The models that a forecast needs.
struct Models<'a> {
    buying: &'a Fit,
    spending: &'a gamma_gamma::Fit,
}

/// A listed customer.
struct Lost {
    /// The place in the vectors of RFM, and in those of the lifetime value.
    at: usize,
    value_at: usize,
    history: Customer,
    alive: f64,
    /// What such a customer would spend in a year had it stayed, times the probability that it left; in the currency's unit.
    at_stake: f64,
}

pub(super) fn find(view: &View<'_>, snapshot: &mut Snapshot<'_>) -> Answer {
    let abstained = |why: String| Ok(Err(Silent::abstained(Kind::LikelyLost, why)));
    let buying = match &view.inputs.lifetime_value.buying {
        Ok(fit) if fit.nobody_seen_leaving() => {
            return abstained(
                "in this history nobody has been seen to leave, so silence says nothing".to_string(),
            );
        }
        Ok(fit) => fit,
        Err(error) => return abstained(format!("whether customers are still there cannot be told: {error}")),
    };
    let spending = match &view.corrected.spending {
        Ok(fit) => fit,
        Err(error) => return abstained(format!("what they are worth cannot be told: {error}")),
    };
    let models = Models { buying, spending };
    let n_high = view.corrected.tiers.iter().filter(|tier| **tier == Tier::High).count() as u64;
    let mut lost = listed(view, &models);
    let (n_pairs, elsewhere) = bought_elsewhere(view, snapshot, &lost)?;
    lost.retain(|lost| !elsewhere.contains(&lost.at));
    if lost.is_empty() {
        let why = format!("of {} of high value nobody is more likely gone than not", customers(n_high));
        return Ok(Err(Silent::nothing(Kind::LikelyLost, why)));
    }
    lost.sort_by(|a, b| b.at_stake.total_cmp(&a.at_stake).then_with(|| a.at.cmp(&b.at)));
    Ok(Ok(vec![insight(view, &models, &lost, n_high, (n_pairs, elsewhere.len() as u64))]))
}

/// The places of customers whom this insight names; other kinds leave them out.
pub(super) fn places(view: &View<'_>) -> Vec<usize> {
    let models = view.inputs.lifetime_value.buying.as_ref().ok().zip(view.corrected.spending.as_ref().ok());
    let Some((buying, spending)) = models.filter(|(buying, _)| !buying.nobody_seen_leaving()) else {
        return Vec::new();
    };
    listed(view, &Models { buying, spending }).into_iter().map(|lost| lost.at).collect()
}

fn listed(view: &View<'_>, models: &Models<'_>) -> Vec<Lost> {
    let value = &view.inputs.lifetime_value;
    let mut lost = Vec::new();
    for (at, tier) in view.corrected.tiers.iter().enumerate() {
        if *tier != Tier::High && !was_high(view, at) {
            continue;
        }
        let Some(value_at) = value.place(view.inputs.rfm.customers[at]) else {
            continue;
        };
        let Some(history) = value.histories[value_at].filter(|history| history.n_repeat >= FEWEST_REPEATS)
        else {
            continue;
        };
        let Some(alive) = value.forecasts[value_at].probability_alive.filter(|alive| *alive < LIKELY_GONE)
        else {
            continue;
        };
        let Some(worth) = models.spending.parameters.expected_mean_value(&view.corrected.spenders[value_at])
        else {
            continue;
        };
        let at_stake = (1.0 - alive) * orders_had_they_stayed(&models.buying.parameters, &history) * worth;
        lost.push(Lost { at, value_at, history, alive, at_stake });
    }
    lost
}

/// The model as it is for somebody who left after the last purchase: the leaving is one of the purchases that it judges
/// the customer by, so Beta(a + 1, b + x − 1) instead of Beta(a, b + x).
fn having_left(parameters: &Parameters) -> Parameters {
    Parameters { a: parameters.a + 1.0, b: parameters.b - 1.0, ..*parameters }
}

/// Orders in a year from the last purchase on of a customer with this history who stays that time.
fn orders_had_they_stayed(parameters: &Parameters, history: &Customer) -> f64 {
    let at_last = Customer { age: history.recency, ..*history };
    let left = having_left(parameters);
    left.expected_purchases(&at_last, HORIZON_WEEKS) / left.probability_alive(&at_last)
}

/// The places of those who have another card, as the search for duplicates proposes, on which somebody bought since.
fn bought_elsewhere(
    view: &View<'_>,
    snapshot: &mut Snapshot<'_>,
    lost: &[Lost],
) -> Result<(u64, HashSet<usize>)> {
    let facts = view.facts();
    let places: HashMap<&str, usize> =
        lost.iter().map(|lost| (facts.id(view.inputs.rfm.customers[lost.at]), lost.at)).collect();
    let last_purchase = |customer: u32| {
        let orders = facts.orders(customer).until(view.inputs.last_day);
        orders.purchases().last().map(|row| row.0)
    };
    let (mut n_pairs, mut found) = (0, HashSet::new());
    snapshot.each(
        "SELECT left_id, right_id FROM duplicate_pairs WHERE state = 'proposed' AND record_kind = 'person'",
        &[],
        |row| {
            n_pairs += 1;
            let (left, right) = (row.text(0)?, row.text(1)?);
            for (id, other) in [(left, right), (right, left)] {
                let (Some(&at), Some(other)) = (places.get(id), facts.find(other)) else { continue };
                if last_purchase(other) > last_purchase(view.inputs.rfm.customers[at]) {
                    found.insert(at);
                }
            }
            Ok(())
        },
    )?;
    Ok((n_pairs, found))
}

/// Do they buy on, under another number?
fn cards(n_pairs: u64, n_elsewhere: u64) -> Check {
    if n_pairs == 0 {
        let words = "No pairs of duplicates are known; where none were searched for, some may buy on under a second number.";
        return Check::new(Question::SecondNumber, Verdict::CannotTell, words);
    }
    let words = format!(
        "Among {} open pairs of likely duplicates {} of high value seem to buy on under a second number; they are left out.",
        count(n_pairs),
        customers(n_elsewhere)
    );
    Check::new(Question::SecondNumber, Verdict::Stands, words)
}

/// A quarter ago of high value: silence itself lowers the tier of today.
fn was_high(view: &View<'_>, at: usize) -> bool {
    let before = view.inputs.rfm.previous_tiers.get(at).copied().flatten();
    // A tier that suspect amounts may have made is not believed.
    before == Some(Tier::High) && view.corrected.recent_minor[at] == view.inputs.rfm.recent_minor[at]
}

fn insight(
    view: &View<'_>,
    models: &Models<'_>,
    lost: &[Lost],
    n_high: u64,
    (n_pairs, n_elsewhere): (u64, u64),
) -> Found {
    let sums = Sums::of(view, models, lost);
    let mut checks = checks(view, lost, sums.money.as_ref(), sums.recent_minor);
    checks.insert(1, cards(n_pairs, n_elsewhere));
    Found {
        kind: Kind::LikelyLost,
        about: "high value".to_string(),
        claim: sums.claim(view),
        evidence: evidence(view, sums.figures(n_high)),
        n_customers: sums.n,
        money: sums.money,
        money_how: "For each the probability of having left times what such a customer would spend in 52 weeks had they stayed \
                    (BG/NBD and Gamma-Gamma). The interval (80 %) is that of a forecast for the whole group: chance and the doubt \
                    about the model. Revenue, not profit."
            .to_string(),
        confidence: confidence(&checks),
        checks,
        refuted_by: format!(
            "If more than {:.0} of the {} order again within their usual {:.0} days without being contacted, silence was no \
             leaving.",
            (sums.still_there * 1.5 + 1.0).ceil(),
            count(sums.n),
            sums.rhythm_days
        ),
        suggested_action: "Win back: contact the first of the list personally and ask what changed; leave a random part of them \
                           uncontacted, so that the effect can be measured."
            .to_string(),
        people: lost.iter().map(|lost| member(view, lost)).collect(),
    }
}

/// The listed together.
struct Sums {
    n: u64,
    money: Option<Money>,
    /// Expected to be still customers.
    still_there: f64,
    recent_minor: i64,
    share_of_revenue: f64,
    rhythm_days: f64,
    silence_days: f64,
}

impl Sums {
    fn of(view: &View<'_>, models: &Models<'_>, lost: &[Lost]) -> Self {
        let recent_minor: i64 = lost.iter().map(|lost| view.corrected.recent_minor[lost.at]).sum();
        let all: i64 = view.corrected.recent_minor.iter().sum();
        Self {
            n: lost.len() as u64,
            money: money(view, models, lost),
            still_there: lost.iter().map(|lost| lost.alive).sum(),
            recent_minor,
            share_of_revenue: recent_minor as f64 / all.max(1) as f64,
            rhythm_days: median(
                lost.iter().map(|lost| 7.0 * lost.history.recency / f64::from(lost.history.n_repeat)),
            ),
            silence_days: median(lost.iter().map(|lost| 7.0 * (lost.history.age - lost.history.recency))),
        }
    }

    fn claim(&self, view: &View<'_>) -> String {
        let amount = self.money.map_or_else(
            || "What that costs cannot be told.".to_string(),
            |money| {
                format!(
                    "About {} of the coming year's revenue went with them ({} to {}).",
                    view.money(money.expected_minor),
                    view.money(money.low_minor),
                    view.money(money.high_minor)
                )
            },
        );
        format!(
            "{} of high value {} likely left: typically they bought every {:.0} days and have been silent for {:.0} now. {amount}",
            customers(self.n),
            if self.n == 1 { "has" } else { "have" },
            self.rhythm_days,
            self.silence_days
        )
    }

    fn figures(&self, n_high: u64) -> Vec<Figure> {
        let n = self.n;
        let still_there = "Expected to be still there all the same";
        let mut figures = vec![
            Figure::new("listed", "Likely gone", Unit::Count, n as f64).of(n_high),
            Figure::new("still_there", still_there, Unit::Count, self.still_there).of(n),
            Figure::new("recent", "Spent in the last 12 months", Unit::Money, self.recent_minor as f64).of(n),
            Figure::new(
                "share_of_revenue",
                "Share of all revenue of 12 months",
                Unit::Share,
                self.share_of_revenue,
            ),
            Figure::new("rhythm", "Usual days between orders (median)", Unit::Days, self.rhythm_days).of(n),
            Figure::new("silence", "Days since the last order (median)", Unit::Days, self.silence_days).of(n),
        ];
        if let Some(share) = wilson(n, n_high.max(n), 0.95) {
            let label = "Share of the customers of high value";
            let figure = Figure::new("share", label, Unit::Share, share.estimate);
            figures.insert(1, figure.between(share.low, share.high, 0.95).of(n_high.max(n)));
        }
        if let Some(money) = self.money {
            let label = "Expected value lost, 52 weeks";
            let figure = Figure::new("at_stake", label, Unit::Money, money.expected_minor as f64);
            figures.push(figure.between(money.low_minor as f64, money.high_minor as f64, money.level).of(n));
        }
        figures
    }
}

fn evidence(view: &View<'_>, figures: Vec<Figure>) -> Evidence {
    let likely_gone = rows::of_alive(0.0, LIKELY_GONE);
    let filter = Filter::All(vec![
        Filter::Any(vec![
            rows::of_tier("high"),
            rows::of_move(Some("high"), "mid"),
            rows::of_move(Some("high"), "low"),
        ]),
        likely_gone,
    ]);
    Evidence {
        query: "likely lost".to_string(),
        definition: format!(
            "High value: the best fifth of the buyers by the money of {TIER_WINDOW_DAYS} days, today or a quarter ago. Likely gone: at least three purchase days and a probability of being alive below {LIKELY_GONE} by BG/NBD, which \
             weighs the silence against each customer's own rhythm."
        ),
        last_day: String::new(),
        figures,
        tables: Vec::new(),
        filter: Some(filter),
        filter_note: if view.corrected.n_orders > 0 {
            "The filter takes the records as they are and asks for no third purchase, so it may hold a few more.".to_string()
        } else {
            "The filter asks for no third purchase, so it may hold a few more.".to_string()
        },
        quality_rows: None,
    }
}

/// The sum over the listed; its interval is that of the group's forecast on the day of the last orders, in proportion.
fn money(view: &View<'_>, models: &Models<'_>, lost: &[Lost]) -> Option<Money> {
    let at_last: Vec<Customer> =
        lost.iter().map(|lost| Customer { age: lost.history.recency, ..lost.history }).collect();
    let spenders: Vec<Spender> = lost.iter().map(|lost| view.corrected.spenders[lost.value_at]).collect();
    let group = group_ahead(models.buying, models.spending, &at_last, &spenders, &QUESTION)?;
    let interval = group.interval.filter(|_| group.expected > 0.0)?;
    let expected: f64 = lost.iter().map(|lost| lost.at_stake).sum();
    let minor = |units: f64| view.inputs.lifetime_value.minor(units);
    Some(Money {
        expected_minor: minor(expected),
        low_minor: minor(expected * interval.low / group.expected),
        high_minor: minor(expected * interval.high / group.expected),
        level: QUESTION.level,
    })
}

fn member(view: &View<'_>, lost: &Lost) -> Member {
    let facts = view.facts();
    let h = lost.history;
    Member {
        person_id: facts.id(view.inputs.rfm.customers[lost.at]).to_string(),
        figures: vec![
            MemberFigure::new(
                "At stake",
                Unit::Money,
                view.inputs.lifetime_value.minor(lost.at_stake) as f64,
            ),
            MemberFigure::new("Probability alive", Unit::Share, lost.alive),
            MemberFigure::new("Days since last order", Unit::Days, 7.0 * (h.age - h.recency)),
            MemberFigure::new(
                "Usual days between orders",
                Unit::Days,
                7.0 * h.recency / f64::from(h.n_repeat),
            ),
            MemberFigure::new("Spent in 12 months", Unit::Money, view.corrected.recent_minor[lost.at] as f64),
        ],
    }
}

fn checks(view: &View<'_>, lost: &[Lost], money: Option<&Money>, recent: i64) -> Vec<Check> {
    let shortest =
        lost.iter().map(|lost| lost.history.age - lost.history.recency).fold(f64::INFINITY, f64::min);
    let since = view.inputs.last_day.plus(-((7.0 * shortest) as i32));
    let value = &view.inputs.lifetime_value;
    let has_left = |at: usize| {
        let forecast = value.place(view.inputs.rfm.customers[at]).map(|at| value.forecasts[at]);
        forecast.and_then(|forecast| forecast.probability_alive).is_some_and(|alive| alive < LIKELY_GONE)
    };
    let tiers = view.inputs.rfm.tiers.iter().zip(&view.corrected.tiers).enumerate();
    let fallen_out = tiers.filter(|(at, (recorded, corrected))| {
        **recorded == Tier::High && **corrected != Tier::High && has_left(*at)
    });
    let listed: Vec<u32> = lost.iter().map(|lost| view.inputs.rfm.customers[lost.at]).collect();
    let lost_places: HashSet<usize> = lost.iter().map(|lost| lost.at).collect();
    let others: Vec<u32> = (0..view.corrected.tiers.len())
        .filter(|at| view.corrected.tiers[*at] == Tier::High && !lost_places.contains(at))
        .map(|at| view.inputs.rfm.customers[at])
        .collect();
    vec![
        silence_or_hole(view, since, fallen_out.count() as u64),
        channels(view, &listed, &others),
        season(view.facts(), view.inputs.last_day, lost, &listed),
        shrinkage(view, money, recent),
        false_alarms(lost),
        earlier(view),
    ]
}

/// Were the same customers silent in the same weeks a year before?
fn season(facts: &Facts, last_day: Day, lost: &[Lost], listed: &[u32]) -> Check {
    let (mut known, mut silent_too) = (0u64, 0u64);
    for (lost, &customer) in lost.iter().zip(listed) {
        let silence = ((7.0 * (lost.history.age - lost.history.recency)) as i32).min(182);
        let (from, until) = (last_day.plus(-364 - silence), last_day.plus(-364));
        let mut bought = facts.orders(customer).purchases().map(|row| row.0);
        if bought.next().is_none_or(|first| first >= from.0) {
            continue;
        }
        known += 1;
        silent_too += u64::from(!bought.any(|day| day > from.0 && day <= until.0));
    }
    if known < 5 {
        let words = format!(
            "Only {} of them were customers a year before: too few to compare the season.",
            count(known)
        );
        return Check::new(Question::Season, Verdict::CannotTell, words);
    }
    let share = silent_too as f64 / known as f64;
    let words = format!(
        "{} of them were customers in the same weeks a year before; {} ({}) were silent then too.",
        count(known),
        count(silent_too),
        percent(share)
    );
    let verdict = match share {
        s if s > 0.6 => Verdict::Explained,
        s if s > 0.35 => Verdict::Weakened,
        _ => Verdict::Stands,
    };
    Check::new(Question::Season, verdict, words)
}

/// What they spent was high partly by luck: the models say how much of it was to be expected again.
fn shrinkage(view: &View<'_>, money: Option<&Money>, recent: i64) -> Check {
    let Some(money) = money else {
        return Check::new(
            Question::RegressionToTheMean,
            Verdict::CannotTell,
            "There is no forecast to compare with.",
        );
    };
    let words = format!(
        "Handled: they spent {} in the last 12 months, some of it by luck. The models pull every customer towards the mean of all \
         and leave {} at stake.",
        view.money(recent),
        view.money(money.expected_minor)
    );
    let verdict = if (money.low_minor as f64) < 0.2 * money.expected_minor as f64 {
        Verdict::Weakened
    } else {
        Verdict::Stands
    };
    Check::new(Question::RegressionToTheMean, verdict, words)
}

/// Among many who are looked at some are silent by chance: how many, the probabilities say.
fn false_alarms(lost: &[Lost]) -> Check {
    let expected: f64 = lost.iter().map(|lost| lost.alive).sum();
    let share = expected / lost.len() as f64;
    let words = format!(
        "Of the {} listed about {} ({}) are still there by their probabilities; who cannot be told.",
        count(lost.len() as u64),
        number(expected),
        percent(share)
    );
    Check::new(Question::TooManyLooks, if share > 0.4 { Verdict::Weakened } else { Verdict::Stands }, words)
}

/// The holdout of the lifetime-value analysis.
fn earlier(view: &View<'_>) -> Check {
    match &view.inputs.lifetime_value.holdout {
        Err(why) => {
            Check::new(Question::Earlier, Verdict::CannotTell, format!("It could not be tried: {why}."))
        }
        Ok(holdout) => {
            let (expected, actual) = (holdout.check.expected_total, holdout.check.actual_total as f64);
            let off = (expected - actual).abs() / actual.max(1.0);
            let words = format!(
                "Fitted until {}, the model expected {} orders of {} in the {:.0} weeks after; {} came.",
                holdout.fitted_until,
                number(expected.round()),
                customers(holdout.n_customers as u64),
                holdout.weeks,
                number(actual)
            );
            let enough = holdout.n_customers as u64 >= FEWEST;
            Check::new(
                Question::Earlier,
                if off > 0.25 || !enough { Verdict::Weakened } else { Verdict::Stands },
                words,
            )
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    statistics::intervals::sorted_quantile(&values, 0.5)
}
