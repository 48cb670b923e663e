//! Which columns are compared, as what, and which column of a second file belongs to which of the first.

use std::path::Path;

use linkage::{Column, Field, Kind, MOST_COMPARISONS, Records, is_row_key, recognise, recognise_together};
use tables::columns::{Columns, ReadOptions, RowNumbers, Texts, read};

use crate::Problem;

/// Cells of a column that are looked at to see what it holds.
const LOOKED_AT: usize = 4000;

/// A file with its columns.
pub(super) struct Input {
    pub(super) name: String,
    columns: Option<Columns>,
    names: Vec<String>,
    n_rows: usize,
    row_numbers: RowNumbers,
    pub(super) ids: Option<Texts>,
    pub(super) n_rejected: usize,
}

impl Input {
    pub(super) fn read(path: &Path) -> Result<Input, Problem> {
        let columns = read(path, &[], &ReadOptions::default())?;
        Ok(Input {
            name: path.display().to_string(),
            names: columns.names().to_vec(),
            n_rows: columns.n_rows(),
            row_numbers: RowNumbers::default(),
            n_rejected: columns.rejected().n,
            columns: Some(columns),
            ids: None,
        })
    }

    pub(super) fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The place of a column, by its exact name or without regard to case and blanks.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        let plain = |text: &str| text.trim().to_lowercase();
        let exact = self.names.iter().position(|have| have == name);
        exact.or_else(|| self.names.iter().position(|have| plain(have) == plain(name)))
    }

    /// The texts of a column; an error that lists the columns where there is none of this name.
    pub(super) fn texts(&self, name: &str) -> Result<Texts, Problem> {
        let columns = self.columns.as_ref().expect("columns are held until the records are made");
        Ok(columns.texts(self.place(name).map_or(name, |at| &self.names[at]))?)
    }

    /// The number of a row in its file.
    pub(super) fn row_number(&self, row: usize) -> u64 {
        self.row_numbers.get(row)
    }

    /// Lets go of everything but ids and row numbers.
    fn close(&mut self) {
        if let Some(columns) = self.columns.take() {
            self.row_numbers = columns.into_row_numbers();
        }
    }
}

/// A column of a file as the engine reads it.
struct Cells(Texts);

impl Column for Cells {
    fn cell(&self, row: usize) -> &str {
        self.0.get(row)
    }
}

/// The fields that are compared, and where each file has them.
pub(super) struct Plan {
    pub(super) fields: Vec<Field>,
    /// Names of the columns of each field, one for each file.
    columns: Vec<Vec<String>>,
    /// Columns that are not compared, with the reason.
    pub(super) left_out: Vec<(String, &'static str)>,
}

impl Plan {
    pub(super) fn new(
        inputs: &[Input],
        wanted: &[String],
        left_out: &[String],
        id: Option<&str>,
    ) -> Result<Plan, Problem> {
        if let Some(id) = id {
            for input in inputs {
                input.texts(id)?;
            }
        }
        let mut plan = Plan { fields: Vec::new(), columns: Vec::new(), left_out: Vec::new() };
        let is_left_out = |name: &str| left_out.iter().any(|out| out.trim().eq_ignore_ascii_case(name.trim()));
        let mut kinds = Vec::new();
        for input in inputs {
            let mut of_input = input.names.iter().map(|name| guessed(input, name)).collect::<Result<Vec<Kind>, Problem>>()?;
            recognise_together(&input.names, &mut of_input);
            kinds.push(of_input);
        }
        let named = named(wanted)?;
        let candidates: Vec<(String, Kind)> = if named.is_empty() {
            inputs[0].names.iter().zip(&kinds[0]).map(|(name, kind)| (name.clone(), *kind)).collect()
        } else {
            let kind_of = |(name, kind): &(String, Option<Kind>)| {
                let at = inputs[0].place(name);
                at.ok_or_else(|| inputs[0].texts(name).err().unwrap_or(Problem::CannotTell(name.clone())))
                    .map(|at| (inputs[0].names[at].clone(), kind.unwrap_or(insisted(kinds[0][at]))))
            };
            named.iter().map(kind_of).collect::<Result<_, _>>()?
        };
        let mut taken = Vec::new();
        for (name, kind) in candidates {
            if is_left_out(&name) {
                continue;
            }
            if kind == Kind::Ignored {
                plan.left_out.push((name, "a key of rows, a truth, or empty"));
                continue;
            }
            let mut places = vec![name.clone()];
            if let Some(second) = inputs.get(1) {
                let Some(at) = partner(second, &kinds[1], &name, kind, &taken, &is_left_out) else {
                    plan.left_out.push((name, "the second file has no such column"));
                    continue;
                };
                taken.push(at);
                places.push(second.names[at].clone());
            }
            plan.fields.push(Field { name, kind });
            plan.columns.push(places);
        }
        plan.bound();
        Ok(plan)
    }

    /// Leaves out what is beyond the bound on comparisons; a text counts twice.
    fn bound(&mut self) {
        while self.fields.len() > 1 && !fits(&self.fields) {
            self.columns.pop();
            if let Some(field) = self.fields.pop() {
                self.left_out.push((field.name, "too many columns to compare"));
            }
        }
    }

    /// The rows of all files, one after the other, ready to be compared.
    pub(super) fn records(&self, inputs: &mut [Input]) -> Result<Records, Problem> {
        let mut records = Records::new(&self.fields);
        let n_rows: usize = inputs.iter().map(Input::n_rows).sum();
        if !records.has_comparisons() {
            let names = inputs[0].names.join(", ");
            return Err(Problem::CannotTell(format!("no column can be compared; there are {names}; name some with --fields")));
        }
        if n_rows < 2 || inputs.iter().any(|input| input.n_rows == 0) {
            return Err(Problem::CannotTell("two rows are needed to find a pair".to_owned()));
        }
        for (at, input) in inputs.iter_mut().enumerate() {
            let names = self.columns.iter().map(|places| places[at].as_str());
            let columns = names.map(|name| input.texts(name).map(Cells)).collect::<Result<_, Problem>>()?;
            input.close();
            records.push_columns(columns, input.n_rows);
        }
        Ok(records)
    }
}

fn fits(fields: &[Field]) -> bool {
    let n: usize = fields.iter().map(|field| if field.kind == Kind::Text { 2 } else { 1 }).sum();
    n < MOST_COMPARISONS
}

fn guessed(input: &Input, name: &str) -> Result<Kind, Problem> {
    let texts = input.texts(name)?;
    let step = texts.len().div_ceil(LOOKED_AT).max(1);
    Ok(recognise(name, (0..texts.len()).step_by(step).map(|row| texts.get(row))))
}

/// The kind of a column that somebody insists on.
fn insisted(kind: Kind) -> Kind {
    if kind == Kind::Ignored { Kind::Identifier } else { kind }
}

/// `--fields` as names with the kinds that were said.
fn named(wanted: &[String]) -> Result<Vec<(String, Option<Kind>)>, Problem> {
    let one = |text: &String| match text.rsplit_once(':') {
        None => Ok((text.clone(), None)),
        Some((name, kind)) => match Kind::from_name(kind.trim()) {
            Some(kind) => Ok((name.to_owned(), Some(kind))),
            None => {
                let kinds: Vec<&str> = Kind::NAMES.iter().map(|(_, name)| *name).collect();
                let message = format!("“{kind}” is no kind of field; there are {}", kinds.join(", "));
                Err(Problem::Option { option: "fields", message })
            }
        },
    };
    wanted.iter().filter(|text| !text.trim().is_empty()).map(one).collect()
}

/// The column of the second file that holds what this one of the first does: the same name, else the only one of its kind.
fn partner(
    second: &Input,
    kinds: &[Kind],
    name: &str,
    kind: Kind,
    taken: &[usize],
    is_left_out: &dyn Fn(&str) -> bool,
) -> Option<usize> {
    if let Some(at) = second.place(name).filter(|at| !taken.contains(at)) {
        return Some(at);
    }
    let is_free = |at: &usize| !taken.contains(at) && !is_left_out(&second.names[*at]) && !is_row_key(&second.names[*at]);
    let alike = |at: &usize| kinds[*at] == kind || (is_wordy(kinds[*at]) && is_wordy(kind));
    let mut same = (0..kinds.len()).filter(is_free).filter(alike);
    same.next()
}

fn is_wordy(kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Company | Kind::FullName | Kind::Category)
}
