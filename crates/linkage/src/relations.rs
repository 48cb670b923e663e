//! Reasons other than being one for which records share fields: which there can be among given comparisons.

use crate::compare::{MOST_LEVELS, levels};
use crate::model::Relation;
use crate::records::{Comparison, Rule};

/// A relation: what it brings about, and what must be there to tell it from identity.
struct Kin {
    name: &'static str,
    shares: &'static [Rule],
    /// One of these, which strangers in this relation share no oftener than others, has to be compared.
    told_by: &'static [Rule],
    /// One of these has to be compared as well, for otherwise nothing speaks of the relation.
    needs: &'static [Rule],
    /// log2 of how many there may be for each true pair.
    most: f32,
}

/// As many as there are.
const ANY: f32 = 100.0;

const OF_PEOPLE: &[Kin] = &[
    Kin {
        name: "same household",
        shares: &[Rule::Family, Rule::Street, Rule::Place, Rule::Phone, Rule::Email],
        told_by: &[Rule::Given, Rule::Date, Rule::Identifier],
        needs: &[],
        most: ANY,
    },
    Kin {
        name: "same company",
        shares: &[Rule::Company, Rule::Street, Rule::Place, Rule::Phone, Rule::Email],
        told_by: &[Rule::Given, Rule::Family, Rule::Date, Rule::Identifier],
        needs: &[],
        most: ANY,
    },
    Kin {
        name: "namesakes",
        shares: &[Rule::Given, Rule::Family, Rule::Email],
        told_by: &[Rule::Date, Rule::Phone, Rule::Street, Rule::Identifier, Rule::Place],
        needs: &[],
        most: ANY,
    },
    Kin {
        name: "namesakes in one household",
        shares: &[Rule::Given, Rule::Family, Rule::Street, Rule::Place, Rule::Phone, Rule::Email],
        told_by: &[Rule::Date, Rule::Identifier],
        needs: &[Rule::Street, Rule::Phone],
        most: -3.0,
    },
];

const OF_THINGS: &[Kin] = &[
    Kin {
        name: "same name elsewhere",
        shares: &[Rule::Text, Rule::Company, Rule::Category, Rule::Codes, Rule::Email],
        told_by: &[Rule::Street, Rule::Phone, Rule::Identifier, Rule::Date],
        needs: &[],
        most: ANY,
    },
    Kin {
        name: "same place",
        shares: &[Rule::Street, Rule::Place, Rule::Category, Rule::Phone],
        told_by: &[Rule::Text, Rule::Company, Rule::Identifier],
        needs: &[],
        most: ANY,
    },
    Kin {
        name: "same series",
        shares: &[Rule::People, Rule::Category, Rule::Year, Rule::Company],
        told_by: &[Rule::Text, Rule::Identifier],
        needs: &[],
        most: ANY,
    },
    Kin {
        name: "another model",
        shares: &[Rule::Text, Rule::Company, Rule::Category, Rule::People],
        told_by: &[Rule::Codes],
        needs: &[],
        most: ANY,
    },
];

/// The relations that can be told from identity by these comparisons, before any data was seen.
pub(crate) fn possible(comparisons: &[Comparison], prior: f32) -> Vec<Relation> {
    let has =
        |rules: &[Rule]| comparisons.iter().filter(|comparison| rules.contains(&comparison.rule)).count();
    let of_people = has(&[Rule::Given, Rule::Family]) > 0;
    let kinds = if of_people { OF_PEOPLE } else { OF_THINGS };
    let told = kinds
        .iter()
        .filter(|kin| has(kin.shares) >= 2 && has(kin.told_by) >= 1)
        .filter(|kin| kin.needs.is_empty() || has(kin.needs) >= 1);
    told.map(|kin| Relation {
        name: kin.name,
        has: comparisons.iter().map(|comparison| kin.shares.contains(&comparison.rule)).collect(),
        tells: comparisons.iter().map(|comparison| kin.told_by.contains(&comparison.rule)).collect(),
        prior,
        most: kin.most,
        h: comparisons.iter().map(|comparison| usual(comparison.rule)).collect(),
    })
    .collect()
}

/// log2 of what is believed of a shared field: mostly the same, else anything.
fn usual(rule: Rule) -> [f32; MOST_LEVELS] {
    let shares = usual_shares(rule);
    shares.map(|share| share.log2() as f32)
}

pub(crate) fn usual_shares(rule: Rule) -> [f64; MOST_LEVELS] {
    let n = levels(rule).len();
    let mut shares = [1e-6; MOST_LEVELS];
    shares[1..n].fill(0.2 / (n - 2) as f64);
    shares[1] = 0.6;
    shares[n - 1] = 0.2;
    shares
}
