//! The marks of a template, `{{ … }}`, `{% … %}` and `{# … #}`: found, and set aside while HTML is worked on.
//!
//! What they mean is the engine's matter, apart from the little that [`allowed`] refuses.

use super::{Fault, allowed};

/// Stand around the number of a mark while it is set aside: letters, which every writer of HTML leaves as they are.
const OPEN: &str = "qzMARKz";
const CLOSE: &str = "zMARKq";

/// **Units**: marks of one part.
const MAX_MARKS: usize = 5_000;

/// A text whose marks are set aside.
#[derive(Clone, Debug)]
pub(crate) struct Marked {
    /// The text with `OPEN N CLOSE` for each mark.
    pub(crate) text: String,
    marks: Vec<Mark>,
    /// Where stretches of `text` begin, and where they stood in what was written.
    stretches: Vec<(usize, usize)>,
}

#[derive(Clone, Debug)]
struct Mark {
    text: String,
    /// **Units**: bytes from the start of what was written.
    origin: usize,
}

/// A text with its marks back in place, which the engine takes, and where they came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Restored {
    pub(crate) part: &'static str,
    pub(crate) source: String,
    pub(crate) written: String,
    /// Start in `source`, length, and start in what was written.
    places: Vec<(usize, usize, usize)>,
}

/// A mark of a [`Restored`].
pub(crate) struct Tag<'a> {
    pub(crate) text: &'a str,
    pub(crate) start: usize,
    pub(crate) origin: usize,
}

impl Marked {
    /// Sets aside a mark that nobody wrote, and gives what stands for it.
    pub(crate) fn add(&mut self, expression: &str) -> String {
        let origin = self.stretches.last().map_or(0, |(_, origin)| *origin);
        self.marks.push(Mark { text: expression.to_owned(), origin });
        format!("{OPEN}{}{CLOSE}", self.marks.len() - 1)
    }

    /// The place in what was written that stands at this place of `text`.
    pub(crate) fn origin(&self, offset: usize) -> usize {
        let at = self.stretches.partition_point(|(start, _)| *start <= offset).saturating_sub(1);
        let (start, origin) = self.stretches.get(at).copied().unwrap_or_default();
        origin + offset.saturating_sub(start)
    }
}

impl Restored {
    pub(crate) fn tag_at(&self, offset: usize) -> Option<Tag<'_>> {
        // An error between two marks is told at the one before it, or at the first.
        let at = self.places.partition_point(|(start, _, _)| *start <= offset).saturating_sub(1);
        let (start, length, origin) = *self.places.get(at)?;
        Some(Tag { text: &self.source[start..start + length], start, origin })
    }

    pub(crate) fn start_of_line(&self, line: usize) -> usize {
        self.source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum()
    }
}

/// Whether a text holds a mark that is set aside.
pub(crate) fn holds_mark(text: &str) -> bool {
    text.contains(OPEN)
}

/// Finds the marks of a text, and sets them aside.
pub(crate) fn mark(template: &'static str, written: &str) -> Result<Marked, Vec<Fault>> {
    let fault = |offset: usize, message: String| Fault::at(template, written, offset, message);
    if written.len() > super::MAX_SOURCE {
        let message = format!("this is larger than {} kB", super::MAX_SOURCE / 1000);
        return Err(vec![Fault::without_place(template, message)]);
    }
    if let Some(at) = written.find('\0').or_else(|| written.find(OPEN)).or_else(|| written.find(CLOSE)) {
        return Err(vec![fault(at, "this cannot stand in a message; take it out".to_owned())]);
    }
    let mut marked =
        Marked { text: String::with_capacity(written.len()), marks: Vec::new(), stretches: Vec::new() };
    let mut at = 0;
    while let Some((start, kind)) = next_mark(written, at) {
        let Some(end) = end_of_mark(written, start, kind) else {
            return Err(vec![fault(
                start,
                format!("this {{{} is never closed by {}", kind.sign(), kind.end()),
            )]);
        };
        marked.stretches.push((marked.text.len(), at));
        marked.text.push_str(&written[at..start]);
        let inner = if kind == Kind::Remark { "" } else { &written[start + 2..end - 2] };
        allowed::check(inner).map_err(|(within, message)| vec![fault(start + 2 + within, message)])?;
        marked.stretches.push((marked.text.len(), start));
        let held = format!("{OPEN}{}{CLOSE}", marked.marks.len());
        marked.text.push_str(&held);
        marked.marks.push(Mark { text: written[start..end].to_owned(), origin: start });
        at = end;
        if marked.marks.len() > MAX_MARKS {
            return Err(vec![fault(start, format!("more than {MAX_MARKS} marks in one message"))]);
        }
    }
    marked.stretches.push((marked.text.len(), at));
    marked.text.push_str(&written[at..]);
    Ok(marked)
}

/// Puts the marks back in place.
pub(crate) fn restore(text: &str, marked: &Marked) -> Restored {
    let mut restored = Restored { source: String::with_capacity(text.len() * 2), ..Restored::default() };
    let mut rest = text;
    while let Some(start) = rest.find(OPEN) {
        restored.source.push_str(&rest[..start]);
        rest = &rest[start + OPEN.len()..];
        let end = rest.find(CLOSE).unwrap_or(rest.len());
        if let Some(mark) = rest[..end].parse::<usize>().ok().and_then(|n| marked.marks.get(n)) {
            restored.places.push((restored.source.len(), mark.text.len(), mark.origin));
            restored.source.push_str(&mark.text);
        }
        rest = rest.get(end + CLOSE.len()..).unwrap_or("");
    }
    restored.source.push_str(rest);
    restored
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Value,
    Statement,
    Remark,
}

impl Kind {
    fn sign(self) -> char {
        match self {
            Kind::Value => '{',
            Kind::Statement => '%',
            Kind::Remark => '#',
        }
    }

    fn end(self) -> &'static str {
        match self {
            Kind::Value => "}}",
            Kind::Statement => "%}",
            Kind::Remark => "#}",
        }
    }
}

fn next_mark(text: &str, from: usize) -> Option<(usize, Kind)> {
    let mut at = from;
    while let Some(found) = text[at..].find('{') {
        let start = at + found;
        match text.as_bytes().get(start + 1) {
            Some(b'{') => return Some((start, Kind::Value)),
            Some(b'%') => return Some((start, Kind::Statement)),
            Some(b'#') => return Some((start, Kind::Remark)),
            _ => at = start + 1,
        }
    }
    None
}

/// Where the mark ends; an end inside quotes is none.
fn end_of_mark(text: &str, start: usize, kind: Kind) -> Option<usize> {
    let bytes = text.as_bytes();
    let end = kind.end().as_bytes();
    let mut quote = None;
    let mut at = start + 2;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, byte @ (b'"' | b'\'')) if kind != Kind::Remark => quote = Some(byte),
            (None, _) if bytes[at..].starts_with(end) => return Some(at + 2),
            (None, _) => {}
        }
        at += 1;
    }
    None
}

/// A text without what stands for marks.
pub(crate) fn without_marks(text: &str) -> String {
    restore(text, &Marked { text: String::new(), marks: Vec::new(), stretches: Vec::new() }).source
}
