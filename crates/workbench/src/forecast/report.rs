//! What the forecasts are, how wrong they were, and which method made them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use statistics::forecast::smoothing::{Form, Trend};
use statistics::forecast::{Method, Refusal};
use statistics::forecast::season::Kind;
use tables::columns::{ColumnOut, write};

use super::{Forecast, Found, Read};
use crate::aligned::{aligned, counted};
use crate::left_out::LeftOut;
use crate::timeline::Grain;
use crate::{Answer, Problem};

/// JSON lists so many forecasts and series at most; `--out` has all.
const MOST_LISTED: usize = 200_000;
/// The report shows so many series.
const SERIES_SHOWN: usize = 3;

pub(super) fn answer(ask: &Forecast, read: &Read, period: usize, found: &[Found]) -> Result<Answer, Problem> {
    let mut answer = Answer::of(read.n_rows);
    answer.tell("n_series", found.len());
    answer.tell("period", read.grain.name());
    answer.tell("season", period);
    answer.tell("horizon", ask.horizon);
    answer.tell("level", ask.level);
    tell_errors(ask, found, &mut answer);
    let rows = rows(ask, read.grain, found);
    let listed: Vec<Value> = rows.iter().take(MOST_LISTED).map(Row::as_json).collect();
    answer.tell("forecasts", listed);
    tell_series(ask, found, &mut answer);
    tell_text(ask, read, found, &rows, &mut answer);
    let mut left_out = read.left_out.clone();
    warn(read, found, rows.len(), &mut left_out);
    left_out.tell(&mut answer);
    if let Some(path) = &ask.out {
        save(path, &rows)?;
    }
    Ok(answer)
}

/// One forecast of one period.
struct Row<'a> {
    series: &'a str,
    date: String,
    forecast: f64,
    low: f64,
    high: f64,
}

impl Row<'_> {
    fn as_json(&self) -> Value {
        json!({"series": self.series, "date": self.date, "forecast": self.forecast, "low": self.low, "high": self.high})
    }
}

fn rows<'a>(ask: &Forecast, grain: Grain, found: &'a [Found]) -> Vec<Row<'a>> {
    let mut rows = Vec::with_capacity(found.len() * ask.horizon);
    for one in found {
        let before = if matches!(grain, Grain::Months(_)) { one.n as i64 - 1 } else { 0 };
        for h in 0..ask.horizon {
            let (forecast, low, high) = match &one.ahead {
                Ok(made) => (made.values[h], made.low[h], made.high[h]),
                Err(_) => (one.last_value, f64::NAN, f64::NAN),
            };
            let date = grain.text_after(one.last, before + h as i64 + 1);
            rows.push(Row { series: &one.name, date, forecast, low, high });
        }
    }
    rows
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0usize);
    for value in values {
        sum += value;
        n += 1;
    }
    (n > 0).then(|| sum / n as f64)
}

fn tell_errors(ask: &Forecast, found: &[Found], answer: &mut Answer) {
    let made = || found.iter().filter_map(|one| one.ahead.as_ref().ok());
    let rolling_smape = mean(made().filter_map(|made| made.rolling_smape));
    let rolling_mase = mean(made().filter_map(|made| made.rolling_mase));
    answer.tell("rolling_origin", json!({"smape": rolling_smape, "mase": rolling_mase}));
    if ask.holdout == 0 {
        answer.tell("smape", rolling_smape);
        answer.tell("mase", rolling_mase);
        answer.tell("errors_from", "rolling origins in the past");
        return;
    }
    let checks = || found.iter().filter_map(|one| one.check.as_ref());
    let n: usize = checks().map(|check| check.actual.len()).sum();
    let inside: usize = checks().map(|check| check.n_inside).sum();
    answer.tell("smape", mean(checks().map(|check| check.smape)));
    answer.tell("mase", mean(checks().filter_map(|check| check.mase)));
    answer.tell("errors_from", "holdout");
    answer.tell("naive_smape", mean(checks().map(|check| check.naive_smape)));
    answer.tell("coverage", (n > 0).then(|| inside as f64 / n as f64));
    answer.tell(
        "holdout",
        json!({"periods": ask.holdout, "n_series": checks().count(), "n_values": n, "n_inside_interval": inside}),
    );
}

fn tell_series(ask: &Forecast, found: &[Found], answer: &mut Answer) {
    let mut methods: BTreeMap<String, usize> = BTreeMap::new();
    let mut series = Vec::new();
    let mut not_forecast = Vec::new();
    for one in found {
        let name = match &one.ahead {
            Ok(made) => method(made.method),
            Err(_) => "last value".to_owned(),
        };
        *methods.entry(name.clone()).or_default() += 1;
        if let Err(why) = &one.ahead {
            not_forecast.push(json!({"series": one.name, "reason": refusal(*why)}));
        }
        if series.len() < MOST_LISTED {
            series.push(as_json(ask, one, &name));
        }
    }
    answer.tell("methods", methods);
    answer.tell("series", series);
    answer.tell("cannot_tell", not_forecast);
}

fn as_json(ask: &Forecast, one: &Found, method_name: &str) -> Value {
    let made = one.ahead.as_ref().ok();
    let mut told = json!({
        "series": one.name, "n": one.n, "n_filled": one.n_filled, "model": method_name,
        "parts": made.map(|m| m.parts.iter().map(|p| method(*p)).collect::<Vec<_>>()),
        "rolling_smape": made.and_then(|m| m.rolling_smape), "rolling_mase": made.and_then(|m| m.rolling_mase),
        "n_origins": made.map(|m| m.n_origins),
    });
    if let Some(check) = &one.check {
        told["smape"] = json!(check.smape);
        told["mase"] = json!(check.mase);
        told["naive_smape"] = json!(check.naive_smape);
        told["holdout"] = json!({
            "actual": check.actual, "forecast": check.forecasts, "low": check.low, "high": check.high,
        });
    } else if ask.holdout > 0 {
        told["smape"] = Value::Null;
    }
    told
}

fn refusal(why: Refusal) -> String {
    match why {
        Refusal::TooShort { found, needed } => {
            format!("{found} values are too few for a method and an interval; at least {needed} are needed: the last value stands in")
        }
        Refusal::Infinite => "a value is infinite".to_owned(),
        Refusal::Question => "the question cannot be answered".to_owned(),
    }
}

fn method(method: Method) -> String {
    match method {
        Method::SeasonalNaive => "seasonal naive".to_owned(),
        Method::Smoothing(form) => format!("smoothing ({})", form_name(form)),
        Method::DampedTrend => "damped trend".to_owned(),
        Method::Theta => "theta".to_owned(),
        Method::Combination => "combination".to_owned(),
        Method::Constant => "constant".to_owned(),
    }
}

/// The letters of the literature: error, trend, season.
fn form_name(form: Form) -> String {
    let trend = match form.trend {
        Trend::None => "N",
        Trend::Straight => "A",
        Trend::Damped => "Ad",
    };
    let season = match form.season {
        None => "N",
        Some(Kind::Added) => "A",
        Some(Kind::Multiplied) => "M",
    };
    format!("{},{trend},{season}", if form.relative_errors { "M" } else { "A" })
}

fn tell_text(ask: &Forecast, read: &Read, found: &[Found], rows: &[Row<'_>], answer: &mut Answer) {
    answer.line(format!("{} series, one value per {}, {} ahead", found.len(), read.grain.name(), ask.horizon));
    let from = answer.json["errors_from"].as_str().unwrap_or_default().to_owned();
    let figure = |key: &str| answer.json.get(key).and_then(Value::as_f64);
    let mut lines = vec![match figure("smape") {
        Some(smape) => {
            let mase = figure("mase").map_or("can't tell".to_owned(), |mase| format!("{mase:.4}"));
            format!("sMAPE {smape:.4} %, MASE {mase} ({from}; means over series)")
        }
        None => format!("Can't tell how wrong such forecasts are ({from}): the series are too short"),
    }];
    if let (Some(naive), Some(inside)) = (figure("naive_smape"), figure("coverage")) {
        let last = if read.grain.season() > 1 || ask.season.is_some() { "season" } else { "value" };
        let level = 100.0 * ask.level;
        lines.push(format!(
            "Repeating the last {last}: sMAPE {naive:.4} %; share of the held-back values inside their {level} % interval: {inside:.4}"
        ));
    }
    lines.iter().for_each(|line| answer.line(line));
    for (name, n) in answer.json["methods"].as_object().cloned().unwrap_or_default() {
        answer.line(format!("  {n:>7} × {name}"));
    }
    tell_rows(ask, rows, answer);
}

/// The first forecasts as a table, and how many there are besides.
fn tell_rows(ask: &Forecast, rows: &[Row<'_>], answer: &mut Answer) {
    let number = |value: f64| if value.is_finite() { format!("{value:.4}") } else { "–".to_owned() };
    let n_shown = rows.len().min(SERIES_SHOWN * ask.horizon.min(12)).max(rows.len().min(ask.horizon.min(60)));
    let cells: Vec<Vec<String>> = rows[..n_shown]
        .iter()
        .map(|row| vec![row.series.to_owned(), row.date.clone(), number(row.forecast), number(row.low), number(row.high)])
        .collect();
    let headings = ["series", "date", "forecast", "low", "high"];
    let from = usize::from(ask.series.is_none());
    let cells: Vec<Vec<String>> = cells.into_iter().map(|row| row[from..].to_vec()).collect();
    answer.line(aligned(&headings[from..], &cells));
    if n_shown < rows.len() {
        answer.line(format!("… and {} more; --json and --out list them", counted(rows.len() - n_shown)));
    }
}

fn warn(read: &Read, found: &[Found], n_rows: usize, left_out: &mut LeftOut) {
    let n_filled: usize = found.iter().map(|one| one.n_filled).sum();
    if n_filled > 0 {
        left_out.warn(format!("{n_filled} periods have no row; a straight line stands in for them (see --missing)"));
    }
    if read.n_summed > 0 {
        left_out.warn(format!("{} rows share their period with another of the series and were added to it", read.n_summed));
    }
    if n_rows > MOST_LISTED {
        left_out.warn(format!("the JSON lists the first {MOST_LISTED} of {n_rows} forecasts; --out has all"));
    }
}

fn save(path: &Path, rows: &[Row<'_>]) -> Result<(), Problem> {
    let series: Vec<&str> = rows.iter().map(|row| row.series).collect();
    let dates: Vec<&str> = rows.iter().map(|row| row.date.as_str()).collect();
    let of = |value: fn(&Row<'_>) -> f64| -> Vec<f64> { rows.iter().map(value).collect() };
    let (forecast, low, high) = (of(|r| r.forecast), of(|r| r.low), of(|r| r.high));
    let table = [
        ("series", ColumnOut::Words(&series)),
        ("date", ColumnOut::Words(&dates)),
        ("forecast", ColumnOut::Numbers(&forecast)),
        ("low", ColumnOut::Numbers(&low)),
        ("high", ColumnOut::Numbers(&high)),
    ];
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    write(path, &table).map_err(|source| Problem::Write { file, source })
}
