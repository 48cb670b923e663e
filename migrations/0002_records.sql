-- The nouns: people, companies, products, orders with their lines, consents, tags, notes.
-- Text keys (…_key) are folded for search and sorting; raw_json keeps what came in where normalising changed it.

CREATE TABLE companies (
  id TEXT PRIMARY KEY,
  external_id TEXT,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  domain TEXT,
  industry TEXT,
  n_employees BIGINT,
  phone TEXT,
  website TEXT,
  street TEXT,
  postcode TEXT,
  city TEXT,
  country TEXT,
  source TEXT,
  raw_json TEXT,
  custom_json TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  merged_into TEXT,
  deleted_at BIGINT
);
CREATE UNIQUE INDEX companies_by_external_id ON companies (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX companies_by_name ON companies (name_key, id);
CREATE INDEX companies_by_domain ON companies (domain) WHERE domain IS NOT NULL;
CREATE INDEX companies_by_created ON companies (created_at, id);

CREATE TABLE people (
  id TEXT PRIMARY KEY,
  external_id TEXT,
  given_name TEXT,
  family_name TEXT,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  family_key TEXT NOT NULL,
  email TEXT,
  email_key TEXT,
  phone TEXT,
  company_id TEXT,
  street TEXT,
  postcode TEXT,
  city TEXT,
  country TEXT,
  birthday TEXT,
  language TEXT,
  source TEXT,
  customer_since BIGINT,
  raw_json TEXT,
  custom_json TEXT,
  n_orders BIGINT NOT NULL DEFAULT 0,
  revenue_minor BIGINT NOT NULL DEFAULT 0,
  first_order_at BIGINT,
  last_order_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  merged_into TEXT,
  deleted_at BIGINT
);
CREATE UNIQUE INDEX people_by_external_id ON people (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX people_by_email ON people (email_key) WHERE email_key IS NOT NULL;
CREATE INDEX people_by_phone ON people (phone) WHERE phone IS NOT NULL;
-- Behind the id stand columns by which a list in this order is often filtered, so that the walk need not open each row.
CREATE INDEX people_by_name ON people (name_key, id, country);
CREATE INDEX people_by_family ON people (family_key, id, country);
CREATE INDEX people_by_created ON people (created_at, id, country);
CREATE INDEX people_by_revenue ON people (revenue_minor, id, last_order_at, country);
CREATE INDEX people_by_last_order ON people (last_order_at, id, revenue_minor, country);
CREATE INDEX people_by_country ON people (country, created_at, id);
CREATE INDEX people_by_company ON people (company_id) WHERE company_id IS NOT NULL;

CREATE TABLE products (
  id TEXT PRIMARY KEY,
  sku TEXT NOT NULL,
  sku_key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  category TEXT,
  price_minor BIGINT,
  currency TEXT,
  raw_json TEXT,
  custom_json TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX products_by_name ON products (name_key, id);

-- total_minor: sum of the lines (a return is negative). counted_minor: what analyses count: the total in the
-- workspace's currency, 0 when cancelled or when the order is in another currency.
-- returned_order_id: the sale that a return undoes, where it is known.
CREATE TABLE orders (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL,
  number_key TEXT NOT NULL UNIQUE,
  person_id TEXT,
  ordered_at BIGINT NOT NULL,
  is_return BIGINT NOT NULL CHECK (is_return IN (0,1)),
  status TEXT NOT NULL CHECK (status IN ('placed','cancelled')),
  currency TEXT NOT NULL,
  total_minor BIGINT NOT NULL,
  counted_minor BIGINT NOT NULL,
  n_lines BIGINT NOT NULL,
  returned_order_id TEXT,
  channel TEXT,
  reason TEXT,
  raw_json TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX orders_facts ON orders (person_id, ordered_at, is_return, counted_minor);
CREATE INDEX orders_by_time ON orders (ordered_at, id);
CREATE INDEX orders_by_returned ON orders (returned_order_id) WHERE returned_order_id IS NOT NULL;

-- quantity_milli: thousandths of a unit. unit_price_micro: millionths of the currency's unit.
-- amount_minor: quantity × unit price, or what the source states. returned_line_no: the line of the returned order.
-- import_no: the import that wrote or last confirmed the line.
CREATE TABLE order_lines (
  order_id TEXT NOT NULL,
  line_no BIGINT NOT NULL,
  product_id TEXT,
  sku TEXT,
  description TEXT,
  quantity_milli BIGINT NOT NULL,
  unit_price_micro BIGINT NOT NULL,
  amount_minor BIGINT NOT NULL,
  returned_line_no BIGINT,
  import_no BIGINT,
  PRIMARY KEY (order_id, line_no)
);
CREATE INDEX order_lines_by_product ON order_lines (product_id, order_id, amount_minor) WHERE product_id IS NOT NULL;

CREATE TABLE consents (
  person_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  channel TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('granted','denied')),
  lawful_basis TEXT NOT NULL,
  source TEXT,
  stated_at BIGINT NOT NULL,
  PRIMARY KEY (person_id, purpose, channel)
);

CREATE TABLE tags (
  record_id TEXT NOT NULL,
  name_key TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (record_id, name_key)
);
CREATE INDEX tags_by_name ON tags (name_key, record_id);

CREATE TABLE notes (
  id TEXT PRIMARY KEY,
  record_kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  body TEXT NOT NULL,
  author_id TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX notes_by_record ON notes (record_id, created_at, id);
