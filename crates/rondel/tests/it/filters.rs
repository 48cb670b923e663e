//! The filter language on both engines: every condition that can be said is answered, and those on orders rightly.

use libtest_mimic::Trial;
use platform::Error;
use platform::store::Store;
use records::filter::{
    ConsentCondition, EventsCondition, FIELDS, FieldCondition, Filter, Kind, Measure, Op, OrdersCondition,
};
use records::people::{self, ListQuery, Sort};

use crate::insights::take;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        customers_are_found_by_what_they_ordered_in_a_time,
        every_condition_that_can_be_said_is_answered_or_refused_where_it_stands,
    ]
}

const OPS: [Op; 10] = [
    Op::Is,
    Op::IsNot,
    Op::AtLeast,
    Op::AtMost,
    Op::StartsWith,
    Op::Contains,
    Op::WithinDays,
    Op::OlderThanDays,
    Op::IsSet,
    Op::IsNotSet,
];

/// Three customers: one bought for 120.00 and gave goods for 20.00 back, one bought twice for 40.00, one never.
fn shop(installation: &Installation) -> Store {
    let store = installation.store();
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str, kind| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        take(&store, folder.path(), &path, kind);
    };
    let people = "Customer number,Name,E-mail\nC1,Anna Meyer,anna@example.com\nC2,Bob Stone,bob@example.com\n\
                  C3,Cleo Hill,cleo@example.com\n";
    let orders = "Order number,Order date,Customer number,SKU,Product,Quantity,Unit price\n\
                  O1,2023-11-05,C1,K1,Kettle,1,120.00\nO2,2023-11-20,C1,K1,Kettle,-1,20.00\n\
                  O3,2023-12-01,C2,B1,Beans,1,40.00\nO4,2024-01-02,C2,B1,Beans,1,40.00\n";
    put("people.csv", people, cycle::collect::imports::Kind::People);
    put("orders.csv", orders, cycle::collect::imports::Kind::Orders);
    store
}

fn names(store: &Store, filter: &Filter) -> Result<Vec<String>, Error> {
    let count = filter.clone();
    let n = store.read(move |s| people::count_up_to(s, &count, 100)).wait()?;
    let mut found = Vec::new();
    for sort in Sort::ALL {
        let query = ListQuery { filter: filter.clone(), sort, descending: false, after: None, limit: 50 };
        let page = store.read(move |s| people::list(s, &query)).wait()?;
        found = page.people.into_iter().map(|person| person.name).collect();
        assert_eq!(found.len() as i64, n, "{filter:?} by {}", sort.name());
    }
    found.sort();
    Ok(found)
}

fn ordered(measure: Measure, op: Op, value: &str) -> OrdersCondition {
    OrdersCondition {
        measure,
        op,
        value: value.to_string(),
        within_days: None,
        from: None,
        until: None,
        sku: None,
    }
}

fn customers_are_found_by_what_they_ordered_in_a_time(installation: &Installation) {
    let store = shop(installation);
    let found = |condition: OrdersCondition| names(&store, &Filter::Orders(condition)).unwrap();
    let spent = |op, value| ordered(Measure::Revenue, op, value);
    assert_eq!(found(spent(Op::AtLeast, "100")), ["Anna Meyer"]);
    assert_eq!(found(spent(Op::Is, "80.00")), ["Bob Stone"]);
    assert_eq!(found(spent(Op::AtMost, "0")), ["Cleo Hill"]);
    let in_december = OrdersCondition {
        from: Some("2023-12-01".to_string()),
        until: Some("2023-12-31".to_string()),
        ..spent(Op::AtLeast, "40")
    };
    assert_eq!(found(in_december), ["Bob Stone"]);
    let lately = OrdersCondition { within_days: Some(30), ..ordered(Measure::Count, Op::AtLeast, "1") };
    assert_eq!(found(lately), ["Bob Stone"]);
    let kettles = OrdersCondition { sku: Some("K1".to_string()), ..ordered(Measure::Count, Op::Is, "1") };
    assert_eq!(found(kettles), ["Anna Meyer"]);
}

/// A value of the kind, as somebody types it.
fn typed(kind: Kind, op: Op) -> &'static str {
    match (kind, op) {
        (_, Op::WithinDays | Op::OlderThanDays) => "30",
        (Kind::Text | Kind::Folded, _) => "anna",
        (Kind::Number, _) => "2",
        (Kind::Real, _) => "0.25",
        (Kind::Money, _) => "12.50",
        (Kind::Time, _) => "2023-12-01",
    }
}

fn every_condition_that_can_be_said_is_answered_or_refused_where_it_stands(installation: &Installation) {
    let store = shop(installation);
    let mut all: Vec<Filter> = Vec::new();
    for op in OPS {
        all.extend(FIELDS.iter().map(|field| {
            let value = typed(field.kind, op).to_string();
            Filter::Field(FieldCondition { name: field.name.to_string(), op, value })
        }));
        let of_own = ("custom.size".to_string(), "42".to_string());
        all.push(Filter::Field(FieldCondition { name: of_own.0, op, value: of_own.1 }));
        for measure in [Measure::Count, Measure::Revenue] {
            for within_days in [None, Some(90)] {
                all.push(Filter::Orders(OrdersCondition { within_days, ..ordered(measure, op, "2") }));
            }
        }
        let verb = "person.created".to_string();
        all.push(Filter::Events(EventsCondition { verb, op, value: "1".to_string(), within_days: Some(7) }));
    }
    all.push(Filter::Tag("vip".to_string()));
    all.push(Filter::Insight("ins_0".to_string()));
    let [purpose, channel, state] = ["marketing", "email", "granted"].map(str::to_string);
    all.push(Filter::Consent(ConsentCondition { purpose, channel, state }));
    let mut n_answered = 0;
    for filter in all {
        let is = match names(&store, &filter) {
            Ok(found) => found,
            Err(Error::Invalid(_)) => continue,
            Err(error) => panic!("{filter:?}: {error}"),
        };
        n_answered += 1;
        let is_not = names(&store, &Filter::Not(Box::new(filter.clone()))).unwrap();
        assert_eq!(is.len() + is_not.len(), 3, "{filter:?} or not is everybody: {is:?} {is_not:?}");
        let either = Filter::Any(vec![filter.clone(), Filter::All(vec![Filter::default(), filter.clone()])]);
        assert_eq!(names(&store, &either).unwrap(), is, "{filter:?}");
    }
    assert!(n_answered > 180, "{n_answered} conditions were answered");
}
