//! Putting texts that came in into the fields of a record: trimmed, checked, the raw text kept where it differs.

use crate::values::fold;
use platform::Problem;
use std::collections::BTreeMap;

/// Writes fields of one record. A text that cannot be read leaves the field as it was and becomes a problem; the text
/// itself is kept.
pub(crate) struct FieldWriter<'a> {
    pub(crate) raw: &'a mut BTreeMap<String, String>,
    pub(crate) problems: &'a mut Vec<Problem>,
}

impl FieldWriter<'_> {
    /// A field that is only trimmed.
    pub(crate) fn plain(&mut self, field: &str, to: &mut Option<String>, from: &Option<String>) {
        self.parsed(field, to, from, |text| Ok(text.to_string()));
    }

    /// A field that `parse` checks and normalises.
    pub(crate) fn parsed<T>(
        &mut self,
        field: &str,
        to: &mut Option<T>,
        from: &Option<String>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) where
        T: ToString,
    {
        let Some(given) = from else { return };
        let tidy = fold::tidy(given);
        if tidy.is_empty() {
            *to = None;
            self.raw.remove(field);
            return;
        }
        match parse(&tidy) {
            Ok(value) if value.to_string() == *given => {
                self.raw.remove(field);
                *to = Some(value);
            }
            Ok(value) => {
                self.keep(field, given);
                *to = Some(value);
            }
            Err(message) => {
                self.keep(field, given);
                self.problems.push(Problem { field: field.to_string(), message });
            }
        }
    }

    fn keep(&mut self, field: &str, given: &str) {
        if self.raw.get(field).is_none_or(|kept| kept != given) {
            self.raw.insert(field.to_string(), given.to_string());
        }
    }
}

/// Fields that only this firm has: an empty text removes one.
pub(crate) fn write_custom(to: &mut BTreeMap<String, String>, from: &BTreeMap<String, String>) {
    for (key, value) in from {
        match fold::tidy(value).as_ref() {
            "" => drop(to.remove(key)),
            value => drop(to.insert(key.clone(), value.to_string())),
        }
    }
}
