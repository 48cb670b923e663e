//! What a turn keeps for the pages of a large workspace: the same figures as the pages count anew in a small one.

use cycle::act::segments;
use cycle::calendar::Day;
use cycle::interpret;
use cycle::measure::{attribution, economics};
use cycle::plan::goals;
use cycle::plan::kept::{self, Counts};
use cycle::plan::metrics::{self, Measured, Metric};
use cycle::plan::periods::{Cadence, Period};
use cycle::plan::sources;
use cycle::turn::{self, Options};
use libtest_mimic::Trial;
use platform::clock::DAY;
use platform::{By, Micros, Param, Snapshot, Store, params};
use records::people;
use statistics::pseudo_random::Generator;

use crate::support::app::TestApp;
use crate::support::{Installation, NOON, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        metrics_that_a_turn_keeps_have_the_values_and_errors_that_pages_count,
        pages_show_the_same_kept_and_counted_anew,
        pages_say_when_their_figures_were_counted,
        a_turn_of_a_small_workspace_keeps_nothing,
        what_another_version_kept_in_another_form_is_counted_anew,
    ]
}

const PERSON: [&str; 7] = ["id", "name", "name_key", "family_key", "email_key", "created_at", "updated_at"];
const ORDER: [&str; 13] = [
    "id",
    "number",
    "number_key",
    "person_id",
    "ordered_at",
    "is_return",
    "status",
    "currency",
    "total_minor",
    "counted_minor",
    "n_lines",
    "created_at",
    "updated_at",
];
/// Days of history until today.
const HISTORY_DAYS: i64 = 800;
const N_PEOPLE: usize = 150;

/// An order of somebody or, without a person, of nobody in particular.
fn order(number: usize, person: Option<&str>, at: Micros, cents: i64) -> [Param<'static>; 13] {
    let number = format!("ord_{number:06}");
    let person = person.map(str::to_string);
    params![number, number, number, person, at, cents < 0, "placed", "EUR", cents, cents, 1, at, at]
        .map(Param::into_owned)
}

/// People who come and go, order, return and are at times deleted; orders of nobody; a week of amounts that cannot be right.
fn fill(store: &Store) {
    let mut g = Generator::from_seed(3);
    let (mut people, mut orders, mut n) = (Vec::new(), Vec::new(), 0);
    for i in 0..N_PEOPLE {
        let id = format!("per_{i:06}");
        let email = (i % 3 > 0).then(|| format!("p{i}@shop.example"));
        let name = format!("P {i}");
        people.extend(params![id, name, "p", "p", email, NOON, NOON].map(Param::into_owned));
        let pace = 0.01 + 0.04 * g.uniform();
        let first = g.below(790) as i64;
        let last = first + 60 + g.below(500) as i64;
        for day in first..last.min(HISTORY_DAYS) {
            if g.uniform() > pace {
                continue;
            }
            let at = NOON - (HISTORY_DAYS - day) * DAY;
            let is_jump = (600..607).contains(&day);
            let cents = (1 + g.below(9_000) as i64) * if is_jump { 100 } else { 1 };
            let whose = (g.below(20) > 0).then_some(id.as_str());
            for cents in [Some(cents), (g.below(9) == 0).then_some(-cents / 2 - 1)].into_iter().flatten() {
                orders.extend(order(n, whose, at, cents));
                n += 1;
            }
        }
    }
    let write = move |tx: &mut platform::Tx<'_>| {
        tx.insert_rows("people", &PERSON, "", &people)?;
        tx.insert_rows("orders", &ORDER, "", &orders)?;
        people::delete(tx, "per_000007").map(drop)
    };
    store.write(By::console(), write).wait().unwrap();
}

/// Runs a turn that keeps what it counts, as in a workspace of many orders.
fn turned(store: &Store) {
    let options = Options { kept_from_orders: 0, ..Options::default() };
    turn::run(store, &options, &mut |_| {}).unwrap();
}

fn forget(store: &Store) {
    store.write(By::system(), |tx| kept::replace(tx, &Counts::default())).wait().unwrap();
}

fn measured(store: &Store, cadence: Cadence) -> (Vec<Metric>, Vec<Vec<Measured>>, Option<Micros>) {
    let read = move |s: &mut Snapshot<'_>| {
        let mut known = metrics::list(s)?;
        known.retain(|metric| metric.lacks().is_none());
        let as_of = goals::known_until(s)?;
        let (series, counted_at) = goals::measured_lately(s, &known, cadence, as_of)?;
        Ok((known, series, counted_at))
    };
    store.read(read).wait().unwrap()
}

fn metrics_that_a_turn_keeps_have_the_values_and_errors_that_pages_count(installation: &Installation) {
    let store = installation.store();
    fill(&store);
    turned(&store);
    let kept = Cadence::ALL.map(|cadence| measured(&store, cadence));
    forget(&store);
    let mut n_errors = 0;
    for (cadence, (known, kept, counted_at)) in Cadence::ALL.into_iter().zip(kept) {
        let (_, anew, anew_at) = measured(&store, cadence);
        assert!(counted_at.is_some() && anew_at.is_none());
        for ((metric, kept), anew) in known.iter().zip(kept).zip(anew) {
            assert_eq!(kept.len(), anew.len(), "{} by {}", metric.key, cadence.name());
            for (kept, anew) in kept.into_iter().zip(anew) {
                let near = |x: Option<f64>, y: Option<f64>| match (x, y) {
                    (Some(x), Some(y)) => (x - y).abs() <= 1e-9 * y.abs().max(1.0),
                    (x, y) => x == y,
                };
                let says = format!("{}: {kept:?} {anew:?}", metric.key);
                assert_eq!(kept.period, anew.period, "{says}");
                assert!(near(Some(kept.numerator), Some(anew.numerator)), "{says}");
                assert!(near(Some(kept.denominator), Some(anew.denominator)), "{says}");
                assert!(near(kept.value, anew.value) && near(kept.error, anew.error), "{says}");
                n_errors += usize::from(anew.error.is_some());
            }
        }
    }
    assert!(n_errors > 200, "{n_errors}");
}

/// What the pages of the whole firm show, in words, without when it was counted.
fn shown(store: &Store) -> Vec<String> {
    let read = |s: &mut Snapshot<'_>| {
        let (today, now) = (Day::of(s.now()), s.now());
        let economics = economics::of(s, Period::ending(today, Cadence::Quarter))?;
        let shared = attribution::share(s, today.plus(1 - attribution::DAYS), now)?;
        let report = interpret::report::html(s)?;
        let mut shown = vec![
            format!("{} new customers", economics.n_new_customers),
            format!("{} sold", shared.all_minor),
            format!("{:?}", sources::by_month(s, "orders")?.months),
            format!("{:?}", segments::starters(s)?.0),
        ];
        let lines = report.lines().filter(|line| !line.contains("The turn counted"));
        shown.extend(lines.map(str::to_string));
        Ok(shown)
    };
    store.read(read).wait().unwrap()
}

fn pages_show_the_same_kept_and_counted_anew(installation: &Installation) {
    let store = installation.store();
    fill(&store);
    turned(&store);
    let kept = shown(&store);
    forget(&store);
    let anew = shown(&store);
    assert!(!anew[0].starts_with("0 "), "{}", anew[0]);
    let left_out = "orders of a period whose amounts cannot be right are left out";
    assert!(anew.iter().any(|line| line.contains(left_out)));
    assert_eq!(kept.len(), anew.len());
    for (kept, anew) in kept.iter().zip(&anew) {
        assert_eq!(kept, anew);
    }
}

fn pages_say_when_their_figures_were_counted(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    fill(app.store());
    turned(app.store());
    for (path, what) in [
        ("/dictionary", "The newest turn counted them"),
        ("/dictionary/revenue", "The newest turn counted them"),
        ("/dictionary/retention?by=quarter", "The newest turn counted them"),
        ("/measure/contributions", "The newest turn counted new customers"),
        ("/measure/credit", "The newest turn counted all orders"),
        ("/sources", "The newest turn counted the months of orders"),
        ("/segments/starters", "The newest turn counted them"),
        ("/insights/report", "The turn counted the orders by month and year"),
    ] {
        app.get(path).ok().shows(what);
    }
    // What comes after the last day of the turn is counted at once where that is little.
    let before = shown(app.store());
    let today = order(999_999, Some("per_000001"), NOON - 1, 500);
    let write = move |tx: &mut platform::Tx<'_>| tx.insert_rows("orders", &ORDER, "", &today).map(drop);
    app.store().write(By::console(), write).wait().unwrap();
    let after = shown(app.store());
    assert_eq!(before[0], after[0]);
    assert_ne!(before[1], after[1], "all orders for money");
    assert_ne!(before[2], after[2], "orders of this month");
}

fn a_turn_of_a_small_workspace_keeps_nothing(installation: &Installation) {
    let store = installation.store();
    fill(&store);
    turned(&store);
    turn::run(&store, &Options::default(), &mut |_| {}).unwrap();
    assert_eq!(measured(&store, Cadence::Month).2, None, "what the turn before kept is gone");
}

fn what_another_version_kept_in_another_form_is_counted_anew(installation: &Installation) {
    let store = installation.store();
    fill(&store);
    turned(&store);
    let kept = shown(&store);
    let write =
        |tx: &mut platform::Tx<'_>| tx.execute("UPDATE kept_counts SET counted_json = '[1]'", &[]).map(drop);
    store.write(By::system(), write).wait().unwrap();
    assert_eq!(shown(&store), kept);
    assert_eq!(measured(&store, Cadence::Month).2, None);
}
