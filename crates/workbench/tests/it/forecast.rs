//! `analyze forecast` on published series and on files with gaps, odd dates and series too short.

use std::fmt::Write as _;

use crate::bench::{file, run, shared};

#[test]
fn the_last_year_of_air_passengers_is_foretold_better_than_by_repeating() {
    let Some(path) = shared("time_series/AirPassengers.csv") else { return };
    let file = path.display().to_string();
    let ask = ["forecast", &file, "--date", "date", "--value", "value", "--horizon", "12", "--holdout", "12"];
    let found = run(&ask).expect("an answer");
    assert!(found["smape"].as_f64().expect("a number") < 7.45, "{}", found["smape"]);
    assert!((found["naive_smape"].as_f64().expect("a number") - 10.5718).abs() < 0.0001);
    assert_eq!((found["season"].as_u64(), found["period"].as_str()), (Some(12), Some("month")));
    assert_eq!(found["forecasts"].as_array().map(Vec::len), Some(12));
    assert_eq!(found["forecasts"][0]["date"], "1961-01-01");
    assert_eq!(found["forecasts"][11]["date"], "1961-12-01");
}

#[test]
fn many_series_with_gaps_and_short_ones_are_all_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.csv");
    let mut text = "shop;day;sold\n".to_owned();
    for day in 1..=28 {
        if day != 9 {
            writeln!(text, "north;2024-02-{day:02};{}", 100 + day % 7 * 10).expect("written");
        }
        writeln!(text, "south;2024-02-{day:02};5").expect("written");
        writeln!(text, "south;2024-02-{day:02};2").expect("written");
    }
    text.push_str("new;2024-02-28;3\nnorth;soon;3\nsouth;2024-02-28;many\n");
    std::fs::write(&path, text).expect("written");
    let file = path.display().to_string();
    let out = folder.path().join("next.csv").display().to_string();
    let ask = [
        "forecast",
        &file,
        "--series",
        "shop",
        "--date",
        "day",
        "--value",
        "sold",
        "--horizon",
        "3",
        "--out",
        &out,
    ];
    let found = run(&ask).expect("an answer");
    assert_eq!((found["n_series"].as_u64(), found["rows_rejected"].as_u64()), (Some(3), Some(2)));
    assert_eq!(found["period"], "day");
    let forecasts = found["forecasts"].as_array().expect("a list");
    assert_eq!(forecasts.len(), 9);
    assert_eq!(
        (forecasts[3]["series"].as_str(), forecasts[3]["forecast"].as_f64()),
        (Some("south"), Some(7.0))
    );
    assert_eq!(forecasts[0]["date"], "2024-02-29");
    assert_eq!((forecasts[6]["forecast"].as_f64(), forecasts[6]["low"].is_null()), (Some(3.0), true));
    assert_eq!(found["cannot_tell"][0]["series"], "new");
    assert_eq!(std::fs::read_to_string(&out).expect("written").lines().count(), 10);
}

#[test]
fn files_that_cannot_be_right_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("odd.csv");
    let file = path.display().to_string();
    let ask = |text: &str, horizon: &str| {
        std::fs::write(&path, text).expect("written");
        run(&["forecast", &file, "--date", "d", "--value", "v", "--horizon", horizon])
    };
    for text in ["", "d,v\n", "d,v\nnever,1\n", "a,b\n1,2\n"] {
        assert!(ask(text, "3").is_err(), "{text}");
    }
    assert!(ask("d,v\n2024-01-01,1\n", "0").is_err());
    let one = ask("d,v\n2024-01-01,1\n", "2").expect("an answer");
    assert_eq!(one["forecasts"].as_array().map(Vec::len), Some(2));
    let far = ask("d,v\n2024-01-01,1\n2024-01-02,1\n2024-01-03,1\n0001-01-01,1\n", "2");
    assert!(far.is_err() || far.is_ok_and(|a| a["forecasts"].is_array()));
    let plain: String = (1..40).fold("d,v\n".to_owned(), |text, t| format!("{text}{t},{}\n", 3 * t));
    let plain = ask(&plain, "2").expect("an answer");
    assert_eq!(plain["forecasts"][0]["date"], "40");
}

#[test]
fn months_written_as_first_days_with_the_day_in_front_are_months() {
    let months: String =
        (0..240).map(|at| format!("01.{:02}.{};{},5\n", at % 12 + 1, 1950 + at / 12, 20 + at % 12)).collect();
    let (_folder, path) = file("months.csv", &format!("Monat;Wert\n{months}"));
    let found = run(&["forecast", &path, "--date", "Monat", "--value", "Wert", "--horizon", "3"]).unwrap();
    assert_eq!(found["period"], "month");
    assert_eq!(found["forecasts"][0]["date"], "1970-01-01");
}

#[test]
fn dates_that_may_be_read_in_two_ways_are_told_of() {
    let (_folder, path) = file("days.csv", "day,n\n01/02/2024,5\n02/03/2024,6\n03/04/2024,7\n04/05/2024,9\n");
    let found = run(&["forecast", &path, "--date", "day", "--value", "n", "--horizon", "1"]).unwrap();
    assert!(
        found["warnings"].to_string().contains("“day”: “04/05/2024” can be read in more than one way"),
        "{found}"
    );
}
