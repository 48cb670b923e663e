//! The probability of a first order, learnt from leads whose time is over.

use super::people::{People, Person};
use super::{NAME, bought_within, features, words};
use crate::analyze::Day;
use crate::analyze::models::{
    Backtest, Compared, LEVEL, Learnt, Outlook, Quality, Reason, Report, Sample, Trained, learn,
};
use statistics::distributions::normal_quantile;
use statistics::pseudo_random::thinned;
use statistics::quantiles::quantiles;
use statistics::scoring::{Column, folds, leakage};

/// Days within which a first order is looked for where nothing is known of this firm.
pub const USUAL_DAYS: i32 = 90;
const FEWEST_DAYS: i32 = 14;
const MOST_DAYS: i32 = 180;
/// First orders from which the firm's own time is taken.
const FEWEST_FOR_OWN: usize = 50;
pub const FEWEST_ROWS: usize = 200;
pub const FEWEST_OF_A_KIND: usize = 40;
const MOST_TRAINED: usize = 40_000;
const MOST_SNAPSHOTS: i32 = 4;
/// A column that ranks so well alone knows the answer.
const KNOWS_TOO_MUCH: f64 = 0.95;
const MOST_REASONED: usize = 50_000;

/// What the model tells of each lead, place by place.
pub(super) struct Told {
    pub(super) probabilities: Vec<f64>,
    pub(super) reasons: Vec<Vec<Reason>>,
}

/// Trains, judges and scores; the model alone where it abstains.
pub(super) fn run(people: &People, leads: &[&Person], last_day: Day) -> (Trained, Option<Told>) {
    let (horizon, how) = horizon(people, last_day);
    let ground = Ground { people, horizon, left_out: Vec::new() };
    let days = ground.snapshots(last_day);
    let sample = ground.sample(&days);
    let needs = needs(&sample, horizon);
    let report = ground.about(how);
    if !needs.is_empty() {
        let mut trained = Trained::abstains(NAME, last_day, Report { needs, ..report });
        (trained.n_rows, trained.n_positive) = (sample.len() as u64, sample.n_positive() as u64);
        return (trained, None);
    }
    let ground = Ground { left_out: suspects(&sample), ..ground };
    let sample = ground.sample(&days);
    let Some(learnt) = learn(&sample) else {
        let needs = vec!["No model could be fitted to these rows.".to_string()];
        return (Trained::abstains(NAME, last_day, Report { needs, ..report }), None);
    };
    ground.score(report, leads, last_day, &sample, &learnt)
}

/// Nine of ten first orders come within these days of becoming known.
fn horizon(people: &People, last_day: Day) -> (i32, String) {
    let bought = people.all.iter().filter_map(|person| Some(person.bought_on? - person.known_on));
    let mut lags: Vec<f64> = bought.filter(|days| *days >= 0).map(f64::from).collect();
    if lags.len() < FEWEST_FOR_OWN {
        let how = format!(
            "{USUAL_DAYS} days are looked ahead: {} first orders of people who were known before are too few to tell this firm’s \
             own time.",
            lags.len()
        );
        return (USUAL_DAYS, how);
    }
    let wanted = quantiles(&mut lags, &[0.9])[0].ceil() as i32;
    let first = people.all.iter().map(|person| person.known_on).min().unwrap_or(last_day.0);
    let horizon = wanted.clamp(FEWEST_DAYS, MOST_DAYS).min(((last_day.0 - first) / 3).max(FEWEST_DAYS));
    (
        horizon,
        format!(
            "90 of 100 first orders come within {wanted} days of becoming known; {horizon} days are looked ahead."
        ),
    )
}

fn needs(sample: &Sample, horizon: i32) -> Vec<String> {
    let (n, bought) = (sample.len(), sample.n_positive());
    let mut needs = Vec::new();
    if n < FEWEST_ROWS {
        needs.push(format!(
            "At least {FEWEST_ROWS} people who were known before they bought and whose next {horizon} days are over; there are {n}. \
             People who came in together with their orders do not count."
        ));
    }
    if bought < FEWEST_OF_A_KIND || n - bought < FEWEST_OF_A_KIND {
        needs.push(format!(
            "At least {FEWEST_OF_A_KIND} of them who bought then and {FEWEST_OF_A_KIND} who did not; there are {bought} and {}.",
            n - bought
        ));
    }
    needs
}

/// Columns that alone know the answer.
fn suspects(sample: &Sample) -> Vec<usize> {
    let folds = folds::stratified(&sample.happened, None, 4, 1);
    let knows = |at: &usize| {
        let column = Column::Numbers(sample.column(features::NAMES[*at]));
        leakage::alone(column, &sample.happened, &folds).is_some_and(|auc| auc > KNOWS_TOO_MUCH)
    };
    (0..features::NAMES.len()).filter(knows).collect()
}

struct Ground<'a> {
    people: &'a People,
    horizon: i32,
    /// Columns that know the answer and are not looked at.
    left_out: Vec<usize>,
}

impl Ground<'_> {
    fn about(&self, how: String) -> Report {
        Report {
            definition: format!(
                "A lead is a person who is known and never bought. Points are given by rules; beside them stands the probability of a \
                 first order within {} days, learnt from leads whose {} days are over.",
                self.horizon, self.horizon
            ),
            horizon_days: Some(self.horizon),
            horizon_how: how,
            notes: vec![
                "Company, phone and e-mail are those of today: where they were filled in only with the first order, they look \
                 better than they are."
                    .to_string(),
            ],
            ..Report::default()
        }
    }

    fn snapshots(&self, last_day: Day) -> Vec<Day> {
        let Some(first) = self.people.all.iter().map(|person| person.known_on).min() else {
            return Vec::new();
        };
        let days = (1..=MOST_SNAPSHOTS).map(|back| last_day.plus(-back * self.horizon));
        days.filter(|day| day.0 >= first).collect()
    }

    fn empty(&self) -> Sample {
        Sample::of(&features::NAMES).with_category(features::CATEGORY, &self.people.sources)
    }

    fn push(&self, sample: &mut Sample, group: u32, person: &Person, day: Day, happened: bool) {
        let mut values = features::of(person, day);
        self.left_out.iter().for_each(|at| values[*at] = f64::NAN);
        sample.push(group, &values, person.source, happened);
    }

    fn sample(&self, days: &[Day]) -> Sample {
        let mut sample = self.empty();
        for place in thinned(self.people.all.len(), MOST_TRAINED) {
            let person = &self.people.all[place];
            for day in days.iter().filter(|day| person.is_lead(**day)) {
                let happened = bought_within(person, *day, self.horizon);
                self.push(&mut sample, place as u32, person, *day, happened);
            }
        }
        sample
    }

    fn backtest(&self, last_day: Day) -> Option<Backtest> {
        let then = last_day.plus(-self.horizon);
        let trained = self.sample(&self.snapshots(then));
        if !needs(&trained, self.horizon).is_empty() {
            return None;
        }
        let learnt = learn(&trained)?;
        let judged = self.sample(&[then]);
        let told = learnt.probabilities(&judged);
        let newest: Vec<f64> = judged.column("days_known").iter().map(|days| -days).collect();
        Some(Backtest {
            known_until: then.to_string(),
            judged_until: last_day.to_string(),
            quality: Quality::of(&told, &judged.happened)?,
            baselines: [
                Compared::of("Newest first", &newest, &judged.happened),
                Compared::of("Most clicks first", judged.column("clicks"), &judged.happened),
            ]
            .into_iter()
            .flatten()
            .collect(),
            expected: told.iter().sum(),
            came: judged.n_positive() as u64,
        })
    }

    fn score(
        &self,
        mut report: Report,
        leads: &[&Person],
        last_day: Day,
        sample: &Sample,
        learnt: &Learnt,
    ) -> (Trained, Option<Told>) {
        let mut today = self.empty();
        leads.iter().zip(0..).for_each(|(person, at)| self.push(&mut today, at, person, last_day, false));
        let probabilities = learnt.probabilities(&today);
        let rows: Vec<u32> = (0..today.len().min(MOST_REASONED) as u32).collect();
        let mut reasons = learnt.reasons(&today, &rows);
        reasons.resize(leads.len(), Vec::new());
        let all: Vec<u32> = thinned(sample.len(), 2_000).into_iter().map(|row| row as u32).collect();
        report.method = learnt.method.clone();
        report.quality = Some(learnt.quality.clone());
        report.drivers = learnt.drivers(sample, &all, |name| words::label(name).to_string());
        report.backtest = self.backtest(last_day);
        report.notes.extend(self.left_out.iter().map(|at| {
            format!("Left out because it knows the answer: {}.", words::label(features::NAMES[*at]))
        }));
        let trained = Trained {
            name: NAME,
            data_from: self.people.all.iter().map(|person| Day(person.known_on)).min(),
            data_until: last_day,
            n_rows: sample.len() as u64,
            n_positive: sample.n_positive() as u64,
            report,
            outlook: Some(self.outlook(&probabilities, last_day)),
        };
        (trained, Some(Told { probabilities, reasons }))
    }

    fn outlook(&self, probabilities: &[f64], last_day: Day) -> Outlook {
        let n = probabilities.len() as f64;
        let expected: f64 = probabilities.iter().sum();
        let chance: f64 = probabilities.iter().map(|p| p * (1.0 - p)).sum();
        let spread = normal_quantile(0.5 + LEVEL / 2.0) * (chance + (0.2 * expected).powi(2)).sqrt();
        Outlook {
            due_on: last_day.plus(self.horizon),
            n_scored: probabilities.len() as u64,
            expected,
            low: (expected - spread).max(0.0),
            high: (expected + spread).min(n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::refinery;
    use super::*;
    use crate::plan::lead_scoring::LeadScoring;
    use statistics::pseudo_random::Generator;

    /// A firm in which companies buy five times oftener, and nothing else matters.
    fn people(n: usize) -> People {
        let mut g = Generator::from_seed(4);
        let person = |at: usize| {
            let known_on = g.below(600) as i32;
            let has_company = g.uniform() < 0.4;
            let buys = g.uniform() < if has_company { 0.5 } else { 0.1 };
            let bought = known_on + 1 + g.below(60) as i32;
            Person {
                id: format!("per_{at:05}"),
                known_on,
                bought_on: (buys && bought <= 600).then_some(bought),
                has_company,
                has_phone: g.uniform() < 0.5,
                clicks: (0..g.below(3)).map(|_| known_on + g.below(30) as i32).collect(),
                ..Person::default()
            }
        };
        People { all: (0..n).map(person).collect(), sources: vec![String::new()] }
    }

    #[test]
    fn the_model_finds_what_foretold_buying_and_the_refinery_proposes_it() {
        let people = people(4_000);
        let leads: Vec<&Person> = people.all.iter().filter(|person| person.bought_on.is_none()).collect();
        let (trained, told) = run(&people, &leads, Day(600));
        assert!(trained.is_used(), "{:?}", trained.report.needs);
        let quality = trained.report.quality.as_ref().unwrap();
        assert!(quality.auc.unwrap().low > 0.6, "{:?}", quality.auc);
        let tried = trained.report.backtest.as_ref().unwrap();
        let spread = 4.0 * (tried.came as f64).sqrt();
        assert!((tried.expected - tried.came as f64).abs() < spread, "{} {}", tried.expected, tried.came);
        let names: Vec<&str> = trained.report.drivers.iter().take(2).map(|d| d.name.as_str()).collect();
        assert!(names.contains(&"company"), "{names:?}");
        let told = told.unwrap();
        let mean = |company: bool| {
            let of = leads.iter().zip(&told.probabilities).filter(|(lead, _)| lead.has_company == company);
            let (sum, n) = of.fold((0.0, 0.0), |sum, (_, p)| (sum.0 + p, sum.1 + 1.0));
            sum / n
        };
        assert!(mean(true) > 1.5 * mean(false));
        let horizon = trained.report.horizon_days.unwrap();
        let scoring = LeadScoring::shipped(None);
        let table = refinery::table(&scoring, &people, Day(600 - horizon), horizon).unwrap();
        let proposed = |label: &str| table.rows.iter().find(|row| row[0] == label).unwrap()[5].clone();
        assert!(proposed("Belongs to a company").parse::<i64>().unwrap() > 0, "{table:?}");
        assert!(
            table.rows.iter().any(|row| row[4].contains("can’t tell")),
            "business e-mails are unknown here"
        );
    }

    #[test]
    fn few_leads_are_not_judged() {
        let people = people(60);
        let leads: Vec<&Person> = people.all.iter().collect();
        let (trained, told) = run(&people, &leads, Day(600));
        assert!(!trained.is_used() && told.is_none() && trained.report.needs.len() == 2);
    }
}
