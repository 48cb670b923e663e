//! The stage in which facts become clean, on a simulated company whose faults and double customers are known.

use std::collections::{BTreeSet, HashMap};

use cycle::process::dedupe::{self, Decision, Extent, Pair};
use cycle::process::quality::{self, OddityKind};
use jiff::civil::date;
use libtest_mimic::Trial;
use platform::ids::IdMaker;
use platform::store::{Place, Store};
use platform::{By, Clock, params, settings};
use records::merges::{self, Choices};
use records::people;
use simulator::{Company, Export, Kind, Settings};

use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![what_is_wrong_in_a_shop_s_files_is_found_and_mended]
}

fn imported(installation: &Installation) -> (Store, Export) {
    let firm = |tx: &mut platform::Tx<'_>| {
        settings::set_text(tx, settings::CURRENCY, Some("EUR"))?;
        settings::set_text(tx, settings::DEFAULT_COUNTRY, Some("DE"))
    };
    installation.store().write(By::console(), firm).wait().unwrap();
    let folder = installation.data().join("export");
    std::fs::create_dir_all(&folder).unwrap();
    let shop = Settings { n_customers: 1_200, ..Settings::demo(date(2024, 1, 14)) };
    let export = Company::new(shop).unwrap().write_export(&folder).unwrap();
    for kind in [Kind::Companies, Kind::Customers, Kind::Products, Kind::Orders] {
        for file in export.files.iter().filter(|file| file.kind == kind) {
            let what = if kind == Kind::Customers { "people" } else { kind.name() };
            let mut command = installation.rondel();
            let output =
                command.args(["--json", "import", what]).arg(folder.join(&file.name)).output().unwrap();
            let words = String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr);
            assert!(words.contains("\"n_new\"") || words.contains("new"), "{}: {words}", file.name);
        }
    }
    (store_of_today(installation), export)
}

/// The commands wrote with the time of day, so the store needs the same clock.
fn store_of_today(installation: &Installation) -> Store {
    let place = match installation.database_url() {
        Some(url) => Place::Server(url),
        None => Place::File(installation.data().join("rondel.db")),
    };
    Store::open(&place, Clock::System, IdMaker::random()).unwrap()
}

fn what_is_wrong_in_a_shop_s_files_is_found_and_mended(installation: &Installation) {
    let (store, export) = imported(installation);
    the_board_counts_and_finds(&store, &export);
    double_customers_are_found(&store, &export);
    a_merge_is_taken_back(&store);
}

/// Every check finds as many rows as it counts, page by page; the week of swollen prices stands out.
fn the_board_counts_and_finds(store: &Store, export: &Export) {
    let run = quality::run(store).unwrap();
    for check in &run.board.checks {
        let mut rows = BTreeSet::new();
        let mut after: Option<String> = None;
        let mut n_rows = 0_u64;
        loop {
            let (name, cursor) = (check.name.clone(), after.clone());
            let page =
                store.read(move |s| quality::rows(s, &name, None, cursor.as_deref(), 200)).wait().unwrap();
            n_rows += page.rows.len() as u64;
            rows.extend(page.rows.into_iter().map(|row| (row.id, row.shown)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if check.name != "orders.twice.uniqueness" {
            assert_eq!(n_rows, check.n_faulty(), "{}", check.name);
        }
        assert_eq!(rows.len() as u64, n_rows, "{} shows a row twice", check.name);
    }
    let board = &run.board;
    assert!(export.truth.n_swollen_lines > 0, "the simulated week of swollen prices has orders");
    let jump = board.oddities.iter().find(|oddity| oddity.kind == OddityKind::AmountJump);
    let jump = jump.unwrap_or_else(|| panic!("no amount stands out: {:?}", board.oddities));
    assert_eq!(jump.source, "marketplace");
    assert!((40.0..250.0).contains(&(jump.found / jump.typical)), "{}", jump.words);
    assert!(board.check("products.spelling.consistency").unwrap().n_faulty() >= 2);
    let kept = store.read(quality::latest).wait().unwrap().unwrap();
    assert_eq!(kept.board.checks.len(), board.checks.len());
}

fn ids_by_number(store: &Store) -> HashMap<String, String> {
    let sql = "SELECT external_id, id FROM people WHERE external_id IS NOT NULL";
    let read = |row: &platform::Row<'_>| Ok((row.get::<String>(0)?, row.get::<String>(1)?));
    store.read(move |s| s.query(sql, &[], read)).wait().unwrap().into_iter().collect()
}

fn proposed(store: &Store) -> Vec<Pair> {
    store.read(|s| dedupe::queue(s, people::KIND, "proposed", None, 1000)).wait().unwrap()
}

fn double_customers_are_found(store: &Store, export: &Export) {
    let ids = ids_by_number(store);
    let truth: BTreeSet<(String, String)> = export
        .truth
        .second_cards
        .iter()
        .filter_map(|pair| Some((ids.get(&pair.first)?.clone(), ids.get(&pair.second)?.clone())))
        .map(|(a, b)| if a < b { (a, b) } else { (b, a) })
        .collect();
    assert!(truth.len() >= 10, "there are double customers to be found: {}", truth.len());
    dedupe::run(store, Extent::Everything).unwrap();
    let found: BTreeSet<(String, String)> =
        proposed(store).into_iter().map(|pair| (pair.left_id, pair.right_id)).collect();
    let n_hits = found.intersection(&truth).count();
    assert!(n_hits * 10 >= truth.len() * 9, "{n_hits} of {} double customers", truth.len());
    assert!(n_hits * 10 >= found.len() * 8, "{n_hits} of {} proposals", found.len());
    assert_eq!(dedupe::run(store, Extent::Changed).unwrap().n_pairs as usize, found.len());
}

/// The rows of the two people and of what belongs to them.
fn rows_of(store: &Store, ids: [String; 2]) -> Vec<String> {
    let read = move |s: &mut platform::Snapshot<'_>| {
        let mut rows = Vec::new();
        for id in &ids {
            rows.push(format!("{:?}", people::get(s, id)?));
            let orders = "SELECT id, updated_at FROM orders WHERE person_id = $1 ORDER BY id";
            rows.extend(
                s.query(orders, &params![id], |row| Ok(format!("{} {}", row.text(0)?, row.get::<i64>(1)?)))?,
            );
            let consents = "SELECT purpose, channel, state, stated_at FROM consents WHERE person_id = $1 ORDER BY purpose, channel";
            rows.extend(s.query(consents, &params![id], |row| {
                Ok(format!("{} {} {} {}", row.text(0)?, row.text(1)?, row.text(2)?, row.get::<i64>(3)?))
            })?);
        }
        Ok(rows)
    };
    store.read(read).wait().unwrap()
}

fn a_merge_is_taken_back(store: &Store) {
    let pair = proposed(store).remove(0);
    let ids = [pair.left_id.clone(), pair.right_id.clone()];
    let before = rows_of(store, ids.clone());
    let (left, right) = (pair.left_id.clone(), pair.right_id.clone());
    let detail = store.read(move |s| dedupe::person_detail(s, &left, &right)).wait().unwrap();
    let decision = Decision::Merge { kept: detail.kept.id.clone(), choices: Choices::new() };
    let (left, right) = (pair.left_id.clone(), pair.right_id.clone());
    let merge = store.write(By::user("usr_1"), move |tx| dedupe::decide(tx, &left, &right, &decision)).wait();
    let merge = merge.unwrap().unwrap();
    let lost = detail.lost.id.clone();
    let survivor = store.read(move |s| people::survivor(s, &lost)).wait().unwrap();
    assert_eq!(survivor.id, detail.kept.id);
    assert_eq!(survivor.n_orders, detail.kept.n_orders + detail.lost.n_orders);
    let history = store.read(|s| merges::list(s, None, 10)).wait().unwrap();
    assert_eq!(history.len(), 1);
    let conflicts = store.write(By::user("usr_1"), move |tx| dedupe::undo_merge(tx, &merge)).wait().unwrap();
    assert_eq!(conflicts, []);
    assert_eq!(rows_of(store, ids), before);
}
