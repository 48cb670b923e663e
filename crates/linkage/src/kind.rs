//! What a column holds, by its header and by its cells.
//!
//! A header that is understood wins unless the cells contradict it; without one the cells decide. Keys of rows and columns that
//! name the true group are never fields: they would give the answer away.

use crate::fold::fold;
use crate::lists::{nicknames, words};
use crate::prepare::dates;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    GivenName,
    FamilyName,
    /// A person's whole name in one cell.
    FullName,
    /// A date that stays with a person or thing, such as the day of birth.
    Date,
    Email,
    Phone,
    HouseNumber,
    Street,
    Postcode,
    City,
    Region,
    Country,
    Company,
    /// Words of any number: a title, a product, a restaurant, a description.
    Text,
    /// Several people in one cell, such as authors.
    People,
    Year,
    Number,
    /// One of few values, such as a cuisine or a gender.
    Category,
    /// A number or code that belongs to one person or thing: insurance, passport, ISBN.
    Identifier,
    /// Not compared: keys of rows, true groups, columns without content.
    Ignored,
}

impl Kind {
    /// Every kind with the word that names it on the command line and in answers.
    pub const NAMES: [(Kind, &'static str); 20] = [
        (Kind::GivenName, "given_name"),
        (Kind::FamilyName, "family_name"),
        (Kind::FullName, "full_name"),
        (Kind::Date, "date"),
        (Kind::Email, "email"),
        (Kind::Phone, "phone"),
        (Kind::HouseNumber, "house_number"),
        (Kind::Street, "street"),
        (Kind::Postcode, "postcode"),
        (Kind::City, "city"),
        (Kind::Region, "region"),
        (Kind::Country, "country"),
        (Kind::Company, "company"),
        (Kind::Text, "text"),
        (Kind::People, "people"),
        (Kind::Year, "year"),
        (Kind::Number, "number"),
        (Kind::Category, "category"),
        (Kind::Identifier, "identifier"),
        (Kind::Ignored, "ignored"),
    ];

    /// The word that names the kind.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(kind, _)| *kind == self).map_or("ignored", |(_, name)| name)
    }

    /// The kind that a word names.
    pub fn from_name(name: &str) -> Option<Kind> {
        Self::NAMES.iter().find(|(_, word)| *word == name).map(|(kind, _)| *kind)
    }
}

/// What a column holds, by its header and the cells that are given (a few thousand are plenty; empty ones do not count).
///
/// ```
/// use linkage::{Kind, recognise};
/// assert_eq!(recognise("Nachname", ["Meyer", "Schulz"]), Kind::FamilyName);
/// assert_eq!(recognise("x1", ["anna@example.org", "b.meyer@example.com"]), Kind::Email);
/// assert_eq!(recognise("cluster", ["1", "1", "2"]), Kind::Ignored);
/// ```
pub fn recognise<'a>(header: &str, cells: impl IntoIterator<Item = &'a str>) -> Kind {
    let content = Content::of(cells);
    if content.n == 0 {
        return Kind::Ignored;
    }
    match by_header(header) {
        Some(kind) => content.checked(kind),
        None if is_row_key(header) => Kind::Ignored,
        None => content.kind(),
    }
}

/// Looks at the columns of a file together: one that is called no more than a number and stands behind a street holds its house
/// numbers, where no other column does.
///
/// **Shape.** A kind for each header, in the order of the columns.
pub fn recognise_together(headers: &[String], kinds: &mut [Kind]) {
    const NUMBERS: &[&str] =
        &["nr", "no", "num", "number", "nummer", "numero", "n", "hnr", "huisnummer", "house"];
    if kinds.contains(&Kind::HouseNumber) {
        return;
    }
    let is_number = |header: &String| NUMBERS.contains(&header_words(header).join(" ").as_str());
    let behind = (1..headers.len()).find(|at| is_number(&headers[*at]) && kinds[at - 1] == Kind::Street);
    if let Some(at) = behind {
        kinds[at] = Kind::HouseNumber;
    }
}

/// Lower-case words of a header: `soc_sec_id`, `SocSecId` and `Soc. Sec. ID` are the same three.
fn header_words(header: &str) -> Vec<String> {
    let mut spread = String::with_capacity(header.len() + 4);
    let mut was_lower = false;
    for sign in header.chars() {
        if was_lower && sign.is_uppercase() {
            spread.push(' ');
        }
        was_lower = sign.is_lowercase();
        spread.push(sign);
    }
    fold(&spread).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether a header names the key of a row or the truth, neither of which may be compared.
pub fn is_row_key(header: &str) -> bool {
    const KEYS: &[&str] = &[
        "id",
        "ids",
        "uid",
        "uuid",
        "guid",
        "key",
        "rowid",
        "recid",
        "cluster",
        "clusterid",
        "entity",
        "entityid",
        "class",
        "truth",
        "label",
        "gold",
        "match",
        "matchid",
        "duplicate",
        "index",
        "rownum",
        "oid",
        "pk",
        "subject",
        "source",
        "dataset",
        "unnamed",
        "ground",
    ];
    let words = header_words(header);
    words.is_empty()
        || words.iter().any(|word| KEYS.contains(&word.as_str()) || (word.ends_with("id") && word.len() <= 5))
}

#[rustfmt::skip]
const HEADERS: &[(Kind, &[&str])] = &[
    (Kind::Identifier, &["socsecid", "soc sec", "social security", "ssn", "insurance number", "national id", "passport", "tax id", "taxid", "vat", "ust id", "steuernummer", "personal number",
        "isbn", "issn", "doi", "ean", "gtin", "upc", "sku", "lei", "mpn", "modelno", "model number", "model no", "part number", "license", "licence", "iban", "nhs number", "medicare",
        "member number", "customer number", "kundennummer", "account number", "siren", "siret", "duns", "orcid"]),
    (Kind::Email, &["email", "e mail", "mail", "emailaddress", "courriel", "correo"]),
    (Kind::Phone, &["phone", "telephone", "tel", "mobile", "cell", "cellphone", "phone number", "telefon", "telefonnummer", "handy", "fax", "mobil", "phonenumber", "telefono", "portable"]),
    (Kind::Date, &["dob", "birth date", "date of birth", "birthday", "birthdate", "dateofbirth", "geburtsdatum", "geburtstag", "geb datum", "born", "date naissance", "fecha nacimiento", "founded on", "day of birth"]),
    (Kind::GivenName, &["first name", "firstname", "given name", "givenname", "forename", "fname", "first", "given", "vorname", "prenom", "nombre", "nome proprio", "voornaam", "fornamn", "imie", "middle name", "christian name"]),
    (Kind::FamilyName, &["last name", "lastname", "family name", "familyname", "surname", "sname", "lname", "last", "family", "nachname", "familienname", "nom", "apellido", "apellidos", "cognome", "achternaam", "efternamn", "nazwisko"]),
    (Kind::FullName, &["full name", "fullname", "person name", "contact name", "customer name", "patient name", "name of person", "vollstandiger name"]),
    (Kind::HouseNumber, &["street number", "house number", "streetnumber", "housenumber", "hausnummer", "street no", "house no", "hausnr"]),
    (Kind::Street, &["street", "address", "addr", "address 1", "address1", "street address", "address line 1", "strasse", "str", "adresse", "rue", "calle", "via", "anschrift", "straat", "adres", "indirizzo", "direccion", "street name"]),
    (Kind::Postcode, &["postcode", "post code", "postal code", "zip", "zipcode", "zip code", "plz", "postleitzahl", "code postal", "cap", "codigo postal", "postalcode"]),
    (Kind::City, &["city", "town", "suburb", "ort", "stadt", "wohnort", "ville", "ciudad", "citta", "plaats", "locality", "municipality", "stad", "miasto", "birth place", "birthplace", "place of birth"]),
    (Kind::Region, &["state", "region", "province", "county", "bundesland", "departement", "provincia"]),
    (Kind::Country, &["country", "land", "pays", "pais", "nation", "country code", "nationality"]),
    (Kind::Company, &["company", "company name", "organisation", "organization", "firma", "employer", "firm", "legal name", "legalname", "organisation name", "organization name", "account name", "entreprise", "empresa",
        "business name", "unternehmen", "azienda", "bedrijf", "manufacturer", "brand", "publisher", "label name", "entity name", "account"]),
    (Kind::People, &["authors", "author", "autoren", "auteurs", "autor", "creators", "artists", "editors", "inventors", "coauthors"]),
    (Kind::Year, &["year", "jahr", "annee", "publication year", "pub year", "birth year", "year of birth"]),
    (Kind::Category, &["gender", "sex", "geschlecht", "type", "category", "genre", "salutation", "anrede", "venue", "journal", "booktitle", "conference", "sector", "industry", "cuisine", "language", "department"]),
    (Kind::Number, &["price", "amount", "weight", "age", "pages", "length", "size", "volume", "preis", "latitude", "longitude", "lat", "lon"]),
    (Kind::Text, &["title", "name", "titel", "titre", "description", "product", "product name", "beschreibung", "notes", "comment", "text", "restaurant", "song", "song name", "album", "movie", "abstract", "address 2", "address2", "address line 2", "beer name"]),
];

fn by_header(header: &str) -> Option<Kind> {
    let mut words = header_words(header);
    // A number behind a header, as in `phone2`, does not change what it is; `address_2` is a line of its own.
    let joined = words.join(" ");
    let find = |text: &str| HEADERS.iter().find(|(_, names)| names.contains(&text)).map(|(kind, _)| *kind);
    if let Some(kind) = find(&joined) {
        return Some(kind);
    }
    let bare = joined.trim_end_matches(|sign: char| sign.is_ascii_digit() || sign == ' ');
    if let Some(kind) = find(bare) {
        return Some(kind);
    }
    if words.len() > 1 {
        // `contact_email`, `home_phone`, `billing_city`: the last words say it, but not `street_id` or `city_key`.
        if is_row_key(words.last().map_or("", String::as_str)) {
            return find(&words[..words.len()].join("")).or_else(|| identifier_in(&joined));
        }
        while words.len() > 1 {
            words.remove(0);
            if let Some(kind) = find(&words.join(" ")) {
                return Some(kind);
            }
        }
    }
    identifier_in(&joined)
}

fn identifier_in(joined: &str) -> Option<Kind> {
    let names = HEADERS[0].1;
    let whole = |name: &&&str| format!(" {joined} ").contains(&format!(" {name} "));
    names.iter().find(whole).map(|_| Kind::Identifier)
}

/// What the cells look like.
#[derive(Default)]
struct Content {
    n: usize,
    n_email: usize,
    n_date: usize,
    n_phone: usize,
    n_number: usize,
    n_year: usize,
    n_words: usize,
    n_signs: usize,
    n_legal: usize,
    n_person: usize,
    n_road: usize,
    n_salutation: usize,
    n_list: usize,
    distinct: std::collections::HashSet<u64>,
}

impl Content {
    fn of<'a>(cells: impl IntoIterator<Item = &'a str>) -> Content {
        let mut content = Content::default();
        for cell in cells {
            let cell = cell.trim();
            let folded = fold(cell);
            if !folded.is_empty() {
                content.add(cell, &folded);
            }
        }
        content
    }

    fn add(&mut self, cell: &str, folded: &str) {
        self.n += 1;
        self.distinct.insert(crate::fold::hash(folded.as_bytes()));
        let words: Vec<&str> = folded.split(' ').collect();
        self.n_words += words.len();
        self.n_signs += folded.len();
        let n_digits = cell.bytes().filter(u8::is_ascii_digit).count();
        let n_letters = folded.bytes().filter(u8::is_ascii_lowercase).count();
        let number = crate::prepare::number(cell);
        let is_year =
            |value: f64| value.fract() == 0.0 && (1700.0..2101.0).contains(&value) && cell.len() == 4;
        let has_signs = cell.contains(['+', '(', '/']) || cell.matches(['-', ' ', '.']).count() >= 2;
        self.n_email += usize::from(cell.contains('@') && cell.contains('.') && !cell.contains(' '));
        self.n_date += usize::from(dates::read(cell).is_some() && (6..=20).contains(&cell.len()));
        self.n_phone +=
            usize::from((7..=16).contains(&n_digits) && n_letters <= 3 && (has_signs || n_digits >= 10));
        self.n_number += usize::from(number.is_some());
        self.n_year += usize::from(number.is_some_and(is_year));
        self.n_legal +=
            usize::from(words.len() > 1 && words.last().is_some_and(|word| words::is_legal_form(word)));
        self.n_road +=
            usize::from(n_digits > 0 && words.iter().any(|word| word.len() > 1 && words::is_road(word)));
        self.n_salutation += usize::from(matches!(
            folded,
            "mr" | "mrs" | "ms" | "miss" | "dr" | "herr" | "frau" | "m" | "f" | "mme" | "prof"
        ));
        self.n_list += usize::from(cell.contains([',', ';']));
        let known = |word: &str| nicknames::is_known(&crate::fold::without_umlauts(word));
        let short = (2..=4).contains(&words.len()) && n_digits == 0;
        self.n_person += usize::from(short && (known(words[0]) || known(words[words.len() - 1])));
    }

    fn share(&self, part: usize) -> f64 {
        part as f64 / self.n as f64
    }

    /// The kind that a header promised, unless the cells are something else.
    fn checked(&self, kind: Kind) -> Kind {
        let words = self.n_words as f64 / self.n as f64;
        match kind {
            Kind::Text if self.share(self.n_salutation) > 0.8 => Kind::Category,
            Kind::Text if words < 5.0 && self.share(self.n_person) > 0.35 => Kind::FullName,
            Kind::Text if self.share(self.n_legal) > 0.25 => Kind::Company,
            Kind::Email if self.share(self.n_email) < 0.3 => self.kind(),
            Kind::Date if self.share(self.n_date) < 0.3 => self.kind(),
            Kind::Number if self.share(self.n_number) < 0.3 => Kind::Text,
            Kind::Year if self.share(self.n_number) < 0.3 => self.kind(),
            Kind::GivenName | Kind::FamilyName if words > 5.0 => Kind::Text,
            Kind::GivenName | Kind::FamilyName if self.share(self.n_number) > 0.5 => self.kind(),
            kind => kind,
        }
    }

    fn kind(&self) -> Kind {
        let words = self.n_words as f64 / self.n as f64;
        let distinct = self.distinct.len() as f64 / self.n as f64;
        if self.share(self.n_email) > 0.6 {
            Kind::Email
        } else if self.share(self.n_year) > 0.9 {
            Kind::Year
        } else if self.share(self.n_date) > 0.7 {
            Kind::Date
        } else if self.share(self.n_phone) > 0.7 {
            Kind::Phone
        } else if self.share(self.n_number) > 0.8 {
            Kind::Number
        } else if self.share(self.n_road) > 0.4 {
            Kind::Street
        } else if self.share(self.n_legal) > 0.3 {
            Kind::Company
        } else if self.share(self.n_person) > 0.4 {
            Kind::FullName
        } else if self.share(self.n_list) > 0.6 && words > 3.0 && words < 20.0 {
            Kind::People
        } else if words < 2.5 && (distinct < 0.05 || self.distinct.len() <= 12) && self.n > 30 {
            Kind::Category
        } else {
            Kind::Text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_behind_a_street_is_that_of_the_house_and_one_elsewhere_is_not() {
        let together = |columns: &[(&str, Kind)]| {
            let headers: Vec<String> = columns.iter().map(|(header, _)| header.to_string()).collect();
            let mut kinds: Vec<Kind> = columns.iter().map(|(_, kind)| *kind).collect();
            recognise_together(&headers, &mut kinds);
            kinds
        };
        let address =
            [("Nr.", Kind::Number), ("Straße", Kind::Street), ("Nr", Kind::Number), ("Ort", Kind::City)];
        assert_eq!(together(&address), [Kind::Number, Kind::Street, Kind::HouseNumber, Kind::City]);
        let known = [("House no", Kind::HouseNumber), ("Street", Kind::Street), ("No", Kind::Number)];
        assert_eq!(together(&known), known.map(|(_, kind)| kind));
        assert_eq!(together(&[("No", Kind::Number)]), [Kind::Number]);
    }
}
