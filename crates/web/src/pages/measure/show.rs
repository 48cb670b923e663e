//! One experiment's result: what it says now, the interval over time, every metric, every day.

use askama::Template;
use axum::extract::{Path, State};
use cycle::act::experiments::{self, Experiment};
use cycle::measure::effects::{self, Effect, EffectMetric, Role};
use cycle::plan::metrics::{self, Metric, Unit};
use platform::Snapshot;

use super::{Cell, Section, always, conclusion_badge, heads, money, number, of_one, of_one_between, text};
use crate::charts::{self, Chart, Kind, Series};
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::layout::{Layout, Place};
use crate::parts::{Crumb, Stat, Toast};
use crate::respond;
use crate::state::App;
use crate::wording::{Words, percent};
use crate::words;

#[derive(Template)]
#[template(path = "measure/show.html")]
struct Show {
    page: Layout,
    crumbs: Vec<Crumb>,
    name: String,
    address: String,
    experiment: String,
    action: Option<String>,
    /// What each arm says now.
    verdicts: Vec<Verdict>,
    stats: Vec<Stat>,
    charts: Vec<Chart>,
    sections: Vec<Section>,
    may_look: bool,
}

struct Verdict {
    arm: String,
    badge: (&'static str, &'static str),
    why: String,
}

struct Found {
    experiment: Experiment,
    metric: Metric,
    history: Vec<Effect>,
    /// The metrics of the newest look of each arm, with their definitions.
    details: Vec<(Effect, Vec<(EffectMetric, Metric)>)>,
}

fn read(snapshot: &mut Snapshot<'_>, id: &str) -> platform::Result<Found> {
    let experiment = experiments::get(snapshot, id)?;
    let mut details = Vec::new();
    for effect in effects::latest(snapshot, id)? {
        let mut found = Vec::new();
        for one in effects::metrics_of(snapshot, &effect.id)? {
            let metric = metrics::get(snapshot, &one.metric)?;
            found.push((one, metric));
        }
        details.push((effect, found));
    }
    Ok(Found {
        metric: metrics::get(snapshot, &experiment.metric)?,
        history: effects::history(snapshot, id)?,
        experiment,
        details,
    })
}

pub(crate) async fn show(State(app): State<App>, current: Current, Path(id): Path<String>) -> Result {
    let (found, words) = app.store.read(move |s| Ok((read(s, &id)?, Words::read(s)?))).await?;
    let address = super::looks_of(&found.experiment.id);
    let verdict = |effect: &Effect| Verdict {
        arm: effect.arm.clone(),
        badge: conclusion_badge(effect.conclusion, effect.is_final),
        why: effect.why.clone(),
    };
    let crumb = |label: &str, href: &str| Crumb { label: label.into(), href: href.into() };
    respond::page(&Show {
        page: current.layout(Place::Measure, found.experiment.name.clone()),
        crumbs: vec![crumb("Measure", "/measure"), crumb("All results", "/measure/results")],
        name: found.experiment.name.clone(),
        experiment: format!("/experiments/{}", found.experiment.id),
        action: found.experiment.action_id.as_ref().map(|id| format!("/actions/{id}")),
        address,
        verdicts: found.details.iter().map(|(effect, _)| verdict(effect)).collect(),
        stats: found
            .details
            .first()
            .map(|(effect, _)| stats(effect, &found.metric, &words))
            .unwrap_or_default(),
        charts: found
            .details
            .iter()
            .filter_map(|(effect, _)| over_time(&found, &effect.arm, &words))
            .collect(),
        sections: vec![all_metrics(&found, &words), every_day(&found, &words)],
        may_look: current.may_write() && found.experiment.launched_at.is_some(),
    })
}

/// Looks now, at what is known until the end of yesterday.
pub(crate) async fn look(State(app): State<App>, Writer(current): Writer, Path(id): Path<String>) -> Result {
    let wanted = id.clone();
    let seen = app.store.scan(move |s| effects::look(s, &wanted)).await?;
    let toast = match seen {
        None => Toast::done("There is nothing to see yet: no day since the launch is over and known"),
        Some(seen) => {
            let as_of = seen.arms.first().map(|(effect, _)| effect.as_of.clone()).unwrap_or_default();
            app.store.write(current.by(), move |tx| effects::keep(tx, &seen)).await?;
            Toast::done(format!("Looked at what is known until {as_of}"))
        }
    };
    Ok(respond::with_toast(respond::redirect(&super::looks_of(&id)), toast))
}

fn stats(effect: &Effect, metric: &Metric, words: &Words) -> Vec<Stat> {
    let value = |mean: Option<f64>| mean.map_or("–".to_string(), |mean| of_one(metric, mean, words));
    let mut stats = vec![
        Stat::new(
            "Those who got it",
            value(effect.mean_treated),
            &format!(
                "{} by customer meant to be treated, of {}.",
                metric.name,
                words::count(effect.n_treated)
            ),
        ),
        Stat::new(
            "Those left alone",
            value(effect.mean_holdout),
            &format!("{} by customer left alone, of {}.", metric.name, words::count(effect.n_holdout)),
        ),
    ];
    let definition = "What one treated customer did more than one left alone would have; negative is less.";
    stats.push(match effect.found {
        Some(found) => Stat::new("Difference", of_one(metric, found.estimate, words), definition).interval(
            of_one_between(metric, found.always_low, found.always_high, words),
            "95 % over all daily looks",
        ),
        None => Stat::cannot_tell("Difference", "too few did anything", definition),
    });
    let definition = "Revenue that all treated customers together brought more than they would have.";
    stats.push(match effect.money {
        Some(money) => Stat::new("Revenue brought", words.money(money.minor), definition).interval(
            format!("{} to {}", words.money(money.low_minor), words.money(money.high_minor)),
            "95 % over all daily looks",
        ),
        None => Stat::cannot_tell("Revenue brought", "too few did anything", definition),
    });
    stats.push(Stat::new(
        "Of the time watched",
        percent(effect.time_share),
        &format!(
            "So much of the time for which it is watched is over; known until the end of {}.",
            effect.as_of
        ),
    ));
    stats
}

/// The difference with its always-valid interval, look by look.
fn over_time(found: &Found, arm: &str, words: &Words) -> Option<Chart> {
    let looks: Vec<&Effect> =
        found.history.iter().filter(|look| look.arm == arm && look.found.is_some()).collect();
    if looks.len() < 2 {
        return None;
    }
    let (unit, scale) = match found.metric.unit {
        Unit::Money => {
            (words::money_unit(words.currency.code()), words::money_for_chart(1, words.currency.code()))
        }
        Unit::Share => (charts::Unit::Share, 1.0),
        _ if found.metric.kind == metrics::Kind::Binary => (charts::Unit::Share, 1.0),
        Unit::Count | Unit::Days | Unit::Ratio => (charts::Unit::Plain { digits: 3 }, 1.0),
    };
    let unit = match unit {
        charts::Unit::Money { .. } => charts::Unit::Plain { digits: 2 },
        other => other,
    };
    let estimates = looks.iter().map(|look| look.found.map(|found| found.estimate * scale)).collect();
    let interval = looks
        .iter()
        .filter_map(|look| look.found)
        .map(|found| (found.always_low * scale, found.always_high * scale))
        .collect();
    Some(Chart {
        id: format!(
            "over-time-{}",
            found.history.iter().position(|look| look.arm == arm).unwrap_or_default()
        ),
        title: format!("Difference so far: {}", found.metric.name),
        subtitle: format!(
            "For one customer, treated less left alone, in all since the launch. Band: 95 % over all daily looks. {arm}"
        ),
        kind: Kind::Lines,
        label_name: "Known until".into(),
        labels: looks.iter().map(|look| look.as_of.clone()).collect(),
        unit,
        series: vec![Series { name: "Difference".into(), values: estimates, interval: Some(interval) }],
    })
}

fn all_metrics(found: &Found, words: &Words) -> Section {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (effect, list) in &found.details {
        for (one, metric) in list {
            let role = match one.role {
                Role::Primary => "Judged by",
                Role::Money => "In money",
                Role::Goal => "The goal’s",
                Role::Guardrail => "Must not get worse",
            };
            let value =
                |mean: Option<f64>| mean.map_or("–".to_string(), |mean| of_one(metric, mean, words));
            rows.push(vec![
                Cell { href: Some(format!("/dictionary/{}", metric.key)), ..text(metric.name.clone()) },
                Cell { note: effect.arm.clone(), ..text(role) },
                text(one.method.clone()),
                number(value(one.mean_treated)),
                number(value(one.mean_holdout)),
                number(value(one.found.map(|found| found.estimate))),
                number(one.found.map_or("–".to_string(), |f| of_one_between(metric, f.low, f.high, words))),
                number(always(metric, one.found, words)),
            ]);
        }
    }
    Section {
        id: "metrics",
        title: "Every metric",
        intro: "For one customer, since the launch. “One look” is the interval for who looks once, today; “any day” is the one that \
                may be believed although somebody looks each morning. The name opens the definition."
            .to_string(),
        heads: heads(&["Metric", "Why", "How", "Treated", "Left alone", "Difference", "One look", "Any day"], 3),
        rows,
        empty: "Not looked at yet.",
        pager: None,
    }
}

fn every_day(found: &Found, words: &Words) -> Section {
    let metric = &found.metric;
    let row = |look: &Effect| -> Vec<Cell> {
        vec![
            text(look.as_of.clone()),
            text(look.arm.clone()),
            Cell { badge: Some(conclusion_badge(look.conclusion, look.is_final)), ..Cell::default() },
            number(look.found.map_or("–".to_string(), |found| of_one(metric, found.estimate, words))),
            number(always(metric, look.found, words)),
            money(look.money, words),
            number(look.srm_p.map_or("–".to_string(), |p| format!("{p:.3}"))),
        ]
    };
    Section {
        id: "days",
        title: "Day by day",
        intro: "The newest look first. Chance of these group sizes: below 0.001 something is wrong with the draw.".to_string(),
        heads: heads(
            &["Known until", "Group", "Said", "Difference", "Any-day interval", "Revenue brought", "Chance of sizes"],
            3,
        ),
        rows: found.history.iter().rev().map(row).collect(),
        empty: "Not looked at yet: the first look comes when a day since the launch is over.",
        pager: None,
    }
}
