-- What every business program needs: users, sessions, settings, the log of events, the job queue.

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner','administrator','member','reader')),
  password_hash TEXT NOT NULL,
  theme TEXT NOT NULL DEFAULT 'system' CHECK (theme IN ('system','light','dark')),
  created_at BIGINT NOT NULL,
  disabled_at BIGINT
);

CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  csrf_token TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- What programs come in with. role: the most that the token may do, whatever its user may.
CREATE TABLE api_tokens (
  id TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES users (id),
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner','administrator','member','reader')),
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX api_tokens_by_user ON api_tokens (user_id, id);

CREATE TABLE sign_in_failures (
  email_key TEXT PRIMARY KEY,
  n_failures BIGINT NOT NULL,
  last_at BIGINT NOT NULL
);

-- Settings that can be changed while the program runs; the value is JSON.
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value_json TEXT NOT NULL,
  changed_at BIGINT NOT NULL
);

-- One row per verb on a record, in the transaction of the change. A creation has no before-image.
-- subject_id: the record in whose timeline the event stands (the person of an order, say).
-- origin: the import, merge or undo to which the change belongs, so that it can be undone as a whole.
CREATE TABLE events (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  verb TEXT NOT NULL,
  record_kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  before_json TEXT,
  after_json TEXT,
  origin TEXT
);
CREATE INDEX events_by_subject ON events (subject_id, id);
CREATE INDEX events_by_origin ON events (origin, id) WHERE origin IS NOT NULL;

-- state: queued → running → done, or queued again with a later run_at, or dead after the last attempt.
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  payload_json TEXT NOT NULL,
  unique_key TEXT,
  state TEXT NOT NULL CHECK (state IN ('queued','running','done','dead')),
  run_at BIGINT NOT NULL,
  n_attempts BIGINT NOT NULL DEFAULT 0,
  max_attempts BIGINT NOT NULL,
  lease_until BIGINT,
  last_error TEXT,
  progress_done BIGINT NOT NULL DEFAULT 0,
  progress_total BIGINT,
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX jobs_ready ON jobs (state, run_at, id);
CREATE UNIQUE INDEX jobs_unique ON jobs (unique_key) WHERE unique_key IS NOT NULL AND state IN ('queued','running');
