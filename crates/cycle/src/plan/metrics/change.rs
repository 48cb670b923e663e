//! A definition changes: a new version, with the reason; the old one stays as it was.

use super::dictionary::{self, KIND, Metric};
use super::recipes::Recipe;
use platform::events::{self, Entry, Event, Standing};
use platform::store::Tx;
use platform::{Error, Problem, Result, auth};

/// What somebody states anew about a metric.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    pub name: String,
    pub definition: String,
    pub owner_id: Option<String>,
    /// Only where the metric has a window.
    pub window_days: Option<u32>,
    /// Why the definition changes.
    pub reason: String,
}

/// Shortest and longest window in days.
pub const WINDOW_DAYS: std::ops::RangeInclusive<u32> = 7..=1_095;

/// Makes a new version; `version` is the one that the editor saw.
///
/// **Errors** at `name`, `definition`, `owner`, `window_days`, `reason`; with a conflict when somebody changed it since.
pub fn change(tx: &mut Tx<'_>, key: &str, version: i64, change: &Change) -> Result<Metric> {
    let before = dictionary::latest(tx, key)?;
    if before.version != version {
        return Err(Error::Conflict(format!(
            "{} was changed in the meantime (version {} now, {version} when you opened it); open it again",
            before.name, before.version
        )));
    }
    let mut metric = before.clone();
    metric.name = change.name.trim().to_string();
    metric.definition = change.definition.trim().to_string();
    metric.owner_id = change.owner_id.clone();
    if has_window(&before) {
        metric.params.window_days = change.window_days.or(before.params.window_days);
    }
    if metric == before {
        return Ok(before);
    }
    metric.reason = Some(change.reason.trim().to_string());
    refuse(tx, &metric, change)?;
    keep(tx, metric, &before)
}

/// Takes back the newest change by a version that says what the one before said.
///
/// **Errors** with a conflict when it was changed since.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let now = dictionary::latest(tx, &event.record_id)?;
    let Some(before) = &event.before_json else {
        return Err(Error::Conflict("this cannot be taken back".to_string()));
    };
    match events::standing(tx, event, &now.key)? {
        Standing::Latest => {}
        Standing::Undone => return Err(Error::Conflict("this change was already taken back".to_string())),
        Standing::ChangedLater(_) => {
            return Err(Error::Conflict(format!("{} was changed afterwards; it is left as it is", now.name)));
        }
    }
    let was: Metric = serde_json::from_str(before)?;
    let reason = Some("the change before was taken back".to_string());
    let (version, valid_from, created_by) = (now.version + 1, tx.now(), tx.by().id.clone());
    dictionary::insert(tx, &Metric { version, reason, valid_from, created_by, ..was })?;
    events::append_undone(tx, event, &now.key, Some(serde_json::to_string(&now)?)).map(drop)
}

/// Whether the metric has a window that may be stated.
pub fn has_window(metric: &Metric) -> bool {
    matches!(metric.shipped().map(|shipped| shipped.recipe), Ok(Recipe::Purchases(recipe)) if recipe.has_window())
}

fn keep(tx: &mut Tx<'_>, metric: Metric, before: &Metric) -> Result<Metric> {
    let (version, valid_from, created_by) = (before.version + 1, tx.now(), tx.by().id.clone());
    let metric = Metric { version, valid_from, created_by, ..metric };
    dictionary::insert(tx, &metric)?;
    let entry = Entry {
        verb: "metric.changed",
        record_kind: KIND,
        record_id: &metric.key,
        subject_id: &metric.key,
        before: Some(serde_json::to_string(before)?),
        after: None,
    };
    events::append(tx, entry)?;
    Ok(metric)
}

fn refuse(tx: &mut Tx<'_>, metric: &Metric, change: &Change) -> Result<()> {
    let mut problems = Vec::new();
    let mut problem = |field: &str, message: String| {
        problems.push(Problem { field: field.to_string(), message });
    };
    if metric.name.is_empty() || metric.name.chars().count() > 120 {
        problem("name", "a metric needs a name of at most 120 characters".to_string());
    }
    if metric.definition.is_empty() || metric.definition.chars().count() > 1_000 {
        problem("definition", "say in a sentence what is counted, in at most 1,000 characters".to_string());
    }
    if change.reason.trim().is_empty() {
        problem("reason", "say why it changes: whoever compares two versions will ask".to_string());
    }
    if let Some(days) = metric.params.window_days.filter(|days| !WINDOW_DAYS.contains(days)) {
        problem(
            "window_days",
            format!("{days} days is no window; choose {} to {}", WINDOW_DAYS.start(), WINDOW_DAYS.end()),
        );
    }
    if let Some(owner) = &metric.owner_id
        && !auth::list(tx)?.iter().any(|user| user.id == *owner)
    {
        problem("owner", "there is no such user; choose one who can sign in".to_string());
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}
