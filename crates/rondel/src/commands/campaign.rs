//! `rondel campaign`: what is sent to whom, and how far it is.

use cycle::act::campaigns::{self, CheckList, Counts, State};
use cycle::act::{actions, experiments, power};
use platform::jobs;
use platform::{By, Clock, Result, Store};
use platform::ids::IdMaker;
use serde_json::{Value, json};

use super::{Outcome, Program};
use crate::app;

/// List, check, send and look at e-mail campaigns
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  rondel campaign list
  rondel campaign send cmp_06…            check it, launch it, and send it to the end
  rondel --json campaign status cmp_06…

What send does is what the pages do: everybody is looked at first, and nothing goes out where something hinders. Without a
mail server in the configuration, mail goes to the folder `outbox` in the data folder.")]
pub(super) struct Campaign {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// The newest campaigns
    List,
    /// Check and launch a campaign, and send it until everybody has it or never will
    Send {
        /// Its id
        id: String,
    },
    /// How far a campaign is, who did not get it and why
    Status {
        /// Its id
        id: String,
    },
}

impl Campaign {
    pub(super) fn run(self, program: &Program) -> Result<Outcome> {
        match self.action {
            Action::List => list(program),
            Action::Send { id } => send(program, &id),
            Action::Status { id } => {
                let (store, _directory) = program.open()?;
                status(program, &store, &id)
            }
        }
    }
}

fn counts_json(counts: &Counts) -> Value {
    json!({
        "planned": counts.planned, "queued": counts.queued, "handed": counts.handed, "accepted": counts.accepted,
        "refused": counts.refused, "left_out": counts.left_out, "doubtful": counts.doubtful,
        "delivered": counts.delivered(), "bounced": counts.bounced, "complained": counts.complained,
        "clicked": counts.clicked, "unsubscribed": counts.unsubscribed,
    })
}

fn list(program: &Program) -> Result<Outcome> {
    let (store, _directory) = program.open()?;
    let rows = store.read(|s| campaigns::list(s, None, campaigns::MOST_LISTED)).wait()?;
    let json: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({ "id": row.id, "name": row.name, "subject": row.subject, "state": row.state.name(),
                    "counts": counts_json(&row.counts),
                    "uplift": row.uplift.as_ref().map(|uplift| json!({
                        "metric": uplift.metric_key, "per_person": uplift.estimate, "low": uplift.low,
                        "high": uplift.high, "conclusion": uplift.conclusion })) })
        })
        .collect();
    let mut text = String::new();
    for row in &rows {
        let counts = row.counts;
        text.push_str(&format!(
            "{}  {:<9} {:>7} of {:>7} sent, {:>6} clicked  {}\n",
            row.id,
            row.state.name(),
            counts.accepted,
            counts.planned,
            counts.clicked,
            row.name
        ));
    }
    if rows.is_empty() {
        text.push_str("There is no campaign yet.");
    }
    program.answer(&json!({ "campaigns": json }), &text);
    Ok(Outcome::Done)
}

fn send(program: &Program, id: &str) -> Result<Outcome> {
    let app = app::build(program.config.clone(), Clock::System, IdMaker::random())?;
    let campaign = get(&app.store, id)?;
    if campaign.state.is_open() {
        reckon(&app.store, &campaign)?;
        let post = &app.web.options.post;
        let found = campaigns::check(&app.store, post.base_url(), &post.destination(), id)?;
        if !found.is_fine() {
            return hindered(program, &found);
        }
        let wanted = id.to_string();
        app.store.write(By::console(), move |tx| campaigns::launch(tx, &wanted)).wait()?;
    } else if campaign.state == State::Paused {
        let wanted = id.to_string();
        app.store.write(By::console(), move |tx| campaigns::resume(tx, &wanted)).wait()?;
    }
    program.say("Sending …");
    while jobs::run_due(&app.store, &app.registry)? > 0 {}
    status(program, &app.store, id)
}

fn get(store: &Store, id: &str) -> Result<campaigns::Campaign> {
    let id = id.to_string();
    store.read(move |s| campaigns::get(s, &id)).wait()
}

/// Whether the experiment can answer is reckoned first, where nobody has done it for its design.
fn reckon(store: &Store, campaign: &campaigns::Campaign) -> Result<()> {
    let id = campaign.action_id.clone();
    match store.read(move |s| experiments::of_action(s, &id)).wait()? {
        Some(experiment) if experiment.plan_json.is_none() => {
            power::look_and_keep(store, By::console(), &experiment.id).map(drop)
        }
        _ => Ok(()),
    }
}

fn hindered(program: &Program, found: &CheckList) -> Result<Outcome> {
    let text: Vec<String> = found
        .lines
        .iter()
        .filter(|line| line.verdict == campaigns::Verdict::Refused)
        .map(|line| format!("  {}: {}", line.name, line.words))
        .collect();
    let json = serde_json::to_value(found)?;
    program.answer(&json!({ "sent": false, "check": json }), &format!("Not sent:\n{}", text.join("\n")));
    Ok(Outcome::Unwell)
}

fn status(program: &Program, store: &Store, id: &str) -> Result<Outcome> {
    let wanted = id.to_string();
    let read = store.read(move |s| {
        let campaign = campaigns::get(s, &wanted)?;
        let name = actions::get(s, &campaign.action_id)?.name;
        Ok((campaigns::counts(s, &wanted)?, campaigns::reasons(s, &wanted)?, name, campaign))
    });
    let (counts, reasons, name, campaign) = read.wait()?;
    let mut text = format!("{name}: {}", campaign.state.name());
    for words in [&campaign.why, &campaign.trouble].into_iter().flatten() {
        text.push_str(&format!("\n  {words}"));
    }
    let figures = [
        ("planned", counts.planned),
        ("sent", counts.accepted),
        ("delivered", counts.delivered()),
        ("clicked", counts.clicked),
        ("left out", counts.left_out),
        ("refused", counts.refused),
        ("in doubt", counts.doubtful),
        ("waiting", counts.queued + counts.handed),
    ];
    for (what, n) in figures {
        text.push_str(&format!("\n  {what:<10} {n:>9}"));
    }
    for (state, reason, n) in &reasons {
        text.push_str(&format!("\n    {n:>7}  {state}: {}", reason.replace('_', " ")));
    }
    let reasons: Vec<Value> =
        reasons.iter().map(|(state, reason, n)| json!({ "state": state, "reason": reason, "n": n })).collect();
    let json = json!({ "id": campaign.id, "name": name, "state": campaign.state.name(), "why": campaign.why,
                       "trouble": campaign.trouble, "counts": counts_json(&counts), "reasons": reasons });
    program.answer(&json, &text);
    if counts.doubtful > 0 { Ok(Outcome::Unwell) } else { Ok(Outcome::Done) }
}
