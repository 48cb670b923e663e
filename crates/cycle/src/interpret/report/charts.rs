//! The report's charts as SVG: bars, a triangle and a grid of heat, a curve, an interval.
//!
//! Pure functions from numbers to a drawing. Colours are classes of the style sheet, so that they fit light, dark and paper;
//! each drawing has a title and a description for who cannot see it.

use super::page::escape;
use std::fmt::Write;

/// A drawing of a size, with its title and description.
struct Drawing {
    out: String,
}

impl Drawing {
    fn new(width: f64, height: f64, title: &str, description: &str) -> Self {
        let out = format!(
            "<svg viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\"><title>{}</title><desc>{}</desc>",
            escape(title),
            escape(description)
        );
        Self { out }
    }

    fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), class: &str, tip: &str) {
        let tip = if tip.is_empty() { String::new() } else { format!("<title>{}</title>", escape(tip)) };
        self.push(&format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" class=\"{class}\">{tip}</rect>"
        ));
    }

    fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        self.push(&format!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" class=\"{class}\"/>"
        ));
    }

    /// Text at a place; `class` tells whether it begins, ends or is centred there.
    fn text(&mut self, (x, y): (f64, f64), class: &str, text: &str) {
        self.push(&format!("<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{}</text>", escape(text)));
    }

    fn push(&mut self, element: &str) {
        self.out.push_str(element);
    }

    fn finish(mut self) -> String {
        self.out.push_str("</svg>");
        self.out
    }
}

/// One bar: what stands below it, its height, the part of it that is marked as wrong, what is said about it.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: f64,
    pub(super) marked: f64,
    pub(super) tip: String,
}

const WIDTH: f64 = 760.0;
const LEFT: f64 = 64.0;
/// Room at the right for the half of the last label.
const RIGHT: f64 = 18.0;

/// Bars over ordered labels, with a scale of at most five lines.
pub(super) fn bars(title: &str, description: &str, bars: &[Bar], shown: &dyn Fn(f64) -> String) -> String {
    let (height, top, bottom) = (230.0, 14.0, 28.0);
    let mut drawing = Drawing::new(WIDTH, height, title, description);
    let highest = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    let step = step(highest);
    let end = (highest / step).ceil().max(1.0) * step;
    let y = |value: f64| height - bottom - (height - top - bottom) * value.max(0.0) / end;
    let mut mark = 0.0;
    while mark <= end * 1.0001 {
        drawing.line((LEFT, y(mark)), (WIDTH, y(mark)), "grid");
        drawing.text((LEFT - 8.0, y(mark) + 4.0), "end", &shown(mark));
        mark += step;
    }
    let room = (WIDTH - LEFT - RIGHT) / bars.len().max(1) as f64;
    let width = (room * 0.72).min(64.0);
    let every = (bars.len() as f64 / 13.0).ceil().max(1.0) as usize;
    for (place, bar) in bars.iter().enumerate() {
        let x = LEFT + room * (place as f64 + 0.5);
        let sound = bar.value - bar.marked.max(0.0);
        drawing.rect((x - width / 2.0, y(sound)), (width, y(0.0) - y(sound)), "bar", &bar.tip);
        if bar.marked > 0.0 {
            drawing.rect(
                (x - width / 2.0, y(bar.value)),
                (width, y(sound) - y(bar.value)),
                "wrong",
                &bar.tip,
            );
        }
        if place % every == 0 {
            drawing.text((x, height - 9.0), "middle", &bar.label);
        }
    }
    drawing.line((LEFT, y(0.0)), (WIDTH, y(0.0)), "axis");
    drawing.finish()
}

/// A round step that gives at most five lines.
fn step(highest: f64) -> f64 {
    let rough = (highest / 4.0).max(1e-9);
    let power = 10f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|step| *step >= rough).unwrap_or(10.0 * power)
}

/// A cell of heat: its share of the hottest (0 to 1), what stands in it, what is said about it.
pub(super) struct Heat {
    pub(super) share: f64,
    pub(super) text: String,
    pub(super) tip: String,
}

/// One of ten steps of heat as a class.
fn heat_class(share: f64) -> String {
    format!("h{}", (share.clamp(0.0, 1.0) * 9.0).round())
}

fn ink(share: f64) -> &'static str {
    if share.clamp(0.0, 1.0) * 9.0 >= 5.5 { "middle high" } else { "middle low" }
}

/// Rows of cells, each row with a name at its left and a small text beside it; shorter rows make a triangle.
pub(super) fn triangle(
    title: &str,
    description: &str,
    columns: &[String],
    rows: &[(String, String, Vec<Heat>)],
) -> String {
    let (row_height, top, left) = (19.0, 22.0, 108.0);
    let n_columns = columns.len().max(1);
    let width = ((WIDTH - left) / n_columns as f64).min(64.0);
    let mut drawing = Drawing::new(WIDTH, top + row_height * rows.len() as f64 + 4.0, title, description);
    for (place, column) in columns.iter().enumerate() {
        drawing.text((left + width * (place as f64 + 0.5), 14.0), "middle", column);
    }
    for (place, (name, beside, cells)) in rows.iter().enumerate() {
        let y = top + row_height * place as f64;
        drawing.text((56.0, y + 13.5), "end name", name);
        drawing.text((left - 8.0, y + 13.5), "end", beside);
        for (column, cell) in cells.iter().enumerate() {
            let x = left + width * column as f64;
            drawing.rect(
                (x + 0.5, y + 0.5),
                (width - 1.0, row_height - 1.0),
                &heat_class(cell.share),
                &cell.tip,
            );
            drawing.text((x + width / 2.0, y + 13.5), ink(cell.share), &cell.text);
        }
    }
    drawing.finish()
}

/// A square grid of five rows of five cells with two lines of text in each, names of both sides outside.
pub(super) fn grid(
    title: &str,
    description: &str,
    cells: &[(Heat, String)],
    sides: (&str, &str),
    ends: [(&str, &str); 2],
) -> String {
    let (left, top, width, height) = (92.0, 10.0, 130.0, 62.0);
    let mut drawing = Drawing::new(WIDTH, top + 5.0 * height + 44.0, title, description);
    for (place, (cell, below)) in cells.iter().enumerate() {
        let (x, y) = (left + width * (place % 5) as f64, top + height * (place / 5) as f64);
        drawing.rect((x + 1.0, y + 1.0), (width - 2.0, height - 2.0), &heat_class(cell.share), &cell.tip);
        let class = ink(cell.share);
        drawing.text((x + width / 2.0, y + 28.0), &format!("{class} big"), &cell.text);
        drawing.text((x + width / 2.0, y + 46.0), class, below);
    }
    let bottom = top + 5.0 * height;
    drawing.text((left - 10.0, top + 20.0), "end", ends[0].0);
    drawing.text((left - 10.0, bottom - 14.0), "end", ends[0].1);
    drawing.text((left - 10.0, top + 2.5 * height), "end name", sides.0);
    drawing.text((left, bottom + 18.0), "start", ends[1].0);
    drawing.text((left + 5.0 * width, bottom + 18.0), "end", ends[1].1);
    drawing.text((left + 2.5 * width, bottom + 18.0), "middle name", sides.1);
    drawing.finish()
}

/// A curve from (0, 0) to (1, 1) against the straight line of equal shares, with marks at some places.
pub(super) fn curve(
    title: &str,
    description: &str,
    points: &[(f64, f64)],
    marks: &[(f64, f64, String)],
) -> String {
    let (left, top, width, height) = (64.0, 12.0, 560.0, 300.0);
    let mut drawing = Drawing::new(WIDTH, top + height + 46.0, title, description);
    let at = |x: f64, y: f64| (left + width * x, top + height * (1.0 - y));
    for mark in [0.0, 0.25, 0.5, 0.75, 1.0] {
        drawing.line(at(0.0, mark), at(1.0, mark), "grid");
        let (x, y) = at(0.0, mark);
        drawing.text((x - 8.0, y + 4.0), "end", &format!("{:.0} %", 100.0 * mark));
        let (x, y) = at(mark, 0.0);
        drawing.text((x, y + 18.0), "middle", &format!("{:.0} %", 100.0 * mark));
    }
    drawing.line(at(0.0, 0.0), at(1.0, 1.0), "equal");
    let mut path = String::new();
    for (place, &(x, y)) in points.iter().enumerate() {
        let (x, y) = at(x, y);
        write!(path, "{}{x:.1} {y:.1}", if place == 0 { "M" } else { "L" }).expect("a text takes everything");
    }
    drawing.push(&format!("<path d=\"{path}\" class=\"line\"/>"));
    for (x, y, text) in marks {
        let (cx, cy) = at(*x, *y);
        drawing.push(&format!("<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"4\" class=\"dot\"/>"));
        drawing.text((cx + 10.0, cy + 12.0), "start name", text);
    }
    let (x, y) = at(0.5, 0.0);
    drawing.text((x, y + 38.0), "middle name", "Share of the customers, the best first");
    drawing.finish()
}

/// An amount with its interval on a scale that begins at 0.
pub(super) fn interval(title: &str, low: f64, expected: f64, high: f64, end: f64) -> String {
    let (width, height) = (240.0, 18.0);
    let mut drawing = Drawing::new(
        width,
        height,
        title,
        "The bar goes from the low to the high end of the interval, the mark is the estimate.",
    );
    let x = |value: f64| 2.0 + (width - 4.0) * (value / end.max(1.0)).clamp(0.0, 1.0);
    drawing.line((2.0, height / 2.0), (width - 2.0, height / 2.0), "grid");
    drawing.rect((x(low), 5.0), ((x(high) - x(low)).max(2.0), 8.0), "range", "");
    drawing.rect((x(expected) - 1.5, 2.0), (3.0, 14.0), "mark", "");
    drawing.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_few() {
        for highest in [0.3, 1.0, 7.0, 12.0, 99.0, 1234.0, 4.0e7] {
            let step = step(highest);
            assert!((highest / step).ceil() <= 5.0, "{highest}: {step}");
        }
    }

    #[test]
    fn names_from_outside_cannot_leave_the_drawing() {
        let cell = || Heat { share: 1.0, text: "<b>".into(), tip: "\"&".into() };
        let svg = triangle("t", "d", &["0".into()], &[("<script>".into(), String::new(), vec![cell()])]);
        assert!(!svg.contains("<script>") && !svg.contains("<b>"));
    }
}
