//! What a batch has learnt, apart from its records: to be kept, and to score other records as the batch did.
//!
//! Written as lines of words and numbers, which whoever keeps it need not understand. The shares of frequent values stand
//! beside it, by [`Found::frequent_values`]: there may be many of them, and of a single pair only few are asked for.

use std::fmt::Write;

use rayon::prelude::*;

use crate::block::{Blocks, choose, parts::Parts};
use crate::cluster::Pair;
use crate::compare::{MOST_LEVELS, Rarities};
use crate::extent::Extent;
use crate::learn::{self, Drawn};
use crate::model::{Model, Relation, Weight, bits_of, rule_name};
use crate::records::{Field, Records};
use crate::run::Found;

/// What the first line of a text says.
const FIRST_LINE: &str = "linkage 2";

/// How rare a value is, by what names it in every run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueShare {
    /// The part of a record that has the value.
    pub slot: u32,
    /// A number made of the value's text.
    pub key: u64,
    /// log2 of the chance that another entity has it. **Units.** Bits, below zero.
    pub bits: f32,
}

/// Everything that was learnt, but for the shares of single values.
#[derive(Debug, Clone)]
pub struct Learnt {
    /// Its rarities have no values, only what holds for a value that was not seen.
    model: Model,
    /// Keys by the places of their atoms; none where all pairs were compared.
    keys: Vec<(usize, Option<usize>)>,
}

impl Found {
    /// What was learnt, to be kept.
    pub fn learnt(&self) -> Learnt {
        let mut model = self.model.clone();
        model.rarities.bits.iter_mut().for_each(Vec::clear);
        let keys = self.blocks.iter().flat_map(|blocks| &blocks.keys).map(|key| (key.first, key.second));
        Learnt { model, keys: keys.collect() }
    }

    /// The values that are more frequent than one that was not seen, with their shares.
    ///
    /// **Shape.** `records` are those in which the pairs were found.
    pub fn frequent_values<'a>(&'a self, records: &'a Records) -> impl Iterator<Item = ValueShare> + 'a {
        let rarities = &self.model.rarities;
        (1..records.stride).flat_map(move |slot| {
            let (bits, unseen) = (&rarities.bits[slot], rarities.unseen[slot]);
            let frequent = (1_u32..).zip(bits.iter().skip(1)).filter(move |(_, bits)| **bits > unseen);
            frequent.map(move |(code, bits)| ValueShare {
                slot: slot as u32,
                key: records.key(slot, code),
                bits: *bits,
            })
        })
    }
}

impl Learnt {
    /// What is believed of `n` records of these fields before any of them was seen.
    pub fn believed(fields: &[Field], n: u32) -> Learnt {
        let none: [Drawn; 0] = [];
        let mut model = learn::learn(&Records::new(fields), Extent { n: 0, split: None }, &none, None);
        let pairs = (f64::from(n.max(2)) - 1.0) / 2.0;
        model.prior = bits_of((0.1 / pairs).min(0.3)) as f32;
        for relation in &mut model.relations {
            relation.prior = model.prior - 1.0;
        }
        model.rarities.bits.iter_mut().for_each(Vec::clear);
        Learnt { model, keys: Vec::new() }
    }

    /// The model for these records; `share_of` tells the share of a value by slot and key, where it is frequent.
    pub fn model(&self, records: &Records, mut share_of: impl FnMut(u32, u64) -> Option<f32>) -> Model {
        let mut model = self.model.clone();
        let mut bits: Vec<Vec<f32>> = vec![Vec::new()];
        for slot in 1..records.stride {
            let (dictionary, unseen) = (records.dictionary(slot), self.model.rarities.unseen[slot]);
            let of_value = |code| share_of(slot as u32, records.key(slot, code)).unwrap_or(unseen);
            let mut of_slot = vec![0.0];
            of_slot.extend((1..dictionary.len() as u32).map(of_value));
            bits.push(of_slot);
        }
        model.rarities = Rarities { bits, unseen: self.model.rarities.unseen.clone() };
        model
    }

    /// Slot and key of every value that these records have, to ask for its share.
    pub fn values_of(records: &Records) -> Vec<(u32, u64)> {
        let mut values: Vec<(u32, u64)> = Vec::new();
        for record in 0..records.len() as u32 {
            let row = records.row(record).iter().enumerate().skip(1).filter(|(_, code)| **code != 0);
            values.extend(row.map(|(slot, code)| (slot as u32, records.key(slot, *code))));
        }
        values.sort_unstable();
        values.dedup();
        values
    }

    /// The pairs that are one at least with the given probability, of which at least one record is `changed`.
    ///
    /// **Shape.** `changed` has one place for each record; `model` is this one's for these records.
    pub fn find_changed(&self, records: &Records, model: &Model, changed: &[bool], least: f64) -> Vec<Pair> {
        let (least, extent) = (bits_of(least) as f32, Extent { n: records.len() as u32, split: None });
        let look = |pairs: &[(u32, u32)]| model.alike(records, pairs, least);
        let mut found = if self.keys.is_empty() {
            let lefts: Vec<u32> = (0..extent.n).filter(|record| changed[*record as usize]).collect();
            let of_one = |one: &u32| {
                let others =
                    (0..extent.n).filter(|other| other != one && (!changed[*other as usize] || other > one));
                look(&others.map(|other| (*one.min(&other), *one.max(&other))).collect::<Vec<(u32, u32)>>())
            };
            let found: Vec<Vec<Pair>> = lefts.par_iter().map(of_one).collect();
            found.into_iter().flatten().collect()
        } else {
            let parts = Parts::of(records);
            let keys = self.keys.iter().map(|(first, second)| choose::key(&parts.atoms, *first, *second));
            let keys = keys.collect();
            Blocks::new(parts, keys).candidates(extent, Some(changed), look).1
        };
        found.sort_unstable_by_key(|pair| (pair.left, pair.right));
        found
    }

    /// The text by which it is kept.
    pub fn to_text(&self) -> String {
        let mut text = format!("{FIRST_LINE}\nprior {}\nunseen", self.model.prior);
        push(&mut text, &self.model.rarities.unseen);
        for weight in &self.model.weights {
            add(&mut text, format_args!("\nweight {}", rule_name(weight.rule)));
            [weight.m, weight.u, weight.centre].iter().for_each(|levels| push(&mut text, levels));
        }
        for relation in &self.model.relations {
            add(&mut text, format_args!("\nrelation {}", relation.name.replace(' ', "_")));
            push(&mut text, &[relation.prior, relation.most]);
            relation.h.iter().for_each(|levels| push(&mut text, levels));
        }
        for (first, second) in &self.keys {
            add(&mut text, format_args!("\nkey {first}"));
            second.iter().for_each(|second| add(&mut text, format_args!(" {second}")));
        }
        text
    }

    /// What a text keeps; `None` if it was written for other fields or by another version.
    pub fn from_text(text: &str, fields: &[Field]) -> Option<Learnt> {
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return None;
        }
        let prior = numbers(lines.next()?.strip_prefix("prior")?)?.first().copied()?;
        let unseen = numbers(lines.next()?.strip_prefix("unseen")?)?;
        let records = Records::new(fields);
        let usual = Learnt::believed(fields, 2).model;
        let (mut weights, mut known, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        for line in lines {
            let (kind, rest) = line.split_once(' ')?;
            match kind {
                "weight" => weights.push(weight(rest, usual.weights.get(weights.len())?)?),
                "relation" => known.push(relation(rest, &usual.relations)?),
                "key" => keys.push(places(rest)?),
                _ => return None,
            }
        }
        let n_atoms = Parts::without_values(&records).atoms.len();
        let fits = weights.len() == usual.weights.len()
            && unseen.len() == records.stride
            && keys.iter().all(|(first, second)| first.max(&second.unwrap_or(0)) < &n_atoms);
        let rarities = Rarities { bits: vec![Vec::new(); records.stride], unseen };
        fits.then_some(Learnt { model: Model { weights, relations: known, rarities, prior }, keys })
    }
}

fn add(text: &mut String, words: std::fmt::Arguments<'_>) {
    text.write_fmt(words).expect("a text takes what is written to it");
}

fn push(text: &mut String, numbers: &[f32]) {
    numbers.iter().for_each(|number| add(text, format_args!(" {number}")));
}

fn numbers(text: &str) -> Option<Vec<f32>> {
    text.split_whitespace().map(|word| word.parse().ok()).collect()
}

fn weight(text: &str, usual: &Weight) -> Option<Weight> {
    let (name, rest) = text.split_once(' ')?;
    let numbers = numbers(rest)?;
    if name != rule_name(usual.rule) || numbers.len() != 3 * MOST_LEVELS {
        return None;
    }
    let of = |part: usize| <[f32; MOST_LEVELS]>::try_from(&numbers[part * MOST_LEVELS..][..MOST_LEVELS]).ok();
    Some(Weight { rule: usual.rule, m: of(0)?, u: of(1)?, centre: of(2)? })
}

fn relation(text: &str, usual: &[Relation]) -> Option<Relation> {
    let (name, rest) = text.split_once(' ')?;
    let usual = usual.iter().find(|usual| usual.name.replace(' ', "_") == name)?;
    let numbers = numbers(rest)?;
    let levels = numbers.get(2..)?.chunks_exact(MOST_LEVELS);
    let h = levels.map(|levels| levels.try_into().ok()).collect::<Option<Vec<[f32; MOST_LEVELS]>>>()?;
    let fits = h.len() == usual.h.len();
    fits.then(|| Relation { prior: numbers[0], most: numbers[1], h, ..usual.clone() })
}

fn places(text: &str) -> Option<(usize, Option<usize>)> {
    let mut words = text.split(' ').map(str::parse);
    let first = words.next()?.ok()?;
    Some((first, words.next().transpose().ok()?))
}
