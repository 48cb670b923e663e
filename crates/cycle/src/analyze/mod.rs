//! Analyze: facts become numbers. Facts as columns, RFM, cohorts, lifetime value.
