//! The columns of the churn model and its reasons, for people who never studied statistics.

use crate::analyze::models::Reason;

/// Of whom it does not speak.
pub const CONTRACTS: &str = "It speaks of customers who are free to buy or not. Of those who pay by period tells the page of \
    contracts, by their renewals; who does both has both scores.";

/// The name of a column.
pub fn label(name: &str) -> &str {
    match name {
        "recency_days" => "Days since the last order",
        "silence" => "Silence beside the own rhythm",
        "n_orders" => "Number of orders",
        "tenure_days" => "Days since the first order",
        "gap_days" => "Usual days between orders",
        "gap_spread" => "Unevenness of the rhythm",
        "recent_orders" => "Orders in the last period",
        "trend" => "Orders more or fewer than the period before",
        "mean_value" => "Usual value of an order",
        "recent_value" => "Money in the last 365 days",
        "last_value" => "Last order beside the usual",
        "returns" => "Returns by order",
        "consent" => "Consent to e-mails",
        "source" => "Channel from which the customer came",
        other => other,
    }
}

/// A reason as half a sentence; money by `money`, in minor units.
pub fn reason(reason: &Reason, money: impl Fn(i64) -> String) -> String {
    if let Some(words) = reason.channel_in_words() {
        return words;
    }
    let Reason(name, _, value) = reason;
    let Some(value) = *value else {
        return match name.as_str() {
            "silence" | "gap_days" | "last_value" => "bought on one day only".to_string(),
            "gap_spread" => "too few orders for a rhythm".to_string(),
            "consent" => "said nothing about e-mails".to_string(),
            other => format!("{}: not known", label(other)),
        };
    };
    let days = |n: f64| if n.round() == 1.0 { "1 day".to_string() } else { format!("{n:.0} days") };
    match name.as_str() {
        "recency_days" => format!("last order {} ago", days(value)),
        "silence" => format!("silent for {value:.1} times the own rhythm"),
        "n_orders" if value.round() == 1.0 => "1 day of purchase so far".to_string(),
        "n_orders" => format!("{value:.0} days of purchase so far"),
        "tenure_days" => format!("first order {} ago", days(value)),
        "gap_days" => format!("usually {} between orders", days(value)),
        "gap_spread" if value < 0.5 => "orders come evenly".to_string(),
        "gap_spread" => "orders come unevenly".to_string(),
        "recent_orders" => format!("{value:.0} orders in the last period"),
        "trend" if value < 0.0 => format!("{:.0} orders fewer than the period before", -value),
        "trend" if value > 0.0 => format!("{value:.0} orders more than the period before"),
        "trend" => "as many orders as the period before".to_string(),
        "mean_value" => format!("usually {} an order", money(value.round() as i64)),
        "recent_value" => format!("{} in the last 365 days", money(value.round() as i64)),
        "last_value" => format!("last order {:.0} % of the usual", 100.0 * value),
        "returns" if value <= 0.0 => "never gave anything back".to_string(),
        "returns" => format!("{value:.1} returns by order"),
        "consent" if value > 0.5 => "wants e-mails".to_string(),
        "consent" => "wants no e-mails".to_string(),
        other => format!("{}: {value:.1}", label(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_name_and_a_sentence() {
        for name in super::super::features::NAMES {
            assert_ne!(label(name), name);
            for value in [None, Some(0.0), Some(1.0), Some(-2.0)] {
                let told = reason(&Reason(name.to_string(), 1.0, value), |minor| format!("€{minor}"));
                assert!(!told.is_empty() && !told.contains('_'), "{told}");
            }
        }
        assert_eq!(reason(&Reason("source:fair".into(), 0.2, None), |_| String::new()), "came by fair");
    }
}
