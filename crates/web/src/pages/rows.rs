//! From a figure to its rows: the address of the list that opens exactly those people.

use records::filter::Filter;

use crate::forms::percent;

/// The list of people with this filter.
pub(crate) fn people(filter: &Filter) -> String {
    // A filter is made of texts and lists, which JSON always can say.
    let json = serde_json::to_string(filter).unwrap_or_default();
    format!("/people?filter={}", percent(&json))
}
