//! `analyze dedupe` on the shared real data and on files of its own.

use serde_json::Value;

use crate::bench::{run, shared};

fn dedupe(arguments: &[&str]) -> Value {
    let mut all = vec!["dedupe"];
    all.extend(arguments);
    run(&all).unwrap()
}

fn f1(answer: &Value) -> f64 {
    answer["f1"].as_f64().unwrap()
}

#[test]
fn duplicates_of_febrl_are_found_by_the_truth_in_their_keys() {
    for name in ["febrl/dataset1.csv", "febrl/dataset2.csv"] {
        let Some(path) = shared(name) else { return };
        let answer = dedupe(&[path.to_str().unwrap(), "--truth", "rec_id"]);
        assert!(f1(&answer) >= 0.999, "{name}: {}", answer["f1"]);
    }
}

#[test]
fn messy_people_of_fake_1000_are_grouped_better_than_by_the_published_rule() {
    let Some(path) = shared("fake_1000/fake_1000.csv") else { return };
    let answer = dedupe(&[path.to_str().unwrap(), "--truth", "cluster"]);
    assert!(f1(&answer) > 0.95, "{}", answer["f1"]);
    assert!(answer["true_pairs"].as_u64() == Some(2031));
}

#[test]
fn restaurants_of_two_guides_are_linked_by_column_and_by_pairs() {
    let (Some(fodors), Some(zagats), Some(matches)) = (
        shared("fodors_zagats/fodors.csv"),
        shared("fodors_zagats/zagats.csv"),
        shared("fodors_zagats/matches_fodors_zagats.csv"),
    ) else {
        return;
    };
    let files = [fodors.to_str().unwrap(), zagats.to_str().unwrap(), "--id", "id", "--truth"];
    let by_column = dedupe(&[&files[..], &["class"]].concat());
    let by_pairs = dedupe(&[&files[..], &[matches.to_str().unwrap()]].concat());
    assert!(f1(&by_column) >= 0.98, "{}", by_column["f1"]);
    assert_eq!(by_column["f1"], by_pairs["f1"]);
    assert_eq!(by_column["true_pairs"], 112);
}

#[test]
fn keys_and_truth_are_never_compared() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    std::fs::write(
        &path,
        "\u{feff}key;Vorname;Nachname;cluster\n1;Anna;Meyer;7\n1;Otto;Huber;7\n1;Lena;Graf;7\n",
    )
    .unwrap();
    let answer = dedupe(&[path.to_str().unwrap(), "--truth", "cluster"]);
    assert_eq!(answer["clusters"], 3, "{answer}");
    assert_eq!(answer["recall"], 0.0);
    assert!(answer["precision"].is_null());
}

#[test]
fn the_groups_and_the_pairs_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let [path, out, pairs] = ["people.csv", "out.csv", "pairs.csv"].map(|name| folder.path().join(name));
    let rows = "id,first name,surname,email,phone\n\
        a,Anna,Meyer,anna.meyer77@example.org,030 1234567\n\
        b,Otto,Huber,otto@example.net,040 7654321\n\
        c,Anna,Meier,anna.meyer77@example.org,+49 30 1234567\n\
        d,Paul,Graf,paul.graf@example.net,\n";
    std::fs::write(&path, rows).unwrap();
    let [out_text, pairs_text] = [&out, &pairs].map(|path| path.to_str().unwrap().to_owned());
    let answer = dedupe(&[path.to_str().unwrap(), "--id", "id", "--out", &out_text, "--pairs", &pairs_text]);
    assert_eq!(answer["duplicates"], 1);
    assert_eq!(answer["pairs"][0]["left"], "a");
    let written = std::fs::read_to_string(&out).unwrap();
    assert_eq!(written.lines().next(), Some("row,id,cluster,cluster_size"));
    assert_eq!(written.lines().nth(3), Some("4,c,0,2"));
    assert!(std::fs::read_to_string(&pairs).unwrap().contains("email same"));
}

#[test]
fn what_cannot_be_answered_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.csv");
    std::fs::write(&path, "name\nAnna\n").unwrap();
    let file = path.to_str().unwrap();
    assert!(run(&["dedupe", file]).unwrap_err().contains("two rows"));
    assert!(run(&["dedupe", file, "--threshold", "1"]).unwrap_err().contains("between 0 and 1"));
    assert!(run(&["dedupe", file, "--truth", "nothing"]).unwrap_err().contains("nothing"));
    assert!(run(&["dedupe", file, "--fields", "name:colour"]).unwrap_err().contains("no kind of field"));
    std::fs::write(&path, "id\n1\n2\n").unwrap();
    assert!(run(&["dedupe", file]).unwrap_err().contains("no column can be compared"));
}
