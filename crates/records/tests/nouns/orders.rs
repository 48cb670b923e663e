//! Orders, lines, returns and what they do to the totals of a person.

use crate::office::{DAY, NOW, Office, euro, fields};
use platform::{By, Error, Result, Tx, params};
use records::orders::{
    self, Cursor, Filter, Given, NewLine, NewOrder, Outcome, Refund, Status, bulk, refresh_person_totals,
};
use records::products::{self, NewProduct};
use records::values::currency::Currency;

fn person(office: &Office, id: &'static str) -> &'static str {
    office
        .write(move |tx| {
            tx.execute(
                "INSERT INTO people (id, name, name_key, family_key, created_at, updated_at)
                 VALUES ($1, $1, $1, $1, 0, 0)",
                &params![id],
            )
        })
        .expect("a person can be written");
    id
}

/// n_orders, revenue, first and last order of a person.
fn totals(office: &Office, id: &'static str) -> (i64, i64, Option<i64>, Option<i64>) {
    office.read(move |snapshot| {
        snapshot.one(
            "SELECT n_orders, revenue_minor, first_order_at, last_order_at FROM people WHERE id = $1",
            &params![id],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
    })
}

fn mugs<'a>(pieces: i64) -> NewLine<'a> {
    let quantity_milli = pieces * 1_000;
    NewLine {
        sku: Some("MUG"),
        description: Some("Mug"),
        quantity_milli,
        unit_price_micro: 4_990_000,
        ..NewLine::default()
    }
}

fn sale<'a>(number: &'a str, person_id: &'a str, at: i64, pieces: i64) -> NewOrder<'a> {
    NewOrder { person_id: Some(person_id), lines: vec![mugs(pieces)], ..NewOrder::sale(number, at, euro()) }
}

fn place(office: &Office, number: &'static str, person_id: &'static str, at: i64, pieces: i64) -> String {
    office.write(move |tx| orders::place(tx, &sale(number, person_id, at, pieces))).expect("a fair order")
}

fn undo_newest(office: &Office) -> Result<()> {
    let event = office.newest_event();
    office.write(move |tx| orders::undo_event(tx, &event))
}

#[test]
fn an_order_is_placed_with_its_lines_and_counts_for_its_person() {
    let office = Office::open();
    let ada = person(&office, "per_ada");
    let id = place(&office, "A-1001", ada, NOW - DAY, 3);
    let order = office.read({
        let id = id.clone();
        move |snapshot| orders::get(snapshot, &id)
    });
    assert_eq!((order.total_minor, order.counted_minor, order.n_lines), (1_497, 1_497, 1));
    assert_eq!((order.number_key.as_str(), order.status), ("a-1001", Status::Placed));
    place(&office, "A-1002", ada, NOW, 1);
    assert_eq!(totals(&office, ada), (2, 1_996, Some(NOW - DAY), Some(NOW)));
    assert_eq!(office.verbs(ada), ["order.placed", "order.placed"]);
}

#[test]
fn what_is_wrong_with_an_order_is_told_at_its_field_and_nothing_is_kept() {
    let office = Office::open();
    let ada = person(&office, "per_ada");
    place(&office, "1001", ada, NOW, 1);
    let try_placing = |change: fn(&mut NewOrder<'_>)| {
        fields(office.write(move |tx| {
            let mut new = sale("1002", "per_ada", NOW, 1);
            change(&mut new);
            orders::place(tx, &new)
        }))
    };
    assert_eq!(try_placing(|new| new.number = " 1001 "), ["number"]);
    assert_eq!(try_placing(|new| new.number = "\u{200b}"), ["number"]);
    assert_eq!(try_placing(|new| new.person_id = Some("per_nobody")), ["person_id"]);
    assert_eq!(try_placing(|new| new.lines[0].product_id = Some("prd_none")), ["lines.0.product_id"]);
    assert_eq!(
        try_placing(|new| new.lines[0] = NewLine { unit_price_micro: i64::MAX, ..mugs(i64::MAX / 1_000) }),
        ["lines.0.quantity"]
    );
    assert_eq!(try_placing(|new| new.is_return = true), ["lines"]);
    assert_eq!(try_placing(|new| new.returned_order_id = Some("ord_none")), ["returned_order_id"]);
    assert_eq!(
        try_placing(|new| new.lines = vec![NewLine { amount_minor: Some(i64::MAX), ..mugs(1) }; 2]),
        ["lines"]
    );
    assert_eq!(office.rows("orders").len(), 1);
    assert_eq!(totals(&office, ada), (1, 499, Some(NOW), Some(NOW)));
}

#[test]
fn an_order_in_another_currency_is_kept_and_counts_nothing_until_the_workspace_changes() {
    let office = Office::open();
    let ada = person(&office, "per_ada");
    office
        .write(|tx| {
            let yen = Currency::from_code("JPY").unwrap();
            orders::place(tx, &NewOrder { currency: yen, ..sale("1001", "per_ada", NOW, 2) })
        })
        .unwrap();
    assert_eq!(totals(&office, ada), (0, 0, None, None));
    office
        .write(|tx| {
            platform::settings::set(tx, "currency", &"JPY")?;
            orders::recount(tx, "", 1_000).map(drop)
        })
        .unwrap();
    assert_eq!(totals(&office, ada), (1, 10, Some(NOW), Some(NOW)));
}

#[test]
fn an_update_moves_an_order_to_another_person_and_both_totals_follow() {
    let office = Office::open();
    let (ada, bob) = (person(&office, "per_ada"), person(&office, "per_bob"));
    let id = place(&office, "1001", ada, NOW, 1);
    let before = [office.rows("orders"), office.rows("order_lines"), office.rows("people")];
    let outcome = office
        .write({
            let id = id.clone();
            move |tx| {
                let new = NewOrder { lines: vec![mugs(2), mugs(1)], ..sale("1001", "per_bob", NOW, 0) };
                assert_eq!(orders::update(tx, &id, &sale("1001", "per_ada", NOW, 1))?, Outcome::Same);
                orders::update(tx, &id, &new)
            }
        })
        .unwrap();
    assert_eq!(outcome, Outcome::Changed);
    assert_eq!((totals(&office, ada).1, totals(&office, bob).1), (0, 1_497));
    undo_newest(&office).unwrap();
    assert_eq!([office.rows("orders"), office.rows("order_lines"), office.rows("people")], before);
    undo_newest(&office).unwrap();
    assert_eq!((totals(&office, ada).1, totals(&office, bob).1), (0, 1_497), "taking back was taken back");
}

#[test]
fn every_change_of_an_order_can_be_taken_back_exactly() {
    let office = Office::open();
    let ada = person(&office, "per_ada");
    person(&office, "per_bob");
    let id = office
        .write(move |tx| {
            let mut new = sale("1001", ada, NOW, 3);
            new.lines.push(NewLine { import_no: Some(7), returned_line_no: Some(1), ..mugs(-1) });
            new.raw_json = Some(r#"{"number":" 1001 "}"#);
            new.channel = Some("shop");
            orders::place(tx, &new)
        })
        .unwrap();
    let state = || [office.rows("orders"), office.rows("order_lines"), office.rows("people")];
    let before = state();
    type Change = fn(&mut Tx<'_>, &str) -> Result<()>;
    let changes: [Change; 6] = [
        |tx, id| orders::add_lines(tx, id, &[mugs(5)]).map(drop),
        |tx, id| orders::cancel(tx, id, "ordered twice"),
        |tx, id| orders::delete(tx, id),
        |tx, id| orders::update(tx, id, &sale("1002", "per_bob", NOW, 1)).map(drop),
        |tx, _| orders::reassign(tx, "per_ada", "per_bob").map(drop),
        |tx, order_id| {
            orders::refund(tx, &Refund { order_id, given: Given::Rest, reason: None, at: NOW }).map(drop)
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let id = id.clone();
        office.write(move |tx| change(tx, &id)).unwrap();
        assert_ne!(state(), before, "change {number}");
        undo_newest(&office).unwrap();
        assert_eq!(state(), before, "change {number}");
    }
    let created = office.read(move |s| platform::events::timeline(s, "per_ada", None, 100)).pop().unwrap();
    office.write(move |tx| orders::undo_event(tx, &created)).unwrap();
    assert_eq!(state()[0], Vec::<String>::new());
}

#[test]
fn an_import_is_not_taken_back_over_a_later_change_by_hand() {
    let office = Office::open();
    person(&office, "per_ada");
    let by_import = || By::system().within("imp_1");
    office
        .write_as(by_import(), |tx| {
            let new = [sale("1001", "per_ada", NOW, 1), sale("1002", "per_ada", NOW, 2)];
            let ids = bulk::insert_many(tx, &new)?;
            bulk::add_lines(tx, &ids[1], &[mugs(1)])?;
            refresh_person_totals(tx, &["per_ada"])
        })
        .unwrap();
    let ids: Vec<String> =
        office.read(|s| orders::list(s, &Filter::default(), None, 9)).iter().map(|o| o.id.clone()).collect();
    let of_1001 = ids[1].clone();
    office.write(move |tx| orders::cancel(tx, &of_1001, "by telephone")).unwrap();
    let mut refused = Vec::new();
    for event in office.events_of("imp_1") {
        let by = By::user("usr_ada").within("undo_of_imp_1");
        if let Err(error) = office.write_as(by, move |tx| orders::undo_event(tx, &event)) {
            refused.push(error);
        }
    }
    assert!(
        matches!(&refused[..], [Error::Conflict(text)] if text.starts_with("order 1001 was changed later (order.cancelled at")),
        "{refused:?}"
    );
    let left = office.read(|s| orders::list(s, &Filter::default(), None, 9));
    assert_eq!(left.iter().map(|o| o.number.as_str()).collect::<Vec<_>>(), ["1001"]);
    let first = office.events_of("imp_1").remove(0);
    let again = office.write(move |tx| orders::undo_event(tx, &first)).unwrap_err();
    assert!(again.to_string().contains("taken back already"), "{again}");
}

#[test]
fn refunds_never_give_back_more_than_what_is_left() {
    let office = Office::open();
    let ada = person(&office, "per_ada");
    let id = place(&office, "1001", ada, NOW - DAY, 3);
    let refund = |given: Given<'static>| {
        let order_id = id.clone();
        office.write(move |tx| {
            orders::refund(
                tx,
                &Refund { order_id: &order_id, given: given.clone(), reason: Some("broken"), at: NOW },
            )
        })
    };
    assert_eq!(fields(refund(Given::Amount(0))), ["amount"]);
    assert_eq!(fields(refund(Given::Amount(-1))), ["amount"]);
    assert_eq!(fields(refund(Given::Amount(1_498))), ["amount"]);
    assert_eq!(fields(refund(Given::Lines(&[(9, 1_000)]))), ["lines.0.line_no"]);
    assert_eq!(fields(refund(Given::Lines(&[(1, 3_001)]))), ["lines.0.quantity"]);
    refund(Given::Lines(&[(1, 1_000)])).unwrap();
    assert_eq!(fields(refund(Given::Lines(&[(1, 1_000), (1, 1_001)]))), ["lines.1.quantity"]);
    let last = refund(Given::Amount(500)).unwrap();
    assert_eq!(totals(&office, ada), (1, 498, Some(NOW - DAY), Some(NOW - DAY)));
    let message = refund(Given::Amount(499)).unwrap_err().to_string();
    assert_eq!(message, "amount: at most €4.98 is left of order 1001");
    refund(Given::Rest).unwrap();
    assert_eq!(fields(refund(Given::Rest)), ["amount"]);
    assert_eq!(totals(&office, ada).1, 0);
    let returned = office.read(move |s| orders::get(s, &last));
    assert_eq!((returned.number.as_str(), returned.total_minor, returned.is_return), ("1001-R2", -500, true));
    let sale_id = id.clone();
    let refused = office.write(move |tx| orders::delete(tx, &sale_id)).unwrap_err();
    assert_eq!(refused.to_string(), "order 1001 has the return 1001-R1; take that back first");
}

#[test]
fn pieces_given_back_one_by_one_come_to_the_line_exactly() {
    let office = Office::open();
    let ada = person(&office, "per_ada");
    let id = office
        .write(move |tx| {
            let line = NewLine { amount_minor: Some(1_000), ..mugs(3) };
            orders::place(tx, &NewOrder { lines: vec![line], ..sale("1001", ada, NOW, 0) })
        })
        .unwrap();
    let amounts: Vec<i64> = (0..3)
        .map(|_| {
            let order_id = id.clone();
            office
                .write(move |tx| {
                    let given = Given::Lines(&[(1, 1_000)]);
                    let id =
                        orders::refund(tx, &Refund { order_id: &order_id, given, reason: None, at: NOW })?;
                    Ok(orders::get(tx, &id)?.total_minor)
                })
                .unwrap()
        })
        .collect();
    assert_eq!(amounts, [-333, -333, -334]);
}

#[test]
fn orders_are_listed_from_the_newest_page_by_page_and_filtered() {
    let office = Office::open();
    let ada = person(&office, "per_ada");
    for (number, at) in [("A-1", 1), ("A-2", 2), ("a-20", 2), ("B-1", 3), ("B-2", 4)] {
        place(&office, number, ada, NOW + at * DAY, 1);
    }
    let numbers = |filter: Filter| -> Vec<String> {
        office.read(move |s| {
            let (mut numbers, mut after) = (Vec::new(), None);
            loop {
                let page = orders::list(s, &filter, after.as_ref(), 2)?;
                let Some(last) = page.last() else { return Ok(numbers) };
                after = Some(Cursor { ordered_at: last.ordered_at, id: last.id.clone() });
                numbers.extend(page.into_iter().map(|order| order.number));
            }
        })
    };
    assert_eq!(numbers(Filter::default()), ["B-2", "B-1", "a-20", "A-2", "A-1"]);
    assert_eq!(numbers(Filter { number_prefix: "A-2".into(), ..Filter::default() }), ["a-20", "A-2"]);
    let period = Filter { from: Some(NOW + 2 * DAY), until: Some(NOW + 4 * DAY), ..Filter::default() };
    assert_eq!(numbers(period), ["B-1", "a-20", "A-2"]);
    assert_eq!(numbers(Filter { status: Some(Status::Cancelled), ..Filter::default() }).len(), 0);
    let of_ada = office.read(move |s| {
        let after = Cursor { ordered_at: NOW + 3 * DAY, id: "ord_~".into() };
        orders::of_person(s, ada, Some(&after), 2)
    });
    assert_eq!(of_ada.iter().map(|o| o.number.as_str()).collect::<Vec<_>>(), ["B-1", "a-20"]);
}

#[test]
fn what_was_sold_of_a_product_leaves_out_what_was_cancelled_and_takes_off_returns() {
    let office = Office::open();
    let ada = person(&office, "per_ada");
    let product = office
        .write(|tx| products::create(tx, &NewProduct { sku: "MUG", name: "Mug", ..NewProduct::default() }))
        .unwrap();
    let place = |number: &'static str| {
        let product = product.clone();
        office
            .write(move |tx| {
                let line = NewLine { product_id: Some(&product), ..mugs(2) };
                orders::place(tx, &NewOrder { lines: vec![line], ..sale(number, ada, NOW, 0) })
            })
            .unwrap()
    };
    let (kept, cancelled) = (place("1001"), place("1002"));
    office
        .write(move |tx| {
            let given = Given::Lines(&[(1, 500)]);
            orders::refund(tx, &Refund { order_id: &kept, given, reason: None, at: NOW })?;
            orders::cancel(tx, &cancelled, "ordered twice")
        })
        .unwrap();
    let sold = office.read({
        let product = product.clone();
        move |s| orders::sold_of_product(s, &product)
    });
    assert_eq!((sold.n_orders, sold.quantity_milli, sold.revenue_minor), (1, 1_500, 998 - 250));
    let created = office.read(move |s| platform::events::timeline(s, &product, None, 9)).pop().unwrap();
    let refused = office.write(move |tx| products::undo_event(tx, &created)).unwrap_err();
    assert_eq!(refused.to_string(), "product MUG stands in orders and cannot be taken back");
}

#[test]
fn orders_are_found_many_at_once_by_number_with_their_lines() {
    let office = Office::open();
    office
        .write(|tx| {
            let numbers: Vec<String> = (0..250).map(|n| format!("N{n}")).collect();
            let new: Vec<NewOrder<'_>> = numbers
                .iter()
                .map(|number| NewOrder {
                    lines: vec![mugs(1), mugs(2)],
                    ..NewOrder::sale(number, NOW, euro())
                })
                .collect();
            bulk::insert_many(tx, &new)
        })
        .unwrap();
    office.read(|s| {
        let keys: Vec<String> = (0..300).map(|n| format!("n{n}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let found = orders::by_number_keys(s, &keys)?;
        assert_eq!(found.len(), 250);
        let (order, lines) = &found["n249"];
        assert_eq!((order.total_minor, lines.len(), lines[1].line_no), (1_497, 2, 2));
        assert!(bulk::is_same(order, lines, &order.as_new(lines)));
        Ok(())
    });
}

/// `cargo test --release -p records --test nouns -- --ignored --nocapture` prints one line of JSON.
#[test]
#[ignore = "a measurement"]
fn speed_of_placing_many_orders() {
    const ORDERS: usize = 100_000;
    const AT_ONCE: usize = 10_000;
    let office = Office::open();
    let people: Vec<String> = (0..20_000).map(|n| format!("per_{n:020}")).collect();
    office
        .write(move |tx| {
            let values: Vec<_> =
                people.iter().flat_map(|id| params![*id, *id, *id, *id, 0_i64, 0_i64]).collect();
            let columns = ["id", "name", "name_key", "family_key", "created_at", "updated_at"];
            tx.insert_rows("people", &columns, "", &values)
        })
        .unwrap();
    let started = std::time::Instant::now();
    let mut n_lines = 0;
    for chunk in 0..ORDERS / AT_ONCE {
        n_lines += office
            .write(move |tx| {
                let of = |n: usize| chunk * AT_ONCE + n;
                let numbers: Vec<String> = (0..AT_ONCE).map(|n| format!("{}", 536_365 + of(n))).collect();
                let people: Vec<String> =
                    (0..AT_ONCE).map(|n| format!("per_{:020}", of(n) * 7919 % 20_000)).collect();
                let products: Vec<String> =
                    (0..AT_ONCE).map(|n| format!("prd_{:020}", of(n) * 104_729 % 4_000)).collect();
                let new: Vec<NewOrder<'_>> = (0..AT_ONCE)
                    .map(|n| {
                        let line = |i: usize| NewLine {
                            product_id: Some(&products[(n + i * 17) % AT_ONCE]),
                            import_no: Some(1),
                            ..mugs(1 + i as i64)
                        };
                        let lines = (0..1 + n % 5).map(line).collect();
                        NewOrder {
                            person_id: Some(&people[n]),
                            lines,
                            ..NewOrder::sale(&numbers[n], NOW + of(n) as i64, euro())
                        }
                    })
                    .collect();
                bulk::insert_many(tx, &new)?;
                let mut touched: Vec<&str> = people.iter().map(String::as_str).collect();
                touched.sort_unstable();
                touched.dedup();
                refresh_person_totals(tx, &touched)?;
                Ok(new.iter().map(|order| order.lines.len()).sum::<usize>())
            })
            .unwrap();
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        r#"{{"orders":{ORDERS},"lines":{n_lines},"seconds":{seconds:.2},"lines_per_second":{:.0}}}"#,
        n_lines as f64 / seconds
    );
}
