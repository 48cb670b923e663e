//! `analyze segments` and `analyze basket` on files with known truth.

use serde_json::Value;

use crate::bench::{file, run, shared};

/// Numbers from 0 to 1 that look like chance.
fn chance(i: usize, which: usize) -> f64 {
    let mut x = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ (which as u64 + 1).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 30)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x = (x ^ (x >> 27)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

#[test]
fn three_kinds_of_customers_are_found_and_described() {
    let mut text = String::from("id,orders,spend\n");
    for i in 0..600 {
        let (orders, spend) = [(2.0, 20.0), (20.0, 400.0), (3.0, 9_000.0)][i % 3];
        let wobble = |which| 0.8 + 0.4 * chance(i, which);
        text.push_str(&format!("c{i},{:.2},{:.2}\n", orders * wobble(1), spend * wobble(2)));
    }
    let (folder, path) = file("kinds.csv", &text);
    let out = folder.path().join("out.csv");
    let found =
        run(&["segments", &path, "--columns", "orders,spend", "--id", "id", "--out", out.to_str().unwrap()])
            .unwrap();
    assert_eq!(found["k"], 3, "{found}");
    let clusters = found["clusters"].as_array().unwrap();
    assert!(clusters.iter().all(|c| c["n"] == 200 && c["jaccard"].as_f64().unwrap() > 0.95), "{clusters:?}");
    assert!(clusters.iter().any(|c| c["words"].as_str().unwrap().contains("high orders")), "{clusters:?}");
    assert_eq!(std::fs::read_to_string(out).unwrap().lines().count(), 601);
}

#[test]
fn where_there_are_no_groups_none_are_told() {
    let mut text = String::from("a,b,same\n");
    (0..800).for_each(|i| text.push_str(&format!("{},{},5\n", chance(i, 3), chance(i, 4))));
    let (_folder, path) = file("even.csv", &text);
    let found = run(&["segments", &path, "--columns", "a,b"]).unwrap();
    assert!(found["abstains"].is_string() && found["clusters"].as_array().unwrap().is_empty(), "{found}");
    assert!(run(&["segments", &path, "--columns", "same"]).unwrap()["abstains"].is_string());
    assert_eq!(
        run(&["segments", &path, "--columns", "a,b", "--k", "4"]).unwrap()["clusters"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
    assert!(run(&["segments", &path, "--columns", "c"]).unwrap_err().contains("same"));
}

#[test]
fn planted_bundles_are_the_best_rules_and_foretell_the_next_item() {
    let mut text = String::from("order,item\n");
    for order in 0..2_000 {
        let bundle = (chance(order, 1) * 20.0) as usize;
        text.push_str(&format!("{order},left {bundle}\n{order},right {bundle}\n"));
        text.push_str(&format!("{order},common {}\n", (chance(order, 2) * 3.0) as usize));
    }
    let (_folder, path) = file("orders.csv", &text);
    let found = run(&["basket", &path, "--order", "order", "--item", "item"]).unwrap();
    let rule = &found["rules"][0];
    assert!(rule["lift"].as_f64().unwrap() > 10.0 && rule["confidence"].as_f64().unwrap() > 0.9, "{rule}");
    let of = |key: &str, at: &str| found[key][at].as_f64().unwrap();
    assert!(of("hit_rate", "1") > of("hit_rate_popularity", "1") + 0.2, "{found}");
    assert_eq!(found["n"], 2_000);
}

#[test]
fn orders_of_the_shared_shop_are_read_and_the_last_order_is_foretold() {
    let Some(path) = shared("online_retail_sample/online_retail_sample.csv") else { return };
    let path = path.to_str().unwrap();
    let found = run(&[
        "basket",
        path,
        "--order",
        "InvoiceNo",
        "--item",
        "StockCode",
        "--customer",
        "CustomerID",
        "--date",
        "InvoiceDate",
    ])
    .unwrap();
    let of = |key: &str| found[key]["10"].as_f64().unwrap();
    assert!(
        found["n_rules"].as_u64().unwrap() > 0 && of("hit_rate") >= of("hit_rate_popularity"),
        "{}",
        found["hit_rate"]
    );
}

#[test]
fn empty_and_tiny_files_of_orders_cannot_tell() {
    let (_folder, path) = file("none.csv", "order,item\n,\n");
    assert!(
        run(&["basket", &path, "--order", "order", "--item", "item"]).unwrap_err().contains("can't tell")
    );
    let (_folder, path) = file("one.csv", "order,item\n1,a\n1,b\n");
    let found = run(&["basket", &path, "--order", "order", "--item", "item"]).unwrap();
    assert_eq!(found["hit_rate"], Value::Null);
    let (_folder, path) = file("few.csv", "a\n1\n2\n");
    assert!(run(&["segments", &path, "--columns", "a"]).unwrap()["abstains"].is_string());
}
