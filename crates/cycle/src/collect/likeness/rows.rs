//! People and companies as rows that the engine compares: which fields, and every present record in them.

use linkage::{Field, Kind, Records};
use platform::store::{Param, Row, Snapshot};
use platform::{Error, Micros, Result};

/// What is searched for duplicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noun {
    Person,
    Company,
}

/// Bytes that the ids of all records may have: their ends are kept in 32 bits.
const MOST_BYTES: usize = 4_000_000_000;
/// Cells of a row at most.
const MOST_CELLS: usize = 11;

impl Noun {
    /// The name of the kind in events, pairs and models.
    pub fn name(self) -> &'static str {
        match self {
            Noun::Person => records::people::KIND,
            Noun::Company => records::companies::KIND,
        }
    }

    pub(crate) fn table(self) -> &'static str {
        match self {
            Noun::Person => "people",
            Noun::Company => "companies",
        }
    }

    /// What is compared, in the order of a row's cells.
    pub(crate) fn fields(self) -> Vec<Field> {
        let fields: &[(&str, Kind)] = match self {
            Noun::Person => &[
                ("given_name", Kind::GivenName),
                ("family_name", Kind::FamilyName),
                ("name", Kind::FullName),
                ("email", Kind::Email),
                ("phone", Kind::Phone),
                ("birthday", Kind::Date),
                ("street", Kind::Street),
                ("postcode", Kind::Postcode),
                ("city", Kind::City),
                ("country", Kind::Country),
                ("company", Kind::Company),
            ],
            Noun::Company => &[
                ("name", Kind::Company),
                ("domain", Kind::Identifier),
                // Where the name of one company stands in the domain of the other.
                ("domain", Kind::Email),
                ("phone", Kind::Phone),
                ("street", Kind::Street),
                ("postcode", Kind::Postcode),
                ("city", Kind::City),
                ("country", Kind::Country),
            ],
        };
        fields.iter().map(|(name, kind)| Field { name: (*name).to_string(), kind: *kind }).collect()
    }

    /// Id, time of writing and cells of present records, to which a condition on `r` may be added.
    fn select(self) -> &'static str {
        match self {
            Noun::Person => {
                "SELECT r.id, r.updated_at, r.given_name, r.family_name, r.name, r.email, r.phone, r.birthday, r.street,
                   r.postcode, r.city, r.country, c.name
                 FROM people r LEFT JOIN companies c ON c.id = r.company_id
                 WHERE r.merged_into IS NULL AND r.deleted_at IS NULL"
            }
            Noun::Company => {
                "SELECT r.id, r.updated_at, r.name, r.domain, r.domain, r.phone, r.street, r.postcode, r.city, r.country
                 FROM companies r WHERE r.merged_into IS NULL AND r.deleted_at IS NULL"
            }
        }
    }
}

/// Records with their ids.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) records: Records,
    ids: String,
    ends: Vec<u32>,
    /// When the first and the last of them were written.
    pub(crate) written: Option<(Micros, Micros)>,
}

impl Rows {
    pub(crate) fn new(noun: Noun) -> Rows {
        Rows { records: Records::new(&noun.fields()), ids: String::new(), ends: Vec::new(), written: None }
    }

    /// All present records in the order of their ids; `visit` is told of each its id and when it was written.
    pub(crate) fn all(
        snapshot: &mut Snapshot<'_>,
        noun: Noun,
        mut visit: impl FnMut(&str, Micros),
    ) -> Result<Rows> {
        let mut rows = Rows::new(noun);
        let sql = format!("{} ORDER BY r.id", noun.select());
        snapshot.each(&sql, &[], |row| {
            let (id, written_at) = rows.read(noun, row)?;
            visit(id, written_at);
            Ok(())
        })?;
        rows.records.close();
        Ok(rows)
    }

    /// Adds the present ones among these records.
    pub(crate) fn add(&mut self, snapshot: &mut Snapshot<'_>, noun: Noun, ids: &[String]) -> Result<()> {
        for chunk in ids.chunks(200) {
            let places: Vec<String> = (1..=chunk.len()).map(|n| format!("${n}")).collect();
            let params: Vec<Param<'_>> = chunk.iter().map(|id| Param::Text(id.as_str().into())).collect();
            let sql = format!("{} AND r.id IN ({}) ORDER BY r.id", noun.select(), places.join(", "));
            snapshot.each(&sql, &params, |row| self.read(noun, row).map(drop))?;
        }
        Ok(())
    }

    /// Adds a record that stands in no table yet.
    pub(crate) fn push(&mut self, noun: Noun, id: &str, cells: &[&str]) {
        match noun {
            Noun::Person => {
                let mut cells = cells.to_vec();
                // Who has no name is called by an address or number, which is compared in its own place.
                if cells[2].contains(|sign: char| sign == '@' || sign.is_ascii_digit()) {
                    cells[2] = "";
                }
                self.records.push(&cells)
            }
            Noun::Company => {
                let mut cells = cells.to_vec();
                let domain = cells[1];
                if records::values::email::parse(&format!("a@{domain}"))
                    .is_ok_and(|email| email.is_free_provider())
                {
                    cells[1] = "";
                }
                let mailbox = if domain.is_empty() { String::new() } else { format!("@{domain}") };
                cells[2] = &mailbox;
                self.records.push(&cells)
            }
        };
        self.ids.push_str(id);
        self.ends.push(self.ids.len() as u32);
    }

    fn read(&mut self, noun: Noun, row: &Row<'_>) -> Result<(&str, Micros)> {
        let written_at = row.get::<Micros>(1)?;
        let mut cells = [""; MOST_CELLS];
        let n_cells = self.records.fields().len();
        for (column, cell) in cells[..n_cells].iter_mut().enumerate() {
            *cell = row.text(column + 2)?;
        }
        if self.ids.len() > MOST_BYTES {
            return Err(Error::invalid("duplicates", "there are too many records to be compared at once"));
        }
        self.push(noun, row.text(0)?, &cells[..n_cells]);
        let (from, until) = self.written.unwrap_or((written_at, written_at));
        self.written = Some((from.min(written_at), until.max(written_at)));
        Ok((self.id(self.ends.len() as u32 - 1), written_at))
    }

    /// The id of a record by its place.
    pub(crate) fn id(&self, place: u32) -> &str {
        let place = place as usize;
        let start = if place == 0 { 0 } else { self.ends[place - 1] as usize };
        &self.ids[start..self.ends[place] as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}
