//! A company with known truth: customers with hidden propensities who buy, return goods and leave, and the untidy files
//! in which their shop hands them over.
//!
//! The files are made as another shop system would write them; what is true is written elsewhere, for tests only. It
//! knows nothing of the program that reads the files, takes no time from the clock, and draws all chance from one seed.
//!
//! ```
//! use simulator::{Company, Settings};
//! let settings = Settings { n_customers: 100, ..Settings::demo(jiff::civil::date(2026, 11, 22)) };
//! let company = Company::new(settings)?;
//! let n_orders: usize = company.histories().map(|history| history.orders.len()).sum();
//! assert!(n_orders > 100);
//! # Ok::<(), simulator::Error>(())
//! ```

pub mod calendar;
pub mod cards;
pub mod catalogue;
mod company;
pub mod doors;
mod export;
pub mod history;
mod names;
mod order_files;
pub mod person;
pub mod places;
pub mod random;
mod settings;
pub mod subscriptions;
pub mod table;
pub mod trial;
mod truth;
pub mod world;

pub use company::{Cards, Company, OrderLine, SecondCard};
pub use export::{Duplicate, Export, ExportedFile, Fault, Kind, Ledger, MOST_IN_TIME_ORDER};
pub use history::{History, Parameters, Traits};
pub use order_files::ORDER_HEADER;
pub use settings::{Dirt, Error, Settings, World};
