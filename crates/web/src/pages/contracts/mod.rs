//! Contracts: customers who pay by period. How many run, what they bring in, how long they last, which are at risk.

mod list;
mod told;

use askama::Template;
use axum::extract::State;
use cycle::analyze::models::{self, Model};
use cycle::analyze::{contracts, latest_contracts};
use platform::Snapshot;

use self::list::{Asked, Line};
use self::told::{Month, OfProduct};
use crate::charts::Chart;
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::pages::scores::{Judged, judged};
use crate::parts::{Pager, Stat, Tab};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::wording::{Words, counted};

pub(crate) use list::{Line as OfPerson, of_person};

/// Contracts on one page.
const SHOWN: usize = 25;

#[derive(Template)]
#[template(path = "contracts/show.html")]
struct Show {
    page: Layout,
    may_write: bool,
    /// Whether a turn has run, products are marked, and contracts were found.
    state: Found,
    grace: i32,
    stats: Vec<Stat>,
    beside: String,
    notes: Vec<String>,
    curve: Option<Chart>,
    curve_words: String,
    projections: Vec<String>,
    products: Vec<OfProduct>,
    product_chart: Option<Chart>,
    alike: String,
    months: Vec<Month>,
    judged: Option<Judged>,
    tabs: Vec<Tab>,
    /// The product whose contracts are listed, if it is one.
    product: Option<String>,
    lines: Vec<Line>,
    pager: Pager,
}

/// What there is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    NoTurn,
    NoProduct,
    NoContract,
    Some,
}

impl Found {
    fn is(&self, name: &str) -> bool {
        let own = match self {
            Self::NoTurn => "no turn",
            Self::NoProduct => "no product",
            Self::NoContract => "no contract",
            Self::Some => "some",
        };
        own == name
    }
}

pub(crate) async fn index(State(app): State<App>, current: Current, query: Query) -> Result {
    let asked = Asked::of(&query)?;
    let by = asked.by.clone();
    let read = move |s: &mut Snapshot<'_>| {
        let words = Words::read(s)?;
        let listed = list::read(s, &asked, &words)?;
        Ok((latest_contracts(s)?, models::latest(s, contracts::NAME)?, listed, words))
    };
    let (latest, model, listed, words) = app.store.read(read).await?;
    let report = latest.map(|latest| latest.result);
    let state = match &report {
        None => Found::NoTurn,
        Some(report) if report.n_products == 0 => Found::NoProduct,
        Some(report) if report.n_contracts == 0 => Found::NoContract,
        Some(_) => Found::Some,
    };
    let report = report.unwrap_or_default();
    let shown = counted(listed.lines.len() as i64, "contract", "contracts");
    respond::page(&Show {
        page: current.layout(Place::Contracts, "Contracts"),
        may_write: current.may_write(),
        state,
        grace: contracts::GRACE_DAYS,
        stats: told::stats(&report, &words),
        beside: told::beside(&report, &words),
        notes: told::notes(&report),
        curve: told::curve(&report),
        curve_words: told::curve_words(&report),
        projections: told::projections(&report),
        product_chart: told::product_chart(&report),
        products: told::products(&report),
        alike: told::alike(&report),
        months: told::months(&report, &words),
        judged: model.as_ref().map(|model: &Model| judged(model)),
        tabs: list::tabs(&by),
        product: listed.product,
        lines: listed.lines,
        pager: query.pager("/contracts", listed.next.as_deref(), shown),
    })
}
