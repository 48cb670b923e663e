//! Tests over all values at once: nothing panics on any text, and normalising twice changes nothing.
//!
//! The texts are made by a seeded generator of their own, so that a failure can be run again.

use super::country::Country;
use super::currency::Currency;
use super::date::DateOrder;
use super::decimal::DecimalMark;
use super::{
    address, company_name, country, currency, date, decimal, email, fold, money, person_name, phone, quoted,
};

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const PIECES: &[&str] = &[
    "@",
    ".",
    "..",
    "-",
    "+",
    "+49",
    "0049",
    "(0)",
    " ",
    "  ",
    "\t",
    "\u{a0}",
    "\u{feff}",
    "<",
    ">",
    "\"",
    ",",
    ";",
    "ann",
    "Müller",
    "van",
    "de",
    "DR.",
    "Dr.",
    "Jr.",
    "O'",
    "Mc",
    "GmbH",
    "& Co. KG",
    "S.A.",
    "A/S",
    "AB",
    "example.org",
    "mailto:",
    "ext. 12",
    "x",
    "#",
    "€",
    "$",
    "USD",
    "EUR",
    "1",
    "12",
    "123",
    "0171",
    "1,234.56",
    "1.234,56",
    "(",
    ")",
    "2026-11-22",
    "ß",
    "ẞ",
    "İ",
    "ı",
    "ﬁ",
    "e\u{301}",
    "\u{301}",
    "王",
    "日本",
    "😀",
    "\u{202e}",
    "\0",
    "\u{200d}",
    "٣",
    "xn--",
    "1e9",
    "'",
    "’",
    "/",
    "%",
    "\u{10ffff}",
    "Ω",
    "ǅ",
    "T",
    "UK",
    "the",
    "…",
    "[?]",
    "0",
    "00",
    "-5",
    "−",
];

fn text(chance: &mut Chance) -> String {
    let mut text = String::new();
    for _ in 0..chance.below(9) {
        match chance.below(8) {
            0 => text.extend(char::from_u32((chance.next() % 0x11_0000) as u32)),
            1 => text.push(char::from(b' ' + (chance.next() % 95) as u8)),
            _ => text.push_str(chance.pick(PIECES)),
        }
    }
    text
}

#[test]
fn no_text_panics_and_normalising_twice_changes_nothing() {
    let mut chance = Chance(2026);
    let homes = ["DE", "US", "IT", "GB", "BR", "RU"].map(Country::from_alpha2);
    let euro = Currency::from_code("EUR");
    let today = jiff::civil::date(2026, 11, 22);
    for at in 0..20_000 {
        let text = text(&mut chance);
        let tidied = fold::tidy(&text).into_owned();
        assert_eq!(fold::tidy(&tidied), tidied, "{text:?}");
        assert_eq!(fold::fold(&fold::fold(&text)), fold::fold(&text), "{text:?}");
        assert!(quoted::quoted(&text).chars().count() <= quoted::MAX_SHOWN_CHARS + 3);
        if let Ok(found) = email::parse(&text) {
            assert_eq!(email::parse(found.address()).as_ref(), Ok(&found), "{text:?}");
        }
        if let Ok(found) = phone::parse(&text, homes[at % homes.len()]) {
            assert_eq!(phone::parse(&found.to_string(), None).as_ref(), Ok(&found), "{text:?}");
        }
        if let Ok(found) = country::parse(&text) {
            assert_eq!(country::parse(found.name()), Ok(found));
        }
        if let Ok(found) = company_name::parse(&text) {
            assert_eq!(company_name::parse(found.name()).as_ref(), Ok(&found), "{text:?}");
        }
        if let Ok(found) = person_name::parse(&text) {
            assert!(!found.to_string().is_empty() && !found.sort_key().is_empty(), "{text:?}");
        }
        if let Ok(found) = address::parse_city(&text) {
            assert_eq!(address::parse_city(&found).as_ref(), Ok(&found), "{text:?}");
        }
        if let Ok(found) = address::parse_postcode(&text, homes[at % homes.len()]) {
            assert_eq!(
                address::parse_postcode(&found, homes[at % homes.len()]).as_ref(),
                Ok(&found),
                "{text:?}"
            );
        }
        if let Ok(found) = money::parse(&text, euro, DecimalMark::Unknown) {
            let again = money::parse(&found.to_string(), Some(found.currency), DecimalMark::Point);
            assert_eq!(again, Ok(found), "{text:?}");
        }
        if let Ok(found) = decimal::parse(&text, DecimalMark::Unknown) {
            assert_eq!(decimal::parse(&found.to_string(), DecimalMark::Point), Ok(found), "{text:?}");
        }
        if let Ok(found) = date::parse_birthday(&text, DateOrder::DayMonth, today) {
            assert_eq!(date::parse(&found.to_string(), DateOrder::MonthDay), Ok(found));
        }
        let _either = currency::parse(&text, euro);
    }
}

/// Names of one to four plain words, in every order and case: the listed form parses to the same parts.
#[test]
fn the_listed_form_of_plain_names_is_stable() {
    const WORDS: &[&str] =
        &["Anna", "MARIA", "van", "der", "Berg", "de", "Cruz", "O'Neil", "José", "Smith", "Lee", "li"];
    let mut chance = Chance(7);
    for _ in 0..5_000 {
        let n_words = 1 + chance.below(4);
        let mut words: Vec<&str> = (0..n_words).map(|_| chance.pick(WORDS)).collect();
        words.insert(0, chance.pick(&["Dr.", "Prof. Dr.", "Mia"]));
        words.extend(["Jr."].into_iter().filter(|_| n_words > 2));
        let Ok(name) = person_name::parse(&words.join(" ")) else { continue };
        let again = person_name::parse(&name.listed()).expect("a name stays a name");
        assert_eq!(again.sort_key(), name.sort_key(), "{words:?}");
    }
}
