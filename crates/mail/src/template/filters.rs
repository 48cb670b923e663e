//! What a template may do with a value: a few filters and tests, each with an end.

use std::fmt::Write;

use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State};

/// **Units**: characters of a value that a filter works on.
const MAX_SHOWN: usize = 20_000;

pub(super) fn add(environment: &mut Environment<'static>) {
    environment.add_filter("default", default);
    environment.add_filter("d", default);
    environment.add_filter("upper", |text: &Value| words(text).map(|t| t.to_uppercase()));
    environment.add_filter("lower", |text: &Value| words(text).map(|t| t.to_lowercase()));
    environment.add_filter("capitalize", |text: &Value| words(text).map(|t| capitalized(&t.to_lowercase())));
    environment.add_filter("title", |text: &Value| words(text).map(|t| titled(&t)));
    environment.add_filter("trim", |text: &Value| words(text).map(|t| t.trim().to_owned()));
    environment.add_filter("truncate", truncate);
    environment.add_filter("length", minijinja::filters::length);
    environment.add_filter("first", minijinja::filters::first);
    environment.add_filter("last", minijinja::filters::last);
    environment.add_filter("join", join);
    environment.add_test("defined", |value: &Value| !value.is_undefined() && !value.is_none());
    environment.add_test("undefined", |value: &Value| value.is_undefined() || value.is_none());
    environment.add_test("none", |value: &Value| value.is_undefined() || value.is_none());
}

/// Writes a value into its part: escaped in HTML, without control characters everywhere.
pub(super) fn show(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => {
            return Err(Error::new(ErrorKind::UndefinedError, "a value is missing"));
        }
        ValueKind::Bool | ValueKind::Number | ValueKind::String => {}
        _ => return Err(Error::new(ErrorKind::NonPrimitive, "a list or a group cannot be shown")),
    }
    let shown;
    let text = match value.as_str() {
        Some(text) => text,
        None => {
            shown = value.to_string();
            &shown
        }
    };
    let html = matches!(state.auto_escape(), AutoEscape::Html);
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.write_char(c)?,
            c if c.is_control() => {}
            '&' if html => out.write_str("&amp;")?,
            '<' if html => out.write_str("&lt;")?,
            '>' if html => out.write_str("&gt;")?,
            '"' if html => out.write_str("&quot;")?,
            '\'' if html => out.write_str("&#39;")?,
            c => out.write_char(c)?,
        }
    }
    Ok(())
}

/// What takes the place of a value that is missing, null or blank.
fn default(value: &Value, fallback: &Value) -> Value {
    let blank = value.as_str().is_some_and(|text| text.trim().is_empty());
    if value.is_undefined() || value.is_none() || blank { fallback.clone() } else { value.clone() }
}

fn words(value: &Value) -> Result<String, Error> {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => {
            Err(Error::new(ErrorKind::UndefinedError, "a value is missing"))
        }
        ValueKind::Bool | ValueKind::Number | ValueKind::String => {
            Ok(value.to_string().chars().take(MAX_SHOWN).collect())
        }
        _ => Err(Error::new(ErrorKind::NonPrimitive, "a list or a group is not a text")),
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn titled(text: &str) -> String {
    text.split(' ').map(|word| capitalized(&word.to_lowercase())).collect::<Vec<_>>().join(" ")
}

fn truncate(value: &Value, length: usize) -> Result<String, Error> {
    let text = words(value)?;
    if text.chars().count() <= length {
        return Ok(text);
    }
    let cut: String = text.chars().take(length.saturating_sub(1)).collect();
    Ok(format!("{}…", cut.trim_end()))
}

fn join(values: &Value, between: Option<String>) -> Result<String, Error> {
    let between = between.unwrap_or_else(|| ", ".to_owned());
    let mut joined = String::new();
    for (n, value) in values.try_iter()?.enumerate() {
        if n > 0 {
            joined.push_str(&between);
        }
        joined.push_str(&words(&value)?);
        if joined.len() > MAX_SHOWN {
            return Err(Error::new(ErrorKind::InvalidOperation, "the list is too long to be joined"));
        }
    }
    Ok(joined)
}
