//! Companies, titles, products, authors, categories and numbers.
//!
//! Words weigh by how few values have them (inverse document frequency); a misspelt or shortened word still counts in part.

use super::{MISSING, Seen, Two};
use crate::dictionary::Dictionary;
use crate::similarity::{is_one_slip, jaro_winkler, slips};

/// Words of a text that are looked at, so that a page of prose costs no more than a paragraph.
const MOST_WORDS: usize = 48;
/// Words that are tried against misspelt ones.
const MOST_MISSPELT: usize = 12;

const COMPANY_APART: u8 = 5;
const IN_DOMAIN: u8 = 6;

/// Companies; the second slot is the domain of the mailbox, which may name the firm where the other field does not.
pub(super) fn companies(two: &Two<'_>, slots: [usize; 4]) -> Seen {
    let (left, right) = two.codes(slots[0]);
    if left != 0 && left == right {
        return two.same(slots[0]);
    }
    let level = if left == 0 || right == 0 { MISSING } else { company_level(two, slots[0]) };
    if slots[1] != 0 && matches!(level, MISSING | COMPANY_APART) {
        for (company, row) in [(left, two.right), (right, two.left)] {
            if is_in_domain(two, slots, company, row[slots[1]]) {
                return Seen { level: IN_DOMAIN, rarity: two.rarities.of(slots[0], company) };
            }
        }
    }
    Seen::at(level)
}

/// Whether a domain begins with the name of a company, of five letters at least.
fn is_in_domain(two: &Two<'_>, slots: [usize; 4], company: u32, domain: u32) -> bool {
    let (names, domains) = (two.records.dictionary(slots[0]), two.records.dictionary(slots[1]));
    if company == 0
        || domain == 0
        || domains.is_flagged(domain)
        || names.letters(company) & !domains.letters(domain) != 0
    {
        return false;
    }
    let mut letters = without_blanks(names.get(company));
    let mut n_same = 0;
    for sign in domains.get(domain).bytes().filter(|sign| *sign != b'-') {
        match letters.next() {
            Some(letter) if letter == sign => n_same += 1,
            Some(_) => return n_same >= 14,
            None => break,
        }
    }
    n_same >= 5
}

fn company_level(two: &Two<'_>, slot: usize) -> u8 {
    let dictionary = two.records.dictionary(slot);
    let (one, other) = two.codes(slot);
    let several = dictionary.is_flagged(one) && dictionary.is_flagged(other);
    if several
        && two.n_letters_apart(slot) > 5
        && !two.has_letters_within(slot)
        && !shares_word(dictionary, one, other)
    {
        return 5;
    }
    let (left, right) = two.texts(slot);
    let least = left.len().min(right.len());
    if least >= 5 && two.n_letters_apart(slot) <= 4 && (slips(left, right) <= if least >= 8 { 2 } else { 1 })
    {
        return 2;
    }
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let initials = || long.split(' ').filter_map(|word| word.chars().next());
    let is_of_initials = short.len() >= 2 && !short.contains(' ') && short.chars().eq(initials());
    if is_of_initials || without_blanks(left).eq(without_blanks(right)) {
        return 3;
    }
    let overlap = overlap(dictionary, one, other);
    if overlap.common > 0.0 && overlap.of_shorter() >= 0.999 {
        3
    } else if least >= 5 && jaro_winkler(left, right) >= 0.93 {
        2
    } else if overlap.common > 0.0 && overlap.cosine >= 0.45 {
        4
    } else {
        5
    }
}

fn without_blanks(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(|sign| *sign != b' ')
}

fn shares_word(dictionary: &Dictionary, left: u32, right: u32) -> bool {
    let of_right = dictionary.words_of(right);
    dictionary.words_of(left).iter().any(|word| of_right.contains(word))
}

/// What two texts have in common.
struct Overlap {
    /// Weight of what both have, in squares of inverse document frequencies.
    common: f64,
    left: f64,
    right: f64,
    cosine: f64,
}

impl Overlap {
    fn of_shorter(&self) -> f64 {
        self.common / self.left.min(self.right).max(1e-9)
    }
}

fn weight(dictionary: &Dictionary, words: &Dictionary, word: u32) -> f64 {
    let n = dictionary.len() as f64;
    let inverse = (n / f64::from(dictionary.n_with_word(word).max(1))).ln().max(0.2);
    // A single letter says little, whatever its share.
    let inverse = if words.get(word).len() == 1 { inverse * 0.4 } else { inverse };
    inverse * inverse
}

fn overlap(dictionary: &Dictionary, left: u32, right: u32) -> Overlap {
    let Some(words) = dictionary.words() else {
        return Overlap { common: 0.0, left: 0.0, right: 0.0, cosine: 0.0 };
    };
    let (mut a, mut b) = (dictionary.words_of(left), dictionary.words_of(right));
    a = &a[..a.len().min(MOST_WORDS)];
    b = &b[..b.len().min(MOST_WORDS)];
    let weigh = |word: u32| weight(dictionary, words, word);
    let (mut of_left, mut of_right, mut common) = (0.0, 0.0, 0.0);
    let (mut only_left, mut only_right) = (Vec::new(), Vec::new());
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) if x == y => {
                let weight = weigh(*x);
                of_left += weight;
                of_right += weight;
                common += weight;
                (i, j) = (i + 1, j + 1);
            }
            (Some(x), y) if y.is_none_or(|y| x < y) => {
                of_left += weigh(*x);
                only_left.push(*x);
                i += 1;
            }
            (_, Some(y)) => {
                of_right += weigh(*y);
                only_right.push(*y);
                j += 1;
            }
            _ => break,
        }
    }
    // Long texts without a single word in common are not worth a search for slips.
    if common > 0.0 || a.len().max(b.len()) <= 6 {
        common += misspelt(words, &only_left, &mut only_right, weigh);
    }
    let common = common.min(of_left.min(of_right));
    Overlap { common, left: of_left, right: of_right, cosine: common / (of_left * of_right).sqrt().max(1e-9) }
}

/// What words that only one text has are worth because the other has them nearly.
fn misspelt(words: &Dictionary, left: &[u32], right: &mut Vec<u32>, weigh: impl Fn(u32) -> f64) -> f64 {
    if left.len() > MOST_MISSPELT || right.len() > MOST_MISSPELT {
        return 0.0;
    }
    let mut common = 0.0;
    for &x in left {
        let word = words.get(x);
        let has_digit = word.bytes().any(|sign| sign.is_ascii_digit());
        let near = |y: u32| {
            let other = words.get(y);
            let apart = (words.letters(x) ^ words.letters(y)).count_ones();
            if word.len().min(other.len()) >= 4 && apart <= 2 && !has_digit && is_one_slip(word, other) {
                Some(0.8)
            } else if !has_digit
                && word.len().min(other.len()) >= 3
                && (word.starts_with(other) || other.starts_with(word))
            {
                Some(0.6)
            } else if !has_digit
                && (word.len() == 1 || other.len() == 1)
                && word.as_bytes()[0] == other.as_bytes()[0]
            {
                Some(0.3)
            } else if word.len().min(other.len()) >= 6
                && apart <= 4
                && !has_digit
                && jaro_winkler(word, other) >= 0.92
            {
                Some(0.6)
            } else {
                None
            }
        };
        let best = right
            .iter()
            .enumerate()
            .filter_map(|(at, &y)| near(y).map(|share| (at, share * (weigh(x) * weigh(y)).sqrt())));
        if let Some((at, worth)) = best.max_by(|x, y| x.1.total_cmp(&y.1)) {
            right.swap_remove(at);
            common += worth;
        }
    }
    common
}

/// Titles, products and descriptions by the cosine of their weighted words.
pub(super) fn texts(two: &Two<'_>, slot: usize) -> u8 {
    let dictionary = two.records.dictionary(slot);
    let overlap = overlap(dictionary, two.left[slot], two.right[slot]);
    let n_words = |code: u32| dictionary.words_of(code).len();
    let inside = n_words(two.left[slot]).min(n_words(two.right[slot])) >= 2;
    let cosine = overlap.cosine.max(if inside { overlap.of_shorter() * 0.82 } else { 0.0 });
    match cosine {
        0.9.. => 2,
        0.75.. => 3,
        0.6.. => 4,
        0.42.. => 5,
        0.22.. => 6,
        _ => {
            if two.n_letters_apart(slot) > 4 {
                return 7;
            }
            let (left, right) = two.texts(slot);
            let joined = |text: &str| text.chars().filter(|sign| *sign != ' ').take(64).collect::<String>();
            if left.len().abs_diff(right.len()) <= 3 && slips(&joined(left), &joined(right)) <= 2 {
                3
            } else {
                7
            }
        }
    }
}

/// Words of a text with a digit and at least three signs: models, parts, sizes.
pub(super) fn codes(two: &Two<'_>, slot: usize) -> u8 {
    let dictionary = two.records.dictionary(slot);
    let Some(words) = dictionary.words() else { return 0 };
    let is_code = |word: &&u32| {
        let text = words.get(**word);
        text.len() >= 3 && text.bytes().any(|sign| sign.is_ascii_digit())
    };
    let of = |code: u32| dictionary.words_of(code).iter().take(MOST_WORDS).filter(is_code);
    let (n_left, n_right) = (of(two.left[slot]).count(), of(two.right[slot]).count());
    if n_left == 0 || n_right == 0 {
        return 0;
    }
    let n_common = of(two.left[slot]).filter(|x| of(two.right[slot]).any(|y| x == &y)).count();
    if n_common == n_left.min(n_right) {
        return 1;
    }
    if n_common > 0 {
        return 2;
    }
    let near = |x: &str, y: &str| {
        let least = x.len().min(y.len());
        least >= 5 && (is_one_slip(x, y) || x.starts_with(y) || y.starts_with(x))
    };
    let is_near = of(two.left[slot]).any(|x| of(two.right[slot]).any(|y| near(words.get(*x), words.get(*y))));
    if is_near { 3 } else { 4 }
}

pub(super) fn categories(two: &Two<'_>, slot: usize) -> u8 {
    let (left, right) = two.texts(slot);
    let near = left.len().min(right.len()) >= 4 && two.n_letters_apart(slot) <= 2 && is_one_slip(left, right);
    let initial = (left.len() == 1 || right.len() == 1) && left.as_bytes()[0] == right.as_bytes()[0];
    let shares = || {
        left.split(' ').any(|x| {
            x.len() >= 3
                && right
                    .split(' ')
                    .any(|y| x == y || (y.len() >= 3 && (x.starts_with(y) || y.starts_with(x))))
        })
    };
    if near || initial || shares() { 2 } else { 3 }
}

fn values(two: &Two<'_>, slot: usize) -> (f64, f64) {
    let (left, right) = two.texts(slot);
    (left.parse().unwrap_or(0.0), right.parse().unwrap_or(0.0))
}

pub(super) fn years(two: &Two<'_>, slot: usize) -> u8 {
    let (left, right) = values(two, slot);
    if (left - right).abs() <= 1.0 { 2 } else { 3 }
}

pub(super) fn numbers(two: &Two<'_>, slot: usize) -> u8 {
    let (left, right) = values(two, slot);
    let apart = (left - right).abs() / left.abs().max(right.abs()).max(1e-9);
    match apart {
        ..=0.02 => 2,
        ..=0.15 => 3,
        _ => 4,
    }
}
