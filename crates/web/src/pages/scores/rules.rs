//! The rules of the lead score, as a form: a row for each rule, and empty rows for more.

use askama::Template;
use axum::extract::State;
use cycle::plan::lead_scoring::{self, Fade, LeadScoring, MOST_RULES, Rule, Signal};
use platform::{Error, Problem, Result as Found};

use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::changes;
use crate::parts::{Choice, Crumb, Toast};
use crate::respond;
use crate::state::App;

/// Empty rows below the rules.
const MORE_ROWS: usize = 3;
const THERE: &str = "/scores/lead/rules";

#[derive(Template)]
#[template(path = "scores/rules.html")]
struct Form {
    page: Layout,
    crumbs: Vec<Crumb>,
    may_write: bool,
    version: i64,
    rows: Vec<Row>,
    fields: Fields,
    problems: Problems,
}

/// A rule as it stands in the form.
struct Row {
    at: usize,
    signals: Vec<Choice>,
    value: String,
    points: String,
    cap: String,
    fades: Vec<Choice>,
    days: String,
    problem: String,
}

fn form(current: &Current, version: i64, fields: Fields, problems: Problems) -> Form {
    let n = (0..MOST_RULES)
        .rev()
        .find(|at| fields.filled(&format!("signal_{at}")).is_some())
        .map_or(0, |at| at + 1);
    let row = |at: usize| row(at, &fields, &problems);
    Form {
        page: current.layout(Place::Scores, "Rules of the lead score"),
        crumbs: [("Scores", "/scores"), ("Lead score", "/scores/lead")]
            .map(|(label, href)| Crumb { label: label.to_string(), href: href.to_string() })
            .to_vec(),
        may_write: current.may_write(),
        version,
        rows: (0..(n + MORE_ROWS).min(MOST_RULES)).map(row).collect(),
        fields,
        problems,
    }
}

fn row(at: usize, fields: &Fields, problems: &Problems) -> Row {
    let text = |name: &str| fields.get(&format!("{name}_{at}")).to_string();
    let (signal, fade) = (text("signal"), text("fade"));
    let mut signals = vec![Choice::new("", "–", &signal)];
    signals.extend(Signal::ALL.iter().map(|one| Choice::new(one.name(), one.label(), &signal)));
    let fades =
        [(Fade::Never, "never"), (Fade::Linear, "evenly to nothing in"), (Fade::HalfLife, "by half every")];
    let problem =
        ["value", "points", "cap", "fade_days"].map(|name| problems.at(&format!("rules.{at}.{name}")));
    Row {
        at,
        signals,
        value: text("value"),
        points: text("points"),
        cap: text("cap"),
        fades: fades.map(|(one, label)| Choice::new(one.name(), label, &fade)).to_vec(),
        days: text("days"),
        problem: problem.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; "),
    }
}

fn written(scoring: &LeadScoring) -> Fields {
    let mut fields = Fields::default();
    let numbers = [
        ("fit_a", scoring.fit.0),
        ("fit_b", scoring.fit.1),
        ("engagement_1", scoring.engagement.0),
        ("engagement_2", scoring.engagement.1),
        ("most", scoring.most),
    ];
    numbers.into_iter().for_each(|(name, number)| fields.push(name.to_string(), number.to_string()));
    for (at, rule) in scoring.rules.iter().enumerate() {
        let mut put = |name: &str, value: String| fields.push(format!("{name}_{at}"), value);
        put("signal", rule.signal.name().to_string());
        put("value", rule.value.clone());
        put("points", rule.points.to_string());
        put("cap", rule.cap.map_or(String::new(), |cap| cap.to_string()));
        put("fade", rule.fade.name().to_string());
        put("days", if rule.fade == Fade::Never { String::new() } else { rule.fade_days.to_string() });
    }
    fields
}

/// What was typed; rows without a signal are taken out, so that a rule is removed by choosing none.
fn read(fields: &Fields) -> Found<LeadScoring> {
    let mut problems = Vec::new();
    let mut number = |name: String, field: String, usual: Option<i64>| -> i64 {
        let text = fields.trimmed(&name);
        match (text.parse(), usual) {
            (Ok(number), _) => number,
            (Err(_), Some(usual)) if text.is_empty() => usual,
            _ => {
                problems.push(Problem { field, message: format!("“{text}” is no whole number") });
                0
            }
        }
    };
    let mut rules = Vec::new();
    for at in 0..MOST_RULES {
        let text = |name: &str| fields.trimmed(&format!("{name}_{at}")).to_string();
        let Some(signal) = Signal::from_name(&text("signal")) else { continue };
        let of = |name: &str| (format!("{name}_{at}"), format!("rules.{at}.{name}"));
        let ((points, points_at), (cap, cap_at), (days, _)) = (of("points"), of("cap"), of("days"));
        let cap = number(cap, cap_at, Some(0));
        rules.push(Rule {
            signal,
            value: text("value"),
            points: number(points, points_at, None),
            cap: (cap != 0).then_some(cap),
            fade: Fade::from_name(&text("fade")).unwrap_or(Fade::Never),
            fade_days: number(days, format!("rules.{at}.fade_days"), Some(0)),
        });
    }
    let mut pair = |first: &str, second: &str, field: &str| {
        let mut one = |name: &str| number(name.to_string(), field.to_string(), None);
        (one(first), one(second))
    };
    let (fit, engagement) =
        (pair("fit_a", "fit_b", "fit"), pair("engagement_1", "engagement_2", "engagement"));
    let most = number("most".to_string(), "most".to_string(), None);
    match problems.is_empty() {
        true => Ok(LeadScoring { rules, fit, engagement, most, version: 0, updated_at: 0 }),
        false => Err(Error::Invalid(problems)),
    }
}

pub(crate) async fn edit(State(app): State<App>, current: Current) -> Result {
    let scoring = app.store.read(lead_scoring::get).await?;
    respond::page(&form(&current, scoring.version, written(&scoring), Problems::default()))
}

pub(crate) async fn state(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let version = fields.get("version").parse().unwrap_or_default();
    let kept = match read(&fields) {
        Ok(wanted) => {
            let verb = move |tx: &mut platform::Tx<'_>| {
                lead_scoring::state(tx, version, &wanted)?;
                changes::of_newest(tx, lead_scoring::KIND)
            };
            app.store.write(current.by(), verb).await
        }
        Err(error) => Err(error),
    };
    match kept {
        Ok(undo) => {
            let done = Toast::done("Rules saved; the next turn scores by them").undo(undo);
            Ok(respond::redirect_with(THERE, done))
        }
        Err(error) => respond::invalid(&form(&current, version, fields, Problems::of(error)?)),
    }
}
