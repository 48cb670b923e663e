//! Scorecards: what each department contributed to measured results, divided fairly where several worked together.
//!
//! Who took part in an action is read from its costs (the team of each); without one, from its kind. Only what was
//! measured counts; what nobody measured is listed as such and brings nothing here.

use super::effects::{self, Conclusion};
use crate::act::actions::{self, Kind};
use platform::store::Snapshot;
use platform::{Result, params};
use serde::Serialize;
use statistics::shapley::{self, MOST_CONTRIBUTORS};
use std::collections::BTreeMap;

/// Actions that are counted.
const MOST_ACTIONS: i64 = 1_000;

/// What one department did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Scorecard {
    pub department: String,
    pub n_actions: i64,
    pub n_measured: i64,
    /// Its Shapley share of the revenue that measured actions brought. **Units:** minor units.
    pub share: f64,
    /// Costs stated for it.
    pub cost_minor: i64,
}

/// Scorecards of a turn, or of everything, the largest share first; None where too many departments worked together.
pub fn list(snapshot: &mut Snapshot<'_>, turn_id: Option<&str>) -> Result<Option<Vec<Scorecard>>> {
    let wanted = actions::List {
        turn_id: turn_id.map(str::to_string),
        limit: MOST_ACTIONS,
        ..actions::List::default()
    };
    let (teams, mut cards) = (teams(snapshot)?, BTreeMap::<String, Scorecard>::new());
    // The departments of each measured action, with what it brought.
    let mut worths: Vec<(Vec<String>, f64)> = Vec::new();
    for action in actions::list(snapshot, &wanted)?.into_iter().filter(|action| action.launched_at.is_some())
    {
        let costs = teams.get(&action.id);
        let departments: Vec<String> = match costs {
            Some(costs) => costs.keys().cloned().collect(),
            None => vec![usual(action.kind).to_string()],
        };
        let brought: f64 = effects::latest_of_action(snapshot, &action.id)?
            .iter()
            .filter(|e| e.is_final && matches!(e.conclusion, Conclusion::Works | Conclusion::Harms))
            .filter_map(|effect| effect.money)
            .map(|money| money.minor as f64)
            .sum();
        for department in &departments {
            let card = cards.entry(department.clone()).or_default();
            card.department.clone_from(department);
            card.n_actions += 1;
            card.n_measured += i64::from(brought != 0.0);
            card.cost_minor += costs.and_then(|costs| costs.get(department)).copied().unwrap_or_default();
        }
        worths.push((departments, brought));
    }
    let names: Vec<String> = cards.keys().cloned().collect();
    if names.len() > MOST_CONTRIBUTORS {
        return Ok(None);
    }
    let Some(shares) = shapley::shares(names.len(), |group| worth(group, &names, &worths)) else {
        return Ok(None);
    };
    for (name, share) in names.iter().zip(shares) {
        cards.entry(name.clone()).or_default().share = share;
    }
    let mut found: Vec<Scorecard> = cards.into_values().collect();
    found.sort_by(|a, b| b.share.total_cmp(&a.share));
    Ok(Some(found))
}

/// What a group of departments brought by itself: actions in which nobody else took part.
fn worth(group: u32, names: &[String], worths: &[(Vec<String>, f64)]) -> f64 {
    let is_in = |name: &String| {
        names.iter().position(|known| known == name).is_some_and(|place| group & (1 << place) != 0)
    };
    worths.iter().filter(|(departments, _)| departments.iter().all(is_in)).map(|(_, brought)| brought).sum()
}

/// Who usually does an action of this kind.
fn usual(kind: Kind) -> &'static str {
    match kind {
        Kind::Campaign | Kind::Offer => "marketing",
        Kind::CallList => "sales",
        Kind::TouchPoint => "service",
    }
}

/// Actual costs by team of each action.
fn teams(snapshot: &mut Snapshot<'_>) -> Result<BTreeMap<String, BTreeMap<String, i64>>> {
    let mut teams: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    snapshot.each(
        "SELECT action_id, team, CAST(sum(amount_minor) AS BIGINT) FROM costs
         WHERE action_id IS NOT NULL AND team IS NOT NULL AND is_planned = 0 AND deleted_at IS NULL
         GROUP BY action_id, team ORDER BY action_id, team",
        &params![],
        |row| {
            teams.entry(row.get(0)?).or_default().insert(row.text(1)?.trim().to_lowercase(), row.get(2)?);
            Ok(())
        },
    )?;
    Ok(teams)
}
