//! The risk that a running contract is not renewed when its cover ends, learnt from past renewals.
//!
//! A row is a past term, looked at on one day of it, drawn evenly from its payment until the end of the grace; a day on which
//! the renewal had come already is no row. That is how running contracts are met today: somewhere within their term.

use super::terms::{Contract, Contracts, GRACE_DAYS};
use super::{features, report, words};
use crate::analyze::Day;
use crate::analyze::facts::Facts;
use crate::analyze::models::{
    Backtest, Compared, LEVEL, Learnt, Outlook, Quality, Reason, Report, Sample, Trained, learn,
};
use statistics::distributions::normal_quantile;
use statistics::pseudo_random::{Generator, thinned};
use statistics::shifted_beta_geometric::Fit;
use std::collections::BTreeMap;

pub const NAME: &str = "contract_churn";

/// Past terms from which is learnt, at most.
const MOST_TRAINED: usize = 40_000;
/// Past terms, and those of either kind, below which nothing is learnt.
pub const FEWEST_ROWS: usize = 300;
pub const FEWEST_OF_A_KIND: usize = 50;
/// Renewals below which a backtest says nothing.
const FEWEST_JUDGED: usize = 50;
/// The number that is foretold and settled is of the renewals of so many days.
pub const HORIZON_DAYS: i32 = 31;
/// Contracts whose reasons are kept: those with the highest risks.
const MOST_REASONED: usize = 50_000;
const AT_ONCE: usize = 100_000;
const ROWS_FOR_DRIVERS: usize = 2_000;

/// The model, and what it tells of each running contract in the order of contracts.
#[derive(Debug)]
pub struct Risk {
    pub trained: Trained,
    pub risks: Vec<Option<f64>>,
    pub reasons: Vec<Vec<Reason>>,
}

struct Ground<'a> {
    contracts: &'a Contracts,
    facts: &'a Facts,
    words: Vec<String>,
    fits: &'a BTreeMap<i32, Fit>,
}

/// Trains on past renewals, judges on the last ones, scores running contracts.
pub fn analyze(contracts: &Contracts, facts: &Facts, fits: &BTreeMap<i32, Fit>, last_day: Day) -> Risk {
    let ground = Ground { contracts, facts, words: facts.source_names().to_vec(), fits };
    let n_running = contracts.running().count();
    let sample = ground.past(last_day);
    let abstains = |needs: Vec<String>| {
        let mut trained = Trained::abstains(NAME, last_day, report::empty(needs));
        (trained.n_rows, trained.n_positive) = (sample.len() as u64, sample.n_positive() as u64);
        Risk { trained, risks: vec![None; n_running], reasons: vec![Vec::new(); n_running] }
    };
    let needs = needs(&sample, contracts);
    if !needs.is_empty() {
        return abstains(needs);
    }
    let Some(learnt) = learn(&sample) else {
        return abstains(vec!["No model could be fitted to these rows.".to_string()]);
    };
    let backtest = ground.backtest(last_day);
    ground.score(last_day, &sample, &learnt, backtest)
}

fn needs(sample: &Sample, contracts: &Contracts) -> Vec<String> {
    let (n, n_lost) = (sample.len(), sample.n_positive());
    let mut needs = Vec::new();
    if contracts.products.is_empty() {
        needs.push("Products that are paid by period: mark them on their pages.".to_string());
        return needs;
    }
    if n < FEWEST_ROWS {
        needs.push(format!(
            "At least {FEWEST_ROWS} past terms of which is known whether they were renewed; there are {n}."
        ));
    }
    if n_lost < FEWEST_OF_A_KIND || n - n_lost < FEWEST_OF_A_KIND {
        needs.push(format!(
            "At least {FEWEST_OF_A_KIND} that were not renewed and {FEWEST_OF_A_KIND} that were; there are {n_lost} and {}.",
            n - n_lost
        ));
    }
    needs
}

impl Ground<'_> {
    fn empty(&self) -> Sample {
        Sample::of(&features::NAMES).with_category(features::CATEGORY, &self.words)
    }

    /// Adds the contract as it stood at the end of `day`, when its newest payment was the one at `place`.
    fn push(&self, sample: &mut Sample, contract: &Contract, day: Day, place: usize) {
        let values = features::of(self.contracts, contract, self.facts, (day, place));
        let is_lost = place + 1 == self.contracts.terms(contract).len();
        sample.push(contract.customer, &values, self.facts.source_number(contract.customer).into(), is_lost);
    }

    /// Terms of which is known by the end of `known` whether they were renewed, each on a day drawn from it.
    fn past(&self, known: Day) -> Sample {
        let mut all: Vec<(u32, u32)> = Vec::new();
        for (at, contract) in self.contracts.all.iter().enumerate() {
            let over = |until: i32| until + GRACE_DAYS <= known.0;
            let n = self.contracts.terms(contract).iter().take_while(|term| over(term.until)).count();
            all.extend((0..n as u32).map(|place| (at as u32, place)));
        }
        let mut sample = self.empty();
        for row in thinned(all.len(), MOST_TRAINED) {
            let (at, place) = all[row];
            let contract = &self.contracts.all[at as usize];
            let terms = self.contracts.terms(contract);
            let term = terms[place as usize];
            let seed = (u64::from(contract.customer) << 32) ^ u64::from(term.paid.unsigned_abs());
            let drawn =
                Generator::from_seed(seed).below((term.until + GRACE_DAYS - term.paid).max(1) as usize);
            let day = Day(term.paid + drawn as i32);
            let is_renewed_by_then = terms.get(place as usize + 1).is_some_and(|next| next.paid <= day.0);
            if !is_renewed_by_then {
                self.push(&mut sample, contract, day, place as usize);
            }
        }
        sample
    }

    /// Contracts that ran at the end of a day and whose cover ends within the horizon, as it was known then.
    fn due(&self, day: Day) -> Vec<(&Contract, usize)> {
        let standing = |contract| {
            let terms = self.contracts.terms(contract);
            let place = features::standing(terms, day)?;
            (terms[place].until <= day.0 + HORIZON_DAYS).then_some((contract, place))
        };
        self.contracts.all.iter().filter_map(standing).collect()
    }

    /// The model as it would have been before the last renewals, on what came of them.
    fn backtest(&self, last_day: Day) -> Result<Backtest, String> {
        let then = last_day.plus(-HORIZON_DAYS - GRACE_DAYS);
        let trained = self.past(then);
        let missing = || {
            format!("by {then} too little was known to train a model that could be judged on what came since")
        };
        if !needs(&trained, self.contracts).is_empty() {
            return Err(missing());
        }
        let learnt = learn(&trained).ok_or_else(missing)?;
        let due = self.due(then);
        if due.len() < FEWEST_JUDGED {
            return Err(format!("only {} contracts came to their renewal since {then}", due.len()));
        }
        let mut judged = self.empty();
        due.iter().for_each(|(contract, place)| self.push(&mut judged, contract, then, *place));
        let told = learnt.probabilities(&judged);
        let quality = Quality::of(&told, &judged.happened).ok_or_else(missing)?;
        Ok(Backtest {
            known_until: then.to_string(),
            judged_until: last_day.to_string(),
            quality,
            baselines: self.baselines(&judged, &due),
            expected: told.iter().sum(),
            came: judged.n_positive() as u64,
        })
    }

    /// What simpler ways would have told of the same contracts.
    fn baselines(&self, judged: &Sample, due: &[(&Contract, usize)]) -> Vec<Compared> {
        let by_renewals = |(contract, place): &(&Contract, usize)| {
            let months = self.contracts.terms(contract)[*place].months;
            self.fits.get(&months).map_or(0.0, |fit| fit.loss_at(*place as u32 + 1))
        };
        let by_renewals: Vec<f64> = due.iter().map(by_renewals).collect();
        let tenure: Vec<f64> = judged.column("tenure_days").iter().map(|days| -days).collect();
        let found = [
            Compared::of(
                "Number of renewals so far (shifted beta-geometric)",
                &by_renewals,
                &judged.happened,
            ),
            Compared::of("Shortest tenure alone", &tenure, &judged.happened),
        ];
        found.into_iter().flatten().collect()
    }

    fn score(
        &self,
        last_day: Day,
        sample: &Sample,
        learnt: &Learnt,
        backtest: Result<Backtest, String>,
    ) -> Risk {
        let running: Vec<&Contract> = self.contracts.running().collect();
        let mut risks = Vec::with_capacity(running.len());
        for part in running.chunks(AT_ONCE) {
            risks.extend(learnt.probabilities(&self.today(part, last_day)));
        }
        let reasons = self.reasons(&running, &risks, last_day, learnt);
        let outlook = self.outlook(&running, &risks, backtest.as_ref().ok(), last_day);
        let rows: Vec<u32> =
            thinned(sample.len(), ROWS_FOR_DRIVERS).into_iter().map(|row| row as u32).collect();
        let drivers = learnt.drivers(sample, &rows, |name| words::label(name).to_string());
        let first = self.contracts.all.iter().map(|contract| self.contracts.started(contract)).min();
        let trained = Trained {
            name: NAME,
            data_from: first.map(Day),
            data_until: last_day,
            n_rows: sample.len() as u64,
            n_positive: sample.n_positive() as u64,
            report: report::trained(learnt, drivers, backtest, running.len()),
            outlook: Some(outlook),
        };
        Risk { trained, risks: risks.into_iter().map(Some).collect(), reasons }
    }

    fn today(&self, running: &[&Contract], day: Day) -> Sample {
        let mut sample = self.empty();
        for contract in running {
            self.push(&mut sample, contract, day, self.contracts.terms(contract).len() - 1);
        }
        sample
    }

    /// The reasons of the contracts with the highest risks; none of the others.
    fn reasons(&self, running: &[&Contract], risks: &[f64], day: Day, learnt: &Learnt) -> Vec<Vec<Reason>> {
        let mut places: Vec<usize> = (0..running.len()).collect();
        places.sort_by(|a, b| risks[*b].total_cmp(&risks[*a]).then(a.cmp(b)));
        places.truncate(MOST_REASONED);
        let told: Vec<&Contract> = places.iter().map(|place| running[*place]).collect();
        let today = self.today(&told, day);
        let rows: Vec<u32> = (0..today.len() as u32).collect();
        let mut found = vec![Vec::new(); running.len()];
        places
            .into_iter()
            .zip(learnt.reasons(&today, &rows))
            .for_each(|(place, reasons)| found[place] = reasons);
        found
    }

    /// How many of the contracts that come to their renewal within the horizon are expected to end there.
    fn outlook(
        &self,
        running: &[&Contract],
        risks: &[f64],
        backtest: Option<&Backtest>,
        last_day: Day,
    ) -> Outlook {
        let is_due = |contract: &Contract| self.contracts.newest(contract).until <= last_day.0 + HORIZON_DAYS;
        let due: Vec<f64> = running
            .iter()
            .zip(risks)
            .filter(|(contract, _)| is_due(contract))
            .map(|(_, risk)| *risk)
            .collect();
        let (n, expected) = (due.len() as f64, due.iter().sum::<f64>());
        let chance: f64 = due.iter().map(|p| p * (1.0 - p)).sum();
        let off = backtest.map_or(0.05, |b| (b.came as f64 - b.expected).abs() / b.quality.n.max(1) as f64);
        let spread = normal_quantile(0.5 + LEVEL / 2.0) * (chance + (n * off.max(0.01)).powi(2)).sqrt();
        Outlook {
            due_on: last_day.plus(HORIZON_DAYS + GRACE_DAYS),
            n_scored: due.len() as u64,
            expected,
            low: (expected - spread).max(0.0),
            high: (expected + spread).min(n),
        }
    }
}

/// How many of the contracts that were due within the horizon after a day ended there, as is known by now.
pub fn ended_since(contracts: &Contracts, day: Day) -> u64 {
    let ended = |contract: &&Contract| {
        let terms = contracts.terms(contract);
        let Some(place) = features::standing(terms, day) else { return false };
        place + 1 == terms.len() && contract.ended.is_some() && terms[place].until <= day.0 + HORIZON_DAYS
    };
    contracts.all.iter().filter(ended).count() as u64
}

/// A report of what was not looked at, for a workspace without renewing products.
pub fn nothing(last_day: Day) -> Trained {
    let report: Report =
        report::empty(vec!["Products that are paid by period: mark them on their pages.".to_string()]);
    Trained::abstains(NAME, last_day, report)
}
