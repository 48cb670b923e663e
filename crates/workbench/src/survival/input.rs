//! Durations, events, groups and covariates from a file; categories become columns of 0 and 1.

use tables::columns::{self, Codes, Columns, NO_CODE, ReadOptions};

use super::Survival;
use crate::Problem;
use crate::left_out::LeftOut;

/// The rows that have a duration, an event and a group.
pub(super) struct Table {
    pub(super) durations: Vec<f64>,
    pub(super) events: Vec<bool>,
    /// Group of each row, [`NO_CODE`] where the file tells none, and the names.
    pub(super) groups: Option<(Vec<u32>, Vec<String>)>,
    pub(super) left_out: LeftOut,
    file: Columns,
    /// Places of the rows in the file.
    rows: Vec<u32>,
}

/// Covariates as numbers, for the rows in which none is missing.
pub(super) struct Design {
    pub(super) names: Vec<String>,
    pub(super) columns: Vec<Vec<f64>>,
    pub(super) durations: Vec<f64>,
    pub(super) events: Vec<bool>,
    /// Numbers of the rows in the file.
    pub(super) row_numbers: Vec<i64>,
}

/// More groups than this are not compared.
const MOST_GROUPS: usize = 50;
/// A text column with more categories than this is no covariate.
const MOST_CATEGORIES: usize = 50;

impl Table {
    pub(super) fn read(ask: &Survival) -> Result<Table, Problem> {
        let mut wanted = vec![ask.duration.as_str(), ask.event.as_str()];
        wanted.extend(ask.group.as_deref());
        wanted.extend(ask.covariates.iter().map(String::as_str));
        let file = columns::read(&ask.file, &wanted, &ReadOptions::default())?;
        let durations = file.numbers(&ask.duration)?;
        let mut left_out = LeftOut::of(&file);
        let events = events(&file, ask, &mut left_out)?;
        let groups = ask.group.as_deref().map(|group| file.codes(group)).transpose()?;
        if groups.as_ref().is_some_and(|g| g.names.len() > MOST_GROUPS) {
            let message = format!("more than {MOST_GROUPS} different values cannot be compared");
            return Err(Problem::Option { option: "group", message });
        }
        let mut table = Table {
            durations: Vec::with_capacity(file.n_rows()),
            events: Vec::with_capacity(file.n_rows()),
            groups: None,
            left_out,
            rows: Vec::with_capacity(file.n_rows()),
            file,
        };
        for (row, &event) in events.iter().enumerate() {
            let duration = durations.values[row];
            let fault = if !duration.is_finite() {
                Some((&ask.duration, "not a number"))
            } else if duration < 0.0 {
                Some((&ask.duration, "a duration cannot be negative"))
            } else if event == Event::Unknown {
                Some((&ask.event, "neither yes nor no"))
            } else {
                None
            };
            match fault {
                Some((column, reason)) => table.reject(row, column, reason)?,
                None => {
                    table.durations.push(duration);
                    table.events.push(event == Event::Happened);
                    table.rows.push(row as u32);
                }
            }
        }
        if table.rows.is_empty() {
            return Err(Problem::CannotTell(format!("no row has a duration and an event{}", table.left_out.words())));
        }
        table.groups = groups.map(|codes| compact(&codes, &table.rows));
        Ok(table)
    }

    fn reject(&mut self, row: usize, column: &str, reason: &str) -> Result<(), Problem> {
        let text = self.file.texts(column)?;
        self.left_out.row(self.file.row_number(row), column, text.get(row), reason);
        Ok(())
    }

    /// The covariates for the rows in which none is missing; the others are left_out.
    pub(super) fn design(&mut self, ask: &Survival) -> Result<Design, Problem> {
        let mut design =
            Design { names: Vec::new(), columns: Vec::new(), durations: Vec::new(), events: Vec::new(), row_numbers: Vec::new() };
        for name in &ask.covariates {
            let numbers = self.file.numbers(name)?;
            let n_read = numbers.values.iter().filter(|v| v.is_finite()).count();
            if numbers.unreadable.n == 0 || numbers.unreadable.n * 20 < n_read {
                design.names.push(name.clone());
                design.columns.push(self.rows.iter().map(|&row| numbers.values[row as usize]).collect());
                continue;
            }
            let (codes, names) = compact(&self.file.codes(name)?, &self.rows);
            if names.len() > MOST_CATEGORIES {
                self.left_out.warn(format!(
                    "“{name}” has {} different texts, which are too many for categories; it was left out",
                    names.len()
                ));
                continue;
            }
            if let [only] = names.as_slice() {
                self.left_out.warn(format!("“{name}” is “{only}” wherever it is filled; it was left out"));
            }
            design.add_categories(name, &codes, &names);
        }
        let whole: Vec<bool> =
            (0..self.rows.len()).map(|i| design.columns.iter().all(|column| column[i].is_finite())).collect();
        if let Some(first) = whole.iter().position(|whole| !whole) {
            for i in (first..whole.len()).filter(|&i| !whole[i]) {
                let at = design.columns.iter().position(|column| !column[i].is_finite()).unwrap_or(0);
                let column = ask.covariates.iter().find(|c| design.names[at].starts_with(c.as_str()));
                let column = column.unwrap_or(&design.names[at]).clone();
                self.reject(self.rows[i] as usize, &column, "missing; left out of Cox's model only")?;
            }
        }
        let kept = |i: &usize| whole[*i];
        for column in &mut design.columns {
            let mut i = 0;
            column.retain(|_| {
                i += 1;
                whole[i - 1]
            });
        }
        let places = || (0..whole.len()).filter(kept);
        design.durations = places().map(|i| self.durations[i]).collect();
        design.events = places().map(|i| self.events[i]).collect();
        design.row_numbers = places().map(|i| self.file.row_number(self.rows[i] as usize) as i64).collect();
        Ok(design)
    }
}

impl Design {
    /// A column of 0 and 1 for every category but the first in the alphabet.
    fn add_categories(&mut self, name: &str, codes: &[u32], names: &[String]) {
        let mut order: Vec<u32> = (0..names.len() as u32).collect();
        order.sort_by(|a, b| names[*a as usize].cmp(&names[*b as usize]));
        for &category in order.iter().skip(1) {
            let indicator = |&code: &u32| match code {
                NO_CODE => f64::NAN,
                code if code == category => 1.0,
                _ => 0.0,
            };
            self.names.push(format!("{name}={}", names[category as usize]));
            self.columns.push(codes.iter().map(indicator).collect());
        }
    }
}

/// The codes of some rows, with the names that occur among them.
fn compact(codes: &Codes, rows: &[u32]) -> (Vec<u32>, Vec<String>) {
    let mut new_code = vec![NO_CODE; codes.names.len()];
    let mut names = Vec::new();
    let values = rows.iter().map(|&row| match codes.values[row as usize] {
        NO_CODE => NO_CODE,
        old => {
            let code = &mut new_code[old as usize];
            if *code == NO_CODE {
                *code = names.len() as u32;
                names.push(codes.names.get(old as usize).to_owned());
            }
            *code
        }
    });
    (values.collect(), names)
}

/// Whether the event happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Happened,
    NotYet,
    Unknown,
}

const YES: &[&str] = &["1", "1.0", "true", "t", "yes", "y", "x", "ja", "j", "si", "sí", "oui", "event", "dead", "churned"];
const NO: &[&str] =
    &["0", "0.0", "false", "f", "no", "n", "-", "nein", "non", "censored", "alive", "active"];

fn events(file: &Columns, ask: &Survival, left_out: &mut LeftOut) -> Result<Vec<Event>, Problem> {
    let codes = file.codes(&ask.event)?;
    let said: Vec<String> = codes.names.iter().map(|name| name.trim().to_lowercase()).collect();
    let one_of = |list: &[&str], text: &String| list.contains(&text.as_str());
    let as_number = |text: &String| text.parse::<f64>().ok();
    let one_and_two = said.len() == 2 && said.iter().all(|t| matches!(as_number(t), Some(v) if v == 1.0 || v == 2.0));
    let meaning: Vec<Event> = match &ask.event_value {
        Some(value) => {
            let value = value.trim().to_lowercase();
            if !said.contains(&value) {
                let found = codes.names.iter().take(10).collect::<Vec<_>>().join(", ");
                let message = format!("“{value}” does not occur in “{}”, which has: {found}", ask.event);
                return Err(Problem::Option { option: "event-value", message });
            }
            said.iter().map(|text| if *text == value { Event::Happened } else { Event::NotYet }).collect()
        }
        None if one_and_two => {
            left_out.warn(format!("“{}” holds 1 and 2: 2 was taken as the event (see --event-value)", ask.event));
            said.iter().map(|t| if as_number(t) == Some(2.0) { Event::Happened } else { Event::NotYet }).collect()
        }
        None => said
            .iter()
            .map(|text| {
                if one_of(YES, text) || as_number(text) == Some(1.0) {
                    Event::Happened
                } else if one_of(NO, text) || as_number(text) == Some(0.0) {
                    Event::NotYet
                } else {
                    Event::Unknown
                }
            })
            .collect(),
    };
    let of = |code: &u32| if *code == NO_CODE { Event::Unknown } else { meaning[*code as usize] };
    Ok(codes.values.iter().map(of).collect())
}
