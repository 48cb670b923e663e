//! `analyze segments`: groups of rows that are alike in some numbers, with what is special about each.
//!
//! Scales the columns so that none decides by its unit, asks whether there are groups at all, and says how firm they are. It gives
//! no names to groups: what a group is called is for people to say.

mod profile;

use std::path::PathBuf;

use serde_json::{Value, json};
use statistics::clusters::{Choice, Clustering, Points, Stability, choose, k_means, stability};
use tables::columns::{self, ColumnOut, Columns, NO_DAY, ReadOptions};

use crate::aligned::{aligned, counted, percent};
use crate::left_out::LeftOut;
use crate::{Answer, Problem};
use profile::Scaled;

/// Groups of customers (or of anything else) that are alike, and what is special about each
///
/// k-means on columns that are brought to one scale, with the logarithm for lopsided money. The number of groups is chosen by
/// comparison with data that have none; where the file looks no better than those, the answer is that there are no groups.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rondel analyze segments customers.csv --columns recency,orders,revenue
  rondel analyze segments customers.csv --columns age,revenue --k 4 --out segments.csv --id customer_id")]
pub struct Segments {
    /// CSV, XLSX, JSON Lines or Parquet, one row for each customer
    file: PathBuf,
    /// Columns of numbers or dates to group by
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', required = true)]
    columns: Vec<String>,
    /// Number of groups, instead of the number that the data show
    #[arg(long, value_name = "K")]
    k: Option<usize>,
    /// Most groups to try
    #[arg(long, value_name = "K", default_value_t = 10)]
    most: usize,
    /// Column that names the row, for --out
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// Writes row, id and group as CSV or Parquet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Rows without which no groups are looked for.
const FEWEST_ROWS: usize = 50;
const STARTS: usize = 10;
const RESAMPLES: usize = 20;
const SEED: u64 = 20_260_102;

/// What was found in the file.
struct Found<'a> {
    clustering: &'a Clustering,
    stability: Option<Stability>,
    scaled: &'a Scaled,
    /// Rows of the file, in the order of the labels.
    rows: &'a [usize],
}

impl Segments {
    pub(crate) fn run(&self) -> Result<Answer, Problem> {
        if self.k.is_some_and(|k| !(1..=200).contains(&k)) || !(2..=50).contains(&self.most) {
            let (option, message) = ("k", "1 to 200 groups are possible, and --most from 2 to 50".to_owned());
            return Err(Problem::Option { option, message });
        }
        let mut wanted: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        wanted.extend(self.id.as_deref());
        let table = columns::read(&self.file, &wanted, &ReadOptions::default())?;
        let mut left_out = LeftOut::of(&table);
        let (rows, values) = self.complete_rows(&table, &mut left_out)?;
        let mut answer = Answer::of(rows.len());
        answer.tell("columns", &self.columns);
        let scaled = Scaled::of(&self.columns, &values);
        if rows.len() < FEWEST_ROWS || scaled.is_flat() {
            let reason = match rows.len() < FEWEST_ROWS {
                true => format!("{} complete rows; groups need at least {FEWEST_ROWS}", rows.len()),
                false => "the columns are the same in every row".to_owned(),
            };
            self.abstain(&mut answer, &reason, None);
            answer.not_written(self.out.as_deref());
            left_out.tell(&mut answer);
            return Ok(answer);
        }
        let points = Points::new(&scaled.values, scaled.n_columns()).expect("scaled values are finite and whole rows");
        let choice = choose(points, self.most, SEED);
        let k = self.k.or(choice.k);
        let clustering = k.and_then(|k| k_means(points, k, STARTS, SEED));
        match clustering {
            None if self.k.is_some() => {
                return Err(Problem::CannotTell("there are fewer different rows than groups".into()));
            }
            None => {
                let reason = "no number of groups looks better than the same data without groups would";
                self.abstain(&mut answer, reason, Some(&choice));
                answer.line("--k N makes N groups all the same");
                answer.not_written(self.out.as_deref());
            }
            Some(clustering) => {
                let stability = stability(points, &clustering, RESAMPLES, SEED);
                let found = Found { clustering: &clustering, stability, scaled: &scaled, rows: &rows };
                self.tell(&mut answer, &found, &choice);
                self.write(&table, &found)?;
            }
        }
        left_out.tell(&mut answer);
        Ok(answer)
    }

    /// Rows in which every column has a value, and these values column by column.
    fn complete_rows(&self, table: &Columns, left_out: &mut LeftOut) -> Result<(Vec<usize>, Vec<Vec<f64>>), Problem> {
        let mut all: Vec<Vec<f64>> = Vec::new();
        for name in &self.columns {
            let numbers = table.numbers(name)?;
            let n_known = numbers.values.iter().filter(|v| v.is_finite()).count();
            if numbers.unreadable.n <= n_known {
                left_out.cells(name, &numbers.unreadable, "is not a number");
                all.push(numbers.values);
                continue;
            }
            let days = table.days(name)?;
            if days.unreadable.n > numbers.unreadable.n / 2 {
                let (_, text) = &numbers.unreadable.first[0];
                let message = format!("“{name}” holds texts such as “{text}”, not numbers or dates");
                return Err(Problem::Option { option: "columns", message });
            }
            left_out.cells(name, &days.unreadable, "is not a date");
            let day = |d: &i32| if *d == NO_DAY { f64::NAN } else { f64::from(*d) };
            all.push(days.values.iter().map(day).collect());
        }
        let rows: Vec<usize> = (0..table.n_rows()).filter(|r| all.iter().all(|c| c[*r].is_finite())).collect();
        let n_incomplete = table.n_rows() - rows.len();
        if n_incomplete > 0 {
            left_out.n_rows += n_incomplete;
            left_out.warn(format!("{} rows with an empty or unreadable cell belong to no group", counted(n_incomplete)));
        }
        let values = all.iter().map(|c| rows.iter().map(|r| c[*r]).collect()).collect();
        Ok((rows, values))
    }

    fn abstain(&self, answer: &mut Answer, reason: &str, choice: Option<&Choice>) {
        answer.tell("clusters", json!([]));
        answer.tell("k", Value::Null);
        answer.tell("stability", Value::Null);
        answer.tell("abstains", format!("can't tell: {reason}"));
        answer.tell("cannot_tell", reason);
        answer.line(format!("can't tell: {reason}"));
        if let Some(choice) = choice {
            tell_tried(answer, choice);
        }
    }

    fn tell(&self, answer: &mut Answer, found: &Found<'_>, choice: &Choice) {
        let clustering = found.clustering;
        let k = clustering.centres.len();
        let n = clustering.labels.len();
        answer.tell("k", k);
        answer.tell("k_chosen_by", if self.k.is_some() { "--k" } else { "silhouette against data without groups" });
        answer.tell("inertia", clustering.inertia);
        let silhouette = choice.tried.iter().find(|t| t.k == k).map(|t| t.silhouette);
        answer.tell("silhouette", silhouette);
        answer.tell(
            "stability",
            found.stability.as_ref().map(|s| json!({ "adjusted_rand": s.rand_index, "ari": s.rand_index, "jaccard": s.jaccard, "resamples": RESAMPLES })),
        );
        answer.tell("scaling", found.scaled.told());
        let profiles = found.scaled.profiles(clustering);
        let clusters: Vec<Value> = profiles
            .iter()
            .enumerate()
            .map(|(place, p)| {
                let jaccard = found.stability.as_ref().map(|s| s.jaccard[place]);
                json!({ "cluster": place + 1, "n": p.n, "share": p.n as f64 / n as f64, "centre": p.by_column(&self.columns, |c| c.mean),
                    "median": p.by_column(&self.columns, |c| c.median), "words": p.words, "jaccard": jaccard })
            })
            .collect();
        answer.tell("clusters", clusters);
        answer.line(format!("{k} groups of {} rows", counted(n)));
        let headings: Vec<&str> = ["group", "rows", "share"].into_iter().chain(self.columns.iter().map(String::as_str)).chain(["again", "what is special"]).collect();
        let rows: Vec<Vec<String>> = profiles
            .iter()
            .enumerate()
            .map(|(place, p)| {
                let mut row = vec![format!("{}", place + 1), counted(p.n), percent(p.n as f64, n as f64)];
                row.extend(p.columns.iter().map(|c| profile::short(c.median)));
                row.push(found.stability.as_ref().map_or("–".into(), |s| format!("{:.2}", s.jaccard[place])));
                row.push(p.words.clone());
                row
            })
            .collect();
        answer.line(aligned(&headings, &rows));
        answer.line("Columns show medians; “again” is how alike the group comes again from resampled rows (above .75 it is firm).");
        if let Some(s) = found.stability.as_ref().filter(|s| s.rand_index < 0.75) {
            answer.line(format!("Note: the groups are not firm: other rows of the same kind give others (Rand index {:.2}).", s.rand_index));
        }
        tell_tried(answer, choice);
    }

    fn write(&self, table: &Columns, found: &Found<'_>) -> Result<(), Problem> {
        let Some(out) = &self.out else { return Ok(()) };
        let numbers: Vec<i64> = (0..table.n_rows()).map(|r| table.row_number(r) as i64).collect();
        let mut groups = vec![i64::MIN; table.n_rows()];
        found.rows.iter().zip(&found.clustering.labels).for_each(|(row, label)| groups[*row] = i64::from(*label) + 1);
        let ids = self.id.as_deref().map(|id| table.texts(id)).transpose()?;
        let mut written = vec![("row", ColumnOut::Integers(&numbers))];
        if let (Some(name), Some(ids)) = (&self.id, &ids) {
            written.push((name, ColumnOut::Texts(ids)));
        }
        written.push(("cluster", ColumnOut::Integers(&groups)));
        columns::write(out, &written).map_err(|source| Problem::Write { file: out.display().to_string(), source })
    }
}

fn tell_tried(answer: &mut Answer, choice: &Choice) {
    let tried: Vec<Value> = choice
        .tried
        .iter()
        .map(|t| json!({ "k": t.k, "silhouette": t.silhouette, "without_groups": t.without_groups }))
        .collect();
    answer.tell("silhouette_by_k", tried);
    answer.tell("k_suggested", choice.k);
    let rows: Vec<Vec<String>> = choice
        .tried
        .iter()
        .map(|t| vec![t.k.to_string(), format!("{:.3}", t.silhouette), format!("{:.3}", t.without_groups)])
        .collect();
    answer.line("Silhouette for each number of groups, beside the best that the same data without groups reached:");
    answer.line(aligned(&["groups", "silhouette", "without groups"], &rows));
}
