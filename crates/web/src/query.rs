//! The query of an address: the state of a list, read, changed in one place and written again.
//!
//! A page that is paged by key knows the way forward only; the way back is kept in the address (`back`), as the places
//! that were passed.

use std::future::ready;

use axum::extract::{FromRequestParts, Query as AxumQuery};
use axum::http::request::Parts;

use crate::error::{Failure, Result};
use crate::forms::percent;
use crate::parts::{Column, Order, Pager};

/// Places behind that are remembered; beyond them "Previous" leads to the first page.
const STEPS_BACK: usize = 30;

/// Name and value pairs in their order; empty values are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Failure;

    fn from_request_parts(parts: &mut Parts, _: &S) -> impl Future<Output = Result<Self>> {
        ready(Self::read(parts))
    }
}

impl Query {
    /// Not inlined, because every handler of a list would have a copy.
    #[inline(never)]
    fn read(parts: &Parts) -> Result<Self> {
        let AxumQuery(pairs) = AxumQuery::<Vec<(String, String)>>::try_from_uri(&parts.uri)?;
        Ok(Self(pairs.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect()))
    }

    #[cfg(test)]
    fn of(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }

    /// The trimmed value; empty where the address does not name it.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }

    /// The same with one value changed; an empty one is taken out.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut changed = self.without(&[name]);
        if !value.is_empty() {
            changed.0.push((name.to_string(), value.to_string()));
        }
        changed
    }

    pub(crate) fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(key, _)| !names.contains(&key.as_str())).cloned().collect())
    }

    /// The same list from its beginning.
    pub(crate) fn first_page(&self) -> Self {
        self.without(&["after", "back"])
    }

    /// The address at `path`.
    pub(crate) fn at(&self, path: &str) -> String {
        let pairs: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect();
        if pairs.is_empty() { path.to_string() } else { format!("{path}?{}", pairs.join("&")) }
    }

    /// The foot of a list: where the next page begins, and the way back to the one before.
    pub(crate) fn pager(&self, path: &str, next: Option<&str>, shown: String) -> Pager {
        let here = self.get("after");
        let mut behind: Vec<&str> = self.get("back").split('~').filter(|place| !place.is_empty()).collect();
        let previous = (!here.is_empty()).then(|| {
            let mut before = behind.clone();
            let place = before.pop().filter(|place| *place != FIRST).unwrap_or("");
            self.first_page().with("back", &before.join("~")).with("after", place).at(path)
        });
        behind.push(if here.is_empty() { FIRST } else { here });
        let behind = &behind[behind.len().saturating_sub(STEPS_BACK)..];
        let next = next.map(|next| self.with("back", &behind.join("~")).with("after", next).at(path));
        Pager { shown, estimated: false, previous, next }
    }

    /// A head that sorts the list: by `name` at first in the direction that is asked for more often, then in turn.
    pub(crate) fn sortable(&self, path: &str, column: Column, name: &str, sorted: (&str, bool)) -> Column {
        let (by, descending) = sorted;
        let now = (by == name).then_some(if descending { Order::Descending } else { Order::Ascending });
        let turned = match now {
            Some(Order::Descending) => name.to_string(),
            Some(Order::Ascending) => format!("-{name}"),
            None if column.numeric => format!("-{name}"),
            None => name.to_string(),
        };
        column.sortable(self.first_page().with("sort", &turned).at(path), now)
    }
}

/// Stands for the first page among the places behind.
const FIRST: &str = "0";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_through_the_same_pages() {
        let first = Query::of(&[("q", "ada & co")]);
        let pager = first.pager("/people", Some("per_2.i5"), String::new());
        assert_eq!(pager.previous, None);
        assert_eq!(pager.next.as_deref(), Some("/people?q=ada%20%26%20co&back=0&after=per_2.i5"));
        let second = Query::of(&[("q", "ada & co"), ("back", "0"), ("after", "per_2.i5")]);
        let pager = second.pager("/people", Some("per_3.i9"), String::new());
        assert_eq!(pager.previous.as_deref(), Some("/people?q=ada%20%26%20co"));
        let third = Query::of(&[("back", "0~per_2.i5"), ("after", "per_3.i9")]);
        assert_eq!(
            third.pager("/people", None, String::new()).previous.as_deref(),
            Some("/people?back=0&after=per_2.i5")
        );
    }

    #[test]
    fn a_head_turns_the_direction_and_begins_anew() {
        let here = Query::of(&[("sort", "-revenue"), ("after", "x")]);
        let head = here.sortable("/people", Column::number("Revenue"), "revenue", ("revenue", true));
        assert_eq!(
            (head.href.as_deref(), head.sorted),
            (Some("/people?sort=revenue"), Some(Order::Descending))
        );
        let other = here.sortable("/people", Column::number("Last order"), "last_order", ("revenue", true));
        assert_eq!((other.href.as_deref(), other.sorted), (Some("/people?sort=-last_order"), None));
    }
}
