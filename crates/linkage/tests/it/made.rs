//! Records made by a lot that is the same in every run, with a person for each.

use linkage::{Column, Field, Kind, Records};

/// A small generator (Steele's SplitMix64), so that a test needs no crate for it.
pub struct Lot(u64);

impl Lot {
    pub fn new(seed: u64) -> Lot {
        Lot(seed)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    pub fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

const GIVEN: [&str; 24] = [
    "Anna",
    "Peter",
    "Jürgen",
    "Sabine",
    "Thomas",
    "Elisabeth",
    "Robert",
    "William",
    "Katharina",
    "Michael",
    "Susanne",
    "Paul",
    "Laura",
    "Emma",
    "Felix",
    "Clara",
    "Marco",
    "Giulia",
    "Pierre",
    "Chloé",
    "Ingrid",
    "Lars",
    "Olga",
    "Ivan",
];
const START: [&str; 16] = [
    "Berg", "Stein", "Hof", "Wald", "Lind", "Rosen", "Gold", "Silber", "Ober", "Nieder", "Kirch", "Feld",
    "Eich", "Buch", "Hart", "Weiss",
];
const END: [&str; 10] =
    ["mann", "meier", "bauer", "huber", "egger", "inger", "berger", "bach", "hofer", "ner"];
const ROADS: [&str; 8] = [
    "Hauptstraße",
    "Gartenweg",
    "Schulstraße",
    "Lindenallee",
    "Bahnhofstraße",
    "Ringstraße",
    "Waldweg",
    "Am Markt",
];

pub fn fields() -> Vec<Field> {
    let kinds = [
        ("first", Kind::GivenName),
        ("last", Kind::FamilyName),
        ("born", Kind::Date),
        ("mail", Kind::Email),
        ("phone", Kind::Phone),
        ("street", Kind::Street),
        ("zip", Kind::Postcode),
    ];
    kinds.map(|(name, kind)| Field { name: name.to_owned(), kind }).to_vec()
}

pub type Row = [String; 7];

/// `n` people, each third with a spouse at the same address; every fifth has a second, damaged record.
pub fn people(n: usize, seed: u64) -> (Vec<Row>, Vec<u32>) {
    let mut lot = Lot::new(seed);
    let (mut rows, mut truth): (Vec<Row>, Vec<u32>) = (Vec::new(), Vec::new());
    let mut last: Option<Row> = None;
    for person in 0..n as u32 {
        let row = fresh(&mut lot, last.as_ref().filter(|_| person % 3 == 1));
        rows.push(row.clone());
        truth.push(person);
        if person % 5 == 0 {
            rows.push(damaged(&mut lot, &row));
            truth.push(person);
        }
        last = Some(row);
    }
    (rows, truth)
}

fn fresh(lot: &mut Lot, spouse: Option<&Row>) -> Row {
    let given = lot.one(&GIVEN).to_owned();
    let family =
        spouse.map_or_else(|| format!("{}{}", lot.one(&START), lot.one(&END)), |spouse| spouse[1].clone());
    let born = format!("{}-{:02}-{:02}", 1940 + lot.below(60), 1 + lot.below(12), 1 + lot.below(28));
    let mail = format!("{}.{}{}@example.org", given.to_lowercase(), family.to_lowercase(), lot.below(900));
    let [phone, street, zip] = match spouse {
        Some(spouse) => [spouse[4].clone(), spouse[5].clone(), spouse[6].clone()],
        None => [
            format!("0{} {}", 30 + lot.below(900), 100_000 + lot.below(900_000)),
            format!("{} {}", lot.one(&ROADS), 1 + lot.below(150)),
            format!("{:05}", 10_000 + lot.below(400)),
        ],
    };
    [given, family, born, mail, phone, street, zip]
}

fn damaged(lot: &mut Lot, row: &Row) -> Row {
    let mut second = row.clone();
    match lot.below(5) {
        0 => second[0] = row[0].chars().take(1).collect::<String>() + ".",
        1 => second[1] = slipped(lot, &row[1]),
        2 => second.swap(0, 1),
        3 => second[1] = row[1].to_uppercase(),
        _ => second[2] = format!("{}-{}-{}", &row[2][..4], &row[2][8..], &row[2][5..7]),
    }
    for cell in &mut second[2..7] {
        if lot.below(4) == 0 {
            cell.clear();
        }
    }
    second
}

fn slipped(lot: &mut Lot, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = 1 + lot.below(letters.len() - 2);
    letters.swap(at, at + 1);
    letters.into_iter().collect()
}

pub fn records(rows: &[Row]) -> Records {
    let mut records = Records::new(&fields());
    for row in rows {
        records.push(&row.each_ref().map(String::as_str));
    }
    records
}

/// Cells of one column.
pub struct Cells(Vec<String>);

impl Column for Cells {
    fn cell(&self, row: usize) -> &str {
        &self.0[row]
    }
}

/// The columns of rows.
pub fn columns<R: AsRef<[S]>, S: AsRef<str>>(rows: &[R]) -> Vec<Cells> {
    let n_columns = rows.first().map_or(0, |row| row.as_ref().len());
    let of_column = |at: usize| rows.iter().map(|row| row.as_ref()[at].as_ref().to_owned()).collect();
    (0..n_columns).map(|at| Cells(of_column(at))).collect()
}
