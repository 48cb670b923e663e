//! Every check on the board, on one screen per table: what it looks at, what is a fault, and why.
//!
//! A condition is SQL on one row of the table. `:recent`, `:today`, `:oldest`, `:now` stand for parameters, `:codes` for
//! the calling code of the row's country. The scan counts by these conditions and `rows` finds by them.

use super::{Dimension, Kind};
use Dimension::{Completeness, Consistency, Freshness, Uniqueness, Validity};

/// One check of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub field: &'static str,
    pub label: &'static str,
    pub dimension: Dimension,
    /// Which rows are checked.
    pub applies: &'static str,
    /// Which of them are at fault.
    pub faulty: &'static str,
    pub definition: &'static str,
    /// The expression that a list of faulty rows shows.
    pub shown: &'static str,
}

/// A table with its checks.
pub(super) struct Table {
    pub kind: Kind,
    pub source: &'static str,
    pub present: &'static str,
    /// What to call a row in a list.
    pub label: &'static str,
    pub rules: &'static [Rule],
}

impl Table {
    pub fn name(&self, rule: &Rule) -> String {
        format!("{}.{}.{}", self.kind.word(), rule.field, rule.dimension.word())
    }
}

pub(super) const TABLES: [&Table; 4] = [&PEOPLE, &COMPANIES, &PRODUCTS, &ORDERS];

const ALL: &str = "1 = 1";

/// Completeness of a column.
const fn filled(field: &'static str, label: &'static str, faulty: &'static str) -> Rule {
    let definition = "The field has a value. Checked: every record.";
    Rule { field, label, dimension: Completeness, applies: ALL, faulty, definition, shown: "''" }
}

/// Validity: what came in could be read. What could not was kept as it came, and the column is empty.
const fn readable(
    field: &'static str,
    label: &'static str,
    applies: &'static str,
    faulty: &'static str,
) -> Rule {
    let definition =
        "What came in for the field could be read. Checked: records for which something came in.";
    Rule { field, label, dimension: Validity, applies, faulty, definition, shown: "raw_json" }
}

#[rustfmt::skip]
pub(super) const PEOPLE: Table = Table {
    kind: Kind::People,
    source: "source",
    present: "merged_into IS NULL AND deleted_at IS NULL",
    label: "name",
    rules: &[
        filled("given_name", "Given name", "given_name IS NULL"),
        filled("family_name", "Family name", "family_name IS NULL"),
        filled("email", "E-mail", "email_key IS NULL"),
        filled("phone", "Phone", "phone IS NULL"),
        filled("street", "Street", "street IS NULL"),
        filled("postcode", "Postcode", "postcode IS NULL"),
        filled("city", "City", "city IS NULL"),
        filled("country", "Country", "country IS NULL"),
        filled("birthday", "Birthday", "birthday IS NULL"),
        filled("source", "Source", "source IS NULL"),
        filled("external_id", "Customer number", "external_id IS NULL"),
        Rule { field: "contact", label: "A way to reach", dimension: Completeness, applies: ALL,
            faulty: "email_key IS NULL AND phone IS NULL AND (street IS NULL OR city IS NULL)",
            definition: "There is an e-mail address, a phone number or a postal address. Checked: every person.",
            shown: "''" },
        readable("email", "E-mail", r#"email_key IS NOT NULL OR raw_json LIKE '%"email":%'"#,
            r#"email_key IS NULL AND raw_json LIKE '%"email":%'"#),
        readable("phone", "Phone", r#"phone IS NOT NULL OR raw_json LIKE '%"phone":%'"#,
            r#"phone IS NULL AND raw_json LIKE '%"phone":%'"#),
        readable("country", "Country", r#"country IS NOT NULL OR raw_json LIKE '%"country":%'"#,
            r#"country IS NULL AND raw_json LIKE '%"country":%'"#),
        Rule { field: "birthday", label: "Birthday", dimension: Validity,
            applies: r#"birthday IS NOT NULL OR raw_json LIKE '%"birthday":%'"#,
            faulty: r#"(birthday IS NULL AND raw_json LIKE '%"birthday":%') OR birthday > :today OR birthday < :oldest
                OR birthday IN ('1900-01-01', '1901-01-01', '1970-01-01', '1111-11-11')"#,
            definition: "What came in could be read, lies in the past and not more than 120 years back, and is no date that \
                systems write for “unknown” (1900-01-01, 1970-01-01 …). Checked: people for whom a birthday came in.",
            shown: "coalesce(birthday, raw_json)" },
        Rule { field: "name", label: "Name", dimension: Validity,
            applies: "given_name IS NOT NULL OR family_name IS NOT NULL",
            faulty: "coalesce(given_name, '') LIKE '%@%' OR coalesce(family_name, '') LIKE '%@%'
                OR name_key LIKE '%0%' OR name_key LIKE '%1%' OR name_key LIKE '%2%' OR name_key LIKE '%3%'
                OR name_key LIKE '%4%' OR name_key LIKE '%5%' OR name_key LIKE '%6%' OR name_key LIKE '%7%'
                OR name_key LIKE '%8%' OR name_key LIKE '%9%'
                OR name_key IN ('test', 'test test', 'na', 'n a', 'unknown', 'unbekannt', 'xxx', 'asdf', 'john doe',
                                'max mustermann', 'mustermann', 'kein name', 'no name')",
            definition: "The name has no digits and no @, and is no stand-in such as “test” or “unknown”. Checked: people \
                with a name.",
            shown: "name" },
        Rule { field: "email", label: "E-mail", dimension: Uniqueness, applies: "email_key IS NOT NULL",
            faulty: "EXISTS (SELECT 1 FROM people o WHERE o.email_key = people.email_key AND o.id <> people.id
                AND o.merged_into IS NULL AND o.deleted_at IS NULL)",
            definition: "No other person has the same e-mail address, whatever its case. Checked: people with an address.",
            shown: "email" },
        Rule { field: "phone", label: "Phone", dimension: Uniqueness, applies: "phone IS NOT NULL",
            faulty: "EXISTS (SELECT 1 FROM people o WHERE o.phone = people.phone AND o.id <> people.id
                AND o.merged_into IS NULL AND o.deleted_at IS NULL)",
            definition: "No other person has the same phone number. Families share numbers: a hint, not a verdict. Checked: \
                people with a number.",
            shown: "phone" },
        Rule { field: "external_id", label: "Customer number", dimension: Uniqueness, applies: "external_id IS NOT NULL",
            faulty: "EXISTS (SELECT 1 FROM people o WHERE o.external_id = lower(people.external_id)
                AND o.external_id <> people.external_id AND o.merged_into IS NULL AND o.deleted_at IS NULL)",
            definition: "No other person has the same number in small letters; the very same number twice is refused when \
                it is written. Checked: people with a number.",
            shown: "external_id" },
        Rule { field: "record", label: "Record", dimension: Freshness, applies: ALL, faulty: "updated_at < :recent",
            definition: "The record was changed within the last 365 days. Checked: every person.", shown: "''" },
        Rule { field: "last_order", label: "Last order", dimension: Freshness, applies: "last_order_at IS NOT NULL",
            faulty: "last_order_at < :recent",
            definition: "The last order is not older than 365 days, so that address and contact were in use lately. \
                Checked: people who have ordered.",
            shown: "''" },
        Rule { field: "phone", label: "Phone", dimension: Consistency,
            applies: "phone IS NOT NULL AND country IS NOT NULL AND :codes IS NOT NULL",
            faulty: "substr(phone, 1, length(:codes)) <> :codes",
            definition: "The number begins with the calling code of the person's country. A foreign number is possible; many \
                in one source mean a wrong default country. Checked: people with number and country.",
            shown: "country || ' ' || phone" },
        Rule { field: "customer_since", label: "Customer since", dimension: Consistency,
            applies: "customer_since IS NOT NULL AND first_order_at IS NOT NULL",
            faulty: "first_order_at < customer_since - 86400000000",
            definition: "The first order is not older than “customer since” by more than a day. Checked: people with both.",
            shown: "''" },
        Rule { field: "name", label: "Name", dimension: Consistency,
            applies: "given_name IS NOT NULL AND family_name IS NOT NULL", faulty: "given_name = family_name",
            definition: "Given and family name differ. Checked: people with both.", shown: "name" },
    ],
};

#[rustfmt::skip]
pub(super) const COMPANIES: Table = Table {
    kind: Kind::Companies,
    source: "source",
    present: "merged_into IS NULL AND deleted_at IS NULL",
    label: "name",
    rules: &[
        filled("domain", "Domain", "domain IS NULL"),
        filled("industry", "Industry", "industry IS NULL"),
        filled("phone", "Phone", "phone IS NULL"),
        filled("city", "City", "city IS NULL"),
        filled("country", "Country", "country IS NULL"),
        filled("external_id", "Company number", "external_id IS NULL"),
        readable("domain", "Domain", r#"domain IS NOT NULL OR raw_json LIKE '%"domain":%'"#,
            r#"domain IS NULL AND raw_json LIKE '%"domain":%'"#),
        readable("phone", "Phone", r#"phone IS NOT NULL OR raw_json LIKE '%"phone":%'"#,
            r#"phone IS NULL AND raw_json LIKE '%"phone":%'"#),
        readable("country", "Country", r#"country IS NOT NULL OR raw_json LIKE '%"country":%'"#,
            r#"country IS NULL AND raw_json LIKE '%"country":%'"#),
        Rule { field: "name", label: "Name", dimension: Uniqueness, applies: ALL,
            faulty: "EXISTS (SELECT 1 FROM companies o WHERE o.name_key = companies.name_key AND o.id <> companies.id
                AND o.merged_into IS NULL AND o.deleted_at IS NULL)",
            definition: "No other company has the same name, whatever case, accents and legal form. Checked: every company.",
            shown: "name" },
        Rule { field: "domain", label: "Domain", dimension: Uniqueness, applies: "domain IS NOT NULL",
            faulty: "EXISTS (SELECT 1 FROM companies o WHERE o.domain = companies.domain AND o.id <> companies.id
                AND o.merged_into IS NULL AND o.deleted_at IS NULL)",
            definition: "No other company has the same domain. Checked: companies with a domain.", shown: "domain" },
        Rule { field: "record", label: "Record", dimension: Freshness, applies: ALL, faulty: "updated_at < :recent",
            definition: "The record was changed within the last 365 days. Checked: every company.", shown: "''" },
        Rule { field: "phone", label: "Phone", dimension: Consistency,
            applies: "phone IS NOT NULL AND country IS NOT NULL AND :codes IS NOT NULL",
            faulty: "substr(phone, 1, length(:codes)) <> :codes",
            definition: "The number begins with the calling code of the company's country. Checked: companies with number \
                and country.",
            shown: "country || ' ' || phone" },
    ],
};

#[rustfmt::skip]
pub(super) const PRODUCTS: Table = Table {
    kind: Kind::Products,
    source: "''",
    present: "deleted_at IS NULL",
    label: "name",
    rules: &[
        filled("category", "Category", "category IS NULL"),
        filled("price", "Price", "price_minor IS NULL"),
        Rule { field: "price", label: "Price", dimension: Validity, applies: "price_minor IS NOT NULL",
            faulty: "price_minor < 0", definition: "The price is not below zero. Checked: products with a price.",
            shown: "sku" },
        Rule { field: "name", label: "Name", dimension: Uniqueness, applies: ALL,
            faulty: "EXISTS (SELECT 1 FROM products o WHERE o.name_key = products.name_key AND o.id <> products.id
                AND o.deleted_at IS NULL)",
            definition: "No other product has the same name, whatever case and accents. Checked: every product.",
            shown: "sku" },
    ],
};

#[rustfmt::skip]
pub(super) const ORDERS: Table = Table {
    kind: Kind::Orders,
    source: "channel",
    present: ALL,
    label: "number",
    rules: &[
        filled("channel", "Channel", "channel IS NULL"),
        Rule { field: "person", label: "Customer", dimension: Completeness, applies: ALL, faulty: "person_id IS NULL",
            definition: "It is known who ordered. An order without a customer is missing from every analysis of customers. \
                Checked: every order.",
            shown: "''" },
        Rule { field: "returned_order", label: "Returned order", dimension: Completeness, applies: "is_return = 1",
            faulty: "returned_order_id IS NULL", definition: "The sale that the return undoes is known. Checked: returns.",
            shown: "''" },
        Rule { field: "ordered_at", label: "Order date", dimension: Validity, applies: ALL,
            faulty: "ordered_at > :now OR ordered_at < 315532800000000",
            definition: "The order is neither in the future nor before 1980. Checked: every order.", shown: "''" },
        Rule { field: "total", label: "Total", dimension: Validity, applies: "status = 'placed'",
            faulty: "n_lines = 0 OR total_minor = 0 OR (is_return = 0 AND total_minor < 0) OR (is_return = 1 AND total_minor > 0)",
            definition: "The order has lines, is not worth nothing, and has the sign of a sale or a return. Checked: orders \
                that are not cancelled.",
            shown: "''" },
        Rule { field: "currency", label: "Currency", dimension: Consistency, applies: "status = 'placed' AND total_minor <> 0",
            faulty: "counted_minor = 0",
            definition: "The order is in the workspace's currency. Orders in another one are kept, never converted, and count \
                nothing. Checked: orders that are not cancelled and worth something.",
            shown: "currency" },
    ],
};
