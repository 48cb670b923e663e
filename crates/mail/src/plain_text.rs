//! Plain text out of the HTML of a message, for those who read no HTML and for the filters that distrust mail without it.
//!
//! It keeps what a reader would see: paragraphs, lists, where links lead, what pictures say. It does not draw tables.

use crate::links::{attribute, end_of_element};

/// Elements that begin and end on a line of their own, with an empty line around them or without.
const PARAGRAPHS: [&str; 11] = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "table"];
const LINES: [&str; 12] =
    ["div", "tr", "li", "section", "article", "header", "footer", "center", "dt", "dd", "pre", "tbody"];
/// Elements whose content nobody sees.
const UNSEEN: [&str; 6] = ["head", "style", "script", "title", "noscript", "template"];
/// Elements without an end.
const ALONE: [&str; 9] = ["br", "img", "hr", "meta", "link", "input", "col", "wbr", "area"];

/// The text of HTML.
pub fn from_html(html: &str) -> String {
    let mut page = Page::default();
    let mut at = 0;
    while at < html.len() {
        let next = html[at..].find('<').map_or(html.len(), |n| at + n);
        page.words(&decoded(&html[at..next]));
        if next == html.len() {
            break;
        }
        let rest = &html[next..];
        if rest.starts_with("<!--") {
            at = rest.find("-->").map_or(html.len(), |n| next + n + 3);
        } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!' || c == '?')
        {
            let end = end_of_element(html.as_bytes(), next);
            page.element(&html[next..end]);
            at = end;
        } else {
            page.words("<");
            at = next + 1;
        }
    }
    page.finish()
}

/// Text with its entities replaced by what they mean.
pub fn decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|b| b == b';');
        match end.and_then(|end| meaning(&rest[1..end]).map(|c| (c, end))) {
            Some((c, end)) => {
                decoded.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

fn meaning(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace());
    }
    const NAMED: [(&str, char); 34] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", '\u{a0}'),
        ("copy", '©'),
        ("reg", '®'),
        ("trade", '™'),
        ("euro", '€'),
        ("pound", '£'),
        ("hellip", '…'),
        ("mdash", '—'),
        ("ndash", '–'),
        ("lsquo", '‘'),
        ("rsquo", '’'),
        ("ldquo", '“'),
        ("rdquo", '”'),
        ("laquo", '«'),
        ("raquo", '»'),
        ("bull", '•'),
        ("middot", '·'),
        ("times", '×'),
        ("deg", '°'),
        ("auml", 'ä'),
        ("ouml", 'ö'),
        ("uuml", 'ü'),
        ("Auml", 'Ä'),
        ("Ouml", 'Ö'),
        ("Uuml", 'Ü'),
        ("szlig", 'ß'),
        ("eacute", 'é'),
        ("zwnj", '\u{200c}'),
        ("shy", '\u{ad}'),
    ];
    NAMED.iter().find(|(known, _)| *known == name).map(|(_, c)| *c)
}

#[derive(Default)]
struct Page {
    text: String,
    /// Empty lines that the next word wants before it: 0 none, 1 a new line, 2 a paragraph.
    wanted: usize,
    space: bool,
    /// The element that hides what follows, and how deep it stands in elements of its own name.
    hidden: Option<(String, usize)>,
    /// Where the words of an open link begin, and where it leads.
    link: Option<(usize, String)>,
}

impl Page {
    fn words(&mut self, text: &str) {
        if self.hidden.is_some() {
            return;
        }
        for c in text.chars() {
            match c {
                '\u{200b}'..='\u{200d}' | '\u{ad}' | '\u{feff}' | '\u{34f}' => {}
                c if c.is_whitespace() => self.space = true,
                c => {
                    self.before_word();
                    self.text.push(c);
                }
            }
        }
    }

    fn before_word(&mut self) {
        if self.wanted > 0 && !self.text.is_empty() {
            let trimmed = self.text.trim_end_matches(' ').len();
            self.text.truncate(trimmed);
            let there = self.text.len() - self.text.trim_end_matches('\n').len();
            self.text.push_str(&"\n".repeat(self.wanted.saturating_sub(there)));
        } else if self.space && !self.text.is_empty() && !self.text.ends_with(['\n', ' ']) {
            self.text.push(' ');
        }
        self.wanted = 0;
        self.space = false;
    }

    fn element(&mut self, element: &str) {
        let inner = element[1..].trim_start_matches('/');
        let name =
            inner.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("").to_ascii_lowercase();
        let closes = element.starts_with("</");
        if self.still_hidden(&name, closes) {
            return;
        }
        let alone = ALONE.contains(&name.as_str()) || element.ends_with("/>");
        if !closes && !alone && (UNSEEN.contains(&name.as_str()) || is_hidden(element)) {
            self.hidden = Some((name, 1));
            return;
        }
        match name.as_str() {
            "br" => self.wanted = (self.wanted + 1).min(2),
            "hr" => {
                self.wanted = 2;
                self.before_word();
                self.text.push_str("---");
                self.wanted = 2;
            }
            "img" => self.words(&value(element, "alt")),
            "td" | "th" => self.space = true,
            "a" if closes => self.end_of_link(),
            "a" => self.link = Some((self.text.len(), value(element, "href"))),
            "li" if !closes => {
                self.wanted = self.wanted.max(1);
                self.before_word();
                self.text.push_str("- ");
            }
            name if PARAGRAPHS.contains(&name) => self.wanted = 2,
            name if LINES.contains(&name) => self.wanted = self.wanted.max(1),
            _ => {}
        }
    }

    fn still_hidden(&mut self, name: &str, closes: bool) -> bool {
        let Some((hidden, depth)) = &mut self.hidden else { return false };
        if name == hidden {
            *depth = if closes { *depth - 1 } else { *depth + 1 };
            if *depth == 0 {
                self.hidden = None;
            }
        }
        true
    }

    fn end_of_link(&mut self) {
        let Some((start, url)) = self.link.take() else { return };
        if url.is_empty() || url.starts_with('#') {
            return;
        }
        let shown = self.text.get(start..).unwrap_or("").trim();
        let said = url.strip_prefix("mailto:").unwrap_or(&url);
        if shown.is_empty() || shown == said {
            if shown.is_empty() {
                self.words(&url);
            }
            return;
        }
        self.text.push_str(&format!(" ({said})"));
    }

    fn finish(self) -> String {
        let mut text = self.text.trim().to_owned();
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }
}

fn is_hidden(element: &str) -> bool {
    let style = value(element, "style").to_ascii_lowercase().replace(' ', "");
    style.contains("display:none") || style.contains("visibility:hidden")
}

fn value(element: &str, name: &str) -> String {
    attribute(element, name).map_or_else(String::new, |(from, until)| decoded(&element[from..until]))
}

#[cfg(test)]
mod tests;
