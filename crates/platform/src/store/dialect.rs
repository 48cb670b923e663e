//! Every difference between the two engines that a statement can see. Keep it short: near ten functions, stop and think.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The text under a key of a JSON text column; `key` must come from a checked list of names.
    pub fn json_text(self, column: &str, key: &str) -> String {
        assert!(
            key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
            "checked name of a custom field: {key}"
        );
        match self {
            Self::Sqlite => format!("CAST(json_extract({column}, '$.{key}') AS TEXT)"),
            Self::Postgres => format!("(CAST({column} AS jsonb) ->> '{key}')"),
        }
    }
}
