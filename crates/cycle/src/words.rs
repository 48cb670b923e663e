//! Numbers as words of claims, goals and reports: money, shares, counts.
//!
//! One place, so that a number reads the same in a claim, in a counter-check, at a goal and in the report.

use records::values::currency::Currency;

/// Money for people; from 100 units on without the broken part.
pub fn money(minor: i64, currency: Currency) -> String {
    let one = 10i64.pow(currency.digits());
    let shown =
        if minor.abs() >= 100 * one { (minor as f64 / one as f64).round() as i64 * one } else { minor };
    let text = records::values::money::Money::new(shown, currency).to_string();
    match text.rsplit_once('.') {
        Some((whole, _)) if minor == 0 || minor.abs() >= 100 * one => whole.to_string(),
        _ => text,
    }
}

/// `47 %`, `4.2 %` below ten.
pub fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent.abs() >= 10.0 || percent == 0.0 {
        format!("{percent:.0}\u{a0}%")
    } else {
        format!("{percent:.1}\u{a0}%")
    }
}

/// `1,234`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 customer`, `1,234 customers`.
pub fn customers(n: u64) -> String {
    format!("{} customer{}", count(n), if n == 1 { "" } else { "s" })
}

/// A number that may have decimals: `0.42`, `3.5`, `120`.
pub fn number(value: f64) -> String {
    match value.abs() {
        v if v >= 1000.0 => {
            let sign = if value < 0.0 { "-" } else { "" };
            format!("{sign}{}", count(v.round() as u64))
        }
        v if v >= 100.0 || v.fract() == 0.0 => format!("{value:.0}"),
        v if v >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A chance as the text after "p": `= 0.03`, `< 0.001`.
pub fn chance(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_string() } else { format!("= {p:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        let euro = Currency::from_code("EUR").unwrap();
        assert_eq!(money(1_234_567, euro), "€12,346");
        assert_eq!(money(-1_234_567, euro), "-€12,346");
        assert_eq!(money(1_250, euro), "€12.50");
        assert_eq!(money(0, euro), "€0");
        assert_eq!(percent(0.4712), "47\u{a0}%");
        assert_eq!(percent(0.042), "4.2\u{a0}%");
        assert_eq!(customers(1), "1 customer");
        assert_eq!(customers(1_234_567), "1,234,567 customers");
        assert_eq!(number(0.416), "0.42");
        assert_eq!(number(12.34), "12.3");
        assert_eq!(chance(0.0001), "< 0.001");
        let yen = Currency::from_code("JPY").unwrap();
        assert_eq!(money(1_234, yen), "¥1,234");
    }
}
