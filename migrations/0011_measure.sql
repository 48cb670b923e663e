-- Measure: what each action changed, verdicts on forecasts, and what was decided to stop.

-- One look at an experiment: an arm against the people held out, as known at the end of the day `as_of`.
-- Intervals are NULL where too little happened to say anything; `why` says so.
CREATE TABLE effects (
  id TEXT PRIMARY KEY,
  experiment_id TEXT NOT NULL,
  -- NULL for the global control group
  action_id TEXT,
  turn_id TEXT,
  arm TEXT NOT NULL,
  insight_kind TEXT,
  action_kind TEXT,
  metric_key TEXT NOT NULL,
  metric_version BIGINT NOT NULL,
  as_of TEXT NOT NULL,
  -- outcomes count from the launch until before this moment
  until_at BIGINT NOT NULL,
  -- the share of the planned window that had passed, from 0 to 1
  time_share DOUBLE PRECISION NOT NULL,
  n_treated BIGINT NOT NULL,
  n_holdout BIGINT NOT NULL,
  mean_treated DOUBLE PRECISION,
  mean_holdout DOUBLE PRECISION,
  -- per person, treated less held out; fixed: one look at 95 %; always: all daily looks together 95 %
  estimate DOUBLE PRECISION,
  low DOUBLE PRECISION,
  high DOUBLE PRECISION,
  always_low DOUBLE PRECISION,
  always_high DOUBLE PRECISION,
  method TEXT NOT NULL,
  -- estimate × people treated
  total_effect DOUBLE PRECISION,
  -- revenue that the treated brought more than they would have, all together, with the always-valid interval
  money_minor BIGINT,
  money_low_minor BIGINT,
  money_high_minor BIGINT,
  -- full cost so far; NULL where nobody stated any
  cost_minor BIGINT,
  conclusion TEXT NOT NULL CHECK (conclusion IN ('works','harms','no_effect_shown','cannot_tell_yet')),
  why TEXT NOT NULL,
  is_final BIGINT NOT NULL CHECK (is_final IN (0,1)),
  srm_p DOUBLE PRECISION,
  computed_at BIGINT NOT NULL,
  UNIQUE (experiment_id, arm, as_of)
);
CREATE INDEX effects_by_action ON effects (action_id, as_of) WHERE action_id IS NOT NULL;
CREATE INDEX effects_final ON effects (as_of, id) WHERE is_final = 1;

-- Every metric of a look: the experiment's own, revenue, the goal's, and those that must not get worse.
-- correlation: with the estimate at the look before; critical: standard errors that this look claims (NULL: no claim).
CREATE TABLE effect_metrics (
  effect_id TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('primary','money','goal','guardrail')),
  metric_key TEXT NOT NULL,
  metric_version BIGINT NOT NULL,
  mean_treated DOUBLE PRECISION,
  mean_holdout DOUBLE PRECISION,
  estimate DOUBLE PRECISION,
  low DOUBLE PRECISION,
  high DOUBLE PRECISION,
  always_low DOUBLE PRECISION,
  always_high DOUBLE PRECISION,
  correlation DOUBLE PRECISION,
  critical DOUBLE PRECISION,
  method TEXT NOT NULL,
  PRIMARY KEY (effect_id, role, metric_key, metric_version)
);

-- The calibration ledger: what was foretold, by whom, and what came.
CREATE TABLE forecasts (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('effect','goal','goal_trend','orders')),
  -- the action, goal or run that it is about
  subject TEXT NOT NULL,
  -- a model, a playbook or a person: 'model:bg_nbd', 'playbook:likely_lost', 'user:usr_…'
  made_by TEXT NOT NULL,
  made_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  expected DOUBLE PRECISION NOT NULL,
  low DOUBLE PRECISION,
  high DOUBLE PRECISION,
  -- probability with which low to high was meant to hold; NULL where nobody said
  level DOUBLE PRECISION,
  unit TEXT NOT NULL,
  outcome DOUBLE PRECISION,
  -- an outcome that is an estimate itself has a standard error
  outcome_error DOUBLE PRECISION,
  settled_at BIGINT,
  UNIQUE (kind, subject, made_by)
);
CREATE INDEX forecasts_by_maker ON forecasts (made_by, due_at, id);
CREATE INDEX forecasts_due ON forecasts (due_at, id) WHERE settled_at IS NULL;
