//! The attributes of a person that a filter may name: label, kind, where they stand.

/// How a field's values are read and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text that is compared as it stands.
    Text,
    /// Text whose column is folded: accents and case do not matter.
    Folded,
    /// A whole number.
    Number,
    /// A probability or other number with decimals.
    Real,
    /// Minor units of the workspace's currency; typed in major units.
    Money,
    /// A time, typed as a date (its start in UTC) or as days ago.
    Time,
}

/// A field that filters, lists and the API know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: Kind,
    column: &'static str,
    /// Whether the column stands in `person_scores`, which the last run of the analyses wrote.
    pub is_score: bool,
    /// Whether an index leads with the column.
    pub(crate) is_indexed: bool,
}

const fn attribute(name: &'static str, label: &'static str, kind: Kind, column: &'static str) -> Field {
    Field { name, label, kind, column, is_score: false, is_indexed: false }
}

const fn indexed(name: &'static str, label: &'static str, kind: Kind, column: &'static str) -> Field {
    Field { is_indexed: true, ..attribute(name, label, kind, column) }
}

const fn score(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field { name, label, kind, column: name, is_score: true, is_indexed: false }
}

impl Field {
    /// The column that holds it.
    pub(crate) fn column(&self) -> &'static str {
        self.column
    }
}

pub const FIELDS: &[Field] = &[
    indexed("name", "Name", Kind::Folded, "name_key"),
    indexed("family_name", "Family name", Kind::Folded, "family_key"),
    indexed("email", "E-mail", Kind::Text, "email_key"),
    indexed("phone", "Phone", Kind::Text, "phone"),
    indexed("country", "Country", Kind::Text, "country"),
    attribute("city", "City", Kind::Text, "city"),
    attribute("postcode", "Postcode", Kind::Text, "postcode"),
    attribute("language", "Language", Kind::Text, "language"),
    attribute("source", "Source", Kind::Text, "source"),
    indexed("company", "Company", Kind::Text, "company_id"),
    indexed("external_id", "Customer number", Kind::Text, "external_id"),
    attribute("birthday", "Birthday", Kind::Text, "birthday"),
    attribute("n_orders", "Orders", Kind::Number, "n_orders"),
    indexed("revenue", "Revenue", Kind::Money, "revenue_minor"),
    attribute("first_order", "First order", Kind::Time, "first_order_at"),
    indexed("last_order", "Last order", Kind::Time, "last_order_at"),
    attribute("customer_since", "Customer since", Kind::Time, "customer_since"),
    indexed("created", "Created", Kind::Time, "created_at"),
    score("tier", "Value tier", Kind::Text),
    score("previous_tier", "Value tier before", Kind::Text),
    score("rfm_segment", "RFM segment", Kind::Text),
    score("recency_score", "Recency score", Kind::Number),
    score("frequency_score", "Frequency score", Kind::Number),
    score("monetary_score", "Monetary score", Kind::Number),
    score("probability_alive", "Probability alive", Kind::Real),
    score("expected_orders", "Expected orders in a year", Kind::Real),
    score("lifetime_value_minor", "Lifetime value", Kind::Money),
    score("abstained", "Why nothing can be told", Kind::Text),
    score("churn_probability", "Probability of leaving", Kind::Real),
    score("contract_risk", "Risk that the contract is not renewed", Kind::Real),
    score("contract_until_at", "Contract is paid until", Kind::Time),
    score("contract_ended_at", "Last contract ended", Kind::Time),
    score("lead_grade", "Lead grade (A1 to C3)", Kind::Text),
    score("lead_points", "Lead points", Kind::Number),
    score("lead_fit", "Lead points for fit", Kind::Number),
    score("lead_engagement", "Lead points for engagement", Kind::Number),
    score("lead_probability", "Probability of a first order", Kind::Real),
    score("next_product", "Next product (SKU)", Kind::Text),
];

/// The field of this name.
pub fn field(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}
