//! Files of people and companies.

use super::{Office, counts};
use cycle::collect::imports::{self, Correction, Kind, Outcome, Plan};
use platform::By;
use records::people;

const CUSTOMERS: &str = "Kunden-Nr;Vorname;Nachname;E-Mail;Telefon;Firma;Land;Newsletter;Schuhgröße\n\
    17;ANNA;MEYER;Anna.Meyer@Example.com;0171 2345678;Müller GmbH;Deutschland;ja;38\n\
    18;Bert;van der Berg;bert@example.org;+43 1 5134567;;Österreich;nein;\n";

#[test]
fn headers_in_german_find_their_fields_and_others_become_fields_of_the_firm() {
    let office = Office::open();
    let import = office.import("kunden.csv", CUSTOMERS);
    assert_eq!(import.counts, counts(2, 0, 0, 0, 0));
    let anna = office.store.read(|s| people::by_external_id(s, "17")).wait().unwrap().unwrap();
    assert_eq!((anna.name.as_str(), anna.country.as_deref()), ("Anna Meyer", Some("DE")));
    assert_eq!(anna.phone.as_deref(), Some("+491712345678"));
    assert_eq!(anna.custom["schuhgrosse"], "38");
    assert!(anna.company_id.is_some());
    let denied = "SELECT count(*) FROM consents WHERE state = 'denied' AND purpose = 'newsletter'";
    assert_eq!(office.count(denied), 1);
}

#[test]
fn the_same_file_again_changes_nothing_and_a_newer_one_changes_what_differs() {
    let office = Office::open();
    office.import("kunden.csv", CUSTOMERS);
    let before = office.dump();
    let again = office.import("kunden.csv", CUSTOMERS);
    assert_eq!(again.counts, counts(0, 0, 2, 0, 0));
    assert_eq!(office.dump(), before);
    let newer = CUSTOMERS.replace("bert@example.org", "bert@example.net");
    let path = office.file("kunden-neu.csv", newer);
    let import = office.arrive(&path, None).unwrap();
    let preview = office.preview(&import);
    assert_eq!(preview.counts, counts(0, 1, 1, 0, 0));
    let changed = preview.of(Outcome::Changed).next().unwrap();
    assert_eq!(changed.row, 3);
    assert_eq!(changed.differences[0].before, "bert@example.org");
    assert_eq!(changed.differences[0].after, "bert@example.net");
    assert_eq!(office.dump(), before, "a dry run writes nothing");
}

#[test]
fn an_undone_import_leaves_every_record_as_it_was_updates_included() {
    let office = Office::open();
    office.import("kunden.csv", CUSTOMERS);
    let before = office.dump();
    let newer = CUSTOMERS.replace("ANNA;MEYER", "Anna;Huber").replace("nein", "ja")
        + "19;Carla;Diaz;c@example.com;;;ES;;\n";
    let import = office.import("kunden-neu.csv", &newer);
    assert_eq!(import.counts, counts(1, 1, 1, 0, 0));
    assert_ne!(office.dump(), before);
    let undone = office.undo(&import);
    assert_eq!(undone.counts.left_by_undo, 0);
    assert_eq!(office.dump(), before);
}

#[test]
fn what_somebody_changed_since_is_left_by_the_undo_and_told() {
    let office = Office::open();
    let import = office.import("kunden.csv", CUSTOMERS);
    let anna = office.store.read(|s| people::by_external_id(s, "17")).wait().unwrap().unwrap();
    let input = people::Input { city: Some("Köln".to_string()), ..people::Input::default() };
    office
        .store
        .write(By::user("usr_1"), move |tx| people::update(tx, &anna.id, &input, people::Defaults::default()))
        .wait()
        .unwrap();
    let undone = office.undo(&import);
    assert_eq!(undone.counts.left_by_undo, 1);
    assert_eq!(office.count("SELECT count(*) FROM people"), 1);
    let number = undone.import_no;
    let told = office.store.read(move |s| imports::undo_conflicts(s, number, 10)).wait().unwrap();
    assert!(told[0].contains("Anna Meyer was changed later"), "{told:?}");
}

#[test]
fn a_key_that_stands_twice_in_a_file_is_a_conflict_for_the_second_row() {
    let office = Office::open();
    let import = office
        .import("twice.csv", "Customer No,Name,Email\n1,Ada One,a@example.com\n1,Ada Two,a@example.com\n");
    assert_eq!(import.counts, counts(1, 0, 0, 1, 0));
    let number = import.import_no;
    let rejected = office.store.read(move |s| imports::rejected(s, number, 0, 10)).wait().unwrap();
    assert_eq!(rejected[0].row, 3);
    assert!(rejected[0].reason.contains("stands twice"), "{}", rejected[0].reason);
}

#[test]
fn a_rejected_row_is_kept_with_its_reason_corrected_and_replayed() {
    let office = Office::open();
    let import = office
        .import("mixed.csv", "Customer No,Name,E-mail\n1,Ada Lovelace,ada@example.com\n,,not an address\n");
    assert_eq!(import.counts, counts(1, 0, 0, 0, 1));
    let correction =
        Correction { row: 3, cells: vec!["2".into(), "Bob Byte".into(), "bob@example.com".into()] };
    let (taken, left) = imports::replay(&office.store, &import.id, vec![correction]).unwrap();
    assert_eq!((taken, left), (1, 0));
    assert_eq!(office.count("SELECT count(*) FROM people WHERE external_id = '2'"), 1);
    let undone = office.undo(
        &office
            .store
            .read({
                let id = import.id.clone();
                move |s| imports::get(s, &id)
            })
            .wait()
            .unwrap(),
    );
    assert_eq!(undone.counts.left_by_undo, 0);
    assert_eq!(office.count("SELECT count(*) FROM people"), 0);
}

#[test]
fn a_field_that_cannot_be_read_is_left_out_noted_and_its_text_kept() {
    let office = Office::open();
    let import = office.import("one.csv", "Customer No,Name,E-mail\n1,Ada Lovelace,ada-at-example.com\n");
    assert_eq!(import.counts, counts(1, 0, 0, 0, 0));
    let ada = office.store.read(|s| people::by_external_id(s, "1")).wait().unwrap().unwrap();
    assert_eq!((ada.email.as_deref(), ada.raw["email"].as_str()), (None, "ada-at-example.com"));
    let number = import.import_no;
    let ledger = office.store.read(move |s| imports::ledger(s, number, None, 0, 10)).wait().unwrap();
    assert!(ledger[0].note.as_deref().unwrap().starts_with("email left out: "), "{ledger:?}");
}

#[test]
fn companies_are_one_whatever_their_legal_form_is_called() {
    let office = Office::open();
    let text = "account,sector,employees,office_location\nAcme Corporation,technology,2822,United States\n";
    let path = office.file("accounts.csv", text);
    office.run(&office.arrive(&path, Some(Kind::Companies)).unwrap());
    let path = office.file("again.csv", text.replace("Acme Corporation", "ACME Corp."));
    let import = office.run(&office.arrive(&path, Some(Kind::Companies)).unwrap());
    assert_eq!(office.count("SELECT count(*) FROM companies"), 1);
    assert_eq!(import.counts.new, 0);
}

#[test]
fn a_plan_without_a_way_to_know_people_is_refused_in_words() {
    let office = Office::open();
    let path = office.file("colours.csv", "Colour,Shape\nred,round\n");
    let import = office.arrive(&path, Some(Kind::People)).unwrap();
    let id = import.id.clone();
    let error = office.store.write(By::console(), move |tx| imports::start(tx, &id)).wait().unwrap_err();
    assert!(error.to_string().contains("no column says who the person is"), "{error}");
    let mut plan: Plan = import.plan;
    let error = plan.map("email", "Size").unwrap_err().to_string();
    assert_eq!(error, "map: there is no column “Size”; there are Colour, Shape");
    let error = plan.map("shoe", "Shape").unwrap_err().to_string();
    assert!(error.starts_with("map: there is no field “shoe”; there are person.external_id"), "{error}");
}

#[test]
fn a_person_who_has_bought_since_stays_when_the_import_is_undone() {
    let office = Office::open();
    let import = office.import("kunden.csv", CUSTOMERS);
    office.import(
        "orders.csv",
        "Order No,Order date,Customer No,SKU,Quantity,Unit price\nA1,2024-03-01,18,K-1,1,9.90\n",
    );
    let undone = office.undo(&import);
    assert_eq!(undone.counts.left_by_undo, 1);
    assert_eq!(office.count("SELECT count(*) FROM people WHERE external_id = '18' AND n_orders = 1"), 1);
    assert_eq!(office.count("SELECT count(*) FROM people"), 1);
}

#[test]
fn a_row_that_names_a_merged_record_changes_the_one_that_was_kept() {
    use records::{companies, merges::Choices};
    let office = Office::open();
    let text = "Customer No,First name,Last name,E-mail,City\n1,Anna,Meyer,anna@example.com,Bonn\n2,Anne,Meier,anne@example.org,Bonn\n";
    office.import("people.csv", text);
    let firms = "Company No,Company\nF1,Muster Kaffee GmbH\nF2,Kaffee-Muster AG\n";
    let path = office.file("firms.csv", firms);
    office.run(&office.arrive(&path, Some(Kind::Companies)).unwrap());
    let merge = |tx: &mut platform::Tx<'_>| {
        let kept = people::by_external_id(tx, "1")?.unwrap().id;
        let lost = people::by_external_id(tx, "2")?.unwrap().id;
        people::merge(tx, &kept, &lost, &Choices::new())?;
        let kept = companies::by_name(tx, "Muster Kaffee")?.unwrap().id;
        let lost = companies::by_name(tx, "Kaffee-Muster")?.unwrap().id;
        companies::merge(tx, &kept, &lost, &Choices::new())
    };
    office.store.write(By::console(), merge).wait().unwrap();
    let by_number =
        office.import("by number.csv", &text.replace("2,Anne,Meier,anne@example.org,Bonn", "2,,,,Köln"));
    assert_eq!(by_number.counts.new, 0);
    let by_email = office.import("by e-mail.csv", "E-mail,Postcode\nANNE@example.org,50667\n");
    assert_eq!(by_email.counts, counts(0, 1, 0, 0, 0));
    let kept = office.store.read(|s| people::by_external_id(s, "1")).wait().unwrap().unwrap();
    assert_eq!((kept.city.as_deref(), kept.postcode.as_deref()), (Some("Köln"), Some("50667")));
    let path = office.file("firms again.csv", firms);
    let again = office.run(&office.arrive(&path, Some(Kind::Companies)).unwrap());
    assert_eq!(again.counts.new, 0);
    assert_eq!(office.count("SELECT count(*) FROM companies WHERE merged_into IS NULL"), 1);
}
