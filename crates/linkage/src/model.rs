//! The weights of Fellegi and Sunter, and the probability that two records are one, with its reasons.
//!
//! A field speaks with log2(m / u) bits. What several fields share for another reason than being one (a household, a firm, a
//! namesake) is taken back by relations: further classes of pairs beside "one" and "strangers". How the numbers are found
//! stands in `learn`.

use crate::cluster::Pair;
use crate::compare::{MISSING, MOST_LEVELS, Rarities, Rarity, SAME, Seen, Two, compare, compare_all, levels};
use crate::records::{Records, Rule};

/// Most comparisons of one model; further columns are left out by [`crate::Records`]' caller.
pub const MOST_COMPARISONS: usize = 24;

/// What one comparison weighs, level by level.
#[derive(Debug, Clone)]
pub(crate) struct Weight {
    pub(crate) rule: Rule,
    /// log2 of the share of true pairs at each level.
    pub(crate) m: [f32; MOST_LEVELS],
    /// log2 of the share of strangers at each level.
    pub(crate) u: [f32; MOST_LEVELS],
    /// log2 of the share of a value at which `u` is right as it stands; NaN where the share does not count.
    pub(crate) centre: [f32; MOST_LEVELS],
}

impl Weight {
    /// log2 of the chance that strangers look like this.
    pub(crate) fn strangers(&self, seen: Seen) -> f32 {
        let level = usize::from(seen.level);
        let centre = self.centre[level];
        if centre.is_nan() { self.u[level] } else { (self.u[level] - centre + seen.rarity).min(-0.01) }
    }

    /// What the field says. **Units.** Bits.
    pub(crate) fn bits(&self, seen: Seen) -> f32 {
        if seen.level == MISSING {
            return 0.0;
        }
        (self.m[usize::from(seen.level)] - self.strangers(seen)).clamp(-MOST_BITS, MOST_BITS)
    }
}

/// The most that one field may say, for or against.
const MOST_BITS: f32 = 24.0;

/// A reason other than being one for which two records share something.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    pub(crate) name: &'static str,
    /// Whether the relation brings a comparison about; the others are as among strangers.
    pub(crate) has: Vec<bool>,
    /// Whether a comparison tells the relation from being one.
    pub(crate) tells: Vec<bool>,
    /// log2 of the number of such pairs for each pair of strangers.
    pub(crate) prior: f32,
    /// log2 of how many such pairs there may be for each true pair.
    pub(crate) most: f32,
    /// log2 of the share of such pairs at each level.
    pub(crate) h: Vec<[f32; MOST_LEVELS]>,
}

/// Everything that turns two records into a probability.
#[derive(Debug, Clone)]
pub struct Model {
    pub(crate) weights: Vec<Weight>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) rarities: Rarities,
    /// log2 of the number of true pairs for each pair of strangers.
    pub(crate) prior: f32,
}

/// Why two records are held to be one, or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// **Units.** From 0 to 1.
    pub probability: f64,
    /// All of it together. **Units.** Bits: log2 of the odds.
    pub bits: f64,
    /// What is known before any field is looked at.
    pub prior_bits: f64,
    /// One for each field that both records have, in the order of the comparisons.
    pub reasons: Vec<Reason>,
    /// What a relation takes away, where one explains the likeness as well.
    pub relation: Option<Reason>,
}

/// What one field, or a relation, says about a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The column, or the relation.
    pub field: String,
    /// What was found, such as `same` or `one slip`.
    pub found: &'static str,
    /// **Units.** Bits; above zero speaks for one, below for two.
    pub bits: f64,
}

/// The probability that belongs to a score in bits.
///
/// ```
/// assert_eq!(linkage::probability(0.0), 0.5);
/// ```
pub fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// The score in bits that belongs to a probability, within ±60.
pub fn bits_of(probability: f64) -> f64 {
    (probability / (1.0 - probability)).log2().clamp(-60.0, 60.0)
}

impl Model {
    /// The score of two records. **Units.** Bits: log2 of the odds that they are one.
    pub(crate) fn score(&self, records: &Records, left: &[u32], right: &[u32]) -> f32 {
        let mut seen = [Seen::NOTHING; MOST_COMPARISONS];
        let seen = &mut seen[..self.weights.len()];
        compare(&Two::new(records, &self.rarities, left, right), seen);
        self.bits(seen)
    }

    /// Those of some pairs that score so much at least, in their order.
    pub(crate) fn alike(&self, records: &Records, pairs: &[(u32, u32)], least: f32) -> Vec<Pair> {
        let mut alike = Vec::new();
        compare_all(
            records,
            &self.rarities,
            pairs,
            |pair| *pair,
            |&(left, right), seen| {
                let before = self.bits_of_fields(seen);
                // What relations take away is seldom asked for: it is never less than nothing.
                if before >= least {
                    let bits = before - self.taken_back(seen, before).1;
                    alike.extend((bits >= least).then_some(Pair { left, right, bits }));
                }
            },
        );
        alike
    }

    /// The score of what was seen.
    pub(crate) fn bits(&self, seen: &[Seen]) -> f32 {
        let before = self.bits_of_fields(seen);
        before - self.taken_back(seen, before).1
    }

    /// The score before relations are thought of.
    fn bits_of_fields(&self, seen: &[Seen]) -> f32 {
        let fields: f32 = self.weights.iter().zip(seen).map(|(weight, seen)| weight.bits(*seen)).sum();
        self.prior + fields
    }

    /// The relation that explains most, and the bits that all of them take away from a score of before.
    fn taken_back(&self, seen: &[Seen], before: f32) -> (usize, f32) {
        let mut best = (0, f32::MIN);
        let mut strangers = 1.0_f32;
        for (at, relation) in self.relations.iter().enumerate() {
            let bits = relation.bits_beside(before, &self.weights, seen);
            if bits > best.1 {
                best = (at, bits);
            }
            strangers += bits.min(60.0).exp2();
        }
        (best.0, strangers.log2())
    }

    /// Why two records are held to be one, or not.
    pub fn explain(&self, records: &Records, left: u32, right: u32) -> Explanation {
        let mut seen = vec![Seen::NOTHING; self.weights.len()];
        let (left, right) = (records.row(left), records.row(right));
        compare(&Two::new(records, &self.rarities, left, right), &mut seen);
        let bits = f64::from(self.bits(&seen));
        let said = self
            .weights
            .iter()
            .zip(&records.comparisons)
            .zip(&seen)
            .filter(|(_, seen)| seen.level != MISSING);
        let reasons = said.map(|((weight, comparison), seen)| Reason {
            field: comparison.name.clone(),
            found: levels(weight.rule)[usize::from(seen.level)].name,
            bits: f64::from(weight.bits(*seen)),
        });
        let reasons = reasons.collect();
        let (best, taken) = self.taken_back(&seen, self.bits_of_fields(&seen));
        let relation = (taken > 0.05).then(|| Reason {
            field: self.relations[best].name.to_owned(),
            found: "explains it as well",
            bits: -f64::from(taken),
        });
        Explanation {
            probability: probability(bits),
            bits,
            prior_bits: f64::from(self.prior),
            reasons,
            relation,
        }
    }

    /// What was learnt about each comparison, for a report.
    pub fn parameters(&self, records: &Records) -> Vec<Parameters> {
        let shown = self.weights.iter().zip(&records.comparisons).map(|(weight, comparison)| {
            let shown = levels(weight.rule).iter().enumerate().skip(1).map(|(at, level)| LevelParameters {
                level: level.name,
                m: f64::from(weight.m[at]).exp2(),
                u: f64::from(weight.u[at]).exp2(),
                bits: f64::from(weight.m[at] - weight.u[at]),
            });
            Parameters {
                field: comparison.name.clone(),
                rule: rule_name(weight.rule),
                levels: shown.collect(),
            }
        });
        shown.collect()
    }

    /// The share of true pairs among all pairs.
    pub fn prior(&self) -> f64 {
        probability(f64::from(self.prior))
    }

    /// The relations that were found beside identity, each with its pairs for each pair of strangers.
    pub fn relations(&self) -> impl Iterator<Item = (&'static str, f64)> {
        self.relations.iter().map(|relation| (relation.name, f64::from(relation.prior).exp2()))
    }
}

impl Relation {
    /// log2 of how much likelier the relation is than strangers.
    pub(crate) fn bits(&self, weights: &[Weight], seen: &[Seen]) -> f32 {
        let mut bits = self.prior;
        for (at, weight) in weights.iter().enumerate() {
            if self.has[at] && seen[at].level != MISSING {
                bits += self.h[at][usize::from(seen[at].level)] - weight.strangers(seen[at]);
            }
        }
        bits
    }

    /// The same beside a score for being one: where neither record says anything that tells the two, it is only known that there
    /// are so many of the one for each of the other.
    pub(crate) fn bits_beside(&self, one: f32, weights: &[Weight], seen: &[Seen]) -> f32 {
        let bits = self.bits(weights, seen);
        let is_told = self.tells.iter().zip(seen).any(|(tells, seen)| *tells && seen.level != MISSING);
        if is_told { bits } else { bits.min(one + self.most) }
    }
}

/// What was learnt about one comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    pub field: String,
    /// How the field is compared.
    pub rule: &'static str,
    pub levels: Vec<LevelParameters>,
}

/// What was learnt about one level.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelParameters {
    pub level: &'static str,
    /// Share of true pairs at this level.
    pub m: f64,
    /// Share of strangers at this level.
    pub u: f64,
    /// log2(m / u), before the share of the very value is taken into account.
    pub bits: f64,
}

/// The word for a rule in answers.
pub(crate) fn rule_name(rule: Rule) -> &'static str {
    match rule {
        Rule::Given => "given_name",
        Rule::Family => "family_name",
        Rule::Date => "date",
        Rule::Email => "email",
        Rule::Phone => "phone",
        Rule::Street => "street",
        Rule::Place => "place",
        Rule::Company => "company",
        Rule::Text => "text",
        Rule::Codes => "codes",
        Rule::People => "people",
        Rule::Year => "year",
        Rule::Number => "number",
        Rule::Category => "category",
        Rule::Identifier => "identifier",
    }
}

/// How rare a shared value of a slot may count at most: names that occur once are not proof, for they come in families.
pub(crate) fn rarest(rule: Rule) -> f32 {
    match rule {
        Rule::Given => -12.0,
        Rule::Family => -14.0,
        Rule::Category => -7.0,
        Rule::Place => -13.0,
        Rule::Date | Rule::Year | Rule::Number => -15.0,
        Rule::Company => -18.0,
        _ => -22.0,
    }
}

/// Levels at which the share of the value counts, with its meaning.
pub(crate) fn rarity_at(rule: Rule, level: usize) -> Rarity {
    if level == usize::from(SAME) && matches!(rule, Rule::Year | Rule::Number) {
        return Rarity::Shared;
    }
    levels(rule)[level].rarity
}
