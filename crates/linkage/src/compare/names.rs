//! Given and family names: equal, misspelt, shortened, an initial, one of several, or in each other's place.

use super::{MISSING, SAME, Seen, Two};
use crate::dictionary::Dictionary;
use crate::fold::sound;
use crate::lists::nicknames;
use crate::similarity::{is_one_slip, jaro_winkler, slips};

const NICKNAME: u8 = 2;
const SLIP: u8 = 3;
const INITIAL: u8 = 4;
const ONE_OF: u8 = 5;
const SIMILAR: u8 = 6;
const DIFFERENT: u8 = 7;
const SWAPPED: u8 = 8;
const IN_MAILBOX: u8 = 9;

const FAMILY_SLIP: u8 = 2;
const FAMILY_PART: u8 = 3;
const FAMILY_SIMILAR: u8 = 4;
const FAMILY_DIFFERENT: u8 = 5;

/// What given and family name say.
pub(super) fn names(two: &Two<'_>, slots: [usize; 4]) -> (Seen, Seen) {
    let dictionary = two.records.dictionary(slots[0]);
    let (given, family) = (slots[0], slots[1]);
    let straight = (
        seen(two, given, given_level(dictionary, two.left[given], two.right[given])),
        seen(two, family, family_level(dictionary, two.left[family], two.right[family])),
    );
    let is_poor = |level: u8, from: u8| level == MISSING || level >= from;
    if is_poor(straight.0.level, SIMILAR)
        && is_poor(straight.1.level, FAMILY_SIMILAR)
        && let Some(rarity) = swapped(two, dictionary, given, family)
    {
        return (Seen { level: SWAPPED, rarity }, Seen::NOTHING);
    }
    if slots[2] != 0 && matches!(straight.0.level, MISSING | DIFFERENT) {
        let named = |given: u32, row: &[u32]| is_in_mailbox(two, dictionary, given, row[slots[2]], slots[2]);
        for (given, row, slot) in [(two.left[given], two.right, given), (two.right[given], two.left, given)] {
            if named(given, row) {
                return (Seen { level: IN_MAILBOX, rarity: two.rarities.of(slot, given) }, straight.1);
            }
        }
    }
    straight
}

/// Whether a mailbox has a given name in it, of four letters at least.
fn is_in_mailbox(two: &Two<'_>, dictionary: &Dictionary, given: u32, mailbox: u32, slot: usize) -> bool {
    let boxes = two.records.dictionary(slot);
    if given == 0 || mailbox == 0 || dictionary.letters(given) & !boxes.letters(mailbox) != 0 {
        return false;
    }
    let name = dictionary.get(given);
    name.len() >= 4 && boxes.get(mailbox).contains(name)
}

fn seen(two: &Two<'_>, slot: usize, level: u8) -> Seen {
    match level {
        MISSING => Seen::NOTHING,
        SAME => two.same(slot),
        level => Seen { level, rarity: two.rarities.rarer(slot, two.left[slot], two.right[slot]) },
    }
}

/// What is taken away where only one of two swapped names is the same. **Units.** Bits.
const OTHER_APART: f32 = 7.0;

/// How rare two names are that stand in each other's place; `None` if they do not.
fn swapped(two: &Two<'_>, dictionary: &Dictionary, given: usize, family: usize) -> Option<f32> {
    let (ga, fa, gb, fb) = (two.left[given], two.left[family], two.right[given], two.right[family]);
    if ga == fa || gb == fb {
        return None;
    }
    let (first, second) = (ga != 0 && ga == fb, fa != 0 && fa == gb);
    let rarity = |slot_one: usize, slot_two: usize, code: u32| {
        two.rarities.of(slot_one, code).max(two.rarities.of(slot_two, code)).max(-12.0)
    };
    let close =
        |x: u32, y: u32| x != 0 && y != 0 && matches!(given_level(dictionary, x, y), SAME | NICKNAME | SLIP);
    match (first, second) {
        (true, true) => Some(rarity(given, family, ga) + rarity(given, family, fa)),
        (true, false) if close(fa, gb) => Some(rarity(given, family, ga) - 5.0),
        (false, true) if close(ga, fb) => Some(rarity(given, family, fa) - 5.0),
        (true, false) => Some(rarity(given, family, ga) + if fa == 0 || gb == 0 { 0.0 } else { OTHER_APART }),
        (false, true) => Some(rarity(given, family, fa) + if ga == 0 || fb == 0 { 0.0 } else { OTHER_APART }),
        _ => None,
    }
}

fn given_level(dictionary: &Dictionary, left: u32, right: u32) -> u8 {
    if left == 0 || right == 0 {
        return MISSING;
    }
    if left == right {
        return SAME;
    }
    let (of_left, of_right) = (dictionary.groups(left), dictionary.groups(right));
    if of_left[0] != 0 && of_left.iter().any(|group| *group != 0 && of_right.contains(group)) {
        return NICKNAME;
    }
    let apart = (dictionary.letters(left) ^ dictionary.letters(right)).count_ones();
    if is_hopeless(dictionary, left, right) {
        return DIFFERENT;
    }
    let (x, y) = (dictionary.get(left), dictionary.get(right));
    if apart <= 2 && x.len().min(y.len()) >= 3 && is_one_slip(x, y) {
        return SLIP;
    }
    if x.len() == 1 || y.len() == 1 {
        return if x.as_bytes()[0] == y.as_bytes()[0] { INITIAL } else { DIFFERENT };
    }
    if x.contains(' ') || y.contains(' ') {
        return several(dictionary, x, y);
    }
    if x.as_bytes()[0] == y.as_bytes()[0] && nicknames::is_shortened(x, y) {
        return NICKNAME;
    }
    if apart <= 5 && is_similar(x, y, apart) {
        return SIMILAR;
    }
    DIFFERENT
}

/// Whether the letters alone show that two names are neither alike, nor one a short form of the other, nor of several words.
fn is_hopeless(dictionary: &Dictionary, left: u32, right: u32) -> bool {
    let (x, y) = (dictionary.letters(left), dictionary.letters(right));
    if (x ^ y).count_ones() <= 5 || dictionary.is_flagged(left) || dictionary.is_flagged(right) {
        return false;
    }
    let endings = letter(b'i') | letter(b'e') | letter(b'y');
    x & !y & !endings != 0 && y & !x & !endings != 0
}

fn letter(sign: u8) -> u32 {
    1 << (sign - b'a')
}

/// Names of several words: joined, or one that is in both.
fn several(dictionary: &Dictionary, left: &str, right: &str) -> u8 {
    let joined = |text: &str| text.chars().filter(|sign| *sign != ' ').collect::<String>();
    if is_one_slip(&joined(left), &joined(right)) {
        return SLIP;
    }
    let both =
        |x: &str| right.split(' ').any(|y| x.len() >= 2 && (x == y || (x.len() > 3 && is_one_slip(x, y))));
    let first = |text: &str| text.as_bytes()[0];
    if left.split(' ').any(both) {
        ONE_OF
    } else if left
        .split(' ')
        .zip(right.split(' '))
        .all(|(x, y)| first(x) == first(y) && (x.len() == 1 || y.len() == 1))
    {
        INITIAL
    } else if dictionary.words().is_none() && jaro_winkler(left, right) > 0.9 {
        SIMILAR
    } else {
        DIFFERENT
    }
}

fn is_similar(left: &str, right: &str, apart: u32) -> bool {
    let least = left.len().min(right.len());
    (least >= 6 && apart <= 4 && slips(left, right) <= 2)
        || (least >= 4 && jaro_winkler(left, right) >= 0.9)
        || (least >= 4
            && left.as_bytes()[0] == right.as_bytes()[0]
            && apart <= 3
            && sound(left) == sound(right))
}

fn family_level(dictionary: &Dictionary, left: u32, right: u32) -> u8 {
    if left == 0 || right == 0 {
        return MISSING;
    }
    if left == right {
        return SAME;
    }
    let apart = (dictionary.letters(left) ^ dictionary.letters(right)).count_ones();
    if is_hopeless(dictionary, left, right) {
        return FAMILY_DIFFERENT;
    }
    let (x, y) = (dictionary.get(left), dictionary.get(right));
    if apart <= 2 && x.len().min(y.len()) >= 3 && is_one_slip(x, y) {
        return FAMILY_SLIP;
    }
    if (x.len() == 1) != (y.len() == 1) && x.as_bytes()[0] == y.as_bytes()[0] {
        return FAMILY_SIMILAR;
    }
    if x.contains(' ') || y.contains(' ') {
        return match several(dictionary, x, y) {
            SLIP => FAMILY_SLIP,
            ONE_OF => FAMILY_PART,
            SIMILAR => FAMILY_SIMILAR,
            _ => FAMILY_DIFFERENT,
        };
    }
    if apart <= 5 && is_similar(x, y, apart) { FAMILY_SIMILAR } else { FAMILY_DIFFERENT }
}
