//! Rows of people: found by their keys, created or changed, with company, consent, tags and note.

use super::apply::{Outcome, RowOutcome, Run, differences, written_by_this_import};
use super::rows::PersonRow;
use crate::collect::likeness::{THRESHOLD, probability};
use platform::{Problem, Result, Tx};
use records::people::{self, Defaults, Input, Person};
use records::values::{email, phone};
use records::{companies, consents, notes, tags};

/// A person whom the keys of a row name, or why the row cannot be matched.
pub(super) enum Match {
    Nobody,
    Found(Box<Person>),
    InTrash(Box<Person>),
}

/// The person whom the row's keys name, tried in the order of the plan.
///
/// An e-mail address or phone number matches a person with another customer number only if the row has none: two
/// numbers are two customers until somebody merges them.
pub(super) fn find(tx: &mut Tx<'_>, run: &Run, input: &Input, defaults: Defaults) -> Result<Match> {
    for key in &run.keys {
        let found = match key.as_str() {
            "person.external_id" => match &input.external_id {
                Some(number) => people::by_external_id(tx, number.trim())?,
                None => None,
            },
            "person.email" => match input.email.as_deref().map(email::parse) {
                Some(Ok(email)) => people::by_email(tx, email.address())?.filter(|p| same_number(p, input)),
                _ => None,
            },
            "person.phone" => match input.phone.as_deref().map(|text| phone::parse(text, defaults.country)) {
                Some(Ok(phone)) => people::by_phone(tx, phone.e164())?.filter(|p| same_number(p, input)),
                _ => None,
            },
            _ => None,
        };
        if let Some(person) = found {
            return kept(tx, person);
        }
    }
    Ok(Match::Nobody)
}

fn same_number(person: &Person, input: &Input) -> bool {
    match (&person.external_id, &input.external_id) {
        (Some(known), Some(given)) => known == given.trim(),
        _ => true,
    }
}

/// Follows a merge to the person who was kept.
fn kept(tx: &mut Tx<'_>, mut person: Person) -> Result<Match> {
    for _ in 0..100 {
        match person.merged_into.clone() {
            Some(into) => person = people::get(tx, &into)?,
            None if person.deleted_at.is_some() => return Ok(Match::InTrash(Box::new(person))),
            None => return Ok(Match::Found(Box::new(person))),
        }
    }
    Ok(Match::Nobody)
}

/// The one person who looks like the row so much that the plan takes them for the same, and why; None where two do.
fn by_likeness(
    tx: &mut Tx<'_>,
    run: &Run,
    input: &Input,
    defaults: Defaults,
) -> Result<Option<(Person, String)>> {
    let Some((likeness, least)) = &run.alike else { return Ok(None) };
    let mut said = Person::default();
    people::apply(&mut said, input, defaults);
    let mut found = likeness.of(tx, &said, THRESHOLD)?;
    found.retain(|like| same_number(&like.person, input));
    if found.len() != 1 || probability(found[0].score) < *least {
        return Ok(None);
    }
    let like = found.remove(0);
    let for_it = like.reasons.iter().filter(|reason| reason.bits > 0.0);
    let why: Vec<String> = for_it.map(|reason| format!("{} {}", reason.field, reason.found)).collect();
    let why = format!(
        "matched with {} by likeness, {:.1} % likely one ({})",
        like.person.name,
        100.0 * probability(like.score),
        why.join(", ")
    );
    Ok(Some((like.person, why)))
}

/// Creates or changes the person of one row.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    run: &Run,
    defaults: Defaults,
    row: u64,
    said: &PersonRow,
) -> Result<RowOutcome> {
    let mut input = said.input.clone();
    input.company_id = said.company.as_deref().map(|name| company(tx, name, defaults)).transpose()?.flatten();
    let mut like_whom = None;
    let before = match find(tx, run, &input, defaults)? {
        Match::Nobody => by_likeness(tx, run, &input, defaults)?.map(|(person, why)| {
            like_whom = Some(why);
            person
        }),
        Match::Found(person) => Some(*person),
        Match::InTrash(person) => {
            let note = format!("{} is in the trash; bring the person back first", person.name);
            return Ok(RowOutcome::refused(row, Outcome::Conflict, None, note));
        }
    };
    let now = tx.now();
    let mut person = before.clone().unwrap_or_else(|| Person { created_at: now, ..Person::default() });
    // The number of a person into whom another was merged stays; the row's number led here through the merge.
    if person.external_id.is_some() {
        input.external_id = None;
    }
    let outcome = people::apply(&mut person, &input, defaults);
    let mut notes = notes_of(&outcome.problems, &said.notes);
    let is_by_likeness = like_whom.is_some();
    notes.extend(like_whom);
    if person.name.is_empty() {
        let note = format!("the row names nobody that can be read ({})", notes.join("; "));
        return Ok(RowOutcome::refused(row, Outcome::Error, None, note));
    }
    let Some(before) = before else {
        person.id = tx.new_id("per");
        person.updated_at = now;
        people::save(tx, None, &person)?;
        attach(tx, &person.id, said)?;
        return Ok(RowOutcome::taken(row, Outcome::New, &person.id).with_notes(&notes));
    };
    if !outcome.changed {
        attach(tx, &person.id, said)?;
        let told = RowOutcome::taken(row, Outcome::Same, &person.id).with_notes(&notes);
        return Ok(RowOutcome { is_by_likeness, ..told });
    }
    if written_by_this_import(tx, &person.id)? {
        let differing: Vec<String> = differences(&before, &person)?.into_iter().map(|d| d.field).collect();
        let note = format!(
            "the same key stands twice in the file: an earlier row wrote {}, this one differs in {}",
            before.name,
            differing.join(", ")
        );
        return Ok(RowOutcome::refused(row, Outcome::Conflict, None, note));
    }
    person.updated_at = now;
    people::save(tx, Some(&before), &person)?;
    attach(tx, &person.id, said)?;
    let mut told = RowOutcome::taken(row, Outcome::Changed, &person.id).with_notes(&notes);
    told.differences = differences(&before, &person)?;
    told.is_by_likeness = is_by_likeness;
    Ok(told)
}

fn notes_of(problems: &[Problem], others: &[String]) -> Vec<String> {
    let problems = problems.iter().map(|problem| format!("{} left out: {}", problem.field, problem.message));
    problems.chain(others.iter().map(|other| format!("left out: {other}"))).collect()
}

/// The company of this name, created where it is new; None for a name that cannot be one.
pub(super) fn company(tx: &mut Tx<'_>, name: &str, defaults: Defaults) -> Result<Option<String>> {
    if let Some(company) = companies::by_name(tx, name)? {
        return Ok(Some(company.id));
    }
    let input = companies::Input { name: Some(name.to_string()), ..companies::Input::default() };
    match companies::create(tx, &input, defaults) {
        Ok(company) => Ok(Some(company.id)),
        Err(platform::Error::Invalid(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Consent, tags and note of a row; what is known already changes nothing.
fn attach(tx: &mut Tx<'_>, person_id: &str, said: &PersonRow) -> Result<()> {
    if let Some(granted) = said.newsletter {
        let statement = consents::Statement {
            person_id,
            purpose: "newsletter",
            channel: "email",
            state: if granted { consents::State::Granted } else { consents::State::Denied },
            lawful_basis: consents::LawfulBasis::Consent,
            source: Some("import"),
            stated_at: tx.now(),
        };
        let known = consents::of_person(tx, person_id)?;
        let same = |c: &consents::Consent| {
            c.purpose == "newsletter" && c.channel == "email" && c.state == statement.state
        };
        if !known.iter().any(same) {
            consents::state(tx, &statement)?;
        }
    }
    for tag in &said.tags {
        tags::add(tx, person_id, tag)?;
    }
    if let Some(body) = &said.note {
        let known = notes::of_record(tx, person_id, None, 100)?;
        if !known.iter().any(|note| note.body == *body) {
            notes::write(tx, person_id, body)?;
        }
    }
    Ok(())
}
