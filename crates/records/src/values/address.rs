//! Postal addresses: postcodes as each country writes them, cities in proper case, and the address in one line.
//!
//! It checks the shape of a postcode, not whether it exists, and does not part a street from its number.

use thiserror::Error;

use super::country::Country;
use super::fold::tidy;
use super::letter_case::proper_case;
use super::quoted::quoted;

/// The longest postcode that is looked at. **Units:** bytes.
const MAX_POSTCODE_BYTES: usize = 40;
/// The longest city. **Units:** bytes.
const MAX_CITY_BYTES: usize = 300;

/// Why a part of an address is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// Nothing was given.
    #[error("the {field} is empty")]
    Empty {
        /// Which part of the address.
        field: &'static str,
    },
    /// The postcode has not the shape of its country's postcodes.
    #[error("{} is no postcode of {country}; one looks like {example}", quoted(.value))]
    Postcode {
        /// The text as it came.
        value: String,
        /// The country.
        country: Country,
        /// A postcode of the right shape.
        example: &'static str,
    },
    /// No postcode of any country looks like this.
    #[error("{} is not a postcode", quoted(.value))]
    NotAPostcode {
        /// The text as it came.
        value: String,
    },
    /// No letter, or too long for a city.
    #[error("{} is not a city", quoted(.value))]
    NotACity {
        /// The text as it came.
        value: String,
    },
}

/// Shapes of postcodes: country, shapes (`9` a digit, `A` a letter, anything else stands for itself), an example.
const SHAPES: &[(&str, &[&str], &str)] = &[
    ("AT", &["9999"], "1010"),
    ("AU", &["9999"], "2000"),
    ("BE", &["9999"], "1000"),
    ("BG", &["9999"], "1000"),
    ("BR", &["99999-999"], "01310-100"),
    ("CA", &["A9A 9A9"], "K1A 0B1"),
    ("CH", &["9999"], "8001"),
    ("CY", &["9999"], "1010"),
    ("CZ", &["999 99"], "110 00"),
    ("DE", &["99999"], "10115"),
    ("DK", &["9999"], "1050"),
    ("EE", &["99999"], "10111"),
    ("ES", &["99999"], "28001"),
    ("FI", &["99999"], "00100"),
    ("FR", &["99999"], "75001"),
    ("GB", &["A9 9AA", "A99 9AA", "A9A 9AA", "AA9 9AA", "AA99 9AA", "AA9A 9AA"], "SW1A 1AA"),
    ("GG", &["AA9 9AA", "AA99 9AA"], "GY1 1AA"),
    ("GR", &["999 99"], "104 31"),
    ("HR", &["99999"], "10000"),
    ("HU", &["9999"], "1051"),
    (
        "IE",
        &[
            "A99 A999", "A99 9999", "A99 AA99", "A99 A9A9", "A99 9A99", "A99 99A9", "A99 AAAA", "A99 AA9A",
            "A99 9AA9", "A99 A99A", "A99 9A9A", "A99 99AA", "A9A AA99", "A9A A999", "A9A A9A9",
        ],
        "D02 AF30",
    ),
    ("IM", &["AA9 9AA", "AA99 9AA"], "IM1 1AA"),
    ("IN", &["999999"], "110001"),
    ("IT", &["99999"], "00118"),
    ("JE", &["AA9 9AA", "AA99 9AA"], "JE2 3AB"),
    ("JP", &["999-9999"], "100-0001"),
    ("KR", &["99999"], "03187"),
    ("LI", &["9999"], "9490"),
    ("LT", &["LT-99999"], "LT-01001"),
    ("LU", &["9999"], "1111"),
    ("LV", &["LV-9999"], "LV-1010"),
    ("MT", &["AAA 9999"], "VLT 1117"),
    ("MX", &["99999"], "06000"),
    ("NL", &["9999 AA"], "1012 AB"),
    ("NO", &["9999"], "0150"),
    ("NZ", &["9999"], "6011"),
    ("PL", &["99-999"], "00-001"),
    ("PT", &["9999-999", "9999"], "1100-148"),
    ("RO", &["999999"], "010011"),
    ("SE", &["999 99"], "111 22"),
    ("SG", &["999999"], "018956"),
    ("SI", &["9999"], "1000"),
    ("SK", &["999 99"], "811 01"),
    ("TR", &["99999"], "34110"),
    ("UA", &["99999"], "01001"),
    ("US", &["99999", "99999-9999"], "10001"),
    ("ZA", &["9999"], "8001"),
];

/// Countries whose postcodes begin with noughts that spreadsheets take away.
const NOUGHTS_ARE_LOST: &[&str] =
    &["DE", "EE", "ES", "FI", "FR", "IT", "KR", "MX", "NO", "UA", "US", "ZA", "AU", "RO", "SG"];

/// Words in the middle of a city's name that stay small.
const SMALL_WORDS: &[&str] = &[
    "a", "am", "an", "and", "auf", "aan", "bei", "by", "d", "da", "das", "de", "del", "della", "den", "der",
    "di", "do", "dos", "du", "e", "el", "en", "im", "in", "la", "las", "le", "les", "los", "ob", "of", "on",
    "op", "sous", "sul", "sur", "the", "under", "und", "unter", "upon", "van", "vor", "y", "zu", "zum",
    "zur",
];

/// The parts of a postal address; parts that are not there are empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Address {
    /// Street and number, or the several lines of it joined by commas.
    pub street: String,
    /// The postcode as its country writes it.
    pub postcode: String,
    /// The city.
    pub city: String,
    /// State, province or county.
    pub region: String,
    /// The country.
    pub country: Option<Country>,
}

impl Address {
    /// The address in one line, in the order of its country: `10 Main St, Springfield, IL 62701, United States`.
    pub fn one_line(&self) -> String {
        let city_first = self.country.is_some_and(|country| {
            matches!(
                country.alpha2(),
                "US" | "CA" | "GB" | "AU" | "NZ" | "IE" | "IN" | "IM" | "JE" | "GG" | "SG" | "ZA"
            )
        });
        let with_space = |a: &str, b: &str| format!("{a} {b}").trim().to_owned();
        let country = self.country.map_or("", Country::name);
        let parts = if city_first {
            let behind = with_space(&self.region, &self.postcode);
            [self.street.clone(), self.city.clone(), behind, country.to_owned()]
        } else {
            [
                self.street.clone(),
                with_space(&self.postcode, &self.city),
                self.region.clone(),
                country.to_owned(),
            ]
        };
        let present: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        present.join(", ")
    }
}

/// The postcode as its country writes it; without a country, tidy and in capitals.
///
/// A country's letters before the number (`D-10115`) are taken off. One nought that a spreadsheet took away is put
/// back where a country's codes begin with noughts.
///
/// **Errors:** empty, not of the country's shape, not a postcode at all.
///
/// ```
/// use records::values::{address::parse_postcode, country::Country};
/// assert_eq!(parse_postcode("sw1a1aa", Country::from_alpha2("GB")).unwrap(), "SW1A 1AA");
/// assert_eq!(parse_postcode("D-1067", Country::from_alpha2("DE")).unwrap(), "01067");
/// ```
pub fn parse_postcode(text: &str, country: Option<Country>) -> Result<String, Problem> {
    let tidied = tidy(text.trim().get(..MAX_POSTCODE_BYTES + 1).unwrap_or(text.trim())).to_uppercase();
    if tidied.is_empty() {
        return Err(Problem::Empty { field: "postcode" });
    }
    let is_known_sign = |sign: char| sign.is_ascii_alphanumeric() || " -./".contains(sign);
    if tidied.len() > MAX_POSTCODE_BYTES
        || !tidied.chars().all(is_known_sign)
        || !tidied.contains(char::is_alphanumeric)
    {
        return Err(Problem::NotAPostcode { value: tidied });
    }
    let shapes = country.and_then(|country| {
        let found = SHAPES.binary_search_by_key(&country.alpha2(), |(code, _, _)| code).ok()?;
        Some((country, SHAPES[found].1, SHAPES[found].2))
    });
    let Some((country, shapes, example)) = shapes else { return Ok(tidied) };
    let bare: String = tidied.chars().filter(char::is_ascii_alphanumeric).collect();
    let fitted = |signs: &str| shapes.iter().find_map(|shape| fit(shape, signs));
    let unprefixed = bare.trim_start_matches(|sign: char| sign.is_ascii_alphabetic());
    let is_number = shapes.iter().all(|shape| !shape.contains('A'));
    if let Some(found) = fitted(&bare).or_else(|| is_number.then(|| fitted(unprefixed)).flatten()) {
        return Ok(found);
    }
    let padded = format!("0{unprefixed}");
    if is_number
        && NOUGHTS_ARE_LOST.contains(&country.alpha2())
        && let Some(found) = fit(shapes[0], &padded)
    {
        return Ok(found);
    }
    Err(Problem::Postcode { value: tidied, country, example })
}

/// The signs set into a shape; nothing if they do not fit.
fn fit(shape: &str, signs: &str) -> Option<String> {
    let mut left = signs.chars().peekable();
    let mut out = String::with_capacity(shape.len());
    for place in shape.chars() {
        let fits = |sign: char| match place {
            '9' => sign.is_ascii_digit(),
            'A' => sign.is_ascii_alphabetic(),
            _ => sign == place,
        };
        match left.next_if(|&sign| fits(sign)) {
            Some(sign) => out.push(sign),
            None if !matches!(place, '9' | 'A') => out.push(place),
            None => return None,
        }
    }
    left.next().is_none().then_some(out)
}

/// The city, tidy, in proper case if it was typed in one case only.
///
/// **Errors:** empty, no letter, too long.
pub fn parse_city(text: &str) -> Result<String, Problem> {
    let trimmed = text.trim();
    if trimmed.len() > MAX_CITY_BYTES {
        return Err(Problem::NotACity { value: trimmed.chars().take(100).collect() });
    }
    let tidied = tidy(trimmed);
    if tidied.is_empty() {
        return Err(Problem::Empty { field: "city" });
    }
    if !tidied.chars().any(char::is_alphabetic) {
        return Err(Problem::NotACity { value: tidied.into_owned() });
    }
    Ok(proper_case(&tidied, SMALL_WORDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postcode(text: &str, code: &str) -> Result<String, Problem> {
        parse_postcode(text, Country::from_alpha2(code))
    }

    #[test]
    fn postcodes_are_written_as_their_country_does() {
        for (text, code, wanted) in [
            ("sw1a1aa", "GB", "SW1A 1AA"),
            ("M1 1AE", "GB", "M1 1AE"),
            ("1012ab", "NL", "1012 AB"),
            ("k1a0b1", "CA", "K1A 0B1"),
            ("2139", "US", "02139"),
            ("021391234", "US", "02139-1234"),
            ("D-10115", "DE", "10115"),
            ("1067", "DE", "01067"),
            ("11122", "SE", "111 22"),
            ("S-111 22", "SE", "111 22"),
            ("00001", "PL", "00-001"),
            ("1100148", "PT", "1100-148"),
            ("LV1010", "LV", "LV-1010"),
            ("1010", "LV", "LV-1010"),
            ("d02af30", "IE", "D02 AF30"),
            ("ab 12", "BW", "AB 12"),
        ] {
            assert_eq!(postcode(text, code).as_deref(), Ok(wanted), "{text} in {code}");
        }
        assert!(SHAPES.iter().map(|(code, _, _)| code).is_sorted());
        for (code, _, example) in SHAPES {
            assert_eq!(postcode(example, code).as_deref(), Ok(*example));
        }
    }

    #[test]
    fn a_postcode_of_another_shape_is_named_with_an_example() {
        let sentence = postcode("ABC", "DE").unwrap_err().to_string();
        assert_eq!(sentence, "“ABC” is no postcode of Germany; one looks like 10115");
        assert!(postcode("99", "US").is_err());
        assert!(postcode("€", "").is_err());
    }

    #[test]
    fn an_address_stands_in_one_line_in_the_order_of_its_country() {
        let mut address = Address {
            street: "10 Main St".into(),
            postcode: "62701".into(),
            city: parse_city("SPRINGFIELD").unwrap(),
            region: "IL".into(),
            country: Country::from_alpha2("US"),
        };
        assert_eq!(address.one_line(), "10 Main St, Springfield, IL 62701, United States");
        address.country = Country::from_alpha2("DE");
        address.region.clear();
        assert_eq!(address.one_line(), "10 Main St, 62701 Springfield, Germany");
        assert_eq!(parse_city("FRANKFURT AM MAIN").unwrap(), "Frankfurt am Main");
        assert_eq!(Address::default().one_line(), "");
    }
}
