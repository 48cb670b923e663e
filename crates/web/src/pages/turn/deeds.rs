//! What is done to a turn with one press: open, close, let a gate pass, note a meeting, choose the words.

use axum::extract::{Path, State};
use cycle::plan::history::day_at;
use cycle::plan::turns;
use cycle::turn::agenda::{self, Meeting};
use cycle::turn::{gates, vocabulary};
use platform::{Error, Tx};

use super::page;
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::pages::changes;
use crate::parts::Toast;
use crate::respond;
use crate::state::App;

pub(crate) async fn open(State(app): State<App>, Writer(current): Writer, Path(id): Path<String>) -> Result {
    let wanted = id.clone();
    act(&app, &current, id, "The turn is open", move |tx| turns::open(tx, &wanted).map(drop)).await
}

pub(crate) async fn close_begun(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let wanted = id.clone();
    app.store.write(current.by(), move |tx| turns::begin_close(tx, &wanted)).await?;
    Ok(respond::redirect(&format!("/turns/{id}/close")))
}

pub(crate) async fn resume(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let wanted = id.clone();
    act(&app, &current, id, "The turn goes on", move |tx| turns::resume(tx, &wanted).map(drop)).await
}

pub(crate) async fn delete(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let undo = app
        .store
        .write(current.by(), move |tx| {
            turns::delete(tx, &id)?;
            changes::of_newest(tx, &id)
        })
        .await?;
    Ok(respond::redirect_with("/turns", Toast::done("The turn is deleted").undo(undo)))
}

pub(crate) async fn state_needs(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let wanted = id.clone();
    act(&app, &current, id, "Needs stated", move |tx| {
        turns::state_needs(tx, &wanted, fields.filled("business_need"), fields.filled("customer_need"))
            .map(drop)
    })
    .await
}

pub(crate) async fn choose_vocabulary(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let key = vocabulary::named(fields.get("vocabulary")).key;
    let (wanted, words) = (id.clone(), format!("Shown in the words of: {}", vocabulary::named(key).name));
    act(&app, &current, id, &words, move |tx| turns::choose_vocabulary(tx, &wanted, key).map(drop)).await
}

pub(crate) async fn waive(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let (wanted, key) = (id.clone(), fields.get("condition").to_string());
    if !gates::KEYS.contains(&key.as_str()) {
        return Err(Error::missing("condition", key).into());
    }
    let note = fields.trimmed("note").to_string();
    let done = if note.is_empty() { "It counts again" } else { "Let pass" };
    act(&app, &current, id, done, move |tx| turns::waive(tx, &wanted, &key, &note)).await
}

pub(crate) async fn meet(
    State(app): State<App>,
    Writer(current): Writer,
    Path((id, kind)): Path<(String, String)>,
    fields: Fields,
) -> Result {
    let meeting = Meeting::from_name(&kind).ok_or_else(|| Error::missing("meeting", kind))?;
    let wanted = id.clone();
    act(&app, &current, id, "Noted", move |tx| {
        let on = fields.filled("on").map(|text| day_at("on", text)).transpose()?;
        let minutes = fields.filled("minutes").map(str::to_string);
        let input = agenda::Input { on, minutes, was_held: fields.ticked("was_held") };
        agenda::state(tx, &wanted, meeting, &input)
    })
    .await
}

/// Does it and comes back to the turn, with the way back; what is refused is told on the same page.
async fn act(
    app: &App,
    current: &Current,
    id: String,
    done: &str,
    verb: impl Fn(&mut Tx<'_>) -> platform::Result<()> + Send + 'static,
) -> Result {
    let wanted = id.clone();
    let change = move |tx: &mut Tx<'_>| {
        verb(tx)?;
        changes::of_newest(tx, &wanted)
    };
    match app.store.write(current.by(), change).await {
        Ok(undo) => {
            let there = format!("/turns/{id}");
            Ok(respond::redirect_with(&there, Toast::done(done).undo(undo)))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            let found = app.store.scan(move |s| {
                let turn = turns::get(s, &id)?;
                super::read(s, turn)
            });
            respond::invalid(&page(app, current, found.await?, "", problems))
        }
    }
}
