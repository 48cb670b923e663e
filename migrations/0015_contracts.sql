-- Customers who pay by period: products that renew, and the contracts that the last run found in their order lines.

-- months that one unit of the product pays for; NULL: it is bought, not renewed
ALTER TABLE products ADD COLUMN renews_months BIGINT CHECK (renews_months BETWEEN 1 AND 60);
CREATE INDEX products_that_renew ON products (id) WHERE renews_months IS NOT NULL;

-- One contract: payments of one person for renewing products that follow one another without a gap longer than the grace.
-- Days as 2024-01-31. A run writes every row again, like person_scores.
CREATE TABLE contracts (
  person_id TEXT NOT NULL,
  -- the day of the first payment
  started_on TEXT NOT NULL,
  run_id TEXT NOT NULL,
  -- of the newest payment
  product_id TEXT NOT NULL,
  -- the first day that is not paid for
  covered_until TEXT NOT NULL,
  -- covered_until, once the grace has passed without a payment
  ended_on TEXT,
  period_months BIGINT NOT NULL,
  monthly_minor BIGINT NOT NULL,
  paid_minor BIGINT NOT NULL,
  n_payments BIGINT NOT NULL,
  n_late BIGINT NOT NULL,
  -- of a running contract: probability that it is not renewed when its cover ends; NULL where the model abstains
  risk DOUBLE PRECISION,
  risk_reasons TEXT,
  -- of a running contract: expected payments of the coming 12 months, the interval at 80 %; NULL where the model abstains
  value_minor BIGINT,
  value_low_minor BIGINT,
  value_high_minor BIGINT,
  PRIMARY KEY (person_id, started_on)
);
CREATE INDEX contracts_by_risk ON contracts (risk, person_id, started_on) WHERE ended_on IS NULL AND risk IS NOT NULL;
CREATE INDEX contracts_by_renewal ON contracts (covered_until, person_id, started_on) WHERE ended_on IS NULL;
CREATE INDEX contracts_by_end ON contracts (ended_on, person_id, started_on) WHERE ended_on IS NOT NULL;
CREATE INDEX contracts_by_start ON contracts (started_on, ended_on, person_id, monthly_minor);
CREATE INDEX contracts_by_product ON contracts (product_id, covered_until, person_id);

-- Of the person's newest contract: until when it is paid, when the last one that ended did, and the risk of a running one.
ALTER TABLE person_scores ADD COLUMN contract_until_at BIGINT;
ALTER TABLE person_scores ADD COLUMN contract_ended_at BIGINT;
ALTER TABLE person_scores ADD COLUMN contract_risk DOUBLE PRECISION;
CREATE INDEX person_scores_by_contract_risk ON person_scores (contract_risk, person_id) WHERE contract_risk IS NOT NULL;
CREATE INDEX person_scores_by_contract_end ON person_scores (contract_ended_at, person_id) WHERE contract_ended_at IS NOT NULL;
