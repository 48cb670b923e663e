//! What changed, as JSON and as a report.

use std::path::Path;

use serde_json::{Value, json};
use statistics::changes::{FEWEST_VALUES, Found};
use tables::columns::{ColumnOut, write};

use super::Number;
use super::drivers::{Driver, Drivers, Split};
use crate::{Answer, Problem};

impl Number {
    fn date(&self, place: usize) -> String {
        self.grain.text_after(self.first, place as i64)
    }
}

pub(super) fn tell_number(answer: &mut Answer, number: &Number, period: usize, found: Option<&Found>) {
    let n_known = number.values.iter().filter(|v| !v.is_nan()).count();
    answer.tell("period", number.grain.name());
    answer.tell("season", period);
    answer.tell("n_periods", number.values.len());
    answer.tell("n_missing", number.values.len() - n_known);
    answer.line(format!(
        "{n_known} periods of one {} from {} to {}, {} without a row",
        number.grain.name(),
        number.date(0),
        number.date(number.values.len() - 1),
        number.values.len() - n_known
    ));
    let Some(found) = found else {
        answer.tell("change_points", Vec::<i32>::new());
        answer.tell("anomalies", Vec::<i32>::new());
        let why = format!("{n_known} periods are too few; at least {FEWEST_VALUES} are needed");
        answer.line(format!("Changes and values that stand out: can't tell, {why}"));
        answer.tell("cannot_tell", why);
        return;
    };
    let changes = found.changes.iter().map(|c| {
        json!({
            "date": number.date(c.at), "index": c.at, "before": c.before, "after": c.after,
            "difference": c.after - c.before,
            "relative": (c.before != 0.0).then(|| (c.after - c.before) / c.before.abs()),
            "slope_before": c.slope_before, "slope_after": c.slope_after, "z": c.z,
            "kind": if found.sloped { "trend" } else { "level" },
        })
    });
    let changes: Vec<Value> = changes.collect();
    let anomalies = found.anomalies.iter().map(|a| {
        json!({
            "date": number.date(a.at), "index": a.at, "value": a.value, "expected": a.expected, "low": a.low,
            "high": a.high, "z": a.z, "p_value": a.p_value, "direction": if a.z > 0.0 { "high" } else { "low" },
        })
    });
    let anomalies: Vec<Value> = anomalies.collect();
    answer.tell("relative", found.relative);
    answer.tell("noise", found.noise);
    answer.tell("seasonal", &found.season);
    answer.tell("wanders", found.wanders);
    tell_changes(answer, number, found);
    answer.line(match anomalies.len() {
        0 => "No value stands out".to_owned(),
        1 => "1 value that stands out:".to_owned(),
        n => format!("{n} values that stand out:"),
    });
    for a in found.anomalies.iter().take(20) {
        answer.line(format!(
            "  {:<12} {:.4}, expected {:.4} ({:.4} to {:.4}), {:+.1} deviations",
            number.date(a.at), a.value, a.expected, a.low, a.high, a.z
        ));
    }
    answer.tell("change_points", changes);
    answer.tell("anomalies", anomalies);
}

fn tell_changes(answer: &mut Answer, number: &Number, found: &Found) {
    let shape = if found.sloped { "trend" } else { "level" };
    let n = found.changes.len();
    answer.line(match n {
        0 => format!("No change of {shape}"),
        1 => format!("1 change of {shape}:"),
        _ => format!("{n} changes of {shape}:"),
    });
    let grain = number.grain.name();
    for c in &found.changes {
        let (before, after) = match found.sloped {
            false => (String::new(), String::new()),
            true => (format!(" ({:+.4} a {grain})", c.slope_before), format!(" ({:+.4} a {grain})", c.slope_after)),
        };
        answer.line(format!(
            "  {:<12} from {:.4}{before} to {:.4}{after}, {:+.1} standard errors",
            number.date(c.at), c.before, c.after, c.z
        ));
    }
}

/// What a reader must know before believing in a change.
pub(super) fn doubts(number: &Number, period: usize, found: &Found) -> Vec<String> {
    let n_known = number.values.iter().filter(|v| !v.is_nan()).count();
    let mut doubts = Vec::new();
    if period > 1 && n_known < 3 * period && !found.changes.is_empty() {
        doubts.push(format!(
            "{n_known} periods are fewer than three seasons of {period}: no season was taken out, and a change may be the season"
        ));
    }
    if found.wanders {
        doubts.push(
            "each value hangs together with the one before: a number that wanders by chance explains the series better than these \
             changes do"
                .to_owned(),
        );
    }
    doubts
}

pub(super) fn tell_drivers(answer: &mut Answer, number: &Number, split: &Split, drivers: &Drivers) {
    let difference = drivers.after - drivers.before;
    answer.tell(
        "change",
        json!({
            "split": number.date(split.at), "from": number.date(split.from), "to": number.date(split.end - 1),
            "chosen": split.why, "before": drivers.before, "after": drivers.after, "difference": difference,
            "unit": "per period",
        }),
    );
    let of = |d: &Driver| {
        json!({
            "column": d.column, "segment": d.segment, "contribution": d.added.total, "rate": d.added.rate,
            "mix": d.added.mix, "volume": d.added.volume, "before": d.before.numerator, "after": d.after.numerator,
            "units_before": d.before.denominator, "units_after": d.after.denominator,
            "share_of_change": (difference != 0.0).then(|| d.added.total / difference),
        })
    };
    answer.tell("drivers", drivers.list.iter().map(of).collect::<Vec<Value>>());
    answer.line(format!(
        "From {:.4} to {:.4} per period ({:+.4}), split {} ({}). What each segment added:",
        drivers.before,
        drivers.after,
        difference,
        number.date(split.at),
        split.why
    ));
    answer.line(format!(
        "  {:<16} {:<20} {:>14} {:>14} {:>14} {:>14}",
        "column", "segment", "added", "by rate", "by mix", "by volume"
    ));
    for d in drivers.list.iter().take(30) {
        answer.line(format!(
            "  {:<16} {:<20} {:>+14.4} {:>+14.4} {:>+14.4} {:>+14.4}",
            d.column, d.segment, d.added.total, d.added.rate, d.added.mix, d.added.volume
        ));
    }
}

/// One row per period: value, expected, and whether it stands out or begins a new stretch.
pub(super) fn write_periods(path: &Path, number: &Number, found: Option<&Found>) -> Result<(), Problem> {
    let n = number.values.len();
    let dates: Vec<String> = (0..n).map(|place| number.date(place)).collect();
    let dates: Vec<&str> = dates.iter().map(String::as_str).collect();
    let expected = found.map_or_else(|| vec![f64::NAN; n], |found| found.expected.clone());
    let (mut stands_out, mut changes) = (vec![false; n], vec![false; n]);
    if let Some(found) = found {
        found.anomalies.iter().for_each(|a| stands_out[a.at] = true);
        found.changes.iter().for_each(|c| changes[c.at] = true);
    }
    let table = [
        ("date", ColumnOut::Words(&dates)),
        ("value", ColumnOut::Numbers(&number.values)),
        ("expected", ColumnOut::Numbers(&expected)),
        ("stands_out", ColumnOut::Truths(&stands_out)),
        ("changes", ColumnOut::Truths(&changes)),
    ];
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    write(path, &table).map_err(|source| Problem::Write { file, source })
}
