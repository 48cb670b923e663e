//! The check list before a launch: is it allowed, who would get it, does it render for everybody, can anybody leave, will
//! it answer. Everybody is looked at, not a sample.

use std::collections::BTreeMap;

use platform::clock::Micros;
use platform::jobs::{self, Job, NewJob};
use platform::store::{Snapshot, Store, Tx};
use platform::{By, Error, Result, params};
use records::people::{self, Person};
use serde::{Deserialize, Serialize};

use super::content::{self, Content};
use super::{Campaign, State, get};
use crate::act::deliver::{Composer, Gate, Recipient, standing};
use crate::act::experiments::{self, Experiment, HOLDOUT, TREATED, Unit, arm_of};
use crate::act::global_control;
use crate::act::signed::Key;
use crate::act::{actions, mail_rules, segments};

/// Looks at everybody whom a campaign is for.
pub const CHECK_JOB: &str = "campaigns.check";

/// People who are named for whom it cannot be written.
pub const FAULTS_NAMED: usize = 20;
/// People who are looked at together.
const CHUNK: usize = 1_000;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CheckList {
    /// The version of the campaign that was checked.
    pub version: i64,
    pub at: Micros,
    /// Everybody in the audience.
    pub n_audience: i64,
    /// Kept apart to compare with: the holdout of the experiment and the global control group.
    pub n_held_out: i64,
    /// Who would get it now.
    pub n_recipients: i64,
    /// Who would not, by reason (`deliver::Left`).
    pub left: BTreeMap<String, i64>,
    /// For how many it cannot be written, and the first of them.
    pub n_faults: i64,
    pub faults: Vec<Faulty>,
    pub lines: Vec<Line>,
}

/// Somebody for whom it cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faulty {
    pub person_id: String,
    pub name: String,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Fine,
    /// To be looked at; it does not hinder.
    Remark,
    Refused,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub name: String,
    pub verdict: Verdict,
    pub words: String,
}

impl Line {
    fn new(name: &str, verdict: Verdict, words: impl Into<String>) -> Self {
        Self { name: name.to_string(), verdict, words: words.into() }
    }
}

impl CheckList {
    /// Whether nothing hinders a launch.
    pub fn is_fine(&self) -> bool {
        self.lines.iter().all(|line| line.verdict != Verdict::Refused)
    }
}

/// Asks the worker to look at everybody.
///
/// **Errors** with a conflict when something has gone out already.
pub fn enqueue(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    let campaign = get(tx, id)?;
    if !campaign.state.is_open() {
        return Err(Error::Conflict(format!("the campaign is {} already", campaign.state.name())));
    }
    jobs::enqueue(tx, NewJob::once(CHECK_JOB, key(id)), &id).map(drop)
}

/// The key of the job that checks a campaign.
pub fn key(id: &str) -> String {
    format!("check {id}")
}

/// What was found last, if the campaign was not changed since.
pub fn found(snapshot: &mut Snapshot<'_>, campaign: &Campaign) -> Result<Option<CheckList>> {
    let json = snapshot.one(
        "SELECT coalesce(check_json, '') FROM campaigns WHERE id = $1",
        &params![campaign.id],
        |row| row.get::<String>(0),
    )?;
    if json.is_empty() {
        return Ok(None);
    }
    let found: CheckList = serde_json::from_str(&json)?;
    // Checking itself makes a version, and so does approving; both leave the content as it was.
    let is_current = campaign.state != State::Draft || found.version == campaign.version;
    Ok(Some(found).filter(|_| is_current))
}

/// Checks the campaign of a job.
pub fn run_job(store: &Store, base_url: &str, destination: &str, job: &Job) -> Result<()> {
    let id: String = job.payload()?;
    run(store, base_url, destination, &id).map(drop)
}

/// Looks at everybody, writes down what was found, and calls the campaign checked where nothing hinders.
pub fn run(store: &Store, base_url: &str, destination: &str, id: &str) -> Result<CheckList> {
    let (wanted, base, there) = (id.to_string(), base_url.to_string(), destination.to_string());
    let key = store.write(By::system(), Key::ensure).wait()?;
    let list = store.scan(move |s| look(s, &wanted, &base, &there, key)).wait()?;
    let (wanted, written) = (id.to_string(), list.clone());
    let kept = store.write(By::system(), move |tx| {
        let json = serde_json::to_string(&written)?;
        tx.execute("UPDATE campaigns SET check_json = $2 WHERE id = $1", &params![wanted, json])?;
        let campaign = get(tx, &wanted)?;
        match written.is_fine() && campaign.version == written.version && campaign.state == State::Draft {
            true => super::checked(tx, &wanted, written.version).map(drop),
            false => Ok(()),
        }
    });
    kept.wait()?;
    Ok(list)
}

fn look(s: &mut Snapshot<'_>, id: &str, base_url: &str, destination: &str, key: Key) -> Result<CheckList> {
    let campaign = get(s, id)?;
    let action = actions::get(s, &campaign.action_id)?;
    let experiment = experiments::of_action(s, &action.id)?;
    let mut list = CheckList { version: campaign.version, at: s.now(), ..CheckList::default() };
    for check in actions::checklist(s, &action)?.into_iter().filter(|check| check.field != actions::MAIL) {
        let (verdict, words) = match check.problem {
            Some(problem) => (Verdict::Refused, problem),
            None => (Verdict::Fine, check.words),
        };
        list.lines.push(Line::new(check.name, verdict, words));
    }
    let gate = Gate::read(s, &campaign)?;
    variants(&campaign, experiment.as_ref(), &mut list);
    list.lines.push(Line::new("Where it goes", Verdict::Fine, destination));
    match Composer::compile(s, &campaign, key, base_url) {
        Err(Error::Invalid(problems)) => {
            for problem in problems {
                list.lines.push(Line::new("Text", Verdict::Refused, problem.message));
            }
        }
        Err(other) => return Err(other),
        Ok(composer) => {
            text(&composer, &action, &mut list);
            sample(&campaign.content, &mut list);
            let audience = Audience::of(s, &action, experiment)?;
            everybody(s, &audience, &gate, &composer, &mut list)?;
            people_lines(s, &mut list)?;
        }
    }
    Ok(list)
}

fn variants(campaign: &Campaign, experiment: Option<&Experiment>, list: &mut CheckList) {
    let arms: Vec<&str> = match experiment {
        Some(experiment) => experiment.arms.iter().map(|arm| arm.name.as_str()).collect(),
        None => vec![TREATED],
    };
    for variant in &campaign.content.variants {
        if !arms.contains(&variant.arm.as_str()) || variant.arm == HOLDOUT {
            let words = format!("the experiment has no arm “{}” that gets mail", variant.arm);
            list.lines.push(Line::new("Variants", Verdict::Refused, words));
        }
    }
}

fn text(composer: &Composer, action: &actions::Action, list: &mut CheckList) {
    let without = composer.without_way_out();
    list.lines.push(match (without.is_empty(), action.purpose == actions::SERVICE) {
        (true, _) => Line::new("A way out", Verdict::Fine, "everybody finds a link to leave"),
        (false, true) => Line::new("A way out", Verdict::Remark, "mail of service without a link to leave"),
        (false, false) => Line::new(
            "A way out",
            Verdict::Refused,
            "put {{ unsubscribe_url }} into the text, so that everybody can leave",
        ),
    });
    let remarks = composer.remarks();
    if remarks.is_empty() {
        list.lines.push(Line::new("Links", Verdict::Fine, "every link has an address that can be right"));
    }
    for (arm, words) in remarks {
        let name = if arm.is_empty() { "Links".to_string() } else { format!("Links of {arm}") };
        list.lines.push(Line::new(&name, Verdict::Remark, words));
    }
}

/// What a new campaign says before anybody has written anything must not go out.
fn sample(content: &Content, list: &mut CheckList) {
    let bodies = || [&content.body].into_iter().chain(content.variants.iter().map(|variant| &variant.body));
    if bodies().any(|body| body.contains(content::SAMPLE_TEXT)) {
        let words = format!("the sample sentence “{}” is still there: write your own", content::SAMPLE_TEXT);
        list.lines.push(Line::new("Your own words", Verdict::Refused, words));
    }
    if bodies().any(|body| body.contains(content::SAMPLE_LINK)) {
        let words =
            format!("the button still leads to {}: put the address of your own page", content::SAMPLE_LINK);
        list.lines.push(Line::new("Your own link", Verdict::Refused, words));
    }
}

/// Whom the campaign is for, before anything is frozen.
struct Audience {
    segment: Option<segments::Segment>,
    experiment: Option<Experiment>,
    control: Option<Experiment>,
}

impl Audience {
    fn of(s: &mut Snapshot<'_>, action: &actions::Action, experiment: Option<Experiment>) -> Result<Self> {
        let segment = match &action.segment_id {
            Some(id) => Some(segments::get(s, id)?),
            None => None,
        };
        let control = match action.spares_control() {
            true => global_control::current(s)?,
            false => None,
        };
        Ok(Self { segment, experiment, control })
    }

    /// The arm that somebody will get by the keyed draw.
    fn arm(&self, person: &Person) -> String {
        if self.control.as_ref().is_some_and(|control| global_control::holds_out(control, &person.id)) {
            return HOLDOUT.to_string();
        }
        let Some(experiment) = &self.experiment else { return TREATED.to_string() };
        let unit = match experiment.unit {
            Unit::Person => &person.id,
            Unit::Company => person.company_id.as_ref().unwrap_or(&person.id),
        };
        arm_of(&experiment.assignment_key, unit, &experiment.arms).to_string()
    }
}

fn everybody(
    s: &mut Snapshot<'_>,
    audience: &Audience,
    gate: &Gate,
    composer: &Composer,
    list: &mut CheckList,
) -> Result<()> {
    let Some(segment) = &audience.segment else { return Ok(()) };
    let mut after = String::new();
    loop {
        let found = people::matching_after(s, &segment.filter, &after, CHUNK)?;
        let Some(last) = found.last() else { return Ok(()) };
        after.clone_from(&last.id);
        list.n_audience += found.len() as i64;
        let treated: Vec<(Person, String)> = found
            .into_iter()
            .map(|person| (audience.arm(&person), person))
            .filter(|(arm, _)| {
                let is_held_out = arm == HOLDOUT;
                list.n_held_out += i64::from(is_held_out);
                !is_held_out
            })
            .map(|(arm, person)| (person, arm))
            .collect();
        let ids: Vec<&str> = treated.iter().map(|(person, _)| person.id.as_str()).collect();
        let mut reached = std::collections::HashSet::new();
        for one in standing(s, gate, &ids)? {
            match one.left {
                Some(left) => *list.left.entry(left.name().to_string()).or_default() += 1,
                None => drop(reached.insert(one.person_id)),
            }
        }
        let mut to_render = Vec::with_capacity(treated.len());
        for (person, arm) in treated {
            if !reached.contains(&person.id) {
                continue;
            }
            let company = match (&person.company_id, composer.needs_company()) {
                (Some(id), true) => Some(records::companies::get(s, id)?.name),
                _ => None,
            };
            to_render.push((person, company, arm));
        }
        list.n_recipients += to_render.len() as i64;
        render(composer, &to_render, s.now(), list);
    }
}

/// Renders for all of them, on two threads.
fn render(
    composer: &Composer,
    people: &[(Person, Option<String>, String)],
    now: Micros,
    list: &mut CheckList,
) {
    let half = people.len().div_ceil(2).max(1);
    let faulty: Vec<Faulty> = std::thread::scope(|scope| {
        let threads: Vec<_> = people
            .chunks(half)
            .map(|part| {
                scope.spawn(move || {
                    part.iter().filter_map(|one| fault(composer, one, now)).collect::<Vec<_>>()
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("rendering reports what is wrong"))
            .collect()
    });
    list.n_faults += faulty.len() as i64;
    let room = FAULTS_NAMED.saturating_sub(list.faults.len());
    list.faults.extend(faulty.into_iter().take(room));
}

fn fault(
    composer: &Composer,
    (person, company, arm): &(Person, Option<String>, String),
    now: Micros,
) -> Option<Faulty> {
    let to = Recipient { person, company: company.as_deref(), arm, message_id: "msg_check", now };
    let fault = composer.render(to).err()?;
    Some(Faulty { person_id: person.id.clone(), name: person.name.clone(), reason: fault.to_string() })
}

fn people_lines(s: &mut Snapshot<'_>, list: &mut CheckList) -> Result<()> {
    let rules = mail_rules::get(s)?;
    let words = format!(
        "{} of {} people would get it; {} are kept apart to compare with",
        list.n_recipients, list.n_audience, list.n_held_out
    );
    let verdict = if list.n_recipients > 0 { Verdict::Fine } else { Verdict::Refused };
    list.lines.push(Line::new("Recipients", verdict, words));
    list.lines.push(match list.n_faults {
        0 => Line::new("Personal fields", Verdict::Fine, "the text can be written for every one of them"),
        n => Line::new(
            "Personal fields",
            Verdict::Refused,
            format!("the text cannot be written for {n} of them; give the field a fallback"),
        ),
    });
    if list.n_recipients > rules.approval_above {
        let words = format!("more than {} people: somebody else must approve it", rules.approval_above);
        list.lines.push(Line::new("Approval", Verdict::Remark, words));
    }
    if rules.postal_address.trim().is_empty() {
        let words = "your address by post is not in the settings; many countries want it under every mail";
        list.lines.push(Line::new("Address by post", Verdict::Remark, words));
    }
    Ok(())
}
