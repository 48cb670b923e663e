//! What somebody decides about an insight: reviewed, decided, refuted, taken up again.

use axum::extract::{Path, State};
use cycle::interpret::{self, Deciding};
use platform::Tx;

use super::show::page;
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::parts::Toast;
use crate::respond;
use crate::state::App;

pub(crate) async fn review(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let wanted = id.clone();
    act(&app, &current, id, Fields::default(), "Marked as reviewed", move |tx| interpret::review(tx, &wanted))
        .await
}

pub(crate) async fn decide(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let deciding = Deciding {
        why: fields.get("why").to_string(),
        expected_effect: fields.get("expected_effect").to_string(),
    };
    let wanted = id.clone();
    act(&app, &current, id, fields, "Decided", move |tx| interpret::decide(tx, &wanted, &deciding)).await
}

pub(crate) async fn refute(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let (wanted, why) = (id.clone(), fields.get("why").to_string());
    let typed = Fields::of(&[("refuted_why", fields.get("why"))]);
    act(&app, &current, id, typed, "Refuted", move |tx| interpret::refute(tx, &wanted, &why)).await
}

pub(crate) async fn reopen(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let wanted = id.clone();
    act(&app, &current, id, Fields::default(), "Taken up again", move |tx| interpret::reopen(tx, &wanted))
        .await
}

/// Does it and comes back to the insight; what was typed stays where it is refused.
async fn act(
    app: &App,
    current: &Current,
    id: String,
    typed: Fields,
    done: &str,
    verb: impl Fn(&mut Tx<'_>) -> platform::Result<()> + Send + 'static,
) -> Result {
    match app.store.write(current.by(), verb).await {
        Ok(()) => Ok(respond::redirect_with(&format!("/insights/{id}"), Toast::done(done))),
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&page(app, current, id, 0, typed, problems).await?)
        }
    }
}
