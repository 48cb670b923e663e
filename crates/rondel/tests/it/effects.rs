//! Effects against a firm whose truth is known: people are drawn into arms, buy day by day, and somebody looks every morning.

use cycle::act::experiments;
use cycle::calendar::Day;
use cycle::measure::effects::{self, Conclusion, Effect, Role};
use cycle::measure::{attribution, calibration, returns, scorecards};
use libtest_mimic::Trial;
use platform::clock::DAY;
use platform::store::{Param, Store};
use platform::{By, Micros, params};
use records::merges::Choices;
use records::people;
use statistics::pseudo_random::Generator;

use crate::support::app::TestApp;
use crate::support::{Installation, NOON, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_mail_that_works_is_seen_to_work_and_its_window_closes,
        an_action_without_effect_is_said_to_have_none,
        groups_of_the_wrong_size_are_not_trusted,
        orders_that_come_late_mend_the_look_of_their_day,
        who_is_merged_after_the_launch_stays_in_the_arm_with_all_orders,
        companies_are_compared_as_a_whole,
        what_follows_from_a_result_is_shown_and_adds_up,
    ]
}

const WINDOW_DAYS: i64 = 14;

/// A firm whose customers buy by chance, each at their own pace, `lift` times as fast when treated.
struct Firm {
    n_people: usize,
    held_out: f64,
    lift: f64,
    seed: u64,
}

const FIRM: Firm = Firm { n_people: 1_500, held_out: 0.2, lift: 1.0, seed: 1 };

impl Firm {
    /// Writes people, their orders of 60 days before and of the window, and a launched experiment on revenue.
    fn into(self, store: &Store) {
        let mut g = Generator::from_seed(self.seed);
        let (mut people, mut orders, mut drawn) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..self.n_people {
            let id = format!("per_{i:06}");
            let is_held_out = g.uniform() < self.held_out;
            let arm = if is_held_out { "holdout" } else { "treated" };
            let company = format!("com_{:03}", i % 97);
            let name = format!("P {i}");
            people.extend(owned(&params![id, name, "p", "p", company, NOON, NOON]));
            drawn.extend(owned(&params!["exp_1", id, arm, NOON]));
            let pace = g.gamma(1.0, 12.0);
            for day in -60..WINDOW_DAYS {
                let lift = if day >= 0 && !is_held_out { self.lift } else { 1.0 };
                if g.uniform() < pace * lift {
                    let cents = (1500.0 * f64::exp(0.5 * g.normal())) as i64;
                    let at = NOON + day * DAY + 3_600_000_000;
                    let no = orders.len() / 13;
                    orders.extend(order(&format!("ord_{no:06}"), &id, at, cents));
                }
            }
        }
        let held_out = (self.held_out * 1000.0) as i64;
        store
            .write(By::console(), move |tx| {
                let columns = ["id", "name", "name_key", "family_key", "company_id", "created_at", "updated_at"];
                tx.insert_rows("people", &columns, "", &people)?;
                tx.insert_rows("orders", &ORDER, "", &orders)?;
                tx.execute(
                    "INSERT INTO experiments (id, name, unit, assignment_key, holdout_permille, arms_json, metric_key,
                       metric_version, window_days, pre_days, guardrails_json, state, n_people, n_in_control,
                       n_unreachable, launched_at, ends_at, created_at, updated_at, version)
                     VALUES ('exp_1', 'Test', 'person', 'k', $1, $2, 'revenue', 1, $3, 60, $4, 'running', 0, 0, 0, $5, $6,
                       $5, $5, 1)",
                    &params![
                        held_out,
                        serde_json::json!([
                            { "name": "holdout", "permille": held_out },
                            { "name": "treated", "permille": 1000 - held_out },
                        ])
                        .to_string(),
                        WINDOW_DAYS,
                        r#"[{"key":"return_rate","version":1}]"#,
                        NOON,
                        NOON + WINDOW_DAYS * DAY
                    ],
                )?;
                let columns = ["experiment_id", "person_id", "arm", "assigned_at"];
                tx.insert_rows("experiment_people", &columns, "", &drawn)
            })
            .wait()
            .unwrap();
    }
}

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

fn order(id: &str, person: &str, at: Micros, cents: i64) -> Vec<Param<'static>> {
    owned(&params![id, id, id, person, at, false, "placed", "EUR", cents, cents, 1, at, at])
}

fn owned(values: &[Param<'_>]) -> Vec<Param<'static>> {
    values.iter().map(|value| value.clone().into_owned()).collect()
}

/// Somebody looks every morning until nothing more is to be seen; all looks.
fn look_every_day(app: &TestApp, n_days: i64) -> Vec<Effect> {
    for _ in 0..n_days {
        app.wait(DAY);
        effects::run(app.store()).unwrap();
    }
    looks(app.store())
}

fn looks(store: &Store) -> Vec<Effect> {
    store.read(|s| effects::history(s, "exp_1")).wait().unwrap()
}

/// Revenue per person of an arm in the window until now, counted by itself.
fn mean_of(store: &Store, arm: &'static str) -> f64 {
    store
        .read(move |s| {
            s.one(
                "SELECT CAST(COALESCE(sum(o.counted_minor), 0) AS BIGINT), count(DISTINCT e.person_id)
                 FROM experiment_people e LEFT JOIN orders o ON o.person_id = e.person_id AND o.ordered_at >= $1
                 WHERE e.arm = $2",
                &params![NOON, arm],
                |row| Ok(row.get::<i64>(0)? as f64 / row.get::<i64>(1)? as f64),
            )
        })
        .wait()
        .unwrap()
}

fn a_mail_that_works_is_seen_to_work_and_its_window_closes(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    Firm { lift: 1.8, seed: 4, ..FIRM }.into(app.store());
    let seen = look_every_day(&app, WINDOW_DAYS + 3);
    let last = seen.last().unwrap();
    assert!(last.is_final && seen.iter().filter(|look| look.is_final).count() == 1);
    assert_eq!(last.conclusion, Conclusion::Works, "{}", last.why);
    assert_eq!(last.until_at, NOON + WINDOW_DAYS * DAY);
    assert!((last.mean_treated.unwrap() - mean_of(app.store(), "treated")).abs() < 1e-6);
    assert!((last.mean_holdout.unwrap() - mean_of(app.store(), "holdout")).abs() < 1e-6);
    // A pace of 1/12 a day, 1,500 cents times e^(1/8), 80 % more of it for 14 days.
    let truth = 14.0 / 12.0 * 1500.0 * 0.125f64.exp() * 0.8;
    for look in seen.iter().filter(|look| look.is_final) {
        let found = look.found.unwrap();
        assert!(found.low < truth && truth < found.high, "{found:?} does not hold {truth}");
        assert!(found.always_low < found.low && found.high < found.always_high);
    }
    let money = last.money.unwrap();
    assert!(money.low_minor > 0 && money.minor > money.low_minor && money.high_minor > money.minor);
    assert!((last.total_effect.unwrap() - money.minor as f64).abs() < 1.0);
    assert!(last.method.contains("CUPED"), "{}", last.method);
    let (id, experiment) = (last.id.clone(), last.experiment_id.clone());
    let (metrics, ended) = app
        .store()
        .read(move |s| Ok((effects::metrics_of(s, &id)?, experiments::get(s, &experiment)?.state)))
        .wait()
        .unwrap();
    assert_eq!(
        metrics.iter().map(|m| m.role).collect::<Vec<_>>(),
        [Role::Primary, Role::Money, Role::Guardrail]
    );
    assert_eq!(ended, experiments::State::Ended);
    app.run_jobs();
}

fn an_action_without_effect_is_said_to_have_none(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    Firm { seed: 8, ..FIRM }.into(app.store());
    let seen = look_every_day(&app, WINDOW_DAYS + 1);
    assert!(seen.iter().rev().skip(1).all(|look| look.conclusion == Conclusion::CannotTellYet));
    assert_eq!(seen.last().unwrap().conclusion, Conclusion::NoEffectShown);
    app.run_jobs();
}

fn groups_of_the_wrong_size_are_not_trusted(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    Firm { lift: 2.5, seed: 5, ..FIRM }.into(app.store());
    let lose = "DELETE FROM experiment_people WHERE arm = 'holdout' AND person_id < 'per_000700'";
    app.store().write(By::console(), move |tx| tx.execute(lose, &[])).wait().unwrap();
    let seen = look_every_day(&app, 6);
    let last = seen.last().unwrap();
    assert_eq!(last.conclusion, Conclusion::CannotTellYet);
    assert!(last.srm_p.unwrap() < 1e-6 && last.why.contains("sizes"), "{}", last.why);
    app.run_jobs();
}

fn orders_that_come_late_mend_the_look_of_their_day(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    Firm { seed: 6, ..FIRM }.into(app.store());
    let before = look_every_day(&app, 4);
    let late = order("ord_late", "per_000001", NOON + 10, 10_000_000);
    app.store().write(By::console(), move |tx| tx.insert_rows("orders", &ORDER, "", &late)).wait().unwrap();
    effects::run(app.store()).unwrap();
    let after = looks(app.store());
    assert_eq!(before.len(), after.len());
    let (old, new) = (before.last().unwrap(), after.last().unwrap());
    assert!(old.id == new.id && old.mean_treated != new.mean_treated || old.mean_holdout != new.mean_holdout);
    app.run_jobs();
}

fn who_is_merged_after_the_launch_stays_in_the_arm_with_all_orders(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    Firm { seed: 6, ..FIRM }.into(app.store());
    let before = look_every_day(&app, 4);
    let held_out: (String, i64) = app
        .store()
        .read(|s| {
            let sql = "SELECT min(person_id), count(*) FROM experiment_people WHERE arm = 'holdout'";
            s.one(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .wait()
        .unwrap();
    // The person becomes one with a stranger, and that one with another; the last of them buys once more in the window.
    let member = held_out.0.clone();
    let merged = app.store().write(By::console(), move |tx| {
        let columns = ["id", "name", "name_key", "family_key", "created_at", "updated_at"];
        for id in ["per_other", "per_last"] {
            tx.insert_rows("people", &columns, "", &params![id, id, id, id, NOON, NOON])?;
        }
        people::merge(tx, "per_other", &member, &Choices::default())?;
        people::merge(tx, "per_last", "per_other", &Choices::default())?;
        tx.insert_rows("orders", &ORDER, "", &order("ord_late", "per_last", NOON + 10, 10_000_000))
    });
    merged.wait().unwrap();
    effects::run(app.store()).unwrap();
    let after = looks(app.store());
    let (old, new) = (before.last().unwrap(), after.last().unwrap());
    let more = new.mean_holdout.unwrap() - old.mean_holdout.unwrap();
    assert!((more - 10_000_000.0 / held_out.1 as f64).abs() < 1e-6, "{more} more for each of {}", held_out.1);
    assert_eq!(new.mean_treated, old.mean_treated);
    app.run_jobs();
}

fn companies_are_compared_as_a_whole(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    Firm { lift: 2.0, seed: 7, ..FIRM }.into(app.store());
    // All people of a company stand in one arm.
    let regroup = |tx: &mut platform::Tx<'_>| {
        tx.execute("UPDATE experiments SET unit = 'company'", &[])?;
        tx.execute(
            "UPDATE experiment_people SET arm = CASE WHEN CAST(substr(person_id, 5) AS BIGINT) % 97 < 20
               THEN 'holdout' ELSE 'treated' END",
            &[],
        )
    };
    app.store().write(By::console(), regroup).wait().unwrap();
    let seen = look_every_day(&app, 5);
    let last = seen.last().unwrap();
    assert!(last.method.contains("companies") && last.found.is_some(), "{}", last.method);
    assert!(last.srm_p.unwrap() > 0.5, "20 of 97 companies are about a fifth");
    app.run_jobs();
}

/// The action of the experiment: a call list that was expected to bring 10 euros each, and cost 200.
fn act(store: &Store) {
    store
        .write(By::console(), |tx| {
            tx.execute(
                "INSERT INTO actions (id, kind, name, hypothesis, state, purpose, expected_per_person, expected_low,
                   expected_high, expected_how, launched_at, created_at, updated_at, version)
                 VALUES ('act_1', 'call_list', 'Ring them', 'h', 'running', 'marketing', 1000.0, 500.0, 3000.0, 'guessed', $1,
                   $1, $1, 1)",
                &params![NOON],
            )?;
            tx.execute("UPDATE experiments SET action_id = 'act_1'", &[])?;
            tx.execute(
                "INSERT INTO costs (id, turn_id, action_id, kind, is_planned, amount_minor, team, description, at, created_at)
                 VALUES ('cost_1', 'turn_1', 'act_1', 'time', 0, 20000, 'Sales', 'calls', $1, $1)",
                &params![NOON],
            )?;
            tx.execute(
                "INSERT INTO exposures (experiment_id, person_id, kind, at)
                 SELECT experiment_id, person_id, 'called', $1 FROM experiment_people WHERE arm = 'treated'",
                &params![NOON + DAY],
            )
        })
        .wait()
        .unwrap();
}

fn what_follows_from_a_result_is_shown_and_adds_up(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    for page in ["", "/goals", "/results", "/credit", "/contributions", "/stop", "/calibration"] {
        app.get(&format!("/measure{page}")).ok();
    }
    Firm { lift: 2.0, seed: 9, ..FIRM }.into(app.store());
    act(app.store());
    app.get("/measure").ok().shows("No look yet");
    app.wait(3 * DAY);
    app.post("/measure/results/exp_1/looks", &[]);
    app.get("/measure/results/exp_1")
        .ok()
        .shows("Day by day")
        .shows("/actions/act_1")
        .shows("Chance of sizes");
    for _ in 3..=WINDOW_DAYS {
        app.wait(DAY);
        let enqueue = |tx: &mut platform::Tx<'_>| effects::enqueue(tx);
        app.store().write(By::system(), enqueue).wait().unwrap();
        app.run_jobs();
    }
    let last = looks(app.store()).pop().unwrap();
    assert!(last.is_final && last.conclusion == Conclusion::Works, "{}", last.why);
    assert_eq!(last.cost_minor, Some(20_000));
    app.get("/measure").ok().shows("1 of 1").shows("Ring them").shows("Works");
    app.get("/measure/results?conclusion=works").ok().shows("Ring them");
    app.get("/measure/credit").ok().shows("Ring them").shows("Nobody proved");
    app.get("/measure/contributions").ok().shows("sales").shows("needs the cost of winning customers");
    app.get("/measure/stop").ok().shows("Nothing: no action");
    app.get("/measure/calibration").ok().shows("The command line").shows("Too few to judge").shows("Held");
    follows(app.store(), &last);
}

/// Returns, credit, departments and the ledger agree with the result.
fn follows(store: &Store, last: &Effect) {
    let (returned, shared, cards, ledger) = store
        .read(|s| {
            let list = effects::List { limit: 10, ..effects::List::default() };
            let now = s.now();
            Ok((
                returns::list(s, &list)?,
                attribution::share(s, Day::of(now).plus(-30), now)?,
                scorecards::list(s, None)?.unwrap(),
                calibration::list(s, None, None, 10)?,
            ))
        })
        .wait()
        .unwrap();
    let money = last.money.unwrap();
    assert_eq!(returned[0].net.unwrap().minor, money.minor - 20_000);
    let credit = &shared.credits[0];
    assert_eq!(credit.proved_minor, Some(money.minor));
    assert!(credit.given <= money.minor as f64);
    assert!((credit.given + shared.rest - shared.touched).abs() < 1e-6);
    for claimed in &credit.claimed {
        assert!((claimed - shared.touched).abs() < 1e-6, "one action claims all that followed a touch");
    }
    assert_eq!((cards[0].department.as_str(), cards[0].share.round() as i64), ("sales", money.minor));
    assert_eq!(ledger[0].outcome, last.found.map(|found| found.estimate));
    assert_eq!(ledger[0].held(), Some(true));
}
