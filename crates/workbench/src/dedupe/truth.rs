//! What is known to be true, and how much of it was found.
//!
//! The truth is a column with the group of each row, or a file with two columns of ids. Rows whose group is empty are left out
//! of the figures.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use linkage::{Quality, pairwise};
use tables::columns::{Columns, NO_CODE, ReadOptions, Texts, read};

use super::Linked;
use super::fields::Input;
use crate::Problem;

pub(super) enum Truth {
    /// The group of each row of each file.
    Column(Vec<Texts>),
    /// Pairs of ids.
    Pairs(Texts, Texts, String),
}

/// Figures against the truth.
pub(super) struct Measured {
    pub(super) quality: Quality,
    /// True pairs among all that were compared and could be one.
    pub(super) calibration: Vec<Bin>,
    pub(super) n_unknown: usize,
    pub(super) warnings: Vec<String>,
}

/// Pairs whose probability lies in one tenth.
pub(super) struct Bin {
    pub(super) n: usize,
    pub(super) sum: f64,
    pub(super) n_true: usize,
}

/// The truth that `--truth` names: a column of every file, else a file of pairs.
pub(super) fn find(name: &str, inputs: &[Input]) -> Result<Truth, Problem> {
    if inputs.iter().all(|input| input.place(name).is_some()) {
        return Ok(Truth::Column(inputs.iter().map(|input| input.texts(name)).collect::<Result<_, _>>()?));
    }
    let path = Path::new(name);
    if !path.is_file() {
        let missing = inputs.iter().find_map(|input| input.texts(name).err());
        return Err(missing.unwrap_or_else(|| Problem::CannotTell(format!("“{name}” is neither column nor file"))));
    }
    let columns = read(path, &[], &ReadOptions::default())?;
    let [left, right, ..] = columns.names() else {
        let message = format!("“{name}” needs two columns, the ids of the rows that are one");
        return Err(Problem::Option { option: "truth", message });
    };
    Ok(Truth::Pairs(columns.texts(left)?, columns.texts(right)?, name.to_owned()))
}

impl Truth {
    pub(super) fn measure(&self, linked: &Linked<'_>) -> Result<Measured, Problem> {
        match self {
            Truth::Column(columns) => Ok(of_groups(columns, linked)),
            Truth::Pairs(left, right, name) => of_pairs(left, right, name, linked),
        }
    }
}

/// The group that a key of the febrl kind names: `rec-12` for `rec-12-org` and `rec-12-dup-0`.
fn febrl_group(key: &str) -> Option<&str> {
    if let Some(group) = key.strip_suffix("-org") {
        return Some(group);
    }
    let (group, number) = key.rsplit_once("-dup-")?;
    number.bytes().all(|sign| sign.is_ascii_digit()).then_some(group)
}

fn of_groups(columns: &[Texts], linked: &Linked<'_>) -> Measured {
    let all = || columns.iter().flat_map(Texts::iter).map(str::trim);
    let is_febrl = all().all(|key| key.is_empty() || febrl_group(key).is_some());
    let group = |key| if is_febrl { febrl_group(key).unwrap_or_default() } else { key };
    let groups = Columns::distinct(&all().map(group).collect()).values;
    let is_true = |left: u32, right: u32| {
        groups[left as usize] == groups[right as usize] && groups[left as usize] != NO_CODE
    };
    let quality = match linked.inputs.len() {
        1 => pairwise(&linked.found.cluster_of, &groups),
        _ => {
            let known = linked.found.links.iter().filter(|link| {
                groups[link.left as usize] != NO_CODE && groups[link.right as usize] != NO_CODE
            });
            Quality {
                n_found: known.count() as u64,
                n_true: across(&groups, linked.inputs[0].n_rows()),
                n_right: linked.found.links.iter().filter(|link| is_true(link.left, link.right)).count() as u64,
            }
        }
    };
    let n_unknown = groups.iter().filter(|group| **group == NO_CODE).count();
    Measured { quality, calibration: calibration(linked, is_true), n_unknown, warnings: Vec::new() }
}

/// Pairs of equal groups between the first and the second file.
fn across(groups: &[u32], split: usize) -> u64 {
    let mut counts: HashMap<u32, (u64, u64)> = HashMap::new();
    for (record, group) in groups.iter().enumerate().filter(|(_, group)| **group != NO_CODE) {
        let (left, right) = counts.entry(*group).or_default();
        *(if record < split { left } else { right }) += 1;
    }
    counts.values().map(|(left, right)| left * right).sum()
}

fn of_pairs(left: &Texts, right: &Texts, name: &str, linked: &Linked<'_>) -> Result<Measured, Problem> {
    let n_first = linked.inputs[0].n_rows();
    let mut places: [HashMap<&str, u32>; 2] = [HashMap::new(), HashMap::new()];
    for (at, input) in linked.inputs.iter().enumerate() {
        let Some(ids) = &input.ids else {
            let message = "pairs of ids need --id, the column that they speak of".to_owned();
            return Err(Problem::Option { option: "truth", message });
        };
        for (row, id) in ids.iter().enumerate() {
            places[at].insert(id.trim(), (row + at * n_first) as u32);
        }
    }
    let second = linked.inputs.len() - 1;
    let mut known = HashSet::new();
    let mut n_lost = 0;
    for (one, two) in left.iter().zip(right.iter()) {
        match (places[0].get(one.trim()), places[second].get(two.trim())) {
            (Some(&one), Some(&two)) if one != two => drop(known.insert((one.min(two), one.max(two)))),
            _ => n_lost += 1,
        }
    }
    let is_true = |left: u32, right: u32| known.contains(&(left.min(right), left.max(right)));
    let found = together(linked);
    let quality = Quality {
        n_found: found.len() as u64,
        n_true: known.len() as u64,
        n_right: found.iter().filter(|(left, right)| is_true(*left, *right)).count() as u64,
    };
    let lost = format!("{n_lost} pairs of {name} name a row that is not there");
    let warnings = if n_lost > 0 { vec![lost] } else { Vec::new() };
    Ok(Measured { quality, calibration: calibration(linked, is_true), n_unknown: 0, warnings })
}

/// Every two rows that were found to be one.
fn together(linked: &Linked<'_>) -> Vec<(u32, u32)> {
    if linked.inputs.len() == 2 {
        return linked.found.links.iter().map(|link| (link.left, link.right)).collect();
    }
    let mut order: Vec<(u32, u32)> = linked.found.cluster_of.iter().copied().zip(0..).collect();
    order.sort_unstable();
    let mut pairs = Vec::new();
    for group in order.chunk_by(|x, y| x.0 == y.0) {
        for (at, (_, left)) in group.iter().enumerate() {
            pairs.extend(group[at + 1..].iter().map(|(_, right)| (*left, *right)));
        }
    }
    pairs
}

fn calibration(linked: &Linked<'_>, is_true: impl Fn(u32, u32) -> bool) -> Vec<Bin> {
    let mut bins: Vec<Bin> = (0..10).map(|_| Bin { n: 0, sum: 0.0, n_true: 0 }).collect();
    for pair in &linked.found.pairs {
        let probability = pair.probability();
        let bin = &mut bins[((probability * 10.0) as usize).min(9)];
        bin.n += 1;
        bin.sum += probability;
        bin.n_true += usize::from(is_true(pair.left, pair.right));
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_febrl_name_their_group() {
        assert_eq!(febrl_group("rec-12-org"), Some("rec-12"));
        assert_eq!(febrl_group("rec-12-dup-0"), Some("rec-12"));
        assert_eq!(febrl_group("12"), None);
    }

    #[test]
    fn pairs_between_files_leave_out_those_within_one() {
        assert_eq!(across(&[1, 1, 2, 1, 2, 2], 3), 2 + 2);
    }
}
