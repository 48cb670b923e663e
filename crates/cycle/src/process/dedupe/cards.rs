//! People as they are compared: folded texts of all of them in one piece of memory, about 150 bytes each.

use super::search::hash;
use platform::store::{Row, Snapshot};
use platform::{Error, Result};
use records::people::Person;
use records::values::fold::fold;

/// The texts of a card, in the order in which they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    Id,
    Given,
    Family,
    EmailLocal,
    EmailDomain,
    Phone,
    Birthday,
    Street,
    Postcode,
    City,
    Country,
    Company,
}

const N_TEXTS: usize = 12;
/// Bytes that the texts of all cards may have: their ends are kept in 32 bits.
const MOST_BYTES: usize = 4_000_000_000;

/// The values of which it is known how many cards have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Given,
    Family,
    Email,
    EmailLocal,
    Phone,
    Birthday,
    Place,
    Road,
}

/// What two cards have to share, as a number; None where it is unknown.
type Key = fn(&Card<'_>) -> Option<u64>;

const VALUES: [(Value, Key); 8] = [
    (Value::Given, |c| hash(&[c.text(Text::Given)])),
    (Value::Family, |c| hash(&[c.text(Text::Family)])),
    (Value::Email, |c| hash(&[c.text(Text::EmailLocal), c.text(Text::EmailDomain)])),
    (Value::EmailLocal, |c| hash(&[c.text(Text::EmailLocal)])),
    (Value::Phone, |c| hash(&[c.text(Text::Phone)])),
    (Value::Birthday, |c| hash(&[c.text(Text::Birthday)])),
    (Value::Place, |c| hash(&[place(c)])),
    (Value::Road, |c| hash(&[c.text(Text::Street), place(c)])),
];

/// How many cards have each value of one card.
pub(super) type Counts = [u32; VALUES.len()];

/// One person as it is compared; empty texts are unknown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Card<'a> {
    texts: [&'a str; N_TEXTS],
    counts: Counts,
}

impl<'a> Card<'a> {
    pub(super) fn text(&self, text: Text) -> &'a str {
        self.texts[text as usize]
    }

    /// How many cards have the value; at least 1.
    pub(super) fn count(&self, value: Value) -> f64 {
        f64::from(self.counts[value as usize].max(1))
    }
}

/// All cards.
#[derive(Debug, Default)]
pub(super) struct Cards {
    texts: String,
    ends: Vec<[u32; N_TEXTS]>,
    counts: Vec<Counts>,
    /// Cards that are to be compared with all others, where not all are.
    pub(super) changed: Vec<bool>,
}

impl Cards {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, index: usize) -> Card<'_> {
        let mut start = if index == 0 { 0 } else { self.ends[index - 1][N_TEXTS - 1] as usize };
        let texts = self.ends[index].map(|end| {
            let text = &self.texts[start..end as usize];
            start = end as usize;
            text
        });
        Card { texts, counts: self.counts[index] }
    }

    /// Counts how many cards have each value.
    fn count_values(&mut self) {
        for (value, key) in VALUES {
            let mut keyed: Vec<(u64, u32)> =
                (0..self.len()).filter_map(|card| Some((key(&self.get(card))?, card as u32))).collect();
            keyed.sort_unstable();
            for same in keyed.chunk_by(|a, b| a.0 == b.0) {
                for (_, card) in same {
                    self.counts[*card as usize][value as usize] = same.len() as u32;
                }
            }
        }
    }

    /// Takes all cards to have values that so many others have.
    pub(super) fn guess_counts(&mut self, counts: Counts) {
        self.counts.fill(counts);
    }

    fn push(&mut self, texts: [&str; N_TEXTS], changed: bool) {
        let mut ends = [0; N_TEXTS];
        for (end, text) in ends.iter_mut().zip(texts) {
            // What is longer than any address is cut, so that many people fit.
            let cut = text.char_indices().nth(80).map_or(text, |(at, _)| &text[..at]);
            self.texts.push_str(cut);
            *end = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        }
        self.ends.push(ends);
        self.counts.push(Counts::default());
        self.changed.push(changed);
    }

    /// Adds a person out of a form or a list.
    pub(super) fn push_person(&mut self, person: &Person) {
        let known = |text: &Option<String>| text.clone().unwrap_or_default();
        self.push_raw(
            [
                person.id.as_str(),
                &known(&person.given_name),
                &known(&person.family_name),
                &known(&person.email),
                &known(&person.phone),
                &known(&person.birthday),
                &known(&person.street),
                &known(&person.postcode),
                &known(&person.city),
                &known(&person.country),
                &known(&person.company_id),
            ],
            true,
        );
    }

    fn push_raw(&mut self, raw: [&str; 11], changed: bool) {
        let [id, given, family, email, phone, birthday, street, postcode, city, country, company] = raw;
        let email = email.to_lowercase();
        let (local, domain) = email.rsplit_once('@').unwrap_or(("", ""));
        let local = local.split('+').next().unwrap_or_default();
        let (given, family) = (name(given), name(family));
        let postcode: String = fold(postcode).split(' ').collect();
        self.push(
            [
                id,
                &given,
                &family,
                local,
                domain,
                phone,
                birthday,
                &road(street),
                &postcode,
                &name(city),
                country,
                company,
            ],
            changed,
        );
    }

    /// All present people; `changed` are those that were written after `since`.
    pub(super) fn load(snapshot: &mut Snapshot<'_>, since: i64) -> Result<Self> {
        let mut cards = Self::default();
        snapshot.each(
            "SELECT id, given_name, family_name, email, phone, birthday, street, postcode, city, country, company_id,
               updated_at FROM people WHERE merged_into IS NULL AND deleted_at IS NULL",
            &[],
            |row: &Row<'_>| {
                let mut raw = [""; 11];
                for (column, text) in raw.iter_mut().enumerate() {
                    *text = row.text(column)?;
                }
                cards.push_raw(raw, row.get::<i64>(11)? > since);
                if cards.texts.len() > MOST_BYTES {
                    return Err(Error::invalid("duplicates", "there are too many people to be compared at once"));
                }
                Ok(())
            },
        )?;
        cards.count_values();
        Ok(cards)
    }
}

/// A name folded, with umlauts as they are written without them: `Müller`, `Mueller` and `Muller` are one.
pub(super) fn name(text: &str) -> String {
    let folded = fold(text);
    let mut plain = String::with_capacity(folded.len());
    let mut last = ' ';
    for sign in folded.chars() {
        let is_umlaut = sign == 'e' && matches!(last, 'a' | 'o' | 'u');
        if !is_umlaut {
            plain.push(sign);
        }
        last = sign;
    }
    plain
}

/// A street folded, with its usual abbreviations: `Hauptstraße 7` and `Hauptstr. 7` are `hauptstr 7`.
pub(super) fn road(text: &str) -> String {
    const SHORT: [(&str, &str); 10] = [
        ("strasse", "str"),
        ("street", "st"),
        ("avenue", "ave"),
        ("road", "rd"),
        ("lane", "ln"),
        ("place", "pl"),
        ("platz", "pl"),
        ("drive", "dr"),
        ("allee", "al"),
        ("gasse", "g"),
    ];
    let folded = fold(text);
    let words = folded.split(' ').map(|word| {
        let found = SHORT.iter().find(|(long, _)| word.ends_with(long));
        found.map_or_else(
            || word.to_string(),
            |(long, short)| format!("{}{short}", &word[..word.len() - long.len()]),
        )
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The rules by which two cards become candidates: each gives a key, and cards with equal keys are compared.
pub(super) const RULES: [Key; 13] = [
    |c| hash(&[c.text(Text::EmailLocal), c.text(Text::EmailDomain)]),
    |c| hash(&[c.text(Text::Phone)]),
    |c| hash(&[c.text(Text::Family), first_letters(c.text(Text::Given), 1), place(c)]),
    |c| {
        let (given, family) = (c.text(Text::Given), c.text(Text::Family));
        if given < family { hash(&[given, family]) } else { hash(&[family, given]) }
    },
    |c| hash(&[c.text(Text::Birthday), first_letters(c.text(Text::Given), 1)]),
    |c| hash(&[c.text(Text::Birthday), first_letters(c.text(Text::Family), 1)]),
    |c| hash(&[c.text(Text::EmailLocal)]).filter(|_| c.text(Text::EmailLocal).len() >= 5),
    |c| hash(&[c.text(Text::Street), place(c)]),
    |c| hash(&[c.text(Text::Given), place(c)]),
    |c| {
        hash(&[c.text(Text::EmailDomain), first_letters(c.text(Text::Family), 1)])
            .filter(|_| !is_free_provider(c.text(Text::EmailDomain)))
    },
    |c| hash(&[c.text(Text::Birthday)]),
    |c| {
        let (given, family) = (first_letters(c.text(Text::Given), 1), first_letters(c.text(Text::Family), 1));
        hash(&[place(c), given.min(family), given.max(family)])
    },
    |c| {
        let phone = c.text(Text::Phone);
        let end = phone.len().saturating_sub(6);
        hash(&[phone.get(end..).unwrap_or_default(), first_letters(c.text(Text::Family), 2)])
    },
];

/// The postcode, or the city where there is none.
pub(super) fn place<'a>(card: &Card<'a>) -> &'a str {
    match card.text(Text::Postcode) {
        "" => card.text(Text::City),
        postcode => postcode,
    }
}

fn first_letters(text: &str, n: usize) -> &str {
    text.char_indices().nth(n).map_or(text, |(at, _)| &text[..at])
}

/// Whether a domain gives mailboxes to anybody, so that it says nothing about its users.
pub(super) fn is_free_provider(domain: &str) -> bool {
    records::values::email::parse(&format!("a@{domain}")).is_ok_and(|email| email.is_free_provider())
}
