//! Products: known by their SKU, deleted softly, changed by imports without losing what a file does not say.

use crate::office::{Office, euro, fields};
use records::products::{self, Cursor, NewProduct, Outcome};

fn mug() -> NewProduct<'static> {
    NewProduct { sku: "MUG-1", name: "Müslischale", ..NewProduct::default() }
}

#[test]
fn a_product_needs_a_sku_of_its_own_a_name_and_a_currency_for_its_price() {
    let office = Office::open();
    office.write(|tx| products::create(tx, &mug())).unwrap();
    let create = |new: NewProduct<'static>| fields(office.write(move |tx| products::create(tx, &new)));
    assert_eq!(create(NewProduct { sku: " mug-1", ..mug() }), ["sku"]);
    assert_eq!(create(NewProduct::default()), ["sku", "name"]);
    assert_eq!(create(NewProduct { sku: "B", price_minor: Some(1), ..mug() }), ["currency"]);
    assert_eq!(
        create(NewProduct { sku: "B", price_minor: Some(-1), currency: Some(euro()), ..mug() }),
        ["price"]
    );
    assert_eq!(office.rows("products").len(), 1);
}

#[test]
fn a_file_that_says_nothing_of_a_field_changes_nothing_there() {
    let office = Office::open();
    let full =
        NewProduct { category: Some("Kitchen"), price_minor: Some(499), currency: Some(euro()), ..mug() };
    let upsert =
        |new: NewProduct<'static>| office.write(move |tx| products::upsert_by_sku(tx, &new)).unwrap();
    let (id, outcome) = upsert(full);
    assert_eq!(outcome, Outcome::Created);
    assert_eq!(upsert(NewProduct { sku: "mug-1", ..mug() }), (id.clone(), Outcome::Same));
    assert_eq!(upsert(NewProduct { name: "Bowl", ..mug() }), (id.clone(), Outcome::Changed));
    let product = office.read({
        let id = id.clone();
        move |s| products::get(s, &id)
    });
    assert_eq!((product.sku.as_str(), product.name_key.as_str()), ("MUG-1", "bowl"));
    assert_eq!((product.category.as_deref(), product.price_minor), (Some("Kitchen"), Some(499)));
    assert_eq!(office.verbs(&id), ["product.created", "product.updated"]);
}

#[test]
fn a_product_is_paid_for_up_to_sixty_months_at_a_time_and_that_can_be_taken_back() {
    let office = Office::open();
    let monthly = |months| NewProduct { renews_months: Some(months), ..mug() };
    for wrong in [0, -1, 61] {
        assert_eq!(fields(office.write(move |tx| products::create(tx, &monthly(wrong)))), ["renews_months"]);
    }
    let id = office.write(|tx| products::create(tx, &mug())).unwrap();
    let before = office.rows("products");
    let changed = {
        let id = id.clone();
        office.write(move |tx| products::update(tx, &id, &monthly(12))).unwrap()
    };
    assert_eq!(changed, Outcome::Changed);
    // A file that says nothing of it leaves it.
    assert_eq!(office.write(|tx| products::upsert_by_sku(tx, &mug())).unwrap().1, Outcome::Same);
    let known = {
        let id = id.clone();
        office.read(move |s| products::get(s, &id))
    };
    assert_eq!(known.renews_months, Some(12));
    let event = office.newest_event();
    office.write(move |tx| products::undo_event(tx, &event)).unwrap();
    assert_eq!(office.rows("products"), before);
}

#[test]
fn a_deleted_product_keeps_its_sku_and_comes_back_when_a_file_names_it() {
    let office = Office::open();
    let id = office.write(|tx| products::create(tx, &mug())).unwrap();
    let before = office.rows("products");
    office
        .write({
            let id = id.clone();
            move |tx| products::delete(tx, &id)
        })
        .unwrap();
    assert_eq!(office.read(|s| products::list(s, None, 9)), []);
    let taken = office.write(|tx| products::create(tx, &mug())).unwrap_err();
    assert_eq!(taken.to_string(), "sku: MUG-1 is the SKU of the deleted product Müslischale");
    let event = office.newest_event();
    office.write(move |tx| products::undo_event(tx, &event)).unwrap();
    assert_eq!(office.rows("products"), before);
    office
        .write({
            let id = id.clone();
            move |tx| products::delete(tx, &id)
        })
        .unwrap();
    let (again, outcome) = office.write(|tx| products::upsert_by_sku(tx, &mug())).unwrap();
    assert_eq!((again, outcome), (id, Outcome::Changed));
    assert_eq!(office.read(|s| products::list(s, None, 9)).len(), 1);
}

#[test]
fn products_are_listed_by_name_page_by_page_and_found_by_how_they_begin() {
    let office = Office::open();
    office
        .write(|tx| {
            for (sku, name) in [("3", "Äpfel"), ("1", "Birnen"), ("2", "apfel"), ("B9", "Citronen")] {
                products::create(tx, &NewProduct { sku, name, ..NewProduct::default() })?;
            }
            Ok(())
        })
        .unwrap();
    let first = office.read(|s| products::list(s, None, 2));
    assert_eq!(first.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Äpfel", "apfel"]);
    let after = Cursor { name_key: first[1].name_key.clone(), id: first[1].id.clone() };
    let second = office.read(move |s| products::list(s, Some(&after), 9));
    assert_eq!(second.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Birnen", "Citronen"]);
    let found = office.read(|s| products::beginning_with(s, "b", 9));
    assert_eq!(found.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Birnen", "Citronen"]);
    let ids = office.read(|s| products::ids_by_sku_keys(s, &["b9", "1", "nothing"]));
    assert_eq!(ids.len(), 2);
}
