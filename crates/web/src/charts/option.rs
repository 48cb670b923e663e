//! The chart as an ECharts option. Data and structure only: `ts/charts.ts` adds colours, fonts and formatting from
//! the style sheet, so that both themes and a change of theme need nothing from the server.

use serde_json::{Value, json};

use super::{Chart, Kind, Series};

pub(super) fn option(chart: &Chart) -> Value {
    let labels = json!({ "type": "category", "data": chart.labels });
    let values = json!({ "type": "value" });
    let (x, y) = match chart.kind {
        Kind::Ranked => {
            let mut names = labels;
            names["inverse"] = json!(true);
            (values, names)
        }
        Kind::Lines | Kind::Bars | Kind::Stacked => (labels, values),
    };
    let names: Vec<&str> = chart.series.iter().map(|s| s.name.as_str()).collect();
    json!({
        "unit": chart.unit.for_script(),
        "kind": match chart.kind { Kind::Lines => "lines", Kind::Bars => "bars", Kind::Stacked => "stacked", Kind::Ranked => "ranked" },
        "option": {
            "aria": { "enabled": true, "label": { "description": format!("{}. The figures stand in the table below.", chart.title) } },
            "legend": { "show": names.len() > 1, "data": names },
            "tooltip": { "trigger": "axis" },
            "xAxis": x,
            "yAxis": y,
            "series": series(chart),
        }
    })
}

fn series(chart: &Chart) -> Vec<Value> {
    let mut all = Vec::new();
    for (i, one) in chart.series.iter().enumerate() {
        if let (Kind::Lines, Some(interval)) = (chart.kind, &one.interval) {
            all.extend(band(one, i, interval));
        }
        let mut drawn = json!({
            "name": one.name,
            "type": if chart.kind == Kind::Lines { "line" } else { "bar" },
            "data": one.values,
            "colour": i,
        });
        if chart.kind == Kind::Stacked {
            drawn["stack"] = json!("whole");
        }
        all.push(drawn);
    }
    all
}

/// An interval as two stacked lines: an invisible one along its lower end, and the filled distance above it.
fn band(one: &Series, colour: usize, interval: &[(f64, f64)]) -> [Value; 2] {
    let stack = format!("interval {colour}");
    let part = |data: Vec<f64>, role: &str| {
        json!({
            "name": format!("{} {role}", one.name),
            "type": "line",
            "stack": stack,
            "stackStrategy": "all",
            "data": data,
            "colour": colour,
            "role": role,
        })
    };
    [
        part(interval.iter().map(|(low, _)| *low).collect(), "low"),
        part(interval.iter().map(|(low, high)| high - low).collect(), "span"),
    ]
}
