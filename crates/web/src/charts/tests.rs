//! The three readings of one chart.

use super::*;

fn revenue() -> Chart {
    Chart {
        id: "revenue".to_owned(),
        title: "Revenue".to_owned(),
        subtitle: "by month, with 95 % interval".to_owned(),
        kind: Kind::Lines,
        label_name: "Month".to_owned(),
        labels: vec!["Jan".to_owned(), "Feb".to_owned(), "Mar".to_owned()],
        unit: Unit::Money { sign: "£".to_owned() },
        series: vec![Series {
            name: "Net".to_owned(),
            values: vec![Some(1200.0), None, Some(900.0)],
            interval: Some(vec![(1100.0, 1300.0), (900.0, 1200.0), (800.0, 1000.0)]),
        }],
    }
}

#[test]
fn the_table_holds_every_figure_of_the_chart_and_names_gaps() {
    let chart = revenue();
    assert_eq!(chart.table_heads(), ["Month", "Net", "Net, interval"]);
    assert_eq!(chart.table_rows()[0], ["Jan", "£1,200", "£1,100 – £1,300"]);
    assert_eq!(chart.table_rows()[1][1], "–");
}

#[test]
fn a_gap_lifts_the_pen() {
    let svg = revenue().svg();
    let path = svg.split(" d=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a path");
    assert_eq!(path.matches('M').count(), 2, "{path}");
    assert!(!svg.contains("style="), "the security policy forbids inline style");
}

#[test]
fn the_option_carries_data_and_no_colours() {
    insta::assert_snapshot!(revenue().option().to_string(), @r#"{"kind":"lines","option":{"aria":{"enabled":true,"label":{"description":"Revenue. The figures stand in the table below."}},"legend":{"data":["Net"],"show":false},"series":[{"colour":0,"data":[1100.0,900.0,800.0],"name":"Net low","role":"low","stack":"interval 0","stackStrategy":"all","type":"line"},{"colour":0,"data":[200.0,300.0,200.0],"name":"Net span","role":"span","stack":"interval 0","stackStrategy":"all","type":"line"},{"colour":0,"data":[1200.0,null,900.0],"name":"Net","type":"line"}],"tooltip":{"trigger":"axis"},"xAxis":{"data":["Jan","Feb","Mar"],"type":"category"},"yAxis":{"type":"value"}},"unit":{"kind":"money","sign":"£"}}"#);
}

#[test]
fn names_cannot_leave_the_script_element() {
    let mut chart = revenue();
    chart.series[0].name = "</script><b>".to_owned();
    assert!(!chart.option_for_script().contains('<'));
    assert!(!chart.svg().contains("<b>"));
}

#[test]
fn a_sparkline_of_one_value_draws_nothing_and_of_equal_values_a_flat_line() {
    assert!(!sparkline(&[1.0]).contains("polyline"));
    assert!(sparkline(&[2.0, 2.0]).contains(r#"points="0.0,18.0 80.0,18.0""#));
}
