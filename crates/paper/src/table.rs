//! Tables: columns as wide as they need and the page allows, cells in lines, the head again on each page.

use crate::document::Table;
use crate::layout::{LINE, Look, MARGIN, Pages, SOFT};

const CELL: Look = Look::plain(8.5);
const HEAD: Look = Look::bold(8.0);
/// Between two columns, and above and below a row.
const GAP: f32 = 8.0;
const ROOM: f32 = 3.5;
/// No column is narrower, so that words are not cut into letters.
const LEAST: f32 = 34.0;

pub fn draw(pages: &mut Pages, table: &Table) {
    if table.columns.is_empty() {
        return;
    }
    if !table.caption.is_empty() {
        pages.need(60.0);
        pages.paragraph(&table.caption, Look::bold(9.5), 0.0);
        pages.space(3.0);
    }
    let widths = widths(pages, table);
    let columns: Vec<Column> = (0..table.columns.len())
        .map(|column| Column { width: widths[column], is_numeric: table.is_numeric(column) })
        .collect();
    head(pages, table, &columns);
    for row in &table.rows {
        let cells = lines(pages, row, &columns, CELL);
        let height = height(&cells, CELL);
        if pages.need(height) {
            head(pages, table, &columns);
        }
        draw_row(pages, &columns, &cells, CELL);
        pages.space(height);
        let y = pages.y;
        pages.line((MARGIN, y), (MARGIN + Pages::room(), y), 0.4, LINE);
    }
    pages.space(10.0);
}

/// How a column is set.
struct Column {
    width: f32,
    is_numeric: bool,
}

fn head(pages: &mut Pages, table: &Table, columns: &[Column]) {
    let cells = lines(pages, &table.columns, columns, HEAD);
    let height = height(&cells, HEAD);
    pages.need(height + 30.0);
    let y = pages.y;
    pages.rect(MARGIN, y - height, Pages::room(), height, SOFT);
    draw_row(pages, columns, &cells, HEAD.muted());
    pages.space(height);
}

fn draw_row(pages: &mut Pages, columns: &[Column], cells: &[Vec<String>], look: Look) {
    let mut x = MARGIN;
    for (column, cell) in columns.iter().zip(cells) {
        let mut y = pages.y - ROOM;
        for line in cell {
            match column.is_numeric {
                true => pages.text_ending_at(x + column.width - GAP / 2.0, y, line, look),
                false => pages.text_at(x + GAP / 2.0, y, line, look),
            }
            y -= look.leading();
        }
        x += column.width;
    }
}

fn lines(pages: &Pages, row: &[String], columns: &[Column], look: Look) -> Vec<Vec<String>> {
    row.iter().zip(columns).map(|(cell, column)| pages.broken(cell, look, column.width - GAP)).collect()
}

fn height(cells: &[Vec<String>], look: Look) -> f32 {
    let n = cells.iter().map(Vec::len).max().unwrap_or(1).max(1);
    n as f32 * look.leading() + 2.0 * ROOM
}

/// As wide as the widest cell where all fit; else the wide ones give way in proportion to what they have over their words.
fn widths(pages: &Pages, table: &Table) -> Vec<f32> {
    let n = table.columns.len();
    let (mut wanted, mut least) = (vec![LEAST; n], vec![LEAST; n]);
    let heads = std::iter::once((&table.columns, HEAD));
    for (row, look) in heads.chain(table.rows.iter().map(|row| (row, CELL))) {
        for (column, cell) in row.iter().enumerate().take(n) {
            wanted[column] = wanted[column].max(pages.width(cell, look) + GAP + 1.0);
            let word = cell.split([' ', '\n']).map(|word| pages.width(word, look)).fold(0.0, f32::max);
            least[column] = least[column].max((word + GAP + 1.0).min(120.0));
        }
    }
    let (all, room) = (wanted.iter().sum::<f32>(), Pages::room());
    if all <= room {
        // What is left over goes to the first column, which names the rows.
        wanted[0] += room - all;
        return wanted;
    }
    let floor: f32 = least.iter().sum();
    if floor >= room {
        return least.iter().map(|width| width * room / floor).collect();
    }
    let share = (room - floor) / (all - floor);
    wanted.iter().zip(&least).map(|(wanted, least)| least + (wanted - least) * share).collect()
}
