-- Collect: imports with their ledger. An import's number is short because each of its rows carries it.

CREATE TABLE imports (
  id TEXT PRIMARY KEY,
  import_no BIGINT NOT NULL UNIQUE,
  -- people, companies, products, orders
  kind TEXT NOT NULL,
  file_name TEXT NOT NULL,
  -- where the file is kept inside the data directory, and its SHA-256
  stored_name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  n_bytes BIGINT NOT NULL,
  -- encoding, separator, sheet … as found, and the mapping, keys and options that were chosen
  format_json TEXT NOT NULL,
  plan_json TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('mapping','queued','running','done','failed','undoing','undone')),
  -- the last row whose outcome is durable: a crash goes on after it
  cursor_row BIGINT NOT NULL DEFAULT 0,
  cursor_byte BIGINT NOT NULL DEFAULT 0,
  n_rows BIGINT NOT NULL DEFAULT 0,
  n_new BIGINT NOT NULL DEFAULT 0,
  n_changed BIGINT NOT NULL DEFAULT 0,
  n_same BIGINT NOT NULL DEFAULT 0,
  n_conflict BIGINT NOT NULL DEFAULT 0,
  n_error BIGINT NOT NULL DEFAULT 0,
  n_undo_conflict BIGINT NOT NULL DEFAULT 0,
  error TEXT,
  created_by TEXT,
  created_at BIGINT NOT NULL,
  finished_at BIGINT,
  undone_at BIGINT
);
CREATE INDEX imports_by_time ON imports (created_at, id);

-- One row per row of the file: what became of it.
CREATE TABLE import_rows (
  import_no BIGINT NOT NULL,
  row_no BIGINT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('new','changed','same','conflict','error','replayed')),
  record_id TEXT,
  -- problems at fields that were left out though the row was kept
  note TEXT,
  PRIMARY KEY (import_no, row_no)
);

-- Rows that were not taken, with the reason and the row as it came, so that they can be mended and replayed.
CREATE TABLE rejected_rows (
  import_no BIGINT NOT NULL,
  row_no BIGINT NOT NULL,
  column_name TEXT,
  reason TEXT NOT NULL,
  raw_json TEXT NOT NULL,
  corrected_json TEXT,
  replayed_at BIGINT,
  PRIMARY KEY (import_no, row_no)
);

-- Mappings that were used, so that the next file with the same headers needs no work.
CREATE TABLE saved_mappings (
  headers_sha256 TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  plan_json TEXT NOT NULL,
  used_at BIGINT NOT NULL
);
