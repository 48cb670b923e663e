//! Measure: what the actions changed, what that was worth, who may claim it, what to stop, and who foretells well.
//!
//! Every page is figures with their interval and their denominator in tables; each row leads to its looks, day by day, and
//! from there to the people.

mod calibration;
mod contributions;
mod credit;
mod goals;
mod overview;
mod results;
mod show;
mod stop;

pub(crate) use calibration::{maker, show as calibration};
pub(crate) use contributions::show as contributions;
pub(crate) use credit::show as credit;
pub(crate) use goals::show as goals;
pub(crate) use overview::{look_at_all, show as overview};
pub(crate) use results::index as results;
pub(crate) use show::{look, show};
pub(crate) use stop::show as stop;

use askama::Template;
use cycle::measure::effects::{Conclusion, Effect, Estimate, MoneyEffect};
use cycle::plan::metrics::{self, Metric, Unit};
use platform::Snapshot;

use crate::error::Result;
use crate::layout::Layout;
use crate::pages::experiments::values;
use crate::parts::{Moment, Pager, Stat, Tab, Tone};
use crate::respond;
use crate::wording::{Words, percent};

/// A page of tables.
#[derive(Template)]
#[template(path = "measure/page.html")]
struct Page {
    page: Layout,
    title: &'static str,
    /// What the page is about, in a sentence.
    about: String,
    /// What the newest turn counted and when, where the page does not count it anew.
    counted: Option<(&'static str, Moment)>,
    tabs: Vec<Tab>,
    stats: Vec<Stat>,
    sections: Vec<Section>,
    /// Offers to look at every experiment now.
    may_look: bool,
}

/// A table with its heading.
struct Section {
    /// An identifier of HTML.
    id: &'static str,
    title: &'static str,
    intro: String,
    heads: Vec<Head>,
    rows: Vec<Vec<Cell>>,
    /// What to say where there is no row.
    empty: &'static str,
    pager: Option<Pager>,
}

struct Head {
    label: String,
    numeric: bool,
}

/// One cell: words, perhaps a link, perhaps with a badge before them.
#[derive(Default)]
struct Cell {
    text: String,
    href: Option<String>,
    badge: Option<(&'static str, &'static str)>,
    numeric: bool,
    note: String,
}

fn heads(labels: &[&str], numeric_from: usize) -> Vec<Head> {
    let one = |(i, label): (usize, &&str)| Head { label: (*label).to_string(), numeric: i >= numeric_from };
    labels.iter().enumerate().map(one).collect()
}

fn text(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), ..Cell::default() }
}

fn number(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), numeric: true, ..Cell::default() }
}

fn link(text: impl Into<String>, href: impl Into<String>) -> Cell {
    Cell { text: text.into(), href: Some(href.into()), ..Cell::default() }
}

/// The tabs of the pages of Measure.
fn tabs(current: &str) -> Vec<Tab> {
    const PAGES: [(&str, &str); 7] = [
        ("Overview", "/measure"),
        ("Goals", "/measure/goals"),
        ("All results", "/measure/results"),
        ("Credit", "/measure/credit"),
        ("Departments", "/measure/contributions"),
        ("Stop doing", "/measure/stop"),
        ("Calibration", "/measure/calibration"),
    ];
    let tab = |(label, href): (&str, &str)| Tab {
        label: label.to_string(),
        href: href.to_string(),
        current: href == current,
        count: None,
    };
    PAGES.into_iter().map(tab).collect()
}

fn answer(page: Page) -> Result {
    respond::page(&page)
}

/// A conclusion as a badge: label and tone.
pub(crate) fn conclusion_badge(conclusion: Conclusion, is_final: bool) -> (&'static str, &'static str) {
    match (conclusion, is_final) {
        (Conclusion::Works, _) => ("Works", Tone::Good.class()),
        (Conclusion::Harms, _) => ("Harms", Tone::Bad.class()),
        (Conclusion::NoEffectShown, _) => ("No effect shown", Tone::Neutral.class()),
        (Conclusion::CannotTellYet, true) => ("Can’t tell", Tone::Warning.class()),
        (Conclusion::CannotTellYet, false) => ("Can’t tell yet", Tone::Neutral.class()),
    }
}

/// A value of a metric, or a difference of two, as it is printed.
pub(crate) fn figure(unit: Unit, value: f64, words: &Words) -> String {
    let plain = match unit {
        Unit::Money => words.money(value.round() as i64),
        Unit::Share if value.abs() < 0.1 => format!("{:.2} %", value * 100.0),
        Unit::Share => percent(value),
        Unit::Count | Unit::Days | Unit::Ratio => format!("{value:.3}"),
    };
    plain.replacen('-', "−", 1)
}

fn between(unit: Unit, low: f64, high: f64, words: &Words) -> String {
    format!("{} to {}", figure(unit, low, words), figure(unit, high, words))
}

/// What one customer did, as the pages of experiments say it: `12.1 of 100`, `€3.18`.
fn of_one(metric: &Metric, value: f64, words: &Words) -> String {
    values::in_words(value, metric, words.currency).replacen('-', "−", 1)
}

fn of_one_between(metric: &Metric, low: f64, high: f64, words: &Words) -> String {
    values::between(low, high, metric, words.currency)
}

fn always(metric: &Metric, found: Option<Estimate>, words: &Words) -> String {
    found
        .map_or("–".to_string(), |found| of_one_between(metric, found.always_low, found.always_high, words))
}

fn money(found: Option<MoneyEffect>, words: &Words) -> Cell {
    match found {
        None => number("–"),
        Some(found) => Cell {
            note: format!("{} to {}", words.money(found.low_minor), words.money(found.high_minor)),
            ..number(words.money(found.minor))
        },
    }
}

/// The metric of an effect.
fn metric_of(snapshot: &mut Snapshot<'_>, effect: &Effect) -> platform::Result<Metric> {
    metrics::get(snapshot, &effect.metric)
}

/// The address of an experiment's looks.
fn looks_of(experiment_id: &str) -> String {
    format!("/measure/results/{experiment_id}")
}
