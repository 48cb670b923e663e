-- Act: actions with their experiments; call lists, offers with their codes, and changes at touch points.

CREATE TABLE actions (
  id TEXT PRIMARY KEY,
  turn_id TEXT,
  insight_id TEXT,
  goal_id TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('campaign','call_list','offer','touch_point')),
  name TEXT NOT NULL,
  hypothesis TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft','approved','running','stopped','done')),
  -- None only for a change at a touch point that everybody meets
  segment_id TEXT,
  -- the people as they were at the launch
  audience_id TEXT,
  -- what the contact is for; its lawful basis is stated per purpose
  purpose TEXT NOT NULL,
  -- what one treated customer is expected to bring more than one who is left alone, in the unit of the metric
  expected_per_person DOUBLE PRECISION,
  expected_low DOUBLE PRECISION,
  expected_high DOUBLE PRECISION,
  expected_how TEXT NOT NULL,
  -- NULL: it has an experiment
  why_no_experiment TEXT,
  why_ended TEXT,
  approved_by TEXT,
  launched_at BIGINT,
  ended_at BIGINT,
  created_by TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX actions_by_created ON actions (created_at, id);
CREATE INDEX actions_by_insight ON actions (insight_id) WHERE insight_id IS NOT NULL;
CREATE INDEX actions_by_goal ON actions (goal_id) WHERE goal_id IS NOT NULL;
CREATE INDEX actions_by_turn ON actions (turn_id) WHERE turn_id IS NOT NULL;

-- action_id is NULL for the global control group of a turn.
CREATE TABLE experiments (
  id TEXT PRIMARY KEY,
  action_id TEXT UNIQUE,
  turn_id TEXT,
  name TEXT NOT NULL,
  unit TEXT NOT NULL CHECK (unit IN ('person','company')),
  -- with the unit's id it decides the arm, the same every time
  assignment_key TEXT NOT NULL,
  holdout_permille BIGINT NOT NULL CHECK (holdout_permille > 0 AND holdout_permille < 1000),
  -- [{"name", "permille"}], the arm 'holdout' first; the shares add up to 1000
  arms_json TEXT NOT NULL,
  metric_key TEXT NOT NULL,
  metric_version BIGINT NOT NULL,
  -- days of outcome after the launch, and days before it that make the comparison sharper
  window_days BIGINT NOT NULL,
  pre_days BIGINT NOT NULL,
  -- [{"key", "version"}]: metrics that must not get worse
  guardrails_json TEXT NOT NULL,
  -- whether it can answer, reckoned before the launch
  plan_json TEXT,
  why_underpowered TEXT,
  state TEXT NOT NULL CHECK (state IN ('planned','running','ended')),
  -- how far the assignment of a large audience is; NULL when it is whole or has not begun
  assigned_up_to TEXT,
  n_people BIGINT NOT NULL,
  -- left out before anybody was assigned: the global control group, and those who cannot be reached
  n_in_control BIGINT NOT NULL,
  n_unreachable BIGINT NOT NULL,
  launched_at BIGINT,
  ends_at BIGINT,
  ended_at BIGINT,
  decision_json TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX experiments_by_created ON experiments (created_at, id);
CREATE UNIQUE INDEX experiments_of_turn ON experiments (turn_id) WHERE action_id IS NULL AND turn_id IS NOT NULL;

-- Who is in which arm, as it was at the launch; the arm 'holdout' is left alone.
CREATE TABLE experiment_people (
  experiment_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  arm TEXT NOT NULL,
  assigned_at BIGINT NOT NULL,
  PRIMARY KEY (experiment_id, person_id)
);
CREATE INDEX experiment_people_by_person ON experiment_people (person_id, experiment_id);

-- What reached whom: the first time of each kind.
CREATE TABLE exposures (
  experiment_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (experiment_id, person_id, kind)
);

-- Calls to make. priority: the customer's revenue so far, so that the most valuable are called first.
CREATE TABLE tasks (
  id TEXT PRIMARY KEY,
  action_id TEXT NOT NULL,
  experiment_id TEXT,
  person_id TEXT NOT NULL,
  arm TEXT NOT NULL,
  priority BIGINT NOT NULL,
  assignee_id TEXT,
  state TEXT NOT NULL CHECK (state IN ('open','closed')),
  outcome TEXT CHECK (outcome IN ('reached','not_reached','refused','done')),
  note TEXT,
  n_attempts BIGINT NOT NULL,
  last_attempt_at BIGINT,
  closed_by TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  UNIQUE (action_id, person_id)
);
CREATE INDEX tasks_in_order ON tasks (action_id, state, n_attempts, priority, id);
CREATE INDEX tasks_by_person ON tasks (person_id);

-- What each kind of action brings with it.
CREATE TABLE call_lists (
  action_id TEXT PRIMARY KEY,
  script TEXT NOT NULL,
  assignee_id TEXT,
  minutes_per_call BIGINT NOT NULL,
  -- attempts before somebody counts as not to be reached
  most_attempts BIGINT NOT NULL
);

CREATE TABLE offers (
  action_id TEXT PRIMARY KEY,
  -- percent_permille or amount_minor, never both
  percent_permille BIGINT,
  amount_minor BIGINT,
  currency TEXT NOT NULL,
  -- an order below it gets nothing
  least_order_minor BIGINT NOT NULL,
  valid_from TEXT NOT NULL,
  valid_until TEXT NOT NULL,
  -- discounts given stop here; NULL is no bound
  budget_minor BIGINT,
  given_minor BIGINT NOT NULL,
  prefix TEXT NOT NULL,
  code_key TEXT NOT NULL
);

CREATE TABLE coupon_codes (
  code TEXT PRIMARY KEY,
  action_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  arm TEXT NOT NULL,
  issued_at BIGINT NOT NULL,
  redeemed_at BIGINT,
  -- the order's number, where it is known
  order_number TEXT,
  order_minor BIGINT,
  discount_minor BIGINT,
  UNIQUE (action_id, person_id)
);
CREATE INDEX coupon_codes_by_person ON coupon_codes (person_id);
CREATE INDEX coupon_codes_redeemed ON coupon_codes (action_id, redeemed_at);

-- What changed where and when, so that measurement knows. action_id: the action that it was, if it was one.
CREATE TABLE touch_points (
  id TEXT PRIMARY KEY,
  action_id TEXT UNIQUE,
  place TEXT NOT NULL,
  what TEXT NOT NULL,
  segment_id TEXT,
  changed_on TEXT NOT NULL,
  -- the day on which it was taken back
  ended_on TEXT,
  created_by TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX touch_points_by_day ON touch_points (changed_on, id);
