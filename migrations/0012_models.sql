-- Models and what they tell of each person: a registry with versions, columns of scores, the rules of the lead score.

-- One version of a model as a run trained it, or why it abstains. Few versions of a name are kept, see `models::MOST_VERSIONS`.
CREATE TABLE models (
  id TEXT PRIMARY KEY,
  -- 'churn', 'lead', 'next_product' …
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  -- the run that trained it last
  run_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('used','abstains','superseded')),
  trained_at BIGINT NOT NULL,
  -- the data that it saw: from the first day until the end of the last, as 2024-01-31
  data_from TEXT,
  data_until TEXT NOT NULL,
  n_rows BIGINT NOT NULL,
  -- rows in which what is foretold happened
  n_positive BIGINT NOT NULL,
  -- definition, method, quality, backtest, what moves it, what it needs
  report_json TEXT NOT NULL,
  -- how many of those who were scored it expects it to happen to until due_on, at 80 %; came: what came of it, by a later run
  n_scored BIGINT NOT NULL,
  expected DOUBLE PRECISION,
  expected_low DOUBLE PRECISION,
  expected_high DOUBLE PRECISION,
  due_on TEXT,
  came DOUBLE PRECISION,
  UNIQUE (name, version)
);
CREATE INDEX models_by_run ON models (run_id);

ALTER TABLE person_scores ADD COLUMN churn_probability DOUBLE PRECISION;
ALTER TABLE person_scores ADD COLUMN churn_reasons TEXT;
ALTER TABLE person_scores ADD COLUMN lead_points BIGINT;
ALTER TABLE person_scores ADD COLUMN lead_fit BIGINT;
ALTER TABLE person_scores ADD COLUMN lead_engagement BIGINT;
-- A1 to C3: the letter is the fit, the number the engagement
ALTER TABLE person_scores ADD COLUMN lead_grade TEXT;
ALTER TABLE person_scores ADD COLUMN lead_probability DOUBLE PRECISION;
ALTER TABLE person_scores ADD COLUMN lead_reasons TEXT;
ALTER TABLE person_scores ADD COLUMN next_product TEXT;
ALTER TABLE person_scores ADD COLUMN next_products TEXT;
CREATE INDEX person_scores_by_churn ON person_scores (churn_probability, person_id) WHERE churn_probability IS NOT NULL;
CREATE INDEX person_scores_by_lead ON person_scores (lead_points, person_id) WHERE lead_points IS NOT NULL;
CREATE INDEX person_scores_by_grade ON person_scores (lead_grade, person_id) WHERE lead_grade IS NOT NULL;
CREATE INDEX person_scores_by_next ON person_scores (next_product, person_id) WHERE next_product IS NOT NULL;

-- What was set about the lead score: rules, caps, decay, grades. No row: as the program ships it.
CREATE TABLE lead_scorings (
  id TEXT PRIMARY KEY,
  rules_json TEXT NOT NULL,
  version BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- The ledger takes the forecasts of scores and of metrics too: SQLite changes a CHECK only with the table.
CREATE TABLE forecasts_of_all_kinds (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('effect','goal','goal_trend','orders','score','metric')),
  -- the action, goal, run or model that it is about
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
INSERT INTO forecasts_of_all_kinds (id, kind, subject, made_by, made_at, due_at, expected, low, high, level, unit, outcome,
  outcome_error, settled_at)
SELECT id, kind, subject, made_by, made_at, due_at, expected, low, high, level, unit, outcome, outcome_error, settled_at
FROM forecasts;
DROP TABLE forecasts;
ALTER TABLE forecasts_of_all_kinds RENAME TO forecasts;
CREATE INDEX forecasts_by_maker ON forecasts (made_by, due_at, id);
CREATE INDEX forecasts_due ON forecasts (due_at, id) WHERE settled_at IS NULL;
