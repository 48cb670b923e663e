//! Who a customer is: name, address, telephone, birthday and firm, as they truly are before anybody mistypes them.

use crate::calendar::Calendar;
use crate::history::Traits;
use crate::names;
use crate::places::{Address, Country, Phone};
use crate::random::{Chance, Purpose};
use jiff::{ToSpan, civil::Date};
use std::collections::HashSet;

/// A firm for which several customers buy.
#[derive(Clone, Debug, PartialEq)]
pub struct Firm {
    pub index: u32,
    /// The trade name without the legal form.
    pub short_name: String,
    /// The full name with the legal form.
    pub name: String,
    pub domain: String,
    pub industry: &'static str,
    pub address: Address,
    pub n_employees: u32,
}

/// What somebody said about the newsletter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newsletter {
    Yes,
    No,
    Unsubscribed,
}

/// A customer as a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub given: &'static str,
    pub family: &'static str,
    /// What stands before the @; no other customer with the same domain has it.
    pub mailbox: String,
    pub domain: String,
    pub phone: Phone,
    pub firm: Option<Firm>,
    pub address: Address,
    pub birthday: Option<Date>,
    pub newsletter: Newsletter,
}

impl Person {
    /// The true e-mail address.
    pub fn email(&self) -> String {
        format!("{}@{}", self.mailbox, self.domain)
    }
}

/// Up to this many customers, addresses get a number only where two people would share one; above, always, so that
/// nobody has to remember all addresses.
const MOST_NATURAL: u32 = 50_000;

/// The mail providers of private people; all stand under the reserved top-level domain.
pub(crate) const PROVIDERS: &[&str] = &[
    "postfach.example",
    "briefkasten.example",
    "mailhafen.example",
    "webpost.example",
    "inbox.example",
    "courriel.example",
    "netmail.example",
    "freemail.example",
];

const TRADES: &[(&str, &str)] = &[
    ("Design", "Design"),
    ("Logistik", "Logistics"),
    ("Architekten", "Architecture"),
    ("Software", "Software"),
    ("Café", "Catering"),
    ("Hotel", "Hospitality"),
    ("Druckerei", "Printing"),
    ("Steuerberatung", "Tax advice"),
    ("Bau", "Construction"),
    ("Consulting", "Consulting"),
    ("Verlag", "Publishing"),
    ("Zahntechnik", "Health"),
    ("Medien", "Media"),
    ("Maschinenbau", "Engineering"),
    ("Gärtnerei", "Gardening"),
    ("Energie", "Energy"),
];

const WATERS: &[&str] = &[
    "Nordhafen",
    "Elbufer",
    "Silbersee",
    "Bergblick",
    "Rheintal",
    "Waldkante",
    "Sternwarte",
    "Seeblick",
    "Alpenrand",
    "Ostwind",
    "Westpol",
    "Grünspan",
    "Blauwal",
    "Hafenkante",
    "Steinweg",
    "Morgentau",
];

/// Who the customers of one company are.
#[derive(Clone, Debug)]
pub struct People {
    seed: u64,
    n_firms: u32,
    always_number: bool,
    /// Customers whose natural address somebody before them already has.
    late: HashSet<u32>,
}

impl People {
    /// Settles who gets which address.
    pub fn new(seed: u64, n_customers: u32, is_business: impl Fn(u32) -> bool) -> People {
        let n_firms = (n_customers / 28).max(1);
        let mut people =
            People { seed, n_firms, always_number: n_customers > MOST_NATURAL, late: HashSet::new() };
        if !people.always_number {
            let mut taken = HashSet::new();
            for index in 0..n_customers {
                let (mut chance, name) = people.begin(index);
                let firm = is_business(index).then(|| people.firm(people.firm_of(&mut chance)));
                let (mailbox, domain) = natural_address(&mut chance, name, firm.as_ref());
                if !taken.insert(format!("{mailbox}@{domain}")) {
                    people.late.insert(index);
                }
            }
        }
        people
    }

    /// How many firms there are.
    pub fn n_firms(&self) -> u32 {
        self.n_firms
    }

    /// Draws who a customer is.
    pub fn person(&self, index: u32, traits: &Traits, calendar: &Calendar) -> Person {
        let (mut chance, name) = self.begin(index);
        let firm = traits.business.then(|| self.firm(self.firm_of(&mut chance)));
        let (mut mailbox, domain) = natural_address(&mut chance, name, firm.as_ref());
        if self.always_number || self.late.contains(&index) {
            mailbox.push('.');
            mailbox.push_str(&(100 + index).to_string());
        }
        let (country, given, family) = name;
        let address = match &firm {
            Some(firm) => firm.address.clone(),
            None => Address::draw(&mut chance, country),
        };
        let phone = Phone::of_index(&mut chance, address.country, u64::from(index));
        let birthday =
            (firm.is_none() && chance.happens(0.6)).then(|| draw_birthday(&mut chance, calendar.today));
        let newsletter = match chance.uniform() {
            u if u < 0.52 => Newsletter::Yes,
            u if u < 0.92 => Newsletter::No,
            _ => Newsletter::Unsubscribed,
        };
        Person { given, family, mailbox, domain, phone, firm, address, birthday, newsletter }
    }

    /// Draws what a firm is called and where it sits.
    pub fn firm(&self, index: u32) -> Firm {
        let mut chance = Chance::new(self.seed, Purpose::Firm, u64::from(index));
        let country = Country::draw(&mut chance);
        let (trade, industry) = chance.pick(TRADES);
        let owner = if chance.happens(0.6) {
            names::draw_family(&mut chance, &country.tongue_weights).to_owned()
        } else {
            chance.pick(WATERS).to_owned()
        };
        let short_name =
            if chance.happens(0.8) { format!("{owner} {trade}") } else { format!("{trade} {owner}") };
        // Two firms may be called alike, as in life; the number in the domain keeps them apart.
        let domain =
            format!("{}-{}{}.{}.example", names::ascii(&owner), names::ascii(trade), index + 1, country.web);
        let address = Address::draw(&mut chance, country);
        let n_employees = 3 + chance.gamma(0.8, 0.02) as u32;
        let name = format!("{short_name} {}", country.legal_form);
        Firm { index, short_name, name, domain, industry, address, n_employees }
    }

    fn begin(&self, index: u32) -> (Chance, (&'static Country, &'static str, &'static str)) {
        let mut chance = Chance::new(self.seed, Purpose::Person, u64::from(index));
        let country = Country::draw(&mut chance);
        let (given, family) = names::draw(&mut chance, &country.tongue_weights);
        (chance, (country, given, family))
    }

    /// Some firms have many buyers and most have few.
    fn firm_of(&self, chance: &mut Chance) -> u32 {
        (f64::from(self.n_firms) * chance.uniform().powf(1.4)) as u32
    }
}

fn natural_address(
    chance: &mut Chance,
    (_, given, family): (&'static Country, &'static str, &'static str),
    firm: Option<&Firm>,
) -> (String, String) {
    let (given, family) = (names::ascii(given), names::ascii(family));
    let style = chance.uniform();
    let year = 50 + chance.below(50);
    let provider = chance.pick(PROVIDERS);
    if let Some(firm) = firm {
        return (format!("{given}.{family}"), firm.domain.clone());
    }
    let mailbox = match style {
        s if s < 0.5 => format!("{given}.{family}"),
        s if s < 0.7 => format!("{given}.{family}{year}"),
        s if s < 0.85 => format!("{family}.{given}"),
        s if s < 0.93 => format!("{given}{family}"),
        _ => format!("{given}{year}"),
    };
    (mailbox, provider.to_owned())
}

fn draw_birthday(chance: &mut Chance, today: Date) -> Date {
    let age = (19.0 + chance.gamma(4.0, 0.14)).min(90.0 + 5.0 * chance.uniform());
    today.saturating_sub(((age * 365.25) as i64).days())
}
