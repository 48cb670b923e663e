//! The living world: the company's customers day after day, reacting to what the firm does.
//!
//! It knows nothing of any program. A driver tells it what reached whom ([`World::reach`]), lets a day pass
//! ([`World::live_a_day`]) and carries what happened through the product's public doors. The truth about an experiment
//! ([`World::true_effect`]) comes from living its days twice, with and without the deed, by the same chances.

mod happenings;
mod potential;
mod resident;
mod response;
mod staff;
mod words;

pub use happenings::{Happening, Purchase, What};
pub use potential::{Outcome, TrueEffect};
pub use resident::{Contact, Resident, State};
pub use response::{Deed, Idea, Manner, Response};
pub use staff::{Call, Colleague, STAFF};
pub use words::{LATE_CARRIER_AFTER, Said, Subject, Tone};

use crate::calendar;
use crate::cards::{self, Card};
use crate::company::Company;
use crate::history::{Channel, Parameters, Traits};
use crate::person::Newsletter;
use crate::random::{Chance, Purpose};
use crate::settings::World as Kind;
use crate::table::DateStyle;
use jiff::{ToSpan, civil::Date};

/// What surrounds everybody: the same for all people and in both potential outcomes.
#[derive(Clone, Debug)]
pub struct Surroundings {
    pub seed: u64,
    pub shop: Parameters,
    pub ideas: Vec<Idea>,
    opening: Date,
    is_lively: bool,
}

impl Surroundings {
    /// The date of a day, counted from the opening.
    pub fn date(&self, day: u32) -> Date {
        self.opening.saturating_add(i64::from(day).days())
    }

    fn season(&self, day: u32) -> f64 {
        if self.is_lively { calendar::repeat_season(self.date(day)) } else { 1.0 }
    }
}

/// The stream of one person's day.
pub(crate) fn moment(person: u32, day: u32) -> u64 {
    u64::from(person) << 20 | u64::from(day)
}

/// An experiment as the world sees it.
#[derive(Clone, Debug)]
pub struct Experiment {
    pub idea: usize,
    pub launched: u32,
    /// Everybody who was assigned, treated or held out, with whether the deed can reach them, and how they stood.
    people: Vec<(u32, Reach, State)>,
}

impl Experiment {
    /// Everybody who was assigned.
    pub fn people(&self) -> impl Iterator<Item = u32> + '_ {
        self.people.iter().map(|(person, _, _)| *person)
    }
}

/// Whether a deed reaches somebody who is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Reachable,
    /// Has no address, or wants no mail.
    OutOfReach,
}

/// The living world.
#[derive(Clone, Debug)]
pub struct World {
    around: Surroundings,
    company: Company,
    people: Vec<Resident>,
    experiments: Vec<Experiment>,
    /// The day that is lived next.
    day: u32,
    arrivals_a_day: f64,
}

impl World {
    /// The world that begins on the last day of a company's history, with its people as they stand then.
    pub fn of(company: Company, ideas: Vec<Idea>) -> World {
        let is_lively = company.settings().world == Kind::Lively;
        let calendar = company.calendar();
        let (opening, day) = (calendar.opening, calendar.n_days);
        let around = Surroundings {
            seed: company.settings().seed,
            shop: *company.parameters(),
            ideas,
            opening,
            is_lively,
        };
        let people: Vec<Resident> =
            (0..company.settings().n_customers).map(|index| resident(&company, index)).collect();
        let arrivals_a_day = if is_lively { people.len() as f64 / f64::from(day) } else { 0.0 };
        World { around, company, people, experiments: Vec::new(), day, arrivals_a_day }
    }

    /// What surrounds everybody.
    pub fn surroundings(&self) -> &Surroundings {
        &self.around
    }

    /// Everybody, those who left included.
    pub fn people(&self) -> &[Resident] {
        &self.people
    }

    /// The day that is lived next.
    pub fn day(&self) -> u32 {
        self.day
    }

    /// Its date.
    pub fn date(&self) -> Date {
        self.around.date(self.day)
    }

    /// The company whose people these are.
    pub fn company(&self) -> &Company {
        &self.company
    }

    /// The card of somebody, as the shop's customer file would have it if nobody mistyped.
    pub fn card(&self, index: u32) -> Card {
        let who = &self.people[index as usize];
        let person = self.company.person(index, &who.traits);
        // The calendar of the history does not reach those who came later; their day is written below.
        let traits = Traits { arrived: 0.0, ..who.traits };
        let number = who.number.clone();
        let card = cards::tidy_card(number, &person, &traits, self.company.calendar(), DateStyle::Iso);
        Card { since: self.around.date(who.since).to_string(), email: who.email.clone(), ..card }
    }

    /// The place of a person by their customer number.
    pub fn person(&self, number: &str) -> Option<u32> {
        // Numbers grow with the place, by two rules; see `resident` and `arrive`.
        let place = self.people.iter().position(|person| person.number == number)?;
        u32::try_from(place).ok()
    }

    /// Notes that an idea is tried from today on, on these people; returns the experiment.
    pub fn begin(&mut self, idea: usize, people: impl IntoIterator<Item = (u32, Reach)>) -> u32 {
        let people = people
            .into_iter()
            .map(|(person, reach)| (person, reach, self.people[person as usize].state.clone()))
            .collect();
        self.experiments.push(Experiment { idea, launched: self.day, people });
        self.experiments.len() as u32 - 1
    }

    /// The experiments so far.
    pub fn experiments(&self) -> &[Experiment] {
        &self.experiments
    }

    /// Lets the deed of an experiment reach somebody today, or a call when the staff come to it.
    pub fn reach(&mut self, experiment: u32, person: u32) {
        let idea = self.experiments[experiment as usize].idea;
        if let Some(day) = self.reached_on(idea, person, self.day) {
            self.people[person as usize].contacts.push(Contact { day, idea, experiment });
        }
    }

    /// The day on which a deed that begins on `day` reaches somebody; None where the staff never come to it.
    fn reached_on(&self, idea: usize, person: u32, day: u32) -> Option<u32> {
        match self.around.ideas[idea].deed {
            Deed::Call => staff::call(self.around.seed, person, day).after_days.map(|after| day + after),
            Deed::Campaign | Deed::Offer | Deed::TouchPoint => Some(day),
        }
    }

    /// What the staff do about somebody on a call list of today.
    pub fn call(&self, person: u32) -> Call {
        staff::call(self.around.seed, person, self.day)
    }

    /// Lets a day pass; what happened, in order of the people.
    pub fn live_a_day(&mut self) -> Vec<Happening> {
        let day = self.day;
        let mut happened = self.arrive(day);
        let n_before = self.people.len() - happened.len();
        for (place, person) in self.people.iter_mut().enumerate().take(n_before) {
            let mut state = std::mem::take(&mut person.state);
            let index = place as u32;
            let did = resident::live(&self.around, (index, person), &mut state, &person.contacts, day);
            person.state = state;
            happened.extend(did.into_iter().map(|what| Happening { person: index, day, what }));
        }
        self.day += 1;
        happened
    }

    /// Those who come to the shop for the first time today, each with a first order.
    fn arrive(&mut self, day: u32) -> Vec<Happening> {
        let mut chance = Chance::new(self.around.seed, Purpose::Newcomer, u64::from(day) << 32);
        let n = chance.poisson(self.arrivals_a_day * calendar::arrival_season(self.around.date(day)));
        let mut happened = Vec::new();
        for _ in 0..n {
            let index = self.people.len() as u32;
            let person = newcomer(&self.company, index, day);
            let purchase = resident::first_purchase(&self.around, (index, &person), day);
            self.people.push(person);
            happened.push(Happening { person: index, day, what: What::Ordered(purchase) });
        }
        happened
    }
}

fn resident(company: &Company, index: u32) -> Resident {
    let history = company.history(index);
    let person = company.person(index, &history.traits);
    let state =
        State { alive: history.alive, subscribed: person.newsletter == Newsletter::Yes, ..State::default() };
    Resident {
        number: crate::company::card_number(index),
        email: person.email(),
        since: history.traits.arrived as u32,
        traits: history.traits,
        state,
        contacts: Vec::new(),
    }
}

/// Somebody new; the history's people have the places before.
fn newcomer(company: &Company, index: u32, day: u32) -> Resident {
    let shop = company.parameters();
    let mut chance = Chance::new(company.settings().seed, Purpose::Newcomer, u64::from(index));
    let shares = Channel::SHARES.map(|(_, share)| share);
    let channel = Channel::SHARES[chance.weighted(&shares)].0;
    let (rate_per_week, dropout) = (chance.gamma(shop.r, shop.alpha), chance.beta(shop.a, shop.b));
    let traits = Traits {
        arrived: f64::from(day),
        channel,
        business: false,
        bargain_hunter: false,
        onlooker: false,
        rate_per_week,
        dropout,
        mean_spend_minor: shop.p / chance.gamma(shop.q, shop.gamma),
    };
    let person = company.person(index, &traits);
    let subscribed = person.newsletter == Newsletter::Yes;
    Resident {
        number: format!("N{:06}", 100_001 + index),
        // Somebody of the history may have the natural address.
        email: format!("{}.{}@{}", person.mailbox, 5_000 + index, person.domain),
        traits,
        since: day,
        state: State { alive: true, subscribed, n_orders: 1, ..State::default() },
        contacts: Vec::new(),
    }
}
