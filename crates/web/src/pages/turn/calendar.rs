//! The agenda of a turn as a calendar file, so that each meeting reminds by itself.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use cycle::plan::turns;
use cycle::turn::agenda::Dated;
use cycle::turn::overview;

use crate::current::Current;
use crate::error::Result;
use crate::state::App;

pub(crate) async fn calendar(State(app): State<App>, _: Current, Path(id): Path<String>) -> Result {
    let found = app.store.scan(move |s| {
        let turn = turns::get(s, &id)?;
        overview::of_turn(s, turn)
    });
    let whole = found.await?;
    let stamp = platform::clock::in_words(app.store.now()).replace(['-', ':'], "");
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_string(),
        "VERSION:2.0".to_string(),
        "PRODID:-//Rondel//Turn//EN".to_string(),
    ];
    for dated in &whole.agenda {
        lines.extend(event(&whole.turn.id, &whole.turn.name, dated, &stamp));
    }
    lines.push("END:VCALENDAR".to_string());
    let body: String = lines.iter().map(|line| folded(line)).collect();
    let name = "attachment; filename=\"agenda.ics\"";
    let headers =
        [(header::CONTENT_TYPE, "text/calendar; charset=utf-8"), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, body).into_response())
}

/// A whole day, with a reminder on the day before.
fn event(turn_id: &str, turn: &str, dated: &Dated, stamp: &str) -> Vec<String> {
    let day = |day: cycle::calendar::Day| day.to_string().replace('-', "");
    let points: Vec<&str> = dated.points.iter().map(|point| point.words.as_str()).collect();
    vec![
        "BEGIN:VEVENT".to_string(),
        format!("UID:{turn_id}-{}@rondel", dated.meeting.name()),
        format!("DTSTAMP:{stamp}"),
        format!("DTSTART;VALUE=DATE:{}", day(dated.on)),
        format!("DTEND;VALUE=DATE:{}", day(dated.on.next())),
        format!("SUMMARY:{}", escaped(&format!("{turn}: {}", dated.meeting.label()))),
        format!("DESCRIPTION:{}", escaped(&points.join("\n"))),
        "BEGIN:VALARM".to_string(),
        "ACTION:DISPLAY".to_string(),
        format!("DESCRIPTION:{}", escaped(dated.meeting.label())),
        "TRIGGER:-P1D".to_string(),
        "END:VALARM".to_string(),
        "END:VEVENT".to_string(),
    ]
}

/// Text of RFC 5545, section 3.3.11.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,");
    text.replace("\r\n", "\\n").replace(['\n', '\r'], "\\n")
}

/// A line of at most 75 bytes, gone on with on the next after a space (RFC 5545, section 3.1).
fn folded(line: &str) -> String {
    let (mut out, mut n) = (String::with_capacity(line.len() + 2), 0);
    for letter in line.chars() {
        if n + letter.len_utf8() > 75 {
            out.push_str("\r\n ");
            n = 1;
        }
        n += letter.len_utf8();
        out.push(letter);
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_folded_and_no_text_breaks_out_of_it() {
        let line = folded(&format!("SUMMARY:{}", escaped(&format!("ä{}\nEND:VEVENT", "x".repeat(90)))));
        assert!(line.lines().all(|part| part.len() <= 75), "{line}");
        assert!(!line.contains("\nEND"), "{line}");
        assert_eq!(line.replace("\r\n ", "").matches("\r\n").count(), 1);
    }
}
