//! Days of birth, mailboxes, telephones, identifiers, streets and places.

use super::{SAME, Seen, Two};
use crate::lists::words::is_office;
use crate::similarity::{is_one_slip, jaro_winkler, slips};

/// Days: equal was settled before.
pub(super) fn dates(two: &Two<'_>, slot: usize) -> u8 {
    let (left, right) = two.texts(slot);
    let (Some((ya, ea)), Some((yb, eb))) = (left.split_at_checked(4), right.split_at_checked(4)) else {
        return 5;
    };
    let ((ma, da), (mb, db)) = (ea.split_at(2), eb.split_at(2));
    if ya == yb && ma == db && da == mb {
        return 2;
    }
    if is_one_slip(left, right) {
        return 3;
    }
    let n_same = u8::from(ya == yb) + u8::from(ma == mb) + u8::from(da == db);
    if n_same == 2 || slips(left, right) <= 2 && n_same >= 1 { 4 } else { 5 }
}

pub(super) fn phones(two: &Two<'_>, slot: usize) -> u8 {
    let (left, right) = two.texts(slot);
    let least = left.len().min(right.len());
    if least >= 7 && is_one_slip(left, right) {
        2
    } else if least >= 7 && left.as_bytes()[left.len() - 7..] == right.as_bytes()[right.len() - 7..] {
        3
    } else {
        4
    }
}

pub(super) fn identifiers(two: &Two<'_>, slot: usize) -> u8 {
    let (left, right) = two.texts(slot);
    if left.len().min(right.len()) >= 5 && two.n_letters_apart(slot) <= 2 && is_one_slip(left, right) {
        2
    } else {
        3
    }
}

/// Mailboxes; `slots` are the address, the part before the @, the domain, and the given name of whose box it is.
pub(super) fn emails(two: &Two<'_>, slots: [usize; 4]) -> Seen {
    let [whole, local, domain, given] = slots;
    let (la, lb) = two.codes(local);
    let (da, db) = two.codes(domain);
    if la == 0 || lb == 0 {
        return Seen::NOTHING;
    }
    if la == lb && da == db {
        return if da == 0 { two.same(local) } else { two.same(whole) };
    }
    if la == lb {
        let (left, _) = two.texts(local);
        let (left_domain, right_domain) = two.texts(domain);
        if is_one_slip(left_domain, right_domain) {
            return Seen::at(2);
        }
        let is_name = is_office(left) || is_only_the_name(two, given, left);
        return Seen { level: if is_name { 4 } else { 3 }, rarity: two.rarities.of(local, la) };
    }
    let apart = two.n_letters_apart(local);
    if apart <= 4 {
        let (left, right) = two.texts(local);
        let long = left.len().min(right.len()) >= 5;
        if is_name_with_other_number(two, given, left, right) {
            return Seen::NOTHING;
        }
        if long && apart <= 2 && is_one_slip(left, right) {
            return Seen::at(if da == db { 2 } else { 5 });
        }
        if long && jaro_winkler(left, right) >= 0.92 {
            return Seen::at(5);
        }
    }
    if da == db && da != 0 && !two.records.dictionary(domain).is_flagged(da) {
        return Seen { level: 6, rarity: two.rarities.of(domain, da) };
    }
    Seen::at(7)
}

/// Whether two mailboxes are the same name with different numbers behind it: they say neither that two are one nor that
/// they are not, whatever the names themselves say.
fn is_name_with_other_number(two: &Two<'_>, given: usize, left: &str, right: &str) -> bool {
    let letters = |mailbox: &'_ str| mailbox.trim_end_matches(|sign: char| sign.is_ascii_digit()).len();
    let (x, y) = (&left[..letters(left)], &right[..letters(right)]);
    x == y && x.len() < left.len().max(right.len()) && is_only_the_name(two, given, x)
}

/// Whether a mailbox says no more than the names of one of the two do, such as `jsmith` or `smith.john1`.
fn is_only_the_name(two: &Two<'_>, given: usize, mailbox: &str) -> bool {
    if given == 0 {
        return false;
    }
    let letters = mailbox.trim_end_matches(|sign: char| sign.is_ascii_digit());
    if mailbox.len() - letters.len() >= 2 || letters.is_empty() {
        return false;
    }
    let dictionary = two.records.dictionary(given);
    [two.left, two.right].iter().any(|row| {
        let (first, last) = (dictionary.get(row[given]), dictionary.get(row[given + 1]));
        let initial = |name: &str| letters.starts_with(|sign| name.starts_with(sign));
        let is_built = |x: &str, y: &str| {
            !x.is_empty()
                && (letters == x
                    || letters
                        .strip_prefix(x)
                        .is_some_and(|rest| rest == y || (rest.len() == 1 && y.starts_with(rest))))
        };
        let from_initial =
            |x: &str, y: &str| !x.is_empty() && !y.is_empty() && initial(x) && &letters[1..] == y;
        is_built(first, last)
            || is_built(last, first)
            || from_initial(first, last)
            || from_initial(last, first)
    })
}

/// Streets as `prepare::street` writes them: the number first.
pub(super) fn streets(two: &Two<'_>, slot: usize) -> u8 {
    if two.n_letters_apart(slot) > 12 {
        return 5;
    }
    let (left, right) = two.texts(slot);
    let ((na, ra), (nb, rb)) = (parted(left), parted(right));
    let same_number = !na.is_empty() && na == nb;
    if ra == rb && !ra.is_empty() {
        return if na.is_empty() || nb.is_empty() || (na.len() > 1 && nb.len() > 1 && is_one_slip(na, nb)) {
            3
        } else {
            4
        };
    }
    let contains = |x: &str, y: &str| {
        y.len() >= 3 && (x.starts_with(y) || x.ends_with(y) || x.split(' ').any(|word| word == y))
    };
    let is_similar = || {
        (ra.len().min(rb.len()) >= 3 && (is_one_slip(ra, rb) || jaro_winkler(ra, rb) >= 0.9))
            || contains(ra, rb)
            || contains(rb, ra)
    };
    if !(same_number || na.is_empty() || nb.is_empty()) || !is_similar() {
        return 5;
    }
    if same_number { 2 } else { 3 }
}

fn parted(street: &str) -> (&str, &str) {
    if !street.starts_with(|sign: char| sign.is_ascii_digit()) {
        return ("", street);
    }
    street.split_once(' ').unwrap_or((street, ""))
}

/// Postcode, town, region and country together, because each follows from the one before it.
pub(super) fn places(two: &Two<'_>, slots: [usize; 4]) -> Seen {
    let [postcode, city, region, country] = slots;
    let known = |slot: usize| slot != 0 && two.left[slot] != 0 && two.right[slot] != 0;
    let equal = |slot: usize| two.left[slot] == two.right[slot];
    let (has_postcode, has_city) = (known(postcode), known(city));
    if known(country) && !equal(country) && !(has_postcode && equal(postcode)) {
        return Seen::at(7);
    }
    let close = |slot: usize| {
        let apart = two.n_letters_apart(slot);
        if apart > 4 && !two.has_letters_within(slot) {
            return false;
        }
        let (left, right) = two.texts(slot);
        apart <= 4
            && (is_one_slip(left, right)
                || (left.len().min(right.len()) >= 5 && jaro_winkler(left, right) >= 0.92))
            || (left.len().min(right.len()) >= 4 && (left.starts_with(right) || right.starts_with(left)))
    };
    if has_postcode && equal(postcode) {
        let level = if has_city && !equal(city) && !close(city) { 2 } else { SAME };
        return Seen { level, rarity: two.rarities.of(postcode, two.left[postcode]) };
    }
    let near = has_postcode && two.n_letters_apart(postcode) <= 2 && {
        let (left, right) = two.texts(postcode);
        left.len().min(right.len()) >= 4 && is_one_slip(left, right)
    };
    if has_city && equal(city) {
        return Seen { level: if near { 3 } else { 4 }, rarity: two.rarities.of(city, two.left[city]) };
    }
    if has_city && close(city) || near {
        return Seen::at(5);
    }
    match (has_postcode || has_city, known(region)) {
        (_, true) if equal(region) => Seen::at(6),
        (true, _) | (_, true) => Seen::at(7),
        _ if known(country) => Seen::at(6),
        _ => Seen::NOTHING,
    }
}
