-- Interpret and the first of Act: insights, segments.

CREATE TABLE insights (
  id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL,
  -- the kind of claim; with `about` it names the same insight from run to run
  kind TEXT NOT NULL,
  about TEXT NOT NULL,
  claim TEXT NOT NULL,
  -- query, definition, figures with intervals, and how to open the rows
  evidence_json TEXT NOT NULL,
  n_customers BIGINT NOT NULL,
  money_minor BIGINT,
  money_low_minor BIGINT,
  money_high_minor BIGINT,
  currency TEXT NOT NULL,
  counter_checks_json TEXT NOT NULL,
  refuted_by TEXT NOT NULL,
  suggested_action TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('new','reviewed','decided','acting','measured','refuted')),
  decision_json TEXT,
  found_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  gone_at BIGINT,
  UNIQUE (kind, about)
);
CREATE INDEX insights_by_status ON insights (status, found_at, id);

CREATE TABLE segments (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT,
  filter_json TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_by TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX segments_by_name ON segments (name, id);
