//! Churn of firms without contracts: the probability that a customer buys nothing more for as long as nearly all repeat
//! purchases of this firm take.
//!
//! The model learns from past days on which the future is known by now; nothing after such a day reaches its columns. It
//! does not say why somebody leaves, and does not know what would keep them.

mod consents;
mod features;
mod period;
mod report;
pub mod words;

pub use consents::Consents;

use super::facts::Facts;
use super::models::{
    Backtest, Compared, LEVEL, Learnt, Outlook, Quality, Reason, Report, Sample, Trained, learn,
};
use super::{Day, lifetime_value};
use period::Period;
use statistics::distributions::normal_quantile;
use statistics::lifetime_value::bg_nbd;
use statistics::pseudo_random::thinned;

pub const NAME: &str = "churn";

/// Customers on whom is trained, at most; the rest are scored by what these taught.
const MOST_TRAINED: usize = 40_000;
/// Past days from which is learnt, at most.
const MOST_SNAPSHOTS: i32 = 3;
/// Customers and cases of either kind below which nothing is learnt.
pub const FEWEST_ROWS: usize = 300;
pub const FEWEST_OF_A_KIND: usize = 50;
/// Customers whose reasons are kept: those with the highest probabilities.
pub const MOST_REASONED: usize = 50_000;
/// Customers who are scored at once, so that memory stays flat.
const AT_ONCE: usize = 100_000;
/// Rows on which is told what moves the score.
const ROWS_FOR_DRIVERS: usize = 2_000;

/// The model, and what it tells of everybody who is a customer on the last day.
#[derive(Debug)]
pub struct Churn {
    pub trained: Trained,
    /// Numbers of the facts, ascending.
    pub customers: Vec<u32>,
    pub probabilities: Vec<f64>,
    /// The place in `customers` and the reasons, ascending.
    reasons: Vec<(u32, Vec<Reason>)>,
}

impl Churn {
    /// The probability that the customer leaves; None for who is no customer now, or where the model abstains.
    pub fn probability(&self, customer: u32) -> Option<f64> {
        self.place(customer).map(|at| self.probabilities[at])
    }

    pub fn reasons(&self, customer: u32) -> &[Reason] {
        let Some(place) = self.place(customer) else { return &[] };
        let found = self.reasons.binary_search_by_key(&(place as u32), |reason| reason.0);
        found.map_or(&[], |at| &self.reasons[at].1)
    }

    fn place(&self, customer: u32) -> Option<usize> {
        self.customers.binary_search(&customer).ok()
    }
}

/// What the analysis looks at.
struct Ground<'a> {
    facts: &'a Facts,
    consents: &'a Consents,
    period: Period,
    words: Vec<String>,
}

/// Trains on the past, judges on the last period, scores today.
pub fn analyze(facts: &Facts, consents: &Consents, last_day: Day) -> Churn {
    let period = match period::choose(facts, last_day) {
        Ok(period) => period,
        Err(needs) => return abstains(last_day, report::empty(None, vec![needs])),
    };
    let words: Vec<String> = facts.source_names().to_vec();
    let ground = Ground { facts, consents, period, words };
    let known: Vec<Day> = ground.snapshots(last_day);
    let sample = ground.sample(&known);
    let needs = needs(&sample, &ground.period);
    if !needs.is_empty() {
        let mut found = abstains(last_day, report::empty(Some(&ground.period), needs));
        (found.trained.n_rows, found.trained.n_positive) = (sample.len() as u64, sample.n_positive() as u64);
        return found;
    }
    let Some(learnt) = learn(&sample) else {
        let needs = vec!["No model could be fitted to these rows.".to_string()];
        return abstains(last_day, report::empty(Some(&ground.period), needs));
    };
    let backtest = ground.backtest(last_day);
    ground.score(last_day, &known, &sample, &learnt, backtest)
}

fn abstains(last_day: Day, report: Report) -> Churn {
    Churn {
        trained: Trained::abstains(NAME, last_day, report),
        customers: Vec::new(),
        probabilities: Vec::new(),
        reasons: Vec::new(),
    }
}

/// What is missing, in sentences; empty where nothing is.
fn needs(sample: &Sample, period: &Period) -> Vec<String> {
    let (n, n_left) = (sample.len(), sample.n_positive());
    let mut needs = Vec::new();
    if n < FEWEST_ROWS {
        needs.push(format!(
            "At least {FEWEST_ROWS} customers whose next {} days are known by now; there are {n}.",
            period.horizon
        ));
    }
    if n_left < FEWEST_OF_A_KIND || n - n_left < FEWEST_OF_A_KIND {
        needs.push(format!(
            "At least {FEWEST_OF_A_KIND} who left and {FEWEST_OF_A_KIND} who stayed; there are {n_left} and {}.",
            n - n_left
        ));
    }
    needs
}

impl Ground<'_> {
    /// Days on which the future is known at the end of `last_day`, the newest first, each with a period of history before it.
    fn snapshots(&self, last_day: Day) -> Vec<Day> {
        let (horizon, first) = (self.period.horizon, self.period.first_day);
        let step = (horizon / 2).max(7);
        let days = (0..MOST_SNAPSHOTS).map(|back| last_day.plus(-horizon - back * step));
        days.filter(|day| day.0 - first.0 >= horizon).collect()
    }

    /// The customers on these days, and whether they left.
    fn sample(&self, days: &[Day]) -> Sample {
        let mut sample = self.empty();
        for place in thinned(self.facts.n_customers() as usize, MOST_TRAINED) {
            let customer = place as u32;
            for day in days {
                let happened = features::left(self.facts.orders(customer), *day, self.period.horizon);
                self.push(&mut sample, customer, *day, happened);
            }
        }
        sample
    }

    fn empty(&self) -> Sample {
        Sample::of(&features::NAMES).with_category(features::CATEGORY, &self.words)
    }

    /// Adds a row where the customer is one on that day.
    fn push(&self, sample: &mut Sample, customer: u32, day: Day, happened: bool) {
        let consent = self.consents.at(customer, day);
        let found = features::of(self.facts.orders(customer), day, self.period.horizon, consent);
        if let Some(values) = found {
            sample.push(customer, &values, u32::from(self.facts.source_number(customer)), happened);
        }
    }

    /// The model as it would have been one period ago, on what came since; a sentence where it could not have been trained.
    fn backtest(&self, last_day: Day) -> Result<Backtest, String> {
        let then = last_day.plus(-self.period.horizon);
        let trained = self.sample(&self.snapshots(then));
        let missing = || {
            format!("by {then} too little was known to train a model that could be judged on what came since")
        };
        if !needs(&trained, &self.period).is_empty() {
            return Err(missing());
        }
        let learnt = learn(&trained).ok_or_else(missing)?;
        let judged = self.sample(&[then]);
        let told = learnt.probabilities(&judged);
        let quality = Quality::of(&told, &judged.happened).ok_or_else(missing)?;
        let weight = self.period.n_customers as f64 / self.period.n_sampled.max(1) as f64;
        Ok(Backtest {
            known_until: then.to_string(),
            judged_until: last_day.to_string(),
            quality,
            baselines: self.baselines(&judged, then),
            expected: told.iter().sum::<f64>() * weight,
            came: (judged.n_positive() as f64 * weight).round() as u64,
        })
    }

    /// What simpler ways would have told of the same rows.
    fn baselines(&self, judged: &Sample, then: Day) -> Vec<Compared> {
        let mut found = Vec::new();
        let history = |customer: u32| lifetime_value::history_until(self.facts.orders(customer), then);
        let everybody = thinned(self.facts.n_customers() as usize, MOST_TRAINED);
        let histories: Vec<bg_nbd::Customer> =
            everybody.into_iter().filter_map(|place| history(place as u32)).collect();
        if let Ok(fit) = bg_nbd::fit(&histories) {
            let weeks = f64::from(self.period.horizon) / 7.0;
            let of = |customer: &u32| {
                let told = history(*customer).map(|h| {
                    (fit.parameters.probability_alive(&h), fit.parameters.expected_purchases(&h, weeks))
                });
                told.unwrap_or((0.0, 0.0))
            };
            let (gone, fewest): (Vec<f64>, Vec<f64>) =
                judged.groups.iter().map(of).map(|(alive, ahead)| (1.0 - alive, -ahead)).unzip();
            found.extend(Compared::of("BG/NBD: probability of being gone", &gone, &judged.happened));
            found.extend(Compared::of("BG/NBD: fewest orders expected", &fewest, &judged.happened));
        }
        found.extend(Compared::of(
            "Days since the last order alone",
            judged.column("recency_days"),
            &judged.happened,
        ));
        found
    }

    /// Scores everybody who is a customer on the last day.
    fn score(
        &self,
        last_day: Day,
        known: &[Day],
        sample: &Sample,
        learnt: &Learnt,
        backtest: Result<Backtest, String>,
    ) -> Churn {
        let (mut customers, mut probabilities) = (Vec::new(), Vec::new());
        let all: Vec<u32> = (0..self.facts.n_customers()).collect();
        for part in all.chunks(AT_ONCE) {
            let today = self.today(part, last_day);
            probabilities.extend(learnt.probabilities(&today));
            customers.extend(today.groups);
        }
        let reasons = self.reasons(&customers, &probabilities, last_day, learnt);
        let outlook = outlook(&probabilities, backtest.as_ref().ok(), last_day, self.period.horizon);
        let rows: Vec<u32> =
            thinned(sample.len(), ROWS_FOR_DRIVERS).into_iter().map(|row| row as u32).collect();
        let drivers = learnt.drivers(sample, &rows, |name| words::label(name).to_string());
        let report = report::trained(&self.period, learnt, drivers, backtest, known.len());
        let trained = Trained {
            name: NAME,
            data_from: Some(self.period.first_day),
            data_until: last_day,
            n_rows: sample.len() as u64,
            n_positive: sample.n_positive() as u64,
            report,
            outlook: Some(outlook),
        };
        Churn { trained, customers, probabilities, reasons }
    }

    /// The rows of those who are customers on a day of which nobody knows the future.
    fn today(&self, customers: &[u32], day: Day) -> Sample {
        let mut sample = self.empty();
        customers.iter().for_each(|customer| self.push(&mut sample, *customer, day, false));
        sample
    }

    /// The reasons of those with the highest probabilities, by place.
    fn reasons(
        &self,
        customers: &[u32],
        probabilities: &[f64],
        day: Day,
        learnt: &Learnt,
    ) -> Vec<(u32, Vec<Reason>)> {
        let mut places: Vec<u32> = (0..customers.len() as u32).collect();
        if places.len() > MOST_REASONED {
            let highest =
                |a: &u32, b: &u32| probabilities[*b as usize].total_cmp(&probabilities[*a as usize]);
            places.select_nth_unstable_by(MOST_REASONED, |a, b| highest(a, b).then(a.cmp(b)));
            places.truncate(MOST_REASONED);
            places.sort_unstable();
        }
        let told: Vec<u32> = places.iter().map(|place| customers[*place as usize]).collect();
        let today = self.today(&told, day);
        let rows: Vec<u32> = (0..today.len() as u32).collect();
        places.into_iter().zip(learnt.reasons(&today, &rows)).collect()
    }
}

/// How many are expected to leave: chance, and as much doubt about the level as the backtest was off.
fn outlook(probabilities: &[f64], backtest: Option<&Backtest>, last_day: Day, horizon: i32) -> Outlook {
    let n = probabilities.len() as f64;
    let expected: f64 = probabilities.iter().sum();
    let chance: f64 = probabilities.iter().map(|p| p * (1.0 - p)).sum();
    let off = backtest.map_or(0.05, |b| {
        let judged = b.quality.n.max(1) as f64;
        let rate = b.quality.deciles.iter().map(|d| d.expected * d.n as f64).sum::<f64>() / judged;
        (b.quality.base_rate - rate).abs().max(0.01)
    });
    let spread = normal_quantile(0.5 + LEVEL / 2.0) * (chance + (n * off).powi(2)).sqrt();
    Outlook {
        due_on: last_day.plus(horizon),
        n_scored: probabilities.len() as u64,
        expected,
        low: (expected - spread).max(0.0),
        high: (expected + spread).min(n),
    }
}

/// How many of the customers of a day bought nothing in the days after it, as is known by now.
pub fn left_since(facts: &Facts, day: Day, horizon: i32) -> u64 {
    let was = |customer: &u32| features::of(facts.orders(*customer), day, horizon, f64::NAN).is_some();
    let left = |customer: &u32| features::left(facts.orders(*customer), day, horizon);
    (0..facts.n_customers()).filter(|customer| was(customer) && left(customer)).count() as u64
}
