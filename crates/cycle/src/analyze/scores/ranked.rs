//! The people with the highest scores of a model, page by page.

use platform::Result;
use platform::store::Snapshot;
use platform::{Error, params};

/// By which score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ranked {
    Churn,
    Contract,
    Lead,
}

impl Ranked {
    fn column(self) -> &'static str {
        match self {
            Self::Churn => "churn_probability",
            Self::Contract => "contract_risk",
            Self::Lead => "lead_points",
        }
    }
}

/// A person with the score by which the list is sorted.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub person_id: String,
    pub score: f64,
}

impl Row {
    /// Where the next page begins behind this row.
    pub fn place(&self) -> String {
        format!("{}:{}", self.score, self.person_id)
    }
}

/// The people with the highest scores behind a place, the highest first.
///
/// **Errors** at `after` that is no place.
pub fn highest(
    snapshot: &mut Snapshot<'_>,
    by: Ranked,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Row>> {
    let wrong = || Error::invalid("after", "this is no place in the list");
    let (score, id) = match after {
        None => (f64::MAX, "~"),
        Some(place) => {
            let (score, id) = place.split_once(':').ok_or_else(wrong)?;
            (score.parse::<f64>().map_err(|_| wrong())?, id)
        }
    };
    let (column, limit) = (by.column(), limit as i64);
    let read = |row: &platform::store::Row<'_>| Ok(Row { person_id: row.get(0)?, score: row.get(1)? });
    let sql = |column: &str, shown: &str| {
        format!(
            "SELECT person_id, {shown} FROM person_scores WHERE {column} IS NOT NULL AND ({column}, person_id) < ($1, $2)
             ORDER BY {column} DESC, person_id DESC LIMIT $3"
        )
    };
    match by {
        Ranked::Churn | Ranked::Contract => {
            snapshot.query(&sql(column, column), &params![score, id, limit], read)
        }
        Ranked::Lead => {
            let points = score.clamp(-1e15, 1e15) as i64;
            let shown = format!("CAST({column} AS DOUBLE PRECISION)");
            snapshot.query(&sql(column, &shown), &params![points, id, limit], read)
        }
    }
}
