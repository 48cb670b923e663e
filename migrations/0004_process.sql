-- Process: quality figures per field and source, duplicate proposals, merges that can be taken back.

CREATE TABLE quality_runs (
  id TEXT PRIMARY KEY,
  ran_at BIGINT NOT NULL,
  result_json TEXT NOT NULL
);
CREATE INDEX quality_runs_by_time ON quality_runs (ran_at, id);

CREATE TABLE duplicate_pairs (
  -- the two records, the smaller id first
  left_id TEXT NOT NULL,
  right_id TEXT NOT NULL,
  record_kind TEXT NOT NULL,
  score DOUBLE PRECISION NOT NULL,
  reasons_json TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('proposed','merged','different','skipped')),
  found_at BIGINT NOT NULL,
  decided_at BIGINT,
  decided_by TEXT,
  PRIMARY KEY (left_id, right_id)
);
CREATE INDEX duplicate_pairs_open ON duplicate_pairs (state, score, left_id, right_id);

CREATE TABLE merges (
  id TEXT PRIMARY KEY,
  record_kind TEXT NOT NULL,
  kept_id TEXT NOT NULL,
  merged_id TEXT NOT NULL,
  -- both records as they were and every child that moved
  before_json TEXT NOT NULL,
  merged_at BIGINT NOT NULL,
  merged_by TEXT,
  undone_at BIGINT
);
CREATE INDEX merges_by_time ON merges (merged_at, id);
CREATE INDEX merges_by_kept ON merges (kept_id);
