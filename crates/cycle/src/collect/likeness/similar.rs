//! Who is there already and looks like a person who is being typed in or imported, with the score of the search.
//!
//! Only indexes are asked, so that the answer comes at once however many people there are.

use super::learnt::{self, InUse};
use super::reasons::{self, Reason};
use super::rows::{Noun, Rows};
use linkage::fold::without_umlauts;
use platform::store::Snapshot;
use platform::{Result, params};
use records::people::{self, Input, Person};
use records::values::fold::fold;

/// A person who may be the one who is being typed in.
#[derive(Debug, Clone, PartialEq)]
pub struct Similar {
    pub person: Person,
    /// **Units.** Bits, as in the queue.
    pub score: f64,
    pub reasons: Vec<Reason>,
}

/// How far people are counted where no search has counted them yet.
const COUNTED_TO: i64 = 10_000;

/// Candidates that one index gives.
const CANDIDATES: usize = 50;

/// While somebody types, little is known yet: a warning comes earlier than a proposal. **Units.** Bits.
const WARNING: f64 = -8.0;

/// People who may be the one who is being typed in, the surest first: a warning before a record is written twice.
pub fn similar(snapshot: &mut Snapshot<'_>, input: &Input, limit: usize) -> Result<Vec<Similar>> {
    let mut typed = Person::default();
    people::apply(&mut typed, input, people::defaults(snapshot)?);
    let in_use = Likeness::in_use(snapshot)?;
    let mut found = in_use.of(snapshot, &typed, WARNING)?;
    found.truncate(limit);
    Ok(found)
}

/// What was learnt about people, ready to be asked about one after the other.
#[derive(Debug)]
pub struct Likeness {
    in_use: InUse,
}

impl Likeness {
    /// As the last search has learnt it; before the first, what is believed of so many people.
    pub fn in_use(snapshot: &mut Snapshot<'_>) -> Result<Likeness> {
        if let Some(in_use) = learnt::in_use(snapshot, Noun::Person)? {
            return Ok(Likeness { in_use });
        }
        let sql = "SELECT count(*) FROM (SELECT 1 FROM people LIMIT $1) AS counted";
        let n: i64 = snapshot.one(sql, &params![COUNTED_TO], |row| row.get(0))?;
        Ok(Likeness { in_use: learnt::believed(Noun::Person, n as u64) })
    }

    /// The people who look like this one at least so much, the surest first.
    ///
    /// **Units.** `least` in bits.
    pub fn of(&self, snapshot: &mut Snapshot<'_>, typed: &Person, least: f64) -> Result<Vec<Similar>> {
        let ids = candidates(snapshot, typed)?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows = Rows::new(Noun::Person);
        push(snapshot, &mut rows, typed)?;
        rows.add(snapshot, Noun::Person, &ids)?;
        let model = self.in_use.model_for_few(snapshot, &rows)?;
        let scored = (1..rows.len() as u32).map(|other| (other, reasons::of_pair(&model, &rows, 0, other)));
        let mut found: Vec<(u32, (f64, Vec<Reason>))> =
            scored.filter(|(other, (score, _))| *score >= least && rows.id(*other) != typed.id).collect();
        found.sort_by(|x, y| y.1.0.total_cmp(&x.1.0).then_with(|| rows.id(x.0).cmp(rows.id(y.0))));
        found.truncate(CANDIDATES);
        found
            .into_iter()
            .map(|(other, (score, reasons))| {
                Ok(Similar { person: people::get(snapshot, rows.id(other))?, score, reasons })
            })
            .collect()
    }
}

/// Ids of people who share something with this one that an index knows.
fn candidates(snapshot: &mut Snapshot<'_>, typed: &Person) -> Result<Vec<String>> {
    let mut ids: Vec<String> = Vec::new();
    for (condition, order, value) in lookups(typed) {
        let end = format!("{value}\u{10ffff}");
        let sql = format!(
            "SELECT id FROM people WHERE {condition} AND merged_into IS NULL AND deleted_at IS NULL
             ORDER BY {order} LIMIT {CANDIDATES}"
        );
        let params = params![value, end];
        let n_params = if condition.contains("$2") { 2 } else { 1 };
        ids.extend(snapshot.query(&sql, &params[..n_params], |row| row.get::<String>(0))?);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Adds a person who stands in no table yet.
fn push(snapshot: &mut Snapshot<'_>, rows: &mut Rows, person: &Person) -> Result<()> {
    let company = match &person.company_id {
        Some(id) => {
            let sql = "SELECT name FROM companies WHERE id = $1";
            snapshot.first(sql, &params![id], |row| row.get::<String>(0))?.unwrap_or_default()
        }
        None => String::new(),
    };
    let known = |text: &'_ Option<String>| text.clone().unwrap_or_default();
    let cells = [
        known(&person.given_name),
        known(&person.family_name),
        person.name.clone(),
        known(&person.email),
        known(&person.phone),
        known(&person.birthday),
        known(&person.street),
        known(&person.postcode),
        known(&person.city),
        known(&person.country),
        company,
    ];
    rows.push(Noun::Person, &person.id, &cells.each_ref().map(String::as_str));
    Ok(())
}

/// Conditions that an index answers, in the order of that index, with their value.
fn lookups(typed: &Person) -> Vec<(&'static str, &'static str, String)> {
    const BY_PREFIX: (&str, &str) = ("family_key >= $1 AND family_key < $2", "family_key, id");
    let mut lookups = Vec::new();
    let mut add = |(condition, order), value| lookups.push((condition, order, value));
    if let Some(email) = &typed.email {
        add(("email_key = $1", "id"), email.to_lowercase());
    }
    if let Some(phone) = &typed.phone {
        add(("phone = $1", "id"), phone.clone());
    }
    let given = fold(typed.given_name.as_deref().unwrap_or_default());
    let family = fold(typed.family_name.as_deref().unwrap_or_default());
    if !given.is_empty() && !family.is_empty() {
        add(("name_key = $1", "id"), format!("{given} {family}"));
        add(("name_key = $1", "id"), format!("{family} {given}"));
        let initial: String = given.chars().take(1).collect();
        add(BY_PREFIX, format!("{family} {initial}"));
    }
    if family.len() >= 3 {
        add(BY_PREFIX, format!("{family} "));
        let letters = |text: &str| text.chars().take(4).collect::<String>();
        add(BY_PREFIX, letters(&family));
        add(BY_PREFIX, letters(&with_other_umlauts(&family)));
    }
    lookups
}

/// A folded name as it would be with its first umlaut written the other way: `muller` for `mueller`, and back.
fn with_other_umlauts(family: &str) -> String {
    let plain = without_umlauts(family);
    if plain != family {
        return plain;
    }
    match family.find(['a', 'o', 'u']) {
        Some(at) => format!("{}e{}", &family[..=at], &family[at + 1..]),
        None => plain,
    }
}
