//! Each kind of field in the one spelling in which it is compared.
//!
//! Everything here goes from the text of a cell to a text; nothing is looked up in other records.

pub(crate) mod dates;

use crate::fold::{fold, without_umlauts};
use crate::lists::words;

/// A name: folded, without the `e` of umlauts, without titles before it.
pub(crate) fn name(text: &str) -> String {
    let folded = without_umlauts(&fold(text));
    if !folded.contains(' ') {
        return folded;
    }
    let is_title =
        |word: &str| matches!(word, "mr" | "mrs" | "ms" | "dr" | "prof" | "herr" | "frau" | "dipl" | "ing");
    let words: Vec<&str> = folded.split(' ').collect();
    let start = words.iter().take_while(|word| is_title(word)).count().min(words.len() - 1);
    let end = words.len()
        - usize::from(
            words.len() - start > 1
                && matches!(words[words.len() - 1], "jr" | "sr" | "ii" | "iii" | "phd" | "md"),
        );
    words[start..end].join(" ")
}

/// Given and family name of a whole name: `Meyer, Anna` and `Anna Meyer` are the same; particles go with the family.
pub(crate) fn full_name(text: &str) -> (String, String) {
    if let Some((family, given)) = text.split_once(',')
        && !given.trim().is_empty()
    {
        return (name(given), name(family));
    }
    split_name(&name(text))
}

/// Splits a folded name before its last word or the particle before it.
pub(crate) fn split_name(folded: &str) -> (String, String) {
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    if words.len() < 2 {
        return (folded.to_owned(), String::new());
    }
    let is_particle = |word: &&str| {
        matches!(
            *word,
            "von"
                | "van"
                | "de"
                | "del"
                | "della"
                | "di"
                | "da"
                | "der"
                | "den"
                | "la"
                | "le"
                | "zu"
                | "ten"
                | "ter"
                | "dos"
        )
    };
    let mut at = words.len() - 1;
    while at > 1 && is_particle(&words[at - 1]) {
        at -= 1;
    }
    (words[..at].join(" "), words[at..].join(" "))
}

/// A telephone number as its national digits.
pub(crate) fn phone(text: &str) -> String {
    let text = text.split(['x', 'X', ';', '|']).next().unwrap_or_default();
    let text = text.split("ext").next().unwrap_or_default();
    let cleaned = text.replace("(0)", "");
    let abroad = cleaned.trim_start().starts_with('+');
    let mut digits: String = cleaned.chars().filter(char::is_ascii_digit).collect();
    if abroad || (digits.starts_with("00") && digits.len() > 9) {
        digits = without_country(digits.trim_start_matches('0')).to_owned();
    } else if digits.len() == 11 && digits.starts_with('1') {
        digits.remove(0);
    }
    let national = digits.trim_start_matches('0');
    let national = if national.len() > 15 { &national[..10] } else { national };
    if national.len() < 4 || national.bytes().all(|digit| digit == national.as_bytes()[0]) {
        return String::new();
    }
    national.to_owned()
}

/// The digits behind the country code (ITU-T E.164: one digit, two, else three).
fn without_country(digits: &str) -> &str {
    const TWO: [&str; 44] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
        "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81",
        "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    let width = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        _ if TWO.iter().any(|code| digits.starts_with(code)) => 2,
        _ => 3,
    };
    digits.get(width..).filter(|rest| rest.len() >= 6).unwrap_or(digits)
}

/// The mailbox (letters and digits only, without what follows a `+`) and the domain of an e-mail address.
pub(crate) fn email(text: &str) -> (String, String) {
    let text = text.trim().trim_start_matches("mailto:").to_lowercase();
    let (local, domain) = text.rsplit_once('@').unwrap_or((&text, ""));
    let local = local.split('+').next().unwrap_or_default();
    let local: String = local.chars().filter(|sign| sign.is_alphanumeric()).collect();
    let domain = domain.trim_matches(|sign: char| !sign.is_alphanumeric());
    if local.len() < 2 && domain.is_empty() {
        return (String::new(), String::new());
    }
    (local, domain.to_owned())
}

/// A street: the house's number first, then the road without its kind (`street`, `Allee`), its direction and the door.
pub(crate) fn street(number: &str, street: &str) -> String {
    let folded = fold(street);
    let mut house = fold(number);
    let mut road: Vec<String> = Vec::new();
    for word in folded.split(' ').filter(|word| !word.is_empty()) {
        let is_number = word.as_bytes()[0].is_ascii_digit() && !is_ordinal(word);
        if words::is_door(word) && !(road.is_empty() && house.is_empty()) {
            break;
        }
        let word = ORDINALS.iter().find(|(name, _)| *name == word).map_or(word, |(_, short)| short);
        if is_number && house.is_empty() {
            house = word.to_owned();
        } else if !is_number || road.is_empty() {
            road.push(without_umlauts(&without_kind(word)));
        }
    }
    let says = |word: &String| !words::is_road(word) && !words::is_direction(word);
    if road.iter().any(says) {
        road.retain(says);
    }
    let road = road.join(" ");
    match (house.is_empty(), road.is_empty()) {
        (_, true) => house,
        (true, _) => road,
        _ => format!("{} {road}", house.replace(' ', "")),
    }
}

/// Streets that are numbered in words.
const ORDINALS: [(&str, &str); 12] = [
    ("first", "1st"),
    ("second", "2nd"),
    ("third", "3rd"),
    ("fourth", "4th"),
    ("fifth", "5th"),
    ("sixth", "6th"),
    ("seventh", "7th"),
    ("eighth", "8th"),
    ("ninth", "9th"),
    ("tenth", "10th"),
    ("eleventh", "11th"),
    ("twelfth", "12th"),
];

fn is_ordinal(word: &str) -> bool {
    ["st", "nd", "rd", "th"].iter().any(|end| word.ends_with(end))
}

/// A road without the kind that German and Dutch write behind it: `hauptstrasse`, `hauptstr` and `haupt str` are one.
fn without_kind(word: &str) -> String {
    for end in ["strasse", "straat", "gasse", "platz", "allee", "str", "weg", "laan"] {
        if let Some(stem) = word.strip_suffix(end).filter(|stem| stem.len() >= 3) {
            return stem.to_owned();
        }
    }
    word.to_owned()
}

/// A postcode without blanks and without the four digits that Americans add.
pub(crate) fn postcode(text: &str) -> String {
    let folded = fold(text);
    let first = folded.split(' ').next().unwrap_or_default();
    if first.len() == 5 && folded.len() == 10 && first.bytes().all(|sign| sign.is_ascii_digit()) {
        return first.to_owned();
    }
    folded.split(' ').collect()
}

/// A company's name without legal form, `the` and `and`.
pub(crate) fn company(text: &str) -> String {
    let folded = fold(&text.replace('.', ""));
    let mut words: Vec<&str> = folded
        .split(' ')
        .filter(|word| !matches!(*word, "" | "and" | "und" | "et" | "the" | "y" | "e"))
        .collect();
    if words.is_empty() {
        return folded;
    }
    while words.len() > 1 && words.last().is_some_and(|word| words::is_legal_form(word)) {
        words.pop();
    }
    without_umlauts(&words.join(" "))
}

/// An identifier without blanks, dashes and leading zeros.
pub(crate) fn identifier(text: &str) -> String {
    let joined: String = fold(text).split(' ').collect();
    joined.trim_start_matches('0').to_owned()
}

/// A text as words; a code that is written with a dash is one word, `HA-1539S` as `HA1539S`.
pub(crate) fn text(cell: &str) -> String {
    if !cell.contains('-') {
        return fold(cell);
    }
    let has = |word: &str, is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
    let joined = cell.split_whitespace().map(|word| {
        let is_code = word.len() <= 16 && has(word, u8::is_ascii_digit) && has(word, u8::is_ascii_uppercase);
        if is_code && word.matches('-').count() <= 2 { word.replace('-', "") } else { word.to_owned() }
    });
    fold(&joined.collect::<Vec<_>>().join(" "))
}

/// A number, with either kind of decimal sign and with or without a currency.
pub(crate) fn number(text: &str) -> Option<f64> {
    let text =
        text.trim().trim_start_matches(['$', '€', '£', '+', ' ']).trim_end_matches(['$', '€', '£', '%', ' ']);
    let currency = ["EUR", "USD", "GBP", "CHF", "eur", "usd"].iter().find_map(|code| text.strip_suffix(code));
    let text = currency.unwrap_or(text).trim();
    if text.is_empty()
        || text.len() > 24
        || !text.bytes().all(|sign| sign.is_ascii_digit() || b".,-' ".contains(&sign))
    {
        return None;
    }
    let point = text
        .rfind([',', '.'])
        .filter(|&at| text.len() - at - 1 != 3 || text[..at].contains(['.', ',']) || text.starts_with('0'));
    let mut plain = String::with_capacity(text.len());
    for (at, sign) in text.char_indices() {
        match sign {
            '0'..='9' => plain.push(sign),
            '-' if at == 0 => plain.push('-'),
            '-' => return None,
            _ if Some(at) == point => plain.push('.'),
            _ => {}
        }
    }
    plain.parse().ok().filter(|value: &f64| value.is_finite())
}

/// A number in the one spelling in which equal numbers are equal texts.
pub(crate) fn number_text(text: &str) -> String {
    number(text).map_or(String::new(), |value| format!("{value:.2}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_to_one_spelling() {
        assert_eq!(street("", "435 S. La Cienega Blv."), street("435", "la cienega boulevard"));
        assert_eq!(street("", "Hauptstraße 7"), street("7", "Haupt-Str."));
        assert_eq!(street("", "12 Oak Street Apt 4"), street("", "12 Oak St #9"));
        assert_eq!(phone("+49 30 1234567"), phone("030/1234567"));
        assert_eq!(phone("(212) 555-0100 x12"), phone("+1 212.555.0100"));
        assert_eq!(company("The Müller & Sons G.m.b.H."), company("Mueller Sons GmbH & Co. KG"));
        assert_eq!(full_name("von der Leyen, Ursula"), full_name("Dr. Ursula von der Leyen"));
        assert_eq!(email("Anna.Meyer+news@Example.org"), ("annameyer".into(), "example.org".into()));
        assert_eq!(postcode("94103-1234"), "94103");
        assert_eq!(number("1.234,50 €"), Some(1234.5));
        assert_eq!(number("$1,299"), Some(1299.0));
        assert_eq!(number("12 Main"), None);
    }
}
