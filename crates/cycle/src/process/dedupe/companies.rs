//! Duplicates among companies: names without their legal form, domains, phones, addresses.

use super::compare::Reason;
use super::search::{self, Frequencies, hash};
use super::{Matches, Proposal, THRESHOLD};
use platform::Result;
use platform::store::Snapshot;
use strsim::{jaro_winkler, osa_distance};

/// One company as it is compared; empty texts are unknown.
struct Card {
    id: String,
    name: String,
    domain: String,
    phone: String,
    street: String,
    postcode: String,
    city: String,
    country: String,
}

/// What is known about frequencies, and the number of companies.
struct Known {
    n: f64,
    name: Frequencies,
    domain: Frequencies,
    phone: Frequencies,
    place: Frequencies,
}

const N_RULES: usize = 6;

fn key(rule: usize, card: &Card) -> Option<u64> {
    match rule {
        0 => hash(&[&card.name]),
        1 => hash(&[&card.domain]),
        2 => hash(&[&card.phone]),
        3 => hash(&[&card.street, place(card)]),
        4 => hash(&[first_word(&card.name), place(card)]),
        _ => hash(&[&sorted_words(&card.name)]),
    }
}

fn place(card: &Card) -> &str {
    if card.postcode.is_empty() { &card.city } else { &card.postcode }
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

fn sorted_words(text: &str) -> String {
    let mut words: Vec<&str> = text.split(' ').collect();
    words.sort_unstable();
    words.join(" ")
}

/// The pairs of present companies that are probably one; only pairs with a company written after `since`.
pub(super) fn find(snapshot: &mut Snapshot<'_>, since: i64, shift: Option<f64>) -> Result<Matches> {
    let mut changed = Vec::new();
    let cards = snapshot.query(
        "SELECT id, name_key, domain, phone, street, postcode, city, country, updated_at FROM companies
         WHERE merged_into IS NULL AND deleted_at IS NULL",
        &[],
        |row| {
            changed.push(row.get::<i64>(8)? > since);
            Ok(Card {
                id: row.get(0)?,
                name: super::cards::name(row.text(1)?),
                domain: row.text(2)?.to_string(),
                phone: row.text(3)?.to_string(),
                street: super::cards::road(row.text(4)?),
                postcode: row.text(5)?.split_whitespace().collect::<String>().to_lowercase(),
                city: super::cards::name(row.text(6)?),
                country: row.text(7)?.to_string(),
            })
        },
    )?;
    let n_compared = changed.iter().filter(|changed| **changed).count() as u64;
    if n_compared == 0 {
        return Ok(Matches::default());
    }
    let count = |text: fn(&Card) -> &str| Frequencies::of(cards.iter().map(|card| hash(&[text(card)])));
    let known = Known {
        n: (cards.len() as f64).max(100.0),
        name: count(|c| &c.name),
        domain: count(|c| &c.domain),
        phone: count(|c| &c.phone),
        place: count(place),
    };
    let found = search::pairs(
        cards.len(),
        N_RULES,
        &changed,
        THRESHOLD - search::MOST_SHIFT,
        |rule, card| key(rule, &cards[card]),
        |card| format!("{} {} {}", cards[card].name, place(&cards[card]), cards[card].street),
        |left, right| score(&known, &cards[left], &cards[right], |_, _, _| {}),
    );
    let shift = shift.unwrap_or_else(|| search::shift(&found, cards.len() as f64 / 20.0));
    let proposals = found.into_iter().filter(|pair| pair.score + shift >= THRESHOLD).map(|pair| {
        let (left, right) = (&cards[pair.left as usize], &cards[pair.right as usize]);
        let mut reasons = Vec::new();
        score(&known, left, right, |field, found, bits| {
            let bits = (bits * 10.0).round() / 10.0;
            reasons.push(Reason { field: field.to_string(), found: found.to_string(), bits });
        });
        reasons.sort_by(|a, b| b.bits.total_cmp(&a.bits));
        let (left_id, right_id) =
            (left.id.clone().min(right.id.clone()), left.id.clone().max(right.id.clone()));
        Proposal { left_id, right_id, score: pair.score + shift, reasons }
    });
    Ok(Matches { n_compared, shift, proposals: proposals.collect() })
}

fn score(known: &Known, a: &Card, b: &Card, mut say: impl FnMut(&'static str, &'static str, f64)) -> f64 {
    let mut total = -(10.0 * known.n).log2();
    let findings = [
        ("name", Some(names(known, a, b))),
        ("domain", domains(known, a, b)),
        ("phone", phones(known, a, b)),
        ("address", addresses(known, a, b)),
    ];
    for (field, finding) in findings {
        if let Some((found, bits)) = finding {
            say(field, found, bits);
            total += bits;
        }
    }
    if !a.country.is_empty() && !b.country.is_empty() && a.country != b.country {
        // Sisters of one group share name and domain in many countries.
        say("country", "another country", -4.0);
        total -= 4.0;
    }
    total
}

type Finding = (&'static str, f64);

/// An equal name of a company is nearly as good as a number: names are made to be told apart.
fn names(known: &Known, a: &Card, b: &Card) -> Finding {
    let same = |text: &str| (9.0 * known.n / (known.name.count(text) - 1.0).max(1.0)).log2();
    let rarer = same(&a.name).min(same(&b.name));
    let shorter = a.name.len().min(b.name.len());
    if a.name == b.name {
        ("same without legal form", same(&a.name))
    } else if sorted_words(&a.name) == sorted_words(&b.name) {
        ("same words in another order", rarer - 1.0)
    } else if shorter >= 5 && (osa_distance(&a.name, &b.name) <= 1 || jaro_winkler(&a.name, &b.name) >= 0.95)
    {
        ("spelt similarly", rarer - 4.0)
    } else if shorter >= 5 && (begins_with(&a.name, &b.name) || begins_with(&b.name, &a.name)) {
        ("one begins with the other", rarer - 5.5)
    } else if jaro_winkler(&a.name, &b.name) >= 0.88 {
        ("spelt a little similarly", 1.0)
    } else {
        ("different", -5.0)
    }
}

fn begins_with(long: &str, short: &str) -> bool {
    long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' '))
}

fn domains(known: &Known, a: &Card, b: &Card) -> Option<Finding> {
    if a.domain.is_empty() || b.domain.is_empty() {
        return None;
    }
    if a.domain == b.domain {
        let free = super::cards::is_free_provider(&a.domain);
        let bits = (6.0 * known.n / (known.domain.count(&a.domain) - 1.0).max(1.0)).log2();
        return Some(("same", if free { 0.0 } else { bits }));
    }
    let first = |text: &'_ str| text.split('.').next().unwrap_or_default().to_string();
    Some(if first(&a.domain) == first(&b.domain) {
        ("same but for its ending", 5.0)
    } else {
        ("different", -2.0)
    })
}

fn phones(known: &Known, a: &Card, b: &Card) -> Option<Finding> {
    if a.phone.is_empty() || b.phone.is_empty() {
        return None;
    }
    Some(if a.phone == b.phone {
        ("same", (3.0 * known.n / (known.phone.count(&a.phone) - 1.0).max(1.0)).log2())
    } else {
        ("different", -1.0)
    })
}

fn addresses(known: &Known, a: &Card, b: &Card) -> Option<Finding> {
    if place(a).is_empty() || place(b).is_empty() {
        return None;
    }
    let bits = (0.7 * known.n / known.place.count(place(a))).log2().clamp(0.5, 7.0);
    let same_place = place(a) == place(b) || (!a.city.is_empty() && a.city == b.city);
    let known_streets = !a.street.is_empty() && !b.street.is_empty();
    Some(match (same_place, known_streets && a.street == b.street, known_streets) {
        (true, true, _) => ("same street and place", bits + 4.0),
        (true, false, true) => ("same place, another street", -0.5),
        (true, false, false) => ("same place", bits),
        (false, true, _) => ("same street, another place", 1.0),
        (false, false, _) => ("another place", -2.0),
    })
}
