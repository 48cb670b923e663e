//! Parts of a record that two records of one person often share: the stuff that blocking keys are made of.

use crate::dictionary::Dictionary;
use crate::fold::{hash, mix, sound};
use crate::lists::words::is_free_provider;
use crate::records::{Records, Rule};

/// Rare words of a text that serve as keys.
pub(crate) const RARE_WORDS: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Value,
    /// The full name for a nickname.
    Root,
    Start(usize),
    End(usize),
    Sound,
    /// Given and family name in either order.
    BothNames,
    BothInitials,
    /// The domain of a firm's mailbox.
    FirmDomain,
    /// A street without the number.
    Road,
    /// The first word that is long enough to say something.
    FirstWord,
    /// One of the rarest words of a text; a key of this has several values.
    RareWord,
}

/// One part of a record.
#[derive(Debug, Clone)]
pub(crate) struct Atom {
    what: What,
    slot: usize,
    pub(crate) name: String,
    /// Atoms of one field are not combined with each other.
    pub(crate) field: usize,
}

impl Atom {
    /// How many values it may have in one record.
    pub(crate) fn width(&self) -> usize {
        if self.what == What::RareWord { RARE_WORDS } else { 1 }
    }

    /// Whether it can stand for a record alone; an initial cannot.
    pub(crate) fn is_whole(&self) -> bool {
        !matches!(self.what, What::Start(1) | What::BothInitials)
    }
}

/// The atoms that the comparisons of these records give.
pub(crate) fn atoms(records: &Records) -> Vec<Atom> {
    let mut atoms = Vec::new();
    for (field, comparison) in records.comparisons.iter().enumerate() {
        for (what, at, about) in parts(comparison.rule) {
            let slot = comparison.slots[*at];
            let name = match *about {
                "" => comparison.name.clone(),
                about => format!("{} ({about})", comparison.name),
            };
            let field = if matches!(what, What::BothNames | What::BothInitials) { usize::MAX } else { field };
            if slot != 0 {
                atoms.push(Atom { what: *what, slot, name, field });
            }
        }
    }
    atoms
}

/// Which parts of a field serve as keys: what, of which of its slots, and what it is called.
fn parts(rule: Rule) -> &'static [(What, usize, &'static str)] {
    match rule {
        Rule::Given => &[
            (What::Root, 0, ""),
            (What::Start(1), 0, "initial"),
            (What::Start(3), 0, "start"),
            (What::BothNames, 0, "with family name, any order"),
            (What::BothInitials, 0, "both initials, any order"),
        ],
        Rule::Family => &[
            (What::Value, 1, ""),
            (What::Sound, 1, "sound"),
            (What::Start(1), 1, "initial"),
            (What::Start(3), 1, "start"),
        ],
        Rule::Date => {
            &[(What::Value, 0, ""), (What::Start(6), 0, "year and month"), (What::End(4), 0, "month and day")]
        }
        Rule::Email => &[(What::Value, 0, ""), (What::Value, 1, "mailbox"), (What::FirmDomain, 2, "domain")],
        Rule::Phone => &[
            (What::Value, 0, ""),
            (What::Start(6), 0, "start"),
            (What::End(6), 0, "end"),
            (What::End(4), 0, "last four"),
        ],
        Rule::Identifier => &[(What::Value, 0, ""), (What::Start(4), 0, "start"), (What::End(4), 0, "end")],
        Rule::Street => &[(What::Value, 0, ""), (What::Road, 0, "road")],
        Rule::Place => &[
            (What::Value, 0, "postcode"),
            (What::Start(3), 0, "postcode, start"),
            (What::Value, 1, "town"),
            (What::Start(4), 1, "town, start"),
        ],
        Rule::Company | Rule::Text | Rule::People => {
            &[(What::Value, 0, ""), (What::FirstWord, 0, "first word"), (What::RareWord, 0, "rare word")]
        }
        Rule::Category | Rule::Year | Rule::Number => &[(What::Value, 0, "")],
        Rule::Codes => &[],
    }
}

/// Writes the values of an atom in a row to `out`; 0 is none.
pub(crate) fn values(records: &Records, row: &[u32], atom: &Atom, out: &mut [u32]) {
    out.fill(0);
    let code = row[atom.slot];
    let dictionary = records.dictionary(atom.slot);
    if atom.what == What::RareWord {
        return rare_words(dictionary, code, out);
    }
    let text = dictionary.get(code);
    let bytes = text.as_bytes();
    let of_bytes = |bytes: &[u8]| hash(bytes);
    let value = match atom.what {
        What::BothNames | What::BothInitials => both(dictionary, row, atom),
        _ if code == 0 => 0,
        What::Value => u64::from(code),
        What::Root => match dictionary.groups(code)[0] {
            0 => u64::from(code) | 1 << 40,
            group => u64::from(group),
        },
        What::Start(n) if bytes.len() >= n => of_bytes(&bytes[..n]),
        What::End(n) if bytes.len() >= n => of_bytes(&bytes[bytes.len() - n..]),
        What::Sound => of_bytes(sound(text).as_bytes()),
        What::FirmDomain if is_free_provider(text) => 0,
        What::FirmDomain => u64::from(code),
        What::Road => {
            let road = text.trim_start_matches(|sign: char| sign.is_ascii_digit()).trim_start();
            if road.len() >= 3 { of_bytes(&road.as_bytes()[..road.len().min(6)]) } else { 0 }
        }
        What::FirstWord => {
            text.split(' ').find(|word| word.len() >= 3).map_or(0, |word| of_bytes(word.as_bytes()))
        }
        _ => 0,
    };
    out[0] = if value == 0 { 0 } else { narrow(value) };
}

fn both(dictionary: &Dictionary, row: &[u32], atom: &Atom) -> u64 {
    let (given, family) = (row[atom.slot], row[atom.slot + 1]);
    if given == 0 || family == 0 {
        return 0;
    }
    let part = |code: u32| match atom.what {
        What::BothInitials => u64::from(dictionary.get(code).as_bytes()[0]),
        _ => u64::from(code),
    };
    let (one, two) = (part(given), part(family));
    mix(one.min(two) << 32 | one.max(two))
}

/// The words of a value that fewest values have, but more than one.
fn rare_words(dictionary: &Dictionary, code: u32, out: &mut [u32]) {
    let mut found: Vec<(u32, u32)> = Vec::new();
    for &word in dictionary.words_of(code) {
        let n = dictionary.n_with_word(word);
        if n >= 2 && dictionary.words().is_some_and(|words| words.get(word).len() >= 2) {
            found.push((n, word));
        }
    }
    found.sort_unstable();
    for (out, (_, word)) in out.iter_mut().zip(found) {
        *out = narrow(u64::from(word));
    }
}

/// A value in 32 bits, never 0.
pub(crate) fn narrow(value: u64) -> u32 {
    (mix(value.wrapping_add(0x9e37_79b9)) as u32).max(1)
}

/// Two values as one; 0 where either is none.
pub(crate) fn joined(one: u32, two: u32) -> u32 {
    if one == 0 || two == 0 { 0 } else { narrow(u64::from(one) << 32 | u64::from(two)) }
}
