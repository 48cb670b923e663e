//! Rules between frequent sets.

use std::collections::HashMap;

use super::ItemSet;

/// Who buys `antecedent` also buys `consequent`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub antecedent: Vec<u32>,
    pub consequent: Vec<u32>,
    /// Baskets with both.
    pub n: u32,
    /// Share of all baskets with both.
    pub support: f64,
    /// Share of the baskets with the antecedent that also have the consequent.
    pub confidence: f64,
    /// Confidence over the share of the consequent in all baskets.
    pub lift: f64,
    /// Support less what it would be if both went their own ways.
    pub leverage: f64,
    /// How much oftener the rule would be wrong if both went their own ways; `None` where it is never wrong.
    pub conviction: Option<f64>,
}

/// Items of a set beyond which its rules are too many to be read.
const MOST_ITEMS: usize = 12;

/// All rules from frequent sets with at least this confidence and lift, the highest lift first.
///
/// **Shape.** `sets` as from [`super::frequent`]: every part of a set is among them.
///
/// **Source.** Agrawal, Imieliński and Swami (1993); lift and conviction: Brin et al. (1997); leverage: Piatetsky-Shapiro (1991).
pub fn rules(sets: &[ItemSet], n_baskets: usize, least_confidence: f64, least_lift: f64) -> Vec<Rule> {
    let counts: HashMap<&[u32], u32> = sets.iter().map(|s| (s.items.as_slice(), s.n)).collect();
    let all = n_baskets as f64;
    let mut found = Vec::new();
    for set in sets.iter().filter(|s| (2..=MOST_ITEMS).contains(&s.items.len())) {
        for part in 1u32..(1 << set.items.len()) - 1 {
            let pick = |bit: u32| {
                let chosen = set.items.iter().enumerate().filter(|(i, _)| part >> i & 1 == bit);
                chosen.map(|(_, item)| *item).collect::<Vec<u32>>()
            };
            let (antecedent, consequent) = (pick(1), pick(0));
            let (Some(a), Some(b)) = (counts.get(antecedent.as_slice()), counts.get(consequent.as_slice()))
            else {
                continue;
            };
            let (support, a, b) = (f64::from(set.n) / all, f64::from(*a) / all, f64::from(*b) / all);
            let confidence = support / a;
            let lift = confidence / b;
            if confidence < least_confidence || lift < least_lift {
                continue;
            }
            let conviction = (confidence < 1.0).then(|| (1.0 - b) / (1.0 - confidence));
            found.push(Rule {
                antecedent,
                consequent,
                n: set.n,
                support,
                confidence,
                lift,
                leverage: support - a * b,
                conviction,
            });
        }
    }
    found.sort_by(|a, b| {
        b.lift.total_cmp(&a.lift).then(b.n.cmp(&a.n)).then_with(|| a.antecedent.cmp(&b.antecedent))
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baskets::{Baskets, frequent};

    #[test]
    fn figures_of_a_rule_are_those_of_its_definitions() {
        // Five baskets: a b, a b, a, b, c.
        let baskets = Baskets::of(&[(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (3, 1), (4, 2)], 5);
        let sets = frequent(&baskets, 1, 3, 100).unwrap();
        let found = rules(&sets, 5, 0.0, 0.0);
        assert_eq!(found.len(), 2);
        let rule = &found[0];
        assert_eq!((rule.antecedent.as_slice(), rule.consequent.as_slice(), rule.n), (&[0][..], &[1][..], 2));
        assert!((rule.support - 0.4).abs() < 1e-12 && (rule.confidence - 2.0 / 3.0).abs() < 1e-12);
        assert!((rule.lift - 10.0 / 9.0).abs() < 1e-12 && (rule.leverage - 0.04).abs() < 1e-12);
        assert!((rule.conviction.unwrap() - 1.2).abs() < 1e-12);
        assert!(rules(&sets, 5, 0.9, 0.0).is_empty() && rules(&[], 0, 0.0, 0.0).is_empty());
    }
}
