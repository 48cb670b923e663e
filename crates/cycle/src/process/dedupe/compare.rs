//! How surely two cards are one person: the sum of what each field says, in bits.
//!
//! A field's weight is log2(m / u): how much oftener it looks like this in one person's two records (m) than in two
//! people's (u). Rare values say more than frequent ones: u of an equal name is its share in these very data. The sheet
//! `docs/methods/duplicates.md` gives every number and its reason.

use super::cards::{Card, Cards, Text, is_free_provider};
use super::nicknames::{are_one, is_shortened};
use super::search::Frequencies;
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

/// How frequent values are in the data, and how many records there are.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) n: f64,
    family: Frequencies,
    given: Frequencies,
    email: Frequencies,
    local: Frequencies,
    phone: Frequencies,
    birthday: Frequencies,
    place: Frequencies,
    road: Frequencies,
}

impl Known {
    pub(super) fn of(cards: &Cards) -> Self {
        let count = |text: fn(&Card<'_>) -> String| {
            Frequencies::of((0..cards.len()).map(|i| super::search::hash(&[&text(&cards.get(i))])))
        };
        Self {
            n: (cards.len() as f64).max(100.0),
            family: count(|c| c.text(Text::Family).to_string()),
            given: count(|c| c.text(Text::Given).to_string()),
            email: count(email),
            local: count(|c| c.text(Text::EmailLocal).to_string()),
            phone: count(|c| c.text(Text::Phone).to_string()),
            birthday: count(|c| c.text(Text::Birthday).to_string()),
            place: count(|c| place(c).to_string()),
            road: count(road),
        }
    }

    /// For a comparison of one card with few others, where the data were not read: names are taken for fairly rare.
    pub(super) fn guessed(n: f64) -> Self {
        let n = n.max(100.0);
        let one_in = |share: f64| Frequencies::guessed((n / share).max(1.0));
        Self {
            n,
            family: one_in(1000.0),
            given: one_in(200.0),
            local: one_in(5000.0),
            place: one_in(500.0),
            road: Frequencies::guessed(2.0),
            ..Self::default()
        }
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

fn email(card: &Card<'_>) -> String {
    match card.text(Text::EmailDomain) {
        "" => String::new(),
        domain => format!("{}@{domain}", card.text(Text::EmailLocal)),
    }
}

fn place<'a>(card: &Card<'a>) -> &'a str {
    match card.text(Text::Postcode) {
        "" => card.text(Text::City),
        postcode => postcode,
    }
}

fn road(card: &Card<'_>) -> String {
    match card.text(Text::Street) {
        "" => String::new(),
        street => format!("{street} {}", place(card)),
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
    let family = family(known, fa, fb);
    let (given, finding) = given(known, ga, gb);
    let bits = |finding: Finding| finding.map_or(0.0, |(_, bits)| bits);
    // Names come in pairs of one language, so that two equal ones say a little less than each by itself.
    let both = if bits(family) > 0.0 && bits(finding) > 0.0 { -1.0 } else { 0.0 };
    let straight = bits(family) + bits(finding) + both;
    if !ga.is_empty() && !fa.is_empty() && ga != gb && close(ga, fb) && close(fa, gb) && ga != fa {
        let count = |x: f64, y: f64| x.max(y);
        let first = known.rare(0.5, count(known.given.count(ga), known.family.count(fb)), 2.0, 10.0);
        let second = known.rare(0.5, count(known.family.count(fa), known.given.count(gb)), 2.0, 10.0);
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
    left == right || (left.len() >= 4 && right.len() >= 4 && osa_distance(left, right) <= 1)
}

fn is_similar(left: &str, right: &str) -> bool {
    close(left, right) || (left.len() >= 5 && right.len() >= 5 && jaro_winkler(left, right) >= 0.92)
}

fn has_word_of(left: &str, right: &str) -> bool {
    let long = |word: &&str| word.len() >= 3;
    left.split(' ').filter(long).any(|word| right.split(' ').any(|other| other == word))
}

fn family(known: &Known, left: &str, right: &str) -> Finding {
    if left.is_empty() || right.is_empty() {
        return None;
    }
    let same = |text: &str| known.rare(0.88, known.family.count(text), 1.0, 13.0);
    let nearly = (same(left).min(same(right)) - 3.5).clamp(1.0, 8.0);
    Some(if left == right {
        ("same", same(left))
    } else if is_similar(left, right) {
        ("spelt similarly", nearly)
    } else if has_word_of(left, right) {
        ("one part of a double name", nearly.min(4.0))
    } else if jaro_winkler(left, right) >= 0.85 {
        ("spelt a little similarly", 0.5)
    } else {
        ("different", -5.0)
    })
}

fn given(known: &Known, left: &str, right: &str) -> (Given, Finding) {
    if left.is_empty() || right.is_empty() {
        return (Given::Unknown, None);
    }
    let same = |text: &str| known.rare(0.8, known.given.count(text), 1.0, 11.0);
    let first = |text: &'_ str| text.split(' ').next().unwrap_or_default().to_string();
    let (a, b) = (first(left), first(right));
    let nearly = (same(left).min(same(right)) - 3.0).clamp(1.0, 6.0);
    let finding = if left == right {
        ("same", same(left))
    } else if a.len() == 1 || b.len() == 1 {
        if a.as_bytes()[0] == b.as_bytes()[0] { ("same initial", 1.5) } else { ("different initial", -4.0) }
    } else if a == b || has_word_of(left, right) {
        ("one of several names", nearly.min(5.0))
    } else if are_one(left, right) || are_one(&a, &b) {
        ("nickname", 4.5)
    } else if is_similar(left, right) {
        ("spelt similarly", nearly)
    } else if is_shortened(&a, &b) {
        ("shortened", 3.0)
    } else if jaro_winkler(left, right) >= 0.85 {
        ("spelt a little similarly", 0.5)
    } else {
        ("different", -5.0)
    };
    (if finding.1 > 0.0 { Given::Agree } else { Given::Other }, Some(finding))
}

fn mailbox(known: &Known, a: &Card<'_>, b: &Card<'_>) -> Finding {
    let (da, db) = (a.text(Text::EmailDomain), b.text(Text::EmailDomain));
    let (la, lb) = (a.text(Text::EmailLocal), b.text(Text::EmailLocal));
    if da.is_empty() || db.is_empty() {
        return None;
    }
    let own = la.len() >= 5;
    Some(if la == lb && da == db {
        let desk = records::values::email::parse(&email(a)).is_ok_and(|email| email.is_role());
        let bits = known.unique(13.0, known.email.count(&email(a)));
        if desk { ("same, of a desk", bits - 6.0) } else { ("same", bits) }
    } else if la == lb && own {
        // An address that is made of the name says again what the name has said.
        let bits = known.rare(0.1, known.local.count(la), 0.5, 9.0);
        (
            "same before the @",
            if is_of_name(a) { bits.min(if has_digit(la) { 3.0 } else { 0.0 }) } else { bits },
        )
    } else if da == db && own && digits(la) == digits(lb) && is_similar(la, lb) {
        let bits: f64 = if is_free_provider(da) { 3.5 } else { 6.0 };
        ("spelt similarly", if is_of_name(a) && !has_digit(la) { bits.min(2.0) } else { bits })
    } else if la == lb && osa_distance(da, db) <= 1 {
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
        ("same", known.unique(4.0, known.phone.count(pa)))
    } else if pa.get(end(pa)..) == pb.get(end(pb)..) {
        ("same last seven digits", 6.0)
    } else if pa.len() == pb.len() && osa_distance(pa, pb) == 1 {
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
        let count = known.birthday.count(left);
        let is_common = count > 12.0_f64.max(known.n / 300.0);
        let share = if is_common { count / known.n } else { ONE_BIRTHDAY };
        return Some(("same", (0.85 / share).log2().clamp(0.0, 13.0)));
    }
    let parts = |text: &'_ str| text.split('-').map(str::to_owned).collect::<Vec<_>>();
    let (l, r) = (parts(left), parts(right));
    if l.len() != 3 || r.len() != 3 {
        return Some(("different", -2.0));
    }
    let n_same = l.iter().zip(&r).filter(|(x, y)| x == y).count();
    Some(if l[0] == r[0] && l[1] == r[2] && l[2] == r[1] {
        ("day and month swapped", 7.0)
    } else if n_same == 2 && osa_distance(left, right) == 1 {
        ("one digit different", 5.0)
    } else if n_same == 2 {
        ("two parts the same", 3.0)
    } else if osa_distance(left, right) <= 2 && n_same == 1 {
        ("two digits different", 0.0)
    } else {
        ("different", -4.0)
    })
}

fn address(known: &Known, a: &Card<'_>, b: &Card<'_>) -> Finding {
    let (sa, sb) = (a.text(Text::Street), b.text(Text::Street));
    let place = places(known, a, b);
    if sa.is_empty() || sb.is_empty() {
        return place;
    }
    let same_street = is_same_street(sa, sb);
    Some(match (same_street, place) {
        (true, Some((_, bits))) if bits > 0.0 => {
            ("same street and place", known.rare(0.5, known.road.count(&road(a)), 4.0, 14.0).max(bits))
        }
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
    let bits = |text: &str| known.rare(0.8, known.place.count(text), 0.5, 8.0);
    match (postcode, city) {
        (Some((l, r)), _) if l == r => Some(("same postcode", bits(l))),
        (Some((l, r)), city) => {
            let same_city = city.is_some_and(|(left, right)| is_similar(left, right));
            Some(match (osa_distance(l, r) <= 1, same_city) {
                (_, true) => ("same city, another postcode", 1.0),
                (true, false) => ("postcode with one digit different", 0.5),
                (false, false) => ("another postcode", -2.5),
            })
        }
        (None, Some((l, r))) if l == r => Some(("same city", bits(l))),
        (None, Some((l, r))) if is_similar(l, r) => {
            Some(("city spelt similarly", 0.6 * bits(l).min(bits(r))))
        }
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
