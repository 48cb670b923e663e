//! The list of people, a person's page, and every change with its way back.

use axum::http::StatusCode;
use libtest_mimic::Trial;
use platform::auth::Role;

use crate::support::app::{Answer, TestApp};
use crate::support::{Installation, on_both_engines};

pub fn tests() -> Vec<Trial> {
    on_both_engines![
        an_empty_list_says_how_to_begin,
        a_person_is_added_changed_and_deleted_with_a_way_back_each_time,
        wrong_input_is_told_at_its_field_and_nothing_typed_is_lost,
        what_came_in_stays_known_when_another_field_is_edited,
        the_list_narrows_by_its_bar_and_by_a_filter_in_its_address,
        a_list_is_paged_forward_and_back_through_the_same_people,
        ticked_people_are_tagged_at_once_and_one_press_takes_it_back,
        notes_tags_and_consents_stand_in_the_timeline,
        a_person_known_already_is_named_while_typing,
        a_reader_sees_everything_and_changes_nothing,
        hostile_names_are_shown_as_text,
    ]
}

/// Adds a person by the form; returns the address of the page.
pub fn add(app: &TestApp, fields: &[(&str, &str)]) -> String {
    let answer = app.post("/people", fields);
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.location().to_string()
}

/// The address behind the button "Undo" of the message on a page.
pub fn undo_of(answer: &Answer) -> String {
    let toast = answer.body.split("class=\"toast ").nth(1).expect("the page has a message");
    let action = toast.split("action=\"").nth(1).expect("the message has a way back");
    action.split('"').next().unwrap().to_string()
}

fn an_empty_list_says_how_to_begin(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    app.get("/people").ok().shows("Nobody is here yet").shows("href=\"/imports/new\"");
    app.get("/people?q=nobody").ok().shows("Nobody matches");
}

fn a_person_is_added_changed_and_deleted_with_a_way_back_each_time(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let there =
        add(&app, &[("given_name", "Grace"), ("family_name", "Hopper"), ("email", "GRACE@Example.com")]);
    let page = app
        .get(&there)
        .ok()
        .shows("<h1>Grace Hopper</h1>")
        .shows("GRACE@example.com")
        .shows("Grace Hopper added");
    let undo_adding = undo_of(&page);
    assert_eq!(app.post(&there, &[("city", "Arlington"), ("country", "United States")]).location(), there);
    let page = app.get(&there).ok().shows("Arlington").shows("Grace Hopper saved");
    page.body.contains("<ins>Arlington</ins>").then_some(()).expect("the timeline shows what changed");
    let refused = app.post(&undo_adding, &[]);
    assert_eq!(refused.status, StatusCode::CONFLICT, "a later change stands on it");
    app.post(&undo_of(&page), &[]);
    let page = app.get(&there).ok().shows("Taken back");
    assert!(!page.body.contains("<dd>Arlington"), "the city is gone again");
    assert_eq!(app.post(&format!("{there}/deletion"), &[]).location(), "/people");
    let list = app.get("/people").ok().shows("Grace Hopper deleted");
    assert!(!list.body.contains("row-link"), "nobody is in the list");
    app.post(&undo_of(&list), &[]);
    app.get("/people").ok().shows("row-link").shows("1 person");
    app.post(&format!("{there}/deletion"), &[]);
    app.get(&there).ok().shows("Bring back");
    app.post(&format!("{there}/restoration"), &[]);
    app.get("/people").ok().shows("row-link");
}

fn wrong_input_is_told_at_its_field_and_nothing_typed_is_lost(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let typed = [
        ("given_name", "Ada"),
        ("email", "ada@"),
        ("country", "Atlantis"),
        ("birthday", "10.12.1815"),
        ("company", "Engines"),
    ];
    let answer = app.post("/people", &typed);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer =
        answer.shows("is no date such as").shows("there is no company “Engines” yet").shows("value=\"ada@\"");
    drop(answer.shows("value=\"Atlantis\"").shows("value=\"Ada\""));
    let answer = app.post("/people", &[("email", "ada@"), ("country", "Atlantis")]);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.shows("id=\"email-error\"").shows("id=\"country-error\"").shows("2 fields need");
    let there = add(&app, &[("given_name", "Ada")]);
    let answer = app.post(&there, &[("given_name", "Ada"), ("email", "not an address")]);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.shows("value=\"not an address\"").shows("id=\"email-error\"").shows("id=\"timeline\"");
    app.get("/people").ok().shows("1 person");
}

fn what_came_in_stays_known_when_another_field_is_edited(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let there = add(&app, &[("given_name", "Ada"), ("email", "ADA@Example.COM")]);
    app.get(&there).ok().shows("came in as “ADA@Example.COM”");
    app.get(&format!("{there}/edit")).ok().shows("value=\"ADA@example.com\"");
    app.post(&there, &[("given_name", "Ada"), ("email", "ADA@example.com"), ("city", "London")]);
    app.get(&there).ok().shows("London").shows("came in as “ADA@Example.COM”");
    assert_eq!(app.post(&there, &[("city", "London")]).location(), there);
    app.get(&there).ok().shows("Nothing was different");
}

fn the_list_narrows_by_its_bar_and_by_a_filter_in_its_address(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    add(&app, &[("given_name", "Ada"), ("family_name", "Lovelace"), ("country", "GB"), ("source", "fair")]);
    add(&app, &[("given_name", "Grace"), ("family_name", "Hopper"), ("country", "US")]);
    add(&app, &[("given_name", "Émilie"), ("family_name", "du Châtelet"), ("country", "FR")]);
    let names = |path: &str| -> Vec<String> {
        let body = app.get(path).ok().body;
        body.split("class=\"row-link\"")
            .skip(1)
            .map(|rest| {
                let name = rest.split('>').nth(1).unwrap();
                name.split('<').next().unwrap().to_string()
            })
            .collect()
    };
    assert_eq!(names("/people?sort=name").len(), 3);
    assert_eq!(names("/people?sort=name"), ["Ada Lovelace", "Émilie du Châtelet", "Grace Hopper"]);
    assert_eq!(names("/people?sort=-family_name").last().map(String::as_str), Some("Émilie du Châtelet"));
    assert_eq!(names("/people?q=love"), ["Ada Lovelace"]);
    assert_eq!(names("/people?q=emil"), ["Émilie du Châtelet"]);
    assert_eq!(names("/people?country=US"), ["Grace Hopper"]);
    assert_eq!(names("/people?source=fair&orders=none"), ["Ada Lovelace"]);
    assert!(names("/people?last_order=30").is_empty());
    let any = r#"{"any":[{"field":{"name":"country","op":"is","value":"US"}},{"field":{"name":"country","op":"is","value":"FR"}}]}"#;
    let path = format!("/people?sort=name&filter={}", web::forms::percent(any));
    assert_eq!(names(&path), ["Émilie du Châtelet", "Grace Hopper"]);
    app.get(&path).ok().shows("Country is United States or Country is France").shows("Save as segment");
    let count = path.replace("/people?", "/people/count?");
    app.get_fragment(&count).ok().shows("2 people");
    let broken = app.get("/people?filter=%7B%22all%22");
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    broken.shows("cannot be read");
}

fn a_list_is_paged_forward_and_back_through_the_same_people(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let mut ids = Vec::new();
    for number in 0..120 {
        ids.push(add(&app, &[("given_name", "Person"), ("family_name", &format!("No{number:03}"))]));
    }
    let link = |page: &Answer, rel: &str| {
        let rest = page.body.split(&format!("rel=\"{rel}\" href=\"")).nth(1)?;
        Some(rest.split('"').next()?.replace("&#38;", "&").replace("&amp;", "&"))
    };
    let rows = |page: &Answer| page.body.matches("class=\"row-link\"").count();
    let first = app.get("/people?sort=name").ok().shows("120 people");
    let second = app.get(&link(&first, "next").unwrap()).ok().shows("No050").shows("No099");
    let third = app.get(&link(&second, "next").unwrap()).ok().shows("No100").shows("No119");
    assert_eq!((rows(&first), rows(&second), rows(&third)), (50, 50, 20));
    assert_eq!(link(&third, "next"), None);
    let back = app.get(&link(&third, "prev").unwrap()).ok().shows("No050");
    assert_eq!(link(&back, "prev").as_deref(), Some("/people?sort=name"));
    assert_eq!(app.get("/people?after=nowhere").status, StatusCode::UNPROCESSABLE_ENTITY);
}

fn ticked_people_are_tagged_at_once_and_one_press_takes_it_back(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let ids: Vec<String> = ["Ada", "Grace", "Emmy"]
        .iter()
        .map(|name| add(&app, &[("given_name", name)]).trim_start_matches("/people/").to_string())
        .collect();
    let two = [("id", ids[0].as_str()), ("id", &ids[1]), ("back", "/people?sort=name")];
    let answer = app.post("/people/tags", &[&two[..], &[("tag", "Garden")]].concat());
    assert_eq!(answer.location(), "/people?sort=name");
    let list = app.get("/people?sort=name").ok().shows("2 people tagged “Garden”");
    app.get("/people?tag=garden").ok().shows("2 people");
    app.get_fragment("/tags?tag=gar").ok().shows("value=\"Garden\"");
    app.post(&undo_of(&list), &[]);
    app.get("/people?tag=garden").ok().shows("Nobody matches").shows("2 changes taken back");
    app.post("/people/tags", &[&two[..], &[("tag", "Garden")]].concat());
    app.post("/people/tags/removal", &[("id", ids[0].as_str()), ("tag", "GARDEN")]);
    app.get("/people?tag=garden").ok().shows("1 person");
    app.post("/people/deletion", &two);
    let list = app.get("/people").ok().shows("1 person").shows("2 people deleted");
    app.post(&undo_of(&list), &[]);
    app.get("/people").ok().shows("3 people");
    assert_eq!(app.post("/people/deletion", &[]).status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        app.post("/changes/imp_1/undo", &[]).status,
        StatusCode::NOT_FOUND,
        "imports have a page of their own"
    );
}

fn notes_tags_and_consents_stand_in_the_timeline(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let there = add(&app, &[("given_name", "Ada")]);
    let record = there.replace("/people/", "/records/");
    app.post(&format!("{record}/notes"), &[("body", "Likes <engines>\nand poems")]);
    app.get(&there)
        .ok()
        .shows("Likes &#60;engines&#62;\nand poems")
        .shows("Note written")
        .shows("Ada Lovelace");
    app.post(&format!("{record}/tags"), &[("tag", "Poet")]);
    app.get(&there).ok().shows("Tag “Poet” added");
    let consent = [
        ("purpose", "Newsletter"),
        ("channel", "email"),
        ("state", "granted"),
        ("basis", "consent"),
        ("source", "fair"),
    ];
    app.post(&format!("{there}/consents"), &consent);
    let page = app.get(&there).ok().shows("Granted newsletter by email").shows("newsletter by email");
    app.get(&format!("{there}?kind=consents")).ok().shows("Granted newsletter");
    let notes = app.get(&format!("{there}?kind=notes")).ok().shows("and poems");
    assert!(!notes.body.contains("Tag “Poet” added"));
    app.post(&undo_of(&page), &[]);
    app.get(&there).ok().shows("Silence is no consent").shows("Taken back: consent to newsletter by email");
    let wrong = app.post(
        &format!("{there}/consents"),
        &[("purpose", ""), ("channel", "email"), ("state", "granted"), ("basis", "consent")],
    );
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        app.post(&format!("{record}/notes"), &[("body", "  ")]).status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

fn a_person_known_already_is_named_while_typing(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let there =
        add(&app, &[("given_name", "Ada"), ("family_name", "Lovelace"), ("email", "ada@example.org")]);
    let known = app.post("/people/similar", &[("email", "ADA@example.org")]).ok();
    known.shows("Known already?").shows(&format!("href=\"{there}\""));
    app.post("/people/similar", &[("given_name", "ada"), ("family_name", "lovelace")]).ok().shows(&there);
    let own = there.trim_start_matches("/people/");
    let answer = app.post("/people/similar", &[("email", "ada@example.org"), ("person_id", own)]).ok();
    assert!(!answer.body.contains("Known already"), "a person is not similar to themselves");
}

fn a_reader_sees_everything_and_changes_nothing(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let there = add(&app, &[("given_name", "Ada")]);
    app.forget_cookies();
    app.add_user("reader@example.com", Role::Reader);
    let form = [("email", "reader@example.com"), ("password", crate::support::app::PASSWORD)];
    assert_eq!(app.post("/sign-in", &form).status, StatusCode::SEE_OTHER);
    let page = app.get(&there).ok();
    let token = page.body.split("name=\"csrf_token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    app.set_csrf_token(token);
    assert!(!page.body.contains("/deletion"), "no button that may not be pressed");
    for path in ["deletion", "consents"] {
        assert_eq!(app.post(&format!("{there}/{path}"), &[]).status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(app.post("/people", &[("given_name", "Eve")]).status, StatusCode::FORBIDDEN);
    app.get("/people").ok().shows("1 person");
}

fn hostile_names_are_shown_as_text(installation: &Installation) {
    let app = TestApp::signed_in(installation);
    let there = add(&app, &[("given_name", "<script>alert(1)</script>"), ("source", "\"><img src=x>")]);
    for path in ["/people", there.as_str(), &format!("{there}/peek"), &format!("{there}/edit")] {
        let page = app.get(path).ok();
        assert!(!page.body.contains("<script>alert"), "{path}");
        assert!(!page.body.contains("<img src=x>"), "{path}");
    }
    assert_eq!(app.get("/people/per_none").status, StatusCode::NOT_FOUND);
}
