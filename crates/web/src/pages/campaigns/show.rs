//! One campaign: its check list, how far it is, who got it and who did not and why, what is in doubt, and the switches.

use askama::Template;
use axum::extract::{Path, State};
use cycle::act::campaigns::{self, Campaign, CheckList, Counts, Paused, Verdict};
use cycle::act::deliver::{self, Found};
use cycle::act::{actions, campaigns::State as Stage, experiments, power};
use platform::{Micros, Snapshot, Tx, auth, jobs};

use super::told;
use crate::current::{Current, Writer};
use crate::error::Result;
use crate::forms::{Fields, Problems};
use crate::layout::{Layout, Place};
use crate::pages::named;
use crate::parts::{Moment, Progress, Stat, Tab, Toast, Tone};
use crate::query::Query;
use crate::respond;
use crate::state::App;
use crate::words;

/// Messages on one page of their list.
const MESSAGES: usize = 100;

#[derive(Template)]
#[template(path = "campaigns/show.html")]
struct Show {
    page: Layout,
    address: String,
    name: String,
    action_href: String,
    experiment_href: Option<String>,
    subject: String,
    sender: String,
    state: &'static str,
    tone: &'static str,
    why: Option<String>,
    trouble: Option<String>,
    is_open: bool,
    may_check: bool,
    may_approve: bool,
    may_launch: bool,
    may_hold: bool,
    may_resume: bool,
    may_stop: bool,
    may_write: bool,
    stats: Vec<Stat>,
    uplift: told::Uplift,
    progress: Option<Progress>,
    check: Option<Checked>,
    reasons: Vec<Reason>,
    doubts: Vec<Doubt>,
    tests: Vec<Past>,
    history: Vec<Past>,
    test_to: String,
    problems: Problems,
}

/// The check list in words.
struct Checked {
    at: Moment,
    is_fine: bool,
    lines: Vec<Line>,
    left: Vec<(String, String)>,
    faults: Vec<Fault>,
    more_faults: String,
}

struct Line {
    name: String,
    verdict: &'static str,
    tone: &'static str,
    words: String,
}

struct Fault {
    name: String,
    href: String,
    reason: String,
}

struct Reason {
    state: &'static str,
    words: String,
    n: String,
    href: String,
}

struct Doubt {
    id: String,
    address: String,
    person: String,
    detail: String,
    at: Option<Moment>,
}

struct Past {
    at: Moment,
    words: String,
    by: String,
}

/// What the page is made of.
struct Known {
    campaign: Campaign,
    row: campaigns::Row,
    action: actions::Action,
    experiment: Option<experiments::Experiment>,
    check: Option<CheckList>,
    is_checking: bool,
    reasons: Vec<(String, String, i64)>,
    doubts: Vec<deliver::Doubt>,
    events: Vec<platform::events::Event>,
    users: Vec<auth::User>,
    needs_approval: bool,
    now: Micros,
}

fn read(s: &mut Snapshot<'_>, id: &str) -> platform::Result<Known> {
    let campaign = campaigns::get(s, id)?;
    let action = actions::get(s, &campaign.action_id)?;
    let check = campaigns::check_found(s, &campaign)?;
    let n = check.as_ref().map_or(0, |check| check.n_recipients);
    Ok(Known {
        row: campaigns::row(s, &campaign)?,
        experiment: experiments::of_action(s, &action.id)?,
        is_checking: jobs::under_way(s, &campaigns::check_key(id))?.is_some(),
        reasons: campaigns::reasons(s, id)?,
        doubts: deliver::doubtful(s, id)?,
        events: platform::events::timeline(s, id, None, 30)?,
        users: auth::list(s)?,
        needs_approval: campaigns::needs_approval(s, n)?,
        now: s.now(),
        check,
        action,
        campaign,
    })
}

pub(crate) async fn show(State(app): State<App>, current: Current, Path(id): Path<String>) -> Result {
    respond::page(&page(&app, &current, id, Problems::default(), "").await?)
}

async fn page(app: &App, current: &Current, id: String, problems: Problems, test_to: &str) -> Result<Show> {
    let known = app.store.read(move |s| read(s, &id)).await?;
    let stage = known.campaign.state;
    let may_write = current.may_write();
    let is_fine = known.check.as_ref().is_some_and(CheckList::is_fine);
    let content = &known.campaign.content;
    let address = format!("/campaigns/{}", known.campaign.id);
    let test_to = if test_to.is_empty() { current.user().email.clone() } else { test_to.to_string() };
    Ok(Show {
        page: current.layout(Place::Campaigns, known.action.name.as_str()),
        action_href: format!("/actions/{}", known.action.id),
        experiment_href: known
            .experiment
            .as_ref()
            .map(|experiment| format!("/experiments/{}", experiment.id)),
        subject: content.subject.clone(),
        sender: format!("{} <{}>", content.from_name, content.from_email).trim().to_string(),
        state: told::state(stage),
        tone: told::tone(stage).class(),
        why: known.campaign.why.clone(),
        trouble: known.campaign.trouble.clone(),
        is_open: stage.is_open(),
        may_check: may_write && stage.is_open() && !known.is_checking,
        may_approve: may_write && stage == Stage::Checked && known.needs_approval,
        may_launch: may_write
            && is_fine
            && (stage == Stage::Approved || (stage == Stage::Checked && !known.needs_approval)),
        may_hold: may_write && stage == Stage::Sending,
        may_resume: may_write && stage == Stage::Paused,
        may_stop: may_write && matches!(stage, Stage::Sending | Stage::Paused),
        may_write,
        stats: stats(&known.row.counts, &address),
        uplift: told::uplift(known.row.uplift.as_ref(), current.currency()),
        progress: progress_of(&known, &address),
        check: known.check.as_ref().map(|check| checked(check, current, known.now)),
        reasons: reasons(&known.reasons, &address),
        doubts: known.doubts.iter().map(|doubt| in_doubt(doubt, current, known.now)).collect(),
        tests: past(&known, current, |verb| verb == "campaign.tested"),
        history: past(&known, current, |verb| verb != "campaign.tested"),
        test_to,
        problems,
        name: known.action.name.clone(),
        address,
    })
}

fn stats(counts: &Counts, address: &str) -> Vec<Stat> {
    if counts.planned == 0 {
        return Vec::new();
    }
    let rows = |state: &str| format!("{address}/messages?state={state}");
    let mut stats = vec![
        Stat::new(
            "Sent",
            words::count(counts.accepted),
            "Messages that the mail server has taken, of all that were planned.",
        )
        .unit(&format!("of {}", words::count(counts.planned)))
        .rows(rows("accepted")),
        Stat::new(
            "Delivered",
            words::count(counts.delivered()),
            "Taken by the server and not come back for good, of those sent.",
        )
        .unit(&format!("of {}", words::count(counts.accepted))),
        Stat::new(
            "Clicked",
            words::count(counts.clicked),
            "People who followed a link, of those delivered. Programs that follow links are not counted.",
        )
        .unit(&format!("of {}", words::count(counts.delivered()))),
        Stat::new(
            "Left out",
            words::count(counts.left_out),
            "People who may not get it, or do not want to, by the rules of the moment.",
        )
        .unit(&format!("of {}", words::count(counts.planned)))
        .rows(rows("left_out")),
        Stat::new(
            "Left because of it",
            words::count(counts.unsubscribed),
            "People who unsubscribed by a link of this campaign, of those delivered.",
        )
        .unit(&format!("of {}", words::count(counts.delivered()))),
    ];
    let rare = [
        ("Refused", counts.refused, "Messages that the mail server did not take, for good.", "refused"),
        ("In doubt", counts.doubtful, "Messages of which the server’s answer was never seen.", "doubtful"),
        ("Waiting", counts.queued + counts.handed, "Messages that are still to be sent.", "queued"),
    ];
    for (label, n, definition, state) in rare {
        if n > 0 {
            let of = format!("of {}", words::count(counts.planned));
            stats.push(Stat::new(label, words::count(n), definition).unit(&of).rows(rows(state)));
        }
    }
    if counts.complained > 0 {
        let of = format!("of {}", words::count(counts.delivered()));
        let words = "People whose provider told us that they called it spam, of those delivered.";
        stats.push(Stat::new("Complained", crate::words::count(counts.complained), words).unit(&of));
    }
    stats
}

fn progress_of(known: &Known, address: &str) -> Option<Progress> {
    let again = Some(format!("{address}/progress"));
    if known.is_checking {
        return Some(Progress {
            label: "Looking at everybody whom it is for".to_string(),
            percent: None,
            note: String::new(),
            again,
        });
    }
    if known.campaign.state != Stage::Sending {
        return None;
    }
    let counts = known.row.counts;
    let done = counts.planned - counts.queued - counts.handed;
    Some(Progress {
        label: if known.campaign.is_planned { "Sending" } else { "Planning" }.to_string(),
        percent: (known.campaign.is_planned && counts.planned > 0)
            .then(|| 100.0 * done as f64 / counts.planned as f64),
        note: format!("{} of {}", words::count(done), words::count(counts.planned)),
        again,
    })
}

#[derive(Template)]
#[template(path = "campaigns/progress.html")]
struct Going {
    progress: Progress,
    then: Option<String>,
}

/// How far the work is, for the page that asks each second.
pub(crate) async fn progress(State(app): State<App>, _: Current, Path(id): Path<String>) -> Result {
    let known = app.store.read(move |s| read(s, &id)).await?;
    let address = format!("/campaigns/{}", known.campaign.id);
    let (progress, then) = match progress_of(&known, &address) {
        Some(progress) => (progress, None),
        None => {
            let done = Progress {
                label: "Done".to_string(),
                percent: Some(100.0),
                note: String::new(),
                again: None,
            };
            (done, Some(address))
        }
    };
    respond::fragment(&Going { progress, then })
}

fn checked(check: &CheckList, current: &Current, now: Micros) -> Checked {
    let line = |line: &campaigns::Line| {
        let (verdict, tone) = match line.verdict {
            Verdict::Fine => ("In order", Tone::Good),
            Verdict::Remark => ("Look at it", Tone::Warning),
            Verdict::Refused => ("Not yet", Tone::Bad),
        };
        Line { name: line.name.clone(), verdict, tone: tone.class(), words: line.words.clone() }
    };
    let unnamed = check.n_faults - check.faults.len() as i64;
    Checked {
        at: words::moment(check.at, now, current.zone()),
        is_fine: check.is_fine(),
        lines: check.lines.iter().map(line).collect(),
        left: check.left.iter().map(|(why, n)| (told::reason(why), words::count(*n))).collect(),
        faults: check
            .faults
            .iter()
            .map(|fault| Fault {
                name: fault.name.clone(),
                href: format!("/people/{}", fault.person_id),
                reason: fault.reason.clone(),
            })
            .collect(),
        more_faults: if unnamed > 0 { format!("and {} more", words::count(unnamed)) } else { String::new() },
    }
}

fn reasons(found: &[(String, String, i64)], address: &str) -> Vec<Reason> {
    found
        .iter()
        .map(|(state, why, n)| Reason {
            state: told::message_state(state).0,
            words: told::reason(why),
            n: words::count(*n),
            href: format!("{address}/messages?state={state}"),
        })
        .collect()
}

fn in_doubt(doubt: &deliver::Doubt, current: &Current, now: Micros) -> Doubt {
    Doubt {
        id: doubt.message_id.clone(),
        address: doubt.address.clone(),
        person: format!("/people/{}", doubt.person_id),
        detail: doubt.detail.clone(),
        at: doubt.handed_at.map(|at| words::moment(at, now, current.zone())),
    }
}

fn past(known: &Known, current: &Current, wanted: impl Fn(&str) -> bool) -> Vec<Past> {
    let by = |event: &platform::events::Event| match (event.actor_kind.as_str(), event.actor_id.as_deref()) {
        ("user", Some(id)) => known
            .users
            .iter()
            .find(|user| user.id == id)
            .map_or("a former user".to_string(), |user| user.name.clone()),
        ("console", _) => "command line".to_string(),
        _ => "Rondel".to_string(),
    };
    let told = |event: &platform::events::Event| {
        let after: serde_json::Value =
            event.after_json.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let words = match event.verb.as_str() {
            "campaign.created" => "Begun",
            "campaign.updated" => "Text changed",
            "campaign.checked" => "Checked: nothing hinders",
            "campaign.approved" => "Approved",
            "campaign.launched" => "Launched",
            "campaign.paused" => "Held",
            "campaign.resumed" => "Goes on",
            "campaign.stopped" => "Stopped",
            "campaign.done" => "All sent, or given up where it cannot be",
            "campaign.tested" => "Test",
            "message.resolved" => "A doubt was ended",
            _ => "Changed",
        };
        let more = ["why", "outcome"].iter().find_map(|name| after[*name].as_str()).unwrap_or_default();
        if more.is_empty() { words.to_string() } else { format!("{words}: {more}") }
    };
    known
        .events
        .iter()
        .filter(|event| wanted(&event.verb))
        .map(|event| Past {
            at: words::moment(event.at, known.now, current.zone()),
            words: told(event),
            by: by(event),
        })
        .collect()
}

/// What can be done with a campaign: `check`, `approval`, `launch`, `hold`, `resumption`, `stop`.
pub(crate) async fn act(
    State(app): State<App>,
    Writer(current): Writer,
    Path((id, deed)): Path<(String, String)>,
    fields: Fields,
) -> Result {
    let why = fields.trimmed("why").to_string();
    let (wanted, what) = (id.clone(), deed.clone());
    if deed == "launch" {
        reckon(&app, &current, &id).await?;
    }
    let done = app.store.write(current.by(), move |tx| perform(tx, &wanted, &what, &why)).await;
    match done {
        Ok(words) => Ok(respond::redirect_with(&format!("/campaigns/{id}"), Toast::done(words))),
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&page(&app, &current, id, problems, "").await?)
        }
    }
}

/// Reckons the experiment's power anew where that was never done for its design, so that the check list can say it.
async fn reckon(app: &App, current: &Current, id: &str) -> Result<()> {
    let (id, by) = (id.to_string(), current.by());
    app.blocking(move |store| {
        let wanted = id.clone();
        let experiment = store.read(move |s| {
            let campaign = campaigns::get(s, &wanted)?;
            experiments::of_action(s, &campaign.action_id)
        });
        match experiment.wait()? {
            Some(experiment) if experiment.plan_json.is_none() && experiment.launched_at.is_none() => {
                power::look_and_keep(store, by, &experiment.id).map(drop)
            }
            _ => Ok(()),
        }
    })
    .await
}

fn perform(tx: &mut Tx<'_>, id: &str, deed: &str, why: &str) -> platform::Result<&'static str> {
    match deed {
        "check" => campaigns::enqueue_check(tx, id).map(|()| "Everybody is being looked at"),
        "approval" => campaigns::approve(tx, id).map(|_| "Approved"),
        "launch" => campaigns::launch(tx, id).map(|_| "Launched: the audience is frozen, and mail goes out"),
        "hold" => {
            let why = if why.is_empty() { "by hand" } else { why };
            campaigns::pause(tx, id, Paused::ByHand(why)).map(|_| "Held: nothing more goes out")
        }
        "resumption" => campaigns::resume(tx, id).map(|_| "It goes on"),
        "stop" => campaigns::stop(tx, id, why).map(|_| "Stopped for good"),
        other => Err(platform::Error::missing("deed", other)),
    }
}

/// What somebody found out about a message in doubt.
pub(crate) async fn resolve(
    State(app): State<App>,
    Writer(current): Writer,
    Path((id, message)): Path<(String, String)>,
    fields: Fields,
) -> Result {
    let found = if fields.get("found") == "taken" { Found::WasTaken } else { Found::WasNotTaken };
    app.store.write(current.by(), move |tx| deliver::resolve(tx, &message, found)).await?;
    let text = match found {
        Found::WasTaken => "Counted as sent",
        Found::WasNotTaken => "It is sent again",
    };
    Ok(respond::redirect_with(&format!("/campaigns/{id}"), Toast::done(text)))
}

/// Sends one mail to try with, to anybody's address.
pub(crate) async fn test(
    State(app): State<App>,
    Writer(current): Writer,
    Path(id): Path<String>,
    fields: Fields,
) -> Result {
    let (to, person) = (fields.trimmed("to").to_string(), fields.trimmed("person").to_string());
    let (wanted, address) = (id.clone(), to.clone());
    let done =
        app.store.write(current.by(), move |tx| deliver::enqueue_test(tx, &wanted, &address, &person)).await;
    match done {
        Ok(()) => {
            let text = format!("A test goes to {to}; how it went stands below in a moment");
            Ok(respond::redirect_with(&format!("/campaigns/{id}"), Toast::done(text)))
        }
        Err(error) => {
            let problems = Problems::of(error)?;
            respond::invalid(&page(&app, &current, id, problems, &to).await?)
        }
    }
}

#[derive(Template)]
#[template(path = "campaigns/messages.html")]
struct Messages {
    page: Layout,
    address: String,
    name: String,
    states: Vec<Tab>,
    rows: Vec<Message>,
    next: Option<String>,
}

struct Message {
    person: String,
    href: Option<String>,
    to: String,
    arm: String,
    state: &'static str,
    tone: &'static str,
    reason: String,
    detail: String,
    at: Option<Moment>,
}

/// The messages of a campaign, by state.
pub(crate) async fn messages(
    State(app): State<App>,
    current: Current,
    Path(id): Path<String>,
    query: Query,
) -> Result {
    let state = query.filled("state").map(str::to_string);
    let after = query.get("after").to_string();
    let (wanted, asked) = (id.clone(), state.clone());
    let read = app.store.read(move |s| {
        let campaign = campaigns::get(s, &wanted)?;
        let name = actions::get(s, &campaign.action_id)?.name;
        let found = deliver::messages(s, &wanted, asked.as_deref(), &after, MESSAGES + 1)?;
        let ids: Vec<&str> = found.iter().map(|message| message.person_id.as_str()).collect();
        let names = named::all(s, ids)?;
        Ok((name, campaigns::counts(s, &wanted)?, found, names, s.now()))
    });
    let (name, counts, mut found, names, now) = read.await?;
    let has_more = found.len() > MESSAGES;
    found.truncate(MESSAGES);
    let address = format!("/campaigns/{id}");
    let here = |state: &str| Query::default().with("state", state).at(&format!("{address}/messages"));
    let tab = |label: &str, name: &str, n: i64| Tab {
        label: label.to_string(),
        href: here(name),
        current: state.as_deref().unwrap_or("") == name,
        count: Some(words::count(n)),
    };
    let next = found.last().filter(|_| has_more).map(|last| {
        let query = Query::default().with("state", state.as_deref().unwrap_or("")).with("after", &last.id);
        query.at(&format!("{address}/messages"))
    });
    respond::page(&Messages {
        page: current.layout(Place::Campaigns, "Messages"),
        states: vec![
            tab("All", "", counts.planned),
            tab("Accepted", "accepted", counts.accepted),
            tab("Left out", "left_out", counts.left_out),
            tab("Refused", "refused", counts.refused),
            tab("In doubt", "doubtful", counts.doubtful),
            tab("Waiting", "queued", counts.queued),
        ],
        rows: found
            .into_iter()
            .map(|message| {
                let known = names.get(&message.person_id);
                let (state, tone) = told::message_state(&message.state);
                Message {
                    person: known.map_or_else(|| message.person_id.clone(), |known| known.name.clone()),
                    href: known.and_then(|known| known.href.clone()),
                    to: message.address.unwrap_or_default(),
                    arm: message.variant,
                    state,
                    tone: tone.class(),
                    reason: message.reason.as_deref().map(told::reason).unwrap_or_default(),
                    detail: message.detail.unwrap_or_default(),
                    at: message
                        .ended_at
                        .or(message.handed_at)
                        .map(|at| words::moment(at, now, current.zone())),
                }
            })
            .collect(),
        next,
        name,
        address,
    })
}
