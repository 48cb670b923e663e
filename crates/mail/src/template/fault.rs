//! What is wrong with a template, where, and what to do: in the words and at the place of who wrote it.

use minijinja::{Error, ErrorKind};

use super::marks::Restored;

/// A mistake in a template, or a value that one recipient lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `subject`, `html` or `text`.
    pub part: &'static str,
    /// **Units**: lines of what was written, from 1.
    pub line: Option<usize>,
    /// **Units**: characters of the line, from 1.
    pub column: Option<usize>,
    /// The value that was missing: `person.given_name`.
    pub variable: Option<String>,
    pub message: String,
}

impl std::error::Error for Fault {}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => {
                write!(f, "{}, line {line}, column {column}: {}", self.part, self.message)
            }
            (Some(line), None) => write!(f, "{}, line {line}: {}", self.part, self.message),
            _ => write!(f, "{}: {}", self.part, self.message),
        }
    }
}

impl Fault {
    pub(super) fn at(
        template: &'static str,
        written: &str,
        offset: usize,
        message: impl Into<String>,
    ) -> Self {
        let before = &written[..written.floor_char_boundary(offset.min(written.len()))];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            part: part_of(template),
            line: Some(before.matches('\n').count() + 1),
            column: Some(before[line_start..].chars().count() + 1),
            variable: None,
            message: message.into(),
        }
    }

    pub(super) fn without_place(template: &'static str, message: impl Into<String>) -> Self {
        Self { part: part_of(template), line: None, column: None, variable: None, message: message.into() }
    }
}

pub(super) fn too_large(template: &'static str) -> Fault {
    Fault::without_place(template, format!("this becomes larger than {} kB", super::MAX_RENDERED / 1000))
}

pub(super) fn empty_subject() -> Fault {
    Fault::without_place(super::SUBJECT, "the subject is empty for this recipient")
}

/// The engine's error in words for the author.
pub(super) fn of_error(error: &Error, restored: &Restored) -> Fault {
    let offset = error
        .range()
        .map(|range| range.start)
        .or_else(|| error.line().map(|line| restored.start_of_line(line)));
    let tag = offset.and_then(|offset| restored.tag_at(offset));
    // The place of an error in `x | upper` is that of the filter; its value stands at the beginning.
    let of_filter = |start: usize| restored.source[..start].trim_end().ends_with('|');
    let shown =
        error.range().filter(|range| !of_filter(range.start)).and_then(|range| restored.source.get(range));
    let name =
        shown.and_then(leading_name).or_else(|| tag.as_ref().and_then(|tag| leading_name(inside(tag.text))));
    let mut variable = None;
    let message = match error.kind() {
        ErrorKind::UndefinedError | ErrorKind::NonPrimitive => {
            variable = name.map(str::to_owned);
            missing(name, error)
        }
        ErrorKind::OutOfFuel => format!("this repeats too often: one message may take {} steps", super::FUEL),
        _ => error.detail().map_or_else(|| error.kind().to_string(), str::to_owned),
    };
    match tag {
        Some(tag) => {
            let within = offset.map_or(0, |offset| offset.saturating_sub(tag.start));
            let mut fault = Fault::at(restored.part, &restored.written, tag.origin + within, message);
            fault.variable = variable;
            fault
        }
        None => Fault { variable, ..Fault::without_place(restored.part, message) },
    }
}

fn missing(name: Option<&str>, error: &Error) -> String {
    let Some(name) = name else {
        return error.detail().unwrap_or("a value is missing").to_owned();
    };
    match error.kind() {
        ErrorKind::NonPrimitive => {
            format!("{name} is a list or a group, not one value; name one of its fields, or repeat over it")
        }
        _ => format!(
            "{name} is not known for this recipient; check its spelling, or give a fallback: {{{{ {name} | default(\"…\") }}}}"
        ),
    }
}

/// `person.given_name` out of `person.given_name | upper`.
fn leading_name(expression: &str) -> Option<&str> {
    let expression = expression.trim_start();
    let end =
        expression.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(expression.len());
    let name = expression[..end].trim_end_matches('.');
    name.starts_with(|c: char| c.is_alphabetic() || c == '_').then_some(name)
}

/// What stands between the braces, without `if` and the like.
fn inside(tag: &str) -> &str {
    let inner = tag.trim_start_matches(['{', '%', '-']).trim_start();
    for word in ["if ", "elif "] {
        if let Some(rest) = inner.strip_prefix(word) {
            return rest;
        }
    }
    match inner.strip_prefix("for ").and_then(|rest| rest.split_once(" in ")) {
        Some((_, rest)) => rest,
        None => inner,
    }
}

fn part_of(template: &str) -> &'static str {
    match template {
        super::SUBJECT => "subject",
        super::HTML => "html",
        _ => "text",
    }
}
