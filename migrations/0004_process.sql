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
  -- bits of evidence that both are one (log2 of the odds, prior included)
  score DOUBLE PRECISION NOT NULL,
  reasons_json TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('proposed','merged','different','skipped')),
  found_at BIGINT NOT NULL,
  -- when a search last found the pair; one that a full search finds no more is dropped
  seen_at BIGINT NOT NULL,
  decided_at BIGINT,
  decided_by TEXT,
  PRIMARY KEY (left_id, right_id)
);
CREATE INDEX duplicate_pairs_open ON duplicate_pairs (record_kind, state, score, left_id, right_id);
CREATE INDEX duplicate_pairs_by_right ON duplicate_pairs (right_id);

CREATE TABLE merges (
  id TEXT PRIMARY KEY,
  record_kind TEXT NOT NULL,
  kept_id TEXT NOT NULL,
  merged_id TEXT NOT NULL,
  -- which record each field was taken from, where somebody chose
  choices_json TEXT NOT NULL,
  -- every row that the merge changed, as it was and as it became
  before_json TEXT NOT NULL,
  merged_at BIGINT NOT NULL,
  merged_by TEXT,
  undone_at BIGINT
);
CREATE INDEX merges_by_time ON merges (merged_at, id);
CREATE INDEX merges_by_kept ON merges (kept_id);
CREATE INDEX merges_by_merged ON merges (merged_id);
