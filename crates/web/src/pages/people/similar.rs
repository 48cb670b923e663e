//! Who is known already and looks like the person who is being typed.

use askama::Template;
use axum::extract::State;
use platform::{Result as Found, Snapshot};
use records::people::{self, Person};

use crate::current::Current;
use crate::error::Result;
use crate::forms::Fields;
use crate::respond;
use crate::state::App;

/// People shown at once.
const SHOWN: usize = 5;
/// Letters of a name below which everybody looks alike.
const NAME_CHARS: usize = 4;

#[derive(Template)]
#[template(path = "people/similar.html")]
struct Similar {
    people: Vec<Person>,
}

pub(crate) async fn show(State(app): State<App>, _: Current, fields: Fields) -> Result {
    respond::fragment(&Similar { people: app.store.read(move |snapshot| find(snapshot, &fields)).await? })
}

/// People with the same e-mail address, phone or number, or whose name begins as the typed one.
fn find(snapshot: &mut Snapshot<'_>, fields: &Fields) -> Found<Vec<Person>> {
    let mut found: Vec<Person> = Vec::new();
    let name = format!("{} {}", fields.trimmed("given_name"), fields.trimmed("family_name"));
    let whole = !fields.trimmed("given_name").is_empty() && !fields.trimmed("family_name").is_empty();
    found.extend(match fields.filled("email") {
        Some(email) => people::by_email(snapshot, email)?,
        None => None,
    });
    found.extend(match fields.filled("external_id") {
        Some(number) => people::by_external_id(snapshot, number)?,
        None => None,
    });
    if whole && name.chars().count() > NAME_CHARS {
        found.extend(people::search(snapshot, &name, SHOWN)?);
    }
    let mut seen = vec![fields.get("person_id").to_string()];
    found.retain(|person| {
        let fresh = !seen.contains(&person.id) && person.is_present();
        seen.push(person.id.clone());
        fresh
    });
    found.truncate(SHOWN);
    Ok(found)
}
