//! The codes of an offer and the treated people of an action as files, and redeeming by hand.

use axum::extract::{Path, State};
use cycle::act::offers::{self, Redemption};
use cycle::act::people_out;
use platform::{Error, Tx};
use records::orders::workspace_currency;
use records::values::decimal::DecimalMark;
use records::values::money;

use super::show::page;
use crate::current::{Current, Writer};
use crate::download;
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::parts::Toast;
use crate::respond;
use crate::state::App;

/// The codes with the customers who hold them.
pub(crate) async fn export_codes(State(app): State<App>, _: Current, Path(id): Path<String>) -> Result {
    Ok(download::csv_of_snapshot("codes.csv", &app.store, move |snapshot, out| {
        people_out::codes(snapshot, &id, out).map(drop)
    }))
}

/// The customers who are treated, for whoever does it elsewhere; those who are held out are not in it.
pub(crate) async fn export_people(State(app): State<App>, _: Current, Path(id): Path<String>) -> Result {
    Ok(download::csv_of_snapshot("treated.csv", &app.store, move |snapshot, out| {
        people_out::treated(snapshot, &id, out).map(drop)
    }))
}

pub(crate) async fn redeem(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let typed = fields.clone();
    let write = move |tx: &mut Tx<'_>| {
        let currency = workspace_currency(tx)?;
        let amount = money::parse(typed.get("order"), Some(currency), DecimalMark::Unknown)
            .map_err(|problem| Error::invalid("order", problem.to_string()))?;
        let redemption = Redemption {
            code: typed.get("code").to_string(),
            order_number: typed.filled("order_number").map(str::to_string),
            order_minor: amount.amount_minor,
            discount_minor: None,
        };
        offers::redeem(tx, &redemption)
    };
    match app.store.write(current.by(), write).await {
        Ok(code) => {
            let toast = Toast::done(format!("{} is used", code.code));
            Ok(respond::redirect_with(&format!("/actions/{id}"), toast))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&page(&app, &current, id, fields, problems).await?)
        }
    }
}
