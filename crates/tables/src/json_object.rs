//! One JSON object made flat: `{"a":{"b":1.50}}` is the column `a.b` with the text `1.50`.
//!
//! Keeps the digits of a number as they stand (money is never rounded), the order of the keys, and arrays as JSON
//! text. Does not tell an empty text from null: both are an empty cell.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Objects nested deeper than this stay JSON text.
const MAX_DEPTH: usize = 16;

/// A path of keys joined with dots, and the text of its value.
pub(crate) type Pair = (String, String);

/// Reads one object and flattens it.
///
/// **Errors**: what is wrong and at which character, in words for the user.
pub(crate) fn flatten(text: &str) -> Result<Vec<Pair>, String> {
    if !text.trim_start().starts_with('{') {
        return Err("the line is not a JSON object ({…})".to_owned());
    }
    let mut pairs = Vec::new();
    flatten_into("", text, 0, &mut pairs)?;
    Ok(pairs)
}

fn flatten_into(path: &str, text: &str, depth: usize, pairs: &mut Vec<Pair>) -> Result<(), String> {
    let members = members(text).map_err(|error| in_words(&error))?;
    for (key, value) in members {
        let path = if path.is_empty() { key } else { format!("{path}.{key}") };
        let value = value.get();
        match value.as_bytes().first() {
            Some(b'{') if depth < MAX_DEPTH => flatten_into(&path, value, depth + 1, pairs)?,
            Some(b'"') => {
                let text = serde_json::from_str(value).map_err(|error| in_words(&error))?;
                pairs.push((path, text));
            }
            Some(b'n') => pairs.push((path, String::new())),
            _ => pairs.push((path, value.to_owned())),
        }
    }
    Ok(())
}

fn in_words(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or(&message);
    format!("not valid JSON at character {}: {message}", error.column())
}

fn members(text: &str) -> Result<Vec<(String, &RawValue)>, serde_json::Error> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, &'de RawValue)>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let members = deserializer.deserialize_map(Members)?;
    deserializer.end()?;
    Ok(members)
}
