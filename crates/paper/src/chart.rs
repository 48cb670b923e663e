//! Estimates with their intervals, each on its line, with zero marked: what lies wholly beside it is shown.

use crate::document::{Range, scale};
use crate::layout::{ACCENT, INK, LINE, Look, MARGIN, MUTED, Pages};

const ROW: f32 = 20.0;
const NAMES: f32 = 150.0;
const WORDS: f32 = 130.0;

pub fn draw(pages: &mut Pages, title: &str, says: &str, ranges: &[Range]) {
    let height = ROW * ranges.len() as f32 + 50.0;
    pages.need(height.min(500.0));
    pages.paragraph(title, Look::bold(9.5), 0.0);
    pages.paragraph(says, Look::plain(8.5).muted(), 0.0);
    pages.space(4.0);
    let (low, high) = scale(ranges);
    let (left, right) = (MARGIN + NAMES, MARGIN + Pages::room() - WORDS);
    let x = |value: f64| {
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
        left + (right - left) * share as f32
    };
    for range in ranges {
        pages.need(ROW);
        let (top, middle) = (pages.y, pages.y - ROW / 2.0);
        pages.line((x(0.0), top), (x(0.0), top - ROW), 0.8, MUTED);
        pages.line((left, top - ROW), (right, top - ROW), 0.3, LINE);
        pages.line((x(range.low), middle), (x(range.high), middle), 2.2, ACCENT);
        pages.rect(x(range.value) - 1.5, middle - 4.0, 3.0, 8.0, INK);
        let look = Look::plain(8.5);
        let name = first_line(pages, &range.label, look, NAMES - 10.0);
        pages.text_at(MARGIN, middle + look.size / 2.0 + 1.0, &name, look);
        let words = first_line(pages, &range.words, Look::plain(7.5), WORDS - 6.0);
        pages.text_at(right + 6.0, middle + 4.5, &words, Look::plain(7.5).muted());
        pages.space(ROW);
    }
    let look = Look::plain(7.5).muted();
    let (zero, y) = (x(0.0), pages.y - 3.0);
    pages.text_at(zero - pages.width("0", look) / 2.0, y, "0", look);
    pages.space(22.0);
}

/// What fits on one line, with a sign where something was left out.
fn first_line(pages: &Pages, text: &str, look: Look, width: f32) -> String {
    if pages.width(text, look) <= width {
        return text.to_string();
    }
    let mut cut = String::new();
    for letter in text.chars() {
        if pages.width(&cut, look) + pages.width("…", look) > width {
            cut.pop();
            break;
        }
        cut.push(letter);
    }
    format!("{}…", cut.trim_end())
}
