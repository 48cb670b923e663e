//! Records by their ids as pages name them: what they are called and where they are.

use std::collections::HashMap;

use platform::{Error, Snapshot};
use records::{companies, orders, people, products};

/// What a record is called, and its page.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) href: Option<String>,
}

impl Named {
    fn at(name: String, href: String) -> Self {
        Self { name, href: Some(href) }
    }
}

/// Names the records with these ids; an id that nobody knows is shown as it is.
pub(crate) fn all<'i>(
    snapshot: &mut Snapshot<'_>,
    ids: impl IntoIterator<Item = &'i str>,
) -> platform::Result<HashMap<String, Named>> {
    let mut found = HashMap::new();
    for id in ids {
        if !found.contains_key(id) {
            let named = one(snapshot, id)?;
            found.insert(id.to_string(), named);
        }
    }
    Ok(found)
}

/// Names one record.
pub(crate) fn one(snapshot: &mut Snapshot<'_>, id: &str) -> platform::Result<Named> {
    let named = match id.split('_').next().unwrap_or_default() {
        "per" => people::get(snapshot, id).map(|p| Named::at(p.name, format!("/people/{id}"))),
        "com" => companies::get(snapshot, id).map(|c| Named::at(c.name, format!("/companies/{id}"))),
        "prd" => products::get(snapshot, id).map(|p| Named::at(p.name, format!("/products/{id}"))),
        "ord" => orders::get(snapshot, id).map(|o| Named::at(o.number, format!("/orders/{id}"))),
        _ => Err(Error::missing("record", id)),
    };
    match named {
        Err(Error::Missing { .. }) => Ok(Named { name: id.to_string(), href: None }),
        named => named,
    }
}
