//! MJML to HTML, once for a campaign. Nothing is fetched: includes are refused and no font comes from elsewhere.

use std::collections::HashMap;

use mrml::prelude::parser::{Error, ParserOptions};
use mrml::prelude::render::RenderOptions;

use super::marks::Marked;
use super::{Fault, HTML};

/// **Units**: elements inside elements; each takes a piece of the stack.
const MAX_DEPTH: usize = 100;

pub(super) fn to_html(written: &str, marked: &Marked, remarks: &mut Vec<Fault>) -> Result<String, Fault> {
    let at = |offset: usize, message: String| Fault::at(HTML, written, marked.origin(offset), message);
    look_over(&marked.text).map_err(|(offset, message)| at(offset, message))?;
    let parsed = mrml::parse_with_options(&marked.text, &ParserOptions::default());
    let parsed = parsed.map_err(|error| explained(&error, written, marked))?;
    for warning in &parsed.warnings {
        remarks.push(at(warning.span.start, format!("passed over: {}", warning.kind)));
    }
    let options = RenderOptions { disable_comments: true, social_icon_origin: None, fonts: HashMap::new() };
    parsed
        .element
        .render(&options)
        .map_err(|error| Fault::without_place(HTML, format!("this MJML cannot be drawn: {error}")))
}

fn explained(error: &Error, written: &str, marked: &Marked) -> Fault {
    let at = |offset: usize, message: &str| Fault::at(HTML, written, marked.origin(offset), message);
    match error {
        Error::UnexpectedElement { position, .. } => {
            at(position.start, "this element has no place here in MJML")
        }
        Error::UnexpectedToken { position, .. } => at(position.start, "MJML expects something else here"),
        Error::MissingAttribute { name, position, .. } => {
            at(position.start, &format!("this element needs the attribute {name:?}"))
        }
        Error::InvalidAttribute { position, .. } => at(position.start, "this attribute is not of MJML"),
        Error::InvalidFormat { position, .. } => {
            at(position.start, "this value is not of the form that MJML takes")
        }
        Error::IncludeLoaderError { position, .. } => {
            at(position.start, "mj-include cannot be used: write what it would bring")
        }
        Error::EndOfStream { .. } => {
            at(marked.text.len(), "the MJML ends before all its elements are closed")
        }
        Error::ParserError { source, .. } => {
            let place = source.pos();
            let lines = marked.text.split_inclusive('\n').take((place.row as usize).saturating_sub(1));
            let offset = lines.map(str::len).sum::<usize>() + (place.col as usize).saturating_sub(1);
            at(
                marked.text.floor_char_boundary(offset),
                "this is not written as MJML: a quote, a bracket or a name is wrong",
            )
        }
        Error::NoRootNode => at(0, "MJML begins with <mjml>"),
        Error::SizeLimit { .. } => at(0, "this MJML is too large"),
    }
}

/// Elements of MJML; others of its prefix are spelled wrong.
const KNOWN: [&str; 34] = [
    "mjml",
    "mj-head",
    "mj-body",
    "mj-accordion",
    "mj-accordion-element",
    "mj-accordion-text",
    "mj-accordion-title",
    "mj-all",
    "mj-attributes",
    "mj-breakpoint",
    "mj-button",
    "mj-carousel",
    "mj-carousel-image",
    "mj-class",
    "mj-column",
    "mj-divider",
    "mj-font",
    "mj-group",
    "mj-hero",
    "mj-image",
    "mj-include",
    "mj-navbar",
    "mj-navbar-link",
    "mj-preview",
    "mj-raw",
    "mj-section",
    "mj-social",
    "mj-social-element",
    "mj-spacer",
    "mj-style",
    "mj-table",
    "mj-text",
    "mj-title",
    "mj-wrapper",
];

/// Looks over the elements before they are parsed: how deep they stand, and whether MJML knows them.
fn look_over(text: &str) -> Result<(), (usize, String)> {
    const ALONE: [&str; 8] = ["br", "img", "hr", "meta", "link", "input", "col", "wbr"];
    let mut depth = 0_usize;
    let mut at = 0;
    for piece in text.split('<') {
        let element = piece.split('>').next().unwrap_or("");
        let name = element.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or("");
        if at > 0 && element.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if at > 0 && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            if name.starts_with("mj-") && !KNOWN.contains(&name) {
                return Err((at - 1, format!("<{name}> is not an element of MJML")));
            }
            if !element.ends_with('/') && !ALONE.contains(&name) {
                depth += 1;
            }
        }
        if depth > MAX_DEPTH {
            return Err((at - 1, format!("more than {MAX_DEPTH} elements inside each other")));
        }
        at += piece.len() + 1;
    }
    Ok(())
}
