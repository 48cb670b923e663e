//! A year of the demo company in monthly turns: what its owner does is done by the product's verbs, what its customers do
//! about it comes from the simulated world, and what came of it is measured.
//!
//! The clock is held and moves with the days of the story. The truth about the effects is written to a file for tests; the
//! story itself never looks at it.

mod days;
mod deeds;
mod goals;
mod grounds;
mod ideas;
mod mails;

pub use ideas::{Plan, Whom, ideas, plans};

use crate::schedule;
use cycle::act::deliver::Post;
use cycle::analyze::FactsCache;
use cycle::calendar::Day;
use cycle::measure::effects::{self, Conclusion};
use cycle::plan::turns::{self, Cadence};
use cycle::turn::close;
use cycle::{interpret, turn};
use deeds::Deed;
use platform::jobs::{self, Registry};
use platform::store::{Snapshot, Store, Tx};
use platform::{By, Micros, Result};
use serde_json::{Value, json};
use simulator::world::{Happening, Said, World};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Turns of a year.
pub const N_TURNS: usize = 12;
/// How often the shop's orders are taken in. **Units:** days.
const DAYS_BETWEEN_IMPORTS: u32 = 7;

/// The company in its year.
pub struct Year<'a> {
    store: &'a Store,
    registry: &'a Arc<Registry>,
    post: &'a Post,
    /// The folder in which handed-in files are kept, and that in which the shop leaves its exports.
    files: &'a Path,
    export: PathBuf,
    owner: By,
    owner_id: String,
    world: World,
    facts: FactsCache,
    deeds: Vec<Deed>,
    /// What happened since the shop's orders were last taken in.
    waiting: Vec<Happening>,
    /// The person who wrote each note, and what only the world knows of it.
    said: Vec<(String, Said)>,
}

/// What came of something that was tried.
#[derive(Debug, Clone)]
pub struct Tried {
    pub name: String,
    pub action_id: String,
    pub conclusion: Option<Conclusion>,
    pub is_final: bool,
    /// Per person, with the interval of daily looks, in the metric's unit.
    pub estimate: Option<(f64, f64, f64)>,
    /// What only the world knows: the same, and orders per person.
    pub truth: f64,
}

/// What the year came to.
#[derive(Debug)]
pub struct Played {
    /// The world as it stands at the end: what only tests may look at.
    pub world: World,
    pub n_turns: usize,
    pub n_orders: usize,
    pub n_newcomers: usize,
    pub tried: Vec<Tried>,
    /// What customers wrote, by the product's id of the person, with the truth about it.
    pub said: Vec<(String, Said)>,
}

impl Played {
    /// What only the world knows: the true effect of each deed, and what everybody who lives is like.
    pub fn truth(&self) -> Value {
        let tried: Vec<Value> = self
            .tried
            .iter()
            .map(|t| json!({ "name": t.name, "action": t.action_id, "true_effect": t.truth }))
            .collect();
        let people: Vec<Value> = self
            .world
            .people()
            .iter()
            .map(|who| {
                json!({
                    "number": who.number, "alive": who.state.alive, "rate_per_week": who.traits.rate_per_week,
                    "dropout": who.traits.dropout, "mean_spend_minor": who.traits.mean_spend_minor,
                })
            })
            .collect();
        let texts: Vec<Value> = self
            .said
            .iter()
            .map(|(person, said)| {
                json!({
                    "person": person, "subject": said.subject.name(), "tone": said.tone.name(), "text": said.text,
                })
            })
            .collect();
        json!({ "tried": tried, "people": people, "texts": texts })
    }

    pub fn as_json(&self) -> Value {
        let tried: Vec<Value> = self
            .tried
            .iter()
            .map(|t| {
                json!({
                    "name": t.name, "action": t.action_id, "conclusion": t.conclusion.map(Conclusion::name),
                    "is_final": t.is_final, "estimate": t.estimate.map(|(estimate, _, _)| estimate),
                    "low": t.estimate.map(|(_, low, _)| low), "high": t.estimate.map(|(_, _, high)| high),
                })
            })
            .collect();
        json!({ "turns": self.n_turns, "orders": self.n_orders, "newcomers": self.n_newcomers, "tried": tried })
    }
}

impl<'a> Year<'a> {
    /// The company on the first day of its year. The clock of the store is held there.
    pub fn new(
        store: &'a Store,
        (registry, post): (&'a Arc<Registry>, &'a Post),
        (files, export): (&'a Path, &Path),
        owner_id: &str,
        world: World,
    ) -> Year<'a> {
        Year {
            store,
            registry,
            post,
            files,
            export: export.to_owned(),
            owner: By::user(owner_id),
            owner_id: owner_id.to_string(),
            world,
            facts: FactsCache::default(),
            deeds: Vec::new(),
            waiting: Vec::new(),
            said: Vec::new(),
        }
    }

    /// Plays turn after turn until the end of the day `until`; the last turn stays open.
    pub fn play(mut self, turns: &[(Day, Day)], until: Day, says: &mut dyn FnMut(&str)) -> Result<Played> {
        let owner_id = self.owner_id.clone();
        self.write(move |tx| grounds::lay(tx, &owner_id))?;
        let (mut n_orders, mut n_newcomers) = (0, 0);
        for (number, (first, last)) in turns.iter().enumerate() {
            let is_last = number + 1 == turns.len();
            let turn_id = self.open_turn(*first, *last)?;
            self.analyse()?;
            self.set_goal(number, &turn_id, *last)?;
            // What begins on a day is felt from the next one on: the shop's orders carry a date and no hour.
            self.live_a_day();
            let begun = self.begin_deeds(number, &turn_id)?;
            let lived = self.live_until((*last).min(until))?;
            n_orders += lived.n_orders;
            n_newcomers += lived.n_newcomers;
            let read = self.read_results()?;
            if !is_last {
                self.close_turn(&turn_id, turns[number + 1])?;
            }
            let mut line = format!("  {first} to {last}: {} orders", lived.n_orders);
            for words in begun.iter().map(|name| format!("begun: {name}")).chain(read) {
                line.push_str("; ");
                line.push_str(&words);
            }
            says(&line);
        }
        self.analyse()?;
        let tried = self.tried()?;
        let said = std::mem::take(&mut self.said);
        Ok(Played { world: self.world, n_turns: turns.len(), n_orders, n_newcomers, tried, said })
    }

    fn write<T: Send + 'static>(
        &self,
        change: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.store.write(self.owner.clone(), change).wait()
    }

    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Snapshot<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.store.read(read).wait()
    }

    /// Jobs enqueue jobs: a campaign is planned, and then sent.
    fn run_jobs(&self) -> Result<()> {
        while jobs::run_due(self.store, self.registry)? > 0 {}
        Ok(())
    }

    fn move_clock(&self, to: Micros) -> Result<()> {
        self.store.move_clock(to)?;
        self.store.write(By::system(), schedule::tick).wait()?;
        self.run_jobs()
    }

    /// Opens the turn that the last close has planned, or the first one.
    fn open_turn(&self, first: Day, last: Day) -> Result<String> {
        let input = self.turn_input((first, last));
        let id = self.write(move |tx| {
            let turn = match turns::next_planned(tx)? {
                Some(planned) => planned,
                None => turns::create(tx, &input)?,
            };
            turns::open(tx, &turn.id)?;
            cycle::act::global_control::ensure(tx)?;
            Ok(turn.id)
        })?;
        self.run_jobs()?;
        Ok(id)
    }

    fn turn_input(&self, (first, last): (Day, Day)) -> turns::Input {
        let champion_id = Some(self.owner_id.clone());
        turns::Input { ends_on: last, champion_id, ..turns::Input::from(first, Cadence::Month) }
    }

    /// Goes through the close as its pages do: verdicts, what worked, what to stop, the report, the next turn.
    fn close_turn(&self, id: &str, next: (Day, Day)) -> Result<()> {
        let (id, next) = (id.to_string(), self.turn_input(next));
        self.write(move |tx| {
            turns::begin_close(tx, &id)?;
            close::judge_all(tx, &id)?;
            let chain = turn::chain::of_turn(tx, &id)?;
            let looks = close::looks(tx, &id)?;
            let works = looks.iter().filter(|look| look.conclusion == Conclusion::Works);
            let worked: Vec<String> = works.map(|look| look.why.clone()).collect();
            let review = close::Review {
                worked: Some(worked.join("\n")),
                stopped: Some(close::to_stop(&chain, &looks).join("\n")),
                proposals: close::proposals(&chain, &looks),
                ..close::review(tx, &id)?
            };
            close::state_review(tx, &id, &review)?;
            close::finish(tx, &id, &next).map(drop)
        })
    }

    fn analyse(&self) -> Result<()> {
        let options = turn::Options { facts: self.facts.clone(), ..turn::Options::default() };
        turn::run(self.store, &options, &mut |_| ())?;
        let new = self.read(|s| interpret::list(s, interpret::List::default()))?;
        let unseen: Vec<String> =
            new.into_iter().filter(|i| i.status == interpret::Status::New).map(|i| i.id).collect();
        self.write(move |tx| unseen.iter().try_for_each(|id| interpret::review(tx, id)))
    }

    /// What is final is said, and what was claimed is measured or refuted by it.
    fn read_results(&mut self) -> Result<Vec<String>> {
        let mut said = Vec::new();
        for place in 0..self.deeds.len() {
            if self.deeds[place].is_read {
                continue;
            }
            let id = self.deeds[place].action_id.clone();
            let looks = self.read(move |s| effects::latest_of_action(s, &id))?;
            let Some(look) = looks.into_iter().next().filter(|look| look.is_final) else { continue };
            self.deeds[place].is_read = true;
            self.write_back(&self.deeds[place], look.conclusion, &look.why)?;
            said.push(format!("{}: {}", self.deeds[place].name, in_words(look.conclusion)));
        }
        Ok(said)
    }

    /// The insight that was acted on is measured; a claim that the measurement speaks against is refuted.
    fn write_back(&self, deed: &Deed, conclusion: Conclusion, why: &str) -> Result<()> {
        let action_id = deed.action_id.clone();
        let refuted = matches!(conclusion, Conclusion::Harms | Conclusion::NoEffectShown);
        let (insight_id, why) = (deed.insight_id.clone(), why.to_string());
        self.write(move |tx| {
            let action = cycle::act::actions::get(tx, &action_id)?;
            if action.state == cycle::act::actions::State::Running {
                cycle::act::actions::finish(tx, &action_id)?;
            }
            let Some(id) = &insight_id else { return Ok(()) };
            if interpret::get(tx, id)?.status == interpret::Status::Acting {
                interpret::measured(tx, id)?;
                if refuted {
                    interpret::refute(tx, id, &why)?;
                }
            }
            Ok(())
        })
    }

    fn tried(&self) -> Result<Vec<Tried>> {
        let mut tried = Vec::new();
        for deed in &self.deeds {
            let id = deed.action_id.clone();
            let look = self.read(move |s| effects::latest_of_action(s, &id))?.into_iter().next();
            let truth = self.world.true_effect(deed.experiment, deed.window_days);
            tried.push(Tried {
                name: deed.name.to_string(),
                action_id: deed.action_id.clone(),
                conclusion: look.as_ref().map(|look| look.conclusion),
                is_final: look.as_ref().is_some_and(|look| look.is_final),
                estimate: look
                    .and_then(|look| look.found)
                    .map(|found| (found.estimate, found.always_low, found.always_high)),
                truth: if deed.metric == "revenue" { truth.revenue_minor } else { truth.ordered_share },
            });
        }
        Ok(tried)
    }
}

/// A conclusion as the story tells it.
pub fn in_words(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Works => "it works",
        Conclusion::Harms => "it harms",
        Conclusion::NoEffectShown => "no effect shown",
        Conclusion::CannotTellYet => "can't tell",
    }
}
