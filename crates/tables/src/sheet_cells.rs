//! The text of a spreadsheet cell: shortest numbers, ISO dates, and nothing made up for errors.

use calamine::{DataRef, ExcelDateTime};

/// Days from 1900-01-01 to the first day after 9999-12-31, the last that a spreadsheet knows.
const END_OF_DATES: f64 = 2_958_466.0;

/// The text of a cell and, where something was noticed, a note about it.
pub(crate) fn text_of(value: &DataRef<'_>) -> (String, Option<String>) {
    match value {
        DataRef::Int(number) => (number.to_string(), None),
        DataRef::Float(number) => (number_text(*number), None),
        DataRef::String(text) => (text.clone(), None),
        DataRef::SharedString(text) => ((*text).to_owned(), None),
        DataRef::Bool(truth) => (truth.to_string(), None),
        DataRef::DateTime(moment) => date_text(moment),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => (text.clone(), None),
        DataRef::Error(error) => {
            (String::new(), Some(format!("the formula error {error} is taken as empty")))
        }
        DataRef::Empty => (String::new(), None),
    }
}

/// A number with the 15 digits that spreadsheets show, so that 0.1 + 0.2 is 0.3; whole numbers keep all digits.
pub(crate) fn number_text(number: f64) -> String {
    const WHOLE_AND_EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < WHOLE_AND_EXACT {
        return format!("{}", number as i64);
    }
    let shown: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    format!("{shown}")
}

fn date_text(moment: &ExcelDateTime) -> (String, Option<String>) {
    let serial = moment.as_f64();
    if moment.is_duration() {
        let seconds = (serial * 86_400.0).round() as i64;
        let (sign, seconds) = if seconds < 0 { ("-", -seconds) } else { ("", seconds) };
        let text = format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        return (text, None);
    }
    if !(0.0..END_OF_DATES).contains(&serial) {
        let note = "the cell is styled as a date but its number is none; the number is kept";
        return (number_text(serial), Some(note.to_owned()));
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    let time = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    if serial < 1.0 {
        (time, None)
    } else if time == "00:00:00" {
        (format!("{year:04}-{month:02}-{day:02}"), None)
    } else {
        (format!("{year:04}-{month:02}-{day:02} {time}"), None)
    }
}
