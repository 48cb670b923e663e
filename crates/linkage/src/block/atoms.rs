//! Parts of a record that two records of one person often share: the stuff that blocking keys are made of.

use crate::dictionary::{Dictionary, NOTHING};
use crate::fold::{hash, mix, sound};
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

    fn is_of_both_names(&self) -> bool {
        matches!(self.what, What::BothNames | What::BothInitials)
    }

    /// The values of a row by what [`by_code`] gave; `None` where that is nothing.
    pub(crate) fn known<'a>(&self, by_code: &'a [u32], row: &[u32]) -> Option<&'a [u32]> {
        let start = row[self.slot] as usize * self.width();
        by_code.get(start..start + self.width())
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
            let mut atom = Atom { what: *what, slot, name, field };
            if atom.is_of_both_names() {
                atom.field = usize::MAX;
            }
            if slot != 0 {
                atoms.push(atom);
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
    let dictionary = records.dictionary(atom.slot);
    if atom.is_of_both_names() {
        out[0] = both(dictionary, row, atom);
    } else {
        of_value(dictionary, row[atom.slot], atom, out);
    }
}

/// What an atom makes of every value of its dictionary, by code; nothing where it is made of two values, or where most
/// records have a value of their own.
pub(crate) fn by_code(records: &Records, atom: &Atom) -> Vec<u32> {
    let dictionary = records.dictionary(atom.slot);
    if atom.is_of_both_names() || dictionary.len() > records.len() / 2 {
        return Vec::new();
    }
    let mut all = vec![0; dictionary.len() * atom.width()];
    for (out, code) in all.chunks_exact_mut(atom.width()).zip(0..) {
        of_value(dictionary, code, atom, out);
    }
    all
}

/// Writes what an atom makes of a value.
fn of_value(dictionary: &Dictionary, code: u32, atom: &Atom, out: &mut [u32]) {
    out.fill(0);
    if code == NOTHING {
        return;
    }
    if atom.what == What::RareWord {
        return rare_words(dictionary, code, out);
    }
    let value = match atom.what {
        What::Value => u64::from(code),
        What::Root => match dictionary.groups(code)[0] {
            0 => u64::from(code) | 1 << 40,
            group => u64::from(group),
        },
        What::FirmDomain if dictionary.is_flagged(code) => 0,
        What::FirmDomain => u64::from(code),
        what => part_of(what, dictionary.get(code)).unwrap_or(0),
    };
    out[0] = if value == 0 { 0 } else { narrow(value) };
}

/// A number for the part of a text, where the text has it.
fn part_of(what: What, text: &str) -> Option<u64> {
    let part = match what {
        What::Start(n) => text.as_bytes().get(..n),
        What::End(n) => text.len().checked_sub(n).map(|start| &text.as_bytes()[start..]),
        What::Road => {
            let road = text.trim_start_matches(|sign: char| sign.is_ascii_digit()).trim_start();
            (road.len() >= 3).then(|| &road.as_bytes()[..road.len().min(6)])
        }
        What::FirstWord => text.split(' ').find(|word| word.len() >= 3).map(str::as_bytes),
        What::Sound => return Some(hash(sound(text).as_bytes())),
        _ => None,
    };
    part.map(hash)
}

/// What two names are together, in either order.
fn both(dictionary: &Dictionary, row: &[u32], atom: &Atom) -> u32 {
    let (given, family) = (row[atom.slot], row[atom.slot + 1]);
    if given == 0 || family == 0 {
        return 0;
    }
    let part = |code: u32| match atom.what {
        What::BothInitials => u64::from(dictionary.get(code).as_bytes()[0]),
        _ => u64::from(code),
    };
    let (one, two) = (part(given), part(family));
    narrow(mix(one.min(two) << 32 | one.max(two)))
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

/// Two values, which are spread over all 32 bits already, as one; 0 where either is none.
pub(crate) fn joined(one: u32, two: u32) -> u32 {
    if one == 0 || two == 0 { 0 } else { one.wrapping_mul(0x9e37_79b1).wrapping_add(two).max(1) }
}
