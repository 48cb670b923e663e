//! What is pressed on the page of an action: reckon, allow, approve, launch, stop, done, drop.

use axum::extract::{Path, State};
use cycle::act::{actions, experiments};
use platform::{Error, Tx};

use super::edit;
use super::show::page;
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::parts::Toast;
use crate::respond;
use crate::state::App;

/// Reckons anew whether the experiment can answer.
pub(crate) async fn reckon(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let wanted = id.clone();
    let looked = app.store.scan(move |s| {
        let experiment = of(s, &wanted)?;
        let plan = cycle::act::power::look(s, &experiment)?;
        Ok((experiment, plan))
    });
    let (experiment, plan) = looked.await?;
    let kept = app.store.write(current.by(), move |tx| {
        cycle::act::power::keep(tx, &experiment.id, experiment.version, &plan).map(drop)
    });
    kept.await?;
    Ok(respond::redirect_with(&format!("/actions/{id}"), Toast::done("Reckoned anew")))
}

fn of(snapshot: &mut platform::Snapshot<'_>, action_id: &str) -> platform::Result<experiments::Experiment> {
    let found = experiments::of_action(snapshot, action_id)?;
    found.ok_or_else(|| Error::Conflict("the action has no experiment".to_string()))
}

/// Keeps why the experiment shall run although it can hardly answer.
pub(crate) async fn allow(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let (wanted, why) = (id.clone(), fields.get("why_underpowered").to_string());
    press(&app, &current, id, fields, "Kept", move |tx| {
        let experiment = of(tx, &wanted)?;
        experiments::underpowered(tx, &experiment.id, &why).map(drop)
    })
    .await
}

pub(crate) async fn approve(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let wanted = id.clone();
    press(&app, &current, id, Fields::default(), "Approved", move |tx| {
        actions::approve(tx, &wanted).map(drop)
    })
    .await
}

pub(crate) async fn launch(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    // The experiment may have lost its plan by a change of the draft.
    edit::reckon(&app, &current, &id).await?;
    let wanted = id.clone();
    press(&app, &current, id, Fields::default(), "Launched", move |tx| actions::launch(tx, &wanted).map(drop))
        .await
}

pub(crate) async fn stop(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let (wanted, why) = (id.clone(), fields.get("why").to_string());
    press(&app, &current, id, fields, "Stopped", move |tx| actions::stop(tx, &wanted, &why).map(drop)).await
}

pub(crate) async fn finish(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let wanted = id.clone();
    press(&app, &current, id, Fields::default(), "Marked as done", move |tx| {
        actions::finish(tx, &wanted).map(drop)
    })
    .await
}

pub(crate) async fn discard(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let (wanted, why) = (id.clone(), fields.get("why").to_string());
    press(&app, &current, id, fields, "Dropped", move |tx| actions::discard(tx, &wanted, &why).map(drop))
        .await
}

/// Does it and comes back to the action; what was typed stays where it is refused.
async fn press(
    app: &App,
    current: &Current,
    id: String,
    typed: Fields,
    done: &str,
    verb: impl Fn(&mut Tx<'_>) -> platform::Result<()> + Send + 'static,
) -> Result {
    match app.store.write(current.by(), verb).await {
        Ok(()) => Ok(respond::redirect_with(&format!("/actions/{id}"), Toast::done(done))),
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&page(app, current, id, typed, problems).await?)
        }
    }
}
