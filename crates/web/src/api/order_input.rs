//! An order as a program states it, and the record's own words for it.

use std::collections::HashMap;

use platform::{Error, Result, Snapshot};
use records::orders::{NewLine, NewOrder, Order, Status, unit_price_of};
use records::products;
use records::values::currency::Currency;
use serde::Deserialize;
use utoipa::ToSchema;

use super::values::{Money, Text, Time, currency_of};

/// An order or, with `is_return`, something given back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderInput)]
pub(crate) struct Stated {
    /// Known in any case of letters. Needed, unless the address says it.
    #[serde(default)]
    pub(super) number: String,
    person_id: Option<String>,
    ordered_at: Time,
    /// ISO 4217 code.
    #[schema(example = "EUR")]
    currency: String,
    #[serde(default)]
    lines: Vec<Line>,
    #[serde(default)]
    is_return: bool,
    #[serde(default)]
    status: State,
    /// On a return: the id of the order that is given back.
    returned_order_id: Option<String>,
    channel: Option<String>,
    /// Why it was cancelled or returned.
    reason: Option<String>,
}

/// A change of an order. A field left out stays as it is; null clears it; `lines` replaces all lines.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderChange)]
pub(crate) struct Change {
    #[serde(default)]
    person_id: Text,
    ordered_at: Option<Time>,
    #[serde(default)]
    channel: Text,
    #[serde(default)]
    reason: Text,
    lines: Option<Vec<Line>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrderStatus)]
pub(crate) enum State {
    #[default]
    Placed,
    Cancelled,
}

impl From<Status> for State {
    fn from(status: Status) -> Self {
        match status {
            Status::Placed => Self::Placed,
            Status::Cancelled => Self::Cancelled,
        }
    }
}

impl From<State> for Status {
    fn from(state: State) -> Self {
        match state {
            State::Placed => Self::Placed,
            State::Cancelled => Self::Cancelled,
        }
    }
}

/// A line of an order: its unit price, what it came to, or both (where a discount makes them differ).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderLineInput)]
pub(crate) struct Line {
    product_id: Option<String>,
    /// A SKU that is known links the line to its product.
    sku: Option<String>,
    description: Option<String>,
    /// Thousandths of a piece: 2500 is two and a half. Negative for what comes back.
    #[schema(example = 1000)]
    quantity_milli: i64,
    /// Millionths of the currency's unit: 12500000 is 12.50 euros.
    #[schema(example = 12_500_000)]
    unit_price_micro: Option<i64>,
    amount: Option<Money>,
    /// On a return: the line of the returned order.
    returned_line_no: Option<i64>,
}

impl Stated {
    /// The order as the verbs take it.
    ///
    /// **Errors** at `currency` and at `lines.N.…`.
    pub(super) fn order<'a>(&'a self, number: &'a str, links: &'a Links) -> Result<NewOrder<'a>> {
        let currency = currency_of(&self.currency, "currency")?;
        Ok(NewOrder {
            person_id: filled(&self.person_id),
            lines: lines(&self.lines, currency, links)?,
            is_return: self.is_return,
            status: self.status.into(),
            returned_order_id: filled(&self.returned_order_id),
            channel: filled(&self.channel),
            reason: filled(&self.reason),
            ..NewOrder::sale(number, self.ordered_at.0, currency)
        })
    }

    pub(super) fn links(&self, snapshot: &mut Snapshot<'_>) -> Result<Links> {
        Links::of(snapshot, &self.lines)
    }
}

impl Change {
    /// The order as it is stated over what it was.
    pub(super) fn over<'a>(
        &'a self,
        before: NewOrder<'a>,
        order: &Order,
        links: &'a Links,
    ) -> Result<NewOrder<'a>> {
        Ok(NewOrder {
            person_id: self.person_id.over(before.person_id),
            ordered_at: self.ordered_at.map_or(before.ordered_at, |time| time.0),
            channel: self.channel.over(before.channel),
            reason: self.reason.over(before.reason),
            lines: match &self.lines {
                Some(stated) => lines(stated, order.currency, links)?,
                None => before.lines,
            },
            ..before
        })
    }

    pub(super) fn links(&self, snapshot: &mut Snapshot<'_>) -> Result<Links> {
        Links::of(snapshot, self.lines.as_deref().unwrap_or_default())
    }
}

/// The products of the SKUs that lines name.
pub(super) struct Links(HashMap<String, String>);

impl Links {
    fn of(snapshot: &mut Snapshot<'_>, lines: &[Line]) -> Result<Self> {
        let skus =
            lines.iter().filter(|line| line.product_id.is_none()).filter_map(|line| line.sku.as_deref());
        let keys: Vec<_> = skus.map(products::sku_key).collect();
        let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
        products::ids_by_sku_keys(snapshot, &keys).map(Self)
    }

    fn product<'a>(&'a self, line: &'a Line) -> Option<&'a str> {
        let by_sku = || self.0.get(products::sku_key(line.sku.as_deref()?).as_ref()).map(String::as_str);
        line.product_id.as_deref().or_else(by_sku)
    }
}

fn lines<'a>(stated: &'a [Line], currency: Currency, links: &'a Links) -> Result<Vec<NewLine<'a>>> {
    stated.iter().enumerate().map(|(index, line)| one(line, index, currency, links)).collect()
}

fn one<'a>(line: &'a Line, index: usize, currency: Currency, links: &'a Links) -> Result<NewLine<'a>> {
    let field = |name: &str| format!("lines.{index}.{name}");
    let amount_minor = match &line.amount {
        Some(amount) => Some(amount.amount_in(currency, &field("amount"))?),
        None => None,
    };
    let unit_price_micro = match (line.unit_price_micro, amount_minor) {
        (Some(price), _) => price,
        (None, Some(_)) if line.quantity_milli == 0 => 0,
        (None, Some(amount)) => unit_price_of(amount, line.quantity_milli, currency)
            .map_err(|error| Error::invalid(field("amount"), error.to_string()))?,
        (None, None) => {
            let message = "say the unit price or what the line came to";
            return Err(Error::invalid(field("unit_price_micro"), message));
        }
    };
    Ok(NewLine {
        product_id: links.product(line),
        sku: line.sku.as_deref(),
        description: line.description.as_deref(),
        quantity_milli: line.quantity_milli,
        unit_price_micro,
        amount_minor,
        returned_line_no: line.returned_line_no,
        import_no: None,
    })
}

fn filled(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}
