//! The turn as a record: one at a time, gates from the data, cost, lawful bases, sign-offs, sources; and clocks that jump.

use cycle::calendar::Day;
use cycle::plan::budget::{self, Amount, CostKind, Side};
use cycle::plan::preflight::{self, LawfulBasis};
use cycle::plan::strategy::{self, Answer, Department, Focus};
use cycle::plan::turns::{self, Cadence, Input, State, Turn};
use cycle::plan::{goals, personas, sources};
use cycle::turn::{agenda, chain, close, gates};
use libtest_mimic::Trial;
use platform::clock::DAY;
use platform::{By, Error, Result, Store, Tx, events};
use records::people;

use crate::support::{Installation, NOON, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_turn_goes_from_plan_to_close_and_only_one_is_open,
        a_turn_that_ends_before_it_begins_or_lasts_for_years_is_refused,
        every_verb_on_a_turn_can_be_taken_back_unless_a_second_turn_would_be_open,
        a_clock_that_jumps_back_leaves_the_turn_as_it_was,
        gates_say_what_is_missing_and_where_and_a_waiver_has_a_reason,
        nothing_has_a_lawful_basis_until_somebody_states_it,
        planned_and_actual_cost_add_up_and_a_restated_cost_is_replaced,
        a_change_of_the_strategy_asks_all_departments_again,
        a_persona_shows_what_its_people_really_do,
        a_source_that_breaks_its_contract_is_told_unless_the_gap_is_stated,
        meetings_follow_the_turn_until_somebody_moves_them,
        lessons_are_written_once_and_not_over_those_of_somebody_else,
        a_turn_is_not_ended_while_a_goal_has_no_verdict_and_the_next_begins_with_what_was_taken,
    ]
}

pub fn change<T: Send + 'static>(
    store: &Store,
    verb: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> Result<T> {
    store.write(By::console(), move |tx| verb(tx)).wait()
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// A turn of the quarter in which the clock of the tests stands.
pub fn quarter() -> Input {
    Input::from(day("2024-01-01"), Cadence::Quarter)
}

fn opened(store: &Store) -> Turn {
    change(store, |tx| {
        let turn = turns::create(tx, &quarter())?;
        turns::open(tx, &turn.id)
    })
    .unwrap()
}

fn fields(error: &Error) -> Vec<&str> {
    match error {
        Error::Invalid(problems) => problems.iter().map(|problem| problem.field.as_str()).collect(),
        other => panic!("{other}"),
    }
}

fn a_turn_goes_from_plan_to_close_and_only_one_is_open(installation: &Installation) {
    let store = installation.store();
    assert_eq!(store.read(turns::current).wait().unwrap(), None);
    let first = opened(&store);
    assert_eq!((first.name.as_str(), first.ends_on), ("2024 quarter 1", day("2024-03-31")));
    let second = Input::from(day("2024-04-01"), Cadence::Month);
    let second = change(&store, move |tx| turns::create(tx, &second)).unwrap();
    assert_eq!((second.name.as_str(), second.ends_on), ("2024-04", day("2024-04-30")));
    assert_eq!(second.previous_turn_id.as_deref(), Some(first.id.as_str()));
    let id = second.id.clone();
    let refused = change(&store, move |tx| turns::open(tx, &id)).unwrap_err();
    assert!(refused.to_string().contains("2024 quarter 1 is still open"), "{refused}");
    let id = first.id.clone();
    let refused = change(&store, move |tx| turns::close(tx, &id)).unwrap_err();
    assert!(refused.to_string().contains("only a closing turn"), "{refused}");
    let (a, b) = (first.id.clone(), second.id.clone());
    let current = change(&store, move |tx| {
        turns::begin_close(tx, &a)?;
        turns::close(tx, &a)?;
        turns::open(tx, &b)?;
        turns::current(tx)
    });
    assert_eq!(current.unwrap().map(|turn| (turn.id, turn.state)), Some((second.id, State::Running)));
    let closed = store.read(move |s| turns::get(s, &first.id)).wait().unwrap();
    assert_eq!((closed.state, closed.closed_at), (State::Closed, Some(NOON)));
    let (id, version) = (closed.id.clone(), closed.version);
    let refused = change(&store, move |tx| turns::update(tx, &id, version, &quarter())).unwrap_err();
    assert!(refused.to_string().contains("stays as it is"), "{refused}");
}

fn a_turn_that_ends_before_it_begins_or_lasts_for_years_is_refused(installation: &Installation) {
    let store = installation.store();
    let wrong = |input: Input| change(&store, move |tx| turns::create(tx, &input)).unwrap_err();
    let backwards = Input { ends_on: day("2023-12-31"), ..quarter() };
    assert_eq!(fields(&wrong(backwards)), ["ends_on"]);
    let endless = Input { ends_on: day("2025-12-31"), ..quarter() };
    assert_eq!(fields(&wrong(endless)), ["ends_on"]);
    let nobody = Input { name: " ".to_string(), champion_id: Some("user_nobody".to_string()), ..quarter() };
    assert_eq!(fields(&wrong(nobody)), ["name", "champion_id"]);
    let over = Input::from(day("2023-10-01"), Cadence::Quarter);
    let over = change(&store, move |tx| turns::create(tx, &over)).unwrap();
    let refused = change(&store, move |tx| turns::open(tx, &over.id)).unwrap_err();
    assert_eq!(fields(&refused), ["ends_on"]);
}

fn every_verb_on_a_turn_can_be_taken_back_unless_a_second_turn_would_be_open(installation: &Installation) {
    let store = installation.store();
    let turn = opened(&store);
    let newest = |id: &str| {
        let id = id.to_string();
        store.read(move |s| events::timeline(s, &id, None, 1)).wait().unwrap().remove(0)
    };
    let open_event = newest(&turn.id);
    change(&store, move |tx| turns::undo_event(tx, &open_event)).unwrap();
    assert_eq!(store.read(turns::current).wait().unwrap(), None);
    let id = turn.id.clone();
    let again = change(&store, move |tx| turns::open(tx, &id)).unwrap();
    assert_eq!(again.version, 4);
    let id = turn.id.clone();
    change(&store, move |tx| {
        turns::begin_close(tx, &id)?;
        turns::close(tx, &id)
    })
    .unwrap();
    let close_event = newest(&turn.id);
    let next = Input::from(day("2024-02-01"), Cadence::Month);
    change(&store, move |tx| {
        let next = turns::create(tx, &next)?;
        turns::open(tx, &next.id)
    })
    .unwrap();
    let refused = change(&store, move |tx| turns::undo_event(tx, &close_event)).unwrap_err();
    assert!(refused.to_string().contains("2024-02 is still open"), "{refused}");
}

fn a_clock_that_jumps_back_leaves_the_turn_as_it_was(installation: &Installation) {
    let store = installation.store();
    let turn = opened(&store);
    assert_eq!(turn.days_left(Day::of(NOON)), 76);
    store.clock().advance(-400 * DAY);
    let today = Day::of(store.now());
    assert_eq!(turn.days_left(today), 91, "never more than the whole turn");
    let id = turn.id.clone();
    let (gates, agenda) = store
        .read(move |s| {
            let turn = turns::get(s, &id)?;
            let chain = chain::of_turn(s, &turn.id)?;
            let gates = gates::of_turn(s, &turn, &chain)?;
            let agenda = agenda::of_turn(s, &turn, &gates)?;
            Ok((gates, agenda))
        })
        .wait()
        .unwrap();
    assert_eq!((gates.len(), agenda.len()), (8, 3));
    let closed = change(&store, move |tx| {
        turns::begin_close(tx, &turn.id)?;
        turns::close(tx, &turn.id)
    })
    .unwrap();
    assert_eq!(closed.closed_at, closed.opened_at, "it does not end before it began");
}

fn gates_say_what_is_missing_and_where_and_a_waiver_has_a_reason(installation: &Installation) {
    let store = installation.store();
    let turn = opened(&store);
    let look = |id: &str| {
        let id = id.to_string();
        let read = move |s: &mut platform::Snapshot<'_>| {
            let turn = turns::get(s, &id)?;
            let chain = chain::of_turn(s, &turn.id)?;
            gates::of_turn(s, &turn, &chain)
        };
        store.read(read).wait().unwrap()
    };
    let found = look(&turn.id);
    let keys: Vec<&str> = found.iter().flat_map(|gate| &gate.conditions).map(|one| one.key).collect();
    assert_eq!(keys, gates::KEYS);
    assert_eq!(found[0].standing(), gates::Standing::NotYet);
    let process = &found[2];
    assert_eq!(process.missing().map(|one| one.key).collect::<Vec<_>>(), ["process.quality"]);
    assert_eq!(process.conditions[0].href, "/quality");
    let id = turn.id.clone();
    change(&store, move |tx| turns::waive(tx, &id, "process.quality", "the data are of yesterday")).unwrap();
    let process = look(&turn.id).remove(2);
    assert_eq!(process.standing(), gates::Standing::Waived);
    let waiver = process.conditions[0].waiver.clone().unwrap();
    assert_eq!((waiver.note.as_str(), waiver.at), ("the data are of yesterday", NOON));
    let id = turn.id.clone();
    change(&store, move |tx| turns::waive(tx, &id, "process.quality", " ")).unwrap();
    assert_eq!(look(&turn.id)[2].standing(), gates::Standing::NotYet);
}

fn nothing_has_a_lawful_basis_until_somebody_states_it(installation: &Installation) {
    let store = installation.store();
    let basis = |purpose: &'static str| store.read(move |s| preflight::basis_of(s, purpose)).wait().unwrap();
    assert_eq!((basis("marketing"), basis("service"), basis("unheard of")), (None, None, None));
    let state = |input: preflight::Input, version| {
        change(&store, move |tx| preflight::state(tx, "marketing", version, &input))
    };
    let weighed = preflight::Input {
        name: "Marketing".to_string(),
        lawful_basis: Some(LawfulBasis::LegitimateInterests),
        ..preflight::Input::default()
    };
    assert_eq!(fields(&state(weighed.clone(), 1).unwrap_err()), ["reason"]);
    let reason = Some("customers of the last year, about what they bought".to_string());
    state(preflight::Input { reason, ..weighed.clone() }, 1).unwrap();
    assert_eq!(basis("marketing"), Some(LawfulBasis::LegitimateInterests));
    assert!(matches!(state(weighed, 1), Err(Error::Conflict(_))), "somebody stated it since");
    let event = store.read(|s| events::timeline(s, "marketing", None, 1)).wait().unwrap().remove(0);
    change(&store, move |tx| preflight::undo_event(tx, &event)).unwrap();
    assert_eq!(basis("marketing"), None);
}

fn planned_and_actual_cost_add_up_and_a_restated_cost_is_replaced(installation: &Installation) {
    let store = installation.store();
    let turn = opened(&store);
    let cost = |kind, side, amount, source_key: Option<&str>| {
        let input = budget::Input {
            turn_id: turn.id.clone(),
            action_id: Some("act_1".to_string()),
            source_key: source_key.map(str::to_string),
            kind,
            side,
            amount,
            team: None,
            description: "calls".to_string(),
            at: None,
        };
        change(&store, move |tx| budget::state(tx, &input))
    };
    let time = Amount::Time { minutes: 95, hourly_rate_minor: 4_000 };
    assert_eq!(cost(CostKind::Time, Side::Actual, time, None).unwrap().amount_minor, 6_333);
    cost(CostKind::Discount, Side::Planned, Amount::Minor(50_000), None).unwrap();
    for minor in [1_000, 2_500, 2_500] {
        cost(CostKind::Send, Side::Actual, Amount::Minor(minor), Some("campaign:1")).unwrap();
    }
    let id = turn.id.clone();
    let totals = store.read(move |s| budget::of_turn(s, &id)).wait().unwrap();
    assert_eq!((totals.planned_minor, totals.actual_minor, totals.minutes), (50_000, 8_833, 95));
    assert_eq!(totals.by_kind["send"], (0, 2_500));
    assert_eq!(store.read(|s| budget::of_action(s, "act_1")).wait().unwrap(), totals);
    let wrong = cost(CostKind::Other, Side::Actual, Amount::Minor(-1), None).unwrap_err();
    assert_eq!(fields(&wrong), ["amount"]);
    let wrong = Amount::Time { minutes: 0, hourly_rate_minor: -1 };
    assert_eq!(
        fields(&cost(CostKind::Time, Side::Actual, wrong, None).unwrap_err()),
        ["minutes", "hourly_rate"]
    );
}

fn a_change_of_the_strategy_asks_all_departments_again(installation: &Installation) {
    let store = installation.store();
    let input = |objectives: &str| strategy::Input {
        focus: Focus::Marketing,
        engagement: None,
        objectives: Some(objectives.to_string()),
        tools: None,
        resources: None,
        champion_id: None,
        tasks: Vec::new(),
    };
    let keep = |seen, input: strategy::Input| change(&store, move |tx| strategy::keep(tx, seen, &input));
    let first = keep(0, input("Win back those who left")).unwrap();
    assert_eq!(first.version_no, 1);
    assert_eq!(keep(1, input("Win back those who left")).unwrap().id, first.id, "nothing changed");
    let sign = |id: &str, answer, note: Option<&'static str>| {
        let id = id.to_string();
        change(&store, move |tx| strategy::sign(tx, &id, Department::Sales, answer, note))
    };
    assert_eq!(fields(&sign(&first.id, Answer::Refused, None).unwrap_err()), ["note"]);
    sign(&first.id, Answer::Approved, None).unwrap();
    assert!(matches!(keep(0, input("Something else")), Err(Error::Conflict(_))));
    let second = keep(1, input("Keep those who are here")).unwrap();
    let signed = store.read(move |s| strategy::sign_offs(s, &second.id)).wait().unwrap();
    assert!(signed.is_empty(), "a new version is signed anew");
    let late = sign(&first.id, Answer::Approved, None).unwrap_err();
    assert!(late.to_string().contains("version 2"), "{late}");
    let unaccountable = strategy::Task { task: "Calls".to_string(), ..strategy::Task::default() };
    let wrong = keep(2, strategy::Input { tasks: vec![unaccountable], ..input("x") }).unwrap_err();
    assert_eq!(fields(&wrong), ["task.0"]);
}

fn a_persona_shows_what_its_people_really_do(installation: &Installation) {
    let store = installation.store();
    let filter = r#"{"field":{"name":"country","op":"is","value":"DE"}}"#;
    let (persona, bound) = change(&store, move |tx| {
        for (name, country) in [("Anna", "DE"), ("Bernd", "DE"), ("Claire", "FR")] {
            let person = people::Input {
                given_name: Some(name.to_string()),
                country: Some(country.to_string()),
                ..people::Input::default()
            };
            people::create(tx, &person, people::Defaults::default())?;
        }
        let segment = cycle::act::segments::create(
            tx,
            &cycle::act::segments::Input {
                name: "Germans".to_string(),
                description: None,
                filter: serde_json::from_str(filter)?,
            },
        )?;
        let persona = personas::create(
            tx,
            &personas::Input {
                name: "Thrifty Thea".to_string(),
                segment_id: Some(segment.id.clone()),
                ..personas::Input::default()
            },
        )?;
        Ok((persona, personas::segment(tx, &segment.id)?))
    })
    .unwrap();
    let filter = bound.unwrap().filter;
    let behaviour = store.read(move |s| personas::behaviour(s, &filter)).wait().unwrap();
    assert_eq!((behaviour.n_people, behaviour.n_buyers, behaviour.mean_order_minor()), (2, 0, None));
    assert_eq!(behaviour.mix, [(None, 2)]);
    let twice = personas::Input { name: "thrifty thea".to_string(), ..personas::Input::default() };
    assert_eq!(fields(&change(&store, move |tx| personas::create(tx, &twice)).unwrap_err()), ["name"]);
    let lost = personas::Input {
        name: "Lost".to_string(),
        segment_id: Some("seg_none".to_string()),
        ..personas::Input::default()
    };
    let version = persona.version;
    let wrong = change(&store, move |tx| personas::update(tx, &persona.id, version, &lost)).unwrap_err();
    assert_eq!(fields(&wrong), ["segment_id"]);
}

fn a_source_that_breaks_its_contract_is_told_unless_the_gap_is_stated(installation: &Installation) {
    let store = installation.store();
    let stated = |gap: Option<&str>| sources::Input {
        name: "Orders".to_string(),
        origin: sources::Origin::Internal,
        structure: sources::Structure::Structured,
        nature: sources::Nature::Quantitative,
        owner_id: None,
        contract: sources::Contract {
            every_days: Some(7),
            rows_low: Some(10),
            ..sources::Contract::default()
        },
        gap_note: gap.map(str::to_string),
    };
    let turn = opened(&store);
    let input = stated(None);
    change(&store, move |tx| sources::state(tx, "orders", 0, &input)).unwrap();
    let kinds = store
        .read(|s| {
            let source = sources::get(s, "orders")?;
            let arrived = sources::arrivals(s, "orders")?;
            Ok(sources::breaches(&source, &arrived, s.now()).iter().map(|one| one.kind).collect::<Vec<_>>())
        })
        .wait()
        .unwrap();
    assert_eq!(kinds, ["silent", "too_few"]);
    let collect = |turn: Turn| {
        let read = move |s: &mut platform::Snapshot<'_>| {
            let chain = chain::of_turn(s, &turn.id)?;
            gates::of_turn(s, &turn, &chain)
        };
        store.read(read).wait().unwrap().remove(1).conditions.remove(1)
    };
    assert!(!collect(turn.clone()).holds);
    let input = stated(Some("the shop is being moved"));
    change(&store, move |tx| sources::state(tx, "orders", 1, &input)).unwrap();
    assert!(collect(turn).holds);
    let mut wrong = stated(None);
    wrong.contract.rows_high = Some(3);
    wrong.contract.every_days = Some(0);
    let wrong = change(&store, move |tx| sources::state(tx, "orders", 2, &wrong)).unwrap_err();
    assert_eq!(fields(&wrong), ["every_days", "rows_high"]);
    assert!(matches!(change(&store, |tx| sources::delete(tx, "orders")), Err(Error::Conflict(_))));
}

fn meetings_follow_the_turn_until_somebody_moves_them(installation: &Installation) {
    let store = installation.store();
    let turn = opened(&store);
    let state = |on: Option<&'static str>, was_held| {
        let id = turn.id.clone();
        let input = agenda::Input { on: on.map(day), minutes: Some("all agreed".to_string()), was_held };
        change(&store, move |tx| agenda::state(tx, &id, agenda::Meeting::Plan, &input))
    };
    let read = || {
        let turn = turn.clone();
        store.read(move |s| agenda::of_turn(s, &turn, &[])).wait().unwrap()
    };
    let days: Vec<String> = read().iter().map(|dated| dated.on.to_string()).collect();
    assert_eq!(days, ["2024-01-01", "2024-02-15", "2024-03-29"]);
    assert_eq!(fields(&state(Some("2024-04-01"), false).unwrap_err()), ["on"]);
    state(Some("2024-01-08"), true).unwrap();
    let agenda = read();
    assert_eq!((agenda[0].on, agenda[0].held_at), (day("2024-01-08"), Some(NOON)));
    assert_eq!(agenda::next(&agenda).map(|dated| dated.meeting), Some(agenda::Meeting::Middle));
}

fn lessons_are_written_once_and_not_over_those_of_somebody_else(installation: &Installation) {
    let store = installation.store();
    let turn = opened(&store);
    let write = |version, worked: &str| {
        let (id, worked) = (turn.id.clone(), Some(worked.to_string()));
        let review = close::Review { worked, version, ..close::Review::default() };
        change(&store, move |tx| close::state_review(tx, &id, &review))
    };
    assert_eq!(write(0, "the second letter").unwrap().version, 1);
    assert!(matches!(write(0, "nothing"), Err(Error::Conflict(_))));
    assert_eq!(write(1, " ").unwrap().worked, None);
}

/// An open goal of the turn, whatever its gate says of an empty installation; its id.
fn goal_of(store: &Store, turn_id: &str) -> String {
    let input = goals::Input {
        name: "More orders".to_string(),
        metric: Some("orders".to_string()),
        target: Some(100.0),
        due_on: Some(day("2024-03-31")),
        turn_id: Some(turn_id.to_string()),
        ..goals::Input::default()
    };
    change(store, move |tx| {
        let prepared = goals::prepare(tx, &input)?;
        let goal = goals::create(tx, &input, &prepared)?;
        tx.execute("UPDATE goals SET state = 'open' WHERE id = $1", &platform::params![goal.id])?;
        Ok(goal.id)
    })
    .unwrap()
}

fn a_turn_is_not_ended_while_a_goal_has_no_verdict_and_the_next_begins_with_what_was_taken(
    installation: &Installation,
) {
    let store = installation.store();
    let turn = opened(&store);
    let (id, goal_id) = (turn.id.clone(), goal_of(&store, &turn.id));
    let closing = id.clone();
    change(&store, move |tx| turns::begin_close(tx, &closing)).unwrap();
    let finish = || {
        let id = id.clone();
        let next = Input::from(day("2024-04-01"), Cadence::Quarter);
        change(&store, move |tx| close::finish(tx, &id, &next))
    };
    let refused = finish().unwrap_err();
    assert!(refused.to_string().contains("no verdict on More orders"), "{refused}");
    let judged = |why: &'static str| {
        let goal_id = goal_id.clone();
        change(&store, move |tx| close::judge_by_hand(tx, &goal_id, goals::Concluded::CannotTell, why))
    };
    assert_eq!(fields(&judged(" ").unwrap_err()), ["why"]);
    let judge_all = || {
        let id = id.clone();
        change(&store, move |tx| close::judge_all(tx, &id)).unwrap()
    };
    assert_eq!(judge_all(), 1, "nothing was ordered: nobody can tell, or it was missed");
    judged("the shop was closed for six weeks").unwrap();
    assert_eq!(judge_all(), 0, "a verdict by hand stays");
    let (turn_id, proposed) = {
        let id = id.clone();
        let read = move |s: &mut platform::Snapshot<'_>| {
            let chain = chain::of_turn(s, &id)?;
            Ok((id.clone(), close::proposals(&chain, &close::looks(s, &id)?)))
        };
        store.read(read).wait().unwrap()
    };
    assert_eq!(proposed[0].name, "More orders, with more people or more time");
    let taken = close::Proposal { is_taken: true, ..proposed[0].clone() };
    let review = close::Review {
        worked: Some("the second letter".to_string()),
        proposals: vec![taken],
        ..close::Review::default()
    };
    change(&store, move |tx| close::state_review(tx, &turn_id, &review)).unwrap();
    let done = finish().unwrap();
    assert_eq!(
        (done.closed.state, done.next.name.as_str(), done.n_drafts),
        (State::Closed, "2024 quarter 2", 1)
    );
    let next_id = done.next.id.clone();
    let next = store.read(move |s| chain::of_turn(s, &next_id)).wait().unwrap();
    assert_eq!(next.goals[0].name, "More orders, with more people or more time");
    let report = |id: &str| {
        let id = id.to_string();
        store.read(move |s| close::report_of(s, &id)).wait().unwrap()
    };
    let frozen = report(&id);
    let html = cycle::turn::report::html(&frozen);
    assert!(html.contains("the shop was closed for six weeks") && html.contains("judged by hand"), "{html}");
    assert!(cycle::turn::report::pdf(&frozen).starts_with(b"%PDF-"));
    let late = goal_id.clone();
    change(&store, move |tx| close::judge_by_hand(tx, &late, goals::Concluded::Met, "on second thoughts"))
        .unwrap();
    assert_eq!(report(&id), frozen, "what was reported stays as it was");
}
