-- Collect: imports with their ledger. An import's number is short because each of its rows carries it.

CREATE TABLE imports (
  id TEXT PRIMARY KEY,
  import_no BIGINT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('people','companies','products','orders')),
  file_name TEXT NOT NULL,
  -- the file's place in the folder of files, and what it was when it came
  stored_name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  n_bytes BIGINT NOT NULL,
  -- how the file is opened, and the plan: mapping, keys, options
  format_json TEXT NOT NULL,
  plan_json TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('mapping','queued','running','done','failed','undoing','undone')),
  -- the last row whose outcome is durable: after a crash the import goes on behind it
  cursor_row BIGINT NOT NULL DEFAULT 0,
  -- the event that was taken back last
  undo_cursor TEXT,
  n_new BIGINT NOT NULL DEFAULT 0,
  n_changed BIGINT NOT NULL DEFAULT 0,
  n_same BIGINT NOT NULL DEFAULT 0,
  n_conflict BIGINT NOT NULL DEFAULT 0,
  n_error BIGINT NOT NULL DEFAULT 0,
  n_replayed BIGINT NOT NULL DEFAULT 0,
  n_left_by_undo BIGINT NOT NULL DEFAULT 0,
  bytes_done BIGINT NOT NULL DEFAULT 0,
  error TEXT,
  created_by TEXT,
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX imports_by_time ON imports (created_at, id);

-- One row per row of the file: what became of it. note: fields that were left out though the row was taken.
CREATE TABLE import_rows (
  import_no BIGINT NOT NULL,
  row_no BIGINT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('new','changed','same','conflict','error')),
  record_id TEXT,
  note TEXT,
  PRIMARY KEY (import_no, row_no)
);

-- Rows that were not taken, with the reason and their cells as they came, so that they can be mended and replayed.
CREATE TABLE rejected_rows (
  import_no BIGINT NOT NULL,
  row_no BIGINT NOT NULL,
  column_name TEXT,
  reason TEXT NOT NULL,
  cells_json TEXT NOT NULL,
  replayed_at BIGINT,
  PRIMARY KEY (import_no, row_no)
);

-- Records that an undo left as they are, because somebody had changed them since.
CREATE TABLE undo_conflicts (
  import_no BIGINT NOT NULL,
  event_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (import_no, event_id)
);

-- Plans that were used, so that the next file with the same headers needs no work.
CREATE TABLE saved_plans (
  headers_sha256 TEXT PRIMARY KEY,
  plan_json TEXT NOT NULL,
  used_at BIGINT NOT NULL
);
