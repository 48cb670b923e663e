//! Giving money back and cancelling, each with a reason and a way back.

use axum::extract::{Path, State};
use platform::{Error, Problem, Result as Done, Tx};
use records::orders::{self, Given, Order, Refund};
use records::values::decimal::{self, DecimalMark};
use records::values::money;

use super::show::read_page;
use crate::current::Writer;
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::pages::changes;
use crate::parts::Toast;
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::wording::amount;

pub(crate) async fn refund(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let (order_id, typed) = (id.clone(), fields.clone());
    let write = move |tx: &mut Tx<'_>| {
        let order = orders::get(tx, &order_id)?;
        let wanted = lines_of(tx, &order, &typed)?;
        let given = match (typed.filled("amount"), wanted.is_empty()) {
            (_, false) => Given::Lines(&wanted),
            (Some(text), true) => Given::Amount(minor_of(text, &order)?),
            (None, true) => Given::Rest,
        };
        let refund = Refund { order_id: &order_id, given, reason: typed.filled("reason"), at: tx.now() };
        let returned = orders::refund(tx, &refund)?;
        let back = orders::get(tx, &returned)?;
        Ok((back, changes::of_newest(tx, order.subject_id())?))
    };
    match app.store.write(current.by(), write).await {
        Ok((back, undo)) => {
            let given = amount(back.total_minor.saturating_neg(), back.currency);
            let toast = Toast::done(format!("{given} given back as {}", back.number)).undo(undo);
            Ok(respond::redirect_with(&format!("/orders/{id}"), toast))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&read_page(&app, &current, id, Query::default(), (fields, problems)).await?)
        }
    }
}

fn minor_of(text: &str, order: &Order) -> Done<i64> {
    let read = money::parse(text, Some(order.currency), DecimalMark::Unknown);
    let given = read.map_err(|problem| Error::invalid("amount", problem.to_string()))?;
    match given.currency == order.currency {
        true => Ok(given.amount_minor),
        false => Err(Error::invalid("amount", format!("the order is in {}", order.currency.code()))),
    }
}

/// Numbers of lines and how much of each is given back, in thousandths.
fn lines_of(tx: &mut Tx<'_>, order: &Order, fields: &Fields) -> Done<Vec<(i64, i64)>> {
    let (mut wanted, mut problems) = (Vec::new(), Vec::new());
    for line in orders::lines(tx, &order.id)? {
        let field = format!("line.{}", line.line_no);
        let Some(text) = fields.filled(&field) else { continue };
        let read = decimal::parse(text, DecimalMark::Unknown).ok().and_then(|number| number.rounded_to(3));
        match read.and_then(|(milli, _)| i64::try_from(milli).ok()).filter(|milli| *milli >= 0) {
            Some(0) => {}
            Some(milli) => wanted.push((line.line_no, milli)),
            None => problems.push(Problem { field, message: format!("“{text}” is no quantity") }),
        }
    }
    if problems.is_empty() { Ok(wanted) } else { Err(Error::Invalid(problems)) }
}

pub(crate) async fn cancel(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let (order_id, reason) = (id.clone(), fields.get("cancel_reason").to_string());
    let write = move |tx: &mut Tx<'_>| {
        orders::cancel(tx, &order_id, &reason).map_err(at_form)?;
        let order = orders::get(tx, &order_id)?;
        let undo = changes::of_newest(tx, order.subject_id())?;
        Ok((order.number, undo))
    };
    match app.store.write(current.by(), write).await {
        Ok((number, undo)) => {
            let toast = Toast::done(format!("Order {number} cancelled")).undo(undo);
            Ok(respond::redirect_with(&format!("/orders/{id}"), toast))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&read_page(&app, &current, id, Query::default(), (fields, problems)).await?)
        }
    }
}

/// Two forms stand on the page, so the reason of cancelling has a name of its own.
fn at_form(error: Error) -> Error {
    match error {
        Error::Invalid(mut problems) => {
            for problem in problems.iter_mut().filter(|problem| problem.field == "reason") {
                problem.field = "cancel_reason".to_string();
            }
            Error::Invalid(problems)
        }
        other => other,
    }
}
