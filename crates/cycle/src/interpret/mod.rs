//! Interpret: numbers become meaning. Insights and the report.
