//! One seed: a world, a product, three experiments, a look every day.

use super::{Settings, by_hand};
use crate::doors::{Program, Refusal, write_customers, write_history, write_orders};
use crate::world::{self, Idea, Outcome, Reach, TrueEffect, World};
use crate::{Company, Dirt, Settings as CompanySettings, World as Kind};
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

/// The metrics that are compared with the truth: the experiment's own, and money.
pub const METRICS: [&str; 2] = ["orders", "revenue"];
/// The last day of the shop's history.
const TODAY: Date = date(2026, 3, 1);
/// Days before the launch that are compared with the window.
pub(super) const PRE_DAYS: u32 = 180;
/// People of a seed whose scores are compared with what they are like.
const SCORED: usize = 300;

/// What a deed is in truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    Works,
    DoesNothing,
    Harms,
}

impl Deed {
    pub const ALL: [Deed; 3] = [Deed::Works, Deed::DoesNothing, Deed::Harms];

    pub fn name(self) -> &'static str {
        match self {
            Deed::Works => "works",
            Deed::DoesNothing => "does_nothing",
            Deed::Harms => "harms",
        }
    }

    fn idea(self) -> Idea {
        let (key, shares) = match self {
            Deed::Works => ("works", [0.40, 0.15, 0.42, 0.03]),
            Deed::DoesNothing => ("does nothing", [0.0, 0.45, 0.55, 0.0]),
            Deed::Harms => ("harms", [0.0, 0.15, 0.25, 0.60]),
        };
        let deed = world::Deed::TouchPoint;
        Idea { key, deed, shares, extra_orders: 0.6, reluctance: 0.8, days: 28, discount_percent: 0 }
    }
}

/// What the product said about one metric on one day.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Days since the launch.
    pub day: u32,
    pub estimate: f64,
    /// The 95 % interval of this look alone, and the one that holds for all looks together.
    pub once: (f64, f64),
    pub always: (f64, f64),
    /// What is true by that day.
    pub truth: f64,
}

/// One experiment of a seed.
#[derive(Clone, Debug)]
pub struct Trial {
    pub deed: Deed,
    /// The looks at each metric of [`METRICS`], in order of the day.
    pub looks: [Vec<Look>; 2],
    /// Conclusions in order of the day.
    pub conclusions: Vec<String>,
    /// Width of the last interval of one look over that of the plain difference of means (Welch), for each metric.
    pub narrowing: [Option<f64>; 2],
    /// The last estimate less the one worked out here from what the same people did, for each metric.
    pub off_by_hand: [Option<f64>; 2],
}

/// What a seed came to.
#[derive(Clone, Debug)]
pub struct Seed {
    pub seed: u64,
    pub trials: Vec<Trial>,
    /// The said probability to be alive, and whether somebody is.
    pub alive: Vec<(f64, bool)>,
    /// Orders said to be expected within a year, and those to be expected of somebody who is what they are.
    pub expected: Vec<(f64, f64)>,
}

/// A running experiment.
pub(super) struct Running {
    deed: Deed,
    experiment_id: String,
    pub(super) felt: u32,
    pub(super) treated: HashSet<u32>,
}

pub fn run(settings: &Settings, seed: u64) -> Result<Seed, String> {
    let mut world = founded(settings, seed)?;
    let folder = settings.work.join(format!("seed-{seed}"));
    // What an earlier run left behind is of no use.
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let before = world.date().yesterday().map_err(|error| error.to_string())?;
    let mut program = Program::start(&settings.program, &folder, &format!("{before}T20:00:00Z"))?;
    let result = played(settings, seed, &mut world, &mut program).map_err(|refusal| refusal.to_string());
    drop(program);
    std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    result
}

fn founded(settings: &Settings, seed: u64) -> Result<World, String> {
    let company = Company::new(CompanySettings {
        seed,
        n_customers: settings.n_people * 3,
        months: 15,
        dirt: Dirt::Clean,
        world: Kind::Textbook,
        ..CompanySettings::demo(TODAY)
    });
    Ok(World::of(company.map_err(|error| error.to_string())?, Deed::ALL.map(Deed::idea).to_vec()))
}

fn played(settings: &Settings, seed: u64, world: &mut World, program: &mut Program) -> Result<Seed, Refusal> {
    program.import("people", "customers.csv", write_customers(world, group).as_bytes())?;
    program.import("orders", "orders.csv", write_history(world).as_bytes())?;
    let ids: HashMap<String, String> = program
        .client
        .all("/people")?
        .iter()
        .filter_map(|p| Some((p["external_id"].as_str()?.to_owned(), p["id"].as_str()?.to_owned())))
        .collect();
    program.client.post("/turn-runs", &json!({}))?;
    program.wait()?;
    let (alive, expected) = scores(world, program, &ids)?;
    let mut running = Vec::new();
    for deed in Deed::ALL {
        running.push(launched(settings, world, program, &ids, deed)?);
    }
    let mut did: HashMap<u32, Outcome> = HashMap::new();
    for _ in 0..settings.n_days {
        let today = world.date();
        let happened = world.live_a_day();
        for happening in &happened {
            did.entry(happening.person).or_default().add(&happening.what);
        }
        // The shop's orders of the day come in in its evening, before the hour of the launch at which the window ends; the
        // timetable's looks, a day apart, are taken after midnight.
        program.move_clock(&format!("{today}T19:00:00Z"))?;
        let orders = write_orders(world, &happened);
        if !orders.is_empty() {
            program.import("orders", &format!("orders-{today}.csv"), orders.as_bytes())?;
        }
        program.move_clock(&format!("{}T01:00:00Z", world.date()))?;
    }
    let mut trials = Vec::new();
    for running in &running {
        trials.push(read(settings, world, program, running, &did)?);
    }
    Ok(Seed { seed, trials, alive, expected })
}

/// The three groups of people, written as the channel through which they came.
fn group(person: u32) -> String {
    format!("group {}", person % 3)
}

fn launched(
    settings: &Settings,
    world: &mut World,
    program: &mut Program,
    ids: &HashMap<String, String>,
    deed: Deed,
) -> Result<Running, Refusal> {
    let place = deed as u32;
    let filter = json!({ "field": { "name": "source", "op": "is", "value": group(place) } });
    let segment = program.client.post("/segments", &json!({ "name": deed.name(), "filter": filter }))?;
    let action = program.client.post(
        "/actions",
        &json!({
            "kind": "touch_point", "name": deed.name(), "hypothesis": "It may change how often people order.",
            "segment_id": segment["id"], "purpose": "service",
            "touch_point": { "place": "parcel", "what": deed.name() },
            "experiment": { "holdout_permille": 500, "metric": METRICS[0], "window_days": settings.n_days, "pre_days": PRE_DAYS },
        }),
    )?;
    let action_id = text(&action, "id")?;
    let experiment = program.client.all(&format!("/experiments?action_id={action_id}"))?;
    let experiment_id = text(&experiment.first().cloned().unwrap_or_default(), "id")?;
    program.client.post(&format!("/experiments/{experiment_id}/plan"), &json!({}))?;
    let why = json!({ "why": "A trial of the instrument: whatever can be seen shall be seen." });
    program.client.post(&format!("/experiments/{experiment_id}/allowance"), &why)?;
    program.client.post(&format!("/actions/{action_id}/launch"), &json!({}))?;
    program.wait()?;
    let reached: HashSet<String> = program
        .client
        .all(&format!("/actions/{action_id}/people"))?
        .iter()
        .filter_map(|person| Some(person["person_id"].as_str()?.to_owned()))
        .collect();
    let people: Vec<u32> = (0..world.people().len() as u32).filter(|person| person % 3 == place).collect();
    let felt = world.begin(place as usize, people.iter().map(|person| (*person, Reach::Reachable)));
    let treated: HashSet<u32> = people
        .into_iter()
        .filter(|person| {
            ids.get(&world.people()[*person as usize].number).is_some_and(|id| reached.contains(id))
        })
        .collect();
    let mut in_order: Vec<u32> = treated.iter().copied().collect();
    in_order.sort_unstable();
    for person in in_order {
        world.reach(felt, person);
    }
    Ok(Running { deed, experiment_id, felt, treated })
}

fn text(value: &Value, field: &'static str) -> Result<String, Refusal> {
    value[field].as_str().map(str::to_owned).ok_or_else(|| Refusal::Lacks {
        path: "the answer".to_owned(),
        wanted: field,
        answer: value.to_string(),
    })
}

/// What the product said on each day, beside what was true.
fn read(
    settings: &Settings,
    world: &World,
    program: &mut Program,
    running: &Running,
    did: &HashMap<u32, Outcome>,
) -> Result<Trial, Refusal> {
    let truth = world.true_effect_by_day(running.felt, settings.n_days);
    let said = program.client.all(&format!("/experiments/{}/effects", running.experiment_id))?;
    let mut trial = Trial {
        deed: running.deed,
        looks: [Vec::new(), Vec::new()],
        conclusions: Vec::new(),
        narrowing: [None, None],
        off_by_hand: [None, None],
    };
    let first = world.surroundings().date(world.experiments()[running.felt as usize].launched);
    for look in &said {
        let as_of: Option<Date> = look["as_of"].as_str().and_then(|day| day.parse().ok());
        let Some(day) = as_of.and_then(|as_of| u32::try_from((as_of - first).get_days() + 1).ok()) else {
            continue;
        };
        if !(1..=settings.n_days).contains(&day) {
            continue;
        }
        trial.conclusions.push(look["conclusion"].as_str().unwrap_or_default().to_owned());
        for (place, metric) in METRICS.iter().enumerate() {
            let truth = of_metric(&truth[day as usize - 1], metric);
            trial.looks[place].extend(look_at(look, metric, day, truth));
        }
    }
    for (place, metric) in METRICS.iter().enumerate() {
        let plain = by_hand::welch_width(world, running, did, metric);
        let last = trial.looks[place].last();
        trial.narrowing[place] = last.zip(plain).map(|(look, plain)| (look.once.1 - look.once.0) / plain);
        trial.off_by_hand[place] =
            last.map(|look| look.estimate - by_hand::estimate(world, running, did, metric));
    }
    Ok(trial)
}

fn look_at(look: &Value, metric: &str, day: u32, truth: f64) -> Option<Look> {
    let metrics = look["metrics"].as_array()?;
    let found = metrics.iter().find(|found| found["metric"] == metric)?;
    let figure = |name: &str| found[name].as_f64();
    Some(Look {
        day,
        estimate: figure("estimate")?,
        once: (figure("low")?, figure("high")?),
        always: (figure("always_low")?, figure("always_high")?),
        truth,
    })
}

fn of_metric(truth: &TrueEffect, metric: &str) -> f64 {
    match metric {
        "revenue" => truth.revenue_minor,
        _ => truth.orders,
    }
}

/// What the scores say about some people, beside what they are like.
#[expect(clippy::type_complexity, reason = "two lists of pairs, each named where they are kept")]
fn scores(
    world: &World,
    program: &mut Program,
    ids: &HashMap<String, String>,
) -> Result<(Vec<(f64, bool)>, Vec<(f64, f64)>), Refusal> {
    let (mut alive, mut expected) = (Vec::new(), Vec::new());
    let step = (world.people().len() / SCORED).max(1);
    for who in world.people().iter().step_by(step) {
        let Some(id) = ids.get(&who.number) else { continue };
        let said = program.client.get(&format!("/scores/{id}"))?;
        if let Some(p) = said["probability_alive"].as_f64() {
            alive.push((p, who.state.alive));
        }
        if let Some(orders) = said["expected_orders"].as_f64() {
            let (rate, dropout) = (who.traits.rate_per_week, who.traits.dropout.max(1e-9));
            let ahead = -(-rate * dropout * 365.0 / 7.0).exp_m1() / dropout;
            expected.push((orders, if who.state.alive { ahead } else { 0.0 }));
        }
    }
    Ok((alive, expected))
}
