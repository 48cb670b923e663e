//! What a message says: subject, HTML and text, compiled once and rendered for each recipient.
//!
//! A template shows, chooses and repeats: `{{ person.given_name | default("there") }}`, `{% if %}`, `{% for %}`. It cannot
//! include files, call functions, define macros or build lists, and it runs on a measure of fuel that pays for its steps and for the
//! bytes that it makes, so that no template eats the time or the memory of the machine. MJML becomes HTML once, before
//! anything personal is in it.

use std::collections::BTreeSet;

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use crate::links::{self, Link};
use crate::plain_text;

mod allowed;
mod fault;
mod filters;
pub(crate) mod marks;
mod mjml;

pub use fault::Fault;

/// **Units**: steps of the template engine, or 64 bytes made by it, for one part of one message.
const FUEL: u64 = 50_000;
/// **Units**: levels of blocks inside blocks.
const DEPTH: usize = 50;
/// **Units**: bytes of a template as it is written.
pub const MAX_SOURCE: usize = 500_000;
/// **Units**: bytes of a rendered part.
pub const MAX_RENDERED: usize = 1_000_000;

const SUBJECT: &str = "subject";
const HTML: &str = "body.html";
const TEXT: &str = "body.txt";

/// What somebody wrote.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    pub subject: &'a str,
    pub body: Body<'a>,
    /// The text for those who read no HTML; made from the HTML where it is missing.
    pub text: Option<&'a str>,
}

/// In which form the body was written.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    Mjml(&'a str),
    Html(&'a str),
    /// No HTML at all.
    Text(&'a str),
}

/// A template that can be rendered for any number of recipients, on any number of threads.
pub struct Template {
    environment: Environment<'static>,
    sources: Vec<marks::Restored>,
    links: Vec<Link>,
    remarks: Vec<Fault>,
}

/// What one recipient gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub html: Option<String>,
    pub text: String,
}

impl Template {
    /// Compiles subject, HTML and text.
    ///
    /// Where `links` says so, an address of the web in an `<a>` is tagged and led through `{{ track }}/N`, N being its
    /// place in [`Template::links`]; the values to be rendered then need `track`.
    ///
    /// **Errors**: every mistake that can be seen without a recipient, with line and column of what was written.
    pub fn compile(source: &Source<'_>, links: &links::Rules) -> Result<Self, Vec<Fault>> {
        let subject = marks::mark(SUBJECT, source.subject)?;
        let mut parts = vec![(SUBJECT, marks::restore(&subject.text, &subject), source.subject.to_owned())];
        let mut found = links::Found::default();
        let mut remarks = Vec::new();
        let mut derived = None;
        match source.body {
            Body::Text(text) => derived = Some((marks::mark(TEXT, text)?, text)),
            Body::Html(written) | Body::Mjml(written) => {
                let mut marked = marks::mark(HTML, written)?;
                let html = match source.body {
                    Body::Mjml(_) => {
                        mjml::to_html(written, &marked, &mut remarks).map_err(|fault| vec![fault])?
                    }
                    _ => marked.text.clone(),
                };
                found = links::rewrite(&html, links, &mut |expression| marked.add(expression));
                parts.push((HTML, marks::restore(&found.html, &marked), written.to_owned()));
                if source.text.is_none() {
                    marked.text = plain_text::from_html(&found.html);
                    derived = Some((marked, written));
                }
            }
        }
        if let Some(text) = source.text {
            derived = Some((marks::mark(TEXT, text)?, text));
        }
        let (text, written) = derived.expect("a body is text or has text made from it");
        parts.push((TEXT, marks::restore(&text.text, &text), written.to_owned()));
        Self::assemble(parts, found.links, remarks)
    }

    fn assemble(
        parts: Vec<(&'static str, marks::Restored, String)>,
        links: Vec<Link>,
        remarks: Vec<Fault>,
    ) -> Result<Self, Vec<Fault>> {
        let mut environment = sandbox();
        let mut sources = Vec::new();
        let mut faults = Vec::new();
        for (name, mut restored, written) in parts {
            restored.part = name;
            restored.written = written;
            if let Err(error) = environment.add_template_owned(name, restored.source.clone()) {
                faults.push(fault::of_error(&error, &restored));
            }
            sources.push(restored);
        }
        // The text that was made from HTML repeats the mistakes of the HTML at the same places.
        faults.dedup_by(|a, b| (a.line, a.column, &a.message) == (b.line, b.column, &b.message));
        match faults.is_empty() {
            true => Ok(Self { environment, sources, links, remarks }),
            false => Err(faults),
        }
    }

    /// What one recipient gets. `values` is a map: `{"person": {"given_name": "Ada"}, "unsubscribe_url": "…"}`.
    ///
    /// **Shape**: a field that is known but empty is null; it needs a fallback where it is shown.
    ///
    /// **Errors**: what is missing for this recipient, or takes too long, with line and column.
    pub fn render<S: Serialize>(&self, values: &S) -> Result<Rendered, Fault> {
        let values = Value::from(Serde(values));
        let mut rendered = Rendered { subject: String::new(), html: None, text: String::new() };
        for restored in &self.sources {
            let template =
                self.environment.get_template(restored.part).expect("it was added when this was made");
            let output = template.render(&values).map_err(|error| fault::of_error(&error, restored))?;
            if output.len() > MAX_RENDERED {
                return Err(fault::too_large(restored.part));
            }
            match restored.part {
                SUBJECT => rendered.subject = one_line(&output),
                HTML => rendered.html = Some(output),
                _ => rendered.text = paragraphs(&output),
            }
        }
        if rendered.subject.is_empty() {
            return Err(fault::empty_subject());
        }
        Ok(rendered)
    }

    /// The values that are asked for, as they are written: `person.given_name`, `unsubscribe_url`.
    pub fn variables(&self) -> BTreeSet<String> {
        let templates = self.environment.templates();
        templates.flat_map(|(_, template)| template.undeclared_variables(true)).collect()
    }

    /// The links that are led through `{{ track }}/N`, in the order of N from 0.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// What was passed over: for example an attribute that MJML does not know.
    pub fn remarks(&self) -> &[Fault] {
        &self.remarks
    }

    /// The HTML with its marks, before anything personal is in it.
    pub fn html(&self) -> Option<&str> {
        self.sources.iter().find(|s| s.part == HTML).map(|s| s.source.as_str())
    }

    /// The text with its marks.
    pub fn text(&self) -> &str {
        self.sources.iter().find(|s| s.part == TEXT).map_or("", |s| s.source.as_str())
    }
}

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Template({} parts, {} links)", self.sources.len(), self.links.len())
    }
}

fn sandbox() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEPTH);
    environment.set_debug(true);
    environment.set_auto_escape_callback(|name| match name {
        HTML => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    environment.set_formatter(filters::show);
    filters::add(&mut environment);
    environment
}

/// Line breaks and other control characters of a value become spaces: a subject is one line.
fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lines that hold only a mark leave empty lines behind: at most one stays, and the last line is ended.
fn paragraphs(text: &str) -> String {
    let mut kept = String::with_capacity(text.len() + 1);
    let mut n_empty = 0;
    for line in text.trim_end().lines() {
        n_empty = if line.trim().is_empty() { n_empty + 1 } else { 0 };
        if n_empty <= 1 {
            kept.push_str(line.trim_end());
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests;
