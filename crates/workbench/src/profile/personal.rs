//! Columns that likely hold data about a person, by what stands in them and by what they are called.
//!
//! A hint for whoever shares the file. It finds neither everything nor only what is there.

use super::kinds::Kind;

/// Parts of names of columns, in lower case without blanks and marks, and what they say.
const NAMES: &[(&str, &str)] = &[
    ("email", "e-mail address"),
    ("mailaddress", "e-mail address"),
    ("phone", "telephone number"),
    ("telefon", "telephone number"),
    ("mobile", "telephone number"),
    ("firstname", "name"),
    ("lastname", "name"),
    ("givenname", "name"),
    ("surname", "name"),
    ("familyname", "name"),
    ("fullname", "name"),
    ("middlename", "name"),
    ("vorname", "name"),
    ("nachname", "name"),
    ("customername", "name"),
    ("contactname", "name"),
    ("dateofbirth", "date of birth"),
    ("birth", "date of birth"),
    ("geburt", "date of birth"),
    ("street", "address"),
    ("address", "address"),
    ("strasse", "address"),
    ("straße", "address"),
    ("postcode", "postal code"),
    ("postalcode", "postal code"),
    ("zipcode", "postal code"),
    ("passport", "identity number"),
    ("socialsecurity", "identity number"),
    ("nationalid", "identity number"),
    ("taxid", "identity number"),
    ("iban", "bank account"),
    ("accountnumber", "bank account"),
    ("creditcard", "card number"),
    ("cardnumber", "card number"),
    ("ipaddress", "network address"),
    ("latitude", "location"),
    ("longitude", "location"),
    ("gender", "trait of a person"),
    ("ethnic", "trait of a person"),
    ("religion", "trait of a person"),
    ("maritalstatus", "trait of a person"),
    ("salary", "income"),
];

/// Names that say it only as a whole.
const WHOLE_NAMES: &[(&str, &str)] = &[
    ("name", "name"),
    ("dob", "date of birth"),
    ("ssn", "identity number"),
    ("soc_sec_id", "identity number"),
    ("zip", "postal code"),
    ("plz", "postal code"),
    ("ip", "network address"),
    ("sex", "trait of a person"),
    ("age", "trait of a person"),
    ("tel", "telephone number"),
    ("fax", "telephone number"),
    ("mail", "e-mail address"),
    ("income", "income"),
];

/// What a column likely tells about a person, and why it is thought so.
pub(super) fn personal(name: &str, kind: Kind, sample: &[(&str, u16)]) -> Option<(&'static str, &'static str)> {
    match kind {
        Kind::Email => return Some(("e-mail address", "its values")),
        Kind::Phone => return Some(("telephone number", "its values")),
        Kind::Empty => return None,
        _ => {}
    }
    for (what, test) in TESTS {
        let n = sample.iter().filter(|(text, _)| test(text)).count();
        if sample.len() >= 3 && n * 10 >= sample.len() * 9 {
            return Some((what, "its values"));
        }
    }
    let folded: String = name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
    let whole = WHOLE_NAMES.iter().find(|(known, _)| *known == folded || *known == name.to_lowercase());
    let part = || NAMES.iter().find(|(known, _)| folded.contains(known));
    whole.or_else(part).map(|(_, what)| (*what, "its name"))
}

type Test = (&'static str, fn(&str) -> bool);

const TESTS: [Test; 4] =
    [("bank account", is_iban), ("card number", is_card), ("network address", is_ip), ("identity number", is_ssn)];

/// Two letters, two digits and the remainder 1 modulo 97 (ISO 13616).
fn is_iban(text: &str) -> bool {
    let letters: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    if !(15..=34).contains(&letters.len()) || !letters.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    if !letters[..2].iter().all(u8::is_ascii_uppercase) || !letters[2..4].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let turned = letters[4..].iter().chain(&letters[..4]);
    1 == turned.fold(0u32, |rest, &letter| match letter {
        b'0'..=b'9' => (rest * 10 + u32::from(letter - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter.to_ascii_uppercase() - b'A') + 10) % 97,
    })
}

/// Thirteen to nineteen digits with the check digit of Luhn, the first as card networks have it.
fn is_card(text: &str) -> bool {
    let digits: Vec<u32> =
        text.bytes().filter(|byte| !matches!(byte, b' ' | b'-')).map(|byte| u32::from(byte).wrapping_sub(48)).collect();
    if !(13..=19).contains(&digits.len()) || digits.iter().any(|digit| *digit > 9) || !(2..=6).contains(&digits[0]) {
        return false;
    }
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| if at % 2 == 1 { doubled(digit) } else { digit })
        .sum();
    sum.is_multiple_of(10)
}

fn is_ip(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

/// `123-45-6789`.
fn is_ssn(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 11
        && bytes[3] == b'-'
        && bytes[6] == b'-'
        && bytes.iter().enumerate().all(|(at, byte)| matches!(at, 3 | 6) || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_is_known_by_values_and_by_names() {
        let sample = |text: &'static str| vec![(text, 0); 5];
        assert_eq!(personal("x", Kind::Text, &sample("DE89 3704 0044 0532 0130 00")).unwrap().0, "bank account");
        assert_eq!(personal("x", Kind::Code, &sample("4111 1111 1111 1111")).unwrap().0, "card number");
        assert_eq!(personal("x", Kind::Text, &sample("192.168.0.1")).unwrap().0, "network address");
        assert_eq!(personal("First_Name", Kind::Text, &sample("Ada")), Some(("name", "its name")));
        assert_eq!(personal("Date of birth", Kind::Date, &sample("1990-01-01")).unwrap().0, "date of birth");
        assert_eq!(personal("product", Kind::Text, &sample("GTX Pro")), None);
        assert_eq!(personal("page_views", Kind::Integer, &sample("17")), None);
        assert_eq!(personal("x", Kind::Text, &sample("é")), None);
    }
}
