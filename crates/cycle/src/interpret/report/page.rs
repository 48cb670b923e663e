//! The parts of the report's page: headings, texts, tables, charts with the table behind them.
//!
//! Every text that comes from outside goes through [`escape`].

/// A page that is being written.
pub(crate) struct Page {
    out: String,
}

/// A table as words: the first column names the row.
pub(crate) struct Table {
    pub(crate) caption: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(caption: &str, columns: &[&str], rows: Vec<Vec<String>>) -> Self {
        Self {
            caption: caption.to_string(),
            columns: columns.iter().map(ToString::to_string).collect(),
            rows,
        }
    }
}

impl Page {
    pub(crate) fn new(title: &str) -> Self {
        let mut out = String::with_capacity(64 * 1024);
        out.push_str("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        out.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n");
        out.push_str(&format!(
            "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n",
            escape(title),
            include_str!("report.css")
        ));
        Self { out }
    }

    pub(crate) fn finish(mut self) -> String {
        self.out.push_str("</body>\n</html>\n");
        self.out
    }

    /// HTML as it is; what comes from outside must have been escaped.
    pub(crate) fn raw(&mut self, html: &str) {
        self.out.push_str(html);
        self.out.push('\n');
    }

    /// A section with a heading; it ends where [`Page::end_section`] is called.
    pub(crate) fn section(&mut self, id: &str, title: &str) {
        self.raw(&format!(
            "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{}</h2>",
            escape(title)
        ));
    }

    pub(crate) fn end_section(&mut self) {
        self.raw("</section>");
    }

    pub(crate) fn heading(&mut self, title: &str) {
        self.raw(&format!("<h3>{}</h3>", escape(title)));
    }

    pub(crate) fn paragraph(&mut self, text: &str) {
        self.raw(&format!("<p>{}</p>", escape(text)));
    }

    /// A small remark.
    pub(crate) fn note(&mut self, text: &str) {
        self.raw(&format!("<p class=\"note\">{}</p>", escape(text)));
    }

    pub(crate) fn list(&mut self, items: &[String]) {
        self.raw("<ul>");
        for item in items {
            self.raw(&format!("<li>{}</li>", escape(item)));
        }
        self.raw("</ul>");
    }

    pub(crate) fn table(&mut self, table: &Table) {
        self.raw(&table_html(table));
    }

    /// Something to unfold.
    pub(crate) fn unfold(&mut self, title: &str, table: &Table) {
        self.raw(&format!(
            "<details>\n<summary>{}</summary>\n{}\n</details>",
            escape(title),
            table_html(table)
        ));
    }

    /// A chart with what it shows in words and the table behind it.
    pub(crate) fn chart(&mut self, title: &str, says: &str, svg: &str, table: &Table) {
        self.raw(&format!(
            "<figure>\n<figcaption><strong>{0}</strong> <span>{1}</span></figcaption>\n<div class=\"chart\" tabindex=\"0\" role=\"group\" aria-label=\"{0}\">{svg}</div>\n",
            escape(title),
            escape(says)
        ));
        self.unfold("The numbers behind it", table);
        self.raw("</figure>");
    }
}

fn table_html(table: &Table) -> String {
    let mut out = format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table>\n<caption>{0}</caption>\n<thead><tr>",
        escape(&table.caption)
    );
    for (place, column) in table.columns.iter().enumerate() {
        out.push_str(&format!("<th scope=\"col\"{}>{}</th>", numeric(table, place), escape(column)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (place, cell) in row.iter().enumerate() {
            let text = escape(cell);
            match place {
                0 => out.push_str(&format!("<th scope=\"row\">{text}</th>")),
                _ => out.push_str(&format!("<td{}>{text}</td>", numeric(table, place))),
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table></div>");
    out
}

/// A column whose cells are mostly numbers stands to the right.
fn numeric(table: &Table, place: usize) -> &'static str {
    let is_number = |row: &&Vec<String>| {
        row.get(place).is_some_and(|cell| {
            let digits = cell.chars().filter(char::is_ascii_digit).count();
            cell.is_empty() || cell == "–" || (digits > 0 && cell.chars().count() <= 3 * digits + 6)
        })
    };
    let n = table.rows.iter().filter(is_number).count();
    if place > 0 && 2 * n > table.rows.len() { " class=\"n\"" } else { "" }
}

/// Text that may stand between tags and in attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            sign => out.push(sign),
        }
    }
    out
}
