//! Companies, orders, products, the search over all of them, and files that come out and go in again.

use axum::http::StatusCode;
use libtest_mimic::Trial;
use platform::By;
use platform::clock::DAY;
use records::orders::{self, NewLine, NewOrder};
use records::products::{self, NewProduct};
use records::values::currency::Currency;

use super::people::{add, undo_of};
use crate::support::app::TestApp;
use crate::support::{Installation, NOON, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_company_is_added_changed_and_deleted_with_a_way_back,
        a_company_shows_its_people_and_what_they_bought,
        orders_are_narrowed_by_period_kind_currency_and_number,
        money_is_given_back_with_a_reason_and_never_more_than_is_left,
        an_order_is_cancelled_only_with_a_reason,
        products_show_what_was_sold_less_what_came_back,
        a_product_is_added_changed_and_deleted_with_a_way_back,
        one_search_finds_every_kind_of_record,
        people_go_out_as_a_file_and_the_selection_too,
        companies_and_orders_go_out_as_files,
    ]
}

/// Places an order of two mugs for a person, `days` before noon; returns the order's id.
pub fn place(app: &TestApp, person: &str, number: &str, days: i64, currency: &str) -> String {
    let (person, number) = (person.trim_start_matches("/people/").to_string(), number.to_string());
    let currency = Currency::from_code(currency).unwrap();
    let write = move |tx: &mut platform::Tx<'_>| {
        let mug = NewProduct { sku: "MUG-1", name: "Blue mug", ..NewProduct::default() };
        let (product, _) = products::upsert_by_sku(tx, &mug)?;
        let line = NewLine {
            product_id: Some(&product),
            sku: Some("MUG-1"),
            description: Some("Blue mug"),
            quantity_milli: 2_000,
            unit_price_micro: 12_500_000,
            ..NewLine::default()
        };
        let sale = NewOrder {
            person_id: Some(&person),
            lines: vec![line],
            ..NewOrder::sale(&number, NOON - days * DAY, currency)
        };
        orders::place(tx, &sale)
    };
    app.store().write(By::system(), write).wait().unwrap()
}

fn a_company_is_added_changed_and_deleted_with_a_way_back(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/companies").ok().shows("No company is here yet");
    let wrong = app.post("/companies", &[("name", ""), ("domain", "no domain"), ("city", "Berlin")]);
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.shows("is no domain such as").shows("value=\"Berlin\"");
    let answer = app.post("/companies", &[("name", "Muster GmbH"), ("domain", "https://www.muster.de/x")]);
    let there = answer.location().to_string();
    app.get(&there)
        .ok()
        .shows("<h1>Muster GmbH</h1>")
        .shows("muster.de")
        .shows("came in as “https://www.muster.de/x”");
    app.post(&there, &[("name", "Muster AG"), ("domain", "muster.de")]);
    let page = app.get(&there).ok().shows("<h1>Muster AG</h1>").shows("<del>Muster GmbH</del>");
    app.post(&undo_of(&page), &[]);
    app.get(&there).ok().shows("<h1>Muster GmbH</h1>");
    app.get("/companies?q=must").ok().shows("row-link").shows("1 company");
    assert_eq!(app.post(&format!("{there}/deletion"), &[]).location(), "/companies");
    let list = app.get("/companies").ok().shows("No company is here yet");
    app.post(&undo_of(&list), &[]);
    app.get("/companies").ok().shows("row-link");
    app.get_fragment("/companies/names?company=mus").ok().shows("value=\"Muster GmbH\"");
}

fn a_product_is_added_changed_and_deleted_with_a_way_back(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/products").ok().shows("href=\"/products/new\"");
    let wrong = app.post("/products", &[("name", "Mug"), ("sku", ""), ("price", "cheap")]);
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.shows("value=\"cheap\"");
    let there =
        app.post("/products", &[("name", "Mug"), ("sku", "M-1"), ("price", "12,50")]).location().to_string();
    app.get(&there).ok().shows("€12.50").shows("M-1");
    assert_eq!(
        app.post("/products", &[("name", "Other"), ("sku", "m-1")]).status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a SKU names one product"
    );
    app.get(&format!("{there}/edit")).ok().shows("value=\"12.50\"").shows("value=\"M-1\"");
    let changed = [("name", "Blue mug"), ("sku", "M-1"), ("category", "Kitchen"), ("price", "")];
    assert_eq!(app.post(&there, &changed).location(), there);
    let page = app.get(&there).ok().shows("Blue mug").shows("Kitchen");
    assert!(!page.body.contains("12.50"), "an emptied price is gone");
    assert_eq!(app.post(&format!("{there}/deletion"), &[]).location(), "/products");
    app.get(&there).ok().shows("deleted");
}

fn a_company_shows_its_people_and_what_they_bought(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let company = app.post("/companies", &[("name", "Engines Ltd")]).location().to_string();
    let ada = add(&app, &[("given_name", "Ada"), ("company", "engines ltd")]);
    place(&app, &ada, "A-1", 3, "EUR");
    app.get(&company).ok().shows("€25.00").shows(&ada);
    app.get(&ada).ok().shows(&company).shows("Order A-1 for €25.00");
    let list = format!("/people?company={}", company.trim_start_matches("/companies/"));
    app.get(&list).ok().shows("is Engines Ltd").shows("1 person");
}

fn orders_are_narrowed_by_period_kind_currency_and_number(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/orders").ok().shows("No order is here yet");
    let ada = add(&app, &[("given_name", "Ada")]);
    for (number, days, currency) in [("A-1", 40, "EUR"), ("A-2", 10, "EUR"), ("B-1", 1, "USD")] {
        place(&app, &ada, number, days, currency);
    }
    let n = |path: &str| app.get(path).ok().body.matches("class=\"row-link\"").count();
    assert_eq!(n("/orders"), 3);
    assert_eq!(n("/orders?q=a-"), 2);
    assert_eq!(n("/orders?currency=usd"), 1);
    assert_eq!(n("/orders?kind=returns"), 0);
    assert_eq!(n("/orders?status=cancelled"), 0);
    let day = |days: i64| platform::clock::in_words(NOON - days * DAY)[..10].to_string();
    assert_eq!(n(&format!("/orders?from={}&until={}", day(10), day(1))), 2);
    assert_eq!(n(&format!("/orders?until={}", day(10))), 2);
    assert_eq!(app.get("/orders?from=yesterday").status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.get("/orders?currency=xqx").status, StatusCode::UNPROCESSABLE_ENTITY);
    app.get("/orders?q=nothing").ok().shows("No order matches");
}

fn money_is_given_back_with_a_reason_and_never_more_than_is_left(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let ada = add(&app, &[("given_name", "Ada")]);
    let there = format!("/orders/{}", place(&app, &ada, "A-1", 3, "EUR"));
    app.get(&there).ok().shows("€25.00 left").shows("Blue mug");
    let too_much = app.post(&format!("{there}/refund"), &[("amount", "30"), ("reason", "broken")]);
    assert_eq!(too_much.status, StatusCode::UNPROCESSABLE_ENTITY);
    too_much.shows("at most €25.00 is left").shows("value=\"broken\"").shows("value=\"30\"");
    app.post(&format!("{there}/refund"), &[("amount", "many")]).shows("id=\"amount-error\"");
    app.post(&format!("{there}/refund"), &[("line.1", "3")]).shows("at most 2 of line 1 are left");
    let answer = app.post(&format!("{there}/refund"), &[("line.1", "1"), ("reason", "one was broken")]);
    assert_eq!(answer.location(), there);
    let page = app.get(&there).ok().shows("€12.50 given back as A-1-R1").shows("€12.50 left").shows("A-1-R1");
    app.get(&ada).ok().shows("Return A-1-R1 for −€12.50").shows("one was broken").shows("€12.50");
    app.post(&undo_of(&page), &[]);
    app.get(&there).ok().shows("€25.00 left");
    app.post(&format!("{there}/refund"), &[]);
    let page = app.get(&there).ok().shows("€25.00 given back");
    assert!(!page.body.contains("Give money back"), "nothing is left");
    app.get("/orders?kind=returns").ok().shows("A-1-R1").shows("−€25.00");
}

fn an_order_is_cancelled_only_with_a_reason(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let ada = add(&app, &[("given_name", "Ada")]);
    let there = format!("/orders/{}", place(&app, &ada, "A-1", 3, "EUR"));
    app.post(&format!("{there}/cancellation"), &[]).shows("say why the order is cancelled");
    app.post(&format!("{there}/cancellation"), &[("cancel_reason", "doubled")]);
    let page = app.get(&there).ok().shows("Order A-1 cancelled").shows("doubled");
    let page = page.shows("What happened to it").shows("Order placed");
    app.get(&ada).ok().shows("Order A-1 for €25.00, cancelled");
    app.post(&undo_of(&page), &[]);
    app.get(&there).ok().shows("€25.00 left");
    assert_eq!(app.get("/orders/ord_none").status, StatusCode::NOT_FOUND);
}

fn products_show_what_was_sold_less_what_came_back(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/products").ok().shows("No product is here yet");
    let ada = add(&app, &[("given_name", "Ada")]);
    let first = format!("/orders/{}", place(&app, &ada, "A-1", 3, "EUR"));
    place(&app, &ada, "A-2", 2, "EUR");
    app.post(&format!("{first}/refund"), &[("line.1", "1")]);
    let list = app.get("/products").ok().shows("Blue mug").shows("Count what was sold");
    app.get("/products?sold=1")
        .ok()
        .shows("€37.50")
        .shows("<td data-head=\"Pieces\" class=\"number\">3</td>");
    let there = list.body.split("class=\"row-link\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let page = app.get(there).ok().shows("SKU MUG-1").shows("€37.50");
    let buyers = page.body.split("href=\"/people?filter=").nth(1).unwrap().split('"').next().unwrap();
    app.get(&format!("/people?filter={buyers}")).ok().shows("1 person").shows("with product MUG-1");
    app.get("/products?q=mug-").ok().shows("row-link");
}

fn one_search_finds_every_kind_of_record(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let ada = add(&app, &[("given_name", "Blue"), ("family_name", "Stocking")]);
    app.post("/companies", &[("name", "Blue Sky Ltd")]);
    place(&app, &ada, "Blue-1", 3, "EUR");
    let page = app.get("/search?q=blue").ok().shows("Blue Stocking").shows("Blue Sky Ltd");
    drop(page.shows("Order Blue-1").shows("Blue mug"));
    app.get("/search").ok().shows("Find anybody and anything");
    app.get("/search?q=zzz").ok().shows("Nothing begins like this");
    let palette = app.get_fragment("/palette?q=blue").ok().shows("role=\"option\"").shows(&ada);
    assert!(!palette.body.contains("<html"), "a fragment");
    app.get_fragment("/palette?q=new%20per").ok().shows("href=\"/people/new\"");
}

fn people_go_out_as_a_file_and_the_selection_too(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let ada = add(
        &app,
        &[
            ("given_name", "Ada"),
            ("family_name", "Lovelace, Countess"),
            ("country", "GB"),
            ("source", "=1+1"),
        ],
    );
    add(&app, &[("given_name", "Grace"), ("country", "US"), ("customer_since", "2026-01-31")]);
    app.post(&format!("{}/tags", ada.replace("/people/", "/records/")), &[("tag", "Poet")]);
    let file = app.get("/people/export").ok();
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<&str> = file.body.lines().collect();
    assert!(lines[0].starts_with("Customer number,First name,Last name,E-mail"), "{}", lines[0]);
    assert_eq!(lines.len(), 3);
    assert!(lines[1].contains("\"Lovelace, Countess\"") && lines[1].ends_with("'=1+1,,Poet"), "{}", lines[1]);
    assert!(lines[2].contains("2026-01-31"), "{}", lines[2]);
    assert_eq!(app.get("/people/export?country=GB").ok().body.lines().count(), 2);
    let ticked = app.post("/people/export", &[("id", ada.trim_start_matches("/people/"))]).ok();
    assert_eq!(ticked.body.lines().count(), 2);
    assert_eq!(app.post("/people/export", &[]).status, StatusCode::UNPROCESSABLE_ENTITY);
}

fn companies_and_orders_go_out_as_files(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.post("/companies", &[("name", "Engines Ltd"), ("n_employees", "12")]);
    let file = app.get("/companies/export").ok();
    assert!(file.body.lines().nth(1).unwrap().starts_with(",Engines Ltd,,,12,"), "{}", file.body);
    let ada = add(&app, &[("given_name", "Ada"), ("external_id", "K-7")]);
    let there = format!("/orders/{}", place(&app, &ada, "A-1", 3, "EUR"));
    app.post(&format!("{there}/refund"), &[("amount", "2.50")]);
    let file = app.get("/orders/export").ok();
    let lines: Vec<&str> = file.body.lines().collect();
    assert_eq!(lines.len(), 3, "{}", file.body);
    assert!(lines[1].starts_with("A-1-R1,") && lines[1].ends_with(",-1,2.5,-2.50,EUR,,A-1"), "{}", lines[1]);
    assert!(lines[2].contains(",placed,K-7,Ada,,MUG-1,Blue mug,2,12.5,25.00,EUR,"), "{}", lines[2]);
    assert_eq!(app.get("/orders/export?kind=sales").ok().body.lines().count(), 2);
}
