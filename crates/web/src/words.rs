//! Figures, money and times as people read them. Nothing is computed here: a sum, a share or a rate comes from a verb.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use platform::Micros;
use platform::clock::{DAY, HOUR, MINUTE};
use records::values::currency::Currency;
use records::values::money::Money;

use crate::charts::Unit;
use crate::parts::Moment;

/// "12,400".
pub fn count(n: impl TryInto<i64>) -> String {
    Unit::Count.full(n.try_into().unwrap_or(i64::MAX) as f64)
}

/// "1 row", "12,400 rows": the noun in the plural where its number asks for it.
pub fn counted(n: impl TryInto<i64>, one: &str, many: &str) -> String {
    let n = n.try_into().unwrap_or(i64::MAX);
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// "22.8 %" of a share between 0 and 1.
pub fn share(share: f64) -> String {
    Unit::Share.full(share)
}

/// "€1,234.50"; minor units of an unknown currency are printed as they are.
pub fn money(amount_minor: i64, currency: &str) -> String {
    match Currency::from_code(currency) {
        Some(currency) => Money::new(amount_minor, currency).to_string(),
        None => format!("{} {currency}", count(amount_minor)),
    }
}

/// "€1,235": the same without minor units, for figures in which they say nothing.
pub fn money_whole(amount_minor: i64, currency: &str) -> String {
    let Some(known) = Currency::from_code(currency) else { return money(amount_minor, currency) };
    money_unit(currency).full(amount_minor as f64 / 10_f64.powi(known.digits() as i32))
}

/// How charts print money in this currency.
pub fn money_unit(currency: &str) -> Unit {
    let sign = Currency::from_code(currency).and_then(Currency::symbol).unwrap_or(currency);
    Unit::Money { sign: sign.to_string() }
}

/// An amount in the whole units in which charts draw it.
pub fn money_for_chart(amount_minor: i64, currency: &str) -> f64 {
    let digits = Currency::from_code(currency).map_or(2, Currency::digits);
    amount_minor as f64 / 10_f64.powi(digits as i32)
}

/// "1.2 MB".
pub fn bytes(n: i64) -> String {
    match n {
        i64::MIN..=999 => format!("{n} bytes"),
        1_000..=999_999 => format!("{:.0} kB", n as f64 / 1e3),
        1_000_000..=999_999_999 => format!("{:.1} MB", n as f64 / 1e6),
        1_000_000_000.. => format!("{:.1} GB", n as f64 / 1e9),
    }
}

/// A time as it is told now: "2 hours ago" today and yesterday, "3 May 2026" before; whole on hover.
pub fn moment(at: Micros, now: Micros, zone: &TimeZone) -> Moment {
    let machine = platform::clock::in_words(at);
    let Ok(instant) = Timestamp::from_microsecond(at) else {
        return Moment { full: machine.clone(), shown: machine.clone(), machine };
    };
    let local = instant.to_zoned(zone.clone());
    let shown = match now - at {
        0..MINUTE => "just now".to_string(),
        age @ MINUTE..HOUR => ago(age / MINUTE, "minute"),
        age @ HOUR..DAY => ago(age / HOUR, "hour"),
        _ => local.strftime("%-d %b %Y").to_string(),
    };
    Moment { machine, shown, full: local.strftime("%A, %-d %B %Y, %H:%M %Z").to_string() }
}

/// A moment to the minute, such as "3 March 2026, 12:00".
pub fn minute(at: Micros, zone: &TimeZone) -> String {
    let moment = jiff::Timestamp::from_microsecond(at).map(|at| at.to_zoned(zone.clone()));
    moment.map(|at| at.strftime("%-d %B %Y, %H:%M").to_string()).unwrap_or_default()
}

/// The day as "3 May 2026".
pub fn day(at: Micros, zone: &TimeZone) -> String {
    match Timestamp::from_microsecond(at) {
        Ok(instant) => instant.to_zoned(zone.clone()).strftime("%-d %B %Y").to_string(),
        Err(_) => platform::clock::in_words(at),
    }
}

fn ago(n: i64, unit: &str) -> String {
    format!("{} ago", counted(n, unit, &format!("{unit}s")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_printed_as_people_read_them() {
        assert_eq!(counted(1, "row", "rows"), "1 row");
        assert_eq!(counted(12_400_u64, "row", "rows"), "12,400 rows");
        assert_eq!(money(123_450, "EUR"), "€1,234.50");
        assert_eq!(money_whole(120_438_840, "GBP"), "£1,204,388");
        assert_eq!(bytes(1_234_567), "1.2 MB");
    }

    #[test]
    fn a_time_is_told_by_how_long_it_is_ago_and_whole_on_hover() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let noon = 1_780_315_200_000_000; // 2026-06-01T12:00:00Z
        assert_eq!(moment(noon - 2 * HOUR, noon, &zone).shown, "2 hours ago");
        let told = moment(noon - 20 * DAY, noon, &zone);
        assert_eq!(
            (told.shown.as_str(), told.full.as_str()),
            ("12 May 2026", "Tuesday, 12 May 2026, 14:00 CEST")
        );
        assert_eq!(moment(noon, noon, &zone).shown, "just now");
    }
}
