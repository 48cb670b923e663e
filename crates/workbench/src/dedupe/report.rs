//! The answer: figures, what was learnt, and examples with their reasons.

use linkage::{Explanation, Pair, probability};
use serde_json::{Map, Value, json};

use super::Linked;
use super::truth::Measured;
use crate::Answer;

/// Examples of each sort that are shown.
const EXAMPLES: usize = 10;

pub(super) fn answer(linked: &Linked<'_>, measured: Option<&Measured>) -> Answer {
    let n = linked.records.len();
    let mut answer = Answer::of(n);
    let sizes = group_sizes(&linked.found.cluster_of);
    let n_groups = sizes.iter().filter(|size| **size > 0).count();
    let n_several = sizes.iter().filter(|size| **size > 1).count();
    let extent = if linked.inputs.len() == 2 {
        answer.tell("n_files", [linked.inputs[0].n_rows(), linked.inputs[1].n_rows()]);
        answer.tell("links", linked.found.links.len());
        linked.inputs[0].n_rows() as f64 * linked.inputs[1].n_rows() as f64
    } else {
        n as f64 * (n as f64 - 1.0) / 2.0
    };
    answer.tell("threshold", linked.threshold);
    answer.tell("all_pairs", extent);
    answer.tell("candidate_pairs", linked.found.n_candidates);
    answer.tell("clusters", n_groups);
    answer.tell("clusters_of_several", n_several);
    answer.tell("largest_cluster", sizes.iter().max());
    answer.tell("duplicates", n - n_groups);
    answer.tell("rows_rejected", linked.inputs.iter().map(|input| input.n_rejected).sum::<usize>());
    let fields = linked.plan.fields.iter().map(|field| json!({"column": field.name, "kind": field.kind.name()}));
    answer.tell("fields", fields.collect::<Vec<_>>());
    let left_out = linked.plan.left_out.iter().map(|(name, why)| json!({"column": name, "why": why}));
    answer.tell("not_compared", left_out.collect::<Vec<_>>());
    let keys = linked.found.keys.iter();
    let keys = keys.map(|key| json!({"key": key.name, "pairs": key.n_pairs.round(), "new_true_pairs": (key.n_new * 10.0).round() / 10.0}));
    answer.tell("blocking", keys.collect::<Vec<_>>());
    answer.tell("parameters", parameters(linked));
    lines(&mut answer, linked, extent, n_groups, n_several);
    match measured {
        Some(measured) => quality(&mut answer, measured),
        None => ["precision", "recall", "f1"].iter().for_each(|key| answer.tell(key, Value::Null)),
    }
    examples(&mut answer, linked);
    answer
}

fn group_sizes(cluster_of: &[u32]) -> Vec<u32> {
    let mut sizes = vec![0; cluster_of.len()];
    cluster_of.iter().for_each(|cluster| sizes[*cluster as usize] += 1);
    sizes
}

fn parameters(linked: &Linked<'_>) -> Value {
    let (mut m, mut u, mut bits, mut rules) = (Map::new(), Map::new(), Map::new(), Map::new());
    for field in linked.found.model.parameters(linked.records) {
        let of = |value: fn(&linkage::LevelParameters) -> f64| {
            field.levels.iter().map(|level| (level.level.to_owned(), json!(value(level)))).collect::<Map<_, _>>()
        };
        m.insert(field.field.clone(), Value::Object(of(|level| level.m)));
        u.insert(field.field.clone(), Value::Object(of(|level| level.u)));
        bits.insert(field.field.clone(), Value::Object(of(|level| level.bits)));
        rules.insert(field.field, json!(field.rule));
    }
    let relations: Map<String, Value> =
        linked.found.model.relations().map(|(name, share)| (name.to_owned(), json!(share))).collect();
    json!({"prior": linked.found.model.prior(), "m": m, "u": u, "bits": bits, "rules": rules, "relations": relations})
}

fn lines(answer: &mut Answer, linked: &Linked<'_>, extent: f64, n_groups: usize, n_several: usize) {
    let n = linked.records.len();
    let names: Vec<&str> = linked.inputs.iter().map(|input| input.name.as_str()).collect();
    answer.line(format!("{n} rows of {}", names.join(" and ")));
    if linked.inputs.len() == 2 {
        answer.line(format!("{} links between the files at a probability of {} or more", linked.found.links.len(), linked.threshold));
    } else {
        answer.line(format!(
            "{n_groups} groups at a probability of {} or more, {n_several} of them of several rows; {} rows are second ones",
            linked.threshold,
            n - n_groups
        ));
    }
    answer.line(format!("{} of {extent} possible pairs compared", linked.found.n_candidates));
    answer.line("");
    for field in &linked.plan.fields {
        answer.line(format!("  {:24} compared as {}", field.name, field.kind.name()));
    }
    for (name, why) in &linked.plan.left_out {
        answer.line(format!("  {name:24} not compared: {why}"));
    }
}

fn quality(answer: &mut Answer, measured: &Measured) {
    let quality = measured.quality;
    answer.tell("precision", quality.precision());
    answer.tell("recall", quality.recall());
    answer.tell("f1", quality.f1());
    answer.tell("found_pairs", quality.n_found);
    answer.tell("true_pairs", quality.n_true);
    answer.tell("right_pairs", quality.n_right);
    answer.tell("truth_unknown", measured.n_unknown);
    answer.tell("warnings", &measured.warnings);
    let bins = measured.calibration.iter().enumerate().filter(|(_, bin)| bin.n > 0);
    let bins = bins.map(|(at, bin)| {
        let n = bin.n as f64;
        json!({"from": at as f64 / 10.0, "n": bin.n, "mean_probability": bin.sum / n, "share_true": bin.n_true as f64 / n})
    });
    answer.tell("calibration", bins.collect::<Vec<_>>());
    let shown = |value: Option<f64>| value.map_or("can't tell".to_owned(), |value| format!("{value:.4}"));
    answer.line("");
    answer.line(format!("precision {} ({} of {} found pairs are true)", shown(quality.precision()), quality.n_right, quality.n_found));
    answer.line(format!("recall    {} (of {} true pairs)", shown(quality.recall()), quality.n_true));
    answer.line(format!("F1        {}", shown(quality.f1())));
    measured.warnings.iter().for_each(|warning| answer.line(warning));
}

/// The likeliest pairs that are not equal throughout, and those nearest to the threshold on both sides.
fn examples(answer: &mut Answer, linked: &Linked<'_>) {
    let mut order: Vec<&Pair> = linked.found.pairs.iter().collect();
    let least = linkage::bits_of(linked.threshold) as f32;
    order.sort_by(|x, y| y.bits.total_cmp(&x.bits).then(x.left.cmp(&y.left)).then(x.right.cmp(&y.right)));
    let at = order.partition_point(|pair| pair.bits >= least);
    let (above, below) = order.split_at(at);
    let mut shown: Vec<&Pair> = above.iter().take(EXAMPLES).copied().collect();
    shown.extend(above.iter().skip(EXAMPLES.max(above.len().saturating_sub(EXAMPLES / 2))));
    shown.extend(below.iter().take(EXAMPLES / 2));
    answer.tell("pairs", shown.iter().map(|pair| example(linked, pair)).collect::<Vec<_>>());
    answer.line("");
    answer.line("Pairs (log2 odds by field; the sum with the prior is the score):");
    for pair in shown {
        let explanation = linked.found.model.explain(linked.records, pair.left, pair.right);
        let (left, right) = (row_name(linked, pair.left), row_name(linked, pair.right));
        answer.line(format!("  {:.3}  {left} = {right}: {}", pair.probability(), sentence(&explanation)));
    }
}

fn example(linked: &Linked<'_>, pair: &Pair) -> Value {
    let explanation = linked.found.model.explain(linked.records, pair.left, pair.right);
    let reasons = explanation.reasons.iter().chain(&explanation.relation);
    let reasons = reasons.map(|reason| json!({"field": reason.field, "found": reason.found, "bits": reason.bits}));
    json!({
        "left": row_name(linked, pair.left),
        "right": row_name(linked, pair.right),
        "probability": probability(f64::from(pair.bits)),
        "bits": pair.bits,
        "prior_bits": explanation.prior_bits,
        "reasons": reasons.collect::<Vec<_>>(),
    })
}

/// The reasons in one line.
pub(super) fn sentence(explanation: &Explanation) -> String {
    let reasons = explanation.reasons.iter().chain(&explanation.relation);
    let reasons = reasons.map(|reason| format!("{} {} {:+.1}", reason.field, reason.found, reason.bits));
    let mut all: Vec<String> = reasons.collect();
    all.push(format!("prior {:+.1}", explanation.prior_bits));
    all.join(", ")
}

/// The id of a row, or its number in the file.
pub(super) fn row_name(linked: &Linked<'_>, record: u32) -> String {
    let n_first = linked.inputs[0].n_rows();
    let (input, row) = match record as usize {
        row if row < n_first => (&linked.inputs[0], row),
        row => (&linked.inputs[linked.inputs.len() - 1], row - n_first),
    };
    input.ids.as_ref().map_or_else(|| format!("row {}", input.row_number(row)), |ids| ids.get(row).to_owned())
}
