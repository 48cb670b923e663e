//! A firm with a campaign that is ready to be checked: people with and without consent, an action with a holdout.

use cycle::act::actions::{self, Draft};
use cycle::act::campaigns::{self, Content, Format};
use cycle::act::experiments::{self, Design, Unit};
use cycle::act::segments;
use cycle::plan::metrics;
use cycle::plan::preflight::{self, LawfulBasis};
use platform::{By, Store, Tx};
use records::consents::{self, State, Statement};
use records::filter::{FieldCondition, Filter, Op};
use records::people::{self, Input};

/// What the text of most tests says.
pub const BODY: &str = "<mjml><mj-body><mj-section><mj-column>\
    <mj-text>Hello {{ person.given_name | default(\"there\") }}</mj-text>\
    <mj-button href=\"https://shop.example/new?x=1\">Look</mj-button>\
    <mj-text><a href=\"{{ unsubscribe_url }}\">Leave</a></mj-text>\
    </mj-column></mj-section></mj-body></mjml>";

pub fn content() -> Content {
    Content {
        subject: "News for {{ person.given_name | default(\"you\") }}".to_string(),
        preheader: "Something new".to_string(),
        format: Format::Mjml,
        body: BODY.to_string(),
        from_name: "Blue Mugs".to_string(),
        from_email: "shop@example.com".to_string(),
        utm_campaign: "spring".to_string(),
        ..Content::default()
    }
}

/// Adds `n` people of Germany who allow marketing by e-mail; the first is called P0, and so on.
pub fn people(tx: &mut Tx<'_>, n: usize) -> platform::Result<Vec<String>> {
    let defaults = people::defaults(tx)?;
    let mut ids = Vec::with_capacity(n);
    for number in 0..n {
        let input = Input {
            given_name: Some(format!("P{number}")),
            email: Some(format!("p{number}@example.org")),
            country: Some("DE".to_string()),
            ..Input::default()
        };
        let person = people::create(tx, &input, defaults)?;
        consent(tx, &person.id, State::Granted)?;
        ids.push(person.id);
    }
    Ok(ids)
}

pub fn consent(tx: &mut Tx<'_>, person_id: &str, state: State) -> platform::Result<()> {
    let stated_at = tx.now();
    let statement = Statement {
        person_id,
        purpose: "marketing",
        channel: "email",
        state,
        lawful_basis: consents::LawfulBasis::Consent,
        source: Some("a form"),
        stated_at,
    };
    consents::state(tx, &statement).map(drop)
}

pub fn state_basis(tx: &mut Tx<'_>, basis: LawfulBasis) -> platform::Result<()> {
    let purpose = preflight::get(tx, "marketing")?;
    let input = preflight::Input {
        name: purpose.name.clone(),
        lawful_basis: Some(basis),
        reason: Some("They asked for it.".to_string()),
        dpia_note: None,
    };
    preflight::state(tx, "marketing", purpose.version, &input).map(drop)
}

/// The action with its experiment, for everybody in Germany.
pub fn action(tx: &mut Tx<'_>, name: &str, variants: &[&str]) -> platform::Result<actions::Action> {
    let filter =
        Filter::Field(FieldCondition { name: "country".to_string(), op: Op::Is, value: "DE".to_string() });
    let segment =
        segments::create(tx, &segments::Input { name: name.to_string(), description: None, filter })?;
    let design = Design {
        unit: Unit::Person,
        holdout_permille: 200,
        variants: variants.iter().map(|name| name.to_string()).collect(),
        metric: metrics::latest(tx, "revenue")?.reference(),
        window_days: 28,
        pre_days: 90,
        guardrails: Vec::new(),
    };
    let draft = Draft {
        kind: actions::Kind::Campaign,
        name: name.to_string(),
        hypothesis: "Those who read of it buy it.".to_string(),
        goal_id: None,
        segment_id: Some(segment.id),
        purpose: "marketing".to_string(),
        expected: Some(actions::Expected { per_person: 500.0, low: None, high: None }),
        expected_how: "A guess.".to_string(),
        design: Some(design),
        why_no_experiment: String::new(),
        call_list: None,
        offer: None,
        touch_point: None,
    };
    actions::create(tx, &draft)
}

/// A campaign of `n` people that can be checked and launched: its id and the people's.
pub fn campaign(store: &Store, n: usize, content: Content) -> (String, Vec<String>) {
    let (campaign, ids) = store
        .write(By::system(), move |tx| {
            let ids = people(tx, n)?;
            state_basis(tx, LawfulBasis::Consent)?;
            let action = action(tx, "Spring", &[])?;
            Ok((campaigns::create(tx, &action.id, &content)?, ids))
        })
        .wait()
        .unwrap();
    allow_small(store, &campaign.action_id);
    (campaign.id, ids)
}

/// A test has few people: the experiment runs although it can hardly answer.
pub fn allow_small(store: &Store, action_id: &str) {
    let id = action_id.to_string();
    let experiment = store.read(move |s| experiments::of_action(s, &id)).wait().unwrap().unwrap();
    let (experiment, _) = cycle::act::power::look_and_keep(store, By::system(), &experiment.id).unwrap();
    let write = move |tx: &mut Tx<'_>| experiments::underpowered(tx, &experiment.id, "It is a test.");
    store.write(By::system(), write).wait().unwrap();
}

/// How many messages of a campaign are in each state.
pub fn counts(store: &Store, campaign_id: &str) -> campaigns::Counts {
    let id = campaign_id.to_string();
    store.read(move |s| campaigns::counts(s, &id)).wait().unwrap()
}

pub fn state(store: &Store, campaign_id: &str) -> campaigns::State {
    let id = campaign_id.to_string();
    store.read(move |s| campaigns::get(s, &id)).wait().unwrap().state
}
