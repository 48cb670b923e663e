//! The files: a group for every row, and the pairs with their reasons.

use std::path::Path;

use tables::columns::{ColumnOut, Texts, write};

use super::Linked;
use super::report::{row_name, sentence};
use crate::Problem;

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Problem {
    let file = path.display().to_string();
    move |source| Problem::Write { file, source }
}

/// One row for each of the input: file, number of the row, id, group, and how many rows the group has.
pub(super) fn rows(path: &Path, linked: &Linked<'_>) -> Result<(), Problem> {
    let n = linked.records.len();
    let n_first = linked.inputs[0].n_rows();
    let file_of = |record: usize| usize::from(record >= n_first);
    let row_of = |record: usize| record - file_of(record) * n_first;
    let files: Vec<i64> = (0..n).map(|record| file_of(record) as i64 + 1).collect();
    let numbers: Vec<i64> =
        (0..n).map(|record| linked.inputs[file_of(record)].row_number(row_of(record)) as i64).collect();
    let clusters: Vec<i64> = linked.found.cluster_of.iter().map(|cluster| i64::from(*cluster)).collect();
    let mut sizes = vec![0_i64; n];
    linked.found.cluster_of.iter().for_each(|cluster| sizes[*cluster as usize] += 1);
    let size_of: Vec<i64> = linked.found.cluster_of.iter().map(|cluster| sizes[*cluster as usize]).collect();
    let ids: Option<Texts> = linked.inputs[0].ids.as_ref().map(|_| {
        (0..n).map(|record| linked.inputs[file_of(record)].ids.as_ref().map_or("", |ids| ids.get(row_of(record)))).collect()
    });
    let mut columns = Vec::new();
    if linked.inputs.len() == 2 {
        columns.push(("file", ColumnOut::Integers(&files)));
    }
    columns.push(("row", ColumnOut::Integers(&numbers)));
    if let Some(ids) = &ids {
        columns.push(("id", ColumnOut::Texts(ids)));
    }
    columns.push(("cluster", ColumnOut::Integers(&clusters)));
    columns.push(("cluster_size", ColumnOut::Integers(&size_of)));
    write(path, &columns).map_err(failed(path))
}

/// One row for each pair that could be one, the likeliest first.
pub(super) fn pairs(path: &Path, linked: &Linked<'_>) -> Result<(), Problem> {
    let mut order: Vec<&linkage::Pair> = linked.found.pairs.iter().collect();
    order.sort_by(|x, y| y.bits.total_cmp(&x.bits).then(x.left.cmp(&y.left)).then(x.right.cmp(&y.right)));
    let left: Texts = order.iter().map(|pair| row_name(linked, pair.left)).collect();
    let right: Texts = order.iter().map(|pair| row_name(linked, pair.right)).collect();
    let probabilities: Vec<f64> = order.iter().map(|pair| pair.probability()).collect();
    let bits: Vec<f64> = order.iter().map(|pair| f64::from(pair.bits)).collect();
    let cluster = |record: u32| linked.found.cluster_of[record as usize];
    let together: Vec<bool> = order.iter().map(|pair| cluster(pair.left) == cluster(pair.right)).collect();
    let explain = |pair: &&linkage::Pair| sentence(&linked.found.model.explain(linked.records, pair.left, pair.right));
    let reasons: Texts = order.iter().map(explain).collect();
    let columns = [
        ("left", ColumnOut::Texts(&left)),
        ("right", ColumnOut::Texts(&right)),
        ("probability", ColumnOut::Numbers(&probabilities)),
        ("bits", ColumnOut::Numbers(&bits)),
        ("together", ColumnOut::Truths(&together)),
        ("reasons", ColumnOut::Texts(&reasons)),
    ];
    write(path, &columns).map_err(failed(path))
}
