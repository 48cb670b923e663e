//! Names of months, weekdays and small words around dates in English, German, French, Spanish, Italian and Dutch.

/// Each line: the names of one month; a name may be cut after three letters or more, with or without a dot.
const MONTHS: [&[&str]; 12] = [
    &["january", "januar", "jänner", "janvier", "enero", "gennaio", "januari"],
    &["february", "februar", "feber", "février", "fevrier", "febrero", "febbraio", "februari"],
    &["march", "märz", "maerz", "mrz", "mars", "marzo", "maart", "mrt"],
    &["april", "avril", "abril", "aprile"],
    &["may", "mai", "mayo", "maggio", "mei"],
    &["june", "juni", "juin", "junio", "giugno"],
    &["july", "juli", "juillet", "julio", "luglio"],
    &["august", "août", "aout", "agosto", "augustus"],
    &["september", "septembre", "septiembre", "setiembre", "settembre", "sept"],
    &["october", "oktober", "octobre", "octubre", "ottobre"],
    &["november", "novembre", "noviembre"],
    &["december", "dezember", "décembre", "decembre", "diciembre", "dicembre"],
];

const WEEKDAYS: [&str; 42] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
    "lunedì",
    "martedì",
    "mercoledì",
    "giovedì",
    "venerdì",
    "sabato",
    "domenica",
    "maandag",
    "dinsdag",
    "woensdag",
    "donderdag",
    "vrijdag",
    "zaterdag",
    "zondag",
];

const FILLERS: [&str; 11] = ["of", "the", "de", "del", "den", "der", "le", "el", "il", "di", "at"];

/// The month of a name or its shortening; `None` too when a shortening could mean two months (`ju`).
pub(crate) fn month(word: &str) -> Option<i8> {
    let word = word.to_lowercase();
    if word.chars().count() < 3 {
        return None;
    }
    let is_shortened = |name: &&&str| name.starts_with(word.as_str());
    let mut found = (1i8..).zip(MONTHS).filter(|(_, names)| names.iter().any(|name| is_shortened(&name)));
    let (month, _) = found.next()?;
    match found.next() {
        None => Some(month),
        // “mar” is March, though “mars” and “marzo” are too; two different months are no answer.
        Some(_) => {
            (1i8..).zip(MONTHS).find(|(_, names)| names.contains(&word.as_str())).map(|(month, _)| month)
        }
    }
}

/// Weekdays (two letters or more) and small words say nothing that the date does not.
pub(crate) fn says_nothing(word: &str) -> bool {
    let word = word.to_lowercase();
    FILLERS.contains(&word.as_str())
        || (word.chars().count() >= 2 && WEEKDAYS.iter().any(|day| day.starts_with(word.as_str())))
}
