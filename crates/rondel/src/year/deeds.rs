//! The deeds of the year: drafted from an insight or for a segment, planned, launched, and felt by the world.

use super::Year;
use super::grounds::{HOUR_MINOR, THOUSAND_MAILS_MINOR};
use super::ideas::{Plan, Whom, plans};
use cycle::act::actions::{self, Draft, Expected, Kind};
use cycle::act::experiments::{self, Design, Unit};
use cycle::act::{call_lists, offers, power, segments, touch_points};
use cycle::calendar::Day;
use cycle::interpret::{self, Deciding};
use cycle::plan::budget::{self, Amount, CostKind, Side};
use cycle::plan::metrics;
use platform::store::Snapshot;
use platform::{Error, Result};
use simulator::world::Reach;

/// What a card costs. **Units:** minor units.
const CARD_MINOR: i64 = 40;
const CALL_MINUTES: i64 = 8;

/// Something that was begun.
pub(super) struct Deed {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) action_id: String,
    pub(super) insight_id: Option<String>,
    pub(super) metric: &'static str,
    pub(super) window_days: u32,
    /// The world's experiment.
    pub(super) experiment: u32,
    /// Whether its final result was read.
    pub(super) is_read: bool,
}

impl Year<'_> {
    /// Begins what the owner has planned for a turn; the names of what was begun.
    pub(super) fn begin_deeds(&mut self, turn: usize, turn_id: &str) -> Result<Vec<&'static str>> {
        let mut begun = Vec::new();
        for plan in plans().into_iter().filter(|plan| plan.turn == turn) {
            if self.begin(&plan, turn_id)? {
                begun.push(plan.name);
            }
        }
        Ok(begun)
    }

    /// Drafts, plans and launches; false where nobody is in the audience.
    fn begin(&mut self, plan: &Plan, turn_id: &str) -> Result<bool> {
        let insight_id = self.insight_of(plan)?;
        let draft = self.draft(plan, insight_id.is_some())?;
        let (from, why) = (insight_id.clone(), plan.why.to_string());
        let expected_effect = draft.expected_how.clone();
        let action = self.write(move |tx| match &from {
            Some(id) => {
                let deciding = Deciding { why: why.clone(), expected_effect: expected_effect.clone() };
                actions::from_insight(tx, id, &draft, &deciding)
            }
            None => actions::create(tx, &draft),
        })?;
        let action_id = action.id.clone();
        let design = self.read(move |s| experiments::of_action(s, &action_id))?;
        let Some(design) = design else { return Ok(false) };
        let (experiment, look) = power::look_and_keep(self.store, self.owner.clone(), &design.id)?;
        if look.answer != power::Answer::Yes {
            let id = experiment.id.clone();
            let why = "We want to know what can be known, even if it is little.";
            self.write(move |tx| experiments::underpowered(tx, &id, why))?;
        }
        let id = action.id.clone();
        let launched = match &plan.mail {
            Some(mail) => self.send(&id, mail),
            None => self.write(move |tx| actions::launch(tx, &id).map(drop)),
        };
        match launched {
            Ok(()) => {}
            // Nobody is in the segment: the owner lets it be.
            Err(Error::Invalid(problems)) if problems.iter().all(|problem| problem.field == "segment") => {
                let id = action.id.clone();
                self.write(move |tx| actions::discard(tx, &id, "Nobody is in the audience."))?;
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
        self.run_jobs()?;
        let (felt, n_treated) = self.felt(plan, &experiment.id)?;
        self.spend(plan, turn_id, &action.id, n_treated)?;
        self.deeds.push(Deed {
            name: plan.name,
            kind: plan.kind,
            action_id: action.id,
            insight_id,
            metric: plan.metric,
            window_days: plan.window_days as u32,
            experiment: felt,
            is_read: false,
        });
        Ok(true)
    }

    /// The newest insight that a plan is about, if it stands and nothing was decided against it.
    fn insight_of(&self, plan: &Plan) -> Result<Option<String>> {
        let Whom::Insight(kind, _) = plan.whom else { return Ok(None) };
        let found = self.read(|s| interpret::list(s, interpret::List::default()))?;
        let stands = |insight: &&interpret::Insight| {
            insight.kind == kind
                && insight.gone_at.is_none()
                && matches!(insight.status, interpret::Status::New | interpret::Status::Reviewed)
        };
        Ok(found.iter().find(stands).map(|insight| insight.id.clone()))
    }

    fn draft(&self, plan: &Plan, from_insight: bool) -> Result<Draft> {
        let (name, filter) = match plan.whom {
            Whom::Insight(_, filter) => (plan.name, filter),
            Whom::Segment(name, filter) => (name, filter),
        };
        let segment_id = match from_insight {
            true => None,
            false => {
                let input = segments::Input { name: name.to_string(), description: None, filter: filter() };
                Some(self.write(move |tx| segments::create(tx, &input))?.id)
            }
        };
        let key = plan.metric;
        let metric = self.read(move |s| metrics::latest(s, key))?.reference();
        let today = Day::of(self.store.now());
        Ok(Draft {
            kind: plan.kind,
            name: plan.name.to_string(),
            hypothesis: plan.hypothesis.to_string(),
            goal_id: None,
            segment_id,
            purpose: "marketing".to_string(),
            expected: Some(Expected { per_person: plan.expected, low: None, high: None }),
            expected_how: "A guess of the owner's, before anything like it was measured here.".to_string(),
            design: Some(Design {
                unit: Unit::Person,
                holdout_permille: plan.holdout_permille,
                variants: Vec::new(),
                metric,
                window_days: plan.window_days,
                pre_days: 90,
                guardrails: Vec::new(),
            }),
            why_no_experiment: String::new(),
            call_list: (plan.kind == Kind::CallList).then(|| call_lists::Input {
                script: "Ask what was wrong, and listen.".to_string(),
                minutes_per_call: CALL_MINUTES,
                ..call_lists::Input::default()
            }),
            offer: (plan.kind == Kind::Offer).then(|| offers::Input {
                percent_permille: Some(150),
                valid_until: today.plus(plan.window_days as i32).to_string(),
                prefix: "DANKE".to_string(),
                ..offers::Input::default()
            }),
            touch_point: (plan.kind == Kind::TouchPoint).then(|| touch_points::Input {
                place: "parcel".to_string(),
                what: plan.name.to_string(),
                changed_on: String::new(),
            }),
        })
    }

    /// Lets the world feel what was launched: the treated are reached, the held out are not.
    fn felt(&mut self, plan: &Plan, experiment_id: &str) -> Result<(u32, i64)> {
        let id = experiment_id.to_string();
        let assigned = self.read(move |s| assigned(s, &id))?;
        let people: Vec<(u32, bool)> = assigned
            .into_iter()
            .filter_map(|(number, is_treated)| Some((self.world.person(&number)?, is_treated)))
            .collect();
        let experiment =
            self.world.begin(plan.idea, people.iter().map(|(person, _)| (*person, Reach::Reachable)));
        let mut n_treated = 0;
        for (person, _) in people.into_iter().filter(|(_, is_treated)| *is_treated) {
            self.world.reach(experiment, person);
            n_treated += 1;
        }
        Ok((experiment, n_treated))
    }

    /// What it costs: sending, cards, and the time of those who write and call. The product notes by itself what mails were
    /// sent and what calls were made.
    fn spend(&self, plan: &Plan, turn_id: &str, action_id: &str, n_treated: i64) -> Result<()> {
        let hour = Amount::Time { minutes: 60, hourly_rate_minor: HOUR_MINOR };
        let mailing = Amount::Minor(n_treated * THOUSAND_MAILS_MINOR / 1_000);
        let (kind, amount, description) = match plan.kind {
            Kind::Campaign | Kind::Offer => (CostKind::Send, mailing, "Sending"),
            Kind::CallList => {
                let minutes = n_treated * CALL_MINUTES;
                (CostKind::Time, Amount::Time { minutes, hourly_rate_minor: HOUR_MINOR }, "Calls")
            }
            Kind::TouchPoint => (CostKind::Other, Amount::Minor(n_treated * CARD_MINOR), "Cards"),
        };
        let cost = |side, kind, amount, description: &str| budget::Input {
            turn_id: turn_id.to_string(),
            action_id: Some(action_id.to_string()),
            source_key: None,
            kind,
            side,
            amount,
            team: None,
            description: description.to_string(),
            at: None,
        };
        let mut costs = vec![
            cost(Side::Planned, kind, amount, description),
            cost(Side::Planned, CostKind::Time, hour, "Writing and preparing"),
            cost(Side::Actual, CostKind::Time, hour, "Writing and preparing"),
        ];
        if matches!(plan.kind, Kind::Offer | Kind::TouchPoint) {
            costs.push(cost(Side::Actual, kind, amount, description));
        }
        self.write(move |tx| costs.iter().try_for_each(|cost| budget::state(tx, cost).map(drop)))
    }
}

/// Customer number of everybody who was assigned, and whether they are treated.
fn assigned(snapshot: &mut Snapshot<'_>, experiment_id: &str) -> Result<Vec<(String, bool)>> {
    let mut all: Vec<(String, String)> = Vec::new();
    loop {
        let after = all.last().map(|(person_id, _)| person_id.clone()).unwrap_or_default();
        let more = experiments::assigned(snapshot, experiment_id, &after, 5_000)?;
        if more.is_empty() {
            break;
        }
        all.extend(more);
    }
    let ids: Vec<String> = all.iter().map(|(person_id, _)| person_id.clone()).collect();
    let numbers: std::collections::HashMap<String, String> = records::people::many(snapshot, &ids)?
        .into_iter()
        .filter_map(|person| Some((person.id, person.external_id?)))
        .collect();
    Ok(all
        .into_iter()
        .filter_map(|(id, arm)| Some((numbers.get(&id)?.clone(), arm != experiments::HOLDOUT)))
        .collect())
}
