-- Interpret and the first of Act: insights, segments.

CREATE TABLE insights (
  id TEXT PRIMARY KEY,
  -- the run that found it last
  run_id TEXT NOT NULL,
  -- the kind of claim; with `about` it names the same insight from run to run
  kind TEXT NOT NULL,
  about TEXT NOT NULL,
  claim TEXT NOT NULL,
  -- query, definition, figures with intervals and denominators, tables, and the filter that opens the rows
  evidence_json TEXT NOT NULL,
  n_customers BIGINT NOT NULL,
  money_minor BIGINT,
  money_low_minor BIGINT,
  money_high_minor BIGINT,
  money_how TEXT NOT NULL,
  currency TEXT NOT NULL,
  counter_checks_json TEXT NOT NULL,
  -- from 0 to 1, after the counter-checks
  confidence DOUBLE PRECISION NOT NULL,
  -- low end of the money × confidence: what the list is sorted by
  worth DOUBLE PRECISION NOT NULL,
  refuted_by TEXT NOT NULL,
  suggested_action TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('new','reviewed','decided','acting','measured','refuted')),
  -- who decided or refuted, why, and the expected effect
  decision_json TEXT,
  found_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  -- the run that no longer found it
  gone_at BIGINT,
  UNIQUE (kind, about)
);
CREATE INDEX insights_by_worth ON insights (worth, id);

-- The customers of an insight, the one with the most money first; bounded, see `interpret::MOST_ROWS`.
CREATE TABLE insight_people (
  insight_id TEXT NOT NULL,
  place BIGINT NOT NULL,
  person_id TEXT NOT NULL,
  -- the figures that made the person part of it
  figures_json TEXT NOT NULL,
  PRIMARY KEY (insight_id, place)
);
CREATE INDEX insight_people_by_person ON insight_people (person_id, insight_id);

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
