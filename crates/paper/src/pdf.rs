//! From the document to the bytes of a PDF.

use crate::document::{Block, Document, Figure};
use crate::layout::{ACCENT, HEIGHT, LINE, Look, MARGIN, Pages, WIDTH};
use crate::{chart, table};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, TextStr};
use std::io::Write;

/// The document as a PDF on A4.
///
/// ```
/// use paper::{Block, Document};
/// let text = Block::Text("Nothing was tried.".to_string());
/// let document = Document { title: "Winter".to_string(), subtitle: String::new(), blocks: vec![text] };
/// assert!(paper::render(&document).starts_with(b"%PDF-1.7"));
/// ```
pub fn render(document: &Document) -> Vec<u8> {
    let mut pages = Pages::new();
    pages.paragraph(&document.title, Look::bold(21.0), 0.0);
    pages.paragraph(&document.subtitle, Look::plain(10.0).muted(), 0.0);
    pages.space(10.0);
    for block in &document.blocks {
        draw(&mut pages, block);
    }
    written(document, pages)
}

fn draw(pages: &mut Pages, block: &Block) {
    let body = Look::plain(9.5);
    match block {
        Block::Heading(text) => {
            pages.need(70.0);
            pages.space(12.0);
            let y = pages.y;
            pages.line((MARGIN, y), (MARGIN + 26.0, y), 1.6, ACCENT);
            pages.space(7.0);
            pages.paragraph(text, Look::bold(13.5), 0.0);
            pages.space(4.0);
        }
        Block::Text(text) => {
            pages.paragraph(text, body, 0.0);
            pages.space(5.0);
        }
        Block::Note(text) => {
            pages.paragraph(text, Look::plain(8.0).muted(), 0.0);
            pages.space(5.0);
        }
        Block::Bullets(items) => {
            for item in items {
                pages.need(body.leading());
                let y = pages.y;
                pages.text_at(MARGIN + 2.0, y, "•", body);
                pages.paragraph(item, body, 14.0);
                pages.space(2.0);
            }
            pages.space(5.0);
        }
        Block::Figures(figures) => draw_figures(pages, figures),
        Block::Table(one) => table::draw(pages, one),
        Block::Ranges { title, says, ranges } => chart::draw(pages, title, says, ranges),
    }
}

/// Figures in rows of three.
fn draw_figures(pages: &mut Pages, figures: &[Figure]) {
    let (value, label, note) = (Look::bold(15.0), Look::plain(8.5).muted(), Look::plain(7.5).muted());
    let width = Pages::room() / 3.0;
    for row in figures.chunks(3) {
        let notes: Vec<Vec<String>> =
            row.iter().map(|figure| pages.broken(&figure.note, note, width - 16.0)).collect();
        let n_lines = notes.iter().map(Vec::len).max().unwrap_or(0) as f32;
        let height = label.leading() + value.leading() + n_lines * note.leading() + 14.0;
        pages.need(height);
        let top = pages.y;
        for (i, (figure, notes)) in row.iter().zip(&notes).enumerate() {
            let x = MARGIN + i as f32 * width;
            pages.line((x, top), (x, top - height + 8.0), 0.8, LINE);
            let mut y = top - 1.0;
            pages.text_at(x + 8.0, y, &figure.label, label);
            y -= label.leading();
            pages.text_at(x + 8.0, y, &figure.value, value);
            y -= value.leading();
            for line in notes {
                pages.text_at(x + 8.0, y, line, note);
                y -= note.leading();
            }
        }
        pages.space(height);
    }
    pages.space(6.0);
}

fn written(document: &Document, pages: Pages) -> Vec<u8> {
    let (contents, regular, bold) = pages.finish(&document.title);
    let mut pdf = Pdf::new();
    let mut next = Ref::new(1);
    let (catalog, tree, info) = (next.bump(), next.bump(), next.bump());
    let (regular_id, bold_id) = (next.bump(), next.bump());
    let ids: Vec<(Ref, Ref)> = contents.iter().map(|_| (next.bump(), next.bump())).collect();
    pdf.catalog(catalog).pages(tree).lang(TextStr("en"));
    pdf.document_info(info).title(TextStr(&document.title)).creator(TextStr("Rondel"));
    pdf.pages(tree).kids(ids.iter().map(|(page, _)| *page)).count(ids.len() as i32);
    for ((page_id, content_id), content) in ids.into_iter().zip(contents) {
        let mut page = pdf.page(page_id);
        page.parent(tree).media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).contents(content_id);
        page.resources().fonts().pair(Name(b"R"), regular_id).pair(Name(b"B"), bold_id);
        page.finish();
        let content = deflated(&content.finish().into_vec());
        pdf.stream(content_id, &content).filter(Filter::FlateDecode);
    }
    regular.write(&mut pdf, regular_id, &mut next);
    bold.write(&mut pdf, bold_id, &mut next);
    pdf.finish()
}

pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).and_then(|()| out.finish()).expect("memory takes every byte")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Range, Table};

    fn hostile() -> Document {
        let long = "x".repeat(500);
        let words = "word ".repeat(300);
        let cells = vec![long.clone(), "\u{0}\u{202e}日本語 🙂".to_string(), "1,000".to_string()];
        let range = |low, high| Range { label: long.clone(), low, value: 0.0, high, words: words.clone() };
        Document {
            title: "Ärger (mit) \\ Klammern".to_string(),
            subtitle: String::new(),
            blocks: vec![
                Block::Heading(long.clone()),
                Block::Text(words.clone()),
                Block::Bullets(vec![String::new(), long.clone()]),
                Block::Figures(vec![Figure {
                    label: long.clone(),
                    value: "1".to_string(),
                    note: words.clone(),
                }]),
                Block::Table(Table::new("", &["A", "B", "C"], vec![cells; 40])),
                Block::Table(Table::new("None", &[], Vec::new())),
                Block::Ranges {
                    title: "Nothing".to_string(),
                    says: String::new(),
                    ranges: vec![range(f64::NEG_INFINITY, f64::NAN), range(0.0, 0.0)],
                },
            ],
        }
    }

    #[test]
    fn the_worst_document_is_laid_out_and_the_same_every_time() {
        let first = render(&hostile());
        assert_eq!(first, render(&hostile()));
        assert!(first.ends_with(b"%%EOF") || first.ends_with(b"%%EOF\n"));
        assert!(first.len() < 2_000_000, "{} bytes", first.len());
    }

    #[test]
    fn a_document_of_one_line_stays_small() {
        let document = Document { title: "Winter".to_string(), ..Document::default() };
        assert!(render(&document).len() < 60_000);
    }
}
