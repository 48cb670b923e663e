//! Goals from a draft over the gate to a verdict.

#![allow(clippy::unwrap_used, reason = "tests")]

mod firm;

use cycle::calendar::Day;
use cycle::plan::goals::{self, Concluded, Goal, Input, Prepared, Standing, State};
use cycle::plan::periods::Cadence;
use firm::{Bought, NOW, fill, store};
use platform::auth::{self, NewUser, Role};
use platform::{By, Error, Store};

/// A hundred customers a month over 2023, each with one order of €10 and a little more every month.
fn growing_firm(store: &Store) {
    let customers = (0..1200)
        .map(|n| {
            let month = Day::first_of_month(2023 * 12 + n / 100);
            (
                None,
                vec![Bought {
                    day: month.0 + n % 28,
                    cents: 1000 + i64::from(n / 100) * 10 + i64::from(n % 7),
                }],
            )
        })
        .collect();
    fill(store, customers);
}

fn owner(store: &Store) -> String {
    let user = NewUser {
        email: "ada@example.com".to_string(),
        name: "Ada".to_string(),
        role: Role::Owner,
        password: "correct horse battery".to_string(),
    };
    auth::create(store, By::console(), user).unwrap().id
}

fn wanted(owner: &str) -> Input {
    Input {
        name: "More revenue".to_string(),
        metric: Some("revenue".to_string()),
        target: Some(140_000.0),
        due_on: Some(Day::parse("2024-03-31").unwrap()),
        owner_id: Some(owner.to_string()),
        guardrails: vec![("return_rate".to_string(), None)],
        ..Input::default()
    }
}

fn prepare(store: &Store, input: &Input) -> Prepared {
    let input = input.clone();
    store.scan(move |s| goals::prepare(s, &input)).wait().unwrap()
}

fn draft(store: &Store, input: &Input) -> Result<Goal, Error> {
    let (input, prepared) = (input.clone(), prepare(store, input));
    store.write(By::console(), move |tx| goals::create(tx, &input, &prepared)).wait()
}

fn open(store: &Store, goal: &Goal) -> Result<Goal, Error> {
    let (id, version, prepared) = (goal.id.clone(), goal.version, prepare(store, &goal.input()));
    store.write(By::console(), move |tx| goals::open(tx, &id, version, &prepared)).wait()
}

/// The fields that the gate refuses.
fn refused(store: &Store, input: &Input) -> Vec<String> {
    match open(store, &draft(store, input).unwrap()) {
        Err(Error::Invalid(problems)) => problems.into_iter().map(|p| p.field).collect(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_goal_opens_with_its_baseline_trend_and_guardrail_fixed() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    growing_firm(&store);
    let input = wanted(&owner(&store));
    let goal = open(&store, &draft(&store, &input).unwrap()).unwrap();
    let baseline = goal.baseline.clone().unwrap();
    assert_eq!((goal.state, goal.version), (State::Open, 2));
    // December: 100 orders of €11.10 and 0 to 6 cents more.
    assert_eq!(baseline.series.len(), 12);
    assert!((baseline.value - 111_300.0).abs() < 10.0, "{}", baseline.value);
    let (low, high) = (baseline.low.unwrap(), baseline.high.unwrap());
    assert!(low < 114_300.0 && 114_300.0 < high && high - low < 500.0, "{low} to {high}");
    assert!(baseline.warnings[0].contains("lies beyond that"), "{:?}", baseline.warnings);
    assert!(baseline.warnings[1].contains("never better"), "{:?}", baseline.warnings);
    assert_eq!((goal.guardrails[0].baseline, goal.guardrails[0].worst), (Some(0.0), Some(0.0)));
    let again = open(&store, &goal);
    assert!(matches!(again, Err(Error::Conflict(words)) if words.contains("stays as it was agreed")));
    let progress = store.scan(move |s| goals::progress(s, &goal)).wait().unwrap().unwrap();
    assert_eq!(progress.standing, Standing::NotYet);
    assert_eq!((progress.now.value, progress.share_of_way), (Some(baseline.value), Some(0.0)));
    assert!(progress.broken.is_empty());
}

#[test]
fn a_guardrail_takes_the_limit_that_was_stated_and_none_that_is_crossed_already() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    growing_firm(&store);
    let whole = wanted(&owner(&store));
    let guarded = |metric: &str, worst: f64| Input {
        guardrails: vec![(metric.to_string(), Some(worst))],
        ..whole.clone()
    };
    let stated = draft(&store, &guarded("return_rate", 0.08)).unwrap();
    assert_eq!(
        (stated.guardrails[0].worst, stated.input().guardrails[0].clone()),
        (Some(0.08), ("return_rate".to_string(), Some(0.08))),
        "the limit survives another look at the draft"
    );
    assert_eq!(open(&store, &stated).unwrap().guardrails[0].worst, Some(0.08));
    // About 100 of 100 orders a month: more were wanted before anything was done.
    assert_eq!(refused(&store, &guarded("orders", 5_000.0)), ["guardrails"]);
}

#[test]
fn the_gate_says_what_is_missing_and_what_cannot_be() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    growing_firm(&store);
    let whole = wanted(&owner(&store));
    let named = |name: &str| Input { name: name.to_string(), ..Input::default() };
    assert_eq!(refused(&store, &named("Better")), ["metric", "target", "owner", "due_on"]);
    let yesterday = Input { due_on: Some(Day::of(NOW).plus(-1)), ..whole.clone() };
    assert_eq!(refused(&store, &yesterday), ["due_on"]);
    let today = Input { due_on: Some(Day::of(NOW)), ..whole.clone() };
    assert_eq!(refused(&store, &today), ["due_on"]);
    let less = Input { target: Some(100_000.0), ..whole.clone() };
    assert_eq!(refused(&store, &less), ["target"]);
    let too_much =
        Input { metric: Some("repeat_purchase_rate".to_string()), target: Some(1.5), ..whole.clone() };
    assert_eq!(refused(&store, &too_much), ["target"]);
    assert!(
        matches!(draft(&store, &named(" ")), Err(Error::Invalid(problems)) if problems[0].field == "name")
    );
    let stranger = Input { owner_id: Some("usr_none".to_string()), ..whole.clone() };
    assert!(
        matches!(draft(&store, &stranger), Err(Error::Invalid(problems)) if problems[0].field == "owner")
    );
    let own = Input { guardrails: vec![("revenue".to_string(), None)], ..whole.clone() };
    assert!(
        matches!(draft(&store, &own), Err(Error::Invalid(problems)) if problems[0].field == "guardrails")
    );
    let input = Input { metric: Some("csat".to_string()), ..whole };
    let refused = store.scan(move |s| goals::prepare(s, &input)).wait().unwrap_err();
    assert!(refused.to_string().contains("it needs survey answers"));
}

#[test]
fn a_goal_about_nobody_or_without_data_does_not_open() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let whole = wanted(&owner(&store));
    assert_eq!(refused(&store, &whole), ["baseline", "segment"]);
}

#[test]
fn a_goal_is_judged_dropped_and_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    growing_firm(&store);
    let input = Input { period: Cadence::Quarter, target: Some(400_000.0), ..wanted(&owner(&store)) };
    let draft = draft(&store, &input).unwrap();
    let (id, version) = (draft.id.clone(), draft.version);
    let verdict = serde_json::json!({ "share": 1 });
    let judge = {
        let (id, verdict) = (id.clone(), verdict.clone());
        move |tx: &mut platform::Tx<'_>| goals::conclude(tx, &id, Concluded::CannotTell, &verdict)
    };
    assert!(matches!(store.write(By::console(), judge.clone()).wait(), Err(Error::Conflict(_))));
    open(&store, &draft).unwrap();
    let stale = {
        let (id, prepared) = (id.clone(), prepare(&store, &input));
        store.write(By::console(), move |tx| goals::update(tx, &id, version, &input, &prepared)).wait()
    };
    assert!(matches!(stale, Err(Error::Conflict(words)) if words.contains("in the meantime")));
    let dropping = {
        let id = id.clone();
        store.write(By::console(), move |tx| goals::drop_goal(tx, &id, " ")).wait()
    };
    assert!(matches!(dropping, Err(Error::Invalid(problems)) if problems[0].field == "why"));
    let judged = store.write(By::console(), judge).wait().unwrap();
    assert_eq!((judged.state, judged.verdict), (State::CannotTell, Some(verdict)));
    let back = store
        .write(By::console(), move |tx| {
            let event = goals::history(tx, &id, 1)?.remove(0);
            goals::undo_event(tx, &event)?;
            goals::get(tx, &id)
        })
        .wait()
        .unwrap();
    assert_eq!((back.state, back.verdict), (State::Open, None));
}
