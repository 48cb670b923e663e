//! What is done to all ticked people at once; each press of a button is taken back as one.

use axum::extract::State;
use platform::{Error, Result as Done, Tx};
use records::{people, tags};

use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::Fields;
use crate::pages::changes;
use crate::parts::Toast;
use crate::respond::{self, is_own_path};
use crate::state::App;
use crate::wording::counted;

pub(crate) async fn add_tag(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let tag = fields.trimmed("tag").to_string();
    let said = format!("tagged “{tag}”");
    each(&app, &current, &fields, &said, move |tx, id| tags::add(tx, id, &tag)).await
}

pub(crate) async fn remove_tag(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let tag = fields.trimmed("tag").to_string();
    let said = format!("without the tag “{tag}” now");
    each(&app, &current, &fields, &said, move |tx, id| tags::remove(tx, id, &tag)).await
}

pub(crate) async fn delete_many(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let delete = |tx: &mut Tx<'_>, id: &str| {
        if !people::get(tx, id)?.is_present() {
            return Ok(false);
        }
        people::delete(tx, id).map(|()| true)
    };
    each(&app, &current, &fields, "deleted", delete).await
}

/// Changes every ticked person in one transaction and goes back to the list.
async fn each(
    app: &App,
    current: &Current,
    fields: &Fields,
    said: &str,
    change: impl Fn(&mut Tx<'_>, &str) -> Done<bool> + Send + 'static,
) -> Result {
    let ids: Vec<String> = fields.all("id").map(str::to_string).collect();
    if ids.is_empty() {
        return Err(Error::invalid("id", "tick at least one row first").into());
    }
    let there = Some(fields.get("back")).filter(|path| is_own_path(path)).unwrap_or("/people").to_string();
    let all = move |tx: &mut Tx<'_>| {
        changes::together(tx, |tx| {
            let mut n = 0;
            for id in &ids {
                n += i64::from(change(tx, id)?);
            }
            Ok(n)
        })
    };
    let (n, undo) = app.store.write(current.by(), all).await?;
    Ok(match n {
        0 => respond::redirect_with(&there, Toast::done("That was so already")),
        _ => {
            let toast = Toast::done(format!("{} {said}", counted(n, "person", "people")));
            respond::redirect_with(&there, toast.undo(undo))
        }
    })
}
