//! The JSON API: the same nouns and verbs as the pages, for programs that come with a token.
//!
//! The types here mirror the records at this border and nowhere else. Handlers call verbs: no SQL, no rule. How the API
//! behaves as a whole stands in `docs/api.md`; what each address takes and gives in `openapi.json`, made from this code.

pub(crate) mod actions;
mod answers;
mod asked;
pub(crate) mod attachments;
mod caller;
pub(crate) mod campaigns;
pub(crate) mod clock;
pub(crate) mod companies;
pub(crate) mod contracts;
pub(crate) mod deeds;
pub(crate) mod duplicates;
pub(crate) mod effects;
pub(crate) mod events;
pub(crate) mod experiments;
pub(crate) mod exports;
pub(crate) mod forecasts;
pub(crate) mod goals;
pub(crate) mod import_likenesses;
mod import_plan;
pub(crate) mod imports;
pub(crate) mod insights;
pub(crate) mod merges;
pub(crate) mod metrics;
pub(crate) mod models;
pub mod openapi;
mod order_input;
pub(crate) mod orders;
pub(crate) mod people;
pub(crate) mod plan;
pub(crate) mod products;
mod removal;
pub(crate) mod scores;
pub(crate) mod segments;
pub(crate) mod texts;
pub(crate) mod tokens;
pub(crate) mod turn;
pub(crate) mod turns;
mod values;

pub(crate) use caller::{Caller, Writing};
