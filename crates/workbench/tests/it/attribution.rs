//! `analyze attribution` on paths with known answers.

use serde_json::Value;

use crate::bench::{file, run};

fn credit(found: &Value, model: &str, channel: &str) -> f64 {
    let channels = found["models"][model].as_array().unwrap();
    channels.iter().find(|c| c["channel"] == channel).unwrap()["conversions"].as_f64().unwrap()
}

#[test]
fn three_paths_give_what_is_printed_for_the_example_of_markov_attribution() {
    let (_folder, path) = file("paths.csv", "path,conv,null\nC1 > C2 > C3,1,0\nC1,0,1\nC2 > C3,0,1\n");
    let found =
        run(&["attribution", &path, "--path", "path", "--conversions", "conv", "--null", "null"]).unwrap();
    for (channel, printed, removed) in [("C1", 0.2, 0.5), ("C2", 0.4, 1.0), ("C3", 0.4, 1.0)] {
        assert!((credit(&found, "markov", channel) - printed).abs() < 1e-12, "{found}");
        assert!((found["removal_effects"][channel].as_f64().unwrap() - removed).abs() < 1e-12);
    }
    assert_eq!((credit(&found, "first", "C1"), credit(&found, "last", "C3")), (1.0, 1.0));
    assert!((credit(&found, "shapley", "C2") - 1.0 / 3.0).abs() < 1e-12);
}

#[test]
fn every_model_gives_out_exactly_the_conversions_and_their_value() {
    let text =
        "path,n,money,lost\na|b|a,12,340.5,100\nb,3,20,40\nc|a,0,0,70\na|c|b|b,5,99,2\n,7,7,0\nc,1,5,x\n";
    let (_folder, path) = file("paths.csv", text);
    let found = run(&[
        "attribution",
        &path,
        "--path",
        "path",
        "--conversions",
        "n",
        "--value",
        "money",
        "--null",
        "lost",
        "--separator",
        "|",
    ])
    .unwrap();
    let models = found["models"].as_object().unwrap();
    assert!(models.len() >= 9, "{found}");
    for (model, channels) in models {
        let sum =
            |key: &str| channels.as_array().unwrap().iter().map(|c| c[key].as_f64().unwrap()).sum::<f64>();
        assert!((sum("conversions") - 21.0).abs() < 1e-9 && (sum("value") - 464.5).abs() < 1e-9, "{model}");
    }
    assert_eq!(found["conversions_without_channel"], 7.0);
    assert_eq!(found["rejected"][0]["value"], "x");
}

#[test]
fn no_success_cannot_be_shared_out() {
    let (_folder, path) = file("paths.csv", "path,conv\na > b,0\n");
    let refusal = run(&["attribution", &path, "--path", "path", "--conversions", "conv"]).unwrap_err();
    assert!(refusal.contains("can't tell"), "{refusal}");
}

#[test]
fn paths_with_another_separator_are_told_of() {
    let (_folder, path) = file("paths.csv", "path;n\nWeb | Mail;3\nMail;1\nWeb | Shop;2\n");
    let ask = ["attribution", &path, "--path", "path", "--conversions", "n"];
    let warned = run(&ask).unwrap()["warnings"].to_string();
    assert!(warned.contains("2 of 3 hold “|”: is that what --separator should be?"), "{warned}");
    let right = run(&[&ask[..], &["--separator", "|"]].concat()).unwrap();
    assert!(!right["warnings"].to_string().contains("--separator"), "{right}");
    assert_eq!(right["channels"].as_array().map(Vec::len), Some(3));
}
