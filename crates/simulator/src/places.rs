//! Countries, towns, streets and telephone numbers, in the forms that people write them.
//!
//! Towns and postcodes are real so that they pass checks; streets, house numbers and telephone numbers are invented.

use crate::names::N_TONGUES;
use crate::random::Chance;

/// A country that the shop delivers to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// The share of customers who live there; all shares add up to 1.
    pub share: f64,
    /// How much each language of [`crate::names`] is met among the names.
    pub tongue_weights: [f64; N_TONGUES],
    calling_code: &'static str,
    mobile_prefixes: &'static [&'static str],
    n_subscriber_digits: u32,
    spellings: &'static [&'static str],
    towns: &'static [(&'static str, &'static str)],
    streets: &'static [&'static str],
    number_first: bool,
    /// The top-level domain of firms, ahead of the reserved `.example`.
    pub web: &'static str,
    /// What a limited firm is called.
    pub legal_form: &'static str,
}

/// All countries, most customers first.
pub const COUNTRIES: &[Country] = &[
    Country {
        code: "DE",
        share: 0.58,
        tongue_weights: [62.0, 4.0, 2.0, 1.0, 3.0, 9.0, 8.0, 5.0, 4.0, 3.0],
        calling_code: "49",
        mobile_prefixes: &["151", "152", "157", "159"],
        n_subscriber_digits: 8,
        spellings: &["Germany", "Deutschland", "DE", "germany", "BRD", "D"],
        towns: &[
            ("20095", "Hamburg"),
            ("22767", "Hamburg"),
            ("10437", "Berlin"),
            ("12047", "Berlin"),
            ("80331", "München"),
            ("50667", "Köln"),
            ("60311", "Frankfurt am Main"),
            ("70173", "Stuttgart"),
            ("04109", "Leipzig"),
            ("01067", "Dresden"),
            ("28195", "Bremen"),
            ("30159", "Hannover"),
            ("90402", "Nürnberg"),
            ("24103", "Kiel"),
            ("23552", "Lübeck"),
            ("48143", "Münster"),
            ("79098", "Freiburg im Breisgau"),
            ("55116", "Mainz"),
            ("99084", "Erfurt"),
            ("18055", "Rostock"),
        ],
        streets: &[
            "Lindenstraße",
            "Gartenweg",
            "Mühlenstraße",
            "Am Alten Markt",
            "Bahnhofstraße",
            "Kastanienallee",
            "Hafenstraße",
            "Schillerstraße",
            "Rosenweg",
            "Goethestraße",
            "Bergstraße",
            "Kirchplatz",
            "Birkenweg",
            "Deichstraße",
            "Ahornallee",
            "Wiesengrund",
            "Schulstraße",
            "Am Stadtpark",
            "Brunnengasse",
            "Weidenkamp",
        ],
        number_first: false,
        web: "de",
        legal_form: "GmbH",
    },
    Country {
        code: "AT",
        share: 0.10,
        tongue_weights: [66.0, 1.0, 1.0, 0.0, 2.0, 8.0, 14.0, 4.0, 2.0, 2.0],
        calling_code: "43",
        mobile_prefixes: &["664", "660", "676"],
        n_subscriber_digits: 7,
        spellings: &["Austria", "Österreich", "AT", "austria", "A"],
        towns: &[
            ("1010", "Wien"),
            ("1070", "Wien"),
            ("1180", "Wien"),
            ("8010", "Graz"),
            ("5020", "Salzburg"),
            ("4020", "Linz"),
            ("6020", "Innsbruck"),
            ("9020", "Klagenfurt"),
        ],
        streets: &[
            "Hauptplatz",
            "Lerchengasse",
            "Donaustraße",
            "Nussbaumweg",
            "Annagasse",
            "Feldgasse",
            "Am Graben",
        ],
        number_first: false,
        web: "at",
        legal_form: "GmbH",
    },
    Country {
        code: "CH",
        share: 0.08,
        tongue_weights: [55.0, 2.0, 18.0, 1.0, 3.0, 4.0, 7.0, 9.0, 3.0, 3.0],
        calling_code: "41",
        mobile_prefixes: &["76", "78", "79"],
        n_subscriber_digits: 7,
        spellings: &["Switzerland", "Schweiz", "CH", "Suisse", "switzerland"],
        towns: &[
            ("8001", "Zürich"),
            ("3011", "Bern"),
            ("4051", "Basel"),
            ("1204", "Genève"),
            ("1003", "Lausanne"),
            ("6003", "Luzern"),
            ("9000", "St. Gallen"),
        ],
        streets: &["Seestrasse", "Dorfstrasse", "Rebbergweg", "Bundesgasse", "Rue du Lac", "Alpenstrasse"],
        number_first: false,
        web: "ch",
        legal_form: "AG",
    },
    Country {
        code: "NL",
        share: 0.07,
        tongue_weights: [4.0, 1.0, 3.0, 70.0, 3.0, 6.0, 3.0, 2.0, 6.0, 4.0],
        calling_code: "31",
        mobile_prefixes: &["61", "62", "63", "64"],
        n_subscriber_digits: 7,
        spellings: &["Netherlands", "Nederland", "NL", "The Netherlands", "Holland"],
        towns: &[
            ("1012 AB", "Amsterdam"),
            ("3011 BD", "Rotterdam"),
            ("3511 CE", "Utrecht"),
            ("9711 HX", "Groningen"),
            ("5611 AZ", "Eindhoven"),
            ("6511 KV", "Nijmegen"),
        ],
        streets: &["Kerkstraat", "Molenweg", "Prinsengracht", "Dorpsstraat", "Wilgenlaan", "Havenkade"],
        number_first: false,
        web: "nl",
        legal_form: "B.V.",
    },
    Country {
        code: "FR",
        share: 0.06,
        tongue_weights: [3.0, 0.0, 72.0, 0.0, 2.0, 2.0, 3.0, 7.0, 9.0, 4.0],
        calling_code: "33",
        mobile_prefixes: &["61", "62", "66", "67"],
        n_subscriber_digits: 7,
        spellings: &["France", "FR", "france", "Frankreich"],
        towns: &[
            ("75011", "Paris"),
            ("69002", "Lyon"),
            ("67000", "Strasbourg"),
            ("44000", "Nantes"),
            ("33000", "Bordeaux"),
            ("59000", "Lille"),
            ("13006", "Marseille"),
        ],
        streets: &[
            "rue des Lilas",
            "rue de la Gare",
            "avenue du Parc",
            "place du Marché",
            "quai des Brumes",
            "rue Haute",
        ],
        number_first: true,
        web: "fr",
        legal_form: "SARL",
    },
    Country {
        code: "GB",
        share: 0.06,
        tongue_weights: [2.0, 1.0, 2.0, 1.0, 70.0, 1.0, 5.0, 3.0, 6.0, 9.0],
        calling_code: "44",
        mobile_prefixes: &["740", "741", "742", "751", "753"],
        n_subscriber_digits: 7,
        spellings: &["United Kingdom", "UK", "GB", "Great Britain", "England"],
        towns: &[
            ("LS1 4AP", "Leeds"),
            ("EH1 1YZ", "Edinburgh"),
            ("BS1 4DJ", "Bristol"),
            ("M1 2WD", "Manchester"),
            ("NR2 1TF", "Norwich"),
            ("CF10 1EP", "Cardiff"),
            ("SE1 7PB", "London"),
        ],
        streets: &[
            "Mill Lane",
            "Orchard Road",
            "Victoria Terrace",
            "Harbour Street",
            "Church Walk",
            "Elm Grove",
        ],
        number_first: true,
        web: "uk",
        legal_form: "Ltd",
    },
    Country {
        code: "SE",
        share: 0.05,
        tongue_weights: [3.0, 76.0, 1.0, 0.0, 2.0, 3.0, 4.0, 2.0, 6.0, 3.0],
        calling_code: "46",
        mobile_prefixes: &["70", "72", "73", "76"],
        n_subscriber_digits: 7,
        spellings: &["Sweden", "Sverige", "SE", "sweden", "Schweden"],
        towns: &[
            ("111 22", "Stockholm"),
            ("411 03", "Göteborg"),
            ("211 20", "Malmö"),
            ("753 20", "Uppsala"),
            ("222 22", "Lund"),
        ],
        streets: &["Storgatan", "Björkvägen", "Skolgatan", "Hamngatan", "Ängsvägen", "Kyrkogatan"],
        number_first: false,
        web: "se",
        legal_form: "AB",
    },
];

/// A postal address.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    pub street: String,
    pub postcode: &'static str,
    pub city: &'static str,
    pub country: &'static Country,
}

/// A mobile number, kept apart in its pieces so that it can be written in many ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Phone {
    pub country: &'static Country,
    prefix: &'static str,
    subscriber: u64,
}

/// How a telephone number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneStyle {
    /// `+4915112345678`
    E164,
    /// `+49 151 12345678`
    Spaced,
    /// `0049 151 12345678`
    DoubleZero,
    /// `0151 12345678`
    National,
    /// `0151/12345678`
    Slash,
    /// `0151-1234 5678`
    Dashed,
    /// `+49 (0)151 12345678`
    Bracketed,
}

/// Every style, so that one can be drawn.
pub const PHONE_STYLES: [PhoneStyle; 7] = [
    PhoneStyle::E164,
    PhoneStyle::Spaced,
    PhoneStyle::DoubleZero,
    PhoneStyle::National,
    PhoneStyle::Slash,
    PhoneStyle::Dashed,
    PhoneStyle::Bracketed,
];

impl Country {
    /// Draws a country by the share of customers.
    pub fn draw(chance: &mut Chance) -> &'static Country {
        let mut left = chance.uniform();
        for country in COUNTRIES {
            left -= country.share;
            if left < 0.0 {
                return country;
            }
        }
        &COUNTRIES[0]
    }

    /// The country as a tidy shop writes it: its English name.
    pub fn tidy_name(&self) -> &'static str {
        self.spellings[0]
    }

    /// The country as somebody typed it: half of the time tidy, else in any of its spellings.
    pub fn draw_spelling(&self, chance: &mut Chance) -> &'static str {
        if chance.happens(0.5) { self.spellings[0] } else { chance.pick(self.spellings) }
    }
}

impl Address {
    /// Draws a town, a street and a house number.
    pub fn draw(chance: &mut Chance, country: &'static Country) -> Address {
        let (postcode, city) = chance.pick(country.towns);
        let street = chance.pick(country.streets);
        let number = 1 + chance.below(148);
        let letter = if chance.happens(0.08) { chance.pick(&["a", "b", "c"]) } else { "" };
        let street = if country.number_first {
            format!("{number}{letter} {street}")
        } else {
            format!("{street} {number}{letter}")
        };
        Address { street, postcode, city, country }
    }
}

impl Phone {
    /// The number of the customer with this index; below ten million customers no number comes twice.
    pub fn of_index(chance: &mut Chance, country: &'static Country, index: u64) -> Phone {
        let prefix = chance.pick(country.mobile_prefixes);
        let range = 10u64.pow(country.n_subscriber_digits);
        let subscriber = (index.wrapping_mul(6_180_339) + 1_234_567) % range;
        Phone { country, prefix, subscriber }
    }

    /// Writes the number in a style.
    pub fn written(&self, style: PhoneStyle) -> String {
        let (code, prefix) = (self.country.calling_code, self.prefix);
        let width = self.country.n_subscriber_digits as usize;
        let digits = format!("{:0width$}", self.subscriber);
        // The trunk prefix 0 is used by each country of the list when a number is dialled at home.
        match style {
            PhoneStyle::E164 => format!("+{code}{prefix}{digits}"),
            PhoneStyle::Spaced => format!("+{code} {prefix} {digits}"),
            PhoneStyle::DoubleZero => format!("00{code} {prefix} {digits}"),
            PhoneStyle::National => format!("0{prefix} {digits}"),
            PhoneStyle::Slash => format!("0{prefix}/{digits}"),
            PhoneStyle::Dashed => format!("0{prefix}-{} {}", &digits[..4], &digits[4..]),
            PhoneStyle::Bracketed => format!("+{code} (0){prefix} {digits}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;
    use std::collections::HashSet;

    #[test]
    fn the_shares_of_the_countries_add_up_to_one() {
        assert!((COUNTRIES.iter().map(|c| c.share).sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn every_style_of_every_number_is_valid_by_the_metadata_of_libphonenumber() {
        let mut chance = Chance::new(4, Purpose::Person, 0);
        for country in COUNTRIES {
            let region = country.code.parse().ok();
            for index in 0..60 {
                let phone = Phone::of_index(&mut chance, country, index * 6_011);
                let tidy = phone.written(PhoneStyle::E164);
                for style in PHONE_STYLES {
                    let written = phone.written(style);
                    let parsed = phonenumber::parse(region, &written).unwrap();
                    assert!(phonenumber::is_valid(&parsed), "{written} in {}", country.code);
                    let found = parsed.format().mode(phonenumber::Mode::E164).to_string();
                    assert_eq!(found, tidy, "{written}");
                }
            }
        }
    }

    #[test]
    fn no_two_customers_have_the_same_telephone_number() {
        let mut chance = Chance::new(3, Purpose::Person, 0);
        let mut seen = HashSet::new();
        for index in 0..50_000 {
            let country = &COUNTRIES[(index % 7) as usize];
            assert!(seen.insert(Phone::of_index(&mut chance, country, index).written(PhoneStyle::E164)));
        }
    }
}
