//! Contracts against a shop of subscribers whose truth is known: which contracts there are, who leaves, how long they last.

use std::collections::BTreeMap;
use std::path::Path;

use cycle::analyze::contracts::{self, By, GRACE_DAYS, HORIZON_DAYS, Row};
use cycle::analyze::models::{self, State};
use cycle::analyze::{Day, latest_contracts};
use cycle::collect::imports::Kind;
use cycle::interpret::{self, List};
use cycle::plan::metrics::{self, PeopleOf};
use cycle::plan::periods::{Cadence, Period};
use cycle::turn;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use libtest_mimic::Trial;
use platform::auth::Role;
use platform::settings::{self, CURRENCY};
use platform::{By as Actor, Store};
use records::filter::{FieldCondition, Filter, Op};
use records::{people, products};
use simulator::subscriptions::{Contract, PLANS, Subscriptions};

use crate::api::program::{Program, token};
use crate::insights::take;
use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        contracts_hold_against_what_the_simulator_knows,
        without_a_product_that_renews_nothing_is_said_and_the_page_says_what_to_do,
    ]
}

/// The clock of the tests stands at noon of 2024-01-15.
const LAST_DAY: Date = date(2024, 1, 15);

fn shop() -> Subscriptions {
    Subscriptions { seed: 1, n_customers: 1_500, opening: date(2021, 1, 10), last_day: LAST_DAY }
}

fn run(store: &Store) {
    turn::run(store, &turn::Options::default(), &mut |_| {}).unwrap();
}

fn import(store: &Store, folder: &Path) {
    let out = folder.join("export");
    std::fs::create_dir_all(&out).unwrap();
    let ([plans, payments], n) = shop().write(&out).unwrap();
    assert!(n > 5_000, "{n}");
    store.write(Actor::console(), |tx| settings::set(tx, CURRENCY, &"EUR")).wait().unwrap();
    take(store, folder, &out.join(plans), Kind::Products);
    take(store, folder, &out.join(payments), Kind::Orders);
    run(store);
}

fn contracts_hold_against_what_the_simulator_knows(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let store = app.store();
    import(store, installation.data());
    let found = all(store);
    those_found_are_the_true_ones(store, &found);
    risks_are_those_of_the_hidden_chances(store, &found);
    the_projection_holds_the_true_curve(store);
    the_metric_counts_them(store, &found);
    those_at_risk_are_told_before_they_renew(store, &found);
    a_refund_and_an_undo_keep_them_true(store);
    pages_and_programs_show_them(app);
}

/// Every contract, by the page as a reader goes through them.
fn all(store: &Store) -> Vec<Row> {
    let mut found = Vec::new();
    for by in [By::Renewal, By::End] {
        let mut after = None;
        loop {
            let (order, place) = (by.clone(), after.clone());
            let page = store.read(move |s| contracts::list(s, &order, place.as_ref(), 200)).wait().unwrap();
            let Some(last) = page.last() else { break };
            after = Some(contracts::Place::parse(&last.place(&by)).unwrap());
            found.extend(page);
        }
    }
    found
}

/// What is true of the contracts that began by the last day, by customer number and first day; what was given back is left out.
fn truth() -> BTreeMap<(String, String), Contract> {
    let shop = shop();
    let mut known = BTreeMap::new();
    for index in 0..shop.n_customers {
        for mut contract in shop.contracts(index) {
            // Money of the last three days may still stand: it goes back tomorrow.
            contract.payments.retain(|p| !p.is_given_back || p.day.saturating_add(3.days()) > LAST_DAY);
            if let Some(contract) = contract.known(LAST_DAY) {
                known.insert((shop.number(index), contract.payments[0].day.to_string()), contract);
            }
        }
    }
    known
}

fn numbers(store: &Store) -> BTreeMap<String, String> {
    let read = |s: &mut platform::Snapshot<'_>| {
        s.query("SELECT id, external_id FROM people WHERE external_id IS NOT NULL", &[], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    };
    store.read(read).wait().unwrap().into_iter().collect()
}

fn those_found_are_the_true_ones(store: &Store, found: &[Row]) {
    let (truth, numbers) = (truth(), numbers(store));
    assert_eq!(found.len(), truth.len());
    let mut n_ended = 0;
    for row in found {
        let key = (numbers[&row.person_id].clone(), row.started_on.clone());
        let known = truth.get(&key).unwrap_or_else(|| panic!("no contract {key:?}"));
        assert_eq!(row.covered_until, known.covered_until.to_string(), "{key:?}");
        assert_eq!(row.n_payments, known.payments.len() as i64, "{key:?}");
        let is_over = known.covered_until.saturating_add(i64::from(GRACE_DAYS).days()) <= LAST_DAY;
        assert_eq!(row.ended_on.is_some(), is_over, "{key:?}");
        if is_over {
            assert!(known.has_left, "{key:?}");
            assert_eq!(row.ended_on.as_ref(), Some(&row.covered_until));
            n_ended += 1;
        }
        let plan = PLANS[known.payments.last().unwrap().plan];
        let monthly = plan.price_minor / i64::from(plan.months);
        assert_eq!((row.period_months, row.monthly_minor), (i64::from(plan.months), monthly), "{key:?}");
    }
    assert!(n_ended > 300 && n_ended + 300 < found.len(), "{n_ended} of {}", found.len());
}

/// The product saw payments only; the simulator knows who will not pay at the next renewal.
fn risks_are_those_of_the_hidden_chances(store: &Store, found: &[Row]) {
    let model = store.read(|s| models::get(s, contracts::NAME)).wait().unwrap();
    assert_eq!(model.state, State::Used, "{:?}", model.report.needs);
    let tried = model.report.backtest.as_ref().unwrap();
    assert!(tried.quality.auc.unwrap().estimate > 0.6, "{:?}", tried.quality.auc);
    assert!(model.report.quality.as_ref().unwrap().ece < 0.04);
    let (truth, numbers) = (truth(), numbers(store));
    let (mut said, mut came, mut chance, mut due) = (0.0, 0.0, 0.0, 0.0);
    let mut by_risk = Vec::new();
    for row in found.iter().filter(|row| row.ended_on.is_none()) {
        let known = &truth[&(numbers[&row.person_id].clone(), row.started_on.clone())];
        let risk = row.risk.unwrap();
        let lost = f64::from(u8::from(known.has_left));
        (said, came, chance) = (said + risk, came + lost, chance + risk * (1.0 - risk));
        by_risk.push((risk, lost));
        let horizon = LAST_DAY.saturating_add(i64::from(HORIZON_DAYS).days()).to_string();
        due += if row.covered_until <= horizon { lost } else { 0.0 };
    }
    assert!(
        (said - came).abs() < 3.0 * f64::sqrt(chance) + 0.02 * by_risk.len() as f64,
        "said {said:.1}, came {came}"
    );
    let rows = store.read(|s| {
        let field = |name: &str, op| {
            Filter::All(vec![Filter::Field(FieldCondition { name: name.into(), op, value: "0".into() })])
        };
        let risky = people::count_up_to(s, &field("contract_risk", Op::AtLeast), 100_000)?;
        Ok((risky, people::count_up_to(s, &field("contract_until_at", Op::IsSet), 100_000)?))
    });
    let n = by_risk.len() as i64;
    assert_eq!(rows.wait().unwrap(), (n, n), "the filter opens the customers with a running contract");
    by_risk.sort_by(|a, b| b.0.total_cmp(&a.0));
    let third = by_risk.len() / 3;
    let share = |part: &[(f64, f64)]| part.iter().map(|row| row.1).sum::<f64>() / part.len() as f64;
    let (high, low) = (share(&by_risk[..third]), share(&by_risk[by_risk.len() - third..]));
    assert!(high > 2.0 * low, "of the highest third {high:.2} left, of the lowest {low:.2}");
    let (expected, spread) =
        (model.expected.unwrap(), model.expected_high.unwrap() - model.expected_low.unwrap());
    assert!((due - expected).abs() < 1.2 * spread, "expected {expected:.1} ± {spread:.1}, {due} did");
}

fn the_projection_holds_the_true_curve(store: &Store) {
    let report = store.read(latest_contracts).wait().unwrap().unwrap().result;
    // Of a beta distribution with shapes a and b the share b (b + 1) … / (a + b) … stays.
    let stays = |(a, b): (f64, f64), n: u32| -> f64 {
        (0..n).map(|i| (b + f64::from(i)) / (a + b + f64::from(i))).product()
    };
    for (plan, at) in [(PLANS[0], 12), (PLANS[0], 36), (PLANS[2], 12)] {
        let projection =
            report.projections.iter().find(|p| p.period_months == i64::from(plan.months)).unwrap();
        let (_, share, interval) = *projection.points.iter().find(|point| point.0 == at).unwrap();
        let truth = stays(plan.leaving, at / plan.months as u32);
        let (low, high) = interval.unwrap();
        // The interval is one of 80 %: three times in a row it may miss a little.
        let slack = 0.5 * (high - low);
        assert!(
            low - slack <= truth && truth <= high + slack,
            "{at} months: {truth:.3}, {share:.3} ({low:.3} – {high:.3})"
        );
    }
    let monthly: Vec<_> = report.products.iter().filter(|product| product.months == 1).collect();
    assert_eq!(monthly.len(), 2);
    for product in monthly {
        let (share, low, high) = product.of_a_year.unwrap();
        let truth = stays(PLANS[0].leaving, 12);
        let slack = 0.3 * (high - low);
        assert!(
            low - slack <= truth && truth <= high + slack,
            "{truth:.3}: {share:.3} ({low:.3} – {high:.3})"
        );
    }
    assert!(
        report.alike.unwrap().p_value < 0.001,
        "yearly and monthly plans are not alike: {:?}",
        report.alike
    );
    assert!(report.n_taken_back > 0 && report.value.unwrap().low_minor > 0);
    assert_eq!(report.months.iter().filter(|month| !month.is_settled).count(), 0, "December's grace is over");
}

fn the_metric_counts_them(store: &Store, found: &[Row]) {
    let report = store.read(latest_contracts).wait().unwrap().unwrap().result;
    let month = *report.newest_month().unwrap();
    let measured = store.read(|s| {
        let churn = metrics::latest(s, "churn_contract")?;
        let recurring = metrics::latest(s, "recurring_revenue")?;
        let december = Period::ending(Day::parse("2023-12-31")?, Cadence::Month);
        metrics::series_of_many(s, &[churn, recurring], &PeopleOf::Everybody, &[december])
    });
    let measured = measured.wait().unwrap();
    let (churn, recurring) = (&measured[0][0], &measured[1][0]);
    let ended =
        found.iter().filter(|row| row.ended_on.as_ref().is_some_and(|day| day.starts_with("2023-12")));
    assert_eq!(churn.numerator, ended.filter(|row| row.started_on.as_str() < "2023-12-01").count() as f64);
    assert_eq!((churn.numerator as u64, churn.denominator as u64), (month.n_ended, month.n_at_start));
    assert!(churn.value.unwrap() > 0.005 && churn.error.is_some());
    assert_eq!(recurring.numerator as i64, month.recurring_minor);
}

/// Of the contracts that are due within a month, those with twice the usual risk: a claim with its rows, filter and money.
fn those_at_risk_are_told_before_they_renew(store: &Store, found: &[Row]) {
    let horizon = LAST_DAY.saturating_add(i64::from(HORIZON_DAYS).days()).to_string();
    let due: Vec<&Row> =
        found.iter().filter(|row| row.ended_on.is_none() && row.covered_until <= horizon).collect();
    let usual = due.iter().map(|row| row.risk.unwrap()).sum::<f64>() / due.len() as f64;
    // Risks are kept to four digits; nobody stands just at the limit.
    let mut risky: Vec<&str> = due
        .iter()
        .filter(|row| row.risk.unwrap() >= 2.0 * usual - 1e-4)
        .map(|row| row.person_id.as_str())
        .collect();
    let wanted = List { kind: Some(interpret::Kind::RenewalAtRisk), ..List::default() };
    let told = store.read(move |s| interpret::list(s, wanted)).wait().unwrap();
    let [insight] = told.as_slice() else {
        panic!("{} at risk; {:?}", risky.len(), store.read(interpret::latest_summary).wait())
    };
    let (id, filter) = (insight.id.clone(), insight.evidence.filter.clone().unwrap());
    let rows = store.read(move |s| {
        let rows = interpret::people(s, &id, 0, 5_000)?.rows;
        Ok((
            rows.into_iter().map(|row| row.person_id).collect::<Vec<_>>(),
            people::count_up_to(s, &filter, 10_000)?,
        ))
    });
    let (mut named, counted) = rows.wait().unwrap();
    named.sort_unstable();
    risky.sort_unstable();
    assert_eq!(named, risky);
    assert_eq!((insight.n_customers, counted as usize), (risky.len() as u64, risky.len()));
    let money = insight.money.unwrap();
    assert!(money.low_minor < money.expected_minor && money.expected_minor < money.high_minor, "{money:?}");
}

/// Giving the newest payment of somebody back ends the contract a period earlier; taking that back brings it again.
fn a_refund_and_an_undo_keep_them_true(store: &Store) {
    let of = |store: &Store, id: &str| {
        let id = id.to_string();
        store.read(move |s| contracts::of_person(s, &id, 9)).wait().unwrap()
    };
    let page = store.read(|s| contracts::list(s, &By::Renewal, None, 200)).wait().unwrap();
    let row = page.into_iter().rev().find(|row| row.n_payments > 2 && row.period_months == 1).unwrap();
    let person = row.person_id.clone();
    let newest = store.read(move |s| {
        s.one(
            "SELECT o.id FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN products p ON p.id = l.product_id
             WHERE o.person_id = $1 AND p.renews_months IS NOT NULL AND o.is_return = 0 AND o.status = 'placed'
             ORDER BY o.ordered_at DESC LIMIT 1",
            &platform::params![person],
            |row| row.get::<String>(0),
        )
    });
    let order = newest.wait().unwrap();
    let refunded = order.clone();
    let (done, event) = store
        .write(Actor::console(), move |tx| {
            let at = tx.now();
            let given = records::orders::Given::Rest;
            let refund = records::orders::Refund { order_id: &refunded, given, reason: None, at };
            let id = records::orders::refund(tx, &refund)?;
            let event =
                tx.one("SELECT max(id) FROM events WHERE record_id = $1", &platform::params![id], |row| {
                    row.get::<String>(0)
                })?;
            Ok((id, event))
        })
        .wait()
        .unwrap();
    run(store);
    let after = of(store, &row.person_id);
    let same = after.iter().find(|one| one.started_on == row.started_on).unwrap();
    assert_eq!(same.n_payments, row.n_payments - 1, "{done}");
    assert!(same.covered_until < row.covered_until);
    let undone = store.write(Actor::console(), move |tx| {
        let event = platform::events::get(tx, &event)?;
        records::undo_event(tx, &event).map(drop)
    });
    undone.wait().unwrap();
    run(store);
    let again = of(store, &row.person_id);
    assert!(
        again.iter().any(|one| one.started_on == row.started_on && one.covered_until == row.covered_until)
    );
}

fn pages_and_programs_show_them(app: TestApp) {
    let page = app.get("/contracts").ok().shows("Running contracts").shows("How long they last");
    let page = page.shows("Jahres-Abo").shows("Can the risks be believed?").shows("log-rank test");
    let next = page.body.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    app.get(&next.replace("&amp;", "&").replace("&#38;", "&")).ok();
    app.get("/contracts?by=renewal").ok();
    app.get("/contracts?by=end").ok().shows("ended");
    assert_eq!(app.get("/contracts?by=nothing").status, 422);
    app.get("/scores").ok().shows("Which running contracts will not be renewed?");
    app.get("/scores/contract_churn").ok().shows("Said and come").shows("Number of renewals so far");
    app.get("/rfm").ok().shows("pay by period");
    let row = app.store().read(|s| contracts::list(s, &By::Risk, None, 1)).wait().unwrap().remove(0);
    app.get(&format!("/people/{}", row.person_id)).ok().shows("Risk of not renewing");
    app.get(&format!("/contracts?product={}", row.product_id)).ok().shows("Contracts for");
    app.get(&format!("/products/{}", row.product_id)).ok().shows("Paid by period");
    app.get("/dictionary/churn_contract").ok().shows("14 days");
    app.get("/scores/export").ok().shows("Risk that the contract is not renewed");
    let secret = token(&app, Role::Member);
    let program = Program { app, secret };
    let first = program.get("/contracts?by=risk&limit=1").is(200);
    assert_eq!(first["data"][0]["person_id"], row.person_id.as_str());
    assert_eq!(first["data"][0]["risk"].as_f64(), row.risk);
    let second =
        program.get(&format!("/contracts?by=risk&limit=1&after={}", first["next"].as_str().unwrap())).is(200);
    assert!(second["data"][0]["risk"].as_f64() <= row.risk && second["data"][0] != first["data"][0]);
    assert_eq!(program.get("/contracts?by=name").refused_at("by"), "“name” is not risk, renewal or end");
    // The imports ran in the hands of the test; their jobs find nothing left to do.
    program.app.run_jobs();
}

fn without_a_product_that_renews_nothing_is_said_and_the_page_says_what_to_do(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/contracts").ok().shows("No turn has looked for contracts yet");
    run(app.store());
    app.get("/contracts").ok().shows("Mark the products that are paid by period");
    app.get("/scores/contract_churn").ok().shows("It needs").shows("mark them on their pages");
    let fields = [("name", "Abo"), ("sku", "ABO"), ("renews_months", "zwei")];
    app.post("/products", &fields).shows("is no whole number of months");
    app.post("/products", &[("name", "Abo"), ("sku", "ABO"), ("renews_months", "61")])
        .shows("1 to 60 months");
    let saved = app.post("/products", &[("name", "Abo"), ("sku", "ABO"), ("renews_months", "12")]);
    app.get(saved.location()).ok().shows("every 12 months");
    let key = products::sku_key("abo").into_owned();
    let product = app.store().read(move |s| products::by_sku_key(s, &key)).wait().unwrap().unwrap();
    assert_eq!(product.renews_months, Some(12));
    run(app.store());
    app.get("/contracts").ok().shows("No contract was found");
}
