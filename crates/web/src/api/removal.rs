//! One way to delete a record over the API: only as the caller has seen it.

use platform::store::Tx;

use super::asked::IfMatch;
use super::{Writing, answers};

use crate::error::Result;
use crate::state::App;

/// Deletes the record `id` where it still carries the tag that the caller has seen.
///
/// `stamp` reads the record's tag and refuses what is not there; `delete` is the record's verb.
pub(super) async fn destroy<T: Send + 'static>(
    app: &App,
    caller: &Writing,
    if_match: IfMatch,
    id: String,
    stamp: fn(&mut Tx<'_>, &str) -> platform::Result<i64>,
    delete: fn(&mut Tx<'_>, &str) -> platform::Result<T>,
) -> Result {
    let deleted = app.store.write(caller.by(), move |tx| match if_match.holds(stamp(tx, &id)?) {
        true => delete(tx, &id).map(Some),
        false => Ok(None),
    });
    answers::unchanged_since(deleted.await?)?;
    answers::done()
}
