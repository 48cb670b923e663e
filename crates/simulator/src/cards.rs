//! The customer file as it is kept: tidy cards, soiled cards, and second cards of people who are already in it.

use crate::calendar::Calendar;
use crate::history::Traits;
use crate::names;
use crate::person::{Newsletter, PROVIDERS, Person};
use crate::places::{PHONE_STYLES, PhoneStyle};
use crate::random::Chance;
use crate::table::{DateStyle, Table, written_date};
use jiff::civil::Date;

/// The columns of the customer file.
pub const HEADER: [&str; 14] = [
    "Customer No",
    "First name",
    "Last name",
    "E-mail",
    "Phone",
    "Company",
    "Street",
    "Postcode",
    "City",
    "Country",
    "Birthday",
    "Newsletter",
    "Customer since",
    "Channel",
];

/// One row of the customer file, every field as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    pub number: String,
    pub given: String,
    pub family: String,
    pub email: String,
    pub phone: String,
    pub company: String,
    pub street: String,
    pub postcode: String,
    pub city: String,
    pub country: String,
    pub birthday: String,
    pub newsletter: String,
    pub since: String,
    pub channel: String,
}

/// What is wrong with a card, or what differs on a second card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blemish {
    MissingEmail,
    EmailWithoutAt,
    MissingPhone,
    PhoneFormat,
    EmailUpperCase,
    UpperCase,
    LowerCase,
    SpacesAround,
    CountrySpelling,
    CompanySpelling,
    ImpossibleBirthday,
    NewsletterWord,
    Typo,
    Nickname,
    SwappedNames,
    ChangedEmail,
    StreetAbbreviated,
}

impl Blemish {
    /// The blemish as the truth files write it.
    pub fn name(self) -> &'static str {
        match self {
            Blemish::MissingEmail => "missing_email",
            Blemish::EmailWithoutAt => "email_without_at",
            Blemish::MissingPhone => "missing_phone",
            Blemish::PhoneFormat => "phone_format",
            Blemish::EmailUpperCase => "email_upper_case",
            Blemish::UpperCase => "upper_case",
            Blemish::LowerCase => "lower_case",
            Blemish::SpacesAround => "spaces_around",
            Blemish::CountrySpelling => "country_spelling",
            Blemish::CompanySpelling => "company_spelling",
            Blemish::ImpossibleBirthday => "impossible_birthday",
            Blemish::NewsletterWord => "newsletter_word",
            Blemish::Typo => "typo",
            Blemish::Nickname => "nickname",
            Blemish::SwappedNames => "swapped_names",
            Blemish::ChangedEmail => "changed_email",
            Blemish::StreetAbbreviated => "street_abbreviated",
        }
    }
}

/// The card of a customer as it should be.
pub fn tidy_card(
    number: String,
    person: &Person,
    traits: &Traits,
    calendar: &Calendar,
    dates: DateStyle,
) -> Card {
    Card {
        number,
        given: person.given.to_owned(),
        family: person.family.to_owned(),
        email: person.email(),
        phone: person.phone.written(PhoneStyle::E164),
        company: person.firm.as_ref().map(|firm| firm.name.clone()).unwrap_or_default(),
        street: person.address.street.clone(),
        postcode: person.address.postcode.to_owned(),
        city: person.address.city.to_owned(),
        country: person.address.country.tidy_name().to_owned(),
        birthday: person.birthday.map(|day| written_date(day, dates)).unwrap_or_default(),
        newsletter: match person.newsletter {
            Newsletter::Yes => "yes",
            Newsletter::No => "no",
            Newsletter::Unsubscribed => "unsubscribed",
        }
        .to_owned(),
        since: written_date(calendar.date(traits.arrived as u32), dates),
        channel: traits.channel.name().to_owned(),
    }
}

/// Soils a card as years of typing do, and says what was done.
pub fn soil(card: &mut Card, chance: &mut Chance, person: &Person) -> Vec<Blemish> {
    let mut blemishes = Vec::new();
    soil_contact(card, chance, person, &mut blemishes);
    match chance.uniform() {
        u if u < 0.030 => {
            card.given = card.given.to_uppercase();
            card.family = card.family.to_uppercase();
            blemishes.push(Blemish::UpperCase);
        }
        u if u < 0.045 => {
            card.given = card.given.to_lowercase();
            card.family = card.family.to_lowercase();
            blemishes.push(Blemish::LowerCase);
        }
        u if u < 0.060 => {
            card.family = format!(" {}  ", card.family);
            blemishes.push(Blemish::SpacesAround);
        }
        _ => {}
    }
    let country = person.address.country.draw_spelling(chance);
    if country != card.country {
        card.country = country.to_owned();
        blemishes.push(Blemish::CountrySpelling);
    }
    if let Some(firm) = &person.firm
        && chance.happens(0.3)
    {
        card.company = match chance.below(3) {
            0 => firm.short_name.clone(),
            1 => firm.name.to_uppercase(),
            _ => format!("{} ", firm.name.replace(' ', "  ")),
        };
        blemishes.push(Blemish::CompanySpelling);
    }
    if !card.birthday.is_empty() && chance.happens(0.006) {
        let impossible = chance.pick(&["30.02.1980", "00.00.0000", "31.04.1975", "12.13.1969"]);
        impossible.clone_into(&mut card.birthday);
        blemishes.push(Blemish::ImpossibleBirthday);
    }
    if chance.happens(0.1) {
        let word = match person.newsletter {
            Newsletter::Yes => chance.pick(&["ja", "Yes", "1", "x"]),
            Newsletter::No => chance.pick(&["nein", "No", "0", ""]),
            Newsletter::Unsubscribed => "abgemeldet",
        };
        word.clone_into(&mut card.newsletter);
        blemishes.push(Blemish::NewsletterWord);
    }
    blemishes
}

fn soil_contact(card: &mut Card, chance: &mut Chance, person: &Person, blemishes: &mut Vec<Blemish>) {
    match chance.uniform() {
        u if u < 0.04 => {
            card.email.clear();
            blemishes.push(Blemish::MissingEmail);
        }
        u if u < 0.045 => {
            card.email = card.email.replace('@', chance.pick(&["", "(at)", ".", " at "]));
            blemishes.push(Blemish::EmailWithoutAt);
        }
        u if u < 0.10 => {
            card.email = card.email.to_uppercase();
            blemishes.push(Blemish::EmailUpperCase);
        }
        _ => {}
    }
    if chance.happens(0.22) {
        card.phone.clear();
        blemishes.push(Blemish::MissingPhone);
        return;
    }
    let style = chance.pick(&PHONE_STYLES);
    if style != PhoneStyle::E164 {
        card.phone = person.phone.written(style);
        blemishes.push(Blemish::PhoneFormat);
    }
}

/// A second card of somebody who is in the file already: another number, and something written differently.
///
/// Of e-mail, telephone and address at least the address stays recognisable.
pub fn second_card(
    first: &Card,
    chance: &mut Chance,
    person: &Person,
    index: u32,
    (number, since): (String, Date),
) -> (Card, Vec<Blemish>) {
    let mut card = Card { number, since: written_date(since, DateStyle::German), ..first.clone() };
    let mut changes = Vec::new();
    match chance.below(4) {
        0 => {
            card.family = mistype(&card.family, chance);
            changes.push(Blemish::Typo);
        }
        1 => match names::nickname(person.given) {
            Some(nickname) => {
                nickname.clone_into(&mut card.given);
                changes.push(Blemish::Nickname);
            }
            None => {
                card.given = mistype(&card.given, chance);
                changes.push(Blemish::Typo);
            }
        },
        2 => {
            std::mem::swap(&mut card.given, &mut card.family);
            changes.push(Blemish::SwappedNames);
        }
        _ => {}
    }
    if chance.happens(0.55) || changes.is_empty() {
        // An underscore stands in no first address, so that no stranger's can be hit.
        let provider = chance.pick(PROVIDERS);
        let initial = names::ascii(person.given).chars().next().unwrap_or('x');
        card.email = format!("{initial}_{}{}@{provider}", names::ascii(person.family), index + 1);
        changes.push(Blemish::ChangedEmail);
    }
    if chance.happens(0.7) {
        card.phone = person.phone.written(chance.pick(&PHONE_STYLES));
        changes.push(Blemish::PhoneFormat);
    }
    if let Some(shorter) = abbreviate(&card.street)
        && chance.happens(0.5)
    {
        card.street = shorter;
        changes.push(Blemish::StreetAbbreviated);
    }
    (card, changes)
}

/// Writes a card as the next row.
///
/// **Errors**: the disk does not take it.
pub fn write_card(table: &mut Table, card: &Card) -> Result<(), crate::Error> {
    for field in [
        &card.number,
        &card.given,
        &card.family,
        &card.email,
        &card.phone,
        &card.company,
        &card.street,
        &card.postcode,
        &card.city,
        &card.country,
        &card.birthday,
        &card.newsletter,
        &card.since,
        &card.channel,
    ] {
        table.text(field);
    }
    table.end_row()
}

/// Swaps, drops or doubles one letter behind the first.
fn mistype(name: &str, chance: &mut Chance) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() < 3 {
        letters.push('h');
        return letters.into_iter().collect();
    }
    let place = 1 + chance.below(letters.len() - 2);
    if chance.happens(0.45) && letters[place] != letters[place + 1] {
        letters.swap(place, place + 1);
    } else if chance.happens(0.5) {
        letters.remove(place);
    } else {
        letters.insert(place, letters[place]);
    }
    letters.into_iter().collect()
}

fn abbreviate(street: &str) -> Option<String> {
    [
        ("straße", "str."),
        ("strasse", "str."),
        ("Road", "Rd"),
        ("Street", "St"),
        ("avenue", "av."),
        ("straat", "str."),
    ]
    .iter()
    .find(|(long, _)| street.contains(long))
    .map(|(long, short)| street.replace(long, short))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;

    #[test]
    fn a_mistyped_name_differs_and_keeps_its_first_letter() {
        let mut chance = Chance::new(5, Purpose::Duplicate, 0);
        for name in ["Öztürk", "Kühn", "de Groot", "Choi", "Iyer"] {
            for _ in 0..100 {
                let typed = mistype(name, &mut chance);
                assert_ne!(typed, name);
                assert_eq!(typed.chars().next(), name.chars().next());
            }
        }
    }
}
