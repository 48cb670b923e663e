//! Files of order lines.

use super::{Office, counts};
use cycle::collect::{exports, imports};
use records::filter::Filter;
use records::{orders, people};

const LINES: &str = "Order No,Order date,Customer No,E-mail,SKU,Product,Quantity,Unit price,Currency\n\
    A1,2024-03-01 10:00,7,eva@example.com,K-1,Kaffee,2,9.90,EUR\n\
    A1,2024-03-01 10:00,7,eva@example.com,T-2,Tee,1,4.50,EUR\n\
    A2,2024-04-01,8,max@example.com,K-1,Kaffee,1,9.90,EUR\n\
    R1,2024-04-09,8,max@example.com,K-1,Kaffee,-1,9.90,EUR\n";

#[test]
fn one_file_of_lines_holds_customers_products_and_orders_at_once() {
    let office = Office::open();
    let import = office.import("orders.csv", LINES);
    assert_eq!(import.counts, counts(4, 0, 0, 0, 0));
    let (eva, max) = office
        .store
        .read(|s| Ok((people::by_external_id(s, "7")?.unwrap(), people::by_external_id(s, "8")?.unwrap())))
        .wait()
        .unwrap();
    assert_eq!((eva.n_orders, eva.revenue_minor), (1, 2430));
    assert_eq!((max.n_orders, max.revenue_minor), (1, 0), "a return takes the money back, not the order");
    assert_eq!(office.count("SELECT count(*) FROM products"), 2);
    assert_eq!(office.count("SELECT count(*) FROM orders WHERE is_return = 1"), 1);
}

#[test]
fn lines_of_one_order_may_stand_anywhere_in_the_file_and_again_in_the_next() {
    let office = Office::open();
    let mut lines: Vec<&str> = LINES.lines().collect();
    let second = lines.remove(2);
    let scattered = format!("{}\n{second}\n", lines.join("\n"));
    office.import("orders.csv", &scattered);
    let before = office.dump();
    let again = office.import("again.csv", LINES);
    assert_eq!(again.counts, counts(0, 0, 4, 0, 0));
    assert_eq!(office.dump(), before);
    assert_eq!(office.count("SELECT n_lines FROM orders WHERE number = 'A1'"), 2);
}

#[test]
fn two_equal_lines_of_one_order_stay_two() {
    let office = Office::open();
    let header = LINES.lines().next().unwrap();
    let line = LINES.lines().nth(1).unwrap();
    let text = format!("{header}\n{line}\n{line}\n");
    office.import("orders.csv", &text);
    assert_eq!(office.count("SELECT count(*) FROM order_lines"), 2);
    let again = office.import("again.csv", &text);
    assert_eq!(again.counts, counts(0, 0, 2, 0, 0));
}

#[test]
fn a_changed_quantity_changes_its_line_and_the_undo_puts_it_back() {
    let office = Office::open();
    office.import("orders.csv", LINES);
    let before = office.dump();
    let import = office.import("newer.csv", &LINES.replace("T-2,Tee,1,", "T-2,Tee,3,"));
    assert_eq!(import.counts, counts(0, 1, 3, 0, 0));
    let order = office.store.read(|s| orders::by_number_key(s, "a1")).wait().unwrap().unwrap();
    assert_eq!(order.total_minor, 1980 + 1350);
    office.undo(&import);
    assert_eq!(office.dump(), before);
}

#[test]
fn lines_that_cannot_be_are_rejected_at_their_column() {
    let office = Office::open();
    let header = LINES.lines().next().unwrap();
    let text = format!(
        "{header}\n\
         B1,2024-02-30,7,,K-1,Kaffee,1,9.90,EUR\n\
         B2,2024-02-01,7,,K-1,Kaffee,1,9.90,DOGE\n\
         B3,2024-02-01,7,,K-1,Kaffee,eins,9.90,EUR\n\
         B4,2024-02-01,7,,K-1,Kaffee,1,-9.90,EUR\n\
         ,2024-02-01,7,,K-1,Kaffee,1,9.90,EUR\n\
         B6,2024-02-01,7,,K-1,Kaffee,1,0.00,EUR\n"
    );
    let import = office.import("wrong.csv", &text);
    assert_eq!(import.counts, counts(1, 0, 0, 0, 5));
    let number = import.import_no;
    let rejected = office.store.read(move |s| imports::rejected(s, number, 0, 10)).wait().unwrap();
    let columns: Vec<&str> = rejected.iter().map(|row| row.column.as_deref().unwrap()).collect();
    assert_eq!(columns, ["Order date", "Currency", "Quantity", "Unit price", "Order No"]);
    assert!(rejected[0].reason.contains("2024-02 has no day 30"), "{}", rejected[0].reason);
    let ledger = office.store.read(move |s| imports::ledger(s, number, None, 6, 10)).wait().unwrap();
    assert!(ledger[0].note.as_deref().unwrap().contains("costs nothing"));
}

#[test]
fn an_import_that_stopped_goes_on_where_it_was_and_takes_no_row_twice() {
    let office = Office::open();
    let mut text = LINES.lines().next().unwrap().to_string() + "\n";
    for number in 0..9_000 {
        text +=
            &format!("N{},2024-03-01,{},,K-{},Kaffee,1,9.90,EUR\n", number / 3, number % 500, number % 40);
    }
    let path = office.file("many.csv", &text);
    let import = office.arrive(&path, None).unwrap();
    let id = import.id.clone();
    office.store.write(platform::By::console(), move |tx| imports::start(tx, &id)).wait().unwrap();
    let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let stop =
            &mut |counts: &imports::Counts, _: f64| assert!(counts.rows() < 4_000, "stopped in the middle");
        imports::run(&office.store, &office.folder(), &import.id, stop)
    }));
    assert!(stopped.is_err());
    let done = imports::run(&office.store, &office.folder(), &import.id, &mut |_, _| {}).unwrap();
    assert_eq!(done.counts.rows(), 9_000);
    assert_eq!(office.count("SELECT count(*) FROM order_lines"), 9_000);
    assert_eq!(office.count("SELECT count(*) FROM orders"), 3_000);
    let revenue = office.count("SELECT sum(revenue_minor) FROM people");
    assert_eq!(revenue, 9_000 * 990);
}

#[test]
fn a_file_with_known_headers_but_other_dates_and_numbers_is_read_as_it_is_written() {
    let office = Office::open();
    office.import("first.csv", LINES);
    let header = LINES.lines().next().unwrap().replace(',', ";");
    let text = format!("{header}\nB1;31.12.2024;7;;K-1;Kaffee;2;1.009,90;EUR\n");
    let import = office.import("second.csv", &text);
    assert_eq!(import.counts, counts(1, 0, 0, 0, 0));
    let order = office.store.read(|s| orders::by_number_key(s, "b1")).wait().unwrap().unwrap();
    assert_eq!(order.total_minor, 201_980);
    assert_eq!(platform::clock::in_words(order.ordered_at), "2024-12-31T00:00:00Z");
}

#[test]
fn an_export_that_is_imported_again_changes_nothing() {
    let office = Office::open();
    office
        .store
        .write(platform::By::console(), |tx| {
            platform::settings::set_text(tx, "time_zone", Some("Europe/Berlin"))
        })
        .wait()
        .unwrap();
    office.import("people.csv", "Customer No,Name,Country,Customer since\n7,EVA EK,Deutschland,2024-01-01\n");
    office.import("orders.csv", LINES);
    let before = office.dump();
    let (people, orders) = office
        .store
        .read(|s| {
            let (mut people, mut lines) = (Vec::new(), Vec::new());
            exports::people(s, &exports::Whom::Matching(Filter::default()), &mut people)?;
            exports::orders(s, &orders::Filter::default(), &mut lines)?;
            Ok((String::from_utf8(people).unwrap(), String::from_utf8(lines).unwrap()))
        })
        .wait()
        .unwrap();
    assert_eq!(office.import("people-again.csv", &people).counts, counts(0, 0, 2, 0, 0));
    assert_eq!(office.import("orders-again.csv", &orders).counts, counts(0, 0, 4, 0, 0));
    assert_eq!(office.dump(), before);
}

#[test]
fn dates_that_could_be_either_way_are_read_though_the_last_file_had_the_year_in_front() {
    let office = Office::open();
    let headers = "Customer No,Order No,Order date,SKU,Quantity,Unit price";
    let first = office.import("2022.csv", &format!("{headers}\nK1,B1,2022-05-17,A,1,2.00\n"));
    assert_eq!(first.counts.new, 1);
    // Every day is at most 12, so that day and month cannot be told apart; the year cannot be in front.
    let second = office
        .import("2023.csv", &format!("{headers}\nK1,B2,01.02.2023,A,1,2.00\nK1,B3,03.02.2023,A,1,2.00\n"));
    assert_eq!((second.counts.new, second.counts.error), (2, 0));
}

#[test]
fn the_first_orders_state_the_firms_currency_where_nobody_has_and_later_ones_do_not_change_it() {
    let office = Office::open();
    office.import("orders.csv", &LINES.replace("EUR", "GBP"));
    let eva = |office: &Office| {
        office.store.read(|s| Ok(people::by_external_id(s, "7")?.unwrap().revenue_minor)).wait().unwrap()
    };
    let currency =
        |office: &Office| office.store.read(|s| Ok(orders::workspace_currency(s)?.code())).wait().unwrap();
    assert_eq!((currency(&office), eva(&office)), ("GBP", 2430));
    let dollars = LINES.replace("EUR", "USD").replace("A1", "B1").replace("A2", "B2").replace("R1", "S1");
    office.import("dollars.csv", &dollars);
    assert_eq!((currency(&office), eva(&office)), ("GBP", 2430), "dollars are kept, and count nothing");
}
