//! How names are taken apart and written, tried on names from many countries.

use super::*;

fn parts(text: &str) -> (String, String, String, String) {
    let name = parse(text).unwrap_or_else(|problem| panic!("{problem}"));
    (name.title, name.given, name.family, name.suffix)
}

#[test]
fn names_are_parted_as_people_write_them() {
    for (text, title, given, family, suffix) in [
        ("Ada Lovelace", "", "Ada", "Lovelace", ""),
        ("  ada   LOVELACE ", "", "ada", "LOVELACE", ""),
        ("ADA LOVELACE", "", "Ada", "Lovelace", ""),
        ("lovelace, ada", "", "Ada", "Lovelace", ""),
        ("García Márquez, Gabriel", "", "Gabriel", "García Márquez", ""),
        ("Dr. Anna van der Berg", "Dr.", "Anna", "van der Berg", ""),
        ("Prof. Dr. Hans Müller", "Prof. Dr.", "Hans", "Müller", ""),
        ("Dipl.-Ing. Eva Klein", "Dipl.-Ing.", "Eva", "Klein", ""),
        ("Herr von Goethe, Johann Wolfgang", "Herr", "Johann Wolfgang", "von Goethe", ""),
        ("LUDWIG VAN BEETHOVEN", "", "Ludwig", "van Beethoven", ""),
        ("Ludwig Van Beethoven", "", "Ludwig", "Van Beethoven", ""),
        ("Van Morrison", "", "Van", "Morrison", ""),
        ("Martin Luther King Jr.", "", "Martin Luther", "King", "Jr."),
        ("King, Martin Luther, Jr.", "", "Martin Luther", "King", "Jr."),
        ("John Smith, PhD", "", "John", "Smith", "PhD"),
        ("Jack Ma", "", "Jack", "Ma", ""),
        ("Yo-Yo Ma", "", "Yo-Yo", "Ma", ""),
        ("Smith, Dr. Jane", "Dr.", "Jane", "Smith", ""),
        ("Madonna", "", "Madonna", "", ""),
        ("MCDONALD, OLD", "", "Old", "McDonald", ""),
        ("王小明", "", "王小明", "", ""),
    ] {
        let wanted = [title, given, family, suffix].map(str::to_owned);
        assert_eq!(parts(text), wanted.into(), "{text}");
    }
}

#[test]
fn two_columns_keep_two_family_names_together() {
    let name = from_parts("GABRIEL", "GARCÍA MÁRQUEZ").unwrap();
    assert_eq!(name.to_string(), "Gabriel García Márquez");
    assert_eq!(name.sort_key(), "garcia marquez gabriel");
    assert_eq!(from_parts("Anna Maria", "").unwrap().given, "Anna Maria");
    assert_eq!(from_parts("", "de vries").unwrap().family, "de Vries");
    assert_eq!(from_parts(" ", ""), Err(Problem::Empty));
}

#[test]
fn the_listed_form_loses_nothing() {
    for text in [
        "García Márquez, Gabriel",
        "Dr. Anna van der Berg",
        "King, Martin Luther, Jr.",
        "Madonna",
        "Ada Lovelace",
    ] {
        let name = parse(text).unwrap();
        assert_eq!(parse(&name.listed()), Ok(name), "{text}");
    }
}

#[test]
fn what_is_no_name_is_refused_with_the_value() {
    assert_eq!(parse("12345").unwrap_err().to_string(), "“12345” is not a name: it has no letter");
    assert_eq!(parse("a@b.org").unwrap_err().to_string(), "“a@b.org” is an e-mail address, not a name");
    assert_eq!(parse(" ").unwrap_err().to_string(), "the name is empty");
}

/// Names of the public record-linkage set, all in small letters: every one is accepted, becomes proper and is stable.
#[test]
fn every_name_of_the_febrl_persons_is_accepted_and_stable() {
    let shared = std::env::var("RONDEL_SHARED").unwrap_or_else(|_| "../../../shared".into());
    let path = std::path::PathBuf::from(shared).join("data/febrl/dataset2.csv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return;
    };
    let mut n_names = 0;
    for line in text.lines().skip(1) {
        let columns: Vec<&str> = line.split(',').map(str::trim).collect();
        if columns[1].is_empty() && columns[2].is_empty() {
            continue;
        }
        let name = from_parts(columns[1], columns[2]).unwrap_or_else(|problem| panic!("{problem}"));
        assert_eq!(from_parts(&name.given, &name.family).as_ref(), Ok(&name));
        n_names += 1;
    }
    assert!(n_names > 4_900, "{n_names}");
}
