//! Rows of products: found by SKU, created or changed.

use super::apply::{Difference, Outcome, RowOutcome};
use super::rows::ProductRow;
use platform::{Error, Result, Tx};
use records::products::{self, NewProduct};

pub(super) fn apply(tx: &mut Tx<'_>, row: u64, said: &ProductRow) -> Result<RowOutcome> {
    let known = products::by_sku_key(tx, &products::sku_key(&said.sku))?;
    let name = said.name.as_deref().or(known.as_ref().map(|p| p.name.as_str())).unwrap_or(&said.sku);
    let new = NewProduct {
        sku: &said.sku,
        name,
        category: said.category.as_deref(),
        price_minor: said.price_minor,
        currency: said.currency.filter(|_| said.price_minor.is_some()),
        renews_months: said.renews_months,
        ..NewProduct::default()
    };
    let (id, outcome) = match products::upsert_by_sku(tx, &new) {
        Ok(done) => done,
        Err(Error::Invalid(problems)) => {
            let note = Error::Invalid(problems).to_string();
            return Ok(RowOutcome::refused(row, Outcome::Error, None, note));
        }
        Err(error) => return Err(error),
    };
    let told = match outcome {
        products::Outcome::Created => Outcome::New,
        products::Outcome::Changed => Outcome::Changed,
        products::Outcome::Same => Outcome::Same,
    };
    let mut told = RowOutcome::taken(row, told, &id);
    if let (Some(known), Outcome::Changed) = (&known, told.outcome) {
        let whole = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        let pairs = [
            ("name", known.name.clone(), name.to_string()),
            (
                "category",
                known.category.clone().unwrap_or_default(),
                said.category.clone().unwrap_or_default(),
            ),
            ("price_minor", whole(known.price_minor), whole(said.price_minor)),
            ("renews_months", whole(known.renews_months), whole(said.renews_months)),
        ];
        let differing = pairs.into_iter().filter(|(_, before, after)| before != after && !after.is_empty());
        told.differences = differing
            .map(|(field, before, after)| Difference { field: field.to_string(), before, after })
            .collect();
    }
    Ok(told)
}
