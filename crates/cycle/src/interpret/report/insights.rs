//! The insights: claim, money with its interval, what was tested against it, the first people, what to do.

use super::charts;
use super::material::Material;
use super::page::{Page, Table, escape};
use crate::interpret::found::Verdict;
use crate::interpret::read::{Insight, PersonRow, Status};
use crate::interpret::words;

pub(super) fn all(page: &mut Page, material: &Material) {
    page.section("insights", "What we found");
    let standing: Vec<&Insight> =
        material.insights.iter().filter(|one| one.status != Status::Refuted).collect();
    if standing.is_empty() {
        page.paragraph("Nothing was found that stands up to its counter-checks. What was looked for, and why nothing is said, is under “What we cannot tell yet”.");
    } else {
        page.note(
            "Sorted by what is at stake: the low end of the money times the confidence. Amounts overlap where customers are in \
             several findings, so do not add them up. Intervals hold with 80 % unless they say otherwise.",
        );
    }
    let end =
        standing.iter().filter_map(|one| one.money).map(|money| money.high_minor).max().unwrap_or_default();
    for (place, insight) in standing.iter().enumerate() {
        one(page, material, insight, place + 1, end);
    }
    refuted(page, material);
    page.end_section();
}

fn one(page: &mut Page, material: &Material, insight: &Insight, place: usize, end: i64) {
    page.raw(&format!(
        "<article class=\"insight\" id=\"{}\">\n<h3><span class=\"no\">{place}</span> {} <span class=\"tag\">{}</span>{}</h3>",
        escape(&insight.id),
        escape(insight.kind.label()),
        escape(insight.confidence_in_words()),
        status(insight)
    ));
    page.raw(&format!("<p class=\"claim\">{}</p>", escape(&insight.claim)));
    money(page, insight, end);
    page.raw(&format!("<p><strong>What to do.</strong> {}</p>", escape(&insight.suggested_action)));
    if let Some(decision) = &insight.decision {
        page.raw(&format!(
            "<p><strong>Decided.</strong> {} {}</p>",
            escape(&decision.why),
            escape(&decision.expected_effect)
        ));
    }
    checks(page, insight);
    page.raw(&format!(
        "<p class=\"note\"><strong>What would refute it.</strong> {}</p>",
        escape(&insight.refuted_by)
    ));
    evidence(page, insight);
    people(page, material, insight);
    page.raw("</article>");
}

fn status(insight: &Insight) -> String {
    match insight.status {
        Status::New => String::new(),
        other => format!(" <span class=\"tag\">{}</span>", other.name()),
    }
}

fn money(page: &mut Page, insight: &Insight, end: i64) {
    let (Some(money), Some(text)) = (insight.money, insight.money_in_words()) else {
        page.raw(&format!("<p class=\"note\">{}</p>", escape(&insight.money_how)));
        return;
    };
    let title = format!("At stake: {text}");
    let svg = charts::interval(
        &title,
        money.low_minor as f64,
        money.expected_minor as f64,
        money.high_minor as f64,
        end as f64,
    );
    page.raw(&format!(
        "<div class=\"money\"><div class=\"bar-small\">{svg}</div><p><strong>{}</strong> <span class=\"note\">{}</span></p></div>",
        escape(&text),
        escape(&insight.money_how)
    ));
}

fn checks(page: &mut Page, insight: &Insight) {
    page.raw("<h4>Could it be something else?</h4>\n<dl class=\"checks\">");
    for check in &insight.checks {
        let class = match check.verdict {
            Verdict::Stands => "stands",
            Verdict::Weakened => "weakened",
            Verdict::Explained => "explained",
            Verdict::CannotTell => "open",
        };
        page.raw(&format!(
            "<dt>{} <span class=\"verdict {class}\">{}</span></dt><dd>{}</dd>",
            escape(check.question.in_words()),
            escape(check.verdict.in_words()),
            escape(&check.words)
        ));
    }
    page.raw("</dl>");
}

fn evidence(page: &mut Page, insight: &Insight) {
    let rows = insight.evidence.figures.iter().map(|figure| {
        vec![
            figure.label.clone(),
            words::value(figure.value, figure.unit, insight.currency),
            words::interval(figure, insight.currency),
            figure.denominator.map_or_else(String::new, words::count),
        ]
    });
    let caption = format!("{} (as of {})", insight.evidence.definition, insight.evidence.last_day);
    let table = Table::new(&caption, &["Figure", "Value", "Interval (probability)", "Of"], rows.collect());
    page.unfold("The evidence in numbers", &table);
    for table in &insight.evidence.tables {
        let columns: Vec<&str> = table.columns.iter().map(String::as_str).collect();
        page.unfold(&table.caption, &Table::new(&table.caption, &columns, table.rows.clone()));
    }
}

fn people(page: &mut Page, material: &Material, insight: &Insight) {
    let Some(rows) = material.people.get(&insight.id).filter(|rows| !rows.is_empty()) else { return };
    let mut columns = vec!["Customer"];
    columns.extend(rows[0].figures.iter().map(|figure| figure.label.as_str()));
    let row = |person: &PersonRow| {
        let name = material.names.get(&person.person_id).cloned().unwrap_or_else(|| person.person_id.clone());
        let values =
            person.figures.iter().map(|figure| words::value(figure.value, figure.unit, insight.currency));
        std::iter::once(name).chain(values).collect()
    };
    let title = format!("The first {} of {}", rows.len(), words::customers(insight.n_customers));
    let caption = format!("{title}; the whole list is on the page of the insight");
    page.unfold(&title, &Table::new(&caption, &columns, rows.iter().map(row).collect()));
}

fn refuted(page: &mut Page, material: &Material) {
    let refuted: Vec<String> = material
        .insights
        .iter()
        .filter(|one| one.status == Status::Refuted)
        .map(|one| {
            let why = one.decision.as_ref().map_or("", |decision| decision.why.as_str());
            format!("{}: {} Refuted: {why}", one.kind.label(), one.claim)
        })
        .collect();
    if !refuted.is_empty() {
        page.heading("Found again, but refuted");
        page.list(&refuted);
    }
}
