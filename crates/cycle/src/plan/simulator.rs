//! The simulator of goals: what would have to move for a target, and how many actions of known effect that takes.
//!
//! It does arithmetic on what was measured and promises nothing: without measured effects it says that it cannot tell.

use crate::plan::known_effects::{self, KnownEffect, Pooled};
use crate::plan::metrics::{Direction, Kind, Metric};
use crate::plan::revenue_tree::RevenueTree;
use std::collections::BTreeMap;

/// One thing that could move alone, all else staying as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    pub metric_key: &'static str,
    pub name: &'static str,
    pub now: f64,
    pub needed: f64,
}

impl Way {
    /// How much more that is, as a share of now.
    pub fn change(&self) -> f64 {
        self.needed / self.now - 1.0
    }
}

/// What a target asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// From the baseline to the target, in the metric's unit.
    pub gap: f64,
    /// The same in customers, where the metric counts or shares them out.
    pub n_customers: Option<f64>,
    pub ways: Vec<Way>,
    pub actions: Actions,
}

/// What earlier actions say about it.
#[derive(Debug, Clone, PartialEq)]
pub enum Actions {
    /// Nothing was measured that could answer; the reason.
    CannotTell(String),
    Known(Vec<OfKind>),
}

/// Actions of one kind, by what they were measured to bring.
#[derive(Debug, Clone, PartialEq)]
pub struct OfKind {
    pub action_kind: String,
    /// Measured actions.
    pub n_known: usize,
    /// Mean effect for each person, weighted by how sure each was, with its interval.
    pub per_person: f64,
    pub low: f64,
    pub high: f64,
    /// People of an ordinary action.
    pub n_people: f64,
    /// How many such actions would be needed; None where they may as well bring nothing.
    pub n_actions: Option<f64>,
    /// The same at the ends of the interval; None where the lower end brings nothing.
    pub at_best: Option<f64>,
    pub at_worst: Option<f64>,
}

/// What has to move from `baseline` to `target`.
///
/// `denominator` is that of the baseline, where the metric is divided; `n_people` the size of the audience.
pub fn reach(
    metric: &Metric,
    (baseline, denominator): (f64, f64),
    target: f64,
    tree: Option<&RevenueTree>,
    effects: &[KnownEffect],
    n_people: i64,
) -> Reach {
    let gap = target - baseline;
    let of_customers = ["retention", "churn", "repeat_purchase_rate"].contains(&metric.key.as_str());
    let n_customers = match metric.kind {
        Kind::Binary => Some(gap.abs()),
        Kind::Ratio if of_customers => Some((gap * denominator).abs()),
        _ => None,
    };
    Reach {
        gap,
        n_customers,
        ways: tree.map(|tree| ways(metric, target, tree)).unwrap_or_default(),
        actions: actions(metric, gap, effects, n_people),
    }
}

/// Whether the parts of revenue tell what would have to move.
pub fn needs_tree(key: &str) -> bool {
    matches!(key, "revenue" | "orders" | "active_customers")
}

fn ways(metric: &Metric, target: f64, tree: &RevenueTree) -> Vec<Way> {
    let (Some(orders), Some(value)) = (tree.orders_per_customer, tree.average_order_value) else {
        return Vec::new();
    };
    let returning = tree.active - tree.new;
    let way = |metric_key, name, now: f64, needed: f64| Way { metric_key, name, now, needed };
    let mut found = match metric.key.as_str() {
        "revenue" => {
            let known = target - tree.of_nobody;
            let active = known / (orders * value);
            vec![
                way("active_customers", "Customers who order", tree.active, active),
                way("new_customers", "of these, only by new ones", tree.new, tree.new + active - tree.active),
                way(
                    "retention",
                    "of these, only by those who come back",
                    returning,
                    returning + active - tree.active,
                ),
                way("orders_per_customer", "Orders of each customer", orders, known / (tree.active * value)),
                way("average_order_value", "Value of an order", value, known / (tree.active * orders)),
            ]
        }
        "orders" => vec![
            way("active_customers", "Customers who order", tree.active, target / orders),
            way("orders_per_customer", "Orders of each customer", orders, target / tree.active),
        ],
        "active_customers" => vec![
            way("new_customers", "New customers", tree.new, target - returning),
            way("retention", "Customers who come back", returning, target - tree.new),
        ],
        _ => Vec::new(),
    };
    found.retain(|way| way.now > 0.0 && way.needed.is_finite() && way.needed >= 0.0);
    found
}

fn actions(metric: &Metric, gap: f64, effects: &[KnownEffect], n_people: i64) -> Actions {
    let mut by_kind: BTreeMap<&str, Vec<&KnownEffect>> = BTreeMap::new();
    for effect in effects.iter().filter(|effect| effect.metric_key == metric.key) {
        by_kind.entry(&effect.action_kind).or_default().push(effect);
    }
    let of_kind = |(kind, known): (&str, Vec<&KnownEffect>)| {
        let pooled = known_effects::pool(known.iter().copied())?;
        let usual = known.iter().map(|effect| effect.n_treated as f64).sum::<f64>() / known.len() as f64;
        Some(of_kind(metric, kind, pooled, usual, gap, n_people))
    };
    let kinds: Vec<OfKind> = by_kind.into_iter().filter_map(of_kind).collect();
    if kinds.is_empty() {
        return Actions::CannotTell(format!(
            "No action has been measured on {} yet. The first experiment will tell what one brings; until then nobody can say \
             how many it takes.",
            metric.name.to_lowercase()
        ));
    }
    Actions::Known(kinds)
}

fn of_kind(metric: &Metric, kind: &str, pooled: Pooled, usual: f64, gap: f64, n_people: i64) -> OfKind {
    let Pooled { n_known, per_person, low, high } = pooled;
    let good = match metric.direction {
        Direction::Up => 1.0,
        Direction::Down => -1.0,
    };
    let people = if n_people > 0 { usual.min(n_people as f64) } else { usual };
    // A sum grows with everybody treated; an average or a share moves by the effect itself.
    let of_one = if metric.kind.is_divided() { 1.0 } else { people };
    let needed = |effect: f64| {
        let brought = effect * good * of_one;
        (brought > 0.0).then(|| (gap.abs() / brought).ceil())
    };
    let (worst, best) = if good > 0.0 { (low, high) } else { (high, low) };
    OfKind {
        action_kind: kind.to_string(),
        n_known,
        per_person,
        low,
        high,
        n_people: people,
        n_actions: needed(per_person),
        at_best: needed(best),
        at_worst: needed(worst),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Day;
    use crate::plan::metrics::SHIPPED;
    use crate::plan::periods::{Cadence, Period};

    fn metric(key: &str) -> Metric {
        SHIPPED.iter().find(|shipped| shipped.key == key).map(|shipped| shipped.metric(0)).unwrap()
    }

    fn effect(estimate: f64, half: f64) -> KnownEffect {
        KnownEffect {
            action_id: None,
            action_kind: "campaign".to_string(),
            metric_key: "revenue".to_string(),
            estimate,
            low: estimate - half,
            high: estimate + half,
            n_treated: 1000,
        }
    }

    #[test]
    fn each_way_alone_leads_to_the_target() {
        let tree = RevenueTree {
            period: Period::ending(Day::parse("2024-03-31").unwrap(), Cadence::Month),
            revenue: 130_000.0,
            of_nobody: 10_000.0,
            active: 100.0,
            new: 40.0,
            orders_per_customer: Some(1.5),
            average_order_value: Some(800.0),
        };
        let reach = reach(&metric("revenue"), (130_000.0, 0.0), 142_000.0, Some(&tree), &[], 100);
        let needed: Vec<f64> = reach.ways.iter().map(|way| way.needed).collect();
        // 132,000 from known customers: 110 customers, or 1.65 orders of each, or 880 an order.
        assert_eq!(needed.iter().map(|n| n.round()).collect::<Vec<_>>(), [110.0, 50.0, 70.0, 2.0, 880.0]);
        assert!((needed[3] - 1.65).abs() < 1e-9 && (reach.ways[4].change() - 0.1).abs() < 1e-9);
        assert!(
            matches!(&reach.actions, Actions::CannotTell(why) if why.contains("No action has been measured"))
        );
    }

    #[test]
    fn as_many_actions_are_needed_as_their_measured_effects_say() {
        // Two alike: 3 ± 1 each for 1,000 people, so 3,000 an action; the mean of both is surer than either.
        let known = [effect(3.0, 1.0), effect(3.0, 1.0)];
        let Actions::Known(kinds) = reach(&metric("revenue"), (0.0, 0.0), 12_000.0, None, &known, 0).actions
        else {
            panic!("effects are known");
        };
        assert_eq!((kinds[0].n_known, kinds[0].n_actions), (2, Some(4.0)));
        assert!((kinds[0].high - 3.0 - 0.5_f64.sqrt()).abs() < 1e-9);
        assert_eq!((kinds[0].at_best, kinds[0].at_worst), (Some(4.0), Some(6.0)));
        // One that may as well bring nothing cannot promise a number at its worst.
        let Actions::Known(kinds) =
            reach(&metric("revenue"), (0.0, 0.0), 12_000.0, None, &[effect(1.0, 2.0)], 0).actions
        else {
            panic!("effects are known");
        };
        assert_eq!((kinds[0].n_actions, kinds[0].at_worst), (Some(12.0), None));
    }
}
