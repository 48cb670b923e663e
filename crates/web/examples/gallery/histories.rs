//! Samples of what happened and what would happen: the diff of a file, conditions, a timeline.

use web::parts::{Choice, DiffRow, FateCount, Happening, Moment, RowFate, RuleLine, Tone};

pub(crate) fn fates() -> Vec<FateCount> {
    let part = |fate, count: &str, percent, current| FateCount {
        fate,
        count: count.to_owned(),
        percent,
        href: "/imports/12".to_owned(),
        current,
    };
    vec![
        part(RowFate::New, "1,204", 9.7, false),
        part(RowFate::Changed, "318", 2.6, true),
        part(RowFate::Same, "10,881", 87.5, false),
        part(RowFate::Conflict, "7", 0.6, false),
        part(RowFate::Error, "21", 0.9, false),
    ]
}

pub(crate) fn diff_rows() -> Vec<DiffRow> {
    let own = |t: (&str, &str, &str)| (t.0.to_owned(), t.1.to_owned(), t.2.to_owned());
    let row = |number, fate, record: &str, fields: Vec<(&str, &str, &str)>, reason: &str| DiffRow {
        number,
        fate,
        record: record.to_owned(),
        href: None,
        fields: fields.into_iter().map(own).collect(),
        reason: reason.to_owned(),
    };
    vec![
        row(
            2,
            RowFate::New,
            "Katherine Johnson",
            vec![("E-mail", "", "katherine@orbits.example"), ("Country", "", "United States")],
            "",
        ),
        row(
            3,
            RowFate::Changed,
            "Ada Lovelace",
            vec![("Phone", "020 7946 0958", "+44 20 7946 0958"), ("City", "Londn", "London")],
            "",
        ),
        row(4, RowFate::Same, "Emmy Noether", vec![], ""),
        row(
            9,
            RowFate::Conflict,
            "Charles Babbage",
            vec![("E-mail", "charles@difference.example", "c.babbage@engine.example")],
            "Two people carry this customer number: choose one",
        ),
        row(418, RowFate::Error, "–", vec![], "Column “Date”: 31/02/2026 is not a date"),
    ]
}

pub(crate) fn conditions() -> Vec<RuleLine> {
    let group = |path: &str, depth, current| RuleLine::Group {
        path: path.to_owned(),
        depth,
        matching: vec![Choice::new("all", "all", current), Choice::new("any", "any", current)],
    };
    let condition =
        |path: &str, depth, field, operator, value: &str, kind, problem: &str| RuleLine::Condition {
            path: path.to_owned(),
            depth,
            fields: ["Country", "Last order", "Orders", "E-mail"].map(|f| Choice::new(f, f, field)).to_vec(),
            operators: ["is", "is before", "is at least", "is known"]
                .map(|o| Choice::new(o, o, operator))
                .to_vec(),
            value: value.to_owned(),
            kind,
            answers: if field == "Country" {
                vec![Choice::new("GB", "United Kingdom", "GB")]
            } else {
                vec![]
            },
            problem: problem.to_owned(),
            fresh: false,
        };
    vec![
        group("0", 0, "all"),
        condition("0.0", 1, "Country", "is", "GB", "text", ""),
        condition("0.1", 1, "Last order", "is before", "2025-09-01", "date", ""),
        group("0.2", 1, "any"),
        condition("0.2.0", 2, "Orders", "is at least", "many", "text", "“many” is not a number"),
        condition("0.2.1", 2, "E-mail", "is known", "", "", ""),
    ]
}

pub(crate) fn timeline() -> Vec<Happening> {
    let at = |shown: &str| Moment {
        machine: "2026-06-02T09:14:00Z".to_owned(),
        shown: shown.to_owned(),
        full: "2 June 2026, 09:14 UTC".to_owned(),
    };
    let item = |icon, tone, title: &str, by: &str, shown: &str| Happening {
        at: at(shown),
        icon,
        tone,
        title: title.to_owned(),
        href: None,
        body: String::new(),
        by: by.to_owned(),
        machine: false,
        changes: vec![],
        undo: None,
    };
    vec![
        Happening {
            href: Some("/orders/1".to_owned()),
            ..item("order", Tone::Good, "Order 536365 for £ 139.12", "web shop", "2 hours ago")
        },
        Happening {
            machine: true,
            undo: Some("/events/2/undo".to_owned()),
            changes: vec![
                ("Phone".to_owned(), "020 7946 0958".to_owned(), "+44 20 7946 0958".to_owned()),
                ("City".to_owned(), String::new(), "London".to_owned()),
            ],
            ..item("edit", Tone::Neutral, "Two fields changed", "import 12, row 418", "yesterday")
        },
        Happening {
            body: "Asked about wholesale prices for the autumn.\nWants a call after the fair.".to_owned(),
            ..item("note", Tone::Accent, "Note", "Grace Hopper", "28 May 2026")
        },
        Happening {
            undo: Some("/merges/4/undo".to_owned()),
            ..item("merge", Tone::Warning, "Merged with “A. Lovelace”", "Grace Hopper", "27 May 2026")
        },
        item("people", Tone::Neutral, "Came in", "import 3", "3 May 2025"),
    ]
}
