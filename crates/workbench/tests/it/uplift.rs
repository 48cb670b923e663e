//! `analyze uplift` on an experiment that is made here, and on hostile files.

use serde_json::Value;

use crate::bench::run;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.csv");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

/// 56 of 70 treated and 48 of 80 held out hit: Newcombe's example (a); many rows are alike, and are kept.
fn newcombe() -> String {
    let mut text = String::from("arm,hit,spend\n");
    for i in 0..150 {
        let (arm, hit) = if i < 70 { ("mail", i < 56) } else { ("none", i - 70 < 48) };
        text.push_str(&format!("{arm},{},{}\n", u8::from(hit), if hit { 10 + i % 3 } else { 0 }));
    }
    text
}

#[test]
fn shares_are_close_to_newcombe_1998_and_repeated_rows_are_kept() {
    let (_folder, path) = file(&newcombe());
    let found =
        run(&["uplift", &path, "--treatment", "arm", "--control", "none", "--outcome", "hit,spend"]).unwrap();
    let hit = &found["effects"][0];
    assert_eq!((hit["n_treated"].as_u64(), hit["n_control"].as_u64()), (Some(70), Some(80)));
    for (key, printed) in [("estimate", 0.2), ("low", 0.0524), ("high", 0.3339)] {
        assert!((number(&hit[key]) - printed).abs() < 1e-4, "{key}: {hit}");
    }
    // statsmodels proportions_ztest([56, 48], [70, 80]).
    assert!((number(&hit["p"]) - 0.008_045).abs() < 1e-6, "{hit}");
    assert!(
        number(&hit["always_low"]) < number(&hit["low"])
            && number(&hit["always_high"]) > number(&hit["high"])
    );
    assert_eq!(found["effects"][1]["method"], "welch");
    assert_eq!(
        (found["qini"].clone(), found["sample_ratio"]["alarm"].clone()),
        (Value::Null, Value::Bool(false))
    );
}

#[test]
fn arms_of_the_wrong_size_ring_the_alarm_unless_they_were_planned() {
    let text: String = std::iter::once("arm,hit\n".to_owned())
        .chain((0..1_000).map(|i| format!("{},{}\n", if i % 10 == 0 { "none" } else { "mail" }, i % 3 % 2)))
        .collect();
    let (_folder, path) = file(&text);
    let ask = ["uplift", &path, "--treatment", "arm", "--control", "none", "--outcome", "hit"];
    assert_eq!(run(&ask).unwrap()["sample_ratio"]["alarm"], true);
    let planned = [&ask[..], &["--shares", "none=1,mail=9"]].concat();
    assert_eq!(run(&planned).unwrap()["sample_ratio"]["alarm"], false);
    assert!(run(&[&ask[..], &["--shares", "none=1"]].concat()).unwrap_err().contains("mail"));
}

#[test]
fn covariates_show_whom_it_moves_and_take_noise_out() {
    let mut text = String::from("arm,x,before,hit,spend\n");
    let mut state = 1u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    for i in 0..8_000 {
        let (x, before, noise) = (uniform(), 100.0 * uniform(), 10.0 * uniform());
        let treated = i / 2 % 2 == 0;
        let hit = uniform() < 0.1 + if treated { 0.3 * x } else { 0.0 };
        text.push_str(&format!(
            "{},{x:.4},{before:.2},{},{:.2}\n",
            u8::from(treated),
            u8::from(hit),
            before + noise
        ));
    }
    let (folder, path) = file(&text);
    let out = folder.path().join("people.csv");
    let ask = [
        "uplift",
        &path,
        "--treatment",
        "arm",
        "--control",
        "0",
        "--outcome",
        "hit,spend",
        "--covariates",
        "x,before",
        "--out",
    ];
    let found = run(&[&ask[..], &[out.to_str().unwrap()]].concat()).unwrap();
    assert!(number(&found["qini"]) > 0.03 && number(&found["auuc"]) > 0.0, "{found}");
    let cuped = &found["effects"][1]["cuped"];
    assert!(number(&cuped["variance_reduction"]) > 0.95 && cuped["covariate"] == "before");
    assert!(number(&cuped["standard_error"]) < 0.2 * number(&found["effects"][1]["standard_error"]));
    assert_eq!(std::fs::read_to_string(out).unwrap().lines().count(), 8_001);
}

#[test]
fn what_is_no_experiment_is_refused_in_words() {
    let (_folder, path) = file("arm,hit\nnone,1\nnone,0\n");
    let ask = ["uplift", &path, "--treatment", "arm", "--control"];
    assert!(
        run(&[&ask[..], &["none", "--outcome", "hit"]].concat()).unwrap_err().contains("nobody to compare")
    );
    assert!(run(&[&ask[..], &["mail", "--outcome", "hit"]].concat()).unwrap_err().contains("none"));
    let (_folder, path) = file("arm,hit\nnone,1\nmail,perhaps\nmail,\n");
    let found =
        run(&["uplift", &path, "--treatment", "arm", "--control", "none", "--outcome", "hit"]).unwrap();
    assert_eq!(found["effects"][0]["estimate"], Value::Null, "{found}");
}
