//! How many entities have each value: what a shared value is worth.
//!
//! Counted by entities, not by records: a hundred copies of one article do not make its title frequent. Before anything is known
//! of the entities every record is one.

use crate::compare::Rarities;
use crate::model::rarest;
use crate::records::{Records, Rule};

/// Counts of entities by slot and code.
pub(crate) struct Shares {
    pub(crate) rarities: Rarities,
    /// log2 of the chance that two strangers share a value, by slot.
    pub(crate) same: Vec<f32>,
}

/// Counts the values of all records; `cluster_of` names the entity of each, where that is known.
pub(crate) fn count(records: &Records, cluster_of: Option<&[u32]>) -> Shares {
    let n = records.len();
    let n_entities = cluster_of.map_or(n, n_clusters).max(1);
    let members = cluster_of.map(several);
    let mut shares =
        Shares { rarities: Rarities { bits: vec![Vec::new()], unseen: vec![0.0] }, same: vec![0.0] };
    for slot in 1..records.stride {
        let mut counts = vec![0_u32; records.dictionary(slot).len()];
        for record in 0..n as u32 {
            counts[records.row(record)[slot] as usize] += 1;
        }
        if let Some(members) = &members {
            once_per_cluster(records, slot, members, &mut counts);
        }
        let least = floor_of(records, slot);
        let (bits, unseen, same) = rarity(&counts, n_entities, least, others_of(records, slot));
        shares.rarities.bits.push(bits);
        shares.rarities.unseen.push(unseen);
        shares.same.push(same);
    }
    shares
}

fn n_clusters(cluster_of: &[u32]) -> usize {
    cluster_of.iter().enumerate().filter(|(record, cluster)| *record as u32 == **cluster).count()
}

/// Records of clusters with more than one, in the order of their clusters.
fn several(cluster_of: &[u32]) -> Vec<(u32, u32)> {
    let mut size = vec![0_u32; cluster_of.len()];
    for &cluster in cluster_of {
        size[cluster as usize] += 1;
    }
    let all = cluster_of.iter().zip(0_u32..).map(|(cluster, record)| (*cluster, record));
    let mut members: Vec<(u32, u32)> = all.filter(|(cluster, _)| size[*cluster as usize] > 1).collect();
    members.sort_unstable();
    members
}

fn once_per_cluster(records: &Records, slot: usize, members: &[(u32, u32)], counts: &mut [u32]) {
    let mut values = Vec::new();
    for cluster in members.chunk_by(|x, y| x.0 == y.0) {
        values.clear();
        values.extend(cluster.iter().map(|(_, record)| records.row(*record)[slot]));
        values.sort_unstable();
        for pair in values.windows(2).filter(|pair| pair[0] == pair[1]) {
            counts[pair[0] as usize] -= 1;
        }
    }
}

fn floor_of(records: &Records, slot: usize) -> f32 {
    let user = records.comparisons.iter().find(|comparison| comparison.own_slots().contains(&slot));
    // Given and family name stand in one comparison's slots; the second of them is the family's.
    user.map_or(f32::MIN, |comparison| match comparison.rule {
        Rule::Given if comparison.slots[1] == slot => rarest(Rule::Family),
        rule => rarest(rule),
    })
}

/// Entities beside those of the file that are believed to have other values: a file of ten people is not the world.
fn others_of(records: &Records, slot: usize) -> f64 {
    let user = records.comparisons.iter().find(|comparison| comparison.own_slots().contains(&slot));
    user.map_or(50.0, |comparison| match comparison.rule {
        Rule::Email | Rule::Phone | Rule::Identifier | Rule::Street => 1000.0,
        Rule::Date => 500.0,
        Rule::Family | Rule::Company | Rule::Text | Rule::People => 200.0,
        Rule::Given | Rule::Place => 60.0,
        Rule::Codes | Rule::Year | Rule::Number | Rule::Category => 5.0,
    })
}

/// log2 of the chance that a third entity has the value that two records share, by Good and Turing where no other has it.
///
/// **Source.** Good, *The population frequencies of species* (1953): of what was seen once, twice as many were seen twice as
/// the expected count of the former.
fn rarity(counts: &[u32], n_entities: usize, least: f32, n_others: f64) -> (Vec<f32>, f32, f32) {
    let (mut once, mut twice, mut known) = (0.0, 0.0, 0.0);
    for &count in &counts[1..] {
        once += f64::from(u8::from(count == 1));
        twice += f64::from(u8::from(count == 2));
        known += f64::from(count);
    }
    let n = f64::max(known, 1.0).min(n_entities as f64) + n_others;
    let alpha = f64::clamp((2.0 * twice + 1.0) / (once + 1.0), 0.05, 1.0);
    let share = |count: u32| (f64::from(count.max(2)) - 2.0 + alpha) / n;
    let bits = |count: u32| (share(count).log2() as f32).max(least).min(-0.01);
    let same: f64 = counts[1..].iter().map(|&count| f64::from(count) * share(count) / n).sum();
    let mut all: Vec<f32> = counts.iter().map(|&count| bits(count)).collect();
    all[0] = 0.0;
    (all, bits(1), (same.max(1e-12).log2() as f32).min(-0.01))
}
