//! Who is known already and looks like the person who is being typed, with the reasons.

use askama::Template;
use axum::extract::State;
use cycle::process::dedupe::{self, Similar as Alike};
use platform::{Result as Found, Snapshot};
use records::people::Input;

use crate::current::Current;
use crate::error::Result;
use crate::forms::Fields;
use crate::pages::timeline::label;
use crate::respond;
use crate::state::App;

/// People shown at once.
const SHOWN: usize = 5;

#[derive(Template)]
#[template(path = "people/similar.html")]
struct Similar {
    people: Vec<Line>,
}

struct Line {
    href: String,
    name: String,
    reasons: String,
}

pub(crate) async fn show(State(app): State<App>, _: Current, fields: Fields) -> Result {
    respond::fragment(&Similar { people: app.store.read(move |snapshot| find(snapshot, &fields)).await? })
}

fn find(snapshot: &mut Snapshot<'_>, fields: &Fields) -> Found<Vec<Line>> {
    let typed = |name: &str| fields.filled(name).map(str::to_string);
    let input = Input {
        external_id: typed("external_id"),
        given_name: typed("given_name"),
        family_name: typed("family_name"),
        email: typed("email"),
        phone: typed("phone"),
        street: typed("street"),
        postcode: typed("postcode"),
        city: typed("city"),
        country: typed("country"),
        birthday: typed("birthday"),
        ..Input::default()
    };
    let mut found = dedupe::similar(snapshot, &input, SHOWN + 1)?;
    found.retain(|one| one.person.id != fields.get("person_id"));
    found.truncate(SHOWN);
    Ok(found.into_iter().map(line).collect())
}

fn line(one: Alike) -> Line {
    let speaking = one.reasons.iter().filter(|reason| reason.bits > 0.0);
    let reasons: Vec<String> = speaking
        .map(|reason| format!("{} {}", label(&reason.field), reason.found.replace('_', " ")))
        .collect();
    Line { href: format!("/people/{}", one.person.id), name: one.person.name, reasons: reasons.join(" · ") }
}
