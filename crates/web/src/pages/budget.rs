//! The budget of a turn: planned and actual cost by kind and action, people's time at an hourly rate.

use askama::Template;
use axum::extract::{Path, State};
use cycle::plan::budget::{self, Amount, Cost, CostKind, Input, Side, Totals};
use cycle::plan::turns::{self, Turn};
use cycle::turn::chain;
use platform::{Error, Problem, Snapshot};
use records::values::currency::Currency;
use records::values::decimal::DecimalMark;
use std::collections::BTreeMap;

use super::turn::{currency_of, day_in_words, tabs};
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::changes;
use crate::parts::{Choice, Stat, Tab, Toast};
use crate::query::Query;
use crate::state::App;
use crate::{respond, words};

#[derive(Template)]
#[template(path = "budget/show.html")]
struct Show {
    page: Layout,
    tabs: Vec<Tab>,
    may_write: bool,
    turn: Option<Turn>,
    stats: Vec<Stat>,
    kinds: Vec<(&'static str, String, String)>,
    actions: Vec<(String, String, String, String)>,
    costs: Vec<Line>,
    rates: Vec<(String, String)>,
    mail_price: Option<String>,
    choices: Choices,
    fields: Fields,
    problems: Problems,
}

struct Choices {
    kinds: Vec<Choice>,
    sides: Vec<Choice>,
    actions: Vec<Choice>,
    roles: Vec<Choice>,
}

struct Line {
    id: String,
    description: String,
    kind: &'static str,
    side: &'static str,
    action: String,
    team: String,
    amount: String,
    how: String,
    at: String,
    may_remove: bool,
}

fn label(kind: CostKind) -> &'static str {
    match kind {
        CostKind::Send => "Sending",
        CostKind::Discount => "Discounts",
        CostKind::Time => "People’s time",
        CostKind::Other => "Other",
    }
}

struct Found {
    turn: Turn,
    totals: Totals,
    costs: Vec<Cost>,
    actions: Vec<(String, String, Totals)>,
}

/// Of the turn that is asked for, the open one, or the one that is planned next.
fn read(snapshot: &mut Snapshot<'_>, turn_id: Option<&str>) -> platform::Result<Option<Found>> {
    let turn = match turn_id {
        Some(id) => Some(turns::get(snapshot, id)?),
        None => match turns::current(snapshot)? {
            Some(turn) => Some(turn),
            None => turns::next_planned(snapshot)?,
        },
    };
    let Some(turn) = turn else { return Ok(None) };
    let mut actions = Vec::new();
    for action in chain::of_turn(snapshot, &turn.id)?.actions {
        let totals = budget::of_action(snapshot, &action.id)?;
        actions.push((action.id, action.name, totals));
    }
    Ok(Some(Found {
        totals: budget::of_turn(snapshot, &turn.id)?,
        costs: budget::list(snapshot, &turn.id)?,
        actions,
        turn,
    }))
}

pub(crate) async fn show(State(app): State<App>, current: Current, query: Query) -> Result {
    let turn_id = query.filled("turn").map(str::to_string);
    respond::page(&draw(&app, &current, turn_id, Fields::default(), Problems::default()).await?)
}

async fn draw(
    app: &App,
    current: &Current,
    turn_id: Option<String>,
    fields: Fields,
    problems: Problems,
) -> Result<Show> {
    let found = app
        .store
        .read(move |s| Ok((read(s, turn_id.as_deref())?, budget::hourly_rates(s)?, budget::mail_price(s)?)));
    let (found, rates, mail_price) = found.await?;
    let currency = currency_of(current);
    let money = |minor| words::money(minor, currency);
    let choices = choices(&fields, found.as_ref(), &rates);
    let mut page = Show {
        page: current.layout(Place::Turn, "Budget"),
        tabs: tabs("/budget"),
        may_write: current.may_write(),
        turn: None,
        stats: Vec::new(),
        kinds: Vec::new(),
        actions: Vec::new(),
        costs: Vec::new(),
        rates: rates.iter().map(|(role, minor)| (role.clone(), money(*minor))).collect(),
        mail_price: mail_price.map(money),
        choices,
        fields,
        problems,
    };
    let Some(found) = found else { return Ok(page) };
    page.stats = stats(&found.totals, currency);
    page.kinds = CostKind::ALL
        .iter()
        .map(|kind| {
            let (planned, actual) = found.totals.by_kind.get(kind.name()).copied().unwrap_or_default();
            (label(*kind), money(planned), money(actual))
        })
        .collect();
    let named = |id: &Option<String>| {
        let action = found.actions.iter().find(|(known, ..)| Some(known) == id.as_ref());
        action.map_or_else(String::new, |(_, name, _)| name.clone())
    };
    page.costs = found.costs.iter().map(|cost| line(cost, named(&cost.action_id), currency)).collect();
    page.actions = found
        .actions
        .iter()
        .map(|(id, name, totals)| {
            (format!("/actions/{id}"), name.clone(), money(totals.planned_minor), money(totals.actual_minor))
        })
        .collect();
    page.may_write &= found.turn.state != turns::State::Closed;
    page.turn = Some(found.turn);
    Ok(page)
}

fn line(cost: &Cost, action: String, currency: &str) -> Line {
    Line {
        id: cost.id.clone(),
        description: cost.description.clone(),
        kind: label(cost.kind),
        side: if cost.side == Side::Planned { "planned" } else { "spent" },
        action,
        team: cost.team.clone().unwrap_or_default(),
        amount: words::money(cost.amount_minor, currency),
        how: match (cost.minutes, cost.hourly_rate_minor) {
            (Some(minutes), Some(rate)) => {
                format!(
                    "{} at {} an hour",
                    words::counted(minutes, "minute", "minutes"),
                    words::money(rate, currency)
                )
            }
            _ => String::new(),
        },
        at: day_in_words(cycle::calendar::Day::of(cost.at)),
        may_remove: cost.source_key.is_none(),
    }
}

fn stats(totals: &Totals, currency: &str) -> Vec<Stat> {
    let spent = "What was sent, given away and worked, of the turn and its actions.";
    let share = "Spent divided by planned.";
    vec![
        Stat::new(
            "Planned",
            words::money(totals.planned_minor, currency),
            "What the turn was meant to cost.",
        ),
        Stat::new("Spent", words::money(totals.actual_minor, currency), spent)
            .unit(&format!("with {} worked", words::counted(totals.minutes, "minute", "minutes"))),
        match totals.share_spent() {
            Some(spent) => Stat::new("Of the plan", words::share(spent), share)
                .unit(&format!("of {}", words::money(totals.planned_minor, currency))),
            None => Stat::cannot_tell("Of the plan", "nothing was planned", share),
        },
    ]
}

fn choices(fields: &Fields, found: Option<&Found>, rates: &BTreeMap<String, i64>) -> Choices {
    let mut actions = vec![Choice::new("", "The turn as a whole", fields.get("action_id"))];
    if let Some(found) = found {
        actions
            .extend(found.actions.iter().map(|(id, name, _)| Choice::new(id, name, fields.get("action_id"))));
    }
    let mut roles = vec![Choice::new("", "No role: an amount of money", fields.get("role"))];
    roles.extend(rates.keys().map(|role| Choice::new(role, role, fields.get("role"))));
    Choices {
        kinds: CostKind::ALL
            .iter()
            .map(|kind| Choice::new(kind.name(), label(*kind), fields.get("kind")))
            .collect(),
        sides: vec![
            Choice::new("planned", "Planned", fields.get("side")),
            Choice::new("actual", "Spent", fields.get("side")),
        ],
        actions,
        roles,
    }
}

/// Minor units of an amount that somebody typed.
fn minor(field: &str, text: &str, currency: &str) -> platform::Result<i64> {
    let known = Currency::from_code(currency).or_else(|| Currency::from_code("EUR"));
    records::values::money::parse(text, known, DecimalMark::Unknown).map(|money| money.amount_minor).map_err(
        |problem| Error::Invalid(vec![Problem { field: field.to_string(), message: problem.to_string() }]),
    )
}

fn amount(fields: &Fields, currency: &str, rates: &BTreeMap<String, i64>) -> platform::Result<Amount> {
    if fields.get("kind") != CostKind::Time.name() {
        return Ok(Amount::Minor(minor("amount", fields.get("amount"), currency)?));
    }
    let minutes = fields.trimmed("minutes").parse();
    let minutes = minutes.map_err(|_| Error::invalid("minutes", "say how many minutes were worked"))?;
    let hourly_rate_minor = match rates.get(fields.get("role")) {
        Some(rate) => *rate,
        None => {
            return Err(Error::invalid("role", "choose a role, or state below what an hour of one costs"));
        }
    };
    Ok(Amount::Time { minutes, hourly_rate_minor })
}

pub(crate) async fn create(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let turn_id = fields.get("turn_id").to_string();
    let (typed, currency) = (fields.clone(), currency_of(&current).to_string());
    let kept = app.store.write(current.by(), move |tx| {
        let rates = budget::hourly_rates(tx)?;
        let text = |name: &str| typed.filled(name).map(str::to_string);
        let input = Input {
            turn_id: typed.get("turn_id").to_string(),
            action_id: text("action_id"),
            source_key: None,
            kind: CostKind::from_name(typed.get("kind")).unwrap_or(CostKind::Other),
            side: Side::from_name(typed.get("side")).unwrap_or(Side::Planned),
            amount: amount(&typed, &currency, &rates)?,
            team: text("team"),
            description: typed.get("description").to_string(),
            at: None,
        };
        let kept = budget::state(tx, &input)?;
        changes::of_newest(tx, &kept.id)
    });
    match kept.await {
        Ok(undo) => {
            let there = format!("/budget?turn={turn_id}");
            Ok(respond::redirect_with(&there, Toast::done("Cost noted").undo(undo)))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            let turn_id = Some(turn_id).filter(|id| !id.is_empty());
            respond::invalid(&draw(&app, &current, turn_id, fields, problems).await?)
        }
    }
}

pub(crate) async fn remove(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
) -> Result {
    let removed = app.store.write(current.by(), move |tx| {
        let cost = budget::get(tx, &id)?;
        budget::remove(tx, &id)?;
        Ok((cost.turn_id, changes::of_newest(tx, &id)?))
    });
    let (turn_id, undo) = removed.await?;
    let there = format!("/budget?turn={turn_id}");
    Ok(respond::redirect_with(&there, Toast::done("Cost taken out").undo(undo)))
}

pub(crate) async fn state_rate(State(app): State<App>, Writer(current): Writer, fields: Fields) -> Result {
    let (role, currency) = (fields.get("rate_role").to_string(), currency_of(&current).to_string());
    let text = fields.trimmed("hourly_rate").to_string();
    let stated = app.store.write(current.by(), move |tx| {
        let minor = if text.is_empty() { None } else { Some(minor("hourly_rate", &text, &currency)?) };
        budget::state_hourly_rate(tx, &role, minor)
    });
    match stated.await {
        Ok(()) => Ok(respond::redirect_with("/budget", Toast::done("Hourly rate noted"))),
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&draw(&app, &current, None, fields, problems).await?)
        }
    }
}

/// What the sending of a thousand mails costs.
pub(crate) async fn state_mail_price(
    State(app): State<App>,
    Writer(current): Writer,
    fields: Fields,
) -> Result {
    let (text, currency) = (fields.trimmed("mail_price").to_string(), currency_of(&current).to_string());
    let stated = app.store.write(current.by(), move |tx| {
        let minor = if text.is_empty() { None } else { Some(minor("mail_price", &text, &currency)?) };
        budget::state_mail_price(tx, minor)
    });
    match stated.await {
        Ok(()) => Ok(respond::redirect_with("/budget", Toast::done("Price noted"))),
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&draw(&app, &current, None, fields, problems).await?)
        }
    }
}
