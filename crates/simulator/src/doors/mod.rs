//! The product's public doors, as the outside world uses them: its JSON API, its imports, and its command line.
//!
//! Nothing here knows how the product is built inside.

mod files;
mod http;
mod mail;
mod program;

pub use files::{write_customers, write_history, write_newcomers, write_orders};
pub use http::{Client, Refusal};
pub use mail::{Mail, MailServer, read_outbox};
pub use program::{Program, Where};
