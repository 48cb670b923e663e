//! Insights against a company whose truth is known: who really left, which month came back worse and why, which amounts
//! are wrong, how many come a second time. The files go in through the public door, as any firm's.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use cycle::collect::imports::{self, Format, Incoming, Kind};
use cycle::interpret::{self, Insight, List};
use cycle::turn;
use libtest_mimic::Trial;
use platform::settings::{self, CURRENCY, DEFAULT_COUNTRY};
use platform::{By, Store};
use serde_json::Value;
use simulator::{Company, Dirt, Settings, World};

use crate::support::{Installation, on_both_engines, on_sqlite};

pub fn tests() -> Vec<Trial> {
    let mut tests = on_both_engines![the_first_turn_finds_what_the_simulator_knows];
    tests.extend(on_sqlite![
        other_seeds_are_found_as_well,
        a_clean_textbook_company_has_no_data_fault_and_hardly_ever_a_bad_month,
    ]);
    tests
}

/// The day of the export; the clock of the tests stands at its noon.
const TODAY: jiff::civil::Date = jiff::civil::date(2024, 1, 15);

/// A company, imported and analysed, and what is true about it.
pub(crate) struct Known {
    pub(crate) store: Store,
    truth: Value,
    /// By customer number, also that of a second card.
    pub(crate) customers: HashMap<String, HashMap<String, String>>,
}

pub(crate) fn known(store: Store, folder: &Path, company: Settings) -> Known {
    let (out, truth) = (folder.join("export"), folder.join("truth"));
    for new in [&out, &truth] {
        std::fs::create_dir_all(new).unwrap();
    }
    let company = Company::new(company).unwrap();
    let export = company.write_export(&out).unwrap();
    export.write_truth(&company, &truth).unwrap();
    let set = store.write(By::console(), |tx| {
        settings::set(tx, CURRENCY, &"EUR")?;
        settings::set(tx, DEFAULT_COUNTRY, &"DE")
    });
    set.wait().unwrap();
    let kinds = [
        (simulator::Kind::Companies, Kind::Companies),
        (simulator::Kind::Customers, Kind::People),
        (simulator::Kind::Products, Kind::Products),
        (simulator::Kind::Orders, Kind::Orders),
    ];
    for (of, kind) in kinds {
        for file in export.files.iter().filter(|file| file.kind == of) {
            take(&store, folder, &out.join(&file.name), kind);
        }
    }
    turn::run(&store, &turn::Options::default(), &mut |_| {}).unwrap();
    let summary = std::fs::read_to_string(truth.join("truth.json")).unwrap();
    let customers = customers(&std::fs::read_to_string(truth.join("truth-customers.csv")).unwrap());
    Known { store, truth: serde_json::from_str(&summary).unwrap(), customers }
}

pub(crate) fn take(store: &Store, folder: &Path, path: &Path, kind: Kind) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let incoming = Incoming {
        path: path.to_path_buf(),
        name,
        kind: Some(kind),
        format: Format::default(),
        source: None,
    };
    let kept = folder.join("kept");
    let import = imports::arrive(store, &kept, By::console(), &incoming).unwrap();
    let id = import.id.clone();
    store.write(By::console(), move |tx| imports::start(tx, &id)).wait().unwrap();
    imports::run(store, &kept, &import.id, &mut |_, _| {}).unwrap();
}

/// The truth's table has no quoted fields.
fn customers(text: &str) -> HashMap<String, HashMap<String, String>> {
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_string).collect::<Vec<String>>());
    let header = lines.next().unwrap();
    let mut found = HashMap::new();
    for fields in lines {
        let row: HashMap<String, String> = header.iter().cloned().zip(fields).collect();
        for number in ["customer_no", "second_customer_no"] {
            if !row[number].is_empty() {
                found.insert(row[number].clone(), row.clone());
            }
        }
    }
    found
}

impl Known {
    fn insight(&self, kind: interpret::Kind) -> Vec<Insight> {
        let wanted = List { kind: Some(kind), ..List::default() };
        self.store.read(move |s| interpret::list(s, wanted)).wait().unwrap()
    }

    /// The true customers behind an insight, by their (first) number.
    fn behind(&self, insight: &Insight) -> Vec<&HashMap<String, String>> {
        let id = insight.id.clone();
        let people = self.store.read(move |s| {
            let page = interpret::people(s, &id, 0, 10_000)?;
            let ids: Vec<String> = page.rows.into_iter().map(|row| row.person_id).collect();
            records::people::many(s, &ids)
        });
        let numbers = people.wait().unwrap().into_iter().filter_map(|person| person.external_id);
        numbers.filter_map(|number| self.customers.get(&number)).collect()
    }

    fn number(&self, pointer: &str) -> f64 {
        self.truth.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {pointer}"))
    }
}

fn real(row: &HashMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or(0.0)
}

fn is(row: &HashMap<String, String>, column: &str) -> bool {
    row[column] == "yes"
}

pub(crate) fn everyday(seed: u64) -> Settings {
    Settings { seed, ..Settings::demo(TODAY) }
}

fn the_first_turn_finds_what_the_simulator_knows(installation: &Installation) {
    let known = known(installation.store(), installation.data(), everyday(1));
    holds(&known);
}

fn other_seeds_are_found_as_well(installation: &Installation) {
    for seed in [2, 3] {
        let folder = installation.data().join(format!("seed-{seed}"));
        std::fs::create_dir_all(&folder).unwrap();
        let fresh = Installation::fresh(installation.engine())
            .unwrap_or_else(|_| unreachable!("a file needs no server"));
        let known = known(fresh.store(), &folder, everyday(seed));
        holds(&known);
    }
}

/// Everything that an everyday company's insights must say.
fn holds(known: &Known) {
    leavers(known);
    second_orders(known);
    fault(known);
    bad_month(known);
    let top = known.insight(interpret::Kind::Concentration);
    let share = figure(&top[0], "top_share");
    // The truth is that of two years, the claim that of one.
    assert!((share - known.number("/top_tenth_of_revenue")).abs() < 0.08, "the best tenth brings {share}");
}

fn figure(insight: &Insight, name: &str) -> f64 {
    insight
        .evidence
        .figures
        .iter()
        .find(|figure| figure.name == name)
        .unwrap_or_else(|| panic!("no {name}"))
        .value
}

fn leavers(known: &Known) {
    let found = known.insight(interpret::Kind::LikelyLost);
    let listed = known.behind(&found[0]);
    let gone = listed.iter().filter(|row| !is(row, "alive")).count() as f64;
    let precision = gone / listed.len() as f64;
    assert!(precision > 0.7, "{gone} of {} listed have left", listed.len());
    let expected_alive = figure(&found[0], "still_there");
    let alive = listed.len() as f64 - gone;
    assert!(
        (alive - expected_alive).abs() < 4.0 * expected_alive.sqrt() + 4.0,
        "{alive} alive, {expected_alive} said"
    );
    let numbers: HashSet<&str> = listed.iter().map(|row| row["customer_no"].as_str()).collect();
    let silent: HashSet<&str> = known
        .customers
        .values()
        .filter(|row| is(row, "silent_leaver"))
        .map(|row| row["customer_no"].as_str())
        .collect();
    let recall = silent.intersection(&numbers).count() as f64 / silent.len() as f64;
    assert!(recall > 0.8, "{recall} of {} silent leavers are listed", silent.len());
    // What the listed who left would have spent in 52 weeks, had they stayed.
    let lost: f64 = listed
        .iter()
        .filter(|row| !is(row, "alive"))
        .map(|row| {
            let (rate, dropout) = (real(row, "rate_per_week"), real(row, "dropout").max(1e-9));
            real(row, "mean_spend") * (1.0 - (-rate * dropout * 52.0).exp()) / dropout
        })
        .sum();
    let money = found[0].money.unwrap();
    let said = money.expected_minor as f64 / 100.0;
    eprintln!(
        "leavers: precision {precision:.2}, recall {recall:.2} of {}, lost {lost:.0}, said {said:.0} ({} to {})",
        silent.len(),
        money.low_minor / 100,
        money.high_minor / 100
    );
    assert!((0.6..1.7).contains(&(said / lost)), "{said} said to be lost, {lost} true");
}

fn second_orders(known: &Known) {
    let found = known.insight(interpret::Kind::SecondOrder);
    let listed = known.behind(&found[0]);
    let weeks = 90.0 / 7.0;
    let truth: f64 = listed
        .iter()
        .filter(|row| is(row, "alive"))
        .map(|row| 1.0 - (-real(row, "rate_per_week") * weeks).exp())
        .sum();
    let said = figure(&found[0], "expected");
    eprintln!("second orders: {said:.1} said, {truth:.1} true of {}", listed.len());
    assert!((said / truth - 1.0).abs() < 0.4, "{said} second orders said, {truth} true");
}

fn fault(known: &Known) {
    let found = known.insight(interpret::Kind::DataFault);
    let from = known.truth["stories"]["data_fault"]["from"].as_str().unwrap();
    let fault =
        found.iter().find(|fault| fault.claim.contains(from)).unwrap_or_else(|| panic!("no fault of {from}"));
    let truth = known.number("/stories/data_fault/excess_minor");
    let said = fault.money.unwrap().expected_minor as f64;
    eprintln!("fault: {said} said, {truth} true; {} faults", found.len());
    assert!((said / truth - 1.0).abs() < 0.05, "{said} said to be wrong, {truth} true");
    assert_eq!(found.len(), 1, "one fault was made");
}

fn bad_month(known: &Known) {
    let found = known.insight(interpret::Kind::BadCohort);
    let month = known.truth["stories"]["bad_cohort"]["cohort"].as_str().unwrap();
    let bad = found.iter().find(|bad| bad.about == month).unwrap_or_else(|| panic!("{month} is not found"));
    assert!(bad.claim.contains("channel “marketplace”"), "{}", bad.claim);
    let driver = figure(bad, "driver");
    assert!(driver < 0.3, "{driver} of the bargain hunters' channel came back");
    assert!(found.len() <= 2, "{} bad months", found.len());
}

fn a_clean_textbook_company_has_no_data_fault_and_hardly_ever_a_bad_month(installation: &Installation) {
    let mut n_bad_months = 0;
    for seed in 1..=4 {
        let folder = installation.data().join(format!("seed-{seed}"));
        std::fs::create_dir_all(&folder).unwrap();
        let fresh = Installation::fresh(installation.engine())
            .unwrap_or_else(|_| unreachable!("a file needs no server"));
        let shop =
            Settings { n_customers: 1_000, dirt: Dirt::Clean, world: World::Textbook, ..everyday(seed) };
        let known = known(fresh.store(), &folder, shop);
        let faults = known.insight(interpret::Kind::DataFault);
        assert!(faults.is_empty(), "seed {seed}: {}", faults[0].claim);
        n_bad_months += known.insight(interpret::Kind::BadCohort).len();
        let lost = known.insight(interpret::Kind::LikelyLost);
        let listed = known.behind(&lost[0]);
        let gone = listed.iter().filter(|row| !is(row, "alive")).count() as f64;
        assert!(gone / listed.len() as f64 > 0.75, "seed {seed}: {gone} of {} have left", listed.len());
    }
    // At 5 % a company, two among four would be a surprise.
    assert!(n_bad_months <= 1, "{n_bad_months} false bad months in four companies");
}
