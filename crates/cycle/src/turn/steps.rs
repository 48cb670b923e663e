//! The steps of a turn, one function each, and what they hand on.

use super::records_of_runs::stands_at;
use super::{Options, counts};
use crate::analyze::churn::{self, Churn};
use crate::analyze::contracts;
use crate::analyze::leads::{self, Leads};
use crate::analyze::lifetime_value::{self, LifetimeValue};
use crate::analyze::models::{self, Trained};
use crate::analyze::next_product::{self, NextProduct};
use crate::analyze::results::{self, Basis};
use crate::analyze::rfm::{self, Rfm};
use crate::analyze::scores::{self, Scored};
use crate::analyze::{Facts, cohorts, moves, texts};
use crate::calendar::{self, AsOfReason, Day};
use crate::interpret::{self, Inputs, Outcome, TrackRecords};
use crate::measure::calibration;
use crate::plan::kept;
use crate::plan::lead_scoring;
use crate::process::dedupe::{self, Extent};
use crate::process::quality::{self, Board, QualityRun};
use platform::store::{Pending, Snapshot, Store, Tx};
use platform::{By, Error, Result};
use std::sync::Arc;
use std::thread::JoinHandle;

/// One step: its name in the records, and what it does. It tells how many rows it has done, and returns how many it did.
#[derive(Clone, Copy)]
pub struct Step {
    pub name: &'static str,
    pub run: fn(&mut Pass<'_>, &mut dyn FnMut(usize)) -> Result<u64>,
}

/// Every step in order. A step may use what the steps before it left in the [`Pass`].
///
/// Quality and duplicates need nothing of the analyses: they are worked out beside them, and their steps wait for them.
pub const STEPS: &[Step] = &[
    Step { name: "facts", run: facts },
    Step { name: "rfm", run: rfm },
    Step { name: "cohorts", run: cohorts },
    Step { name: "lifetime_value", run: lifetime_value },
    Step { name: "churn", run: churn },
    Step { name: "contracts", run: contracts },
    Step { name: "leads", run: leads },
    Step { name: "next_product", run: next_product },
    Step { name: "forecasts", run: forecasts },
    Step { name: "texts", run: texts },
    Step { name: "quality", run: quality_board },
    Step { name: "duplicates", run: duplicates },
    Step { name: "scores", run: scores },
    Step { name: "insights", run: insights },
    Step { name: "counts", run: counts },
];

/// What a turn has found so far.
pub struct Pass<'a> {
    pub store: &'a Store,
    pub options: &'a Options,
    pub run_id: &'a str,
    quality_run: Option<JoinHandle<Result<QualityRun>>>,
    duplicates: Option<JoinHandle<Result<u64>>>,
    quality: Option<Arc<Board>>,
    basis: Option<(Arc<Facts>, Day, AsOfReason)>,
    rfm: Option<Arc<Rfm>>,
    cohorts: Option<Arc<cohorts::Analysis>>,
    lifetime_value: Option<Arc<LifetimeValue>>,
    churn: Option<Arc<Churn>>,
    contracts: Option<Arc<contracts::Analysis>>,
    leads: Option<Arc<Leads>>,
    next_product: Option<Arc<NextProduct>>,
    models: Vec<Trained>,
    /// What came of forecasts of earlier versions of models: id and number.
    came: Vec<(String, f64)>,
    moves: Option<Arc<moves::Report>>,
    texts: Option<Arc<texts::Report>>,
    /// Order lines that are read while the customers are analysed.
    lines: Option<Pending<next_product::Lines>>,
    /// Payments for products that renew, read at the same time.
    payments: Option<Pending<contracts::Payments>>,
    /// Insights that are looked for while the scores are written.
    looked: Option<Pending<(Outcome, TrackRecords)>>,
    /// What pages of a large workspace show without counting again: counted beside the steps, in two halves.
    counts_of_facts: Option<Pending<counts::OfFacts>>,
    counts: Option<counts::OfScores>,
    results: Vec<(&'static str, String)>,
}

impl<'a> Pass<'a> {
    pub(super) fn new(store: &'a Store, options: &'a Options, run_id: &'a str) -> Self {
        Self {
            store,
            options,
            run_id,
            quality_run: None,
            duplicates: None,
            quality: None,
            basis: None,
            rfm: None,
            cohorts: None,
            lifetime_value: None,
            churn: None,
            contracts: None,
            leads: None,
            next_product: None,
            models: Vec::new(),
            came: Vec::new(),
            moves: None,
            texts: None,
            lines: None,
            payments: None,
            looked: None,
            counts_of_facts: None,
            counts: None,
            results: Vec::new(),
        }
    }

    /// Begins what needs nothing of the analyses, on threads of its own.
    fn begin_process(&mut self) {
        let (measured, searched) = (self.store.clone(), self.store.clone());
        self.quality_run = Some(std::thread::spawn(move || quality::run(&measured)));
        self.duplicates = Some(std::thread::spawn(move || search_duplicates(&searched)));
    }

    /// The facts of this turn.
    pub fn facts(&self) -> Result<&Arc<Facts>> {
        self.basis.as_ref().map(|basis| &basis.0).ok_or_else(|| missing("facts"))
    }

    /// The last day that the analyses know; None before the facts are read.
    pub fn last_day(&self) -> Option<Day> {
        self.basis.as_ref().map(|basis| basis.1)
    }

    pub fn rfm(&self) -> Result<&Arc<Rfm>> {
        self.rfm.as_ref().ok_or_else(|| missing("rfm"))
    }

    /// None where no month of the orders is over.
    pub fn cohorts(&self) -> Option<&Arc<cohorts::Analysis>> {
        self.cohorts.as_ref()
    }

    pub fn lifetime_value(&self) -> Result<&Arc<LifetimeValue>> {
        self.lifetime_value.as_ref().ok_or_else(|| missing("lifetime_value"))
    }

    pub fn churn(&self) -> Result<&Arc<Churn>> {
        self.churn.as_ref().ok_or_else(|| missing("churn"))
    }

    pub fn contracts(&self) -> Result<&Arc<contracts::Analysis>> {
        self.contracts.as_ref().ok_or_else(|| missing("contracts"))
    }

    pub fn leads(&self) -> Result<&Arc<Leads>> {
        self.leads.as_ref().ok_or_else(|| missing("leads"))
    }

    pub fn next_product(&self) -> Result<&Arc<NextProduct>> {
        self.next_product.as_ref().ok_or_else(|| missing("next_product"))
    }

    fn day(&self) -> Result<Day> {
        self.last_day().ok_or_else(|| missing("facts"))
    }

    fn keep<T: serde::Serialize>(&mut self, name: &'static str, result: &T) -> Result<()> {
        self.results.push((name, serde_json::to_string(result)?));
        Ok(())
    }
}

fn missing(step: &str) -> Error {
    Error::database(format!("a step of the turn needs what the step “{step}” finds, which has not run"))
}

/// Waits for the quality board, which is worked out beside the analyses.
fn quality_board(pass: &mut Pass<'_>, _: &mut dyn FnMut(usize)) -> Result<u64> {
    let run = match pass.quality_run.take() {
        Some(work) => ended(work, "the measuring of quality")?,
        None => quality::run(pass.store)?,
    };
    let n = run.board.n_records.values().sum();
    pass.quality = Some(Arc::new(run.board));
    Ok(n)
}

/// Waits for the search for duplicates, which goes on beside the analyses.
fn duplicates(pass: &mut Pass<'_>, _: &mut dyn FnMut(usize)) -> Result<u64> {
    match pass.duplicates.take() {
        Some(work) => ended(work, "the search for duplicates"),
        None => search_duplicates(pass.store),
    }
}

/// What a thread came to.
fn ended<T>(work: JoinHandle<Result<T>>, what: &str) -> Result<T> {
    work.join().unwrap_or_else(|_| Err(Error::Panicked(what.to_string())))
}

/// Only people and companies that were written since the last search; all of them at the first.
fn search_duplicates(store: &Store) -> Result<u64> {
    let found = dedupe::run(store, Extent::Changed)?;
    Ok(found.n_people + found.n_companies)
}

fn facts(pass: &mut Pass<'_>, _: &mut dyn FnMut(usize)) -> Result<u64> {
    pass.begin_process();
    let facts = pass.options.facts.get(pass.store)?;
    let span = facts.span();
    let today = Day::of(pass.store.now());
    let (last_day, why) = calendar::last_day(pass.options.last_day, span.map(|span| span.1), today);
    let basis = Basis {
        last_day,
        why,
        in_words: why.in_words(last_day),
        currency: facts.currency.code().to_string(),
        first_order: span.map(|span| span.0),
        newest_order: span.map(|span| span.1),
        n_customers: u64::from(facts.n_customers()),
        n_orders: facts.n_orders() as u64,
        left_out: facts.left_out,
    };
    pass.keep(results::BASIS, &basis)?;
    let n_orders = facts.n_orders() as u64;
    let known = facts.clone();
    pass.lines = Some(pass.store.scan(move |s| next_product::Lines::read(s, &known, last_day)));
    let known = facts.clone();
    pass.payments = Some(pass.store.scan(move |s| contracts::Payments::read(s, &known, last_day)));
    if facts.n_orders() >= pass.options.kept_from_orders {
        pass.counts_of_facts = Some(counts::begin(pass.store, facts.clone(), last_day));
    }
    pass.basis = Some((facts, last_day, why));
    Ok(n_orders)
}

fn rfm(pass: &mut Pass<'_>, _: &mut dyn FnMut(usize)) -> Result<u64> {
    let facts = pass.facts()?.clone();
    let found = rfm::analyze(&facts, pass.day()?);
    pass.keep(results::RFM, &found.report(facts.currency.code()))?;
    let n = found.customers.len() as u64;
    pass.rfm = Some(Arc::new(found));
    Ok(n)
}

fn cohorts(pass: &mut Pass<'_>, _: &mut dyn FnMut(usize)) -> Result<u64> {
    let facts = pass.facts()?.clone();
    let found = cohorts::analyze(&facts, pass.day()?)?;
    let report = found.as_ref().map(|found| found.report(&facts));
    pass.keep(results::COHORTS, &report)?;
    let n = found.as_ref().map_or(0, |found| found.triangle.cohorts.len() as u64);
    pass.cohorts = found.map(Arc::new);
    Ok(n)
}

fn lifetime_value(pass: &mut Pass<'_>, _: &mut dyn FnMut(usize)) -> Result<u64> {
    let facts = pass.facts()?.clone();
    let found = lifetime_value::analyze(&facts, pass.day()?);
    pass.keep(results::LIFETIME_VALUE, &found.report(&facts))?;
    let n = found.customers.len() as u64;
    pass.lifetime_value = Some(Arc::new(found));
    Ok(n)
}

/// Trains the model of churn, scores all customers, and sees what came of what earlier versions foretold.
fn churn(pass: &mut Pass<'_>, _: &mut dyn FnMut(usize)) -> Result<u64> {
    let (facts, day) = (pass.facts()?.clone(), pass.day()?);
    let known = facts.clone();
    let read = move |s: &mut Snapshot<'_>| {
        Ok((churn::Consents::read(s, &known)?, models::unsettled(s, churn::NAME, day)?))
    };
    let (consents, due) = pass.store.scan(read).wait()?;
    let found = churn::analyze(&facts, &consents, day);
    for version in due {
        if let Some(horizon) = version.report.horizon_days {
            let left = churn::left_since(&facts, version.data_until, horizon);
            pass.came.push((version.id, left as f64));
        }
    }
    pass.models.push(found.trained.clone());
    let n = found.customers.len() as u64;
    pass.churn = Some(Arc::new(found));
    Ok(n)
}

/// Finds the contracts of customers who pay by period, trains the model of renewals, and sees what came of earlier ones.
fn contracts(pass: &mut Pass<'_>, _: &mut dyn FnMut(usize)) -> Result<u64> {
    let (facts, day) = (pass.facts()?.clone(), pass.day()?);
    let payments = pass.payments.take().ok_or_else(|| missing("facts"))?.wait()?;
    let found = Arc::new(contracts::analyze(payments, &facts, pass.lifetime_value()?, day));
    let due = pass.store.scan(move |s| models::unsettled(s, contracts::NAME, day)).wait()?;
    for version in due {
        let ended = contracts::ended_since(&found.contracts, version.data_until);
        pass.came.push((version.id, ended as f64));
    }
    pass.keep(results::CONTRACTS, &found.report)?;
    pass.models.push(found.trained.clone());
    stands_at(pass.store, pass.run_id, day)?;
    let n = contracts::write(pass.store, pass.run_id, &facts, &found)?;
    pass.contracts = Some(found);
    Ok(n)
}

/// Scores everybody who never bought, by the rules and by what foretold first orders so far.
fn leads(pass: &mut Pass<'_>, _: &mut dyn FnMut(usize)) -> Result<u64> {
    let (facts, day) = (pass.facts()?.clone(), pass.day()?);
    let read = move |s: &mut Snapshot<'_>| {
        Ok((leads::People::read(s)?, lead_scoring::get(s)?, models::unsettled(s, leads::NAME, day)?))
    };
    let (people, scoring, due) = pass.store.scan(read).wait()?;
    let found = leads::analyze(&people, &facts, &scoring, day);
    for version in due {
        if let Some(horizon) = version.report.horizon_days {
            let bought = leads::bought_since(&people, version.data_until, horizon);
            pass.came.push((version.id, bought as f64));
        }
    }
    pass.models.push(found.trained.clone());
    let n = found.all.len() as u64;
    pass.leads = Some(Arc::new(found));
    Ok(n)
}

/// Learns what is bought next, and names it for everybody who bought lately.
fn next_product(pass: &mut Pass<'_>, _: &mut dyn FnMut(usize)) -> Result<u64> {
    let lines = pass.lines.take().ok_or_else(|| missing("facts"))?.wait()?;
    let found = next_product::analyze(&lines, pass.day()?);
    pass.models.push(found.trained.clone());
    let n = found.trained.n_rows;
    pass.next_product = Some(Arc::new(found));
    Ok(n)
}

/// Foretells every metric that is measured over time, and says which of them moved and by whom.
fn forecasts(pass: &mut Pass<'_>, _: &mut dyn FnMut(usize)) -> Result<u64> {
    let (facts, last_day) = (pass.facts()?.clone(), pass.day()?);
    let work = move |s: &mut platform::Snapshot<'_>| {
        let kept = results::latest_forecasts(s)?.map(|latest| latest.result.standing).unwrap_or_default();
        moves::run(s, &facts, last_day, kept)
    };
    let (foretold, moved) = pass.store.scan(work).wait()?;
    pass.keep(results::FORECASTS, &foretold)?;
    pass.keep(results::MOVES, &moved)?;
    pass.moves = Some(Arc::new(moved));
    Ok(foretold.metrics.len() as u64)
}

/// Reads the tone of notes that are new or changed, and groups the newest into topics.
fn texts(pass: &mut Pass<'_>, _: &mut dyn FnMut(usize)) -> Result<u64> {
    let n_read = texts::update(pass.store)?;
    let (facts, last_day) = (pass.facts()?.clone(), pass.day()?);
    let (found, topics) = pass.store.scan(move |s| texts::analyze(s, &facts, last_day)).wait()?;
    texts::keep_topics(pass.store, topics)?;
    pass.keep(results::TEXTS, &found)?;
    pass.texts = Some(Arc::new(found));
    Ok(n_read)
}

/// Writes the scores and, when all are there, publishes the results of the analyses together.
fn scores(pass: &mut Pass<'_>, progress: &mut dyn FnMut(usize)) -> Result<u64> {
    let scored = Scored {
        run_id: pass.run_id.into(),
        facts: pass.facts()?.clone(),
        rfm: pass.rfm()?.clone(),
        lifetime_value: pass.lifetime_value()?.clone(),
        churn: pass.churn()?.clone(),
        contracts: pass.contracts()?.clone(),
        next_product: pass.next_product()?.clone(),
        leads: pass.leads()?.clone(),
    };
    pass.looked = Some(look_for_insights(pass)?);
    let n = scores::write(pass.store, &scored, progress)?;
    let (run_id, results) = (pass.run_id.to_string(), std::mem::take(&mut pass.results));
    let (trained, came) = (std::mem::take(&mut pass.models), std::mem::take(&mut pass.came));
    let publish = move |tx: &mut Tx<'_>| {
        came.iter().try_for_each(|(id, came)| models::settle(tx, id, *came))?;
        trained.iter().try_for_each(|trained| models::keep(tx, &run_id, trained))?;
        results::publish(tx, &run_id, &results)
    };
    pass.store.write(By::system(), publish).wait()?;
    if let Some(of_facts) = pass.counts_of_facts.take() {
        pass.counts = Some(counts::go_on(pass.store, of_facts.wait()?)?);
    }
    Ok(n as u64)
}

/// Keeps the insights that were looked for beside the writing of scores.
fn insights(pass: &mut Pass<'_>, _: &mut dyn FnMut(usize)) -> Result<u64> {
    let looked = match pass.looked.take() {
        Some(looked) => looked,
        None => look_for_insights(pass)?,
    };
    let (outcome, records) = looked.wait()?;
    let currency = pass.facts()?.currency.code();
    interpret::save(pass.store, pass.run_id, currency, outcome, &records)
}

/// Begins to look for insights in what the steps before found; none of it needs the scores as they are written.
fn look_for_insights(pass: &Pass<'_>) -> Result<Pending<(Outcome, TrackRecords)>> {
    let inputs = Inputs {
        facts: pass.facts()?.clone(),
        last_day: pass.day()?,
        rfm: pass.rfm()?.clone(),
        cohorts: pass.cohorts.clone(),
        lifetime_value: pass.lifetime_value()?.clone(),
        next_product: pass.next_product.clone(),
        contracts: pass.contracts.clone(),
        moves: pass.moves.clone(),
        texts: pass.texts.clone(),
        quality: pass.quality.clone(),
    };
    Ok(pass.store.scan(move |s| Ok((interpret::run(s, &inputs)?, calibration::of_insights(s)?))))
}

/// Keeps what was counted for pages; in a smaller workspace, that nothing is.
fn counts(pass: &mut Pass<'_>, _: &mut dyn FnMut(usize)) -> Result<u64> {
    let counts = pass.counts.take().map(counts::finish).transpose()?.unwrap_or_default();
    let n = counts.n() as u64;
    pass.store.write(By::system(), move |tx| kept::replace(tx, &counts)).wait()?;
    Ok(n)
}
