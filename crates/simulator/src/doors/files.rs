//! What happened in some days as the shop system exports it, with the columns of the export's files.

use crate::cards::{Card, HEADER};
use crate::catalogue::PRODUCTS;
use crate::history::{Line, Till};
use crate::order_files::ORDER_HEADER;
use crate::world::{Happening, What, World};

/// The order file of what happened: a line for each line of an order and of a credit note. Empty where nothing was ordered.
pub fn write_orders(world: &World, happened: &[Happening]) -> String {
    let mut out = String::new();
    for happening in happened {
        let whose = &world.people()[happening.person as usize];
        let date = world.surroundings().date(happening.day).to_string();
        let (number, till, lines, status, credit_for) = match &happening.what {
            What::Ordered(order) => (order.number.clone(), order.till, &order.lines, "completed", ""),
            What::Returned { number, lines } => {
                (format!("{number}-R"), Till::Webshop, lines, "returned", number.as_str())
            }
            _ => continue,
        };
        for line in lines {
            let heading = [whose.number.as_str(), &whose.email, &number, &date];
            let currency = &world.company().settings().currency;
            row(&mut out, &heading, line, &[currency, till.name(), status, credit_for]);
        }
    }
    if out.is_empty() { out } else { format!("{}\n{out}", ORDER_HEADER.join(",")) }
}

/// The order file of everything before the simulated time, as it truly was.
pub fn write_history(world: &World) -> String {
    let (company, mut out) = (world.company(), format!("{}\n", ORDER_HEADER.join(",")));
    for (person, who) in (0..company.settings().n_customers).zip(world.people()) {
        for (place, order) in company.history(person).orders.iter().enumerate() {
            let number = |place: usize| format!("H{person:06}-{place}");
            let credit_for = order.credit_for.map(number).unwrap_or_default();
            let date = company.calendar().date(order.day).to_string();
            for line in &order.lines {
                let heading = [who.number.as_str(), &who.email, &number(place), &date];
                let currency = &company.settings().currency;
                let rest = [currency.as_str(), order.till.name(), order.status.name(), &credit_for];
                row(&mut out, &heading, line, &rest);
            }
        }
    }
    out
}

/// The customer file of everybody there is; `group` is written as the channel through which somebody came.
pub fn write_customers(world: &World, group: impl Fn(u32) -> String) -> String {
    let mut out = format!("{}\n", HEADER.join(","));
    for person in 0..world.people().len() as u32 {
        card_row(&mut out, Card { channel: group(person), ..world.card(person) });
    }
    out
}

/// The customer file of those who ordered for the first time. Empty where nobody did.
pub fn write_newcomers(world: &World, happened: &[Happening]) -> String {
    let mut out = String::new();
    for Happening { person, day, what } in happened {
        let is_first = matches!(what, What::Ordered(_)) && world.people()[*person as usize].since == *day;
        if is_first && *day >= world.company().calendar().n_days {
            card_row(&mut out, world.card(*person));
        }
    }
    if out.is_empty() { out } else { format!("{}\n{out}", HEADER.join(",")) }
}

fn card_row(out: &mut String, card: Card) {
    let c = card;
    let cells = [
        c.number,
        c.given,
        c.family,
        c.email,
        c.phone,
        c.company,
        c.street,
        c.postcode,
        c.city,
        c.country,
        c.birthday,
        c.newsletter,
        c.since,
        c.channel,
    ];
    out.push_str(&cells.map(|cell| quoted(&cell)).join(","));
    out.push('\n');
}

fn row(out: &mut String, heading: &[&str; 4], line: &Line, rest: &[&str; 4]) {
    let product = &PRODUCTS[line.product];
    let cells = [
        heading[0],
        heading[1],
        heading[2],
        heading[3],
        product.sku,
        &quoted(product.name),
        &line.quantity.to_string(),
        &money(line.unit_price_minor),
        &money(line.discount_minor),
        rest[0],
        rest[1],
        rest[2],
        rest[3],
    ];
    out.push_str(&cells.join(","));
    out.push('\n');
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

fn money(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", minor.abs() / 100, minor.abs() % 100)
}
