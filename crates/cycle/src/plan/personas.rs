//! Personas: a described kind of customer, bound to a living segment, with what those people really do beside it.

use super::history::{Refused, before, filled, log, log_undone, same_version};
use platform::events::Event;
use platform::store::{Row, Snapshot, Tx};
use platform::{Error, Micros, Result, params};
use records::filter::{self, Filter};
use records::values::fold::{fold, tidy};
use serde::{Deserialize, Serialize};

pub const KIND: &str = "persona";
/// Personas that one workspace may have.
pub const MOST_PERSONAS: i64 = 200;

/// A described kind of customer. Serialized as the before-image in the log of events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Persona {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    /// What they want, and what stands in their way.
    pub needs: Option<String>,
    pub segment_id: Option<String>,
    pub version: i64,
    pub created_by: Option<String>,
    pub created_at: Micros,
    pub updated_at: Micros,
    pub deleted_at: Option<Micros>,
}

/// What somebody states about a persona.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    pub name: String,
    pub description: Option<String>,
    pub needs: Option<String>,
    pub segment_id: Option<String>,
}

/// What the people of a persona's segment really do.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Behaviour {
    pub n_people: i64,
    pub n_buyers: i64,
    pub n_orders: i64,
    pub revenue_minor: i64,
    pub last_order_at: Option<Micros>,
    /// People by RFM segment, the most first; None is without a score.
    pub mix: Vec<(Option<String>, i64)>,
}

impl Behaviour {
    /// Mean revenue of an order in minor units; None without orders.
    pub fn mean_order_minor(&self) -> Option<f64> {
        (self.n_orders > 0).then(|| self.revenue_minor as f64 / self.n_orders as f64)
    }
}

/// The segment of a persona, by name, with its filter.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    pub id: String,
    pub name: String,
    pub filter: Filter,
}

/// **Errors** at `name`, `description`, `needs`, `segment_id`.
pub fn create(tx: &mut Tx<'_>, input: &Input) -> Result<Persona> {
    let now = tx.now();
    let persona = Persona {
        id: tx.new_id("persona"),
        version: 1,
        created_by: tx.by().id.clone(),
        created_at: now,
        updated_at: now,
        deleted_at: None,
        ..stated(input)
    };
    refuse(tx, &persona)?;
    if list(tx)?.len() as i64 >= MOST_PERSONAS {
        return Err(Error::invalid("name", format!("there are {MOST_PERSONAS} personas already")));
    }
    write(tx, &persona)?;
    log::<Persona>(tx, "persona.created", KIND, &persona.id, None)?;
    Ok(persona)
}

/// States a persona anew; `version` is the one that the editor saw.
///
/// **Errors** as [`create`], and with a conflict when somebody changed it since.
pub fn update(tx: &mut Tx<'_>, id: &str, version: i64, input: &Input) -> Result<Persona> {
    let was = get(tx, id)?;
    same_version(&was.name, was.version, version)?;
    let persona = Persona {
        id: was.id.clone(),
        version: was.version + 1,
        created_by: was.created_by.clone(),
        created_at: was.created_at,
        updated_at: tx.now(),
        deleted_at: None,
        ..stated(input)
    };
    refuse(tx, &persona)?;
    write(tx, &persona)?;
    log(tx, "persona.updated", KIND, id, Some(&was))?;
    Ok(persona)
}

/// Hides the persona.
pub fn delete(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let was = get(tx, id)?;
    let now = tx.now();
    let gone = Persona { deleted_at: Some(now), updated_at: now, version: was.version + 1, ..was.clone() };
    write(tx, &gone)?;
    log(tx, "persona.deleted", KIND, id, Some(&was)).map(drop)
}

/// Takes one event back.
pub fn undo_event(tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let now = any(tx, &event.record_id)?;
    let was = before::<Persona>(tx, event, &now.name)?;
    let was = was.unwrap_or_else(|| Persona { deleted_at: Some(tx.now()), ..now.clone() });
    let persona = Persona { version: now.version + 1, updated_at: tx.now(), ..was };
    if persona.deleted_at.is_none() {
        refuse(tx, &persona)?;
    }
    write(tx, &persona)?;
    log_undone(tx, event, &now)
}

fn stated(input: &Input) -> Persona {
    Persona {
        id: String::new(),
        name: tidy(&input.name).into_owned(),
        description: filled(input.description.as_deref()),
        needs: filled(input.needs.as_deref()),
        segment_id: filled(input.segment_id.as_deref()),
        version: 0,
        created_by: None,
        created_at: 0,
        updated_at: 0,
        deleted_at: None,
    }
}

fn refuse(tx: &mut Tx<'_>, persona: &Persona) -> Result<()> {
    let mut refused = Refused::default();
    refused.name("name", &persona.name, "a persona");
    refused.text("description", persona.description.as_deref());
    refused.text("needs", persona.needs.as_deref());
    let wanted = fold(&persona.name);
    if list(tx)?.iter().any(|other| other.id != persona.id && fold(&other.name) == wanted) {
        refused.at("name", format!("there is already a persona called {}", persona.name));
    }
    if let Some(id) = persona.segment_id.as_deref()
        && segment(tx, id)?.is_none()
    {
        refused.at("segment_id", "there is no such segment; choose another");
    }
    refused.end()
}

/// The segment with this id; None where it was deleted.
pub fn segment(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Option<Bound>> {
    snapshot.first(
        "SELECT id, name, filter_json FROM segments WHERE id = $1 AND deleted_at IS NULL",
        &params![id],
        |row| Ok(Bound { id: row.get(0)?, name: row.get(1)?, filter: serde_json::from_str(row.text(2)?)? }),
    )
}

/// What the people of a filter really do.
pub fn behaviour(snapshot: &mut Snapshot<'_>, filter: &Filter) -> Result<Behaviour> {
    let condition = filter::condition(filter, snapshot.dialect(), snapshot.now())?;
    let sql = format!(
        "SELECT count(*), CAST(COALESCE(sum(CASE WHEN n_orders > 0 THEN 1 ELSE 0 END), 0) AS BIGINT),
           CAST(COALESCE(sum(n_orders), 0) AS BIGINT), CAST(COALESCE(sum(revenue_minor), 0) AS BIGINT), max(last_order_at)
         FROM people WHERE {}",
        condition.text
    );
    let mut found = snapshot.one(&sql, &condition.params, |row| {
        Ok(Behaviour {
            n_people: row.get(0)?,
            n_buyers: row.get(1)?,
            n_orders: row.get(2)?,
            revenue_minor: row.get(3)?,
            last_order_at: row.get(4)?,
            mix: Vec::new(),
        })
    })?;
    let sql = format!(
        "SELECT rfm_segment, count(*) FROM person_scores WHERE person_id IN (SELECT id FROM people WHERE {})
         GROUP BY rfm_segment",
        condition.text
    );
    let mut mix: Vec<(Option<String>, i64)> =
        snapshot.query(&sql, &condition.params, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let n_scored: i64 = mix.iter().map(|(_, n)| n).sum();
    if n_scored < found.n_people {
        match mix.iter_mut().find(|(name, _)| name.is_none()) {
            Some(without) => without.1 += found.n_people - n_scored,
            None => mix.push((None, found.n_people - n_scored)),
        }
    }
    mix.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.mix = mix;
    Ok(found)
}

const COLUMNS: &str =
    "id, name, description, needs, segment_id, version, created_by, created_at, updated_at, deleted_at";

/// All personas by name; there are at most [`MOST_PERSONAS`].
pub fn list(snapshot: &mut Snapshot<'_>) -> Result<Vec<Persona>> {
    let sql = format!("SELECT {COLUMNS} FROM personas WHERE deleted_at IS NULL ORDER BY name, id LIMIT $1");
    let mut found = snapshot.query(&sql, &params![MOST_PERSONAS], read)?;
    found.sort_by_cached_key(|persona| (fold(&persona.name), persona.id.clone()));
    Ok(found)
}

pub fn get(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Persona> {
    let persona = any(snapshot, id)?;
    if persona.deleted_at.is_some() { Err(Error::missing(KIND, id)) } else { Ok(persona) }
}

fn any(snapshot: &mut Snapshot<'_>, id: &str) -> Result<Persona> {
    let sql = format!("SELECT {COLUMNS} FROM personas WHERE id = $1");
    snapshot.first(&sql, &params![id], read)?.ok_or_else(|| Error::missing(KIND, id))
}

fn write(tx: &mut Tx<'_>, p: &Persona) -> Result<()> {
    tx.execute(
        "INSERT INTO personas (id, name, description, needs, segment_id, version, created_by, created_at, updated_at,
           deleted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description,
           needs = excluded.needs, segment_id = excluded.segment_id, version = excluded.version,
           updated_at = excluded.updated_at, deleted_at = excluded.deleted_at",
        &params![
            p.id,
            p.name,
            p.description,
            p.needs,
            p.segment_id,
            p.version,
            p.created_by,
            p.created_at,
            p.updated_at,
            p.deleted_at
        ],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Persona> {
    Ok(Persona {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        needs: row.get(3)?,
        segment_id: row.get(4)?,
        version: row.get(5)?,
        created_by: row.get(6)?,
        created_at: row.get(7)?,
        updated_at: row.get(8)?,
        deleted_at: row.get(9)?,
    })
}
