//! Quality and cost of record linkage on a file with known truth, as one JSON line; `-v` also says what was learnt and where it errs.
//!
//! `cargo run --release -p linkage --example measure -- FILE [FILE2] --truth COLUMN [--drop COLUMN,…] [-v]`
//!
//! The truth `rec-…` means the number in keys such as `rec-12-dup-0` of the column named before a colon: `rec_id:rec-`.

use std::collections::HashMap;

use linkage::{Field, Kind, Options, Records, find, pairwise, recognise};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut files = Vec::new();
    let (mut truth, mut dropped, mut verbose) = (String::new(), Vec::new(), false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--truth" => truth = rest.next().expect("a column").clone(),
            "--drop" => dropped = rest.next().expect("columns").split(',').map(str::to_owned).collect(),
            "-v" => verbose = true,
            file => files.push(file.to_owned()),
        }
    }
    let tables: Vec<Table> = files.iter().map(|file| read(file)).collect();
    let (column, marker) = truth.split_once(':').unwrap_or((&truth, ""));
    let fields: Vec<Field> = tables[0]
        .header
        .iter()
        .map(|name| {
            let at = tables[0].at(name);
            let kind = if name == column || dropped.contains(name) {
                Kind::Ignored
            } else {
                recognise(
                    name,
                    tables.iter().flat_map(|table| {
                        table.rows.iter().take(3000).map(|row| row[at.min(row.len() - 1)].as_str())
                    }),
                )
            };
            Field { name: name.clone(), kind }
        })
        .collect();
    let mut records = Records::new(&fields);
    let mut groups = HashMap::new();
    let mut truths = Vec::new();
    for table in &tables {
        let places: Vec<usize> = fields.iter().map(|field| table.at(&field.name)).collect();
        for row in &table.rows {
            let cells: Vec<&str> = places.iter().map(|&at| row.get(at).map_or("", String::as_str)).collect();
            records.push(&cells);
            let mut key = row[table.at(column)].clone();
            if marker == "rec-" {
                key = key.split('-').nth(1).unwrap_or("").to_owned();
            }
            let next = groups.len() as u32;
            truths.push(*groups.entry(key).or_insert(next));
        }
    }
    let split = (tables.len() > 1).then(|| tables[0].rows.len() as u32);
    let before = cpu();
    let found = find(&records, split, &Options::default());
    let cost = cpu() - before;
    let quality = pairwise(&found.cluster_of, &truths);
    if verbose {
        for field in &fields {
            println!("  {:20} {}", field.name, field.kind.name());
        }
        for key in &found.keys {
            println!("  key {:50} {:10.0} pairs {:8.1} new", key.name, key.n_pairs, key.n_new);
        }
        for parameters in found.model.parameters(&records) {
            println!("  {} ({})", parameters.field, parameters.rule);
            for level in parameters.levels {
                println!("      {:30} m {:.4} u {:.7} bits {:.2}", level.level, level.m, level.u, level.bits);
            }
        }
        for (name, share) in found.model.relations() {
            println!("  relation {name}: {share:e}");
        }
        println!("  prior {:e}", found.model.prior());
        errors(&found, &records, &truths, &tables);
    }
    let expected: Vec<(f64, bool)> = found
        .pairs
        .iter()
        .map(|pair| (pair.probability(), truths[pair.left as usize] == truths[pair.right as usize]))
        .collect();
    let bins: Vec<String> = (0..10)
        .map(|bin| {
            let of: Vec<&(f64, bool)> =
                expected.iter().filter(|(p, _)| (p * 10.0).floor().min(9.0) as i32 == bin).collect();
            format!(
                "{}:{:.2}",
                of.len(),
                of.iter().filter(|(_, is)| *is).count() as f64 / of.len().max(1) as f64
            )
        })
        .collect();
    let best = (1..40)
        .map(|step| {
            let least = step as f32 - 10.0;
            (least, 0)
        })
        .count();
    let _ = best;
    println!(
        "{{\"file\": \"{}\", \"n\": {}, \"candidates\": {}, \"precision\": {:.4}, \"recall\": {:.4}, \"f1\": {:.4}, \"true\": {}, \"cpu_s\": {cost:.2}, \"peak_mb\": {:.0}, \"calibration\": \"{}\", \"reach\": {:.4}}}",
        files.join(" "),
        records.len(),
        found.n_candidates,
        quality.precision().unwrap_or(0.0),
        quality.recall().unwrap_or(0.0),
        quality.f1().unwrap_or(0.0),
        quality.n_true,
        peak(),
        bins.join(" "),
        expected.iter().filter(|(_, is)| *is).count() as f64 / quality.n_true.max(1) as f64
    );
}

fn errors(found: &linkage::Found, records: &Records, truths: &[u32], tables: &[Table]) {
    let rows: Vec<&Vec<String>> = tables.iter().flat_map(|table| &table.rows).collect();
    let mut n = [0, 0];
    for pair in &found.pairs {
        let is = truths[pair.left as usize] == truths[pair.right as usize];
        let says = pair.bits >= 0.0;
        if is == says {
            continue;
        }
        n[usize::from(is)] += 1;
        if n[usize::from(is)] > 25 {
            continue;
        }
        let explanation = found.model.explain(records, pair.left, pair.right);
        let reasons: Vec<String> = explanation
            .reasons
            .iter()
            .chain(&explanation.relation)
            .map(|reason| format!("{} {} {:+.1}", reason.field, reason.found, reason.bits))
            .collect();
        println!(
            "{} {:.1}: {}\n     {:?}\n     {:?}",
            if is { "MISSED" } else { "WRONG" },
            pair.bits,
            reasons.join(", "),
            rows[pair.left as usize],
            rows[pair.right as usize]
        );
    }
    println!("wrong {} missed {}", n[0], n[1]);
}

struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn at(&self, name: &str) -> usize {
        self.header.iter().position(|header| header == name).unwrap_or(usize::MAX)
    }
}

fn read(file: &str) -> Table {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(file).expect("a file");
    let header = reader.headers().expect("a header").iter().map(|name| name.trim().to_owned()).collect();
    let rows = reader
        .records()
        .map(|row| row.expect("a row").iter().map(|cell| cell.trim().to_owned()).collect())
        .collect();
    Table { header, rows }
}

fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap_or(0.0) / 1024.0
}
