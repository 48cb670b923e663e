//! How long a campaign for a million people takes before the first mail leaves: everybody is looked at and the mail rendered
//! for each, the arms are drawn, a message is planned for each who is treated. Prints one JSON line.
//!
//! `cargo run --release -p cycle --example campaign_speed -- [people]` fills a fresh database in the temporary folder first,
//! which is not counted.

mod measured;

use cycle::act::actions::{self, Draft, Expected, Kind};
use cycle::act::campaigns::{self, Content, Format};
use cycle::act::deliver::{self, Outgoing, Post};
use cycle::act::experiments::{self, Design, Unit};
use cycle::act::{mail_rules, power, segments};
use cycle::plan::metrics;
use cycle::plan::preflight::{self, LawfulBasis};
use measured::processor_seconds;
use platform::clock::DAY;
use platform::ids::IdMaker;
use platform::jobs::{self, Registry};
use platform::store::{Param, Place, Store};
use platform::{By, Clock, Result, params};
use records::filter::Filter;
use std::sync::Arc;
use std::time::Instant;

const NOW: i64 = 1_705_276_800_000_000;
const CHUNK: usize = 20_000;
const BODY: &str = r##"<mjml><mj-body><mj-section><mj-column>
<mj-text>Dear {{ person.given_name | default("customer") }}, something new has come in for {{ person.country | default("you") }}.</mj-text>
<mj-button href="https://shop.example/spring">Have a look</mj-button></mj-column></mj-section>
<mj-section><mj-column><mj-text>{{ firm.name }} · {{ firm.postal_address }} · <a href="{{ unsubscribe_url }}">Leave</a> ·
<a href="{{ preferences_url }}">Choose</a></mj-text></mj-column></mj-section></mj-body></mjml>"##;

fn main() -> Result<()> {
    let n_people: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("the temporary folder is writable");
    let clock = Clock::held_at(NOW);
    let store =
        Store::open(&Place::File(folder.path().join("rondel.db")), clock.clone(), IdMaker::seeded(1))?;
    let post = Post::open(Outgoing {
        smtp: None,
        dkim: None,
        bounce_address: String::new(),
        outbox: folder.path().join("outbox"),
        returned: folder.path().join("returned"),
        base_url: "https://crm.shop.example".to_string(),
        give_up_after: 3 * DAY,
    })?;
    // What is measured ends where the first mail would leave.
    let registry = Registry::default()
        .on(experiments::ASSIGN_JOB, experiments::run_job)
        .on(deliver::PLAN_JOB, deliver::plan)
        .on(deliver::SEND_JOB, |_, _| Ok(()));
    store.write(By::console(), metrics::ship).wait()?;
    for first in (0..n_people).step_by(CHUNK) {
        fill(&store, first..(first + CHUNK).min(n_people))?;
    }
    let id = written(&store)?;
    let cpu = processor_seconds();
    let timed = Instant::now();
    let found = campaigns::check(&store, post.base_url(), &post.destination(), &id)?;
    assert!(found.is_fine() && found.n_recipients > 0, "the check list refuses it: {:?}", found.lines);
    let check_s = timed.elapsed().as_secs_f64();
    let wanted = id.clone();
    store
        .write(By::console(), move |tx| {
            if campaigns::needs_approval(tx, found.n_recipients)? {
                campaigns::approve(tx, &wanted)?;
            }
            campaigns::launch(tx, &wanted)
        })
        .wait()?;
    let launched_s = timed.elapsed().as_secs_f64();
    let registry = Arc::new(registry);
    while jobs::run_due(&store, &registry)? > 0 {}
    let seconds = timed.elapsed().as_secs_f64();
    let counts = store.read(move |s| campaigns::counts(s, &id)).wait()?;
    let line = serde_json::json!({
        "task": "campaign_speed", "people": n_people, "rendered": found.n_recipients, "planned": counts.planned,
        "render_and_check_s": check_s, "launch_s": launched_s - check_s, "draw_and_plan_s": seconds - launched_s,
        "seconds": seconds, "task_cpu_s": processor_seconds() - cpu,
    });
    println!("{line}");
    Ok(())
}

/// Everybody in one segment, an action with an experiment for them, and its mail.
fn written(store: &Store) -> Result<String> {
    let action = store
        .write(By::console(), |tx| {
            let known = preflight::get(tx, "marketing")?;
            let basis = preflight::Input {
                name: known.name.clone(),
                lawful_basis: Some(LawfulBasis::LegitimateInterests),
                reason: Some("Customers of the shop.".to_string()),
                dpia_note: None,
            };
            preflight::state(tx, "marketing", known.version, &basis)?;
            let rules = mail_rules::Rules {
                from_name: "Shop".to_string(),
                from_email: "hello@shop.example".to_string(),
                postal_address: "Market Street 1".to_string(),
                ..mail_rules::get(tx)?
            };
            mail_rules::set(tx, &rules)?;
            let everybody = segments::Input {
                name: "Everybody".to_string(),
                description: None,
                filter: Filter::default(),
            };
            let segment_id = Some(segments::create(tx, &everybody)?.id);
            let metric = metrics::latest(tx, "active_customers")?.reference();
            actions::create(tx, &draft(segment_id, metric))
        })
        .wait()?;
    let id = action.id.clone();
    let experiment =
        store.read(move |s| experiments::of_action(s, &id)).wait()?.expect("it has an experiment");
    let (experiment, look) = power::look_and_keep(store, By::console(), &experiment.id)?;
    if look.answer != power::Answer::Yes {
        let why = "Nobody has ordered in this database.";
        store.write(By::console(), move |tx| experiments::underpowered(tx, &experiment.id, why)).wait()?;
    }
    let content = Content {
        subject: "{{ person.given_name | default(\"Hello\") }}, something new".to_string(),
        format: Format::Mjml,
        body: BODY.to_string(),
        from_name: "Shop".to_string(),
        from_email: "hello@shop.example".to_string(),
        utm_campaign: "spring".to_string(),
        ..Content::default()
    };
    let campaign =
        store.write(By::console(), move |tx| campaigns::create(tx, &action.id, &content)).wait()?;
    Ok(campaign.id)
}

fn draft(segment_id: Option<String>, metric: metrics::MetricRef) -> Draft {
    Draft {
        kind: Kind::Campaign,
        name: "Speed".to_string(),
        hypothesis: "Whoever gets a mail comes sooner.".to_string(),
        goal_id: None,
        segment_id,
        purpose: "marketing".to_string(),
        expected: Some(Expected { per_person: 0.01, low: None, high: None }),
        expected_how: "For the measurement.".to_string(),
        design: Some(Design {
            unit: Unit::Person,
            holdout_permille: 100,
            variants: Vec::new(),
            metric,
            window_days: 28,
            pre_days: 90,
            guardrails: Vec::new(),
        }),
        why_no_experiment: String::new(),
        call_list: None,
        offer: None,
        touch_point: None,
    }
}

fn fill(store: &Store, people: std::ops::Range<usize>) -> Result<()> {
    let mut rows: Vec<Param<'static>> = Vec::new();
    for i in people {
        let (id, name, given) = (format!("per_{i:08}"), format!("Name{i} Family"), format!("Name{i}"));
        let email = format!("name{i}@mail.example");
        rows.extend(
            params![id, name, name, given, name, email, email, NOW, NOW]
                .to_vec()
                .into_iter()
                .map(Param::into_owned),
        );
    }
    let columns = [
        "id",
        "name",
        "name_key",
        "given_name",
        "family_key",
        "email",
        "email_key",
        "created_at",
        "updated_at",
    ];
    store.write(By::console(), move |tx| tx.insert_rows("people", &columns, "", &rows)).wait().map(drop)
}
