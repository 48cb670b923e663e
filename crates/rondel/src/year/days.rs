//! The days of the year: what the customers do comes in as any shop's files, calls and letters do.

use super::deeds::Deed;
use super::{DAYS_BETWEEN_IMPORTS, Year};
use cycle::act::actions::Kind as ActionKind;
use cycle::act::call_lists::{self, Outcome};
use cycle::act::offers::{self, Redemption};
use cycle::calendar::Day;
use cycle::collect::imports::{self, Format, Incoming, Kind};
use platform::clock::{DAY, HOUR};
use platform::{Error, Result};
use records::consents::{self, LawfulBasis, State, Statement};
use simulator::doors::{write_newcomers, write_orders};
use simulator::world::{Happening, What};
use std::collections::HashMap;

/// The hour of the day at which the shop's files of the days before come in.
const MORNING: i64 = 7 * HOUR;

/// What happened in some days.
#[derive(Debug, Default)]
pub(super) struct Lived {
    pub(super) n_orders: usize,
    pub(super) n_newcomers: usize,
}

impl Year<'_> {
    /// Lives until the end of a day, and takes in what happened every few days.
    pub(super) fn live_until(&mut self, last: Day) -> Result<Lived> {
        let mut lived = Lived::default();
        let mut n_days = 1;
        loop {
            let day = self.today()?;
            if day > last {
                return Ok(lived);
            }
            self.live_a_day();
            n_days += 1;
            if n_days % DAYS_BETWEEN_IMPORTS == 0 || day == last {
                self.move_clock((day.next().start() + MORNING).max(self.store.now()))?;
                let happened = std::mem::take(&mut self.waiting);
                lived.n_orders += happened.iter().filter(|h| matches!(h.what, What::Ordered(_))).count();
                lived.n_newcomers += self.take_in(&happened)?;
                // The day's looks stand on what came in this morning.
                cycle::measure::daily(self.store)?;
            }
        }
    }

    /// The day that the world lives next.
    fn today(&self) -> Result<Day> {
        Day::parse(&self.world.date().to_string())
    }

    /// Lets a day pass in the world.
    pub(super) fn live_a_day(&mut self) {
        self.waiting.extend(self.world.live_a_day());
    }

    /// Carries what happened into the product; how many came for the first time.
    fn take_in(&mut self, happened: &[Happening]) -> Result<usize> {
        let newcomers = write_newcomers(&self.world, happened);
        self.import(Kind::People, "customers", &newcomers)?;
        self.import(Kind::Orders, "orders", &write_orders(&self.world, happened))?;
        let people = self.people_of(happened)?;
        self.said.extend(
            happened.iter().filter_map(|h| Some((people.get(&h.person)?.clone(), self.world.said(h)?))),
        );
        self.say(happened, &people)?;
        self.redeem(happened, &people)?;
        self.make_calls()?;
        Ok(newcomers.lines().count().saturating_sub(1))
    }

    fn import(&self, kind: Kind, what: &str, content: &str) -> Result<()> {
        if content.is_empty() {
            return Ok(());
        }
        let name = format!("{what}-until-{}.csv", Day::of(self.store.now() - DAY));
        let path = self.export.join(&name);
        std::fs::write(&path, content).map_err(|error| Error::file(&path, error))?;
        let incoming = Incoming { path, name, kind: Some(kind), format: Format::default(), source: None };
        let import = imports::arrive(self.store, self.files, self.owner.clone(), &incoming)?;
        let id = import.id.clone();
        self.write(move |tx| imports::start_here(tx, &id))?;
        imports::run(self.store, self.files, &import.id, &mut |_, _| ()).map(drop)
    }

    /// The product's ids of those who said or redeemed something, by their place in the world.
    fn people_of(&self, happened: &[Happening]) -> Result<HashMap<u32, String>> {
        let wanted: Vec<(u32, String)> = happened
            .iter()
            .filter(|h| is_said(&h.what) || coupon_of(&h.what).is_some())
            .map(|h| (h.person, self.world.people()[h.person as usize].number.clone()))
            .collect();
        self.read(move |s| {
            let mut found = HashMap::new();
            for (person, number) in wanted {
                if let Some(known) = records::people::by_external_id(s, &number)? {
                    found.insert(person, known.id);
                }
            }
            Ok(found)
        })
    }

    /// What customers said: they want no more mail, or want it, or something was wrong, or how likely they recommend.
    fn say(&self, happened: &[Happening], people: &HashMap<u32, String>) -> Result<()> {
        let said: Vec<(String, What, String)> = happened
            .iter()
            .filter(|h| is_said(&h.what))
            .filter_map(|h| {
                let text = self.world.said(h).map(|said| said.text).unwrap_or_default();
                Some((people.get(&h.person)?.clone(), h.what.clone(), text))
            })
            .collect();
        self.write(move |tx| {
            for (person_id, what, text) in &said {
                let state = match what {
                    What::Subscribed => State::Granted,
                    What::Unsubscribed => State::Denied,
                    // The staff write down what customers wrote; of a survey the score too.
                    What::Complained { .. } => {
                        records::notes::write(tx, person_id, text)?;
                        continue;
                    }
                    What::Answered { score } => {
                        records::notes::write(tx, person_id, &format!("{score}/10. {text}"))?;
                        continue;
                    }
                    _ => continue,
                };
                let statement = Statement {
                    person_id,
                    purpose: "marketing",
                    channel: "email",
                    state,
                    lawful_basis: LawfulBasis::Consent,
                    source: Some("a mail to the shop"),
                    stated_at: tx.now(),
                };
                consents::state(tx, &statement)?;
            }
            Ok(())
        })
    }

    /// Codes that were used with an order.
    fn redeem(&self, happened: &[Happening], people: &HashMap<u32, String>) -> Result<()> {
        let action_of = |experiment: u32| {
            let deed = self.deeds.iter().find(|deed: &&Deed| deed.experiment == experiment)?;
            (deed.kind == ActionKind::Offer).then(|| deed.action_id.clone())
        };
        let used: Vec<(String, String, String, i64, i64)> = happened
            .iter()
            .filter_map(|h| {
                let What::Ordered(order) = &h.what else { return None };
                let action_id = action_of(order.coupon_of?)?;
                let discount: i64 = order.lines.iter().map(|line| line.discount_minor).sum();
                let person = people.get(&h.person)?.clone();
                Some((action_id, person, order.number.clone(), order.amount_minor(), discount))
            })
            .collect();
        self.write(move |tx| {
            for (action_id, person_id, number, order_minor, discount) in &used {
                let Some(code) = offers::code_of(tx, action_id, person_id)? else { continue };
                if code.redeemed_at.is_some() {
                    continue;
                }
                let redemption = Redemption {
                    code: code.code,
                    order_number: Some(number.clone()),
                    order_minor: *order_minor,
                    discount_minor: Some(*discount),
                };
                match offers::redeem(tx, &redemption) {
                    // The last day of the code is over: the shop was generous.
                    Ok(_) | Err(Error::Invalid(_) | Error::Conflict(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        })
    }

    /// The staff do some of their calls, the most valuable customers first.
    fn make_calls(&self) -> Result<()> {
        for deed in self.deeds.iter().filter(|deed| deed.kind == ActionKind::CallList && !deed.is_read) {
            let (id, reached) = (deed.action_id.clone(), self.reached_by_now(deed.experiment)?);
            self.write(move |tx| {
                for task in call_lists::next(tx, &id, 10_000)? {
                    if reached.contains(&task.person_id) {
                        call_lists::call(tx, &task.id, Outcome::Reached, "")?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// The product's ids of those whom an experiment of the world has reached by now.
    fn reached_by_now(&self, experiment: u32) -> Result<std::collections::HashSet<String>> {
        let today = self.world.day();
        let numbers: Vec<String> = self
            .world
            .people()
            .iter()
            .filter(|who| who.contacts.iter().any(|c| c.experiment == experiment && c.day < today))
            .map(|who| who.number.clone())
            .collect();
        self.read(move |s| {
            let mut ids = std::collections::HashSet::new();
            for number in numbers {
                ids.extend(records::people::by_external_id(s, &number)?.map(|person| person.id));
            }
            Ok(ids)
        })
    }
}

fn is_said(what: &What) -> bool {
    matches!(what, What::Subscribed | What::Unsubscribed | What::Complained { .. } | What::Answered { .. })
}

fn coupon_of(what: &What) -> Option<u32> {
    match what {
        What::Ordered(order) => order.coupon_of,
        _ => None,
    }
}
