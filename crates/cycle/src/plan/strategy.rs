//! The strategy page: focus, engagement, objectives, tools, resources, champion, who does what, and who signed.
//!
//! Every saving is a new version; sales, marketing and service sign a version, so that a change asks them again.

use super::closed_set::closed_set;
use super::history::{Refused, filled, log};
use super::turns::is_user;
use platform::store::{Row, Snapshot, Tx};
use platform::{Error, Micros, Result, params};
use serde::{Deserialize, Serialize};

pub const KIND: &str = "strategy";
pub const SIGN_OFF_KIND: &str = "strategy_sign_off";
/// Tasks in the table of who does what.
pub const MOST_TASKS: usize = 30;
/// Versions in one list.
pub const MOST_LISTED: i64 = 100;

closed_set! {
    /// Where the effort goes first.
    Focus {
        Service = "service",
        Marketing = "marketing",
        Product = "product",
    }
}

closed_set! {
    /// Those who have to agree.
    Department {
        Sales = "sales",
        Marketing = "marketing",
        Service = "service",
    }
}

closed_set! {
    Answer {
        Approved = "approved",
        Refused = "refused",
    }
}

/// One task and who has which part in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub task: String,
    pub responsible: String,
    pub accountable: String,
    pub consulted: String,
    pub informed: String,
}

/// What somebody states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    pub focus: Focus,
    pub engagement: Option<String>,
    pub objectives: Option<String>,
    pub tools: Option<String>,
    pub resources: Option<String>,
    pub champion_id: Option<String>,
    pub tasks: Vec<Task>,
}

/// One version of the strategy; it is never changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Strategy {
    pub id: String,
    pub version_no: i64,
    pub stated: Input,
    pub created_by: Option<String>,
    pub created_at: Micros,
}

/// What a department said to a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignOff {
    pub department: Department,
    pub answer: Answer,
    pub note: Option<String>,
    pub by: Option<String>,
    pub at: Micros,
}

/// Keeps a new version; `seen` is the newest that the editor saw, 0 where there was none.
///
/// **Errors** at the fields of `Input`, and with a conflict when somebody kept another since.
pub fn keep(tx: &mut Tx<'_>, seen: i64, input: &Input) -> Result<Strategy> {
    let newest = newest(tx)?;
    let newest_no = newest.as_ref().map_or(0, |newest| newest.version_no);
    super::history::same_version("the strategy", newest_no, seen)?;
    let stated = tidied(input);
    refuse(tx, &stated)?;
    if let Some(same) = newest.filter(|newest| newest.stated == stated) {
        return Ok(same);
    }
    let strategy = Strategy {
        id: tx.new_id("strategy"),
        version_no: newest_no + 1,
        stated,
        created_by: tx.by().id.clone(),
        created_at: tx.now(),
    };
    let (s, i) = (&strategy, &strategy.stated);
    let tasks = serde_json::to_string(&i.tasks)?;
    tx.execute(
        "INSERT INTO strategies (id, version_no, focus, engagement, objectives, tools, resources, champion_id, raci_json,
           created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &params![
            s.id,
            s.version_no,
            i.focus.name(),
            i.engagement,
            i.objectives,
            i.tools,
            i.resources,
            i.champion_id,
            tasks,
            s.created_by,
            s.created_at
        ],
    )?;
    log::<Input>(tx, "strategy.kept", KIND, &strategy.id, None)?;
    Ok(strategy)
}

/// Signs a version for a department, or refuses to.
///
/// **Errors** at `note` where it is refused without one; with a conflict where there is a newer version.
pub fn sign(
    tx: &mut Tx<'_>,
    strategy_id: &str,
    department: Department,
    answer: Answer,
    note: Option<&str>,
) -> Result<()> {
    let strategy = get(tx, strategy_id)?;
    let newest_no = newest(tx)?.map_or(0, |newest| newest.version_no);
    if newest_no != strategy.version_no {
        return Err(Error::Conflict(format!("version {newest_no} has taken its place; sign that one")));
    }
    let mut refused = Refused::default();
    refused.text("note", note);
    if answer == Answer::Refused && filled(note).is_none() {
        refused.at("note", "say what would have to change");
    }
    refused.end()?;
    let was = sign_offs(tx, strategy_id)?.into_iter().find(|one| one.department == department);
    let (note, by, now) = (filled(note), tx.by().id.clone(), tx.now());
    tx.execute(
        "INSERT INTO strategy_sign_offs (strategy_id, department, answer, note, signed_by, signed_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (strategy_id, department) DO UPDATE SET answer = excluded.answer, note = excluded.note,
           signed_by = excluded.signed_by, signed_at = excluded.signed_at",
        &params![strategy_id, department.name(), answer.name(), note, by, now],
    )?;
    let verb = if answer == Answer::Approved { "strategy.signed" } else { "strategy.refused" };
    let id = format!("{strategy_id}:{}", department.name());
    log(tx, verb, SIGN_OFF_KIND, &id, was.as_ref()).map(drop)
}

fn tidied(input: &Input) -> Input {
    let tasks = input.tasks.iter().map(|task| Task {
        task: task.task.trim().to_string(),
        responsible: task.responsible.trim().to_string(),
        accountable: task.accountable.trim().to_string(),
        consulted: task.consulted.trim().to_string(),
        informed: task.informed.trim().to_string(),
    });
    Input {
        focus: input.focus,
        engagement: filled(input.engagement.as_deref()),
        objectives: filled(input.objectives.as_deref()),
        tools: filled(input.tools.as_deref()),
        resources: filled(input.resources.as_deref()),
        champion_id: filled(input.champion_id.as_deref()),
        tasks: tasks.filter(|task| *task != Task::default()).collect(),
    }
}

fn refuse(tx: &mut Tx<'_>, input: &Input) -> Result<()> {
    let mut refused = Refused::default();
    let texts = [
        ("engagement", &input.engagement),
        ("objectives", &input.objectives),
        ("tools", &input.tools),
        ("resources", &input.resources),
    ];
    for (field, text) in texts {
        refused.text(field, text.as_deref());
    }
    if input.objectives.is_none() {
        refused.at("objectives", "say what is to be reached");
    }
    if input.tasks.len() > MOST_TASKS {
        refused.at("tasks", format!("at most {MOST_TASKS} tasks are kept"));
    }
    for (i, task) in input.tasks.iter().enumerate() {
        let field = format!("task.{i}");
        if task.task.is_empty() {
            refused.at(&field, "say which task it is");
        } else if task.accountable.is_empty() {
            refused.at(&field, format!("{}: say who is accountable", task.task));
        }
        for cell in [&task.task, &task.responsible, &task.accountable, &task.consulted, &task.informed] {
            refused.text(&field, Some(cell));
        }
    }
    if let Some(champion) = input.champion_id.as_deref()
        && !is_user(tx, champion)?
    {
        refused.at("champion_id", format!("there is no user {champion}"));
    }
    refused.end()
}

const COLUMNS: &str =
    "id, version_no, focus, engagement, objectives, tools, resources, champion_id, raci_json,
    created_by, created_at";

/// The version that holds now.
pub fn newest(snapshot: &mut Snapshot<'_>) -> Result<Option<Strategy>> {
    let sql = format!("SELECT {COLUMNS} FROM strategies ORDER BY version_no DESC LIMIT 1");
    snapshot.first(&sql, &[], read)
}

pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Strategy> {
    let sql = format!("SELECT {COLUMNS} FROM strategies WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing(KIND, id))
}

/// The version with this number.
pub fn of_version(snapshot: &mut Snapshot<'_>, version_no: i64) -> Result<Strategy> {
    let sql = format!("SELECT {COLUMNS} FROM strategies WHERE version_no = $1");
    let found = snapshot.first(&sql, &params![version_no], read)?;
    found.ok_or_else(|| Error::missing(KIND, format!("version {version_no}")))
}

/// The versions, the newest first; at most [`MOST_LISTED`].
pub fn versions(snapshot: &mut Snapshot<'_>) -> Result<Vec<Strategy>> {
    let sql = format!("SELECT {COLUMNS} FROM strategies ORDER BY version_no DESC LIMIT $1");
    snapshot.query(&sql, &params![MOST_LISTED], read)
}

/// What the departments said to a version.
pub fn sign_offs(snapshot: &mut Snapshot<'_>, strategy_id: &str) -> Result<Vec<SignOff>> {
    snapshot.query(
        "SELECT department, answer, note, signed_by, signed_at FROM strategy_sign_offs WHERE strategy_id = $1
         ORDER BY department",
        &params![strategy_id],
        |row| {
            Ok(SignOff {
                department: Department::read(row.text(0)?)?,
                answer: Answer::read(row.text(1)?)?,
                note: row.get(2)?,
                by: row.get(3)?,
                at: row.get(4)?,
            })
        },
    )
}

fn read(row: &Row<'_>) -> Result<Strategy> {
    Ok(Strategy {
        id: row.get(0)?,
        version_no: row.get(1)?,
        stated: Input {
            focus: Focus::read(row.text(2)?)?,
            engagement: row.get(3)?,
            objectives: row.get(4)?,
            tools: row.get(5)?,
            resources: row.get(6)?,
            champion_id: row.get(7)?,
            tasks: serde_json::from_str(row.text(8)?)?,
        },
        created_by: row.get(9)?,
        created_at: row.get(10)?,
    })
}
