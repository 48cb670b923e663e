//! The true effect of an experiment: its days lived twice for each person, with the deed and without it.
//!
//! Both lives draw the same chances (common random numbers), so what differs between them is what the deed did. The mean
//! over everybody who was assigned is the average treatment effect that an honest measurement estimates, by intention to
//! treat: who was never rung up, or has no address, counts with the difference of zero that they have.

use super::happenings::What;
use super::resident::{self, Contact, State};
use super::{Reach, World};

/// What somebody did in the window of an experiment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub n_orders: u32,
    /// **Units**: minor units; orders less what was sent back.
    pub revenue_minor: i64,
    pub n_complaints: u32,
    pub n_unsubscribed: u32,
}

impl Outcome {
    /// Counts something that somebody did.
    pub fn add(&mut self, what: &What) {
        match what {
            What::Ordered(purchase) => {
                self.n_orders += 1;
                self.revenue_minor += purchase.amount_minor();
            }
            What::Returned { lines, .. } => {
                self.revenue_minor += lines.iter().map(|line| line.amount_minor()).sum::<i64>();
            }
            What::Complained { .. } => self.n_complaints += 1,
            What::Unsubscribed => self.n_unsubscribed += 1,
            _ => {}
        }
    }
}

/// The true effect of a deed, per person who was assigned.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrueEffect {
    pub n_people: usize,
    pub orders: f64,
    /// **Units**: minor units.
    pub revenue_minor: f64,
    /// Difference in the share of people who ordered at all.
    pub ordered_share: f64,
    pub unsubscribed_share: f64,
}

impl World {
    /// The true effect of an experiment over its first `days` days.
    ///
    /// What other experiments did to the same people stays as it was, in both lives.
    pub fn true_effect(&self, experiment: u32, days: u32) -> TrueEffect {
        TrueEffect::of(self.lives(experiment, days).into_iter().map(|(_, lives)| lives))
    }

    /// The true effect over the first day, the first two days, and so on up to `days`.
    pub fn true_effect_by_day(&self, experiment: u32, days: u32) -> Vec<TrueEffect> {
        let of = &self.experiments[experiment as usize];
        let paths: Vec<[Vec<Outcome>; 2]> = of
            .people
            .iter()
            .map(|(person, reach, state)| self.both_paths(experiment, *person, *reach, state, days))
            .collect();
        let until = |day: usize| paths.iter().map(move |[without, with]| [without[day], with[day]]);
        (0..days as usize).map(|day| TrueEffect::of(until(day))).collect()
    }

    /// What everybody who was assigned does in the window without the deed, and with it.
    pub fn lives(&self, experiment: u32, days: u32) -> Vec<(u32, [Outcome; 2])> {
        let of = &self.experiments[experiment as usize];
        of.people
            .iter()
            .map(|(person, reach, state)| {
                let last = |path: Vec<Outcome>| path.last().copied().unwrap_or_default();
                (*person, self.both_paths(experiment, *person, *reach, state, days).map(last))
            })
            .collect()
    }

    /// What somebody has done by the end of each day of the window, without the deed and with it.
    fn both_paths(
        &self,
        experiment: u32,
        person: u32,
        reach: Reach,
        state: &State,
        days: u32,
    ) -> [Vec<Outcome>; 2] {
        let of = &self.experiments[experiment as usize];
        let others = self.people[person as usize].contacts.iter().filter(|c| c.experiment != experiment);
        let without: Vec<Contact> = others.copied().collect();
        let mut with = without.clone();
        if let (Reach::Reachable, Some(day)) = (reach, self.reached_on(of.idea, person, of.launched)) {
            with.push(Contact { day, idea: of.idea, experiment });
        }
        let until = of.launched + days;
        if with.len() == without.len() {
            let same = self.path(person, state.clone(), &without, of.launched, until);
            return [same.clone(), same];
        }
        [without, with].map(|contacts| self.path(person, state.clone(), &contacts, of.launched, until))
    }

    /// What somebody has done by the end of each day, from a day up to, not including, another.
    fn path(
        &self,
        person: u32,
        mut state: State,
        contacts: &[Contact],
        from: u32,
        until: u32,
    ) -> Vec<Outcome> {
        let who = &self.people[person as usize];
        let mut outcome = Outcome::default();
        let mut path = Vec::with_capacity((until - from) as usize);
        for day in from..until {
            for what in resident::live(&self.around, (person, who), &mut state, contacts, day) {
                outcome.add(&what);
            }
            path.push(outcome);
        }
        path
    }
}

impl TrueEffect {
    /// The mean of the differences of pairs of lives, without the deed and with it.
    fn of(lives: impl Iterator<Item = [Outcome; 2]>) -> TrueEffect {
        let mut sum = TrueEffect::default();
        for [without, with] in lives {
            sum.n_people += 1;
            sum.orders += f64::from(with.n_orders) - f64::from(without.n_orders);
            sum.revenue_minor += (with.revenue_minor - without.revenue_minor) as f64;
            sum.ordered_share +=
                f64::from(u8::from(with.n_orders > 0)) - f64::from(u8::from(without.n_orders > 0));
            sum.unsubscribed_share += f64::from(with.n_unsubscribed) - f64::from(without.n_unsubscribed);
        }
        let n = (sum.n_people as f64).max(1.0);
        TrueEffect {
            orders: sum.orders / n,
            revenue_minor: sum.revenue_minor / n,
            ordered_share: sum.ordered_share / n,
            unsubscribed_share: sum.unsubscribed_share / n,
            ..sum
        }
    }
}
