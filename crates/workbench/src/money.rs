//! Exact sums of money, shown with their decimals and told as the nearest number.

/// A sum in units of `10^-scale` as text: `-1234.50`.
pub(crate) fn text(value: i128, scale: u8) -> String {
    let by = 10u128.pow(u32::from(scale));
    let sign = if value < 0 { "-" } else { "" };
    let size = value.unsigned_abs();
    match scale {
        0 => format!("{sign}{size}"),
        _ => format!("{sign}{}.{:0width$}", size / by, size % by, width = usize::from(scale)),
    }
}

/// The float nearest to a sum.
pub(crate) fn number(value: i128, scale: u8) -> f64 {
    text(value, scale).parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_keep_their_place_and_sign() {
        assert_eq!(
            (text(-5, 2), text(123_456, 2), text(7, 0)),
            ("-0.05".into(), "1234.56".into(), "7".into())
        );
        assert_eq!(number(24_409_194, 2), 244_091.94);
    }
}
