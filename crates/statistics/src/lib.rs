//! Pure mathematics of the CRM cycle: slices in, numbers out.
//!
//! Every function says its units, shape, errors and source, and has a sheet in `docs/methods`. What this crate
//! deliberately does not do: read files, clocks, databases or chance from the system, print, or serialise. Its only
//! dependency shares work out to threads (rayon), and no result depends on how many there are. Where a method cannot answer
//! it returns an error or `None` that says what it needs, never a number.

pub mod activity;
pub mod always_valid;
pub mod attribution;
pub mod baskets;
pub mod bootstrap;
pub mod changes;
pub mod clusters;
pub mod cohorts;
pub mod concentration;
pub mod confidence_sequence;
pub mod cuped;
pub mod distributions;
pub mod drivers;
pub mod effects;
pub mod forecast;
pub mod funnel;
pub mod intervals;
pub mod lifetime_value;
pub mod matrices;
pub mod moments;
pub mod multiple;
pub mod newton;
pub mod power;
pub mod process;
pub mod pseudo_random;
pub mod quadrature;
pub mod quantiles;
pub mod rfm;
pub mod sample_ratio;
pub mod scoring;
pub mod shapley;
pub mod shifted_beta_geometric;
pub mod significance;
pub mod simplex;
pub mod special_functions;
pub mod stratified;
pub mod survival;
pub mod trend;
pub mod uplift;
