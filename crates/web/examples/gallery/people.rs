//! The people of the sample list.

/// A row of the list, printed.
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) initials: &'static str,
    pub(crate) email: &'static str,
    pub(crate) company: &'static str,
    pub(crate) tier: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) orders: &'static str,
    pub(crate) revenue: &'static str,
    pub(crate) alive: &'static str,
    pub(crate) trend: &'static [f64],
    pub(crate) last: &'static str,
}

const ROWS: &str = "\
Ada Lovelace|AL|ada@analytical.example|Analytical Engines|Gold|warning|38|£ 18,204.10|0.97
Mary Somerville|MS|mary@somerville.example|Somerville & Co|Gold|warning|29|£ 12,880.00|0.92
Charles Babbage|CB|charles.babbage@difference.example|Difference Works|Silver|neutral|17|£ 7,310.55|0.31
Sophie Germain|SG|sophie@elastic.example||Silver|neutral|12|£ 4,119.90|0.88
Évariste Galois|ÉG|evariste@groups.example|Groups Ltd|New|accent|1|£ 89.00|
Emmy Noether|EN|emmy@invariants.example|Invariants GmbH|Silver|neutral|11|£ 3,998.20|0.79
Srinivasa Ramanujan|SR|s.ramanujan@partitions.example|Partitions|Bronze|neutral|6|£ 1,204.00|0.12
Hypatia|H|hypatia@library.example|Library of Alexandria|Bronze|neutral|4|£ 611.75|0.54";

const TRENDS: [&[f64]; 4] = [
    &[2.0, 3.0, 4.0, 3.0, 5.0, 4.0, 6.0, 5.0],
    &[5.0, 5.0, 4.0, 4.0, 2.0, 3.0, 1.0, 0.0],
    &[1.0, 0.0, 1.0, 2.0, 1.0, 1.0, 2.0, 1.0],
    &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
];

pub(crate) fn people() -> Vec<Person> {
    ROWS.lines().enumerate().map(|(i, line)| person(i, line)).collect()
}

fn person(i: usize, line: &'static str) -> Person {
    let mut cells = line.split('|');
    let mut next = || cells.next().unwrap_or_default();
    Person {
        name: next(),
        initials: next(),
        email: next(),
        company: next(),
        tier: next(),
        tone: next(),
        orders: next(),
        revenue: next(),
        alive: next(),
        trend: TRENDS[i % 4],
        last: ["2 June 2026", "28 May 2026", "14 Jan 2026", "30 May 2026"][i % 4],
    }
}
