//! The dataset: what an analyst may ask for, each column with its unit, its meaning and where it comes from.
//!
//! `docs/dataset.md` is this table for readers; a test keeps both equal. It describes and computes nothing: the facts are in
//! `facts`, the scores in `scores`.

/// A table of the dataset: one row is one of `grain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    pub grain: &'static str,
    pub about: &'static str,
    pub columns: &'static [Column],
}

/// A column of the dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub unit: &'static str,
    pub meaning: &'static str,
    pub source: &'static str,
}

const fn column(
    name: &'static str,
    unit: &'static str,
    meaning: &'static str,
    source: &'static str,
) -> Column {
    Column { name, unit, meaning, source }
}

pub const TABLES: &[Table] = &[
    Table {
        name: "facts",
        grain: "order or return of a customer",
        about: "What counts of every order, in the order of customer and time. Cancelled orders, orders in another currency, \
                orders dated after now, and orders of people who are deleted or merged into others are left out; the turn says \
                how many.",
        columns: &[
            column(
                "customer",
                "number from 0",
                "the customer, in the order of the people's ids",
                "orders.person_id",
            ),
            column(
                "day",
                "days since 1970-01-01, UTC",
                "the day of the order or return",
                "orders.ordered_at",
            ),
            column(
                "value_minor",
                "minor units of the workspace's currency",
                "money of the order; negative for a return",
                "orders.counted_minor",
            ),
            column(
                "kind",
                "purchase, free or return",
                "a purchase is no return and worth more than 0; an order free of charge is a sign of life but no order that \
                 is counted",
                "orders.is_return, counted_minor, total_minor, status",
            ),
            column(
                "source",
                "text, empty where not known",
                "the channel from which the customer came",
                "people.source",
            ),
            column(
                "country",
                "two letters, empty where not known",
                "the country of the customer",
                "people.country",
            ),
        ],
    },
    Table {
        name: "buyers",
        grain: "customer who bought until the last day of the analysis",
        about: "What RFM is computed from: the whole history until the end of the last day.",
        columns: &[
            column(
                "recency_days",
                "days",
                "from the last purchase to the last day; 0 is the same day",
                "facts.day",
            ),
            column(
                "n_orders",
                "orders",
                "purchases; returns and orders free of charge are not counted",
                "facts.kind",
            ),
            column(
                "value_minor",
                "minor units",
                "money of all purchases, returns taken off",
                "facts.value_minor",
            ),
            column(
                "recent_minor",
                "minor units",
                "the same of the last 365 days, by which value tiers are made",
                "facts.value_minor",
            ),
        ],
    },
    Table {
        name: "histories",
        grain: "customer who bought until the last day of the analysis",
        about: "What the lifetime-value models are fitted on. Purchases of one day are one; an order free of charge counts as a \
                day of purchase; a day that returns bring to nothing does not.",
        columns: &[
            column("n_repeat", "days of purchase", "days of purchase after the first", "facts.day, kind"),
            column("recency", "weeks", "from the first to the last day of purchase", "facts.day"),
            column(
                "age",
                "weeks",
                "from the first day of purchase to the last day of the analysis",
                "facts.day",
            ),
            column(
                "mean_value",
                "units of the currency",
                "mean money of a repeat day of purchase; later returns lower all of the customer's in the same proportion",
                "facts.value_minor",
            ),
        ],
    },
    Table {
        name: "cohorts",
        grain: "month of the first purchase and month after it",
        about: "Retention and money of customers by the month of their first purchase, until the last month that is over.",
        columns: &[
            column("month", "month, UTC", "the month of the first purchase", "facts.day"),
            column("age", "months", "months since then; 0 is the month itself", "facts.day"),
            column("retained", "customers", "customers of the cohort who bought in that month", "facts.kind"),
            column(
                "first_returns",
                "customers",
                "customers who bought again for the first time in that month",
                "facts.day",
            ),
            column(
                "value_minor",
                "minor units",
                "money of the month; a return is taken off the month of the customer's last purchase before it",
                "facts.value_minor",
            ),
        ],
    },
    Table {
        name: "person_scores",
        grain: "customer",
        about: "What the last turn found about each customer; a person who never bought has only the columns of the lead.",
        columns: &[
            column(
                "recency_score",
                "1 to 5",
                "5: bought more recently than at least 80 % of the customers",
                "buyers.recency_days",
            ),
            column(
                "frequency_score",
                "1 to 5",
                "5: ordered more often than at least 80 %; one order is always 1",
                "buyers.n_orders",
            ),
            column("monetary_score", "1 to 5", "5: spent more than at least 80 %", "buyers.value_minor"),
            column(
                "rfm_segment",
                "name",
                "the name of the cell of recency and frequency",
                "docs/methods/rfm.md",
            ),
            column(
                "tier",
                "high, mid, low",
                "place by the money of the last 365 days: the best 20 %, the next 30 %, the rest",
                "buyers.recent_minor",
            ),
            column(
                "previous_tier",
                "high, mid, low",
                "the tier 91 days before, from the same facts; empty for who had not bought by then",
                "buyers.recent_minor",
            ),
            column(
                "probability_alive",
                "0 to 1",
                "probability that the customer has not left for good",
                "histories, docs/methods/bg_nbd.md",
            ),
            column(
                "expected_orders",
                "days of purchase in 52 weeks",
                "expected days of purchase in the coming year",
                "histories, docs/methods/bg_nbd.md",
            ),
            column(
                "lifetime_value_minor",
                "minor units in 52 weeks",
                "expected money of the coming year: revenue, not discounted",
                "histories, docs/methods/lifetime_value.md",
            ),
            column(
                "lifetime_value_low_minor",
                "minor units in 52 weeks",
                "lower end of the 80 % interval",
                "histories, docs/methods/lifetime_value.md",
            ),
            column(
                "lifetime_value_high_minor",
                "minor units in 52 weeks",
                "upper end of the 80 % interval; 0 where buying nothing is nearly certain",
                "histories, docs/methods/lifetime_value.md",
            ),
            column(
                "abstained",
                "code",
                "why a number is missing: bought_once, no_time_passed, all_returned, no_model, no_value_model, nobody_leaves",
                "histories",
            ),
            column(
                "churn_probability",
                "0 to 1",
                "probability that somebody who is a customer now buys nothing for the period of the churn model",
                "facts, docs/methods/churn.md",
            ),
            column(
                "churn_reasons",
                "JSON",
                "up to three columns with what each adds to the log-odds, and its value",
                "facts, docs/methods/churn.md",
            ),
            column(
                "lead_points",
                "points",
                "fit and engagement together, of a person who never bought",
                "docs/methods/lead_score.md",
            ),
            column("lead_fit", "points", "points for who the person is", "people, tags, consents"),
            column(
                "lead_engagement",
                "points",
                "points for what the person did, faded by age",
                "clicks, notes, tasks",
            ),
            column("lead_grade", "A1 to C3", "letter: fit; number: engagement", "lead_fit, lead_engagement"),
            column(
                "lead_probability",
                "0 to 1",
                "probability of a first order within the period of the lead model",
                "docs/methods/lead_score.md",
            ),
            column(
                "lead_reasons",
                "JSON",
                "rules that gave points, and what moved the probability",
                "docs/methods/lead_score.md",
            ),
            column(
                "next_product",
                "SKU",
                "the product that the customer most likely buys next",
                "order_lines, docs/methods/next_product.md",
            ),
            column("next_products", "JSON", "the first three, each with its reason", "order_lines"),
            column(
                "contract_until_at",
                "microseconds UTC",
                "the first day that a running contract is not paid for; empty without one",
                "contracts.covered_until",
            ),
            column(
                "contract_ended_at",
                "microseconds UTC",
                "the end of the newest contract that ended",
                "contracts.ended_on",
            ),
            column(
                "contract_risk",
                "0 to 1",
                "probability that the running contract is not renewed when its cover ends",
                "docs/methods/contracts.md",
            ),
        ],
    },
    Table {
        name: "contracts",
        grain: "contract: payments of a person for renewing products that follow one another",
        about: "Customers who pay by period. A payment covers its months from its day, or from the end of the cover that still \
                runs; a payment up to 14 days after the cover ended continues the contract, a later one begins another. What was \
                given back at least by half counts as never paid.",
        columns: &[
            column("started_on", "day", "the day of the first payment", "orders.ordered_at"),
            column(
                "product_id",
                "id",
                "the product of the newest payment",
                "order_lines.product_id, products.renews_months",
            ),
            column(
                "covered_until",
                "day",
                "the first day that is not paid for",
                "order_lines.quantity_milli",
            ),
            column(
                "ended_on",
                "day, empty while it runs",
                "covered_until, once 14 days passed without a payment",
                "covered_until",
            ),
            column("period_months", "months", "months of the newest payment", "products.renews_months"),
            column(
                "monthly_minor",
                "minor units a month",
                "money of the newest payment by its months",
                "order_lines.amount_minor",
            ),
            column("paid_minor", "minor units", "money of all its payments", "order_lines.amount_minor"),
            column("n_payments", "days", "days with a payment", "orders.ordered_at"),
            column("n_late", "days", "payments that came after the cover had ended", "orders.ordered_at"),
            column(
                "risk",
                "0 to 1",
                "probability that a running contract is not renewed when its cover ends",
                "docs/methods/contracts.md",
            ),
            column(
                "risk_reasons",
                "JSON",
                "up to three columns with what each adds to the log-odds",
                "contracts",
            ),
            column(
                "value_minor",
                "minor units in 12 months",
                "expected payments of a running contract: revenue, not discounted",
                "docs/methods/shifted_beta_geometric.md",
            ),
            column(
                "value_low_minor",
                "minor units in 12 months",
                "lower end of the 80 % interval",
                "value_minor",
            ),
            column(
                "value_high_minor",
                "minor units in 12 months",
                "upper end of the 80 % interval",
                "value_minor",
            ),
        ],
    },
];

/// How `docs/dataset.md` begins.
const HEAD: &str = "# The dataset

What an analyst may ask for. Each column has its unit, its meaning and its source; the table is generated from
`crates/cycle/src/analyze/dataset.rs`, and a test keeps both equal.

**The last day.** Every analysis knows nothing after the end of its last day. That is the day somebody asked for; else today,
where the newest order is at most 31 days old; else the day of the newest order, because an imported history may have ended
years ago and silence after its end says nothing about customers. The turn says which of these it was.
";

/// The dataset as the document that readers get.
pub fn document() -> String {
    let mut text = HEAD.to_string();
    for table in TABLES {
        let squeezed = table.about.split_whitespace().collect::<Vec<_>>().join(" ");
        text.push_str(&format!("\n## {}\n\nOne row: {}. {squeezed}\n\n", table.name, table.grain));
        text.push_str("| column | unit | meaning | source |\n|---|---|---|---|\n");
        for column in table.columns {
            let Column { name, unit, meaning, source } = column;
            let meaning = meaning.split_whitespace().collect::<Vec<_>>().join(" ");
            text.push_str(&format!("| `{name}` | {unit} | {meaning} | {source} |\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_document_says_what_the_program_says() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/dataset.md");
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(found, document(), "write what `analyze::dataset::document` says to {}", path.display());
    }

    #[test]
    fn every_column_of_the_scores_is_described() {
        let described: Vec<&str> =
            TABLES.iter().flat_map(|table| table.columns).map(|column| column.name).collect();
        for column in
            crate::analyze::scores::COLUMNS.iter().filter(|column| !["person_id", "run_id"].contains(column))
        {
            assert!(described.contains(column), "{column}");
        }
    }
}
