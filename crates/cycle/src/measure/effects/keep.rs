//! Keeping a look: its rows, and what follows when the window is over.

use super::look::Look;
use super::{Conclusion, Effect, EffectMetric};
use crate::act::{actions, experiments};
use crate::interpret::{self, Status};
use platform::events::{self, Entry};
use platform::store::Tx;
use platform::{Result, params};

/// Writes a look; one of the same day is replaced. The last one ends the experiment and settles its insight.
pub fn keep(tx: &mut Tx<'_>, look: &Look) -> Result<Vec<Effect>> {
    let mut kept = Vec::with_capacity(look.arms.len());
    for (effect, metrics) in &look.arms {
        let before = last_conclusion(tx, effect)?;
        let mut effect = effect.clone();
        effect.id = write(tx, &effect)?;
        write_metrics(tx, &effect.id, metrics)?;
        if before != Some((effect.conclusion, effect.is_final)) {
            log(tx, &effect)?;
        }
        kept.push(effect);
    }
    if kept.iter().any(|effect| effect.is_final) {
        close(tx, look)?;
    }
    Ok(kept)
}

/// What the newest look at this arm said, which may be the one that is replaced.
fn last_conclusion(tx: &mut Tx<'_>, effect: &Effect) -> Result<Option<(Conclusion, bool)>> {
    let found = tx.first(
        "SELECT conclusion, is_final FROM effects WHERE experiment_id = $1 AND arm = $2 AND as_of <= $3
         ORDER BY as_of DESC LIMIT 1",
        &params![effect.experiment_id, effect.arm, effect.as_of],
        |row| Ok((Conclusion::from_name(row.text(0)?), row.get(1)?)),
    )?;
    Ok(found.and_then(|(conclusion, is_final)| Some((conclusion?, is_final))))
}

fn write(tx: &mut Tx<'_>, e: &Effect) -> Result<String> {
    let id = tx.new_id("eff");
    let value = |pick: fn(&super::Estimate) -> f64| e.found.as_ref().map(pick);
    let money = |pick: fn(&super::MoneyEffect) -> i64| e.money.as_ref().map(pick);
    tx.one(
        "INSERT INTO effects (id, experiment_id, action_id, turn_id, arm, insight_kind, action_kind, metric_key,
           metric_version, as_of, until_at, time_share, n_treated, n_holdout, mean_treated, mean_holdout, estimate, low, high,
           always_low, always_high, method, total_effect, money_minor, money_low_minor, money_high_minor, cost_minor,
           conclusion, why, is_final, srm_p, computed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
           $24, $25, $26, $27, $28, $29, $30, $31, $32)
         ON CONFLICT (experiment_id, arm, as_of) DO UPDATE SET until_at = excluded.until_at,
           time_share = excluded.time_share, n_treated = excluded.n_treated, n_holdout = excluded.n_holdout,
           mean_treated = excluded.mean_treated, mean_holdout = excluded.mean_holdout, estimate = excluded.estimate,
           low = excluded.low, high = excluded.high, always_low = excluded.always_low, always_high = excluded.always_high,
           method = excluded.method, total_effect = excluded.total_effect, money_minor = excluded.money_minor,
           money_low_minor = excluded.money_low_minor, money_high_minor = excluded.money_high_minor,
           cost_minor = excluded.cost_minor, conclusion = excluded.conclusion, why = excluded.why,
           is_final = excluded.is_final, srm_p = excluded.srm_p, computed_at = excluded.computed_at
         RETURNING id",
        &params![
            id, e.experiment_id, e.action_id, e.turn_id, e.arm, e.insight_kind, e.action_kind, e.metric.key,
            e.metric.version, e.as_of, e.until_at, e.time_share, e.n_treated, e.n_holdout, e.mean_treated,
            e.mean_holdout, value(|f| f.estimate), value(|f| f.low), value(|f| f.high), value(|f| f.always_low),
            value(|f| f.always_high), e.method, e.total_effect, money(|m| m.minor), money(|m| m.low_minor),
            money(|m| m.high_minor), e.cost_minor, e.conclusion.name(), e.why, e.is_final, e.srm_p, e.computed_at
        ],
        |row| row.get(0),
    )
}

fn write_metrics(tx: &mut Tx<'_>, effect_id: &str, metrics: &[EffectMetric]) -> Result<()> {
    tx.execute("DELETE FROM effect_metrics WHERE effect_id = $1", &params![effect_id])?;
    for m in metrics {
        let value = |pick: fn(&super::Estimate) -> f64| m.found.as_ref().map(pick);
        tx.execute(
            "INSERT INTO effect_metrics (effect_id, role, metric_key, metric_version, mean_treated, mean_holdout, estimate,
               low, high, always_low, always_high, correlation, critical, method)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING",
            &params![
                effect_id, m.role.name(), m.metric.key, m.metric.version, m.mean_treated, m.mean_holdout,
                value(|f| f.estimate), value(|f| f.low), value(|f| f.high), value(|f| f.always_low),
                value(|f| f.always_high), m.correlation, m.critical, m.method
            ],
        )?;
    }
    Ok(())
}

fn log(tx: &mut Tx<'_>, effect: &Effect) -> Result<()> {
    let after = serde_json::json!({
        "arm": effect.arm, "as_of": effect.as_of, "conclusion": effect.conclusion, "is_final": effect.is_final,
    });
    let entry = Entry {
        verb: if effect.is_final { "effect.final" } else { "effect.seen" },
        record_kind: "effect",
        record_id: &effect.id,
        subject_id: effect.action_id.as_deref().unwrap_or(&effect.experiment_id),
        before: None,
        after: Some(after.to_string()),
    };
    events::append(tx, entry).map(drop)
}

/// The window is over: the experiment ends, its action is done, and the insight counts as measured.
fn close(tx: &mut Tx<'_>, look: &Look) -> Result<()> {
    experiments::end(tx, &look.experiment.id)?;
    let Some(action) = &look.action else { return Ok(()) };
    if actions::get(tx, &action.id)?.state == actions::State::Running {
        actions::finish(tx, &action.id)?;
    }
    if let Some(insight_id) = &action.insight_id
        && interpret::get(tx, insight_id)?.status == Status::Acting
    {
        interpret::measured(tx, insight_id)?;
    }
    Ok(())
}
