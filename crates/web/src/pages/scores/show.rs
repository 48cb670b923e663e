//! One model: its quality, backtest, versions, what it needs, and the people with the highest scores.

use askama::Template;
use axum::extract::{Path, State};
use cycle::analyze::models::{self, Model};
use platform::Error;
use records::filter::{FieldCondition, Filter, Op};

use super::people::{Listed, Person, listed};
use super::quality::{Tenth, Tried, expected, lift, reliability, stats, tenths, tried};
use super::{About, about, state};
use crate::charts::{Chart, Kind, Series, Unit};
use crate::current::Current;
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::pages::rows;
use crate::parts::{Crumb, Pager, Stat};
use crate::query::Query;
use crate::state::App;
use crate::{respond, words};

#[derive(Template)]
#[template(path = "scores/show.html")]
struct Show {
    page: Layout,
    crumbs: Vec<Crumb>,
    about: &'static About,
    model: Model,
    state: (&'static str, &'static str),
    trained: String,
    window: String,
    rows: String,
    outlook: Option<Stat>,
    stats: Vec<Stat>,
    reliability: Option<Chart>,
    lift: Option<Chart>,
    tenths: Vec<Tenth>,
    tried: Option<Tried>,
    drivers: Option<Chart>,
    driver_words: Vec<(String, &'static str)>,
    versions: Vec<Version>,
    people: Vec<Person>,
    heads: (&'static str, &'static str),
    grades: Vec<GradeRow>,
    pager: Pager,
}

/// What another page says about a model.
pub(crate) struct Judged {
    pub(crate) words: String,
    pub(crate) needs: Vec<String>,
    pub(crate) reliability: Option<Chart>,
    pub(crate) drivers: Option<Chart>,
}

/// How far a model can be believed, in short.
pub(crate) fn judged(model: &Model) -> Judged {
    let quality = model.report.quality.as_ref();
    let ranks = quality.and_then(|quality| quality.auc).map_or(String::new(), |auc| {
        format!(
            "It ranks rightly in {:.2} of cases (AUC, 95 % interval {:.2} – {:.2}; guessing is 0.50).",
            auc.estimate, auc.low, auc.high
        )
    });
    let tried = model.report.backtest.as_ref().map_or(String::new(), |tried| {
        format!(
            " As it would have been on {}, it expected {:.0} of {} to end; {} did.",
            tried.known_until, tried.expected, tried.quality.n, tried.came
        )
    });
    let subtitle = "Rows not seen in training; band: 95 % interval of the share";
    Judged {
        words: format!("{ranks}{tried}"),
        needs: model.report.needs.clone(),
        reliability: quality.map(|quality| reliability(quality, "reliability", subtitle)),
        drivers: drivers(model),
    }
}

struct Version {
    version: String,
    state: (&'static str, &'static str),
    until: String,
    rows: String,
    auc: String,
    expected: String,
    due: String,
    came: String,
}

/// A row of the grid of grades: for each grade its name, how many, and the list of them.
type GradeRow = Vec<(String, String, String)>;

pub(crate) async fn show(
    State(app): State<App>,
    current: Current,
    Path(name): Path<String>,
    query: Query,
) -> Result {
    let about = about(&name).ok_or_else(|| Error::missing("model", &name))?;
    let after = query.filled("after").map(str::to_string);
    let found = app.store.read(move |s| {
        let model = models::get(s, about.name)?;
        Ok((model, models::versions(s, about.name)?, listed(s, about.name, after.as_deref())?))
    });
    let (model, versions, Listed { people, next, heads }) = found.await?;
    let now = app.store.now();
    let path = format!("/scores/{}", about.name);
    let shown = words::counted(people.len() as i64, "person", "people");
    let quality = model.report.quality.as_ref();
    respond::page(&Show {
        page: current.layout(Place::Scores, about.label),
        crumbs: vec![Crumb { label: "Scores".to_string(), href: "/scores".to_string() }],
        about,
        state: state(model.state),
        trained: words::moment(model.trained_at, now, current.zone()).shown,
        window: window(&model),
        rows: format!(
            "{} rows, {} of them {}",
            words::count(model.n_rows as i64),
            words::count(model.n_positive as i64),
            about.happened
        ),
        outlook: outlook(&model, about),
        stats: quality.map(stats).unwrap_or_default(),
        reliability: quality.map(|quality| {
            reliability(quality, "reliability", "Rows not seen in training; band: 95 % interval of the share")
        }),
        lift: quality.map(lift),
        tenths: quality.map(tenths).unwrap_or_default(),
        tried: model.report.backtest.as_ref().map(|backtest| tried(backtest, about.label)),
        drivers: drivers(&model),
        driver_words: model.report.drivers.iter().map(|d| (d.label.clone(), way(d.raises))).collect(),
        versions: versions.iter().map(version).collect(),
        people,
        heads,
        grades: grades(&model),
        pager: query.pager(&path, next.as_deref(), shown),
        model,
    })
}

/// The grid of grades, each cell with the list of its people.
fn grades(model: &Model) -> Vec<GradeRow> {
    let cell = |(name, n): (&String, &u64)| {
        let filter = Filter::All(vec![Filter::Field(FieldCondition {
            name: "lead_grade".to_string(),
            op: Op::Is,
            value: name.clone(),
        })]);
        (name.clone(), words::count(*n as i64), rows::people(&filter))
    };
    let row = |(names, n): &([String; 3], [u64; 3])| names.iter().zip(n).map(cell).collect();
    model.report.grades.iter().map(row).collect()
}

fn window(model: &Model) -> String {
    match model.data_from {
        Some(from) => format!("{from} to {}", model.data_until),
        None => format!("until {}", model.data_until),
    }
}

fn outlook(model: &Model, about: &About) -> Option<Stat> {
    let (expected, low, high) = (model.expected?, model.expected_low?, model.expected_high?);
    let until = model.due_on?;
    let definition = format!(
        "Sum of the probabilities of the {} who were scored; the interval holds chance and as much doubt as the backtest was off.",
        words::count(model.n_scored as i64)
    );
    let whole = |n: f64| words::count(n.round() as i64);
    Some(
        Stat::new(&format!("Expected to have {} by {until}", about.happened), whole(expected), &definition)
            .unit(&format!("of {}", words::count(model.n_scored as i64)))
            .interval(format!("{} – {}", whole(low), whole(high)), "80 % interval"),
    )
}

fn drivers(model: &Model) -> Option<Chart> {
    let shown = model.report.drivers.iter().take(12);
    let weights: Vec<f64> = shown.clone().map(|driver| driver.weight).collect();
    (!weights.is_empty()).then(|| Chart {
        id: "drivers".to_string(),
        title: "What moves the score".to_string(),
        subtitle: "Mean size of what each column adds to the log-odds of a row".to_string(),
        kind: Kind::Ranked,
        label_name: "Column".to_string(),
        labels: shown.map(|driver| driver.label.clone()).collect(),
        unit: Unit::Plain { digits: 2 },
        series: vec![Series::of("Weight", &weights)],
    })
}

fn way(raises: Option<bool>) -> &'static str {
    match raises {
        Some(true) => "more of it raises the score",
        Some(false) => "more of it lowers the score",
        None => "it works in more than one way",
    }
}

fn version(model: &Model) -> Version {
    let auc = model.report.quality.as_ref().and_then(|quality| quality.auc);
    Version {
        version: words::count(model.version),
        state: state(model.state),
        until: model.data_until.to_string(),
        rows: words::count(model.n_rows as i64),
        auc: auc.map_or("–".to_string(), |auc| format!("{:.3}", auc.estimate)),
        expected: expected(model),
        due: model.due_on.map_or("–".to_string(), |day| day.to_string()),
        came: model.came.map_or("not yet".to_string(), |came| words::count(came.round() as i64)),
    }
}
