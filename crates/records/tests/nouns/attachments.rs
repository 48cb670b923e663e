//! Consents, tags and notes: what is attached to other records.

use crate::office::{DAY, NOW, Office, fields};
use platform::{By, Error, Result, params};
use records::consents::{self, LawfulBasis, Outcome, State, Statement};
use records::{notes, tags};

fn office() -> Office {
    let office = Office::open();
    for id in ["per_ada", "per_bob"] {
        office
            .write(move |tx| {
                tx.execute(
                    "INSERT INTO people (id, name, name_key, family_key, created_at, updated_at)
                     VALUES ($1, $1, $1, $1, 0, 0)",
                    &params![id],
                )
            })
            .expect("a person can be written");
    }
    office
}

fn newsletter(state: State, stated_at: i64) -> Statement<'static> {
    Statement {
        person_id: "per_ada",
        purpose: "Newsletter ",
        channel: "email",
        state,
        lawful_basis: LawfulBasis::Consent,
        source: Some("form"),
        stated_at,
    }
}

fn state(office: &Office, statement: Statement<'static>) -> Result<Outcome> {
    office.write(move |tx| consents::state(tx, &statement))
}

fn may_contact(office: &Office) -> bool {
    office.read(|s| consents::may_contact(s, "per_ada", "newsletter", "EMAIL"))
}

#[test]
fn the_newest_statement_counts_in_whatever_order_statements_arrive() {
    let office = office();
    assert!(!may_contact(&office), "silence allows nothing");
    assert_eq!(state(&office, newsletter(State::Granted, NOW - DAY)).unwrap(), Outcome::Counts);
    assert_eq!(state(&office, newsletter(State::Granted, NOW - DAY)).unwrap(), Outcome::Same);
    assert!(may_contact(&office));
    assert_eq!(state(&office, newsletter(State::Denied, NOW - 2 * DAY)).unwrap(), Outcome::Older);
    assert!(may_contact(&office));
    assert_eq!(state(&office, newsletter(State::Denied, NOW - DAY)).unwrap(), Outcome::Counts);
    assert_eq!(state(&office, newsletter(State::Granted, NOW - DAY)).unwrap(), Outcome::Older);
    assert!(!may_contact(&office));
    assert_eq!(office.verbs("per_ada").len(), 4, "every statement is in the log");
}

#[test]
fn a_statement_without_person_purpose_or_channel_is_refused_at_its_field() {
    let office = office();
    let good = newsletter(State::Granted, NOW);
    assert_eq!(fields(state(&office, Statement { person_id: "per_nobody", ..good })), ["person_id"]);
    assert_eq!(fields(state(&office, Statement { purpose: " ", ..good })), ["purpose"]);
    assert_eq!(fields(state(&office, Statement { channel: "a:b", ..good })), ["channel"]);
    assert_eq!(fields(state(&office, Statement { stated_at: NOW + 2 * DAY, ..good })), ["stated_at"]);
    assert!(office.rows("consents").is_empty());
}

#[test]
fn statements_are_taken_back_from_the_newest_and_not_in_between() {
    let office = office();
    state(&office, newsletter(State::Granted, NOW - DAY)).unwrap();
    let (first, granted) = (office.newest_event(), office.rows("consents"));
    state(&office, newsletter(State::Denied, NOW)).unwrap();
    let second = office.newest_event();
    let refused = {
        let first = first.clone();
        office.write(move |tx| consents::undo_event(tx, &first)).unwrap_err()
    };
    assert!(matches!(&refused, Error::Conflict(text) if text.starts_with("consent to newsletter by email")));
    office.write(move |tx| consents::undo_event(tx, &second)).unwrap();
    assert_eq!(office.rows("consents"), granted);
    office.write(move |tx| consents::undo_event(tx, &first)).unwrap();
    assert!(office.rows("consents").is_empty());
}

#[test]
fn merged_people_keep_the_newest_statement_and_all_tags_and_notes_and_can_be_parted_exactly() {
    let office = office();
    state(&office, newsletter(State::Granted, NOW - DAY)).unwrap();
    state(&office, Statement { person_id: "per_bob", ..newsletter(State::Denied, NOW) }).unwrap();
    office
        .write(|tx| {
            tags::add(tx, "per_ada", "VIP")?;
            tags::add(tx, "per_bob", "vip!")?;
            tags::add(tx, "per_bob", "Press")?;
            notes::write(tx, "per_bob", "called twice")
        })
        .unwrap();
    let state_of = || [office.rows("consents"), office.rows("tags"), office.rows("notes")];
    let before = state_of();
    office
        .write_as(By::user("usr_ada").within("merge_1"), |tx| {
            assert_eq!(consents::adopt(tx, "per_bob", "per_ada")?, 1);
            assert_eq!(tags::adopt(tx, "per_bob", "per_ada")?, 1);
            assert_eq!(notes::adopt(tx, "per_bob", "per_ada")?, 1);
            Ok(())
        })
        .unwrap();
    assert!(!may_contact(&office));
    assert_eq!(office.read(|s| tags::of_record(s, "per_ada")), ["Press", "VIP"]);
    assert_eq!(office.read(|s| notes::of_record(s, "per_ada", None, 9)).len(), 1);
    for event in office.events_of("merge_1") {
        office
            .write(move |tx| match event.record_kind.as_str() {
                consents::KIND => consents::undo_event(tx, &event),
                tags::KIND => tags::undo_event(tx, &event),
                _ => notes::undo_event(tx, &event),
            })
            .unwrap();
    }
    assert_eq!(state_of(), before);
}

#[test]
fn a_tag_is_put_on_once_however_it_is_written_and_offered_while_typing() {
    let office = office();
    let add = |id: &'static str, name: &'static str| office.write(move |tx| tags::add(tx, id, name));
    assert!(add("per_ada", " Große  Kunden").unwrap());
    assert!(!add("per_ada", "grosse kunden").unwrap());
    assert!(add("per_bob", "Grosse Kunden").unwrap());
    assert!(add("per_bob", "Presse").unwrap());
    assert_eq!(fields(add("per_bob", " ")), ["tag"]);
    assert_eq!(fields(add("per_nobody", "x")), ["record_id"]);
    let offered = office.read(|s| tags::beginning_with(s, "GRO", 9));
    assert_eq!((offered.len(), offered[0].n_records), (1, 2));
    assert_eq!(office.read(|s| tags::beginning_with(s, "", 9)).len(), 2);
    let of = office.read(|s| tags::of_records(s, &["per_ada", "per_bob", "per_nobody"]));
    assert_eq!((of["per_bob"].len(), of.len()), (2, 2));
}

#[test]
fn a_tag_gets_another_name_everywhere_and_meets_one_that_is_there() {
    let office = office();
    office
        .write(|tx| {
            for (id, name) in [("per_ada", "VIP"), ("per_bob", "vip"), ("per_bob", "Regular")] {
                tags::add(tx, id, name)?;
            }
            Ok(())
        })
        .unwrap();
    let before = office.rows("tags");
    let n = office.write_as(By::user("usr_ada").within("renaming"), |tx| tags::rename(tx, "vip", "regular"));
    assert_eq!(n.unwrap(), 2);
    assert_eq!(office.read(|s| tags::of_record(s, "per_ada")), ["regular"]);
    assert_eq!(office.read(|s| tags::of_record(s, "per_bob")), ["Regular"]);
    for event in office.events_of("renaming") {
        office.write(move |tx| tags::undo_event(tx, &event)).unwrap();
    }
    assert_eq!(office.rows("tags"), before);
    let same_key = office.write(|tx| tags::rename(tx, "VIP", "Vip"));
    assert_eq!(same_key.unwrap(), 2);
    assert_eq!(office.read(|s| tags::of_record(s, "per_ada")), ["Vip"]);
}

#[test]
fn a_note_is_written_edited_deleted_and_every_step_can_be_taken_back() {
    let office = office();
    assert_eq!(fields(office.write(|tx| notes::write(tx, "per_ada", " \u{200b}\n"))), ["body"]);
    let id = office.write(|tx| notes::write(tx, "per_ada", "  Prefers\ncalls in the morning ")).unwrap();
    let written = office.newest_event();
    let note = office.read({
        let id = id.clone();
        move |s| notes::get(s, &id)
    });
    assert_eq!((note.body.as_str(), note.record_kind.as_str()), ("Prefers\ncalls in the morning", "person"));
    assert_eq!(note.author_id.as_deref(), Some("usr_ada"));
    let before = office.rows("notes");
    type Change = fn(&mut platform::Tx<'_>, &str) -> Result<()>;
    let changes: [Change; 2] =
        [|tx, id| notes::edit(tx, id, "Prefers e-mail").map(drop), |tx, id| notes::delete(tx, id)];
    for change in changes {
        let id = id.clone();
        office.write(move |tx| change(tx, &id)).unwrap();
        let event = office.newest_event();
        office.write(move |tx| notes::undo_event(tx, &event)).unwrap();
        assert_eq!(office.rows("notes"), before);
    }
    let moved = id.clone();
    office
        .write(move |tx| notes::adopt(tx, "per_ada", "per_bob").map(|n| assert_eq!(n, 1, "{moved}")))
        .unwrap();
    let refused = {
        let written = written.clone();
        office.write(move |tx| notes::undo_event(tx, &written)).unwrap_err()
    };
    assert!(refused.to_string().contains("was changed later (note.moved"), "{refused}");
}
