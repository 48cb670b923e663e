//! Countries by ISO 3166-1: from a code or from a name in one of a dozen languages to code and English name.
//!
//! It knows today's countries and territories. It does not guess: a text that names several countries ("Channel
//! Islands") or none ("Unspecified") is a problem that says so, for a wrong country bends every figure by country.
//! Names come from `countries.tsv` (columns: alpha-2, alpha-3, English name, other names divided by `|`).
//!
//! **Source:** codes and official names ISO 3166-1; names in English, German, French, Spanish, Italian, Dutch,
//! Swedish, Portuguese, Polish, Danish, Norwegian and Finnish as in Unicode CLDR 48; common variants added by hand.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use thiserror::Error;

use super::fold::{fold, tidy};
use super::quoted::quoted;

/// The longest text that is looked at as a country. **Units:** bytes.
const MAX_BYTES: usize = 200;

/// Why a text is not one country.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// Nothing was given.
    #[error("the country is empty")]
    Empty,
    /// The text says that the country is not known.
    #[error("{} says that the country is not known", quoted(.value))]
    Unspecified {
        /// The text as it came.
        value: String,
    },
    /// The text names a region that holds several countries.
    #[error("{} is not one country ({meaning}); give the country itself", quoted(.value))]
    SeveralCountries {
        /// The text as it came.
        value: String,
        /// What the region holds.
        meaning: &'static str,
    },
    /// No country has this code or name.
    #[error("{} is no country known here; write its name or its two-letter ISO code", quoted(.value))]
    Unknown {
        /// The text as it came.
        value: String,
    },
}

struct Entry {
    alpha2: &'static str,
    alpha3: &'static str,
    name: &'static str,
}

struct Countries {
    entries: Vec<Entry>,
    by_key: HashMap<String, u16>,
    by_alpha2: [u16; 26 * 26],
}

const NONE: u16 = u16::MAX;

static COUNTRIES: LazyLock<Countries> = LazyLock::new(|| Countries::read(include_str!("countries.tsv")));

/// Regions that files offer as a country, and what they hold.
const REGIONS: &[(&str, &str)] = &[
    ("channel islands", "Jersey and Guernsey"),
    ("european community", "the states of the European Union"),
    ("european union", "its member states"),
    ("europe", "a continent"),
    ("eu", "the states of the European Union"),
    ("asia", "a continent"),
    ("africa", "a continent"),
    ("latin america", "a group of countries"),
    ("south america", "a continent"),
    ("north america", "a continent"),
    ("middle east", "a group of countries"),
    ("scandinavia", "Denmark, Norway and Sweden"),
    ("benelux", "Belgium, the Netherlands and Luxembourg"),
    ("west indies", "a group of islands"),
    ("caribbean", "a group of islands"),
    ("congo", "Congo (Kinshasa) or Congo (Brazzaville)"),
    ("kongo", "Congo (Kinshasa) or Congo (Brazzaville)"),
    ("saint martin", "St. Martin or Sint Maarten"),
    ("virgin islands", "the British or the U.S. Virgin Islands"),
    ("yugoslavia", "a former country"),
    ("czechoslovakia", "a former country"),
    ("ussr", "a former country"),
    ("soviet union", "a former country"),
];

/// Words that say that no country is known.
const UNSPECIFIED: &[&str] = &[
    "unspecified",
    "unknown",
    "none",
    "null",
    "n a",
    "not specified",
    "not available",
    "other",
    "others",
    "international",
    "worldwide",
    "xx",
    "zz",
    "unbekannt",
    "inconnu",
    "desconocido",
    "sonstige",
    "undefined",
    "tbd",
];

/// A country or territory of ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country(u16);

impl Country {
    /// The country of a two-letter code in capitals or small letters.
    pub fn from_alpha2(code: &str) -> Option<Country> {
        let [first, second] = code.as_bytes() else { return None };
        let found = COUNTRIES.by_alpha2[slot(*first, *second)?];
        (found != NONE).then_some(Country(found))
    }

    /// The two-letter code, such as `DE`.
    pub fn alpha2(self) -> &'static str {
        COUNTRIES.entries[usize::from(self.0)].alpha2
    }

    /// The three-letter code, such as `DEU`.
    pub fn alpha3(self) -> &'static str {
        COUNTRIES.entries[usize::from(self.0)].alpha3
    }

    /// The short English name.
    pub fn name(self) -> &'static str {
        COUNTRIES.entries[usize::from(self.0)].name
    }

    /// Every country, in the order of the two-letter codes.
    pub fn all() -> impl Iterator<Item = Country> {
        (0..COUNTRIES.entries.len()).map(|at| Country(at as u16))
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({})", self.alpha2())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The country that a code or a name means.
///
/// A two-letter text is a code before it is a name.
///
/// **Errors:** empty, unspecified, several countries at once, unknown.
///
/// ```
/// use records::values::country::parse;
/// assert_eq!(parse("EIRE").unwrap().alpha2(), "IE");
/// assert_eq!(parse("Deutschland").unwrap().name(), "Germany");
/// assert!(parse("European Community").is_err());
/// ```
pub fn parse(text: &str) -> Result<Country, Problem> {
    let trimmed = text.trim();
    if let Some(country) = Country::from_alpha2(trimmed) {
        return Ok(country);
    }
    if trimmed.len() > MAX_BYTES {
        return Err(Problem::Unknown { value: trimmed.chars().take(MAX_BYTES).collect() });
    }
    let tidied = tidy(trimmed);
    if tidied.is_empty() {
        return Err(Problem::Empty);
    }
    let key = key(&tidied);
    if let Some(&found) = COUNTRIES.by_key.get(&key) {
        return Ok(Country(found));
    }
    if let Some(found) = key.strip_prefix("the ").and_then(|rest| COUNTRIES.by_key.get(rest)) {
        return Ok(Country(*found));
    }
    let value = tidied.into_owned();
    if key.is_empty() || UNSPECIFIED.contains(&key.as_str()) {
        return Err(Problem::Unspecified { value });
    }
    match REGIONS.iter().find(|(region, _)| *region == key) {
        Some((_, meaning)) => Err(Problem::SeveralCountries { value, meaning }),
        None => Err(Problem::Unknown { value }),
    }
}

/// The folded name without its dots, so that `U.S.A.` is `usa`.
fn key(name: &str) -> String {
    if name.contains('.') { fold(&name.replace('.', "")) } else { fold(name) }
}

fn slot(first: u8, second: u8) -> Option<usize> {
    let (first, second) = (first.to_ascii_uppercase(), second.to_ascii_uppercase());
    (first.is_ascii_uppercase() && second.is_ascii_uppercase())
        .then(|| usize::from(first - b'A') * 26 + usize::from(second - b'A'))
}

impl Countries {
    fn read(table: &'static str) -> Countries {
        let mut found = Countries {
            entries: Vec::with_capacity(256),
            by_key: HashMap::with_capacity(4096),
            by_alpha2: [NONE; 676],
        };
        for line in table.lines() {
            let mut columns = line.split('\t');
            let mut next = || columns.next().expect("countries.tsv has four columns in every line");
            let (alpha2, alpha3, name, others) = (next(), next(), next(), next());
            let at = found.entries.len() as u16;
            if let [first, second] = alpha2.as_bytes() {
                found.by_alpha2[slot(*first, *second).expect("codes are capital letters")] = at;
            }
            found.by_key.insert(alpha2.to_ascii_lowercase(), at);
            found.by_key.insert(alpha3.to_ascii_lowercase(), at);
            for known in std::iter::once(name).chain(others.split('|')) {
                let key = key(known);
                if !key.is_empty() {
                    found.by_key.entry(key).or_insert(at);
                }
            }
            found.entries.push(Entry { alpha2, alpha3, name });
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        parse(text).unwrap_or_else(|problem| panic!("{problem}")).alpha2()
    }

    #[test]
    fn the_names_that_firms_write_are_understood() {
        for (text, wanted) in [
            ("de", "DE"),
            ("DEU", "DE"),
            ("Deutschland", "DE"),
            ("ALLEMAGNE", "DE"),
            ("Alemania", "DE"),
            ("Germania", "DE"),
            ("Duitsland", "DE"),
            ("Tyskland", "DE"),
            ("Federal Republic of Germany", "DE"),
            ("UK", "GB"),
            ("U.K.", "GB"),
            ("England", "GB"),
            ("Großbritannien", "GB"),
            ("great  britain ", "GB"),
            ("EIRE", "IE"),
            ("USA", "US"),
            ("U.S.A.", "US"),
            ("the United States", "US"),
            ("États-Unis", "US"),
            ("RSA", "ZA"),
            ("Korea, Republic of", "KR"),
            ("The Netherlands", "NL"),
            ("Holland", "NL"),
            ("Bosnia and Herzegovina", "BA"),
            ("Trinidad & Tobago", "TT"),
            ("Côte d’Ivoire", "CI"),
            ("Ivory Coast", "CI"),
            ("Turkey", "TR"),
            ("Türkiye", "TR"),
            ("Czech Republic", "CZ"),
            ("Hong Kong", "HK"),
            ("Viet Nam", "VN"),
            ("日本", "JP"),
            ("Россия", "RU"),
            ("Österreich", "AT"),
            ("Suisse", "CH"),
        ] {
            assert_eq!(code(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_not_one_country_says_so_instead_of_guessing() {
        assert!(matches!(parse("Channel Islands"), Err(Problem::SeveralCountries { .. })));
        assert!(matches!(parse("European Community"), Err(Problem::SeveralCountries { .. })));
        assert!(matches!(parse("Unspecified"), Err(Problem::Unspecified { .. })));
        assert!(matches!(parse("  "), Err(Problem::Empty)));
        assert!(matches!(parse("Narnia"), Err(Problem::Unknown { .. })));
        assert_eq!(
            parse("Channel Islands").unwrap_err().to_string(),
            "“Channel Islands” is not one country (Jersey and Guernsey); give the country itself"
        );
    }

    #[test]
    fn every_country_is_found_again_by_its_codes_and_its_name() {
        assert_eq!(Country::all().count(), 249);
        for country in Country::all() {
            assert_eq!(parse(country.alpha2()), Ok(country));
            assert_eq!(parse(country.alpha3()), Ok(country));
            assert_eq!(parse(country.name()), Ok(country));
        }
    }
}
