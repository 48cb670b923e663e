//! What lines and orders come to: whole numbers all the way, rounded once a line, overflow told at its field.

use super::{NewLine, NewOrder, Status};
use crate::values::currency::Currency;
use platform::{Error, Result, Snapshot, Tx, settings};

/// Quantity in thousandths times price in millionths is in 10⁻⁹ of the currency's unit.
const PRODUCT_DIGITS: u32 = 9;
const PRICE_DIGITS: u32 = 6;

/// The currency in which analyses count: the setting `currency`, EUR where it was never set.
pub fn workspace_currency(snapshot: &mut Snapshot<'_>) -> Result<Currency> {
    let code: Option<String> = settings::get(snapshot, "currency")?;
    let code = code.as_deref().unwrap_or("EUR");
    Currency::from_code(code)
        .ok_or_else(|| Error::invalid("currency", format!("the setting names {code}, which is no currency")))
}

/// The setting that holds a currency which nobody stated: it was taken from the first orders.
const ADOPTED: &str = "currency_of_first_orders";

/// Makes the currency of the first orders that of the workspace, where nobody has stated one: a firm that sells in pounds
/// should not have to say so before its first import. Does nothing once there are orders; when the import is taken back,
/// the next one begins anew.
pub fn adopt_currency(tx: &mut Tx<'_>, currency: Currency) -> Result<()> {
    let stated: Option<String> = settings::get(tx, settings::CURRENCY)?;
    let adopted: Option<String> = settings::get(tx, ADOPTED)?;
    let is_stated = stated.is_some() && stated != adopted;
    if is_stated || stated.as_deref() == Some(currency.code()) {
        return Ok(());
    }
    if tx.first("SELECT id FROM orders LIMIT 1", &[], |row| row.get::<String>(0))?.is_some() {
        return Ok(());
    }
    settings::set(tx, ADOPTED, &currency.code())?;
    settings::set(tx, settings::CURRENCY, &currency.code())
}

/// What a line comes to in minor units: quantity × unit price, halves away from zero, or what the source states.
///
/// **Errors** at `quantity` when it does not fit into 64 bits.
pub fn line_amount(line: &NewLine<'_>, currency: Currency) -> Result<i64> {
    if let Some(stated) = line.amount_minor {
        return Ok(stated);
    }
    let exact = i128::from(line.quantity_milli) * i128::from(line.unit_price_micro);
    let amount = divide_rounded(exact, 10_i128.pow(PRODUCT_DIGITS - currency.digits().min(PRODUCT_DIGITS)));
    i64::try_from(amount)
        .map_err(|_| Error::invalid("quantity", "quantity times price is too large to count"))
}

/// The unit price of which `quantity_milli` come to `amount_minor`, in millionths, halves away from zero.
///
/// **Errors** at `amount` when the quantity is zero or the price does not fit.
pub fn unit_price_of(amount_minor: i64, quantity_milli: i64, currency: Currency) -> Result<i64> {
    if quantity_milli == 0 {
        return Err(Error::invalid("quantity", "an amount of nothing has no unit price"));
    }
    let scale = 10_i128.pow(PRICE_DIGITS - currency.digits().min(PRICE_DIGITS) + 3);
    let price = divide_rounded(i128::from(amount_minor) * scale, i128::from(quantity_milli));
    i64::try_from(price).map_err(|_| Error::invalid("amount", "the price is too large to count"))
}

/// `share` of `whole` parts of an amount, halves away from zero.
pub(super) fn part_of(amount_minor: i64, share: i64, whole: i64) -> i64 {
    let part = divide_rounded(i128::from(amount_minor) * i128::from(share), i128::from(whole));
    i64::try_from(part).unwrap_or(if part < 0 { i64::MIN } else { i64::MAX })
}

/// The quotient, halves away from zero; by remainder, because twice the value may not fit.
fn divide_rounded(value: i128, by: i128) -> i128 {
    let (whole, rest) = (value / by, value % by);
    let up = rest.unsigned_abs() >= by.unsigned_abs() - rest.unsigned_abs();
    if up { whole + if (value < 0) == (by < 0) { 1 } else { -1 } } else { whole }
}

/// The amounts of an order's lines, appended to `amounts`, and their sum.
///
/// **Errors** at `lines.N.quantity` (N counts from 0) or `lines`.
pub(super) fn amounts_of(order: &NewOrder<'_>, amounts: &mut Vec<i64>) -> Result<i64> {
    let mut total: i64 = 0;
    for (index, line) in order.lines.iter().enumerate() {
        let amount = line_amount(line, order.currency).map_err(|e| at_line(e, index))?;
        total = total
            .checked_add(amount)
            .ok_or_else(|| Error::invalid("lines", "the sum of the lines is too large to count"))?;
        amounts.push(amount);
    }
    Ok(total)
}

/// The same problem, told at the line that has it.
pub(super) fn at_line(error: Error, index: usize) -> Error {
    at(error, &format!("lines.{index}"))
}

/// The same problem, told at `place`.
pub(super) fn at(error: Error, place: &str) -> Error {
    match error {
        Error::Invalid(mut problems) => {
            for problem in &mut problems {
                problem.field = format!("{place}.{}", problem.field);
            }
            Error::Invalid(problems)
        }
        other => other,
    }
}

/// What analyses count of an order.
pub(super) fn counted(total_minor: i64, currency: Currency, status: Status, workspace: Currency) -> i64 {
    if currency == workspace && status == Status::Placed { total_minor } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(quantity_milli: i64, unit_price_micro: i64, code: &str) -> Result<i64> {
        let line = NewLine { quantity_milli, unit_price_micro, ..NewLine::default() };
        line_amount(&line, Currency::from_code(code).unwrap())
    }

    #[test]
    fn a_line_is_rounded_once_half_away_from_zero_in_the_digits_of_its_currency() {
        for (quantity_milli, unit_price_micro, code, expected) in [
            (3_000, 1_990_000, "EUR", 597),
            (500, 10_000, "EUR", 1),   // 0.5 × 0.01 = 0.005
            (-500, 10_000, "EUR", -1), // and the same back
            (1_000, 4_999, "EUR", 0),  // 0.004999
            (1_000_000, 12_500, "EUR", 1_250),
            (2_000, 1_500_000, "JPY", 3),
            (1_000, 1_500_000, "JPY", 2),
            (1_000, 1_234_500, "KWD", 1_235),
            (0, 5_000_000, "EUR", 0),
        ] {
            assert_eq!(
                amount(quantity_milli, unit_price_micro, code).unwrap(),
                expected,
                "{code} {expected}"
            );
        }
    }

    #[test]
    fn a_line_too_large_to_count_is_told_at_its_quantity() {
        let error = amount(i64::MAX, i64::MAX, "EUR").unwrap_err();
        assert_eq!(error.to_string(), "quantity: quantity times price is too large to count");
        assert!(amount(i64::MIN, i64::MIN, "JPY").is_err());
    }

    #[test]
    fn a_unit_price_made_from_an_amount_gives_the_amount_back() {
        let eur = Currency::from_code("EUR").unwrap();
        for (amount_minor, quantity_milli) in
            [(999, 3_000), (-1_250, -7_000), (1, 3_000_000), (100_001, 1_333)]
        {
            let unit_price_micro = unit_price_of(amount_minor, quantity_milli, eur).unwrap();
            assert_eq!(amount(quantity_milli, unit_price_micro, "EUR").unwrap(), amount_minor);
        }
        assert!(unit_price_of(1, 0, eur).is_err());
    }
}
