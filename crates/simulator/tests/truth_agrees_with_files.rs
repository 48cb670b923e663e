//! The files and the truth beside them must tell the same story.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use encoding_rs::WINDOWS_1252;
use jiff::civil::date;
use simulator::history::Status;
use simulator::{Company, Dirt, Export, Kind, Settings, World};
use std::collections::{HashMap, HashSet};
use std::path::Path;

fn demo() -> Settings {
    Settings::demo(date(2026, 11, 22))
}

/// Splits a delimited text without quoted line breaks into rows of fields.
fn rows(bytes: &[u8], separator: char) -> Vec<Vec<String>> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => WINDOWS_1252.decode(bytes).0.into_owned(),
    };
    text.lines().map(|line| fields(line, separator)).collect()
}

fn fields(line: &str, separator: char) -> Vec<String> {
    let (mut all, mut field, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            c if c == separator && !quoted => all.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    all.push(field);
    all
}

fn table(dir: &Path, name: &str) -> Vec<Vec<String>> {
    let bytes = std::fs::read(dir.join(name)).unwrap();
    let separator = if bytes.iter().take_while(|b| **b != b'\n').any(|b| *b == b';') { ';' } else { ',' };
    rows(&bytes, separator)
}

fn export(settings: Settings) -> (Company, Export, tempfile::TempDir, tempfile::TempDir) {
    let (out, truth) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let company = Company::new(settings).unwrap();
    let export = company.write_export(out.path()).unwrap();
    export.write_truth(&company, truth.path()).unwrap();
    (company, export, out, truth)
}

#[test]
fn the_same_seed_gives_the_same_files_byte_for_byte_and_another_seed_does_not() {
    let small = Settings { n_customers: 300, ..demo() };
    let (_, first, out_a, truth_a) = export(small.clone());
    let (_, second, out_b, truth_b) = export(small.clone());
    let (_, _, out_c, _) = export(Settings { seed: 2, ..small });
    assert_eq!(first, second);
    for (a, b) in [(&out_a, &out_b), (&truth_a, &truth_b)] {
        for entry in std::fs::read_dir(a.path()).unwrap() {
            let name = entry.unwrap().file_name();
            let left = std::fs::read(a.path().join(&name)).unwrap();
            assert_eq!(left, std::fs::read(b.path().join(&name)).unwrap(), "{name:?}");
        }
    }
    let customers = |dir: &tempfile::TempDir| std::fs::read(dir.path().join("customers.csv")).unwrap();
    assert_ne!(customers(&out_a), customers(&out_c));
}

#[test]
fn the_demo_has_two_thousand_customers_and_twelve_to_eighteen_thousand_lines() {
    let (_, export, out, truth) = export(demo());
    assert_eq!(export.n_cards, 2_000 + export.truth.second_cards.len() as u64);
    assert!((12_000..=18_000).contains(&export.n_lines), "{} lines", export.n_lines);
    assert_eq!(export.rows_of(Kind::Orders), export.n_lines);
    for file in &export.files {
        let lines =
            std::fs::read(out.path().join(&file.name)).unwrap().split(|b| *b == b'\n').count() as u64 - 1;
        let header = u64::from(!file.name.ends_with(".jsonl"));
        assert_eq!(lines, file.rows + header, "{}", file.name);
    }
    assert_eq!(table(truth.path(), "truth-customers.csv").len(), 2_001);
    let summary: serde_json::Value =
        serde_json::from_slice(&std::fs::read(truth.path().join("truth.json")).unwrap()).unwrap();
    assert_eq!(summary["counts"]["order_lines"], export.n_lines);
    let top = summary["top_tenth_of_revenue"].as_f64().unwrap();
    assert!((0.3..0.7).contains(&top), "the best tenth brings {top} of the revenue");
    assert!(summary["stories"]["data_fault"]["lines"].as_u64().unwrap() > 0);
    assert!(summary["counts"]["silent_leavers"].as_u64().unwrap() >= 8);
    assert!(summary["counts"]["one_time_due"].as_u64().unwrap() >= 20);
}

#[test]
fn every_fault_stands_in_its_file_at_its_row_and_column() {
    let (_, export, out, _) = export(demo());
    let mut tables = HashMap::new();
    let mut reasons = HashSet::new();
    for fault in &export.truth.faults {
        let rows = tables.entry(fault.file.clone()).or_insert_with(|| table(out.path(), &fault.file));
        let column = rows[0].iter().position(|name| name == fault.column).unwrap();
        assert_eq!(rows[fault.row as usize - 1][column], fault.value, "{fault:?}");
        assert_ne!(fault.value, fault.right);
        reasons.insert(fault.reason);
    }
    assert_eq!(reasons.len(), 5, "{reasons:?}");
}

#[test]
fn no_fault_is_missing_from_the_ledger() {
    let (_, export, out, _) = export(demo());
    let customers = table(out.path(), "customers.csv");
    let without_at = customers[1..].iter().filter(|row| !row[3].is_empty() && !row[3].contains('@')).count();
    let noted = export.truth.faults.iter().filter(|fault| fault.reason == "email_without_at").count();
    assert_eq!(without_at, noted);
    for file in export.files.iter().filter(|file| file.name.starts_with("orders-")) {
        let rows = table(out.path(), &file.name);
        let strange = rows[1..].iter().filter(|row| row[9] != "EUR").count();
        let noted =
            export.truth.faults.iter().filter(|f| f.file == file.name && f.column == "Currency").count();
        assert_eq!(strange, noted, "{}", file.name);
    }
}

#[test]
fn the_amounts_in_the_files_add_up_to_the_true_revenue_and_the_excess_of_the_faulty_week() {
    let (_, export, out, _) = export(demo());
    let minor = |text: &str| -> i64 { text.replace([',', '.'], "").parse().unwrap() };
    let mut total = 0;
    for file in export.files.iter().filter(|file| file.name.starts_with("orders-")) {
        let right: HashMap<u64, &str> = export
            .truth
            .faults
            .iter()
            .filter(|fault| fault.file == file.name && fault.column == "Unit price")
            .map(|fault| (fault.row, fault.right.as_str()))
            .collect();
        for (nth, row) in table(out.path(), &file.name).iter().enumerate().skip(1) {
            let price = right.get(&(nth as u64 + 1)).copied().unwrap_or(&row[7]);
            if row[11] != "cancelled" {
                total += minor(price) * row[6].parse::<i64>().unwrap() - minor(&row[8]);
            }
        }
    }
    for line in std::fs::read_to_string(out.path().join("returns.jsonl")).unwrap().lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let cents = |key: &str| (row[key].as_f64().unwrap() * 100.0).round() as i64;
        total += cents("Unit price") * row["Quantity"].as_i64().unwrap() - cents("Discount");
    }
    assert_eq!(total, export.revenue_minor + export.truth.swollen_excess_minor);
    assert!(export.truth.swollen_excess_minor > export.revenue_minor / 100);
}

#[test]
fn no_two_customers_share_an_address_except_on_second_cards() {
    let company = Company::new(Settings { n_customers: 20_000, ..demo() }).unwrap();
    let mut seen = HashSet::new();
    for index in 0..20_000 {
        let traits = company.traits(index);
        let person = company.person(index, &traits);
        assert!(seen.insert(person.email()), "{} comes twice", person.email());
    }
    let (_, export, out, _) = export(demo());
    let rows = table(out.path(), "customers.csv");
    let mut by_email: HashMap<String, Vec<&str>> = HashMap::new();
    for row in rows[1..].iter().filter(|row| row[3].contains('@')) {
        by_email.entry(row[3].to_lowercase()).or_default().push(&row[0]);
    }
    let pairs: HashSet<(&str, &str)> =
        export.truth.second_cards.iter().map(|pair| (pair.first.as_str(), pair.second.as_str())).collect();
    for (email, numbers) in by_email.iter().filter(|(_, numbers)| numbers.len() > 1) {
        assert!(numbers.len() == 2 && pairs.contains(&(numbers[0], numbers[1])), "{email}: {numbers:?}");
    }
}

#[test]
fn every_order_names_a_customer_of_the_file_and_every_credit_note_an_order() {
    let (_, export, out, _) = export(demo());
    let cards: HashSet<String> =
        table(out.path(), "customers.csv").into_iter().map(|row| row[0].clone()).collect();
    let mut orders = HashSet::new();
    let mut credits = Vec::new();
    for file in export.files.iter().filter(|file| file.name.starts_with("orders-")) {
        for row in table(out.path(), &file.name).into_iter().skip(1) {
            assert!(cards.contains(&row[0]) || (row[0].is_empty() && row[1].contains('@')), "{row:?}");
            if row[11] == "returned" {
                assert!(row[6].starts_with('-'));
                credits.push(row[12].clone());
            }
            orders.insert(row[2].clone());
        }
    }
    assert!(!credits.is_empty() && credits.iter().all(|credit| orders.contains(credit)));
}

#[test]
fn small_exports_stand_in_order_of_the_day_and_large_ones_by_customer() {
    let (_, _, out, _) = export(Settings { n_customers: 500, dirt: Dirt::Clean, ..demo() });
    let days: Vec<String> =
        table(out.path(), "orders-2026.csv").iter().skip(1).map(|row| row[3].clone()).collect();
    assert!(days.is_sorted());
    let large = simulator::MOST_IN_TIME_ORDER + 1;
    let (_, export, out, _) = export(Settings { n_customers: large, dirt: Dirt::Clean, months: 3, ..demo() });
    let customers: Vec<String> =
        table(out.path(), "orders-2026.csv").iter().skip(1).map(|row| row[0].clone()).collect();
    assert!(customers.is_sorted());
    assert!(export.truth.faults.is_empty() && export.truth.second_cards.is_empty());
}

#[test]
fn the_textbook_world_has_the_purchases_that_bg_nbd_expects() {
    let company =
        Company::new(Settings { n_customers: 20_000, world: World::Textbook, dirt: Dirt::Clean, ..demo() })
            .unwrap();
    let days = f64::from(company.calendar().n_days);
    let (mut found, mut expected, mut spend, mut latent, mut n_orders) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for history in company.histories() {
        let traits = history.traits;
        let weeks = (days - traits.arrived) / 7.0;
        // Fader, Hardie and Lee (2005), equation 7, for one customer: E[X(t) | lambda, p].
        expected += -(-traits.rate_per_week * traits.dropout * weeks).exp_m1() / traits.dropout;
        for order in history.orders.iter().filter(|order| order.status == Status::Completed) {
            spend += order.lines.iter().map(|line| line.amount_minor()).sum::<i64>() as f64;
            latent += traits.mean_spend_minor;
            n_orders += 1.0;
        }
        let kept = history.orders.iter().filter(|order| order.status == Status::Completed).count();
        found += kept as f64 - 1.0;
    }
    assert!((found / expected - 1.0).abs() < 0.02, "found {found}, expected {expected}");
    assert!((spend / latent - 1.0).abs() < 0.02, "spent {}, latent {}", spend / n_orders, latent / n_orders);
}

#[test]
fn the_campaign_cohort_really_retains_worse_and_the_marketplace_is_why() {
    let company = Company::new(Settings { n_customers: 20_000, ..demo() }).unwrap();
    let campaign = company.calendar().campaign.unwrap();
    let mut kept = [[0.0f64; 2]; 2];
    for history in company.histories().filter(|history| !history.traits.onlooker) {
        let day = history.traits.arrived as u32;
        let months_off = (day as i64 - i64::from(campaign.0)) / 30;
        if (-3..3).contains(&months_off) {
            let inside = usize::from((campaign.0..campaign.1).contains(&day));
            kept[inside][0] += 1.0;
            kept[inside][1] += f64::from(u8::from(history.alive));
        }
    }
    let (outside, inside) = (kept[0][1] / kept[0][0], kept[1][1] / kept[1][0]);
    assert!(inside < outside - 0.15, "alive: {inside} of the campaign, {outside} of the months around it");
}

#[test]
fn the_wanted_number_of_lines_is_met_within_a_twentieth() {
    let settings = Settings { n_customers: 5_000, n_lines: Some(50_000), dirt: Dirt::Clean, ..demo() };
    let n_lines = Company::new(settings).unwrap().order_lines().count() as f64;
    assert!((n_lines / 50_000.0 - 1.0).abs() < 0.05, "{n_lines}");
}

#[test]
fn settings_out_of_bounds_are_refused_with_the_value_that_was_wrong() {
    let said = |settings: Settings| Company::new(settings).unwrap_err().to_string();
    assert!(said(Settings { n_customers: 0, ..demo() }).contains("not 0"));
    assert!(said(Settings { months: 2, ..demo() }).contains("not 2"));
    assert!(said(Settings { currency: "euro".to_owned(), ..demo() }).contains("euro"));
    assert!(said(Settings { n_lines: Some(100), ..demo() }).contains("100"));
}

#[test]
fn the_shares_in_the_files_are_near_those_of_the_settings() {
    let (company, export, _, _) = export(Settings { n_customers: 20_000, ..demo() });
    let near = |what: &str, found: f64, expected: f64, tolerance: f64| {
        assert!((found - expected).abs() < tolerance, "{what}: found {found}, expected {expected}");
    };
    let n = f64::from(export.n_customers);
    let (mut business, mut rate, mut dropout, mut ordinary, mut december) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for index in 0..export.n_customers {
        let traits = company.traits(index);
        business += f64::from(u8::from(traits.business));
        december += f64::from(u8::from(company.calendar().date(traits.arrived as u32).month() == 12));
        rate += traits.rate_per_week;
        if !traits.bargain_hunter {
            dropout += traits.dropout;
            ordinary += 1.0;
        }
    }
    let shop = company.parameters();
    near("business", business / n, 0.12, 0.015);
    near("rate", rate / n, shop.r / shop.alpha, 0.005);
    near("dropout", dropout / ordinary, shop.a / (shop.a + shop.b), 0.01);
    near("credit notes per order", export.n_credit_notes as f64 / export.n_orders as f64, 0.056, 0.012);
    near("cancelled", export.n_cancelled as f64 / export.n_orders as f64, 0.02, 0.004);
    near("second cards", export.truth.second_cards.len() as f64 / n, 0.038, 0.006);
    near("missing telephones", export.truth.blemishes["missing_phone"] as f64 / n, 0.22, 0.01);
    near("missing addresses", export.truth.blemishes["missing_email"] as f64 / n, 0.04, 0.005);
    assert!(december / n > 1.4 / 12.0, "December brings {} of the customers", december / n);
}

#[test]
fn any_day_and_any_size_gives_files_that_agree_with_the_truth() {
    let days = [date(2026, 1, 1), date(2026, 1, 2), date(2024, 2, 29), date(2025, 12, 31), date(2000, 3, 1)];
    for today in days {
        for (n_customers, months) in [(1, 3), (7, 5), (150, 12), (150, 40)] {
            let (_, export, _, truth) = export(Settings { n_customers, months, ..Settings::demo(today) });
            assert_eq!(export.rows_of(Kind::Orders), export.n_lines, "{today}, {n_customers}, {months}");
            let known = table(truth.path(), "truth-customers.csv");
            let orders: u64 = known[1..].iter().map(|row| row[13].parse::<u64>().unwrap()).sum();
            assert_eq!(orders, export.n_orders);
        }
    }
}

#[test]
fn nobody_buys_before_arriving_after_leaving_or_today() {
    let company = Company::new(Settings { n_customers: 5_000, ..demo() }).unwrap();
    let n_days = company.calendar().n_days;
    for history in company.histories() {
        for order in &history.orders {
            assert!(order.day >= history.traits.arrived as u32 && order.day < n_days);
            let bought = order.status != Status::Returned;
            assert!(!bought || history.left.is_none_or(|left| order.day <= left));
            let mut products: Vec<usize> = order.lines.iter().map(|line| line.product).collect();
            products.sort_unstable();
            products.dedup();
            assert_eq!(products.len(), order.lines.len(), "an article stands in an order once");
        }
        assert_eq!(history.alive, history.left.is_none() && !history.traits.onlooker);
        assert_eq!(history.alive, history.expected_purchases > 0.0);
    }
}
