//! Personas: a described kind of customer beside what its people really do.

use askama::Template;
use axum::extract::{Path, State};
use cycle::act::segments;
use cycle::plan::personas::{self, Behaviour, Bound, Input, Persona};
use platform::Snapshot;

use super::turn::{currency_of, tabs};
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::changes;
use crate::pages::people::SEGMENTS;
use crate::parts::{Choice, Crumb, Stat, Tab, Toast};
use crate::query::Query;
use crate::state::App;
use crate::{respond, words};

#[derive(Template)]
#[template(path = "personas/list.html")]
struct List {
    page: Layout,
    tabs: Vec<Tab>,
    may_write: bool,
    personas: Vec<Card>,
}

struct Card {
    persona: Persona,
    /// Name and people of the segment.
    segment: Option<(String, String)>,
    stats: Vec<Stat>,
    /// RFM segment, people, share in percent.
    mix: Vec<(String, String, f64)>,
}

fn people_href(bound: &Bound) -> String {
    let json = serde_json::to_string(&bound.filter).unwrap_or_default();
    Query::default().with("filter", &json).at("/people")
}

fn card(persona: Persona, bound: Option<(Bound, Behaviour)>, currency: &str) -> Card {
    let Some((bound, found)) = bound else {
        return Card { persona, segment: None, stats: Vec::new(), mix: Vec::new() };
    };
    let href = people_href(&bound);
    let of_all = |n: i64| if found.n_people > 0 { n as f64 / found.n_people as f64 } else { 0.0 };
    let order =
        "Revenue divided by orders, of the people of this segment; returns and cancelled orders taken out.";
    let mean = match found.mean_order_minor() {
        Some(mean) => Stat::new("Mean order", words::money(mean.round() as i64, currency), order)
            .unit(&format!("of {}", words::counted(found.n_orders, "order", "orders"))),
        None => Stat::cannot_tell("Mean order", "nobody has ordered yet", order),
    };
    let stats = vec![
        Stat::new("People", words::count(found.n_people), "People in the segment now.").rows(href.clone()),
        Stat::new(
            "Have bought",
            words::share(of_all(found.n_buyers)),
            "Share of these people with at least one order.",
        )
        .unit(&format!("of {}", words::count(found.n_people))),
        mean,
    ];
    let label = |name: Option<&str>| match name {
        None => "without a score".to_string(),
        Some(name) => SEGMENTS
            .iter()
            .find(|(key, _)| *key == name)
            .map_or_else(|| name.to_string(), |(_, label)| label.to_string()),
    };
    let mix = found.mix.iter().map(|(name, n)| {
        (
            label(name.as_deref()),
            format!("{}, {}", words::count(*n), words::share(of_all(*n))),
            100.0 * of_all(*n),
        )
    });
    Card { mix: mix.collect(), persona, segment: Some((bound.name, href)), stats }
}

fn bound(snapshot: &mut Snapshot<'_>, persona: &Persona) -> platform::Result<Option<(Bound, Behaviour)>> {
    let Some(id) = persona.segment_id.as_deref() else { return Ok(None) };
    let Some(bound) = personas::segment(snapshot, id)? else { return Ok(None) };
    let behaviour = personas::behaviour(snapshot, &bound.filter)?;
    Ok(Some((bound, behaviour)))
}

pub(crate) async fn index(State(app): State<App>, current: Current) -> Result {
    let found = app.store.scan(|s| {
        let all = personas::list(s)?;
        all.into_iter()
            .map(|persona| Ok((bound(s, &persona)?, persona)))
            .collect::<platform::Result<Vec<_>>>()
    });
    let found = found.await?;
    respond::page(&List {
        page: current.layout(Place::Turn, "Personas"),
        tabs: tabs("/personas"),
        may_write: current.may_write(),
        personas: found.into_iter().map(|(bound, one)| card(one, bound, currency_of(&current))).collect(),
    })
}

#[derive(Template)]
#[template(path = "personas/form.html")]
struct Form {
    page: Layout,
    crumbs: Vec<Crumb>,
    title: String,
    action: String,
    version: i64,
    segments: Vec<Choice>,
    fields: Fields,
    problems: Problems,
}

async fn form(
    app: &App,
    current: &Current,
    persona: Option<Persona>,
    fields: Fields,
    problems: Problems,
) -> Result<Form> {
    let all = app.store.read(segments::list).await?;
    let chosen = fields.get("segment_id");
    let mut choices = vec![Choice::new("", "None yet", chosen)];
    choices.extend(all.iter().map(|segment| Choice::new(&segment.id, &segment.name, chosen)));
    let title = persona.as_ref().map_or("New persona".to_string(), |one| one.name.clone());
    Ok(Form {
        page: current.layout(Place::Turn, &title),
        crumbs: vec![Crumb { label: "Personas".to_string(), href: "/personas".to_string() }],
        title,
        action: persona.as_ref().map_or("/personas".to_string(), |one| format!("/personas/{}", one.id)),
        version: persona.map_or(0, |one| one.version),
        segments: choices,
        fields,
        problems,
    })
}

pub(crate) async fn new(State(app): State<App>, Writer(current): Writer) -> Result {
    respond::page(&form(&app, &current, None, Fields::default(), Problems::default()).await?)
}

pub(crate) async fn edit(State(app): State<App>, Writer(current): Writer, Path(id): Path<String>) -> Result {
    let persona = app.store.read(move |s| personas::get(s, &id)).await?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let fields = Fields::of(&[
        ("name", &persona.name),
        ("description", &text(&persona.description)),
        ("needs", &text(&persona.needs)),
        ("segment_id", &text(&persona.segment_id)),
    ]);
    respond::page(&form(&app, &current, Some(persona), fields, Problems::default()).await?)
}

fn read(fields: &Fields) -> Input {
    let text = |name: &str| fields.filled(name).map(str::to_string);
    Input {
        name: fields.get("name").to_string(),
        description: text("description"),
        needs: text("needs"),
        segment_id: text("segment_id"),
    }
}

pub(crate) async fn create(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let input = read(&fields);
    let kept = app.store.write(current.by(), move |tx| {
        let kept = personas::create(tx, &input)?;
        Ok((changes::of_newest(tx, &kept.id)?, kept))
    });
    match kept.await {
        Ok((undo, kept)) => {
            let done = Toast::done(format!("{} added", kept.name)).undo(undo);
            Ok(respond::redirect_with("/personas", done))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&form(&app, &current, None, fields, problems).await?)
        }
    }
}

pub(crate) async fn update(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let (input, wanted) = (read(&fields), id.clone());
    let version = fields.get("version").parse().unwrap_or_default();
    let kept = app.store.write(current.by(), move |tx| {
        let kept = personas::update(tx, &wanted, version, &input)?;
        Ok((changes::of_newest(tx, &kept.id)?, kept))
    });
    match kept.await {
        Ok((undo, kept)) => {
            let done = Toast::done(format!("{} saved", kept.name)).undo(undo);
            Ok(respond::redirect_with("/personas", done))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            let persona = app.store.read(move |s| personas::get(s, &id)).await?;
            respond::invalid(&form(&app, &current, Some(persona), fields, problems).await?)
        }
    }
}

pub(crate) async fn delete(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let undo = app.store.write(current.by(), move |tx| {
        personas::delete(tx, &id)?;
        changes::of_newest(tx, &id)
    });
    Ok(respond::redirect_with("/personas", Toast::done("Persona deleted").undo(undo.await?)))
}
