//! The report: one HTML file that stands alone, made to be read and printed by an owner who knows no statistics.
//!
//! Charts are SVG inside the file with the tables behind them; there is no script and nothing is fetched. It shows what the
//! last turn found and computes nothing new but sums by month. People are named where an insight lists them: the file is as
//! confidential as the records.

mod charts;
mod customers;
mod insights;
mod material;
mod overview;
pub(crate) mod page;

use material::Material;
use page::Page;
use platform::Result;
use platform::store::Snapshot;

/// The whole file.
///
/// Before the first turn it says that there is nothing to report yet.
pub fn html(snapshot: &mut Snapshot<'_>) -> Result<String> {
    let material = material::read(snapshot)?;
    let mut page = Page::new(&material.title());
    overview::head(&mut page, &material);
    match &material.basis {
        None => page.paragraph("No turn has run yet. Import orders, run a turn, and make the report again."),
        Some(_) => body(&mut page, &material),
    }
    overview::foot(&mut page, &material);
    Ok(page.finish())
}

fn body(page: &mut Page, material: &Material) {
    overview::in_short(page, material);
    overview::looked_at(page, material);
    overview::key_figures(page, material);
    insights::all(page, material);
    customers::grid(page, material);
    customers::cohorts(page, material);
    customers::lifetime_value(page, material);
    customers::concentration(page, material);
    overview::cannot_tell(page, material);
    overview::methods(page, material);
}
