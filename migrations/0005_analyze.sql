-- Analyze: what the last run found about each customer, and the runs themselves.

CREATE TABLE turn_runs (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('running','done','failed')),
  -- the day on which the analyses stand: nothing later is known to them
  as_of BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  finished_at BIGINT,
  -- steps with their time, rows and peak of memory
  steps_json TEXT NOT NULL,
  error TEXT
);
CREATE INDEX turn_runs_by_time ON turn_runs (started_at, id);

-- One result per analysis and run: parameters, tables, figures; what the pages show.
CREATE TABLE analyses (
  run_id TEXT NOT NULL,
  name TEXT NOT NULL,
  result_json TEXT NOT NULL,
  computed_at BIGINT NOT NULL,
  PRIMARY KEY (run_id, name)
);

CREATE TABLE person_scores (
  person_id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL,
  recency_score BIGINT,
  frequency_score BIGINT,
  monetary_score BIGINT,
  rfm_segment TEXT,
  tier TEXT,
  previous_tier TEXT,
  -- NULL with a reason in `abstained` where there is too little history
  probability_alive DOUBLE PRECISION,
  expected_orders DOUBLE PRECISION,
  lifetime_value_minor BIGINT,
  lifetime_value_low_minor BIGINT,
  lifetime_value_high_minor BIGINT,
  abstained TEXT
);
CREATE INDEX person_scores_by_segment ON person_scores (rfm_segment, person_id);
CREATE INDEX person_scores_by_cell ON person_scores (recency_score, frequency_score, person_id);
CREATE INDEX person_scores_by_tier ON person_scores (tier, previous_tier, person_id);
