//! The turn: one pass through the stages that refreshes every analysis and insight.
