//! Who was in which arm, and what they did: columns in memory, one entry for each unit of the draw.

use crate::act::experiments::{Experiment, HOLDOUT, Unit};
use crate::plan::metrics::{self, MetricRef, PeopleOf};
use platform::store::Snapshot;
use platform::{Error, Micros, Result, params};
use std::collections::HashMap;

/// A metric in a time: from a moment until before another.
pub(super) type Asked = (MetricRef, Micros, Micros);

/// What the units did.
pub(super) struct Outcomes {
    /// The arm of each unit: its place among [`Outcomes::arm_names`].
    arms: Vec<u8>,
    /// People of each unit; empty where every unit is one person.
    sizes: Vec<f64>,
    /// For each thing asked: numerators and denominators by unit.
    figures: Vec<(Vec<f64>, Vec<f64>)>,
    /// Held out first.
    pub(super) arm_names: Vec<String>,
    /// People of each arm.
    pub(super) n_people: Vec<u64>,
}

/// One thing asked, in one arm.
pub(super) struct ArmFigures {
    pub(super) numerator: Vec<f64>,
    pub(super) denominator: Vec<f64>,
    /// People of each unit.
    pub(super) sizes: Option<Vec<f64>>,
}

/// Reads everything that is asked in one pass over the purchases of the experiment's people.
pub(super) fn read(
    snapshot: &mut Snapshot<'_>,
    experiment: &Experiment,
    asked: &[Asked],
) -> Result<Outcomes> {
    let mut drawn = drawn(snapshot, experiment)?;
    let n_units = drawn.outcomes.arms.len();
    let mut figures = vec![(vec![0.0; n_units], vec![0.0; n_units]); asked.len()];
    let (units, mut place) = (&drawn.units, 0);
    let people = PeopleOf::Experiment(experiment.id.clone());
    metrics::per_person_many(snapshot, asked, &people, &mut |_, found| {
        // Both come in the order of people's ids, out of one snapshot.
        let unit = units.as_ref().map_or(place, |units| units.get(place).map_or(n_units, |u| *u as usize));
        place += 1;
        if unit < n_units {
            for ((x, y), (numerators, denominators)) in found.iter().zip(&mut figures) {
                numerators[unit] += x;
                denominators[unit] += y;
            }
        }
    })?;
    let n_drawn: u64 = drawn.outcomes.n_people.iter().sum();
    if place as u64 != n_drawn {
        return Err(Error::database(format!(
            "{place} people of an experiment have outcomes, {n_drawn} an arm"
        )));
    }
    drawn.outcomes.figures = figures;
    Ok(drawn.outcomes)
}

struct Drawn {
    outcomes: Outcomes,
    /// The unit of each person in the order of ids; None where each is their own.
    units: Option<Vec<u32>>,
}

fn drawn(snapshot: &mut Snapshot<'_>, experiment: &Experiment) -> Result<Drawn> {
    let mut arm_names = vec![HOLDOUT.to_string()];
    arm_names.extend(experiment.arms.iter().map(|arm| arm.name.clone()).filter(|name| name != HOLDOUT));
    let mut outcomes = Outcomes {
        arms: Vec::new(),
        sizes: Vec::new(),
        figures: Vec::new(),
        n_people: vec![0; arm_names.len()],
        arm_names,
    };
    let is_company = experiment.unit == Unit::Company;
    let (mut units, mut known) = (is_company.then(Vec::new), HashMap::new());
    let company = if is_company { "p.company_id" } else { "NULL" };
    let joined = if is_company { "LEFT JOIN people p ON p.id = e.person_id" } else { "" };
    snapshot.each(
        &format!(
            "SELECT e.arm, CAST({company} AS TEXT) FROM experiment_people e {joined}
             WHERE e.experiment_id = $1 ORDER BY e.person_id"
        ),
        &params![experiment.id],
        |row| {
            let name = row.text(0)?;
            let arm = outcomes
                .arm_names
                .iter()
                .position(|known| known == name)
                .ok_or_else(|| Error::database(format!("“{name}” is no arm of the experiment")))?;
            outcomes.n_people[arm] += 1;
            let next = outcomes.arms.len() as u32;
            let company: Option<String> = if is_company { row.get(1)? } else { None };
            let unit = match company {
                Some(company) => *known.entry(company).or_insert(next),
                None => next,
            };
            if unit == next {
                outcomes.arms.push(arm as u8);
            }
            if let Some(units) = &mut units {
                units.push(unit);
                outcomes.sizes.resize(outcomes.arms.len(), 0.0);
                outcomes.sizes[unit as usize] += 1.0;
            }
            Ok(())
        },
    )?;
    Ok(Drawn { outcomes, units })
}

impl Outcomes {
    /// Units of each arm.
    pub(super) fn n_units(&self) -> Vec<u64> {
        let mut counts = vec![0; self.arm_names.len()];
        self.arms.iter().for_each(|arm| counts[usize::from(*arm)] += 1);
        counts
    }

    /// What was asked `asked`-th, of the units of one arm.
    pub(super) fn of_arm(&self, asked: usize, arm: usize) -> ArmFigures {
        let chosen = |values: &[f64]| -> Vec<f64> {
            values.iter().zip(&self.arms).filter(|(_, a)| usize::from(**a) == arm).map(|(v, _)| *v).collect()
        };
        let (numerators, denominators) = &self.figures[asked];
        ArmFigures {
            numerator: chosen(numerators),
            denominator: chosen(denominators),
            sizes: (!self.sizes.is_empty()).then(|| chosen(&self.sizes)),
        }
    }
}
