//! The register of sources: what came when and how much, what was agreed, what waits to be mended, whom it serves.

use askama::Template;
use axum::extract::{Path, State};
use cycle::plan::sources::{self, Arrivals, Breach, Contract, Input, Nature, Origin, Source, Structure};
use platform::{Error, auth};

use super::turn::{tabs, users_to_choose};
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::changes;
use crate::parts::{Choice, Crumb, Moment, Tab, Toast};
use crate::state::App;
use crate::{respond, words};

#[derive(Template)]
#[template(path = "sources/list.html")]
struct List {
    page: Layout,
    tabs: Vec<Tab>,
    may_write: bool,
    sources: Vec<Row>,
    /// When the turn counted the months of orders, where they are not counted anew.
    counted_at: Option<Moment>,
}

struct Row {
    source: Source,
    href: String,
    kind: String,
    owner: String,
    last: Option<Moment>,
    volume: String,
    /// Records by month, drawn small.
    months: Vec<f64>,
    months_meaning: String,
    contract: String,
    state: &'static str,
    tone: &'static str,
    breaches: Vec<Breach>,
    quarantined: String,
    goals: Vec<(String, String)>,
}

fn kind_in_words(source: &Source) -> String {
    let origin = if source.origin == Origin::External { "external" } else { "internal" };
    let structure = match source.structure {
        Structure::Structured => "structured",
        Structure::SemiStructured => "partly structured",
        Structure::Unstructured => "free text",
    };
    let nature = if source.nature == Nature::Qualitative { "qualitative" } else { "quantitative" };
    format!("{origin}, {structure}, {nature}")
}

fn contract_in_words(contract: &Contract) -> String {
    let mut parts = Vec::new();
    if let Some(days) = contract.every_days {
        parts.push(if days == 1 { "every day".to_string() } else { format!("every {days} days") });
    }
    match (contract.rows_low, contract.rows_high) {
        (Some(low), Some(high)) => {
            parts.push(format!("{} to {} rows a month", words::count(low), words::count(high)));
        }
        (Some(low), None) => parts.push(format!("at least {} rows a month", words::count(low))),
        (None, Some(high)) => parts.push(format!("at most {} rows a month", words::count(high))),
        (None, None) => {}
    }
    if !contract.columns.is_empty() {
        parts.push(words::counted(contract.columns.len() as i64, "column", "columns"));
    }
    if parts.is_empty() { "nothing agreed".to_string() } else { parts.join(", ") }
}

pub(crate) async fn index(State(app): State<App>, current: Current) -> Result {
    let found = app.store.scan(|s| {
        let mut rows = Vec::new();
        for source in sources::list(s)? {
            let arrived = sources::arrivals(s, &source.key)?;
            let by_month = sources::by_month(s, &source.key)?;
            let goals = sources::goals_served(s, &source.key)?;
            rows.push((source, arrived, by_month, goals));
        }
        Ok((rows, auth::list(s)?))
    });
    let (found, users) = found.await?;
    let now = app.store.now();
    let moment = |at| words::moment(at, now, current.zone());
    let counted_at = found.iter().find_map(|(_, _, by_month, _)| by_month.counted_at).map(moment);
    let rows = found.into_iter().map(|(source, arrived, sources::ByMonth { months, .. }, goals)| {
        let breaches = sources::breaches(&source, &arrived, now);
        let owner = users.iter().find(|user| Some(&user.id) == source.owner_id.as_ref());
        let (state, tone) = state_of(&source, &arrived, &breaches);
        Row {
            href: format!("/sources/{}", source.key),
            kind: kind_in_words(&source),
            owner: owner.map_or_else(|| "nobody yet".to_string(), |user| user.name.clone()),
            last: arrived.last_at.map(moment),
            volume: words::count(arrived.n_rows_30_days),
            months_meaning: format!(
                "Records by month, the last {}: {}",
                months.len(),
                months.iter().map(|(_, n)| words::count(*n)).collect::<Vec<_>>().join(", ")
            ),
            months: months.iter().map(|(_, n)| *n as f64).collect(),
            contract: contract_in_words(&source.contract),
            state,
            tone,
            breaches,
            quarantined: words::count(arrived.n_quarantined),
            goals: goals.into_iter().map(|goal| (format!("/goals/{}", goal.0), goal.1)).collect(),
            source,
        }
    });
    respond::page(&List {
        page: current.layout(Place::Turn, "Sources"),
        tabs: tabs("/sources"),
        may_write: current.may_write(),
        sources: rows.collect(),
        counted_at,
    })
}

fn state_of(source: &Source, arrived: &Arrivals, breaches: &[Breach]) -> (&'static str, &'static str) {
    match (breaches.is_empty(), &source.gap, arrived.last_at) {
        (false, None, _) => ("not as agreed", "warning"),
        (false, Some(_), _) | (true, Some(_), None) => ("gap stated", "accent"),
        (true, _, Some(_)) => ("in order", "good"),
        (true, None, None) => ("nothing yet", "neutral"),
    }
}

#[derive(Template)]
#[template(path = "sources/form.html")]
struct Form {
    page: Layout,
    crumbs: Vec<Crumb>,
    title: String,
    action: String,
    version: i64,
    is_new: bool,
    may_delete: bool,
    /// Columns of the newest file, to agree on.
    proposed: String,
    origins: Vec<Choice>,
    structures: Vec<Choice>,
    natures: Vec<Choice>,
    owners: Vec<Choice>,
    fields: Fields,
    problems: Problems,
}

async fn form(
    app: &App,
    current: &Current,
    source: Option<Source>,
    fields: Fields,
    problems: Problems,
) -> Result<Form> {
    let key = source.as_ref().map(|source| source.key.clone());
    let found = app.store.read(move |s| {
        let columns = match &key {
            Some(key) => sources::columns_of_newest(s, key)?,
            None => Vec::new(),
        };
        Ok((auth::list(s)?, columns))
    });
    let (users, columns) = found.await?;
    let title = source.as_ref().map_or("New source".to_string(), |source| source.name.clone());
    let choice = |name: &'static str, label: &str, field: &str| Choice::new(name, label, fields.get(field));
    Ok(Form {
        page: current.layout(Place::Turn, &title),
        crumbs: vec![Crumb { label: "Sources".to_string(), href: "/sources".to_string() }],
        title,
        action: source.as_ref().map_or("/sources".to_string(), |source| format!("/sources/{}", source.key)),
        version: source.as_ref().map_or(0, |source| source.version),
        is_new: source.is_none(),
        may_delete: source
            .as_ref()
            .is_some_and(|source| !sources::SHIPPED.iter().any(|(shipped, _)| *shipped == source.key)),
        proposed: columns.join("\n"),
        origins: vec![
            choice("internal", "From within the firm", "origin"),
            choice("external", "From outside", "origin"),
        ],
        structures: vec![
            choice("structured", "Structured: rows and columns", "structure"),
            choice("semi_structured", "Partly structured: messages, logs", "structure"),
            choice("unstructured", "Free text, pictures, talks", "structure"),
        ],
        natures: vec![
            choice("quantitative", "Quantitative: it counts or measures", "nature"),
            choice("qualitative", "Qualitative: it tells why", "nature"),
        ],
        owners: users_to_choose(&users, fields.get("owner_id")),
        fields,
        problems,
    })
}

pub(crate) async fn new(State(app): State<App>, Writer(current): Writer) -> Result {
    respond::page(&form(&app, &current, None, Fields::default(), Problems::default()).await?)
}

pub(crate) async fn edit(State(app): State<App>, Writer(current): Writer, Path(key): Path<String>) -> Result {
    let source = app.store.read(move |s| sources::get(s, &key)).await?;
    let number = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
    let fields = Fields::of(&[
        ("name", &source.name),
        ("origin", source.origin.name()),
        ("structure", source.structure.name()),
        ("nature", source.nature.name()),
        ("owner_id", source.owner_id.as_deref().unwrap_or_default()),
        ("every_days", &number(source.contract.every_days)),
        ("rows_low", &number(source.contract.rows_low)),
        ("rows_high", &number(source.contract.rows_high)),
        ("columns", &source.contract.columns.join("\n")),
        ("gap_note", source.gap.as_ref().map_or("", |gap| gap.note.as_str())),
    ]);
    respond::page(&form(&app, &current, Some(source), fields, Problems::default()).await?)
}

fn read(fields: &Fields) -> platform::Result<Input> {
    let number = |field: &str| match fields.filled(field) {
        None => Ok(None),
        Some(text) => text
            .parse::<i64>()
            .map(Some)
            .map_err(|_| Error::invalid(field, format!("“{text}” is no whole number"))),
    };
    Ok(Input {
        name: fields.get("name").to_string(),
        origin: Origin::from_name(fields.get("origin")).unwrap_or(Origin::Internal),
        structure: Structure::from_name(fields.get("structure")).unwrap_or(Structure::Structured),
        nature: Nature::from_name(fields.get("nature")).unwrap_or(Nature::Quantitative),
        owner_id: fields.filled("owner_id").map(str::to_string),
        contract: Contract {
            every_days: number("every_days")?,
            rows_low: number("rows_low")?,
            rows_high: number("rows_high")?,
            columns: fields.get("columns").lines().map(str::to_string).collect(),
        },
        gap_note: fields.filled("gap_note").map(str::to_string),
    })
}

pub(crate) async fn create(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let key = fields.get("key").to_string();
    let kept = match read(&fields) {
        Ok(input) => {
            let verb = move |tx: &mut platform::Tx<'_>| {
                let kept = sources::create(tx, &key, &input)?;
                Ok((changes::of_newest(tx, &kept.key)?, kept))
            };
            app.store.write(current.by(), verb).await
        }
        Err(error) => Err(error),
    };
    match kept {
        Ok((undo, kept)) => {
            let done = Toast::done(format!("{} added", kept.name)).undo(undo);
            Ok(respond::redirect_with("/sources", done))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&form(&app, &current, None, fields, problems).await?)
        }
    }
}

pub(crate) async fn state(
    State(app): State<App>,
    Writer(current): Writer,
    Path(key): Path<String>,
    fields: Fields,
) -> Result {
    let version = fields.get("version").parse().unwrap_or_default();
    let wanted = key.clone();
    let kept = match read(&fields) {
        Ok(input) => {
            let verb = move |tx: &mut platform::Tx<'_>| {
                let kept = sources::state(tx, &wanted, version, &input)?;
                Ok((changes::of_newest(tx, &kept.key)?, kept))
            };
            app.store.write(current.by(), verb).await
        }
        Err(error) => Err(error),
    };
    match kept {
        Ok((undo, kept)) => {
            let done = Toast::done(format!("{} saved", kept.name)).undo(undo);
            Ok(respond::redirect_with("/sources", done))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            let source = app.store.read(move |s| sources::get(s, &key)).await?;
            respond::invalid(&form(&app, &current, Some(source), fields, problems).await?)
        }
    }
}

pub(crate) async fn delete(
    State(app): State<App>,
    Writer(current): Writer,
    Path(key): Path<String>,
) -> Result {
    let undo = app.store.write(current.by(), move |tx| {
        sources::delete(tx, &key)?;
        changes::of_newest(tx, &key)
    });
    Ok(respond::redirect_with("/sources", Toast::done("Source taken out").undo(undo.await?)))
}
