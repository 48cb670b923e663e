//! The report: one file that stands alone, whole before the first turn and after it, safe with whatever names people have.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod firm;

use cycle::interpret::{self, List};
use cycle::turn::{self, Options};
use firm::Bought;
use platform::{By, Store, settings};
use records::people::{self, Defaults, Input};
use statistics::pseudo_random::Generator;

/// 2022-01-01 and 2023-12-31.
const FIRST: i32 = 18_993;
const LAST: i32 = 19_722;

fn fill(store: &Store, n: usize) -> Vec<String> {
    let mut g = Generator::from_seed(8);
    let one = |number: usize| {
        let mut day = FIRST + g.below(400) as i32;
        let end = if number.is_multiple_of(4) { day + 200 } else { LAST };
        let mut bought = Vec::new();
        while day <= end.min(LAST) {
            bought.push(Bought { day, cents: 1_000 + g.below(9_000) as i64 });
            day += 1 + g.exponential(1.0 / 25.0) as i32;
        }
        (Some("fair"), bought)
    };
    firm::fill(store, (0..n).map(one).collect())
}

fn report(store: &Store) -> String {
    store.read(interpret::report::html).wait().unwrap()
}

/// Every tag that is opened is closed in turn.
fn assert_nested(html: &str) {
    const VOID: [&str; 3] = ["meta", "!DOCTYPE", "br"];
    let mut open: Vec<&str> = Vec::new();
    let body = html
        .split("</style>")
        .enumerate()
        .map(|(place, part)| if place == 0 { part.split("<style>").next().unwrap() } else { part });
    let text: Vec<&str> = body.collect();
    for tag in text.iter().flat_map(|part| part.split('<').skip(1)) {
        let inside = tag.split('>').next().unwrap();
        let name = inside.split([' ', '\n', '/']).next().unwrap();
        if let Some(closed) = inside.strip_prefix('/') {
            if closed == "style" {
                continue;
            }
            assert_eq!(open.pop(), Some(closed), "{closed} is closed out of turn");
        } else if !inside.ends_with('/') && !VOID.contains(&name) && name != "style" {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
}

#[test]
fn before_the_first_turn_the_report_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let html = report(&firm::store(&dir));
    assert!(html.contains("No turn has run yet"));
    assert_nested(&html);
}

#[test]
fn the_report_stands_alone_and_shows_every_insight_with_its_checks_and_tables() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    let ids = fill(&store, 300);
    let named = store.write(By::console(), move |tx| {
        settings::set_text(tx, settings::FIRM_NAME, Some("Müller & <Söhne>"))?;
        for id in &ids {
            let input = Input { name: Some("<script>alert(1)</script>".to_string()), ..Input::default() };
            people::update(tx, id, &input, Defaults::default())?;
        }
        Ok(())
    });
    named.wait().unwrap();
    turn::run(&store, &Options::default(), &mut |_| {}).unwrap();
    let html = report(&store);
    assert_nested(&html);
    assert!(html.contains("<h1>Müller &amp; &lt;Söhne&gt;</h1>"));
    assert!(!html.contains("<script"), "a name is text");
    for outside in ["http://", "https://", "src=", "url(", "@import"] {
        let found = html.replace("http://www.w3.org/2000/svg", "").contains(outside);
        assert!(!found, "the file fetches something: {outside}");
    }
    let insights = store.read(|s| interpret::list(s, List::default())).wait().unwrap();
    assert!(!insights.is_empty());
    for insight in insights {
        assert!(html.contains(&format!("id=\"{}\"", insight.id)), "{}", insight.claim);
    }
    assert_eq!(html.matches("<h1>").count(), 1);
    let (svgs, titles) = (html.matches("<svg").count(), html.matches("role=\"img\"").count());
    assert!(svgs >= 5 && svgs == titles, "every drawing is named: {svgs}, {titles}");
    assert_eq!(html.matches("<table").count(), html.matches("<caption>").count());
    assert!(html.contains("What we cannot tell yet") && html.contains("€"));
}

#[test]
fn a_firm_with_little_history_gets_a_whole_report_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    fill(&store, 3);
    turn::run(&store, &Options::default(), &mut |_| {}).unwrap();
    let html = report(&store);
    assert_nested(&html);
    assert!(html.contains("can’t tell"));
    assert!(!html.contains("NaN") && !html.contains("inf"), "no number that is none");
}
