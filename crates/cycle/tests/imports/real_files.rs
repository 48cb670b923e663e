//! Files of other systems, with counts that others published or that a plain count of the file gives.

use super::Office;
use cycle::collect::imports::Kind;
use std::path::PathBuf;

/// A file of the shared data, or None with a word why the test is skipped.
fn shared(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("RONDEL_SHARED").map(PathBuf::from);
    let root = root.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let path = root.join("data").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

#[test]
fn online_retail_is_netted_and_what_has_no_customer_is_kept_without_one() {
    let Some(path) = shared("online_retail_sample/online_retail_sample.csv") else { return };
    let office = Office::open();
    let import = office.arrive(&path, None).unwrap();
    assert_eq!(import.kind, Kind::Orders);
    let import = office.run(&import);
    assert_eq!(import.counts.rows(), 24_009);
    assert_eq!(import.counts.conflict, 0);
    assert_eq!(office.count("SELECT count(*) FROM people"), 221);
    assert_eq!(office.count("SELECT count(*) FROM order_lines"), 24_009 - import.counts.error);
    let before = office.dump();
    let again = office.run(&office.arrive(&path, None).unwrap());
    assert_eq!(again.counts.same, 24_009 - import.counts.error, "{:?}", again.counts);
    assert_eq!(office.dump(), before);
}

#[test]
fn complete_journey_joins_households_products_and_baskets() {
    let (Some(lines), Some(people), Some(products)) = (
        shared("complete_journey/transactions_sample.csv"),
        shared("complete_journey/demographics.csv"),
        shared("complete_journey/products.csv"),
    ) else {
        return;
    };
    let office = Office::open();
    let households = office.run(&office.arrive(&people, None).unwrap());
    assert_eq!((households.kind, households.counts.new), (Kind::People, 801));
    let goods = office.run(&office.arrive(&products, Some(Kind::Products)).unwrap());
    assert_eq!(goods.counts.error, 0, "{:?}", goods.error);
    let import = office.run(&office.arrive(&lines, None).unwrap());
    assert_eq!((import.kind, import.counts.new), (Kind::Orders, 75_000));
    assert_eq!(import.counts.rows(), 75_000);
}

#[test]
fn accounts_of_the_pipeline_become_companies() {
    let Some(path) = shared("crm_pipeline/accounts.csv") else { return };
    let office = Office::open();
    let import = office.run(&office.arrive(&path, None).unwrap());
    assert_eq!((import.kind, import.counts.new), (Kind::Companies, 85));
}
