//! The report as one HTML file that stands alone: no script, nothing fetched, light and dark, made to be printed too.

use crate::interpret::report::page::{Page, Table as Shown, escape};
use paper::{Block, Document, Range, Table, scale};

/// The whole file.
pub fn html(document: &Document) -> String {
    let mut page = Page::new(&document.title);
    page.raw(&format!(
        "<header><h1>{}</h1><p>{}</p></header>\n<main>",
        escape(&document.title),
        escape(&document.subtitle)
    ));
    let mut n_sections = 0;
    for block in &document.blocks {
        if let Block::Heading(text) = block {
            if n_sections > 0 {
                page.end_section();
            }
            n_sections += 1;
            page.section(&format!("part-{n_sections}"), text);
        } else {
            draw(&mut page, block);
        }
    }
    if n_sections > 0 {
        page.end_section();
    }
    page.raw("</main>");
    page.finish()
}

fn draw(page: &mut Page, block: &Block) {
    match block {
        Block::Heading(text) => page.heading(text),
        Block::Text(text) => page.paragraph(text),
        Block::Note(text) => page.note(text),
        Block::Bullets(items) => page.list(items),
        Block::Figures(figures) => {
            page.raw("<div class=\"cards\">");
            for figure in figures {
                page.raw(&format!(
                    "<div class=\"card\"><h3>{}</h3><p class=\"value\">{}</p><p class=\"note\">{}</p></div>",
                    escape(&figure.label),
                    escape(&figure.value),
                    escape(&figure.note)
                ));
            }
            page.raw("</div>");
        }
        Block::Table(table) => page.table(&shown(table)),
        Block::Ranges { title, says, ranges } => {
            let rows = ranges.iter().map(|one| vec![one.label.clone(), one.words.clone()]).collect();
            let table = Shown::new(title, &["What", "Interval"], rows);
            page.chart(title, says, &drawing(title, says, ranges), &table);
        }
    }
}

fn shown(table: &Table) -> Shown {
    let columns: Vec<&str> = table.columns.iter().map(String::as_str).collect();
    Shown::new(&table.caption, &columns, table.rows.clone())
}

const WIDTH: f64 = 760.0;
const NAMES: f64 = 230.0;
const ROW: f64 = 30.0;

/// Each interval on its line, with zero marked.
fn drawing(title: &str, says: &str, ranges: &[Range]) -> String {
    let (low, high) = scale(ranges);
    let x = |value: f64| NAMES + (WIDTH - NAMES - 10.0) * ((value - low) / (high - low)).clamp(0.0, 1.0);
    let height = ROW * ranges.len() as f64 + 26.0;
    let mut out = format!(
        "<svg viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\"><title>{}</title><desc>{}</desc>",
        escape(title),
        escape(says)
    );
    let zero = x(0.0);
    out.push_str(&format!(
        "<line x1=\"{zero:.1}\" y1=\"0\" x2=\"{zero:.1}\" y2=\"{:.1}\" class=\"axis\"/>",
        height - 20.0
    ));
    for (i, range) in ranges.iter().enumerate() {
        let y = ROW * (i as f64 + 0.5);
        let label: String = range.label.chars().take(34).collect();
        out.push_str(&format!(
            "<text x=\"0\" y=\"{:.1}\" class=\"start\">{}</text>",
            y + 4.0,
            escape(&label)
        ));
        out.push_str(&format!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"6\" rx=\"3\" class=\"bar\"><title>{}</title></rect>",
            x(range.low),
            y - 3.0,
            (x(range.high) - x(range.low)).max(1.0),
            escape(&range.words)
        ));
        let mark = x(range.value);
        out.push_str(&format!(
            "<line x1=\"{mark:.1}\" y1=\"{:.1}\" x2=\"{mark:.1}\" y2=\"{:.1}\" class=\"axis\" stroke-width=\"3\"/>",
            y - 7.0,
            y + 7.0
        ));
    }
    out.push_str(&format!("<text x=\"{zero:.1}\" y=\"{:.1}\" class=\"middle\">0</text></svg>", height - 6.0));
    out
}
