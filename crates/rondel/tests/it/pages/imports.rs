//! A file on its whole way through the pages: handed in, mapped, tried, run, mended, taken back.

use axum::http::StatusCode;
use libtest_mimic::Trial;
use platform::auth::Role;

use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        a_file_goes_through_mapping_dry_run_run_and_undo,
        a_dry_run_writes_nothing_and_shows_before_and_after,
        a_wrong_mapping_is_refused_at_its_column_and_kept,
        a_file_is_read_again_as_it_is_said_to_be,
        rejected_rows_are_mended_in_place_and_taken,
        several_files_are_handed_in_at_once,
        a_file_that_is_no_table_is_refused_with_its_name,
        a_file_larger_than_allowed_is_refused,
        a_reader_sees_imports_and_starts_none,
        order_lines_make_customers_products_and_orders,
    ]
}

const PEOPLE: &str = "Customer no;First name;Last name;E-mail;Hobby\n\
    1001;Ada;Lovelace;ada@engines.example;Chess\n\
    1002;Mary;Somerville;mary@stars.example;Stars\n\
    ;;;karl-at-example;Functions\n\
    1003;Karl;Weierstrass;karl@example.com;Functions\n";

/// Hands in a file and answers the address of its import.
fn hand_in(app: &TestApp, name: &str, text: &str) -> String {
    let answer = app.upload("/imports/new", &[], &[("files", name, text.as_bytes())]);
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.location().to_string()
}

/// The fields of a form on a page, as a browser would send them: texts, and the chosen answer of each select.
fn form_on(page: &str) -> Vec<(String, String)> {
    let form = page.split("/plan\"").nth(1).expect("the page has the form of the columns");
    let form = form.split("</form>").next().unwrap();
    let mut fields = Vec::new();
    for select in form.split("<select").skip(1) {
        let name = between(select, "name=\"", "\"");
        let options = select.split("</select>").next().unwrap();
        let chosen =
            options.split("<option").skip(1).find(|o| o.split('>').next().unwrap().contains("selected"));
        fields.push((name, chosen.map(|o| between(o, "value=\"", "\"")).unwrap_or_default()));
    }
    fields.push(("source".to_string(), String::new()));
    fields
}

fn between(text: &str, start: &str, end: &str) -> String {
    let rest = text.split(start).nth(1).unwrap_or_else(|| panic!("no {start} in {text}"));
    rest.split(end).next().unwrap().to_string()
}

fn send(app: &TestApp, path: &str, fields: &[(String, String)], then: &str) -> crate::support::app::Answer {
    let mut pairs: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    pairs.push(("then", then));
    app.post(&format!("{path}/plan"), &pairs)
}

/// Runs an import as its page proposes it.
fn run(app: &TestApp, path: &str) {
    let fields = form_on(&app.get(path).ok().body);
    assert_eq!(send(app, path, &fields, "run").location(), path);
    assert_eq!(app.run_jobs(), 1);
}

fn n_people(app: &TestApp) -> i64 {
    let sql = "SELECT count(*) FROM people WHERE deleted_at IS NULL";
    app.store().read(move |s| s.one(sql, &[], |row| row.get(0))).wait().unwrap()
}

fn a_file_goes_through_mapping_dry_run_run_and_undo(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/imports").ok().shows("Hand in your first file");
    app.get("/imports/samples/orders.csv").ok().shows("Order no,Order date");
    let path = hand_in(&app, "people.csv", PEOPLE);
    let page = app
        .get(&path)
        .ok()
        .shows("CSV")
        .shows("semicolons")
        .shows("by its header")
        .shows("Own field “hobby”");
    let fields = form_on(&page.body);
    assert!(fields.contains(&("column_3".to_string(), "person.email".to_string())), "{fields:?}");

    let tried = format!("{path}/dry-run");
    assert_eq!(send(&app, &path, &fields, "dry-run").location(), tried);
    app.get(&tried).ok().shows("Trying people.csv").shows("hx-trigger=\"every 1s\"");
    assert_eq!(app.run_jobs(), 1);
    app.get_fragment(&format!("{tried}/progress")).ok().shows(&format!("data-then=\"{tried}\""));
    app.get(&tried).ok().shows("Lovelace").shows("Import 3 rows");
    app.get(&format!("{tried}?outcome=error")).ok().shows("karl-at-example").shows("names nobody");
    assert_eq!(n_people(&app), 0, "a dry run writes nothing");

    assert_eq!(app.post(&format!("{path}/run"), &[]).location(), path);
    app.get(&path).ok().shows("Importing people.csv").shows("Waiting");
    assert_eq!(app.run_jobs(), 1);
    app.get_fragment(&format!("{path}/progress")).ok().shows(&format!("data-then=\"{path}\""));
    let page = app.get(&path).ok().shows("3 new and 0 changed, 1 rejected").shows(&format!("{path}/undo"));
    page.shows("Ada Lovelace").shows("Undo this import");
    app.get(&format!("{path}?outcome=error")).ok().shows("karl-at-example");
    app.get("/imports").ok().shows("people.csv").shows("Done");
    assert_eq!(n_people(&app), 3);

    assert_eq!(app.post(&format!("{path}/undo"), &[]).location(), path);
    app.get(&path).ok().shows("Taking back people.csv");
    assert_eq!(app.run_jobs(), 1);
    app.get(&path).ok().shows("Every record is as it was before it").shows("Undone");
    assert_eq!(n_people(&app), 0);
    assert_eq!(app.post(&format!("{path}/undo"), &[]).status, StatusCode::CONFLICT);
}

fn a_dry_run_writes_nothing_and_shows_before_and_after(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    run(&app, &hand_in(&app, "people.csv", PEOPLE));
    let path = hand_in(&app, "people2.csv", &PEOPLE.replace("Lovelace", "King").replace("Chess", "Whist"));
    let fields = form_on(&app.get(&path).ok().body);
    send(&app, &path, &fields, "dry-run");
    app.run_jobs();
    let page = app.get(&format!("{path}/dry-run?outcome=changed")).ok();
    let page = page.shows("<del>Lovelace</del>").shows("<ins>King</ins>").shows("Hobby");
    page.shows("<del>Chess</del>").shows("<ins>Whist</ins>");
    app.get(&format!("{path}/dry-run?outcome=same")).ok().shows("Mary Somerville");
    let mut other = fields.clone();
    other.iter_mut().filter(|(name, _)| name == "column_4").for_each(|(_, value)| value.clear());
    send(&app, &path, &other, "dry-run");
    app.get(&format!("{path}/dry-run")).ok().shows("Trying");
    app.run_jobs();
    let page = app.get(&format!("{path}/dry-run?outcome=changed")).ok();
    assert!(!page.body.contains("Whist"), "a column that is left out changes nothing");
}

fn a_wrong_mapping_is_refused_at_its_column_and_kept(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let path = hand_in(&app, "people.csv", PEOPLE);
    let mut fields = form_on(&app.get(&path).ok().body);
    for (name, value) in &mut fields {
        match name.as_str() {
            "column_4" => *value = "person.email".to_string(),
            "time_zone" => *value = "Mars/Olympus".to_string(),
            _ => {}
        }
    }
    let answer = send(&app, &path, &fields, "dry-run");
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer = answer.shows("id=\"column_4-error\"").shows("is taken from the column “E-mail” already");
    let again = form_on(&answer.body);
    assert!(again.contains(&("column_4".to_string(), "person.email".to_string())), "nothing typed is lost");
    let nobody: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| {
            (name.clone(), if name.starts_with("column_") { String::new() } else { value.clone() })
        })
        .collect();
    let answer = send(&app, &path, &nobody, "run");
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.shows("no column says who the person is").shows("is no time zone");
}

fn a_file_is_read_again_as_it_is_said_to_be(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let path = hand_in(&app, "list.csv", PEOPLE);
    let format = [("kind", "people"), ("separator", "|"), ("encoding", ""), ("header", "none")];
    assert_eq!(app.post(&format!("{path}/format"), &format).location(), path);
    app.get(&path).ok().shows("separated by bars").shows("column 1").shows("value=\"|\" selected");
    let format = [("kind", "companies"), ("separator", ";"), ("encoding", "Windows-1252"), ("header", "1")];
    app.post(&format!("{path}/format"), &format);
    app.get(&path).ok().shows("windows-1252").shows("Company name").shows("value=\"companies\" selected");
    let wrong = app.post(&format!("{path}/format"), &[("encoding", "Klingon"), ("header", "1")]);
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.shows("Klingon");
}

fn rejected_rows_are_mended_in_place_and_taken(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let orders = "Order no;Order date;E-mail;Amount\nA-1;31.12.2025;ada@engines.example;12,50\n\
        A-2;32.12.2025;mary@stars.example;8,00\n";
    let path = hand_in(&app, "orders.csv", orders);
    run(&app, &path);
    let rejected = format!("{path}/rejected");
    let page = app.get(&rejected).ok().shows("Order date: “32.12.2025”").shows("value=\"32.12.2025\"");
    let cells: Vec<(String, String)> = (0..4)
        .map(|n| {
            let input = format!("name=\"cell_3_{n}\" ");
            (format!("cell_3_{n}"), between(&between(&page.body, &input, ">"), "value=\"", "\""))
        })
        .collect();
    let mut sent: Vec<(&str, &str)> = cells.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    sent.push(("rows", "changed"));
    app.post(&format!("{path}/replay"), &sent);
    app.get(&rejected).ok().shows("Nothing was changed yet");
    sent[1].1 = "still wrong";
    app.post(&format!("{path}/replay"), &sent);
    app.get(&rejected).ok().shows("1 still rejected").shows("value=\"still wrong\"");
    let csv = app.get(&format!("{path}/rejected.csv")).ok();
    assert!(csv.body.starts_with("Order no,Order date"), "{}", csv.body);
    assert!(csv.body.contains("A-2,still wrong,mary@stars.example,\"8,00\",3,Order date,"), "{}", csv.body);
    sent[1].1 = "31.12.2025";
    app.post(&format!("{path}/replay"), &sent);
    app.get(&rejected).ok().shows("1 row taken").shows("Taken since");
    assert_eq!(n_people(&app), 2);
    app.post(&format!("{path}/undo"), &[]);
    app.run_jobs();
    assert_eq!(n_people(&app), 0, "a mended row is taken back with its import");
}

fn several_files_are_handed_in_at_once(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let companies = "Company name;Industry\nEngines Ltd;Machines\n";
    let files = [
        ("files", "C:\\exports\\people.csv", PEOPLE.as_bytes()),
        ("files", "companies.csv", companies.as_bytes()),
    ];
    let answer = app.upload("/imports/new", &[("kind", ""), ("source", "fair")], &files);
    assert_eq!(answer.location(), "/imports");
    app.get("/imports")
        .ok()
        .shows(">people.csv<")
        .shows("companies.csv")
        .shows("2 files are here")
        .shows("Not run yet");
}

fn a_file_that_is_no_table_is_refused_with_its_name(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let answer =
        app.upload("/imports/new", &[("source", "fair")], &[("files", "bomb.xlsx", b"PK\x03\x04 nothing")]);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.shows("bomb.xlsx").shows("value=\"fair\"");
    let answer = app.upload("/imports/new", &[], &[("files", "", b"")]);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.shows("choose a file");
    let left: Vec<_> = std::fs::read_dir(installation.data().join("files/arriving")).unwrap().collect();
    assert!(left.is_empty(), "nothing of a refused file stays: {left:?}");
}

fn a_file_larger_than_allowed_is_refused(installation: &Installation) {
    let app = TestApp::with(installation, |config| config.max_upload_mb = 1);
    app.sign_in_as(Role::Member);
    let large = vec![b'a'; 1_100_000];
    let answer = app.upload("/imports/new", &[], &[("files", "large.csv", &large)]);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.shows("is larger than it may be on this installation").shows("1.0 MB");
    let left: Vec<_> = std::fs::read_dir(installation.data().join("files/arriving")).unwrap().collect();
    assert!(left.is_empty(), "nothing of a refused file stays: {left:?}");
}

fn a_reader_sees_imports_and_starts_none(installation: &Installation) {
    let app = TestApp::new(installation);
    app.sign_in_as(Role::Reader);
    app.get("/imports").ok();
    assert_eq!(app.get("/imports/new").status, StatusCode::FORBIDDEN);
    let answer = app.upload("/imports/new", &[], &[("files", "people.csv", PEOPLE.as_bytes())]);
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(app.get("/imports/imp_none").status, StatusCode::NOT_FOUND);
}

fn order_lines_make_customers_products_and_orders(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let path = hand_in(&app, "orders.csv", include_str!("../../../../web/samples/orders.csv"));
    app.get(&path).ok().shows("Line: Quantity").shows("Customer: E-mail").shows("value=\"orders\" selected");
    run(&app, &path);
    app.get(&path).ok().shows("A-2001").shows("A-2004");
    let count = |sql: &'static str| -> i64 {
        app.store().read(move |s| s.one(sql, &[], |row| row.get(0))).wait().unwrap()
    };
    assert_eq!(
        (n_people(&app), count("SELECT count(*) FROM orders"), count("SELECT count(*) FROM products")),
        (3, 4, 3)
    );
    run(&app, &hand_in(&app, "people.csv", include_str!("../../../../web/samples/people.csv")));
    assert_eq!(n_people(&app), 4, "the samples fit together");
}
