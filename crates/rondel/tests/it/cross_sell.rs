//! Customers ready for a second product: a made shop in which one product leads to another is imported as any firm's file, and
//! the insight names the pair, its customers and what they will buy by themselves.

use std::collections::HashSet;
use std::fmt::Write as _;

use cycle::act::segments;
use cycle::collect::imports::Kind;
use cycle::interpret::{self, List, Summary};
use cycle::turn;
use libtest_mimic::Trial;
use platform::settings::{self, CURRENCY};
use platform::{By, Store};
use statistics::pseudo_random::Generator;

use crate::insights::take;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_product_that_leads_to_another_names_who_has_not_bought_it_yet,
        a_shop_without_such_a_product_is_told_how_many_pairs_were_looked_at,
    ]
}

const N_CUSTOMERS: u32 = 1_200;
const N_PRODUCTS: usize = 10;
/// The day of the last orders; the clock of the tests stands a day later at most.
const LAST: jiff::civil::Date = jiff::civil::date(2024, 1, 14);
const DAYS: f64 = 540.0;

/// Order lines of a shop in which who has the grinder picks beans `times` as often as any other product, and who has what.
struct Shop {
    csv: String,
    has_grinder: HashSet<u32>,
    has_beans: HashSet<u32>,
    /// Bought in the last year.
    lately: HashSet<u32>,
}

fn shop(times: f64) -> Shop {
    let mut chance = Generator::from_seed(31);
    let mut shop = Shop {
        csv: "Order number,Order date,Customer number,Customer name,SKU,Product,Quantity,Unit price\n"
            .to_string(),
        has_grinder: HashSet::new(),
        has_beans: HashSet::new(),
        lately: HashSet::new(),
    };
    let mut number = 0;
    for customer in 0..N_CUSTOMERS {
        let every = 20.0 + 100.0 * chance.uniform();
        let mut day = 400.0 * chance.uniform();
        while day < DAYS {
            let of_beans = if shop.has_grinder.contains(&customer) { times } else { 1.0 };
            let u = chance.uniform() * ((N_PRODUCTS - 1) as f64 + of_beans);
            let (sku, name, price) = match u - of_beans {
                other if other < 0.0 => ("BEANS-1".to_string(), "Beans".to_string(), "14.00"),
                other if other < 1.0 => ("GRINDER-1".to_string(), "Grinder".to_string(), "60.00"),
                other => (format!("P{}", other as usize), format!("Product {}", other as usize), "9.00"),
            };
            let at = LAST.checked_sub(jiff::Span::new().days((DAYS - day) as i64)).unwrap();
            if sku == "GRINDER-1" {
                shop.has_grinder.insert(customer);
            }
            if sku == "BEANS-1" {
                shop.has_beans.insert(customer);
            }
            if DAYS - day < 365.0 {
                shop.lately.insert(customer);
            }
            number += 1;
            writeln!(shop.csv, "O{number},{at},C{customer},Customer {customer},{sku},{name},1,{price}")
                .unwrap();
            day += 1.0 + every * chance.uniform();
        }
    }
    shop
}

fn analysed(installation: &Installation, shop: &Shop) -> Store {
    let store = installation.store();
    store.write(By::console(), |tx| settings::set(tx, CURRENCY, &"EUR")).wait().unwrap();
    let path = installation.data().join("lines.csv");
    std::fs::write(&path, &shop.csv).unwrap();
    take(&store, installation.data(), &path, Kind::Orders);
    turn::run(&store, &turn::Options::default(), &mut |_| {}).unwrap();
    store
}

fn a_product_that_leads_to_another_names_who_has_not_bought_it_yet(installation: &Installation) {
    let shop = shop(4.0);
    let store = analysed(installation, &shop);
    let wanted = List { kind: Some(interpret::Kind::CrossSell), ..List::default() };
    let insights = store.read(move |s| interpret::list(s, wanted)).wait().unwrap();
    let insight = insights.iter().find(|insight| insight.about == "GRINDER-1 then BEANS-1");
    let insight = insight
        .unwrap_or_else(|| panic!("only {insights:?}; {:?}", store.read(interpret::latest_summary).wait()));
    assert!(insight.claim.contains("“Grinder” and not yet “Beans”"), "{}", insight.claim);

    let open: HashSet<u32> = shop.has_grinder.difference(&shop.has_beans).copied().collect();
    let open: HashSet<u32> = open.intersection(&shop.lately).copied().collect();
    assert_eq!(insight.n_customers, open.len() as u64);
    let (id, filter) = (insight.id.clone(), insight.evidence.filter.clone().unwrap());
    let (people, counted) = store
        .read(move |s| {
            let ids: Vec<String> =
                interpret::people(s, &id, 0, 5_000)?.rows.into_iter().map(|row| row.person_id).collect();
            Ok((records::people::many(s, &ids)?, segments::count(s, &filter, 10_000)?.n))
        })
        .wait()
        .unwrap();
    let named: HashSet<u32> =
        people.iter().map(|person| person.external_id.as_ref().unwrap()[1..].parse().unwrap()).collect();
    assert_eq!(named, open, "the rows are those who have the one and not the other");
    assert_eq!(counted as usize, open.len(), "and so are those whom the filter opens");

    let ratio = insight.evidence.figures.iter().find(|figure| figure.name == "ratio").unwrap();
    // Over a quarter the others come by a grinder too, and nobody buys for the first time twice: less than four times.
    assert!((1.5..4.0).contains(&ratio.value) && ratio.low.unwrap() > 1.2, "{ratio:?}");
    let money = insight.money.unwrap();
    let share = insight.evidence.figures.iter().find(|figure| figure.name == "share").unwrap();
    let expected = share.value * open.len() as f64 * 1_400.0;
    assert!((money.expected_minor as f64 - expected).abs() < 1.0, "{money:?} is not {expected}");
    assert!(money.low_minor < money.expected_minor && money.expected_minor < money.high_minor);
}

fn a_shop_without_such_a_product_is_told_how_many_pairs_were_looked_at(installation: &Installation) {
    let store = analysed(installation, &shop(1.0));
    let summary: Summary = store.read(interpret::latest_summary).wait().unwrap().unwrap().result;
    let silent = summary.silent.iter().find(|silent| silent.kind == interpret::Kind::CrossSell).unwrap();
    assert!(!silent.abstained && silent.why.contains("pairs of products"), "{}", silent.why);
}
