//! Figures of a chart as text: short on an axis, whole in a table.

use serde_json::{Value, json};

/// What the figures of a chart are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// Whole things: people, orders.
    Count,
    /// Shares between 0 and 1, shown as per cent.
    Share,
    /// Money in whole units of a currency, with the sign that stands before it.
    Money { sign: String },
    /// A plain number with this many digits behind the point.
    Plain { digits: usize },
}

impl Unit {
    /// The whole figure: "£1,204,388", "CHF 1,204,388", "22.8 %".
    pub fn full(&self, value: f64) -> String {
        match self {
            Unit::Count => grouped(value, 0),
            Unit::Share => format!("{} %", grouped(value * 100.0, 1)),
            Unit::Money { sign } => signed(sign, value, grouped(value.abs(), 0)),
            Unit::Plain { digits } => grouped(value, *digits),
        }
    }

    /// The figure for an axis: "1.2 M".
    pub fn short(&self, value: f64) -> String {
        match self {
            Unit::Share => format!("{} %", trimmed(value * 100.0)),
            Unit::Money { sign } => signed(sign, value, abbreviated(value.abs())),
            Unit::Count | Unit::Plain { .. } => abbreviated(value),
        }
    }

    /// What the browser must know to print the same.
    pub(super) fn for_script(&self) -> Value {
        match self {
            Unit::Count => json!({ "kind": "count" }),
            Unit::Share => json!({ "kind": "share" }),
            Unit::Money { sign } => json!({ "kind": "money", "sign": sign }),
            Unit::Plain { digits } => json!({ "kind": "plain", "digits": digits }),
        }
    }
}

/// Money with its sign: a symbol stands close to the figure, a code apart.
fn signed(sign: &str, value: f64, unsigned: String) -> String {
    let minus = if value < 0.0 { "-" } else { "" };
    let space = if sign.ends_with(|c: char| c.is_ascii_alphabetic()) { "\u{a0}" } else { "" };
    format!("{minus}{sign}{space}{unsigned}")
}

fn abbreviated(value: f64) -> String {
    let size = value.abs();
    if size >= 999_500_000.0 {
        format!("{} bn", trimmed(value / 1e9))
    } else if size >= 999_500.0 {
        format!("{} M", trimmed(value / 1e6))
    } else if size >= 9_999.5 {
        format!("{} k", trimmed(value / 1e3))
    } else if size >= 1_000.0 {
        grouped(value, 0)
    } else {
        trimmed(value)
    }
}

/// At most two digits behind the point, and none that says nothing.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn grouped(value: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::with_capacity(text.len() + whole.len() / 3 + 1);
    if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        out.push('−');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_whole_in_a_table_and_short_on_an_axis() {
        let money = Unit::Money { sign: "£".to_owned() };
        assert_eq!(money.full(1_204_388.4), "£1,204,388");
        assert_eq!(money.short(1_204_388.4), "£1.2 M");
        assert_eq!(Unit::Share.full(0.22777), "22.8 %");
        assert_eq!(Unit::Share.short(0.25), "25 %");
        assert_eq!(Unit::Count.full(-12_431.0), "−12,431");
        assert_eq!(Unit::Count.short(12_500.0), "12.5 k");
        assert_eq!(Unit::Plain { digits: 2 }.full(-0.001), "0.00");
    }
}
