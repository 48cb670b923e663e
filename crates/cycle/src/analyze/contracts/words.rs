//! The columns of the risk of a contract and its reasons, for people who never studied statistics.

use crate::analyze::models::Reason;

/// The name of a column.
pub fn label(name: &str) -> &str {
    match name {
        "tenure_days" => "Days since the contract began",
        "n_payments" => "Number of payments",
        "period_months" => "Months of a period",
        "monthly_minor" => "Money a month",
        "days_left" => "Days until the renewal",
        "late_share" => "Share of late payments",
        "last_late" => "Days that the last payment was late",
        "price_change" => "Change of the money a month at the last renewal",
        "other_orders" => "Other orders in the last 365 days",
        "returns" => "Returns in the last 365 days",
        "contracts_before" => "Contracts before this one",
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
            "late_share" | "last_late" | "price_change" => "not renewed yet".to_string(),
            other => format!("{}: not known", label(other)),
        };
    };
    let counted = |n: f64, one: &str| {
        let n = n.round();
        if n == 1.0 { format!("1 {one}") } else { format!("{n:.0} {one}s") }
    };
    match name.as_str() {
        "tenure_days" => format!("customer by contract for {}", counted(value, "day")),
        "n_payments" => format!("{} so far", counted(value, "payment")),
        "period_months" => format!("pays every {}", counted(value, "month")),
        "monthly_minor" => format!("{} a month", money(value.round() as i64)),
        "days_left" if value < 0.0 => format!("renewal overdue by {}", counted(-value, "day")),
        "days_left" => format!("{} until the renewal", counted(value, "day")),
        "late_share" if value <= 0.0 => "always paid in time".to_string(),
        "late_share" => format!("{:.0} % of renewals paid late", 100.0 * value),
        "last_late" if value <= 0.0 => "last payment in time".to_string(),
        "last_late" => format!("last payment {} late", counted(value, "day")),
        "price_change" if value.abs() < 0.005 => "same price as before".to_string(),
        "price_change" if value > 0.0 => format!("pays {:.0} % more than before", 100.0 * value),
        "price_change" => format!("pays {:.0} % less than before", -100.0 * value),
        "other_orders" => format!("{} beside it in the last 365 days", counted(value, "order")),
        "returns" if value <= 0.0 => "gave nothing back lately".to_string(),
        "returns" => format!("{} in the last 365 days", counted(value, "return")),
        "contracts_before" if value <= 0.0 => "first contract".to_string(),
        "contracts_before" => format!("came back after {}", counted(value, "contract")),
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
        assert_eq!(
            reason(&Reason("days_left".into(), 0.2, Some(-3.0)), |_| String::new()),
            "renewal overdue by 3 days"
        );
    }
}
