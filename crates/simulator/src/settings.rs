//! What a simulated company is made from: its seed, its size, its last day and how untidy its files are.

use jiff::civil::Date;

/// How tidy the exported files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dirt {
    /// Every row is right and every file is UTF-8 with commas and ISO dates: for benchmarks and calibration.
    Clean,
    /// Duplicates, typos, mixed formats, impossible values and one period of wrong amounts, as real shops export them.
    Everyday,
}

/// How much happens beside the textbook model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Purchases follow BG/NBD and order values follow Gamma-Gamma exactly: for calibrating estimators.
    Textbook,
    /// The same with a Christmas season, a campaign that brought bargain hunters, business customers who spend more,
    /// people who registered and never bought, and good customers who left without a word.
    Lively,
}

/// The settings of a simulated company.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub seed: u64,
    /// Real customers; duplicate records come on top.
    pub n_customers: u32,
    /// The day of the export; the last orders are of the day before.
    pub today: Date,
    /// How long the shop has been open, in months before `today`.
    pub months: u32,
    /// ISO 4217 code of all prices; it must have two minor digits.
    pub currency: String,
    pub company_name: String,
    /// About how many order lines are wanted; `None` lets the baskets have their natural size.
    pub n_lines: Option<u64>,
    pub dirt: Dirt,
    pub world: World,
}

impl Settings {
    /// The company that the demo shows: 2,000 customers over two years, with everything that goes wrong.
    pub fn demo(today: Date) -> Settings {
        Settings {
            seed: 1,
            n_customers: 2_000,
            today,
            months: 24,
            currency: "EUR".to_owned(),
            company_name: "Tamm & Halvorsen Rösterei".to_owned(),
            n_lines: None,
            dirt: Dirt::Everyday,
            world: World::Lively,
        }
    }
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("a company needs from 1 to 9,000,000 customers, not {0}")]
    Customers(u32),
    #[error("a company must have been open for 3 to 120 months, not {0}")]
    Months(u32),
    #[error("the day {0} is too early or too late for a calendar of {1} months")]
    Today(Date, u32),
    #[error("the currency must be three capital letters, not {0:?}")]
    Currency(String),
    #[error("{wanted} order lines would need {per_order:.1} lines in each order; possible are 1 to 12")]
    Lines { wanted: u64, per_order: f64 },
    #[error("cannot write {path}: {source}")]
    Write { path: String, source: std::io::Error },
}
