//! A definition is changed: a new version with its reason.

use askama::Template;
use axum::extract::{Path, State};
use cycle::plan::metrics::{self, Change, Metric};
use platform::{Error, Snapshot, Tx, auth};

use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::changes;
use crate::parts::{Choice, Crumb, Toast};
use crate::respond;
use crate::state::App;

#[derive(Template)]
#[template(path = "dictionary/edit.html")]
struct Edit {
    page: Layout,
    crumbs: Vec<Crumb>,
    metric: Metric,
    has_window: bool,
    owners: Vec<Choice>,
    fields: Fields,
    problems: Problems,
}

async fn page(
    app: &App,
    current: &Current,
    key: String,
    typed: Option<Fields>,
    problems: Problems,
) -> Result<Edit> {
    let read = move |s: &mut Snapshot<'_>| Ok((metrics::latest(s, &key)?, auth::list(s)?));
    let (metric, users) = app.store.read(read).await?;
    let fields = typed.unwrap_or_else(|| {
        let window = metric.params.window_days.map(|days| days.to_string()).unwrap_or_default();
        Fields::of(&[
            ("name", &metric.name),
            ("definition", &metric.definition),
            ("owner", metric.owner_id.as_deref().unwrap_or_default()),
            ("window_days", &window),
        ])
    });
    let mut owners = vec![Choice::new("", "Nobody in particular", fields.get("owner"))];
    owners.extend(users.iter().map(|user| Choice::new(&user.id, &user.name, fields.get("owner"))));
    let crumb = |label: &str, href: String| Crumb { label: label.to_string(), href };
    Ok(Edit {
        page: current.layout(Place::Goals, format!("Change {}", metric.name)),
        crumbs: vec![
            crumb("Metrics", "/dictionary".to_string()),
            crumb(&metric.name, format!("/dictionary/{}", metric.key)),
        ],
        has_window: metrics::has_window(&metric),
        metric,
        owners,
        fields,
        problems,
    })
}

pub(crate) async fn edit(State(app): State<App>, Writer(current): Writer, Path(key): Path<String>) -> Result {
    respond::page(&page(&app, &current, key, None, Problems::default()).await?)
}

pub(crate) async fn update(
    State(app): State<App>,
    Writer(current): Writer,
    Path(key): Path<String>,
    fields: Fields,
) -> Result {
    let stored = match stated(&fields) {
        Err(error) => Err(error),
        Ok(change) => {
            let (key, version) = (key.clone(), fields.get("version").parse().unwrap_or(0));
            let write = move |tx: &mut Tx<'_>| {
                let metric = metrics::change(tx, &key, version, &change)?;
                Ok((changes::of_newest(tx, &metric.key)?, metric))
            };
            app.store.write(current.by(), write).await
        }
    };
    match stored {
        Ok((undo, metric)) => {
            let toast = Toast::done(format!("{}: version {}", metric.name, metric.version)).undo(undo);
            Ok(respond::redirect_with(&format!("/dictionary/{}", metric.key), toast))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&page(&app, &current, key, Some(fields), problems).await?)
        }
    }
}

fn stated(fields: &Fields) -> platform::Result<Change> {
    let window_days = match fields.filled("window_days") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| {
            Error::invalid("window_days", format!("“{text}” is no whole number of days such as 180"))
        })?),
    };
    Ok(Change {
        name: fields.get("name").to_string(),
        definition: fields.get("definition").to_string(),
        owner_id: fields.filled("owner").map(str::to_string),
        window_days,
        reason: fields.get("reason").to_string(),
    })
}
