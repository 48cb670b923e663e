//! The chart as plain SVG: no script, no inline style, colours by class from the style sheet.

use std::fmt::Write as _;

use super::scale::Scale;
use super::{Chart, Kind, Series};

/// Size of the drawing; it is scaled to the width of its place.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 260.0;
/// Room for the figures of the axis, the labels and the legend.
const LEFT: f64 = 58.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 26.0;
/// Room for the names of ranked bars, and height of one of them.
const NAMES: f64 = 184.0;
const LANE: f64 = 28.0;
/// More series than colours begin the colours anew.
const COLOURS: usize = 6;
/// At most this many labels are written along the axis.
const LABELS: usize = 12;

pub(super) fn svg(chart: &Chart) -> String {
    let mut out = String::new();
    let height = match chart.kind {
        Kind::Ranked => chart.labels.len() as f64 * LANE + 8.0,
        Kind::Lines | Kind::Bars | Kind::Stacked => HEIGHT,
    };
    let _ = write!(
        out,
        r#"<svg class="drawing" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{}">"#,
        escaped(&spoken(chart))
    );
    match chart.kind {
        Kind::Ranked => ranked(&mut out, chart),
        Kind::Lines | Kind::Bars | Kind::Stacked => upright(&mut out, chart),
    }
    out.push_str("</svg>");
    out
}

/// What the drawing says in one sentence; the figures stand in the table.
fn spoken(chart: &Chart) -> String {
    let names: Vec<&str> = chart.series.iter().map(|s| s.name.as_str()).collect();
    let span = match (chart.labels.first(), chart.labels.last()) {
        (Some(first), Some(last)) if first != last => format!(", {first} to {last}"),
        _ => String::new(),
    };
    format!("{}: {} by {}{span}.", chart.title, names.join(", "), chart.label_name.to_lowercase())
}

fn upright(out: &mut String, chart: &Chart) {
    let scale = upright_scale(chart);
    let y = |value: f64| HEIGHT - BOTTOM - scale.place(value) * (HEIGHT - BOTTOM - TOP);
    for tick in &scale.ticks {
        let at = y(*tick);
        let class = if *tick == 0.0 { "axis" } else { "grid" };
        let _ = write!(
            out,
            r#"<line class="{class}" x1="{LEFT}" x2="{}" y1="{at:.1}" y2="{at:.1}"/>"#,
            WIDTH - RIGHT
        );
        let text = escaped(&chart.unit.short(*tick));
        let _ = write!(out, r#"<text class="figure" x="{}" y="{:.1}">{text}</text>"#, LEFT - 8.0, at + 4.0);
    }
    labels(out, chart);
    legend(out, chart);
    match chart.kind {
        Kind::Lines => {
            chart.series.iter().enumerate().for_each(|(i, series)| line(out, chart, series, i, &y))
        }
        _ => bars(out, chart, &y),
    }
}

fn upright_scale(chart: &Chart) -> Scale {
    if chart.kind == Kind::Stacked {
        return Scale::of(
            (0..chart.labels.len())
                .map(|i| chart.series.iter().filter_map(|s| s.values.get(i).copied().flatten()).sum::<f64>()),
        );
    }
    let values = chart.series.iter().flat_map(|s| s.values.iter().copied().flatten());
    let ends = chart.series.iter().filter_map(|s| s.interval.as_ref()).flatten().flat_map(|(a, b)| [*a, *b]);
    Scale::of(values.chain(ends))
}

/// The middle of the place of a label, and the width of that place.
fn slot(chart: &Chart, i: usize) -> (f64, f64) {
    let width = (WIDTH - LEFT - RIGHT) / chart.labels.len().max(1) as f64;
    (LEFT + (i as f64 + 0.5) * width, width)
}

fn labels(out: &mut String, chart: &Chart) {
    let every = chart.labels.len().div_ceil(LABELS).max(1);
    for (i, label) in chart.labels.iter().enumerate().step_by(every) {
        let (x, _) = slot(chart, i);
        let _ =
            write!(out, r#"<text class="label" x="{x:.1}" y="{}">{}</text>"#, HEIGHT - 8.0, escaped(label));
    }
}

fn legend(out: &mut String, chart: &Chart) {
    if chart.series.len() < 2 {
        return;
    }
    let mut x = LEFT;
    for (i, series) in chart.series.iter().enumerate() {
        let colour = i % COLOURS + 1;
        let _ =
            write!(out, r#"<rect class="fill-{colour}" x="{x:.0}" y="4" width="10" height="10" rx="2"/>"#);
        let _ = write!(
            out,
            r#"<text class="legend" x="{:.0}" y="13">{}</text>"#,
            x + 15.0,
            escaped(&series.name)
        );
        x += 34.0 + series.name.chars().count() as f64 * 6.4;
    }
}

fn line(out: &mut String, chart: &Chart, series: &Series, index: usize, y: &impl Fn(f64) -> f64) {
    let colour = index % COLOURS + 1;
    if let Some(interval) = &series.interval {
        let there = interval.iter().enumerate().map(|(i, (low, _))| (slot(chart, i).0, y(*low)));
        let back = interval.iter().enumerate().rev().map(|(i, (_, high))| (slot(chart, i).0, y(*high)));
        let points: Vec<String> = there.chain(back).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = write!(out, r#"<polygon class="band fill-{colour}" points="{}"/>"#, points.join(" "));
    }
    let mut path = String::new();
    let mut pen_down = false;
    for (i, value) in series.values.iter().enumerate() {
        let Some(value) = value else {
            pen_down = false;
            continue;
        };
        let _ = write!(path, "{}{:.1} {:.1}", if pen_down { 'L' } else { 'M' }, slot(chart, i).0, y(*value));
        pen_down = true;
    }
    let _ = write!(out, r#"<path class="line stroke-{colour}" d="{path}"/>"#);
}

fn bars(out: &mut String, chart: &Chart, y: &impl Fn(f64) -> f64) {
    let beside = if chart.kind == Kind::Stacked { 1 } else { chart.series.len().max(1) };
    for i in 0..chart.labels.len() {
        let (middle, place) = slot(chart, i);
        let width = (place * 0.68 / beside as f64).min(40.0);
        let mut ground = 0.0;
        for (k, series) in chart.series.iter().enumerate() {
            let Some(value) = series.values.get(i).copied().flatten() else { continue };
            let (from, to) =
                if chart.kind == Kind::Stacked { (ground, ground + value) } else { (0.0, value) };
            let lane = if chart.kind == Kind::Stacked { 0.0 } else { k as f64 };
            let x = middle + (lane - beside as f64 / 2.0) * width;
            let (top, bottom) = (y(from.max(to)), y(from.min(to)));
            ground = to;
            let _ = write!(
                out,
                r#"<rect class="fill-{}" x="{x:.1}" y="{top:.1}" width="{:.1}" height="{:.1}"><title>{}</title></rect>"#,
                k % COLOURS + 1,
                (width - 1.0).max(1.0),
                bottom - top,
                escaped(&format!("{}, {}: {}", chart.labels[i], series.name, chart.unit.full(value)))
            );
        }
    }
}

fn ranked(out: &mut String, chart: &Chart) {
    let Some(series) = chart.series.first() else { return };
    let scale = Scale::of(series.values.iter().copied().flatten());
    let room = WIDTH - NAMES - 96.0;
    for (i, label) in chart.labels.iter().enumerate() {
        let top = i as f64 * LANE + 4.0;
        let short: String = label.chars().take(28).collect();
        let short = if short.len() < label.len() { format!("{short}…") } else { short };
        let _ = write!(out, r#"<text class="name" x="0" y="{:.1}">{}</text>"#, top + 15.0, escaped(&short));
        let Some(value) = series.values.get(i).copied().flatten() else { continue };
        let width = scale.place(value) * room;
        let _ = write!(
            out,
            r#"<rect class="fill-1" x="{NAMES}" y="{:.1}" width="{width:.1}" height="{:.0}" rx="2"/>"#,
            top + 3.0,
            LANE - 12.0
        );
        let text = escaped(&chart.unit.full(value));
        let _ = write!(
            out,
            r#"<text class="legend" x="{:.1}" y="{:.1}">{text}</text>"#,
            NAMES + width + 8.0,
            top + 15.0
        );
    }
}

/// A small line without axes, for a table cell. An empty or single row of values draws nothing.
pub fn sparkline(values: &[f64]) -> String {
    let mut out = String::from(
        r#"<svg class="sparkline" viewBox="0 0 80 20" preserveAspectRatio="none" aria-hidden="true">"#,
    );
    let (low, high) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    if values.len() > 1 && low.is_finite() && high.is_finite() {
        let span = if high > low { high - low } else { 1.0 };
        let step = 80.0 / (values.len() - 1) as f64;
        let points: Vec<String> = values
            .iter()
            .enumerate()
            .map(|(i, v)| format!("{:.1},{:.1}", i as f64 * step, 18.0 - (v - low) / span * 16.0))
            .collect();
        let _ = write!(out, r#"<polyline class="line stroke-1" points="{}"/>"#, points.join(" "));
    }
    out.push_str("</svg>");
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
