//! What the pages say about the records: quality, duplicates, value, cohorts, and the turn that finds it out.

use axum::http::StatusCode;
use libtest_mimic::Trial;
use platform::auth::Role;

use crate::support::app::TestApp;
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        pages_of_knowledge_teach_what_to_do_before_anything_was_analysed,
        a_turn_runs_from_its_button_and_fills_value_and_cohorts,
        every_cell_of_the_grid_opens_as_many_people_as_it_says,
        quality_is_measured_and_opens_its_rows,
        a_pair_is_merged_field_by_field_and_taken_back,
        a_pair_is_told_apart_skipped_and_put_back,
        an_insight_is_reviewed_decided_refuted_and_taken_up_again,
        the_report_stands_alone_and_may_run_nothing,
        the_first_page_says_what_to_do_next,
        a_reader_decides_nothing,
        method_sheets_are_pages_that_lead_to_each_other,
    ]
}

fn method_sheets_are_pages_that_lead_to_each_other(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/methods").ok().shows("href=\"/methods/bg_nbd\"");
    app.get("/methods/insights").ok().shows("<h1>Insights</h1>").shows("href=\"/methods/next_product\"");
    assert_eq!(app.get("/methods/none").status, StatusCode::NOT_FOUND);
}

/// Hands in a file and runs it as proposed.
fn import(app: &TestApp, name: &str, text: &str) {
    let answer = app.upload("/imports/new", &[], &[("files", name, text.as_bytes())]);
    let path = answer.location().to_string();
    let id = path.rsplit('/').next().unwrap().to_string();
    app.post(&format!("{path}/run"), &[]);
    assert_eq!(app.run_jobs(), 1, "{id} runs");
    app.get(&path).ok().shows("Done");
}

/// A year of orders: customer n buys every n-th month, the last three once.
fn orders() -> String {
    let mut text =
        "Order no;Order date;Customer no;Customer name;E-mail;SKU;Product;Quantity;Unit price\n".to_string();
    let mut number = 0;
    for customer in 1..=40 {
        let step = 1 + customer % 6;
        let months: Vec<i32> = if customer > 37 { vec![2] } else { (0..14).step_by(step).collect() };
        for month in months {
            number += 1;
            let (year, month) = (2022 + month / 12, month % 12 + 1);
            let day = 1 + customer % 27;
            text.push_str(&format!(
                "O-{number};{day:02}.{month:02}.{year};{customer};Name{customer} Family{customer};\
                 c{customer}@shop.example;P-{};Thing;2;{}.50\n",
                customer % 7,
                5 + customer % 9
            ));
        }
    }
    text
}

fn run_turn(app: &TestApp) {
    assert_eq!(app.post("/turn-runs", &[]).location(), "/");
    app.get_fragment("/turn-runs/progress").ok().shows("The turn runs");
    assert_eq!(app.run_jobs(), 1);
    app.get_fragment("/turn-runs/progress").ok().shows("data-then=\"/\"").shows("Everything is up to date");
}

fn pages_of_knowledge_teach_what_to_do_before_anything_was_analysed(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    for (path, words) in [
        ("/rfm", "Nothing was analysed yet"),
        ("/cohorts", "No month can be shown yet"),
        ("/quality", "Quality was not measured yet"),
        ("/duplicates", "No pair waits"),
        ("/duplicates/history", "Nothing was merged yet"),
    ] {
        app.get(path).ok().shows(words);
    }
    run_turn(&app);
    app.get("/rfm").ok().shows("Nothing was analysed yet");
}

fn a_turn_runs_from_its_button_and_fills_value_and_cohorts(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    import(&app, "orders.csv", &orders());
    run_turn(&app);
    let page = app.get("/rfm").ok().shows("The newest order is of").shows("Recency 5").shows("Value tiers");
    page.shows("Of whom nothing is told").shows("Can’t tell").shows("Movement between tiers");
    app.get("/rfm?by=money").ok().shows("most money");
    let page = app.get("/cohorts").ok().shows("2022-01").shows("100 %").shows("95 % interval");
    page.shows("Months that come back worse").shows("Figures with intervals as a table");
    app.get("/cohorts?show=money").ok().shows("Revenue less returns");
}

fn every_cell_of_the_grid_opens_as_many_people_as_it_says(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    import(&app, "orders.csv", &orders());
    run_turn(&app);
    let page = app.get("/rfm").ok().body;
    let grid = page.split("<figure class=\"heat\">").nth(1).unwrap().split("</figure>").next().unwrap();
    let mut n_all = 0;
    for cell in grid.split("<a href=\"").skip(1) {
        let href = cell.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
        let n: usize = cell.split("heat-text\">").nth(1).unwrap().split('<').next().unwrap().parse().unwrap();
        let list = app.get(&href).ok().body;
        assert_eq!(list.matches("data-peek=\"/people/").count(), n, "{href}");
        n_all += n;
    }
    assert_eq!(n_all, 40, "every customer stands in one cell");
}

fn quality_is_measured_and_opens_its_rows(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let people = "Customer no;Name;E-mail;Source\n1;Ada Lovelace;ada@engines.example;fair\n2;Mary Somerville;;web\n\
        3;Karl Weierstrass;karl-at-example;fair\n";
    import(&app, "people.csv", people);
    assert_eq!(app.post("/quality/measurements", &[]).location(), "/quality");
    app.get("/quality").ok().shows("Measuring").shows("hx-trigger=\"every 1s\"");
    assert_eq!(app.run_jobs(), 1);
    app.get_fragment("/quality/progress").ok().shows("data-then=\"/quality\"");
    let page =
        app.get("/quality").ok().shows("Completeness").shows("People").shows("check=people.email.validity");
    page.shows("of 3");
    let rows = app.get("/quality/rows?check=people.email.validity").ok();
    rows.shows("Karl Weierstrass").shows("karl-at-example").shows("/people/per_");
    let narrowed = app.get("/quality/rows?check=people.email.completeness&source=fair").ok();
    assert!(!narrowed.body.contains("Mary Somerville"), "she came from the web");
    assert_eq!(app.get("/quality/rows?check=people.none.validity").status, StatusCode::NOT_FOUND);
}

const TWICE: &str = "Customer no;First name;Last name;E-mail;Phone;City\n\
    1;Ada;Lovelace;ada@engines.example;+44 20 7946 0011;London\n\
    2;Ada;Lovelace;ada@engines.example;+44 20 7946 0011;Oxford\n";

/// The address at which the shown pair is decided, and the id that is kept.
fn shown_pair(page: &str) -> (String, String) {
    let action = page.split("action=\"/duplicates/per_").nth(1).expect("a pair is shown");
    let action = format!("/duplicates/per_{}", action.split('"').next().unwrap());
    let kept = page.split("name=\"kept\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    (action, kept.to_string())
}

fn search(app: &TestApp) {
    app.post("/duplicates/searches", &[]);
    app.get("/duplicates").ok().shows("Looking for duplicates");
    assert_eq!(app.run_jobs(), 1);
}

fn a_pair_is_merged_field_by_field_and_taken_back(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    import(&app, "people.csv", TWICE);
    search(&app);
    let page = app.get("/duplicates").ok().shows("likely one").shows("Oxford").shows("data-key=\"m\"");
    let (action, kept) = shown_pair(&page.body);
    let lost_city = if page.body.contains("value=\"lost\"> Oxford") { "Oxford" } else { "London" };
    let form = [("decision", "merge"), ("kept", kept.as_str()), ("side_city", "lost")];
    assert_eq!(app.post(&action, &form).location(), "/duplicates");
    let page = app.get("/duplicates").ok().shows("Merged into one record").shows("No pair waits");
    let undo =
        page.body.split("action=\"/duplicates/merges/").nth(1).expect("the message offers the way back");
    let undo = format!("/duplicates/merges/{}", undo.split('"').next().unwrap());
    app.get(&format!("/people/{kept}")).ok().shows(lost_city);
    app.get("/duplicates/history").ok().shows("Ada Lovelace").shows("Take back");
    assert_eq!(app.post(&undo, &[]).location(), "/duplicates/history");
    app.get("/duplicates/history").ok().shows("The two are two again").shows("Taken back");
    app.get("/duplicates").ok().shows("likely one");
}

fn a_pair_is_told_apart_skipped_and_put_back(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    import(&app, "people.csv", TWICE);
    search(&app);
    let (action, kept) = shown_pair(&app.get("/duplicates").ok().body);
    app.post(&action, &[("decision", "skip"), ("kept", kept.as_str())]);
    app.get("/duplicates").ok().shows("Skipped").shows("No pair waits");
    app.get("/duplicates?state=skipped").ok().shows("Back into the queue");
    app.post(&format!("{action}/reopening"), &[]);
    app.post(&action, &[("decision", "different"), ("kept", kept.as_str())]);
    app.get("/duplicates?state=different").ok().shows("Oxford");
    search(&app);
    app.get("/duplicates").ok().shows("No pair waits");
}

fn a_reader_decides_nothing(installation: &Installation) {
    let app = TestApp::new(installation);
    app.sign_in_as(Role::Reader);
    for path in ["/turn-runs", "/quality/measurements", "/duplicates/searches", "/duplicates/per_a/per_b"] {
        assert_eq!(app.post(path, &[]).status, StatusCode::FORBIDDEN, "{path}");
    }
}

/// The address of the first insight on the board.
fn first_insight(app: &TestApp) -> String {
    let board = app.get("/insights").ok().body;
    let card = board.split("<article class=\"card\">").nth(1).expect("something was found");
    card.split("href=\"").nth(1).unwrap().split('"').next().unwrap().to_string()
}

/// Orders of which one customer makes nearly all the money: revenue hangs on few.
fn lopsided_orders() -> String {
    let mut text = "Order no;Order date;Customer no;E-mail;Amount\n".to_string();
    for customer in 1..=60 {
        for month in 0..12 {
            let amount = if customer == 1 { 90_000 } else { 10 + customer };
            text.push_str(&format!(
                "Q-{customer}-{month};{:02}.{:02}.2022;{customer};c{customer}@shop.example;{amount}.00\n",
                1 + customer % 27,
                month + 1
            ));
        }
    }
    text
}

fn an_insight_is_reviewed_decided_refuted_and_taken_up_again(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/insights").ok().shows("Nothing was looked for yet");
    import(&app, "orders.csv", &lopsided_orders());
    run_turn(&app);
    app.get("/insights").ok().shows("Nobody has looked at these yet");
    app.get("/").ok().shows("What it means").shows("Suggested:");
    let path = first_insight(&app);
    app.get(&path)
        .ok()
        .shows("What it stands on")
        .shows("What else might explain it")
        .shows("What would refute it");
    assert_eq!(app.post(&format!("{path}/review"), &[]).location(), path);
    app.get(&path).ok().shows("Marked as reviewed").shows("Reviewed");
    let wrong = app.post(&format!("{path}/decision"), &[("why", ""), ("expected_effect", "more of it")]);
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.shows("say it in a sentence").shows("more of it");
    let form = [("why", "Visit the largest customer"), ("expected_effect", "A second one like it")];
    assert_eq!(app.post(&format!("{path}/decision"), &form).location(), path);
    app.get(&path).ok().shows("Visit the largest customer").shows("Ada Lovelace");
    app.get("/insights?status=decided").ok().shows("Something is to be done");
    app.post(&format!("{path}/reopening"), &[]);
    app.post(&format!("{path}/refutation"), &[("why", "It is our own branch")]);
    app.get(&path).ok().shows("It is our own branch").shows("Take up again");
    app.get("/insights?status=refuted").ok().shows("Somebody found that these do not hold");
}

fn the_report_stands_alone_and_may_run_nothing(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    import(&app, "orders.csv", &lopsided_orders());
    run_turn(&app);
    let report = app.get("/insights/report").ok();
    let policy = report.headers["content-security-policy"].to_str().unwrap().to_string();
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    assert!(!report.body.contains("<script"), "a report has no script");
    let file = app.get("/insights/report?download=1").ok();
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
}

fn the_first_page_says_what_to_do_next(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/").ok().shows("Nothing has come in yet").shows("not begun").shows("No turn is open");
    let answer = app.upload("/imports/new", &[], &[("files", "orders.csv", lopsided_orders().as_bytes())]);
    let path = answer.location().to_string();
    app.get("/").ok().shows("Look at the columns of orders.csv").shows(&format!("href=\"{path}\""));
    app.post(&format!("{path}/run"), &[]);
    app.run_jobs();
    app.get("/").ok().shows("Data came in since they ran last");
    run_turn(&app);
    let page =
        app.get("/").ok().shows("Customers").shows("Quality of the data").shows("Last run of the analyses");
    page.shows("Reading the orders");
}
