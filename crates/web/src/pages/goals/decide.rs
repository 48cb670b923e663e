//! What is decided about a goal: opened, dropped.

use axum::extract::{Path, State};
use cycle::plan::goals;
use platform::{Snapshot, Tx};

use super::show::page;
use crate::current::Writer;
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::pages::changes;
use crate::parts::Toast;
use crate::respond;
use crate::state::App;

pub(crate) async fn open(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let wanted = id.clone();
    let read = move |s: &mut Snapshot<'_>| {
        let goal = goals::get(s, &wanted)?;
        goals::prepare(s, &goal.input())
    };
    let version = fields.get("version").parse().unwrap_or(0);
    let stored = match app.store.scan(read).await {
        Err(error) => Err(error),
        Ok(prepared) => {
            let wanted = id.clone();
            let write = move |tx: &mut Tx<'_>| {
                let goal = goals::open(tx, &wanted, version, &prepared)?;
                Ok((changes::of_newest(tx, &goal.id)?, goal.name))
            };
            app.store.write(current.by(), write).await
        }
    };
    match stored {
        Ok((undo, name)) => {
            let toast = Toast::done(format!("{name} is open")).undo(undo);
            Ok(respond::redirect_with(&format!("/goals/{id}"), toast))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&page(&app, &current, id, Fields::default(), problems).await?)
        }
    }
}

pub(crate) async fn drop_goal(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let (wanted, why) = (id.clone(), fields.get("why").to_string());
    let write = move |tx: &mut Tx<'_>| {
        let goal = goals::drop_goal(tx, &wanted, &why)?;
        Ok((changes::of_newest(tx, &goal.id)?, goal.name))
    };
    match app.store.write(current.by(), write).await {
        Ok((undo, name)) => {
            Ok(respond::redirect_with("/goals", Toast::done(format!("{name} dropped")).undo(undo)))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&page(&app, &current, id, fields, problems).await?)
        }
    }
}
