//! How surely two cards are one person: the sum of what each field says, in bits.
//!
//! A field's weight is log2(m / u): how much oftener it looks like this in one person's two records (m) than in two
//! people's (u). Rare values say more than frequent ones: u of an equal name is its share in these very data. The sheet
//! `docs/methods/duplicates.md` gives every number and its reason.

use super::cards::{Card, Counts, Text, Value, is_free_provider};
use super::nicknames::{are_one, is_shortened};
use serde::{Deserialize, Serialize};
use strsim::{jaro_winkler, osa_distance};

/// What one field says about a pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    pub field: String,
    /// What was found, such as `same`, `nickname`, `swapped`.
    pub found: String,
    /// **Units.** Bits; above zero speaks for one, below for two.
    pub bits: f64,
}

/// How many records there are; how frequent their values are is on the cards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) n: f64,
}

impl Known {
    /// What is taken for usual where the data were not read: given name of one in 200, family name of one in 1,000 …
    pub(super) fn usual_counts(&self) -> Counts {
        let mut counts = Counts::default();
        let mut one_in = |value: Value, share: f64| counts[value as usize] = (self.n / share).max(1.0) as u32;
        one_in(Value::Given, 200.0);
        one_in(Value::Family, 1000.0);
        one_in(Value::EmailLocal, 5000.0);
        one_in(Value::Place, 500.0);
        counts
    }

    /// Bits of an equal value that `count` records have: m over its share, within bounds.
    fn rare(&self, m: f64, count: f64, least: f64, most: f64) -> f64 {
        (m * self.n / count).log2().clamp(least, most)
    }

    /// Bits of an equal value that hardly two people share by chance; `m` as a multiple of what the prior takes away.
    fn unique(&self, m: f64, count: f64) -> f64 {
        (m * self.n / (count - 1.0).max(1.0)).log2()
    }

    /// The odds, in bits, that two records drawn at random are one: every twentieth record is a second one.
    fn prior(&self) -> f64 {
        -(10.0 * self.n).log2()
    }
}

/// The bits for one field and what was found.
type Finding = Option<(&'static str, f64)>;

/// How two given names go together.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Given {
    Agree,
    Unknown,
    Other,
}

/// The score of a pair: prior and all weights; `say` hears each field.
pub(super) fn score(
    known: &Known,
    a: &Card<'_>,
    b: &Card<'_>,
    mut say: impl FnMut(&'static str, &'static str, f64),
) -> f64 {
    let mut total = known.prior();
    let (given, family_bits, name_bits) = names(known, a, b, &mut say);
    total += name_bits;
    let level = (10.0 * known.n).log2();
    let mut household = family_bits.max(0.0);
    let fields: [(&'static str, Finding, f64); 5] = [
        ("phone", phone(known, a, b), 0.0),
        ("address", address(known, a, b), 0.0),
        ("email", mailbox(known, a, b), 0.45),
        ("birthday", birthday(known, a, b), 0.85),
        ("other", others(a, b), 1.0),
    ];
    for (field, finding, most) in fields {
        let Some((found, mut bits)) = finding else { continue };
        if given == Given::Other && bits > 0.0 {
            // People of one household share family name, address and phone, and some a mailbox: together they say little
            // where the given names differ.
            bits = match most {
                0.0 => {
                    let room = (0.6 * level - household).max(0.0);
                    household += bits.min(room);
                    bits.min(room)
                }
                share => bits.min(share * level),
            };
        }
        say(if field == "other" { found_field(found) } else { field }, found, bits);
        total += bits;
    }
    total
}

fn found_field(found: &str) -> &'static str {
    if found == "same company" { "company" } else { "country" }
}

/// Given and family name, as they stand or swapped.
fn names(
    known: &Known,
    a: &Card<'_>,
    b: &Card<'_>,
    say: &mut impl FnMut(&'static str, &'static str, f64),
) -> (Given, f64, f64) {
    let (ga, fa) = (a.text(Text::Given), a.text(Text::Family));
    let (gb, fb) = (b.text(Text::Given), b.text(Text::Family));
    let family = family(known, a, b);
    let (given, finding) = given(known, a, b);
    let bits = |finding: Finding| finding.map_or(0.0, |(_, bits)| bits);
    // Names come in pairs of one language, so that two equal ones say a little less than each by itself.
    let both = if bits(family) > 0.0 && bits(finding) > 0.0 { -1.0 } else { 0.0 };
    let straight = bits(family) + bits(finding) + both;
    if !ga.is_empty() && !fa.is_empty() && ga != gb && close(ga, fb) && close(fa, gb) && ga != fa {
        let first = known.rare(0.5, a.count(Value::Given).max(b.count(Value::Family)), 2.0, 10.0);
        let second = known.rare(0.5, a.count(Value::Family).max(b.count(Value::Given)), 2.0, 10.0);
        let swapped = first + second - 4.0;
        if swapped > straight {
            say("name", "given and family name swapped", swapped);
            return (Given::Agree, second, swapped);
        }
    }
    if let Some((found, bits)) = family {
        say("family_name", found, bits);
    }
    if let Some((found, bits)) = finding {
        say("given_name", found, bits);
    }
    (given, bits(family), straight)
}

/// Equal, or one slip of the pen apart.
fn close(left: &str, right: &str) -> bool {
    left == right || (left.len() >= 4 && right.len() >= 4 && one_slip(left, right))
}

/// Whether one sign more, one less, another one, or two that changed places are all that differs.
fn one_slip(left: &str, right: &str) -> bool {
    let (a, b) = (left.as_bytes(), right.as_bytes());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    match (&a[..a.len() - end], &b[..b.len() - end]) {
        ([], _) | (_, []) | ([_], [_]) => true,
        ([x, y], [p, q]) => x == q && y == p,
        _ => false,
    }
}

/// How alike two names are spelt: 1 for one slip of the pen, else by Jaro and Winkler.
fn likeness(left: &str, right: &str) -> f64 {
    if close(left, right) {
        return 1.0;
    }
    let long = left.len() >= 5 && right.len() >= 5;
    jaro_winkler(left, right).min(if long { 1.0 } else { 0.91 })
}

fn is_similar(left: &str, right: &str) -> bool {
    likeness(left, right) >= SIMILAR
}

/// From this likeness on two names are one name spelt differently.
const SIMILAR: f64 = 0.92;
const A_LITTLE_SIMILAR: f64 = 0.85;

fn has_word_of(left: &str, right: &str) -> bool {
    let long = |word: &&str| word.len() >= 3;
    left.split(' ').filter(long).any(|word| right.split(' ').any(|other| other == word))
}

fn family(known: &Known, a: &Card<'_>, b: &Card<'_>) -> Finding {
    let (left, right) = (a.text(Text::Family), b.text(Text::Family));
    if left.is_empty() || right.is_empty() {
        return None;
    }
    let frequent = a.count(Value::Family).max(b.count(Value::Family));
    let same = known.rare(0.88, frequent, 1.0, 13.0);
    if left == right {
        return Some(("same", same));
    }
    let (nearly, alike) = ((same - 3.5).clamp(1.0, 8.0), likeness(left, right));
    Some(if alike >= SIMILAR {
        ("spelt similarly", nearly)
    } else if has_word_of(left, right) {
        ("one part of a double name", nearly.min(4.0))
    } else if alike >= A_LITTLE_SIMILAR {
        ("spelt a little similarly", 0.5)
    } else {
        ("different", -5.0)
    })
}

fn given(known: &Known, a: &Card<'_>, b: &Card<'_>) -> (Given, Finding) {
    let (left, right) = (a.text(Text::Given), b.text(Text::Given));
    if left.is_empty() || right.is_empty() {
        return (Given::Unknown, None);
    }
    let same = known.rare(0.8, a.count(Value::Given).max(b.count(Value::Given)), 1.0, 11.0);
    if left == right {
        return (Given::Agree, Some(("same", same)));
    }
    let (a, b) = (first_word(left), first_word(right));
    let (nearly, alike) = ((same - 3.0).clamp(1.0, 6.0), likeness(left, right));
    let finding = if a.len() == 1 || b.len() == 1 {
        if a.as_bytes()[0] == b.as_bytes()[0] { ("same initial", 1.5) } else { ("different initial", -4.0) }
    } else if a == b || has_word_of(left, right) {
        ("one of several names", nearly.min(5.0))
    } else if are_one(left, right) || are_one(a, b) {
        ("nickname", 4.5)
    } else if alike >= SIMILAR {
        ("spelt similarly", nearly)
    } else if is_shortened(a, b) {
        ("shortened", 3.0)
    } else if alike >= A_LITTLE_SIMILAR {
        ("spelt a little similarly", 0.5)
    } else {
        ("different", -5.0)
    };
    (if finding.1 > 0.0 { Given::Agree } else { Given::Other }, Some(finding))
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

fn mailbox(known: &Known, a: &Card<'_>, b: &Card<'_>) -> Finding {
    let (da, db) = (a.text(Text::EmailDomain), b.text(Text::EmailDomain));
    let (la, lb) = (a.text(Text::EmailLocal), b.text(Text::EmailLocal));
    if da.is_empty() || db.is_empty() {
        return None;
    }
    let own = la.len() >= 5;
    Some(if la == lb && da == db {
        let desk = records::values::email::parse(&format!("{la}@{da}")).is_ok_and(|email| email.is_role());
        let bits = known.unique(13.0, a.count(Value::Email));
        if desk { ("same, of a desk", bits - 6.0) } else { ("same", bits) }
    } else if la == lb && own {
        // An address that is made of the name says again what the name has said.
        let bits = known.rare(0.1, a.count(Value::EmailLocal), 0.5, 9.0);
        (
            "same before the @",
            if is_of_name(a) { bits.min(if has_digit(la) { 3.0 } else { 0.0 }) } else { bits },
        )
    } else if da == db && own && digits(la) == digits(lb) && is_similar(la, lb) {
        let bits: f64 = if is_free_provider(da) { 3.5 } else { 6.0 };
        ("spelt similarly", if is_of_name(a) && !has_digit(la) { bits.min(2.0) } else { bits })
    } else if la == lb && one_slip(da, db) {
        ("spelt similarly", 6.0)
    } else if da == db && !is_free_provider(da) {
        ("same domain", 1.0)
    } else {
        ("different", -1.5)
    })
}

/// Whether the mailbox is called after its owner.
fn is_of_name(card: &Card<'_>) -> bool {
    let local = card.text(Text::EmailLocal);
    let word = card.text(Text::Family).split(' ').next().unwrap_or_default();
    word.len() >= 3 && (local.contains(word) || super::cards::name(local).contains(word))
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn phone(known: &Known, a: &Card<'_>, b: &Card<'_>) -> Finding {
    let (pa, pb) = (a.text(Text::Phone), b.text(Text::Phone));
    if pa.is_empty() || pb.is_empty() {
        return None;
    }
    let end = |text: &'_ str| text.len().saturating_sub(7);
    Some(if pa == pb {
        ("same", known.unique(4.0, a.count(Value::Phone)))
    } else if pa.get(end(pa)..) == pb.get(end(pb)..) {
        ("same last seven digits", 6.0)
    } else if pa.len() == pb.len() && one_slip(pa, pb) {
        ("one digit different", 4.0)
    } else {
        ("different", -1.5)
    })
}

/// The share of people who were born on one day: one day in fifty years.
const ONE_BIRTHDAY: f64 = 1.0 / (365.25 * 50.0);

fn birthday(known: &Known, a: &Card<'_>, b: &Card<'_>) -> Finding {
    let (left, right) = (a.text(Text::Birthday), b.text(Text::Birthday));
    if left.is_empty() || right.is_empty() {
        return None;
    }
    if left == right {
        // A day that far too many records have is what a form fills in.
        let count = a.count(Value::Birthday);
        let is_common = count > 12.0_f64.max(known.n / 300.0);
        let share = if is_common { count / known.n } else { ONE_BIRTHDAY };
        return Some(("same", (0.85 / share).log2().clamp(0.0, 13.0)));
    }
    let (Some(l), Some(r)) = (day_parts(left), day_parts(right)) else {
        return Some(("different", -2.0));
    };
    let n_same = l.iter().zip(&r).filter(|(x, y)| x == y).count();
    Some(if l[0] == r[0] && l[1] == r[2] && l[2] == r[1] {
        ("day and month swapped", 7.0)
    } else if n_same == 2 && one_slip(left, right) {
        ("one digit different", 5.0)
    } else if n_same == 2 {
        ("two parts the same", 3.0)
    } else if n_same == 1 && osa_distance(left, right) <= 2 {
        ("two digits different", 0.0)
    } else {
        ("different", -4.0)
    })
}

/// Year, month and day of `1980-04-17`.
fn day_parts(day: &str) -> Option<[&str; 3]> {
    let mut parts = day.split('-');
    let found = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(found)
}

fn address(known: &Known, a: &Card<'_>, b: &Card<'_>) -> Finding {
    let (sa, sb) = (a.text(Text::Street), b.text(Text::Street));
    let place = places(known, a, b);
    if sa.is_empty() || sb.is_empty() {
        return place;
    }
    let same_street = is_same_street(sa, sb);
    Some(match (same_street, place) {
        (true, Some((_, bits))) if bits > 0.0 => (
            "same street and place",
            known.rare(0.5, a.count(Value::Road).max(b.count(Value::Road)), 4.0, 14.0).max(bits),
        ),
        (true, None) => ("same street", 5.0),
        (true, Some(_)) => ("same street, another place", 3.0),
        (false, Some((_, bits))) if bits > 0.0 => {
            ("same place, another street", (bits - 5.0).clamp(-1.5, 1.0))
        }
        (false, None) => ("another street", -1.0),
        (false, Some(_)) => ("another street and place", -2.5),
    })
}

/// Equal house numbers and nearly equal names.
fn is_same_street(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
    digits(left) == digits(right) && jaro_winkler(&letters(left), &letters(right)) >= 0.9
}

fn places(known: &Known, a: &Card<'_>, b: &Card<'_>) -> Finding {
    let both = |text: Text| {
        let (left, right) = (a.text(text), b.text(text));
        (!left.is_empty() && !right.is_empty()).then_some((left, right))
    };
    let (postcode, city) = (both(Text::Postcode), both(Text::City));
    let bits = known.rare(0.8, a.count(Value::Place).max(b.count(Value::Place)), 0.5, 8.0);
    match (postcode, city) {
        (Some((l, r)), _) if l == r => Some(("same postcode", bits)),
        (Some((l, r)), city) => {
            let same_city = city.is_some_and(|(left, right)| is_similar(left, right));
            Some(match (one_slip(l, r), same_city) {
                (_, true) => ("same city, another postcode", 1.0),
                (true, false) => ("postcode with one digit different", 0.5),
                (false, false) => ("another postcode", -2.5),
            })
        }
        (None, Some((l, r))) if l == r => Some(("same city", bits)),
        (None, Some((l, r))) if is_similar(l, r) => Some(("city spelt similarly", 0.6 * bits)),
        (None, Some(_)) => Some(("another city", -2.0)),
        (None, None) => None,
    }
}

fn others(a: &Card<'_>, b: &Card<'_>) -> Finding {
    let (ca, cb) = (a.text(Text::Company), b.text(Text::Company));
    if !ca.is_empty() && ca == cb {
        return Some(("same company", 2.0));
    }
    let (la, lb) = (a.text(Text::Country), b.text(Text::Country));
    (!la.is_empty() && !lb.is_empty() && la != lb).then_some(("another country", -3.0))
}
