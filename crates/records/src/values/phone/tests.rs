//! What counts as a telephone number, tried country by country.

use super::*;

fn at_home(text: &str, country: &str) -> Result<Phone, Problem> {
    parse(text, Country::from_alpha2(country))
}

fn e164(text: &str, country: &str) -> String {
    at_home(text, country).unwrap_or_else(|problem| panic!("{problem}")).e164().to_owned()
}

#[test]
fn numbers_typed_in_many_ways_meet_in_e164() {
    for (text, home, wanted) in [
        ("0171 1234567", "DE", "+491711234567"),
        ("+49 171 1234567", "US", "+491711234567"),
        ("0049 (0) 171 / 12345-67", "DE", "+491711234567"),
        ("+49 (0)30 12345678", "DE", "+493012345678"),
        ("49 171 1234567", "DE", "+491711234567"),
        ("011 49 171 1234567", "US", "+491711234567"),
        ("tel:+49-171-1234567", "US", "+491711234567"),
        ("(520) 878-2491", "US", "+15208782491"),
        ("1-520-878-2491", "US", "+15208782491"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+44 (0)20 7946 0958", "DE", "+442079460958"),
        ("02 36618300", "IT", "+390236618300"),
        ("+39 0236618300", "DE", "+390236618300"),
        ("+39 (0)2 36618300", "DE", "+390236618300"),
        ("8 800 555 35 35", "RU", "+78005553535"),
        ("070-123 45 67", "SE", "+46701234567"),
        ("0031 6 12345678", "DE", "+31612345678"),
        ("０３−１２３４−５６７８", "JP", "+81312345678"),
        ("+49\u{a0}171\u{202f}1234567", "DE", "+491711234567"),
        ("+353 1 234 5678", "GB", "+35312345678"),
        ("+49 0171 1234567", "DE", "+491711234567"),
        ("+800 1234 0000", "DE", "+80012340000"),
    ] {
        assert_eq!(e164(text, home), wanted, "{text} in {home}");
    }
}

#[test]
fn an_extension_is_kept_beside_the_number() {
    for (text, wanted) in [
        ("+44 20 7946 0958 ext. 12", "12"),
        ("+44 20 7946 0958 x12", "12"),
        ("+44 20 7946 0958 Durchwahl 12", "12"),
        ("+442079460958;ext=12", "12"),
        ("+44 20 7946 0958 #12", "12"),
        ("+44 20 7946 0958, extension: 12", "12"),
    ] {
        let phone = at_home(text, "DE").unwrap_or_else(|problem| panic!("{problem}"));
        assert_eq!((phone.e164(), phone.extension()), ("+442079460958", Some(wanted)), "{text}");
        assert_eq!(parse(&phone.to_string(), None).as_ref(), Ok(&phone));
        assert_eq!(phone.international(), "+44 20 7946 0958 ext. 12");
    }
}

#[test]
fn a_number_is_shown_as_at_home_and_as_from_abroad() {
    for (text, national, international, country) in [
        ("+491711234567", "0171 1234567", "+49 171 1234567", "DE"),
        ("+15208782491", "(520) 878-2491", "+1 520-878-2491", "US"),
        ("+390236618300", "02 3661 8300", "+39 02 3661 8300", "IT"),
        ("+33612345678", "06 12 34 56 78", "+33 6 12 34 56 78", "FR"),
        ("+16137827274", "(613) 782-7274", "+1 613-782-7274", "CA"),
    ] {
        let phone = parse(text, None).unwrap();
        assert_eq!(phone.national(), national);
        assert_eq!(phone.international(), international);
        assert_eq!(phone.country().map(Country::alpha2), Some(country));
    }
    assert_eq!(parse("+80012340000", None).unwrap().country(), None);
}

#[test]
fn a_refusal_names_the_value_and_the_fault() {
    for (text, home, sentence) in [
        ("", "DE", "the telephone number is empty"),
        ("call me", "DE", "“call me” is not a telephone number: 'c' does not belong in one"),
        ("1-800-FLOWERS", "US", "“1-800-FLOWERS” is not a telephone number: 'F' does not belong in one"),
        ("+999 1234567", "DE", "“+999 1234567” begins with a country code that no country has"),
        ("12", "DE", "“12” is too short for a telephone number"),
        ("555 1234", "FR", "“555 1234” is too short for a telephone number in France"),
        ("0612345678901", "FR", "“0612345678901” is too long for a telephone number in France"),
        ("0012345678901234567890", "FR", "“0012345678901234567890” is too long for a telephone number"),
    ] {
        assert_eq!(at_home(text, home).unwrap_err().to_string(), sentence);
    }
    assert!(matches!(parse("0171 1234567", None), Err(Problem::NoCountry { .. })));
}

/// The example numbers of the tables themselves: every country's own number is accepted at home and from abroad.
#[test]
fn every_countrys_example_number_is_accepted() {
    let mut wrong = Vec::new();
    for plan in DATABASE.iter() {
        let Some(country) = Country::from_alpha2(plan.id()) else { continue };
        for example in [plan.descriptors().fixed_line(), plan.descriptors().mobile()]
            .into_iter()
            .flatten()
            .filter_map(|kind| kind.example())
        {
            let wanted = format!("+{}{example}", plan.country_code());
            for (text, home) in [(wanted.clone(), None), (example.to_owned(), Some(country))] {
                let found = parse(&text, home);
                if found.as_ref().map(Phone::e164) != Ok(wanted.as_str()) {
                    wrong.push(format!("{} {text}: {found:?}", plan.id()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
