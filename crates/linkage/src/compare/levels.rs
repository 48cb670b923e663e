//! The levels of each rule: what they are called, what is believed of them before any data was seen, and whether a rare value
//! says more than a frequent one.

use crate::records::Rule;

/// Levels that a rule may have, "missing" among them.
pub(crate) const MOST_LEVELS: usize = 10;
pub(crate) const MISSING: u8 = 0;
pub(crate) const SAME: u8 = 1;

/// One level of a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Level {
    pub(crate) name: &'static str,
    /// Share of true pairs that are expected at this level, before the data speak.
    pub(crate) m: f64,
    pub(crate) rarity: Rarity,
}

/// What the share of a value means at a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rarity {
    /// Nothing.
    None,
    /// Both records have this very value: its share is the chance that two strangers do.
    Shared,
    /// The values are near each other: the rarer one is probably the slip.
    Near,
}

const fn level(name: &'static str, m: f64) -> Level {
    Level { name, m, rarity: Rarity::None }
}

const fn rare(name: &'static str, m: f64) -> Level {
    Level { name, m, rarity: Rarity::Shared }
}

const fn near(name: &'static str, m: f64) -> Level {
    Level { name, m, rarity: Rarity::Near }
}

const NO: Level = level("missing", 0.0);

const GIVEN: &[Level] = &[
    NO,
    rare("same", 0.68),
    near("nickname", 0.07),
    near("one slip", 0.09),
    level("initial", 0.03),
    near("one of several names", 0.02),
    level("similar", 0.03),
    level("different", 0.06),
    rare("names swapped", 0.02),
    rare("named in the mailbox", 0.02),
];
const FAMILY: &[Level] = &[
    NO,
    rare("same", 0.78),
    near("one slip", 0.1),
    near("part of a double name", 0.02),
    level("similar", 0.03),
    level("different", 0.07),
];
const DATE: &[Level] = &[
    NO,
    rare("same", 0.82),
    level("day and month swapped", 0.02),
    level("one digit", 0.08),
    level("two of three parts", 0.05),
    level("different", 0.03),
];
const EMAIL: &[Level] = &[
    NO,
    rare("same", 0.55),
    level("one slip", 0.1),
    rare("same mailbox elsewhere", 0.04),
    rare("only the name again", 0.03),
    level("similar mailbox", 0.07),
    rare("same company's domain", 0.03),
    level("different", 0.18),
];
const PHONE: &[Level] =
    &[NO, rare("same", 0.65), level("one digit", 0.1), level("same ending", 0.03), level("different", 0.22)];
const STREET: &[Level] = &[
    NO,
    rare("same", 0.62),
    level("same number, similar road", 0.13),
    level("same road, number unsure", 0.06),
    level("same road, other number", 0.03),
    level("different", 0.16),
];
const PLACE: &[Level] = &[
    NO,
    rare("same postcode", 0.68),
    rare("same postcode, other town", 0.05),
    rare("same town, postcode one slip", 0.05),
    rare("same town", 0.08),
    level("similar", 0.03),
    level("same region", 0.04),
    level("different", 0.07),
];
const COMPANY: &[Level] = &[
    NO,
    rare("same", 0.65),
    level("one or two slips", 0.1),
    level("part or initials", 0.07),
    level("shares a rare word", 0.03),
    level("different", 0.13),
    rare("named in the mail domain", 0.02),
];
const TEXT: &[Level] = &[
    NO,
    rare("same", 0.45),
    level("nearly the same words", 0.17),
    level("most words", 0.13),
    level("many words", 0.1),
    level("some words", 0.07),
    level("few words", 0.04),
    level("hardly a word", 0.04),
];
const CODES: &[Level] = &[
    NO,
    level("same", 0.75),
    level("some in common", 0.12),
    level("one slip", 0.05),
    level("different", 0.08),
];
const YEAR: &[Level] = &[NO, level("same", 0.88), level("one apart", 0.07), level("different", 0.05)];
const NUMBER: &[Level] =
    &[NO, level("same", 0.55), level("within 2 %", 0.1), level("within 15 %", 0.15), level("different", 0.2)];
const CATEGORY: &[Level] =
    &[NO, rare("same", 0.7), level("a word in common", 0.15), level("different", 0.15)];
const IDENTIFIER: &[Level] = &[NO, rare("same", 0.9), level("one slip", 0.06), level("different", 0.04)];

/// The levels of a rule, from "missing" on.
pub(crate) fn levels(rule: Rule) -> &'static [Level] {
    match rule {
        Rule::Given => GIVEN,
        Rule::Family => FAMILY,
        Rule::Date => DATE,
        Rule::Email => EMAIL,
        Rule::Phone => PHONE,
        Rule::Street => STREET,
        Rule::Place => PLACE,
        Rule::Company => COMPANY,
        Rule::Text | Rule::People => TEXT,
        Rule::Codes => CODES,
        Rule::Year => YEAR,
        Rule::Number => NUMBER,
        Rule::Category => CATEGORY,
        Rule::Identifier => IDENTIFIER,
    }
}
