//! Orders over the API: said twice, changed, given back, cancelled.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::program::{Program, id};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        an_order_said_twice_is_placed_once,
        an_order_is_changed_cancelled_and_deleted,
        money_is_given_back_up_to_what_was_paid,
        problems_of_an_order_stand_at_their_lines,
        orders_are_paged_and_filtered,
    ]
}

fn order(number: &str, at: &str, person_id: &str) -> Value {
    json!({"number": number, "person_id": person_id, "ordered_at": at, "currency": "EUR", "lines": [
        {"sku": "E-1", "description": "Engine", "quantity_milli": 2000, "unit_price_micro": 12_500_000},
        {"description": "Oil", "quantity_milli": 1000, "amount": {"amount_minor": 99, "currency": "EUR"}},
    ]})
}

fn ada(program: &Program) -> String {
    id(&program.post("/people", json!({"name": "Ada"})).is(201))
}

fn an_order_said_twice_is_placed_once(installation: &Installation) {
    let program = Program::new(installation);
    let person = ada(&program);
    let product = program.put("/products/by-sku/e-1", json!({"name": "Engine"})).is(201);
    let said = order("1001", "2024-01-10T09:00:00+01:00", &person);
    let made = program.post("/orders", said.clone()).is(201);
    assert_eq!(made["total"], json!({"amount_minor": 2599, "currency": "EUR"}));
    assert_eq!(made["ordered_at"], "2024-01-10T08:00:00Z");
    assert_eq!(
        (&made["lines"][0]["product_id"], &made["lines"][1]["unit_price_micro"]),
        (&product["id"], &json!(990_000))
    );
    assert_eq!(program.post("/orders", said.clone()).is(200), made, "the same again changes nothing");
    let mut other = said;
    other["lines"][0]["quantity_milli"] = json!(3000);
    program.post("/orders", other.clone()).is(409);
    let replaced = program.put("/orders/by-number/1001", other).is(200);
    assert_eq!((&replaced["id"], &replaced["total"]["amount_minor"]), (&made["id"], &json!(3849)));
    assert_eq!(program.get("/orders/by-number/1001").is(200), replaced);
    let buyer = program.get(&format!("/people/{person}")).is(200);
    assert_eq!((&buyer["n_orders"], &buyer["revenue"]["amount_minor"]), (&json!(1), &json!(3849)));
    assert_eq!(program.get(&format!("/people/{person}/orders")).is(200)["data"].as_array().unwrap().len(), 1);
}

fn an_order_is_changed_cancelled_and_deleted(installation: &Installation) {
    let program = Program::new(installation);
    let person = ada(&program);
    let path = format!(
        "/orders/{}",
        id(&program.post("/orders", order("1", "2024-01-10T08:00:00Z", &person)).is(201))
    );
    let changed = program.patch(&path, json!({"channel": "shop", "person_id": null})).is(200);
    assert_eq!(
        (&changed["channel"], &changed["person_id"], &changed["n_lines"]),
        (&json!("shop"), &Value::Null, &json!(2))
    );
    program.post(&format!("{path}/cancellation"), json!({"reason": " "})).refused_at("reason");
    program.post(&format!("{path}/cancellation"), json!({})).refused_at("reason");
    let cancelled = program.post(&format!("{path}/cancellation"), json!({"reason": "out of stock"})).is(200);
    assert_eq!(
        (&cancelled["status"], &cancelled["counted"]["amount_minor"]),
        (&json!("cancelled"), &json!(0))
    );
    program.delete(&path).is(204);
    program.get(&path).is(404);
}

fn money_is_given_back_up_to_what_was_paid(installation: &Installation) {
    let program = Program::new(installation);
    let person = ada(&program);
    let path = format!(
        "/orders/{}",
        id(&program.post("/orders", order("1", "2024-01-10T08:00:00Z", &person)).is(201))
    );
    let refunds = format!("{path}/refunds");
    program.post(&refunds, json!({"amount": {"amount_minor": 5000, "currency": "EUR"}})).refused_at("amount");
    program
        .post(&refunds, json!({"amount": {"amount_minor": 50, "currency": "USD"}}))
        .refused_at("amount.currency");
    let given = program
        .post(&refunds, json!({"lines": [{"line_no": 1, "quantity_milli": 1000}], "reason": "broken"}))
        .is(201);
    assert_eq!(
        (&given["total"]["amount_minor"], &given["is_return"], &given["number"]),
        (&json!(-1250), &json!(true), &json!("1-R1"))
    );
    let rest = program.post(&refunds, json!({})).is(201);
    assert_eq!(rest["total"]["amount_minor"], -1349);
    program.post(&refunds, json!({})).refused_at("amount");
    assert_eq!(program.get(&refunds).is(200)["data"].as_array().unwrap().len(), 2);
    program.delete(&path).is(409);
    assert_eq!(program.get(&format!("/people/{person}")).is(200)["revenue"]["amount_minor"], 0);
}

fn problems_of_an_order_stand_at_their_lines(installation: &Installation) {
    let program = Program::new(installation);
    let mut said = order("1", "2024-01-10T08:00:00Z", "per_none");
    program.post("/orders", said.clone()).refused_at("person_id");
    said["person_id"] = Value::Null;
    for (line, field) in [
        (json!({"quantity_milli": 1}), "lines.1.unit_price_micro"),
        (json!({"unit_price_micro": 1}), "lines.1.quantity_milli"),
        (json!({"quantity_milli": 1, "unit_price_micro": 1, "colour": "red"}), "lines.1.colour"),
        (json!({"quantity_milli": 1, "unit_price_micro": 1, "product_id": "prd_none"}), "lines.1.product_id"),
        (
            json!({"quantity_milli": 1, "amount": {"amount_minor": 1, "currency": "USD"}}),
            "lines.1.amount.currency",
        ),
        (json!({"quantity_milli": i64::MAX, "unit_price_micro": i64::MAX}), "lines.1.quantity"),
    ] {
        said["lines"][1] = line;
        program.post("/orders", said.clone()).refused_at(field);
    }
    said["lines"] = json!([]);
    said["currency"] = json!("Taler");
    program.post("/orders", said.clone()).refused_at("currency");
    said["currency"] = json!("EUR");
    said["number"] = json!("");
    program.post("/orders", said).refused_at("number");
    assert_eq!(program.get("/orders").is(200)["data"], json!([]));
}

fn orders_are_paged_and_filtered(installation: &Installation) {
    let program = Program::new(installation);
    let person = ada(&program);
    for day in 1..=5 {
        program
            .post("/orders", order(&format!("A-{day}"), &format!("2024-01-0{day}T08:00:00Z"), &person))
            .is(201);
    }
    let (mut numbers, mut after) = (Vec::new(), String::new());
    loop {
        let page = program.get(&format!("/orders?limit=2{after}")).is(200);
        numbers.extend(
            page["data"].as_array().unwrap().iter().map(|o| o["number"].as_str().unwrap().to_string()),
        );
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(numbers, ["A-5", "A-4", "A-3", "A-2", "A-1"]);
    let some = program
        .get("/orders?from=2024-01-02T00:00:00Z&until=2024-01-04T00:00:00Z&number=a-&status=placed")
        .is(200);
    assert_eq!(some["data"].as_array().unwrap().len(), 2);
    program.get("/orders?from=yesterday").refused_at("from");
    program.get("/orders?status=lost").refused_at("status");
}
