//! `analyze changes` on files whose truth is known, and on files that cannot be right.

use std::fmt::Write as _;

use serde_json::Value;

use crate::bench::{file, run};

/// Daily orders of two shops; from day 40 on the north sells 60 more, and one day goes wild.
fn orders() -> String {
    let mut text = "day,shop,channel,sold\n".to_owned();
    for t in 0..80 {
        let date = format!("2024-{:02}-{:02}", 1 + t / 28, 1 + t % 28);
        let mixed = (t as u64 + 3).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let wobble = ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f64 % 11.0 - 5.0;
        let north = 100.0 + wobble + if t >= 40 { 60.0 } else { 0.0 } + if t == 61 { 200.0 } else { 0.0 };
        writeln!(text, "{date},north,web,{north}").expect("written");
        writeln!(text, "{date},south,{},{}", if t % 2 == 0 { "web" } else { "" }, 50.0 - wobble / 2.0)
            .expect("written");
    }
    text
}

fn sum(drivers: &[Value], column: &str, part: &str) -> f64 {
    drivers.iter().filter(|d| d["column"] == column).map(|d| d[part].as_f64().expect("a number")).sum()
}

#[test]
fn the_change_the_wild_day_and_the_shop_that_moved_it_are_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("orders.csv");
    std::fs::write(&path, orders()).expect("written");
    let file = path.display().to_string();
    let out = folder.path().join("days.csv").display().to_string();
    let ask = [
        "changes",
        &file,
        "--date",
        "day",
        "--value",
        "sold",
        "--by",
        "shop,channel",
        "--season",
        "1",
        "--out",
        &out,
    ];
    let found = run(&ask).expect("an answer");
    assert_eq!(found["change_points"].as_array().map(Vec::len), Some(1), "{}", found["change_points"]);
    assert_eq!(found["change_points"][0]["date"], "2024-02-13");
    assert!(found["anomalies"].to_string().contains("2024-03-06"), "{}", found["anomalies"]);
    let drivers = found["drivers"].as_array().expect("a list");
    assert_eq!(drivers[0]["segment"], "north");
    let difference = found["change"]["difference"].as_f64().expect("a number");
    for column in ["shop", "channel"] {
        assert!((sum(drivers, column, "contribution") - difference).abs() < 1e-9);
        let parts =
            sum(drivers, column, "rate") + sum(drivers, column, "mix") + sum(drivers, column, "volume");
        assert!((parts - difference).abs() < 1e-9);
    }
    let mean = [&ask[..10], &["--mean"]].concat();
    let found = run(&mean).expect("an answer");
    let difference = found["change"]["difference"].as_f64().expect("a number");
    assert!(
        (sum(found["drivers"].as_array().expect("a list"), "shop", "contribution") - difference).abs() < 1e-9
    );
    assert!(std::fs::read_to_string(&out).expect("written").starts_with("date,value,expected"));
}

#[test]
fn files_that_cannot_be_right_are_refused_and_short_ones_say_what_they_need() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("odd.csv");
    let file = path.display().to_string();
    let ask = |text: &str, more: &[&str]| {
        std::fs::write(&path, text).expect("written");
        let start = ["changes", &file, "--date", "d", "--value", "v"];
        run(&start.into_iter().chain(more.iter().copied()).collect::<Vec<_>>())
    };
    for text in ["", "d,v\n", "d,v\nnever,1\n", "a,b\n1,2\n"] {
        assert!(ask(text, &[]).is_err(), "{text}");
    }
    let one = ask("d,v\n2024-01-01,1\n", &[]).expect("an answer");
    assert!(one["cannot_tell"].is_string() && one["change_points"] == serde_json::json!([]));
    let alike: String = (1..29).fold("d,v\n".to_owned(), |text, t| format!("{text}2024-01-{t:02},5\n"));
    let alike = ask(&alike, &[]).expect("an answer");
    assert_eq!(alike["anomalies"], serde_json::json!([]));
    let split = ask("d,v,s\n2024-01-01,1,a\n2024-01-02,3,b\n", &["--by", "s", "--split", "2030-01-01"]);
    assert!(split.expect_err("outside").contains("split"));
    let mut many = "d,v,s\n".to_owned();
    for i in 0..30_000 {
        writeln!(many, "2024-01-{:02},{},s{i}", 1 + i % 28, i % 13).expect("written");
    }
    let many = ask(&many, &["--by", "s"]).expect("an answer");
    let drivers = many["drivers"].as_array().expect("a list");
    assert!(drivers.len() <= 101);
    let difference = many["change"]["difference"].as_f64().expect("a number");
    assert!((sum(drivers, "s", "contribution") - difference).abs() < 1e-6);
}

#[test]
fn weeks_of_two_years_say_that_their_season_could_not_be_taken_out() {
    let weeks: String = (0..110)
        .map(|week| {
            let day = jiff::civil::date(2022, 1, 3) + jiff::Span::new().weeks(week);
            let sold =
                100.0 + 30.0 * (week as f64 / 52.0 * std::f64::consts::TAU).sin() + (week * 7919 % 5) as f64;
            format!("{};{sold:.2}\n", day.strftime("%d.%m.%Y")).replace(',', "")
        })
        .collect();
    let (_folder, path) = file("weeks.csv", &format!("week;sold\n{weeks}"));
    let found = run(&["changes", &path, "--date", "week", "--value", "sold"]).expect("an answer");
    let warned = found["warnings"].to_string();
    assert!(warned.contains("fewer than three seasons of 52"), "{found}");
    assert_eq!(found["wanders"], true);
}
