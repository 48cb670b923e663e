-- What the newest turn counted for each metric in each month, of everybody: kept where counting takes longer than a page may.

-- Days as 2024-01-31. first_on and last_on: the month, or the month up to the turn's day for what is known only as it stands.
-- numerator and denominator as the dictionary of metrics says. A run writes every row again.
CREATE TABLE metric_values (
  metric_key TEXT NOT NULL,
  version BIGINT NOT NULL,
  first_on TEXT NOT NULL,
  last_on TEXT NOT NULL,
  numerator DOUBLE PRECISION NOT NULL,
  denominator DOUBLE PRECISION NOT NULL,
  counted_at BIGINT NOT NULL,
  PRIMARY KEY (metric_key, version, last_on)
);
