-- What the search for duplicates has learnt, and what an import brought that looks like what was there.

-- One version of a model of duplicates; the last of a kind is in use. Few versions of a kind are kept.
CREATE TABLE linkage_models (
  -- 'person' or 'company'
  record_kind TEXT NOT NULL,
  version BIGINT NOT NULL,
  -- as `linkage::Learnt` writes it
  learnt_text TEXT NOT NULL,
  learnt_at BIGINT NOT NULL,
  -- the records that it saw, and when the first and the last of them were written
  n_records BIGINT NOT NULL,
  written_from BIGINT,
  written_until BIGINT,
  n_compared BIGINT NOT NULL,
  -- pairs that it proposes, and how many of them it expects to be right
  n_proposed BIGINT NOT NULL,
  expected_right DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (record_kind, version)
);

-- Values that many records have, of the version in use: sharing one says less.
CREATE TABLE linkage_values (
  record_kind TEXT NOT NULL,
  version BIGINT NOT NULL,
  slot BIGINT NOT NULL,
  value_key BIGINT NOT NULL,
  bits DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (record_kind, version, slot, value_key)
);

-- Rows of an import that became a new record although one that was there is probably the same.
CREATE TABLE import_likenesses (
  import_no BIGINT NOT NULL,
  row_no BIGINT NOT NULL,
  record_id TEXT NOT NULL,
  other_id TEXT NOT NULL,
  PRIMARY KEY (import_no, row_no, other_id)
);
