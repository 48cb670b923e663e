//! Method sheets: how each figure is reckoned, from which source, and what it is not for, as `docs/methods` has them.

use askama::Template;
use axum::extract::Path;
use platform::Error;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use crate::assets::unpacked;
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::parts::Crumb;
use crate::respond;

include!(concat!(env!("OUT_DIR"), "/sheets.rs"));

/// The sheet that lists the others.
const LIST: &str = "README";

#[derive(Template)]
#[template(path = "methods/show.html")]
struct Show {
    page: Layout,
    crumbs: Vec<Crumb>,
    html: String,
}

pub(crate) async fn index(current: Current) -> Result {
    sheet(&current, LIST)
}

pub(crate) async fn show(current: Current, Path(name): Path<String>) -> Result {
    sheet(&current, &name)
}

fn sheet(current: &Current, name: &str) -> Result {
    let (_, packed) =
        SHEETS.iter().find(|sheet| sheet.0 == name).ok_or_else(|| Error::missing("method sheet", name))?;
    let text = String::from_utf8(unpacked(packed)).map_err(Error::database)?;
    let crumb = Crumb { label: "Methods".to_string(), href: "/methods".to_string() };
    respond::page(&Show {
        page: current.layout(Place::Insights, title(&text)),
        crumbs: if name == LIST { Vec::new() } else { vec![crumb] },
        html: drawn(&text),
    })
}

fn title(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_start_matches('#').trim().to_string()
}

/// The sheet as HTML. Tables scroll inside themselves; links between sheets lead to their pages, and links to files that stand
/// only beside the source are words.
fn drawn(text: &str) -> String {
    let mut open = Vec::new();
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let address = address(&dest_url);
            open.push(address.is_some());
            let dest_url = CowStr::from(address?);
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        Event::End(TagEnd::Link) => open.pop().unwrap_or(true).then_some(Event::End(TagEnd::Link)),
        // The sheets are ours and have none; nothing else may come in by them.
        Event::Html(_) | Event::InlineHtml(_) => None,
        other => Some(other),
    });
    let mut html = String::new();
    html::push_html(&mut html, events);
    html.replace(
        "<table>",
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"><table class=\"table\">",
    )
    .replace("</table>", "</table></div>")
    .replace("<pre>", "<pre class=\"scroll\" tabindex=\"0\">")
}

/// Where a link of a sheet leads on the pages.
fn address(link: &str) -> Option<String> {
    if link.starts_with("https://") || link.starts_with('#') {
        return Some(link.to_string());
    }
    let name = link.strip_suffix(".md")?;
    match SHEETS.iter().any(|sheet| sheet.0 == name) {
        true if name == LIST => Some("/methods".to_string()),
        true => Some(format!("/methods/{name}")),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_between_sheets_leads_to_a_sheet_and_no_page_names_one_that_is_not_there() {
        for (name, packed) in &SHEETS {
            let html = drawn(&String::from_utf8(unpacked(packed)).unwrap());
            assert!(html.starts_with("<h1>"), "{name}");
            for link in html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let sheet = link.strip_prefix("/methods/");
                let known = sheet.is_none_or(|wanted| SHEETS.iter().any(|sheet| sheet.0 == wanted));
                assert!(known && (link.starts_with('/') || link.starts_with("https://")), "{name}: {link}");
            }
        }
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/templates"))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() {
                    folders.push(entry);
                    continue;
                }
                let text = std::fs::read_to_string(&entry).unwrap();
                for rest in text.split("\"/methods/").skip(1).filter(|rest| !rest.starts_with('{')) {
                    let wanted = rest.split(['"', '#']).next().unwrap();
                    assert!(SHEETS.iter().any(|sheet| sheet.0 == wanted), "{}: {wanted}", entry.display());
                }
            }
        }
    }

    #[test]
    fn what_is_no_sheet_is_shown_as_words_and_markup_stays_outside() {
        let html = drawn("# A\n\n[code](../../crates/x.rs) <script>x</script>\n\n|a|\n|-|\n|1|\n");
        assert!(html.contains("<p>code x</p>"), "{html}");
        assert!(html.contains("<div class=\"scroll\"") && !html.contains("script"), "{html}");
    }
}
