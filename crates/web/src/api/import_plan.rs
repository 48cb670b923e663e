//! The plan of an import as a program reads it and hands it back changed.

use cycle::collect::imports::{self, Kind};
use platform::{Error, Problem, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a file is read and what its columns mean.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportPlan)]
pub(crate) struct Plan {
    /// `people`, `companies`, `products` or `orders`. Another kind needs the columns to be named anew.
    pub(super) kind: String,
    /// Every column of the file, in its order.
    columns: Vec<Column>,
    /// By what a row is matched with a record that is there, tried in this order, such as `person.email`. Left out, the
    /// surest that are mapped.
    #[serde(default)]
    keys: Option<Vec<String>>,
    /// `dmy`, `mdy` or `ymd`: the order of day and month in dates made of numbers.
    date_order: String,
    /// `.` or `,`.
    decimal_mark: String,
    /// ISO 4217 code for rows that name none.
    currency: String,
    /// IANA name of the time zone of times without an offset.
    time_zone: String,
    /// Where people and companies of this file come from, unless a column says it.
    source: Option<String>,
    /// From which probability on (0.5 to 1) a row of people that no key matches changes the one person whom it is like,
    /// instead of making a second; null: never, the pair waits in the queue of duplicates.
    #[serde(default)]
    match_by_likeness: Option<f64>,
}

/// One column of the file.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportColumn)]
struct Column {
    header: String,
    /// A field's name such as `person.email`, `custom.NAME`, or null for a column that is left out.
    field: Option<String>,
    /// A few cells; not read in a change.
    #[serde(default)]
    samples: Vec<String>,
    /// Why this field was guessed; not read in a change.
    #[serde(default)]
    why: String,
}

impl From<imports::Plan> for Plan {
    fn from(plan: imports::Plan) -> Self {
        let told = |column: imports::Column| Column {
            header: column.header,
            field: column.field,
            samples: column.samples,
            why: column.why,
        };
        Self {
            kind: plan.kind.name().to_string(),
            columns: plan.columns.into_iter().map(told).collect(),
            keys: Some(plan.keys),
            date_order: plan.date_order,
            decimal_mark: plan.decimal_mark,
            currency: plan.currency,
            time_zone: plan.time_zone,
            source: plan.source,
            match_by_likeness: plan.match_by_likeness,
        }
    }
}

impl Plan {
    pub(super) fn kind(&self) -> Result<Kind> {
        kind_of(&self.kind)
    }

    /// Puts what is stated over the plan that was guessed.
    ///
    /// **Errors** at `columns`, `columns.N.field`, `keys` and the other fields; as `Plan::check`.
    pub(super) fn over(&self, mut plan: imports::Plan) -> Result<imports::Plan> {
        let there: Vec<&str> = plan.columns.iter().map(|column| column.header.as_str()).collect();
        let stated: Vec<&str> = self.columns.iter().map(|column| column.header.as_str()).collect();
        if there != stated {
            let message = format!("name every column of the file in its order: {}", there.join(", "));
            return Err(Error::invalid("columns", message));
        }
        let wanted: Vec<String> =
            self.columns.iter().map(|column| column.field.clone().unwrap_or_default()).collect();
        plan.map_all(&wanted).map_err(at_columns)?;
        plan.set_reading(&self.date_order, &self.decimal_mark)?;
        plan.currency.clone_from(&self.currency);
        plan.time_zone.clone_from(&self.time_zone);
        plan.source.clone_from(&self.source);
        let least = self.match_by_likeness.map_or(String::new(), |least| least.to_string());
        plan.set_match_by_likeness(&least)?;
        if let Some(keys) = &self.keys {
            plan.keys = self.checked_keys(&plan, keys)?;
        }
        plan.check()?;
        Ok(plan)
    }

    fn checked_keys(&self, plan: &imports::Plan, keys: &[String]) -> Result<Vec<String>> {
        for key in keys {
            plan.clone().set_key(key).map_err(|error| in_place_of(error, "key", "keys"))?;
        }
        Ok(keys.to_vec())
    }
}

/// The kind that a word names.
///
/// **Errors** at `kind`.
pub(super) fn kind_of(word: &str) -> Result<Kind> {
    let unknown = || Error::invalid("kind", "is people, companies, products or orders");
    Kind::parse(word).ok_or_else(unknown)
}

/// `column_3` of the form is `columns.3.field` here.
fn at_columns(error: Error) -> Error {
    let Error::Invalid(problems) = error else { return error };
    let renamed = problems.into_iter().map(|problem| match problem.field.strip_prefix("column_") {
        Some(n) => Problem { field: format!("columns.{n}.field"), message: problem.message },
        None => problem,
    });
    Error::Invalid(renamed.collect())
}

fn in_place_of(error: Error, field: &str, named: &str) -> Error {
    let Error::Invalid(mut problems) = error else { return error };
    for problem in problems.iter_mut().filter(|problem| problem.field == field) {
        problem.field = named.to_string();
    }
    Error::Invalid(problems)
}
