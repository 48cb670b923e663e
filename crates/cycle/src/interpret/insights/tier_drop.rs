//! Tier drops: customers of high value a period before who clearly buy less since.
//!
//! Both periods are computed from the same facts as they stood, so that the first run has an answer. Who was high partly by
//! luck is lower the next time without anything having happened: only falls beyond that are listed. Who has likely left is
//! not listed here but under "likely lost".

use super::{Answer, likely_lost};
use crate::analyze::facts::Kind::Purchase;
use crate::analyze::{Day, rows};
use crate::interpret::View;
use crate::interpret::checks::{amounts, channels, purchases_between};
use crate::interpret::found::{
    Check, Evidence, Figure, Found, Kind, Member, MemberFigure, Money, Question, Silent, Table, Unit,
    Verdict, confidence,
};
use crate::interpret::words::{count, customers, number, percent};
use platform::store::Snapshot;
use records::filter::{Filter, Measure, Op, OrdersCondition};
use statistics::intervals::{Interval, bootstrap};
use statistics::multiple::benjamini_hochberg;
use statistics::pseudo_random::Generator;
use statistics::rfm::{self, Tier};
use statistics::special_functions::incomplete_beta;
use std::collections::HashSet;

const LONGEST_DAYS: i32 = 365;
const SHORTEST_DAYS: i32 = 91;
/// The expected share of false alarms among those listed.
const FALSE_ALARMS: f64 = 0.1;
const LEVEL: f64 = 0.8;
const N_RESAMPLES: usize = 1_000;
const SEED: u64 = 7_203;

/// The two periods, the recent one ending with the analysis.
#[derive(Clone, Copy)]
struct Periods {
    days: i32,
    last: Day,
}

impl Periods {
    /// The last day of the period before.
    fn middle(self) -> Day {
        self.last.plus(-self.days)
    }

    fn start(self) -> Day {
        self.last.plus(-2 * self.days)
    }
}

/// A customer of high value in the period before.
struct Before {
    customer: u32,
    /// Purchase days of the period before, without a first one, over the share of it that the customer was there.
    n_before: f64,
    exposure: f64,
    /// Purchase days of the period before, the first one too.
    n_purchases: u64,
    n_now: u64,
    spent_before: i64,
    spent_now: i64,
    tier_now: Tier,
    /// Expected purchases now, luck taken out, and the chance of so few.
    expected: f64,
    p: f64,
}

pub(super) fn find(view: &View<'_>, _: &mut Snapshot<'_>) -> Answer {
    let last = view.inputs.last_day;
    let days = view.facts().span().map_or(0, |(first, _)| (last.0 - first.0 + 1) / 2).min(LONGEST_DAYS);
    if days < SHORTEST_DAYS {
        let why = format!(
            "the orders cover less than {} days: too short for a before and an after",
            2 * SHORTEST_DAYS
        );
        return Ok(Err(Silent::abstained(Kind::TierDrop, why)));
    }
    let periods = Periods { days, last };
    let mut high = high_before(view, periods);
    let Some(rates) = Rates::fit(view, periods) else {
        return Ok(Err(Silent::abstained(Kind::TierDrop, "too few customers bought in the period before")));
    };
    for one in &mut high {
        (one.expected, one.p) = rates.expect(one);
    }
    let gone: HashSet<u32> =
        likely_lost::places(view).into_iter().map(|at| view.inputs.rfm.customers[at]).collect();
    let dropped: Vec<&Before> =
        high.iter().filter(|one| one.tier_now != Tier::High && !gone.contains(&one.customer)).collect();
    let adjusted = benjamini_hochberg(&high.iter().map(|one| one.p).collect::<Vec<f64>>());
    let beyond: HashSet<u32> =
        high.iter().zip(&adjusted).filter(|(_, p)| **p < FALSE_ALARMS).map(|(one, _)| one.customer).collect();
    let mut listed: Vec<&Before> =
        dropped.iter().copied().filter(|one| beyond.contains(&one.customer)).collect();
    if listed.is_empty() {
        let why = format!(
            "of {} of high value in the {days} days before, {} stand in a lower tier now and are not likely lost; regression to \
             the mean and chance explain that of every one of them",
            customers(high.len() as u64),
            count(dropped.len() as u64)
        );
        return Ok(Err(Silent::nothing(Kind::TierDrop, why)));
    }
    listed.sort_by(|a, b| b.shortfall().total_cmp(&a.shortfall()).then_with(|| a.customer.cmp(&b.customer)));
    Ok(Ok(vec![insight(view, periods, &high, dropped.len(), &listed, gone.len())]))
}

impl Before {
    /// Money to be expected at the expected number of purchases, less what came; minor units.
    fn shortfall(&self) -> f64 {
        let usual = self.spent_before as f64 / (self.n_purchases as f64).max(1.0);
        (self.expected * usual - self.spent_now as f64).max(0.0)
    }
}

/// Everybody whose money of the period before was in the upper tier then.
fn high_before(view: &View<'_>, periods: Periods) -> Vec<Before> {
    let facts = view.facts();
    let rfm = &view.inputs.rfm;
    let had: Vec<usize> = (0..rfm.customers.len())
        .filter(|&at| first_day(view, rfm.customers[at]).is_some_and(|first| first <= periods.middle().0))
        .collect();
    let spent = |from: Day, until: Day| -> Vec<i64> {
        had.iter().map(|&at| view.corrected.spent(facts, rfm.customers[at], from, until)).collect()
    };
    let before = spent(periods.start(), periods.middle());
    let now = spent(periods.middle(), periods.last);
    let tiers_before = rfm::value_tiers(&before);
    // The bar of today is that of everybody, also of who came since.
    let everybody: Vec<i64> = (0..rfm.customers.len())
        .map(|at| view.corrected.spent(facts, rfm.customers[at], periods.middle(), periods.last))
        .collect();
    let tiers_now = rfm::value_tiers(&everybody);
    let mut found = Vec::new();
    for (place, &at) in had.iter().enumerate() {
        if tiers_before[place] != Tier::High {
            continue;
        }
        let customer = rfm.customers[at];
        let (n_before, exposure) = repeats_before(view, customer, periods);
        found.push(Before {
            customer,
            n_before,
            exposure,
            n_purchases: purchase_days(view, customer, periods.start(), periods.middle()),
            n_now: purchase_days(view, customer, periods.middle(), periods.last),
            spent_before: before[place],
            spent_now: now[place],
            tier_now: tiers_now[at],
            expected: 0.0,
            p: 1.0,
        });
    }
    found
}

fn first_day(view: &View<'_>, customer: u32) -> Option<i32> {
    view.facts().orders(customer).purchases().next().map(|row| row.0)
}

fn purchase_days(view: &View<'_>, customer: u32, from: Day, until: Day) -> u64 {
    let (mut n, mut known) = (0, None);
    for (day, _, kind) in view.facts().orders(customer).until(until).each().rev() {
        if day <= from.0 {
            break;
        }
        if kind == Purchase && known != Some(day) {
            n += 1;
            known = Some(day);
        }
    }
    n
}

/// Purchases of the period before that say something about the rate, and the share of it in which they could come. The
/// first purchase made the customer one and says nothing about the rate.
fn repeats_before(view: &View<'_>, customer: u32, periods: Periods) -> (f64, f64) {
    let n = purchase_days(view, customer, periods.start(), periods.middle()) as f64;
    let first = first_day(view, customer).unwrap_or(i32::MIN);
    if first <= periods.start().0 {
        return (n, 1.0);
    }
    let exposure = f64::from(periods.middle().0 - first) / f64::from(periods.days);
    ((n - 1.0).max(0.0), exposure.max(1e-3))
}

/// How rates of buying differ between customers: a gamma distribution, by its moments.
struct Rates {
    shape: f64,
    rate: f64,
}

impl Rates {
    fn fit(view: &View<'_>, periods: Periods) -> Option<Self> {
        let (mut n, mut sum, mut exposures, mut squares, mut rows) = (0usize, 0.0, 0.0, 0.0, Vec::new());
        for &customer in &view.inputs.rfm.customers {
            if first_day(view, customer).is_none_or(|first| first > periods.middle().0) {
                continue;
            }
            let (count, exposure) = repeats_before(view, customer, periods);
            n += 1;
            sum += count;
            exposures += exposure;
            squares += exposure * exposure;
            rows.push((count, exposure));
        }
        if n < 50 || sum < 50.0 {
            return None;
        }
        let mean = sum / exposures;
        let spread: f64 = rows.iter().map(|(count, exposure)| (count - exposure * mean).powi(2)).sum();
        let variance = ((spread - sum) / squares).max(1e-3 * mean * mean);
        Some(Self { shape: mean * mean / variance, rate: mean / variance })
    }

    /// Expected purchases in the recent period of somebody with such a period before, and the chance of at most so many as
    /// came: a negative binomial.
    fn expect(&self, one: &Before) -> (f64, f64) {
        let (shape, rate) = (self.shape + one.n_before, self.rate + one.exposure);
        let p = incomplete_beta(shape, one.n_now as f64 + 1.0, rate / (rate + 1.0));
        (shape / rate, p.clamp(0.0, 1.0))
    }
}

fn insight(
    view: &View<'_>,
    periods: Periods,
    high: &[Before],
    n_dropped: usize,
    listed: &[&Before],
    n_gone: usize,
) -> Found {
    let n = listed.len() as u64;
    let shortfalls: Vec<f64> = listed.iter().map(|one| one.shortfall()).collect();
    let money = total(&shortfalls).map(|interval| Money {
        expected_minor: interval.estimate as i64,
        low_minor: interval.low as i64,
        high_minor: interval.high as i64,
        level: LEVEL,
    });
    let checks = checks(view, periods, high, n_dropped, listed);
    let figures = figures(view, listed, (high.len() as u64, n_dropped as u64), money);
    Found {
        kind: Kind::TierDrop,
        about: "high before".to_string(),
        claim: claim(view, periods, listed, money),
        evidence: evidence(view, periods, high, n_gone, figures),
        n_customers: n,
        money,
        money_how: format!(
            "For each the purchases to be expected after such a period before (its rate pulled towards the mean of all) times the \
             own mean value, less what came. The interval (80 %) is a bootstrap over the customers ({N_RESAMPLES} resamples)."
        ),
        confidence: confidence(&checks),
        checks,
        refuted_by: "If most of them buy at their former rate in the next period without anything having been done, the fall was \
                     chance after all."
            .to_string(),
        suggested_action: "Ask before you offer: a call or two questions by mail to the first of the list (price, range, delivery, \
                           another supplier?), then an offer to a random half."
            .to_string(),
        people: listed.iter().map(|one| member(view, one)).collect(),
    }
}

fn claim(view: &View<'_>, periods: Periods, listed: &[&Before], money: Option<Money>) -> String {
    let left = match n_left(view, listed) {
        0 => "None of them has".to_string(),
        1 => "1 of them has".to_string(),
        n => format!("{} of them have", count(n)),
    };
    format!(
        "{} of high value in the {} days until {} bought clearly less since: {} then, {} in the {} days after. That is about {} \
         less than was to be expected of them. {left} likely left for good.",
        customers(listed.len() as u64),
        periods.days,
        periods.middle(),
        view.money(listed.iter().map(|one| one.spent_before).sum()),
        view.money(listed.iter().map(|one| one.spent_now).sum()),
        periods.days,
        money.map_or_else(|| "an unknown amount".to_string(), |money| view.money(money.expected_minor))
    )
}

fn figures(
    view: &View<'_>,
    listed: &[&Before],
    (n_high, n_dropped): (u64, u64),
    money: Option<Money>,
) -> Vec<Figure> {
    let n = listed.len() as u64;
    let sum = |of: fn(&Before) -> i64| listed.iter().map(|one| of(one)).sum::<i64>() as f64;
    let left = n_left(view, listed) as f64;
    let mut figures = vec![
        Figure::new("listed", "Fallen beyond chance", Unit::Count, n as f64).of(n_high),
        Figure::new("dropped", "In a lower tier now, not likely lost", Unit::Count, n_dropped as f64)
            .of(n_high),
        Figure::new("left", "Of those fallen likely left for good", Unit::Count, left).of(n),
        Figure::new("before", "Spent in the period before", Unit::Money, sum(|one| one.spent_before)).of(n),
        Figure::new("now", "Spent since", Unit::Money, sum(|one| one.spent_now)).of(n),
    ];
    if let Some(money) = money {
        let label = "Less than was to be expected";
        let figure = Figure::new("shortfall", label, Unit::Money, money.expected_minor as f64);
        figures.push(figure.between(money.low_minor as f64, money.high_minor as f64, LEVEL).of(n));
    }
    figures
}

fn n_left(view: &View<'_>, listed: &[&Before]) -> u64 {
    listed.iter().filter(|one| has_likely_left(view, one.customer)).count() as u64
}

fn has_likely_left(view: &View<'_>, customer: u32) -> bool {
    let value = &view.inputs.lifetime_value;
    let alive = value.place(customer).and_then(|at| value.forecasts[at].probability_alive);
    alive.is_some_and(|alive| alive < likely_lost::LIKELY_GONE)
}

/// The sum over customers with its bootstrap interval.
fn total(sums: &[f64]) -> Option<Interval> {
    let n = sums.len() as f64;
    let mut generator = Generator::from_seed(SEED);
    let mean = |sample: &[f64]| sample.iter().sum::<f64>() / sample.len() as f64;
    let found = bootstrap(sums, LEVEL, N_RESAMPLES, &mut generator, mean)?;
    Some(Interval { estimate: n * found.estimate, low: n * found.low, high: n * found.high })
}

fn evidence(
    view: &View<'_>,
    periods: Periods,
    high: &[Before],
    n_gone: usize,
    figures: Vec<Figure>,
) -> Evidence {
    let lowest = high.iter().map(|one| one.spent_before).min().unwrap_or_default();
    let tier = |wanted: Tier| high.iter().filter(|one| one.tier_now == wanted).count() as u64;
    let rows = [(Tier::High, "High value"), (Tier::Mid, "Middle value"), (Tier::Low, "Low value or nothing")]
        .into_iter()
        .map(|(wanted, label)| {
            let n = tier(wanted);
            vec![label.to_string(), count(n), percent(n as f64 / high.len().max(1) as f64)]
        });
    let money = records::values::money::Money::new(lowest.max(0), view.currency).to_plain();
    let spent_before = Filter::Orders(OrdersCondition {
        measure: Measure::Revenue,
        op: Op::AtLeast,
        value: money,
        within_days: None,
        from: Some(periods.start().next().to_string()),
        until: Some(periods.middle().to_string()),
        sku: None,
    });
    Evidence {
        query: "tier drop".to_string(),
        definition: format!(
            "High value: the best fifth of the buyers by money of the {} days until {}. Fallen: in a lower tier by the money of the \
             {} days since, and with fewer purchases than their rate, pulled towards the mean, lets expect (false alarms among \
             those listed: {}).",
            periods.days,
            periods.middle(),
            periods.days,
            percent(FALSE_ALARMS)
        ),
        last_day: String::new(),
        figures,
        tables: vec![Table {
            caption: format!(
                "Where the customers of high value of the period before stand now ({} of all customers are likely lost)",
                count(n_gone as u64)
            ),
            columns: ["Tier now", "Customers", "Share"].map(str::to_string).to_vec(),
            rows: rows.collect(),
        }],
        filter: Some(Filter::All(vec![spent_before, Filter::Not(Box::new(rows::of_tier("high")))])),
        filter_note: "The filter holds everybody who fell from the high tier; the list holds those who fell beyond chance.".to_string(),
        quality_rows: None,
    }
}

fn member(view: &View<'_>, one: &Before) -> Member {
    Member {
        person_id: view.facts().id(one.customer).to_string(),
        figures: vec![
            MemberFigure::new("Less than expected", Unit::Money, one.shortfall()),
            MemberFigure::new("Spent before", Unit::Money, one.spent_before as f64),
            MemberFigure::new("Spent since", Unit::Money, one.spent_now as f64),
            MemberFigure::new("Purchases expected since", Unit::Number, one.expected),
            MemberFigure::new("Purchases since", Unit::Count, one.n_now as f64),
        ],
    }
}

fn checks(
    view: &View<'_>,
    periods: Periods,
    high: &[Before],
    n_dropped: usize,
    listed: &[&Before],
) -> Vec<Check> {
    let named: HashSet<u32> = listed.iter().map(|one| one.customer).collect();
    let members: Vec<u32> = listed.iter().map(|one| one.customer).collect();
    let others: Vec<u32> = high.iter().map(|one| one.customer).filter(|one| !named.contains(one)).collect();
    let by_chance: f64 = high.iter().map(|one| one.expected).sum();
    let came: u64 = high.iter().map(|one| one.n_now).sum();
    let regression = Check::new(
        Question::RegressionToTheMean,
        Verdict::Stands,
        format!(
            "Handled: of {} who were high, {} are lower now; {} of these fell no further than luck that runs out explains, and are \
             left out. All {} together were expected to buy {} times and bought {} times.",
            count(high.len() as u64),
            count(n_dropped as u64),
            count((n_dropped as u64).saturating_sub(listed.len() as u64)),
            count(high.len() as u64),
            number(by_chance.round()),
            count(came)
        ),
    );
    let looks = Check::new(
        Question::TooManyLooks,
        Verdict::Stands,
        format!(
            "Handled: {} customers were tested; the list is cut by Benjamini and Hochberg so that about {} of it may be false alarms.",
            count(high.len() as u64),
            percent(FALSE_ALARMS)
        ),
    );
    vec![amounts(view, 0), channels(view, &members, &others), season(view, periods), regression, looks]
}

/// Do both periods hold the same seasons, and did everybody buy less?
fn season(view: &View<'_>, periods: Periods) -> Check {
    let before = purchases_between(view, periods.start(), periods.middle());
    let now = purchases_between(view, periods.middle(), periods.last);
    let words = format!(
        "All customers placed {} orders in the {} days before and {} since.",
        count(before),
        periods.days,
        count(now)
    );
    if periods.days < 350 {
        let words = format!("{words} The periods are shorter than a year and hold different seasons.");
        return Check::new(Question::Season, Verdict::Weakened, words);
    }
    if (now as f64) < 0.8 * before as f64 {
        return Check::new(
            Question::Season,
            Verdict::Weakened,
            format!("{words} Everybody buys less, not only these."),
        );
    }
    let words = format!("{words} Both periods hold every season once.");
    Check::new(Question::Season, Verdict::Stands, words)
}
