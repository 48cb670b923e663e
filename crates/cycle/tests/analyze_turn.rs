//! The turn over a made firm: against naive recomputation, twice, broken in the middle, and with too little history.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it says")]

mod firm;

use cycle::act::deliver::{Outgoing, Post};
use cycle::analyze::lifetime_value::Abstained;
use cycle::analyze::{self, FactsCache, results, scores_of};
use cycle::calendar::{Day, month_in_words};
use cycle::turn::{self, Options, STEPS, Step};
use firm::Bought;
use platform::{By, Error, Store, jobs};
use records::people;
use statistics::pseudo_random::Generator;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// 2022-01-01 and 2023-12-20: a firm that still sells on the clock's day, 2024-01-01.
const FIRST: i32 = 18_993;
const LAST: i32 = 19_711;

type Customers = Vec<(Option<&'static str>, Vec<Bought>)>;

/// Customers who buy at their own rate, give things back, and come from three channels.
fn customers(n: usize, seed: u64) -> Customers {
    let mut g = Generator::from_seed(seed);
    let one = |_| {
        let source = [Some("fair"), Some("newsletter"), None][g.below(3)];
        let mut day = FIRST + g.below(500) as i32;
        let gap = 8.0 + 60.0 * g.uniform();
        let mut bought = Vec::new();
        while day <= LAST {
            bought.push(Bought { day, cents: 500 + g.below(9_500) as i64 });
            if g.below(12) == 0 {
                bought.push(Bought {
                    day: (day + g.below(40) as i32).min(LAST),
                    cents: -(1 + g.below(500) as i64),
                });
            }
            if g.below(9) == 0 {
                break;
            }
            day += 1 + g.exponential(1.0 / gap) as i32;
        }
        (source, bought)
    };
    (0..n).map(one).collect()
}

fn turn(store: &Store) -> turn::TurnRun {
    turn::run(store, &Options::default(), &mut |_| {}).unwrap()
}

fn count(store: &Store, filter: &records::filter::Filter) -> u64 {
    let filter = filter.clone();
    store.read(move |s| people::count_up_to(s, &filter, 100_000)).wait().unwrap() as u64
}

fn all_scores(store: &Store, ids: &[String]) -> Vec<analyze::Scores> {
    let ids = ids.to_vec();
    let mut found = store
        .read(move |s| scores_of(s, &ids.iter().map(String::as_str).collect::<Vec<_>>()))
        .wait()
        .unwrap();
    found.sort_by(|a, b| a.person_id.cmp(&b.person_id));
    found
}

#[test]
fn every_figure_opens_to_as_many_people_as_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    firm::fill(&store, customers(400, 1));
    turn(&store);
    let rfm = store.read(analyze::latest_rfm).wait().unwrap().unwrap().result;
    assert_eq!(rfm.cells.iter().map(|cell| cell.n_customers).sum::<u64>(), rfm.n_customers);
    rfm.cells.iter().for_each(|cell| assert_eq!(count(&store, &cell.rows), cell.n_customers, "{cell:?}"));
    rfm.segments
        .iter()
        .for_each(|group| assert_eq!(count(&store, &group.rows), group.n_customers, "{group:?}"));
    rfm.tiers.iter().for_each(|group| assert_eq!(count(&store, &group.rows), group.n_customers, "{group:?}"));
    let movement = rfm.movement.unwrap();
    movement.moves.iter().for_each(|one| assert_eq!(count(&store, &one.rows), one.n_customers, "{one:?}"));
    assert_eq!(movement.moves.iter().map(|one| one.n_customers).sum::<u64>(), rfm.n_customers);
    assert!(movement.n_fallen > 0 && movement.n_risen > 0);
    let value = store.read(analyze::latest_lifetime_value).wait().unwrap().unwrap().result;
    value.bands.iter().for_each(|band| assert_eq!(count(&store, &band.rows), band.n_customers, "{band:?}"));
    value.abstained.iter().for_each(|why| assert_eq!(count(&store, &why.rows), why.n_customers, "{why:?}"));
    let cohorts = store.read(analyze::latest_cohorts).wait().unwrap().unwrap().result;
    for cohort in &cohorts.cohorts {
        assert_eq!(count(&store, &cohort.rows), cohort.n_customers, "{}", cohort.month);
        cohort.ages.iter().for_each(|age| assert_eq!(count(&store, &age.rows), age.retained, "{age:?}"));
    }
    for source in &cohorts.sources {
        assert_eq!(count(&store, &source.rows), source.n_customers, "{source:?}");
    }
}

#[test]
fn cohorts_and_money_agree_with_counting_by_hand() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    let customers = customers(300, 2);
    firm::fill(&store, customers.clone());
    let run = turn(&store);
    assert_eq!(run.last_day().to_string(), "2024-01-01");
    let month = |bought: &Bought| month_in_words(Day(bought.day).month());
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    let mut active: BTreeMap<(String, String), u64> = BTreeMap::new();
    let (mut money, mut n_buyers) = (0, 0);
    for (_, bought) in &customers {
        let months: BTreeSet<String> = bought.iter().filter(|b| b.cents > 0).map(month).collect();
        let Some(first) = months.first().cloned() else { continue };
        *sizes.entry(first.clone()).or_default() += 1;
        months.into_iter().for_each(|later| *active.entry((first.clone(), later)).or_default() += 1);
        money += bought.iter().map(|b| b.cents).sum::<i64>();
        n_buyers += 1;
    }
    let found = store.read(analyze::latest_cohorts).wait().unwrap().unwrap().result;
    assert_eq!(found.last_month, "2023-12");
    assert_eq!(
        found.cohorts.iter().map(|c| (c.month.clone(), c.n_customers)).collect::<BTreeMap<_, _>>(),
        sizes
    );
    let mut money_of_cohorts = 0;
    for cohort in &found.cohorts {
        let start: Day = Day::parse(&format!("{}-01", cohort.month)).unwrap();
        for (age, cell) in cohort.ages.iter().enumerate() {
            let later = month_in_words(start.month() + age as i32);
            let expected = active.get(&(cohort.month.clone(), later)).copied().unwrap_or(0);
            assert_eq!(cell.retained, expected, "{} {age}", cohort.month);
            money_of_cohorts += cell.value_minor;
        }
    }
    let rfm = store.read(analyze::latest_rfm).wait().unwrap().unwrap().result;
    assert_eq!((rfm.n_customers, rfm.cells.iter().map(|c| c.value_minor).sum::<i64>()), (n_buyers, money));
    assert_eq!(money_of_cohorts, money, "every return is taken off somewhere");
}

#[test]
fn a_second_turn_on_the_same_data_finds_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    let ids = firm::fill(&store, customers(300, 3));
    let json = |store: &Store| {
        let sql = "SELECT a.name, a.result_json FROM analyses a JOIN turn_runs r ON r.id = a.run_id
                   WHERE r.id = (SELECT max(id) FROM turn_runs) ORDER BY a.name";
        store
            .read(move |s| s.query(sql, &[], |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?))))
            .wait()
            .unwrap()
    };
    // Metrics of what the scores say are those of the turn before, so that the first turn has none.
    turn(&store);
    let first = turn(&store);
    let (results, scores) = (json(&store), all_scores(&store, &ids));
    let second = turn(&store);
    assert_ne!(first.id, second.id);
    assert_eq!(json(&store), results);
    for (before, after) in scores.iter().zip(all_scores(&store, &ids)) {
        assert_eq!(after, analyze::Scores { run_id: second.id.clone(), ..before.clone() });
    }
    assert_eq!(results.len(), 9);
}

#[test]
fn a_step_that_fails_leaves_the_earlier_results_in_place_and_says_where() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    firm::fill(&store, customers(200, 4));
    let good = turn(&store);
    let mut steps = STEPS.to_vec();
    let broken =
        |_: &mut turn::Pass<'_>, _: &mut dyn FnMut(usize)| Err(Error::database("the disk is on fire"));
    let place = steps.iter().position(|step| step.name == "scores").unwrap();
    steps.insert(place, Step { name: "broken", run: broken });
    let error = turn::run_steps(&store, &Options::default(), &steps, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("broken: the disk is on fire"), "{error}");
    let newest = store.read(turn::newest).wait().unwrap().unwrap();
    assert_eq!((newest.state.as_str(), newest.steps.last().unwrap().name.as_str()), ("failed", "broken"));
    assert_eq!(newest.error.as_deref(), Some("broken: database: the disk is on fire"));
    assert_eq!(store.read(analyze::latest_rfm).wait().unwrap().unwrap().run_id, good.id);
    assert_eq!(store.read(turn::last_done).wait().unwrap().unwrap().id, good.id);
}

#[test]
fn a_turn_that_was_killed_is_marked_failed_by_the_next_one_which_heals_the_scores() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    let ids = firm::fill(&store, customers(200, 5));
    turn(&store);
    store
        .write(By::system(), |tx| {
            tx.execute(
                "INSERT INTO turn_runs (id, state, as_of, started_at, steps_json) VALUES ('run_zz', 'running', 0, 0, '[]')",
                &[],
            )?;
            tx.execute("UPDATE person_scores SET run_id = 'run_zz', tier = 'high' WHERE person_id < $1", &platform::params!["per_~"])
        })
        .wait()
        .unwrap();
    let healed = turn(&store);
    let runs = store.read(|s| turn::list(s, 10)).wait().unwrap();
    let killed = runs.iter().find(|run| run.id == "run_zz").unwrap();
    assert_eq!(killed.state, "failed");
    assert!(killed.error.as_deref().unwrap().contains("stopped in the middle"));
    assert!(all_scores(&store, &ids).iter().all(|scores| scores.run_id == healed.id));
}

#[test]
fn a_person_who_is_deleted_leaves_the_analyses_and_the_scores() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    let ids = firm::fill(&store, customers(200, 6));
    turn(&store);
    let gone = ids[7].clone();
    store.write(By::console(), move |tx| people::delete(tx, &gone)).wait().unwrap();
    turn(&store);
    let basis = store.read(results::latest_basis).wait().unwrap().unwrap().result;
    assert_eq!(basis.n_customers, 199);
    assert!(basis.left_out.n_orders_of_absent > 0);
    assert_eq!(all_scores(&store, &ids).len(), 199);
}

#[test]
fn a_firm_with_little_history_is_told_what_is_missing_and_gets_no_number() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    let ids = firm::fill(&store, customers(30, 7));
    turn(&store);
    let found = store.read(analyze::latest_lifetime_value).wait().unwrap().unwrap().result;
    assert_eq!(found.buying_abstained.as_deref(), Some("30 customers are too few; at least 100 are needed"));
    assert!(found.buying.is_none() && found.everybody.is_none() && found.holdout.is_none());
    for scores in all_scores(&store, &ids) {
        assert_eq!(scores.abstained, Some(Abstained::NoModel));
        assert_eq!(
            (scores.probability_alive, scores.expected_orders, scores.lifetime_value_minor),
            (None, None, None)
        );
        assert!(scores.tier.is_some());
    }
}

#[test]
fn a_firm_without_orders_has_a_turn_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    assert_eq!(turn(&store).state, "done");
    assert_eq!(store.read(analyze::latest_rfm).wait().unwrap().unwrap().result.n_customers, 0);
    assert_eq!(store.read(analyze::latest_cohorts).wait().unwrap(), None);
}

#[test]
fn facts_are_read_once_for_the_same_data_and_again_after_a_change() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    firm::fill(&store, customers(20, 8));
    let cache = FactsCache::default();
    let first = cache.get(&store).unwrap();
    assert!(Arc::ptr_eq(&first, &cache.get(&store).unwrap()));
    firm::fill(&store, vec![]);
    let id = first.id(0).to_string();
    store.write(By::console(), move |tx| people::delete(tx, &id)).wait().unwrap();
    let second = cache.get(&store).unwrap();
    assert_eq!((first.n_customers(), second.n_customers()), (20, 19));
}

#[test]
fn data_that_do_not_fit_into_the_memory_of_the_analyses_are_refused_before_they_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    firm::fill(&store, customers(20, 8));
    let refused = FactsCache::within(10).get(&store).unwrap_err().to_string();
    assert!(refused.contains("may take 10") && refused.contains("20 people"), "{refused}");
    assert_eq!(FactsCache::within(65).get(&store).unwrap().n_customers(), 20);
}

#[test]
fn a_turn_asked_for_as_a_job_runs_once_and_tells_its_progress() {
    let dir = tempfile::tempdir().unwrap();
    let store = firm::store(&dir);
    firm::fill(&store, customers(120, 9));
    let outgoing = Outgoing { outbox: dir.path().join("outbox"), ..Outgoing::default() };
    let post = Arc::new(Post::open(outgoing).unwrap());
    let registry = Arc::new(cycle::jobs::registry(dir.path().join("files"), &post, &FactsCache::default()));
    let asked = store
        .write(By::console(), |tx| {
            let payload = turn::Payload::default();
            Ok((turn::enqueue(tx, &payload)?, turn::enqueue(tx, &payload)?))
        })
        .wait()
        .unwrap();
    assert!(asked.0.is_some() && asked.1.is_none());
    assert_eq!(jobs::run_due(&store, &registry).unwrap(), 1);
    let done = store.read(|s| jobs::list(s, "done", 10)).wait().unwrap();
    assert_eq!(done[0].progress_total, Some(STEPS.len() as i64));
    assert_eq!(store.read(turn::newest).wait().unwrap().unwrap().state, "done");
}
