//! What is known of people who had not bought when they became known: attributes, and what they did, with its day.

use crate::analyze::Day;
use platform::Result;
use platform::store::{Row, Snapshot};
use records::values::email;
use records::values::fold::fold;

/// People who are looked at, those who became known last.
pub const MOST_PEOPLE: usize = 300_000;
/// Days of one kind that are kept of a person, the newest.
const MOST_DAYS: usize = 50;

/// A person who had not bought when the record was made.
#[derive(Debug, Default)]
pub struct Person {
    pub id: String,
    pub known_on: i32,
    /// The day of the first order; None for who never bought.
    pub bought_on: Option<i32>,
    pub has_company: bool,
    pub has_business_email: bool,
    pub has_phone: bool,
    pub country: String,
    /// Its place in [`People::sources`].
    pub source: u32,
    /// Tags, folded, with their days.
    pub tags: Vec<(String, i32)>,
    pub clicks: Vec<i32>,
    pub notes: Vec<i32>,
    pub tasks: Vec<i32>,
    /// The newest statement about e-mails: its day, and whether they are wanted.
    pub consent: Option<(i32, bool)>,
}

/// Where the days of one kind of deed are kept.
type Deeds = fn(&mut Person) -> &mut Vec<i32>;

/// People in the order of their ids.
#[derive(Debug, Default)]
pub struct People {
    pub all: Vec<Person>,
    pub sources: Vec<String>,
}

impl People {
    pub fn read(snapshot: &mut Snapshot<'_>) -> Result<Self> {
        let mut people = Self { all: Vec::new(), sources: vec![String::new()] };
        snapshot.each(
            "SELECT id, created_at, first_order_at, company_id, email_key, phone, country, source FROM people
             WHERE merged_into IS NULL AND deleted_at IS NULL AND (first_order_at IS NULL OR first_order_at > created_at)",
            &[],
            |row| people.person(row),
        )?;
        if people.all.len() > MOST_PEOPLE {
            people.all.sort_by(|a, b| (b.known_on, &b.id).cmp(&(a.known_on, &a.id)));
            people.all.truncate(MOST_PEOPLE);
        }
        people.all.sort_by(|a, b| a.id.cmp(&b.id));
        people.deeds(snapshot)?;
        Ok(people)
    }

    fn person(&mut self, row: &Row<'_>) -> Result<()> {
        let is_set = |place: usize| -> Result<bool> {
            Ok(row.get::<Option<String>>(place)?.is_some_and(|text| !text.is_empty()))
        };
        let (has_company, has_phone) = (is_set(3)?, is_set(5)?);
        let address: Option<String> = row.get(4)?;
        let source = row.get::<Option<String>>(7)?.unwrap_or_default();
        let known = self.sources.iter().position(|one| *one == source);
        let source = known.unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        });
        self.all.push(Person {
            id: row.get(0)?,
            known_on: Day::of(row.get(1)?).0,
            bought_on: row.get::<Option<i64>>(2)?.map(|at| Day::of(at).0),
            has_company,
            has_business_email: address
                .and_then(|address| email::parse(&address).ok())
                .is_some_and(|address| !address.is_free_provider()),
            has_phone,
            country: row.get::<Option<String>>(6)?.unwrap_or_default(),
            source: source as u32,
            ..Person::default()
        });
        Ok(())
    }

    fn find(&mut self, id: &str) -> Option<&mut Person> {
        let at = self.all.binary_search_by(|person| person.id.as_str().cmp(id)).ok()?;
        Some(&mut self.all[at])
    }

    /// What they did, out of the tables that hold it.
    fn deeds(&mut self, snapshot: &mut Snapshot<'_>) -> Result<()> {
        if self.all.is_empty() {
            return Ok(());
        }
        let days: [(&str, Deeds); 3] = [
            ("SELECT person_id, at FROM clicks WHERE who = 'person'", |p| &mut p.clicks),
            (
                "SELECT record_id, created_at FROM notes WHERE record_kind = 'person' AND deleted_at IS NULL",
                |p| &mut p.notes,
            ),
            (
                "SELECT person_id, last_attempt_at FROM tasks
                 WHERE outcome IN ('reached','done') AND last_attempt_at IS NOT NULL",
                |p| &mut p.tasks,
            ),
        ];
        for (sql, of) in days {
            snapshot.each(sql, &[], |row| {
                let day = Day::of(row.get(1)?).0;
                if let Some(kept) = self.find(row.text(0)?).map(of) {
                    kept.push(day);
                    if kept.len() > 2 * MOST_DAYS {
                        keep_newest(kept);
                    }
                }
                Ok(())
            })?;
            self.all.iter_mut().map(of).for_each(keep_newest);
        }
        snapshot.each("SELECT record_id, name_key, created_at FROM tags", &[], |row| {
            let (tag, day) = (row.get::<String>(1)?, Day::of(row.get(2)?).0);
            if let Some(person) = self.find(row.text(0)?) {
                person.tags.push((tag, day));
            }
            Ok(())
        })?;
        snapshot.each(
            "SELECT person_id, state, stated_at FROM consents WHERE channel = 'email'",
            &[],
            |row| {
                let (day, is_granted) = (Day::of(row.get(2)?).0, row.text(1)? == "granted");
                if let Some(person) = self.find(row.text(0)?) {
                    // The newest statement holds; of two on one day the refusal.
                    person.consent = match person.consent {
                        Some((known, _)) if known < day => Some((day, is_granted)),
                        Some((known, was)) => Some((known, was && (known > day || is_granted))),
                        None => Some((day, is_granted)),
                    };
                }
                Ok(())
            },
        )
    }
}

fn keep_newest(days: &mut Vec<i32>) {
    days.sort_unstable_by(|a, b| b.cmp(a));
    days.truncate(MOST_DAYS);
}

impl Person {
    /// Whether it is a lead at the end of a day: known by then, and nothing bought.
    pub fn is_lead(&self, day: Day) -> bool {
        self.known_on <= day.0 && self.bought_on.is_none_or(|bought| bought > day.0)
    }

    pub fn has_tag(&self, name: &str, day: Day) -> bool {
        let key = fold(name);
        self.tags.iter().any(|(tag, on)| *tag == key && *on <= day.0)
    }
}
