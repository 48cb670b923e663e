-- Plan: the turn, its full cost, purposes with their lawful basis, personas, the strategy, the register of sources.

CREATE TABLE turns (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  cadence TEXT NOT NULL CHECK (cadence IN ('month','quarter')),
  -- the first and the last day
  starts_on TEXT NOT NULL,
  ends_on TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('planned','running','closing','closed')),
  champion_id TEXT,
  previous_turn_id TEXT,
  -- the words in which its phases are shown; a view, not a second state
  vocabulary TEXT NOT NULL,
  -- 1 while it runs or is being closed: two turns at once are refused by the index below
  is_open BIGINT NOT NULL CHECK (is_open IN (0,1)),
  -- what is needed, and by whom: asked before anything goes out
  business_need TEXT,
  customer_need TEXT,
  opened_at BIGINT,
  closed_at BIGINT,
  created_by TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX turns_one_open ON turns (is_open) WHERE is_open = 1;
CREATE INDEX turns_by_start ON turns (starts_on, id);

-- Conditions of a gate that somebody let pass, with the reason.
CREATE TABLE turn_waivers (
  turn_id TEXT NOT NULL,
  condition_key TEXT NOT NULL,
  note TEXT NOT NULL,
  waived_by TEXT,
  waived_at BIGINT NOT NULL,
  PRIMARY KEY (turn_id, condition_key)
);

-- Meetings of a turn that were moved, noted or held; the others follow from its dates.
CREATE TABLE turn_meetings (
  turn_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('plan','middle','close')),
  on_day TEXT,
  minutes TEXT,
  held_at BIGINT,
  PRIMARY KEY (turn_id, kind)
);

-- What people wrote while closing a turn, and the report as it was frozen at the close.
CREATE TABLE turn_reviews (
  turn_id TEXT PRIMARY KEY,
  worked TEXT,
  stopped TEXT,
  learned TEXT,
  -- proposals for the next goals, each taken or left
  proposals_json TEXT NOT NULL,
  report_json TEXT,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);

-- Planned and actual cost: what was sent, given away, worked.
CREATE TABLE costs (
  id TEXT PRIMARY KEY,
  turn_id TEXT NOT NULL,
  action_id TEXT,
  -- names a cost that a program states again and again (a campaign's sendings): restated, not added
  source_key TEXT UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('send','discount','time','other')),
  is_planned BIGINT NOT NULL CHECK (is_planned IN (0,1)),
  amount_minor BIGINT NOT NULL,
  -- for people's time: the amount is minutes at the hourly rate
  minutes BIGINT,
  hourly_rate_minor BIGINT,
  team TEXT,
  description TEXT NOT NULL,
  at BIGINT NOT NULL,
  created_by TEXT,
  created_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX costs_by_turn ON costs (turn_id, at, id);
CREATE INDEX costs_by_action ON costs (action_id) WHERE action_id IS NOT NULL;

-- Why people are written to, and what in the law allows it. Nothing goes out for a purpose without a basis.
CREATE TABLE purposes (
  key TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  lawful_basis TEXT CHECK (lawful_basis IN ('consent','contract','legal_obligation','vital_interests','public_task','legitimate_interests')),
  -- why the basis holds
  reason TEXT,
  -- what an assessment of the risk for those concerned came to
  dpia_note TEXT,
  stated_by TEXT,
  stated_at BIGINT,
  version BIGINT NOT NULL
);
INSERT INTO purposes (key, name, version) VALUES ('marketing', 'Marketing', 1);
INSERT INTO purposes (key, name, version) VALUES ('service', 'Service', 1);

CREATE TABLE personas (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT,
  needs TEXT,
  -- who they are among the customers, now
  segment_id TEXT,
  version BIGINT NOT NULL,
  created_by TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);

-- The strategy page: every saving is a version, and sign-offs stand on a version.
CREATE TABLE strategies (
  id TEXT PRIMARY KEY,
  version_no BIGINT NOT NULL UNIQUE,
  focus TEXT NOT NULL CHECK (focus IN ('service','marketing','product')),
  engagement TEXT,
  objectives TEXT,
  tools TEXT,
  resources TEXT,
  champion_id TEXT,
  -- who is responsible, accountable, consulted, informed, by task
  raci_json TEXT NOT NULL,
  created_by TEXT,
  created_at BIGINT NOT NULL
);
CREATE TABLE strategy_sign_offs (
  strategy_id TEXT NOT NULL REFERENCES strategies (id),
  department TEXT NOT NULL CHECK (department IN ('sales','marketing','service')),
  answer TEXT NOT NULL CHECK (answer IN ('approved','refused')),
  note TEXT,
  signed_by TEXT,
  signed_at BIGINT NOT NULL,
  PRIMARY KEY (strategy_id, department)
);

-- Where facts come from, and what was agreed with the source. What arrived is read from the imports and the log.
CREATE TABLE sources (
  key TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  is_external BIGINT NOT NULL CHECK (is_external IN (0,1)),
  structure TEXT NOT NULL CHECK (structure IN ('structured','semi_structured','unstructured')),
  nature TEXT NOT NULL CHECK (nature IN ('quantitative','qualitative')),
  owner_id TEXT,
  -- the contract: at least this often, so many rows in a month, these columns
  every_days BIGINT,
  rows_low BIGINT,
  rows_high BIGINT,
  columns_json TEXT NOT NULL,
  -- a gap that is known and lived with, stated by somebody
  gap_note TEXT,
  gap_by TEXT,
  gap_at BIGINT,
  version BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);
