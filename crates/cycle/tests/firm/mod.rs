//! A firm in a database of its own: customers by number, their orders as (date, cents).

use platform::clock::DAY;
use platform::ids::IdMaker;
use platform::store::Place;
use platform::{By, Clock, Store};
use records::orders::{self, NewLine, NewOrder};
use records::people::{self, Defaults, Input};
use records::values::currency::Currency;

/// 2024-01-01.
pub const NOW: i64 = 1_704_067_200_000_000;

pub fn store(dir: &tempfile::TempDir) -> Store {
    Store::open(&Place::File(dir.path().join("rondel.db")), Clock::held_at(NOW), IdMaker::seeded(11)).unwrap()
}

/// One order or, with negative cents, return.
#[derive(Clone, Copy)]
pub struct Bought {
    pub day: i32,
    pub cents: i64,
}

/// Creates a person for each list of orders, and the orders; returns their ids.
pub fn fill(store: &Store, customers: Vec<(Option<&'static str>, Vec<Bought>)>) -> Vec<String> {
    let mut ids = Vec::new();
    for (part, chunk) in customers.chunks(500).enumerate() {
        let chunk = chunk.to_vec();
        let made = store
            .write(By::console(), move |tx| {
                let mut ids = Vec::new();
                for (number, (source, bought)) in chunk.iter().enumerate() {
                    let input = Input {
                        external_id: Some(format!("{part}-{number}")),
                        source: source.map(str::to_string),
                        ..Input::default()
                    };
                    let person = people::create(tx, &input, Defaults::default())?;
                    let numbers: Vec<String> =
                        (0..bought.len()).map(|n| format!("{part}-{number}-{n}")).collect();
                    let orders: Vec<NewOrder<'_>> =
                        bought.iter().zip(&numbers).map(|(b, n)| order(n, &person.id, *b)).collect();
                    orders::bulk::insert_many(tx, &orders)?;
                    orders::refresh_person_totals(tx, &[&person.id])?;
                    ids.push(person.id);
                }
                Ok(ids)
            })
            .wait()
            .unwrap();
        ids.extend(made);
    }
    ids
}

fn order<'a>(number: &'a str, person: &'a str, bought: Bought) -> NewOrder<'a> {
    let line = NewLine {
        quantity_milli: 1000,
        unit_price_micro: bought.cents * 10_000,
        amount_minor: Some(bought.cents),
        ..NewLine::default()
    };
    NewOrder {
        person_id: Some(person),
        lines: vec![line],
        is_return: bought.cents < 0,
        ..NewOrder::sale(number, i64::from(bought.day) * DAY + DAY / 2, Currency::from_code("EUR").unwrap())
    }
}
