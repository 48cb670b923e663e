//! What each segment added to the change between two times, per period.

use statistics::drivers::{Contribution, Part, contributions, ratio_change};
use tables::columns::{Columns, NO_CODE};

use super::{Number, Row};
use crate::Problem;

/// Two times: periods from `from` to before `at`, and from there to before `end`.
pub(super) struct Split {
    pub(super) from: usize,
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) why: &'static str,
}

/// One segment of one column.
pub(super) struct Driver {
    pub(super) column: String,
    pub(super) segment: String,
    /// Sum and units per period, before and after (sum and units, of a mean).
    pub(super) before: Part,
    pub(super) after: Part,
    pub(super) added: Contribution,
}

/// The segments of all columns, the greatest first within each column.
pub(super) struct Drivers {
    pub(super) list: Vec<Driver>,
    pub(super) before: f64,
    pub(super) after: f64,
}

/// So many segments of a column are listed; the others are one.
const MOST_SEGMENTS: usize = 100;

impl Drivers {
    pub(super) fn new(
        file: &Columns,
        by: &[String],
        rows: &[Row],
        number: &Number,
        split: &Split,
        mean: bool,
    ) -> Result<Drivers, Problem> {
        let n_before = known(number, split.from, split.at);
        let n_after = known(number, split.at, split.end);
        let mut drivers = Drivers { list: Vec::new(), before: 0.0, after: 0.0 };
        for column in by {
            let codes = file.codes(column)?;
            let none = codes.names.len();
            let mut before = vec![Part::default(); none + 1];
            let mut after = before.clone();
            for (row, &place) in rows.iter().zip(&number.places) {
                let code = match codes.values[row.at] {
                    NO_CODE => none,
                    code => code as usize,
                };
                let (part, n) = if (split.from..split.at).contains(&place) {
                    (&mut before[code], n_before)
                } else if (split.at..split.end).contains(&place) {
                    (&mut after[code], n_after)
                } else {
                    continue;
                };
                part.numerator += row.value / n;
                part.denominator += row.units / n;
            }
            let total = |parts: &[Part]| parts.iter().map(|p| p.numerator).sum::<f64>();
            let units = |parts: &[Part]| parts.iter().map(|p| p.denominator).sum::<f64>();
            (drivers.before, drivers.after) = (total(&before), total(&after));
            if mean {
                drivers.before /= units(&before);
                drivers.after /= units(&after);
            }
            let added = added(&before, &after, mean)?;
            let name = |code: usize| if code == none { "(empty)".to_owned() } else { codes.names.get(code).to_owned() };
            drivers.add(column, &before, &after, &added, name);
        }
        Ok(drivers)
    }

    /// Adds the segments of a column, the smallest gathered so that the sum stays exact.
    fn add(&mut self, column: &str, before: &[Part], after: &[Part], added: &[Contribution], name: impl Fn(usize) -> String) {
        let mut order: Vec<usize> =
            (0..added.len()).filter(|&s| before[s].denominator > 0.0 || after[s].denominator > 0.0).collect();
        order.sort_by(|a, b| added[*b].total.abs().total_cmp(&added[*a].total.abs()).then(a.cmp(b)));
        let rest = order.split_off(order.len().min(MOST_SEGMENTS));
        for s in order {
            let (column, segment) = (column.to_owned(), name(s));
            self.list.push(Driver { column, segment, before: before[s], after: after[s], added: added[s] });
        }
        if rest.is_empty() {
            return;
        }
        let mut others = Driver {
            column: column.to_owned(),
            segment: format!("({} others)", rest.len()),
            before: Part::default(),
            after: Part::default(),
            added: Contribution::default(),
        };
        for s in rest {
            others.before = plus(others.before, before[s]);
            others.after = plus(others.after, after[s]);
            others.added.total += added[s].total;
            others.added.rate += added[s].rate;
            others.added.mix += added[s].mix;
            others.added.volume += added[s].volume;
        }
        self.list.push(others);
    }
}

fn plus(a: Part, b: Part) -> Part {
    Part { numerator: a.numerator + b.numerator, denominator: a.denominator + b.denominator }
}

/// Periods with a value, as a divisor.
fn known(number: &Number, from: usize, end: usize) -> f64 {
    (number.values[from..end].iter().filter(|v| !v.is_nan()).count().max(1)) as f64
}

/// Rate and mix of a mean, or rate, mix and volume of a sum.
fn added(before: &[Part], after: &[Part], mean: bool) -> Result<Vec<Contribution>, Problem> {
    let unknown = || Problem::CannotTell("the change cannot be taken apart: a time without units, or numbers too large".to_owned());
    if !mean {
        return contributions(before, after).ok_or_else(unknown);
    }
    let change = ratio_change(before, after).ok_or_else(unknown)?;
    let of = |effect: &statistics::drivers::Effect| Contribution {
        total: effect.sum(),
        rate: effect.rate,
        mix: effect.mix,
        volume: 0.0,
    };
    Ok(change.effects.iter().map(of).collect())
}
