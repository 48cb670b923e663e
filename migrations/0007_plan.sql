-- Plan: the dictionary of metrics, audiences as they were on a day, goals.

-- One row per version of a metric; a change makes a new version and leaves the old one as it was.
CREATE TABLE metrics (
  key TEXT NOT NULL,
  version BIGINT NOT NULL,
  name TEXT NOT NULL,
  definition TEXT NOT NULL,
  unit TEXT NOT NULL CHECK (unit IN ('money','count','share','days','ratio')),
  direction TEXT NOT NULL CHECK (direction IN ('up','down')),
  -- one row of what it is counted from: a person, an order, a user
  grain TEXT NOT NULL,
  -- how the figures of people make the figure of all
  kind TEXT NOT NULL CHECK (kind IN ('sum','binary','ratio','snapshot')),
  -- what the definition leaves open, such as the days of a window
  params_json TEXT NOT NULL,
  owner_id TEXT,
  -- why this version was made
  reason TEXT,
  valid_from BIGINT NOT NULL,
  created_by TEXT,
  PRIMARY KEY (key, version)
);

-- Who belonged to a segment when somebody took note of it. segment_id is NULL where it was made from a filter alone.
CREATE TABLE audiences (
  id TEXT PRIMARY KEY,
  segment_id TEXT,
  segment_version BIGINT,
  filter_json TEXT NOT NULL,
  taken_at BIGINT NOT NULL,
  n_people BIGINT NOT NULL
);
CREATE INDEX audiences_by_segment ON audiences (segment_id, taken_at) WHERE segment_id IS NOT NULL;

CREATE TABLE audience_people (
  audience_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  PRIMARY KEY (audience_id, person_id)
);

-- period: what one value of the metric is measured over; the target is that of the period which ends on due_on.
-- baseline_low, baseline_high: where the trend of the baseline series would lead by then, if nothing is done.
-- audience_id: NULL while it is a draft, and where the goal is about everybody, also those who come later.
CREATE TABLE goals (
  id TEXT PRIMARY KEY,
  turn_id TEXT,
  -- the finding that the goal answers, where it came from one
  insight_id TEXT,
  name TEXT NOT NULL,
  metric_key TEXT,
  metric_version BIGINT,
  period TEXT NOT NULL CHECK (period IN ('month','quarter')),
  segment_id TEXT,
  audience_id TEXT,
  baseline DOUBLE PRECISION,
  baseline_low DOUBLE PRECISION,
  baseline_high DOUBLE PRECISION,
  baseline_series_json TEXT NOT NULL,
  target DOUBLE PRECISION,
  due_on TEXT,
  owner_id TEXT,
  guardrails_json TEXT NOT NULL,
  sources_json TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft','open','met','missed','cannot_tell','dropped')),
  verdict_json TEXT,
  opened_at BIGINT,
  created_by TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX goals_by_turn ON goals (turn_id, id) WHERE turn_id IS NOT NULL;
CREATE INDEX goals_by_state ON goals (state, id);

-- Changes that people made by hand, by user: who works with the program is asked of them.
CREATE INDEX events_by_user ON events (actor_id, at) WHERE actor_kind = 'user' AND origin IS NULL;
